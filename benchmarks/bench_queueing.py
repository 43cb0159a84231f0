"""Agents for a year of half-hours: ours by Erlang C and A, pyworkforce (Erlang C), and the bare arithmetic, in turn in one run.

The peer runs in a process of its own (``.venv-peers/bin/python``), which draws the same year and times the search alone. pyworkforce has no
Erlang A; beside ours stands the chain of states solved with numpy, interval by interval.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

HALF_HOURS, REPEATS, CHAINS, SEEDS = 365 * 48, 5, 200, 100
HANDLE, TARGET, LEVEL, PATIENCE = 300.0, 20.0, 0.8, 120.0
PEER = Path(__file__).parents[1] / ".venv-peers" / "bin" / "python"
_PEER = """
import json, sys, time
sys.path.insert(0, {folder!r})
from bench_queueing import HANDLE, LEVEL, TARGET, year
from pyworkforce.queuing import ErlangC
calls = year().tolist()
for line in sys.stdin:
    start = time.perf_counter()
    found = [ErlangC(transactions=each / 2, aht=HANDLE / 60, asa=TARGET / 60, interval=30).required_positions(service_level=LEVEL)
             ["raw_positions"] for each in calls]
    print(json.dumps([time.perf_counter() - start, found]), flush=True)
"""


def year() -> np.ndarray:
    """Calls an hour in each half hour: day and night, weekdays, season; from 1 to some 2,000."""
    when = np.arange(HALF_HOURS)
    day = np.exp(2.2 * np.sin(2 * np.pi * (when % 48 - 16) / 48)) * (1 - 0.3 * (when // 48 % 7 >= 5))
    return np.maximum(
        1.0, 120 * day * (1 + 0.5 * np.sin(2 * np.pi * when / HALF_HOURS)) * np.random.default_rng(1).gamma(50, 1 / 50, HALF_HOURS)
    )


def timed(work) -> tuple[float, object]:
    """Seconds that `work` takes, and what it gives."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def bare(calls: np.ndarray, agents: np.ndarray) -> np.ndarray:
    """What nobody can do without who knows the answer: one look at the formula with so many agents, and one with one less."""
    from scipy.special import gammaincc, gammaln

    load = calls * HANDLE / 3600
    for many in (agents, agents - 1):
        blocked = np.exp(many * np.log(load) - load - gammaln(many + 1)) / gammaincc(many + 1, load)
        with np.errstate(divide="ignore"):
            waits = many * blocked / (many - load * (1 - blocked))
        level = 1 - waits * np.exp(-(many - load) * TARGET / HANDLE)
    return level


def chain(load: float, agents: int) -> tuple[float, float]:
    """Shares that wait and that hang up, from the states one by one."""
    most = int(max(load, agents) + 12 * np.sqrt(max(load, agents)) + 60)
    state = np.arange(1, most)
    log = np.cumsum(np.log(load / (np.minimum(state, agents) + np.maximum(state - agents, 0) * HANDLE / PATIENCE)))
    weights = np.exp(np.append(0.0, log) - max(0.0, log.max()))
    chance = weights / weights.sum()
    queue = np.maximum(np.arange(most) - agents, 0)
    return chance[agents:].sum(), chance @ queue * HANDLE / PATIENCE / load


def truth_at_large() -> None:
    """How often the simulation's 95 % intervals hold Erlang's value, and the patience found in a million calls."""
    import pandas as pd

    from crmlib import queueing
    from crmlib.staffing import CallKind, Team, beside_erlang, simulate_center

    print(f"  truth: {SEEDS} simulations of 20 days each; the 95 % intervals hold Erlang's value in")
    for name, agents, patience in (("C", 14, None), ("A", 10, PATIENCE)):
        line, team = CallKind("all", 200, 180, patience_seconds=patience), Team("all", agents, answers="all")
        tables = [beside_erlang(simulate_center(line, team, hours=9, warm_up_hours=1, rng=seed)) for seed in range(SEEDS)]
        shares = pd.concat(tables).groupby("figure", sort=False)["inside"].mean()
        print(f"    Erlang {name}: " + ", ".join(f"{figure} {share:.0%}" for figure, share in shares.items()))
    rng = np.random.default_rng(2)
    ready, offered = rng.exponential(PATIENCE, 1_000_000), rng.exponential(40.0, 1_000_000)
    log = pd.DataFrame({"wait_seconds": np.minimum(ready, offered), "abandoned": ready < offered})
    took, found = timed(lambda: queueing.patience(log))
    print(f"    patience of a million calls: true {PATIENCE:.0f}, found {found.mean_seconds:.2f} ({found.low:.2f} to {found.high:.2f})")
    print(f"    in {took:.2f} s")


def main() -> int:
    if not PEER.exists():
        print(".venv-peers is missing: make bench-queueing makes it.", file=sys.stderr)
        return 1
    from crmlib import queueing

    calls = year()
    load = calls * HANDLE / 3600
    seconds: dict[str, list[float]] = {name: [] for name in ("ours C", "pyworkforce C", "bare C", "ours A", "figures A", "chain A")}
    code = _PEER.format(folder=str(Path(__file__).parent))
    with subprocess.Popen([PEER, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as peer:
        for _turn in range(REPEATS):
            took, ours = timed(lambda: queueing.agents_needed(calls, HANDLE, service_level=LEVEL, target_seconds=TARGET))
            seconds["ours C"].append(took)
            peer.stdin.write("\n")
            peer.stdin.flush()
            took, theirs = json.loads(peer.stdout.readline())
            seconds["pyworkforce C"].append(took)
            seconds["bare C"].append(timed(lambda agents=ours: bare(calls, agents))[0])
            took, impatient = timed(lambda: queueing.agents_needed(
                calls, HANDLE, service_level=LEVEL, target_seconds=TARGET, max_abandonment=0.05, patience_seconds=PATIENCE))  # fmt: skip
            seconds["ours A"].append(took)
            took, table = timed(lambda agents=impatient: queueing.erlang_a(calls, HANDLE, agents, patience_seconds=PATIENCE))
            seconds["figures A"].append(took)
            some = np.linspace(0, HALF_HOURS - 1, CHAINS).astype(int)
            took, solved = timed(lambda agents=impatient, some=some: np.array([chain(load[place], int(agents[place])) for place in some]))
            seconds["chain A"].append(took * HALF_HOURS / CHAINS)
        peer.stdin.close()
    theirs, found = np.array(theirs), table[["waiting_share", "abandonment_rate"]].to_numpy()[some]
    print(f"{HALF_HOURS:,} half-hours, load {load.min():.2f} to {load.max():.0f} erlang; medians of {REPEATS} turns")
    for name, each in seconds.items():
        print(f"  {name:14} {np.median(each):10.4f} s   {HALF_HOURS / np.median(each):14,.0f} half-hours a second")
    print(f"  ours and pyworkforce ask for the same number of agents in {np.mean(ours == theirs):.3%} of the half-hours")
    print(f"  Erlang A and the chain of states differ by {np.abs(found - solved).max():.1e} at most (the chain was solved {CHAINS} times)")
    print(f"  ours over the bare arithmetic: {np.median(seconds['ours C']) / np.median(seconds['bare C']):.1f} times its time")
    truth_at_large()
    ratios = np.array(seconds["pyworkforce C"]) / np.array(seconds["ours C"])
    print(f"throughput ratio: {np.median(ratios):.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
