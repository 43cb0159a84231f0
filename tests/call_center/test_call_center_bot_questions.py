"""Which questions need no agent: the rule by intervals, its words, its figure, and what it refuses."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from crmlib import call_center
from crmlib.company import lark
from crmlib.i18n import use_language


def _calls(**settled) -> pd.DataFrame:
    """A hundred calls of each question with the bot, of which so many were settled, four a day."""
    days = pd.to_datetime("2026-10-01 09:00") + pd.to_timedelta([number // 4 for number in range(100)], unit="D")
    parts = [
        pd.DataFrame({"arrived_at": days, "bot": True, "reason": reason, "solved_in_ivr": [number * 37 % 100 < many for number in range(100)]})
        for reason, many in settled.items()
    ]
    return pd.concat(parts, ignore_index=True)


def test_the_whole_interval_decides_where_a_question_goes():
    found = call_center.bot_questions(_calls(price=98, pick_up=86, invoice=66, complaint=5))
    assert found.table["goes_to"].astype(str).to_dict() == {"price": "bot", "pick_up": "unclear", "invoice": "improve", "complaint": "agent"}
    assert found.questions("agent") == ["complaint"]
    assert found.table["low"].loc["price"] >= 0.85 > found.table["high"].loc["invoice"]
    assert found.self_service.value == pytest.approx(2.55 / 4)
    stricter = call_center.bot_questions(_calls(price=98, complaint=5), target=0.999)
    assert stricter.questions("bot") == [] and stricter.questions("agent") == ["complaint"]


def test_it_speaks_and_draws_in_both_languages():
    found = call_center.bot_questions(lark().calls)
    assert "complaint" in found.headline() and "Target 85%" in found.summary() and "without the bot" in found.advice()
    assert "target 85%" in {text.get_text() for text in found.plot().texts}
    use_language("zh")
    assert "投诉" in found.headline() and "直接转人工" in found.advice()
    assert "目标 85%" in {text.get_text() for text in found.plot().texts}
    plt.close("all")
    assert "need" not in call_center.bot_questions(_calls(price=98)).headline()


def test_the_book_says_when_a_file_may_be_opened():
    firm = lark()
    tables = {"customers": firm.customers, "waybills": firm.waybills.head(500)}
    assert "by chance" in call_center.caller_book(tables | {"contacts": firm.contacts}).advice()
    assert "opens none" in call_center.caller_book(tables).advice()


def test_bad_input_ends_in_a_sentence():
    calls = _calls(price=98)
    with pytest.raises(ValueError, match="least must not be above the target"):
        call_center.bot_questions(calls, target=0.4, least=0.5)
    with pytest.raises(ValueError, match="target"):
        call_center.bot_questions(calls, target=85)
    with pytest.raises(ValueError, match="must be one of"):
        call_center.bot_questions(calls).questions("nobody")
    with pytest.raises(ValueError, match="solved_in_ivr"):
        call_center.bot_questions(calls.drop(columns="solved_in_ivr"))
