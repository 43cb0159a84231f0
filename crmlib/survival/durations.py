"""From waybills to durations: how long each customer stayed, was watched, and whether its loss was seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import clean_column
from crmlib.i18n import _
from crmlib.segments.per_customer import customer_table, day
from crmlib.survival.silence import grace_by_customer, shipping_days


def time_to_churn(
    waybills: pd.DataFrame, customers: pd.DataFrame, *, end: object, start: object = None, grace_days: int | pd.Series | None = None
) -> pd.DataFrame:
    """Each customer's age when it fell silent, or when the watch ended, in days since the account was opened.

    Answers: who left at what age, and who was merely not watched for longer?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at
    customers : DataFrame, one row a customer
        customer_id, opened_on; all its columns are handed on, to part or explain by.
    end : date
        Where the data end; this day itself is no longer counted.
    start : date, optional
        Where the data begin. Without it: the day of the first waybill.
    grace_days : int, or Series of days by customer_id (as from :func:`crmlib.churn.own_grace`), optional
        Silence after which a customer counts as lost. Without it: the standard state.lost_days.

    Returns
    -------
    DataFrame, one row a customer seen before the watch ends
        customer_id, entry_days (age at the first parcel in the data: only from then on can we see it leave), duration_days, lost (yes/no),
        first_on, last_on (the last parcel before the silence; of others, before the watch ended), came_back (shipped again after the
        silence), and the columns of `customers`

    Raises
    ------
    ValueError
        A column or a date is missing, a customer of the waybills is not among `customers` or shipped before it opened its account, or
        there are not more days than the grace period has.

    Notes
    -----
    Lost is who stays silent for the grace period, from the day after the last parcel, whether or not it comes back one day. That can be
    told only of parcels sent at least the grace period before `end`. So the watch ends that long before `end`: whoever ships later than
    that was certainly there, and is censored then. Counting customers as watched up to `end` would make the last months look safe.

    Source: Klein and Moeschberger, *Survival Analysis* (2003), ch. 3, on censoring and late entry.

    >>> waybills = pd.DataFrame({"customer_id": ["c1", "c1", "c2"],
    ...     "picked_up_at": pd.to_datetime(["2026-01-10", "2026-02-01", "2026-03-20"])})
    >>> customers = pd.DataFrame({"customer_id": ["c1", "c2"], "opened_on": pd.to_datetime(["2026-01-01", "2025-12-31"])})
    >>> time_to_churn(waybills, customers, end="2026-07-01", grace_days=90)[["entry_days", "duration_days", "lost"]].values.tolist()
    [[9, 32, True], [79, 80, True]]
    """
    days = shipping_days(waybills, "waybills")
    table = customer_table(customers, ["opened_on"], "customers")
    last_day = day(end, "end").normalize()
    first_day = day(start, "start").normalize() if start is not None else days["day"].min()
    days = days[(days["day"] >= first_day) & (days["day"] < last_day)]
    grace = grace_by_customer(grace_days, pd.Index(days["customer_id"].unique()))
    if days.empty or (last_day - first_day).days <= grace.min():
        raise ValueError(_("From {start:%Y-%m-%d} to {end:%Y-%m-%d} there are not more days with waybills than the grace period "
                           "has, so no silence "
                           "can be told. Take a longer period or a shorter grace.").format(start=first_day, end=last_day))  # fmt: skip
    spells = _first_silences(days, grace, last_day)
    unknown = pd.Series(~spells.index.isin(table.index), index=spells.index)
    refuse_rows(unknown, _("These customers have waybills but are not in customers"), _("Take both tables from the same firm and day."))
    opened = clean_column(table["opened_on"].reindex(spells.index), "opened_on", "text_date?", table="customers").dt.normalize()
    refuse_rows(opened.isna(), _("{name} is missing").format(name="opened_on"), _("Fill in the date, or drop these customers."))
    refuse_rows(
        opened > spells["first_on"], _("opened_on is later than the first parcel"), _("Correct the date on which the account was opened.")
    )
    age = {"entry_days": (spells["first_on"] - opened).dt.days, "duration_days": (spells["ends_on"] - opened).dt.days}
    found = pd.DataFrame({**age, **{name: spells[name] for name in ("lost", "first_on", "last_on", "came_back")}})
    return found.join(table.drop(columns=[name for name in found.columns if name in table.columns])).reset_index()


def _first_silences(days: pd.DataFrame, grace: pd.Series, last_day: pd.Timestamp) -> pd.DataFrame:
    """For each customer the first silence as long as its grace period, or the end of its watch; `days` are in order."""
    place, customers = pd.factorize(days["customer_id"])
    day, allowed = days["day"].to_numpy().astype("datetime64[D]"), grace.to_numpy().astype("timedelta64[D]")[place]
    first = np.flatnonzero(np.diff(place, prepend=-1))
    alone = np.append(place[1:] != place[:-1], True)
    following = np.where(alone, np.datetime64("NaT"), np.append(day[1:], np.datetime64("NaT")))
    watched = np.datetime64(last_day, "D") - allowed
    seen = day <= watched
    there = seen[first]
    # Days are in order: of each customer, the first ones are seen.
    last = (first + np.bincount(place, seen).astype(np.intp) - 1)[there]
    silent = np.flatnonzero(seen & (alone | (following - day >= allowed)))
    fell, at = np.unique(place[silent], return_index=True)
    lost = np.isin(np.flatnonzero(there), fell)
    last[lost] = silent[at]
    one_day = np.timedelta64(1, "D")
    ends = np.where(lost, day[last], watched[last]) + one_day  # a customer lost on its only day of shipping was there for that day
    moment = "datetime64[us]"
    return pd.DataFrame({
        "lost": lost,
        "first_on": day[first[there]].astype(moment),
        "last_on": day[last].astype(moment),
        "ends_on": ends.astype(moment),
        "came_back": lost & ~alone[last],
    }, index=pd.Index(customers[there], name="customer_id"))  # fmt: skip
