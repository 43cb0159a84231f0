"""A small firm of one's own for tests: two tables that keep their contracts, and ways of writing them as others would."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import crmlib as crm
from crmlib.company.company import Company
from crmlib.company.schema import TABLES


def small_firm() -> Company:
    """Customers and waybills of a simulated firm, without the tables that they refer to."""
    firm = crm.company.simulate(customers=25, months=3, seed=11)[0]
    return Company(customers=firm.customers, waybills=firm.waybills, about={"end": firm.about["end"]})


def labelled(frame: pd.DataFrame, table: str, language: str) -> pd.DataFrame:
    """`frame` with labels of one language for its columns and category values."""
    shown = {}
    for column in TABLES[table].columns:
        labels = {value.code: getattr(value, language) for value in column.values}
        values = frame[column.name]
        shown[getattr(column, language)] = values.map(lambda code, labels=labels: labels.get(code, code)) if labels else values
    return pd.DataFrame(shown)


def write_csv(firm: Company, folder: Path, *, language: str | None = None, encoding: str = "utf-8") -> Path:
    """The firm as CSV files, under the contract's names or under labels."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in firm.tables.items():
        shown = labelled(frame, name, language) if language else frame
        called = getattr(TABLES[name], language) if language else name
        shown.to_csv(folder / f"{called}.csv", index=False, encoding=encoding)
    return folder
