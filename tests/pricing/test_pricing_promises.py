import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.pricing import clearance_promise, clearance_times, compare_sellers, delay_cover, quote_response

CUT = pd.Timestamp("2026-05-01")


@pytest.fixture(autouse=True)
def english():
    crm.setup("en")


@pytest.fixture(scope="module")
def made():
    firm, truth = crm.company.simulate(customers=700, months=24, seed=4)
    return {name: getattr(firm, name) for name in ("waybills", "tracking", "quotes", "customers")}, truth


@pytest.fixture(scope="module")
def times(made):
    return clearance_times(made[0]["tracking"], made[0]["waybills"])


def test_clearance_times_are_those_between_two_scans(made, times):
    tracking = made[0]["tracking"]
    one = times.iloc[len(times) // 2]
    scans = tracking[tracking["waybill_id"] == one["waybill_id"]].sort_values("scanned_at")
    place = scans["node"].tolist().index("clearance")
    assert scans["scanned_at"].iloc[place + 1] - scans["scanned_at"].iloc[place] == pd.Timedelta(hours=one["clearance_hours"])
    assert len(times) == tracking.loc[tracking["node"] == "clearance", "waybill_id"].nunique()


def test_nothing_after_the_moment_is_looked_at(made):
    before = made[0]["tracking"][made[0]["tracking"]["scanned_at"] <= CUT]
    pd.testing.assert_frame_equal(clearance_times(made[0]["tracking"], as_of=CUT), clearance_times(before, as_of=CUT))


def test_a_promise_from_the_past_is_kept_later(made, times):
    """The simulated clearance does not change with time: the share promised lies at or above the promise, but for strikes and chance."""
    promise = clearance_promise(clearance_times(made[0]["tracking"], made[0]["waybills"], as_of=CUT), rng=1, resamples=200)
    assert promise.low <= promise.hours <= promise.high <= 24 * promise.promise_days
    later = promise.check(times[times["entered_at"] >= CUT])
    assert later["high"] >= promise.share
    assert "never" in promise.summary() and "guaranteed" in promise.summary()
    assert set(promise.table["product"]) <= {"economy", "standard", "express"}


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 0.8, 0.9]))
def test_without_open_parcels_the_promise_is_the_quantile_of_the_sample(seed, share):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "entered_at": pd.date_range("2026-01-01", periods=200),
            "clearance_hours": rng.exponential(20, 200).round(3) + 0.001,
            "cleared": True,
        }
    )
    found = clearance_promise(table, share=share, rng=seed, resamples=100)
    assert found.hours == np.quantile(table["clearance_hours"], share, method="inverted_cdf")
    assert found.low <= found.hours <= found.high


def test_with_open_parcels_it_is_that_of_kaplan_and_meier():
    from statsmodels.duration.survfunc import SurvfuncRight

    rng = np.random.default_rng(5)
    hours, seen = rng.exponential(20, 300), rng.exponential(60, 300)
    table = pd.DataFrame(
        {"entered_at": pd.date_range("2026-01-01", periods=300), "clearance_hours": np.minimum(hours, seen), "cleared": hours <= seen}
    )
    curve = SurvfuncRight(table["clearance_hours"], table["cleared"].astype(int))
    wanted = curve.surv_times[np.argmax(curve.surv_prob <= 0.2 + 1e-12)]
    found = clearance_promise(table, share=0.8, rng=1, resamples=100)
    assert found.hours == pytest.approx(wanted) and found.open_parcels == int((~table["cleared"]).sum())


def test_delay_cover_agrees_with_the_true_delays(made):
    """What is paid is what truth calls late by more than the tolerance; parcels lost count as late."""
    waybills, fates = made[0]["waybills"], made[1]["fates"].set_index("waybill_id")
    cover = delay_cover(waybills, pays_share=0.5, tolerance_hours=0, loading=0.2, rng=1, resamples=200)
    end = waybills[["picked_up_at", "delivered_at"]].max().max()
    due = waybills[(waybills["scope"] == "cross_border") & (waybills["promised_at"] <= end)]
    fate = fates.loc[due["waybill_id"]]
    true = (fate["late"] | fate["lost"]).to_numpy()
    assert cover.late_share == pytest.approx(true.mean(), abs=1e-9)
    assert cover.expected_yuan == pytest.approx((due["price_yuan"] * 0.5 * true).mean())
    assert cover.low < cover.expected_yuan < cover.high < cover.price_yuan
    assert cover.price_yuan == pytest.approx(cover.high * 1.2, abs=0.011)


def test_cover_sold_later_does_not_lose_by_its_loading(made):
    waybills = made[0]["waybills"]
    cover = delay_cover(waybills, as_of=CUT, rng=1, resamples=200)
    later = cover.settle(waybills[waybills["picked_up_at"] >= CUT])
    assert 0.2 < later["paid_share"] < 1.2
    assert later["parcels"] > 100


def test_the_true_effect_of_discounts_is_recovered(made):
    """The simulated log odds rise by 12 for 100 % more discount; the interval of one firm holds it 19 times of 20."""
    found = quote_response(made[0]["quotes"])
    assert found.low < 12 < found.high
    table = found.margin(8.2, 5.0)
    assert (table["expected_yuan"].between(table["expected_low"] - 1e-12, table["expected_high"] + 1e-12)).all()
    assert table["win_rate"].is_monotonic_increasing and table["margin_yuan"].is_monotonic_decreasing
    assert "did not write down" in found.summary()


