"""Price, volume, mix and customers add up; ratios are sums over sums; the firm's truth is found."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.operations import (
    churn_analysis,
    customer_bridge,
    customer_growth,
    growth_analysis,
    price_volume_mix,
    ratio,
    region_comparison,
)

BEFORE, AFTER = ("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01")
YEARS = {"before": ("2024-11-01", "2025-11-01"), "after": ("2025-11-01", "2026-11-01")}
ROW = st.tuples(st.sampled_from("abcd"), st.sampled_from(["2026-01-05", "2026-02-05"]), st.sampled_from(["x", "y", "z"]), st.integers(1, 5000))


def log(rows):
    table = pd.DataFrame(rows, columns=["customer_id", "picked_up_at", "product", "price_yuan"])
    return table.assign(picked_up_at=pd.to_datetime(table["picked_up_at"]), price_yuan=table["price_yuan"] / 100)


@settings(max_examples=10)
@given(st.lists(ROW, max_size=30), st.sampled_from(["midpoint", "volume_first", "price_first"]))
def test_parts_cells_and_customers_add_up_to_the_change(rows, order):
    bills = log([*rows, ("a", "2026-01-05", "x", 900), ("b", "2026-02-05", "y", 400)])
    found = growth_analysis(bills, before=BEFORE, after=AFTER, by="product", order=order)
    february = bills["picked_up_at"] >= "2026-02-01"
    change = bills.loc[february, "price_yuan"].sum() - bills.loc[~february, "price_yuan"].sum()
    assert found.change_yuan == pytest.approx(change)
    for total in (found.parts["yuan"].sum(), found.cells[["volume", "mix", "price"]].to_numpy().sum(), found.customers["change_yuan"].sum()):
        assert total == pytest.approx(change, abs=1e-7)
    assert found.customers["customers"].sum() == bills["customer_id"].nunique()


def test_pure_price_pure_volume_and_pure_mix_are_told_apart():
    base = [("a", "2026-01-05", "x", 1000)] * 4 + [("a", "2026-01-05", "y", 2000)] * 4
    dearer = [("a", "2026-02-05", kind, int(cents * 1.1)) for _who, _when, kind, cents in base]
    more = [("a", "2026-02-05", kind, cents) for _who, _when, kind, cents in base] * 2
    other = [("a", "2026-02-05", "x", 1000)] * 2 + [("a", "2026-02-05", "y", 2000)] * 6
    for later, part, yuan in ((dearer, "price", 12), (more, "volume", 120), (other, "mix", 20)):
        found = price_volume_mix(log(base + later), before=BEFORE, after=AFTER, by="product").set_index("part_of_change")["yuan"]
        assert found[part] == pytest.approx(yuan) and found.drop(part).abs().max() < 1e-9


def test_orders_differ_and_the_midpoint_lies_between(lark):
    parts = {order: price_volume_mix(lark.waybills[::9], order=order, **YEARS)["yuan"] for order in ("volume_first", "midpoint", "price_first")}
    table = pd.DataFrame(parts)
    assert (table.min(axis=1) <= table["midpoint"]).all() and (table["midpoint"] <= table.max(axis=1)).all()


def test_no_price_was_changed_and_none_is_found_once_weight_and_customer_are_known(lark):
    """Truth: the list and each customer's discount stay the same for 24 months; what looks like price in coarse kinds is weight."""
    bills = lark.waybills.assign(kilograms=np.ceil(lark.waybills["weight_kg"]))
    fine = price_volume_mix(bills, by=("customer_id", "scope", "product", "kilograms"), **YEARS).set_index("part_of_change")["yuan"]
    coarse = price_volume_mix(bills, **YEARS).set_index("part_of_change")
    assert abs(fine["price"]) < 0.01 < abs(coarse.at["price", "yuan"])
    assert coarse.at["price", "low"] < 0 < coarse.at["price", "high"]
    assert 0.15 < coarse.at["volume", "yuan"] / 833_270 < 0.35


def test_jackknife_interval_is_that_of_a_sum_of_customers():
    rng = np.random.default_rng(5)
    now, then = rng.gamma(2, 50, 300), rng.gamma(2, 50, 300)
    rows = [(f"c{place}", when, "x", 1) for place in range(300) for when in ("2026-01-05", "2026-02-05")]
    bills = log(rows).assign(price_yuan=np.column_stack([then, now]).ravel())
    found = growth_analysis(bills, before=BEFORE, after=AFTER, by="product")
    price = found.parts.set_index("part_of_change").loc["price"]
    assert price["high"] - price["low"] == pytest.approx(2 * 1.96 * (now - then).std(ddof=1) * np.sqrt(300), rel=0.01)
    assert found.high - found.low == pytest.approx(price["high"] - price["low"], rel=0.01)


def test_who_came_back_is_not_new():
    bills = pd.concat([log([("a", "2026-01-05", "x", 100), ("b", "2026-02-05", "x", 100), ("c", "2026-02-05", "x", 100)]),
                       log([("c", "2025-06-01", "x", 100)])])  # fmt: skip
    counts = customer_bridge(bills, before=BEFORE, after=AFTER).set_index("customer_change")["customers"]
    assert counts[["new", "returned", "lost"]].tolist() == [1, 1, 1]


