"""Was the matter settled at the first contact, or did the caller have to ring again?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import narwhals as nw
import numpy as np
import pandas as pd

from crmlib.call_center.estimates import CallMetric, estimate
from crmlib.call_center.groups import (
    DAY,
    codes_of,
    group_names,
    microseconds,
    require_calls,
    require_groups,
)
from crmlib.checks import refuse_rows
from crmlib.i18n import _
from crmlib.standards import get

LINKS = {"desk": ("call_id", "repeat_of"), "parcel": ("waybill_id",), "caller": ("customer_id", "role")}
"""How calls on one matter are known: the desk's own note of the previous call, the same waybill, or the same customer and role."""
_DAY = 86_400_000_000


def first_contact_resolution(
    calls: object, *, by: str | Sequence[str] | None = None, repeat_days: float | None = None, repeats: str = "desk", of: str = "agent",
    level: float = 0.95,
) -> CallMetric:  # fmt: skip
    """Share of the matters whose first contact was not followed by another call within the window.

    Answers: how many callers need to ring only once?

    Base: first contacts with no further call on the same matter within `repeat_days` ÷ first contacts. A matter's first contact is its
    first
    call that an agent answered (or, with ``of="all"``, the menu solved). Repeat calls are in neither term: each is the echo of a first
    contact, and counting them as contacts of their own makes the rate look better. Contacts whose window is not over when the calls end are
    left out. Silence is no proof: whoever was not helped and does not ring again counts as resolved.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at, answered_at; call_id and repeat_of, or waybill_id, or customer_id and role, by `repeats`; solved_in_ivr for "all"
    by : as in :func:`crmlib.call_center.connection_rate`, and "agent" (the agent of the first contact)
    repeat_days : days, optional
        Without it: the standard call_center.repeat_days.
    repeats : "desk", "parcel" or "caller"
        What makes two calls one matter: the desk's note (repeat_of), the same waybill, or the same customer in the same role. Calls without
        a waybill, or without a customer, cannot be linked and are left out. A firm that ships much calls about many parcels, so that
        "caller" sees too many repeats; "desk" and "parcel" see too few.
    of : "agent" or "all"
    level : float, 0–1

    Returns
    -------
    CallMetric
        `.table`, one row a group: resolved, first_contacts, resolution_rate, low, high

    Raises
    ------
    ValueError
        As in :func:`crmlib.call_center.connection_rate`; no window is over; call numbers repeat.

    Source: FCR (first contact resolution), 一次解决率, with the repeat window that makes it honest.

    >>> calls = pd.DataFrame({"call_id": list("abcd"), "repeat_of": [None, "a", None, None],
    ...     "arrived_at": pd.to_datetime(["2026-11-02", "2026-11-03", "2026-11-03", "2026-11-30"])}).assign(
    ...     answered_at=lambda table: table.arrived_at)
    >>> first_contact_resolution(calls, repeat_days=7).value
    0.5
    """
    names = group_names(by)
    for name, given, known in (("repeats", repeats, LINKS), ("of", of, ("agent", "all"))):
        if not isinstance(given, str) or given not in known:
            raise ValueError(_("{name} is {value}; it must be one of: {known}.").format(name=name, value=given, known=", ".join(known)))
    days = get("call_center.repeat_days", unit="days") if repeat_days is None else repeat_days
    if isinstance(days, bool) or not isinstance(days, (int, float)) or not 0 < days < float("inf"):
        raise ValueError(_("repeat_days is {value}; it must be a number of days above 0.").format(value=repeat_days))
    wanted = [*LINKS[repeats], "answered_at", *(["solved_in_ivr"] if of == "all" else [])]
    table = _pandas(calls, wanted, names)
    moments = microseconds(table["arrived_at"], "arrived_at")
    contact = table["answered_at"].notna().to_numpy()
    if of == "all":
        contact = contact | table["solved_in_ivr"].to_numpy(dtype=bool)
    matter = _matters(table, repeats)
    first, again = _first_contacts(matter, moments, contact, window=int(days * _DAY), own_matter=repeats == "desk")
    over = first & (moments + int(days * _DAY) <= moments.max()) if len(moments) else first
    if not over.any():
        raise ValueError(
            _("No first contact has had {days:g} days for a repeat call. Take a shorter repeat_days, or more calls.").format(days=days)
        )
    rows = table.loc[over]
    cells = pd.DataFrame({DAY: moments[over] // _DAY, "resolved": ~again[over], "first_contacts": 1})
    for name in names:
        codes, groups = codes_of(rows, name, moments[over])
        cells[name] = groups.take(codes).array if (codes >= 0).all() else pd.Series(groups.take(codes)).where(codes >= 0).array
    cells = cells.dropna(subset=list(names)).groupby([*names, DAY], as_index=False, observed=True).sum()
    return estimate(cells, name="resolution_rate", top="resolved", bottom="first_contacts", unit="share", by=names, level=level,
                    wording=partial(_words, days, repeats, of))  # fmt: skip


def _pandas(calls: object, wanted: list[str], names: Sequence[str]) -> pd.DataFrame:
    """The columns that are needed, as a pandas table."""
    from crmlib.call_center.groups import column_of

    frame = nw.from_native(calls, pass_through=True)
    if not isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        raise ValueError(_("calls must be a pandas, polars or DuckDB table; this is a {kind}.").format(kind=type(calls).__name__))
    have = frame.collect_schema().names()
    require_groups(names, have)
    require_calls(have, wanted)
    frame = frame.select(*dict.fromkeys(["arrived_at", *wanted, *(column_of(name, have) for name in names)]))
    native = frame.to_native()
    if isinstance(native, pd.DataFrame):
        return native
    return (frame.collect("pyarrow") if isinstance(frame, nw.LazyFrame) else frame).to_pandas()


def _matters(table: pd.DataFrame, repeats: str) -> np.ndarray:
    """A number for each call's matter; -1 where it cannot be told."""
    if repeats == "parcel":
        return pd.factorize(table["waybill_id"])[0]
    if repeats == "caller":
        customer, role = pd.factorize(table["customer_id"])[0], pd.factorize(table["role"])[0]
        return np.where(customer < 0, -1, customer * (role.max(initial=0) + 2) + role)
    numbers = pd.Index(table["call_id"])
    refuse_rows(pd.Series(numbers.duplicated(), index=table.index), _("call_id stands twice"), _("Keep one row a call number."))
    linked = np.flatnonzero(table["repeat_of"].notna().to_numpy())
    origin = np.arange(len(table))
    previous = numbers.get_indexer(table["repeat_of"].iloc[linked])
    origin[linked[previous >= 0]] = previous[previous >= 0]
    while not np.array_equal(origin, further := origin[origin]):
        origin = further
    return origin


def _first_contacts(
    matter: np.ndarray, moments: np.ndarray, contact: np.ndarray, *, window: int, own_matter: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Which calls are first contacts, and whether another call on the matter came within the window.

    A matter told by the desk has one first contact. A waybill or a customer has one after each silence longer than the window.
    """
    order = np.lexsort((moments, matter))
    of, at, taken = matter[order], moments[order], contact[order]
    same = np.r_[False, of[1:] == of[:-1]]
    near = same & (np.r_[0, np.diff(at)] <= window)
    started = np.cumsum(~(same if own_matter else near))
    before = np.cumsum(taken) - taken
    opening = np.r_[0, np.flatnonzero(np.diff(started)) + 1]
    seen_before = before - before[opening][started - 1] if len(of) else before
    first = taken & (seen_before == 0) & (of >= 0)
    again = np.r_[near[1:], False]
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return first[back], again[back]


def _words(days: float, repeats: str, of: str) -> tuple[str, str]:
    told = {
        "desk": _(
            "Base: first contacts without another call on the matter, as the desk noted it, within {days:g} day(s), over first contacts."
        ),
        "parcel": _("Base: first contacts without another call about the same parcel within {days:g} day(s), over first contacts."),
        "caller": _("Base: first contacts without another call by the same customer within {days:g} day(s), over first contacts."),
    }[repeats].format(days=days)
    which = (_("First contacts are those that an agent answered.") if of == "agent" else
             _("First contacts are those that an agent answered or the menu solved."))  # fmt: skip
    return _("First contact resolution"), _("{sentence} {next_sentence}").format(sentence=told, next_sentence=which)
