"""What opening and importing one's own data costs: a CSV file of 200,000 waybills, beside pandas reading the same file as text."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from crmlib.company import Company, lark
from crmlib.company.importing import import_files

ROWS = 200_000


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print the seconds of each way in, and as a multiple of pandas."""
    firm = lark()
    place = np.resize(np.arange(len(firm.waybills)), ROWS)
    waybills = firm.waybills.iloc[place].assign(waybill_id=[f"W{number:09d}" for number in range(ROWS)])
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "own"
        own.mkdir()
        firm.customers.to_csv(own / "customers.csv", index=False)
        waybills.to_csv(own / "waybills.csv", index=False)
        files = [own / "customers.csv", own / "waybills.csv"]
        took = {
            "pandas.read_csv(dtype=str)": _seconds(lambda: [pd.read_csv(file, dtype=str) for file in files]),
            "Company.open(check=False)": _seconds(lambda: Company.open(own, check=False)),
            "Company.open": _seconds(lambda: Company.open(own)),
            "import_files": _seconds(lambda: import_files(files, Path(folder) / "out", ask=lambda question: question.default)),
        }
        base = min(took.values())
        for name, seconds in took.items():
            print(f"{name:28} {seconds:6.2f} s  {seconds / base:5.1f}×  {ROWS / seconds:10,.0f} rows/s")


if __name__ == "__main__":
    main()
