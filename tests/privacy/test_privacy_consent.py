"""Consent as of any moment: the last word counts, a withdrawal at once, and nobody rewrites what was said."""

from __future__ import annotations

import sqlite3

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.company import Company, lark
from crmlib.privacy import CHANNELS, PURPOSES, ConsentLedger, consent_counts, may_contact, may_contact_many, teaching_consents

DAYS = pd.date_range("2026-01-01", periods=6, freq="D")
WORD = st.tuples(st.sampled_from(["C1", "C2"]), st.sampled_from([*PURPOSES, "all"]), st.sampled_from([*CHANNELS, "all"]), st.booleans(),
                 st.integers(0, 5))  # fmt: skip
ASK = st.tuples(st.sampled_from(["C1", "C2", "C3"]), st.sampled_from(PURPOSES), st.sampled_from(CHANNELS), st.integers(0, 5))


def by_hand(words: list, who: str, purpose: str, channel: str, at: int) -> bool:
    """The rule as one would tell it, one word after the other."""
    answer, since = purpose in ("delivery_notice", "after_sales"), -1
    for customer, about, over, given_, when in words:
        concerns = customer == who and about in (purpose, "all") and over in (channel, "all") and when <= at
        if concerns and (when > since or (when == since and not given_)):
            answer, since = given_, when
    return answer


@given(st.lists(WORD, max_size=12), st.lists(ASK, min_size=1, max_size=8))
@settings(max_examples=20, deadline=None)
def test_many_at_once_agree_with_the_rule_told_word_by_word(words, asks):
    words = [word for word in words if not (word[1] == "all" and word[3])]
    said = pd.DataFrame(words, columns=["customer_id", "purpose", "channel", "given", "at"])
    said["at"] = [DAYS[day] for day in said["at"]]
    ask = pd.DataFrame(asks, columns=["customer_id", "purpose", "channel", "at"])
    ask["at"] = [DAYS[day] for day in ask["at"]]
    assert may_contact_many(said, ask).tolist() == [by_hand(words, *each) for each in asks]


def test_withdrawal_counts_at_once_and_only_from_then(tmp_path):
    ledger = ConsentLedger(tmp_path / "consents.sqlite")
    ledger.record("C1", "marketing", "wecom", True, "2026-03-01 10:00", text_version="2026-01", by="A001")
    ledger.record("C1", "all", "all", False, "2026-03-05 10:00", text_version="2026-01", by="hotline")
    moments = ["2026-03-01 09:59:59", "2026-03-01 10:00", "2026-03-05 09:59:59", "2026-03-05 10:00", "2027-01-01"]
    assert [may_contact(ledger, "C1", "marketing", "wecom", at) for at in moments] == [False, True, True, False, False]
    assert may_contact(ledger, "C1", "delivery_notice", "sms", "2026-03-05 09:00")
    assert not may_contact(ledger, "C1", "delivery_notice", "sms", "2026-03-05 11:00")
    ledger.record("C1", "delivery_notice", "sms", True, "2026-04-01", text_version="2026-01", by="A001")
    assert may_contact(ledger, "C1", "delivery_notice", "sms", "2026-04-01")
    assert not may_contact(ledger, "C1", "delivery_notice", "email", "2026-04-01")
    assert ledger.verify().ok
    with sqlite3.connect(tmp_path / "consents.sqlite") as base, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        base.execute("DELETE FROM consent_ledger WHERE entry = 2")
    with sqlite3.connect(tmp_path / "consents.sqlite") as base:
        base.execute("DROP TRIGGER consent_ledger_keep_UPDATE")
        base.execute("UPDATE consent_ledger SET content = replace(content, 'false', 'true') WHERE entry = 2")
    assert ledger.verify().first_broken == 2


def test_bad_words_and_requests_end_in_a_sentence():
    ledger = ConsentLedger("sqlite://")
    good = {
        "customer_id": "C1",
        "purpose": "survey",
        "channel": "sms",
        "given": True,
        "at": "2026-03-01",
        "text_version": "1",
        "by": "A001",
    }
    for wrong, words in ({"purpose": "spam"}, "purpose"), ({"channel": "fax"}, "channel"), ({"given": "yes"}, "given"), ({"at": "soon"}, "soon"), (
        {"purpose": "all"}, "all"
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            ledger.record(**(good | wrong))
    assert ledger.table().empty
    ask = pd.DataFrame({"customer_id": ["C1"], "purpose": "survey", "channel": "sms", "at": "2026-03-01"})
    assert may_contact_many(ledger, ask).tolist() == [False]
    assert may_contact_many(ledger, ask.head(0)).empty
    for wrong in ({"purpose": "spam"}, {"channel": "all"}, {"at": None}, {"customer_id": None}):
        with pytest.raises(ValueError, match="0"):
            may_contact_many(ledger, ask.assign(**wrong))
    with pytest.raises(ValueError, match="channel"):
        may_contact_many(ledger, ask.drop(columns="channel"))


def test_the_simulated_ledger_is_the_same_every_time_and_follows_its_standards():
    firm = lark()
    said = teaching_consents(firm)
    assert said.equals(teaching_consents(lark()))
    assert said["entry"].tolist() == list(range(1, len(said) + 1))
    assert said["customer_id"].isin(firm.customers["customer_id"]).all()
    people = firm.contacts["customer_id"].nunique()
    agreed = said[said["given"] & said["by"].eq("account_form")]["purpose"].value_counts() / people
    # Drawn by a hash over some 880 customers: three standard errors are 5 points.
    assert np.allclose(agreed[["survey", "marketing", "profiling"]], [0.85, 0.45, 0.30], atol=0.05)
    assert said["given"].eq(False).sum() / said["given"].sum() == pytest.approx(0.12, abs=0.03)
    counts = consent_counts(said, ["2024-10-31", "2026-10-31"])
    assert counts.groupby("purpose")["customer_count"].last()["survey"] <= people
    withdrawn = said[~said["given"]].iloc[-1]
    assert not may_contact(said, withdrawn["customer_id"], withdrawn["purpose"], "sms", "2026-11-01")
    assert teaching_consents(Company(customers=firm.customers)).empty
