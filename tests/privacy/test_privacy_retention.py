"""What is due goes, what must stay stays; and a customer who was erased is found nowhere."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from crmlib.company import Company, simulate
from crmlib.privacy import (
    ERASED,
    carry_out_retention,
    erase_customer,
    erasure_holds,
    find_traces,
    personal_values,
    retention_plan,
    retention_rules,
)
from crmlib.privacy.traces import own_records

END = "2027-06-30"


@pytest.fixture(scope="module")
def world() -> tuple[Company, pd.DataFrame]:
    firm, truth = simulate(customers=300, months=12, seed=5)
    return firm, truth["same_customer"]


@pytest.fixture(scope="module")
def firm(world) -> Company:
    return world[0]


@pytest.fixture(scope="module")
def free(firm) -> list[str]:
    """Customers with contacts and a case that nothing holds back, some of them paying by the month."""
    held = set(firm.cases.loc[firm.cases["resolved_at"].isna(), "customer_id"])
    paid = firm.payments.groupby("invoice_id")["amount_yuan"].sum().reindex(firm.invoices["invoice_id"], fill_value=0.0).to_numpy()
    held |= set(firm.invoices.loc[firm.invoices["amount_yuan"] > paid + 0.005, "customer_id"])
    held |= set(firm.waybills.loc[firm.waybills["status"] == "under_way", "customer_id"])
    return [each for each in firm.contacts["customer_id"].unique() if each in set(firm.cases["customer_id"]) and each not in held]


def figures(firm: Company) -> list:
    return [
        firm.waybills["price_yuan"].sum(), firm.waybills["cost_yuan"].sum(), firm.invoices["amount_yuan"].sum(), firm.payments["amount_yuan"].sum(),
        firm.cases["compensation_yuan"].sum(), firm.surveys["recommend"].sum(), *(len(firm.tables[name]) for name in firm.tables),
        *firm.customers["market"].value_counts(), *firm.leads["stage"].value_counts(), *firm.cases["cause"].value_counts(),
    ]  # fmt: skip


def test_the_plan_counts_what_a_loop_would_count(firm):
    today = pd.Timestamp(firm.about["end"])
    plan = retention_plan(firm, today + pd.DateOffset(months=8)).set_index("table")
    lost = firm.leads[firm.leads["stage"] == "lost"]
    by_hand = sum(when + pd.DateOffset(months=12) < today + pd.DateOffset(months=8) for when in lost["closed_on"])
    assert plan.loc["leads", ["row_count", "due_count"]].tolist() == [len(lost), by_hand]
    assert 0 < by_hand < len(lost)
    assert plan.loc["invoices", "due_count"] == 0 and set(plan["mark"]) == {"teaching"}
    assert set(retention_rules()["then"]) == {"erase", "unlink", "review"}
    with pytest.raises(ValueError, match="soon"):
        retention_plan(firm, "soon")


def test_carrying_out_keeps_sums_and_contracts_and_the_second_time_changes_nothing(firm):
    today = pd.Timestamp(firm.about["end"]) + pd.DateOffset(months=10)
    after, report = carry_out_retention(firm, today)
    assert after.validate().ok and figures(after) == figures(firm)
    assert report.loc[report["then"] != "review", "row_count"].sum() > 100
    assert (retention_plan(after, today).query("then != 'review'")["due_count"] == 0).all()
    again, nothing = carry_out_retention(after, today)
    assert nothing.loc[nothing["then"] != "review", "row_count"].sum() == 0
    assert all(again.tables[name].equals(after.tables[name]) for name in after.tables)
    lost = after.leads[after.leads["stage"] == "lost"]
    assert (lost.loc[lost["closed_on"] < today - pd.DateOffset(months=12), ["name", "phone"]] == ERASED).all(axis=None)
    assert (after.leads.loc[after.leads["stage"] == "won", "name"] != ERASED).all()


def test_an_erased_customer_is_found_nowhere(world, free):
    firm, same = world
    for customer in free[:2]:
        values = personal_values(firm, customer, records=same)
        mobile = next((re.sub(r"\D", "", value)[-11:] for value in values["mobile"]), "12900000001")
        name, person = values["name"][0], values["contact_name"][0]
        other = firm.cases.index[firm.cases["customer_id"] != customer][:3]
        texts = firm.cases["text"].copy()
        texts.loc[other] = [
            f"转告{name}，{person}的电话{mobile[:3]} {mobile[3:7]}-{mobile[7:]}",
            f"{person[0]} {person[1:]}来过",
            f"找{name}",
        ]
        told = Company(about=firm.about, **{
            table: firm.cases.assign(text=texts) if table == "cases" else firm.tables[table] for table in firm.tables
        })  # fmt: skip
        assert {"customers", "contacts", "cases"} <= set(find_traces(told, values)["table"])
        after, report = erase_customer(told, customer, END, records=same)
        assert after.validate().ok and figures(after) == figures(told)
        left = find_traces(after, {kind: [value for value in each if "*" not in value] for kind, each in values.items()})
        # What is left stands in records that the truth gives to others, and the report says so.
        mine = set(same.loc[same["customer_id"] == customer, "record_id"])
        assert set(left["table"]) <= {"source_records", "customers", "leads", "contacts"} and not mine & set(left["row_key"])
        assert report.loc[report["then"] == "check", "row_count"].sum() == len(left)
        assert after.cases.loc[other[2], "text"] == f"找{ERASED}"
        assert (after.cases.loc[after.cases["customer_id"] == customer, "text"].fillna(ERASED) == ERASED).all()
        shown = report.astype(str).to_string()
        assert not any(value in shown for each in values.values() for value in each)
        assert (report.loc[report["then"] == "keep", "table"].isin(["waybills", "tracking", "invoices", "payments"])).all()
        again, second = erase_customer(after, customer, END, records=same)
        assert all(again.tables[table].equals(after.tables[table]) for table in after.tables)
        assert not second["then"].eq("erase").any()
        untouched = firm.contacts["customer_id"] != customer
        assert after.contacts[untouched].equals(firm.contacts[untouched])


def test_what_is_open_holds_an_erasure_back(firm, free):
    customer = free[0]
    case = firm.cases.index[firm.cases["customer_id"] == customer][0]
    opened = firm.cases.assign(resolved_at=firm.cases["resolved_at"].mask(firm.cases.index == case))
    held = Company(about=firm.about, customers=firm.customers, cases=opened)
    with pytest.raises(ValueError, match=rf"{customer}.*{firm.cases.loc[case, 'case_id']}"):
        erase_customer(held, customer, END)
    billed = firm.invoices["customer_id"].iloc[0]
    invoices = firm.invoices[firm.invoices["customer_id"] == billed]
    unpaid = Company(about=firm.about, customers=firm.customers, invoices=firm.invoices)
    assert erasure_holds(unpaid, billed, END)["row_key"].tolist() == invoices["invoice_id"].tolist()
    with pytest.raises(ValueError, match=invoices["invoice_id"].iloc[0]):
        erase_customer(unpaid, billed, END)
    sent = firm.waybills[firm.waybills["delivered_at"].notna()].iloc[0]
    early = erasure_holds(firm, sent["customer_id"], sent["delivered_at"].normalize() - pd.Timedelta(days=1))
    assert sent["waybill_id"] in set(early["row_key"]) or sent["picked_up_at"].normalize() == sent["delivered_at"].normalize()
    for call in (lambda: erase_customer(firm, "C99999", END), lambda: erase_customer(firm, customer, "soon")):
        with pytest.raises(ValueError, match="C99999|soon"):
            call()


def test_records_found_without_help_agree_with_the_truth(world, free):
    firm, same = world
    customers = firm.customers["customer_id"].iloc[:25]
    truth = same.set_index("record_id")["customer_id"].reindex(firm.source_records["record_id"]).to_numpy()
    found = np.array([own_records(firm, each).to_numpy() for each in customers])
    true = truth == customers.to_numpy()[:, None]
    hits = (found & true).sum()
    # Seventy to a hundred of a hundred records: those with typing errors in every value need the identity part.
    assert hits / true.sum() > 0.75 and hits / found.sum() > 0.9


def test_traces_are_found_however_they_are_written(firm):
    texts = firm.cases.assign(text=["＋86 １２９ 1234-5678", "陳書昕來電", "mail: Guo.Ruo@Mail.Example", *firm.cases["text"].iloc[3:]])
    told = Company(about=firm.about, customers=firm.customers, cases=texts)
    found = find_traces(told, {"mobile": ["12912345678"], "name": ["陈书昕"], "email": ["guo.ruo@mail.example"]})
    assert dict(zip(found["row_key"], found["kind"], strict=True)) == dict(
        zip(texts["case_id"].head(3), ["mobile", "name", "email"], strict=True)
    )
    assert find_traces(told, []).empty
    with pytest.raises(ValueError, match="12"):
        find_traces(told, [12])
