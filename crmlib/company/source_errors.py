"""How a system writes a customer down: with which slips, short forms, old numbers and gaps."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from crmlib.company.draws import Stream
from crmlib.company.misspellings import full_width, mistype, mistype_number, traditional
from crmlib.company.tables.sources import SOURCE_RECORDS

if TYPE_CHECKING:
    from crmlib.company.source_systems import SourceScenario

ERRORS = (
    "name_typo", "name_form", "spacing", "traditional", "full_width", "contact_polite", "contact_old", "mobile_typo", "mobile_old",
    "mobile_format", "landline_format", "address_short", "address_typo", "address_old", "id_typo", "email_typo",
)  # fmt: skip
_ADDRESS = ("province", "city", "district", "street", "detail")
_SHOP_ENDS = ("专营店", "工作室", "杂货店", "小铺", "优选", "商行", "铺子", "坊")


def write_down(
    profiles: dict[str, np.ndarray], earlier: dict[str, np.ndarray], who: np.ndarray, system: np.ndarray, stream: Stream,
    sources: SourceScenario,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:  # fmt: skip
    """The fields of each record as columns by the contract, and for each error whether the record suffers it.

    Record i describes entry `who[i]` of `profiles` (now true) or, in part, of `earlier`, in the system number `system[i]`. An error that
    strikes a field that is then left empty, or that has nothing to spoil, is not counted.
    """
    pen = _Pen(system, stream, sources)
    now = {name: values[who] for name, values in profiles.items()}
    then = {name: values[who] for name, values in earlier.items()}
    empty = {name: pen.empty(name) | _missing(now[name]) for name in ("contact_name", "mobile", "landline", "id_number", "email")}
    empty["address"] = pen.empty("address")
    fields = {
        "name": _name(now, pen),
        "contact_name": _contact(now, then, ~empty["contact_name"], pen),
        "mobile": _mobile(now, then, ~empty["mobile"], pen),
        "landline": _landline(now, ~empty["landline"], pen),
        "address": _address(now, then, ~empty["address"], pen),
    }
    _in_traditional(fields, pen)
    _in_full_width(fields, empty, pen)
    fields["id_type"] = now["id_type"]
    fields["id_number"] = _slip(now["id_number"], "id_typo", ~empty["id_number"], pen, mistype_number)
    fields["email"] = _slip(now["email"], "email_typo", ~empty["email"], pen, _doubled)
    empty["id_type"] = empty["id_number"]
    return {name: np.where(empty[name], None, values) if name in empty else values for name, values in fields.items()}, pen.errors


def _missing(values: np.ndarray) -> np.ndarray:
    return np.equal(values, None).astype(bool)


class _Pen:
    """Decides which records suffer an error, and keeps account of it."""

    def __init__(self, system: np.ndarray, stream: Stream, sources: SourceScenario) -> None:
        self.size, self.system, self.stream, self.sources = len(system), system, stream, sources
        self.careless = self._by_system(sources.carelessness)
        self.errors = {name: np.zeros(self.size, dtype=bool) for name in ERRORS}

    def _by_system(self, figures: Mapping[str, float]) -> np.ndarray:
        return np.array([figures[name] for name in SOURCE_RECORDS["system"].categories])[self.system]

    def uniforms(self, topic: str) -> np.ndarray:
        return self.stream.uniforms(f"sources/{topic}", self.size)

    def empty(self, field: str) -> np.ndarray:
        filled = {system: shares[field] for system, shares in self.sources.filled.items()}
        return self.uniforms(f"{field}/filled") >= self._by_system(filled)

    def suffer(self, error: str, able: np.ndarray) -> np.ndarray:
        """The rows that suffer `error` among those that are `able` to."""
        struck = able & (self.uniforms(error) < self.sources.errors[error] * self.careless)
        self.errors[error] = struck
        return np.flatnonzero(struck)

    def uniform_pair(self, error: str, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.uniforms(f"{error}/where")[rows], self.uniforms(f"{error}/how")[rows]


def _slip(values: np.ndarray, error: str, able: np.ndarray, pen: _Pen, spoil) -> np.ndarray:
    texts = values.copy()
    rows = pen.suffer(error, able)
    texts[rows] = spoil(texts[rows], *pen.uniform_pair(error, rows))
    return texts


def _doubled(emails: np.ndarray, where: np.ndarray, how: np.ndarray) -> np.ndarray:
    """Each address with one letter before the @ lost or struck twice."""
    slips = []
    for email, place, kind in zip(emails, where.tolist(), how.tolist(), strict=True):
        at = int(place * email.index("@"))
        slips.append(email[:at] + (email[at] * 2 if kind < 0.5 else "") + email[at + 1 :])
    return np.array(slips, dtype=object)


def _name(now: dict[str, np.ndarray], pen: _Pen) -> np.ndarray:
    names, kind = now["name"].copy(), now["kind"]
    rows = pen.suffer("name_form", kind == "business")
    names[rows] = [_other_form(name, how) for name, how in zip(names[rows], pen.uniforms("name_form/how")[rows].tolist(), strict=True)]
    names = _slip(names, "name_typo", np.ones(pen.size, dtype=bool), pen, mistype)
    rows = pen.suffer("spacing", np.ones(pen.size, dtype=bool))
    where, how = pen.uniform_pair("spacing", rows)
    blank = np.where(how < 0.5, " ", "　")
    names[rows] = [name[:cut] + gap + name[cut:] for name, gap, cut in zip(names[rows], blank, 1 + (where * 3).astype(int), strict=True)]
    return names


def _other_form(name: str, how: float) -> str:
    """The name with its legal form or ending left out, shortened or put on."""
    for form, shorter in (("股份有限公司", "股份公司"), ("集团有限公司", "集团"), ("有限公司", "有限责任公司" if how < 0.75 else "公司")):
        if name.endswith(form):
            return name.removesuffix(form) + ("" if how < 0.5 else shorter)
    end = next((end for end in _SHOP_ENDS if name.endswith(end)), "")
    return name.removesuffix(end) if end and how < 0.5 else f"{name}有限公司"


def _contact(now: dict[str, np.ndarray], then: dict[str, np.ndarray], able: np.ndarray, pen: _Pen) -> np.ndarray:
    contacts = now["contact_name"].copy()
    rows = pen.suffer("contact_old", able & (now["kind"] != "person"))
    contacts[rows] = then["contact_name"][rows]
    rows = pen.suffer("contact_polite", able)
    title = np.where(pen.uniforms("contact_polite/how")[rows] < 0.5, "先生", "女士")
    contacts[rows] = [contact[0] + form for contact, form in zip(contacts[rows], title, strict=True)]
    return contacts


def _mobile(now: dict[str, np.ndarray], then: dict[str, np.ndarray], able: np.ndarray, pen: _Pen) -> np.ndarray:
    mobiles = now["mobile"].copy()
    rows = pen.suffer("mobile_old", able)
    mobiles[rows] = then["mobile"][rows]
    mobiles = _slip(mobiles, "mobile_typo", able, pen, mistype_number)
    rows = pen.suffer("mobile_format", able)
    forms = ("{0} {1} {2}", "{0}-{1}-{2}", "+86 {0}{1}{2}", "86{0}{1}{2}")
    style = (pen.uniforms("mobile_format/how")[rows] * len(forms)).astype(int)
    mobiles[rows] = [forms[how].format(mobile[:3], mobile[3:7], mobile[7:]) for mobile, how in zip(mobiles[rows], style, strict=True)]
    return mobiles


def _landline(now: dict[str, np.ndarray], able: np.ndarray, pen: _Pen) -> np.ndarray:
    landlines = now["landline"].copy()
    rows = pen.suffer("landline_format", able)
    forms = ("({0}){1}", "{0}{1}", "{0} {1}")
    style = (pen.uniforms("landline_format/how")[rows] * len(forms)).astype(int)
    landlines[rows] = [forms[how].format(*landline.split("-")) for landline, how in zip(landlines[rows], style, strict=True)]
    return landlines


def _address(now: dict[str, np.ndarray], then: dict[str, np.ndarray], able: np.ndarray, pen: _Pen) -> np.ndarray:
    rows = pen.suffer("address_old", able)
    places = {part: now[part].copy() for part in (*_ADDRESS, "province_short")}
    for part, values in places.items():
        values[rows] = then[part][rows]
    rows = pen.suffer("address_short", able)
    how, city, short = pen.uniforms("address_short/how")[rows], places["city"][rows], places["province_short"][rows]
    bare = np.array([name.removesuffix("市") for name in city], dtype=object)
    places["city"][rows] = np.select([how < 0.5, how < 0.8], [bare, city], "")
    places["province"][rows] = np.select([how < 0.5, how < 0.8], [short, np.where(city == "", short, "")], "")
    return _slip(full_address(places), "address_typo", able, pen, mistype)


def full_address(places: Mapping[str, np.ndarray]) -> np.ndarray:
    """Each address in one text: province, city, district, street, number; `places` holds the parts by name.

    >>> full_address({part: np.array([text], dtype=object) for part, text in zip(_ADDRESS, ("浙江省", "杭州市", "云芷区", "澜禾路", "1号"))})[0]
    '浙江省杭州市云芷区澜禾路1号'
    """
    return functools.reduce(operator.add, (np.asarray(places[part], dtype=object) for part in _ADDRESS))


def _in_traditional(fields: dict[str, np.ndarray], pen: _Pen) -> None:
    rows = pen.suffer("traditional", np.ones(pen.size, dtype=bool))
    for name in ("name", "contact_name", "address"):
        fields[name][rows] = traditional(fields[name][rows])


def _in_full_width(fields: dict[str, np.ndarray], empty: dict[str, np.ndarray], pen: _Pen) -> None:
    rows = pen.suffer("full_width", ~(empty["mobile"] & empty["landline"] & empty["address"]))
    for name in ("mobile", "landline", "address"):
        here = rows[~empty[name][rows]]
        fields[name][here] = full_width(fields[name][here])
