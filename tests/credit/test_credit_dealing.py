import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import i18n
from crmlib.company import lark
from crmlib.credit import (
    Blacklist,
    aging,
    classes_from_score,
    credit_limit,
    dunning_plan,
    dunning_steps,
    invoice_status,
    nearest_working_day,
    working_days,
)  # fmt: skip

NOTHING = pd.DataFrame(columns=["invoice_id", "paid_on", "amount_yuan"])


def owing(due: str, *, amount: float = 500.0, customer: str = "c1", number: str = "i1") -> pd.DataFrame:
    day = pd.Timestamp(due)
    return pd.DataFrame({"invoice_id": [number], "customer_id": [customer], "issued_on": [day - pd.Timedelta(days=30)], "due_on": [day],
                         "amount_yuan": [amount]})  # fmt: skip


def step_on(day: str, due: str, **options: object) -> str | None:
    plan = dunning_plan(aging(owing(due), NOTHING, as_of=day), **options)
    return plan.loc["c1", "step"] if len(plan) else None


@pytest.fixture(scope="module")
def firm():
    return lark()


@pytest.fixture(scope="module")
def limits(firm):
    return credit_limit(firm.invoices, firm.payments, as_of="2026-10-31")


def test_working_days_follow_the_state_council():
    golden_week = working_days("2026-09-30", "2026-10-10")
    assert golden_week.tolist() == [True] + [False] * 7 + [True, True, True], "1–7 October are off, Saturday 10 October is worked"
    assert nearest_working_day(pd.Series(pd.to_datetime(["2026-10-04", "2026-10-09"])), back=True).astype("datetime64[D]").tolist() == [
        pd.Timestamp("2026-09-30").date(), pd.Timestamp("2026-10-09").date()]  # fmt: skip


def test_a_calendar_of_the_firm_wins():
    calendar = pd.DataFrame({"date": pd.to_datetime(["2026-11-03"]), "is_workday": [False]})
    assert working_days("2026-11-02", "2026-11-04", calendar=calendar).tolist() == [True, False, True]


def test_a_long_break_of_the_firm_is_waited_for():
    rest = pd.DataFrame({"date": pd.date_range("2026-02-01", "2026-03-10", freq="D"), "is_workday": False})
    back, forth = (nearest_working_day(pd.Series(pd.to_datetime(["2026-02-20"])), calendar=rest, back=way)[0] for way in (True, False))
    assert (str(back)[:10], str(forth)[:10]) == ("2026-01-30", "2026-03-11")
    never = pd.DataFrame({"date": pd.date_range("2024-01-01", "2028-01-01", freq="D"), "is_workday": False})
    with pytest.raises(ValueError, match="knows no working day"):
        nearest_working_day(pd.Series(pd.to_datetime(["2026-02-20"])), calendar=never)


def test_the_steps_are_those_of_the_standards():
    steps = dunning_steps()
    assert steps.loc[["stop_large", "restrict"], "from_days"].tolist() == [3, 7]
    assert steps["from_days"].is_monotonic_increasing and steps["action"].is_unique
    i18n.use_language("zh")
    assert dunning_steps()["action"].tolist() != steps["action"].tolist()


@pytest.mark.parametrize(
    ("day", "step"),
    [("2026-05-30", None), ("2026-06-05", "before_due"), ("2026-06-09", "before_due"), ("2026-06-10", "reminder"),
    ("2026-06-12", "stop_large"),
     ("2026-06-15", "stop_large"), ("2026-06-16", "restrict"), ("2026-06-24", "letter"), ("2026-07-09", "demand"),
     ("2026-08-10", "collect"),
     ("2026-09-30", "collect")],
)  # fmt: skip
def test_steps_by_days_past_due(day, step):
    """Due on Tuesday, 9 June 2026."""
    assert step_on(day, "2026-06-09") == step


def test_nobody_is_restricted_after_a_holiday_without_a_reminder():
    """Due on 30 September; eight days later, after the golden week, comes the reminder, then one step a working day."""
    found = [step_on(day, "2026-09-30") for day in ("2026-10-07", "2026-10-08", "2026-10-09", "2026-10-10", "2026-10-11")]
    assert found == ["before_due", "reminder", "stop_large", "restrict", "restrict"]
    weekend = dunning_plan(aging(owing("2026-06-05"), NOTHING, as_of="2026-06-06"))
    assert weekend.loc["c1", "act_on"] == pd.Timestamp("2026-06-08"), "the day of the plan is a Saturday"
    assert weekend.loc["c1", ["step", "next_step"]].tolist() == ["before_due", "reminder"]


