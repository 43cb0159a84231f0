"""Tags: what they rest on, that they never look ahead, do not flap, and find what is true."""

import numpy as np
import pandas as pd
import pytest
import rule_engine
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.profiles.tag_conditions import TagCondition
from crmlib.profiles.tag_panel import Panel, features, symbols
from crmlib.profiles.tags import states
from crmlib.survey.intervals import wilson_interval

END = "2025-11-01"


@pytest.fixture(scope="module")
def simulated():
    return crm.company.simulate(customers=300, months=12, seed=5)


@pytest.fixture(scope="module")
def firm(simulated):
    return dict(simulated[0].tables)


@pytest.fixture(scope="module")
def panel(firm):
    return Panel(firm, END)


def rule(when, **more):
    given_ = {"tag": "t", "when": when, "evidence": "parcels_ever", "least": 0, "valid_from": "2024-01-01", "by": "me"} | more
    return crm.profiles.tag_rules(pd.DataFrame([given_]))


TIMES = {"waybills": "picked_up_at", "cases": "opened_at", "calls": "arrived_at", "surveys": "answered_on", "invoices": "issued_on", "payments": "paid_on"}


@settings(max_examples=4)
@given(day=st.dates(pd.Timestamp("2024-12-05").date(), pd.Timestamp("2025-10-25").date()), seed=st.integers(0, 99))
def test_what_comes_later_changes_nothing(firm, day, seed):
    day, rng = pd.Timestamp(day), np.random.default_rng(seed)
    other = dict(firm)
    for name, time in TIMES.items():
        table = firm[name]
        later = (table[time] >= day).to_numpy()
        other[name] = table[~later | (rng.random(len(table)) < 0.5)] if name != "payments" else table[~later]
    late = other["waybills"]["delivered_at"]
    other["waybills"] = other["waybills"].assign(delivered_at=late.where(late < day))
    other["waybills"].loc[other["waybills"]["picked_up_at"] >= day, ["product", "scope"]] = ["express", "cross_border"]
    pd.testing.assert_frame_equal(crm.profiles.tags(firm, as_of=day), crm.profiles.tags(other, as_of=day))


def test_tags_between_two_mondays_are_those_of_the_first(firm):
    monday, sunday = (crm.profiles.tags(firm, as_of=day) for day in ("2025-10-20", "2025-10-26"))
    pd.testing.assert_frame_equal(monday, sunday)


def test_history_agrees_with_each_day_and_with_the_intervals(firm):
    days = ["2025-02-12", "2025-06-02", "2025-10-31"]
    history = crm.profiles.tag_history(firm, days=days)
    spells = crm.profiles.tag_intervals(firm, as_of=END)
    for day in days:
        alone = crm.profiles.tags(firm, as_of=day).drop(columns="reviewed_on")
        pd.testing.assert_frame_equal(history[history["day"] == day].drop(columns="day").reset_index(drop=True), alone)
        held = spells[(spells["since"] <= day) & ~(spells["until"] <= pd.Timestamp(day) - pd.Timedelta(days=pd.Timestamp(day).weekday()))]
        assert set(zip(held["customer_id"], held["tag"], strict=True)) == set(zip(alone["customer_id"], alone["tag"], strict=True))


def test_one_customer_alone_is_tagged_as_among_all(firm):
    everybody = crm.profiles.tags(firm, as_of=END)
    one = everybody["customer_id"].iloc[3]
    alone = crm.profiles.tags(firm, as_of=END, customers=one)
    pd.testing.assert_frame_equal(alone, everybody[everybody["customer_id"] == one].reset_index(drop=True))


def test_features_by_hand(firm, panel):
    monday = pd.Timestamp("2025-09-15")
    at = panel.reviews.get_loc(monday)
    bills = firm["waybills"]
    who = bills["customer_id"].value_counts().index[2]
    place = panel.customers.get_loc(who)
    own = bills[(bills["customer_id"] == who) & (bills["picked_up_at"] < monday)]
    half = own[own["picked_up_at"] >= monday - pd.Timedelta(weeks=26)]
    assert panel.value("parcels")[place, at] == len(half)
    assert panel.value("revenue")[place, at] == pytest.approx(half["price_yuan"].sum())
    low, high = wilson_interval((half["product"] == "express").sum(), len(half), 0.9)
    assert [panel.value(f"express_share_{end}")[place, at] for end in ("low", "high")] == pytest.approx([low, high])
    assert panel.value("silent_days")[place, at] == (monday - own["picked_up_at"].max().normalize()).days
    days = own["picked_up_at"].dt.normalize().drop_duplicates()
    assert panel.value("usual_gap_days")[place, at] == pytest.approx(days.sort_values().diff().dt.days.mean())
    judged = own[["delivered_at", "promised_at"]].min(axis=1)
    judged = own[(judged < monday) & (judged >= monday - pd.Timedelta(weeks=26))]
    assert panel.value("late_share_of")[place, at] == len(judged)
    assert panel.hits("late_share")[place, at] == (~(judged["delivered_at"] <= judged["promised_at"])).sum()


