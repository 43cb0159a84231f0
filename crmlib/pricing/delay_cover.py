"""Delay cover priced from the firm's own parcels: what it will pay on average, how sure that is, and what is added for the risk."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns, require_share
from crmlib.company.schema import label
from crmlib.credit.chance import generator, whole
from crmlib.i18n import _
from crmlib.pricing.cents import CENT, decimal
from crmlib.pricing.weeks import tails, week_codes, week_weights
from crmlib.segments.per_customer import day, numbers
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEEDED = ("picked_up_at", "promised_at", "delivered_at", "price_yuan", "product", "scope")


@dataclass(frozen=True)
class DelayCover:
    """The price of a promise to pay back a share of the freight of late parcels.

    `expected_yuan` a parcel (between `low` and `high`), `price_yuan` with the loading, rounded up to the cent. `late_share` of `parcels`
    were late by more than `tolerance_hours`. `table`, one row a product: product, parcels, late_share, expected_cost_yuan, low, high,
    cover_price_yuan: one price for all would be dear for the punctual product and cheap for the other, and only the other would be bought.
    """

    expected_yuan: float
    low: float
    high: float
    price_yuan: float
    late_share: float
    parcels: int
    pays_share: float
    tolerance_hours: float
    loading: float
    level: float
    scope: str
    table: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """The price and how sure it is."""
        return _("Of {parcels} parcels, {late:.1%} came more than {hours:g} hours late. Paying back {pays:.0%} of their freight costs "
                 "{expected:.2f} yuan a parcel ({low:.2f} to {high:.2f}); with a loading of {loading:.0%} on the upper end the cover is to "
                 "cost {price:.2f} yuan.").format(
                     parcels=self.parcels, late=self.late_share, hours=self.tolerance_hours, pays=self.pays_share,
                     expected=self.expected_yuan, low=self.low, high=self.high, loading=self.loading, price=self.price_yuan)  # fmt: skip

    def advice(self) -> str:
        """What to ask for the cover, service by service."""
        rows = self.table.sort_values("cover_price_yuan").itertuples()
        prices = _(", ").join(f"{label(row.product, 'product')} {row.cover_price_yuan:.2f}" for row in rows)
        words = _("Delay cover, yuan a parcel: {prices}.").format(prices=prices)
        dearest = self.table.loc[self.table["cover_price_yuan"].idxmax()]
        if dearest["cover_price_yuan"] <= self.price_yuan:
            return words
        return f"{words} " + _("Not {price:.2f} for all: {service} senders would buy it, the punctual would not.").format(
            price=self.price_yuan, service=label(dearest["product"], "product"))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Expected cost and price by product; see :func:`crmlib.plotting.delay_cover_prices`."""
        from crmlib.plotting.pricing import delay_cover_prices

        return delay_cover_prices(self, ax=ax)

    def settle(self, waybills: pd.DataFrame, *, as_of: object = None) -> dict[str, float]:
        """What the cover, had every parcel of `waybills` bought it at its product's price, would have taken and paid.

        Returns parcels, taken_yuan, paid_yuan, paid_share (paid over taken; above 1 the cover lost money).
        """
        parcels = _settled(waybills, self.scope, self.tolerance_hours, as_of)
        prices = self.table.set_index("product")["cover_price_yuan"]
        taken = parcels["product"].astype(object).map(prices).fillna(self.price_yuan).sum()
        paid = (parcels["price_yuan"] * self.pays_share)[parcels["late"]].sum()
        return {"parcels": len(parcels), "taken_yuan": round(float(taken), 2), "paid_yuan": round(float(paid), 2),
                "paid_share": float(paid / taken) if taken else float("nan")}  # fmt: skip


