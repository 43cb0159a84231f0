"""How much dearer the firm is for a customer than its cheapest rival would be."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import clean
from crmlib.i18n import _
from crmlib.segments.per_customer import customer_table, day

_ROUTE = ("scope", "origin_region", "destination_region", "product")
_BANDS = (0.5, 0.8, 0.95)


def price_gap(
    waybills: pd.DataFrame, customers: pd.DataFrame, market_prices: pd.DataFrame, *, start: object = None, end: object = None
) -> pd.Series:
    """What each customer paid, over what the cheapest rival would have asked for the same parcels, less 1.

    Answers: could this customer have it cheaper elsewhere?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at, product, scope, destination_region, weight_kg, price_yuan
    customers : DataFrame
        customer_id, region, market
    market_prices : DataFrame
        month, competitor, scope, origin_region, destination_region, product, first_kg_yuan, further_kg_yuan: the rivals' price lists
    start, end : dates, optional
        Which waybills; `end` is not included.

    Returns
    -------
    Series by customer_id, share
        0.1: paid 10% more than the cheapest rival would have asked. Missing where no rival serves any of its parcels.

    Raises
    ------
    ValueError
        A column is missing, a customer of the waybills is not among `customers`, or no waybill lies in the period.

    Notes
    -----
    A price list is not what a shop pays. So the rival is taken to give the discount that customers of the same market and size usually have
    with us: the median, over such customers, of what they paid over the dearest price anybody paid for the same kind of parcel. Size is
    parcels in a month with parcels.

    Source: own.

    >>> log = pd.DataFrame({"customer_id": ["c1"], "picked_up_at": pd.to_datetime(["2026-03-05"]), "product": "economy",
    ...     "scope": "domestic", "destination_region": "west", "weight_kg": 1.4, "price_yuan": 12.0})
    >>> people = pd.DataFrame({"customer_id": ["c1"], "region": ["east"], "market": ["walk_in"]})
    >>> prices = pd.DataFrame({"month": pd.to_datetime(["2026-03-01"]), "competitor": "plover", "scope": "domestic",
    ...     "origin_region": "east", "destination_region": "west", "product": "economy", "first_kg_yuan": 8.0, "further_kg_yuan": 2.0})
    >>> price_gap(log, people, prices).round(6).to_dict()
    {'c1': 0.2}
    """
    priced = rival_prices(waybills, customers, market_prices)
    return gap_by_customer(priced, start=start, end=end)


def gap_by_customer(priced: pd.DataFrame, *, start: object = None, end: object = None, window: pd.DataFrame | None = None) -> pd.Series:
    """Σ paid over Σ of what the rival would ask, less 1, by customer; from rows of :func:`rival_prices`.

    `window` gives each customer (index) a period of its own: start and end.

    >>> rows = pd.DataFrame({"customer_id": ["c1"], "picked_up_at": pd.to_datetime(["2026-03-05"]), "price_yuan": 12.0, "rival_yuan": 10.0})
    >>> gap_by_customer(rows).round(3).tolist()
    [0.2]
    """
    kept = priced["rival_yuan"].notna()
    if window is not None:
        own = window.reindex(priced["customer_id"])
        kept &= (priced["picked_up_at"].to_numpy() >= own["start"].to_numpy()) & (priced["picked_up_at"].to_numpy() < own["end"].to_numpy())
    if start is not None:
        kept &= priced["picked_up_at"] >= day(start, "start")
    if end is not None:
        kept &= priced["picked_up_at"] < day(end, "end")
    sums = priced[kept].groupby("customer_id", observed=True)[["price_yuan", "rival_yuan"]].sum()
    return (sums["price_yuan"] / sums["rival_yuan"] - 1).rename("price_gap")


def rival_prices(waybills: pd.DataFrame, customers: pd.DataFrame, market_prices: pd.DataFrame) -> pd.DataFrame:
    """For each waybill what was paid and what the cheapest rival would ask: customer_id, picked_up_at, price_yuan, rival_yuan.

    >>> route = {"product": ["standard"], "scope": ["domestic"], "destination_region": ["east"]}
    >>> bills = pd.DataFrame({"customer_id": ["c1"], "picked_up_at": pd.to_datetime(["2026-05-02"]), "weight_kg": [1.0],
    ...     "price_yuan": [9.0], **route})
    >>> people = pd.DataFrame({"customer_id": ["c1"], "region": ["east"], "market": ["corporate"]})
    >>> lists = pd.DataFrame({"month": pd.to_datetime(["2026-05-01"]), "competitor": ["heron"], "origin_region": ["east"],
    ...     "first_kg_yuan": [8.0], "further_kg_yuan": [2.0], **route})
    >>> rival_prices(bills, people, lists)[["customer_id", "price_yuan"]].values.tolist()
    [['c1', 9.0]]
    """
    waybills = clean(waybills, "waybills", customer_id="id", picked_up_at="text_date", product="name?", scope="name?",
                     destination_region="name?", weight_kg="number", price_yuan="number")  # fmt: skip
    market_prices = clean(market_prices, "market_prices", month="text_date", competitor="id", first_kg_yuan="number",
                          further_kg_yuan="number", **dict.fromkeys(_ROUTE, "name?"))  # fmt: skip
    if waybills.empty:
        raise ValueError(_("{name} has no rows. Check the period and the filter that it comes from.").format(name="waybills"))
    people = customer_table(customers, ["region", "market"], "customers")
    known = waybills["customer_id"].isin(people.index)
    refuse_rows(~known, _("These customers have waybills but are not in customers"), _("Take both tables from the same firm and day."))
    for column in ("weight_kg", "price_yuan"):
        refuse_rows(waybills[column] <= 0, _("{name} is not above 0").format(name=column), _("Correct it, or drop these rows and say so."))
    paid, kilograms = waybills["price_yuan"].to_numpy(), np.ceil(waybills["weight_kg"].to_numpy())
    further = np.maximum(kilograms - 1, 0)
    asked = _cheapest(_codes(waybills, people, market_prices), further, market_prices)
    return pd.DataFrame({
        "customer_id": waybills["customer_id"].to_numpy(), "picked_up_at": waybills["picked_up_at"].to_numpy(), "price_yuan": paid,
        "rival_yuan": asked * _usual_paid(waybills, people, paid, kilograms),
    })  # fmt: skip


def _codes(waybills: pd.DataFrame, people: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Month and route of each waybill and of each price, as one number that is the same for the same route."""
    ours = waybills[["product", "scope", "destination_region"]].astype(object)
    ours = ours.assign(
        origin_region=people["region"].astype(object).reindex(waybills["customer_id"]).to_numpy(), when=_month(waybills["picked_up_at"])
    )
    theirs = prices[list(_ROUTE)].astype(object).assign(when=_month(prices["month"]))
    code = {"ours": np.zeros(len(ours), dtype=np.int64), "theirs": np.zeros(len(theirs), dtype=np.int64)}
    for name in (*_ROUTE, "when"):
        places, values = pd.factorize(pd.concat([theirs[name], ours[name]], ignore_index=True))
        code["theirs"] = code["theirs"] * (len(values) + 1) + places[: len(theirs)]
        code["ours"] = code["ours"] * (len(values) + 1) + places[len(theirs) :]
    return code


