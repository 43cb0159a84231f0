"""One simulated survey with its truth, and what that truth implies for the answers."""

from __future__ import annotations

from functools import cache
from math import sqrt

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from crmlib.company.simulation import draw_world
from crmlib.company.survey_items import INDEX_ITEMS
from crmlib.company.surveys import SurveyScenario, draw_surveys
from crmlib.satisfaction import IndexTree, index_tree

SCENARIO = SurveyScenario()


@cache
def survey() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """About 1,200 answer sheets of two waves with the market of each customer; the latent constructs of all asked; Kano classes."""
    world = draw_world(customers=2500, months=12, seed=17)
    tables, truth = draw_surveys(world, SCENARIO)
    answers = tables["surveys"].merge(world.customers[["customer_id", "market"]], on="customer_id")
    return answers, truth["survey_latents"], truth["kano_classes"]


def true_scores(latents: pd.DataFrame, tree: IndexTree | None = None) -> pd.Series:
    """The score of every node that the perceived quality of these people implies, without the luck of their answers.

    An item is a whole number from 1 to 10 of a normal variable whose mean rises with quality; its expectation is worked out exactly.
    """
    tree, leaf = tree or index_tree(), {}
    for item in INDEX_ITEMS:
        slope = SCENARIO.index_loading * SCENARIO.stage_quality[item.of]
        centre, spread = _centre(item.mean, SCENARIO.index_spread), SCENARIO.index_spread
        leaf[item.name] = 10 * _expected(centre + spread * slope * latents["quality"].to_numpy(), spread * sqrt(1 - slope**2)).mean()
    return pd.Series({node.code: sum(part.total_weight * leaf[part.code] for part in tree.leaves_of(node.code)) / node.total_weight
                      for node in tree.nodes})  # fmt: skip


def _centre(mean: float, spread: float) -> float:
    return brentq(lambda centre: _expected(np.array([centre]), spread)[0] - mean, 0, 20)


def _expected(centre: np.ndarray, spread: float) -> np.ndarray:
    return 1 + sum(norm.cdf((centre - point + 0.5) / spread) for point in range(2, 11))
