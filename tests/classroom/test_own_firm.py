"""The firm of a sheet: whose code counts, and which codes are refused."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from crmlib.classroom import marking as mark
from crmlib.company import firm_code


def test_the_graders_code_goes_before_the_learners(monkeypatch):
    mine, graders = firm_code("k", "1"), firm_code("k", "2")
    monkeypatch.delenv("CRM_FIRM_CODE", raising=False)
    own = mark.firm(mine).waybills
    pd.testing.assert_frame_equal(mark.firm().waybills, own)
    monkeypatch.setenv("CRM_FIRM_CODE", graders)
    graded = mark.firm(mine).waybills
    assert not graded.equals(own)
    pd.testing.assert_frame_equal(mark.firm().waybills, graded)


def test_a_firm_that_was_spoiled_is_whole_the_next_time(monkeypatch):
    monkeypatch.setenv("CRM_FIRM_CODE", firm_code("k", "1"))
    spoiled = mark.firm().waybills
    spoiled["price_yuan"] = 0.0
    assert mark.firm().waybills.price_yuan.sum() > 0


def test_a_mistyped_code_is_refused(monkeypatch):
    monkeypatch.delenv("CRM_FIRM_CODE", raising=False)
    good = mark.firm(firm_code("k", "1")).waybills
    with pytest.raises(ValueError):
        mark.firm("not-a-code")
    pd.testing.assert_frame_equal(mark.firm().waybills, good)


def test_an_empty_code_leads_back_to_the_practice_firm(monkeypatch):
    monkeypatch.delenv("CRM_FIRM_CODE", raising=False)
    own = mark.firm(firm_code("k", "1")).waybills
    practice = mark.firm(" ").waybills
    assert not practice.equals(own)
    pd.testing.assert_frame_equal(mark.firm().waybills, practice)
    assert mark.firm("").about["code"] == mark.practice_code()


@pytest.mark.parametrize("code", [20250101, ..., ["7KQ2"], 0])
def test_a_code_that_is_no_text_is_refused(monkeypatch, code):
    monkeypatch.delenv("CRM_FIRM_CODE", raising=False)
    mark.firm(firm_code("k", "1"))
    with pytest.raises(ValueError, match="quotation marks"):
        mark.firm(code)
    assert mark.firm().about["code"] == firm_code("k", "1")


def test_the_grader_remembers_no_code_of_a_learner(monkeypatch):
    monkeypatch.delenv("CRM_FIRM_CODE", raising=False)
    mark.firm("")
    monkeypatch.setenv("CRM_FIRM_CODE", firm_code("k", "2"))
    for typed in ("wrong", 5, firm_code("k", "1")):
        assert mark.firm(typed).about["code"] == firm_code("k", "2")
    monkeypatch.delenv("CRM_FIRM_CODE")
    assert mark.firm().about["code"] == mark.practice_code()


def test_the_example_of_a_code_opens_no_firm(monkeypatch):
    monkeypatch.delenv("CRM_FIRM_CODE", raising=False)
    for mistyped in ("not-a-code", 5):
        with pytest.raises(ValueError) as caught:
            mark.firm(mistyped)
        [example] = re.findall(r"\w{4}-\w{4}-\w{4}", str(caught.value))
        with pytest.raises(ValueError):
            mark.firm(example)
