"""Asking for one answer by name: a number, a word, a list, a figure."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping

import numpy as np
import pandas as pd

from crmlib.classroom.answers import look_up, lose
from crmlib.classroom.comparing import plain_label, plain_text
from crmlib.classroom.drawing import Drawing, axes_of, describe
from crmlib.notebook import BLANK


def number(name: str, *, low: float | None = None, high: float | None = None) -> float:
    """The answer `name` as a number.

    Parameters
    ----------
    name : str
        The variable that the learner was asked for.
    low, high : float, optional
        Between what the number must lie, both included. A share has `high` 1 and `low` 0 or less: a percentage gets its own hint.

    Returns
    -------
    float

    Raises
    ------
    Lost
        It is missing, no number, not known (NaN) or out of range.

    Why: int, float, numpy's scalars and a table of one cell are all the same to a learner.

    >>> from crmlib.classroom.answers import answering
    >>> with answering({"top_share": np.float64(0.8)}):
    ...     number("top_share", low=0, high=1)
    0.8
    """
    answer = look_up(name)
    if isinstance(answer, (pd.Series, pd.Index, pd.DataFrame, np.ndarray)) and answer.size == 1:
        answer = np.asarray(answer).ravel()[0]
    if isinstance(answer, str):
        lose("number-as-text", name=name, got=answer)
    if isinstance(answer, (bool, np.bool_, complex)):
        lose("want-number", name=name, kind=_kind(answer))
    try:
        value = float(answer)
    except (TypeError, ValueError):
        lose("want-number", name=name, kind=_kind(answer))
    if not np.isfinite(value):
        lose("not-known", name=name)
    if high == 1 and low is not None and low <= 0 and 1 < (abs(value) if low < 0 else value) <= 100:
        lose("percent-not-share", name=name, got=value)
    if (low is not None and value < low) or (high is not None and value > high):
        limits = {"low": -np.inf if low is None else low, "high": np.inf if high is None else high}
        lose("out-of-range" if low is not None and high is not None else "too-low" if high is None else "too-high",
             name=name, got=value, **limits)  # fmt: skip
    return value


def text(name: str, *, choices: Collection[str] | None = None) -> str:
    """The answer `name` as text, without outer spaces.

    Parameters
    ----------
    name : str
    choices : collection of str, optional
        What may stand there; case and the width of letters do not count, and the choice as written here comes back.

    Returns
    -------
    str

    Raises
    ------
    Lost
        It is missing, empty, no text, or none of the choices.

    Why: a decision is one word of a list that the prompt gives.

    >>> from crmlib.classroom.answers import answering
    >>> with answering({"owner": " ａ "}):
    ...     text("owner", choices=["A", "B"])
    'A'
    """
    answer = look_up(name)
    if isinstance(answer, (pd.Series, pd.Index, np.ndarray)) and answer.size == 1:
        answer = np.asarray(answer).ravel()[0]
    was_number = isinstance(answer, (int, float, np.number)) and not isinstance(answer, bool)
    if choices is not None and was_number:
        answer = f"{answer:g}" if isinstance(answer, (float, np.floating)) else str(answer)
    if not isinstance(answer, str):
        lose("want-text", name=name, kind=_kind(answer))
    answer = plain_text(answer)
    if not answer:
        lose("nothing-in-it", name=name)
    if choices is None:
        return answer
    for choice in choices:
        if plain_text(choice).casefold() == answer.casefold():
            return choice
    if was_number and not any(sign.isdigit() for choice in choices for sign in choice):
        lose("number-not-name", name=name, got=answer)
    lose("not-a-choice", name=name, got=answer, choices=list(choices))


def mapping(name: str, *, keys: Collection = ()) -> dict:
    """The answer `name` as a dict; a labelled Series will do.

    Parameters
    ----------
    name : str
    keys : collection
        What must stand in it.

    Returns
    -------
    dict
        A copy.

    Raises
    ------
    Lost
        It is missing, no dict, or lacks a key.

    Why: names for numbers, in either form.

    >>> from crmlib.classroom.answers import answering
    >>> with answering({"owner": {"A": "manager"}}):
    ...     mapping("owner", keys=["A"])
    {'A': 'manager'}
    """
    answer = look_up(name)
    if isinstance(answer, pd.DataFrame) and answer.shape[1] == 1:
        answer = answer.iloc[:, 0]
    if isinstance(answer, pd.Series):
        answer = answer.to_dict()
    if not isinstance(answer, Mapping):
        lose("want-mapping", name=name, kind=_kind(answer))
    have = {plain_label(key): value for key, value in answer.items()}
    missing = [key for key in keys if plain_label(key) not in have]
    if missing:
        lose("no-key", name=name, missing=missing)
    return copy.deepcopy(have)


def items(name: str, *, among: Collection | None = None, count: int | None = None) -> list:
    """The answer `name` as a list of labels, such as customers; a set, an index, a column or a table of them will do.

    Parameters
    ----------
    name : str
    among : collection, optional
        What may stand in it. Of a Series or table, the part (values, index or column) that holds such labels is meant.
    count : int, optional
        How many there are.

    Returns
    -------
    list
        In the learner's order, each once.

    Raises
    ------
    Lost
        It is missing, no list, empty, holds something else, or too many or too few.

    Why: "which customers?" has many forms of answer.

    >>> from crmlib.classroom.answers import answering
    >>> with answering({"stars": pd.Series({"c2": 9.0, "c1": 4.0})}):
    ...     items("stars", among=["c1", "c2", "c3"])
    ['c2', 'c1']
    """
    answer = look_up(name)
    if isinstance(answer, pd.DataFrame):
        columns = [answer.iloc[:, place] for place in range(answer.shape[1])]
        readings = [*columns, answer.index] if isinstance(answer.index, pd.RangeIndex) else [answer.index, *columns]
    elif isinstance(answer, pd.Series):
        readings = [answer.array, answer.index]
    elif isinstance(answer, (str, bytes)) or not isinstance(answer, Iterable):
        lose("want-items", name=name, kind=_kind(answer))
    else:
        readings = [np.ravel(answer) if isinstance(answer, np.ndarray) else answer]
    allowed = None if among is None else {plain_label(one) for one in among}
    plain = [list(dict.fromkeys(plain_label(one) for one in reading)) for reading in readings]
    if not any(plain) and count != 0:
        lose("empty", name=name)
    if allowed is None:
        found = plain[0]
    else:
        found = next((one for one in plain if set(one) <= allowed), None)
        if found is None:
            strange = next(one for one in min(plain, key=lambda one: len(set(one) - allowed)) if one not in allowed)
            lose("strange-item", name=name, got=strange)
    if count is not None and len(found) != count:
        lose("count-wrong", name=name, got=len(found), count=count)
    return found


def figure(name: str, *, title: bool = False, labels: bool = False) -> Drawing:
    """What the figure `name` shows, as plain data.

    Parameters
    ----------
    name : str
        A Figure, Axes, several Axes, or what a plotting call gave back.
    title, labels : bool
        A title, or names of both axes, are asked for.

    Returns
    -------
    Drawing

    Raises
    ------
    Lost
        It is missing, no figure, empty, or lacks the title or labels asked for.

    Why: a reader reads words and curves, not pixels.

    >>> from crmlib.classroom.answers import answering
    >>> from matplotlib.figure import Figure
    >>> picture = Figure(); ax = picture.subplots(); _ = ax.plot([0, 1], [0, 1]); _ = ax.set_title("Pareto")
    >>> with answering({"picture": picture}):
    ...     figure("picture", title=True).lines[0].y
    (0.0, 1.0)
    """
    answer = look_up(name)
    drawing = answer if isinstance(answer, Drawing) else describe(axes_of(answer))
    if not isinstance(answer, Drawing) and not axes_of(answer):
        lose("want-figure", name=name, kind=_kind(answer))
    if not (drawing.lines or drawing.bars or drawing.points):
        lose("figure-empty", name=name)
    if any(BLANK.search(words) for words in (drawing.title, drawing.xlabel, drawing.ylabel)):
        lose("still-blank", name=name)
    if title and not drawing.title:
        lose("figure-no-title", name=name)
    if labels and not (drawing.xlabel and drawing.ylabel):
        lose("figure-no-labels", name=name)
    asked = [*([drawing.title] if title else []), *([drawing.xlabel, drawing.ylabel] if labels else [])]
    if any(_says_nothing(words) for words in asked):
        lose("figure-words-empty", name=name)
    return drawing


def _says_nothing(words: str) -> bool:
    """A letter, a digit or a sign such as "t" or "x"; one Chinese character may be a unit.

    >>> [_says_nothing(words) for words in ("t", "?", "..", "元", "score")]
    [True, True, True, False, False]
    """
    letters = [sign for sign in words if sign.isalpha()]
    return len(letters) < 2 and not any(sign > "\u2e80" for sign in letters)


def _kind(value: object) -> str:
    return type(value).__name__
