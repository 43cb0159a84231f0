"""Kaplan–Meier and Cox on a million customers: ours, lifelines, and the bare arithmetic, in turn in one run; and the firm's truth at large.

The peer runs in a process of its own (``.venv-peers/bin/python``), which draws the same customers and times the fit alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROWS, PEER_ROWS, REPEATS = 1_000_000, 1_000_000, 3
COVARIATES = ["late", "gap", "failures", "left", "notices"]
EFFECTS = np.array([0.6, 0.4, 0.2, 0.8, -0.3])
PEER = Path(__file__).parents[1] / ".venv-peers" / "bin" / "python"
_PEER = """
import sys, time
sys.path.insert(0, {folder!r})
from bench_survival import customers
from lifelines import CoxPHFitter, KaplanMeierFitter
table = customers({rows}, whole_days={whole})
for line in sys.stdin:
    start = time.perf_counter()
    if line.strip() == "curve":
        KaplanMeierFitter().fit(table["duration_days"], table["lost"])
    else:
        CoxPHFitter().fit(table, "duration_days", "lost")
    print(time.perf_counter() - start, flush=True)
"""


def customers(rows: int, *, whole_days: bool) -> pd.DataFrame:
    """Customers with known effects on their hazard; whole days bring many ties."""
    rng = np.random.default_rng(7)
    x = np.column_stack(
        [rng.beta(2, 6, rows), rng.normal(0.1, 0.1, rows), rng.poisson(0.3, rows), rng.random(rows) < 0.1, rng.random(rows) < 0.5]
    )
    life, watched = rng.exponential(700 * np.exp(-x @ EFFECTS)), rng.uniform(30, 730, rows)
    days = np.minimum(life, watched)
    return pd.DataFrame(x, columns=COVARIATES).assign(duration_days=np.ceil(days) if whole_days else days, lost=life <= watched)


def bare_curve(table: pd.DataFrame) -> float:
    """What Kaplan–Meier cannot do without: sort, count, multiply."""
    start = time.perf_counter()
    times, lost = table["duration_days"].to_numpy(), table["lost"].to_numpy()
    when, many = np.unique(times[lost], return_counts=True)
    np.cumprod(1 - many / (len(times) - np.searchsorted(np.sort(times), when)))
    return time.perf_counter() - start


def bare_cox(table: pd.DataFrame, rounds: int) -> float:
    """What a Newton step cannot do without, for as many steps: scores, weights, running sums of weighted columns, one matrix product."""
    start = time.perf_counter()
    x = table[COVARIATES].to_numpy()[np.argsort(table["duration_days"].to_numpy())]
    for _turn in range(rounds):
        weight = np.exp(x @ EFFECTS)
        for column in range(x.shape[1]):
            np.cumsum(x[:, column] * weight)
        (x * weight[:, None]).T @ x
    return time.perf_counter() - start


def timed(work) -> float:
    """Seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def phreg_seconds(rows: int) -> float:
    """Seconds that statsmodels needs for so many customers."""
    from statsmodels.duration.hazard_regression import PHReg

    table = customers(rows, whole_days=False)
    return timed(lambda: PHReg(table["duration_days"], table[COVARIATES], status=table["lost"], ties="efron").fit())


def truth_at_large() -> None:
    """The firm's own log hazard ratios, from 20,000 simulated customers."""
    from crmlib.company.simulation import draw_world
    from crmlib.survival import cox

    world = draw_world(customers=20_000, months=24, seed=3)
    panel = world.panel[world.panel.hazard > 0].merge(world.truth["customers"][["customer_id", "size"]])
    panel = panel.assign(
        stop=panel.month + 1, lost=~panel.alive_at_end, market=panel.customer_id.map(world.customers.set_index("customer_id").market)
    )
    effects = dict(world.scenario.churn.effects)
    fit = cox(panel, duration="stop", entry="month", covariates=[*effects, "size"], strata="market")
    print(f"truth: {fit.rows:,} customer-months, {fit.events:,} losses")
    for name, true in effects.items():
        row = fit.table.loc[name]
        print(f"  {name:17} true {true:+.2f}  found {row.coefficient:+.3f} ± {row.standard_error:.3f}")


def main() -> None:
    """Print seconds of both, their ratio, and the distance to the bare arithmetic."""
    from crmlib.survival import cox, kaplan_meier

    ratios = []
    for whole in (False, True):
        table = customers(ROWS, whole_days=whole)
        program = _PEER.format(folder=str(Path(__file__).parent), rows=PEER_ROWS, whole=whole)
        environment = os.environ | {"PYTHONWARNINGS": "ignore"}
        peer = subprocess.Popen([str(PEER), "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        rounds = 6
        ours = {
            "curve": lambda table=table: kaplan_meier(table["duration_days"], table["lost"]),
            "cox": lambda table=table: cox(table, covariates=COVARIATES),
        }
        bare = {"curve": lambda table=table: bare_curve(table), "cox": lambda table=table, rounds=rounds: bare_cox(table, rounds)}
        for what, work in ours.items():
            seconds = {"ours": [], "peer": [], "bare": []}
            for _turn in range(REPEATS if what == "curve" else 2):
                seconds["ours"].append(timed(work))
                peer.stdin.write(f"{what}\n")
                peer.stdin.flush()
                seconds["peer"].append(float(peer.stdout.readline()))
                seconds["bare"].append(bare[what]())
            middle = {name: float(np.median(values)) for name, values in seconds.items()}
            ratios.append(middle["peer"] / middle["ours"])
            print(
                f"{what:6} {'whole days' if whole else 'no ties':10} {ROWS:,} rows  ours {middle['ours']:6.2f} s"
                f"  lifelines {middle['peer']:6.2f} s  × {ratios[-1]:5.1f}"
                f"   bare arithmetic {middle['bare']:5.2f} s, ours {middle['ours'] / middle['bare']:.1f} ×",
                flush=True,
            )
        peer.stdin.close()
        peer.wait()
    small = customers(5_000, whole_days=False)
    own, theirs = timed(lambda: cox(small, covariates=COVARIATES)), phreg_seconds(5_000)
    print(f"cox    no ties    5,000 rows      ours {own:6.3f} s  statsmodels PHReg {theirs:6.2f} s  × {theirs / own:.0f}")
    truth_at_large()
    print(f"throughput ratio: {min(ratios):.1f}")


if __name__ == "__main__":
    sys.exit(main())
