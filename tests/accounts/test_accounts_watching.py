import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import i18n
from crmlib.accounts import watch_list
from crmlib.accounts.volume import volume_past
from crmlib.company.money import draw_money
from crmlib.company.simulation import draw_world

MONTHS = pd.period_range("2025-01", "2026-06", freq="M")


def sent(counts: np.ndarray, months: pd.PeriodIndex = MONTHS) -> pd.DataFrame:
    """Waybills from customers × months of counts."""
    customer, month = np.nonzero(counts)
    times = counts[customer, month]
    starts = months.start_time.to_numpy()[month] + np.timedelta64(36, "h")
    return pd.DataFrame(
        {"customer_id": [f"c{number:04d}" for number in np.repeat(customer, times)], "picked_up_at": np.repeat(starts, times)}
    )


def unchanging(customers: int, seed: int, spread: float = 0.3) -> np.ndarray:
    """Months of customers whose level never changes: season, scatter and counting only."""
    rng = np.random.default_rng(seed)
    season = np.tile([0.9, 0.5, 1, 1, 1, 1.2, 1, 1, 1, 1, 1.6, 1.1], 2)[: len(MONTHS)]
    level = np.exp(rng.normal(2.7, 1.0, (customers, 1)))
    return rng.poisson(level * season * np.exp(rng.normal(-(spread**2) / 2, spread, (customers, len(MONTHS)))))


@pytest.fixture(scope="module")
def firm():
    world = draw_world(customers=4000, months=24, seed=3)
    tables, __ = draw_money(world)
    return world, tables


@pytest.fixture(scope="module")
def past(firm):
    world, __ = firm
    market = world.customers.set_index("customer_id")["market"]
    return volume_past(world.waybills, market, pd.Period("2026-10", "M"), 12)


@pytest.mark.parametrize("rule", ["share", "discovery"])
def test_customers_without_any_change_are_named_as_seldom_as_stated(rule):
    watched = named = tables = 0
    for seed in range(2):
        watch = watch_list(sent(unchanging(500, seed)), month="2026-06", rule=rule, false_alarms=0.05)
        watched, named, tables = (
            watched + watch.tested["volume"],
            named + watch.table["customer_id"].nunique(),
            tables + (len(watch.table) > 0),
        )
    if rule == "share":
        # Of 1,000 at most 5%, and three standard errors.
        assert named / watched < 0.05 + 3 * (0.05 * 0.95 / watched) ** 0.5
        assert named > 0.01 * watched, "the limits are not idle either"
    else:
        assert tables <= 1, "where nothing changed every name is false, so there must hardly be any list"


def test_on_the_firm_customers_who_stay_steady_are_named_as_seldom_as_stated(firm, past):
    """Truth: customers of steady kind who had not left by the end of the month."""
    truth = firm[0].truth["customers"].set_index("customer_id").reindex(past.customers)
    for month in (12, 16, 19, 23):
        few, many = past.tail(month)
        chance = np.minimum(2 * np.minimum(few, many), 1)
        gone = (truth["leaves_on"] < past.months[month].end_time).to_numpy()
        calm = np.isfinite(past.expected[:, month]) & (truth["kind"] == "steady").to_numpy() & ~gone
        assert calm.sum() > 900
        assert (chance[calm] <= 0.02).mean() < 0.02 + 3 * (0.02 * 0.98 / calm.sum()) ** 0.5


def test_on_the_firm_those_who_left_are_found(firm, past):
    """Truth: customers who left in the month before, and would have sent at least ten parcels."""
    leaves = firm[0].truth["customers"].set_index("customer_id").reindex(past.customers)["leaves_on"]
    found, there = 0, 0
    for month in range(10, 24):
        left = (leaves.dt.to_period("M") == past.months[month] - 1).fillna(False).to_numpy()
        large = left & (np.nan_to_num(past.expected[:, month]) >= 10)
        found += (2 * past.tail(month)[0][large] <= 0.01).sum()
        there += large.sum()
    assert there >= 20 and found / there > 0.9


def test_on_the_firm_slow_declines_show_over_three_months(firm):
    """Truth: declines of 35 to 70% a year that began four months ago or earlier, of customers who had not left. No single month of them is
    striking; three months are, several times as often as with steady customers."""
    world, __ = firm
    past = volume_past(world.waybills, world.customers.set_index("customer_id")["market"], pd.Period("2026-10", "M"), 12, 3)
    truth = world.truth["customers"].set_index("customer_id").reindex(past.customers)
    shares = {"declining": [], "steady": []}
    for month in range(13, 24):
        end = past.months[month].end_time
        there = (np.nan_to_num(past.expected[:, month]) >= 15) & ~(truth["leaves_on"] < end).to_numpy()
        low = past.tail(month)[0] <= 0.02
        begun = (truth["turns_on"] < end - pd.Timedelta(days=120)).to_numpy()
        for kind, named in shares.items():
            named += low[there & begun & (truth["kind"] == kind).to_numpy()].tolist()
    assert np.mean(shares["steady"]) < 0.02 and len(shares["declining"]) > 150
    assert np.mean(shares["declining"]) > 5 * np.mean(shares["steady"])


