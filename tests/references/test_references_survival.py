"""Published survival figures, and statsmodels as the judge.

The data stand in the package `lifelines`, which is read as data and not imported. Recidivism (Rossi, Berk and Lenihan 1980; Allison 1995): 432
people released from prison, 114 arrests. Leukaemia (Freireich 1963; Gehan 1965): 6-MP against placebo, 42 patients.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from crmlib.survival import cox, kaplan_meier, log_rank

FOLDER = Path(next(iter(importlib.util.find_spec("lifelines").submodule_search_locations))) / "datasets"
COVARIATES = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]


@pytest.fixture(scope="module")
def rossi() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "rossi.csv")


@pytest.fixture(scope="module")
def gehan() -> pd.DataFrame:
    table = pd.read_csv(FOLDER / "gehan.dat", sep=" ", names=["treat", "time", "event"])
    return table.assign(treat=table.treat.map({2: "6-MP", 1: "control"}))


def test_published_cox_model(rossi):
    """Efron's ties: the coefficients and log-likelihood of the reference list, to the last digit."""
    fit = cox(rossi, duration="week", event="arrest", covariates=COVARIATES)
    assert (fit.rows, fit.events) == (432, 114)
    published = [-0.37942, -0.05744, 0.31390, -0.14980, -0.43370, -0.08487, 0.09150]
    assert fit.table["coefficient"].tolist() == pytest.approx(published, abs=5.1e-6)
    assert fit.log_likelihood == pytest.approx(-658.7477, abs=5e-5)
    assert fit.concordance == pytest.approx(0.64, abs=0.005)


def test_published_standard_errors_and_null(rossi):
    """Fox and Weisberg, Cox regression in R (2011), print these of R's survival package."""
    fit = cox(rossi, duration="week", event="arrest", covariates=COVARIATES)
    errors = [0.19138, 0.02200, 0.30799, 0.21222, 0.38187, 0.19576, 0.02865]
    assert fit.table["standard_error"].tolist() == pytest.approx(errors, abs=5.1e-6)
    assert 2 * (fit.log_likelihood - fit.log_likelihood_null) == pytest.approx(33.27, abs=0.005)


def test_published_test_of_proportionality(rossi):
    """Fox and Weisberg (2011): rho, chi-square and p on the Kaplan–Meier scale, of the model with three covariates."""
    found = cox(rossi, duration="week", event="arrest", covariates=["fin", "age", "prio"]).proportionality(transform="km")
    assert found["drift"].tolist()[:3] == pytest.approx([-0.00657, -0.20976, -0.08004], abs=5.1e-6)
    assert found["statistic"].tolist() == pytest.approx([0.00507, 6.54147, 0.77288, 7.13046], abs=5.1e-6)
    assert found["p_value"].tolist() == pytest.approx([0.9433, 0.0105, 0.3793, 0.0679], abs=5.1e-5)
    assert found["dof"].tolist() == [1, 1, 1, 3]


def test_published_leukaemia_curve(gehan):
    """Klein and Moeschberger (2003), tables 1.1 and 4.1: survival of the 6-MP group; medians 23 and 8 weeks."""
    curves = kaplan_meier(gehan.time, gehan.event, by=gehan.treat)
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    found = curves.at(list(published)).query("group == '6-MP'")
    assert found.survival.tolist() == pytest.approx(list(published.values()), abs=5.1e-4)
    assert curves.medians["median"].to_dict() == {"6-MP": 23.0, "control": 8.0}


def test_published_leukaemia_log_rank(gehan):
    """Cox and Oakes (1984): chi-square 16.79 with 1 degree of freedom; 9 relapses against 19.25 expected."""
    result = log_rank(gehan.time, gehan.event, gehan.treat)
    assert result.statistic == pytest.approx(16.79, abs=0.005)
    assert result.table.loc["6-MP", "events"] == 9
    assert result.table.loc["6-MP", "expected"] == pytest.approx(19.25, abs=0.005)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("strata", [None, "race"])
def test_cox_by_statsmodels(rossi, ties, late, strata):
    # PHReg counts who enters on the very day of a loss as there; half a week's shift keeps the two conventions apart.
    table = rossi.assign(start=np.minimum(np.arange(len(rossi)) % 20, rossi.week - 1) + 0.5)
    names = [name for name in COVARIATES if name != strata]
    fit = cox(table, duration="week", event="arrest", covariates=names, entry="start" if late else None, strata=strata, ties=ties)
    judge = PHReg(
        table.week,
        table[names],
        status=table.arrest,
        ties=ties,
        entry=table.start if late else None,
        strata=table[strata] if strata else None,
    ).fit()
    assert fit.table["coefficient"].tolist() == pytest.approx(judge.params.tolist(), abs=1e-7)
    assert fit.table["standard_error"].tolist() == pytest.approx(judge.bse.tolist(), abs=1e-7)
    assert fit.log_likelihood == pytest.approx(judge.llf, abs=1e-8)


def test_kaplan_meier_by_statsmodels(rossi):
    entry = np.minimum(np.arange(len(rossi)) % 7, rossi.week - 1)
    for start in (None, entry):
        curve = kaplan_meier(rossi.week, rossi.arrest, entry=start)
        judge = SurvfuncRight(rossi.week, rossi.arrest, entry=start)
        rows = curve.table[curve.table.events > 0]
        kept = np.isin(judge.surv_times, rows.time)
        assert rows.survival.tolist() == pytest.approx(judge.surv_prob[kept].tolist(), abs=1e-12)
        assert rows.at_risk.tolist() == judge.n_risk[kept].tolist()


@pytest.mark.parametrize("strata", [None, "wexp"])
def test_log_rank_by_statsmodels(rossi, strata):
    groups = pd.cut(rossi.age, [0, 20, 25, 99], labels=["young", "middle", "older"])
    found = log_rank(rossi.week, rossi.arrest, groups, strata=rossi[strata] if strata else None)
    statistic, p_value = survdiff(rossi.week, rossi.arrest, groups.astype(str), strata=rossi[strata] if strata else None)
    assert found.dof == 2
    assert found.statistic == pytest.approx(statistic, abs=1e-9)
    assert found.p_value == pytest.approx(p_value, abs=1e-12)