def _month(dates: pd.Series) -> np.ndarray:
    return dates.to_numpy().astype("datetime64[M]").astype(np.int64)


def _cheapest(code: dict[str, np.ndarray], further: np.ndarray, prices: pd.DataFrame) -> np.ndarray:
    lowest = np.full(len(further), np.inf)
    first_kg, next_kg = (prices[name].to_numpy() for name in ("first_kg_yuan", "further_kg_yuan"))
    for competitor in prices["competitor"].unique():
        own = np.flatnonzero((prices["competitor"] == competitor).to_numpy())
        own = own[np.argsort(code["theirs"][own], kind="stable")]
        place = np.minimum(np.searchsorted(code["theirs"][own], code["ours"]), len(own) - 1)
        row = own[place]
        asked = first_kg[row] + next_kg[row] * further
        lowest = np.where(code["theirs"][row] == code["ours"], np.minimum(lowest, asked), lowest)
    return np.where(np.isfinite(lowest), lowest, np.nan)


def _usual_paid(waybills: pd.DataFrame, people: pd.DataFrame, paid: np.ndarray, kilograms: np.ndarray) -> np.ndarray:
    """For each waybill the share of the list price that customers of the same market and size usually pay.

    Size is parcels in a month with parcels: months of silence do not make a customer small, or whoever left would be compared with dearer
    prices than before, and would seem to have had no reason.
    """
    kind = waybills[["product", "scope"]].astype(object).assign(kilograms=kilograms)
    dearest = pd.Series(paid).groupby([kind[name].to_numpy() for name in kind]).transform("max").to_numpy()
    months = pd.Series(_month(waybills["picked_up_at"]))
    by_customer = pd.DataFrame({"customer_id": waybills["customer_id"].to_numpy(), "paid": paid, "dearest": dearest, "month": months})
    sums = by_customer.groupby("customer_id", observed=True).agg(paid=("paid", "sum"), dearest=("dearest", "sum"), parcels=("paid", "size"),
                                                                 months=("month", "nunique"))  # fmt: skip
    size = sums["parcels"] / sums["months"]
    band = np.searchsorted(np.quantile(size, _BANDS), size, side="left")
    market = people["market"].astype(object).reindex(sums.index).to_numpy()
    share = sums["paid"] / sums["dearest"]
    usual = share.groupby([market, band]).transform("median")
    return usual.reindex(waybills["customer_id"]).to_numpy()