def test_payment_and_people_are_watched_too(firm):
    world, tables = firm
    watch = watch_list(
        world.waybills, month="2026-08", customers=world.customers, invoices=tables["invoices"], payments=tables["payments"],
        salespeople=world.salespeople, false_alarms=0.04)  # fmt: skip
    assert set(watch.table["movement"]) >= {"volume", "payment"} and set(watch.tested) == {"volume", "three_months", "payment"}
    payment = watch.table[watch.table["movement"] == "payment"]
    assert (payment["observed"] > payment["high"]).all() and len(payment) < 0.06 * watch.tested["payment"]
    fresh = world.salespeople[
        world.salespeople["predecessor_id"].notna() & world.salespeople["joined_on"].between("2026-06-02", "2026-08-31")
    ]
    moved = world.customers[world.customers["salesperson_id"].isin(fresh["salesperson_id"])]
    assert set(watch.table.loc[watch.table["movement"] == "salesperson", "customer_id"]) == set(moved["customer_id"])
    assert watch.expected_false == pytest.approx(0.04 / 3 * sum(watch.tested.values()))


def test_the_same_arrears_are_named_once():
    """An invoice that nobody pays is news in one month, and dunning's business from then on."""
    rng = np.random.default_rng(1)
    ends = pd.date_range("2025-01-31", "2026-06-30", freq="ME")
    rows = pd.DataFrame({"customer_id": np.repeat([f"c{n:04d}" for n in range(30)], 18), "issued_on": np.tile(ends, 30)})
    rows = rows.assign(invoice_id=range(len(rows)), due_on=rows["issued_on"] + pd.Timedelta(days=10), amount_yuan=100.0)
    money = pd.DataFrame({"invoice_id": rows["invoice_id"], "paid_on": rows["due_on"] + pd.to_timedelta(rng.integers(-3, 8,
        len(rows)), unit="D"),
                          "amount_yuan": 100.0})  # fmt: skip
    money = money[~((rows["customer_id"] == "c0007") & (rows["issued_on"] == "2026-03-31"))]
    named = []
    for month in ("2026-04", "2026-05", "2026-06"):
        watch = watch_list(sent(unchanging(30, 2)), month=month, invoices=rows, payments=money)
        named += [month for customer in watch.table.query("movement == 'payment'")["customer_id"] if customer == "c0007"]
    assert named == ["2026-04"]


def test_contacts_who_came_and_went():
    now = pd.DataFrame({"customer_id": ["c0001", "c0002"], "name": ["Li", "Wu"]})
    before = pd.DataFrame({"customer_id": ["c0001", "c0002"], "name": ["Li", "Xu"]})
    watch = watch_list(sent(unchanging(30, 1)), month="2026-06", contacts=now, contacts_before=before)
    contact = watch.table[watch.table["movement"] == "contact"]
    assert contact[["customer_id", "observed"]].values.tolist() == [["c0002", 2.0]]


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 1000), st.floats(0.01, 0.3))
def test_fewer_alarms_are_among_more_and_limits_say_the_same(seed, rate):
    waybills = sent(unchanging(40, seed))
    few, many = (watch_list(waybills, month="2026-06", false_alarms=share) for share in (rate, 2 * rate))
    assert set(few.table["customer_id"]) <= set(many.table["customer_id"])
    outside = (few.table["observed"] < few.table["low"]) | (few.table["observed"] > few.table["high"])
    assert outside.all()
    last = few.chart(few.past.customers[0])
    assert last["parcels"].tolist() == few.past.counts[0].tolist()


def test_a_lost_customer_is_no_news():
    counts = unchanging(60, 3)
    counts[0, -5:], counts[1, -1:] = 0, 0
    counts[1, :-1] += 20
    watch = watch_list(sent(counts), month="2026-06")
    assert "c0000" not in set(watch.table["customer_id"]) and "c0001" in set(watch.table["customer_id"])


def test_summary_and_chart_in_both_languages():
    counts = unchanging(60, 3)
    counts[1] = [40] * 17 + [0]
    watch = watch_list(sent(counts), month="2026-06")
    assert "In 2026-06" in watch.summary() and watch.chart("c0001")["alarm"].iloc[-1]
    i18n.use_language("zh")
    assert "In 2026-06" not in watch.summary()
    assert "c0001" in [watch.plot("c0001").get_title(loc=place) for place in ("left", "center")]


@pytest.mark.parametrize(
    ("change", "options", "sentence"),
    [
        (lambda w: w.drop(columns="customer_id"), {}, "lacks the column(s) customer_id"),
        (lambda w: w.assign(picked_up_at="now"), {}, "picked_up_at holds text, not dates"),
        (lambda w: w.assign(customer_id=None), {}, "A waybill lacks its customer or its day"),
        (lambda w: w, {"month": "2025-03"}, "do not hold 2025-03 and six months before it"),
        (lambda w: w, {"month": "2027-03"}, "do not hold 2027-03"),
        (lambda w: w.iloc[:0], {}, "do not hold 2026-06"),
        (lambda w: w, {"month": "June"}, "month is June, which is no month"),
        (lambda w: w, {"rule": "all"}, 'rule is "all"'),
        (lambda w: w, {"false_alarms": 5}, "false_alarms is 5; it must lie between 0 and 1"),
        (lambda w: w, {"months": 3}, "months is 3; it must be a whole number of at least 6"),
    ],
)
def test_unusable_input_is_refused_with_a_sentence(change, options, sentence):
    with pytest.raises(ValueError) as caught:
        watch_list(change(sent(unchanging(10, 1))), **{"month": "2026-06"} | options)
    assert sentence in str(caught.value)
    with pytest.raises(ValueError, match="c9999 sent no parcel"):
        watch_list(sent(unchanging(10, 1)), month="2026-06").chart("c9999")
