"""What a learner reads when a line fails: a name that is not there yet, a column that is called otherwise, text without quotation marks."""

from __future__ import annotations

import difflib
import re
import sys
import traceback as stacks
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

from crmlib.i18n import _

FIRM_CODE = re.compile(r"(?<![\w\"'-])(?=[A-Za-z-]*\d)[0-9A-Za-z]{4}(?:-[0-9A-Za-z]{4}){2}(?![\w\"'-])")
"""A data code that was typed without quotation marks."""

_HOUSE = str(Path(__file__).parent)
CAPITALS = {"true": "True", "false": "False", "none": "None", "TRUE": "True", "FALSE": "False", "null": "None"}
"""What other languages and keyboards make of Python's three constants."""

_CJK = re.compile(r"[\u4e00-\u9fff]")
_NUMBERS_FOR_LABELS = re.compile(r"None of \[Index\(.*dtype='(?:float|int)\d+'.*are in the \[index\]", re.DOTALL)
_UNIT = re.compile(r"\s*[（(][^（()）]*[)）]$")
_SHOWN_COLUMNS = 12


def mend(error: BaseException, traceback: TracebackType | None, *, line: str = "", names: Mapping[str, object] | None = None) -> str:
    """One sentence, in the active language, on what went wrong and how to mend it.

    Parameters
    ----------
    error : exception
    traceback : its traceback
    line : str
        The line of the learner's that failed.
    names : mapping, optional
        The notebook's names.

    Returns
    -------
    str
        Where nothing better is known, the error's type and message.

    >>> from crmlib.i18n import language, use_language
    >>> before = language(); use_language("en")
    >>> mend(NameError("name 'true' is not defined", name="true"), None)
    'Write True, with a capital letter and without quotation marks.'
    >>> use_language(before)
    """
    own = {name: value for name, value in (names or {}).items() if not name.startswith("_")}
    if type(error) is NameError and error.name:
        return _unknown_name(error.name, line, own)
    if (missing := re.match(r"local variable '(\w+)' is not defined", str(error))) is not None:
        return _unknown_name(missing[1], line, own)
    if isinstance(error, AttributeError) and error.name in ("columns", "index") and _raised_in_house(traceback):
        return _("A table is wanted here, and this is a {kind}. Read a file first, as in table = pd.read_excel(\"list.xlsx\").").format(
            kind=type(error.obj).__name__)  # fmt: skip
    if isinstance(error, (KeyError, AttributeError, NameError)) and not isinstance(error, UnboundLocalError):
        return _unknown_part(error, traceback) or _plainly(error)
    if isinstance(error, (ValueError, TypeError)) and _raised_in_house(traceback):
        return str(error)
    return _mixed_up(error) or _plainly(error)


def _mixed_up(error: BaseException) -> str:
    """The slips behind messages that pandas and NumPy word for programmers; "" where it is none of them."""
    said = str(error)
    if "truth value of a" in said and "ambiguous" in said:
        return _("Join conditions with &, each in brackets of its own: (a >= 1) & (b <= 2). Do not use and, or, if.")
    if isinstance(error, TypeError) and "str" in said and ("Invalid comparison" in said or "not supported between instances" in said):
        return _('Numbers and dates cannot be compared with text. Take the quotation marks off a number; write a day as pd.Timestamp("2025-11-01").')
    if isinstance(error, TypeError) and "unsupported operand" in said and ("method" in said or "function" in said):
        return _("A name is a function here, and its brackets are missing: write sum() and not sum.")
    if "must have same first dimension" in said:
        return _("The two axes have different numbers of points. Draw one value for each customer on both.")
    if isinstance(error, ValueError) and re.search(r"(?:percentiles|Quantiles).*in the (?:interval|range) \[0, 1\]|Each 'q' must be between 0 and 1", said):
        return _("quantile() wants a share between 0 and 1: write quantile(0.9) for 90%, not quantile(90).")
    return ""


