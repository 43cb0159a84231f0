"""What the queue formulas are given: numbers, or one value an interval; checked, stretched to one length, and named when wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.i18n import _

Numbers = float | list | np.ndarray | pd.Series
"""A number, or one number an interval."""

_LEAST = {
    "calls_per_hour": 0.0, "handle_seconds": None, "agents": 0.0, "patience_seconds": None, "target_seconds": 0.0, "seconds": 0.0,
    "minimum_agents": 0.0, "max_wait_seconds": None,
}  # fmt: skip
"""The smallest value that each may have; None: more than 0."""
_WHOLE = ("agents", "minimum_agents")


@dataclass(frozen=True)
class Given:
    """The values by name, all of one length, and in which shape results go back."""

    values: dict[str, np.ndarray]
    index: pd.Index | None
    scalar: bool

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[name]

    def result(self, array: np.ndarray, name: str) -> float | np.ndarray | pd.Series:
        """`array` as a number, an array or a Series, as the input was."""
        if self.scalar:
            return array[0].item()
        return array if self.index is None else pd.Series(array, index=self.index, name=name)

    def rows(self) -> pd.Index:
        return pd.RangeIndex(len(next(iter(self.values.values())))) if self.index is None else self.index


def given(**values: object) -> Given:
    """Check the values of each interval and bring them to one length; values that are None are left out.

    Raises
    ------
    ValueError
        A value is missing, text, too small or endless; lengths differ; two Series have different rows.

    >>> given(calls_per_hour=[60, 120], handle_seconds=300)["handle_seconds"].tolist()
    [300.0, 300.0]
    """
    values = {name: value for name, value in values.items() if value is not None}
    index = _common_index(values)
    arrays = {name: _numbers(name, value) for name, value in values.items()}
    lengths = {name: len(array) for name, array in arrays.items() if array.ndim}
    if len(set(lengths.values())) > 1:
        raise ValueError(_("The lengths differ: {lengths}. Give one value an interval, or one number for all.").format(
            lengths=", ".join(f"{name} {length}" for name, length in lengths.items())))  # fmt: skip
    size = next(iter(lengths.values()), 1)
    return Given({name: np.broadcast_to(array, size) for name, array in arrays.items()}, index, not lengths)


def refuse_intervals(bad: np.ndarray, where: Given, sentence: Callable[[int], str]) -> None:
    """Raise a ValueError when `bad` says yes for an interval; `sentence` is told the place of the first, and the rows are named after it.

    >>> refuse_intervals(np.array([False]), given(agents=1), str)
    """
    if not bad.any():
        return
    text = sentence(int(np.flatnonzero(bad)[0]))
    if not where.scalar:
        rows = ", ".join(map(str, where.rows()[bad][:3]))
        text = _("{problem} ({count} interval(s), first {rows})").format(problem=text, count=int(bad.sum()), rows=rows)
    raise ValueError(text)


def _common_index(values: dict[str, object]) -> pd.Index | None:
    series = {name: value for name, value in values.items() if isinstance(value, pd.Series)}
    index = next((value.index for value in series.values()), None)
    for name, value in series.items():
        if not value.index.equals(index):
            raise ValueError(_("{first} and {second} have different rows. Take both from one table.").format(
                first=next(iter(series)), second=name))  # fmt: skip
    return index


def _numbers(name: str, value: object) -> np.ndarray:
    number = _("{name} must be a number, or a column or list of numbers, one an interval.").format(name=name)
    if isinstance(value, (pd.DataFrame, dict, set, str, bytes)):
        raise ValueError(number)
    try:
        column = value if isinstance(value, pd.Series) else pd.Series(np.atleast_1d(np.asarray(value)))
        if column.dtype == bool or isinstance(column.iloc[0] if len(column) else 0, (str, bytes)):
            raise ValueError(number)
        array = column.astype("float64").to_numpy()
    except (TypeError, ValueError):
        raise ValueError(number) from None
    least = _LEAST[name]
    bad = ~np.isfinite(array) | (array <= 0 if least is None else array < least)
    if bad.any():
        sentence = _("{name} is {value:g}; it must be more than 0, and neither missing nor endless.{where}") if least is None else _(
            "{name} is {value:g}; it must be 0 or more, and neither missing nor endless.{where}")  # fmt: skip
        raise ValueError(sentence.format(name=name, value=array[bad][0], where=_where(value, bad)))
    if name in _WHOLE and (array != np.round(array)).any():
        odd = array != np.round(array)
        raise ValueError(_("{name} is {value:g}; agents are whole people. Round up after adding loads, not before.{where}").format(
            name=name, value=array[odd][0], where=_where(value, odd)))  # fmt: skip
    return array[0] if np.ndim(value) == 0 else array


def _where(value: object, bad: np.ndarray) -> str:
    if np.ndim(value) == 0:
        return ""
    rows = (value.index if isinstance(value, pd.Series) else np.arange(len(bad)))[bad][:3]
    return " " + _("({count} interval(s), first {rows})").format(count=int(bad.sum()), rows=", ".join(map(str, rows)))
