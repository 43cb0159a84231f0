"""Published results of receivables and of scorecards."""

import numpy as np
import pandas as pd
import pytest

from crmlib.credit import allowance, scorecard, weight_of_evidence


def grouped(goods: list[int], bads: list[int]) -> tuple[pd.Series, pd.Series]:
    """One row a customer, from the counts of each group; the feature is the number of the group."""
    group = np.repeat(np.arange(len(goods)), np.add(goods, bads)).astype(float)
    default = np.concatenate([np.repeat([0, 1], pair) for pair in zip(goods, bads, strict=True)])
    return pd.Series(group, name="group"), pd.Series(default)


def test_allowance_of_the_accounting_exercise():
    """320/110/24/18/43 k at 1/3/10/33/75% → 47,090."""
    found = allowance([320_000, 110_000, 24_000, 18_000, 43_000], [0.01, 0.03, 0.10, 0.33, 0.75])
    assert found.yuan == pytest.approx(47_090, abs=0.005)
    assert found.table["allowance_yuan"].tolist() == [3200, 3300, 2400, 5940, 32250]
    assert allowance([320_000, 110_000, 24_000, 18_000, 43_000]).yuan == found.yuan, "the standard rates are those of the exercise"


def test_weights_of_a_forum_example():
    """analyticbridge.datasciencecentral.com, "Scorecard building using WOE/IV": five age groups, 625 good and 470 bad. Weights are
    printed to 4 digits, the last one cut off; the information of 0.4652 was worked out from shares rounded to 0.1%."""
    feature, default = grouped([50, 75, 125, 175, 200], [120, 110, 90, 80, 70])
    found = weight_of_evidence(feature, default, cuts=[0, 1, 2, 3], smoothing=0)
    assert found.table["woe"].tolist() == pytest.approx([-1.1604, -0.6680, 0.0435, 0.4977, 0.7648], abs=1e-4)
    assert found.iv == pytest.approx(0.4651628, abs=5 * 0.0005)


def test_weights_of_an_example_with_a_missing_bin():
    """hackingnote.com, "Weight of Evidence and Information Value": five bins and a missing one; shares of goods and bads given."""
    feature, default = grouped([15, 15, 20, 20, 20, 10], [5, 10, 20, 25, 35, 5])
    found = weight_of_evidence(feature.where(feature < 5), default, cuts=[0, 1, 2, 3], smoothing=0)
    assert found.table.index[-1] == "missing"
    assert found.table["woe"].round(3).tolist() == [1.099, 0.405, 0.0, -0.223, -0.560, 0.693]
    assert found.table["information"].round(3).tolist() == [0.110, 0.020, 0.0, 0.011, 0.084, 0.035]
    assert round(found.iv, 3) == 0.260


def test_scaling_of_points():
    """600 points at 50 to 1, 20 points to double the odds: factor 20 / ln 2, offset 600 − factor × ln 50."""
    feature, default = grouped([200, 150, 120], [5, 20, 40])
    card = scorecard(pd.DataFrame({"group": feature, "default": default}), base_points=600, base_odds=50, points_to_double=20, rng=1)
    assert round(card.factor, 4) == 28.8539
    assert round(card.offset, 3) == 487.123
