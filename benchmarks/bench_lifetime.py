"""How fast lifetime models are fitted, beside the package `lifetimes`: the CDNOW customers, and many simulated ones.

`lifetimes` does not run on a new pandas, so it works in `.venv-peers`, where it times its own fit alone. Both take turns. The distance to
the limit is that to the bare arithmetic: the logarithms, exponentials and divisions of one likelihood, times the likelihoods needed.
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from crmlib.lifetime import bg_nbd, fit_bg_nbd, fit_gamma_gamma, fit_pareto_nbd, gamma_gamma, pareto_nbd
from crmlib.lifetime.histories import collapse

ROOT = Path(__file__).parent.parent
FOLDER = Path(next(iter(importlib.util.find_spec("lifetimes").submodule_search_locations))) / "datasets"
FITS = {"BG/NBD": fit_bg_nbd, "Pareto/NBD": fit_pareto_nbd, "Gamma-Gamma": fit_gamma_gamma}
MODULES = {"BG/NBD": bg_nbd, "Pareto/NBD": pareto_nbd, "Gamma-Gamma": gamma_gamma}
CASES = (
    ("CDNOW", "BG/NBD", 7), ("CDNOW", "Pareto/NBD", 5), ("CDNOW", "Gamma-Gamma", 7), ("many", "BG/NBD", 5), ("many", "Gamma-Gamma", 5),
    ("some", "Pareto/NBD", 3),
)  # fmt: skip
SIZES = {"some": 10_000, "many": 100_000}

PEER = """
import json, sys, time, warnings
import numpy as np, pandas as pd
import lifetimes
warnings.simplefilter("ignore")
table, kind = pd.read_csv(sys.argv[1]), sys.argv[2]
fitter = {"BG/NBD": lifetimes.BetaGeoFitter, "Pareto/NBD": lifetimes.ParetoNBDFitter, "Gamma-Gamma": lifetimes.GammaGammaFitter}[kind]()
np.random.seed(1)
start = time.perf_counter()
if kind == "Gamma-Gamma":
    again = table[table.repeats > 0]
    fitter.fit(again.repeats, again.mean_margin_yuan)
else:
    fitter.fit(table.repeats, table.span, table.age)
print(json.dumps({"seconds": time.perf_counter() - start, "estimate": list(map(float, dict(fitter.params_).values()))}))
"""


def cdnow() -> pd.DataFrame:
    """The published customers."""
    table = pd.read_csv(FOLDER / "cdnow_customers_summary_with_transactions.csv")
    return table.rename(columns={"ID": "customer_id", "x": "repeats", "t_x": "span", "T": "age", "zbar": "mean_margin_yuan"})


def simulated(size: int) -> pd.DataFrame:
    """Customers in weeks whose rates, lives and values are Gamma distributed; hardly two have the same history."""
    rng = np.random.default_rng(1)
    age = rng.uniform(20, 100, size)
    rate, life = rng.gamma(0.8, 1 / 6.0, size), np.minimum(rng.exponential(1 / rng.gamma(1.0, 1 / 40.0, size)), age)
    repeats = rng.poisson(rate * life)
    span = np.where(repeats > 0, life * rng.random(size) ** (1 / np.maximum(repeats, 1)), 0.0)
    value = rng.gamma(6.0 * np.maximum(repeats, 1), 1 / (np.maximum(repeats, 1) * rng.gamma(4.0, 1 / 15.0, size)))
    return pd.DataFrame({"customer_id": np.arange(size), "repeats": repeats, "span": span, "age": age, "mean_margin_yuan": value})


def ours(table: pd.DataFrame, kind: str) -> dict:
    """One fit of ours: seconds, estimates, and how many likelihoods it took at how much bare arithmetic each."""
    module, counted = MODULES[kind], [0]
    original = module.log_likelihood

    def counting(*arguments):
        counted[0] += 1
        return original(*arguments)

    # The fitting functions look the likelihood up in their module when they are called.
    module.log_likelihood = counting
    try:
        start = time.perf_counter()
        model = FITS[kind](table)
        seconds = time.perf_counter() - start
    finally:
        module.log_likelihood = original
    return {"seconds": seconds, "estimate": model.parameters.estimate.tolist(), "evaluations": counted[0]}


def peer(path: Path, kind: str) -> dict:
    """One fit of the package's."""
    command = [str(ROOT / ".venv-peers/bin/python"), "-c", PEER, str(path), kind]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])


def bare(table: pd.DataFrame, kind: str) -> float:
    """Seconds for the transcendental functions of one likelihood with its gradient, as plain array calls."""
    if kind == "Gamma-Gamma":
        value = table.mean_margin_yuan[table.repeats > 0].to_numpy()
        return fastest(lambda: (np.log(1 + value), 1 / (1 + value)))
    rows = collapse(table)
    nodes = np.ones((min(len(rows.age), 4096), 24))
    blocks = round(len(rows.age) / len(nodes)) if kind == "Pareto/NBD" else 0

    def work() -> None:
        _ = np.log(1 + rows.age), np.log(1 + rows.span), np.exp(-rows.age), np.log1p(rows.age), 1 / (1 + rows.age), 1 / (1 + rows.span)
        for _block in range(blocks):
            _ = np.exp(nodes), np.log(nodes), np.exp(nodes), 1 / nodes, 1 / nodes

    return fastest(work)


def fastest(work: Callable[[], object], rounds: int = 7) -> float:
    """Seconds of the fastest of some rounds."""
    taken = []
    for _round in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def main() -> None:
    """Print the table, and the smallest of the ratios."""
    tables = {"CDNOW": cdnow(), **{name: simulated(size) for name, size in SIZES.items()}}
    ratios = []
    print(" customers  model             ours  lifetimes   ratio  likelihoods  over bare arithmetic  estimates")
    with tempfile.TemporaryDirectory() as folder:
        for name, kind, rounds in CASES:
            table, path = tables[name], Path(folder) / f"{name}.csv"
            table.to_csv(path, index=False)
            mine, theirs = [], []
            for _round in range(rounds):
                mine.append(ours(table, kind))
                theirs.append(peer(path, kind))
            seconds, other = (statistics.median(run["seconds"] for run in runs) for runs in (mine, theirs))
            needed, spent = mine[0]["evaluations"], bare(table, kind) * mine[0]["evaluations"]
            apart = np.abs(np.log(np.array(mine[0]["estimate"]) / theirs[0]["estimate"])).max()
            ratios.append(other / seconds)
            print(
                f"{len(table):10,}  {kind:12} {seconds:8.3f}s {other:9.2f}s {other / seconds:6.1f}×  {needed:11}  {seconds / spent:19.1f}×"
                f"  within {apart:.2%}"
            )
    print(f"throughput ratio: {min(ratios):.1f}")


if __name__ == "__main__":
    main()