def test_sellers_are_drawn_alike_so_most_claims_stay_open(made):
    """The generator treats both kinds alike: no claim is really true, and at 95 % few intervals miss 0."""
    found = compare_sellers(made[0]["customers"], made[0]["waybills"], rng=1, resamples=200)
    assert (found.differences["holds"] == "open").sum() >= 3
    assert (found.table["low"] <= found.table["estimate"] + 1e-9).all() and (found.table["estimate"] <= found.table["high"] + 1e-9).all()
    assert "4 claims" in found.summary()


def test_the_same_seed_gives_the_same_interval(times):
    first, second = (clearance_promise(times, rng=3, resamples=100) for __ in range(2))
    assert (first.low, first.high) == (second.low, second.high)


EIGHT = pd.DataFrame({"entered_at": pd.date_range("2026-01-01", periods=80), "clearance_hours": 5.0, "cleared": True})


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda made: clearance_promise(EIGHT, rng=None), "rng must be a whole number"),
        (lambda made: clearance_promise(EIGHT, rng=1, share=90), "share is 90; it must lie between 0 and 1"),
        (lambda made: clearance_promise(EIGHT.head(10), rng=1), "an interval needs at least 8"),
        (lambda made: clearance_promise(EIGHT.assign(cleared=False), rng=1), "Too few parcels were cleared"),
        (lambda made: clearance_promise(EIGHT.assign(clearance_hours=-1), rng=1), "clearance_hours is missing or negative"),
        (lambda made: clearance_promise(EIGHT.assign(entered_at="x"), rng=1), "entered_at is not a date"),
        (lambda made: clearance_times(made["tracking"].head(0)), "scanned_at is missing|No parcel reached clearance"),
        (lambda made: clearance_times(made["tracking"], as_of="2020-01-01"), "No parcel reached clearance by then"),
        (lambda made: delay_cover(made["waybills"], rng=1, scope="moon"), "No moon parcel"),
        (lambda made: delay_cover(made["waybills"], rng=1, pays_share=50), "pays_share is 50"),
        (lambda made: delay_cover(made["waybills"], rng=1, loading=-1), "loading is -1"),
        (lambda made: delay_cover(made["waybills"].head(300), rng=1, scope="domestic"), "weeks|had its promised time"),
        (lambda made: quote_response(made["quotes"].head(20)), "at least 20 of each"),
        (lambda made: quote_response(made["quotes"].assign(discount=made["quotes"]["tier_discount"])), "equally far"),
        (lambda made: quote_response(made["quotes"].assign(discount=30)), "discount lies outside 0 to 1"),
        (lambda made: compare_sellers(made["customers"].head(5), made["waybills"], rng=1), "Fewer than five"),
    ],
)
def test_unusable_input_is_refused(made, call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(made[0])


def test_rows_may_share_an_index_or_come_as_categories(made):
    waybills = made[0]["waybills"]
    odd = waybills.astype({"product": "category", "scope": "category"}).set_axis(np.zeros(len(waybills), dtype=int))
    one, other = (delay_cover(table, rng=1, resamples=100) for table in (waybills, odd))
    assert (one.expected_yuan, one.low, one.price_yuan) == (other.expected_yuan, other.low, other.price_yuan)


def test_the_page_for_the_manager_says_what_to_promise_and_what_to_ask(made, times):
    promise = clearance_promise(times, rng=1)
    assert promise.headline() == f"Clearance: promise 90% of parcels within {promise.promise_days} days, not within 3"
    assert promise.label() == "Hours until 90% of parcels are cleared" and "mend the handbook" in promise.advice()
    easy = clearance_promise(times.assign(clearance_hours=times.clearance_hours / 4), rng=1)
    assert easy.headline().endswith("may be promised") and "handbook" not in easy.advice()
    cover = delay_cover(made[0]["waybills"], rng=1)
    assert f"{cover.table.cover_price_yuan.max():.2f}" in cover.advice() and f"Not {cover.price_yuan:.2f} for all: express" in cover.advice()
    alone = delay_cover(made[0]["waybills"][made[0]["waybills"]["product"] == "economy"], rng=1)
    assert "for all" not in alone.advice()


def test_growth_of_acceptance_is_the_ratio_of_two_rates_with_an_interval_as_drawn():
    found = crm.pricing.quote_response(crm.company.lark().quotes)
    more, low, high = found.growth(0.05)
    rates = found.table.set_index("extra_discount").win_rate
    assert more == pytest.approx(rates[0.05] / rates[0.0] - 1)
    drawn = np.random.default_rng(1).multivariate_normal(found.coefficients[:2], found.covariance[:2, :2], 100_000)
    ratio = (1 + np.exp(-drawn[:, 0])) / (1 + np.exp(-drawn @ [1, 0.05])) - 1
    assert (low, high) == pytest.approx(tuple(np.quantile(ratio, [0.025, 0.975])), abs=0.01)
    with pytest.raises(ValueError, match="extra"):
        found.growth(5)