def test_customers_of_a_month_add_up_and_agree_with_churn(lark):
    table = customer_growth(lark.waybills)
    assert (table["at_start"] + table["came_new"] + table["came_again"] - table["went"] == table["at_end"]).all()
    assert (table["at_end"].to_numpy()[:-1] == table["at_start"].to_numpy()[1:]).all()
    rates = churn_analysis(lark.waybills)
    gross, net = (rates[rates["kind"] == kind].reset_index(drop=True) for kind in ("gross", "net"))
    assert gross["lost"].tolist() == table["went"].tolist() and net["rate"].to_numpy() == pytest.approx(-table["growth_rate"].to_numpy())
    assert (table["low"] <= table["growth_rate"]).all() and (table["growth_rate"] <= table["high"]).all()


def test_groups_of_customers_add_up_to_the_whole(lark):
    market = lark.customers.set_index("customer_id")["market"]
    split = customer_growth(lark.waybills, by=market, start="2026-06-01", end="2026-09-01").groupby("month")["at_end"].sum()
    assert split.tolist() == customer_growth(lark.waybills, start="2026-06-01", end="2026-09-01")["at_end"].tolist()


@settings(max_examples=10)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 50), st.integers(1, 50)), min_size=2, max_size=30))
def test_ratio_of_sums_is_the_weighted_mean_of_ratios(rows):
    table = pd.DataFrame(rows, columns=["region", "product", "late", "parcels"])
    found = ratio(table, "late", "parcels", by="region", within="product")
    assert found.value == pytest.approx((found.table["base_share"] * found.table["sum_ratio"]).sum())
    gap = ((1 / len(found.table) - found.table["base_share"]) * found.table["sum_ratio"]).sum()
    assert found.difference == pytest.approx(gap, abs=1e-12)
    inside = found.cells.groupby("region")["sum_ratio"].agg(["min", "max"])
    assert (found.table.set_index("region")["standardised"].between(inside["min"] - 1e-12, inside["max"] + 1e-12)).all()


def test_simpson_s_own_kind_of_table_is_found():
    rows = [("new", "easy", 81, 87), ("new", "hard", 192, 263), ("old", "easy", 234, 270), ("old", "hard", 55, 80)]
    table = pd.DataFrame(rows, columns=["way", "stones", "well", "cases"])
    found = ratio(table, "well", "cases", by="way", within="stones")
    # Charig and others (1986), kidney stones: 78% against 83% on the whole, better in both strata.
    assert found.table["sum_ratio"].round(2).tolist() == [0.78, 0.83]
    assert found.reversals.values.tolist() == [["old", "new", 2]]
    assert found.table.set_index("way")["standardised"].round(3).to_dict() == {"new": 0.833, "old": 0.779}


def test_simpson_s_paradox_in_the_firm(lark):
    """Truth: a walk-in customer gets no discount, so it pays more for the same parcel; corporate customers send more express."""
    found = region_comparison(lark.waybills, lark.customers, measure="price_per_parcel", by="market", within="product")
    assert found.reversals.values.tolist() == [["corporate", "walk_in", 3]]
    table = found.table.set_index("market")
    assert table.at["corporate", "low"] > table.at["walk_in", "high"]
    assert table.at["corporate", "standardised"] < table.at["walk_in", "standardised"] and "Simpson" in found.summary()


def test_far_regions_are_later_and_the_mean_of_ratios_is_not_the_firm_s_rate(lark):
    found = region_comparison(lark.waybills, lark.customers)
    table = found.table.set_index("region")
    assert table.at["west", "low"] > table.at["east", "high"] and found.mean_of_ratios > found.high
    assert found.plot().get_yticks().size == 4


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda bills: growth_analysis(bills, before=AFTER, after=BEFORE, by="product"), "swapped"),
        (lambda bills: growth_analysis(bills, before="2026-01", after=AFTER, by="product"), "pair of days"),
        (lambda bills: growth_analysis(bills, before=BEFORE, after=("2027-01-01", "2027-02-01"), by="product"), "No waybill"),
        (lambda bills: growth_analysis(bills, before=BEFORE, after=AFTER, by=[]), "no column"),
        (lambda bills: growth_analysis(bills, before=BEFORE, after=AFTER, by="colour"), "colour"),
        (lambda bills: growth_analysis(bills, before=BEFORE, after=AFTER, by="product", order="any"), "one of"),
        (lambda bills: growth_analysis(bills[:0], before=BEFORE, after=AFTER, by="product"), "no rows"),
        (lambda bills: growth_analysis(bills.assign(price_yuan="x"), before=BEFORE, after=AFTER, by="product"), "not a number"),
        (lambda bills: customer_growth(bills, grace_days=31, start="2026-02-01", end="2026-02-05"), "no whole month"),
        (lambda bills: ratio(bills.assign(n=0), "price_yuan", "n", by="product"), "adds up to 0"),
        (lambda bills: ratio(bills, "price_yuan", "nothing", by="product"), "nothing"),
        (lambda bills: region_comparison(bills, bills, measure="speed"), "one of"),
    ],
)
def test_bad_input_ends_in_a_sentence(call, said):
    with pytest.raises(ValueError, match=said):
        call(log([("a", "2026-01-05", "x", 900), ("b", "2026-02-05", "y", 400)]))


def test_the_waterfall_says_what_it_shows():
    bills = log([("a", "2026-01-05", "x", 90_000), ("b", "2026-01-05", "y", 60_000), ("a", "2026-02-05", "x", 20_000)])
    found = growth_analysis(bills, before=BEFORE, after=AFTER, by="product")
    for what, told in (("parts", "volume, mix and price"), ("customers", "which customers")):
        ax = found.plot(what=what)
        title = ax.get_title(loc="left") + ax.get_title()
        assert "−1,300 yuan" in title and told in title
