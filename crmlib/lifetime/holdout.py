"""Does a lifetime model foresee what happens? Fit it to the past up to a day, and compare its forecast with what followed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame
from scipy.stats import norm

from crmlib.checks import require_share
from crmlib.i18n import _
from crmlib.lifetime.calendar import Slots, customer_days, slots_of
from crmlib.lifetime.forecast import expected_purchases, parameters_of, probability_alive, purchases_if_alive
from crmlib.lifetime.frequencies import class_edges, class_names
from crmlib.lifetime.histories import Histories
from crmlib.lifetime.models import fit_of
from crmlib.lifetime.purchase_model import PurchaseModel
from crmlib.lifetime.summary import summarise
from crmlib.lifetime.wording import units

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TENTHS = 10
_CURVE_POINTS = 300


@dataclass(frozen=True)
class HoldoutCheck:
    """What a model fitted up to `cut` expected of the time after it, beside what happened.

    `customers` has a row a customer (repeats, span, age, probability_alive, expected_purchases, actual_purchases); `by_repeats` and
    `by_expected` compare groups of them (means of both, low, high); `tracking` compares all customers over time; `errors` sums up, with
    intervals at confidence `level`.
    """

    model: PurchaseModel
    cut: pd.Timestamp
    periods: float
    level: float
    customers: pd.DataFrame = field(repr=False, compare=False)
    by_repeats: pd.DataFrame = field(repr=False, compare=False)
    by_expected: pd.DataFrame = field(repr=False, compare=False)
    tracking: pd.DataFrame = field(repr=False, compare=False)
    errors: pd.DataFrame = field(repr=False, compare=False)

    def summary(self) -> str:
        """The result in two sentences."""
        ratio, error, naive = (self.errors.loc[name] for name in ("total_ratio", "mean_absolute_error", "naive_absolute_error"))
        if np.isnan(ratio["estimate"]):
            told = _(
                "In the {horizon} after {cut} none of these customers bought, so no share can be given. The model was wrong by {error:.2f} "
                "purchases a customer on average; going on as before would have been wrong by {naive:.2f}."
            )
            return told.format(horizon=units(self.periods, self.model.unit), cut=f"{self.cut:%Y-%m-%d}", error=error["estimate"],
                               naive=naive["estimate"])  # fmt: skip
        return _(
            "In the {horizon} after {cut}, the model expected {ratio:.0%} of the purchases that were made ({level:.0%} interval: "
            "{low:.0%} to {high:.0%}). It was wrong by {error:.2f} purchases a customer on average; going on as before would have been "
            "wrong by {naive:.2f}."
        ).format(
            horizon=units(self.periods, self.model.unit), cut=f"{self.cut:%Y-%m-%d}", ratio=ratio["estimate"], level=self.level,
            low=ratio["low"], high=ratio["high"], error=error["estimate"], naive=naive["estimate"],
        )  # fmt: skip

    def plot(self, which: str = "tracking", ax: Axes | None = None) -> Axes:
        """The picture `which`: "tracking", "repeats" or "calibration"; see :func:`crmlib.plotting.holdout`."""
        from crmlib.plotting import holdout

        return holdout(self, which=which, ax=ax)


def holdout_check(
    waybills: IntoFrame, *, start: object, cut: object, end: object, unit: str, model: str = "bg_nbd", season: pd.Series | None = None,
    level: float = 0.95,
) -> HoldoutCheck:  # fmt: skip
    """Fit a model to the time before `cut` and compare its forecast with the time after it.

    Answers: may the forecast be trusted, and for which customers?

    Parameters
    ----------
    waybills : pandas, polars (also lazy) or DuckDB table, one row a waybill
        customer_id, picked_up_at, price_yuan, cost_yuan
    start, cut, end : date, datetime or text such as "2026-11-01"
        The model learns from `start` to just before `cut`, and is tested from `cut` to just before `end`.
    unit : "day", "week" or "month"
        What counts as one purchase.
    model : "bg_nbd" or "pareto_nbd"
    season : Series of factors by day, optional, from :func:`season_index`, measured before `cut`
    level : float, 0–1
        Confidence of the intervals.

    Returns
    -------
    HoldoutCheck
        model, customers, by_repeats, by_expected, tracking (one row a week, or a month: begins, actual_purchases, expected_purchases, their
        running totals, and whether it lies after the cut), errors (total_ratio: expected over actual purchases; mean_absolute_error a
        customer; both also for the naive forecast that everybody goes on as before); `.summary()`,
        `.plot("tracking" | "repeats" | "calibration")`

    Raises
    ------
    ValueError
        As :func:`purchase_summary` and the fitting functions; `cut` does not lie between `start` and `end`; the model is unknown.

    Notes
    -----
    The intervals of `errors` are those of a mean or a ratio of means over customers. Customers who came after `cut` do not count.

    Source: Fader, Hardie and Lee, Marketing Science 24 (2005), 275–284, section 4.

    >>> rng = np.random.default_rng(1)
    >>> waybills = pd.DataFrame({
    ...     "customer_id": rng.choice([f"c{n}" for n in range(60)], 900, p=np.arange(1, 61) / 1830), "price_yuan": 9.0, "cost_yuan": 8.0,
    ...     "picked_up_at": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 300, 900), unit="D")})
    >>> check = holdout_check(waybills, start="2026-01-01", cut="2026-08-01", end="2026-10-01", unit="day")
    >>> bool(0.8 < check.errors.estimate["total_ratio"] < 1.2)
    True
    """
    require_share("level", level)
    before, after, whole = slots_of(start, cut, unit), slots_of(cut, end, unit), slots_of(start, end, unit)
    days = customer_days(waybills, whole)
    fitted, customers = compare(days, before, after, model=model, season=season, level=level)
    classes = class_edges(customers["repeats"].max())
    number = np.searchsorted(classes, customers["repeats"], side="right") - 1
    by_repeats = _groups(customers, number, level).assign(repeats=lambda table: [class_names(classes)[place] for place in table.index])
    tenth = (customers["expected_purchases"].rank(method="first") - 1) * _TENTHS // len(customers)
    return HoldoutCheck(
        fitted, before.end, float(after.count), level, customers=customers, by_repeats=by_repeats.set_index("repeats"),
        by_expected=_groups(customers, tenth.astype(int) + 1, level).rename_axis("tenth"),
        tracking=_tracking(days, fitted, before, after, season), errors=_errors(customers, after.lengths(season).sum(), level),
    )  # fmt: skip


def compare(
    days: pd.DataFrame, before: Slots, after: Slots, *, model: str, season: pd.Series | None, level: float
) -> tuple[PurchaseModel, pd.DataFrame]:
    """The model fitted to `before`, and for each of its customers what was expected of `after` and what happened.

    >>> days = pd.DataFrame({"customer_id": ["c1", "c2", "c2", "c3", "c3", "c3", "c1"], "revenue_yuan": 9.0, "margin_yuan": 1.0,
    ...     "on": pd.to_datetime(["2026-01-05", "2026-01-09", "2026-01-30", "2026-01-02", "2026-01-03", "2026-02-20", "2026-03-07"])})
    >>> before, after = slots_of("2026-01-01", "2026-03-01", "day"), slots_of("2026-03-01", "2026-04-01", "day")
    >>> compare(days, before, after, model="bg_nbd", season=None, level=0.95)[1].actual_purchases.tolist()
    [1, 0, 0]
    """
    fit = fit_of(model)
    past, coming = days[days["on"] < before.end], days[(days["on"] >= before.end) & (days["on"] < after.end)]
    if past.empty:
        raise ValueError(_("No waybill was picked up before {cut:%Y-%m-%d}, so there is nothing to learn from.").format(cut=before.end))
    summary = summarise(past, before, season).set_index("customer_id")
    fitted = fit(summary, level=level)
    slots = coming.assign(slot=after.number(coming["on"]))[["customer_id", "slot"]].drop_duplicates()
    actual = slots.groupby("customer_id", observed=True).size().reindex(summary.index, fill_value=0)
    return fitted, summary[["repeats", "span", "age"]].assign(
        probability_alive=probability_alive(fitted, summary),
        expected_purchases=expected_purchases(fitted, summary, periods=after.lengths(season).sum()),
        actual_purchases=actual.astype("int64"),
    )


def _groups(customers: pd.DataFrame, group: np.ndarray | pd.Series, level: float) -> pd.DataFrame:
    groups = customers.groupby(np.asarray(group))
    found = groups.agg(
        customers=("actual_purchases", "size"),
        expected_purchases=("expected_purchases", "mean"),
        actual_purchases=("actual_purchases", "mean"),
    )
    reach = norm.ppf((1 + level) / 2) * (groups["actual_purchases"].std() / np.sqrt(found["customers"]))
    return found.assign(low=np.maximum(found["actual_purchases"] - reach, 0.0), high=found["actual_purchases"] + reach)


def _errors(customers: pd.DataFrame, periods: float, level: float) -> pd.DataFrame:
    naive = (customers["repeats"] / customers["age"].where(customers["age"] > 0)).fillna(0.0) * periods
    rows = {
        "total_ratio": total_ratio(customers["expected_purchases"], customers["actual_purchases"], level),
        "mean_absolute_error": _mean((customers["expected_purchases"] - customers["actual_purchases"]).abs(), level),
        "naive_total_ratio": total_ratio(naive, customers["actual_purchases"], level),
        "naive_absolute_error": _mean((naive - customers["actual_purchases"]).abs(), level),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "low", "high"]).rename_axis("measure")


def total_ratio(expected: pd.Series, actual: pd.Series, level: float) -> tuple[float, float, float]:
    """Expected over actual purchases, with the interval of a ratio of means over customers; missing where nobody bought.

    >>> total_ratio(pd.Series([1.0, 3.0]), pd.Series([1, 3]), 0.95)
    (1.0, 1.0, 1.0)
    """
    total = actual.sum()
    if total == 0:
        return np.nan, np.nan, np.nan
    ratio = float(expected.sum() / total)
    reach = float(norm.ppf((1 + level) / 2) * np.sqrt(((expected - ratio * actual) ** 2).sum()) / total)
    return ratio, max(ratio - reach, 0.0), ratio + reach


def _mean(values: pd.Series, level: float) -> tuple[float, float, float]:
    mean, reach = float(values.mean()), float(norm.ppf((1 + level) / 2) * values.std(ddof=0) / np.sqrt(len(values)))
    return mean, max(mean - reach, 0.0), mean + reach


def _tracking(days: pd.DataFrame, model: PurchaseModel, before: Slots, after: Slots, season: pd.Series | None) -> pd.DataFrame:
    """Repeat purchases of the customers known at the cut, by unit (by week, where the unit is a day), counted and expected."""
    starts = before.starts.append(after.starts)
    whole = Slots(before.unit, starts, after.end)
    passed = np.concatenate([[0.0], np.cumsum(np.concatenate([before.lengths(season), after.lengths(season)]))])
    known = days[days["customer_id"].isin(days.loc[days["on"] < before.end, "customer_id"].unique())]
    slots = known.assign(slot=whole.number(known["on"]))[["customer_id", "slot"]].drop_duplicates()
    first = slots.groupby("customer_id", observed=True)["slot"].min()
    joined, bought = (np.bincount(places, minlength=len(starts)) for places in (first, slots["slot"]))
    mean = _new_customer_curve(model, passed[-1])
    ages = passed[None, 1:] - passed[1:, None]
    reached = np.where(ages > 0, mean(np.maximum(ages, 0.0)), 0.0)
    expected = np.diff(joined @ reached, prepend=0.0)
    step = 7 if before.unit == "day" else 1
    # Weeks are counted back from the cut, so that none lies on both sides of it.
    group = (np.arange(len(starts)) - before.count) // step
    units = pd.DataFrame({"begins": starts, "actual_purchases": bought - joined, "expected_purchases": expected})
    found = units.groupby(group).agg({"begins": "first", "actual_purchases": "sum", "expected_purchases": "sum"})
    return found.assign(
        actual_total=found["actual_purchases"].cumsum(), expected_total=found["expected_purchases"].cumsum(), after_cut=found.index >= 0
    ).reset_index(drop=True)  # fmt: skip


def _new_customer_curve(model: PurchaseModel, longest: float):
    """How many repeat purchases a customer of whom nothing is known makes within a time, as a function of that time."""
    grid = longest * np.linspace(0.0, 1.0, _CURVE_POINTS) ** 2
    new = Histories(*(np.zeros(_CURVE_POINTS) for _field in range(3)), np.ones(_CURVE_POINTS))
    made = purchases_if_alive(model.kind, new, parameters_of(model), periods=grid)
    return lambda time: np.interp(time, grid, made)
