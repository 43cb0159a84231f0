"""What the models read of a customer, repeat purchases, span and age, checked and with equal customers put together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.i18n import _
from crmlib.segments.per_customer import customer_table, numbers

UNITS = ("day", "week", "month")
NEEDED = ("repeats", "span", "age")


@dataclass(frozen=True)
class Histories:
    """Different histories of purchases, each with the number of customers who share it."""

    repeats: np.ndarray
    span: np.ndarray
    age: np.ndarray
    customers: np.ndarray

    @cached_property
    def numbers(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The different numbers of repeat purchases, which of them each history has, and how many customers have each.

        What depends on the number of purchases alone, a likelihood works out once for each number.
        """
        found, place = np.unique(self.repeats, return_inverse=True)
        return found, place, np.bincount(place, weights=self.customers)


def checked(summary: pd.DataFrame) -> pd.DataFrame:
    """`summary` indexed by customer_id with repeats, span and age as floats; impossible histories are refused with a sentence.

    >>> checked(pd.DataFrame({"customer_id": ["c1"], "repeats": [2], "span": [30], "age": [39]})).span.tolist()
    [30.0]
    """
    table = customer_table(summary, NEEDED, "summary").copy()
    for name in NEEDED:
        table[name] = numbers(table[name], name)
        refuse_rows(table[name] < 0, _("{name} is negative").format(name=name), _("Make the table with crm.lifetime.purchase_summary."))
    repeats, span, age = (table[name] for name in NEEDED)
    refuse_rows(
        repeats != repeats.round(), _("repeats is no whole number"),
        _("It counts purchases after the first one; make the table with crm.lifetime.purchase_summary."),
    )  # fmt: skip
    refuse_rows(
        span > age, _("span is longer than age"),
        _("span runs from the first to the last purchase, age from the first purchase to the end of the period; perhaps they are swapped."),
    )  # fmt: skip
    refuse_rows(
        (repeats > 0) != (span > 0), _("repeats and span do not fit together"),
        _("Who bought once has span 0, who bought again has a span above 0; repeats does not count the first purchase."),
    )  # fmt: skip
    return table


def unit_of(table: pd.DataFrame) -> str:
    """The unit in which `table` counts, "period" where it does not say.

    >>> unit_of(pd.DataFrame({"unit": ["week", "week"]}))
    'week'
    """
    if "unit" not in table:
        return "period"
    found = sorted(set(table["unit"].astype(str)))
    if len(found) > 1:
        raise ValueError(_("The summary mixes the units {units}. Count all customers in one unit.").format(units=", ".join(found)))
    return found[0]


def collapse(table: pd.DataFrame) -> Histories:
    """Put customers with equal histories together: the likelihood needs each history only once.

    >>> table = pd.DataFrame({"repeats": [0.0, 0.0, 2.0], "span": [0.0, 0.0, 3.0], "age": [9.0, 9.0, 9.0]})
    >>> collapse(table).customers.tolist()
    [2, 1]
    """
    counts = table.groupby(list(NEEDED), sort=True).size()
    columns = (counts.index.get_level_values(name).to_numpy(dtype=float) for name in NEEDED)
    found = Histories(*columns, counts.to_numpy())
    return found


def require_repeats(table: pd.DataFrame) -> None:
    """Refuse customers none of whom bought twice, of which no model can learn.

    >>> require_repeats(pd.DataFrame({"repeats": [1.0, 0.0]}))
    """
    if not (table["repeats"] > 0).any():
        raise ValueError(_("Nobody in the summary bought a second time, so no rate can be learnt. Take a longer period or more customers."))
