"""The roster: who works when, so that each half hour has its agents, everybody rests, and late shifts and weekends are shared."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import clean
from crmlib.credit.chance import positive, whole
from crmlib.i18n import _
from crmlib.staffing.arrivals import grid_of
from crmlib.staffing.cover_model import Limits, Task, cover_need, task_of, weeks_of
from crmlib.staffing.days import day_kinds
from crmlib.staffing.gaps import refuse_gaps
from crmlib.staffing.patterns import checked_patterns, is_late, is_night
from crmlib.staffing.people import People, people_of
from crmlib.staffing.people_model import Assignment, Burden, Rules, assign, cover_and_assign
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_CELLS = 150_000
_ROUGH = 2e-3


@dataclass(frozen=True, eq=False)
class Roster:
    """Who works when.

    `shifts`, one row a shift: date, agent_id, pattern, planned_start, planned_end, break_start, break_end (missing without a break).
    `cover`, one row a half hour: starts_at, needed, covered, short, spare. `people`, indexed by agent_id: shift_count, hours (paid),
    contract_hours (over all weeks), late_shifts, night_shifts, weekend_shifts (weekends and public holidays), wishes, wishes_granted.
    `proven`: no plan leaves fewer half hours short; where it is False the time ran out. `seconds` the search took.
    """

    shifts: pd.DataFrame = field(repr=False)
    cover: pd.DataFrame = field(repr=False)
    people: pd.DataFrame
    proven: bool
    seconds: float

    def table(self) -> pd.DataFrame:
        """The roster to hang on the wall: one row an agent, one column a day; "" is a day off."""
        wide = self.shifts.assign(
            day=self.shifts["date"].dt.strftime("%m-%d"), hours=self.shifts["pattern"].astype(str).str.partition("/")[0]
        )
        days = pd.date_range(self.cover["starts_at"].min().normalize(), self.cover["starts_at"].max().normalize()).strftime("%m-%d")
        return (
            wide.pivot(index="agent_id", columns="day", values="hours")
            .reindex(index=self.people.index, columns=days)
            .fillna("")
            .rename_axis(columns=None)
        )

    def summary(self) -> str:
        """Cover, spare hours and fairness in a few sentences."""
        per_row = (self.cover["starts_at"].diff().min() / pd.Timedelta(hours=1)) if len(self.cover) > 1 else 1.0
        short, spare, needed = (float(self.cover[name].sum()) * per_row for name in ("short", "spare", "needed"))
        said = _(
            "{agents} agents work {shifts} shifts, {hours:,.0f} paid hours, for {needed:,.0f} hours needed at work; {spare:,.0f} hours are "
            "spare."
        ).format(
            agents=int((self.people["shift_count"] > 0).sum()),
            shifts=len(self.shifts),
            hours=self.people["hours"].sum(),
            needed=needed,
            spare=spare,
        )
        if short:
            half_hours = int((self.cover["short"] > 0).sum())
            covered = _("{count} half hours lack agents, {short:,.1f} hours in all.").format(count=half_hours, short=short)
        else:
            covered = _("Every half hour is covered.")
        fair = _("Late shifts an agent: {late_low} to {late_high}; weekend and holiday shifts: {off_low} to {off_high}.").format(
            late_low=self.people["late_shifts"].min(), late_high=self.people["late_shifts"].max(),
            off_low=self.people["weekend_shifts"].min(), off_high=self.people["weekend_shifts"].max())  # fmt: skip
        return " ".join([said, covered, fair, *([] if self.proven else [_("The search was cut short by its time limit.")])])

    def headline(self) -> str:
        """How many agents the peak half hour needs and how many cover the days, in one sentence."""
        peak = self.cover.loc[self.cover["needed"].idxmax()]
        agents = int((self.people["shift_count"] > 0).sum())
        said = _("The busiest half hour, {moment:%m-%d %H:%M}, needs {needed:.0f} agents on the roster; {agents} agents cover all days.")
        if self.cover["short"].any():
            said = _("The busiest half hour, {moment:%m-%d %H:%M}, needs {needed:.0f} agents on the roster; {agents} agents are too few for all days.")
        return said.format(moment=peak["starts_at"], needed=peak["needed"], agents=agents)

    def advice(self) -> str:
        """What to do with the plan, for a manager."""
        per_row = (self.cover["starts_at"].diff().min() / pd.Timedelta(hours=1)) if len(self.cover) > 1 else 1.0
        spare = float(self.cover["spare"].sum()) * per_row
        fair = _("Hang the roster up before the shifts begin, with the count of late and weekend shifts of each agent beside it.")
        use = _("{spare:,.0f} hours are spare: use them for training, callbacks and quality checks.").format(
            spare=spare
        )
        return " ".join([*([use] if spare else []), fair])

    def plot(self, ax: Axes | None = None, *, day: object = None) -> Axes:
        """Cover against need; see :func:`crmlib.plotting.roster_cover`."""
        from crmlib.plotting.rosters import roster_cover

        return roster_cover(self, day=day, ax=ax)

    def chart(self, ax: Axes | None = None, *, day: object = None) -> Axes:
        """The shifts as bars, one row an agent; see :func:`crmlib.plotting.roster_chart`."""
        from crmlib.plotting.rosters import roster_chart

        return roster_chart(self, day=day, ax=ax)


def plan_roster(
    need: pd.DataFrame, *, agents: pd.DataFrame | int, patterns: pd.DataFrame, days_off: pd.DataFrame | None = None,
    wishes: pd.DataFrame | None = None, days_off_a_week: int | None = None, rest_hours: float | None = None, days_in_row: int | None = None,
    calendar: pd.DataFrame | None = None, allow_gaps: bool = False, time_limit: float = 10.0,
) -> Roster:  # fmt: skip
    """Find shifts and people for every half hour, with the fewest paid hours and the burden shared.

    Answers: who works when next week, and do the people that we have suffice?

    Parameters
    ----------
    need : DataFrame, one row a half hour of whole days: starts_at, agents_rostered
        From :func:`crmlib.staffing.staffing_need`. Breaks are planned here: its shrinkage must leave them out.
    agents : DataFrame with agent_id and, if there are any, contract_hours (a week), joined_on, left_on; or a number of agents
        Like the firm's own table; those who have left are not planned. A number: full-time agents A01, A02, …
    patterns : DataFrame, from :func:`crmlib.staffing.shift_patterns` or :func:`crmlib.staffing.patterns_of`
    days_off : DataFrame with agent_id and date, optional
        Days on which somebody is not there (leave): kept for certain.
    wishes : DataFrame with agent_id and date, optional
        Days that somebody would like to have off: granted where the cover allows.
    days_off_a_week : int, optional
        Without it: the standard staffing.days_off. The law asks for staffing.least_days_off.
    rest_hours : least hours between two shifts, optional
        Without it: the standard staffing.rest_hours.
    days_in_row : most working days in a row, optional
        Without it: the standard staffing.days_in_row.
    calendar : the firm's calendar, optional
        For what counts as a weekend or holiday, as in :func:`crmlib.staffing.forecast_arrivals`.
    allow_gaps : bool
        True: where the need cannot be covered, the plan that leaves the least uncovered, with its gaps in `cover`.
    time_limit : seconds that the search may take

    Returns
    -------
    Roster
        shifts, cover, people, proven, seconds; `.table()`, `.summary()`, `.plot()`, `.chart()`

    Raises
    ------
    ValueError
        Half hours cannot be covered: the sentence names them, and what is lacking, shifts or people. Or a table cannot be meant.

    Notes
    -----
    First an integer programme chooses how many of each shift each day needs (fewest paid hours, within what all people together may
    work); a second gives them to people. Where the second fails, a third does both at once. All are solved by HiGHS. Weeks count
    from the first day. Fair is a number of late, night and weekend shifts and of hours next to the share that goes by contract hours.

    Source: set covering for shifts, Dantzig (1954); HiGHS, Huangfu and Hall (2018).

    >>> starts = pd.date_range("2026-11-02 08:00", periods=16, freq="30min")
    >>> from crmlib.staffing.patterns import shift_patterns
    >>> need = pd.DataFrame({"starts_at": starts, "agents_rostered": [1] * 16})
    >>> roster = plan_roster(need, agents=3, patterns=shift_patterns([8], hours=8, break_after=(3, 4)))
    >>> len(roster.shifts), int(roster.cover["short"].sum()), roster.proven
    (2, 0, True)
    """
    begun = time.perf_counter()
    limit = positive("time_limit", time_limit)
    task = _task(need, patterns)
    rules = _rules(days_off_a_week, rest_hours, days_in_row)
    people = people_of(agents, task.days, days_off, wishes)
    cover = cover_need(task, _limits(task, people, rules), limit / 2)
    if cover.short.any() and not allow_gaps:
        refuse_gaps(task, cover.short, len(people), certain=cover.proven, least=_least_agents(task, people, rules, limit / 2))
    burdens = _burdens(task, day_kinds(task.days, calendar))
    made = assign(task, cover.shifts, people, rules, burdens, _left(begun, limit) if not cover.short.any() else limit / 4)
    proven = cover.proven and not made.open_shifts.any()
    if made.open_shifts.any() and made.works.size <= _MOST_CELLS:
        made, proven = _together(task, people, rules, burdens, made, max(_left(begun, limit), limit / 4))
    covered = task.covered(made.works.sum(axis=0))
    short = np.maximum(task.need - covered, 0)
    if short.any() and not allow_gaps:
        refuse_gaps(task, short, len(people), certain=proven, least=0)
    return _roster(task, people, made, covered, day_kinds(task.days, calendar), proven, time.perf_counter() - begun)


def _together(task: Task, people: People, rules: Rules, burdens: list[Burden], made: Assignment, seconds: float) -> tuple[Assignment, bool]:
    """Shifts and people chosen at once, where that leaves fewer short; then the burdens shared anew."""
    found = cover_and_assign(task, people, rules, seconds)
    if found is None:
        return made, False
    shifts, proven = found
    before, after = (np.maximum(task.need - task.covered(one), 0).sum() for one in (made.works.sum(axis=0), shifts))
    if after >= before:
        return made, proven
    again = assign(task, shifts, people, rules, burdens, max(seconds / 2, 1.0))
    gained = np.maximum(task.need - task.covered(again.works.sum(axis=0)), 0).sum() < before
    return (again, proven and not again.open_shifts.any()) if gained else (made, False)


def _task(need: pd.DataFrame, patterns: pd.DataFrame) -> Task:
    table = clean(need, "need", starts_at="text_date", agents_rostered="number").sort_values("starts_at", kind="stable")
    wanted = table["agents_rostered"]
    refuse_rows(
        (wanted < 0) | (wanted != wanted.round()), _("agents_rostered is negative or no whole number"), _("Round the need up first.")
    )
    step = grid_of(table, "agents_rostered").step
    task = task_of(table["starts_at"].to_numpy(), wanted.to_numpy(), step, checked_patterns(patterns))
    if not task.need.any():
        raise ValueError(_("No half hour needs an agent. Check the column agents_rostered."))
    return task


def _rules(days_off_a_week: object, rest_hours: object, days_in_row: object) -> Rules:
    off = int(get("staffing.days_off", unit="days")) if days_off_a_week is None else whole("days_off_a_week", days_off_a_week, 0)
    least = int(get("staffing.least_days_off", unit="days"))
    if not least <= off < 7:
        raise ValueError(_("days_off_a_week is {value}; the law asks for at least {least} day off a week, and seven leave no work.").format(
            value=off, least=least))  # fmt: skip
    rest = get("staffing.rest_hours", unit="hours") if rest_hours is None else rest_hours
    row = get("staffing.days_in_row", unit="days") if days_in_row is None else days_in_row
    if isinstance(rest, (bool, str)) or not 0 <= rest <= 24:
        raise ValueError(_("rest_hours is {value}; it must lie from 0 to 24.").format(value=rest_hours))
    return Rules(7 - off, float(rest), whole("days_in_row", int(row) if days_in_row is None else row, 1))


def _limits(task: Task, people: People, rules: Rules) -> Limits:
    least, most = task.paid.min(), task.paid.max()
    same = least == most
    shifts, hours = [], []
    for week in weeks_of(len(task.days)):
        there = np.minimum(people.there[:, week].sum(axis=1), rules.shifts_a_week)
        by_hours = np.floor(people.hours / least + 1e-9)
        shifts.append(np.minimum(there, by_hours).sum())
        hours.append(np.minimum(np.minimum(there, by_hours) * least if same else people.hours, there * most).sum())
    return Limits(people.there.sum(axis=0), np.array(shifts), np.array(hours))


def _least_agents(task: Task, people: People, rules: Rules, seconds: float) -> int:
    """So many agents of the same mean contract hours are needed in any case: for the busiest half hour, and for the hours of the cover that
    takes the fewest."""
    plenty = np.full(len(task.days), 1e6)
    weeks = weeks_of(len(task.days))
    cover = cover_need(task, Limits(plenty, np.full(len(weeks), 1e6), np.full(len(weeks), 1e7)), seconds)
    if cover.short.any() or not cover.proven:
        return int(task.need.max())
    by_day = cover.shifts @ task.paid
    room = min(people.hours.mean(), rules.shifts_a_week * task.paid.max())
    # The fewest hours are found up to a five-hundredth only.
    return int(max(task.need.max(), *(np.ceil(by_day[week].sum() * (1 - _ROUGH) / room - 1e-9) for week in weeks)))


def _burdens(task: Task, kinds: np.ndarray) -> list[Burden]:
    off = np.isin(kinds, ["weekend", "holiday"])
    patterns = np.ones(len(task.patterns))
    late, night = is_late(task.patterns), is_night(task.patterns)
    days = np.ones(len(task.days))
    return [
        Burden("hours", np.outer(days, task.paid)), Burden("late", np.outer(days, late & ~night)), Burden("night", np.outer(days, night)),
        Burden("weekend", np.outer(off, patterns)),
    ]  # fmt: skip


def _left(begun: float, limit: float) -> float:
    return max(limit - (time.perf_counter() - begun), limit / 10)


def _roster(task: Task, people: People, made: Assignment, covered: np.ndarray, kinds: np.ndarray, proven: bool, seconds: float) -> Roster:
    agent, day, pattern = np.nonzero(made.works)
    order = np.lexsort((agent, task.patterns["begins_hour"].to_numpy()[pattern], day))
    agent, day, pattern = agent[order], day[order], pattern[order]
    dates = task.days.to_numpy().astype("datetime64[us]")[day]
    own = task.patterns.iloc[pattern]

    def clock(hours: pd.Series) -> np.ndarray:
        minutes = (60 * hours).round().to_numpy(dtype=float)
        known = np.where(np.isnan(minutes), 0, minutes).astype("timedelta64[m]")
        return np.where(np.isnan(minutes), np.datetime64("NaT"), dates + known).astype("datetime64[us]")

    shifts = pd.DataFrame({
        "date": dates, "agent_id": people.ids[agent], "pattern": own["pattern"].to_numpy(),
        "planned_start": clock(own["begins_hour"]), "planned_end": clock(own["ends_hour"]), "break_start": clock(own["break_hour"]),
        "break_end": clock(own["break_hour"] + own["break_minutes"] / 60),
    })  # fmt: skip
    needed = task.need.astype(np.int64)
    covered = covered.astype(np.int64)
    starts = task.days[0].to_datetime64().astype("datetime64[us]") + task.at.astype("timedelta64[m]")
    cover = pd.DataFrame({"starts_at": starts, "needed": needed, "covered": covered, "short": np.maximum(needed - covered, 0),
                          "spare": np.maximum(covered - needed, 0)})  # fmt: skip
    works, off = made.works, np.isin(kinds, ["weekend", "holiday"])
    by_day = works.any(axis=2)
    table = pd.DataFrame({
        "shift_count": works.sum(axis=(1, 2)), "hours": works.sum(axis=1) @ task.paid,
        "contract_hours": people.hours * len(weeks_of(len(task.days))),
        "late_shifts": works[:, :, is_late(task.patterns) & ~is_night(task.patterns)].sum(axis=(1, 2)),
        "night_shifts": works[:, :, is_night(task.patterns)].sum(axis=(1, 2)), "weekend_shifts": by_day[:, off].sum(axis=1),
        "wishes": people.wishes.sum(axis=1), "wishes_granted": (people.wishes & ~by_day).sum(axis=1),
    }, index=pd.Index(people.ids, name="agent_id"))  # fmt: skip
    return Roster(shifts, cover, table, bool(proven), seconds)
