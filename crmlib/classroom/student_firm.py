"""One student's own firm, for the instructor: the data code, the tables, and what a sheet's solution gets on them."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pandas as pd

from crmlib.classroom.drawing import axes_of, describe
from crmlib.classroom.execution import class_key
from crmlib.classroom.hints import shown
from crmlib.classroom.item_titles import item_titles
from crmlib.i18n import _

_ROWS = 5
_MOST_SHOWN = 300


@dataclass(frozen=True)
class ExpectedAnswer:
    """What a sheet's solution delivers for one item.

    Attributes
    ----------
    item, title : str
        Grade id of the test cell, and the heading it stands under.
    name : str
        The variable that a student is asked for.
    value : object
        What the solution puts there; missing where it failed.
    failed : str
        The error of the solution; empty if there is none.
    """

    item: str
    title: str
    name: str
    value: object
    failed: str = ""

    def shown(self) -> str:
        """The value as text of a few lines."""
        return self.failed or in_words(self.value)


def code_of(root: Path | str, student: str, *, key: str = "") -> str:
    """The data code of a student.

    Parameters
    ----------
    root : path
        A course root, or the folder that holds ``class-key.txt``.
    student : str
    key : str, optional
        The class's secret key; default: the one of the course.

    Raises
    ------
    ValueError
        There is no class key.
    """
    from crmlib.company import firm_code

    secret = key or class_key(root)
    if not secret:
        raise ValueError(_("There is no class key. Write a secret line into exercises/class-key.txt, or give --class-key."))
    return firm_code(secret, student)


def expected_answers(root: Path | str, sheet: str, code: str) -> tuple[ExpectedAnswer, ...]:
    """Run a sheet's solution on the firm of `code`.

    Parameters
    ----------
    root : path
        A course root whose ``source`` folder holds the sheet.
    sheet : str
        Its name, or the beginning of it.
    code : str
        As :func:`code_of` gives it.

    Returns
    -------
    tuple of ExpectedAnswer
        One for each name that an automatically marked item asks for, in the sheet's order.

    Raises
    ------
    ValueError
        The sheet with its solutions is not there.
    """
    root = Path(root)
    path = _source(root, sheet)
    titles = item_titles(root, path.stem)
    namespace: dict[str, object] = {"__name__": "__main__"}
    failures: dict[str, str] = {}
    found = []
    with _quietly(code):
        for cell in nbformat.read(path, 4).cells:
            about = cell.metadata.get("nbgrader", {})
            if cell.cell_type != "code":
                continue
            if not (about.get("grade") and not about.get("solution")):
                failed = _run(cell.source, namespace)
                failures |= {name: failed for name in _made(cell.source)} if failed else {}
                continue
            for name in cell.metadata.get("answers", []):
                failed = failures.get(name, "") if name not in namespace else ""
                value = namespace.get(name)
                found.append(
                    ExpectedAnswer(about["grade_id"], titles.get(about["grade_id"], about["grade_id"]), name, _kept(value), failed)
                )
    return tuple(found)


def sheets_with_solutions(root: Path | str) -> list[str]:
    """The sheets of a course whose solutions are there."""
    return sorted(path.parent.name for path in Path(root).glob("source/*/*.ipynb") if path.stem == path.parent.name)


def in_words(value: object) -> str:
    """A value as an instructor compares it with an answer.

    >>> in_words(0.78123456), in_words(["B", "A"])
    ('0.7812', 'B, A')
    """
    if isinstance(value, (pd.Series, pd.DataFrame)):
        rows = _("{rows} rows").format(rows=len(value))
        return f"{value.head(_ROWS).to_string()}\n({rows})"
    if axes_of(value):
        drawing = describe(axes_of(value))
        return _("a figure: {title}").format(title=" · ".join(filter(None, [drawing.title, drawing.xlabel, drawing.ylabel])) or "–")
    if callable(value):
        return _("a function: {name}").format(name=getattr(value, "__name__", type(value).__name__))
    if isinstance(value, dict):
        text = ", ".join(f"{name}: {shown(one)}" for name, one in value.items())
    elif isinstance(value, pd.Index):
        text = shown(list(value))
    else:
        text = shown(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}… ({len(value) if hasattr(value, '__len__') else ''})"


def tables_in_words(firm, *, only: Collection[str] = ()) -> str:
    """The head of each table of a firm."""
    parts = []
    for name, table in firm.tables.items():
        if not only or name in only:
            parts.append(_("{table}: {rows} rows").format(table=name, rows=f"{len(table):,}") + "\n" + table.head(3).to_string(max_cols=8))
    return "\n\n".join(parts)


def _source(root: Path, sheet: str) -> Path:
    known = sheets_with_solutions(root)
    found = [name for name in known if name == sheet] or [name for name in known if name.startswith(sheet)]
    if len(found) != 1:
        raise ValueError(
            _('"{sheet}" is no sheet of this course. There are: {known}. Sheets are made ready by crm prepare.').format(
                sheet=sheet, known=", ".join(known) or "–"
            )
        )
    return root / "source" / found[0] / f"{found[0]}.ipynb"


def _kept(value: object) -> object:
    """The value as it is now, whatever later cells do to it."""
    return value.copy() if isinstance(value, (pd.Series, pd.DataFrame, dict, list, set)) else value


def _run(source: str, namespace: dict[str, object]) -> str:
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        exec(compile(TransformerManager().transform_cell(source), "sheet", "exec"), namespace)
    except Exception as error:  # a solution may fail in any way on a firm that nobody has seen
        return f"{type(error).__name__}: {error}"
    return ""


def _made(source: str) -> set[str]:
    from crmlib.classroom.left_over import names_made

    return names_made(source)


@contextlib.contextmanager
def _quietly(code: str) -> Iterator[None]:
    """On the firm of `code`, without windows and output; everything as before afterwards."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from crmlib.i18n import language, use_language

    before, spoken, backend = os.environ.get("CRM_FIRM_CODE"), language(), mpl.get_backend()
    plt.switch_backend("agg")
    os.environ["CRM_FIRM_CODE"] = code
    try:
        with (
            mpl.rc_context(),
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        os.environ.pop("CRM_FIRM_CODE", None)
        if before is not None:
            os.environ["CRM_FIRM_CODE"] = before
        use_language(spoken)
        plt.close("all")
        plt.switch_backend(backend)
