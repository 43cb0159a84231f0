"""Qini with a bootstrap interval: ours, one resample after another with pandas, and the bare arithmetic; and the firm's truth at large."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from crmlib import uplift
from crmlib.company.sales import draw_sales
from crmlib.company.simulation import draw_world

CUSTOMERS, RESAMPLES, REPEATS, FIRM = 20_000, 200, 3, 20_000


def trial(customers: int) -> pd.DataFrame:
    """A randomised trial whose effect grows with the score."""
    rng = np.random.default_rng(7)
    score, offer = rng.normal(size=customers), rng.random(customers) < 0.5
    result = rng.random(customers) < 0.5 + 0.1 * offer * np.tanh(score)
    return pd.DataFrame({"uplift": score, "offer": offer, "result": result * 1.0})


def one_by_one(table: pd.DataFrame, resamples: int) -> np.ndarray:
    """As one would write it: draw, sort, cumulate, lay the trapezia, again and again."""
    rng, found = np.random.default_rng(1), []
    for _turn in range(resamples):
        drawn = table.iloc[rng.integers(len(table), size=len(table))].sort_values("uplift", ascending=False)
        offers, controls = drawn["offer"].cumsum(), (~drawn["offer"]).cumsum()
        gain = (drawn["result"] * drawn["offer"]).cumsum() - (drawn["result"] * ~drawn["offer"]).cumsum() * offers / controls.clip(lower=1)
        gain = np.concatenate([[0.0], gain / offers.iloc[-1]])
        above = gain - np.linspace(0, gain[-1], len(gain))
        found.append((above[1:] + above[:-1]).sum() / 2 / len(table))
    return np.quantile(found, [0.025, 0.975])


def bare(table: pd.DataFrame, resamples: int) -> None:
    """Nothing but the drawing and the four sums that each resample cannot do without."""
    rng, offer, result = np.random.default_rng(1), table["offer"].to_numpy(dtype=float), table["result"].to_numpy()
    for _turn in range(resamples):
        weight = np.bincount(rng.integers(len(table), size=len(table)), minlength=len(table)).astype(float)
        for values in (offer, 1 - offer, offer * result, (1 - offer) * result):
            np.cumsum(weight * values)


def recover() -> None:
    """Effects of a large firm's offers: means, ranks and Qini beside the truth."""
    from scipy.stats import spearmanr

    world = draw_world(customers=FIRM, months=24, seed=7)
    tables, truth = draw_sales(world)
    firm = {"customers": world.customers, "waybills": world.waybills, "offers": tables["offers"]}
    effects = truth["offers"].set_index("offer_id")["effect"]
    print(f"{FIRM:,} customers: kind, offers, mean effect (interval), true mean, Spearman of individual effects, Qini (interval), true Qini")
    for kind, outcome in (("first_order", "reached"), ("retention", "reached"), ("membership", "log_growth")):
        frame = uplift.offer_frame(firm, kind=kind)
        mean, found = uplift.offer_effect(frame, outcome=outcome), uplift.two_model_uplift(frame, outcome=outcome, rng=1)
        true = effects[frame["offer_id"]].to_numpy()
        own, best = uplift.qini(found, resamples=200, rng=1), uplift.qini(found.table.assign(uplift=true), resamples=100, rng=1)
        print(f"{kind:12s} {len(frame):6,}  {mean.effect:+.3f} ({mean.low:+.3f} to {mean.high:+.3f})  {true.mean():+.3f}  "
              f"{spearmanr(found.table['uplift'], true).statistic:.2f}  {own.coefficient:.4f} ({own.low:.4f} to {own.high:.4f})  "
              f"{best.coefficient:.4f}")  # fmt: skip


def main() -> None:
    table = trial(CUSTOMERS)
    ways = {
        "ours": lambda: uplift.qini(table, resamples=RESAMPLES, rng=1), "one by one": lambda: one_by_one(table, RESAMPLES),
        "bare": lambda: bare(table, RESAMPLES),
    }  # fmt: skip
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _repeat in range(REPEATS):
        for name, work in ways.items():
            start = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - start)
    median = {name: float(np.median(values)) for name, values in seconds.items()}
    print(f"Qini of {CUSTOMERS:,} customers with {RESAMPLES} resamples, median of {REPEATS}")
    for name, value in median.items():
        print(f"{name:12s} {value:7.2f} s")
    found, plain = uplift.qini(table, resamples=RESAMPLES, rng=1), one_by_one(table, RESAMPLES)
    print(f"intervals: ours {found.low:.4f} to {found.high:.4f}, one by one {plain[0]:.4f} to {plain[1]:.4f}")
    print(f"distance to the limit: {median['ours'] / median['bare']:.1f} times the bare arithmetic")
    recover()
    print(f"throughput ratio: {median['one by one'] / median['ours']:.1f}")


if __name__ == "__main__":
    main()
