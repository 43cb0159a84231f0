"""How long personal values are kept, and what is due to go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.company.company import Company
from crmlib.company.contract import DTYPES
from crmlib.privacy.access_log import moment_of

ERASED = "〔已删除〕"
"""What stands where a value had to go and the contract leaves no room for an empty cell."""


@dataclass(frozen=True)
class _Rule:
    """After `keep` months from `dated_by`, `columns` of `table` are treated as `then` says; `dates` works out a day that no column holds."""

    table: str
    dated_by: str
    keep: str
    then: str
    columns: tuple[str, ...]
    dates: Callable[[Company], pd.Series] | None = None


def _last_dealings(company: Company) -> pd.Series:
    """The day of the customer's last parcel or touch, else of opening the account, for each contact person."""
    customers = company.customers.set_index("customer_id")["opened_on"]
    last = [customers]
    if "waybills" in company.tables:
        last.append(company.waybills.groupby("customer_id")["picked_up_at"].max())
    if "touches" in company.tables:
        last.append(company.touches.groupby("customer_id")["happened_on"].max())
    return company.contacts["customer_id"].map(pd.concat(last, axis=1).max(axis=1))


def _lost_on(company: Company) -> pd.Series:
    leads = company.leads
    return leads["closed_on"].where(leads["stage"].eq("lost"))


def _paid_invoices(company: Company) -> pd.Series:
    invoices = company.invoices.set_index("invoice_id")["issued_on"]
    return company.payments["invoice_id"].map(invoices)


_RULES = (
    _Rule("leads", "closed_on", "keep_lead_months", "erase", ("name", "phone"), _lost_on),
    _Rule("cases", "resolved_at", "keep_case_text_months", "erase", ("text",)),
    _Rule("surveys", "answered_on", "keep_comment_months", "erase", ("comment",)),
    _Rule("calls", "arrived_at", "keep_call_link_months", "unlink", ("customer_id", "waybill_id")),
    _Rule("source_records", "created_on", "keep_id_number_months", "erase", ("id_type", "id_number")),
    _Rule("contacts", "last_dealt_with", "keep_contact_months", "erase", ("name", "phone"), _last_dealings),
    _Rule("waybills", "delivered_at", "keep_waybill_months", "review", ("customer_id",)),
    _Rule("invoices", "issued_on", "keep_invoice_months", "review", ("customer_id",)),
    _Rule("payments", "issued_on", "keep_invoice_months", "review", ("invoice_id",), _paid_invoices),
)


def retention_rules() -> pd.DataFrame:
    """Which values are kept how long, and what then happens to them.

    Answers: how long may we keep this?

    Returns
    -------
    DataFrame, one row a rule
        table, dated_by (the day from which the months count), keep_months, then (erase: the value goes, the row stays, so that counts
        and sums stay; unlink: the row no longer tells whose it is; review: somebody decides), columns, rule (the standard to change), mark,
        source. All months are teaching values: none stands in a law that this course has read.

    >>> retention_rules().set_index("table").loc["invoices", ["then", "mark"]].tolist()
    ['review', 'teaching']
    """
    rows = []
    for rule in _RULES:
        entry = standards.entry(f"privacy.{rule.keep}")
        rows.append((rule.table, rule.dated_by, entry.value, rule.then, ", ".join(rule.columns), entry.key, entry.mark, entry.source))
    return pd.DataFrame(rows, columns=["table", "dated_by", "keep_months", "then", "columns", "rule", "mark", "source"])


