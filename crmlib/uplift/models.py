"""Whom an offer moves: uplift models, each customer judged by models that have not seen the customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.churn.frame import plain_feature
from crmlib.churn.metrics import generator
from crmlib.clean import amount, clean, column_names
from crmlib.i18n import _
from crmlib.uplift.trial import UPLIFT_FEATURES, measured, results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FOLDS, _REPEATS = 5, 4
_STRENGTH = 0.05
"""Inverse strength of the penalty: effects differ far less between customers than outcomes do, so coefficients are held short."""


@dataclass(frozen=True, eq=False)
class Uplift:
    """What an offer is expected to change for each customer of a trial, by models that were fitted on other customers.

    `table`: offer_id where there is one, customer_id, stratum, offer (drawn for it), result, propensity (chance of having been drawn),
    without (expected result without the offer), uplift (expected change by it), and value_yuan and accepted where known.
    """

    method: str
    outcome: str
    features: tuple[str, ...]
    table: pd.DataFrame = field(repr=False)
    fitted: Mapping[str, object] = field(repr=False)

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Uplift of customers outside the trial, by models fitted on all of it: customer_id, without, uplift.

        Raises
        ------
        ValueError
            The frame lacks a feature.
        """
        frame = _plain(clean(frame, "frame", customer_id="id"), self.features)
        if frame.empty:
            raise ValueError(_("The frame has no rows."))
        without, uplift = _expected(self.method, self.fitted, self.fitted["design"].transform(frame[list(self.features)]))
        return pd.DataFrame({"customer_id": frame["customer_id"].to_numpy(), "without": without, "uplift": uplift})

    def summary(self) -> str:
        """The result in two sentences."""
        uplift, percent = self.table["uplift"], self.outcome == "reached"
        low, middle, high = (f"{100 * value:+.1f}%" if percent else f"{value:+.2f}" for value in uplift.quantile([0.1, 0.5, 0.9]))
        return _(
            "Expected change by the offer: {middle} for the customer in the middle; a tenth of the customers below {low}, a tenth above "
            "{high}. The model puts {negative:.0%} below 0; whether its ranking is more than chance, crm.uplift.qini tells."
        ).format(middle=middle, low=low, high=high, negative=float((uplift < 0).mean()))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Foretold and observed effect by groups of uplift; see :func:`crmlib.plotting.uplift_groups`."""
        from crmlib.plotting import uplift_groups
        from crmlib.uplift.qini import uplift_by_decile

        return uplift_groups(uplift_by_decile(self, groups=5), ax=ax)


def two_model_uplift(
    frame: pd.DataFrame, *, kind: str | None = None, outcome: str = "reached", features: Sequence[str] | None = None,
    propensity: float | Mapping[str, float] | None = None, rng: np.random.Generator | int,
) -> Uplift:  # fmt: skip
    """Uplift as the difference of two models: one of the customers with an offer, one of the controls.

    Answers: for whom would the offer make a difference?

    Parameters
    ----------
    frame : DataFrame from `offer_frame`
    kind : kind of offer; None where the frame holds one kind only
    outcome : "reached", "after_yuan", or "log_growth"
    features : columns known before the draw; None: those of `crm.uplift.UPLIFT_FEATURES` that the frame has
    propensity : chance of being drawn for the offer: one number, or by stratum; None: the share drawn in each stratum
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    Uplift
        `.table` (each customer by models fitted on other customers), `.predict(frame)`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, a feature was not known before the draw, or an arm is too small.

    Notes
    -----
    Five folds, no customer on both sides, repeated with four other divisions; the mean counts. Logistic models with a penalty for yes/no
    outcomes, ridge regression for numbers.

    Source: Hansotia and Rukstales (2002), the two-model approach; Gutierrez and Gérardy (2017), a review.

    >>> from crmlib.company import lark
    >>> from crmlib.uplift.trial import offer_frame
    >>> tables = {name: lark().tables[name] for name in ("offers", "customers")}
    >>> found = two_model_uplift(offer_frame(tables, kind="first_order"), rng=1)
    >>> found.table.uplift.between(-1, 1).all().item()
    True
    """
    return _uplift("two_model", frame, kind, outcome, features, propensity, rng)


def class_transformation_uplift(
    frame: pd.DataFrame, *, kind: str | None = None, outcome: str = "reached", features: Sequence[str] | None = None,
    propensity: float | Mapping[str, float] | None = None, rng: np.random.Generator | int,
) -> Uplift:  # fmt: skip
    """Uplift by one model of a turned outcome: 1 for customers who reached it with an offer, or missed it without.

    Answers: for whom would the offer make a difference, asked in one question?

    Parameters, Returns, Raises
    ---------------------------
    As in `two_model_uplift`; the outcome must be "reached".

    Notes
    -----
    With customers weighted by 1 ÷ (2 × chance of their own arm), uplift = 2 × P(turned outcome) − 1. The column `without` comes from a
    model of the controls.

    Source: Jaśkowski and Jaroszewicz (2012), Uplift modeling for clinical trial data.

    >>> from crmlib.company import lark
    >>> from crmlib.uplift.trial import offer_frame
    >>> tables = {name: lark().tables[name] for name in ("offers", "customers")}
    >>> found = class_transformation_uplift(offer_frame(tables, kind="first_order"), rng=1)
    >>> found.table.uplift.between(-1, 1).all().item()
    True
    """
    if outcome != "reached":
        raise ValueError(_('Class transformation is for yes/no outcomes: outcome="reached". For numbers use two_model_uplift.'))
    return _uplift("class_transformation", frame, kind, outcome, features, propensity, rng)


def _uplift(
    method: str, frame: pd.DataFrame, kind: str | None, outcome: str, features: Sequence[str] | None,
    propensity: float | Mapping[str, float] | None, rng: np.random.Generator | int,
) -> Uplift:  # fmt: skip
    from threadpoolctl import threadpool_limits

    from crmlib.churn.pipelines import Design

    draw = generator(rng)
    trial = measured(frame, kind).reset_index(drop=True)
    chosen = _features(trial, features)
    trial = _plain(trial, chosen)
    y, offer, share = results(trial, outcome), (trial["arm"] == "offer").to_numpy(), propensities(trial, propensity)
    who, count = pd.factorize(trial["customer_id"])
    for name, arm in (("offer", offer), ("control", ~offer)):
        if len(np.unique(who[arm])) < 2 * _FOLDS or outcome == "reached" and min(y[arm].sum(), (1 - y[arm]).sum()) < 2 * _FOLDS:
            raise ValueError(_("The arm {arm} is too small for a model: it needs at least {least} customers of each outcome.").format(
                arm=name, least=2 * _FOLDS))  # fmt: skip
    # How features are scaled does not look at any outcome, so one scaling serves all folds.
    design = Design().fit(trial[chosen])
    z = design.transform(trial[chosen])
    sums = np.zeros((2, len(trial)))
    with threadpool_limits(1):
        for _repeat in range(_REPEATS):
            fold = (draw.permutation(len(count)) % _FOLDS)[who]
            for held in range(_FOLDS):
                seen, judged = fold != held, fold == held
                sums[:, judged] += _expected(method, _fit(method, z[seen], y[seen], offer[seen], share[seen], outcome), z[judged])
        whole = {"design": design, **_fit(method, z, y, offer, share, outcome)}
    without, uplift = sums / _REPEATS
    beside = [name for name in ("offer_id", "customer_id", "stratum") if name in trial]
    table = trial[beside].assign(offer=offer, result=y, propensity=share, without=without, uplift=uplift)
    table = table.assign(**{name: trial[name] for name in ("value_yuan", "accepted") if name in trial})
    return Uplift(method, outcome, tuple(chosen), table, whole)


def _features(trial: pd.DataFrame, features: Sequence[str] | None) -> list[str]:
    if features is None:
        return [name for name in UPLIFT_FEATURES if name in trial]
    if isinstance(features, str) or not np.iterable(features) or not len(features):
        raise ValueError(_('features must name at least one column, for example ["stratum", "tenure_days"].'))
    features = column_names(features, "features")
    require_columns(trial.columns, features)
    after = [name for name in features if name in ("accepted", "outcome", "after_yuan", "arm", "value_yuan", "measured_on")]
    if after:
        raise ValueError(_("{column} came with the draw or after it, so it cannot be used to choose whom to offer. Leave it out.").format(
            column=", ".join(after)))  # fmt: skip
    return list(features)


def _plain(frame: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    require_columns(frame.columns, features)
    return frame.assign(**{name: plain_feature(frame[name], name) for name in features})


def propensities(trial: pd.DataFrame, given: float | Mapping[str, float] | None) -> np.ndarray:
    """Each row's chance of having been drawn for the offer.

    >>> propensities(pd.DataFrame({"stratum": ["a", "a"], "arm": ["offer", "control"]}), None).tolist()
    [0.5, 0.5]
    """
    stratum = trial["stratum"].map(str)
    if given is None:
        share = (trial["arm"] == "offer").groupby(stratum).transform("mean").to_numpy(dtype="float64")
    elif isinstance(given, Mapping):
        share = stratum.map({str(name): amount("propensity", value) for name, value in given.items()}).to_numpy(dtype="float64")
    else:
        share = np.full(len(trial), amount("propensity", given))
    bad = ~((share > 0) & (share < 1))
    if bad.any():
        raise ValueError(_(
            "The chance of being drawn must lie between 0 and 1 in every stratum; in {strata} it does not. A stratum without offers, or "
            "without controls, tells nothing."
        ).format(strata=", ".join(sorted(set(stratum[bad])))))  # fmt: skip
    return share


def _fit(method: str, z: np.ndarray, y: np.ndarray, offer: np.ndarray, share: np.ndarray, outcome: str) -> dict[str, object]:
    fitted = {"control": _model(z[~offer], y[~offer], None, outcome)}
    if method == "two_model":
        return fitted | {"offer": _model(z[offer], y[offer], None, outcome)}
    own = np.where(offer, share, 1 - share)
    return fitted | {"turned": _model(z, np.where(offer, y, 1 - y), 0.5 / own, outcome)}


def _model(z: np.ndarray, y: np.ndarray, weight: np.ndarray | None, outcome: str) -> object:
    from sklearn.linear_model import LogisticRegression, Ridge

    if outcome == "reached" and len(np.unique(y)) < 2:
        raise ValueError(_("In one arm everybody has the same outcome, so there is nothing to learn from it."))
    learner = LogisticRegression(C=_STRENGTH, max_iter=1000) if outcome == "reached" else Ridge(alpha=1 / _STRENGTH)
    return learner.fit(z, y, sample_weight=weight)


def _expected(method: str, fitted: Mapping[str, object], z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    def value(name: str) -> np.ndarray:
        model = fitted[name]
        return model.predict_proba(z)[:, 1] if hasattr(model, "predict_proba") else model.predict(z)

    without = value("control")
    return without, (value("offer") - without if method == "two_model" else 2 * value("turned") - 1)
