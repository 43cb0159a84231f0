"""The register of data classes: of every column of the firm, whether it is public, internal, personal or sensitive."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from crmlib.company.contract import Table
from crmlib.company.privacy_columns import DATA_CLASS, group_of
from crmlib.company.schema import TABLES, label
from crmlib.i18n import _

IDENTIFIES = {"direct": "alone", "sensitive": "alone", "key": "as_key", "combined": "combined"}


def data_register(tables: Iterable[Table] | None = None) -> pd.DataFrame:
    """The data class of every column of the firm's tables.

    Answers: which columns are somebody's personal information?

    Parameters
    ----------
    tables : Table contracts, optional
        All tables of a firm where left out.

    Returns
    -------
    DataFrame, one row a column
        table, column, name (in the active language), data_class (public, internal, personal, sensitive), identifies (alone; as_key: a
        number that leads to somebody; combined: only together with others; no), group (what the views go by)

    Raises
    ------
    ValueError
        A column has no class: it is named, and where to declare it.

    Source: 《2025国际快递行业客户关系管理体系研究》 asks for classes and grades of data. Which column belongs where is a choice for
        teaching, after the distinction that the 个人信息保护法 makes between personal and sensitive personal information. A column is classed
        by what it tells by itself; beside a key, everything is about a person.

    >>> data_register().query("data_class == 'sensitive'").column.tolist()
    ['absence', 'id_number']
    """
    tables = list(TABLES.values() if tables is None else tables)
    groups = group_of(tables)
    if lacking := [f"{table.name}.{column}" for table in tables for column in table.names if (table.name, column) not in groups]:
        raise ValueError(
            _("No data class is declared for: {names}. Write each into its table in crmlib/company/privacy_columns.py.").format(
                names=", ".join(lacking)
            )
        )
    return pd.DataFrame([
        {"table": table, "column": column, "name": label(column, table=table) if table in TABLES else column, "data_class": DATA_CLASS[group],
         "identifies": IDENTIFIES.get(group, "no"), "group": group}
        for (table, column), group in groups.items()
    ])  # fmt: skip


def quasi_identifiers(table: str) -> list[str]:
    """The columns of a table that name nobody alone but may together.

    >>> quasi_identifiers("waybills")[:3]
    ['picked_up_at', 'product', 'scope']
    """
    require_table(table)
    return [column for (_table, column), group in group_of([TABLES[table]]).items() if group == "combined"]


def require_table(table: object) -> None:
    """Refuse a name that is no table of the firm.

    >>> require_table("customers")
    """
    if table not in TABLES:
        raise ValueError(_("{name} is no table of the firm. Its tables: {known}.").format(name=table, known=", ".join(TABLES)))
