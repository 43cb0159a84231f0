"""Whether a forecast is worth its trouble: against "same as last year" and the plain mean, on months that were not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.credit.chance import generator, whole
from crmlib.demand.forecast import forecast_demand
from crmlib.demand.months import Past, month_start, past_of
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

METHODS = ("forecast", "last_year", "mean")


@dataclass(frozen=True)
class DemandCheck:
    """Errors of three forecasts on the same later months.

    `table`, one row a method (forecast, last_year, mean) and measure: approach, yardstick, estimate, low, high. Measures: error_share (sum
    of absolute errors over sum of parcels), typical_error (root of the mean squared error, parcels), bias (parcels foreseen over
    parcels sent, less 1). `gains`, one row a benchmark and measure: against, yardstick, estimate (error of the benchmark less that of
    the forecast; above 0 the forecast is better), low, high. `within` is the share of customers' months inside the forecast's interval,
    meant to be `meant`. Intervals resample customers.
    """

    table: pd.DataFrame = field(repr=False)
    gains: pd.DataFrame = field(repr=False)
    within: float
    meant: float
    cutoff: pd.Timestamp
    months: int
    customers: int
    new_share: float
    by: tuple[str, ...] = ()

    def summary(self) -> str:
        """The verdict in two sentences."""
        row = self.gains.set_index(["against", "yardstick"]).loc[("last_year", "typical_error")]
        error = self.table.set_index(["approach", "yardstick"])["estimate"]
        if row["low"] > 0:
            verdict = _('On {months} months from {cutoff}, the forecast was better than "same as last year".')
        elif row["high"] < 0:
            verdict = _('On {months} months from {cutoff}, the forecast was worse than "same as last year".')
        else:
            verdict = _('On {months} months from {cutoff}, the forecast could not be told apart from "same as last year".')
        figures = _(
            "It was typically off by {own:.1f} parcels a {cell}, against {other:.1f} and {mean:.1f} for the plain mean. {new:.0%} of the "
            "later parcels came from customers nobody knew yet."
        ).format(
            cell=_("customer, kind and month") if self.by else _("customer and month"),
            own=error["forecast", "typical_error"],
            other=error["last_year", "typical_error"],
            mean=error["mean", "typical_error"],
            new=self.new_share,
        )
        return f"{verdict.format(months=self.months, cutoff=self.cutoff.date())} {figures}"

    def advice(self) -> str:
        """By what to plan the coming months."""
        gains = self.gains[self.gains["yardstick"] == "typical_error"].set_index("against")
        if not gains.loc["last_year", "low"] > 0:
            return _('The forecast is not shown to be better than "same as last year": plan with neither alone.')
        words = _('Plan stock and vans by the forecast, not by "same as last year".')
        if gains.loc["mean", "low"] > 0:
            return words
        return f"{words} " + _("It is not shown to beat the plain mean: without a computer, take the mean of the last twelve months.")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Errors of the three methods with intervals; see :func:`crmlib.plotting.demand_errors`."""
        from crmlib.plotting.demand import demand_errors

        return demand_errors(self, ax=ax)


