"""A customer's right to be forgotten: what goes, what stays by which rule, and what stands against it."""

from __future__ import annotations

import re

import pandas as pd

from crmlib import standards
from crmlib.company.company import Company
from crmlib.i18n import _
from crmlib.privacy.access_log import moment_of
from crmlib.privacy.retention import ERASED, emptied, with_tables
from crmlib.privacy.traces import (
    FREE_TEXTS,
    find_traces,
    is_title,
    older_form,
    own_records,
    plain,
)

_PERSONAL = ("name", "contact_name", "mobile", "landline", "address", "id_type", "id_number", "email")
_KEPT = {
    "waybills": "privacy.keep_waybill_months", "tracking": "privacy.keep_waybill_months", "invoices": "privacy.keep_invoice_months",
    "payments": "privacy.keep_invoice_months",
}  # fmt: skip
_LEAST = 2
"""Texts are not searched for single signs."""


def erasure_holds(company: Company, customer_id: str, today: object) -> pd.DataFrame:
    """What stands against erasing a customer on a day: open cases, unpaid invoices, parcels under way.

    Returns
    -------
    DataFrame
        table, row_key, since (day or moment); empty where nothing stands against it

    Raises
    ------
    ValueError
        There is no such customer, or `today` is no day.

    >>> from crmlib.company import lark
    >>> erasure_holds(Company(customers=lark().customers), "C00003", "2026-11-01").empty
    True
    """
    _require_customer(company, customer_id)
    end = moment_of(today, "today").normalize() + pd.Timedelta(days=1)
    found = []
    if "cases" in company.tables:
        cases = company.cases
        open_ = cases[cases["customer_id"].eq(customer_id) & cases["opened_at"].lt(end) & ~cases["resolved_at"].lt(end)]
        found.append(open_[["case_id", "opened_at"]].set_axis(["row_key", "since"], axis=1).assign(table="cases"))
    if "invoices" in company.tables:
        invoices = company.invoices[company.invoices["customer_id"].eq(customer_id) & company.invoices["issued_on"].lt(end)]
        paid = 0.0
        if "payments" in company.tables:
            payments = company.payments[company.payments["invoice_id"].isin(invoices["invoice_id"]) & company.payments["paid_on"].lt(end)]
            paid = payments.groupby("invoice_id")["amount_yuan"].sum().reindex(invoices["invoice_id"], fill_value=0.0).to_numpy()
        open_ = invoices[invoices["amount_yuan"] - paid > 0.005]
        found.append(open_[["invoice_id", "issued_on"]].set_axis(["row_key", "since"], axis=1).assign(table="invoices"))
    if "waybills" in company.tables:
        waybills = company.waybills
        mine = waybills[waybills["customer_id"].eq(customer_id) & waybills["picked_up_at"].lt(end)]
        open_ = mine[mine["status"].eq("under_way") | mine["delivered_at"].ge(end)]
        found.append(open_[["waybill_id", "picked_up_at"]].set_axis(["row_key", "since"], axis=1).assign(table="waybills"))
    columns = ["table", "row_key", "since"]
    held = [each[columns] for each in found if len(each)]
    return pd.concat(held, ignore_index=True) if held else pd.DataFrame(columns=columns)


def erase_customer(
    company: Company, customer_id: str, today: object, *, records: pd.DataFrame | None = None
) -> tuple[Company, pd.DataFrame]:
    """The firm without the person, and what was erased and kept by which rule.

    Names, telephone numbers, addresses, identity numbers and e-mails go from every table, her own words from cases and surveys, and her
    values from the texts of all others.
    Rows, keys and amounts stay: under a number that no longer leads to anybody, accounts still add up. The ledger of consents and the
    access log hold that number alone. Copies elsewhere (backups, exports, partners) must be seen to by hand.

    Parameters
    ----------
    company : Company
    customer_id : the customer
    today : the day of the erasure
    records : DataFrame with system, record_id, customer_id, optional
        Which source records are whose, such as the identity part works out. Without it only records that share a value exactly are found.

    Returns
    -------
    (Company, DataFrame)
        table, column, row_count, then (erase; keep; check: one of her values stands there still, in what may be a namesake's record or a
        record of hers that nobody linked: look with :func:`find_traces`), rule, mark. Rules are standards; "own_request" is the customer's
        wish. The report holds no personal value. Done twice, the second time erases nothing.

    Raises
    ------
    ValueError
        There is no such customer, or something holds the erasure back: the sentence names what must be settled first.

    Source: a teaching rule in the sense of the law on personal information; how long things are kept: :func:`retention_rules`.

    >>> from crmlib.company import lark
    >>> firm = Company(customers=lark().customers, contacts=lark().contacts)
    >>> after, report = erase_customer(firm, "C00003", "2026-11-01")
    >>> after.customers.loc[2, "name"] == ERASED, report[["table", "row_count", "then"]].values.tolist()[:2]
    (True, [['customers', 1, 'erase'], ['contacts', 2, 'erase']])
    """
    held = erasure_holds(company, customer_id, today)
    if len(held):
        raise ValueError(_held_back(held, customer_id))
    values = personal_values(company, customer_id, records=records)
    changed: dict[str, pd.DataFrame] = {}
    erased: list[tuple[str, str, int]] = []

    def erase(table: str, rows: pd.Series, columns: tuple[str, ...]) -> None:
        frame = company.tables[table]
        new = emptied(frame, table, rows, columns)
        for column in columns:
            gone = int((rows & frame[column].notna() & frame[column].ne(ERASED)).sum())
            if gone:
                erased.append((table, column, gone))
                changed[table] = new

    erase("customers", company.customers["customer_id"].eq(customer_id), ("name",))
    if "contacts" in company.tables:
        erase("contacts", company.contacts["customer_id"].eq(customer_id), ("name", "phone"))
    if "leads" in company.tables:
        leads = company.leads
        own_name = leads["name"].map(plain).isin({plain(value) for value in values["name"]})
        erase("leads", leads["customer_id"].eq(customer_id) | own_name, ("name", "phone"))
    if "source_records" in company.tables:
        erase("source_records", own_records(company, customer_id, records=records), _PERSONAL)
    for table, column in FREE_TEXTS:
        if table in company.tables:
            frame = company.tables[table]
            hers = frame["customer_id"].eq(customer_id)
            new = _scrubbed(frame[column], values).where(~hers, emptied(frame, table, hers, (column,))[column])
            touched = int((new.fillna("") != frame[column].fillna("")).sum())
            if touched:
                changed[table] = frame.assign(**{column: new})
                erased.append((table, column, touched))
    rows = [(table, column, count, "erase", "own_request", "") for table, column, count in erased]
    for table, rule in _KEPT.items():
        if table in company.tables and (count := _rows_of(company, table, customer_id)):
            entry = standards.entry(rule)
            rows.append((table, "customer_id", count, "keep", rule, entry.mark))
    after = with_tables(company, changed)
    # A masked number fits ten thousand people: that it stands elsewhere tells nothing.
    whole = {kind: [value for value in each if "*" not in value] for kind, each in values.items()}
    left = find_traces(after, whole).groupby(["table", "column"], sort=False).size()
    rows += [(table, column, int(count), "check", "own_request", "") for (table, column), count in left.items()]
    return after, pd.DataFrame(rows, columns=["table", "column", "row_count", "then", "rule", "mark"])