def delay_cover(
    waybills: pd.DataFrame,
    *,
    scope: str = "cross_border",
    pays_share: object = None,
    tolerance_hours: object = None,
    loading: object = None,
    as_of: object = None,
    level: float = 0.95,
    resamples: int = 400,
    rng: np.random.Generator | int,
) -> DelayCover:
    """Price delay cover from what happened.

    Answers: what must delay cover cost, so that we do not lose by it?

    Parameters
    ----------
    waybills : DataFrame, as in the contract of the table waybills
        picked_up_at, promised_at, delivered_at, price_yuan, product, scope. A parcel counts once its promise and the tolerance are over by
        `as_of`; one not delivered by then is late (lost ones too).
    scope : which parcels are covered
    pays_share : share of the freight paid back for a late parcel, optional
    tolerance_hours : lateness that is not paid for, optional
    loading : share added for the risk and the work, optional
        These three come from the standards.
    as_of : moment, optional
        Without one, the latest pick-up or delivery in the table.
    level, resamples, rng : of the interval, by resampling whole weeks

    Returns
    -------
    DelayCover
        price_yuan is (1 + loading) × the upper end of the interval.

    Raises
    ------
    ValueError
        A column is missing, a number is out of range, no parcel of the scope is settled, or there are fewer than eight weeks.

    Source: premium = expected cost plus loading, as in insurance textbooks; 《2025国际快递行业客户关系管理体系研究》 (延误赔付 in a package).

    >>> rng = np.random.default_rng(3)
    >>> picked = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.uniform(0, 200, 3000), unit="D")
    >>> promised = picked + pd.Timedelta(days=5)
    >>> delivered = promised + pd.to_timedelta(np.where(rng.random(3000) < 0.1, 30, -30), unit="h")
    >>> parcels = pd.DataFrame({"picked_up_at": picked, "promised_at": promised, "delivered_at": delivered, "price_yuan": 80.0,
    ...     "product": "standard", "scope": "cross_border"})
    >>> cover = delay_cover(parcels, pays_share=0.5, tolerance_hours=0, loading=0.2, rng=1)
    >>> bool(cover.low < 4.0 < cover.high < cover.price_yuan)
    True
    """
    require_share("level", level)
    resamples, rng = whole("resamples", resamples, 100), generator(rng)
    pays = _chosen("pays_share", pays_share, "pricing.delay_pays_share", "share")
    if pays > 1:
        raise ValueError(_("{name} is {value}; it must lie between 0 and 1 (write 20% as 0.2).").format(name="pays_share", value=pays))
    hours = _chosen("tolerance_hours", tolerance_hours, "pricing.delay_tolerance", "hours")
    load = _chosen("loading", loading, "pricing.delay_loading", "share")
    parcels = _settled(waybills, scope, hours, as_of)
    codes = week_codes(parcels["picked_up_at"])
    draws = week_weights(codes, resamples, rng)
    paid = np.where(parcels["late"], parcels["price_yuan"] * pays, 0.0)
    expected, low, high = _mean(paid, np.ones(len(paid), dtype=bool), codes, draws, level)
    rows = []
    for product, here in parcels.groupby("product", observed=True, sort=True):
        own = parcels["product"].to_numpy() == product
        value, least, most = _mean(paid, own, codes, draws, level)
        rows.append((product, len(here), float(here["late"].mean()), value, least, most, _price(most, load)))
    table = pd.DataFrame(rows, columns=["product", "parcels", "late_share", "expected_cost_yuan", "low", "high", "cover_price_yuan"])
    return DelayCover(
        expected, low, high, _price(high, load), float(parcels["late"].mean()), len(parcels), pays, hours, load, level, scope, table
    )


def _chosen(name: str, value: object, key: str, unit: str) -> float:
    return float(get(key, unit=unit) if value is None else decimal(name, value))


def _price(cost: float, loading: float) -> float:
    return float(Decimal(str(round(cost * (1 + loading), 9))).quantize(CENT, rounding=ROUND_CEILING))


def _settled(waybills: pd.DataFrame, scope: str, tolerance: float, as_of: object) -> pd.DataFrame:
    """The parcels of the scope whose fate is known for all of them: those late by more than the tolerance, and the others."""
    require_columns(waybills.columns, NEEDED)
    waybills = waybills.reset_index(drop=True)
    for name in ("picked_up_at", "promised_at", "delivered_at"):
        if not pd.api.types.is_datetime64_any_dtype(waybills[name]):
            raise ValueError(_("{name} is not a date. Turn it into dates with pd.to_datetime first.").format(name=name))
    refuse_rows(waybills["promised_at"].isna() | waybills["picked_up_at"].isna(), _("picked_up_at or promised_at is missing"),
                _("Fill in the value, or drop these rows."))  # fmt: skip
    now = waybills[["picked_up_at", "delivered_at"]].max().max() if as_of is None else day(as_of, "as_of")
    due = waybills["promised_at"] + pd.Timedelta(hours=tolerance)
    rows = waybills[(waybills["scope"] == scope) & (due <= now)]
    if rows.empty:
        raise ValueError(_("No {scope} parcel had its promised time behind it by then.").format(scope=label(scope, "scope")))
    refuse_rows(numbers(rows["price_yuan"], "price_yuan") < 0, _("price_yuan is negative"), _("Leave refunds out."))
    return rows.assign(late=~(rows["delivered_at"] <= due[rows.index])).reset_index(drop=True)


def _mean(values: np.ndarray, own: np.ndarray, codes: np.ndarray, draws: np.ndarray, level: float) -> tuple[float, float, float]:
    """Mean of the own parcels, with an interval over the weeks drawn."""
    weeks = draws.shape[1]
    sums = np.bincount(codes[own], weights=values[own], minlength=weeks)
    counts = np.bincount(codes[own], minlength=weeks)
    size = draws @ counts
    means = (draws @ sums)[size > 0] / size[size > 0]
    low, high = np.quantile(means, tails(level, weeks)) if len(means) else (np.nan, np.nan)
    return float(values[own].mean()), float(low), float(high)
