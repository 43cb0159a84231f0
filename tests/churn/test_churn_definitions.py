import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.churn import churned, evidence_check, grace_curve, own_grace, price_gap
from crmlib.i18n import use_language

END = "2026-11-01"


@pytest.fixture(scope="module")
def firm_and_truth():
    return crm.company.simulate(customers=900, months=24, seed=5)


@pytest.fixture(scope="module")
def whole(firm_and_truth) -> pd.DataFrame:
    firm, _truth = firm_and_truth
    return churned(firm.waybills, as_of=END, customers=firm.customers, salespeople=firm.salespeople, cases=firm.cases, offers=firm.offers,
                   market_prices=firm.market_prices)  # fmt: skip


def log(*days: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [who for who, _day in days], "picked_up_at": pd.to_datetime([f"2026-{day}" for _who, day in days])})


PEOPLE = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "monthly_account": [True, False, True], "salesperson_id": ["S3", "S4", None]})


def test_states_and_dates_by_hand():
    table = churned(log(("c1", "03-05"), ("c2", "10-20"), ("c1", "02-01")), as_of=END, grace_days=90, customers=PEOPLE)
    assert table.churn_state.tolist() == ["lost", "active", "never_shipped"]
    assert table.loc["c1", ["lost_on", "known_on"]].tolist() == [pd.Timestamp("2026-03-06"), pd.Timestamp("2026-06-03")]
    assert table.loc["c1", "known_by"] == "silence" and table.loc["c2", "known_on"] is pd.NaT
    assert table.contract.tolist() == [True, False, True]
    assert churned(log(("c1", "03-05")), as_of="2026-06-02", grace_days=90).churn_state.tolist() == ["active"]
    assert churned(log(("c1", "03-05")), as_of="2026-06-03", grace_days=90).churn_state.tolist() == ["lost"]


def test_what_comes_later_is_not_known():
    rows = log(("c1", "03-05"), ("c1", "10-01"))
    assert churned(rows, as_of="2026-08-01", grace_days=90).loc["c1", "churn_state"] == "lost"
    pd.testing.assert_frame_equal(churned(rows, as_of="2026-08-01"), churned(rows.head(1), as_of="2026-08-01"))


def test_a_contract_ends_with_its_closing():
    rows, closed = log(("c1", "03-05"), ("c2", "03-05"), ("c3", "08-20")), pd.Series({"c3": pd.Timestamp("2026-09-10"), "c1": pd.NaT})
    by_silence = churned(rows, as_of=END, grace_days=90, customers=PEOPLE, closed=closed)
    assert by_silence.churn_state.tolist() == ["lost", "lost", "lost"]
    assert by_silence.known_by.tolist() == ["silence", "silence", "closing"]
    by_closing = churned(rows, as_of=END, grace_days=90, customers=PEOPLE, closed=closed, contract_rule="closing")
    assert by_closing.churn_state.tolist() == ["dormant", "lost", "lost"]
    assert by_closing.loc["c3", "known_on"] == pd.Timestamp("2026-09-10")
    early = churned(rows, as_of="2026-09-01", grace_days=90, customers=PEOPLE, closed=closed)
    assert early.loc["c3", "churn_state"] == "active", "the closing is not known yet"


def test_the_salesperson_is_found_through_the_chain_of_predecessors():
    staff = pd.DataFrame({"salesperson_id": ["S1", "S2", "S3", "S4"], "predecessor_id": [None, "S1", "S2", None],
                          "left_on": pd.to_datetime(["2026-01-20", "2026-09-01", None, None])})  # fmt: skip
    table = churned(log(("c1", "03-05"), ("c2", "03-05"), ("c3", "03-05")), as_of=END, customers=PEOPLE, salespeople=staff)
    assert table.salesperson_evidence.tolist() == [True, False, False]
    assert table.loss_cause.tolist() == ["salesperson", "unknown", "unknown"]


def test_a_complaint_of_the_price_is_evidence_for_a_rival():
    cases = pd.DataFrame({"customer_id": ["c1", "c2", "c2"], "kind": ["complaint", "complaint", "inquiry"],
                          "cause": ["price", "delay", "price"], "opened_at": pd.Timestamp("2026-02-20")})  # fmt: skip
    table = churned(log(("c1", "03-05"), ("c2", "03-05")), as_of=END, customers=PEOPLE.head(2), cases=cases)
    assert table.loss_cause.tolist() == ["rival", "unknown"]


