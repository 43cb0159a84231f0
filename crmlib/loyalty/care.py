"""The calendar of care: whom to greet when, by which channel, within what the team can write, and never too often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.loyalty.marks import dates, yes_no
from crmlib.segments.per_customer import customer_table, day, numbers, one_row_each
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OCCASIONS = ("birthday", "anniversary", "spring_festival", "dragon_boat", "mid_autumn", "national_day")
REASONS = ("quiet", "no_contact", "already_done", "too_soon", "no_capacity")
_FESTIVALS = {"春节": "spring_festival", "端午节": "dragon_boat", "中秋节": "mid_autumn", "国庆节": "national_day"}
_ALREADY_DAYS = 30


@dataclass(frozen=True)
class CareCalendar:
    """Who is greeted when, and who is not, and why.

    `plan`: one row a greeting, in order of day: planned_on, customer_id, contact_id, channel, occasion, occasion_on (its due day),
    days_early. `left_out`: one row a greeting that was due and is not planned: occasion_on, customer_id, contact_id, occasion,
    left_out_because (quiet, no_contact, already_done, too_soon, no_capacity). `capacity`: greetings a day. `unknown_birthdays`: contacts
    whose birthday nobody knows.
    """

    plan: pd.DataFrame
    left_out: pd.DataFrame
    start: pd.Timestamp
    end: pd.Timestamp
    capacity: int
    unknown_birthdays: int

    def summary(self) -> str:
        """The result in two sentences."""
        reasons = self.left_out["left_out_because"].value_counts()
        return _(
            "{planned:,} greetings are planned on {days:,} days, at most {capacity} a day. Left out: {quiet:,} who want none, "
            "{done:,} already greeted, {soon:,} touched too lately, {full:,} for want of hands, {nobody:,} without a contact person."
        ).format(
            planned=len(self.plan), days=self.plan["planned_on"].nunique(), capacity=self.capacity, quiet=reasons["quiet"],
            done=reasons["already_done"], soon=reasons["too_soon"], full=reasons["no_capacity"], nobody=reasons["no_contact"],
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Greetings by day and occasion; see :func:`crmlib.plotting.care_calendar`."""
        from crmlib.plotting.loyalty import care_calendar

        return care_calendar(self, ax=ax)


def known_birthdays(touches: pd.DataFrame) -> pd.Series:
    """The birthdays that earlier greetings give away.

    Answers: whose birthday do we know, where the list of contacts has no such column?

    Parameters
    ----------
    touches : DataFrame, one row a touch
        contact_id, happened_on, reason (rows other than "birthday" are left out).

    Returns
    -------
    Series of dates (the latest birthday greeted), indexed by contact_id

    Raises
    ------
    ValueError
        A column or date is missing.

    Source: a birthday greeting is sent on the day itself.

    >>> touches = pd.DataFrame({"contact_id": ["p1"], "happened_on": ["2026-03-08"], "reason": ["birthday"]})
    >>> known_birthdays(touches).dt.month.to_dict()
    {'p1': 3}
    """
    _pandas(touches, "touches")
    require_columns(touches.columns, ["contact_id", "happened_on", "reason"])
    greeted = touches[touches["reason"].astype(object) == "birthday"]
    return dates(greeted["happened_on"], "happened_on").groupby(greeted["contact_id"], observed=True).max().rename("birthday")


