"""Which hint was given how often: sentences in graded notebooks, led back to their keys in ``hints.toml``."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import nbformat
import pandas as pd

from crmlib.classroom.feedback import ShowHints
from crmlib.classroom.hints import hints
from crmlib.i18n import LANGUAGES

_FRAMES = ("item-prefix", "you-have")
UNKNOWN = "?"


def hint_key(told: str) -> str:
    """The key of the hint that a learner was told, in whichever language; "?" if it is none of ours.

    >>> from crmlib.classroom.hints import sentence
    >>> hint_key(sentence("item-prefix", item=2) + sentence("still-blank", name="top_share"))
    'still-blank'
    >>> hint_key("Something else.")
    '?'
    """
    plain = told.strip()
    shapes = [(literal, key, shape) for language in LANGUAGES for key, (literal, shape) in _shapes(language).items()]
    return max(((literal, key) for literal, key, shape in shapes if shape.fullmatch(plain)), default=(0, UNKNOWN))[1]


@cache
def _shapes(language: str) -> Mapping[str, tuple[int, re.Pattern]]:
    """Of each hint, how much of it stands fast, and the expression that fits it whatever fills its braces and whatever begins it."""
    begins = "".join(f"(?:{_fitting(hints()[frame][language])})?" for frame in _FRAMES)
    shapes = {}
    for key, texts in hints().items():
        if key not in _FRAMES:
            text = texts[language].strip()
            fast = sum(len(part) for part, *_others in string.Formatter().parse(text))
            shapes[key] = (fast, re.compile(begins + _fitting(text), re.DOTALL))
    return shapes


def _fitting(text: str) -> str:
    parts = string.Formatter().parse(text)
    return "".join(re.escape(part) + (".*?" if field is not None else "") for part, field, _spec, _conversion in parts)


def told_in(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """What the student is told of each test cell that was not passed, by grade id: the same sentence as in the feedback."""
    shown, _resources = ShowHints().preprocess(nbformat.from_dict(notebook), {})
    found = {}
    for cell in shown.cells:
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and about.get("grade") and not about.get("solution"):
            texts = [output.data["text/plain"] for output in cell.outputs if "text/plain" in output.get("data", {})]
            if texts:
                found[str(about["grade_id"])] = texts[0]
    return found


def hint_counts(root: Path, sheet: str, students: Iterable[str]) -> pd.DataFrame:
    """Which hint did how many students get, item by item?

    Parameters
    ----------
    root : Path
        A course root with graded notebooks.
    sheet : str
    students : iterable of str

    Returns
    -------
    DataFrame
        One row a student, item and hint: student, item (grade id), hint (key, or "?"), told (the sentence as the student got it).
    """
    rows = []
    for student in students:
        notebook = read_graded(root, sheet, student)
        if notebook is not None:
            rows += [[student, item, hint_key(told), told] for item, told in told_in(notebook).items()]
    return pd.DataFrame(rows, columns=["student", "item", "hint", "told"])


def read_graded(root: Path, sheet: str, student: str) -> nbformat.NotebookNode | None:
    """A graded notebook, or None where there is none that can be read."""
    path = root / "autograded" / student / sheet / f"{sheet}.ipynb"
    try:
        return nbformat.read(path, 4)
    except (OSError, ValueError, KeyError, AttributeError, nbformat.ValidationError):
        return None


def hint_words(key: str, language: str) -> str:
    """A hint as a class report shows it: what was filled in stands as "…".

    >>> hint_words("still-blank", "en").count("{")
    0
    """
    text = hints()[key][language]
    return "".join(part + ("…" if field is not None else "") for part, field, _spec, _conversion in string.Formatter().parse(text))
