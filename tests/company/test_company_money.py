"""Invoices and payments: they agree with the waybills, meet the trade's figures, and give the stated parameters back."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from crmlib.company import schema
from crmlib.company.money import CLASSES, MoneyScenario, draw_money
from crmlib.company.scenario import Scenario
from crmlib.company.sequence import impossible
from crmlib.company.simulation import draw_world
from crmlib.company.tables.money import TABLES
from crmlib.company.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return draw_world(seed=0)


@pytest.fixture(scope="module")
def drawn(world) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    return draw_money(world)


def _owed(drawn, day: pd.Timestamp) -> float:
    invoices, payments = drawn[0]["invoices"], drawn[0]["payments"]
    return invoices.loc[invoices["issued_on"] <= day, "amount_yuan"].sum() - payments.loc[payments["paid_on"] <= day, "amount_yuan"].sum()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_both_tables_keep_their_contract_and_come_out_the_same_again(world, drawn, table):
    frame = drawn[0][table.name]
    table.pandera_schema().validate(frame, lazy=True)
    assert not list(impossible({"customers": world.customers} | drawn[0], table, schema.TABLES))
    pd.testing.assert_frame_equal(draw_money(world)[0][table.name], frame)


@pytest.mark.parametrize(("customers", "months"), [(1, 1), (5, 2), (20, 8)])
def test_a_tiny_firm_has_the_tables_too(customers, months):
    tables, _truth = draw_money(draw_world(customers=customers, months=months, seed=4))
    for table in TABLES:
        table.pandera_schema().validate(tables[table.name], lazy=True)


def test_each_invoice_is_the_month_of_a_monthly_account_to_the_cent(world, drawn):
    accounts = world.customers.loc[world.customers["monthly_account"], "customer_id"]
    waybills = world.waybills[world.waybills["customer_id"].isin(accounts)]
    month = waybills["picked_up_at"].dt.to_period("M").dt.to_timestamp().rename("month")
    expected = waybills.groupby(["customer_id", month])["price_yuan"].agg(["size", "sum"])
    found = drawn[0]["invoices"].set_index(["customer_id", "month"])[["parcels", "amount_yuan"]].sort_index()
    assert found.index.is_unique and len(found) == len(expected)
    assert found["parcels"].tolist() == expected["size"].tolist()
    assert (found["amount_yuan"].to_numpy() * 100).round().tolist() == (expected["sum"].to_numpy() * 100).round().tolist()
    assert (found["amount_yuan"].round(2) == found["amount_yuan"]).all()


def test_payments_follow_their_invoice_and_belong_to_it(world, drawn):
    invoices, payments = drawn[0]["invoices"].set_index("invoice_id"), drawn[0]["payments"]
    assert payments["invoice_id"].isin(invoices.index).all()
    assert (payments["paid_on"].to_numpy() > invoices["issued_on"][payments["invoice_id"]].to_numpy()).all()
    assert (payments["paid_on"] < world.end).all() and (payments["amount_yuan"] > 0).all()
    truth = drawn[1]["invoices"].set_index("invoice_id")
    paid = payments.groupby("invoice_id")["amount_yuan"].sum().reindex(invoices.index, fill_value=0.0)
    assert (paid[truth["never_paid"]] == 0).all()
    over = paid > invoices["amount_yuan"] + 0.005
    assert over.any() and truth.loc[over, "overpaid"].all()
    old = invoices["issued_on"] < world.end - pd.Timedelta(days=300)
    whole = (paid - invoices["amount_yuan"]).abs() < 0.005
    settled = old & ~truth["never_paid"] & ~truth["overpaid"] & (truth["days_late"] < 150)
    assert whole[settled].all()
    assert (payments["invoice_id"].value_counts() == 2).sum() > 100
    assert (paid[invoices["issued_on"] >= world.end - pd.Timedelta(days=40)] == 0).mean() > 0.3


def test_receivables_stand_for_24_to_36_days_of_sales(world, drawn):
    found = []
    for month in range(6, world.months):
        day = pd.Timestamp(world.first) + pd.Timedelta(days=int(world.edges[month + 1]) - 1)
        recent = world.waybills["picked_up_at"].between(day - pd.Timedelta(days=89), day + pd.Timedelta(days=1), inclusive="left")
        found.append(_owed(drawn, day) / world.waybills.loc[recent, "price_yuan"].sum() * 90)
    assert 24 <= np.mean(found) <= 36


def test_classes_have_their_shares_and_terms(drawn):
    credit, scenario = drawn[1]["credit"], MoneyScenario()
    shares = credit["credit_class"].value_counts(normalize=True)
    assert all(abs(shares[name] - share) < 0.005 for name, share in scenario.class_shares.items())
    invoices = drawn[0]["invoices"]
    assert (invoices["terms_days"] == invoices["credit_class"].map(scenario.terms_days)).all()
    assert ((invoices["due_on"] - invoices["issued_on"]).dt.days == invoices["terms_days"]).all()
    limit = invoices.groupby("credit_class")["credit_limit_yuan"].sum() / invoices.groupby("credit_class")["amount_yuan"].sum()
    assert limit["A"] > limit["B"] > limit["C"] > limit["D"]


def _least_squares(y: np.ndarray, x: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients with standard errors that allow for the likeness of one customer's invoices (Liang and Zeger, 1986)."""
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    scores = pd.DataFrame(x * (y - x @ beta)[:, None]).groupby(group).sum().to_numpy()
    return beta, np.sqrt(np.diag(bread @ scores.T @ scores @ bread))


