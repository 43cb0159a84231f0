"""The packages of the 2025 study: services bundled below the price of their parts."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path

import pandas as pd

from crmlib.company.schema import label
from crmlib.credit.chance import whole
from crmlib.i18n import _, language
from crmlib.pricing.cents import decimal, share, to_cent
from crmlib.pricing.quoting import Ledger, Quote, charged_weight, kilograms_begun, quote
from crmlib.pricing.tariff import Tariff, read_tariff
from crmlib.standards import get

_DATA = Path(__file__).parent / "packages.toml"


@cache
def _catalogue() -> tuple[dict[str, dict], dict[str, dict]]:
    tree = tomllib.loads(_DATA.read_text("utf-8"))
    return {row["code"]: row for row in tree["packages"]}, {row["code"]: row for row in tree["parts"]}


def _name(row: dict) -> str:
    return row["zh"] if language() == "zh" else row["en"]


def packages() -> pd.DataFrame:
    """The packages on offer, what they hold and how far they lie below their parts.

    Answers: which packages can I offer, and to whom?

    Returns
    -------
    DataFrame, one row a package
        package, package_name, parts (their names, in the active language), scopes, package_discount (share below the parts)

    Source: 《2025国际快递行业客户关系管理体系研究》 (packages for sellers 10 % below their parts; festival and emergency packages; green
    packing at a premium). Where the study gives no price, the standards hold teaching values.

    >>> packages()["package"].tolist()
    ['seller', 'festival', 'emergency', 'green']
    """
    found, parts = _catalogue()
    return pd.DataFrame(
        [
            {
                "package": code,
                "package_name": _name(row),
                "parts": _(", ").join(_name(parts[part]) for part in row["parts"]),
                "scopes": _(", ").join(label(scope, "scope") for scope in row.get("scopes", ["same_city", "domestic", "cross_border"])),
                "package_discount": _discount(row),
            }
            for code, row in found.items()
        ]
    )


def _discount(row: dict) -> float:
    return float(get(row["discount"], unit="share")) if "discount" in row else 0.0


def package_quote(
    package: str, *, weight_kg: object, product: str = "standard", scope: str = "cross_border", destination_region: str | None = None,
    size_cm: object = None, prices: dict[str, float] | None = None, discount: object = None, tariff: Tariff | None = None,
) -> Quote:  # fmt: skip
    """Price a parcel sent with a package, line by line, and what the parts would cost alone.

    Answers: what does the package cost for this parcel, and what does the customer save?

    Parameters
    ----------
    package : "seller", "festival", "emergency" or "green"; see :func:`crmlib.pricing.packages`
    weight_kg, product, scope, destination_region, size_cm, tariff : as in :func:`crmlib.pricing.quote`
        The seller's package has a freight of its own (15 yuan and 5 for each further kilogram) whatever the product.
    prices : {part: yuan}, optional
        Prices of parts that differ from the standards, such as {"delay_cover": cover.price_yuan}; for "green_packing" a share of the
        freight.
    discount : share from 0 to under 1, optional
        How far the package lies below its parts; without one, by the standards.

    Returns
    -------
    Quote
        lines: first_kg, further_kg, one line a part, package_discount; parts_yuan is the sum before the discount, never below total_yuan.

    Raises
    ------
    ValueError
        No such package or part; the package is not for this scope; a number out of range.

    Source: 《2025国际快递行业客户关系管理体系研究》: 首重15元+续重5元+包清关+延误赔付, 10 % below the parts bought alone; read here as the
    prices of the parts, from which the discount is taken.

    >>> offer = package_quote("seller", weight_kg=2.4, prices={"clearance": 8, "delay_cover": 2})
    >>> offer.parts_yuan, offer.total_yuan
    (35.0, 31.5)
    """
    found, parts = _catalogue()
    if package not in found:
        raise ValueError(_("There is no package {value}. There are: {known}.").format(value=package, known=", ".join(found)))
    row, prices = found[package], dict(prices or {})
    unknown = [part for part in prices if part not in row["parts"]]
    if unknown:
        raise ValueError(_("The package {package} has no part {parts}. It has: {known}.").format(
            package=package, parts=", ".join(map(str, unknown)), known=", ".join(row["parts"])))  # fmt: skip
    if scope not in row.get("scopes", [scope]):
        raise ValueError(
            _("The package {package} is for {scopes} parcels only.").format(
                package=package, scopes=", ".join(label(name, "scope") for name in row["scopes"])
            )
        )
    ledger, weight = Ledger(), Decimal(0)
    if row["freight"] == "own":
        weight = _own_freight(ledger, weight_kg, size_cm, tariff or read_tariff())
    else:
        plain = quote(
            weight_kg=weight_kg, product=product, scope=scope, destination_region=destination_region, size_cm=size_cm, tariff=tariff
        )
        weight = Decimal(str(plain.weight_charged_kg))
        for line in plain.lines.itertuples(index=False):
            ledger.add(line.line, line.explained, Decimal(str(line.line_yuan)))
    freight = ledger.total
    for code in row["parts"]:
        part = parts[code]
        if scope in part.get("scopes", [scope]):
            ledger.add(code, _name(part), _part_price(part, prices.get(code), freight))
    total = ledger.total
    off = share("discount", _discount(row) if discount is None else discount)
    if off:
        ledger.reduce("package_discount", _("As a package {share:.1%} below its parts").format(share=float(off)), 1 - off)
    return ledger.quote(weight, total)


def _own_freight(ledger: Ledger, weight_kg: object, size_cm: object, tariff: Tariff) -> Decimal:
    steps = kilograms_begun(max(charged_weight(weight_kg, size_cm, tariff=tariff)))
    first, further = (decimal(name, get(f"pricing.{name}", unit="yuan")) for name in ("package_first_kg", "package_further_kg"))
    ledger.add("first_kg", _("First kilogram of the package"), first)
    if steps > 1:
        ledger.add("further_kg", _("{count} kilograms begun beyond the first, {price:.2f} yuan each").format(
            count=steps - 1, price=float(further)), further * (steps - 1))  # fmt: skip
    return Decimal(steps)


def _part_price(part: dict, own: object, freight: Decimal) -> Decimal:
    if part.get("share_of_freight"):
        value = get(part["standard"], unit="share") if own is None else own
        value = sum(value) / len(value) if isinstance(value, list) else value
        return freight * share(part["code"], value)
    return decimal(part["code"], get(part["standard"], unit="yuan") if own is None else own)


def compare_packages(
    *, weight_kg: object, product: str = "standard", scope: str = "cross_border", cost_yuan: object = None, **options: object
) -> pd.DataFrame:  # fmt: skip
    """All packages that fit a parcel, beside the bare freight.

    Answers: which package costs what, what does the customer save, and what is left to us?

    Parameters
    ----------
    weight_kg, product, scope : as in :func:`crmlib.pricing.quote`
    cost_yuan : what the parcel costs the firm, optional
        Of the freight alone: what the parts cost the firm is not known, so the margin shown is the most there can be.
    options : destination_region, size_cm, tariff

    Returns
    -------
    DataFrame, the bare freight (package "none") first
        package, package_name, parts_yuan, package_price_yuan, saving_yuan; with cost_yuan: margin_left_yuan

    Raises
    ------
    ValueError
        As in :func:`crmlib.pricing.package_quote`.

    Source: as in :func:`crmlib.pricing.package_quote`.

    >>> table = compare_packages(weight_kg=1, scope="domestic")
    >>> table["package"].tolist(), bool((table.package_price_yuan <= table.parts_yuan).all())
    (['none', 'festival', 'emergency', 'green'], True)
    """
    bare = quote(weight_kg=weight_kg, product=product, scope=scope, **options)
    rows = [("none", _("freight alone"), bare.total_yuan, bare.total_yuan)]
    for code, row in _catalogue()[0].items():
        if scope in row.get("scopes", [scope]):
            offer = package_quote(code, weight_kg=weight_kg, product=product, scope=scope, **options)
            rows.append((code, _name(row), offer.parts_yuan, offer.total_yuan))
    table = pd.DataFrame(rows, columns=["package", "package_name", "parts_yuan", "package_price_yuan"])
    table["saving_yuan"] = (table["parts_yuan"] - table["package_price_yuan"]).round(2)
    if cost_yuan is not None:
        table["margin_left_yuan"] = (table["package_price_yuan"] - float(to_cent(decimal("cost_yuan", cost_yuan)))).round(2)
    return table


def green_offer(
    freight_yuan: object, *, parcels: int, cost_yuan: object, premiums: list[float] | None = None, take_up: object = None
) -> pd.DataFrame:
    """What green packing brings at several premiums, and how many must choose it.

    Answers: does green packing pay at 5 or 10 per cent more, if so many choose it?

    Parameters
    ----------
    freight_yuan : mean freight of a parcel, yuan
    parcels : parcels to which it is offered
    cost_yuan : what green packing costs the firm more than ordinary packing, yuan a parcel
    premiums : shares on top of the freight, optional
        Without any, the ends and the middle of the study's range (5 to 10 %).
    take_up : share of parcels for which it is chosen, optional
        Without one, the study's 45 %, which was reported by customers, not seen at these premiums: for your own firm, try it.

    Returns
    -------
    DataFrame, one row a premium
        premium, premium_yuan (a parcel), take_up, chosen_parcels, added_yuan (premiums less cost; negative where each one chosen loses
        money), least_premium (the premium at which a parcel chosen just pays)

    Raises
    ------
    ValueError
        A number is out of range.

    Source: 《2025国际快递行业客户关系管理体系研究》 (premium of 5–10 %; 45 % choose degradable bags and electronic waybills).

    >>> green_offer(10, parcels=1000, cost_yuan=0.6)["added_yuan"].tolist()
    [-45.0, 67.5, 180.0]
    """
    freight, cost = float(decimal("freight_yuan", freight_yuan, least=0.01)), float(decimal("cost_yuan", cost_yuan))
    parcels = whole("parcels", parcels, 0)
    chosen = float(share("take_up", get("pricing.green_take_up", unit="share") if take_up is None else take_up))
    if premiums is None:
        low, high = get("pricing.green_premium", unit="share")
        premiums = [low, (low + high) / 2, high]
    table = pd.DataFrame({"premium": [float(share("premiums", value)) for value in premiums]})
    table["premium_yuan"] = (table["premium"] * freight).round(2)
    table["take_up"], table["chosen_parcels"] = chosen, round(parcels * chosen)
    table["added_yuan"] = ((table["premium"] * freight - cost) * parcels * chosen).round(2)
    return table.assign(least_premium=cost / freight)
