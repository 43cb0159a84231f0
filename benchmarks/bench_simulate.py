"""What simulating costs, each time in a fresh process.

A personal firm with the import; the stream's peak memory at 10 M and at 2 M waybills; its speed with all tables; and its speed with the
core tables beside a plain numpy.random fill of the waybills' columns. ``make bench-simulate``, or
``python benchmarks/bench_simulate.py [waybills [large [small]]]`` for other sizes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS, TARGET, MEMORY_TARGET = 5, 4.0, 1.5
SIZES = (1_000_000, 10_000_000, 2_000_000)

_SIMULATE = """
from crmlib.company.streaming import simulate_stream
written = simulate_stream({waybills}, folder).waybills
"""
_COMPLETE = """
from crmlib.company.streaming import simulate_stream
written = simulate_stream({waybills}, folder, every_table=True).waybills
"""
_PERSONAL = "import crmlib as crm; crm.company.personal(crm.company.firm_code('k', '1'))"
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


def personal() -> None:
    """Print how long a process takes that imports the library and makes a firm of 300 customers, and how long one that imports pandas."""
    for name, program in (("import pandas", "import pandas"), ("personal firm", _PERSONAL)):
        taken = []
        for _round in range(ROUNDS):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            taken.append(time.perf_counter() - start)
        print(f"{name:14} best {min(taken):.2f} s  median {statistics.median(taken):.2f} s, import included")


def memory(large: int, small: int) -> None:
    """Print the peak memory at two sizes and their ratio, of the core tables, and of all tables at a fifth of the sizes."""
    for name, work, part in (("core tables", _SIMULATE, 1), ("all tables", _COMPLETE, 5)):
        (rate, most), (_rate, least) = run(work, large // part), run(work, small // part)
        sizes = f"{small // part:,} {least / 1024:,.0f} MiB  {large // part:,} {most / 1024:,.0f} MiB"
        ratio = f"ratio {most / least:.2f}  (target at most {MEMORY_TARGET:g})"
        print(f"{name:14} {rate:,.0f} waybills/s  peak memory {sizes}  {ratio}", flush=True)


def speed(waybills: int) -> None:
    """Print both rates and their ratio."""
    rates: dict[str, list[float]] = {_SIMULATE: [], _FILL: []}
    for _round in range(ROUNDS):
        for work, found in rates.items():
            found.append(run(work, waybills)[0])
    simulated, filled = (statistics.median(rates[work]) for work in (_SIMULATE, _FILL))
    print(f"median of {ROUNDS}    simulated {simulated:,.0f} waybills/s  numpy fill {filled:,.0f}/s  (target at most {TARGET:g})")
    print(f"ratio to numpy fill: {filled / simulated:.1f}")


def main(arguments: list[str]) -> None:
    """Measure all of it; the arguments are the waybills of the comparison, and the two sizes whose memory is compared."""
    waybills, large, small = [*map(int, arguments), *SIZES[len(arguments) :]]
    personal()
    memory(large, small)
    speed(waybills)


if __name__ == "__main__":
    main(sys.argv[1:])
