import math
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.company.scenario import Scenario
from crmlib.company.schema import label
from crmlib.pricing import charged_weight, list_prices, price_positions, quote, read_tariff, tariff_text

SPECIAL = """
[tariff]
code = "regional"
zh = "分区价目"
en = "by region"
step_kg = 0.5
volume_divisor = 5000
[[zones]]
code = "west"
zh = "西部"
en = "west"
scope = "domestic"
regions = ["west"]
[[zones]]
code = "rest"
zh = "其他"
en = "the rest"
scope = "domestic"
[[rates]]
zone = "west"
standard = [14, 4]
[[rates]]
zone = "rest"
standard = [10.10, 2.35]
[[surcharges]]
code = "fuel"
zh = "燃油附加费"
en = "fuel"
when = "always"
share = 0.035
[[surcharges]]
code = "heavy"
zh = "重货附加费"
en = "heavy"
when = "weight"
over_kg = 5
per_kg = 0.2
"""
weights = st.decimals("0.001", "60", places=3)


@pytest.fixture(autouse=True)
def english():
    crm.setup("en")


def test_the_shipped_list_is_that_of_the_simulated_firm():
    scenario, tariff = Scenario(), read_tariff()
    assert {pair: tuple(map(float, prices)) for pair, prices in tariff.rates.items()} == dict(scenario.tariff)
    assert [(parcels, float(share)) for parcels, share in tariff.discounts] == list(scenario.discounts)
    assert {name: float(share) for name, share in tariff.markets.items()} == dict(scenario.market_discount)


@settings(deadline=None, max_examples=30)
@given(weights, weights, st.sampled_from(["economy", "standard", "express"]), st.decimals("0", "0.99", places=3))
def test_a_heavier_parcel_never_costs_less_and_lines_add_up(one, other, product, discount):
    light, heavy = (quote(weight_kg=weight, product=product, discount=discount) for weight in sorted([one, other]))
    assert light.total_yuan <= heavy.total_yuan
    for found in (light, heavy):
        assert sum(Decimal(str(amount)) for amount in found.lines["line_yuan"]) == Decimal(str(found.total_yuan))
        assert all(round(amount, 2) == amount for amount in found.lines["line_yuan"])


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 60))
def test_rounding_up_is_exact_at_the_boundary(kilograms):
    at, above, below = (quote(weight_kg=kilograms + change).weight_charged_kg for change in (0, 0.001, -0.001))
    assert (at, above, below) == (kilograms, kilograms + 1, max(kilograms, 1))


def test_sums_of_binary_fractions_do_not_begin_another_kilogram():
    weight = 1.1 + 2.2 - 0.3
    assert weight > 3
    assert quote(weight_kg=weight).weight_charged_kg == math.ceil(round(weight, 3)) == 3


def test_halves_are_rounded_up_as_a_till_does():
    assert quote(weight_kg=1, product="express", scope="same_city", discount=0.1235).total_yuan == 11.39
    assert quote(weight_kg=1, product="economy", scope="same_city", discount=0.01).total_yuan == pytest.approx(6.44)


def test_a_whole_quote_by_hand():
    found = quote(weight_kg=2.3, product="express", market="e_commerce", monthly_parcels=40, on="2026-11-11", extras=["remote"])
    lines = found.lines.set_index("line")["line_yuan"].to_dict()
    assert lines == {"first_kg": 18.0, "further_kg": 14.0, "remote": 6.4, "double_11": 3.2, "discount": -11.52}
    assert found.total_yuan == 30.08
    assert all(found.lines["explained"].str.len() > 3) and "36.0%" in found.lines["explained"].iloc[-1]
    assert quote(weight_kg=2.3, product="express", on="2026-11-16").total_yuan == 32.0
    crm.setup("zh")
    assert {label(code, "line") for code in lines}.isdisjoint(lines)


def test_volume_counts_where_it_is_more():
    assert charged_weight(1.2, (40, 30, 20)) == (Decimal("1.2"), Decimal(4))
    assert quote(weight_kg=1.2, size_cm=(40, 30, 20)).weight_charged_kg == 4
    assert quote(weight_kg=9, size_cm=(40, 30, 20)).weight_charged_kg == 9
    assert "by volume" in quote(weight_kg=1.2, size_cm=(40, 30, 20)).lines["explained"].iloc[1]


def test_an_own_list_with_zones_by_region_half_kilograms_and_surcharges():
    tariff = read_tariff(SPECIAL)
    west = quote(weight_kg=5.2, product="standard", destination_region="west", tariff=tariff)
    assert west.lines["line_yuan"].tolist() == [14.0, 40.0, 1.89, 1.1]
    assert quote(weight_kg=0.5, product="standard", destination_region="east", tariff=tariff).total_yuan == 10.45
    with pytest.raises(ValueError, match="has no economy in the zone rest"):
        quote(weight_kg=1, product="economy", tariff=tariff)


