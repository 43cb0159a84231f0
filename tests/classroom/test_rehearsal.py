"""The rehearsal passes a sheet whose declarations hold, and says where they do not."""

from __future__ import annotations

import os
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from sheet_course import TINY

from crmlib.classroom.rehearsal import rehearse
from crmlib.company import firm_code
from crmlib.i18n import LANGUAGES, language, use_language

SHEETS = sorted((Path(__file__).resolve().parents[2] / "exercises" / "src").glob("*.md"))


@pytest.mark.parametrize(("path", "edition"), [*((TINY, edition) for edition in LANGUAGES), (SHEETS[0], "zh")],
                         ids=lambda case: getattr(case, "stem", case))  # fmt: skip
def test_every_answer_of_a_sheet_does_what_its_source_declares(path, edition):
    """Each answer by itself; the grader runs those of every sheet, see `test_judge`."""
    outcomes = rehearse(path, language=edition, firm_code=firm_code("rehearsal", "2026001"))
    assert [outcome.message for outcome in outcomes if not outcome.ok] == []
    assert [outcome.kind for outcome in outcomes[:2]] == ["full", "untouched"]
    assert {"right", "wrong"} <= {outcome.kind for outcome in outcomes}


def altered(tmp_path, old, new):
    text = TINY.read_text("utf-8")
    assert old in text
    path = tmp_path / TINY.name
    path.write_text(text.replace(old, new, 1), "utf-8")
    return {(one.of, one.kind, one.index): one for one in rehearse(path, language="en")}


def test_a_right_answer_that_is_refused_is_reported(tmp_path):
    outcome = altered(tmp_path, "top_share = revenue.nlargest(2).sum() / 100", "top_share = 0.55")["top-share", "right", 1]
    assert not outcome.ok
    assert (outcome.lost, outcome.hints) == ({"top-share-test": 3.0}, {"top-share-test": "pareto-unsorted"})


def test_a_wrong_answer_that_passes_is_reported(tmp_path):
    outcome = altered(tmp_path, "top_share = revenue.head(2).sum() / revenue.sum()", "top_share = 0.7")["top-share", "wrong", 1]
    assert not outcome.ok
    assert (outcome.lost, outcome.expected_lost) == ({}, {"top-share-test": 3.0})


def test_a_wrong_answer_with_another_hint_is_reported(tmp_path):
    outcome = altered(tmp_path, "hint: pareto-unsorted", "hint: lowest-first")["top-share", "wrong", 1]
    assert not outcome.ok
    assert (outcome.expected_hint, outcome.hints["top-share-test"]) == ("lowest-first", "pareto-unsorted")


def test_a_full_solution_that_loses_points_is_reported(tmp_path):
    outcome = altered(tmp_path, "secret_expected_share = 0.7", "secret_expected_share = 0.8")["", "full", 1]
    assert (outcome.ok, outcome.lost) == (False, {"top-share-test": 3.0})


def test_points_for_the_untouched_release_are_reported(tmp_path):
    outcome = altered(tmp_path, 'share = mark.number("top_share", low=0, high=1)', "share = 0.7")["", "untouched", 1]
    assert (outcome.ok, outcome.lost) == (False, {"share-of-test": 3.0})


def test_a_test_that_breaks_instead_of_giving_a_hint_is_reported(tmp_path):
    outcome = altered(tmp_path, "secret_expected_share = 0.7", "secret_expected_share = 0.7 if share < 0.6 else 1 / 0")["", "full", 1]
    assert not outcome.ok
    assert "ZeroDivisionError" in outcome.hints["top-share-test"]


def test_an_answer_to_no_item_is_refused(tmp_path):
    with pytest.raises(ValueError, match="nobody"):
        altered(tmp_path, "of: top-share", "of: nobody")


def test_a_number_at_the_end_of_a_test_is_partial_credit_unless_mark_gave_it(tmp_path):
    end = 'mark.equals(share, secret_expected_share, mistakes={"pareto-unsorted": 0.55, "lowest-first": 0.15})'
    assert altered(tmp_path, end, f"{end}\n1.5")["", "full", 1].lost == {"top-share-test": 1.5}
    assert altered(tmp_path, end, f'{end}\nmark.number("top_share")')["", "full", 1].lost == {}


def test_it_leaves_no_trace(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CRM_FIRM_CODE", "as before")
    use_language("en")
    style = dict(plt.rcParams)
    rehearse(TINY, language="zh", firm_code=firm_code("a", "b"))
    assert (language(), os.environ["CRM_FIRM_CODE"], plt.get_fignums()) == ("en", "as before", [])
    assert dict(plt.rcParams) == style
    assert capsys.readouterr() == ("", "")
