"""What the firm knew at a cut-off: every table without the rows, and without the values, that came later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.checks import require_columns
from crmlib.clean import clean, moments
from crmlib.i18n import _
from crmlib.segments.per_customer import day

if TYPE_CHECKING:
    from crmlib.company import Company


@dataclass(frozen=True)
class _Source:
    """A table that features may come from: `time` says when a row became known; `keep` are the columns that were known then and do not
    change; `later` are columns that were filled in on the moment which they hold themselves."""

    time: str
    keep: tuple[str, ...]
    later: tuple[str, ...] = ()


SOURCES: Mapping[str, _Source] = {
    "customers": _Source("opened_on", ("customer_id", "market", "region", "area", "nature", "reach", "origin", "cross_border")),
    "waybills": _Source(
        "picked_up_at",
        ("waybill_id", "customer_id", "product", "scope", "destination_region", "weight_kg", "price_yuan", "cost_yuan", "promised_at"),
        ("delivered_at",),
    ),
    "cases": _Source("opened_at", ("case_id", "customer_id", "waybill_id", "kind", "cause", "grade"), ("first_response_at", "resolved_at")),
    "invoices": _Source("issued_on", ("invoice_id", "customer_id", "due_on", "amount_yuan")),
    "payments": _Source("paid_on", ("payment_id", "invoice_id", "amount_yuan")),
    "surveys": _Source("answered_on", ("customer_id", "satisfaction_1", "satisfaction_2", "recommend")),
    "touches": _Source("happened_on", ("touch_id", "customer_id", "salesperson_id", "kind", "mood")),
    "salespeople": _Source("joined_on", ("salesperson_id",), ("left_on",)),
    "market_prices": _Source(
        "month", ("competitor", "scope", "origin_region", "destination_region", "product", "first_kg_yuan", "further_kg_yuan")
    ),
}
"""Left out on purpose, because they hold what is known when the data end: customers.salesperson_id, monthly_account and expected_growth,
waybills.status, the outcomes of cases and offers, the tiers of members."""


def as_of(company: Company | Mapping[str, pd.DataFrame], *, cutoff: object) -> dict[str, pd.DataFrame]:
    """The tables as they stood at the cut-off, at its midnight.

    Answers: what did we know that day, and what had yet to come?

    Parameters
    ----------
    company : Company, or tables by name
    cutoff : date, or text such as "2026-02-01"

    Returns
    -------
    dict of DataFrame
        Those of customers, waybills, cases, invoices, payments, surveys, touches, salespeople and market_prices that the firm has. Rows
        from the cut-off on are left out; a parcel under way has no delivered_at, somebody who left later no left_on; columns that hold
        the state when the data end (a waybill's status, today's salesperson, expected growth) are left out.

    Raises
    ------
    ValueError
        A table has no time column, a row has no time, or the cut-off is no date.

    >>> bills = pd.DataFrame({"picked_up_at": pd.to_datetime(["2026-01-30", "2026-02-02"]), "customer_id": ["c1", "c1"],
    ...                       "delivered_at": pd.to_datetime(["2026-02-03", "2026-02-04"])})
    >>> known = as_of({"waybills": bills}, cutoff="2026-02-01")["waybills"]
    >>> len(known), known.delivered_at.isna().all().item()
    (1, True)
    """
    moment, tables = day(cutoff, "cutoff"), tables_of(company)
    return {name: _known(tables[name], source, moment, name) for name, source in SOURCES.items() if name in tables}


def refuse_later(table: pd.DataFrame, *, time: str, cutoff: object, name: str = "table") -> None:
    """Raise a ValueError where a row was not known before the cut-off.

    Answers: does this table look into the future?

    Parameters
    ----------
    table : DataFrame
    time : name of the column that says when each row became known
    cutoff : date, or one a row (Series)
    name : what the table is called in the message

    Raises
    ------
    ValueError
        `time` is missing or no date in some row, or lies at or after the cut-off.

    >>> refuse_later(pd.DataFrame({"answered_on": ["2026-01-31"]}), time="answered_on", cutoff="2026-02-01")
    """
    if not isinstance(table, pd.DataFrame):
        raise ValueError(_("{name} must be a table; this is a {kind}.").format(name=name, kind=type(table).__name__))
    require_columns(table.columns, [time])
    known = moments_of(table[time], name, time)
    limit = moments_of(cutoff, name, "cutoff").to_numpy() if isinstance(cutoff, pd.Series) else day(cutoff, "cutoff")
    if isinstance(cutoff, pd.Series) and len(cutoff) != len(known):
        raise ValueError(_("{name} has {count} row(s) and {cutoffs} cut-offs. Give one date, or one a row.").format(
            name=name, count=len(known), cutoffs=len(cutoff)))  # fmt: skip
    late = (known >= limit).to_numpy()
    if late.any():
        first = ", ".join(str(moment.date()) for moment in known[late][:3])
        raise ValueError(_(
            "{name} looks into the future: {count} row(s) have {time} at or after the cut-off, first {first}. Only what was known before "
            "the cut-off may foretell what comes after it. Keep the rows before the cut-off."
        ).format(name=name, count=int(late.sum()), time=time, first=first))  # fmt: skip


def tables_of(company: object) -> Mapping[str, pd.DataFrame]:
    """The tables of a Company, or the mapping itself.

    >>> sorted(tables_of({"customers": pd.DataFrame()}))
    ['customers']
    """
    tables = company if isinstance(company, Mapping) else getattr(company, "tables", None)
    if not isinstance(tables, Mapping):
        raise ValueError(_("This needs a company, or its tables by name; it was given a {kind}.").format(kind=type(company).__name__))
    return tables


def moments_of(values: pd.Series, name: str, time: str) -> pd.Series:
    """A column of times; where one is missing or no date, nobody can tell when its row was known, and it is refused.

    >>> moments_of(pd.Series(["2026-01-31"]), "cases", "opened_at").dt.day.tolist()
    [31]
    """
    found = moments(values, time, table=name, text_ok=True)
    bad = found.isna()
    if bad.any():
        raise ValueError(_(
            "{name}: {time} is empty or no date in {count} row(s), so nobody can tell when these rows were known. Fill it in, or drop them."
        ).format(name=name, time=time, count=int(bad.sum())))  # fmt: skip
    return found


def _known(table: pd.DataFrame, source: _Source, moment: pd.Timestamp, name: str) -> pd.DataFrame:
    table = clean(table, name, **{source.time: "text_date?"})
    when = moments_of(table[source.time], name, source.time)
    columns = [source.time, *(column for column in (*source.keep, *source.later) if column in table.columns)]
    known = table.loc[(when < moment).to_numpy(), columns].reset_index(drop=True)
    known = clean(known, name, **{column: _kind(column, source) for column in columns})
    for column in source.later:
        if column in known.columns:
            known[column] = known[column].where(known[column] < moment)
    return known


def _kind(column: str, source: _Source) -> str:
    if column in (*source.later, source.time, "promised_at", "due_on"):
        return "text_date?"
    return "number?" if column.endswith(("_yuan", "_kg")) or column in ("mood", "satisfaction_1", "satisfaction_2", "recommend") else "name?"
