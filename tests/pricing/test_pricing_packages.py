import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

import crmlib as crm
from crmlib.pricing import break_even_discount, compare_packages, green_offer, margin_by, package_quote, packages
from crmlib.standards import get


@pytest.fixture(autouse=True)
def english():
    crm.setup("en")


def test_the_studys_package_by_hand():
    found = package_quote("seller", weight_kg=2.4, prices={"clearance": 8, "delay_cover": 2})
    assert found.lines[["line", "line_yuan"]].values.tolist() == [
        ["first_kg", 15.0], ["further_kg", 10.0], ["clearance", 8.0], ["delay_cover", 2.0], ["package_discount", -3.5]]  # fmt: skip
    assert (found.parts_yuan, found.total_yuan, found.saving_yuan) == (35.0, 31.5, 3.5)
    assert "saves 3.50 yuan" in found.summary()


def test_the_standards_hold_the_studys_figures():
    assert get("pricing.package_first_kg", unit="yuan") == 15 and get("pricing.package_further_kg", unit="yuan") == 5
    assert get("pricing.package_discount", unit="share") == 0.10 and get("pricing.emergency_hours", unit="hours") == 24
    assert get("pricing.green_premium", unit="share") == [0.05, 0.10] and get("pricing.green_take_up", unit="share") == 0.45


@settings(deadline=None, max_examples=30)
@given(
    st.sampled_from(["seller", "festival", "emergency", "green"]), st.decimals("0.01", "40", places=2), st.decimals("0", "0.9", places=3),
    st.sampled_from(["economy", "standard", "express"]),
)  # fmt: skip
def test_a_package_is_never_dearer_than_its_parts_and_adds_up(package, weight, discount, product):
    found = package_quote(package, weight_kg=weight, discount=discount, product=product)
    assert found.total_yuan <= found.parts_yuan
    assert round(found.lines["line_yuan"].sum(), 2) == found.total_yuan
    assert found.parts_yuan == round(found.lines.loc[found.lines["line"] != "package_discount", "line_yuan"].sum(), 2)


def test_scene_packages_stand_on_the_list_price():
    emergency = package_quote("emergency", weight_kg=1, product="express", scope="domestic")
    assert emergency.lines["line"].tolist() == ["first_kg", "pickup_24h", "package_discount"]
    abroad = package_quote("emergency", weight_kg=1, product="express", scope="cross_border")
    assert "priority_clearance" in abroad.lines["line"].tolist()
    green = package_quote("green", weight_kg=1, product="express", scope="domestic", prices={"green_packing": 0.05})
    assert green.total_yuan == 18.9 == green.parts_yuan


def test_packages_are_compared_with_what_they_leave():
    table = compare_packages(weight_kg=0.8, cost_yuan=57).set_index("package")
    assert table.index.tolist() == ["none", "seller", "festival", "emergency", "green"]
    assert table.loc["none", "margin_left_yuan"] == 18.0 and table.loc["seller", "margin_left_yuan"] == -30.0
    assert (table["saving_yuan"] == (table["parts_yuan"] - table["package_price_yuan"]).round(2)).all()
    assert packages()["package_discount"].tolist() == [0.10, 0.05, 0.05, 0.0]


def test_green_packing_pays_from_its_cost_share_on():
    table = green_offer(10, parcels=1000, cost_yuan=0.6)
    assert table["premium"].round(3).tolist() == [0.05, 0.075, 0.1] and (table["take_up"] == 0.45).all()
    assert table["added_yuan"].tolist() == [-45.0, 67.5, 180.0] and (table["least_premium"] == 0.06).all()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: package_quote("gold", weight_kg=1), "There is no package gold"),
        (lambda: package_quote("seller", weight_kg=1, scope="domestic"), "is for cross-border parcels only"),
        (lambda: package_quote("seller", weight_kg=1, prices={"ribbon": 3}), "has no part ribbon"),
        (lambda: package_quote("seller", weight_kg=1, prices={"clearance": -1}), "clearance is -1"),
        (lambda: package_quote("seller", weight_kg=1, discount=10), "discount is 10; it must be below 1"),
        (lambda: green_offer(0, parcels=1, cost_yuan=1), "freight_yuan is 0"),
        (lambda: green_offer(5, parcels=1.5, cost_yuan=1), "parcels is 1.5"),
        (lambda: break_even_discount(0, 1), "price_yuan is 0"),
        (lambda: break_even_discount(10, "x"), "cost_yuan is x"),
        (lambda: break_even_discount(10, 6, response=(4, 2)), "write the lower one first"),
        (lambda: break_even_discount(10, 6, response=(4, 2, 1)), "response is one number"),
        (lambda: break_even_discount(10, 6, discounts=[]), "discounts is empty"),
        (lambda: margin_by(pd.DataFrame({"scope": ["a"]}), by="scope"), "lacks the column(s) price_yuan, cost_yuan"),
        (lambda: margin_by(pd.DataFrame({"scope": [], "price_yuan": [], "cost_yuan": []}), by="scope"), "The table has no parcels"),
        (lambda: margin_by(pd.DataFrame({"scope": ["a"], "price_yuan": [None], "cost_yuan": [1]}), by="scope"), "price_yuan is missing"),
    ],
)
def test_unusable_input_is_refused(call, sentence):
    with pytest.raises(ValueError) as caught:
        call()
    assert sentence in str(caught.value)


def test_margins_are_sums_over_sums():
    parcels = pd.DataFrame({"scope": ["a", "a", "b"], "price_yuan": [10.0, 30.0, 0.0], "cost_yuan": [11.0, 15.0, 1.0]})
    found = margin_by(parcels, by="scope").set_index("scope")
    assert found.loc["a", "margin_rate"] == pytest.approx(14 / 40) and found.loc["a", "loss_share"] == 0.5
    assert np.isnan(found.loc["b", "margin_rate"])
    assert found["margin_yuan"].sum() == pytest.approx((parcels["price_yuan"] - parcels["cost_yuan"]).sum())


@settings(deadline=None, max_examples=30)
@given(st.floats(1, 100), st.floats(0.05, 0.95), st.floats(0.5, 12))
def test_break_even_and_best_discount_are_those_of_a_numerical_search(price, share, response):
    found = break_even_discount(price, price * share, response=response)

    def margin(discount):
        return (1 + response * discount) * (price * (1 - discount) - price * share)

    best = minimize_scalar(lambda discount: -margin(discount), bounds=(0, 0.99), method="bounded", options={"xatol": 1e-9}).x
    assert found.best == pytest.approx(best, abs=1e-4)
    if found.break_even:
        assert margin(found.break_even) == pytest.approx(margin(0), rel=1e-6, abs=1e-9)
    else:
        assert margin(0.01) <= margin(0)


def test_needed_growth_earns_the_same_and_ends_with_the_margin():
    found = break_even_discount(10, 6, discounts=[0, 0.1, 0.3, 0.4, 0.5])
    needed = found.table["growth_needed"].tolist()
    assert needed[:3] == pytest.approx([0, 1 / 3, 3]) and np.isnan(needed[3:]).all()
    assert found.break_even is None and "33% more parcels" in found.summary()
    assert "no growth makes up" in break_even_discount(10, 9.5).summary()
    losing = break_even_discount(10, 12, response=3)
    assert losing.break_even == 0 and "every discount" in losing.summary()
    ranged = break_even_discount(8, 5.5, response=(3, 6))
    assert ranged.break_even_range[0] == 0 < ranged.break_even < ranged.break_even_range[1]
