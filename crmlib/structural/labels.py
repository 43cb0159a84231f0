"""What constructs are called in figures and sentences, and how sentences follow each other."""

from __future__ import annotations

from collections.abc import Iterable

from crmlib.company.schema import label
from crmlib.i18n import language


def construct_label(code: object) -> str:
    """The name of a construct in the active language; one of your own is its own name.

    >>> construct_label("my construct")
    'my construct'
    """
    return label(str(code), "construct")


def in_a_row(sentences: Iterable[str]) -> str:
    """Sentences one after the other; in Chinese no space stands between them.

    >>> in_a_row(["One."])
    'One.'
    """
    return ("" if language() == "zh" else " ").join(sentences)
