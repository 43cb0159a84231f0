"""The agents of the service desk and their shifts: how many are planned, who is rostered, who falls ill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.company.columns import decoded, numbered
from crmlib.company.contract import conform
from crmlib.company.names import draw_names
from crmlib.company.tables.desk import AGENTS, SHIFTS

if TYPE_CHECKING:
    from crmlib.company.calls import CallScenario
    from crmlib.company.draws import Stream
    from crmlib.company.world import World

OPENS, CLOSES = 8, 21
"""The hours between which agents answer."""

PATTERNS = ((8.0, 16.0, 13.0), (13.0, 21.0, 15.0), (10.0, 18.0, 14.0))
"""Begin, end and break of the early, late and middle shift, in hours; the break takes one hour."""

_EARLY, _LATE, _MIDDLE = range(3)
_SHIFT_HOURS = 7


@dataclass(frozen=True, eq=False)
class Desk:
    """Agents and shifts by contract; `skill` by agent; `duty` rows (agent, from, until) in seconds since the first day;
    `shift_agent` and `shift_ends` (seconds) by shift, in the order of the table."""

    agents: pd.DataFrame
    shifts: pd.DataFrame
    skill: np.ndarray
    duty: list[tuple[int, float, float]]
    shift_agent: np.ndarray
    shift_ends: np.ndarray


def seats_needed(load: float, handle_seconds: float, *, level: float, within_seconds: float) -> int:
    """The fewest agents that answer a share `level` of the calls within `within_seconds`, by Erlang's C formula.

    Parameters
    ----------
    load : erlang, calls under way at once on average if all are answered

    >>> seats_needed(10, 180, level=0.8, within_seconds=20)
    14
    """
    seats, blocked = 0, 1.0
    while True:
        seats += 1
        blocked = load * blocked / (seats + load * blocked)
        if seats > load:
            waits = blocked / (1 - load / seats * (1 - blocked))
            if 1 - waits * np.exp(-(seats - load) * within_seconds / handle_seconds) >= level:
                return seats


def draw_desk(world: World, hours: np.ndarray, weekdays: np.ndarray, scenario: CallScenario) -> Desk:
    """Plan each month's shifts for the ordinary load, hire agents for them, roster them day by day.

    Parameters
    ----------
    hours : 24 shares of a day's calls by hour
    weekdays : 7 factors of an ordinary day's calls, from Monday
    """
    stream = world.stream
    slots = _slots(world, hours, weekdays, scenario)
    week = np.bincount(np.arange(world.days) // 7, weights=[len(day) for day in slots]).max()
    posts = int(np.ceil(week * _SHIFT_HOURS / scenario.contract_hours * (1 + scenario.spare_agents)))
    people = _hire(posts, world.days, stream, scenario)
    day, agent, pattern, turn = _roster(slots, people, scenario)
    origin, size = np.datetime64(world.first, "s"), len(day)
    absent = stream.uniforms("shifts/absent", size)
    absence = np.select([absent < scenario.sick, absent < scenario.sick + scenario.personal_leave], [1, 2], 0)
    begins, ends, pause = (np.array([day * 24 + np.array(PATTERNS)[pattern, part]])[0] * 3600 for part in range(3))
    pause = pause + 1800 * (turn % 3)
    tardy = np.where(stream.uniforms("shifts/tardy", size) < scenario.tardy, 1 + stream.uniforms("shifts/minutes", size) * 14, 0)
    starts = begins + np.floor(tardy) * 60
    here = absence == 0
    clock = {name: (origin + seconds.astype("timedelta64[s]")).astype("datetime64[us]") for name, seconds in (
        ("planned_start", begins), ("planned_end", ends), ("break_start", pause), ("break_end", pause + 3600), ("actual_start", starts),
    )}  # fmt: skip
    agents = _agents_table(people, origin, world, scenario)
    shifts = pd.DataFrame({
        "shift_id": numbered("H", world.numbers(size), 5),
        "agent_id": decoded(agent, agents["agent_id"]),
        "date": origin + day.astype("timedelta64[D]"),
        **clock,
        "actual_end": clock["planned_end"],
        "absence": decoded(absence, SHIFTS["absence"].categories),
    })  # fmt: skip
    shifts.loc[~here, ["actual_start", "actual_end"]] = pd.NaT
    parts = [(starts, pause), (pause + 3600, ends)]
    duty = [row for start, stop in parts for row in zip(agent[here].tolist(), start[here].tolist(), stop[here].tolist(), strict=True)]
    return Desk(agents, shifts, agents["skill"].to_numpy(), duty, agent, ends)


def with_overtime(desk: Desk, first: np.datetime64, agent: np.ndarray, answered: np.ndarray, ended: np.ndarray) -> pd.DataFrame:
    """The shifts by contract; an agent whose last call runs over the end of the shift stays until it is done."""
    shifts, ends = desk.shifts.copy(), desk.shift_ends.copy()
    order = np.lexsort((desk.shift_ends, desk.shift_agent))
    line = desk.shift_agent[order] * 1e10 + desk.shift_ends[order]
    shift = order[np.minimum(np.searchsorted(line, agent * 1e10 + answered, side="right"), len(order) - 1)] if len(order) else order
    np.maximum.at(ends, shift, ended)
    here = shifts["actual_start"].notna()
    moments = (first.astype("datetime64[s]") + ends.astype("timedelta64[s]")).astype("datetime64[us]")
    shifts["actual_end"] = pd.Series(moments, index=shifts.index).where(here)
    return conform(shifts, SHIFTS)


def _slots(world: World, hours: np.ndarray, weekdays: np.ndarray, scenario: CallScenario) -> list[list[int]]:
    """By day, the patterns of the shifts to fill. The plan knows the median day of the last three months, not the peaks."""
    picked = (world.waybills["picked_up_at"].to_numpy() - np.datetime64(world.first, "us")) // np.timedelta64(1, "D")
    daily = np.bincount(picked.astype(np.int64), minlength=world.days)
    plans = []
    for month in range(world.months):
        past = daily[world.edges[max(0, month - 3)] : world.edges[max(1, month)]]
        calls = scenario.planned_contacts * np.median(past) * weekdays
        plans.append([_shifts_of_day(calls_of_day * hours, scenario) for calls_of_day in calls])
    month = np.searchsorted(world.edges, np.arange(world.days), side="right") - 1
    return [plans[month[day]][(world.first.weekday() + day) % 7] for day in range(world.days)]


def _shifts_of_day(calls: np.ndarray, scenario: CallScenario) -> list[int]:
    need = [
        seats_needed(
            count * scenario.planned_handle_seconds / 3600, scenario.planned_handle_seconds,
            level=scenario.target_level, within_seconds=scenario.target_seconds,
        ) for count in calls[OPENS:CLOSES]
    ]  # fmt: skip
    early, late = max(need[: 13 - OPENS]), max(need[16 - OPENS :])
    middle = max(0, max(need[13 - OPENS : 16 - OPENS]) - early - late)
    return [_EARLY] * early + [_LATE] * late + [_MIDDLE] * middle


def _hire(posts: int, days: int, stream: Stream, scenario: CallScenario) -> pd.DataFrame:
    """Posts and who holds them from which day to which (-1: still there); somebody who leaves is replaced after a gap."""
    per_day = max(-np.log1p(-scenario.agents_leave_per_year) / 365.25, 1e-9)
    tenure = -np.log1p(-stream.uniforms("agents/tenure", (posts, 12))) / per_day
    rows = []
    for post in range(posts):
        since, turn = -60 - int(tenure[post, -1]) % 1500, 0
        until = int(tenure[post, 0])
        while turn < 10 and until < days - 1:
            rows.append((post, since, until))
            since, turn = until + 1 + scenario.vacancy_days, turn + 1
            until = since + 30 + int(tenure[post, turn])
        if since < days:
            rows.append((post, since, -1))
    people = pd.DataFrame(rows, columns=["post", "since", "until"])
    return people.sort_values(["since", "post"], kind="stable", ignore_index=True)


def _agents_table(people: pd.DataFrame, origin: np.datetime64, world: World, scenario: CallScenario) -> pd.DataFrame:
    until = people["until"].to_numpy()
    skill = np.clip(3.2 + scenario.skill_spread * world.stream.normals("agents/skill", len(people)), 1, 5)
    return conform(pd.DataFrame({
        "agent_id": numbered("A", world.numbers(len(people)), 3),
        "name": draw_names(np.full(len(people), "person"), world.stream.generator("agents/names")),
        "team": decoded(people["post"].to_numpy() % 2, AGENTS["team"].categories),
        "joined_on": origin + people["since"].to_numpy().astype("timedelta64[D]"),
        "left_on": np.where(until >= 0, origin + np.maximum(until, 0).astype("timedelta64[D]"), np.datetime64("NaT")),
        "skill": skill.round(1),
        "contract_hours": float(scenario.contract_hours),
    }), AGENTS)  # fmt: skip


def _roster(slots: Sequence[Sequence[int]], people: pd.DataFrame, scenario: CallScenario) -> tuple[np.ndarray, ...]:
    """Day, agent, pattern, and which of the same pattern that day. Who has worked least this week comes first, then the pattern's team."""
    since, until = people["since"].tolist(), [day if day >= 0 else len(slots) for day in people["until"]]
    team = (people["post"] % 2).tolist()
    total, week, rows = [0] * len(people), [0] * len(people), []
    most = scenario.contract_hours // _SHIFT_HOURS
    for day, patterns in enumerate(slots):
        if day % 7 == 0:
            week = [0] * len(people)
        free = {agent for agent in range(len(people)) if since[agent] <= day <= until[agent]}
        for place, pattern in enumerate(patterns):
            if not free:
                break
            agent = min(free, key=lambda one: (week[one] >= most, team[one] != pattern % 2, week[one], total[one], one))
            free.discard(agent)
            week[agent], total[agent] = week[agent] + 1, total[agent] + 1
            rows.append((day, agent, pattern, patterns[:place].count(pattern)))
    return tuple(np.array(rows, dtype=np.int64).reshape(-1, 4).T)
