"""Several sentences in a row, as the active language sets them."""

from __future__ import annotations

from crmlib.i18n import language


def in_a_row(*sentences: str) -> str:
    """The sentences that say something, with a space between them where the language has one.

    >>> in_a_row("A.", "").strip()
    'A.'
    """
    return ("" if language() == "zh" else " ").join(filter(None, sentences))