def test_the_price_gap_by_hand():
    """Two like customers pay 90% and 100% of the list price 10, the rival's list says 8: its usual price is 8 × 0.95."""
    rows = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "picked_up_at": pd.to_datetime(["2026-03-05"] * 3), "product": "economy",
                         "scope": ["domestic", "domestic", "cross_border"], "destination_region": ["west", "west", "abroad"],
                         "weight_kg": 0.8, "price_yuan": [9.0, 10.0, 60.0]})  # fmt: skip
    people = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "region": "east", "market": ["walk_in", "walk_in", "corporate"]})
    prices = pd.DataFrame({"month": pd.to_datetime(["2026-03-01"] * 2), "competitor": ["plover", "heron"], "scope": "domestic",
                           "origin_region": "east", "destination_region": "west", "product": "economy", "first_kg_yuan": [8.0, 9.5],
                           "further_kg_yuan": 1.0})  # fmt: skip
    gap = price_gap(rows, people, prices)
    assert gap["c1"] == pytest.approx(9 / (8 * 0.95) - 1) and gap["c2"] == pytest.approx(10 / (8 * 0.95) - 1)
    assert "c3" not in gap.index, "no rival goes there"


def test_silence_does_not_make_a_customer_small():
    """Six large and six small customers; one large one leaves after two months. It pays what the other large ones pay, and the rival is
    held to give it the discount of the large ones, not of the small."""
    months = pd.date_range("2026-01-05", periods=8, freq="MS")
    rows = [(f"l{number}", month, 8.0) for number in range(6) for month in months[: 2 if number == 0 else 8] for _parcel in range(9)]
    rows += [(f"s{number}", month, 10.0) for number in range(6) for month in months for _parcel in range(2)]
    bills = pd.DataFrame(rows, columns=["customer_id", "picked_up_at", "price_yuan"])
    bills = bills.assign(product="economy", scope="domestic", destination_region="west", weight_kg=0.8)
    people = pd.DataFrame({"customer_id": bills.customer_id.unique(), "region": "east", "market": "corporate"})
    prices = pd.DataFrame({"month": months.to_period("M").start_time, "competitor": "plover", "scope": "domestic", "origin_region": "east",
                           "destination_region": "west", "product": "economy", "first_kg_yuan": 8.0, "further_kg_yuan": 1.0})  # fmt: skip
    gap = price_gap(bills, people, prices)
    assert gap["l0"] == pytest.approx(gap["l1"])


def test_truth_who_is_lost(firm_and_truth, whole):
    """Of customers with at least ten parcels a month 95% of the states agree with the truth, and nobody is known lost before it left."""
    _firm, truth = firm_and_truth
    people = truth["customers"].set_index("customer_id")
    busy = people.index[(people.monthly_parcels >= 10) & people.joins_on.notna() & (people.kind != "declining")].intersection(whole.index)
    gone = people.leaves_on[busy] < pd.Timestamp("2026-08-03")
    state = whole.churn_state[busy]
    assert ((state == "lost") == gone).mean() > 0.95
    both = busy[(state == "lost") & gone]
    assert (whole.known_on >= people.leaves_on.reindex(whole.index))[both].all()


def test_truth_the_evidence(firm_and_truth, whole):
    """The price gap worked out from price lists follows the true one, and the salesperson's leaving is found where it acted."""
    firm, truth = firm_and_truth
    panel = truth["panel"]
    month = panel[panel.parcels >= 5].groupby("customer_id").agg(true=("price_gap", "mean"), months=("month", "size"))
    months = month[month.months >= 6]
    gap = price_gap(firm.waybills, firm.customers, firm.market_prices).reindex(months.index)
    assert gap.corr(months.true) > 0.7, "our gap knows neither the true discounts nor the usual mix of routes"
    assert abs(gap.median() - months.true.median()) < 0.05
    last = panel[~panel.alive_at_end].set_index("customer_id").salesperson_left
    rate = truth["customers"].set_index("customer_id").monthly_parcels
    last = last[(rate.reindex(last.index) >= 5) & (whole.churn_state.reindex(last.index) == "lost")]
    seen = whole.salesperson_evidence.astype(bool).reindex(last.index)
    assert last.sum() >= 5 and seen[last].mean() >= 0.8, "who ships seldom may send its last parcel before the salesperson leaves"
    assert seen[~last].mean() < 0.1, "the window of the evidence is somewhat longer than that of the truth"