def care_calendar(
    customers: pd.DataFrame,
    contacts: pd.DataFrame,
    touches: pd.DataFrame | None = None,
    *,
    start: object,
    end: object,
    festivals: pd.DataFrame | None = None,
    capacity: int | None = None,
    gap_days: int | None = None,
    early_days: int | None = None,
    quiet: Iterable[str] = (),
    priority: pd.Series | None = None,
) -> CareCalendar:
    """Plan birthday, festival and anniversary greetings within what the team can do.

    Answers: whom do we greet on which day, by which channel, without pestering anybody?

    Parameters
    ----------
    customers : DataFrame, one row a customer to be cared for
        customer_id, opened_on (its month and day make the anniversary).
    contacts : DataFrame, one row a contact person
        contact_id, customer_id, channel; birthday (date, empty where unknown) and consent (yes/no; empty counts as no, and one no
        silences the whole customer) where there are such columns. Festivals
        and anniversaries go to the first contact of a customer, birthdays to each whose birthday is known.
    touches : DataFrame, one row a touch already made or arranged, optional
        customer_id, happened_on, reason. Nobody is touched within `gap_days` of one; an occasion greeted within 30 days of its day is done.
    start, end : date, datetime or text
        Greetings are planned from `start` to the day before `end`.
    festivals : DataFrame, optional
        date, occasion: when greetings for festivals are due. Without it: the days before Spring Festival and Mid-Autumn.
    capacity : int, greetings a day, optional
    gap_days : int, least days between two touches of a customer, optional
    early_days : int, how many days early a greeting may come, optional
        Without them: the standards care.capacity_per_day, care.gap_days and care.early_days.
    quiet : customer_ids, optional
        Who wants no greetings.
    priority : Series of numbers, indexed by customer_id, optional
        Where hands are short, larger numbers go first, for example the margin.

    Returns
    -------
    CareCalendar
        plan, left_out, capacity; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column or date is missing, a customer or contact stands twice, the period is empty, or a number is out of range.

    Notes
    -----
    Birthdays are planned first, then anniversaries, then festivals; within these by priority, then by customer_id. A greeting takes its
    own day, or else the latest free day before it; it is never late.

    Source: 《2025国际快递行业客户关系管理体系研究》 (生日、节日、合作纪念日关怀); capacity and limits chosen for teaching.

    >>> customers = pd.DataFrame({"customer_id": ["c1", "c2"], "opened_on": ["2020-03-08", "2021-05-05"]})
    >>> contacts = pd.DataFrame({"contact_id": ["p1", "p2"], "customer_id": ["c1", "c2"], "channel": ["sms", "phone"],
    ...                          "birthday": [None, "1990-03-08"]})
    >>> care_calendar(customers, contacts, start="2026-03-01", end="2026-04-01", capacity=1).plan.occasion.tolist()
    ['anniversary', 'birthday']
    """
    first, stop = day(start, "start").tz_localize(None).normalize(), day(end, "end").tz_localize(None).normalize()
    if stop <= first:
        raise ValueError(_("The period is empty: start is {start:%Y-%m-%d} and end is {end:%Y-%m-%d}.").format(start=first, end=stop))
    capacity = _whole(capacity, "care.capacity_per_day", "count", "capacity", 1)
    gap = _whole(gap_days, "care.gap_days", "days", "gap_days", 0)
    early = _whole(early_days, "care.early_days", "days", "early_days", 0)
    people, known = _people(customers, contacts)
    due = _due(people, known, first, stop, _festival_days(festivals, first, stop))
    rank = _rank(priority, people.index)
    turn = due["occasion"].astype(object).map({"birthday": 0, "anniversary": 1}).fillna(2)
    due = due.assign(rank=(-due["customer_id"].map(rank).astype("float64")).fillna(np.inf), turn=turn)
    due = due.sort_values(["turn", "rank", "occasion_on", "customer_id"], kind="stable", ignore_index=True)
    touched, done = _made(touches)
    silent = set(_wanting_none(quiet)) | set(people.index[~people["consent"]])
    planned = _placed(due, first, touched, done, silent, capacity, gap, early)
    due = due.drop(columns=["rank", "turn"])
    due = due.assign(planned_on=[when for when, _reason in planned], reason=[reason for _when, reason in planned])
    due["planned_on"] = pd.to_datetime(due["planned_on"])
    plan = due[due["reason"].isna()].assign(days_early=lambda table: (table["occasion_on"] - table["planned_on"]).dt.days)
    plan = plan.sort_values(["planned_on", "customer_id"], kind="stable", ignore_index=True)
    left = due[due["reason"].notna()].sort_values(["occasion_on", "customer_id"], kind="stable", ignore_index=True)
    left["left_out_because"] = pd.Categorical(left["reason"], categories=list(REASONS))
    return CareCalendar(
        plan[["planned_on", "customer_id", "contact_id", "channel", "occasion", "occasion_on", "days_early"]],
        left[["occasion_on", "customer_id", "contact_id", "occasion", "left_out_because"]], first, stop, capacity,
        int(known["birthday"].isna().sum()),
    )  # fmt: skip


