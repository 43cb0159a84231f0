import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import standards
from crmlib.company.schema import TABLES
from crmlib.segments import customer_activity, customer_state, descriptive_classes

TODAY = pd.Timestamp("2026-11-01")


def activity_of(rows) -> pd.DataFrame:
    """Rows of (first parcel, last parcel: days ago; active months of the last twelve)."""
    return pd.DataFrame({
        "customer_id": [f"c{number}" for number in range(len(rows))],
        "first_on": [TODAY - pd.Timedelta(days=first) for first, _last, _months in rows],
        "last_on": [TODAY - pd.Timedelta(days=last) for _first, last, _months in rows],
        "recent_active_months": [months for _first, _last, months in rows],
    })  # fmt: skip


def customers_of(ids) -> pd.DataFrame:
    names = ("market", "area", "region", "reach", "nature", "origin", "cross_border")
    codes = {name: TABLES["customers"][name].categories for name in names}
    columns = {name: [values[place % len(values)] for place in range(len(ids))] for name, values in codes.items()}
    return pd.DataFrame({"customer_id": ids} | columns)


class TestState:
    def test_by_hand(self):
        rows = [(700, 2, 12), (700, 2, 8), (60, 2, 2), (700, 200, 5), (700, 90, 10), (89, 0, 3), (90, 0, 3)]
        state = customer_state(activity_of(rows), today="2026-11-01", registered=["c0", "never", "c1", "c2", "c3", "c4", "c5", "c6"])
        assert state.to_dict() == {
            "c0": "loyal", "never": "potential", "c1": "regular", "c2": "new", "c3": "lost", "c4": "lost", "c5": "new", "c6": "regular"
        }  # fmt: skip
        assert state.cat.categories.tolist() == ["loyal", "regular", "new", "potential", "lost"]
        assert (state.name, state.index.name) == ("state", "customer_id")

    def test_the_limits_are_standards(self, tmp_path):
        activity = activity_of([(700, 100, 10)])
        assert customer_state(activity, today=TODAY).tolist() == ["lost"]
        ours = tmp_path / "ours.toml"
        ours.write_text('[state.lost_days]\nvalue = 180\nunit = "days"\nsource = "us"\ndate = "2026"\nmark = "teaching"\n', "utf-8")
        standards.use(ours)
        try:
            assert customer_state(activity, today=TODAY).tolist() == ["loyal"]
        finally:
            standards.use(None)

    @settings(deadline=None, max_examples=50)
    @given(
        st.lists(st.tuples(st.integers(0, 800), st.integers(0, 800), st.integers(0, 12)), min_size=1, max_size=40),
        st.sets(st.integers(0, 60), max_size=30),
    )
    def test_every_customer_has_exactly_one_state(self, rows, accounts):
        activity = activity_of([(max(first, last), min(first, last), months) for first, last, months in rows])
        registered = [f"c{number}" for number in sorted(accounts)]
        state = customer_state(activity, today=TODAY, registered=registered)
        assert state.notna().all() and state.index.is_unique
        assert set(state.index) == set(registered) | set(activity.customer_id)
        assert set(state.index[state == "potential"]) == set(registered) - set(activity.customer_id)

    def test_accounts_may_be_the_table_of_customers(self):
        activity = activity_of([(700, 2, 12)])
        expected = customer_state(activity, today=TODAY, registered=["c0", "c1"])
        pd.testing.assert_series_equal(customer_state(activity, today=TODAY, registered=customers_of(["c0", "c1"])), expected)

    def test_from_waybills(self):
        months = pd.date_range("2025-11-15", periods=12, freq="30D")
        waybills = pd.DataFrame({
            "customer_id": ["steady"] * 12 + ["fresh"] + ["gone"],
            "picked_up_at": [*months, pd.Timestamp("2026-10-20"), pd.Timestamp("2026-01-01")],
            "product": "standard", "scope": "domestic", "price_yuan": 9.0, "cost_yuan": 8.0,
        })  # fmt: skip
        activity = customer_activity(waybills, end="2026-11-01")
        state = customer_state(activity, today="2026-11-01", registered=["steady", "fresh", "gone", "idle"])
        assert state.to_dict() == {"steady": "loyal", "fresh": "new", "gone": "lost", "idle": "potential"}

    @pytest.mark.parametrize(
        ("activity", "options", "sentence"),
        [
            (activity_of([(5, -1, 1)]), {}, "last_on is later than today (2026-11-01): 1 row(s), first c0"),
            (activity_of([(5, 9, 1)]), {}, "last_on comes before first_on: 1 row(s), first c0"),
            (activity_of([(9, 5, None)]), {}, "recent_active_months is missing"),
            (activity_of([(9, 5, 1)]).drop(columns="recent_active_months"), {}, "lacks the column(s) recent_active_months"),
            (activity_of([(9, 5, 1)]), {"today": "tomorrow?"}, "today is tomorrow?, which is no date"),
            (activity_of([(9, 5, 1)]), {"registered": ["c0", "c7", "c7"]}, "registered holds some customers more than once: 2 row(s)"),
        ],
    )
    def test_unusable_input_is_refused_with_a_sentence(self, activity, options, sentence):
        with pytest.raises(ValueError) as caught:
            customer_state(activity, **{"today": TODAY, **options})
        assert sentence in str(caught.value)


class TestDescriptiveClasses:
    def test_columns_and_location(self):
        customers = customers_of(["c0", "c1", "idle", "far"])
        classes = descriptive_classes(customers, activity_of([(700, 2, 12), (20, 2, 1)]), today=TODAY)
        assert classes.columns.tolist() == ["market", "area", "state", "location", "reach", "nature", "origin", "cross_border"]
        assert classes.index.tolist() == ["c0", "c1", "idle", "far"]
        assert classes.state.tolist() == ["loyal", "new", "potential", "potential"]
        assert customers.region.tolist() == ["east", "central", "west", "abroad"]
        assert classes.location.tolist() == ["domestic", "domestic", "domestic", "abroad"]
        assert classes.market.tolist() == customers.market.tolist()
        assert classes.notna().all(axis=None)

    def test_input_is_not_changed(self):
        customers = customers_of(["c0", "c1"])
        before = customers.copy(deep=True)
        descriptive_classes(customers, activity_of([(700, 2, 12)]), today=TODAY)
        pd.testing.assert_frame_equal(customers, before)

    @pytest.mark.parametrize(
        ("spoil", "sentence"),
        [
            (lambda frame: frame.assign(area=None), "area is missing: 2 row(s), first c0, c1"),
            (lambda frame: frame.drop(columns="nature"), "lacks the column(s) nature"),
            (lambda frame: frame.head(1), "shipped but do not stand in customers: 1 row(s), first c1"),
            (lambda frame: pd.concat([frame, frame]), "customers holds some customers more than once"),
        ],
    )
    def test_unusable_customers_are_refused_with_a_sentence(self, spoil, sentence):
        with pytest.raises(ValueError) as caught:
            descriptive_classes(spoil(customers_of(["c0", "c1"])), activity_of([(700, 2, 12), (20, 2, 1)]), today=TODAY)
        assert sentence in str(caught.value)
