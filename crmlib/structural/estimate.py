"""A path model estimated from answers by partial least squares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _, in_a_row
from crmlib.structural.answers import numeric_answers, refuse_too_few, usable_rows
from crmlib.structural.blocks import Design, Model, design
from crmlib.structural.iteration import SCHEMES, Fit, Settings, fit
from crmlib.structural.labels import construct_label
from crmlib.structural.measurement import constructs_table, htmt_table, items_table
from crmlib.structural.moments import Moments

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.structural.resampling import PathBootstrap

SIGNS = ("sum", "first")


@dataclass(frozen=True)
class PathModel:
    """`paths`: driver, target, coefficient. `effects`: direct, indirect and total effect of every construct on every later one.
    `constructs`: r_squared and reliability of each. `items`: weight, loading and communality of each. `cross_loadings`: correlation of
    every item with every construct. `htmt` and `correlations`: construct by construct. `scores`: standardised, one row a respondent used.
    `left_out` rows and `filled` answers tell what was done with gaps."""

    model: Model
    paths: pd.DataFrame
    effects: pd.DataFrame
    constructs: pd.DataFrame
    items: pd.DataFrame
    cross_loadings: pd.DataFrame = field(repr=False)
    htmt: pd.DataFrame = field(repr=False)
    correlations: pd.DataFrame = field(repr=False)
    scores: pd.DataFrame = field(repr=False)
    answers: pd.DataFrame = field(repr=False)
    used: np.ndarray = field(repr=False)
    left_out: int
    filled: int
    iterations: int
    scheme: str
    scaled: bool
    consistent: bool
    signs: str
    tolerance: float = field(repr=False)
    max_iterations: int = field(repr=False)

    def summary(self) -> str:
        """The result in a few sentences: respondents, the best explained construct, the largest path, and what to look at first."""
        best = self.constructs["r_squared"].idxmax()
        path = self.paths.loc[self.paths["coefficient"].abs().idxmax()]
        words = [
            _("{used} respondents ({left_out} left out, {filled} gaps filled); weights settled after {iterations} steps.").format(
                used=len(self.scores), left_out=self.left_out, filled=self.filled, iterations=self.iterations),
            _("The model explains {share:.0%} of {construct}; the strongest path is {driver} → {target} with {size:.2f}.").format(
                share=self.constructs["r_squared"][best], construct=construct_label(best), driver=construct_label(path["driver"]),
                target=construct_label(path["target"]), size=path["coefficient"]),
        ]  # fmt: skip
        against = self.items.index[(self.items["loading"] < 0) & (self.items["mode"] == "A")]
        if len(against):
            words.append(_("{items} run(s) against the other items of the construct: turn reversed items round first.").format(
                items=", ".join(against)))  # fmt: skip
        if not self.consistent:
            words.append(
                _("Measurement error pulls these coefficients towards each other and mostly towards 0; consistent=True corrects it.")
            )
        return in_a_row(*words)

    def plot(self, intervals: PathBootstrap | None = None, ax: Axes | None = None) -> Axes:
        """The model as a picture; see :func:`crmlib.plotting.plot_paths`."""
        from crmlib.plotting import plot_paths

        return plot_paths(self, intervals=intervals, ax=ax)


def path_model(
    answers: pd.DataFrame,
    *,
    paths: Iterable[Sequence[str]],
    blocks: Mapping[str, Iterable[str]],
    modes: Mapping[str, str] | str | None = None,
    scheme: str = "path",
    scaled: bool = True,
    consistent: bool = False,
    missing: str | None = None,
    signs: str = "sum",
    tolerance: float = 1e-7,
    max_iterations: int = 300,
) -> PathModel:
    """Estimate constructs that nobody can see from the items that measure them, and how the constructs act on each other.

    Answers: what makes customers satisfied, and what does their satisfaction lead to?

    Parameters
    ----------
    answers : DataFrame, one row a respondent
        The items as numbers; reversed items turned round (for the firm's surveys: :func:`ecsi_answers`).
    paths : pairs (driver, target)
        Which construct acts directly on which; no circles.
    blocks : construct → its items
        Each construct of `paths` has at least one item, each item one construct.
    modes : construct → "A" or "B", or one letter for all
        "A" (also where nothing is said): the construct shows in its items; weights are correlations. "B": the items make the construct;
        weights are regression coefficients.
    scheme : "path", "centroid" or "factorial"
        How neighbouring constructs pull on each other while weights are sought: path = regression on drivers, correlation with targets;
        centroid = the sign of the correlation; factorial = the correlation.
    scaled : bool
        True: items are standardised first. False: items are only centred, so that items with more spread count more; published figures
        for one and the same survey differ by this.
    consistent : bool
        True: correlations of constructs in mode A are corrected for measurement error (consistent PLS), and with them the paths, R² and
        loadings. Constructs with a single item, and those in mode B, are taken as measured without error.
    missing : None, "mean" or "drop"
        None: gaps are refused. "mean": each is filled with the mean of its item. "drop": such rows are left out. Rows without any answer
        are left out in any case.
    signs : "sum" or "first"
        A construct and its mirror image fit equally well. "sum" turns it so that its loadings sum to more than 0, "first" so that its first
        item loads positively.
    tolerance, max_iterations : float, int
        The weights have settled when none changes by more than `tolerance` (in standard deviations of the construct).

    Returns
    -------
    PathModel
        paths, effects, constructs, items, cross_loadings, htmt, correlations, scores; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, holds text, or is the same for everybody; answers are missing and nothing was chosen; the model has a circle,
        an unknown name or an item twice; respondents are too few; two constructs cannot be told apart; the weights do not settle.

    Notes
    -----
    A construct's score is a mean of its items and so holds their errors. Correlations between scores are therefore smaller than between
    the constructs, by the square root of both reliabilities: loadings come out too large, strong paths too small, and a weak path that
    shares a target with a strong one may come out too large.

    Source: Wold (1982); Lohmöller (1989); Tenenhaus, Esposito Vinzi, Chatelin and Lauro (2005) for satisfaction indices; Dijkstra and
    Henseler (2015) for consistent PLS.

    >>> rng = np.random.default_rng(1)
    >>> quality, luck = rng.normal(size=(2, 400))
    >>> satisfaction = 0.6 * quality + 0.8 * luck
    >>> answers = pd.DataFrame({"q1": quality, "q2": quality + 0.1 * rng.normal(size=400), "s1": satisfaction})
    >>> result = path_model(answers, paths=[("quality", "satisfaction")], blocks={"quality": ["q1", "q2"], "satisfaction": ["s1"]})
    >>> round(float(result.paths.coefficient[0]), 1)
    0.6
    """
    plan = design(paths, blocks, modes)
    settings = _settings(scheme, scaled, consistent, tolerance, max_iterations)
    if signs not in SIGNS:
        raise ValueError(_('signs is {value}; write "sum" or "first".').format(value=signs))
    numbers = numeric_answers(answers, plan.model.items)
    if numbers.empty:
        raise ValueError(_("answers has no rows at all. Check the filter that it comes from."))
    used = usable_rows(numbers, missing)
    numbers = numbers[used]
    most = max([len(drivers) for drivers in plan.drivers] + [len(plan.model.blocks[plan.names[place]]) for place in plan.formative])
    refuse_too_few(numbers, max(most + 2, 5))
    moments = Moments(numbers.to_numpy(), None)
    covariance = moments.covariances(np.ones((1, len(numbers))))
    found = fit(covariance, plan, settings, start=np.ones(len(plan.block)), reference=reference(plan, signs))
    if not found.converged[0]:
        raise ValueError(_why_not(covariance[0], plan, settings, int(found.iterations[0])))
    return _result(plan, settings, found, numbers, used, signs)


def reference(plan: Design, signs: str) -> np.ndarray:
    """Which items decide the direction of their constructs.

    >>> reference(design([("a", "b")], {"a": ["a1"], "b": ["b1", "b2"]}, None), "first").tolist()
    [1.0, 1.0, 0.0]
    """
    return np.ones(len(plan.block)) if signs == "sum" else np.isin(np.arange(len(plan.block)), plan.starts).astype(float)


def _settings(scheme: str, scaled: bool, consistent: bool, tolerance: float, max_iterations: int) -> Settings:
    if scheme not in SCHEMES:
        raise ValueError(_("scheme is {value}; write one of {known}.").format(
            value=scheme, known=", ".join(f'"{name}"' for name in SCHEMES)))  # fmt: skip
    for name, value in (("scaled", scaled), ("consistent", consistent)):
        if not isinstance(value, (bool, np.bool_)):
            raise ValueError(_("{name} is {value}; write True or False.").format(name=name, value=value))
    if not (isinstance(tolerance, (float, np.floating)) and 0 < tolerance < 0.01):
        raise ValueError(_("tolerance is {value}; it must lie between 0 and 0.01.").format(value=tolerance))
    if isinstance(max_iterations, bool) or not isinstance(max_iterations, (int, np.integer)) or max_iterations < 1:
        raise ValueError(_("max_iterations is {value}; it must be a whole number of at least 1.").format(value=max_iterations))
    return Settings(scheme, bool(scaled), bool(consistent), float(tolerance), int(max_iterations))


def _why_not(covariance: np.ndarray, plan: Design, settings: Settings, iterations: int) -> str:
    for construct in plan.formative:
        own = plan.rows(construct)
        spread = np.sqrt(np.diag(covariance[own, own]))
        if np.linalg.cond(covariance[own, own] / np.outer(spread, spread)) > 1e9:
            return _("The items of {construct} repeat each other exactly, so mode B cannot weigh them. Drop one, or use mode A.").format(
                construct=plan.names[construct])  # fmt: skip
    if iterations >= settings.max_iterations:
        return _(
            "The weights had not settled after {steps} steps. Try another scheme, raise max_iterations, or look for a construct that is "
            "hardly correlated with its neighbours: its direction swings."
        ).format(steps=settings.max_iterations)
    if settings.consistent:
        return _(
            "Corrected for measurement error, two constructs are correlated by 1 or more: the items do not tell them apart, or one block "
            "is too unreliable. Merge the constructs, mend the block, or use consistent=False."
        )
    return _(
        "Two drivers of the same construct cannot be told apart, or a construct is unrelated to its neighbours. Merge or leave out one."
    )


def _result(plan: Design, settings: Settings, found: Fit, numbers: pd.DataFrame, used: np.ndarray, signs: str) -> PathModel:
    names = list(plan.names)
    filled = numbers.fillna(numbers.mean())
    values = (filled - filled.mean()) / (filled.std() if settings.scaled else 1.0)
    outer = np.zeros((len(plan.block), len(names)))
    outer[np.arange(len(plan.block)), plan.block] = found.weights[0]
    arrows = [(names.index(driver), names.index(target)) for driver, target in plan.model.paths]
    paths = pd.DataFrame(plan.model.paths, columns=["driver", "target"])
    paths["coefficient"] = [float(found.coefficients[0, driver, target]) for driver, target in arrows]
    return PathModel(
        model=plan.model, paths=paths, effects=_effects(found, plan), constructs=constructs_table(found, plan, filled),
        items=items_table(found, plan), cross_loadings=pd.DataFrame(found.crossed[0], index=_index(plan), columns=names),
        htmt=htmt_table(filled, plan), correlations=pd.DataFrame(found.correlations[0], index=names, columns=names),
        scores=pd.DataFrame(values.to_numpy() @ outer, index=numbers.index, columns=names), answers=numbers, used=used,
        left_out=int((~used).sum()), filled=int(numbers.isna().to_numpy().sum()), iterations=int(found.iterations[0]),
        scheme=settings.scheme, scaled=settings.scaled, consistent=settings.consistent, signs=signs, tolerance=settings.tolerance,
        max_iterations=settings.max_iterations,
    )  # fmt: skip


def _index(plan: Design) -> pd.Index:
    return pd.Index(plan.model.items, name="item")


def _effects(found: Fit, plan: Design) -> pd.DataFrame:
    rows = []
    for one, two in plan.reached():
        direct, total = float(found.coefficients[0, one, two]), float(found.totals[0, one, two])
        rows.append({"driver": plan.names[one], "target": plan.names[two], "direct": direct, "indirect": total - direct, "total": total})
    return pd.DataFrame(rows)