def _wanting_none(quiet: object) -> list:
    if quiet is None or isinstance(quiet, str) or not isinstance(quiet, Iterable):
        raise ValueError(_('quiet must be a list of customer_ids, such as ["C00017"]; this is {value}.').format(value=quiet))
    return list(quiet)


def _rank(priority: pd.Series | None, customers: pd.Index) -> pd.Series:
    if priority is None:
        return pd.Series(0.0, index=customers)
    if not isinstance(priority, pd.Series):
        raise ValueError(_("{name} must be a Series indexed by customer_id; this is a {kind}.").format(
            name="priority", kind=type(priority).__name__))  # fmt: skip
    one_row_each(priority.index, "priority")
    return numbers(priority.reindex(customers), "priority", missing_ok=True)


def _pandas(table: object, name: str) -> None:
    if not isinstance(table, pd.DataFrame):
        raise ValueError(_("{name} must be a pandas table; this is a {kind}.").format(name=name, kind=type(table).__name__))


def _whole(value: int | None, key: str, unit: str, name: str, low: int) -> int:
    value = get(key, unit=unit) if value is None else value
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise ValueError(_("{name} is {value}; it must be a whole number of at least {low}.").format(name=name, value=value, low=low))
    return int(value)


def _people(customers: pd.DataFrame, contacts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers with their first contact and consent, and all contacts of these customers, with birthday."""
    table = customer_table(customers, ["opened_on"], "customers")
    _pandas(contacts, "contacts")
    require_columns(contacts.columns, ["contact_id", "customer_id", "channel"])
    refuse_rows(contacts["contact_id"].duplicated() | contacts["contact_id"].isna(), _("A contact_id is missing or stands twice"),
                _("Give every contact person one number."))  # fmt: skip
    known = contacts[contacts["customer_id"].isin(table.index)].set_index("contact_id")
    born = known["birthday"] if "birthday" in known else pd.Series(pd.NaT, index=known.index)
    known = known.assign(birthday=dates(born.dropna(), "birthday").reindex(known.index))
    main = known.reset_index().drop_duplicates("customer_id").set_index("customer_id")
    agrees = yes_no(known["consent"], "consent", missing=False) if "consent" in known else pd.Series(True, index=known.index)
    people = pd.DataFrame({
        "opened_on": dates(table["opened_on"], "opened_on"),
        "contact_id": main["contact_id"].reindex(table.index),
        "channel": main["channel"].astype(object).reindex(table.index),
        "consent": agrees.groupby(known["customer_id"]).min().reindex(table.index, fill_value=True).astype(bool),
    })  # fmt: skip
    return people, known


def _festival_days(festivals: pd.DataFrame | None, first: pd.Timestamp, stop: pd.Timestamp) -> dict[pd.Timestamp, str]:
    if festivals is not None:
        _pandas(festivals, "festivals")
        require_columns(festivals.columns, ["date", "occasion"])
        refuse_rows(festivals["occasion"].isna(), _("{name} is missing").format(name="occasion"), _("Fill it in, or drop these rows."))
        return dict(zip(dates(festivals["date"], "date"), festivals["occasion"].astype(str), strict=True))
    from holidays import China

    found: dict[tuple[int, str], pd.Timestamp] = {}
    for date, name in sorted(China(years=range(first.year, stop.year + 1), language="zh_CN").items()):
        occasion = _FESTIVALS.get(name)
        if occasion in ("spring_festival", "mid_autumn"):
            found.setdefault((date.year, occasion), pd.Timestamp(date))
    return {eve - pd.Timedelta(days=1): occasion for (_year, occasion), eve in found.items()}


def _due(people: pd.DataFrame, known: pd.DataFrame, first: pd.Timestamp, stop: pd.Timestamp, festivals: dict) -> pd.DataFrame:
    parts = [
        people.assign(customer_id=people.index, occasion_on=when, occasion=name)
        for when, name in festivals.items() if first <= when < stop
    ]  # fmt: skip
    born = known[known["birthday"].notna()]
    for year in range(first.year, stop.year + 1):
        parts.append(people.assign(customer_id=people.index, occasion="anniversary", occasion_on=_same_day(people["opened_on"], year))[
            (people["opened_on"].dt.year < year).to_numpy()])  # fmt: skip
        parts.append(born.reset_index().assign(occasion="birthday", occasion_on=_same_day(born["birthday"], year).to_numpy()))
    columns = ["occasion_on", "customer_id", "contact_id", "channel", "occasion"]
    full = [part[columns].reset_index(drop=True) for part in parts if len(part)]
    due = pd.concat(full, ignore_index=True) if full else parts[0][columns]
    due["occasion"] = pd.Categorical(due["occasion"], categories=[*OCCASIONS, *sorted(set(due["occasion"]) - set(OCCASIONS))])
    return due[(due["occasion_on"] >= first) & (due["occasion_on"] < stop)].reset_index(drop=True)


def _same_day(days: pd.Series, year: int) -> pd.Series:
    """The day of the year in `year`; 29 February counts as the 28th where there is none."""
    leap = pd.Timestamp(year, 1, 1).is_leap_year
    number = days.dt.day.mask((days.dt.month == 2) & (days.dt.day == 29) & (not leap), 28)
    return pd.to_datetime(pd.DataFrame({"year": year, "month": days.dt.month, "day": number}, index=days.index))


def _made(touches: pd.DataFrame | None) -> tuple[dict[str, list], dict[tuple[str, str], list]]:
    """The days on which each customer was touched, and those on which it was greeted for each occasion."""
    touched: dict[str, list] = {}
    done: dict[tuple[str, str], list] = {}
    if touches is None:
        return touched, done
    _pandas(touches, "touches")
    if touches.empty:
        return touched, done
    require_columns(touches.columns, ["customer_id", "happened_on", "reason"])
    days = dates(touches["happened_on"], "happened_on").to_numpy().astype("datetime64[D]").astype("int64")
    for customer, when, reason in zip(touches["customer_id"], days.tolist(), touches["reason"].astype(str), strict=True):
        touched.setdefault(customer, []).append(when)
        done.setdefault((customer, reason), []).append(when)
    return touched, done


def _placed(
    due: pd.DataFrame, first: pd.Timestamp, touched: dict, done: dict, silent: set, capacity: int, gap: int, early: int
) -> list[tuple[object, str | None]]:
    """For each greeting, in order, the day it gets and None, or no day and the reason."""
    load: Counter = Counter()
    begin = int(np.datetime64(first, "D").astype("int64"))
    busy = {customer: list(days) for customer, days in touched.items()}
    placed: list[tuple[object, str | None]] = []
    days = due["occasion_on"].to_numpy().astype("datetime64[D]").astype("int64").tolist()
    rows = zip(days, due["customer_id"].tolist(), due["contact_id"].tolist(), due["occasion"].astype(str).tolist(), strict=True)
    for when, customer, contact, occasion in rows:
        if customer in silent:
            placed.append((pd.NaT, "quiet"))
        elif pd.isna(contact):
            placed.append((pd.NaT, "no_contact"))
        elif any(abs(when - other) <= _ALREADY_DAYS for other in done.get((customer, occasion), ())):
            placed.append((pd.NaT, "already_done"))
        else:
            apart = [
                number for number in range(when, max(when - early, begin) - 1, -1)
                if all(abs(number - other) >= gap for other in busy.get(customer, ()))
            ]  # fmt: skip
            free = next((number for number in apart if load[number] < capacity), None)
            if free is None:
                placed.append((pd.NaT, "no_capacity" if apart else "too_soon"))
                continue
            load[free] += 1
            busy.setdefault(customer, []).append(free)
            placed.append((np.datetime64(free, "D"), None))
    return placed
