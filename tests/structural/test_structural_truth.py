"""The simulated firm's true paths, found again from what its customers answered.

Paths between the true constructs are ordinary regressions and give the true coefficients. Items measure constructs with error: a score's
correlation with its construct is the root of its reliability (about √0.86), so plain partial least squares shrinks every correlation by
about 14 % and then divides what is left among drivers. The correction for error takes this away. Tolerances are 4.5 standard errors of a
bootstrap that draws customers with all of their answers: among 12 paths one exceeds that once in ten thousand firms.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crmlib.company.satisfaction import CONSTRUCTS
from crmlib.company.simulation import draw_world
from crmlib.company.surveys import SurveyScenario, draw_surveys
from crmlib.structural import bootstrap_paths, ecsi_answers, ecsi_model, path_model

MODEL = ecsi_model()
ONE_EACH = {name: [name] for name in CONSTRUCTS}


@pytest.fixture(scope="module")
def world():
    return draw_world(customers=3000, months=24, seed=5)


@pytest.fixture(scope="module")
def drawn(world):
    return draw_surveys(world, SurveyScenario())


@pytest.fixture(scope="module")
def true(world) -> np.ndarray:
    return np.array([world.scenario.satisfaction.paths[path] for path in MODEL.paths])


@pytest.fixture(scope="module")
def surveys(drawn):
    return drawn[0]["surveys"]


@pytest.fixture(scope="module")
def latents(drawn, surveys) -> pd.DataFrame:
    """What the respondents really felt, row by row."""
    return drawn[1]["survey_latents"].set_index("invitation_id").loc[surveys["invitation_id"]].reset_index()


@pytest.fixture(scope="module")
def felt(latents):
    return path_model(latents, paths=MODEL.paths, blocks=ONE_EACH)


@pytest.fixture(scope="module")
def answers(surveys):
    return ecsi_answers(surveys)


@pytest.fixture(scope="module")
def plain(answers):
    return path_model(answers, paths=MODEL.paths, blocks=MODEL.blocks, missing="mean")


@pytest.fixture(scope="module")
def corrected(answers):
    return path_model(answers, paths=MODEL.paths, blocks=MODEL.blocks, missing="mean", consistent=True)


def distance(result, groups, target: np.ndarray) -> np.ndarray:
    again = bootstrap_paths(result, resamples=300, groups=groups, rng=1).paths
    return np.abs(again["coefficient"].to_numpy() - target) / again["standard_error"].to_numpy()


def test_paths_between_true_feelings_are_the_true_ones(drawn, true):
    everybody = drawn[1]["survey_latents"]
    result = path_model(everybody, paths=MODEL.paths, blocks=ONE_EACH)
    assert distance(result, everybody["customer_id"], true).max() < 4.5
    assert np.abs(result.paths["coefficient"] - true).max() < 0.08


def test_paths_from_answers_corrected_for_error_are_the_true_ones(corrected, surveys, true):
    """Respondents only: those who answer are the more satisfied, which narrows satisfaction a little."""
    assert distance(corrected, surveys["customer_id"], true).max() < 4.5
    assert np.abs(corrected.paths["coefficient"] - true).max() < 0.1


def test_plain_paths_fall_short_by_as_much_as_reliability_says(plain, felt, surveys):
    """The correlations of feelings times √(reliability of one × of the other), divided among drivers, are the plain paths."""
    shrink = np.sqrt(plain.constructs["rho_a"].to_numpy())
    assert plain.constructs["rho_a"].between(0.80, 0.90).all(), "stated loadings give 0.85 (complaint) to 0.89 (quality) before rounding"
    seen = felt.correlations.to_numpy() * np.outer(shrink, shrink)
    np.fill_diagonal(seen, 1.0)
    names, expected = list(CONSTRUCTS), []
    for driver, target in MODEL.paths:
        drivers = [names.index(name) for name in MODEL.drivers(target)]
        sizes = np.linalg.solve(seen[np.ix_(drivers, drivers)], seen[drivers, names.index(target)])
        expected.append(sizes[drivers.index(names.index(driver))])
    found = plain.paths["coefficient"].to_numpy()
    assert np.abs(found - expected).max() < 0.04
    strong = np.abs(felt.paths["coefficient"].to_numpy()) > 0.3
    assert (np.abs(found) < np.abs(felt.paths["coefficient"].to_numpy()))[strong].all(), "strong paths come out too small"
    assert plain.items["loading"].mean() > 0.84, "and loadings too large: the true ones are 0.83 on average"


def test_scores_follow_what_respondents_felt(plain, latents):
    """A score's correlation with its construct is the root of its reliability."""
    for name in CONSTRUCTS:
        correlation = np.corrcoef(plain.scores[name], latents[name])[0, 1]
        assert correlation == pytest.approx(np.sqrt(plain.constructs.loc[name, "rho_a"]), abs=0.02)


def test_true_loadings_come_back(corrected):
    """Within 0.06: rounding, the ceiling of the scale and narrowed satisfaction cost 0.03, and chance (standard error 0.012) the rest."""
    stated = SurveyScenario().loadings
    for name, block in MODEL.blocks.items():
        assert corrected.items.loc[list(block), "loading"].to_numpy() == pytest.approx(stated[: len(block)], abs=0.06), name


def test_rows_as_independent_people_would_be_too_sure(plain, surveys):
    rows, people = (bootstrap_paths(plain, resamples=300, groups=groups, rng=1).paths for groups in (None, surveys["customer_id"]))
    assert (people["standard_error"] / rows["standard_error"]).mean() > 1.1
    assert people["clear"].all() and (plain.effects["total"].abs() > 0.02).all()