def test_a_table_of_parcels_is_priced_like_each_parcel_alone():
    parcels = pd.DataFrame({"product": ["economy", "express", "standard"], "scope": ["domestic", "cross_border", "same_city"],
                            "weight_kg": [1.001, 3, 0.2], "price_yuan": [5.6, 230.0, 8.0]}, index=[7, 3, 9])  # fmt: skip
    before = parcels.copy()
    found = list_prices(parcels)
    alone = [quote(weight_kg=row.weight_kg, product=row.product, scope=row.scope).total_yuan for row in parcels.itertuples()]
    assert found["list_yuan"].tolist() == alone and found.index.tolist() == [7, 3, 9]
    assert found["discount_given"].round(6).tolist() == [0.5, 0.0, 0.0]
    pd.testing.assert_frame_equal(parcels, before)


def test_the_firms_waybills_were_priced_by_this_list_and_its_true_discounts():
    """The discounts of the truth are rounded to the cent on a waybill: half a cent over the list price is all that may differ."""
    firm, truth = crm.company.simulate(customers=120, months=6, seed=11)
    found = list_prices(firm.waybills)
    true = firm.waybills["customer_id"].map(truth["customers"].set_index("customer_id")["discount"])
    assert ((found["price_yuan"] - found["list_yuan"] * (1 - true)).abs() <= 0.0051).all()


def test_positions_against_competitors():
    prices = pd.DataFrame(
        {
            "month": pd.to_datetime(["2026-09-01", "2026-10-01", "2026-10-01"]),
            "competitor": "heron",
            "scope": "domestic",
            "product": "standard",
            "first_kg_yuan": [1.0, 8.0, 9.0],
            "further_kg_yuan": [1.0, 3.0, 4.0],
        }
    )
    found = price_positions(prices, weight_kg=2.5)
    assert found[["our_yuan", "their_yuan"]].values.tolist() == [[18.2, 15.5]]
    assert price_positions(prices, month="2026-09")["their_yuan"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"weight_kg": "heavy"}, "weight_kg is heavy; it must be a number"),
        ({"weight_kg": float("nan")}, "weight_kg is nan; it must be a number"),
        ({"weight_kg": 0}, "it must be at least 0.001"),
        ({"weight_kg": 1, "discount": 20}, "discount is 20; it must be below 1 (write 20% as 0.2)"),
        ({"weight_kg": 1, "product": "drone"}, "has no drone in the zone domestic"),
        ({"weight_kg": 1, "scope": "moon"}, "scope is moon; it must be one of"),
        ({"weight_kg": 1, "market": "martian"}, "market is martian"),
        ({"weight_kg": 1, "extras": "gift"}, "has no surcharge gift. It has: remote"),
        ({"weight_kg": 1, "scope": "cross_border", "extras": ["cash_on_delivery"]}, "does not exist for standard in the zone cross_border"),
        ({"weight_kg": 1, "on": "someday"}, "on is someday, which is no date"),
        ({"weight_kg": 1, "size_cm": (1, 2)}, "three lengths"),
    ],
)
def test_unusable_requests_are_refused(options, sentence):
    with pytest.raises(ValueError) as caught:
        quote(**options)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("step_kg = 1.0", "step_kg = 0", "step_kg in tariff is 0"),
        ('[[zones]]\ncode = "same_city"', '[[zones]]\ncode = "domestic"', "zones names domestic more than once"),
        ('scope = "same_city"', 'scope = "moon"', "scope in zones is moon"),
        ('zone = "domestic"', 'zone = "dometsic"', "zone in rates is dometsic; it must be one of"),
        ("economy = [8.2, 3.0]", "economy = [8.2]", "must be [first kilogram, each further kilogram]"),
        ("economy = [8.2, 3.0]", "economy = [-8.2, 3.0]", "economy in rates (domestic) is -8.2"),
        ("economy = [8.2, 3.0]", "economi = [8.2, 3.0]", "an entry of rates has the fields"),
        ("last = 2026-11-15", "last = 2026-11-01", "the peak double_11 goes from"),
        ("share = 0.34", "share = 0.95", "discounts reach 100%"),
        ("share = 0.34", "share = 0.01", "discounts fall as parcels grow"),
        ("share = 0.2\n", "", "the surcharge remote costs nothing"),
        ("[markets]", "[market]", "Needed: tariff, zones, rates"),
        ("[tariff]", "[tariff", "is not a TOML file"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused(old, new, sentence):
    text = tariff_text()
    assert old in text
    with pytest.raises(ValueError) as caught:
        read_tariff(text.replace(old, new, 1))
    assert sentence in str(caught.value)


def test_a_list_is_read_from_a_file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(SPECIAL, encoding="utf-8")
    tariff = read_tariff(path)
    assert tariff.rates["standard", "rest"] == (Decimal("10.10"), Decimal("2.35"))
    assert tariff.table()["first_kg_yuan"].tolist() == [14.0, 10.1]
    assert "steps of 0.5 kg" in tariff.summary() and "6000 cubic" in read_tariff().summary()
    with pytest.raises(ValueError, match="Cannot read"):
        read_tariff(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"weight_kg": [0.0]}, "weight_kg is not above 0"),
        ({"weight_kg": ["two"]}, "weight_kg is not a number"),
        ({"product": [None]}, "product or scope is missing"),
        ({"product": ["drone"]}, "has no drone"),
    ],
)
def test_unusable_parcels_are_refused(change, sentence):
    parcels = pd.DataFrame({"product": ["economy"], "scope": ["domestic"], "weight_kg": [1.0]}).assign(**change)
    with pytest.raises(ValueError) as caught:
        list_prices(parcels)
    assert sentence in str(caught.value)
