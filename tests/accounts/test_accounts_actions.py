import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import i18n
from crmlib.accounts import account_actions, watch_list
from crmlib.accounts.actions import ACTIONS
from crmlib.credit.dunning import STEPS


@pytest.fixture(scope="module")
def watch():
    """c8 and c9 stopped shipping in September; c7 goes on."""
    days = pd.date_range("2025-01-01", "2025-11-30", freq="D").repeat(3)
    parts = [pd.DataFrame({"customer_id": name, "picked_up_at": days[:last]}) for name, last in (("c7", None), ("c8", -80), ("c9", -80))]
    return watch_list(pd.concat(parts, ignore_index=True), month="2025-11")


def plan(steps: dict[str, str]) -> pd.DataFrame:
    late = [0 if step == "before_due" else 10 * place for place, step in enumerate(steps.values(), start=1)]
    return pd.DataFrame({"step": list(steps.values()), "overdue_yuan": [10.0 * days for days in late], "days_past_due": late}, index=list(steps))


def test_each_step_leads_to_its_action(watch):
    found = account_actions(plan(dict(zip("abcdefg", STEPS, strict=True))), watch, key_accounts=["d", "f", "c7"]).table["week_action"]
    assert found.to_dict() == {"f": "reconcile", "d": "reconcile", "g": "stop_credit", "e": "stop_credit", "c": "remind", "b": "remind",
                               "c8": "visit_now", "c9": "visit_now"}  # fmt: skip


def test_money_comes_before_parcels_but_the_movement_stays_visible(watch):
    table = account_actions(plan({"c8": "reminder", "c9": "before_due"}), watch, key_accounts=[]).table
    assert table["week_action"].to_dict() == {"c8": "remind", "c9": "visit_now"}
    assert table["moved"].tolist() == ["fewer", "fewer"]


@settings(deadline=None, max_examples=25)
@given(steps=st.dictionaries(st.sampled_from([f"c{number}" for number in range(10)]), st.sampled_from(STEPS)), key=st.sets(st.sampled_from(["c1", "c8"])))
def test_everybody_gets_one_action_and_no_late_yuan_is_lost(watch, steps, key):
    dunning = plan(steps)
    before = dunning.copy()
    actions = account_actions(dunning, watch, key_accounts=key)
    assert actions.table.index.is_unique and set(actions.table["week_action"]) <= set(ACTIONS)
    assert sum(len(actions.of(action)) for action in ACTIONS) == len(actions.table)
    assert actions.table["overdue_yuan"].sum() == pytest.approx(dunning["overdue_yuan"].sum())
    assert not set(actions.of("stop_credit").index) & key
    pd.testing.assert_frame_equal(dunning, before)


def test_the_words_name_numbers_and_customers_in_both_languages(watch):
    actions = account_actions(plan({"a": "collect", "b": "reminder"}), watch, key_accounts=["a"])
    for language, comma in (("en", ", "), ("zh", "、")):
        i18n.use_language(language)
        assert len(actions.summary().split("\n\n")) == 3
        assert f"c8{comma}c9" in actions.summary()
        assert all(number in actions.headline() for number in "102")


def test_nobody_to_speak_to(watch):
    nobody = plan({}).astype({"overdue_yuan": float})
    quiet = watch_list(watch_waybills_of_one(), month="2025-11")
    actions = account_actions(nobody, quiet, key_accounts=[])
    assert actions.table.empty and actions.summary() == ""


def watch_waybills_of_one() -> pd.DataFrame:
    return pd.DataFrame({"customer_id": "c1", "picked_up_at": pd.date_range("2025-01-01", "2025-11-30", freq="D").repeat(3)})


def test_bad_input_is_refused(watch):
    i18n.use_language("en")
    with pytest.raises(ValueError, match="overdue_yuan"):
        account_actions(pd.DataFrame({"step": ["collect"], "days_past_due": [70]}), watch, key_accounts=[])
    with pytest.raises(ValueError, match=r"crm\.accounts\.watch_list"):
        account_actions(plan({"a": "collect"}), None, key_accounts=[])
    with pytest.raises(ValueError, match="no action"):
        account_actions(plan({"a": "collect"}), watch, key_accounts=[]).of("sue")
