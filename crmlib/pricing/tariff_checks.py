"""What a price list must fulfil before anybody is quoted from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from crmlib.i18n import _

PRODUCTS = ("economy", "standard", "express")
SCOPES = ("same_city", "domestic", "cross_border")
REGIONS = ("east", "central", "west", "abroad")
WHEN = ("asked", "always", "weight")
_WANTED = {
    "tariff": ({"code", "zh", "en", "step_kg", "volume_divisor"}, {"source", "mark"}),
    "zones": ({"code", "zh", "en", "scope"}, {"regions"}),
    "rates": ({"zone"}, set(PRODUCTS)),
    "surcharges": ({"code", "zh", "en", "when"}, {"share", "fixed", "per_kg", "over_kg", "zones", "products"}),
    "peaks": ({"code", "zh", "en", "first", "last", "share"}, {"zones"}),
    "discounts": ({"from_parcels", "share"}, set()),
}
_NUMBERS = ("step_kg", "volume_divisor", "share", "fixed", "per_kg", "over_kg", "from_parcels")


def check_tariff(tree: dict, origin: str) -> None:
    """Refuse a price list (TOML as a dictionary) with a sentence that names the table, the field and the mend.

    >>> import tomllib
    >>> from crmlib.pricing.tariff import tariff_text
    >>> check_tariff(tomllib.loads(tariff_text()), "lark.toml")
    """
    unknown = set(tree) - set(_WANTED) - {"markets"}
    missing = {"tariff", "zones", "rates"} - set(tree)
    if unknown or missing:
        raise ValueError(_("{origin} has the tables {have}. Needed: tariff, zones, rates; allowed besides: surcharges, peaks, discounts, "
                           "markets.").format(origin=origin, have=", ".join(tree) or "–"))  # fmt: skip
    for table, (needed, allowed) in _WANTED.items():
        for row in _rows(tree, table, origin):
            _check_fields(row, needed, allowed, table, origin)
    codes = [zone["code"] for zone in tree["zones"]]
    _unique(codes, "zones", origin)
    for table in ("surcharges", "peaks"):
        _unique([row["code"] for row in tree.get(table, [])], table, origin)
    for zone in tree["zones"]:
        _among(zone["scope"], SCOPES, "zones", "scope", origin)
        _all_among(zone.get("regions", []), REGIONS, "zones", "regions", origin)
    _check_rates(tree["rates"], codes, origin)
    _check_extras(tree, codes, origin)
    _check_discounts(tree, origin)


def _rows(tree: dict, table: str, origin: str) -> list[dict]:
    rows = [tree[table]] if table == "tariff" else tree.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or (table in ("zones", "rates") and not rows):
        head = "[tariff]" if table == "tariff" else f"[[{table}]]"
        raise ValueError(_("{origin}: each entry of {table} begins with {head}.").format(origin=origin, table=table, head=head))
    return rows


def _check_fields(row: dict, needed: set[str], allowed: set[str], table: str, origin: str) -> None:
    if needed - set(row) or set(row) - needed - allowed:
        raise ValueError(_("{origin}: an entry of {table} has the fields {have}. Needed: {needed}; allowed besides: {allowed}.").format(
            origin=origin, table=table, have=", ".join(row), needed=", ".join(sorted(needed)),
            allowed=", ".join(sorted(allowed)) or "–"))  # fmt: skip
    for name in _NUMBERS:
        if name in row:
            _number(row[name], table, name, origin, positive=name in ("step_kg", "volume_divisor"))
    single = [name for name in ("zones", "products", "regions") if not isinstance(row.get(name, []), list)]
    if single:
        raise ValueError(_("{origin}: {name} in {table} must be a list, such as [\"domestic\"].").format(
            origin=origin, name=single[0], table=table))  # fmt: skip


def _number(value: object, table: str, name: str, origin: str, *, positive: bool = False) -> None:
    good = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and Decimal(str(value)).is_finite()
    if not good or value < 0 or (positive and value == 0):
        raise ValueError(_("{origin}: {name} in {table} is {value}; it must be a number of 0 or more (step_kg and volume_divisor above "
                           "0).").format(origin=origin, name=name, table=table, value=value))  # fmt: skip


def _among(value: object, known: Iterable[str], table: str, name: str, origin: str) -> None:
    if value not in known:
        raise ValueError(_("{origin}: {name} in {table} is {value}; it must be one of {known}.").format(
            origin=origin, name=name, table=table, value=value, known=", ".join(known)))  # fmt: skip


def _all_among(values: Iterable[str], known: Iterable[str], table: str, name: str, origin: str) -> None:
    for value in values:
        _among(value, known, table, name, origin)


def _unique(codes: list, table: str, origin: str) -> None:
    twice = sorted({str(code) for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError(_("{origin}: {table} names {codes} more than once.").format(origin=origin, table=table, codes=", ".join(twice)))


def _check_rates(rates: list[dict], zones: list[str], origin: str) -> None:
    _unique([row["zone"] for row in rates], "rates", origin)
    for row in rates:
        _among(row["zone"], zones, "rates", "zone", origin)
        for product in PRODUCTS:
            if product in row:
                pair = row[product]
                if not isinstance(pair, list) or len(pair) != 2:
                    raise ValueError(_("{origin}: {product} in the zone {zone} must be [first kilogram, each further kilogram].").format(
                        origin=origin, product=product, zone=row["zone"]))  # fmt: skip
                for value in pair:
                    _number(value, f"rates ({row['zone']})", product, origin)
    bare = [zone for zone in zones if not any(row["zone"] == zone and set(row) & set(PRODUCTS) for row in rates)]
    if bare:
        raise ValueError(_("{origin}: the zone(s) {zones} have no rates.").format(origin=origin, zones=", ".join(bare)))


def _check_extras(tree: dict, zones: list[str], origin: str) -> None:
    for table in ("surcharges", "peaks"):
        for row in tree.get(table, []):
            _all_among(row.get("zones", []), zones, table, "zones", origin)
    for row in tree.get("surcharges", []):
        _among(row["when"], WHEN, "surcharges", "when", origin)
        _all_among(row.get("products", []), PRODUCTS, "surcharges", "products", origin)
        if not any(row.get(name) for name in ("share", "fixed", "per_kg")):
            raise ValueError(_("{origin}: the surcharge {code} costs nothing. Give it share, fixed or per_kg.").format(
                origin=origin, code=row["code"]))  # fmt: skip
    for row in tree.get("peaks", []):
        days = [row["first"], row["last"]]
        if not all(isinstance(day, dt.date) and not isinstance(day, dt.datetime) for day in days) or days[0] > days[1]:
            raise ValueError(_("{origin}: the peak {code} goes from {first} to {last}; write dates such as 2026-11-08, the first one "
                               "first.").format(origin=origin, code=row["code"], first=days[0], last=days[1]))  # fmt: skip


def _check_discounts(tree: dict, origin: str) -> None:
    _unique([row["from_parcels"] for row in tree.get("discounts", [])], "discounts", origin)
    markets = tree.get("markets", {})
    for name, value in markets.items():
        _number(value, "markets", name, origin)
    steps = [row["share"] for row in sorted(tree.get("discounts", []), key=lambda row: row["from_parcels"])]
    if steps != sorted(steps):
        raise ValueError(_("{origin}: discounts fall as parcels grow; a larger customer would pay more a parcel.").format(origin=origin))
    if max(steps, default=Decimal(0)) + max(markets.values(), default=Decimal(0)) >= 1:
        raise ValueError(_("{origin}: discounts reach 100% (write 20% as 0.2).").format(origin=origin))
