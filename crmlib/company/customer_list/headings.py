"""Recognising the heading row of a customer list, what each heading means, and the unit that it carries."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from crmlib.company.schema import DERIVED, TABLES, Column
from crmlib.i18n import _

MEASURES = ("revenue_yuan", "parcels", "margin_yuan")
"""What a list may tell about a customer beyond the contract."""

_SEARCHED_ROWS = 50
_OTHER_PERIOD, _TWO_LANGUAGES = 1000, 500
_BRACKETS = re.compile(r"[(\[【〔{](.*?)[)\]】〕}]")
_PERIOD = re.compile(
    r"^(?:(?:19|20)\d\d(?:年度|财年|年)?|fy(?:19|20)?\d\d|近(?:12|十二)个月|近[一1]年|过去[一1]年|本年度?|去年|上年度?|今年|当年|lastyear|thisyear|last12months?)"
    r"|(?:fy)?(?:19|20)\d\d年?$|(?:lastyear|last12months?|ltm)$"
)
_MONEY = re.compile(r"rmb|cny|yuan|人民币|[元圆¥]")
_COUNTED = re.compile(r"parcels?|pieces|pcs|[件票单个]")
_AROUND = re.compile(r"单位|units?\b|\bin\b|\bof\b|/年|每年|per year|[:,、\s]")
_FOREIGN = re.compile(r"usd|us\$|hk\$|\$|hkd|eur|gbp|jpy|krw|[€£]|美元|美金|欧元|港币|港元|英镑|日元|韩元")
_UNIT_LINE = re.compile(r"(?:单位|\bunits?)\s*[:：]\s*(.+)")
_UNIT_ENDS = re.compile(r"\s+in\s+(.+)$|[/_:,\-\s]\s*((?:(?:rmb|cny)\s+)?\S+)$|([亿万千百十]+[元件票单]|元|件|%)$")


@cache
def words() -> dict[str, dict]:
    """The synonyms of ``headings.toml``: tables columns, values, words, units.

    >>> words()["units"]["万"]
    10000
    """
    return tomllib.loads(Path(__file__).with_name("headings.toml").read_text("utf-8"))


def columns() -> dict[str, Column]:
    """Every column that a list can fill: the contract's, then the measures.

    >>> list(columns())[-3:]
    ['revenue_yuan', 'parcels', 'margin_yuan']
    """
    return {column.name: column for column in TABLES["customers"].columns} | {name: DERIVED[name] for name in MEASURES}


def plain(text: object) -> str:
    """`text` in lower case, with half-width characters and no spaces around it.

    >>> plain(" ＹＥＳ ")
    'yes'
    """
    return unicodedata.normalize("NFKC", str(text)).casefold().strip()


def key(text: object) -> str:
    """`text` reduced to its letters and digits, so that spelling variants of a heading or a label agree.

    >>> key("* Customer-No.")
    'customerno'
    """
    return re.sub(r"[\W_]+", "", plain(text))


class Unit(NamedTuple):
    """What a unit says: the factor to yuan, parcels or shares; whether it is of money or of parcels; whether of foreign money."""

    text: str
    scale: float = 1.0
    money: bool = False
    counted: bool = False
    foreign: bool = False


def unit(text: str) -> Unit | None:
    """The unit that `text` names, or None where it names none.

    >>> unit("万元").scale, unit("RMB 10k").scale, unit("近12个月")
    (10000, 10000, None)
    """
    wanted = plain(text)
    if _FOREIGN.search(wanted):
        return Unit(text.strip(), money=True, foreign=True)
    around = _AROUND.sub("", wanted)
    rest = _COUNTED.sub("", _MONEY.sub("", around))
    money, counted = bool(_MONEY.search(around)), bool(_COUNTED.search(around))
    if rest in words()["units"]:
        return Unit(text.strip(), words()["units"][rest], money, counted)
    return Unit(text.strip(), 1.0, money, counted) if not rest and wanted else None


def unit_line(text: object) -> Unit | None:
    """The unit of money in a line such as "单位：万元" above a table, or None.

    >>> unit_line("单位：万元、件").scale
    10000
    """
    found = _UNIT_LINE.search(plain(text))
    parts = re.split(r"[、,;，；\s)]+", found.group(1)) if found else []
    return next((read for part in parts if _MONEY.search(part) and (read := unit(part))), None)


@dataclass(frozen=True)
class Heading:
    """One heading as it stands, the letters that carry its meaning, the unit that it names, and what else stands in its brackets."""

    text: str
    key: str
    unit: Unit | None = None
    aside: str = ""


def heading(text: object) -> Heading:
    """Take a heading apart.

    >>> heading("年业务收入（万元）").key, heading("年业务收入（万元）").unit.scale
    ('年业务收入', 10000)
    """
    shown = " ".join(str(text).split())
    flat = plain(shown)
    brackets = [(inside, unit(inside)) for inside in _BRACKETS.findall(flat)]
    units = [read for _inside, read in brackets if read]
    base = _BRACKETS.sub(" ", flat).strip()
    end = _UNIT_ENDS.search(base)
    if not units and end and key(base[: end.start()]) and (read := unit(end.group(end.lastindex or 0))):
        units, base = [read], base[: end.start()]
    aside = ", ".join(inside for inside, read in brackets if not read)
    return Heading(shown, key(base), units[0] if units else None, aside)


@cache
def _known() -> dict[str, tuple[str, int]]:
    known: dict[str, tuple[str, int]] = {}
    for name, column in columns().items():
        for rank, synonym in enumerate([name, *words()["columns"][name], column.zh, column.en]):
            known.setdefault(key(synonym), (name, rank))
    return known


def meaning(read: Heading) -> tuple[str, int] | None:
    """The column that a heading means and how well it says so (0 = best), or None.

    >>> meaning(heading("2025年收入"))[0], meaning(heading("电话"))
    ('revenue_yuan', None)
    """
    known = _known()
    if read.key in known:
        return known[read.key]
    latin, chinese = re.sub(r"[^a-z0-9]", "", read.key), re.sub(r"[a-z0-9]", "", read.key)
    if latin in known and chinese in known and known[latin][0] == known[chinese][0]:
        return known[chinese][0], known[chinese][1] + _TWO_LANGUAGES
    year_off = _PERIOD.sub("", read.key)
    for candidate in (year_off, year_off.removeprefix("年")):
        if candidate in known and known[candidate][0] in MEASURES:
            return known[candidate][0], _OTHER_PERIOD
    return None


def _found(row: Sequence[object], wanted: Mapping[str, str | None]) -> set[str]:
    texts = [cell for cell in row if isinstance(cell, str) and cell.strip()]
    named = {column for text in texts if (column := wanted.get(key(text)))}
    return named | {match[0] for text in texts if key(text) not in wanted and (match := meaning(heading(text)))}


def score(rows: Iterable[Sequence[object]], wanted: Mapping[str, str | None]) -> tuple[int, int, int]:
    """How much like a heading row the best of the first rows is: columns recognised, cells filled, less its position.

    A row counts only when it names the customers, by number or by name. `wanted` gives the reader's own headings by `key`.

    >>> score([["Customers 2025"], ["ID", "Name", "Phone"]], {})
    (2, 3, -1)
    """
    best = (0, 0, 0)
    for position, row in enumerate(rows):
        if position >= _SEARCHED_ROWS:
            break
        found = _found(row, wanted)
        if found & {"customer_id", "name"}:
            best = max(best, (len(found), sum(cell is not None and str(cell).strip() != "" for cell in row), -position))
    return best


@dataclass(frozen=True)
class Field:
    """One column of the list: its position, its heading, the contract's column it fills (None = kept as it is), and why not."""

    position: int
    heading: Heading
    column: str | None = None
    chosen: bool = False
    why: str = ""