def test_small_debts_and_disputes():
    invoices = pd.concat(
        [owing("2026-06-09", amount=20), owing("2026-06-09", customer="c2", number="i2"), owing("2026-06-30", customer="c2", number="i3")]
    )
    plan = dunning_plan(aging(invoices, NOTHING, as_of="2026-07-20"))
    assert plan["step"].tolist() == ["demand", "reminder"] and plan.loc["c1", "next_step"] == ""
    contested = dunning_plan(aging(invoices, NOTHING, as_of="2026-07-20"), disputed=["i2"])
    assert contested.loc["c2", ["step", "disputed_yuan", "due_yuan"]].tolist() == ["letter", 500.0, 500.0]


def test_the_plan_of_the_firm_names_every_debtor_once(firm):
    book = aging(firm.invoices, firm.payments, as_of="2026-10-31")
    plan = dunning_plan(book, calendar=firm.calendar)
    late = book.table[book.table["oldest_days"] > 3].index
    assert plan.index.is_unique and set(late) <= set(plan.index)
    assert plan["overdue_yuan"].sum() == pytest.approx(book.table["overdue_yuan"].sum())
    assert working_days("2026-10-01", "2027-01-31")[plan["next_on"].dropna()].all()
    assert plan["step"].is_monotonic_decreasing


def test_limits_follow_class_and_behaviour(firm, limits):
    status = invoice_status(firm.invoices, firm.payments, as_of="2026-10-31")
    worst = status[status["open_yuan"] > 0].groupby("customer_id")["days_past_due"].max().reindex(limits.index, fill_value=-1)
    assert (limits["limit_rule"].eq("in_default") == (worst >= 60)).all()
    assert (limits.loc[limits["limit_rule"] == "in_default", ["limit_yuan", "terms_days"]] == 0).all(axis=None)
    plain = limits[limits["limit_rule"] == "as_class"]
    months = plain["credit_class"].map({"A": 6, "B": 4.5, "C": 3, "D": 1.5}).astype(float)
    assert (plain["limit_yuan"] - plain["usual_month_yuan"] * months).between(-0.01, 100).all()
    assert limits["exposure_yuan"].sum() == pytest.approx(status[status["customer_id"].isin(limits.index)]["open_yuan"].sum())
    lower = limits[limits["limit_rule"].isin(["late_payer", "in_arrears"])]
    assert (lower["class_applied"] >= lower["credit_class"]).all()


def test_own_classes_replace_those_of_the_invoices(firm):
    everybody = pd.Series("A", index=firm.invoices["customer_id"].unique())
    assert credit_limit(firm.invoices, firm.payments, as_of="2026-10-31", classes=everybody)["credit_class"].eq("A").all()
    scores = pd.DataFrame({"default_probability": [0.0, 0.01, 0.02, 0.05, 0.1, 0.2]})
    assert classes_from_score(scores).tolist() == ["A", "A", "B", "C", "C", "D"]


EVENTS = st.lists(
    st.tuples(st.sampled_from(["add", "renew", "remove", "appeal", "uphold", "reject"]), st.sampled_from("ab"), st.integers(0, 150)),
    max_size=12,
)


@settings(deadline=None, max_examples=12)
@given(EVENTS)
def test_nobody_stays_listed_in_silence(events):
    """Whatever is decided: the log only grows, and whoever is listed was listed or renewed within the last 180 days."""
    black, today = Blacklist(), pd.Timestamp("2026-01-01")
    for event, customer, wait in events:
        today, before = today + pd.Timedelta(days=wait), black
        try:
            if event == "add":
                black = black.add(customer, reason="fraud", evidence="case 7", on=today, by="L")
            elif event in ("renew", "remove", "appeal"):
                black = getattr(black, event)(customer, evidence="seen again", on=today, by="L")
            else:
                black = black.answer(customer, upheld=event == "uphold", evidence="weighed", on=today, by="M")
        except ValueError:
            assert black is before
        assert black.log.iloc[: len(before.log)].equals(before.log)
        listed = black.listed(on=today)
        assert listed["customer_id"].is_unique and (listed["review_on"] > today).all()
        for row in listed.itertuples():
            fresh = black.log[(black.log["customer_id"] == row.customer_id) & black.log["event"].isin(["listed", "renewed"])]["on"].max()
            assert today - fresh < pd.Timedelta(days=180)
        assert black.listed(on=today + pd.Timedelta(days=200)).empty


def listed() -> Blacklist:
    return Blacklist().add("c1", reason="fraud", evidence="case 7", on="2026-01-05", by="E. Li")


