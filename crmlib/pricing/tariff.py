"""A price list as data: zones, first and further kilograms, surcharges, peaks and discounts, read from TOML and checked."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.i18n import _, language
from crmlib.pricing.tariff_checks import PRODUCTS, SCOPES, check_tariff

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHIPPED = Path(__file__).parent / "lark.toml"


@dataclass(frozen=True)
class Named:
    """A code and what it is called."""

    code: str
    zh: str
    en: str

    @property
    def name(self) -> str:
        """The name in the active language."""
        return self.zh if language() == "zh" else self.en


@dataclass(frozen=True)
class Zone(Named):
    """Where a parcel goes: a scope, and where `regions` are named only these destinations."""

    scope: str
    regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Surcharge(Named):
    """An amount on top: `share` of the freight plus `fixed` yuan plus `per_kg` yuan for each kilogram begun.

    `when` says when: "asked" for, "always", or by "weight" above `over_kg`. Empty `zones` or `products` mean all.
    """

    when: str
    share: Decimal = Decimal(0)
    fixed: Decimal = Decimal(0)
    per_kg: Decimal = Decimal(0)
    over_kg: Decimal = Decimal(0)
    zones: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


@dataclass(frozen=True)
class Peak(Named):
    """A share on top of the freight of parcels picked up from `first` to `last`, both included."""

    first: dt.date
    last: dt.date
    share: Decimal
    zones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tariff(Named):
    """A checked price list. `rates` gives (product, zone) → (first step, each further step begun) in yuan.

    Make one with :func:`read_tariff`; change one by writing another file.
    """

    step_kg: Decimal
    volume_divisor: Decimal
    zones: tuple[Zone, ...]
    rates: dict[tuple[str, str], tuple[Decimal, Decimal]] = field(repr=False)
    surcharges: tuple[Surcharge, ...] = ()
    peaks: tuple[Peak, ...] = ()
    discounts: tuple[tuple[int, Decimal], ...] = ()
    markets: dict[str, Decimal] = field(default_factory=dict, repr=False)
    source: str = ""

    def zone_of(self, scope: str, region: str | None = None) -> Zone:
        """The first zone of the list that fits a parcel."""
        for zone in self.zones:
            if zone.scope == scope and (not zone.regions or region in zone.regions):
                return zone
        if scope not in SCOPES:
            raise ValueError(_("scope is {value}; it must be one of {known}.").format(value=scope, known=", ".join(SCOPES)))
        raise ValueError(_("The price list {tariff} has no zone for {scope} parcels to {region}. Give the destination_region, or add a "
                           "zone.").format(tariff=self.code, scope=scope, region=region))  # fmt: skip

    def rate(self, product: str, zone: Zone) -> tuple[Decimal, Decimal]:
        """First step and each further step begun, yuan."""
        if (product, zone.code) not in self.rates:
            known = sorted({name for name, where in self.rates if where == zone.code})
            raise ValueError(_("The price list {tariff} has no {product} in the zone {zone}. It has: {known}.").format(
                tariff=self.code, product=product, zone=zone.code, known=", ".join(known)))  # fmt: skip
        return self.rates[product, zone.code]

    def discount(self, monthly_parcels: float = 0, market: str | None = None) -> Decimal:
        """The discount that the price list grants a customer: by parcels a month, and that of its market on top."""
        if market is not None and market not in self.markets:
            raise ValueError(_("market is {value}; it must be one of {known}.").format(value=market, known=", ".join(self.markets)))
        by_volume = max((share for least, share in self.discounts if monthly_parcels >= least), default=Decimal(0))
        return by_volume + (self.markets[market] if market else Decimal(0))

    def table(self) -> pd.DataFrame:
        """The rates, one row a zone and product: zone, product, first_kg_yuan, further_kg_yuan."""
        rows = [(zone.code, product, *map(float, self.rates[product, zone.code])) for zone in self.zones for product in PRODUCTS
                if (product, zone.code) in self.rates]  # fmt: skip
        return pd.DataFrame(rows, columns=["zone", "product", "first_kg_yuan", "further_kg_yuan"])

    def summary(self) -> str:
        """The price list in a sentence."""
        return _("{name}: {zones} zones, {rates} rates, {surcharges} surcharges, {peaks} peaks; weight counts in steps of {step:f} kg, "
                 "rounded up, and {divisor:.0f} cubic centimetres as one kilogram.").format(
                     name=self.name, zones=len(self.zones), rates=len(self.rates), surcharges=len(self.surcharges), peaks=len(self.peaks),
                     step=self.step_kg.normalize(), divisor=self.volume_divisor)  # fmt: skip

    def plot(self, scope: str = "domestic", ax: Axes | None = None) -> Axes:
        """Freight by weight; see :func:`crmlib.plotting.tariff_steps`."""
        from crmlib.plotting.pricing import tariff_steps

        return tariff_steps(self, scope=scope, ax=ax)


def read_tariff(source: str | os.PathLike | None = None) -> Tariff:
    """Read a price list from TOML and refuse it with a sentence where it cannot be meant.

    Answers: what do we charge, and is the list complete?

    Parameters
    ----------
    source : path of a TOML file, or its text, optional
        Without one, the price list of the simulated firm. The tables of the file: tariff, zones, rates, surcharges, peaks, discounts,
        markets; look at ``print(crm.pricing.tariff_text())`` for a whole one.

    Returns
    -------
    Tariff

    Raises
    ------
    ValueError
        The file cannot be read; a field is missing, unknown or no number; a rate names an unknown zone or product; a price list in which
        a zone lacks rates, a further kilogram costs nothing while the first is free, a peak ends before it begins, or discounts reach
        100 %.

    Source: 《2025国际快递行业客户关系管理体系研究》 (products in tiers); price lists of express firms have this form.

    >>> read_tariff().rates["standard", "domestic"]
    (Decimal('10.2'), Decimal('4.0'))
    """
    if source is None:
        return _shipped()
    return _parsed(tariff_text(source), _("the price list"))


def tariff_text(source: str | os.PathLike | None = None) -> str:
    """The TOML text of a price list: that of the simulated firm, of a file, or the text itself.

    >>> tariff_text().count("[[zones]]")
    3
    """
    if isinstance(source, str) and ("\n" in source or "=" in source):
        return source
    path = SHIPPED if source is None else Path(source)
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise ValueError(_("Cannot read {path}: {reason}").format(path=path, reason=error.strerror)) from None
    except UnicodeDecodeError:
        raise ValueError(_("{path} is not a TOML file in UTF-8: {reason}").format(path=path, reason=_("wrong encoding"))) from None


@cache
def _shipped() -> Tariff:
    return _parsed(tariff_text(), SHIPPED.name)


def _parsed(text: str, origin: str) -> Tariff:
    try:
        tree = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(_("{path} is not a TOML file in UTF-8: {reason}").format(path=origin, reason=error)) from None
    check_tariff(tree, origin)
    head = tree["tariff"]
    rates = {(product, row["zone"]): tuple(map(_number, row[product])) for row in tree["rates"] for product in PRODUCTS if product in row}
    return Tariff(
        code=head["code"], zh=head["zh"], en=head["en"], step_kg=_number(head["step_kg"]), volume_divisor=_number(head["volume_divisor"]),
        zones=tuple(Zone(**_fields(row)) for row in tree["zones"]), rates=rates,
        surcharges=tuple(Surcharge(**_fields(row)) for row in tree.get("surcharges", [])),
        peaks=tuple(Peak(**_fields(row)) for row in tree.get("peaks", [])),
        discounts=tuple(sorted((row["from_parcels"], _number(row["share"])) for row in tree.get("discounts", []))),
        markets={name: _number(value) for name, value in tree.get("markets", {}).items()}, source=head.get("source", ""),
    )  # fmt: skip


def _number(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _fields(row: dict) -> dict:
    """TOML values as those of the dataclasses: lists as tuples, whole numbers as Decimal."""
    return {name: tuple(value) if isinstance(value, list) else _number(value) if isinstance(value, int) else value
            for name, value in row.items()}  # fmt: skip
