"""What a learner reads when Python cannot read a line: which character to type, which bracket or quotation mark is missing."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from crmlib.error_sentences import FIRM_CODE, quotes_for_code
from crmlib.i18n import _

_ENGLISH = {
    "，": ",", "、": ",", "。": ".", "：": ":", "；": ";", "（": "(", "）": ")", "【": "[", "】": "]", "《": "<", "》": ">",
    "“": '"', "”": '"', "„": '"', "「": '"', "」": '"', "‘": "'", "’": "'", "！": "!", "？": "?", "…": "...",
    "≥": ">=", "≤": "<=", "≠": "!=", "×": "*", "÷": "/", "−": "-", "–": "-", "—": "-", "·": ".",
}  # fmt: skip
_QUOTES = "“”„「」‘’＂＇"
_TEXT_OR_COMMENT = re.compile(r'"[^"]*"|\'[^\']*\'|#.*')
_PERCENT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*%(?=\s*(?:$|[,;)\]}:#]))")


def mend_syntax(error: SyntaxError, line: str) -> str:
    """One sentence, in the active language, on how to mend a line that Python cannot read.

    Parameters
    ----------
    error : SyntaxError
    line : str
        The line, if the error does not carry it.

    >>> from crmlib.i18n import language, use_language
    >>> before = language(); use_language("en")
    >>> mend_syntax(SyntaxError("invalid syntax"), "a_share = 5%")
    'Python does not know 5%. Write 0.05; where a percentage is asked for, write 5.'
    >>> use_language(before)
    """
    text, said = error.text or line, error.msg or ""
    if FIRM_CODE.search(text):
        return quotes_for_code(text)
    if (char := re.search(r"invalid (?:non-printable )?character .*\(?U\+([0-9A-F]{4,6})", said)) is not None:
        return _wrong_character(chr(int(char[1], 16)), text)
    if "unterminated" in said and any(char in _QUOTES for char in text):
        return _type_again([char for char in text if char in _QUOTES])
    if "never closed" not in said and (percent := _PERCENT.search(_TEXT_OR_COMMENT.sub("", text))) is not None:
        share = format((Decimal(percent[1]) / 100).normalize(), "f")
        return _("Python does not know {percent}%. Write {share}; where a percentage is asked for, write {percent}.").format(percent=percent[1], share=share)
    for part, told in _known().items():
        if part in said:
            bracket = re.search(r"'([()\[\]{}])'", said)
            return told.format(bracket=bracket[1] if bracket else "")
    return _stopped_near(error, text)


def _known() -> dict[str, str]:
    """Sentences by a part of what Python 3.11 and later say, the more exact first."""
    return {
        "was never closed": _("The {bracket} in this line has no partner. Put the closing bracket where it belongs."),
        "unmatched": _("There is one {bracket} too many in this line, or the bracket that opens it is missing."),
        "does not match opening": _("The brackets of this line do not fit together: what ( opens, ) closes; what [ opens, ] closes."),
        "unterminated triple-quoted": _("A text that begins with three quotation marks never ends. Close it with the same three marks."),
        "unterminated": _("A quotation mark is missing: a text ends with the same mark that it began with."),
        "f-string: expecting '}'": _("A curly bracket in the text of this line is never closed."),
        "expected ':'": _("An English colon (:) is missing at the end of this line."),
        "forgot a comma": _("A comma is missing in this line, between two things that stand side by side."),
        "Maybe you meant '==' or": _("To compare, write two equals signs (==); a single one (=) stores a value under a name."),
        "cannot assign to": _(
            "The name stands left of the equals sign and its value right of it. A name has no blanks and no "
            "quotation marks."),
        "expected an indented block": _("This line belongs inside the one above. Begin it with four more spaces."),
        "unexpected indent": _("There are too many spaces at the beginning of this line. Begin it where the line above begins."),
        "unindent does not match": _("The beginning of this line does not line up with any line above. Use the same number of spaces."),
        "inconsistent use of tabs": _("The beginnings of lines mix tabs and spaces. Use spaces only."),
        "outside function": _(
            "A line with return belongs inside its function. Begin it with as many spaces as the lines of the "
            "function above."),
        "decimal literal": _(
            "A number and letters stand together in this line. A name cannot begin with a digit, and a number "
            "carries no unit."),
        "leading zeros": _("A number cannot begin with 0. If it is a code or an id, put it in quotation marks."),
        "positional argument follows keyword": _("In the brackets, what has a name (name=value) comes after what has none."),
    }  # fmt: skip


def _wrong_character(char: str, text: str) -> str:
    others = [one for one in _TEXT_OR_COMMENT.sub("", text) if _english(one) and not one.isspace()]
    if char not in others and (char.isspace() or not char.isprintable()):
        return _("There is a full-width or invisible blank in this line. Delete it and type an ordinary one, with an English keyboard.")
    if not _english(char):
        return _('The character {char} cannot stand in code. If it is part of a text, put the text in English '
                 'quotation marks, "…".').format(char=char)  # fmt: skip
    return _type_again([char, *others])


def _type_again(chars: list[str]) -> str:
    changes = "   ".join(f"{char} → {_english(char)}" for char in dict.fromkeys(chars))
    return _("There are Chinese characters in the code. Switch to an English keyboard and type them again: "
             "{changes}").format(changes=changes)


def _english(char: str) -> str:
    """What stands on an English keyboard for a full-width or Chinese character; "" for any other."""
    if char in _ENGLISH:
        return _ENGLISH[char]
    return unicodedata.normalize("NFKC", char) if "\uff01" <= char <= "\uff5e" else ""


def _stopped_near(error: SyntaxError, text: str) -> str:
    here = text[max((error.offset or 1) - 1, 0) :].strip()
    found = re.match(r"\w+|\S", here)
    if found is None:
        return _("Python cannot read this line. Compare it with the line that was given: is something missing at its end?")
    return _("Python cannot read this line; it stopped at {here}. Compare it with the line that was given, sign "
             "by sign.").format(here=found[0])