def _plainly(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _raised_in_house(traceback: TracebackType | None) -> bool:
    frames = stacks.extract_tb(traceback)
    return bool(frames) and frames[-1].filename.startswith(_HOUSE)


def quotes_for_code(line: str) -> str:
    """The sentence on a data code without quotation marks."""
    code = FIRM_CODE.search(line)
    return _('A data code is text: put it in English quotation marks, "{code}".').format(code=code[0] if code else "")


def _unknown_name(name: str, line: str, names: Mapping[str, object]) -> str:
    if FIRM_CODE.search(line):
        return quotes_for_code(line)
    if name in CAPITALS:
        return _("Write {word}, with a capital letter and without quotation marks.").format(word=CAPITALS[name])
    if _CJK.search(name):
        return _('Words stand in English quotation marks in code: "{name}".').format(name=name)
    if _is_word(name, names):
        return _('There is no {name} yet. If it is the name of a column or a class, put it in English quotation marks: "{name}". '
                 "If it comes from a cell above, run the cells from the top one by one.").format(name=name)  # fmt: skip
    if near := _near(name, names):
        return _("There is no {name} yet. If you have just opened or restarted the notebook, run the cells from the top one by one. "
                 "If it is misspelt, you may mean {near}.").format(name=name, near=near)  # fmt: skip
    return _("There is no {name} yet. If you have just opened or restarted the notebook, run the cells from the top one by one. "
             "If the name is your own, check its spelling.").format(name=name)  # fmt: skip


def _is_word(name: str, names: Mapping[str, object]) -> bool:
    if re.fullmatch("[A-E]", name):
        return True
    columns = _contract_columns()
    if any(name == column.name or name in {value.code for value in column.values} for column in columns):
        return True
    return any(name in map(str, frame.columns) for frame in names.values() if _is_frame(frame))


def _contract_columns() -> list:
    from crmlib.company.schema import DERIVED, TABLES

    return [*(column for table in TABLES.values() for column in table.columns), *DERIVED.values()]


def _is_frame(value: object) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _near(name: str, others: Iterable[object], cutoff: float = 0.75) -> str:
    open_names = [str(other) for other in others if not str(other).startswith("_")]
    return ", ".join(dict.fromkeys(difflib.get_close_matches(name, open_names, n=3, cutoff=cutoff)))


def _unknown_part(error: BaseException, traceback: TracebackType | None) -> str:
    """A column, row or attribute that is not there; "" where that is not what happened."""
    frame = _frame_at_hand(error, traceback)
    if isinstance(error, KeyError) and _NUMBERS_FOR_LABELS.match(str(error.args[0] if error.args else "")):
        return _("These brackets want labels, such as customer numbers; numbers stand there. Put the .index of what you chose.")
    asked = _asked_for(error)
    if asked is None:
        return ""
    columns = [] if frame is None else [str(column) for column in frame.columns]
    column = _column_of(asked, columns)
    if frame is not None and (column or asked) in map(str, frame.index.names):
        return _("{name} is no column of this table but the label of its rows: write table.index, or make a column of "
                 "it with table.reset_index().").format(name=column or asked)  # fmt: skip
    if column is not None and (column in columns or frame is None and isinstance(error, KeyError)):
        return _("Headings are for reading; code uses the column's own name: {heading} → {column}.").format(heading=asked, column=column)
    if isinstance(error, AttributeError) and (near := _near(asked, [*columns, *dir(error.obj)])):
        return _("There is no {name} here. Similar names: {near}.").format(name=asked, near=near)
    if frame is None or asked in columns:
        told = _("There is nothing called {key} here. Check the spelling, and capital letters too.").format(key=asked)
        return told if isinstance(error, KeyError) else ""
    if near := _near(asked, columns, 0.6):
        return _("The table has no column {name}. Similar names: {near}.").format(name=asked, near=near)
    few = ", ".join(columns[:_SHOWN_COLUMNS]) + ("…" if len(columns) > _SHOWN_COLUMNS else "")
    return _("The table has no column {name}. It has: {columns}.").format(name=asked, columns=few)


def _asked_for(error: BaseException) -> str | None:
    if isinstance(error, AttributeError):
        return error.name
    said = error.args[0] if error.args else None
    if not isinstance(said, str):
        return None if said is None else str(said)
    if said.startswith("Column not found: "):
        return said.removeprefix("Column not found: ")
    several = re.search(r"not in index|not found|None of|do not exist|is not defined", said)
    quoted = re.search(r"'([^']+)'", said) if several else None
    return quoted[1] if quoted else said


def _frame_at_hand(error: BaseException, traceback: TracebackType | None):
    """The table that was asked: the object itself, or the outermost one on the way to where the error was raised."""
    if isinstance(error, AttributeError):
        asked = error.obj
    else:
        frames = [step for step, _number in stacks.walk_tb(traceback) if str(step.f_globals.get("__name__")).startswith("pandas.")]
        asked = next((step.f_locals["self"] for step in frames if step.f_locals.get("self") is not None), None)
    if _is_frame(asked):
        return asked
    grouped = getattr(asked, "obj", None)
    # What .loc was asked for may be a row as well as a column; its class is private to pandas, that of groupby is not.
    return grouped if _is_frame(grouped) and not type(asked).__name__.startswith("_") else None


def _column_of(heading: str, own: list[str]) -> str | None:
    """The column that a heading in either language stands for, one of the table's `own` first."""
    from crmlib.segments.labels import segment_label

    told = {name: {segment_label(name)} for name in own}
    for column in _contract_columns():
        told.setdefault(column.name, set()).update((column.zh, column.en))
    wanted = _plain_heading(heading)
    found = [name for name, headings in told.items() if name != heading and wanted in map(_plain_heading, headings)]
    return next((name for name in found if name in own), found[0] if found else None)


def _plain_heading(heading: str) -> str:
    return _UNIT.sub("", heading).strip().casefold()