def test_late_invoices_by_hand():
    invoices = pd.DataFrame({"invoice_id": list("abcd"), "customer_id": "c1", "amount_yuan": 100.0, "due_on": pd.to_datetime(["2025-02-01"] * 4)})
    payments = pd.DataFrame({"invoice_id": ["a", "b", "c", "c"], "amount_yuan": [100.0, 100, 60, 40],
                             "paid_on": pd.to_datetime(["2025-02-01", "2025-02-20", "2025-01-20", "2025-01-25"])})  # fmt: skip
    tables = {"customers": pd.DataFrame({"customer_id": ["c1"], "opened_on": pd.to_datetime(["2024-01-01"])}), "invoices": invoices, "payments": payments,
              "waybills": pd.DataFrame({"customer_id": ["c1"], "picked_up_at": pd.to_datetime(["2025-01-02"])})}  # fmt: skip
    panel = Panel(tables, "2025-02-10")
    share, out_of = panel.hits("late_invoice_share")[0], panel.value("late_invoice_share_of")[0]
    # a and c were settled in time (c in two parts); b and d were not settled by the end of the due day.
    assert list(zip(share, out_of, strict=True))[-2:] == [(2, 4), (2, 4)]
    assert (share[0], out_of[0]) == (0, 0)


NUMBERS = sorted(name for name, of in symbols().items() if features()[of]["kind"] != "word")
comparisons = st.one_of(
    st.builds("{} {} {}".format, st.sampled_from(NUMBERS), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.sampled_from(["0", "0.1", "1", "20"])),
    st.builds("market {} 'corporate'".format, st.sampled_from(["==", "!="])),
    st.just("region in ['east', 'west']"),
    st.just("parcels * 2 - 1 > parcels_year / 3 + 1"),
)
conditions = st.recursive(comparisons, lambda part: st.one_of(st.builds("({} and {})".format, part, part), st.builds("({} or {})".format, part, part),
                                                              st.builds("not ({})".format, part)), max_leaves=4)  # fmt: skip


@settings(max_examples=15)
@given(text=conditions)
def test_conditions_mean_what_rule_engine_says(panel, text):
    condition = TagCondition(text)
    found = condition.holds(panel)[:, -1]
    engine = rule_engine.Rule(text)
    values = {name: np.broadcast_to(panel.value(name), panel.known.shape)[:, -1] for name in condition.names}
    for place in range(0, 300, 23):
        row = {name: value[place] if isinstance(value[place], str) else float(value[place]) for name, value in values.items()}
        if not any(pd.isna(value) for value in row.values()):
            assert found[place] == engine.matches(row)


def test_what_is_not_known_is_never_so(panel):
    unknown = np.isnan(panel.value("green_answer"))
    for sign in ("<", ">", "==", "!="):
        assert not TagCondition(f"green_answer {sign} 2").holds(panel)[unknown].any()


def test_the_course_rules_do_not_flap(firm):
    plain = crm.profiles.tag_rules().table.assign(until="", reviews=1)
    plain["when"] = plain["when"].str.replace("_low", "")
    plain["least"] = plain["least"].clip(lower=20)
    for tag in ("speed_sensitive", "wants_notices"):
        both = [crm.profiles.tag_intervals(firm, rules, as_of=END) for rules in (None, plain[plain["tag"] == tag])]
        steady, nervous = (spells[spells["tag"] == tag] for spells in both)
        assert len(steady) / steady["customer_id"].nunique() <= 1.1
        assert len(nervous) / nervous["customer_id"].nunique() >= 1.4


def test_between_both_limits_everybody_stays():
    days = pd.date_range("2025-01-06", periods=20, freq="7D")
    waybills = pd.DataFrame({"customer_id": "c1", "picked_up_at": days.repeat([1] * 10 + [0] * 10) + pd.Timedelta(hours=9)})
    tables = {"customers": pd.DataFrame({"customer_id": ["c1"], "opened_on": pd.to_datetime(["2024-01-01"])}), "waybills": waybills}
    panel = Panel(tables, "2025-06-30")
    silent = panel.value("silent_days")[0]
    carried = states(panel, rule("silent_days >= 30", until="silent_days >= 60"), "t")[0]
    assert carried.tolist() == [30 <= days < 60 or days >= 60 and False or days >= 30 for days in silent]
    twice = states(panel, rule("silent_days >= 30", until="silent_days < 7", reviews=3), "t")[0]
    assert panel.reviews[twice][0] - panel.reviews[silent >= 30][0] == pd.Timedelta(weeks=2)


