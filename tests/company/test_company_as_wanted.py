"""A firm whose tables are drawn one theme at a time is the firm that is drawn at once."""

from __future__ import annotations

import pandas as pd
import pytest

from crmlib.company import TABLES, firm_code, personal
from crmlib.company.codes import _seed
from crmlib.company.simulation import TABLES_OF, THEMES, simulate, simulate_as_wanted


@pytest.fixture(scope="module")
def whole():
    return simulate(customers=60, months=6, seed=11)[0]


@pytest.mark.parametrize("backwards", [False, True])
def test_the_order_in_which_tables_are_wanted_makes_no_difference(whole, backwards) -> None:
    firm = simulate_as_wanted(customers=60, months=6, seed=11)
    assert list(firm.tables) == list(whole.tables)
    assert firm.about == whole.about
    for name in sorted(firm.tables, reverse=backwards):
        pd.testing.assert_frame_equal(firm.tables[name], whole.tables[name])


def test_nothing_is_drawn_before_it_is_wanted() -> None:
    firm = simulate_as_wanted(customers=20, months=2, seed=1)
    assert firm.tables.rows("calls") == "…"
    assert len(firm.calls) >= 0
    assert firm.tables.rows("agents") == "…"
    assert firm.tables.rows("customers") == "20 rows"


def test_every_theme_is_listed_with_its_tables(whole) -> None:
    assert list(TABLES_OF) == [module for module, _function in THEMES]
    own = {"customers", "salespeople", "contacts", "waybills", "tracking"}
    assert own | {name for names in TABLES_OF.values() for name in names} == set(whole.tables) == set(TABLES)


def test_a_personal_firm_is_the_firm_of_its_code() -> None:
    code = firm_code("key", "2026001")
    firm, (expected, _truth) = personal(code), simulate(customers=300, seed=_seed(code))
    for name in ("customers", "waybills", "surveys", "points"):
        pd.testing.assert_frame_equal(firm.tables[name], expected.tables[name])
