import datetime as dt

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import loyalty, plotting
from crmlib.i18n import use_language

CUSTOMERS = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "opened_on": ["2020-03-08", "2021-03-08", "2022-09-09"]})
CONTACTS = pd.DataFrame({"contact_id": ["p1", "p2"], "customer_id": ["c1", "c2"], "channel": ["sms", "phone"]})
MARCH = {"start": "2026-03-01", "end": "2026-04-01"}


def plan(customers=CUSTOMERS, contacts=CONTACTS, touches=None, **options):
    return loyalty.care_calendar(customers, contacts, touches, **{**MARCH, **options})


def touched(when, reason="rhythm", customer="c1"):
    return pd.DataFrame({"customer_id": [customer], "happened_on": [when], "reason": [reason]})


def because(result):
    return dict(zip(result.left_out.customer_id, result.left_out.left_out_because.astype(str), strict=True))


def test_by_hand():
    result = plan()
    assert result.plan[["customer_id", "contact_id", "channel", "occasion"]].values.tolist() == [
        ["c1", "p1", "sms", "anniversary"],
        ["c2", "p2", "phone", "anniversary"],
    ]
    assert result.plan.planned_on.eq(pd.Timestamp("2026-03-08")).all() and result.left_out.empty and result.unknown_birthdays == 2


def test_a_full_day_sends_the_less_important_ahead_of_time_and_never_late():
    result = plan(capacity=1, priority=pd.Series({"c2": 9.0, "c1": 1.0}))
    assert result.plan.set_index("customer_id").days_early.to_dict() == {"c1": 1, "c2": 0}
    assert because(plan(capacity=1, early_days=0)) == {"c2": "no_capacity"}
    assert because(plan(capacity=1, early_days=0, priority=pd.Series({"c2": 9.0}))) == {"c1": "no_capacity"}


def test_touches_made_are_deducted_and_keep_their_distance():
    assert because(plan(touches=touched("2026-03-05", "anniversary"))) == {"c1": "already_done"}
    assert because(plan(touches=touched("2026-03-05"), gap_days=7, early_days=2)) == {"c1": "too_soon"}
    assert plan(touches=touched("2026-03-01"), gap_days=7).plan.days_early.tolist() == [0, 0]
    assert plan(touches=touched("2026-03-10"), gap_days=7).plan.set_index("customer_id").days_early.to_dict() == {"c1": 5, "c2": 0}


def test_nobody_is_greeted_against_his_will():
    assert because(plan(quiet=["c1"])) == {"c1": "quiet"}
    assert because(plan(contacts=CONTACTS.assign(consent=[True, False]))) == {"c2": "quiet"}
    assert because(plan(start="2026-09-01", end="2026-09-20")) == {"c3": "no_contact"}


def test_birthdays_festivals_and_the_29th_of_february():
    born = CONTACTS.assign(birthday=["1992-02-29", None])
    result = plan(contacts=born, start="2026-02-01", end="2026-03-01")
    assert result.plan[["customer_id", "occasion"]].values.tolist() == [
        ["c1", "spring_festival"],
        ["c2", "spring_festival"],
        ["c1", "birthday"],
    ]
    assert result.plan.planned_on.dt.strftime("%m-%d").tolist() == ["02-16", "02-16", "02-28"]
    own = pd.DataFrame({"date": ["2026-03-20"], "occasion": ["harvest"]})
    assert "harvest" in plan(festivals=own).plan.occasion.tolist()


def test_the_first_year_is_no_anniversary():
    assert plan(customers=CUSTOMERS.assign(opened_on="2026-03-08")).plan.empty


