"""Three clocks of a million cases: ours, a walk minute by minute, a walk from window to window, and the bare arithmetic, in turn.

Both walks are plain Python and get what they need ready-made: the minutes, or the windows, at which the desk is open. They take a sample of
the cases, and their time is scaled to the million; what they find is compared with ours, case by case. Then the firm's true pace of
handling, found again through the clocks of a large simulated firm.
"""

from __future__ import annotations

import sys
import time
from bisect import bisect_right

import numpy as np
import pandas as pd

CASES, WALKED, STEPPED, ROUNDS, CUSTOMERS = 1_000_000, 40, 4_000, 5, 8_000
FIRST, AS_OF = np.datetime64("2024-11-01", "m"), np.datetime64("2026-11-01", "m")
TARGETS = {"first_response": 2 * 60, "update": 24 * 60, "resolution": 24 * 60}


def drawn() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases of two years, the last ones open; two in five wait for the customer once."""
    rng = np.random.default_rng(1)
    opened = np.sort(FIRST + rng.integers(0, 730 * 1440, CASES).astype("timedelta64[m]"))
    first = opened + np.maximum(1, rng.lognormal(np.log(180), 0.8, CASES)).astype("timedelta64[m]")
    settled = first + np.maximum(1, rng.lognormal(np.log(1800), 0.8, CASES)).astype("timedelta64[m]")
    cases = pd.DataFrame({
        "case_id": np.char.add("K", np.char.zfill(np.arange(CASES).astype(str), 7)), "kind": "complaint",
        **{name: values.astype("datetime64[us]") for name, values in
           (("opened_at", opened), ("first_response_at", first), ("resolved_at", settled))},
    })  # fmt: skip
    waits = np.flatnonzero(rng.random(CASES) < 0.4)
    asked = cases.iloc[waits].reset_index(drop=True)
    answered = asked["first_response_at"] + pd.to_timedelta(rng.integers(1, 2000, len(waits)), unit="m")
    log = [asked[["case_id"]].assign(at=at, event=event) for at, event in ((asked["first_response_at"], "waiting"), (answered, "resumed"))]
    return cases, pd.concat(log, ignore_index=True)


def sample(cases: pd.DataFrame, events: pd.DataFrame, rows: np.ndarray) -> list[tuple]:
    """Of some cases: minutes since the first day of opening, response, settlement, and the pause (or None), as plain numbers."""
    start = np.datetime64(FIRST, "us")

    def minutes(values) -> np.ndarray:
        return (values.to_numpy().astype("datetime64[us]") - start) // np.timedelta64(1, "m")

    begins, ends = (events[events["event"] == event].set_index("case_id")["at"] for event in ("waiting", "resumed"))
    pauses = dict(zip(begins.index, zip(minutes(begins).tolist(), minutes(ends.reindex(begins.index)).tolist(), strict=True), strict=True))
    some = cases.iloc[rows]
    columns = (minutes(some[name]).tolist() for name in ("opened_at", "first_response_at", "resolved_at"))
    return [(*row, pauses.get(case)) for case, *row in zip(some["case_id"], *columns, strict=True)]


def stretches(case: tuple, now: int) -> list[tuple[str, int, int, tuple | None]]:
    """Clock, start, stop and pause of each stretch of a case, as of `now`; the update clock has two."""
    opened, first, settled, pause = case
    if pause and pause[0] >= now:
        pause = None
    if pause:
        pause = (pause[0], min(pause[1], settled, now))
    # The pause begins with the response: the first stretch of the update clock is over by then.
    found = [("first_response", opened, min(first, now), None), ("update", opened, min(first, now), None)]
    if first < now:
        found.append(("update", first, min(settled, now), pause))
    return [*found, ("resolution", opened, min(settled, now), pause)]


def by_minutes(cases: list[tuple], is_open: list[bool], now: int) -> list[tuple[str, int, int]]:
    """Clock, minutes used and due minute of every stretch, by walking minute after minute."""
    found = []
    for case in cases:
        for clock, start, stop, pause in stretches(case, now):
            used = walked = 0
            due, minute = None, start
            while minute < stop or due is None:
                if is_open[minute] and not (pause and pause[0] <= minute < pause[1]):
                    walked += 1
                    used += minute < stop
                minute += 1
                if due is None and walked >= TARGETS[clock]:
                    due = minute
            found.append((clock, used, due))
    return found


def by_windows(cases: list[tuple], opens: list[int], closes: list[int], now: int) -> list[tuple[str, int, int]]:
    """The same, by stepping from one opening of the desk to the next."""
    found = []
    for case in cases:
        for clock, start, stop, pause in stretches(case, now):
            used = walked = 0
            due, place = None, max(bisect_right(opens, start) - 1, 0)
            while due is None or opens[place] < stop:
                begin, end = max(opens[place], start), closes[place]
                pieces = [(begin, end)] if not pause else [(begin, min(end, pause[0])), (max(begin, pause[1]), end)]
                for low, high in pieces:
                    if high > low:
                        used += max(0, min(high, stop) - low)
                        if due is None and walked + high - low >= TARGETS[clock]:
                            due = low + TARGETS[clock] - walked
                        walked += high - low
                place += 1
            found.append((clock, used, due))
    return found


def bare(cases: pd.DataFrame, starts: np.ndarray, ends: np.ndarray) -> None:
    """What the numbers cannot do without: open time up to three moments of a case, and three limits turned back into moments."""
    before = np.concatenate([[0], np.cumsum(ends - starts)])
    upto = []
    for name in ("opened_at", "first_response_at", "resolved_at"):
        moments = cases[name].to_numpy().view("int64")
        place = np.maximum(np.searchsorted(starts, moments, side="right") - 1, 0)
        upto.append(before[place] + np.minimum(moments, ends[place]) - starts[place])
    for limit in TARGETS.values():
        wanted = upto[0] + limit * 60_000_000
        place = np.searchsorted(before, wanted, side="left") - 1
        starts[np.minimum(place, len(starts) - 1)] + wanted - before[place]


def agree(found: pd.DataFrame, walked: list[tuple[str, int, int]]) -> None:
    """Stop where a walk found something else than ours."""
    start = np.datetime64(FIRST, "us")
    due = ((found["due_at"].to_numpy().astype("datetime64[us]") - start) // np.timedelta64(1, "m")).tolist()
    ours = sorted(zip(found["clock"].astype(str), (60 * found["used_hours"]).round(6), due, strict=True))
    assert ours == sorted(walked), "the walk found something else"


def truth_at_large() -> None:
    """Median hours, the hotline's pace and the queue at the peak, from the clocks of a large simulated firm."""
    import statsmodels.api as sm

    from crmlib.company.cases import CaseScenario, draw_cases
    from crmlib.company.simulation import draw_world
    from crmlib.desk import ClockPolicy, ClockRule, clock_times, clocks

    world, stated = draw_world(customers=CUSTOMERS, months=24, seed=5), CaseScenario()
    tables, truth = draw_cases(world, stated)
    rules = [ClockRule(clock=clock, hours=24, basis="natural", starts=start, stops=stop, counts="last")
             for clock, start, stop in (("first_response", "opened", "responded"), ("handling", "responded", "resolved"))]  # fmt: skip
    found = clocks(tables["cases"], as_of=pd.Timestamp(world.end), policy=ClockPolicy(rules)).merge(tables["cases"], on="case_id")
    found = found.merge(truth["cases"][["case_id", "cause", "load"]], on="case_id", suffixes=("_recorded", ""))
    first = found[(found["clock"] == "first_response") & found["stopped_at"].notna()]
    x = (
        pd.get_dummies(first["grade"])
        .astype(float)
        .assign(hotline=(first["channel"] == "hotline").astype(float), load=np.log(first["load"]))
    )
    fit = sm.OLS(np.log(first["used_hours"].to_numpy()), x.to_numpy()).fit()
    true = {name: np.log(hours) for name, hours in stated.response_hours.items()} | {
        "hotline": np.log(stated.hotline_pace),
        "load": stated.response_load,
    }
    print(f"truth: {len(tables['cases']):,} cases; first response, logarithm of hours")
    for name, estimate, error in zip(x.columns, fit.params, fit.bse, strict=True):
        print(f"  {name:20} true {true[name]:+.3f}  found {estimate:+.3f} ± {error:.3f}")
    handled = found[(found["clock"] == "handling") & (found["kind"] == "complaint")]
    times = clock_times(handled.assign(used_hours=handled["used_hours"] / handled["load"]), handled[["case_id", "cause"]], by="cause")
    print("from response to settlement in quiet times, median hours (true ones × 1.06: 6 % of the cases stall)")
    for row in times.itertuples():
        print(
            f"  {row.cause:20} true {1.06 * stated.resolution_hours[row.cause]:5.1f}  found {row.median_hours:5.1f} ({row.low:.1f}–{row.high:.1f})"
        )


