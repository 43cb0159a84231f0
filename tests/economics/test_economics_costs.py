"""Costs to win, to keep and to serve, on small firms worked out by hand and on the simulated one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import economics
from crmlib.company import lark

YEAR = {"start": "2025-11-01", "end": "2026-11-01"}


def small() -> dict[str, pd.DataFrame]:
    day = pd.Timestamp("2026-01-10")
    return {
        "leads": pd.DataFrame({"lead_id": ["l1", "l2"], "source": "website", "stage": ["won", "lost"], "contacted_on": day, "qualified_on": pd.NaT,
                               "created_on": day, "closed_on": day, "customer_id": ["c1", None], "lost_reason": [None, "price"]}),
        "quotes": pd.DataFrame({"lead_id": ["l1"]}),
        "customers": pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "salesperson_id": ["s1", "s1", None],
                                   "opened_on": pd.to_datetime(["2026-01-10", "2020-01-01", "2020-01-01"])}),
        "waybills": pd.DataFrame({"customer_id": ["c2", "c2", "c3"], "picked_up_at": day, "price_yuan": [30.0, 20, 9], "cost_yuan": [10.0, 5, 8]}),
        "touches": pd.DataFrame({"customer_id": ["c2", "c2", "c3"], "happened_on": day, "kind": ["visit", "care", "visit"],
                                 "channel": ["in_person", "wecom", "phone"]}),
        "offers": pd.DataFrame({"customer_id": ["c1", "c2", "c2"], "kind": ["first_order", "retention", "retention"], "assigned_on": day,
                                "accepted": [True, True, False], "value_yuan": [8.0, 20, 20]}),
    }  # fmt: skip


COSTS = {"lead_website": 1, "contact": 10, "quote": 100, "visit_in_person": 7, "care": 3, "visit_phone": 2}


def test_win_and_keep_by_hand():
    found = economics.win_versus_keep(small(), start="2026-01-01", end="2027-01-01", costs=COSTS)
    assert found.table.loc["win", "total_yuan"] == 2 * 11 + 100 + 8
    assert found.table.loc["keep", "total_yuan"] == 7 + 3 + 20, "visits and coupons of c2; c3 has no salesperson, c1 shipped nothing"
    assert found.table.loc["keep", "customers"] == pytest.approx(365 / 365.25)
    assert found.ratio == pytest.approx(130 / (30 / (365 / 365.25)))


def test_cost_to_serve_adds_up():
    firm = lark()
    served = economics.cost_to_serve(firm, **YEAR)
    year = firm.waybills[firm.waybills["picked_up_at"].between("2025-11-01", "2026-10-31 23:59:59")]
    assert served["margin_yuan"].sum() == pytest.approx((year["price_yuan"] - year["cost_yuan"]).sum(), abs=1)
    assert (served["serve_yuan"] - served[list(economics.serving.PARTS)].sum(axis=1)).abs().max() < 0.011
    visits = firm.touches[(firm.touches["happened_on"] >= "2025-11-01") & (firm.touches["kind"] == "visit")]
    unit = economics.activity_costs()
    expected = (
        unit["visit_in_person"] * (visits["channel"] == "in_person").sum() + unit["visit_phone"] * (visits["channel"] == "phone").sum()
    )
    assert served["visits_yuan"].sum() == pytest.approx(expected)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-500, 500), min_size=1, max_size=40))
def test_the_curve_ends_at_the_total_and_peaks_where_paying_ends(amounts):
    frame = pd.DataFrame({"margin_yuan": np.abs(amounts), "contribution_yuan": np.array(amounts, dtype=float)})
    found = economics.who_pays(frame)
    assert found.table["cumulative_yuan"].iloc[-1] == pytest.approx(found.total_yuan) == pytest.approx(sum(amounts))
    assert found.peak_yuan == pytest.approx(max(0.0, found.table["cumulative_yuan"].max()))
    assert found.not_paying == sum(amount < 0 for amount in amounts)


def test_dearer_visits_make_fewer_customers_pay():
    firm = lark()
    lost = [economics.who_pays(economics.cost_to_serve(firm, **YEAR, costs={"visit_in_person": yuan})).not_paying for yuan in (0, 15, 60)]
    assert lost == sorted(lost) and lost[0] < lost[2]


def test_inputs_stay_as_they_are():
    tables = small()
    before = {name: table.copy() for name, table in tables.items()}
    economics.win_versus_keep(tables, start="2026-01-01", end="2027-01-01")
    economics.cost_to_serve(tables, start="2026-01-01", end="2027-01-01")
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, before[name])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda firm: economics.win_versus_keep(firm, start="2026-01-01", end="2026-01-01"), "holds no day"),
        (lambda firm: economics.win_versus_keep({"leads": firm["leads"]}, start="2026-01-01", end="2027-01-01"), "quotes"),
        (lambda firm: economics.win_versus_keep(firm | {"leads": firm["leads"].assign(stage="lost")}, start="2026-01-01", end="2027-01-01"),
         "won in this period"),
        (lambda firm: economics.win_versus_keep(firm | {"waybills": firm["waybills"][:0]}, start="2026-01-01", end="2027-01-01"),
         "salesperson shipped"),
        (lambda firm: economics.win_versus_keep(firm, start="some day", end="2027-01-01"), "no date"),
        (lambda firm: economics.win_versus_keep(17, start="2026-01-01", end="2027-01-01"), "company"),
        (lambda firm: economics.cost_to_serve(firm, start="2030-01-01", end="2031-01-01"), "Nobody shipped"),
        (lambda firm: economics.cost_to_serve(firm | {"touches": firm["touches"].assign(kind="party")}, start="2026-01-01", end="2027-01-01"),
         "neither visit"),
        (lambda firm: economics.cost_to_serve(firm | {"waybills": firm["waybills"].assign(picked_up_at="2026-01-01")}, start="2026-01-01",
                                              end="2027-01-01"), "text, not dates"),
        (lambda firm: economics.lead_costs(pd.concat([firm["leads"]] * 2), firm["quotes"]), "twice"),
        (lambda firm: economics.activity_costs({"visit_phone": "much"}), "0 yuan or more"),
        (lambda firm: economics.who_pays(pd.DataFrame({"margin_yuan": [], "contribution_yuan": []})), "must be customers"),
    ],
)  # fmt: skip
def test_bad_input_ends_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call(small())
