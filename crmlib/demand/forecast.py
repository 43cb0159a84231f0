"""What each customer will send in the months to come, by route and product, from what was known before one day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.credit.chance import positive, whole
from crmlib.demand.months import Past, month_start, past_of
from crmlib.demand.pooling import levels, season_of, shares, trends
from crmlib.i18n import _
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SILENCE = (0, 1, 2, 4, 7)
"""Months since the last parcel, at which the classes of silence begin."""


@dataclass(frozen=True)
class DemandForecast:
    """Parcels expected of each customer.

    `table`, one row a customer, kind and month: customer_id, the columns asked for, calendar_month, parcels_expected, low, high (a share
    `level` of the customers stays within). `customers`, indexed by customer_id: market ("all" without a table of customers),
    usual_month_parcels (a month as busy as any), growth_a_year (drawn towards the group's), own_growth (the customer's alone; missing
    where there is too little), silent_months, staying (factor by silence learnt from an earlier cut-off). `season`: group × month of
    the year, 1 = an ordinary month.
    """

    table: pd.DataFrame = field(repr=False)
    customers: pd.DataFrame = field(repr=False)
    season: pd.DataFrame = field(repr=False)
    cutoff: pd.Timestamp
    months: int
    level: float
    past: Past = field(repr=False, compare=False)

    def summary(self) -> str:
        """The forecast in a sentence."""
        total = self.table.groupby("calendar_month")["parcels_expected"].sum()
        return _("From {first} to {last}, {customers} customers are expected to send {parcels:,.0f} parcels; most in {peak}.").format(
            first=total.index[0], last=total.index[-1], customers=len(self.customers), parcels=total.sum(), peak=total.idxmax()
        )

    def of(self, customer_id: str) -> pd.DataFrame:
        """The rows of one customer, all kinds added, indexed by calendar_month: parcels_expected, low, high."""
        if customer_id not in self.customers.index:
            raise ValueError(_("{customer} sent no parcel before {day}.").format(customer=customer_id, day=self.cutoff.date()))
        rows = self.table[self.table["customer_id"] == customer_id].groupby("calendar_month")["parcels_expected"].sum()
        low, high = _limits(rows.to_numpy(), self.spread, self.level)
        return pd.DataFrame({"parcels_expected": rows, "low": low, "high": high})

    @property
    def spread(self) -> float:
        """Variance of a customer's months around the forecast beyond chance, as a share of the forecast squared."""
        return float(self.season.attrs["spread"])

    def plot(self, customer_id: str | None = None, ax: Axes | None = None) -> Axes:
        """One customer's months (without one, all together); see :func:`crmlib.plotting.demand_forecast`."""
        from crmlib.plotting.demand import demand_forecast

        return demand_forecast(self, customer_id, ax=ax)


