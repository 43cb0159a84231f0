"""The active language: messages, terms of the glossary, and the set-up call of every notebook."""

from __future__ import annotations

import gettext
import locale
import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LANGUAGES = ("zh", "en")
LOCALE_DIR = Path(__file__).parent / "locale"


def _default_language() -> str:
    wanted = os.environ.get("CRM_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "zh" if wanted.lower().startswith(("zh", "chinese")) else "en"


_active = _default_language()


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("crmlib", LOCALE_DIR, [language], fallback=language == "en")


def language() -> str:
    """The active language, "zh" or "en".

    >>> use_language("en")
    >>> language()
    'en'
    """
    return _active


def use_language(language: str) -> None:
    """Speak `language` from now on, in messages, labels and figures; fonts and style stay as they are.

    Raises
    ------
    ValueError
        The language is neither "zh" nor "en".

    >>> use_language("en")
    """
    global _active
    if language not in LANGUAGES:
        raise ValueError(_('There is no edition in "{language}". Use "zh" or "en".').format(language=language))
    _active = language


def _(message: str) -> str:
    """`message` (English, as written in the source) in the active language."""
    return _catalogue(_active).gettext(message)


def setup(language: str, *, plain_errors: bool = True) -> None:
    """Begin a notebook: choose the language, the font that shows it and the house style of figures.

    Parameters
    ----------
    language : "zh" or "en"
    plain_errors : bool
        An error shows the line of the cell that failed and one sentence with the mend; ``%tb`` shows the stack.
        False: errors look as in any notebook.

    Raises
    ------
    ValueError
        The language is neither "zh" nor "en".

    >>> setup("en")
    """
    use_language(language)
    from crmlib import notebook, theme

    theme.apply()
    notebook.explain_errors(plain_errors)


@dataclass(frozen=True)
class Term:
    """One entry of the glossary: the term in both languages, what it means, and renderings to avoid."""

    key: str
    zh: str
    en: str
    definition_zh: str
    definition_en: str
    also: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()


@cache
def glossary() -> dict[str, Term]:
    """The course's terms by key, from ``crmlib/locale/glossary.toml``.

    >>> glossary()["key_customer"].zh
    '关键客户'
    """
    raw = tomllib.loads((LOCALE_DIR / "glossary.toml").read_text("utf-8"))
    return {
        key: Term(key, **{**entry, "also": tuple(entry.get("also", ())), "avoid": tuple(entry.get("avoid", ()))})
        for key, entry in raw.items()
    }


def in_a_row(*sentences: str) -> str:
    """The sentences that say something, with a space between them where the active language has one.

    >>> use_language("en")
    >>> in_a_row("A.", "", "B.")
    'A. B.'
    """
    return ("" if _active == "zh" else " ").join(filter(None, sentences))
