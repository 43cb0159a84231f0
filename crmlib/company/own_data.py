"""Reading one's own customer list into the contract of the table `customers`, with an account of everything done to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from crmlib.company.customer_list.amounts import amount, count
from crmlib.company.customer_list.cells import Reading, blank, category, conversion, fractions, identifier, text, yes_no
from crmlib.company.customer_list.dates import date_order, day
from crmlib.company.customer_list.headings import MEASURES, Field, columns, key, score
from crmlib.company.customer_list.identity import identified, without_repeats
from crmlib.company.customer_list.layout import Layout, lay_out
from crmlib.company.customer_list.report import ImportResult, Notes
from crmlib.company.customer_list.sheets import Sheet, open_sheet
from crmlib.company.schema import DTYPES, TABLES
from crmlib.i18n import _

__all__ = ["ImportResult", "read_customers"]

_WORDS_FIRST = ("category", "yes_no")


def read_customers(path: str | Path, *, sheet: str | int | None = None, mapping: Mapping[str, str | None] | None = None) -> ImportResult:
    """Read a customer list of one's own, from Excel or a text file, into the contract of the table customers.

    Answers: can the methods of this library run on my own firm's customers?

    Headings may be Chinese or English, with titles above and totals below. Amounts are in yuan afterwards: a heading 年收入(万元), a line
    单位：万元 above the table and a cell 3.5万 are multiplied. What cannot be read becomes missing; no row and no column goes without a
    line in the report. Rows that are alike in every column are one customer. Rows that share an id but differ are *all kept* and reported
    as duplicates: whether they are months to add up or a mistake is for the reader to say.

    Parameters
    ----------
    path : an .xlsx file, or a text file (CSV) in UTF-8, UTF-16 or GBK, separated by commas, tabs or semicolons
    sheet : name of the sheet, or its number from 1; None → the sheet that looks most like a customer list
    mapping : {heading in the file: column of the contract, or None to keep it as it is}, where the headings are not recognised as meant

    Returns
    -------
    ImportResult
        `.table`, `.report` and `.summary()`. Only customer_id is sure to be in the table: without one in the list, or in a row, the row
        number makes one ("row-17"). Other columns of the contract are there when the list has them; beside them revenue_yuan and
        margin_yuan (yuan) and parcels.

    Raises
    ------
    ValueError
        The file cannot be read as a table, nothing in it names the customers, two headings mean one column, or `mapping` names a heading or
        column that does not exist.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "customers.csv"
    ...     _size = file.write_text("客户编号,年收入(万元)\\n007,3.5\\n008,1.2\\n", encoding="gb18030")
    ...     result = read_customers(file)
    >>> result.table.set_index("customer_id").revenue_yuan.to_dict()
    {'007': 35000.0, '008': 12000.0}
    """
    wanted = _wanted(mapping)
    notes = Notes()
    source = open_sheet(path, sheet, lambda rows: score(rows, wanted))
    for sentence in source.about:
        notes.add("read", sentence)
    layout = lay_out(source, wanted, notes)
    _refuse_unknown(mapping, layout)
    if source.unstored:
        why = _("Formulas have no stored result. Open the file in Excel or WPS, save it, and read it again.")
        notes.add("check", why, row=min(source.unstored)[0], count=len(source.unstored))
    filled: dict[str, list] = {}
    kept: dict[int, list] = {}
    for field in sorted(layout.fields, key=lambda field: list(columns()).index(field.column) if field.column else len(columns())):
        values = _column(field, layout, source, notes) if field.column else None
        if values is None:
            kept[field.position] = [row[field.position] for row in layout.rows]
        else:
            filled[field.column] = values
    keep = without_repeats(filled, layout, notes)
    ids = identified(filled, layout, keep, notes)
    return ImportResult(_table(ids, filled, kept, layout, keep, notes), notes.frame())


def _wanted(mapping: Mapping[str, str | None] | None) -> dict[str, str | None]:
    chosen = dict(mapping or {})
    unknown = [str(column) for column in chosen.values() if column is not None and column not in columns()]
    if unknown:
        raise ValueError(
            _("mapping= names columns that the contract does not have: {unknown}. It has: {columns}.").format(
                unknown=", ".join(unknown), columns=", ".join(columns())
            )
        )
    return {key(heading): column for heading, column in chosen.items()}


def _refuse_unknown(mapping: Mapping[str, str | None] | None, layout: Layout) -> None:
    headings = [field.heading.text for field in layout.fields]
    missing = [str(heading) for heading in mapping or {} if key(heading) not in map(key, headings)]
    if missing:
        raise ValueError(
            _("mapping= names headings that the list does not have: {missing}. It has: {headings}.").format(
                missing=", ".join(missing), headings=", ".join(headings)
            )
        )


def _scale(field: Field, layout: Layout, notes: Notes, numbers: int) -> float:
    if field.column not in (*MEASURES, "expected_growth"):
        return 1.0
    money = columns()[field.column].unit == "yuan"
    unit = field.heading.unit or (layout.unit if money else None)
    if field.heading.aside:
        why = _("“{aside}” in the heading was taken as a remark, not as a unit.")
        notes.add("check", why.format(aside=field.heading.aside), column=field.column, heading=field.heading.text)
    if unit is not None and unit.foreign:
        why = _("The unit is {unit}, not yuan; the numbers were left as they are.")
        notes.add("check", why.format(unit=unit.text), column=field.column, heading=field.heading.text)
    if unit is None or unit.scale == 1:
        return 1.0
    why = (
        _("The unit is {unit}, so each number was multiplied by {scale:,}.")
        if field.heading.unit
        else _("The unit above the table is {unit}, so each number was multiplied by {scale:,}.")
    )
    notes.add("converted", why.format(unit=unit.text, scale=unit.scale), column=field.column, heading=field.heading.text, count=numbers)
    return unit.scale


def _reader(field: Field, cells: list[object], scale: float, source: Sheet):
    column = columns()[field.column]
    if column.name in ("customer_id", "salesperson_id"):
        keep_decimals = fractions(cells)
        return lambda cell: identifier(cell, keep_decimals=keep_decimals)
    if column.name == "parcels":
        return lambda cell: count(cell, scale=scale, stored=not source.is_text)
    if column.dtype == "number":
        share = column.name not in MEASURES
        return lambda cell: amount(cell, scale=scale, share=share, stored=not source.is_text)
    if column.dtype == "date":
        order = date_order(cells)
        return lambda cell: day(cell, epoch=source.epoch, order=order)
    if column.dtype == "category":
        return lambda cell: category(cell, column.name)
    return yes_no if column.dtype == "yes_no" else text


def _column(field: Field, layout: Layout, source: Sheet, notes: Notes) -> list | None:
    """The values of one column of the contract, or None when none of its cells says anything that the contract knows."""
    column = columns()[field.column]
    cells = [row[field.position] for row in layout.rows]
    scratch = Notes()
    read = _reader(field, cells, _scale(field, layout, scratch, sum(not blank(cell) for cell in cells)), source)
    empty = [cell is None or (column.dtype not in _WORDS_FIRST and blank(cell)) for cell in cells]
    readings = [Reading() if nothing else read(cell) for cell, nothing in zip(cells, empty, strict=True)]
    if column.dtype in _WORDS_FIRST:
        empty = [nothing or (reading.value is None and blank(cell)) for cell, nothing, reading in zip(cells, empty, readings, strict=True)]
    if column.dtype != "text" and not field.chosen and not all(empty) and all(reading.value is None for reading in readings):
        why = _("It looks like {column}, but none of its {count} entries could be read so: “{example}”. Kept as it is.")
        first = next(cell for cell, nothing in zip(cells, empty, strict=True) if not nothing)
        notes.add(
            "check",
            why.format(column=column.name, count=len(cells) - sum(empty), example=first),
            column=column.name,
            heading=field.heading.text,
        )
        return None
    notes.add(
        "mapped", _("mapping= says so.") if field.chosen else _("The heading is known."), column=column.name, heading=field.heading.text
    )
    notes.lines += scratch.lines
    _account(field, layout, cells, readings, empty, source, notes)
    values = [None if nothing else reading.value for reading, nothing in zip(readings, empty, strict=True)]
    _doubts(field, layout, values, notes)
    return values


def _account(field: Field, layout: Layout, cells: list, readings: list[Reading], empty: list[bool], source: Sheet, notes: Notes) -> None:
    """Note each conversion, each cell that cannot be read, and how many are empty."""
    where = {"column": field.column, "heading": field.heading.text}
    made: Counter[str] = Counter()
    first: dict[str, tuple[int, object]] = {}
    gaps: list[int] = []
    for number, cell, reading, nothing in zip(layout.numbers, cells, readings, empty, strict=True):
        if nothing and (number, field.position + 1) in source.unstored:
            notes.add("missing", _("The cell is a formula without a stored result."), row=number, **where)
        elif nothing:
            gaps.append(number)
        elif reading.problem:
            notes.add("missing" if reading.value is None else "check", reading.problem, row=number, text=cell, **where)
        for code in reading.how:
            made[code] += 1
            first.setdefault(code, (number, cell))
    for code, times in made.items():
        notes.add("converted", conversion(code), row=first[code][0], text=first[code][1], count=times, **where)
    if gaps:
        notes.add("missing", _("Nothing is entered."), row=gaps[0], count=len(gaps), **where)


def _doubts(field: Field, layout: Layout, values: list, notes: Notes) -> None:
    """Note numbers that were read but can hardly be meant."""
    column = columns()[field.column]
    if column.dtype != "number":
        return
    numbers = [(value, number) for value, number in zip(values, layout.numbers, strict=True) if value is not None]
    low = 0 if column.name in ("revenue_yuan", "parcels") else column.low
    doubts = {}
    if low is not None:
        doubts[_("Numbers below {low:g} make no sense here and stop some methods.").format(low=low)] = [
            pair for pair in numbers if pair[0] < low
        ]
    if column.name == "expected_growth":
        why = _("Numbers of 2 and more mean growth of at least 200%. If they are percentages, write “%” into the heading.")
        doubts[why] = [pair for pair in numbers if pair[0] >= 2]
        why = _("No growth reaches 1%. If the numbers are shares already, take “%” out of the heading.")
        percent = field.heading.unit is not None and field.heading.unit.scale == 0.01
        doubts[why] = numbers if percent and all(abs(value) < 0.01 for value, _number in numbers) else []
    for why, pairs in doubts.items():
        if pairs:
            notes.add("check", why, column=column.name, heading=field.heading.text, row=pairs[0][1], text=pairs[0][0], count=len(pairs))


def _table(ids: list[str], filled: dict[str, list], kept: dict[int, list], layout: Layout, keep: list[int], notes: Notes) -> pd.DataFrame:
    table = {"customer_id": pd.Series(ids, dtype=DTYPES["text"])}
    for name, values in filled.items():
        if name != "customer_id":
            table[name] = _series([values[position] for position in keep], name)
    for field in layout.fields:
        if field.position not in kept:
            continue
        name, turn = field.heading.text, 2
        while name in table:
            name, turn = f"{field.heading.text} ({turn})", turn + 1
        why = field.why or _("No column of the contract fits; use mapping= if one does.")
        notes.add("kept_as_is", why, column=name if name != field.heading.text else "", heading=field.heading.text)
        values = [kept[field.position][position] for position in keep]
        table[name] = pd.Series([float(value) if isinstance(value, float) else value for value in values], dtype=object).infer_objects()
    for column in TABLES["customers"].columns:
        if column.name not in table:
            notes.add("absent", _("No heading of the list means it."), column=column.name)
    return pd.DataFrame(table)


def _series(values: list, name: str) -> pd.Series:
    gaps = any(value is None for value in values)
    if name == "parcels":
        return pd.Series(values, dtype="Int64" if gaps else "int64")
    kind = columns()[name].dtype
    if kind == "yes_no":
        return pd.Series(values, dtype="boolean" if gaps else "bool")
    if kind == "number":
        return pd.Series([np.nan if value is None else value for value in values], dtype="float64")
    if kind == "date":
        return pd.Series([pd.NaT if value is None else np.datetime64(value, "us") for value in values], dtype=DTYPES["date"])
    return pd.Series(values, dtype=DTYPES[kind])
