"""The engine against a slow one written out notice by notice; conditions against rule_engine; chunks against the whole."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

import crmlib as crm
from crmlib.desk.rules.conditions import Condition, column_values
from crmlib.desk.rules.fields import Field

rules = crm.desk.rules
FIELDS = {name: Field(name, kind, "", "") for name, kind in
          (("n", "number"), ("m", "number"), ("s", "text"), ("t", "text"), ("b", "yes_no"), ("d", "datetime"))}  # fmt: skip
ATOMS = [
    "n > 1", "n <= 0.1", "m >= n", "n == 1", "n != m", "s == 'x'", "s != 'x'", "s == null", "n == null", "s in ['x', 'y']", "s not in ['x']",
    "n in [1, 2]", "b", "not b", "b == false", "d > d'2026-05-01'", "d <= d'2026-05-02 12:00'", "n + m > 0.3", "n - m == 0.1", "-n < m",
    "n * 2 >= 0.6", "s =~ 'x.*'", "s.length > 0", "'x' in s", "d.hour > 6", "n / m > 1", "n > 1 ? b : s == 'y'", "s == t", "true", "[v for v in ['x'] if v == s].length > 0",
]  # fmt: skip
conditions = st.recursive(st.sampled_from(ATOMS), lambda inner: st.one_of(
    st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map(lambda p: f"({p[0]}){p[1]}({p[2]})"), inner.map(lambda p: f"not ({p})")), max_leaves=5)  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)

    def draw(*values):
        return [values[place] for place in rng.integers(0, len(values), 60)]

    moments = [None, *(pd.Timestamp(one).to_pydatetime() for one in ("2026-05-01", "2026-05-02 12:00", "2026-05-03 05:30"))]
    return pd.DataFrame({"n": draw(None, 0.1, 0.2, 0.3, 1.0, 2.0), "m": draw(None, 0.0, 0.1, 0.2, 1.0), "s": draw(None, "", "x", "y", "xy"),
                         "t": draw(None, "x", "z"), "b": draw(True, False), "d": draw(*moments)}, dtype=object)  # fmt: skip


@how(max_examples=10)
@given(st.lists(conditions, min_size=2, max_size=2))
def test_columns_and_rule_engine_agree_on_every_row(rows, texts):
    columns = {name: column_values(rows[name].astype("datetime64[us]" if field.kind == "datetime" else float if field.kind == "number" else object),
                                   field.kind) for name, field in FIELDS.items()}  # fmt: skip
    for text in texts:
        condition = Condition(text, FIELDS)
        slow = [condition.holds(row) for row in rows.head(30).to_dict("records")]
        assert condition.matches(columns.__getitem__, len(rows))[:30].tolist() == slow, text


def test_every_single_condition_agrees(rows):
    columns = {name: column_values(rows[name].astype("datetime64[us]" if field.kind == "datetime" else float if field.kind == "number" else object),
                                   field.kind) for name, field in FIELDS.items()}  # fmt: skip
    for text in ATOMS:
        condition = Condition(text, FIELDS)
        assert condition.matches(columns.__getitem__, len(rows)).tolist() == [condition.holds(row) for row in rows.to_dict("records")], text


@pytest.fixture(scope="module")
def firm():
    return crm.company.lark()


@pytest.fixture(scope="module")
def week(firm):
    rng = np.random.default_rng(5)
    some = firm.waybills[firm.waybills["picked_up_at"].between("2025-11-17", "2025-11-21")].sample(300, random_state=1)
    at = some["picked_up_at"] + pd.to_timedelta(rng.integers(60, 2400, len(some)), unit="m")
    warned = pd.DataFrame({"waybill_id": some["waybill_id"], "at": at, "p_late": rng.random(len(some)), "node": "in_transit",
                           "predicted_at": some["promised_at"] + pd.Timedelta(hours=9), "offer": rng.choice(["priority", "pick_up_point", "notice_only"], len(some))})  # fmt: skip
    return rules.event_stream(firm, "2025-11-19", "2025-11-21", predictions=warned)


@pytest.fixture(scope="module")
def book():
    frame = rules.rule_book().rules
    extra = [frame.iloc[row % len(frame)].to_dict() | {"rule_id": f"X{row:02d}", "priority": 5 + 7 * row % 90, "enabled": True, "cap_count": 1, "cap_days": 3, "quiet_then": "drop" if row == 5 else "wait",
             "quiet_from": "20:00", "quiet_until": "09:00"} for row in range(36)]
    made = rules.rule_book()
    return rules.book_of(rules=pd.concat([frame, pd.DataFrame(extra)]), templates=made.templates, experiments=made.experiments,
                         settings=pd.DataFrame({"setting": ["customer_cap_count", "customer_cap_days"], "value": [1, 2]}))  # fmt: skip


@pytest.fixture(scope="module")
def whole(week, book, firm):
    return rules.decide(week, book, firm)


def slowly(events, book, firm, decisions):
    """The engine once more, one event and rule at a time: (notice_id, fate)."""
    from crmlib.desk.rules.explain import _facts

    said, by_rule, by_customer = {}, {}, {}
    count, days = book.customer_cap
    for number, event in enumerate(events.itertuples()):
        spoken = set()
        for rule in sorted((one for one in book.active if one.event == event.event), key=lambda one: (one.priority, one.place)):
            facts = _facts(decisions, events.iloc[number], event.customer_id)
            if not rule.condition.holds(facts):
                continue
            name = f"{rule.rule_id}:{event.event_id}:{event.customer_id if isinstance(event.customer_id, str) else '-'}"
            if rule.experiment and rules.assign_arms(rule.experiment, [event.customer_id], book.shares(rule.experiment)).iloc[0] == "control":
                said[name] = "arm"
                continue
            if rule.who == "account_manager" and not facts["has_manager"]:
                said[name] = "channel"
                continue
            if rule.consent == "marketing":
                said[name] = "consent"
                continue
            clock = f"{event.at:%H:%M}"
            if rule.quiet_drops and (clock >= "20:00" or clock < "09:00"):
                said[name] = "quiet"
                continue
            if (rule.who, event.customer_id) in spoken:
                said[name] = "priority"
                continue
            spoken.add((rule.who, event.customer_id))
            key = event.waybill_id if rule.who == "recipient" else event.customer_id
            mine, ours = by_rule.setdefault((rule.rule_id, key), []), by_customer.setdefault(key, [])
            if rule.cap and sum(one > event.at - pd.Timedelta(rule.cap[1]) for one in mine) >= rule.cap[0]:
                said[name] = "rule_cap"
            elif rule.who == "sender" and sum(one > event.at - pd.Timedelta(days) for one in ours) >= count:
                said[name] = "customer_cap"
            else:
                said[name] = "sent"
                mine.append(event.at)
                if rule.who == "sender":
                    ours.append(event.at)
    return said


def fates(decisions):
    dropped = decisions.dropped
    return dict.fromkeys(decisions.notices["notice_id"], "sent") | dict(zip(dropped["notice_id"], dropped["why"].astype(str), strict=True))


def test_the_engine_does_what_the_slow_one_does(week, book, firm):
    some = week[~week["event"].isin(["incident_began", "policy_published"])]
    busy = some["customer_id"].value_counts().index[:3]
    few = some[some["customer_id"].isin(busy)].head(40).reset_index(drop=True)
    found = rules.decide(few, book, firm)
    assert fates(found) == slowly(few, book, firm, found)
    assert {"sent", "priority"} <= set(fates(found).values())


@how(max_examples=2)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_chunks_say_what_the_whole_says(week, book, firm, whole, cuts):
    places = [0, *sorted(int(cut * len(week)) for cut in cuts), len(week)]
    state, sent, dropped = None, [], []
    for first, last in pairwise(places):
        part = rules.decide(week.iloc[first:last], book, firm, state=state)
        state = part.state
        sent.append(part.notices)
        dropped.append(part.dropped)
    assert [name for one in sent for name in one["notice_id"]] == whole.notices["notice_id"].tolist()
    assert [why for one in dropped for why in one["why"].astype(str)] == whole.dropped["why"].astype(str).tolist()


def test_every_reason_occurs_and_nothing_is_lost(week, book, firm, whole):
    assert {"arm", "consent", "quiet", "priority", "rule_cap", "customer_cap"} <= set(whole.dropped["why"])
    ids = pd.concat([whole.notices["notice_id"], whole.dropped["notice_id"]])
    assert ids.is_unique
    again = rules.decide(week, book, firm)
    pd.testing.assert_frame_equal(again.notices, whole.notices)
    assert (whole.notices["send_after"] >= whole.notices["at"]).all()
    senders = whole.notices[whole.notices["who"] == "sender"].set_index("at").groupby("customer_id")["cost_yuan"]
    assert senders.rolling("2D").count().max() <= 1


def test_quiet_hours_by_hand():
    from crmlib.desk.rules.engine import _after_quiet

    at = np.array(["2026-05-01T20:59", "2026-05-01T21:00", "2026-05-02T07:59", "2026-05-02T08:00", "2025-12-31T23:00"], dtype="datetime64[us]")
    send, waits = _after_quiet(at, (21 * 60, 8 * 60))
    assert waits.tolist() == [False, True, True, False, True]
    assert send.astype("datetime64[m]").astype(str).tolist() == ["2026-05-01T20:59", "2026-05-02T08:00", "2026-05-02T08:00", "2026-05-02T08:00", "2026-01-01T08:00"]
    send, waits = _after_quiet(at, (7 * 60, 8 * 60))
    assert send[2].astype("datetime64[m]").astype(str) == "2026-05-02T08:00"
    assert waits.tolist() == [False, False, True, False, False]


def test_channel_falls_back_to_where_consent_was_given():
    events, customers = rules.practice()
    made = rules.rule_book().only("R03")
    book = made.with_rules(made.rules.assign(consent="marketing", experiment="", channel="preferred, sms", condition="p_late > 0.8"))
    assert set(rules.decide(events, book, customers).dropped["why"]) == {"consent"}
    given_one = pd.DataFrame({"customer_id": ["C1"], "purpose": "marketing", "channel": "sms", "given_at": ["2026-01-01"], "withdrawn_at": ["2026-05-05 12:00"]})
    found = rules.decide(events, book, customers, consent=given_one)
    assert found.notices["channel"].tolist() == ["sms", "sms"]
    assert found.dropped["why"].tolist() == ["consent"]
    no = pd.DataFrame({"customer_id": ["C1"], "purpose": "all", "channel": "all", "given": [False], "at": pd.to_datetime(["2026-05-04 09:00"])})
    assert rules.decide(events, rules.rule_book().only("R01"), customers, consent=no).notices.empty


def test_validity_and_switch():
    events, customers = rules.practice()
    book = rules.rule_book().only("R03")
    days = book.with_rules(book.rules.assign(valid_from="2026-05-05", valid_until="2026-05-05", experiment=""))
    assert set(rules.decide(events, days, customers).notices["at"].dt.day) == {5}
    assert rules.decide(events, book.with_rules(book.rules.assign(enabled=False)), customers).notices.empty


def test_arms_are_stable_and_near_their_shares():
    ids = [f"C{number}" for number in range(4000)]
    arms = rules.assign_arms("delay_notice", ids, {"control": 0.1, "told": 0.9})
    assert abs((arms == "control").mean() - 0.1) < 4 * np.sqrt(0.09 / 4000)
    pd.testing.assert_series_equal(rules.assign_arms("delay_notice", ids[::-1], {"control": 0.1, "told": 0.9}).loc[ids], arms)
    assert arms.loc["C0"] == "told"
    other = rules.assign_arms("another", ids, {"control": 0.1, "told": 0.9})
    assert 0.002 < ((arms == "control") & (other == "control")).mean() < 0.02
    with pytest.raises(ValueError, match="1"):
        rules.assign_arms("x", ids, {"a": 0.5})


def test_bad_events_are_refused(firm):
    events, customers = rules.practice()
    book = rules.rule_book()
    for bad, says in ((pd.concat([events, events]), "more than once"), (events.drop(columns="at"), "at"), (events.assign(customer_id="C9"), "customer"),
                      ("events", "pandas table")):  # fmt: skip
        with pytest.raises(ValueError, match=says):
            rules.decide(bad, book, customers)
    later = rules.decide(events, book, customers).state
    with pytest.raises(ValueError, match="in order"):
        rules.decide(events, book, customers, state=later)
    with pytest.raises(ValueError, match="customers must be"):
        rules.decide(events, book, 3)
    assert rules.decide(events.iloc[:0], book, customers).notices.empty
    shuffled = rules.decide(events.sample(frac=1, random_state=1), book, customers)
    assert shuffled.notices["notice_id"].tolist() == rules.decide(events, book, customers).notices["notice_id"].tolist()
