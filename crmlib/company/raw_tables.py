"""A table as a file or database holds it, under the contract's column names; its values are still as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from crmlib.company.contract import Table
from crmlib.company.findings import Finding
from crmlib.company.naming import column_meant


def named_columns(headings: Sequence[object], contract: Table) -> tuple[list[str], list[Finding]]:
    """What to call the columns under `headings`: the contract's name where a heading means one, else the heading; no name twice.

    >>> from crmlib.company.schema import TABLES
    >>> named_columns(["waybill_id", "运费收入", "note", "note"], TABLES["waybills"])
    (['waybill_id', 'price_yuan', 'note', 'note (2)'], [])
    """
    meant = [None if heading is None else column_meant(heading, contract) for heading in headings]
    places: dict[str, list[int]] = {}
    for position, name in enumerate(meant):
        if name:
            places.setdefault(name, []).append(position)
    findings = []
    winners = {}
    for name, positions in places.items():
        winners[min(positions, key=lambda position: str(headings[position]) != name)] = name
        if len(positions) > 1:
            shown = ", ".join(str(headings[position]) for position in positions)
            findings.append(Finding("two_headings", contract.name, name, detail={"headings": shown}))
    names: list[str] = []
    taken = Counter(winners.values())
    for position, heading in enumerate(headings):
        name = winners.get(position)
        if name is None:
            base = f"column_{position + 1}" if heading is None else str(heading).strip()
            name, turn = base, 1
            while taken[name]:
                turn += 1
                name = f"{base} ({turn})"
            taken[name] += 1
        names.append(name)
    return names, findings


def from_frame(frame: pd.DataFrame, contract: Table) -> tuple[pd.DataFrame, list[Finding]]:
    """`frame` under the contract's names; an index that has a name is a column."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    names, findings = named_columns(list(frame.columns), contract)
    return frame.set_axis(names, axis=1).reset_index(drop=True), findings


def from_rows(rows: Iterable[Sequence[object]], contract: Table, *, ragged: bool = True) -> tuple[pd.DataFrame, list[Finding]]:
    """A frame of the rows below the first, which holds the headings. Rows without any entry are passed over.

    `ragged` says whether a row with fewer cells than headings is a mistake, as in text files.

    >>> from crmlib.company.schema import TABLES
    >>> frame, findings = from_rows([["客户编号", "name"], ["C1", None, "x"], [None], ["C2"]], TABLES["customers"])
    >>> frame.customer_id.tolist(), [(found.kind, found.first) for found in findings]
    (['C1', 'C2'], [('more_cells', '1'), ('fewer_cells', '2')])
    """
    every = iter(rows)
    headings = list(next(every, ()))
    while headings and headings[-1] is None:
        headings.pop()
    width = len(headings)
    body = [row for row in every if any(cell is not None for cell in row)]
    longer = [position for position, row in enumerate(body) if any(cell is not None for cell in row[width:])]
    shorter = [position for position, row in enumerate(body) if len(row) < width]
    names, findings = named_columns(headings, contract)
    if longer:
        values = ", ".join(str(cell) for cell in body[longer[0]][width:] if cell is not None)
        findings.append(Finding("more_cells", contract.name, "", len(longer), _first(longer), {"values": values}))
    if shorter and ragged:
        findings.append(Finding("fewer_cells", contract.name, "", len(shorter), _first(shorter)))
    if longer or shorter or any(len(row) != width for row in body):
        body = [(*row[:width], *[None] * (width - len(row))) for row in body]
    frame = pd.DataFrame(body, columns=range(width), dtype=object).set_axis(names, axis=1)
    nameless = [name for name, heading in zip(names, headings, strict=True) if heading is None and frame[name].isna().all()]
    return frame.drop(columns=nameless), findings


def _first(positions: list[int]) -> str:
    return ", ".join(str(position + 1) for position in positions[:3])
