"""How fast the records of five systems are drawn: a million of them, beside a plain fill of the same columns."""

from __future__ import annotations

import datetime as dt
import time

import numpy as np
import pandas as pd

from crmlib.company import lark
from crmlib.company.draws import Stream
from crmlib.company.names import draw_names
from crmlib.company.source_systems import SourceScenario, draw_records

RECORDS, PER_CUSTOMER, ROUNDS = 1_000_000, 2.25, 3
FIRST, DAYS = dt.date(2024, 11, 1), 730


def customers(size: int) -> pd.DataFrame:
    """So many customers, made of the shipped ones with new numbers and names."""
    firm = lark().customers
    rows = firm.iloc[np.arange(size) % len(firm)].reset_index(drop=True)
    kinds = np.select([rows["market"] == "e_commerce", rows["market"] == "corporate"], ["shop", "firm"], "person")
    numbers = [f"C{number:07d}" for number in range(size)]
    return rows.assign(customer_id=numbers, name=draw_names(kinds, np.random.default_rng(1)))


def fill(size: int) -> pd.DataFrame:
    """A table of the same size in which each of the eleven columns is a pick out of a thousand ready texts."""
    rng, texts = np.random.default_rng(1), np.array([f"text {number:03d}" for number in range(1000)], dtype=object)
    return pd.DataFrame({f"column {place}": pd.Series(texts[rng.integers(0, 1000, size)], dtype="str") for place in range(11)})


def main() -> None:
    """Print records a second, and how many times the plain fill they cost, best of some rounds."""
    for size in (RECORDS // 10, RECORDS):
        table = customers(round(size / PER_CUSTOMER))
        shipped, taken = np.ones(len(table), dtype=bool), {"drawn": [], "filled": []}
        for turn in range(ROUNDS):
            start = time.perf_counter()
            records = draw_records(table, shipped, FIRST, DAYS, Stream(turn), SourceScenario())[0]["source_records"]
            middle = time.perf_counter()
            fill(len(records))
            taken["drawn"].append(middle - start)
            taken["filled"].append(time.perf_counter() - middle)
        drawn, filled = min(taken["drawn"]), min(taken["filled"])
        print(f"{len(records):9,} records  {drawn:6.2f} s  {len(records) / drawn:9,.0f} a second  {drawn / filled:5.1f} × a plain fill")


if __name__ == "__main__":
    main()
