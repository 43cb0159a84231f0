"""A whole table of parcels priced by a list, and what was really charged held against it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.pricing.cents import decimal, kilograms_begun
from crmlib.pricing.tariff import Tariff, read_tariff
from crmlib.segments.per_customer import numbers

NEEDED = ("product", "scope", "weight_kg")


def list_prices(waybills: pd.DataFrame, *, tariff: Tariff | None = None) -> pd.DataFrame:
    """The price of every parcel by the list, before any discount, and the discount really given.

    Answers: what would our parcels cost by the list, and how much of that do we let off?

    Parameters
    ----------
    waybills : DataFrame, one row a parcel
        product, scope, weight_kg; destination_region where zones go by region; price_yuan if the discount given is wanted.
    tariff : Tariff, optional
        Without one, the price list of the simulated firm.

    Returns
    -------
    DataFrame with the index of `waybills`
        zone, charged_kg (rounded up), list_yuan; and with price_yuan: price_yuan, discount_given (share of list_yuan, negative where
        more than the list was charged; missing where the list asks nothing)

    Raises
    ------
    ValueError
        A column is missing; a weight is missing, text or not above 0; no zone or rate fits.

    Source: as in :func:`crmlib.pricing.quote`, without surcharges and peaks.

    >>> parcels = pd.DataFrame({"product": ["economy"] * 3, "scope": ["domestic"] * 3, "weight_kg": [1.0, 1.001, 3.0]})
    >>> list_prices(parcels)["list_yuan"].tolist()
    [8.2, 11.2, 14.2]
    """
    tariff = tariff or read_tariff()
    require_columns(waybills.columns, NEEDED)
    weight = numbers(waybills["weight_kg"], "weight_kg")
    refuse_rows(weight <= 0, _("weight_kg is not above 0"), _("Drop these parcels, or enter their weight."))
    regions = waybills["destination_region"] if "destination_region" in waybills else pd.Series(None, index=waybills.index, dtype=object)
    groups = pd.DataFrame({"product": waybills["product"].astype(object), "scope": waybills["scope"].astype(object),
                           "region": regions.astype(object)})  # fmt: skip
    refuse_rows(
        groups[["product", "scope"]].isna().any(axis=1), _("product or scope is missing"), _("Fill in both, or drop these parcels.")
    )
    keys = groups.fillna({"region": ""}).drop_duplicates()
    zones, first, further = {}, {}, {}
    for key in keys.itertuples(index=False, name=None):
        zone = tariff.zone_of(key[1], key[2] or None)
        low, high = tariff.rate(key[0], zone)
        zones[key], first[key], further[key] = zone.code, _cents(low), _cents(high)
    place = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(groups.fillna({"region": ""})))
    order = list(keys.itertuples(index=False, name=None))
    step_grams = round(float(tariff.step_kg) * 1000)
    steps = np.maximum(-(-np.rint(weight.to_numpy() * 1000).astype(np.int64) // step_grams), 1)
    cents = np.array([first[key] for key in order], dtype=float)[place] + np.array([further[key] for key in order], dtype=float)[place] * (
        steps - 1
    )
    table = pd.DataFrame({"zone": np.array([zones[key] for key in order], dtype=object)[place],
                          "charged_kg": steps * float(tariff.step_kg), "list_yuan": np.rint(cents) / 100},
                         index=waybills.index)  # fmt: skip
    if "price_yuan" in waybills:
        table["price_yuan"] = numbers(waybills["price_yuan"], "price_yuan")
        table["discount_given"] = 1 - table["price_yuan"] / table["list_yuan"].where(table["list_yuan"] > 0)
    return table


def _cents(amount: Decimal) -> float:
    return float(amount * 100)


def price_positions(
    market_prices: pd.DataFrame, *, month: object = None, tariff: Tariff | None = None, weight_kg: float = 1.0
) -> pd.DataFrame:
    """Our list price against the competitors', by scope and product.

    Answers: where are we dear, where cheap, and against whom?

    Parameters
    ----------
    market_prices : DataFrame, as in the contract of the table market_prices
        month, competitor, scope, product, first_kg_yuan, further_kg_yuan; routes of one scope are averaged.
    month : such as "2026-10", optional
        Without one, the latest month of the table.
    tariff : Tariff, optional
    weight_kg : weight of the parcel compared, kilograms

    Returns
    -------
    DataFrame, one row a scope, product and competitor
        scope, product, competitor, our_yuan, their_yuan (mean over routes), gap (our_yuan over their_yuan less 1)

    Raises
    ------
    ValueError
        A column is missing, or the table has no such month.

    Source: list prices of the (invented) competitors in market_prices; quotes are not seen, so discounts are not compared.

    >>> prices = pd.DataFrame({"month": pd.to_datetime(["2026-10-01"]), "competitor": ["heron"], "scope": ["domestic"],
    ...     "product": ["standard"], "first_kg_yuan": [8.5], "further_kg_yuan": [3.0]})
    >>> price_positions(prices)["gap"].round(2).tolist()
    [0.2]
    """
    tariff = tariff or read_tariff()
    require_columns(market_prices.columns, ("month", "competitor", "scope", "product", "first_kg_yuan", "further_kg_yuan"))
    months = pd.to_datetime(market_prices["month"]).dt.to_period("M")
    try:
        chosen = months.max() if month is None else pd.Period(month, "M")
    except (ValueError, TypeError):
        raise ValueError(_('month is {value}; write it like "2026-10".').format(value=month)) from None
    rows = market_prices[months == chosen]
    if rows.empty:
        raise ValueError(_("The table has no prices of {month}. It goes from {first} to {last}.").format(
            month=chosen, first=months.min(), last=months.max()))  # fmt: skip
    further = kilograms_begun(decimal("weight_kg", weight_kg, least=0.001)) - 1
    theirs = rows.assign(their_yuan=numbers(rows["first_kg_yuan"], "first_kg_yuan")
                         + further * numbers(rows["further_kg_yuan"], "further_kg_yuan"))  # fmt: skip
    table = theirs.groupby(["scope", "product", "competitor"], observed=True, sort=True)["their_yuan"].mean().reset_index()
    ours = list_prices(table.assign(weight_kg=float(weight_kg), destination_region="east"), tariff=tariff)["list_yuan"]
    table.insert(3, "our_yuan", ours)
    return table.assign(gap=table["our_yuan"] / table["their_yuan"] - 1)
