"""The stream of simulated waybills beside a plain numpy.random fill of the same columns, and its memory: fresh processes, in turn.

``python benchmarks/bench_simulate.py [waybills]`` compares the speed; with ``memory`` as the argument, the peak memory at 10 M and 2 M.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile

ROUNDS, TARGET, MEMORY_TARGET = 5, 4.0, 1.5

_SIMULATE = """
from crmlib.company.streaming import simulate_stream
written = simulate_stream({waybills}, folder).waybills
"""
_FILL = """
import pathlib
import numpy as np, pandas as pd, pyarrow as pa, pyarrow.parquet as pq
from crmlib.company.columns import decoded, numbered
from crmlib.company.schema import TABLES

rng, written = np.random.default_rng(0), 0
while written < {waybills}:
    size = min(200_000, {waybills} - written)
    columns = {{}}
    for column in TABLES["waybills"].columns:
        if column.values:
            columns[column.name] = decoded(rng.integers(0, len(column.values), size), column.categories)
        elif column.dtype == "text":
            columns[column.name] = numbered(column.name[0].upper(), rng.integers(1, 10**9 if column.key else 20_000, size), 9)
        elif column.dtype == "datetime":
            columns[column.name] = np.datetime64("2024-11-01", "us") + rng.integers(0, 1_051_200, size).astype("timedelta64[m]")
        else:
            columns[column.name] = rng.random(size).round(2)
    table = pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)
    pq.write_table(table, pathlib.Path(folder) / f"part-{{written:09d}}.parquet", compression="zstd")
    written += size
"""
_MEASURE = """
import sys, time
import crmlib.company.simulation
folder = sys.argv[1]
start = time.perf_counter()
{work}
print(written / (time.perf_counter() - start))
try:
    import resource
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
except ImportError:
    print(float("nan"))
"""


def run(work: str, waybills: int) -> tuple[float, float]:
    """Waybills a second and the peak memory of a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        program = _MEASURE.format(work=work.format(waybills=waybills))
        done = subprocess.run([sys.executable, "-c", program, folder], check=True, capture_output=True, text=True)
    rate, memory = map(float, done.stdout.split())
    return rate, memory


def speed(waybills: int) -> None:
    """Print both rates and their ratio."""
    rates: dict[str, list[float]] = {_SIMULATE: [], _FILL: []}
    for _round in range(ROUNDS):
        for work, found in rates.items():
            found.append(run(work, waybills)[0])
    for name, pick in (("best", max), ("median", statistics.median)):
        simulated, filled = pick(rates[_SIMULATE]), pick(rates[_FILL])
        ratio = filled / simulated
        print(f"{name:6}  simulated {simulated:,.0f}/s  numpy fill {filled:,.0f}/s  ratio {ratio:.2f}  (target at most {TARGET:g})")


def memory() -> None:
    """Print the peak memory at 2 M and 10 M waybills and their ratio."""
    small, large = (run(_SIMULATE, size)[1] for size in (2_000_000, 10_000_000))
    sizes = f"2 M {small / 1024:,.0f} MiB  10 M {large / 1024:,.0f} MiB"
    print(f"peak memory  {sizes}  ratio {large / small:.2f}  (target at most {MEMORY_TARGET:g})")


def main(arguments: list[str]) -> None:
    """Compare speed or memory."""
    if arguments == ["memory"]:
        memory()
    else:
        speed(int(arguments[0]) if arguments else 1_000_000)


if __name__ == "__main__":
    main(sys.argv[1:])
