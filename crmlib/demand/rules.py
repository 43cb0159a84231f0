"""Rules of the next offer as data: read from TOML, checked, applied to what customers sent."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from crmlib.i18n import _, language

_SHIPPED = Path(__file__).parent / "offers.toml"
_NEEDED = {"code", "zh", "en", "months", "least_parcels", "where"}
_ALLOWED = {"hint_zh", "hint_en", "source", "without", "least_share", "rising", "market", "festival", "days_before"}
FESTIVALS = ("black_friday", "double_11", "midyear_618", "double_12", "christmas")


@dataclass(frozen=True)
class Rule:
    """One rule of the next offer; see crmlib/demand/offers.toml for what the fields mean."""

    code: str
    zh: str
    en: str
    months: int
    least_parcels: float
    where: Mapping[str, tuple[str, ...]]
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    least_share: float = 0.0
    rising: float | None = None
    market: tuple[str, ...] = ()
    festival: str | None = None
    days_before: int = 0
    hint_zh: str = ""
    hint_en: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """What is offered, in the active language."""
        return self.zh if language() == "zh" else self.en

    @property
    def columns(self) -> set[str]:
        """The columns of the parcels that the rule looks at."""
        return {*self.where, *self.without}

    def hint(self, on: pd.Timestamp) -> str:
        """The hint in the active language, where the festival is near on that day; else empty."""
        if self.festival is None:
            return ""
        days = (next_festival(self.festival, on.date()) - on.date()).days
        return (self.hint_zh if language() == "zh" else self.hint_en) if days <= self.days_before else ""


def next_festival(festival: str, on: dt.date) -> dt.date:
    """The next day of a festival, `on` included; Black Friday is the day after the fourth Thursday of November.

    Raises
    ------
    ValueError
        An unknown festival.

    >>> next_festival("black_friday", dt.date(2026, 11, 1)).isoformat()
    '2026-11-27'
    """

    def of(year: int) -> dt.date:
        if festival == "black_friday":
            first = dt.date(year, 11, 1)
            return first + dt.timedelta(days=(3 - first.weekday()) % 7 + 22)
        fixed = {"double_11": (11, 11), "midyear_618": (6, 18), "double_12": (12, 12), "christmas": (12, 25)}
        if festival not in fixed:
            raise ValueError(_("There is no festival {value}. There are: {known}.").format(value=festival, known=", ".join(FESTIVALS)))
        return dt.date(year, *fixed[festival])

    this = of(on.year)
    return this if this >= on else of(on.year + 1)


def read_offer_rules(source: str | os.PathLike | None = None) -> list[Rule]:
    """Read the rules of the next offer.

    Answers: when do we offer what?

    Parameters
    ----------
    source : path of a TOML file, or its text, optional
        Without one, the rules that are shipped, the first of which is that of the study.

    Returns
    -------
    list of Rule

    Raises
    ------
    ValueError
        The file cannot be read; a field is missing, unknown or out of range; two rules share a code.

    Source: 《2025国际快递行业客户关系管理体系研究》 (battery line); the other rules are for teaching.

    >>> [rule.code for rule in read_offer_rules()][0]
    'battery_line'
    """
    if source is None:
        return list(_shipped())
    if isinstance(source, str) and "\n" in source:
        return _parsed(source, _("the rules"))
    try:
        return _parsed(Path(source).read_text("utf-8-sig"), Path(source).name)
    except OSError as error:
        raise ValueError(_("Cannot read {path}: {reason}").format(path=source, reason=error.strerror)) from None
    except UnicodeDecodeError:
        raise ValueError(_("{path} is not a TOML file in UTF-8: {reason}").format(path=source, reason=_("wrong encoding"))) from None


@cache
def _shipped() -> tuple[Rule, ...]:
    return tuple(_parsed(_SHIPPED.read_text("utf-8"), _SHIPPED.name))


def _parsed(text: str, origin: str) -> list[Rule]:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(_("{path} is not a TOML file in UTF-8: {reason}").format(path=origin, reason=error)) from None
    rows = tree.get("rules")
    if not isinstance(rows, list) or not rows or set(tree) != {"rules"}:
        raise ValueError(_("{origin}: each entry of {table} begins with {head}.").format(origin=origin, table="rules", head="[[rules]]"))
    rules = [_rule(row, origin) for row in rows]
    codes = [rule.code for rule in rules]
    if len(set(codes)) < len(codes):
        raise ValueError(_("{origin}: two rules share a code: {codes}.").format(origin=origin, codes=", ".join(codes)))
    return rules


def _rule(row: dict, origin: str) -> Rule:
    if _NEEDED - set(row) or set(row) - _NEEDED - _ALLOWED:
        raise ValueError(
            _("{origin}: an entry of {table} has the fields {have}. Needed: {needed}; allowed besides: {allowed}.").format(
                origin=origin, table="rules", have=", ".join(row), needed=", ".join(sorted(_NEEDED)), allowed=", ".join(sorted(_ALLOWED))
            )
        )
    for name, least in (("months", 1), ("least_parcels", 1), ("least_share", 0), ("days_before", 0), ("rising", 0)):
        value = row.get(name, least)
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not value >= least
            or (name == "months" and value != int(value))
        ):
            raise ValueError(_("{origin}: {name} of {code} is {value}; it must be a number of at least {least}.").format(
                origin=origin, name=name, code=row["code"], value=value, least=least))  # fmt: skip
    for name in ("where", "without"):
        one = row.get(name, {})
        if (
            not isinstance(one, dict)
            or (name == "where" and not one)
            or not all(isinstance(values, list) and values for values in one.values())
        ):
            raise ValueError(
                _('{origin}: {name} of {code} must name columns with lists of values, such as {{ scope = ["cross_border"] }}.').format(
                    origin=origin, name=name, code=row["code"]
                )
            )
    if row.get("festival") is not None:
        next_festival(row["festival"], dt.date(2026, 1, 1))
    fields = dict(row, where={name: tuple(map(str, values)) for name, values in row["where"].items()},
                  without={name: tuple(map(str, values)) for name, values in row.get("without", {}).items()},
                  market=tuple(row.get("market", ())))  # fmt: skip
    return Rule(**fields)


def fitting(parcels: pd.DataFrame, where: Mapping[str, tuple[str, ...]]) -> np.ndarray:
    """Which parcels fit all conditions; text is compared, upper and lower case alike.

    >>> fitting(pd.DataFrame({"scope": ["domestic", "cross_border"]}), {"scope": ("cross_border",)}).tolist()
    [False, True]
    """
    found = np.ones(len(parcels), dtype=bool)
    for name, values in where.items():
        found &= parcels[name].astype(str).str.lower().isin([value.lower() for value in values]).to_numpy(dtype=bool)
    return found
