"""A day is a day, in whatever form a learner has it; anything else gets a hint that says what is wanted."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlib.classroom import marking as mark
from crmlib.classroom.grading.handover import decode, encode

THE_DAY = pd.Timestamp("2026-03-08")
COUNTS = pd.Series([86], index=pd.DatetimeIndex(["2026-03-08"]))
FORMS = {
    "timestamp": THE_DAY,
    "with the time of day": pd.Timestamp("2026-03-08 23:59:59"),
    "with a time zone": pd.Timestamp("2026-03-08 01:00", tz="Asia/Shanghai"),
    "date": dt.date(2026, 3, 8),
    "datetime": dt.datetime(2026, 3, 8, 18, 30),
    "numpy": np.datetime64("2026-03-08T18", "h"),
    "period of a day": pd.Period("2026-03-08", "D"),
    "text": " 2026-03-08 ",
    "text without zeros": "2026/3/8",
    "text in digits alone": "20260308",
    "text with a time": "2026-03-08 18:30:00",
    "Chinese text": "2026年3月8日",
    "full-width text": "２０２６.３.８",
    "English text": "8 March 2026",
    "list of one": ["2026-03-08"],
    "Series of one": pd.Series([THE_DAY]),
    "Series of one text": pd.Series(["2026-03-08"]),
    "index of one": pd.DatetimeIndex([THE_DAY]),
    "array of one": np.array(["2026-03-08"], dtype="M8[D]"),
    "table of one": pd.DataFrame({"day": [THE_DAY]}),
    "count under its day": COUNTS,
    "count under its day as text": COUNTS.set_axis(["2026-03-08"]),
    "count under its period": COUNTS.to_period("D"),
}


def asked(answer):
    with mark.answering({"peak_day": answer}):
        return mark.date("peak_day")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_day_is_that_day_here_and_handed_over(form):
    assert asked(FORMS[form]) == THE_DAY
    assert asked(decode(encode(FORMS[form]))) == THE_DAY


@given(st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31)))
def test_any_day_comes_back_from_its_text_and_its_period(day):
    for form in (day, day.isoformat(), f"{day.year}年{day.month}月{day.day}日", pd.Period(day, "D"), np.datetime64(day)):
        assert asked(form).date() == day


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (86, "want-date"), (np.int64(86), "want-date"), (True, "want-date"), (pd.Period("2026-03", "M"), "want-date"),
        (COUNTS.iloc[0:0], "want-date"), (["2026-03-08", "2026-03-09"], "want-date"), ("the eleventh", "not-a-date"),
        ("2026-02-30", "not-a-date"), ("2026-13-01", "not-a-date"), (pd.NaT, "not-known"), (np.datetime64("NaT"), "not-known"),
        (None, "nothing-in-it"), ("____", "still-blank"),
    ],
)  # fmt: skip
def test_what_is_no_day_gets_the_hint_for_it(answer, hint):
    with pytest.raises(mark.Lost) as lost:
        asked(answer)
    assert lost.value.hint == hint
