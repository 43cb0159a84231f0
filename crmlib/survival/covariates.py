"""Covariates as numbers: yes/no as 1 and 0, a category as one column for each value but the first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import clean_column, is_answer, is_number
from crmlib.company.schema import DERIVED, TABLES, label
from crmlib.i18n import _
from crmlib.survival.observations import as_numbers

_MOST_KINDS = 20
_LEVEL = re.compile(r"(.+)\[(.+)\]")


def design(data: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    """The covariates of `data` as numbers.

    >>> design(pd.DataFrame({"market": ["walk_in", "corporate"], "late": [0.1, 0.2]}), ["market", "late"]).columns.tolist()
    ['market[walk_in]', 'late']
    """
    if not covariates:
        raise ValueError(_("covariates is empty: name at least one column whose effect you want to know."))
    columns: dict[str, pd.Series] = {}
    for name in covariates:
        values = data[name]
        if isinstance(values, pd.DataFrame):
            raise ValueError(_("The table has more than one column called {name}. Rename one of them.").format(name=name))
        if is_answer(values):
            columns[name] = clean_column(values, name, "answer").astype("float64")
        elif is_number(values):
            columns[name] = as_numbers(values, name)
        elif pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_timedelta64_dtype(values):
            raise ValueError(_("{name} is a date. Turn it into a number first, such as days since a fixed day.").format(name=name))
        else:
            columns |= _levels(values, name)
    found = pd.DataFrame(columns)
    same = found.columns[(found.max() - found.min() <= 1e-12 * found.abs().max().clip(lower=1e-300)).to_numpy()]
    if len(same):
        raise ValueError(_("{name} is the same for all customers, so its effect cannot be known. Leave it out.").format(name=same[0]))
    return found


def _levels(values: pd.Series, name: str) -> dict[str, pd.Series]:
    refuse_rows(values.isna(), _("{name} is missing").format(name=name), _("Give these customers a group of their own, or drop them."))
    category = values.astype("category").cat.remove_unused_categories()
    kinds = category.cat.categories
    if len(kinds) > _MOST_KINDS:
        raise ValueError(_("{name} has {count} different values, too many for a category. Group them, or make numbers of them.").format(
            name=name, count=len(kinds)))  # fmt: skip
    if len(kinds) == 1:
        raise ValueError(_("{name} is the same for all customers, so its effect cannot be known. Leave it out.").format(name=name))
    return {f"{name}[{kind}]": (category == kind).astype("float64") for kind in kinds[1:]}


def column_names(names: Iterable[str]) -> dict[str, str]:
    """What covariates are called in the active language, by their name in a fit.

    >>> column_names(["my own"])
    {'my own': 'my own'}
    """
    known = DERIVED.keys() | {column.name for table in TABLES.values() for column in table.columns}
    found = {}
    for name in names:
        split = _LEVEL.fullmatch(str(name))
        found[name] = label(split[2], split[1]) if split else label(str(name)) if str(name) in known else str(name)
    return found