def retention_plan(company: Company, today: object) -> pd.DataFrame:
    """What is due to go by the rules, counted; nothing is changed.

    Parameters
    ----------
    company : Company
    today : the day of the look

    Returns
    -------
    DataFrame, one row a rule whose table the firm has
        table, rule, then, keep_months, mark, due_before (day), row_count (rows with something to keep), due_count, oldest_on

    Raises
    ------
    ValueError
        `today` is no day.

    >>> from crmlib.company import lark
    >>> firm = lark()
    >>> plan = retention_plan(Company(customers=firm.customers, leads=firm.leads), "2026-11-01").set_index("table")
    >>> plan.index.tolist(), bool(0 < plan.loc["leads", "due_count"] < plan.loc["leads", "row_count"])
    (['leads'], True)
    """
    rows = []
    for rule in _RULES:
        if rule.table in company.tables:
            dates, due, before = _due(company, rule, today)
            entry = standards.entry(f"privacy.{rule.keep}")
            rows.append(
                (rule.table, entry.key, rule.then, entry.value, entry.mark, before, int(dates.notna().sum()), int(due.sum()), dates.min())
            )
    columns = ["table", "rule", "then", "keep_months", "mark", "due_before", "row_count", "due_count", "oldest_on"]
    return pd.DataFrame(rows, columns=columns).astype({"due_before": DTYPES["date"], "oldest_on": DTYPES["date"]})


def carry_out_retention(company: Company, today: object) -> tuple[Company, pd.DataFrame]:
    """The firm without what is due to go, and what went. Rows, keys and sums stay; what is for review stays too.

    Returns
    -------
    (Company, DataFrame)
        table, columns, row_count, then, rule, mark, by the rules. Done twice, the second time changes nothing.

    >>> from crmlib.company import lark
    >>> firm = lark()
    >>> after, report = carry_out_retention(Company(customers=firm.customers, leads=firm.leads), "2026-11-01")
    >>> bool((after.leads.name == ERASED).sum() == report.row_count.sum())
    True
    """
    changed, rows = {}, []
    for rule in _RULES:
        if rule.table not in company.tables:
            continue
        _dates, due, _before = _due(company, rule, today)
        entry = standards.entry(f"privacy.{rule.keep}")
        rows.append((rule.table, ", ".join(rule.columns), int(due.sum()), rule.then, entry.key, entry.mark))
        if rule.then != "review" and due.any():
            changed[rule.table] = emptied(company.tables[rule.table], rule.table, due, rule.columns)
    return with_tables(company, changed), pd.DataFrame(rows, columns=["table", "columns", "row_count", "then", "rule", "mark"])


def emptied(frame: pd.DataFrame, table: str, rows: pd.Series, columns: Iterable[str]) -> pd.DataFrame:
    """`frame` with `columns` empty in `rows`, or ERASED where the contract wants a text.

    >>> emptied(pd.DataFrame({"name": ["a", "b"]}), "customers", pd.Series([True, False]), ["name"]).name.tolist() == [ERASED, "b"]
    True
    """
    from crmlib.company.schema import TABLES

    new = {}
    for name in columns:
        column = TABLES[table][name]
        new[name] = frame[name].mask(rows, np.nan if column.nullable else ERASED).astype(DTYPES[column.dtype])
    return frame.assign(**new)


def with_tables(company: Company, changed: dict[str, pd.DataFrame]) -> Company:
    """The firm with some tables replaced; the others are read when first wanted, as before.

    >>> from crmlib.company import lark
    >>> len(with_tables(lark(), {"customers": lark().customers.head(3)}).customers)
    3
    """
    return Company(about=company.about, **{
        name: changed[name] if name in changed else lambda name=name: company.tables[name] for name in company.tables
    })  # fmt: skip


def _due(company: Company, rule: _Rule, today: object) -> tuple[pd.Series, pd.Series, pd.Timestamp]:
    """The days of rows that still hold something, which of them are due, and the day before which a row is due."""
    frame = company.tables[rule.table]
    months = standards.get(f"privacy.{rule.keep}", unit="months")
    before = moment_of(today, "today").normalize() - pd.DateOffset(months=int(months))
    dates = rule.dates(company) if rule.dates else frame[rule.dated_by]
    holds = pd.concat([frame[name].notna() & frame[name].ne(ERASED) for name in rule.columns], axis=1).any(axis=1)
    dates = dates.where(holds)
    return dates, dates.lt(before), before
