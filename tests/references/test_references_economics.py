"""Published figures of the economics of customers."""

import pytest

from crmlib import standards
from crmlib.economics import break_even_retention, referral_arithmetic


def test_the_textbooks_figures():
    """《快递客户关系管理》: 5 times, 8 leads of which at least 1 deal, 25 people."""
    keys = ("win_over_keep", "leads_of_satisfied", "deals_of_satisfied", "told_by_dissatisfied")
    entries = [standards.entry(f"economics.{key}") for key in keys]
    assert [entry.value for entry in entries] == [5, 8, 1, 25] and {entry.mark for entry in entries} == {"seed"}
    found = referral_arithmetic(customers=1, satisfied=1.0, dissatisfied=0.0)
    assert found.won == 1 and found.assumptions["leads_each"] == 8


def test_margin_multiples():
    """Gupta and Lehmann (2005), table 2.1: at a discount of 12% and a retention of 80% a customer is worth 2.5 yearly margins after the
    first; at 90% 4.09; at 10% and 90% 4.5."""
    for discount, retention, multiple in ((0.12, 0.8, 2.5), (0.12, 0.9, 4.09), (0.10, 0.9, 4.5)):
        worth = break_even_retention(win_yuan=0, margin_yuan=1, discount=discount).table.set_index("stay_share")["worth_yuan"]
        assert worth[retention] - 1 == pytest.approx(multiple, abs=0.005)
