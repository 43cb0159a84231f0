"""The stream against the firm's tables, what is known when, a month replayed, and what is told of a notice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crmlib as crm

rules = crm.desk.rules


@pytest.fixture(scope="module")
def firm():
    return crm.company.lark()


@pytest.fixture(scope="module")
def stream(firm):
    return rules.event_stream(firm, "2025-11-10", "2025-11-14")


def test_the_stream_holds_what_the_tables_hold(firm, stream):
    inside = firm.tracking["scanned_at"].between("2025-11-10", "2025-11-14", inclusive="left")
    counts = stream["event"].value_counts()
    nodes = firm.tracking.loc[inside, "node"].value_counts()
    assert counts[nodes.index].tolist() == nodes.tolist()
    assert counts["case_opened"] == firm.cases["opened_at"].between("2025-11-10", "2025-11-14", inclusive="left").sum()
    assert counts["incident_began"] == 1
    assert counts["incident_touches_parcel"] > 50
    due = firm.waybills[firm.waybills["promised_at"].between("2025-11-10", "2025-11-14", inclusive="left")]
    late = due[(due["status"] != "lost") & ~(due["delivered_at"] <= due["promised_at"])]
    told = set(stream.loc[stream["event"] == "promise_broken", "waybill_id"])
    assert set(late["waybill_id"]) <= told <= set(due["waybill_id"])
    assert stream["event_id"].is_unique
    assert stream["at"].is_monotonic_increasing


def test_nothing_from_the_future(firm, stream):
    """A firm whose tables end at noon, and which does not know yet how long its incidents last, tells the same of the days before."""
    noon = pd.Timestamp("2025-11-13 12:00")
    parts = dict(firm.tables)
    parts["tracking"] = firm.tracking[firm.tracking["scanned_at"] < noon]
    waybills = firm.waybills[firm.waybills["picked_up_at"] < noon]
    known = waybills["delivered_at"] < noon
    parts["waybills"] = waybills.assign(delivered_at=waybills["delivered_at"].where(known), status=waybills["status"].where(known, "under_way"))
    cases = firm.cases[firm.cases["opened_at"] < noon]
    parts["cases"] = cases.assign(resolved_at=cases["resolved_at"].where(cases["resolved_at"] < noon),
                                  first_response_at=cases["first_response_at"].where(cases["first_response_at"] < noon))  # fmt: skip
    parts["payments"] = firm.payments[firm.payments["paid_on"] < noon.normalize()]
    parts["policies"], parts["incidents"] = (firm.tables[name][firm.tables[name][day] < noon] for name, day in
                                             (("policies", "published_on"), ("incidents", "first_day")))  # fmt: skip
    parts["incidents"] = parts["incidents"].assign(extra_hours=-1.0, last_day=pd.Timestamp("2030-01-01"))
    cut = type("Cut", (), {**parts, "tables": parts})
    before = stream[stream["at"] < noon].reset_index(drop=True)
    then = rules.event_stream(cut, "2025-11-10", noon)
    assert then["event_id"].tolist() == before["event_id"].tolist()
    assert (then["event"] == "incident_began").any()
    for column in then.columns:
        pd.testing.assert_series_equal(then[column].astype(object), before[column].astype(object), check_dtype=False)


def test_an_invoice_is_told_while_it_is_owed(firm):
    told = rules.event_stream(firm, "2025-11-16", "2025-11-17").query("event == 'payment_overdue'")
    assert set(told["overdue_days"]) <= {1.0, 7.0, 15.0, 30.0}
    one = told.iloc[0]
    paid = firm.payments[(firm.payments["invoice_id"] == one.invoice_id) & (firm.payments["paid_on"] < one["at"].normalize())]["amount_yuan"].sum()
    assert one.open_yuan == pytest.approx(one.amount_yuan - paid)


def test_escalations_of_the_desk_come_in(firm):
    at = pd.to_datetime(["2025-11-11 09:05", "2025-11-11 09:30", "2025-11-11 10:00"])
    told = pd.DataFrame({"case_id": "D000001", "number": [1, 2, 3], "at": at, "event": ["opened", "noted", "escalated"], "owner_role": [None, None, "team_leader"],
                         "data": [{"customer_id": "C00694", "waybill_id": "W000000055"}, {}, {}]})  # fmt: skip
    found = rules.event_stream(firm, "2025-11-11", "2025-11-12", desk_events=told).query("event_id.str.startswith('desk/')")
    assert found["event"].tolist() == ["case_opened", "case_escalated"]
    assert found[["customer_id", "escalation_level"]].iloc[1].tolist() == ["C00694", 1.0]


def test_a_replay_adds_up_and_draws(firm, stream):
    book = rules.rule_book()
    played = rules.replay(firm, book, "2025-11", events=stream)
    sent, dropped = played.decisions.notices, played.decisions.dropped
    assert played.by_rule["hits"].sum() == len(sent) + len(dropped)
    for table in (played.by_rule, played.by_channel, played.by_day):
        assert table["notices"].sum() == len(sent)
        assert table["cost_yuan"].sum() == pytest.approx(sent["cost_yuan"].sum())
    assert f"{len(sent):,}" in played.summary()
    few = rules.replay(firm, book.with_rules(book.rules.assign(cap_count=1, cap_days=30)), "2025-11", events=stream)
    both = rules.compare({"ours": played, "strict": few})
    row = both.table.iloc[1]
    assert row.low <= row.difference <= row.high <= 0
    per = [one.customers.set_index("customer_id")["notices"].reindex(firm.customers["customer_id"]).fillna(0).to_numpy() for one in (played, few)]
    assert row.difference == pytest.approx((per[1] - per[0]).mean())
    assert "strict" in both.summary()
    assert both.plot().get_xlabel()
    assert played.plot().patches
    other = rules.replay(firm, book, "2025-11", events=stream.iloc[1:])
    for bad in ({"a": played}, {"a": played, "b": other}):
        with pytest.raises(ValueError, match="replay"):
            rules.compare(bad)


def test_what_is_told_of_a_notice():
    events, customers = rules.practice()
    found = rules.decide(events, rules.rule_book(), customers)
    sent, dropped = found.notices.iloc[1]["notice_id"], found.dropped[found.dropped["why"] == "rule_cap"].iloc[0]["notice_id"]
    told = rules.explain(found, sent).set_index("step")["finding"]
    assert told["p_late"] == "0.85"
    assert "WeCom" in told["channel"]
    assert "at most 2 in 3 days" in rules.explain(found, dropped).iloc[-1]["finding"]
    for words in ("en", "zh"):
        text = rules.messages(found, language=words)["text"]
        assert len(text) == len(found.notices)
        assert not text.str.contains("[{}]|nan|None|NaT").any()
    assert crm.i18n.language() == "en"
    for call in (lambda: rules.explain(found, "N1"), lambda: rules.dry_run("R99", events, rules.rule_book(), customers),
                 lambda: rules.replay(customers, rules.rule_book(), "May", events=events), lambda: rules.event_stream(customers, "2026-01-02", "2026-01-01")):  # fmt: skip
        with pytest.raises(ValueError):
            call()


def test_market_news_reaches_whom_it_concerns(firm):
    events = rules.event_stream(firm, "2025-09-01", "2025-09-02").query("event == 'policy_published'")
    found = rules.decide(events, rules.rule_book().only("R13"), firm)
    customers = firm.customers[(firm.customers["cross_border"] != "none")]
    looked_after = customers["salesperson_id"].notna()
    assert len(found.notices) == looked_after.sum()
    assert len(found.dropped) == (~looked_after).sum()
    assert np.all(found.dropped["why"] == "channel")


def test_a_day_that_is_none_is_named(firm):
    with pytest.raises(ValueError, match="since is 2026-13-01, which is no date"):
        rules.event_stream(firm, "2026-13-01", "2026-05-02")
