"""How sure the figures of a path model are: the model estimated again in thousands of resamples, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_rng, require_share
from crmlib.i18n import _, in_a_row
from crmlib.structural.blocks import Design, design
from crmlib.structural.estimate import PathModel
from crmlib.structural.iteration import Fit, Settings, fit
from crmlib.structural.labels import construct_label
from crmlib.structural.moments import Moments

if TYPE_CHECKING:
    from matplotlib.axes import Axes

METHODS = ("percentile", "bca")
_DRAWN_AT_ONCE, _SAMPLES_AT_ONCE, _FEWEST = 1_000_000, 500, 100


@dataclass(frozen=True)
class PathBootstrap:
    """Intervals at confidence `level`. `paths` and `effects` (total effects): driver, target, coefficient, standard_error, low, high,
    clear (the interval leaves out 0). `items`: the same of weights and loadings. `constructs`: of r_squared.

    `failed` of the `resamples` did not settle and are left out; in `flipped` a construct came out as its mirror image and was turned back.
    `drawn`: every resample's path coefficients."""

    paths: pd.DataFrame
    effects: pd.DataFrame
    items: pd.DataFrame
    constructs: pd.DataFrame
    level: float
    method: str
    resamples: int
    failed: int
    flipped: int
    drawn: pd.DataFrame = field(repr=False)
    result: PathModel = field(repr=False)

    def summary(self) -> str:
        """The result in two sentences: which paths are clearly not 0, and what became of the resamples."""
        unclear = self.paths[~self.paths["clear"]]
        names = "; ".join(f"{construct_label(row.driver)} → {construct_label(row.target)}" for row in unclear.itertuples())
        first = (
            _("{clear} of {paths} paths differ from 0 at {level:.0%} confidence; not clear: {names}.")
            if names
            else _("All {paths} paths differ from 0 at {level:.0%} confidence.")
        )
        return in_a_row(
            first.format(clear=int(self.paths["clear"].sum()), paths=len(self.paths), level=self.level, names=names),
            (
                _("{resamples:,} resamples, of which {failed:,} did not settle and {flipped:,} had a construct turned back.")
                if self.failed or self.flipped
                else _("{resamples:,} resamples, all of which settled.")
            ).format(resamples=self.resamples, failed=self.failed, flipped=self.flipped),
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The model with unclear paths dashed; see :func:`crmlib.plotting.plot_paths`."""
        from crmlib.plotting import plot_paths

        return plot_paths(self.result, intervals=self, ax=ax)


def bootstrap_paths(
    result: PathModel,
    *,
    resamples: int = 5000,
    level: float = 0.95,
    method: str = "percentile",
    groups: Sequence | None = None,
    rng: np.random.Generator | int,
) -> PathBootstrap:
    """Intervals for paths, total effects, weights, loadings and R² by drawing respondents again, with replacement.

    Answers: which arrows of the model would still be there if we had asked other customers?

    Parameters
    ----------
    result : PathModel, from :func:`path_model`
    resamples : int, at least 100
    level : float, 0–1
        Confidence of the intervals.
    method : "percentile" or "bca"
        "percentile": the middle `level` of the resamples. "bca": corrected for bias and skewness, which needs the model once more for
        every respondent left out.
    groups : one value a row of the answers, optional
        Whoever answered more than once is drawn with all answers: give customer_id. Without it such intervals are too narrow.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    PathBootstrap
        paths, effects, items, constructs with intervals; failed, flipped, drawn; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        An argument is out of its range, `groups` does not fit the answers, or fewer than half of the resamples settle.

    Notes
    -----
    Only the covariances of the items are needed. Those of all resamples come out of one product of matrices (how often each respondent was
    drawn × the products of the answers), and the weights of all resamples are sought together. Gaps that were filled are filled anew in
    each resample. A construct is turned so that its loadings agree with the estimate's.

    Source: Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), ch. 13–14; Tenenhaus et al. (2005) for turning constructs.

    >>> from crmlib.structural.estimate import path_model
    >>> cause, luck = np.random.default_rng(1).normal(size=(2, 200))
    >>> answers = pd.DataFrame({"q": cause, "s": 0.6 * cause + 0.8 * luck})
    >>> result = path_model(answers, paths=[("quality", "satisfaction")], blocks={"quality": ["q"], "satisfaction": ["s"]})
    >>> bool(bootstrap_paths(result, resamples=200, rng=1).paths.clear[0])
    True
    """
    if not isinstance(result, PathModel):
        raise ValueError(_("bootstrap_paths needs what {maker} gives, not a {kind}.").format(
            maker="crm.structural.path_model", kind=type(result).__name__))  # fmt: skip
    require_share("level", level)
    generator = require_rng(rng)
    if isinstance(resamples, bool) or not isinstance(resamples, (int, np.integer)) or resamples < _FEWEST:
        raise ValueError(_("resamples is {value}; an interval needs a whole number of at least 100.").format(value=resamples))
    if method not in METHODS:
        raise ValueError(_('method is {value}; write "percentile" or "bca".').format(value=method))
    plan = design(result.model.paths, result.model.blocks, result.model.modes)
    settings = Settings(result.scheme, result.scaled, result.consistent, result.tolerance, result.max_iterations)
    moments = Moments(result.answers[plan.model.items].to_numpy(), _group_numbers(groups, result.used))
    start, loadings = result.items["weight"].to_numpy(), result.items["loading"].to_numpy()

    def again(covariance: np.ndarray) -> tuple[np.ndarray, Fit]:
        found = fit(covariance, plan, settings, start=start, reference=loadings)
        return _figures(found, plan), found

    size = len(moments)
    block = max(1, min(_SAMPLES_AT_ONCE, _DRAWN_AT_ONCE // size))
    figures, flipped = [], 0
    for first in range(0, resamples, block):
        samples = min(block, resamples - first)
        places = generator.integers(size, size=(samples, size), dtype=np.int64) + np.arange(samples)[:, None] * size
        counts = np.bincount(places.ravel(), minlength=samples * size).reshape(samples, size).astype(float)
        table, found = again(moments.covariances(counts))
        figures.append(table[found.converged])
        flipped += int(found.flipped.sum())
    drawn = np.concatenate(figures)
    if len(drawn) < resamples / 2:
        raise ValueError(
            _("Only {settled} of {resamples} resamples settled, too few for intervals. Simplify the model or ask more customers.").format(
                settled=len(drawn), resamples=resamples
            )
        )
    estimate = _estimates(result, plan)
    tails = np.full((2, len(estimate)), [[(1 - level) / 2], [(1 + level) / 2]])
    if method == "bca":
        left_out = [again(moments.without_one(first, first + _SAMPLES_AT_ONCE))[0] for first in range(0, size, _SAMPLES_AT_ONCE)]
        tails = _corrected(tails, estimate, drawn, np.concatenate(left_out))
    return _tables(result, plan, estimate, drawn, tails, level, method, resamples, flipped)


def _group_numbers(groups: Sequence | None, used: np.ndarray) -> np.ndarray | None:
    if groups is None:
        return None
    if isinstance(groups, str) or not isinstance(groups, Iterable):
        raise ValueError(
            _("groups must be one value a row of the answers, such as surveys.customer_id; this is {value}.").format(value=groups)
        )
    values = pd.Series(np.asarray(groups, dtype=object) if isinstance(groups, (pd.Series, pd.Index)) else list(groups), dtype=object)
    if len(values) != len(used):
        raise ValueError(_("groups has {count} values, but the answers have {rows} rows; give one value a row.").format(
            count=len(values), rows=len(used)))  # fmt: skip
    if values[used].isna().any():
        raise ValueError(_("groups has gaps. Fill in the customer_id, or leave these rows out of the answers."))
    numbers = pd.factorize(values[used])[0]
    if numbers.max() < 9:
        raise ValueError(_("groups has only {count} different values; at least 10 are needed to draw from.").format(
            count=int(numbers.max()) + 1))  # fmt: skip
    return numbers


def _figures(found: Fit, plan: Design) -> np.ndarray:
    """All figures that get an interval, one row a sample: paths, total effects, weights, loadings, R²."""
    arrows, reached = _arrow_places(plan), np.array(plan.reached())
    targets = [place for place, drivers in enumerate(plan.drivers) if len(drivers)]
    return np.concatenate([
        found.coefficients[:, arrows[:, 0], arrows[:, 1]], found.totals[:, reached[:, 0], reached[:, 1]],
        found.weights, found.loadings, found.r_squared[:, targets],
    ], axis=1)  # fmt: skip


def _arrow_places(plan: Design) -> np.ndarray:
    return np.array([(plan.names.index(driver), plan.names.index(target)) for driver, target in plan.model.paths])


def _estimates(result: PathModel, plan: Design) -> np.ndarray:
    explained = result.constructs["r_squared"].to_numpy()
    tables = (result.paths["coefficient"], result.effects["total"], result.items["weight"], result.items["loading"])
    return np.concatenate([*(table.to_numpy() for table in tables), explained[[len(drivers) > 0 for drivers in plan.drivers]]])


def _corrected(tails: np.ndarray, estimate: np.ndarray, drawn: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    """The tails of the BCa interval: shifted by the median bias and the skewness of each figure."""
    from scipy.special import ndtri
    from scipy.stats import norm

    below = ((drawn < estimate).sum(axis=0) + 0.5 * (drawn == estimate).sum(axis=0)) / len(drawn)
    bias = ndtri(np.clip(below, 1 / (len(drawn) + 1), len(drawn) / (len(drawn) + 1)))
    apart = np.nanmean(left_out, axis=0) - left_out
    square = np.nansum(apart**2, axis=0)
    skew = np.divide(np.nansum(apart**3, axis=0), 6 * square**1.5, out=np.zeros_like(square), where=square > 1e-20)
    moved = bias + ndtri(tails)
    return norm.cdf(bias + moved / (1 - skew * moved))


def _tables(
    result: PathModel, plan: Design, estimate: np.ndarray, drawn: np.ndarray, tails: np.ndarray, level: float, method: str, resamples: int,
    flipped: int,
) -> PathBootstrap:  # fmt: skip
    ordered = np.sort(drawn, axis=0)
    place = tails * (len(drawn) - 1)
    under = np.floor(place).astype(int)
    lower, upper = (np.take_along_axis(ordered, np.minimum(under + step, len(drawn) - 1), axis=0) for step in (0, 1))
    low, high = lower + (place - under) * (upper - lower)
    error = drawn.std(axis=0, ddof=1)
    clear = (low > 0) | (high < 0)
    columns = {"standard_error": error, "low": low, "high": high, "clear": clear}
    arrows, reached, items = len(result.paths), len(result.effects), len(result.items)
    cuts = np.cumsum([0, arrows, reached, items, items, len(estimate) - arrows - reached - 2 * items])

    def part(number: int) -> dict[str, np.ndarray]:
        return {name: values[cuts[number] : cuts[number + 1]] for name, values in columns.items()}

    ends = ["driver", "target"]
    paths = result.paths.assign(**part(0))
    effects = result.effects[ends].assign(coefficient=result.effects["total"], **part(1))
    table = result.items[["construct"]].copy()
    for number, name in ((2, "weight"), (3, "loading")):
        table[name] = result.items[name]
        for column, values in part(number).items():
            table[f"{name}_{column}"] = values
    explained = result.constructs.loc[result.constructs["r_squared"].notna(), ["r_squared"]].assign(**part(4)).drop(columns="clear")
    drawn_paths = pd.DataFrame(drawn[:, :arrows], columns=pd.MultiIndex.from_tuples(result.model.paths, names=ends))
    return PathBootstrap(
        paths, effects, table, explained, level, method, resamples, resamples - len(drawn), flipped, drawn_paths, result,
    )  # fmt: skip
