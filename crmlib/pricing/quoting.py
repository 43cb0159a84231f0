"""A quotation whose every line is explained and which adds up to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.i18n import _
from crmlib.pricing.cents import decimal, kilograms_begun, share, to_cent
from crmlib.pricing.tariff import Tariff, Zone, read_tariff
from crmlib.segments.per_customer import day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE_COLUMNS = ["line", "explained", "line_yuan"]


@dataclass(frozen=True)
class Quote:
    """A price and where it comes from. `lines`, one row a line: line, explained (in words), line_yuan; they add up to `total_yuan`.

    `parts_yuan` is what the same would cost bought part by part, where the quote is one for a package; else it is missing.
    """

    lines: pd.DataFrame = field(repr=False)
    total_yuan: float
    weight_charged_kg: float
    parts_yuan: float | None = None

    @property
    def saving_yuan(self) -> float:
        """What a package saves against its parts, yuan."""
        return 0.0 if self.parts_yuan is None else round(self.parts_yuan - self.total_yuan, 2)

    def summary(self) -> str:
        """The quote in a sentence."""
        words = _("{total:.2f} yuan for {weight:g} kg charged, from {lines} lines.").format(
            total=self.total_yuan, weight=self.weight_charged_kg, lines=len(self.lines))  # fmt: skip
        if self.parts_yuan is None:
            return words
        saved = _("Bought part by part it would cost {parts:.2f} yuan: the package saves {saving:.2f} yuan.").format(
            parts=self.parts_yuan, saving=self.saving_yuan)  # fmt: skip
        return f"{words} {saved}"

    def plot(self, ax: Axes | None = None) -> Axes:
        """The lines as steps up to the total; see :func:`crmlib.plotting.quote_lines`."""
        from crmlib.plotting.pricing import quote_lines

        return quote_lines(self, ax=ax)


class Ledger:
    """The lines of a quote while it is written: each is rounded to the cent when it is entered, so the sum needs no rounding.

    >>> ledger = Ledger()
    >>> ledger.add("first_kg", "", Decimal("15"))
    >>> ledger.add("further_kg", "", Decimal("10.005"))
    >>> ledger.total
    Decimal('25.01')
    """

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, Decimal]] = []

    def add(self, line: str, explained: str, amount: Decimal) -> None:
        """Enter a line."""
        self.rows.append((line, explained, to_cent(amount)))

    @property
    def total(self) -> Decimal:
        """The sum of the lines."""
        return sum((amount for *_words, amount in self.rows), Decimal(0))

    def reduce(self, line: str, explained: str, kept: Decimal, base: Decimal | None = None) -> None:
        """Enter the line that brings `base` (the sum so far) down to its share `kept`, rounded to the cent."""
        base = self.total if base is None else base
        self.add(line, explained, to_cent(base * kept) - base)

    def quote(self, weight: Decimal, parts: Decimal | None = None) -> Quote:
        """The finished quote."""
        rows = [(line, explained, float(amount)) for line, explained, amount in self.rows]
        return Quote(pd.DataFrame(rows, columns=LINE_COLUMNS), float(self.total), float(weight), None if parts is None else float(parts))


def charged_weight(weight_kg: object, size_cm: Sequence[float] | None = None, *, tariff: Tariff | None = None) -> tuple[Decimal, Decimal]:
    """Actual weight and weight by volume; the larger is charged.

    Answers: is the parcel heavy, or only large?

    Parameters
    ----------
    weight_kg : kilograms, above 0
    size_cm : three lengths in centimetres, optional
        Without a size, only the actual weight counts.
    tariff : Tariff, optional
        Its `volume_divisor` is used; without one, that of the simulated firm.

    Returns
    -------
    (actual, by volume), kilograms as Decimal; by volume is 0 without a size

    Raises
    ------
    ValueError
        The weight or a length is not above 0, or there are not three lengths.

    Source: volumetric weight as in the price lists of express and air freight firms; the divisor is a figure of the list.

    >>> charged_weight(1.2, (40, 30, 20))
    (Decimal('1.2'), Decimal('4'))
    """
    tariff = tariff or read_tariff()
    actual = decimal("weight_kg", weight_kg, least=0.001)
    if size_cm is None:
        return actual, Decimal(0)
    if isinstance(size_cm, str) or not hasattr(size_cm, "__len__") or len(size_cm) != 3:
        raise ValueError(_("size_cm must be three lengths in centimetres, such as (40, 30, 20)."))
    volume = Decimal(1)
    for length in size_cm:
        volume *= decimal("size_cm", length, least=0.1)
    return actual, volume / tariff.volume_divisor


def quote(
    *, weight_kg: object, product: str = "standard", scope: str = "domestic", destination_region: str | None = None,
    size_cm: Sequence[float] | None = None, on: object = None, extras: Iterable[str] = (), monthly_parcels: float = 0,
    market: str | None = None, discount: object = None, tariff: Tariff | None = None,
) -> Quote:  # fmt: skip
    """Price one parcel, line by line.

    Answers: what does this parcel cost, and how do I explain the price to the customer?

    Parameters
    ----------
    weight_kg : kilograms, above 0
    product : "economy", "standard" or "express"
    scope : "same_city", "domestic" or "cross_border"
    destination_region : "east", "central", "west" or "abroad", optional
        Needed where zones of the price list go by region.
    size_cm : three lengths in centimetres, optional
        The larger of actual weight and volume over the divisor is charged.
    on : date, optional
        The day of pick-up; in a peak the peak's share is added. Without a day, no peak.
    extras : codes of surcharges asked for, such as ("remote",)
    monthly_parcels, market : the customer's parcels a month and market, for the discount of the price list
    discount : share from 0 to under 1, optional
        A discount agreed instead of that of the price list.
    tariff : Tariff, optional
        Without one, the price list of the simulated firm.

    Returns
    -------
    Quote
        Lines in this order: first_kg, further_kg (each kilogram begun), surcharges and peaks (on the freight before discount), discount
        (on the freight alone, the discounted freight rounded to the cent, halves up).

    Raises
    ------
    ValueError
        A number is none or out of range; the price list has no such product, zone, market or surcharge.

    Source: price lists of express firms; 《快递客户关系管理》 (quotation to a customer).

    >>> quote(weight_kg=2.3, product="standard", discount=0.1).lines[["line", "line_yuan"]].values.tolist()
    [['first_kg', 10.2], ['further_kg', 8.0], ['discount', -1.82]]
    """
    tariff = tariff or read_tariff()
    zone = tariff.zone_of(scope, destination_region)
    ledger = Ledger()
    weight = _freight(tariff, product, zone, weight_kg, size_cm, ledger)
    freight = ledger.total
    _surcharges(tariff, product, zone, weight, freight, extras, ledger)
    _peaks(tariff, zone, freight, on, ledger)
    if discount is None:
        agreed = tariff.discount(float(decimal("monthly_parcels", monthly_parcels)), market)
        words = _("{share:.1%} off the freight by the price list").format(share=float(agreed))
    else:
        agreed = share("discount", discount)
        words = _("{share:.1%} off the freight as agreed").format(share=float(agreed))
    if agreed:
        ledger.reduce("discount", words, 1 - agreed, freight)
    return ledger.quote(weight)


def _freight(tariff: Tariff, product: str, zone: Zone, weight_kg: object, size_cm: Sequence[float] | None, ledger: Ledger) -> Decimal:
    """Enter the lines of the freight and return the weight charged."""
    actual, by_volume = charged_weight(weight_kg, size_cm, tariff=tariff)
    first, further = tariff.rate(product, zone)
    steps = kilograms_begun(max(actual, by_volume), tariff.step_kg)
    step = tariff.step_kg.normalize()
    why = _("{actual:g} kg").format(actual=float(actual))
    if by_volume > actual:
        why = _("{volume:.2f} kg by volume, more than {actual:g} kg on the scales").format(volume=float(by_volume), actual=float(actual))
    ledger.add("first_kg", _("First {step:f} kg, zone {zone}").format(step=step, zone=zone.name), first)
    if steps > 1:
        ledger.add("further_kg", _("{count} × {step:f} kg begun beyond the first, {price:.2f} yuan each ({why})").format(
            count=steps - 1, step=step, price=float(further), why=why), further * (steps - 1))  # fmt: skip
    return steps * tariff.step_kg


def _surcharges(tariff: Tariff, product: str, zone: Zone, weight: Decimal, freight: Decimal, extras: Iterable[str], ledger: Ledger) -> None:
    extras = (extras,) if isinstance(extras, str) else tuple(extras)
    known = {item.code: item for item in tariff.surcharges}
    unknown = [code for code in extras if code not in known]
    if unknown:
        raise ValueError(_("The price list {tariff} has no surcharge {codes}. It has: {known}.").format(
            tariff=tariff.code, codes=", ".join(map(str, unknown)), known=", ".join(known) or "–"))  # fmt: skip
    for item in tariff.surcharges:
        fits = (not item.zones or zone.code in item.zones) and (not item.products or product in item.products)
        if item.code in extras and not fits:
            raise ValueError(_("The surcharge {code} does not exist for {product} in the zone {zone}.").format(
                code=item.code, product=product, zone=zone.code))  # fmt: skip
        due = {"asked": item.code in extras, "always": True, "weight": weight > item.over_kg}[item.when]
        if fits and due:
            ledger.add(item.code, item.name, freight * item.share + item.fixed + item.per_kg * weight)


def _peaks(tariff: Tariff, zone: Zone, freight: Decimal, on: object, ledger: Ledger) -> None:
    if on is None:
        return
    picked = day(on, "on").date()
    for peak in tariff.peaks:
        if peak.first <= picked <= peak.last and (not peak.zones or zone.code in peak.zones):
            words = _("{name}, {share:.1%} of the freight").format(name=peak.name, share=float(peak.share))
            ledger.add(peak.code, words, freight * peak.share)
