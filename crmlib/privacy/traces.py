"""Where a person's values stand: in which tables, columns and texts, however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

import pandas as pd

from crmlib.checks import need_frame, require_columns
from crmlib.company.company import Company
from crmlib.company.contract import Table
from crmlib.i18n import _

FREE_TEXTS = (("cases", "text"), ("surveys", "comment"))
_LINKS = ("mobile", "id_number", "email")
_TITLES = re.compile(r".{1,2}(先生|女士|小姐|老师|老板|经理|总)")
_MOST_ROWS = 8
"""A number that stands in more records than this is a switchboard or a made-up one, and links nobody."""


def plain(value: object) -> str:
    """A value as it is compared: full width made half, traditional characters simplified, no spaces or marks, no 86 before a mobile number.

    >>> plain("＋86 129-2604 8334"), plain("陳書昕 "), plain("A@mail.example")
    ('12926048334', '陈书昕', 'amailexample')
    """
    if not isinstance(value, str):
        return ""
    text = re.sub(r"[^\w*]|_", "", unicodedata.normalize("NFKC", value)).lower()
    if re.fullmatch(r"(00)?86\d{11}", text):
        return text[-11:]
    return text if text.isascii() else _simplified(text)


def own_records(company: Company, customer_id: str, *, records: pd.DataFrame | None = None) -> pd.Series:
    """Which rows of source_records are a customer's: yes or no for each.

    Parameters
    ----------
    records : DataFrame with system, record_id, customer_id, optional
        What is known of whose records they are, such as the identity part works out. Without it: those that have the customer's name, or a
        contact's name and number, and those that share a mobile number, identity number or e-mail with such a one. On a simulated firm
        that finds 88 in 100, and 2 in 100 of those found are a namesake's.

    >>> from crmlib.company import lark
    >>> firm = lark()
    >>> int(own_records(firm, "C00003").sum()) > 0
    True
    """
    found = company.source_records
    if records is not None:
        need_frame(records, "records")
        require_columns(records.columns, ["system", "record_id", "customer_id"])
        mine = records[records["customer_id"].astype(object) == customer_id]
        return pd.Series(pd.MultiIndex.from_frame(found[["system", "record_id"]].astype(object)).isin(
            pd.MultiIndex.from_frame(mine[["system", "record_id"]].astype(object))), index=found.index)  # fmt: skip
    values = _plain_links(company)
    mine = values["name"].eq(plain(company.customers.loc[company.customers["customer_id"] == customer_id, "name"].iloc[0])) & values[
        "name"
    ].ne("")
    if "contacts" in company.tables:
        people = company.contacts[company.contacts["customer_id"] == customer_id]
        for person, phone in people[["name", "phone"]].astype(object).itertuples(index=False):
            if re.fullmatch(r"\d{3}\*{4}\d{4}", str(phone)):
                mine |= values["contact_name"].eq(plain(person)) & values["mobile"].str.fullmatch(str(phone).replace("*", r"\d"))
    while True:
        more = mine.copy()
        for column in _LINKS:
            known = set(values.loc[mine, column]) - {""}
            shared = values[column].isin(known)
            if known and shared.sum() <= _MOST_ROWS * len(known):
                more |= shared
        if more.equals(mine):
            return mine
        mine = more


def is_title(names: pd.Series) -> pd.Series:
    """Which names are a form of address alone, such as 陈女士, and so not one person's.

    >>> is_title(pd.Series(["陈女士", "陈书昕"])).tolist()
    [True, False]
    """
    return names.astype(object).map(lambda name: bool(isinstance(name, str) and _TITLES.fullmatch(name))).astype(bool)


def find_traces(company: Company, values: Mapping[str, Iterable[str]] | Iterable[str]) -> pd.DataFrame:
    """Every cell of every table in which one of a person's values stands, alone or within a text.

    Answers: is anything left of her?

    Parameters
    ----------
    company : Company
    values : the values to look for, or such values by kind ("name", "mobile", …). Values of fewer than 3 signs are looked for only as whole
        cells, and never within numbers: two digits stand everywhere.

    Returns
    -------
    DataFrame
        table, column, row_key, kind: the place and the kind of value, never the value

    Raises
    ------
    ValueError
        `values` hold something that is no text.

    >>> from crmlib.company import lark
    >>> firm = lark()
    >>> set(find_traces(firm, {"name": firm.customers.name.iloc[:1]}).table) >= {"customers"}
    True
    """
    kinds = values if isinstance(values, Mapping) else {"": values}
    wanted: dict[str, str] = {}
    for kind, each in kinds.items():
        for value in [each] if isinstance(each, str) else each:
            if not isinstance(value, str) and not pd.isna(value):
                raise ValueError(_("{value} is no text. Write the values to look for in quotation marks.").format(value=repr(value)))
            if plain(value):
                wanted.setdefault(plain(value), str(kind))
    rows = []
    long = {value for value in wanted if len(value) >= 3}
    anywhere = re.compile("|".join(map(re.escape, sorted(long, key=len, reverse=True)))) if long else None
    for name, contract in _tables(company):
        frame = company.tables[name]
        for column in [
            each.name for each in contract.columns if each.dtype == "text" and not each.ref and not each.key and each.name in frame
        ]:
            cells = frame[column].drop_duplicates().dropna()
            hits = {}
            for cell in cells:
                text = plain(cell)
                found = text if text in wanted else anywhere and (match := anywhere.search(text)) and match.group()
                if found:
                    hits[cell] = wanted[found]
            held = frame[frame[column].isin(list(hits))] if hits else frame.iloc[:0]
            rows += [(name, column, key, hits[cell]) for key, cell in zip(held[contract.key], held[column], strict=True)]
    return pd.DataFrame(rows, columns=["table", "column", "row_key", "kind"])


def _tables(company: Company) -> list[tuple[str, Table]]:
    """Tables that hold a text of their own; waybills and tracking, which are large, hold none."""
    from crmlib.company.schema import TABLES

    return [(name, TABLES[name]) for name in company.tables
            if any(each.dtype == "text" and not each.ref and not each.key for each in TABLES[name].columns)]  # fmt: skip


def _plain_links(company: Company) -> pd.DataFrame:
    found = company.source_records
    values = pd.DataFrame(
        {
            column: [plain(value) for value in found[column].astype(object)]
            for column in ("name", "contact_name", "mobile", "id_number", "email")
        },
        index=found.index,
    )
    # A form of address is shared by many.
    return values.assign(contact_name=values["contact_name"].where(~is_title(values["contact_name"]), ""))


@lru_cache(maxsize=2)
def _converter(way: str):
    from opencc import OpenCC

    return OpenCC(way)


@lru_cache(maxsize=65536)
def _simplified(text: str) -> str:
    return _converter("t2s").convert(text)


@lru_cache(maxsize=4096)
def older_form(sign: str) -> str:
    """The traditional form of one character.

    >>> older_form("陈")
    '陳'
    """
    return _converter("s2t").convert(sign)
