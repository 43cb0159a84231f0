"""How long rosters take to plan at several sizes, how long forecasts take, and how near they come to the truth of a large simulated firm.

The limit of a roster is the time of its first integer programme alone: how many of each shift, without people.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from crmlib import company, staffing
from crmlib.company.call_arrivals import HOURS
from crmlib.company.calls import draw_calls
from crmlib.company.simulation import draw_world
from crmlib.staffing.cover_model import Limits, cover_need, task_of

SIZES = ((5, 7), (10, 14), (20, 14), (40, 14), (80, 14), (40, 28))
ROUNDS, LIMIT, SPARE = 3, 60.0, 1.5
PATTERNS = staffing.shift_patterns([8, 9, 10, 11, 12, 13], hours=8, break_after=(3, 5))
SHAPE = np.repeat([0.45, 0.8, 1.0, 0.95, 0.7, 0.7, 0.9, 1.0, 0.95, 0.8, 0.6, 0.45, 0.35], 2)
WEEK = np.array([1.15, 1.03, 1.02, 1.01, 1.07, 0.95, 0.8])


def need_for(agents: int, days: int) -> pd.DataFrame:
    """A need that so many agents of 35 hours a week can cover with some to spare."""
    raw = WEEK[np.arange(days) % 7][:, None] * SHAPE
    scale = agents * 35 * days / 7 / (raw.sum() / 2) / SPARE
    starts = [pd.Timestamp("2026-11-02") + pd.Timedelta(days=day, hours=8 + half / 2) for day in range(days) for half in range(len(SHAPE))]
    return pd.DataFrame({"starts_at": starts, "agents_rostered": np.floor(raw * scale).astype(int).ravel()})


def rosters() -> float:
    """Medians by size; gives the largest distance to the limit."""
    print("agents days  seconds  limit  distance  short  late  weekend  proven")
    distances = []
    for agents, days in SIZES:
        need = need_for(agents, days)
        people = pd.DataFrame({"agent_id": [f"A{number:03d}" for number in range(agents)], "contract_hours": 35.0})
        ours, limit = [], []
        for _round in range(ROUNDS):
            begun = time.perf_counter()
            roster = staffing.plan_roster(need, agents=people, patterns=PATTERNS, time_limit=LIMIT, allow_gaps=True)
            ours.append(time.perf_counter() - begun)
            weeks = days // 7
            begun = time.perf_counter()
            cover_need(
                task_of(need["starts_at"].to_numpy(), need["agents_rostered"].to_numpy(), 30, PATTERNS),
                Limits(np.full(days, agents), np.full(weeks, 5 * agents), np.full(weeks, 35.0 * agents)), LIMIT,
            )  # fmt: skip
            limit.append(time.perf_counter() - begun)
        seconds, alone = np.median(ours), np.median(limit)
        distances.append(seconds / alone)
        spread = [roster.people[name].max() - roster.people[name].min() for name in ("late_shifts", "weekend_shifts")]
        print(f"{agents:6} {days:4} {seconds:8.2f} {alone:6.2f} {seconds / alone:8.1f}× {roster.cover['short'].sum():6} {spread[0]:5} "
              f"{spread[1]:8} {roster.proven!s:>7}")  # fmt: skip
    return max(distances)


def forecasts() -> None:
    """The shipped firm: time of a forecast of two years of half hours, and of a rolling check."""
    firm = company.lark()
    arrivals = staffing.arrivals_per_interval(firm.calls, first="2024-11-01", last="2026-10-31")
    staffing.forecast_arrivals(arrivals)
    begun = time.perf_counter()
    staffing.forecast_arrivals(arrivals, days=30, calendar=firm.calendar)
    middle = time.perf_counter()
    check = staffing.check_forecast(arrivals, calendar=firm.calendar)
    end = time.perf_counter()
    print(f"forecast of 30 days {middle - begun:.2f} s; check with {check.folds} forecasts {end - middle:.2f} s")
    print(check.summary())
    print(check.coverage.round(3).to_string())
    print(check.gains.round(3).to_string())


def truth() -> None:
    """The pattern of a firm six times as large, which hardly chance disturbs, against the intervals of the shipped firm."""
    tables, _known = draw_calls(draw_world(customers=12_000, months=24, seed=11))
    small, large = (_pattern(calls) for calls in (company.lark().calls, tables["calls"]))
    hourly = large[0]["share"].to_numpy().reshape(24, 2).sum(axis=1)
    print(f"calls by hour: {np.abs(hourly - HOURS).sum() / 2:.1%} in another hour than stated (they wait for their parcels)")
    within = large[0]["share"].between(small[0]["low"], small[0]["high"])
    print(f"half hours of the large firm within the shipped firm's 95 % intervals: {within.mean():.0%}")
    both = small[1].merge(large[1], on=["factor", "which"], suffixes=("", "_true"))
    both["held"] = both["times_usual_true"].between(both["low"], both["high"])
    logs = both.assign(one=np.log(both["times_usual"]), other=np.log(both["times_usual_true"]))
    for name, own in logs.groupby("factor", sort=False):
        print(f"{name:16} {len(own):3} factors, {own['held'].mean():.0%} within the 80 % interval, correlation {own['one'].corr(own['other']):.3f}")


def _pattern(calls: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    arrivals = staffing.arrivals_per_interval(calls, moment="arrived_at", first="2024-11-01", last="2026-10-31", hours=(0, 24), repeats=False)
    return staffing.intraday_profile(arrivals), staffing.forecast_arrivals(arrivals, days=1).factors


if __name__ == "__main__":
    truth()
    forecasts()
    print(f"distance to the limit at most: {rosters():.1f} ×")
