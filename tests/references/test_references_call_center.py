"""Published figures of agreement and of the comparison of units, worked out again."""

import numpy as np
import pandas as pd
import pytest

from crmlib.call_center import agent_scorecard, funnel_limits, kappa


def marks(counts: list[list[int]]) -> tuple[pd.Series, pd.Series]:
    """The pairs of marks behind a table of counts."""
    rows, columns = np.indices(np.shape(counts))
    return tuple(pd.Series(np.repeat(side.ravel(), np.ravel(counts))) for side in (rows, columns))


def test_fleiss_cohen_everitt_1969():
    """Two hundred patients, three diagnoses: kappa .429 with variance .002885 (Psychological Bulletin 72, table 1)."""
    found = kappa(*marks([[106, 10, 4], [22, 28, 10], [2, 12, 6]]))
    assert (round(found.value, 3), round(found.standard_error**2, 6)) == (0.429, 0.002885)


def test_fleiss_1981():
    """A hundred subjects: agreed .89, by chance .66, kappa .68, standard error .087 (Statistical Methods for Rates and Proportions)."""
    found = kappa(*marks([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))
    assert (round(found.agreed, 2), round(found.by_chance, 2), round(found.value, 2)) == (0.89, 0.66, 0.68)
    assert found.standard_error == pytest.approx(0.087, abs=0.001)


@pytest.mark.parametrize(("weights", "value", "error", "low", "high"), [
    (None, 0.3449, 0.0724, 0.2030, 0.4868), ("linear", 0.5082, 0.0655, 0.3798, 0.6366),
])  # fmt: skip
def test_sas_skin_condition(weights, value, error, low, high):
    """Two dermatologists, 88 patients: simple and weighted kappa of the FREQ procedure's documentation."""
    found = kappa(*marks([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]), weights=weights)
    assert tuple(round(one, 4) for one in (found.value, found.standard_error, found.low, found.high)) == (value, error, low, high)


HOSPITALS = {"A": (0, 47), "B": (18, 148), "C": (8, 119), "D": (46, 810), "E": (8, 211), "F": (13, 196), "G": (9, 148), "H": (31, 215),
             "I": (14, 207), "J": (8, 97), "K": (29, 256), "L": (24, 360)}  # fmt: skip


def test_bugs_surgical_institutional_ranking():
    """Deaths after heart operations in twelve hospitals (BUGS examples, volume I). The posterior means of its model with random effects,
    such as .053 for A and .122 for H, come out within .003: ours
    are of the likeliest spread, .36, theirs of all spreads, .40 on average."""
    rows = [(name, number < deaths) for name, (deaths, size) in HOSPITALS.items() for number in range(size)]
    calls = pd.DataFrame(rows, columns=["agent_id", "died"])
    found = agent_scorecard(calls, measure="died", rng=1)
    published = {"A": 0.0530, "B": 0.1034, "C": 0.0704, "D": 0.0593, "E": 0.0520, "F": 0.0693, "G": 0.0671, "H": 0.1221, "I": 0.0703,
                 "J": 0.0783, "K": 0.1023, "L": 0.0685}  # fmt: skip
    assert found.table["shrunken"].to_dict() == pytest.approx(published, abs=0.003)
    assert found.between == pytest.approx(0.40, abs=0.06)
    assert found.table.index[found.table["outside"].isin(["far_below", "far_above"])].tolist() == ["H"]
    assert found.table.loc["A", "outside"] == "within", "no death among 47 happens by chance in 2.7 of 100 such hospitals"
    assert found.table.loc["H", "rank_low"] == 1 and found.table.loc["H", "rank_high"] <= 4 and found.sure_pairs < 0.5


def test_spiegelhalter_2005_rule_for_counts():
    """Appendix A.1.1: limit (r − a) / n, with r the quantile and a the part of its chance beyond the tail.

    By hand for n = 20, share .5, tail .025:
    P(R ≤ 5) = .0207, P(R ≤ 6) = .0577, so r = 6 and a = (.0577 − .025) / (.0577 − .0207) = .884.
    """
    low, high = funnel_limits([20], 0.5)
    assert low[0] == pytest.approx((6 - 0.884) / 20, abs=2e-4) and high[0] == pytest.approx(1 - low[0])
