import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.company.schema import label
from crmlib.demand import check_offers, next_festival, next_offers, read_offer_rules, simulated_declarations
from crmlib.survey.intervals import wilson_interval
from crmlib.demand.rules import _SHIPPED

TEXT = _SHIPPED.read_text("utf-8")


@pytest.fixture(autouse=True)
def english():
    crm.setup("en")


@pytest.fixture(scope="module")
def firm():
    return crm.company.simulate(customers=600, months=24, seed=3)[0]


@pytest.fixture(scope="module")
def declared(firm):
    return simulated_declarations(firm.waybills, rng=7)


def electronics(days, **columns):
    return pd.DataFrame({"customer_id": "c1", "picked_up_at": pd.to_datetime(days), "origin_country": "CN", "destination_country": "us",
                         "goods": "electronics"} | columns)  # fmt: skip


def test_the_studys_rule_and_its_hint():
    found = next_offers(electronics(["2026-07-31", "2026-08-01", "2026-09-30"]), on="2026-10-10")
    assert found.table[["next_offer", "parcels_fitting", "festival_on"]].values.tolist() == [
        ["battery_line", 3, pd.Timestamp("2026-11-27")]
    ]
    assert found.table["hint"].tolist() == ["Black Friday is near: stock up early"]
    assert next_offers(electronics(["2026-03-31", "2026-04-01", "2026-05-30"]), on="2026-06-10").table["hint"].tolist() == [""]
    crm.setup("zh")
    assert next_offers(electronics(["2026-07-31", "2026-08-01", "2026-09-30"]), on="2026-10-10").of("c1")["hint"].tolist() == [
        "临近黑五，建议提前备货"
    ]


@pytest.mark.parametrize(
    ("days", "columns"),
    [
        (["2026-07-31", "2026-08-01", "2026-08-30"], {}),
        (["2026-06-30", "2026-07-31", "2026-08-01"], {}),
        (["2026-08-30", "2026-09-01", "2026-10-01"], {}),
        (["2026-07-31", "2026-08-01", "2026-09-30"], {"destination_country": "jp"}),
        (["2026-07-31", "2026-08-01", "2026-09-30"], {"goods": "clothing"}),
        (["2026-07-31", "2026-08-01", "2026-09-30"], {"origin_country": ["cn", "cn", "us"]}),
    ],
)
def test_a_gap_another_country_or_other_goods_name_nobody(days, columns):
    assert next_offers(electronics(days, **columns), on="2026-10-10").table.empty


@pytest.mark.parametrize(("year", "day"), [(2021, 26), (2022, 25), (2023, 24), (2024, 29), (2025, 28), (2026, 27)])
def test_black_friday_follows_the_fourth_thursday(year, day):
    assert next_festival("black_friday", dt.date(year, 11, 1)) == dt.date(year, 11, day)
    assert next_festival("black_friday", dt.date(year, 11, day)) == dt.date(year, 11, day)
    assert next_festival("black_friday", dt.date(year, 11, day) + dt.timedelta(days=1)).year == year + 1


def test_further_conditions():
    text = """
[[rules]]
code = "own"
zh = "自定"
en = "own"
months = 2
least_parcels = 2
least_share = 0.5
rising = 0.5
market = ["corporate"]
where = { product = ["economy"] }
without = { product = ["express"] }
"""
    rules = read_offer_rules(text)
    months = {"2026-06": 1, "2026-07": 1, "2026-08": 2, "2026-09": 2}
    days = [pd.Timestamp(f"{month}-05") for month, size in months.items() for __ in range(size)]
    base = pd.DataFrame({"customer_id": "c1", "picked_up_at": days, "product": "economy"})
    market = pd.DataFrame({"customer_id": ["c1"], "market": ["corporate"]})

    def named(parcels, customers=market):
        return len(next_offers(parcels, on="2026-10-01", rules=rules, customers=customers).table)

    def with_also(product, size):
        return pd.concat(
            [base, pd.DataFrame({"customer_id": "c1", "picked_up_at": pd.Timestamp("2026-09-09"), "product": [product] * size})]
        )

    assert named(base) == 1
    assert named(with_also("express", 1)) == 0
    assert named(with_also("standard", 4)) == 1 and named(with_also("standard", 5)) == 0
    assert named(pd.concat([base, base[base["picked_up_at"] < "2026-07-01"]])) == 0
    assert named(base, market.assign(market="walk_in")) == 0
    assert next_offers(base, on="2026-10-01", rules=rules).skipped == {"own": ["market"]}
    assert "Not applied" in next_offers(base, on="2026-10-01", rules=rules).summary()


def test_the_rule_finds_those_whose_true_habit_it_describes(declared):
    """Simulated habits are kept for about four parcels of five: most of those named have the habit, by chance alone few would."""
    shipments, habits = declared
    found = next_offers(shipments, on="2026-10-10").table
    named = habits[habits["customer_id"].isin(found.loc[found["next_offer"] == "battery_line", "customer_id"])]
    right = (named["main_country"] == "us") & named["main_goods"].isin(["electronics", "battery_inside"])
    everybody = ((habits["main_country"] == "us") & habits["main_goods"].isin(["electronics", "battery_inside"])).mean()
    assert len(named) >= 2 and right.mean() > 2 * everybody


