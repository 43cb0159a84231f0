"""Every order of events that cannot be is found, within a row, between two tables and along the steps of a parcel, and nothing else is."""

import pandas as pd
import pytest

from crmlib import i18n
from crmlib.company.company import Company
from crmlib.company.schema import TABLES
from crmlib.company.simulation import simulate

ORDERS = [(table.name, *pair) for table in TABLES.values() for pair in table.orders]
DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def firm():
    return simulate(customers=250, months=12, start="2025-01-01", seed=5)[0]


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.use_language("en")
    yield
    i18n.use_language(before)


def _needed(table):
    """The tables that hold what the orders of one refer to."""
    return {"customers", table, *(name.split(".")[0] for pair in TABLES[table].orders for name in pair if "." in name)}


def _part(firm, table, frame):
    return Company(**{name: frame if name == table else firm.tables[name] for name in _needed(table)}, about=dict(firm.about))


def _meant(firm, table, name):
    """The moments that a name in the orders means, row by row, by a merge."""
    frame = firm.tables[table]
    if "." not in name:
        return frame[name]
    other, column = name.split(".")
    reference = next(each.name for each in TABLES[table].columns if each.ref.startswith(f"{other}."))
    key = TABLES[other].key
    return frame[[reference]].merge(firm.tables[other][[key, column]].set_axis(["key", "moment"], axis=1), how="left", left_on=reference,
                                    right_on="key")["moment"]  # fmt: skip


@pytest.mark.parametrize("table", sorted({table for table, _before, _after in ORDERS}))
def test_a_sound_table_has_no_impossible_order(firm, table):
    assert _part(firm, table, firm.tables[table]).validate().ok


@pytest.mark.parametrize(("table", "before", "after"), ORDERS, ids=lambda name: name)
def test_each_impossible_order_is_found(firm, table, before, after):
    first, second = _meant(firm, table, before), _meant(firm, table, after)
    either = first.notna() & second.notna() if "." in before or "." in after else first.notna()
    row = int(either.to_numpy().nonzero()[0][-1])
    column, value = (before, second[row] + 2 * DAY) if "." in after else (after, first[row] - 2 * DAY)
    frame = firm.tables[table].copy()
    frame.loc[row, column] = value
    problems = _part(firm, table, frame).validate().table
    told = problems[(problems["column"] == column) & problems["problem"].str.contains(after if "." in after else before, regex=False)]
    assert told["rows"].tolist() == [1] and str(value.date()) in told["problem"].iloc[0]


@pytest.mark.parametrize(("table", "before", "after"), [
    ("waybills", "picked_up_at", "delivered_at"), ("tracking", "waybills.picked_up_at", "scanned_at"),
    ("payments", "invoices.issued_on", "paid_on"), ("cases", "opened_at", "resolved_at"), ("cases", "waybills.picked_up_at", "opened_at"),
    ("calls", "arrived_at", "answered_at"), ("calls", "calls.arrived_at", "arrived_at"),
    ("surveys", "survey_invitations.invited_on", "answered_on"), ("salespeople", "joined_on", "left_on"),
    ("salespeople", "salespeople.left_on", "joined_on"), ("agents", "joined_on", "left_on"), ("shifts", "date", "agents.left_on"), ("leads", "created_on", "quoted_on"), ("quotes", "leads.created_on", "quoted_on"),
    ("touches", "happened_on", "salespeople.left_on"), ("members", "customers.opened_on", "joined_on"),
    ("points", "members.joined_on", "booked_on"), ("offers", "customers.opened_on", "assigned_on"), ("incidents", "first_day", "last_day"),
])  # fmt: skip
def test_what_cannot_be_stands_in_the_contract(table, before, after):
    assert (before, after) in TABLES[table].orders


def test_names_in_the_orders_are_moments_that_can_be_reached():
    for table, *names in ORDERS:
        for name in names:
            other, _dot, column = name.rpartition(".")
            assert TABLES[other or table][column].dtype in ("date", "datetime")
            assert not other or sum(each.ref.startswith(f"{other}.") for each in TABLES[table].columns) == 1


def test_only_the_day_counts_where_the_later_moment_is_a_day(firm):
    agents, calls = firm.agents.copy(), firm.calls
    row = calls.index[calls.answered_at.notna()][-1]
    agents["left_on"] = agents["left_on"].mask(agents.agent_id == calls.agent_id[row], calls.answered_at[row].normalize())
    calls = calls.loc[[row]].reset_index(drop=True).assign(waybill_id=None, repeat_of=None)
    assert Company(customers=firm.customers, agents=agents, calls=calls).validate().ok
    early = agents.assign(left_on=agents["left_on"] - DAY)
    told = Company(customers=firm.customers, agents=early, calls=calls).validate().table
    assert told["problem"].str.startswith("It lies after agents.left_on, which comes last").tolist() == [True]


def test_the_steps_of_a_parcel_come_one_after_the_other(firm):
    tracking = firm.tracking.copy()
    parcel = tracking.waybill_id == tracking.waybill_id[tracking.node == "signed"].iloc[5]
    rows = tracking.index[parcel]
    tracking.loc[rows[[-1, -2]], "scanned_at"] = tracking.scanned_at[rows[[-2, -1]]].to_numpy()
    found = Company(customers=firm.customers, waybills=firm.waybills, tracking=tracking).validate().table
    assert found[["table", "column", "rows"]].values.tolist() == [["tracking", "scanned_at", 1]]
    assert found["problem"][0].startswith("It lies before an earlier step of the same waybill_id")
    shuffled = firm.tracking.sample(frac=1, random_state=1)
    assert Company(customers=firm.customers, waybills=firm.waybills, tracking=shuffled).validate().ok


def test_a_reference_that_is_missing_leads_nowhere_or_stands_twice_breaks_nothing(firm):
    invoices = pd.concat([firm.invoices, firm.invoices.head(1)], ignore_index=True)
    payments = firm.payments.assign(invoice_id=firm.payments.invoice_id.mask(firm.payments.index == 0, "V999999").mask(
        firm.payments.index == 1, None))  # fmt: skip
    found = Company(customers=firm.customers, invoices=invoices, payments=payments).validate().table
    assert found[["table", "column"]].values.tolist() == [
        ["invoices", "invoice_id"], ["payments", "invoice_id"], ["payments", "invoice_id"]]  # fmt: skip


def test_without_the_other_table_its_moments_are_passed_over(firm):
    payments = firm.payments.assign(paid_on=pd.Timestamp("1999-01-01"))
    report = Company(customers=firm.customers, payments=payments).validate()
    assert report.ok and "payments.invoice_id → invoices" in report.unchecked
