"""Who ships across borders, and how: sellers on marketplaces, sellers with shops of their own, traders, wealthy individuals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns, require_share
from crmlib.company.schema import label
from crmlib.credit.chance import generator, whole
from crmlib.i18n import _
from crmlib.pricing.weeks import tails

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEASURES = ("parcels_a_month", "shipping_days_a_month", "parcels_a_day", "fast_share", "late_share")


@dataclass(frozen=True)
class SellerComparison:
    """How kinds of cross-border customers ship.

    `table`, one row a kind and yardstick: cross_border, yardstick, customers, estimate, low, high (medians over customers with an
    interval). `differences`, one row a measure: yardstick, estimate (marketplace sellers less own-shop sellers), low, high, claimed
    (what the study says: more, fewer), ratio, ratio_low, ratio_high (marketplace sellers' median over that of own-shop sellers, less 1),
    holds (yes: the interval lies on the claimed side; no: on the other; open: it holds 0).
    """

    table: pd.DataFrame = field(repr=False)
    differences: pd.DataFrame
    level: float

    def summary(self) -> str:
        """What of the study's claim our own data show."""
        found = self.differences["holds"].value_counts()
        return _(
            "The study says that marketplace sellers send more and need it faster, and own-shop sellers send less at a time but often. "
            "Of {claims} claims our data bear out {yes}, contradict {no} and leave {open} open."
        ).format(claims=int(found.sum()), yes=int(found.get("yes", 0)), no=int(found.get("no", 0)), open=int(found.get("open", 0)))

    def plot(self, ax: Axes | None = None) -> Axes:
        """The differences with their intervals; see :func:`crmlib.plotting.seller_differences`."""
        from crmlib.plotting.pricing import seller_differences

        return seller_differences(self, ax=ax)


def compare_sellers(
    customers: pd.DataFrame, waybills: pd.DataFrame, *, level: float = 0.95, resamples: int = 1000, rng: np.random.Generator | int
) -> SellerComparison:
    """Hold the study's picture of marketplace and own-shop sellers against the firm's own parcels.

    Answers: do the two kinds of sellers really ship differently with us?

    Parameters
    ----------
    customers : DataFrame
        customer_id, cross_border.
    waybills : DataFrame
        customer_id, picked_up_at, product, delivered_at, promised_at. All parcels of such a customer count, not only those abroad.
    level, resamples, rng : of the intervals, by resampling customers

    Returns
    -------
    SellerComparison
        Measures: parcels_a_month and shipping_days_a_month (of months with parcels), parcels_a_day (of days with parcels), fast_share
        (standard or express), late_share (of parcels delivered).

    Raises
    ------
    ValueError
        A column is missing, or one of the two kinds has fewer than five customers with parcels.

    Source: 《2025国际快递行业客户关系管理体系研究》: marketplace sellers have many orders and are sensitive to time; own-shop sellers have small
    orders, often.

    >>> days = pd.date_range("2026-01-01", periods=30)
    >>> ids = [f"c{n}" for n in range(12)]
    >>> customers = pd.DataFrame({"customer_id": ids, "cross_border": ["marketplace_seller"] * 6 + ["own_shop_seller"] * 6})
    >>> parcels = pd.DataFrame([(c, d, "express") for c in ids for d in days for __ in range(3 if c < "c6" and len(c) == 2 else 1)],
    ...     columns=["customer_id", "picked_up_at", "product"])
    >>> parcels = parcels.assign(delivered_at=parcels.picked_up_at, promised_at=parcels.picked_up_at)
    >>> found = compare_sellers(customers, parcels, rng=1).differences.set_index("yardstick")
    >>> float(found.loc["parcels_a_day", "estimate"]), found.loc["parcels_a_day", "holds"]
    (2.0, 'yes')
    """
    require_share("level", level)
    resamples, rng = whole("resamples", resamples, 100), generator(rng)
    require_columns(customers.columns, ("customer_id", "cross_border"))
    require_columns(waybills.columns, ("customer_id", "picked_up_at", "product", "delivered_at", "promised_at"))
    kinds = customers.drop_duplicates("customer_id").set_index("customer_id")["cross_border"].astype(object)
    kinds = kinds[kinds.notna() & (kinds != "none")]
    measured = _measures(waybills[waybills["customer_id"].isin(kinds.index)])
    measured["cross_border"] = kinds.reindex(measured.index)
    for kind in ("marketplace_seller", "own_shop_seller"):
        if (measured["cross_border"] == kind).sum() < 5:
            raise ValueError(_("Fewer than five {kind} customers have parcels; nothing can be said of them.").format(
                kind=label(kind, "cross_border")))  # fmt: skip
    drawn = {
        kind: _medians(rows[list(MEASURES)].to_numpy(), resamples, rng)
        for kind, rows in measured.groupby("cross_border", sort=True)
        if len(rows) > 1
    }
    ends = {kind: tails(level, int((measured["cross_border"] == kind).sum())) for kind in drawn}
    both = tails(level, min(int((measured["cross_border"] == kind).sum()) for kind in ("marketplace_seller", "own_shop_seller")))
    rows = [
        (
            kind,
            measure,
            int((measured["cross_border"] == kind).sum()),
            float(values[0, place]),
            *np.nanquantile(values[1:, place], ends[kind]),
        )
        for kind, values in drawn.items()
        for place, measure in enumerate(MEASURES)
    ]
    gap = drawn["marketplace_seller"] - drawn["own_shop_seller"]
    own = np.where(drawn["own_shop_seller"] > 0, drawn["own_shop_seller"], np.nan)
    ratio = np.where(np.isnan(own) & (gap == 0), 0.0, gap / own)
    claims = {"parcels_a_month": "more", "fast_share": "more", "shipping_days_a_month": "fewer", "parcels_a_day": "more"}
    differences = []
    for place, measure in enumerate(MEASURES):
        if measure in claims:
            low, high = np.nanquantile(gap[1:, place], both)
            side = "open" if low <= 0 <= high else "yes" if (low > 0) == (claims[measure] == "more") else "no"
            ends_of_ratio = np.nanquantile(ratio[1:, place], both)
            differences.append((measure, float(gap[0, place]), float(low), float(high), claims[measure], side, float(ratio[0, place]),
                                *map(float, ends_of_ratio)))  # fmt: skip
    return SellerComparison(
        pd.DataFrame(rows, columns=["cross_border", "yardstick", "customers", "estimate", "low", "high"]),
        pd.DataFrame(differences, columns=["yardstick", "estimate", "low", "high", "claimed", "holds", "ratio", "ratio_low", "ratio_high"]), level,
    )  # fmt: skip


def _measures(waybills: pd.DataFrame) -> pd.DataFrame:
    known = waybills["delivered_at"].notna()
    parcels = pd.DataFrame({
        "customer_id": waybills["customer_id"], "day": waybills["picked_up_at"].dt.normalize(),
        "month": waybills["picked_up_at"].dt.year * 12 + waybills["picked_up_at"].dt.month,
        "fast": waybills["product"].isin(["standard", "express"]).astype(float),
        "late": (waybills["delivered_at"] > waybills["promised_at"]).astype(float).where(known),
    })  # fmt: skip
    groups = parcels.groupby("customer_id", observed=True)
    months, days, size = groups["month"].nunique(), groups["day"].nunique(), groups.size()
    return pd.DataFrame({"parcels_a_month": size / months, "shipping_days_a_month": days / months, "parcels_a_day": size / days,
                         "fast_share": groups["fast"].mean(), "late_share": groups["late"].mean()})  # fmt: skip


def _medians(values: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Medians over customers: those seen first, then those of the resamples."""
    picks = rng.integers(len(values), size=(resamples, len(values)))
    return np.vstack([np.nanmedian(values, axis=0), np.nanmedian(values[picks], axis=1)])
