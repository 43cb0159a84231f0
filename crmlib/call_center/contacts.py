"""How many contacts a thousand parcels bring."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import partial

import narwhals as nw
import numpy as np
import pandas as pd

from crmlib.call_center.estimates import CallMetric, estimate
from crmlib.call_center.groups import CLOCK, DAY, clock_part, group_names
from crmlib.call_center.sums import Sum, call_sums
from crmlib.checks import require_columns
from crmlib.i18n import _

COUNTED = {"all": ("calls",), "first": ("calls", "repeats"), "queued": ("queued",)}
_DATES = ("weekday", "day", "month")


def contact_rate(
    calls: object, waybills: object, *, by: str | Sequence[str] | None = None, which: str = "all", level: float = 0.95
) -> CallMetric:
    """Contacts per thousand parcels.

    Answers: how often do our parcels make somebody call?

    Base: calls ÷ parcels picked up on the same days × 1000. ``which="first"`` leaves repeat calls out, "queued" counts only calls that
    waited for an agent. By a part of the date the parcels are those of that part; by anything else (reason, line, role) all parcels stand
    under each group, so that the groups add up to the whole. By hour, calls and pick-ups have nothing to do with each other: refused.
    A call comes days after its parcel was picked up, so that single days mislead; months do not.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at; repeat_of for "first", entered_queue_at for "queued"
    waybills : table of the same kinds, one row a parcel
        picked_up_at. Only days on which both tables have begun and not ended are counted.
    by : "weekday", "day", "month", any column of the calls, or a list with at most one part of the date; optional
    which : "all", "first" or "queued"
    level : float, 0–1

    Returns
    -------
    CallMetric
        per thousand parcels; `.table`, one row a group: contact_count, parcels, contacts_per_thousand, low, high

    Raises
    ------
    ValueError
        A column is missing; calls and parcels have no day in common; the group is a part of the day.

    Source: contact rate (contacts per order), 千件来电量.

    >>> calls = pd.DataFrame({"arrived_at": pd.to_datetime(["2026-11-02 09:00", "2026-11-03 09:00"])})
    >>> parcels = pd.DataFrame({"picked_up_at": pd.to_datetime(["2026-11-02 18:00"] * 60 + ["2026-11-03 18:00"] * 40)})
    >>> contact_rate(calls, parcels).value
    20.0
    """
    names = group_names(by)
    if not isinstance(which, str) or which not in COUNTED:
        raise ValueError(_("{name} is {value}; it must be one of: {known}.").format(name="which", value=which, known=", ".join(COUNTED)))
    if {"hour", "half_hour"} & set(names):
        raise ValueError(
            _("Contacts per parcel cannot be grouped by hour: who calls at nine asks about parcels of other days. Use day or month.")
        )
    dates, others = [name for name in names if name in _DATES], [name for name in names if name not in CLOCK]
    if len(dates) > 1:
        raise ValueError(_("Give one part of the date at most; by is {by}.").format(by=", ".join(names)))
    every = {"calls": Sum(), "repeats": Sum(("repeat_of",)), "queued": Sum(("entered_queue_at",))}
    sums = {name: every[name] for name in COUNTED[which]}
    cells, parcels = _contacts(calls, sums, others, which), _parcels(waybills)
    first, last = max(cells[DAY].min(), parcels.index.min()), min(cells[DAY].max(), parcels.index.max())
    if first > last:
        raise ValueError(_("Calls and waybills have no day in common. Take both from the same period."))
    parcels = parcels.loc[first:last]
    by_group = _per_parcel(_between(cells, first, last), parcels, others)
    for name in dates:
        place, parts = clock_part(by_group[DAY].to_numpy(dtype=np.int64) * 86_400_000_000, name)
        by_group[name] = parts.take(place).array
    found = _estimate(by_group, names, level, which)
    if not others:
        return found
    # Calls without a reason or role belong to no group, but to the whole; and parcels must count once, not once a group.
    every_call = _contacts(calls, sums, [], which)
    whole = _estimate(_per_parcel(_between(every_call, first, last), parcels, []), (), level, which)
    return dataclasses.replace(whole, table=found.table, by=names)


def _contacts(calls: object, sums: dict[str, Sum], by: list[str], which: str) -> pd.DataFrame:
    cells = call_sums(calls, sums, by=by)
    contacts = cells["calls"] - cells["repeats"] if which == "first" else cells["queued" if which == "queued" else "calls"]
    return cells[[*by, DAY]].assign(contact_count=contacts)


def _between(cells: pd.DataFrame, first: int, last: int) -> pd.DataFrame:
    return cells[cells[DAY].between(first, last)]


def _per_parcel(cells: pd.DataFrame, parcels: pd.Series, others: list[str]) -> pd.DataFrame:
    """Contacts and parcels of every group on every day, also where one of the two is 0."""
    groups = cells[others].drop_duplicates() if others else pd.DataFrame(index=[0])
    grid = groups.merge(pd.DataFrame({DAY: parcels.index, "parcels": parcels.to_numpy()}), how="cross")
    return (
        grid.merge(cells, on=[*others, DAY], how="outer")
        .fillna({"contact_count": 0, "parcels": 0})
        .astype({"contact_count": "int64", "parcels": "int64"})
    )


def _estimate(cells: pd.DataFrame, by: tuple[str, ...], level: float, which: str) -> CallMetric:
    return estimate(cells, name="contacts_per_thousand", top="contact_count", bottom="parcels", unit="per_thousand", by=by, level=level,
                    wording=partial(_words, which))  # fmt: skip


def _parcels(waybills: object) -> pd.Series:
    """Parcels by the day on which they were picked up."""
    frame = nw.from_native(waybills, pass_through=True)
    if not isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        raise ValueError(_("waybills must be a pandas, polars or DuckDB table; this is a {kind}.").format(kind=type(waybills).__name__))
    schema = frame.collect_schema()
    require_columns(schema.names(), ["picked_up_at"])
    if not isinstance(schema["picked_up_at"], nw.Datetime):
        raise ValueError(_("{column} holds text, not moments. Convert it first: pd.to_datetime({table}.{column}).").format(
            column="picked_up_at", table="waybills"))  # fmt: skip
    days = frame.select(day=nw.col("picked_up_at").dt.truncate("1d")).filter(~nw.col("day").is_null())
    counted = days.group_by("day").agg(nw.len().alias("parcels"))
    table = (counted.collect("pyarrow") if isinstance(counted, nw.LazyFrame) else counted).to_pandas().sort_values("day")
    if table.empty:
        raise ValueError(_("There are no waybills. Check the filter that they come from."))
    return pd.Series(table["parcels"].to_numpy(), index=table["day"].to_numpy(dtype="datetime64[D]").astype(np.int64))


def _words(which: str) -> tuple[str, str]:
    told = {
        "all": _("Base: all calls, over parcels picked up on the same days."),
        "first": _("Base: calls less repeat calls, over parcels picked up on the same days."),
        "queued": _("Base: calls that waited for an agent, over parcels picked up on the same days."),
    }[which]
    return _("Contacts per thousand parcels"), told
