"""The regional comparison: the same measure by region, as a ratio of sums, with the regions' mix taken out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.operations.parcels import lateness, of_customers, parcels_of
from crmlib.operations.ratios import Ratio, ratio

MEASURES = {
    "late_share": ("late_parcels", "judged"),
    "price_per_parcel": ("revenue_yuan", "parcels"),
    "margin_per_parcel": ("margin_yuan", "parcels"),
    "margin_rate": ("margin_yuan", "revenue_yuan"),
    "price_per_kg": ("revenue_yuan", "weight_kg"),
}
"""What can be compared, and the columns whose sums are divided."""


def region_comparison(
    waybills: pd.DataFrame, customers: pd.DataFrame, *, measure: str = "late_share", within: str | None = "scope", by: str = "region",
    level: float | None = None,
) -> Ratio:  # fmt: skip
    """Compare the regions by one measure, each as the ratio of its sums.

    Answers: which region does better, by how much, and is it the region or what it sends?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at, price_yuan, cost_yuan, weight_kg, promised_at, delivered_at (those that the measure needs)
    customers : DataFrame
        customer_id, region and, where `within` or `by` is one of its columns, that column
    measure : "late_share", "price_per_parcel", "margin_per_parcel", "margin_rate" or "price_per_kg"
    within : column of waybills or customers, optional
        The strata inside which the regions are compared too. None: no strata.
    by : column of waybills or customers
        "region" is where the customer sends from; "destination_region" where the parcels go.
    level : float, 0–1, optional

    Returns
    -------
    Ratio
        Its table has also parcels and revenue_yuan where the measure needs them. Intervals take the parcels of a customer together.

    Raises
    ------
    ValueError
        The measure is another, a column is missing, or a customer of the waybills is not among `customers`.

    Source: 《快递客户关系管理》, project 4, task 2 (区域对比分析).

    >>> people = pd.DataFrame({"customer_id": ["c1", "c2"], "region": ["east", "west"]})
    >>> log = pd.DataFrame({"customer_id": ["c1", "c1", "c2"], "picked_up_at": pd.to_datetime(["2026-05-01"] * 3),
    ...     "price_yuan": [8.0, 12.0, 30.0]})
    >>> region_comparison(log, people, measure="price_per_parcel", within=None).table["sum_ratio"].tolist()
    [10.0, 30.0]
    """
    if measure not in MEASURES:
        raise ValueError(_("measure is {value}; it must be one of {known}.").format(value=measure, known=", ".join(MEASURES)))
    above, below = MEASURES[measure]
    needed = {"late_parcels": ("promised_at", "delivered_at"), "revenue_yuan": ("price_yuan",), "margin_yuan": ("price_yuan", "cost_yuan"),
              "weight_kg": ("weight_kg",)}  # fmt: skip
    columns = dict.fromkeys(name for part in (above, below) for name in needed.get(part, ()))
    own = [name for name in (by, within) if name and name in getattr(waybills, "columns", ())]
    bills = parcels_of(waybills, "customer_id", "picked_up_at", *columns, *own)
    rows = pd.DataFrame({"customer_id": bills["customer_id"].to_numpy(), "parcels": 1.0})
    for name in dict.fromkeys(filter(None, (by, within))):
        rows[name] = bills[name].to_numpy() if name in own else of_customers(bills, customers, [name])[name]
    if "late_parcels" in (above, below):
        late = lateness(bills).to_numpy()
        rows = rows.assign(late_parcels=np.nan_to_num(late), judged=np.isfinite(late).astype(float))
    if "price_yuan" in columns:
        rows["revenue_yuan"] = bills["price_yuan"].to_numpy()
    if "cost_yuan" in columns:
        rows["margin_yuan"] = rows["revenue_yuan"] - bills["cost_yuan"].to_numpy()
    if "weight_kg" in columns:
        rows["weight_kg"] = bills["weight_kg"].to_numpy()
    return replace(ratio(rows, above, below, by=by, within=within, cluster="customer_id", level=level), measure=measure)
