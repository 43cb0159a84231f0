"""What goods cost when they have arrived: freight, duty, value-added tax and clearance, from tables that the user can replace."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.i18n import _, language
from crmlib.pricing.cents import decimal, share
from crmlib.pricing.quoting import Ledger

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHIPPED = Path(__file__).parent / "landed.toml"
_FIELDS = {"code", "zh", "en", "basis", "vat", "duty_free_to", "vat_free_to", "clearance", "advance"}


@dataclass(frozen=True)
class LandedTables:
    """Rates by destination and kind of goods. `about` says what they are; those that are shipped are for teaching, not the law."""

    destinations: dict[str, dict] = field(repr=False)
    duties: dict[str, dict[str, Decimal]] = field(repr=False)
    about: dict

    @property
    def teaching(self) -> bool:
        """Whether the tables are marked as teaching values."""
        return self.about.get("mark") == "teaching"

    @property
    def warning(self) -> str:
        """What the tables are, in the active language."""
        return str(self.about["zh" if language() == "zh" else "en"])

    def table(self) -> pd.DataFrame:
        """One row a destination and kind of goods: destination, goods, duty_rate, vat_rate, duty_free_to, vat_free_to, clearance_yuan."""
        rows = [
            (code, goods, float(rate), *(float(row[name]) for name in ("vat", "duty_free_to", "vat_free_to", "clearance")))
            for code, row in self.destinations.items() for goods, rate in self.duties[code].items()
        ]  # fmt: skip
        return pd.DataFrame(
            rows, columns=["destination", "goods", "duty_rate", "vat_rate", "duty_free_to", "vat_free_to", "clearance_yuan"]
        )


@dataclass(frozen=True)
class LandedCost:
    """What the goods cost delivered. `lines`: line, explained, line_yuan, adding up to `total_yuan`.

    `added_share` is everything but the goods over the goods; `warning` says what the rates are worth.
    """

    lines: pd.DataFrame = field(repr=False)
    total_yuan: float
    customs_value_yuan: float
    added_share: float
    warning: str

    def summary(self) -> str:
        """The result and what the rates are worth."""
        words = _(
            "Delivered, the goods cost about {total:.2f} yuan: {added:.1%} more than the goods alone, on a customs value of {customs:.2f} "
            "yuan."
        ).format(total=self.total_yuan, added=self.added_share, customs=self.customs_value_yuan)
        return f"{words} {self.warning}"

    def plot(self, ax: Axes | None = None) -> Axes:
        """The lines as steps; see :func:`crmlib.plotting.quote_lines`."""
        from crmlib.plotting.pricing import quote_lines

        return quote_lines(self, ax=ax)


@cache
def _shipped() -> LandedTables:
    return _parsed(_SHIPPED.read_text("utf-8"), _SHIPPED.name)


def read_landed_tables(path: str | os.PathLike | None = None) -> LandedTables:
    """The tables of duty, VAT and clearance: those for teaching, or your own.

    Answers: on which rates does the estimate rest?

    Parameters
    ----------
    path : TOML file in the form of crmlib/pricing/landed.toml, optional

    Returns
    -------
    LandedTables

    Raises
    ------
    ValueError
        The file cannot be read, a field is missing, a rate is no number or below 0, or a destination has no duties.

    Source: 《2025国际快递行业客户关系管理体系研究》 (关税测算 as a service); the figures shipped are teaching values.

    >>> read_landed_tables().teaching
    True
    """
    if path is None:
        return _shipped()
    try:
        return _parsed(Path(path).read_text("utf-8-sig"), Path(path).name)
    except OSError as error:
        raise ValueError(_("Cannot read {path}: {reason}").format(path=path, reason=error.strerror)) from None
    except UnicodeDecodeError:
        raise ValueError(_("{path} is not a TOML file in UTF-8: {reason}").format(path=path, reason=_("wrong encoding"))) from None


def _parsed(text: str, origin: str) -> LandedTables:
    try:
        tree = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(_("{path} is not a TOML file in UTF-8: {reason}").format(path=origin, reason=error)) from None
    about, places, duties = (tree.get(name) for name in ("about", "destinations", "duties"))
    if not places or not duties or not about or {"zh", "en", "mark"} - set(about):
        raise ValueError(_("{origin} needs [about] with zh, en and mark, [[destinations]] and [duties.…].").format(origin=origin))
    for row in places:
        if set(row) != _FIELDS:
            raise ValueError(_("{origin}: the entry {key} must have exactly these fields: {fields}.").format(
                origin=origin, key=row.get("code", "?"), fields=", ".join(sorted(_FIELDS))))  # fmt: skip
        if row["basis"] not in ("goods", "cif"):
            raise ValueError(_("{origin}: basis of {code} is {value}; it must be goods or cif.").format(
                origin=origin, code=row["code"], value=row["basis"]))  # fmt: skip
        for name in ("vat", "duty_free_to", "vat_free_to", "clearance", "advance"):
            decimal(f"{row['code']}.{name}", row[name])
        if "other" not in duties.get(row["code"], {}):
            raise ValueError(_("{origin}: {code} has no duty for goods of the kind other.").format(origin=origin, code=row["code"]))
    rates = {code: {goods: decimal(f"{code}.{goods}", rate) for goods, rate in row.items()} for code, row in duties.items()}
    return LandedTables({row["code"]: row for row in places}, rates, about)


def landed_cost(
    goods_value_yuan: object, *, freight_yuan: object, destination: str, goods: str = "other", insurance_yuan: object = 0,
    delay_cover_yuan: object = 0, clearance_yuan: object = None, duty: object = None, tables: LandedTables | None = None,
) -> LandedCost:  # fmt: skip
    """Estimate what goods cost when they have reached the buyer.

    Answers: what will my customer's customer pay in the end, and which part of it is ours?

    Parameters
    ----------
    goods_value_yuan : declared value, yuan, above 0
    freight_yuan : freight of the parcel, for example ``crm.pricing.quote(…).total_yuan``
    destination : code in the tables: "us", "eu", "uk", "jp" or "sea" in those for teaching
    goods : kind of goods in the tables: "electronics", "clothing", "cosmetics", "food", "household" or "other"
    insurance_yuan, delay_cover_yuan : yuan; insurance is part of a customs value by "cif", delay cover is not
    clearance_yuan : instead of the fee in the tables, such as 0 in a package with clearance, optional
    duty : share, instead of the rate in the tables, optional
    tables : LandedTables, optional
        Without any, the teaching tables, and the result says so.

    Returns
    -------
    LandedCost
        lines: goods, freight, insurance, delay_cover, duty, vat, clearance, advance (those of 0 are kept where a rule made them 0 and says
        why, else left out)

    Raises
    ------
    ValueError
        Unknown destination or goods; a number is none or below 0.

    Source: customs practice: duty on the customs value, VAT on customs value and duty.

    >>> found = landed_cost(2000, freight_yuan=200, destination="eu", goods="clothing", clearance_yuan=0)
    >>> found.lines.set_index("line")["line_yuan"].to_dict()
    {'goods': 2000.0, 'freight': 200.0, 'duty': 264.0, 'vat': 492.8, 'advance': 15.14}
    """
    tables = tables or read_landed_tables()
    if destination not in tables.destinations:
        raise ValueError(
            _("There are no rates for {value}. There are: {known}. Ask the broker, and enter them in a table of your own.").format(
                value=destination, known=", ".join(tables.destinations)
            )
        )
    place, duties = tables.destinations[destination], tables.duties[destination]
    if goods not in duties:
        raise ValueError(_("There is no duty for {value}. There is one for: {known}.").format(value=goods, known=", ".join(duties)))
    value, freight = decimal("goods_value_yuan", goods_value_yuan, least=0.01), decimal("freight_yuan", freight_yuan)
    insurance, cover = decimal("insurance_yuan", insurance_yuan), decimal("delay_cover_yuan", delay_cover_yuan)
    fee = decimal("clearance_yuan", place["clearance"] if clearance_yuan is None else clearance_yuan)
    ledger = Ledger()
    ledger.add("goods", _("Declared value of the goods"), value)
    ledger.add("freight", _("Freight"), freight)
    for line, words, amount in (("insurance", _("Insurance"), insurance), ("delay_cover", _("Delay cover"), cover)):
        if amount:
            ledger.add(line, words, amount)
    customs = value if place["basis"] == "goods" else value + freight + insurance
    rate = duties[goods] if duty is None else share("duty", duty)
    due = _levy(ledger, "duty", rate, customs, value, decimal("duty_free_to", place["duty_free_to"]))
    vat = _levy(ledger, "vat", decimal("vat", place["vat"]), customs + due, value, decimal("vat_free_to", place["vat_free_to"]))
    if fee:
        ledger.add("clearance", _("Clearance fee"), fee)
    advance = decimal("advance", place["advance"])
    if advance and due + vat:
        ledger.add("advance", _("{share:.1%} for advancing duty and tax").format(share=float(advance)), (due + vat) * advance)
    lines = ledger.quote(Decimal(0)).lines
    return LandedCost(lines, float(ledger.total), float(customs), float((ledger.total - value) / value), tables.warning)


def _levy(ledger: Ledger, line: str, rate: Decimal, base: Decimal, value: Decimal, free_to: Decimal) -> Decimal:
    """Enter duty or VAT and return it."""
    if not rate:
        return Decimal(0)
    names = {"duty": _("Duty"), "vat": _("Value-added tax")}
    if value <= free_to:
        words = _("{name}: none on goods up to {limit:.0f} yuan").format(name=names[line], limit=float(free_to))
        ledger.add(line, words, Decimal(0))
        return Decimal(0)
    words = _("{name}: {rate:.1%} of {base:.2f} yuan").format(name=names[line], rate=float(rate), base=float(base))
    ledger.add(line, words, base * rate)
    return ledger.rows[-1][2]
