"""Asking for an answer that is a table or a labelled column."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import pandas as pd

from crmlib.classroom.answers import look_up, lose
from crmlib.classroom.comparing import plain_label


def series(
    name: str, *, index: Collection | str | None = None, among: Collection | None = None, numeric: bool = True
) -> pd.Series:
    """The answer `name` as a labelled Series; a table of one column and a dict will do.

    Parameters
    ----------
    name : str
    index : collection or str, optional
        The labels that must stand there, each once, in any order; or, as a str, what the labels are (a word for the hint).
    among : collection, optional
        Labels of which some must stand there, and no others.
    numeric : bool
        The values are numbers, none of them missing.

    Returns
    -------
    Series
        A copy; numbers as floats.

    Raises
    ------
    Lost
        It is missing, no Series, empty, has other labels, text for numbers, or holes.

    Why: the order of rows is nobody's mistake.

    >>> from crmlib.classroom.answers import answering
    >>> with answering({"share": pd.Series({"B": 0.2, "A": 0.8})}):
    ...     series("share", index=["A", "B"]).loc["A"].item()
    0.8
    """
    answer = look_up(name)
    if isinstance(answer, pd.DataFrame) and answer.shape[1] == 1:
        answer = answer.iloc[:, 0]
    if isinstance(answer, Mapping):
        answer = pd.Series(dict(answer))
    if not isinstance(answer, pd.Series):
        lose("want-series", name=name, kind=type(answer).__name__)
    answer = answer.copy()
    if answer.empty and not _asks_for_nothing(index):
        lose("empty", name=name)
    _check_labels(name, answer.index, index)
    if among is not None:
        _check_among(name, answer.index, among)
    return _numbers(name, answer) if numeric else answer


def frame(
    name: str, *, columns: Iterable[str] = (), index: Collection | str | None = None, rows: int | None = None
) -> pd.DataFrame:
    """The answer `name` as a table.

    Parameters
    ----------
    name : str
    columns : iterable of str
        Columns that must be there; more may be.
    index : collection or str, optional
        The labels of its rows, in any order; or the name of what they are, such as "customer_id": a column of that name becomes the index.
    rows : int, optional
        How many rows it has.

    Returns
    -------
    DataFrame
        A copy.

    Raises
    ------
    Lost
        It is missing, no table, empty, lacks a column, or has other rows.

    Why: whether the customer's number is a column or the index is a matter of taste.

    >>> from crmlib.classroom.answers import answering
    >>> with answering({"top": pd.DataFrame({"customer_id": ["c1"], "revenue": [3.0]})}):
    ...     frame("top", columns=["revenue"], index="customer_id").loc["c1", "revenue"].item()
    3.0
    """
    answer = look_up(name)
    if isinstance(answer, pd.Series):
        answer = answer.to_frame()
    if not isinstance(answer, pd.DataFrame):
        lose("want-table", name=name, kind=type(answer).__name__)
    answer = answer.copy()
    if isinstance(index, str) and list(answer.columns).count(index) == 1:
        answer = answer.set_index(index)
    have = [*answer.columns, *filter(None, answer.index.names)]
    missing = [column for column in columns if column not in have]
    if missing:
        lose("no-column", name=name, missing=missing, have=[str(column) for column in have])
    if not len(answer) and rows != 0 and not _asks_for_nothing(index):
        lose("empty", name=name)
    if rows is not None and len(answer) != rows:
        lose("rows-wrong", name=name, got=len(answer), rows=rows)
    _check_labels(name, answer.index, index)
    return answer


def _asks_for_nothing(index: Collection | str | None) -> bool:
    return index is not None and not isinstance(index, str) and len(index) == 0


def _check_among(name: str, have: pd.Index, among: Collection) -> None:
    allowed = {plain_label(one) for one in among}
    strange = next((label for label in have if plain_label(label) not in allowed), None)
    if strange is not None:
        lose("strange-item", name=name, got=strange)


def _check_labels(name: str, have: pd.Index, wanted: Collection | str | None) -> None:
    if wanted is None:
        return
    if isinstance(wanted, str):
        if isinstance(have, pd.RangeIndex):
            lose("unlabelled", name=name, index=wanted)
    else:
        present, needed = {plain_label(one) for one in have}, {plain_label(one): one for one in wanted}
        missing = [label for plain, label in needed.items() if plain not in present]
        if missing:
            lose("labels-missing", name=name, count=len(missing), first=missing[0])
        if extra := [label for label in present if label not in needed]:
            lose("labels-extra", name=name, count=len(extra), first=min(extra, key=str))
    if twice := len(have) - len({plain_label(one) for one in have}):
        lose("labels-twice", name=name, count=twice)


def _numbers(name: str, values: pd.Series) -> pd.Series:
    single = values.astype(object).map(lambda one: one if pd.api.types.is_scalar(one) else "")
    numbers = pd.to_numeric(single, errors="coerce").astype(float)
    strange = numbers.isna() & values.notna()
    if strange.any():
        lose("not-numbers", name=name, where=values.index[strange.to_numpy()][0], got=values[strange.to_numpy()].iloc[0])
    if numbers.isna().any():
        lose("holes", name=name, count=int(numbers.isna().sum()), first=values.index[numbers.isna().to_numpy()][0])
    return numbers