def check_demand(
    waybills: pd.DataFrame, *, cutoff: object, months: int = 3, by: str | Sequence[str] = (), customers: pd.DataFrame | None = None,
    level: float = 0.95, resamples: int = 500, rng: np.random.Generator | int, **options: object,
) -> DemandCheck:  # fmt: skip
    """Try the forecast on months after the cut-off that it did not see.

    Answers: does the forecast beat what everybody can work out by hand?

    Parameters
    ----------
    waybills, cutoff, months, by, customers : as in :func:`crmlib.demand.forecast_demand`; `waybills` must also hold the later months
    level, resamples, rng : of the intervals
    options : half_life, level of the forecast as in forecast_demand

    Returns
    -------
    DemandCheck
        All methods are judged on the customers known at the cut-off, by customer, kind and month; "last_year" repeats the same months of
        the year before, "mean" the mean of the last twelve months.

    Raises
    ------
    ValueError
        As in forecast_demand; there is less than a year before the cut-off; the later months are not all in the data.

    Source: evaluation by a later period (Hyndman and Athanasopoulos, Forecasting: Principles and Practice).

    >>> rng = np.random.default_rng(1)
    >>> days = pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 455, 6000), unit="D")
    >>> parcels = pd.DataFrame({"customer_id": np.resize([f"c{n}" for n in range(40)], 6000), "picked_up_at": days})
    >>> found = check_demand(parcels, cutoff="2026-01-01", rng=1)
    >>> bool(found.gains.set_index(["against", "yardstick"]).loc[("last_year", "typical_error"), "estimate"] > 0)
    True
    """
    require_share("level", level)
    resamples, rng, cut = whole("resamples", resamples, 100), generator(rng), month_start(cutoff)
    forecast = forecast_demand(waybills, cutoff=cut, months=months, by=by, customers=customers, **options)
    past, ahead = forecast.past, forecast.months
    end = (cut.to_period("M") + ahead).to_timestamp()
    last = waybills["picked_up_at"].max()
    if past.months < 12:
        raise ValueError(_('"Same as last year" needs twelve months before the cut-off; there are {months}.').format(months=past.months))
    if last < end - pd.Timedelta(days=7):
        raise ValueError(_("The data end on {last}; to check {months} months from {cutoff} they must go to {end}.").format(
            last=last.date(), months=ahead, cutoff=cut.date(), end=(end - pd.Timedelta(days=1)).date()))  # fmt: skip
    actual, new = _later(past, waybills, end, customers)
    shape = actual.shape
    found = {"forecast": forecast.table["parcels_expected"].to_numpy().reshape(shape), **benchmarks(past, ahead)}
    within = (actual >= forecast.table["low"].to_numpy().reshape(shape)) & (actual <= forecast.table["high"].to_numpy().reshape(shape))
    sums = {name: np.stack([np.abs(values - actual).sum(axis=(1, 2)), ((values - actual) ** 2).sum(axis=(1, 2)), values.sum(axis=(1, 2))])
            for name, values in found.items()}  # fmt: skip
    draws = rng.multinomial(len(actual), np.full(len(actual), 1 / len(actual)), size=resamples)
    draws = np.vstack([np.ones(len(actual), dtype=draws.dtype), draws])
    sent, cells = draws @ actual.sum(axis=(1, 2)), shape[1] * shape[2] * len(actual)
    errors = {name: _measures(draws, value, sent, cells) for name, value in sums.items()}
    tails = [(1 - level) / 2, (1 + level) / 2]
    rows = [(name, measure, *_ends(value, tails)) for name, one in errors.items() for measure, value in one.items()]
    gains = [
        (name, measure, *_ends(errors[name][measure] - errors["forecast"][measure], tails))
        for name in ("last_year", "mean") for measure in ("error_share", "typical_error")
    ]  # fmt: skip
    return DemandCheck(
        pd.DataFrame(rows, columns=["approach", "yardstick", "estimate", "low", "high"]),
        pd.DataFrame(gains, columns=["against", "yardstick", "estimate", "low", "high"]), float(within.mean()), forecast.level, cut, ahead,
        len(actual), new, past.by,
    )  # fmt: skip


def benchmarks(past: Past, ahead: int) -> dict[str, np.ndarray]:
    """The two forecasts by hand, customers × kinds × months.

    >>> from crmlib.demand.months import past_of
    >>> parcels = pd.DataFrame({"customer_id": "a", "picked_up_at": pd.to_datetime(["2025-01-05", "2025-01-06", "2025-12-05"])})
    >>> found = benchmarks(past_of(parcels, "2026-01-01"), 2)
    >>> found["last_year"].ravel().tolist(), found["mean"].ravel().tolist()
    ([2.0, 0.0], [0.25, 0.25])
    """
    place = past.months - 12 + np.arange(ahead) % 12
    last_year = np.where(place >= 0, past.cells[:, :, np.maximum(place, 0)], 0).astype(float)
    recent = past.cells[:, :, -12:].sum(axis=2)
    seen = np.minimum(past.months - past.begins, 12)
    return {"last_year": last_year, "mean": np.repeat((recent / np.maximum(seen, 1)[:, None])[:, :, None], ahead, axis=2)}


def _later(past: Past, waybills: pd.DataFrame, end: pd.Timestamp, customers: pd.DataFrame | None) -> tuple[np.ndarray, float]:
    """What the known customers sent after the cut-off, by kind and month, and the share of later parcels that came from new ones."""
    whole_past = past_of(waybills, end, past.by, customers)
    later = whole_past.cells[:, :, past.months :]
    rows = whole_past.customers.get_indexer(past.customers)
    kinds = whole_past.kinds.get_indexer(past.kinds) if past.by else np.zeros(1, dtype=int)
    known = later[rows][:, kinds]
    return known, 1 - float(later[rows].sum() / max(later.sum(), 1))


def _measures(draws: np.ndarray, sums: np.ndarray, sent: np.ndarray, cells: int) -> dict[str, np.ndarray]:
    absolute, squared, foreseen = (draws @ one for one in sums)
    base = np.maximum(sent, 1e-9)
    return {"error_share": absolute / base, "typical_error": np.sqrt(squared / cells), "bias": foreseen / base - 1}


def _ends(values: np.ndarray, tails: list[float]) -> tuple[float, float, float]:
    return float(values[0]), *map(float, np.quantile(values[1:], tails))