def test_rules_on_the_firm_hold_later(firm):
    found = check_offers(firm.waybills, cutoff="2026-08-01", customers=firm.customers)
    table = found.table.set_index(["next_offer", "approach"])
    assert found.skipped == {"battery_line": ["destination_country", "goods", "origin_country"]}
    for rule in ("stock_up", "west_line"):
        assert table.loc[(rule, "rule"), "low"] > table.loc[(rule, "everybody"), "precision"]
    assert ((table["right_named"] <= table["named"]) & ~(table["precision"] > 1)).all()
    assert "needed it" in found.summary() and label("stock_up", "next_offer") in found.summary()


def test_a_check_by_hand():
    days = pd.date_range("2025-01-01", "2026-03-31", freq="D")
    steady = pd.DataFrame({"customer_id": "steady", "picked_up_at": days, "scope": "cross_border"})
    stopped = steady[steady["picked_up_at"] < "2026-01-01"].assign(customer_id="stopped")
    late = steady[steady["picked_up_at"] >= "2025-06-01"].assign(customer_id="late")
    table = check_offers(pd.concat([steady, stopped, late]), cutoff="2026-01-01").table.set_index(["next_offer", "approach"])
    assert table.loc[("seller_package", "rule"), ["named", "right_named"]].tolist() == [3, 2]
    assert table.loc[("seller_package", "last_year"), ["named", "right_named"]].tolist() == [2, 1]
    assert table.loc[("seller_package", "rule"), "found_share"] == 1.0
    assert table.loc[("seller_package", "rule"), ["low", "high"]].tolist() == pytest.approx(wilson_interval(2, 3, 0.95))


def test_nothing_of_the_later_months_names_anybody(firm):
    past = firm.waybills[firm.waybills["picked_up_at"] < "2026-08-01"]
    one, other = (next_offers(table, on="2026-08-20", customers=firm.customers).table for table in (past, firm.waybills))
    pd.testing.assert_frame_equal(one, other)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 4), min_size=6, max_size=6))
def test_the_rule_agrees_with_a_plain_loop(counts):
    months = pd.period_range("2026-04", periods=6, freq="M")
    days = [month.to_timestamp() for month, size in zip(months, counts, strict=True) for __ in range(size)]
    parcels = pd.DataFrame({"customer_id": "c1", "picked_up_at": pd.to_datetime(days), "scope": "cross_border"})
    named = next_offers(parcels, on="2026-10-01").table
    assert (len(named) == 1) == all(size >= 3 for size in counts[-3:])


def test_declarations_are_simulated_and_say_so(firm, declared):
    shipments, habits = declared
    assert len(shipments) == (firm.waybills["scope"] == "cross_border").sum() and habits["customer_id"].is_unique
    merged = shipments.merge(habits, on="customer_id")
    kept = (merged["destination_country"] == merged["main_country"]).mean()
    assert kept > np.average(habits["faithfulness"]) - 0.1
    assert "Simulated" in simulated_declarations.__doc__ or "simulated" in simulated_declarations.__doc__


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("months = 3", "months = 0", "months of battery_line is 0"),
        ("months = 3", 'months = "three"', "months of battery_line is three"),
        ('festival = "black_friday"', 'festival = "easter"', "There is no festival easter"),
        ('code = "seller_package"', 'code = "battery_line"', "two rules share a code"),
        ("least_parcels = 1\n", "", "an entry of rules has the fields"),
        ('goods = ["electronics", "battery_inside", "battery_alone"]', 'goods = "electronics"', "must name columns with lists"),
        ("[[rules]]", "[rules]", "each entry of rules begins with [[rules]]|is not a TOML file"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused(old, new, sentence):
    assert old in TEXT
    with pytest.raises(ValueError) as caught:
        read_offer_rules(TEXT.replace(old, new, 1))
    assert any(part in str(caught.value) for part in sentence.split("|"))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: next_offers(pd.DataFrame({"customer_id": ["c"]}), on="2026-10-01"), "lacks the column(s) picked_up_at"),
        (lambda: next_offers(electronics(["2026-07-31"]), on="never"), "on is never, which is no date"),
        (lambda: next_offers(electronics(["2026-07-31"]).assign(picked_up_at="x"), on="2026-10-01"), "picked_up_at is not a date"),
        (
            lambda: check_offers(electronics(["2026-01-31", "2026-08-31"]), cutoff="2026-06-01"),
            "The data begin less than twelve months before",
        ),
        (lambda: check_offers(electronics(["2024-07-31"]), cutoff="2026-06-01"), "The data end too early"),
        (lambda: check_offers(electronics(["2024-07-31"]), cutoff="2026-06-02"), "it must be the first day of a month"),
        (lambda: read_offer_rules("nowhere.toml"), "Cannot read nowhere.toml"),
        (lambda: simulated_declarations(pd.DataFrame({"customer_id": ["c"], "scope": ["domestic"]}), rng=1), "no cross-border parcels"),
    ],
)
def test_unusable_input_is_refused(call, sentence):
    with pytest.raises(ValueError) as caught:
        call()
    assert sentence in str(caught.value)


def test_an_empty_table_names_nobody():
    found = next_offers(electronics([]), on="2026-10-01")
    assert found.table.empty and "0 offers" in found.summary()


def test_the_advice_on_a_rule_owns_up_to_few_customers(declared):
    found = check_offers(declared[0], cutoff="2026-08-01")
    rule, last = found.table.set_index(["next_offer", "approach"]).loc["seller_package"].loc[["rule", "last_year"]].itertuples()
    words = found.advice("seller_package")
    assert f"of {rule.named} customers named in 2026-08, {rule.right_named} went on" in words and "takes a trial" in words
    assert ("With so few" in words) == (rule.low <= last.high)
    with pytest.raises(ValueError, match="The rule same_city_contract named nobody"):
        found.advice("same_city_contract")
