"""What a method was given: a table with its columns, dates that are dates, numbers that are numbers."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.i18n import _


def need_table(name: str, table: object, columns: Iterable[str]) -> None:
    """Refuse what is no table, or lacks one of `columns`; a column whose name ends in _on or _at must hold dates.

    >>> need_table("leads", pd.DataFrame({"lead_id": ["l1"]}), ["lead_id"])
    """
    if not isinstance(table, pd.DataFrame):
        raise ValueError(_("{name} must be a table; this is a {kind}.").format(name=name, kind=type(table).__name__))
    wanted = list(columns)
    require_columns(table.columns, wanted)
    for column in wanted:
        dated = str(column).endswith(("_on", "_at"))
        if dated and table[column].notna().any() and not pd.api.types.is_datetime64_any_dtype(table[column]):
            raise ValueError(_("{column} holds text, not dates. Convert it first: pd.to_datetime({table}.{column}).").format(
                column=column, table=name))  # fmt: skip


def need_number(name: str, value: object) -> float:
    """`value` as a number of 0 or more; anything else is refused.

    >>> need_number("win_yuan", 3)
    3.0
    """
    if isinstance(value, bool) or not isinstance(value, (Real, np.number)) or not np.isfinite(value) or value < 0:
        raise ValueError(_("{name} is {value}; it must be a number of 0 or more.").format(name=name, value=value))
    return float(value)