def test_evidence_is_checked_against_those_who_stay(whole):
    table = evidence_check(whole)
    assert table.index.tolist() == ["salesperson_evidence", "rival_evidence"]
    lost = whole[whole.churn_state == "lost"]
    assert table.loc["salesperson_evidence", "lost_share"] == pytest.approx(lost.salesperson_evidence.astype(bool).mean())
    assert table.excess_share.between(0, 1).all()
    kind = pd.Series({"a": "x", "b": "x", "c": "y", "d": "x", "e": "y", "f": "y"})
    small = pd.DataFrame(
        {"churn_state": ["lost"] * 3 + ["active"] * 3, "rival_evidence": [True, False, False, True, False, True]}, index=kind.index
    )
    assert evidence_check(small, by=kind).active_share.tolist() == pytest.approx([2 / 3 * 1 + 1 / 3 * 0.5])
    assert whole.loss_cause.notna().eq(whole.churn_state == "lost").all()


LOGS = st.lists(st.tuples(st.sampled_from(["c1", "c2", "c3", "c4"]), st.integers(0, 299)), min_size=1, max_size=40)


@given(LOGS, st.integers(1, 120), st.integers(1, 120))
@settings(max_examples=10, deadline=None)
def test_longer_grace_never_loses_more(rows, short, more):
    table = pd.DataFrame(rows, columns=["customer_id", "day"])
    table["picked_up_at"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(table.day, unit="D")
    states = [churned(table, as_of=END, grace_days=days) for days in (short, short + more)]
    lost = [set(state.index[state.churn_state == "lost"]) for state in states]
    assert lost[1] <= lost[0]
    for state, days in zip(states, (short, short + more), strict=True):
        gone = state[state.churn_state == "lost"]
        assert (gone.known_on - gone.last_on == pd.Timedelta(days=days)).all() and (gone.known_on <= pd.Timestamp(END)).all()


def test_grace_curve_by_hand():
    """c1 was silent for 60 days and came back, c2 for good; c3 fell silent 40 days before the end and is not known to stay away."""
    rows = log(("c1", "01-01"), ("c1", "03-02"), ("c1", "10-25"), ("c2", "01-01"), ("c3", "09-22"))
    table = grace_curve(rows, as_of=END, grace=[30, 100], within_days=120).table.set_index("grace")
    assert table.alarms.to_dict() == {30.0: 3, 100.0: 2}
    assert table.came_back.to_dict() == {30.0: 1, 100.0: 0}
    assert table.false_alarm[30] == pytest.approx(0.5), "after 10 days c3 is censored; of the two left one came back on day 30"
    assert table.lost_now.to_dict() == {30.0: 2, 100.0: 1} and table.lost_share[30] == pytest.approx(2 / 3)
    assert table.days_to_know.tolist() == [30, 100]
    early = grace_curve(rows, as_of="2026-02-15", grace=[30], within_days=120).table.iloc[0]
    assert early.alarms == 2 and np.isnan(early.false_alarm), "nobody was watched for 120 days"


def test_grace_curve_of_the_firm_falls_and_knows_its_uncertainty(firm_and_truth):
    firm, _truth = firm_and_truth
    by = firm.customers.set_index("customer_id").market
    curve = grace_curve(firm.waybills, as_of=END, grace=[14, 60, 120], by=by)
    for _name, rows in curve.table.groupby("market", observed=True):
        assert rows.false_alarm.is_monotonic_decreasing and rows.alarms.is_monotonic_decreasing
        assert (rows.low < rows.false_alarm).all() and (rows.false_alarm < rows.high).all()
    assert curve.shortest(0.6).grace.le(120).all() and curve.shortest(1e-6).grace.isna().all()
    assert curve.summary().count("come back within 180 days") == 3
    use_language("zh")
    assert "电商客户：沉默 14 天就判流失" in curve.summary()


def test_truth_false_alarms(firm_and_truth):
    """The false alarms of the curve are those who had not left: of the lost in truth, hardly anybody comes back."""
    firm, truth = firm_and_truth
    gone = truth["customers"].set_index("customer_id").leaves_on
    curve = grace_curve(firm.waybills, as_of=END, grace=[90], by=(gone.notna()).map({True: "left", False: "stayed"}))
    share = curve.table.set_index("group").false_alarm if "group" in curve.table else curve.table.set_index("leaves_on").false_alarm
    assert share["left"] < share["stayed"] - 0.2


def test_the_own_rhythm_knows_sooner_where_it_matters(firm_and_truth):
    firm, _truth = firm_and_truth
    own = grace_curve(firm.waybills, as_of=END, own_rhythm=True, grace=[4, 8]).table
    fixed = grace_curve(firm.waybills, as_of=END, grace=[90, 120, 150, 180]).table
    for row in own.itertuples():
        waits = np.interp(row.false_alarm, fixed.false_alarm[::-1], fixed.days_to_know[::-1])
        assert row.days_to_know_busy < waits - 30


def test_own_grace_by_hand():
    """Daily for eleven days, with weight 3 for gaps of 180/4 days: (10 + 3 × 45) / 13 days on average, times 4."""
    days = [("c1", f"01-{day:02d}") for day in range(1, 12)] + [("c2", "01-05")]
    own = own_grace(log(*days), as_of="2026-03-01", times=4, low=7, high=180)
    assert own.loc["c1"].tolist() == [11, 1.0, np.ceil(4 * 145 / 13)]
    assert np.isnan(own.loc["c2", "usual_gap_days"]) and own.loc["c2", "grace_days"] == 180
    table = churned(log(*days), as_of="2026-03-15", grace_days=own.grace_days)
    assert table.churn_state.tolist() == ["lost", "active"]


def test_inputs_stay_as_they_are(firm_and_truth):
    firm, _truth = firm_and_truth
    waybills, customers = firm.waybills.head(500), firm.customers.head(400)
    copies = waybills.copy(deep=True), customers.copy(deep=True)
    churned(waybills, as_of=END)
    grace_curve(waybills, as_of=END, grace=[30])
    pd.testing.assert_frame_equal(waybills, copies[0])
    pd.testing.assert_frame_equal(customers, copies[1])


BAD = {
    "nothing before": ({"as_of": "2025-01-01"}, "No waybill is older"),
    "no date": ({"as_of": "soon"}, "as_of is soon"),
    "grace": ({"grace_days": 0}, "grace_days is 0"),
    "rule": ({"contract_rule": "habit"}, "contract_rule"),
    "closing without customers": ({"contract_rule": "closing"}, "needs customers"),
    "evidence without customers": ({"salespeople": pd.DataFrame()}, "give customers too"),
    "closed": ({"closed": ["2026-01-01"]}, "Series of dates"),
    "offers": ({"offers": pd.DataFrame({"kind": []})}, "lacks the column"),
    "customers twice": ({"customers": pd.concat([PEOPLE, PEOPLE])}, "more than once"),
}


@pytest.mark.parametrize(("options", "sentence"), BAD.values(), ids=BAD)
def test_bad_input_ends_in_a_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        churned(log(("c1", "03-05")), **{"as_of": END, **options})


def test_bad_input_of_the_others():
    rows = log(("c1", "03-05"))
    for waybills in (rows.head(0), rows.assign(customer_id=None), "waybills", rows.drop(columns="picked_up_at")):
        with pytest.raises(ValueError, match=r"no rows|missing|one row a waybill|lacks"):
            churned(waybills, as_of=END)
    for grace in ([0], [], ["long"], [True]):
        with pytest.raises(ValueError, match="grace"):
            grace_curve(rows, as_of=END, grace=grace)
    with pytest.raises(ValueError, match="names no group"):
        grace_curve(rows, as_of=END, by=pd.Series({"c2": "a"}))
    with pytest.raises(ValueError, match="Exchange them"):
        own_grace(rows, as_of=END, low=90, high=30)
    with pytest.raises(ValueError, match="no evidence"):
        evidence_check(churned(rows, as_of=END))
    with pytest.raises(ValueError, match="customers who stay"):
        evidence_check(pd.DataFrame({"churn_state": ["lost"], "rival_evidence": [True]}))
    with pytest.raises(ValueError, match="lacks the column"):
        price_gap(rows, PEOPLE, pd.DataFrame())
