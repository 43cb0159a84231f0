"""The contracts of a firm's tables, and what tables, columns and values are called in both languages."""

from __future__ import annotations

from collections.abc import Iterable

from crmlib.company.contract import DTYPES, Column, Table, Value, conform
from crmlib.company.tables import core, desk, money, sales, sources, voice, world
from crmlib.i18n import language

__all__ = ["DERIVED", "DTYPES", "TABLES", "Column", "Table", "Value", "conform", "label"]

TABLES: dict[str, Table] = {table.name: table for theme in (core, money, voice, desk, sales, world, sources) for table in theme.TABLES}
"""Every table of a firm, by name."""

_DERIVED = (
    Column("state", "category", "客户状态", "state",
           "某一天看，客户和公司是什么关系", "How the customer stands with the firm on a given day", values=(
               Value("loyal", "忠诚客户", "loyal customer"),
               Value("regular", "一般客户", "regular customer"),
               Value("new", "新增客户", "new customer"),
               Value("potential", "潜在客户", "potential customer"),
               Value("lost", "流失客户", "lost customer"))),
    Column("location", "category", "境内外", "location",
           "境内客户还是境外客户", "Whether the customer is in China or abroad", values=(
               Value("domestic", "境内客户", "domestic customer"), Value("abroad", "境外客户", "foreign customer"))),
    Column("parcels", "number", "件数", "parcels", "一段时间里寄了多少件", "Parcels sent in a period", unit="count"),
    Column("revenue_yuan", "number", "收入", "revenue", "一段时间里的运费合计", "Sum of the prices in a period", unit="yuan"),
    Column("margin_yuan", "number", "毛利", "margin", "运费合计减成本合计", "Sum of the prices less sum of the costs", unit="yuan"),
    Column("first_on", "date", "首次寄件", "first parcel", "一段时间里第一件的日期", "Day of the first parcel in a period", unit="date"),
    Column("last_on", "date", "最近寄件", "last parcel", "一段时间里最后一件的日期", "Day of the last parcel in a period", unit="date"),
    Column("active_months", "number", "活跃月数", "active months", "有几个月寄过件", "Months with at least one parcel", unit="months"),
    Column("express_share", "number", "特快件占比", "express share", "特快件占全部件数的份额", "Express parcels over all parcels", unit="share"),
    Column("cross_border_share", "number", "跨境件占比", "cross-border share",
           "国际及港澳台件占全部件数的份额", "Cross-border parcels over all parcels", unit="share"),
    Column("abc", "category", "ABC 类别", "ABC class", "按收入分的类", "The class by revenue", values=(
        Value("A", "A 关键客户", "A key"), Value("B", "B 主要客户", "B major"), Value("C", "C 普通客户", "C ordinary"))),
)  # fmt: skip
DERIVED: dict[str, Column] = {column.name: column for column in _DERIVED}
"""Columns that methods work out from the tables: labels for figures and headings, no contract."""


def _columns() -> Iterable[Column]:
    """Where two columns name the same code, the first one counts: what methods say of customers comes before what tables say of cases."""
    yield from TABLES["customers"].columns
    yield TABLES["waybills"]["scope"]
    yield from DERIVED.values()
    for table in TABLES.values():
        yield from table.columns


def label(code: str, column: str | None = None, *, table: str | None = None) -> str:
    """What a category value, a column or a table is called in the active language.

    Parameters
    ----------
    code : the code of a value ("e_commerce"), or the name of a column ("price_yuan") or table ("waybills")
    column : the column the value stands in, where one code means two things ("domestic" is a scope and a location)
    table : the table the column stands in, where two tables have columns of one name ("price_yuan" is what a waybill brings and what a
        quote offers)

    Returns
    -------
    str
        The label. A code that nobody named, such as a class of your own, is its own label.

    >>> label("my own class")
    'my own class'
    """
    chinese = language() == "zh"
    columns = [candidate for candidate in (TABLES[table].columns if table else _columns()) if column in (None, candidate.name)]
    values = (value for candidate in columns for value in candidate.values)
    whole = [] if column else [*([] if table else TABLES.values()), *columns]
    for entry in (*whole, *values):
        if (entry.code if isinstance(entry, Value) else entry.name) == code:
            return entry.zh if chinese else entry.en
    return str(code)
