"""What a learner is told when a point is lost: the sentences of ``hints.toml``, by key, in the active language."""

from __future__ import annotations

import math
import string
import tomllib
from collections.abc import Mapping
from functools import cache
from numbers import Integral, Real
from pathlib import Path

from crmlib.i18n import _, language

HINTS_FILE = Path(__file__).with_name("hints.toml")


class Lost(AssertionError):
    """Points are lost; the message is the learner's hint and nothing else.

    Attributes
    ----------
    hint : str
        The key of the hint in ``hints.toml``, so that a class report can count it.
    """

    def __init__(self, message: str, hint: str = "generic-wrong") -> None:
        super().__init__(message)
        self.hint = hint

    def __reduce__(self):
        return type(self), (str(self), self.hint)

    def _render_traceback_(self) -> list[str]:
        """IPython asks for this: the learner sees the sentence, not our stack."""
        return [str(self)]


@cache
def hints() -> Mapping[str, Mapping[str, str]]:
    """Every hint by key, with its ``zh`` and ``en`` sentence.

    >>> sorted(hints()["still-blank"])
    ['en', 'zh']
    """
    return tomllib.loads(HINTS_FILE.read_text("utf-8"))


def placeholders(text: str) -> set[str]:
    """The names in braces of a hint.

    >>> sorted(placeholders("You have {got}, of {total}."))
    ['got', 'total']
    """
    return {field for _text, field, _spec, _conversion in string.Formatter().parse(text) if field}


def needed(key: str) -> set[str]:
    """The placeholders of the hint `key`, in whatever language; none where there is no such hint.

    >>> sorted(needed("still-blank"))
    ['name']
    """
    return placeholders(hints().get(key, {}).get("en", ""))


def sentence(key: str, **values: object) -> str:
    """The hint `key` in the active language, its placeholders filled with `values`.

    Parameters
    ----------
    key : str
        A table of ``hints.toml``.
    values
        What the braces stand for; numbers are written short.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        There is no such hint, or a placeholder has no value.

    Why: the voice of the lessons.

    >>> "____" in sentence("still-blank", name="top_share")
    True
    """
    if key not in hints():
        raise ValueError(_('There is no hint "{key}" in hints.toml.').format(key=key))
    text = hints()[key][language()]
    missing = sorted(placeholders(text) - set(values))
    if missing:
        raise ValueError(_('The hint "{key}" needs a value for {missing}.').format(key=key, missing=", ".join(missing)))
    return text.format(**{name: shown(value) for name, value in values.items()})


def shown(value: object) -> str:
    """A value as a learner would write it: four digits are enough to recognise one's own number; of a table, its kind.

    >>> shown(0.781234567), shown(1234567.891), shown(45), shown(["A", "B"])
    ('0.7812', '1,234,567.89', '45', 'A, B')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Real) and not isinstance(value, Integral):
        number = float(value)
        if not math.isfinite(number) or abs(number) < 1000:
            return f"{number:.4g}"
        return f"{number:,.2f}".removesuffix(".00")
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(shown, sorted(value, key=str) if isinstance(value, (set, frozenset)) else value))
    return type(value).__name__ if getattr(value, "ndim", 0) or isinstance(value, Mapping) else str(value)
