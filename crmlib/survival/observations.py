"""Durations that may be cut short: what every survival method is given, checked once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.i18n import _


@dataclass(frozen=True, eq=False)
class Observations:
    """One entry a customer: `times` until it was lost or last seen, `events` (lost or not), `entry` (None: watched from 0 on), and the
    place of its group in `groups` (an empty list of groups: all customers together)."""

    times: np.ndarray
    events: np.ndarray
    entry: np.ndarray | None
    codes: np.ndarray | None
    groups: pd.Index

    def parts(self) -> Iterator[tuple[object, Observations]]:
        """Each group with its own observations."""
        if self.codes is None:
            yield None, self
            return
        for place, name in enumerate(self.groups):
            own = self.codes == place
            yield (
                name,
                Observations(self.times[own], self.events[own], None if self.entry is None else self.entry[own], None, self.groups[:0]),
            )


def observations(durations: object, events: object, *, entry: object = None, by: object = None) -> Observations:
    """The arguments of a survival method as arrays; whatever cannot be a duration, an event, an entry or a group is refused.

    >>> observations([3.0, 5.0], [True, False]).times.tolist()
    [3.0, 5.0]
    """
    durations = as_series(durations, "durations")
    if durations.empty:
        raise ValueError(_("There is nobody to follow: durations has no rows."))
    given = {"events": events, "entry": entry, "by": by}
    given = {name: as_series(values, name, like=durations) for name, values in given.items() if values is not None}
    times = as_numbers(durations, "durations")
    refuse_rows(times < 0, _("{name} is negative").format(name="durations"), _("A duration runs from entry to loss; check the two dates."))
    if "events" not in given:
        raise ValueError(_("events is missing: say for each customer whether it was lost (True) or only last seen (False)."))
    start = None
    if entry is not None:
        start = as_numbers(given["entry"], "entry")
        refuse_rows(
            start >= times, _("entry is not before the end of the duration"), _("Drop customers who were lost before you began to watch.")
        )
        start = None if (start <= 0).all() and (times > 0).all() else start.to_numpy()
    codes, groups = (None, pd.Index([])) if by is None else group_codes(given["by"], "by")
    return Observations(times.to_numpy(), as_events(given["events"]).to_numpy(), start, codes, groups)


def as_series(values: object, name: str, *, like: pd.Series | None = None) -> pd.Series:
    """`values` as a Series, as long as `like` and with the same index.

    >>> as_series([1, 2], "durations").tolist()
    [1, 2]
    """
    if isinstance(values, (str, bytes)) or np.isscalar(values) or isinstance(values, (pd.DataFrame, dict)):
        raise ValueError(_("{name} must be one column with one value a customer; this is a {kind}.").format(
            name=name, kind=type(values).__name__))  # fmt: skip
    found = values if isinstance(values, pd.Series) else pd.Series(np.asarray(values), index=None if like is None else _index(values, like))
    if like is not None:
        if len(found) != len(like):
            raise ValueError(_("{name} has {count} value(s), durations has {wanted}. Take both from the same table.").format(
                name=name, count=len(found), wanted=len(like)))  # fmt: skip
        if found.index is not like.index and not found.index.equals(like.index):
            raise ValueError(_("{name} and durations speak of different rows. Take both from the same table.").format(name=name))
    return found


def _index(values: object, like: pd.Series) -> pd.Index | None:
    return like.index if np.ndim(values) == 1 and len(values) == len(like) else None


def as_numbers(values: pd.Series, name: str) -> pd.Series:
    """`values` as floats; text, missing and infinite values are refused.

    >>> as_numbers(pd.Series([1, 2]), "durations").tolist()
    [1.0, 2.0]
    """
    if not (pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)):
        mend = _("Take the days of a difference of dates with .dt.days, and turn text into numbers.")
        if isinstance(values.dtype, pd.CategoricalDtype) or pd.api.types.is_datetime64_any_dtype(values):
            raise ValueError(_("{name} is of type {kind}, not a number. {mend}").format(name=name, kind=values.dtype, mend=mend))
        if pd.api.types.is_timedelta64_dtype(values):
            raise ValueError(_("{name} is of type {kind}, not a number. {mend}").format(name=name, kind=values.dtype, mend=mend))
        plain = values.map(lambda one: isinstance(one, (int, float, np.number, Decimal))).astype(bool)
        refuse_rows(~plain, _("{name} is not a number").format(name=name), mend)
    found = values.astype("float64")
    finite = pd.Series(np.isfinite(found.to_numpy()), index=found.index)
    refuse_rows(~finite, _("{name} is missing or infinite").format(name=name), _("Fill in the value, or drop these rows."))
    return found


def as_events(values: pd.Series) -> pd.Series:
    """`values` as yes/no; only True, False, 1 and 0 pass.

    >>> as_events(pd.Series([1, 0])).tolist()
    [True, False]
    """
    if pd.api.types.is_bool_dtype(values) and not values.hasnans:
        return values.astype(bool)
    numbers = (
        pd.to_numeric(values, errors="coerce") if not isinstance(values.dtype, pd.CategoricalDtype) else values.map(lambda _one: np.nan)
    )
    refuse_rows(
        ~numbers.isin([0, 1]),
        _("events is neither yes (True, 1) nor no (False, 0)"),
        _("True: the loss was seen. False: the customer was still there when last seen."),
    )
    return numbers == 1


def group_codes(values: pd.Series, name: str) -> tuple[np.ndarray, pd.Index]:
    """The place of each value among the groups that occur, and the groups: in their own order where they have one, else sorted.

    >>> codes, groups = group_codes(pd.Series(["b", "a", "b"]), "by")
    >>> codes.tolist(), groups.tolist()
    ([1, 0, 1], ['a', 'b'])
    """
    refuse_rows(values.isna(), _("{name} is missing").format(name=name), _("Give these customers a group of their own, or drop them."))
    if isinstance(values.dtype, pd.CategoricalDtype):
        used = values.cat.remove_unused_categories()
        return used.cat.codes.to_numpy().astype(np.int64), used.cat.categories
    try:
        codes, groups = pd.factorize(values, sort=True)
    except TypeError:
        raise ValueError(_("{name} mixes values that cannot be sorted, such as numbers and text. Write all groups in the same way.").format(
            name=name)) from None  # fmt: skip
    return codes, pd.Index(groups)


def risk_table(times: np.ndarray, events: np.ndarray, entry: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The times at which somebody was lost, how many were lost then, and how many were there to lose.

    Somebody counts as there at t when entry < t ≤ duration; somebody last seen at t is still there at t.

    >>> risk_table(np.array([1.0, 2.0, 2.0, 3.0]), np.array([True, True, False, True]), None)[2].tolist()
    [4, 3, 1]
    """
    when, lost = np.unique(times[events], return_counts=True)
    there = len(times) - np.searchsorted(np.sort(times), when, side="left")
    if entry is not None:
        there -= len(entry) - np.searchsorted(np.sort(entry), when, side="left")
    return when, lost, there