def _fits(column: str, unit: Unit | None) -> bool:
    if unit is None or column not in MEASURES:
        return True
    if column == "parcels":
        return not unit.money and unit.scale >= 1
    return not unit.foreign and not (unit.counted and not unit.money) and unit.scale >= 1


def assign(found: Sequence[Heading], wanted: Mapping[str, str | None]) -> list[Field]:
    """Give each heading the column it means; where several mean one column, the most telling wins.

    Raises
    ------
    ValueError
        Two headings fit one column equally well, or one heading of `wanted` stands twice.

    >>> [field.column for field in assign([heading("客户编号"), heading("备注")], {})]
    ['customer_id', None]
    """
    best: dict[str, list[tuple[int, int]]] = {}
    fields = {position: Field(position, read) for position, read in enumerate(found)}
    for position, read in enumerate(found):
        own = key(read.text)
        column, rank = (wanted[own], -1) if own in wanted else meaning(read) or (None, 0)
        if column and rank >= 0 and not _fits(column, read.unit):
            why = _("The heading could mean {column}, but its unit is {unit}. Convert the figures, or use mapping= if they are right.")
            fields[position] = Field(position, read, why=why.format(column=column, unit=read.unit.text))
        elif column:
            best.setdefault(column, []).append((rank, position))
    for column, candidates in best.items():
        candidates.sort()
        (rank, winner), losers = candidates[0], candidates[1:]
        if losers and losers[0][0] == rank:
            raise ValueError(
                _(
                    'The headings {headings} can all mean {column}. Say which one you mean: mapping={{"{first}": "{column}"}}; '
                    "if they are spelled alike, rename one in the file."
                ).format(
                    headings=", ".join(f"“{found[position].text}”" for other, position in candidates if other == rank),
                    column=column,
                    first=found[losers[0][1]].text,
                )
            )
        fields[winner] = Field(winner, found[winner], column, chosen=rank < 0)
        for _rank, position in losers:
            why = _("It could also mean {column}, which was taken from “{winner}”. Use mapping= if you want this one instead.")
            fields[position] = Field(position, found[position], why=why.format(column=column, winner=found[winner].text))
    return [fields[position] for position in range(len(found))]