@settings(deadline=None, max_examples=8)
@given(
    st.integers(1, 4),
    st.integers(0, 20),
    st.integers(0, 10),
    st.lists(st.dates(dt.date(2015, 1, 1), dt.date(2025, 12, 31)), min_size=1, max_size=25),
)
def test_capacity_distance_and_punctuality_hold(capacity, gap, early, opened):
    names = [f"c{number:02d}" for number in range(len(opened))]
    customers = pd.DataFrame({"customer_id": names, "opened_on": pd.to_datetime(opened)})
    contacts = pd.DataFrame(
        {"contact_id": [f"p{name}" for name in names], "customer_id": names, "channel": "sms", "birthday": pd.to_datetime(opened[::-1])}
    )
    result = loyalty.care_calendar(
        customers, contacts, start="2026-01-01", end="2026-12-01", capacity=capacity, gap_days=gap, early_days=early
    )
    assert (result.plan.planned_on.value_counts() <= capacity).all()
    assert result.plan.days_early.between(0, early).all()
    apart = result.plan.sort_values("planned_on").groupby("customer_id").planned_on.diff().dropna().dt.days
    assert (apart >= gap).all()
    birthdays = pd.to_datetime(pd.Series(opened)).dt.month.lt(12).sum()
    assert (result.plan.occasion == "birthday").sum() + (result.left_out.occasion == "birthday").sum() == birthdays


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"end": "2026-03-01"}, "period is empty"),
        ({"capacity": 0}, "at least 1"),
        ({"gap_days": -1}, "at least 0"),
        ({"early_days": 1.5}, "whole number"),
        ({"contacts": pd.concat([CONTACTS, CONTACTS])}, "stands twice"),
        ({"customers": pd.concat([CUSTOMERS, CUSTOMERS])}, "more than once"),
        ({"contacts": CONTACTS.assign(birthday="soon")}, "no date"),
        ({"contacts": "p1"}, "pandas table"),
        ({"touches": pd.DataFrame({"customer_id": ["c1"]})}, "lacks the column"),
        ({"customers": CUSTOMERS.drop(columns="opened_on")}, "opened_on"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(ValueError, match=words):
        plan(**options)


def test_birthdays_greeted_before_are_known():
    touches = pd.DataFrame(
        {
            "contact_id": ["p1", "p1", "p2"],
            "happened_on": ["2025-03-08", "2026-03-08", "2026-01-01"],
            "reason": ["birthday", "birthday", "rhythm"],
        }
    )
    assert loyalty.known_birthdays(touches).to_dict() == {"p1": pd.Timestamp("2026-03-08")}


class TestFigures:
    @pytest.fixture(scope="class")
    @staticmethod
    def results():
        offers = pd.DataFrame(
            {
                "kind": "membership",
                "stratum": "walk_in",
                "arm": ["offer", "control"] * 6,
                "before_yuan": 50.0,
                "accepted": [True, False, False, False] * 3,
                "after_yuan": [100.0, 50, 60, 40] * 3,
            }
        )
        points = pd.DataFrame(
            {
                "member_id": ["m1", "m2", "m1"],
                "booked_on": ["2025-01-31", "2025-01-31", "2026-01-31"],
                "kind": "earn",
                "points": [300, 100, 500],
            }
        )
        return {
            "loyalty_matrix": loyalty.loyalty_matrix(pd.Series({"c1": 90, "c2": 10}), pd.Series({"c1": 80})),
            "points_liability": loyalty.points_liability(points, on="2026-02-28"),
            "membership_effect": loyalty.membership_effect(offers),
            "care_calendar": plan(),
        }

    @pytest.mark.parametrize("language", ["zh", "en"])
    @pytest.mark.parametrize("name", ["loyalty_matrix", "points_liability", "membership_effect", "care_calendar"])
    def test_every_result_draws_itself_and_tells_itself(self, results, name, language):
        use_language(language)
        ax = results[name].plot()
        words = ax.get_xlabel() + ax.get_ylabel() + ax.get_title() + "".join(text.get_text() for text in [*ax.texts, *ax.get_yticklabels()])
        assert any("一" <= letter <= "鿿" for letter in words + results[name].summary()) == (language == "zh")
        assert getattr(plotting, name)(results[name], ax=ax) is ax
        plt.close(ax.figure)

    @pytest.mark.parametrize("name", ["loyalty_matrix", "points_liability", "membership_effect", "care_calendar"])
    def test_another_thing_is_refused(self, name):
        with pytest.raises(ValueError, match=name):
            getattr(plotting, name)(pd.DataFrame())