def test_an_appeal_goes_to_somebody_else_and_suspends_when_unanswered():
    black = listed().appeal("c1", evidence="It was our lodger.", on="2026-01-10", by="c1")
    assert black.listed(on="2026-01-20")["appeal"].tolist() == ["pending"]
    assert black.listed(on="2026-02-01").empty, "not answered within 15 days"
    assert black.to_do(on="2026-02-01")[["task", "status"]].values.tolist() == [["answer_appeal", "suspended"]]
    with pytest.raises(ValueError, match="cannot judge the appeal"):
        black.answer("c1", upheld=False, evidence="no", on="2026-01-20", by="E. Li")
    rejected = black.answer("c1", upheld=False, evidence="The lodger has no key.", on="2026-01-20", by="W. Wu")
    assert rejected.listed(on="2026-02-01")["customer_id"].tolist() == ["c1"]
    assert black.answer("c1", upheld=True, evidence="True.", on="2026-01-20", by="W. Wu").listed(on="2026-01-21").empty
    assert len(rejected.history("c1")) == 3 and len(listed().log) == 1


def test_what_lapses_is_noted():
    black = listed()
    assert black.to_do(on="2026-06-20")["task"].tolist() == ["review"]
    assert black.to_do(on="2026-07-10")["task"].tolist() == ["note_lapse"]
    assert black.renew("c1", evidence="case 9", on="2026-06-20", by="E. Li").listed(on="2026-07-10")["customer_id"].tolist() == ["c1"]
    assert "listings lapsed 1" in black.summary(on="2026-07-10")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Blacklist().add("c1", reason="rude", evidence="x", on="2026-01-05", by="L"), 'There is no reason "rude"'),
        (lambda: Blacklist().add("c1", reason="fraud", evidence="  ", on="2026-01-05", by="L"), "A listing needs evidence"),
        (lambda: Blacklist().add("c1", reason="fraud", evidence="x", on="2026-01-05", by=""), "Somebody must answer for the decision"),
        (lambda: Blacklist().add("c1", reason="fraud", evidence="x", on="2026-01-05", by="L", told_customer=False), "must be told"),
        (lambda: Blacklist().add("c1", reason="fraud", evidence="x", on="2026-01-05", by="L", review_days=999), "within 1 to 180 days"),
        (lambda: Blacklist().add("c1", reason="fraud", evidence="x", on="soon", by="L"), "on is soon, which is no date"),
        (lambda: listed().add("c1", reason="fraud", evidence="x", on="2026-01-06", by="L"), "c1 is listed already"),
        (lambda: listed().remove("c2", evidence="x", on="2026-01-06", by="L"), "c2 is not on the list on 2026-01-06"),
        (lambda: listed().add("c2", reason="fraud", evidence="x", on="2025-01-06", by="L"), "Entries are only added at the end"),
        (lambda: listed().answer("c1", upheld=True, evidence="x", on="2026-01-06", by="L"), "has no appeal waiting"),
        (lambda: dunning_plan(pd.DataFrame()), "dunning_plan needs what crm.credit.aging gives"),
        (
            lambda: dunning_plan(aging(owing("2026-06-09"), NOTHING, as_of="2026-07-01"), as_of="2026-06-30"),
            "before the aging of 2026-07-01",
        ),
        (lambda: working_days("2026-01-01", "2026-01-02", calendar=pd.DataFrame({"date": []})), "lacks the column(s) is_workday"),
        (lambda: credit_limit(owing("2026-06-09"), NOTHING, as_of="2026-07-01"), "lacks the column(s) credit_class"),
        (lambda: credit_limit(owing("2026-06-09"), NOTHING, as_of="2026-07-01", classes=pd.Series({"c1": "E"})), "is not A, B, C or D"),
        (lambda: credit_limit(owing("2026-06-09"), NOTHING, as_of="2020-07-01", classes=pd.Series({"c1": "A"})), "Nobody was billed"),
        (lambda: classes_from_score(pd.DataFrame({"default_probability": [2.0]})), "A probability lies outside 0 to 1"),
    ],
)
def test_unusable_input_is_refused_with_a_sentence(call, sentence):
    with pytest.raises(ValueError) as caught:
        call()
    assert sentence in str(caught.value)


def test_nobody_owes_anything():
    plan = dunning_plan(aging(owing("2026-06-09"), NOTHING, as_of="2026-05-01"))
    assert plan.empty and "step" in plan
    assert np.array_equal(nearest_working_day(pd.Series([], dtype="datetime64[us]")), np.array([], "datetime64[us]"))
