"""The calendar: China's days as announced, opening hours of every shape, days of one's own, and time that adds up."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.company import lark
from crmlib.company.breaks import ANNOUNCED, holidays_by_package, public_holidays
from crmlib.desk import business_calendar
from crmlib.i18n import use_language

SHAPES = ["09:00-12:00 13:00-18:00", "20:00-02:00", "00:00-24:00", "08:30-12:00 12:00-17:00", "22:00-06:00 05:00-07:00"]
MOMENTS = st.datetimes(dt.datetime(2024, 12, 1), dt.datetime(2026, 12, 20)).map(lambda one: one.replace(microsecond=0))


@pytest.fixture(scope="module")
def firm_calendar():
    return lark().calendar


def test_days_are_those_of_the_firms_own_calendar(firm_calendar):
    found = business_calendar().days(firm_calendar["date"].min(), firm_calendar["date"].max())
    assert found["date"].tolist() == firm_calendar["date"].tolist()
    assert found["day_kind"].astype(str).tolist() == firm_calendar["day_kind"].astype(str).tolist()
    assert ((found["open_hours"] > 0) == firm_calendar["is_workday"].to_numpy()).all() and set(found["day_source"]) == {"announced"}


def test_the_package_knows_the_days_worked_in_exchange():
    for year, days in {2023: 7, 2025: 5, 2026: 6}.items():
        assert len(holidays_by_package(year)[1]) == days
    for year in ANNOUNCED:
        assert public_holidays(year) == holidays_by_package(year)


def test_hours_around_the_national_holiday_are_counted_by_hand():
    calendar = business_calendar()
    assert calendar.open_hours("2026-09-28", "2026-10-12") == 8 * (3 + 2 + 1)
    assert calendar.open_hours("2026-10-10 11:30", "2026-10-10 13:15") == 0.75
    assert str(calendar.add_hours("2026-09-30 12:30", 5)) == "2026-09-30 18:00:00"
    assert str(calendar.add_hours("2026-09-30 12:30", 5.5)) == "2026-10-08 09:30:00"
    assert calendar.is_open(["2026-10-10 09:00", "2026-10-10 18:00", "2026-10-11 10:00", None]).tolist() == [True, False, False, False]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SHAPES), st.lists(MOMENTS, min_size=3, max_size=3))
def test_stretches_add_up_wherever_midnight_lies(hours, moments):
    calendar, (first, middle, last) = business_calendar(workday=hours), sorted(moments)
    whole = calendar.open_hours(first, last)
    assert calendar.open_hours(first, middle) + calendar.open_hours(middle, last) == pytest.approx(whole, abs=1e-9)
    midnight = dt.datetime.combine(last.date(), dt.time())
    if midnight >= first:
        assert calendar.open_hours(first, midnight) + calendar.open_hours(midnight, last) == pytest.approx(whole, abs=1e-9)
    assert 0 <= whole <= (last - first).total_seconds() / 3600


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SHAPES), MOMENTS, st.integers(1, 40_000))
def test_adding_hours_undoes_counting_them_and_finds_the_first_such_moment(hours, start, minutes):
    calendar = business_calendar(workday=hours)
    due = calendar.add_hours(start, minutes / 60)
    assert calendar.open_hours(start, due) == pytest.approx(minutes / 60, abs=1e-9)
    assert calendar.open_hours(start, due - pd.Timedelta(seconds=1)) < minutes / 60


@settings(max_examples=10, deadline=None)
@given(MOMENTS, st.integers(0, 3000), st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]))
def test_a_moment_is_the_same_in_every_zone(start, minutes, zone):
    calendar, end = business_calendar(), start + dt.timedelta(minutes=minutes)
    away = [pd.Timestamp(one, tz="Asia/Shanghai").tz_convert(zone) for one in (start, end)]
    assert calendar.open_hours(*away) == calendar.open_hours(start, end)


def test_a_desk_where_clocks_change_loses_and_gains_an_hour():
    night = business_calendar(workday="00:00-24:00", weekend="00:00-24:00", holiday="00:00-24:00", zone="Europe/Berlin")
    assert night.open_hours("2026-03-29", "2026-03-30") == 23 and night.open_hours("2026-10-25", "2026-10-26") == 25
    assert str(night.add_hours("2026-03-28 12:00", 24)) == "2026-03-29 13:00:00"


def test_days_of_ones_own_come_first(tmp_path, firm_calendar):
    swapped = business_calendar(days={"2026-11-07": True, "2026-11-09": False, "2026-11-11": "08:00-22:00"})
    days = swapped.days("2026-11-07", "2026-11-11")
    assert days["open_hours"].tolist() == [8, 0, 0, 8, 14] and days["day_source"].tolist() == [
        "own",
        "announced",
        "own",
        "announced",
        "own",
    ]
    assert days["day_kind"].tolist()[:3] == ["makeup_workday", "weekend", "holiday"] and "3" in swapped.summary()
    table = pd.DataFrame({"date": pd.to_datetime(["2026-11-07", "2026-11-11"]), "is_workday": [True, True], "hours": [None, "08:00-22:00"]})
    assert business_calendar(days=table).days("2026-11-07", "2026-11-11")["open_hours"].tolist() == [8, 0, 8, 8, 14]
    assert business_calendar(days=firm_calendar).open_hours("2026-09-28", "2026-10-12") == 48
    path = tmp_path / "desk.toml"
    path.write_text(
        'announced = [2027]\n[hours]\nworkday = "08:30-12:00"\nweekend = "10:00-11:00"\n[days]\n2027-03-06 = true\n', encoding="utf-8"
    )
    calendar = business_calendar(days=path)
    assert (
        calendar.days("2027-03-05", "2027-03-07")["open_hours"].tolist() == [3.5, 3.5, 1.0]
        and calendar.unannounced("2027-01-01", "2027-12-31") == []
    )
    assert business_calendar(days=str(path), workday="09:00-10:00").open_hours("2027-03-05", "2027-03-06") == 1.0


def test_a_year_nobody_has_announced_is_said_so():
    calendar = business_calendar()
    assert calendar.unannounced("2026-12-01", "2027-01-31") == [2027]
    assert calendar.days("2027-01-04", "2027-01-04")["day_source"].tolist() == ["not_announced"]
    whole = pd.DataFrame({"date": pd.date_range("2027-01-01", "2027-12-31")})
    assert business_calendar(days=whole.assign(is_workday=whole["date"].dt.day_of_week < 5)).unannounced("2027-01-01", "2027-02-01") == []


def test_a_night_shift_belongs_to_the_day_on_which_it_begins():
    calendar = business_calendar(workday="20:00-02:00")
    assert calendar.open_hours("2026-10-10 23:00", "2026-10-11 12:00") == 3 and calendar.open_hours("2026-10-08", "2026-10-08 12:00") == 0
    found = calendar.windows("2026-10-10", "2026-10-11")
    assert found.astype(str).values.tolist() == [
        ["2026-10-10 00:00:00", "2026-10-10 02:00:00"],
        ["2026-10-10 20:00:00", "2026-10-11 02:00:00"],
    ]


def test_columns_of_moments_give_columns_of_hours():
    starts = pd.Series(pd.to_datetime(["2026-11-02 09:00", None]), index=["a", "b"])
    calendar = business_calendar()
    hours = calendar.open_hours(starts, ["2026-11-02 10:30", "2026-11-02 11:00"])
    assert hours.index.tolist() == ["a", "b"] and hours.iloc[0] == 1.5 and pd.isna(hours.iloc[1])
    due = calendar.add_hours(starts, [2, 3])
    assert str(due["a"]) == "2026-11-02 11:00:00" and pd.isna(due["b"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"workday": "9 to 5"}, "09:00-12:00"), ({"workday": "09:00-25:00"}, "09:00-12:00"), ({"workday": 9}, "no text"),
        ({"workday": "10:00-10:00"}, "09:00-12:00"), ({"workday": ""}, "no opening hours"), ({"zone": "Beijing"}, "Asia/Shanghai"),
        ({"days": 3}, "table"), ({"days": {"soon": True}}, "soon"), ({"days": {"2026-11-11": 5}}, "True"), ({"announced": 2027}, "announced"),
        ({"announced": ["2027"]}, "announced"), ({"days": "nowhere.toml"}, "nowhere.toml"),
        ({"days": pd.DataFrame({"date": ["2026-11-11"] * 2, "is_workday": True})}, "more than once"),
        ({"days": pd.DataFrame({"date": ["2026-11-11"], "is_workday": ["perhaps"]})}, "is_workday"),
        ({"days": pd.DataFrame({"date": ["2026-11-11"]})}, "is_workday"),
    ],
)  # fmt: skip
def test_a_calendar_that_cannot_be_is_refused(options, said):
    with pytest.raises(ValueError, match=said):
        business_calendar(**options)


@pytest.mark.parametrize(
    "text", ["[hour]\nworkday = '09:00-10:00'", "[hours]\nsunday = ''", "days = 3", "hours = 3", "[hours", "[days]\n2027-03-06 = 3"]
)
def test_a_file_that_says_something_else_is_refused(tmp_path, text):
    path = tmp_path / "desk.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"desk\.toml|days says"):
        business_calendar(days=path)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda calendar: calendar.open_hours("2026-11-03", "2026-11-02"), "before start"), (lambda calendar: calendar.open_hours(3, 4), "dates"),
        (lambda calendar: calendar.open_hours(["2026-11-03"], ["2026-11-04"] * 2), "its end"),
        (lambda calendar: calendar.add_hours("2026-11-03", 0), "above 0"), (lambda calendar: calendar.add_hours("2026-11-03", [1, 2]), "its hours"),
        (lambda calendar: calendar.add_hours("2026-11-03", 1e6), "open for long enough"), (lambda calendar: calendar.days("2026-11-03", "2026-11-02"), "first"),
        (lambda calendar: calendar.is_open("noon"), "at"),
    ],
)  # fmt: skip
def test_questions_without_an_answer_end_in_a_sentence(ask, said):
    with pytest.raises(ValueError, match=said):
        ask(business_calendar())


def test_the_summary_sets_no_space_between_chinese_sentences():
    own = business_calendar(days={"2026-11-02": False})
    assert ". 1 days come from a table" in own.summary()
    use_language("zh")
    assert own.summary().count("。") >= 2
    assert "。 " not in own.summary()