def main() -> None:
    """Print seconds a million cases, the ratios, and the distance to the bare arithmetic."""
    from crmlib.desk import business_calendar, clock_policy, clocks
    from crmlib.desk.clock_policy import ClockPolicy

    cases, events = drawn()
    calendar, policy = business_calendar(), ClockPolicy(clock_policy().rules[:3])
    windows = calendar.windows("2024-11-01", "2026-12-31")
    opens, closes = (
        ((windows[name].to_numpy() - np.datetime64(FIRST, "us")) // np.timedelta64(1, "m")).tolist() for name in ("opens_at", "closes_at")
    )
    is_open = [False] * (closes[-1] + 1)
    for begin, end in zip(opens, closes, strict=True):
        is_open[begin:end] = [True] * (end - begin)
    starts, ends = (windows[name].to_numpy().astype("datetime64[us]").view("int64") for name in ("opens_at", "closes_at"))
    now = int((AS_OF - FIRST) // np.timedelta64(1, "m"))
    rng = np.random.default_rng(2)
    few, some = (np.sort(rng.choice(CASES, size, replace=False)) for size in (WALKED, STEPPED))
    walked, stepped = sample(cases, events, few), sample(cases, events, some)
    moment = pd.Timestamp(AS_OF)
    work = {
        "ours": (lambda: clocks(cases, events, as_of=moment, policy=policy, calendar=calendar), CASES),
        "minute by minute": (lambda: by_minutes(walked, is_open, now), WALKED),
        "window by window": (lambda: by_windows(stepped, opens, closes, now), STEPPED),
        "bare arithmetic": (lambda: bare(cases, starts, ends), CASES),
    }
    seconds: dict[str, list[float]] = {name: [] for name in work}
    results = {}
    for _turn in range(ROUNDS):
        for name, (run, size) in work.items():
            begin = time.perf_counter()
            results[name] = run()
            seconds[name].append((time.perf_counter() - begin) * CASES / size)
    for rows, name in ((few, "minute by minute"), (some, "window by window")):
        ids = cases["case_id"].iloc[rows]
        mine = clocks(
            cases.iloc[rows], events[events["case_id"].isin(ids)], as_of=moment, policy=policy, calendar=calendar, each_update=True
        )
        agree(mine, results[name])
    middle = {name: float(np.median(taken)) for name, taken in seconds.items()}
    print(f"{CASES:,} cases, three clocks each, {len(events):,} events of waiting; seconds a million cases, median of {ROUNDS} turns")
    for name, taken in middle.items():
        print(f"  {name:18} {taken:10.2f} s   ({CASES / taken:12,.0f} cases a second)")
    print(f"ours against window by window × {middle['window by window'] / middle['ours']:.1f}; "
          f"ours takes {middle['ours'] / middle['bare arithmetic']:.1f} × the bare arithmetic")  # fmt: skip
    truth_at_large()
    print(f"throughput ratio: {middle['minute by minute'] / middle['ours']:.1f}")


if __name__ == "__main__":
    sys.exit(main())