def test_least_squares_finds_the_effect_of_credit_quality_on_days_late(drawn):
    invoices, truth = drawn[0]["invoices"], drawn[1]["invoices"]
    first = drawn[0]["payments"].groupby("invoice_id")["paid_on"].min()
    late = (first.reindex(invoices["invoice_id"]).to_numpy() - invoices["due_on"].to_numpy()) / np.timedelta64(1, "D")
    closed = (invoices["issued_on"] < "2026-06-01").to_numpy() & ~truth["never_paid"].to_numpy()
    quality = invoices["customer_id"].map(drawn[1]["credit"].set_index("customer_id")["credit_quality"]).to_numpy()
    x = np.stack([np.ones(closed.sum()), quality[closed]], axis=1)
    beta, error = _least_squares(late[closed], x, invoices["customer_id"][closed].to_numpy())
    scenario = MoneyScenario()
    assert np.isfinite(late[closed]).all()
    assert abs(beta[0] - scenario.usual_delay) < 1.96 * error[0] + 0.1
    assert abs(beta[1] - scenario.quality_effect) < 1.96 * error[1]


def test_worse_classes_pay_later_and_leave_more_unpaid(drawn):
    invoices, truth = drawn[0]["invoices"], drawn[1]["invoices"]
    late = truth["days_late"].groupby(invoices["credit_class"]).mean()
    assert list(late.sort_values().index) == list(CLASSES)
    never = truth["never_paid"].groupby(invoices["credit_class"].isin(["A", "B"])).mean()
    assert 0.002 < truth["never_paid"].mean() < 0.03 and never[True] < never[False]
    assert 0.25 < (truth["days_late"] > 0).mean() < 0.5


def test_parameters_change_the_outcome_and_are_checked():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Strict(Scenario):
        money: MoneyScenario = dataclasses.field(default_factory=lambda: MoneyScenario(
            never_paid={"base": -50.0, "quality": 0.0, "gone": 0.0}, in_parts={"base": -50.0, "quality": 0.0}, overpaid=0.0))

    tables, truth = draw_money(draw_world(customers=200, months=6, seed=2, scenario=Strict()))
    assert not truth["invoices"][["never_paid", "in_parts", "overpaid"]].any().any()
    assert tables["payments"]["invoice_id"].is_unique
    with pytest.raises(ValueError, match="class_shares"):
        MoneyScenario(class_shares={"A": 0.5, "B": 0.5, "C": 0.5, "D": 0.5})
    with pytest.raises(ValueError, match="terms_days"):
        MoneyScenario(terms_days={"A": 60})
    assert MoneyScenario.table()["mark"].isin(["V", "V-", "D", "GK", "teaching"]).all()
