"""Published results of trials, rules and rates."""

import numpy as np
import pandas as pd
import pytest

from crmlib.development import association_rules, peeking, trial_plan
from crmlib.survey.intervals import wilson_interval


@pytest.mark.parametrize(("looks", "errors"), [(1, 0.05), (2, 0.083), (3, 0.107), (5, 0.142), (10, 0.193)])
def test_repeated_looks(looks, errors):
    """Armitage, McPherson and Rowe (1969), table 2: errors of repeated tests at 5%. 6,000 trials: four standard errors are 0.02."""
    found = peeking(control=0.5, size=4000, looks=looks, trials=6000, rng=7)
    assert found.table["so_far"].iloc[-1] == pytest.approx(errors, abs=0.02)


@pytest.mark.parametrize(("looks", "bar"), [(2, 2.178), (5, 2.413)])
def test_the_fair_bar_is_pococks(looks, bar):
    """Pocock (1977): 2.178 standard errors for two looks, 2.413 for five."""
    assert peeking(control=0.5, size=4000, looks=looks, trials=6000, rng=9).fair_bar == pytest.approx(bar, abs=0.06)


@pytest.mark.parametrize(("control", "treated", "power", "arm"), [(0.25, 0.40, 0.8, 152), (0.5, 0.6, 0.8, 388), (0.6, 0.7, 0.9, 477)])
def test_sizes_of_trials(control, treated, power, arm):
    """The usual formula for two shares without correction (Fleiss, Levin and Paik 2003, ch. 4): n an arm, worked out by hand."""
    assert trial_plan(control=control, effect=treated - control, power=power).size == pytest.approx(2 * arm, abs=2)


def test_beer_and_diapers():
    """Tan, Steinbach and Kumar, table 6.1 and section 6.1: {milk, diapers} → {beer} has support 0.4 and confidence 0.67."""
    baskets = ["bread milk", "bread diapers beer eggs", "milk diapers beer cola", "bread milk diapers beer", "bread milk diapers cola"]
    items = sorted({item for basket in baskets for item in basket.split()})
    use = pd.DataFrame([{item: item in basket.split() for item in items} for basket in baskets])
    rules = association_rules(use)
    rule = rules[(rules["left_side"] == ("diapers", "milk")) & (rules["right_side"] == "beer")].iloc[0]
    assert (rule["support"], round(rule["confidence"], 2)) == (0.4, 0.67)


def test_tea_and_coffee():
    """Tan, Steinbach and Kumar, table 6.8: confidence of 75% although coffee is drunk by 80%; the lift is 0.9375."""
    tea = np.repeat([True, True, False, False], [150, 50, 650, 150])
    coffee = np.repeat([True, False, True, False], [150, 50, 650, 150])
    rule = association_rules(pd.DataFrame({"tea": tea, "coffee": coffee})).query("right_side == 'coffee'").iloc[0]
    assert rule["confidence"] == 0.75 and rule["lift"] == pytest.approx(0.9375)


def test_wilsons_interval_of_a_win_rate():
    """Newcombe (1998), table I: 15 of 148, 0.0624 to 0.1605."""
    assert [round(end, 4) for end in wilson_interval(15, 148, 0.95)] == [0.0624, 0.1605]
