"""The pieces of a page, and who may see them: every value names the columns that it comes from, and is masked or left out by them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from crmlib.company.schema import label as any_label
from crmlib.i18n import _, language
from crmlib.privacy.masking import MASKS, coarse, masked_keys
from crmlib.privacy.roles import require_role
from crmlib.privacy.views import visible

_BESIDE = {"consents": "contacts.channel", "recipients": "contacts.name"}
"""Tables that are no table of the firm's contract are treated as this column of it."""


@dataclass(frozen=True)
class Fact:
    """One thing that stands on the page: its code, its words, its plain value, how it is written, and the columns that it comes from.
    `tone` is good, bad or empty; `masked` says that the value is coarser than what is known."""

    code: str
    words: str
    value: object
    shown: str
    columns: tuple[str, ...] = ()
    tone: str = ""
    masked: bool = False


@dataclass(frozen=True)
class Section:
    """A part of the page: facts, and rows of facts where there are several things of a kind; `more` rows are known and not listed."""

    code: str
    title: str
    facts: tuple[Fact, ...] = ()
    rows: tuple[tuple[Fact, ...], ...] = ()
    more: int = 0
    note: str = ""

    def fact(self, code: str) -> Fact | None:
        """The fact of that code, if the role sees it."""
        return next((each for each in self.facts if each.code == code), None)


@dataclass
class Viewer:
    """A role at the screen. Values pass through :meth:`fact`, which never hands on what the role may not see; `hidden`, `masked` and
    `seen` gather the names of the columns, for the foot of the page and the access log."""

    role: str
    hidden: dict[str, None] = field(default_factory=dict)
    masked: dict[str, None] = field(default_factory=dict)
    seen: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_role(self.role)

    def treatment(self, columns: Iterable[str]) -> str:
        """full, masked or hidden: the least of what the columns allow."""
        found = {treatment_of(self.role, column) for column in columns}
        return "hidden" if "hidden" in found else "masked" if "masked" in found else "full"

    def may(self, *columns: str) -> bool:
        """Whether the role sees anything of all the columns."""
        return self.treatment(columns) != "hidden"

    def fact(self, code: str, words: str, value: object, columns: Iterable[str], *, write=None, tone: str = "", person: bool = True) -> Fact | None:
        """The fact as the role sees it; None where it is hidden or not known. `write` turns the value into text."""
        columns = tuple(columns)
        if value is None or (not isinstance(value, (list, tuple)) and pd.isna(value)):
            return None
        treatment = self.treatment(columns)
        if treatment == "hidden":
            self.hidden |= dict.fromkeys(column for column in columns if treatment_of(self.role, column) == "hidden")
            return None
        covered = treatment == "masked" and person
        if covered:
            value = self._covered(value, columns)
            if value is None:
                self.hidden |= dict.fromkeys(columns)
                return None
            self.masked |= dict.fromkeys(column for column in columns if treatment_of(self.role, column) == "masked")
        self.seen |= dict.fromkeys(columns)
        return Fact(code, words, value, month(value) if covered and isinstance(value, pd.Timestamp) else (write or plain)(value), columns,
                    tone, covered)  # fmt: skip

    def _covered(self, value: object, columns: tuple[str, ...]) -> object:
        name = next(column.partition(".")[2] for column in columns if treatment_of(self.role, column) == "masked")
        if isinstance(value, str) and len(columns) == 1 and name in MASKS:
            return MASKS[name](value)
        if isinstance(value, str) and len(columns) == 1 and name.endswith("_id"):
            return masked_keys(pd.Series([value], dtype=object)).iloc[0]
        if isinstance(value, str):
            # A class or a code that is worked out from coarse columns is coarse itself; single words of one masked column are not.
            return value if len(columns) > 1 else None
        if isinstance(value, (list, tuple)):
            return coarse(pd.Series(value, dtype=float)).tolist()
        given = pd.Series([pd.Timestamp(value)]) if isinstance(value, (pd.Timestamp, np.datetime64)) else pd.Series([float(value)])
        return coarse(given).iloc[0]


@cache
def _treatments(role: str, table: str) -> dict[str, str]:
    return visible(table, role)["treatment"].to_dict()


def treatment_of(role: str, column: str) -> str:
    """full, masked or hidden: what the role sees of "table.column".

    >>> treatment_of("agent", "contacts.phone"), treatment_of("intern", "invoices.amount_yuan")
    ('masked', 'hidden')
    """
    table, _dot, name = column.partition(".")
    table, name = _BESIDE[table].split(".") if table in _BESIDE else (table, name)
    return _treatments(role, table)[name]


@cache
def _label(code: str, column: str | None, table: str | None, _language: str) -> str:
    return any_label(code, column, table=table)


def label(code: object, column: str | None = None, table: str | None = None) -> str:
    """What a code is called in the active language, remembered: a page asks for the same fifty again and again.

    >>> label("x of my own")
    'x of my own'
    """
    return _label(str(code), column, table, language())


def facts(*found: Fact | None) -> tuple[Fact, ...]:
    """What is left once the hidden and the unknown are gone.

    >>> facts(None)
    ()
    """
    return tuple(each for each in found if each is not None)


def plain(value: object) -> str:
    """A value as it stands on the page.

    >>> plain(1234.0), plain(pd.Timestamp("2026-10-31"))
    ('1,234', '2026-10-31')
    """
    if isinstance(value, (pd.Timestamp, np.datetime64)):
        at = pd.Timestamp(value)
        return f"{at:%Y-%m-%d}" if at == at.normalize() else f"{at:%Y-%m-%d %H:%M}"
    if isinstance(value, (bool, np.bool_)):
        return _("yes") if value else _("no")
    if isinstance(value, (int, np.integer)) or (isinstance(value, float) and value.is_integer()):
        return f"{int(value):,}".replace("-", "−")
    return f"{value:,.1f}".replace("-", "−") if isinstance(value, float) else str(value)


def month(value: object) -> str:
    """A moment of which only the month is shown.

    >>> month(pd.Timestamp("2026-10-01"))
    '2026-10'
    """
    return f"{pd.Timestamp(value):%Y-%m}"


def yuan(value: float) -> str:
    """Money in the active language.

    >>> from crmlib.i18n import use_language
    >>> use_language("en"); yuan(1234.4)
    '1,234 yuan'
    """
    return _("{number} yuan").format(number=f"{value:,.0f}".replace("-", "−"))


def share(value: float) -> str:
    """A share in per cent.

    >>> share(0.914)
    '91%'
    """
    return f"{value:.0%}".replace("-", "−")


def shortened(text: str, most: int) -> str:
    """A text of at most so many Latin letters; a Chinese character counts twice.

    >>> shortened("a long remark", 8)
    'a long …'
    """
    width = 0
    for place, letter in enumerate(text):
        width += 2 if ord(letter) > 0x2E80 else 1
        if width > most:
            return text[:place - 1] + "…"
    return text