def personal_values(company: Company, customer_id: str, *, records: pd.DataFrame | None = None) -> dict[str, list[str]]:
    """Everything by which a customer is known, by kind: name, contact_name, phone, mobile, landline, address, id_number, email.

    For the search before and after an erasure (:func:`find_traces`). Handle the result as what it is, and keep no copy.

    >>> from crmlib.company import lark
    >>> list(personal_values(Company(customers=lark().customers), "C00003"))
    ['name']
    """
    _require_customer(company, customer_id)
    found: dict[str, list] = {"name": company.customers.loc[company.customers["customer_id"].eq(customer_id), "name"].tolist()}
    if "contacts" in company.tables:
        people = company.contacts[company.contacts["customer_id"].eq(customer_id)]
        found |= {"contact_name": people["name"].tolist(), "phone": people["phone"].tolist()}
    if "leads" in company.tables:
        leads = company.leads[company.leads["customer_id"].eq(customer_id)]
        found["name"] += leads["name"].tolist()
        found.setdefault("phone", []).extend(leads["phone"].tolist())
    if "source_records" in company.tables:
        mine = company.source_records[own_records(company, customer_id, records=records)]
        for column in _PERSONAL:
            if column != "id_type":
                values = mine[column].dropna()
                found.setdefault(column, []).extend(values[~is_title(values)].tolist() if column == "contact_name" else values.tolist())
    return {kind: list(dict.fromkeys(value for value in each if value != ERASED)) for kind, each in found.items()}


def _scrubbed(texts: pd.Series, values: dict[str, list[str]]) -> pd.Series:
    """`texts` without the values, whatever stands between their signs."""
    patterns = {_loose(value) for each in values.values() for value in each if len(plain(value)) >= _LEAST and "*" not in value}
    if not patterns:
        return texts
    whole = re.compile("|".join(sorted(patterns, key=len, reverse=True)), re.IGNORECASE)
    return texts.map(lambda text: whole.sub(ERASED, text), na_action="ignore").astype(texts.dtype)


def _loose(value: str) -> str:
    """A pattern that finds a value with spaces or hyphens between its signs, in full width and in traditional characters too."""
    return r"[\s\-_.·]*".join(_sign(sign) for sign in plain(value))


def _sign(sign: str) -> str:
    if "!" <= sign <= "~":
        wide = "".join(chr(ord(each) + 0xFEE0) for each in sorted({sign, sign.upper()}))
        return f"[{re.escape(sign)}{wide}]"
    older = older_form(sign)
    return re.escape(sign) if older == sign else f"[{re.escape(sign)}{re.escape(older)}]"


def _rows_of(company: Company, table: str, customer_id: str) -> int:
    frame = company.tables[table]
    if "customer_id" in frame:
        return int(frame["customer_id"].eq(customer_id).sum())
    parent, key = ("invoices", "invoice_id") if table == "payments" else ("waybills", "waybill_id")
    if parent not in company.tables:
        return 0
    mine = company.tables[parent]
    return int(frame[key].isin(mine.loc[mine["customer_id"].eq(customer_id), key]).sum())


def _held_back(held: pd.DataFrame, customer_id: str) -> str:
    what = {"cases": _("open cases {keys}"), "invoices": _("unpaid invoices {keys}"), "waybills": _("parcels under way {keys}")}
    parts = [what[table].format(keys=", ".join(keys.head(3)) + (" …" if len(keys) > 3 else ""))
             for table, keys in held.groupby("table", sort=False)["row_key"]]  # fmt: skip
    return _("{customer_id} cannot be erased yet: {parts}. Settle them first, then erase.").format(
        customer_id=customer_id, parts="; ".join(parts)
    )


def _require_customer(company: Company, customer_id: str) -> None:
    if not company.customers["customer_id"].eq(customer_id).any():
        raise ValueError(_("There is no customer {customer_id}.").format(customer_id=customer_id))
