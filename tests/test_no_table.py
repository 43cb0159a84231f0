"""A file's name, nothing or a list where a table is wanted ends in one sentence that names the parameter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlib import identity, privacy, profiles, scorecard
from crmlib.company import lark
from crmlib.desk import delay, notices, risk, rules
from crmlib.i18n import use_language

NO_TABLES = ("waybills.csv", None, [1, 2])
ONE = pd.DataFrame({"customer_id": ["C1"], "region": ["east"]})
SCORES = pd.DataFrame({"tool": ["A", "B"], "criterion": "fit", "rater": "R1", "score": [5, 3]})
BOOK = rules.rule_book()

WANTED = {
    "agreement, clean": lambda given: identity.agreement(given, np.array([0]), np.array([0])),
    "write_review, table": lambda given: identity.write_review(given, "review.xlsx"),
    "from_review, labels": lambda given: identity.Decisions().from_review(given, on="2026-11-01"),
    "k_anonymity, frame": lambda given: privacy.k_anonymity(given, ["region"]),
    "l_diversity, frame": lambda given: privacy.l_diversity(given, ["region"], "arrears"),
    "generalise, frame": lambda given: privacy.generalise(given, ["region"], 2),
    "reidentify, released": lambda given: privacy.reidentify(given, ONE, on=["region"]),
    "reidentify, known": lambda given: privacy.reidentify(ONE, given, on=["region"]),
    "decrypt_columns, frame": lambda given: privacy.decrypt_columns(given, ["phone"], None, table="contacts"),
    "rotate_columns, frame": lambda given: privacy.rotate_columns(given, ["phone"], None, table="contacts"),
    "key_use, frame": lambda given: privacy.key_use(given, ["phone"]),
    "may_contact_many, ledger": lambda given: privacy.may_contact_many(given, ONE),
    "may_contact_many, requests": lambda given: privacy.may_contact_many(privacy.ConsentLedger("sqlite://"), given),
    "consent_counts, ledger": lambda given: privacy.consent_counts(given, ["2026-11-01"]),
    "unusual_access, log": lambda given: privacy.unusual_access(given),
    "apply_view, frame": lambda given: privacy.apply_view(given, "contacts", "agent"),
    "may_leave, frame": lambda given: privacy.may_leave(given, "contacts"),
    "leaving, frame": lambda given: privacy.may_leave(ONE[["customer_id"]], "customers").leaving(given),
    "tag_overlap, tags": lambda given: profiles.tag_overlap(given),
    "check_responsibilities, table": lambda given: scorecard.check_responsibilities(given),
    "choose_tool, scores": lambda given: scorecard.choose_tool(given, {"fit": 1}, rng=1),
    "own_measures, table": lambda given: scorecard.own_measures(given),
    "progress, measures": lambda given: scorecard.progress(given, scorecard.roadmap(), month=6),
    "choose_offer, warnings": lambda given: delay.choose_offer(given),
    "offer_sensitivity, warnings": lambda given: delay.offer_sensitivity(given),
    "saved_calls, warnings": lambda given: delay.saved_calls(given, lark(), None),
    "score_warnings, warnings": lambda given: delay.score_warnings(given, lark(), since="2026-01-01", until="2026-02-01"),
    "practice_addresses, notices": lambda given: notices.practice_addresses(given),
    "alternatives, affected": lambda given: risk.alternatives(lark(), given, "I014", as_of="2026-05-12 09:00"),
}
UNLESS_LEFT_OUT = {
    "stakeholders, table": lambda given: scorecard.stakeholders(given),
    "choose_tool, requirements": lambda given: scorecard.choose_tool(SCORES, {"fit": 1}, rng=1, requirements=given),
    "sign_pledge, pledges": lambda given: privacy.sign_pledge(given, "A001", "2026-11-02"),
    "has_signed, pledges": lambda given: privacy.has_signed(given, "A001", "2026-11-02"),
    "personal_values, records": lambda given: privacy.personal_values(lark(), "C00003", records=given),
    "incident_feed, own": lambda given: risk.incident_feed(lark(), "2026-05-01", "2026-05-02", own=given),
    "event_stream, predictions": lambda given: rules.event_stream(lark(), "2026-05-01", "2026-05-02", predictions=given),
    "book_of, settings": lambda given: rules.book_of(
        rules=BOOK.rules, templates=BOOK.templates, experiments=BOOK.experiments, settings=given
    ),
}


@pytest.mark.parametrize("method", WANTED)
def test_what_is_no_table_is_refused_in_a_sentence(method):
    name = method.split(", ")[1]
    for given in NO_TABLES:
        with pytest.raises(ValueError, match=name) as caught:
            WANTED[method](given)
        assert str(caught.value) == f"{name} must be a pandas table; this is a {type(given).__name__}."


@pytest.mark.parametrize("method", UNLESS_LEFT_OUT)
def test_what_may_be_left_out_but_is_no_table_is_refused_in_a_sentence(method):
    name = method.split(", ")[1]
    for given in ("waybills.csv", [1, 2]):
        with pytest.raises(ValueError, match=name) as caught:
            UNLESS_LEFT_OUT[method](given)
        assert str(caught.value) == f"{name} must be a pandas table; this is a {type(given).__name__}."
    UNLESS_LEFT_OUT[method](None)


def test_keys_are_neither_used_nor_retired_on_what_is_no_table(tmp_path):
    old = privacy.KeyRing.create(tmp_path / "keys.json")
    ring = old.add_key()
    for given in NO_TABLES:
        for call in (lambda given=given: privacy.encrypt_columns(given, ["phone"], ring, table="contacts"),
                     lambda given=given: ring.retire(old.active, given)):  # fmt: skip
            with pytest.raises(ValueError, match="must be a pandas table"):
                call()
    assert old.active in privacy.KeyRing.open(ring.path).table()["key_id"].tolist()


def test_the_sentence_is_there_in_chinese_too():
    use_language("zh")
    with pytest.raises(ValueError, match="frame 应当是 pandas 表格，这里是 str。"):
        privacy.k_anonymity("waybills.csv", ["region"])