def forecast_demand(
    waybills: pd.DataFrame, *, cutoff: object, months: int = 3, by: str | Sequence[str] = (), customers: pd.DataFrame | None = None,
    half_life: float | None = None, level: float = 0.8,
) -> DemandForecast:  # fmt: skip
    """Foresee parcels by customer, route or product, and month.

    Answers: what will this customer send where in the coming months, and how sure is that?

    Parameters
    ----------
    waybills : DataFrame, one row a parcel
        customer_id, picked_up_at and the columns of `by`. Parcels of `cutoff` or later are not looked at.
    cutoff : first day of a month
        The first day not known.
    months : how many months ahead
    by : column or columns, optional
        Such as "destination_region", "product" or ("scope", "product").
    customers : DataFrame, optional
        customer_id, opened_on, market: seasons and levels are then shared within a market.
    half_life : months after which a month counts half, optional
        Without one, by the standards.
    level : share of the customers' months that is to lie within low and high

    Returns
    -------
    DemandForecast
        expected = level × season × growth × share of the kind × staying. A level is the mean of the customer's own months and its group's,
        by how much there is of its own; likewise growth and shares. staying: how much of what was foreseen at an earlier cut-off (as many
        months before) came, by how long the customer had been silent; 1 where the past is too short for that.

    Raises
    ------
    ValueError
        A column is missing, dates are text, cutoff is not the first of a month, or there are fewer than three months before it.

    Source: empirical Bayes (gamma–Poisson and Dirichlet–multinomial shrinkage); 《2025国际快递行业客户关系管理体系研究》 (需求预测).

    >>> days = pd.date_range("2025-01-01", "2025-12-31", freq="D")
    >>> parcels = pd.DataFrame({"customer_id": np.resize(["a", "b"], len(days)), "picked_up_at": days})
    >>> found = forecast_demand(parcels, cutoff="2026-01-01", months=2).of("a")
    >>> bool((found.parcels_expected - 15).abs().max() < 2)
    True
    """
    require_share("level", level)
    ahead, cut = whole("months", months, 1), month_start(cutoff)
    half = positive("half_life", get("demand.half_life", unit="months") if half_life is None else half_life)
    past = past_of(waybills, cut, by, customers)
    if past.months < 3:
        raise ValueError(
            _("There are only {months} months before {day}; a forecast needs at least three.").format(months=past.months, day=cut.date())
        )
    season = season_of(past)
    plain, facts = _plain(past, season, ahead, half)
    silent = _silent(past)
    staying, spread = _learnt(past, ahead, half)
    factor = staying[np.searchsorted(_SILENCE, silent, side="right") - 1]
    expected = plain[:, None, :] * factor[:, None, None] * shares(past, half)[:, :, None]
    low, high = _limits(expected, spread, level)
    row, kind, month = np.indices(expected.shape).reshape(3, -1)
    table = pd.DataFrame({"customer_id": past.customers.take(row)})
    for name in past.by:
        table[name] = past.kinds.get_level_values(name).take(kind)
    table["calendar_month"] = pd.period_range(cut.to_period("M"), periods=ahead, freq="M").take(month)
    table = table.assign(parcels_expected=expected.ravel(), low=low.ravel(), high=high.ravel())
    people = pd.DataFrame(
        {
            "market": np.array(past.group_names, dtype=object)[past.groups],
            "usual_month_parcels": facts["level"],
            "growth_a_year": np.expm1(12 * facts["trend"]),
            "own_growth": np.expm1(12 * facts["own"]),
            "silent_months": silent,
            "staying": factor,
        },
        index=past.customers,
    )
    seasons = pd.DataFrame(season, index=pd.Index(past.group_names, name="market"), columns=pd.RangeIndex(1, 13, name="month_of_year"))
    seasons.attrs["spread"] = spread
    return DemandForecast(table, people, seasons, cut, ahead, level, past)


def _plain(past: Past, season: np.ndarray, ahead: int, half: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Level × season × growth of the months ahead, customers × months, and what it is made of."""
    level, age = levels(past, season, half)
    trend, own = trends(past, season)
    calendar = (past.first.month - 1 + past.months + np.arange(ahead)) % 12
    # A growth of one half-life of history is carried on no further than it was seen, and never beyond doubling or halving.
    growth = np.clip(trend[:, None] * (age[:, None] + 1 + np.arange(ahead)), -np.log(2), np.log(2))
    return level[:, None] * season[past.groups][:, calendar] * np.exp(growth), {"level": level, "trend": trend, "own": own}


def _silent(past: Past) -> np.ndarray:
    """Months since the last parcel, 0 if there was one in the last month."""
    return (past.counts[:, ::-1] > 0).argmax(axis=1)


def _learnt(past: Past, ahead: int, half: float) -> tuple[np.ndarray, float]:
    """What came of a forecast made `ahead` months earlier: the share that came by silence, and how far customers lay from it."""
    inner = past.months - ahead
    plain_spread = float(get("demand.spread", unit="ratio"))
    if inner < 6:
        return np.ones(len(_SILENCE)), plain_spread
    there = past.begins < inner
    before = past.until(inner)
    foreseen = _plain(before, season_of(before), ahead, half)[0]
    came = past.counts[there, inner:]
    kind = np.searchsorted(_SILENCE, _silent(before), side="right") - 1
    expected, actual = (np.bincount(kind, weights=what.sum(axis=1), minlength=len(_SILENCE)) for what in (foreseen, came))
    overall = actual.sum() / max(expected.sum(), 1e-9)
    staying = (actual + 20 * overall) / (expected + 20)
    mean = foreseen * staying[kind][:, None]
    beyond = ((came - mean) ** 2 - mean).sum() / max((mean**2).sum(), 1e-9)
    return staying, float(np.clip(beyond, 0.05, 5))


def _limits(expected: np.ndarray, spread: float, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of a negative binomial with this mean and variance mean + spread × mean²."""
    from scipy.stats import nbinom

    shape = 1 / spread
    chance = shape / (shape + np.maximum(expected, 1e-9))
    return nbinom.ppf((1 - level) / 2, shape, chance), nbinom.ppf((1 + level) / 2, shape, chance)