def test_a_tag_lapses_without_evidence_and_ends_with_its_rule(firm):
    day = pd.Timestamp(END)
    forever = crm.profiles.tag_intervals(firm, rule("parcels >= 20", until="parcels < 0", evidence="parcels", least=20, lapse_weeks=200), as_of=day)
    lapsing = crm.profiles.tag_intervals(firm, rule("parcels >= 20", until="parcels < 0", evidence="parcels", least=20, lapse_weeks=4), as_of=day)
    assert forever["until"].isna().all()
    assert lapsing["until"].notna().any()
    ended = crm.profiles.tag_intervals(firm, rule("parcels >= 20", valid_until="2025-06-10"), as_of=day)
    assert ended["until"].max() == pd.Timestamp("2025-06-16")
    two = pd.DataFrame([*rule("parcels >= 20", valid_until="2025-06-10").table.to_dict("records"),
                        *rule("parcels >= 1", valid_from="2025-06-11").table.to_dict("records")])  # fmt: skip
    changed = crm.profiles.tag_intervals(firm, two, as_of=day)
    assert (changed["until"].isna()).any()
    assert changed["since"].max() >= pd.Timestamp("2025-06-16")


def test_five_parcels_are_no_share(firm):
    few = firm["waybills"].groupby("customer_id").head(5).assign(product="express")
    tables = firm | {"waybills": few}
    assert not (crm.profiles.tags(tables, as_of=END)["tag"] == "speed_sensitive").any()


def test_the_explanation_says_what_would_turn_it_round(firm):
    carried = crm.profiles.tags(firm, as_of=END)
    who = carried.loc[carried["tag"] == "speed_sensitive", "customer_id"].iloc[0]
    why = crm.profiles.explain_tag(firm, customer_id=who, tag="speed_sensitive", as_of=END)
    assert why.carries
    assert why.since == carried.query("customer_id == @who and tag == 'speed_sensitive'")["since"].item()
    row = why.table[why.table["part"] == "until"].iloc[0]
    assert not row["holds"]
    assert row["suffices"]
    need = next(count for count in range(int(row["hits"]), -1, -1) if wilson_interval(count, row["out_of"], 0.9)[1] < 0.07)
    assert str(need) in row["to_change"]
    bills = firm["waybills"].copy()
    express = bills.index[(bills["customer_id"] == who) & (bills["product"] == "express") & (bills["picked_up_at"] >= why.reviewed_on - pd.Timedelta(weeks=26))
                          & (bills["picked_up_at"] < why.reviewed_on)]  # fmt: skip
    bills.loc[express[: len(express) - need], "product"] = "standard"
    assert not crm.profiles.explain_tag(firm | {"waybills": bills}, customer_id=who, tag="speed_sensitive", as_of=END).carries
    text = why.summary()
    assert all(word in text for word in (who, f"{int(row['out_of'])}", "course team", "2024-11-01", "express_share_low > 0.07"))


def test_an_explanation_of_every_tag_can_be_read_in_both_languages(firm):
    for tongue, mark in (("zh", "规则"), ("en", "Rule by")):
        crm.setup(tongue)
        for tag in crm.profiles.tag_rules().tags[tongue == "en" :: 2]:
            assert mark in crm.profiles.explain_tag(firm, customer_id="C00011", tag=tag, as_of=END).summary()


def test_who_answers_for_a_rule_is_named_in_the_active_language_alone(firm):
    own = rule("parcels_ever >= 1", by="Li / 王")
    for tongue, here, other in (("zh", "课程组", "course team"), ("en", "course team", "课程组")):
        crm.setup(tongue)
        said = crm.profiles.explain_tag(firm, customer_id="C00011", tag="dormant", as_of=END).summary()
        assert here in said and other not in said
        assert "Li / 王" in crm.profiles.explain_tag(firm, own, customer_id="C00011", tag="t", as_of=END).summary()


def test_tags_find_what_is_true(firm, simulated, panel):
    truth = simulated[1]["customers"].set_index("customer_id")
    carried = crm.profiles.tags(firm, as_of=END).groupby("tag", observed=False)["customer_id"].agg(set)

    def judged(tag, true, enough):
        base = set(panel.customers[enough])
        found, right = carried[tag] & base, set(true.index[true]) & base
        return wilson_interval(len(found & right), len(found), 0.95)[0], wilson_interval(len(found & right), len(right), 0.95)[1]

    # 10 cross-border shippers of 12; precision at least 72 % with 95 % certainty at this size (93 % at 2,000 customers).
    precise, found = judged("cross_border", truth["cross_border_inclination"] > 0.1, panel.value("parcels")[:, -1] >= 10)
    assert precise > 0.7
    assert found > 0.9
    # Who pays slowly by nature: 12 of the 13 tagged; a third to a half of those who do are found with so few invoices.
    precise, found = judged("slow_payer", truth["credit_quality"] < -0.5, panel.value("late_invoice_share_of")[:, -1] >= 4)
    assert precise > 0.6
    seller = (panel.value("market")[:, 0] == "e_commerce") & (panel.value("parcels")[:, -1] >= 20)
    precise, found = judged("speed_sensitive", truth["express_inclination"] > 0.07, seller)
    assert precise > 0.4
