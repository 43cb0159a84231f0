"""Is today's customer mix still the one that the score was made for?"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.clean import is_number
from crmlib.credit.chance import whole
from crmlib.i18n import _
from crmlib.segments.per_customer import numbers
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Stability:
    """`psi`, the population stability index; `noise` (mean) and `noise_high` (upper end at `level`) are what two samples of these sizes
    from one and the same population would show. `verdict`: within_chance, stable, watch or shifted. `table`, one row a bin: expected,
    actual (counts), expected_share, actual_share, part (of psi)."""

    psi: float
    noise: float
    noise_high: float
    verdict: str
    level: float
    table: pd.DataFrame = field(repr=False, compare=False)

    def summary(self) -> str:
        """The result in two sentences."""
        verdicts = {
            "within_chance": _("Chance alone could explain it."),
            "stable": _("That is more than chance, but small."),
            "watch": _("The mix has moved: watch it, and look which bins moved."),
            "shifted": _("The mix is another one: check the score on recent customers before using it."),
        }
        return _("PSI {psi:.3f}; with samples of this size, chance alone shows up to {high:.3f}. {verdict}").format(
            psi=self.psi, high=self.noise_high, verdict=verdicts[self.verdict])  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Both distributions; see :func:`crmlib.plotting.population_stability`."""
        from crmlib.plotting.scorecards import population_stability

        return population_stability(self, ax=ax)


def population_stability(expected: pd.Series, actual: pd.Series, *, bins: int = 10, level: float = 0.95) -> Stability:
    """Compare the distribution of a score or feature today with the one at the time of building.

    Answers: are these still the customers that the scorecard knows?

    Parameters
    ----------
    expected, actual : Series
        The values then and now: numbers (cut at the quantiles of `expected`) or categories. Missing values form a bin of their own.
    bins : int, at least 2
        Most bins of numbers.
    level : float, 0–1
        Of the noise band.

    Returns
    -------
    Stability
        psi, noise, noise_high, verdict, level, table; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A side is empty or is no Series; one holds numbers and the other text.

    Notes
    -----
    PSI = Σ (share now − share then) × ln(share now ÷ share then), with half a customer added to every bin. Without any shift it behaves
    like (1/n + 1/m) × χ² with bins − 1 degrees of freedom: with 200 customers a side and 10 bins it averages 0.09, near the usual
    threshold of 0.1. So the verdict asks first whether chance explains it. Thresholds: the standards credit.psi_steps.

    Source: Siddiqi (2006), ch. 9; its distribution, Yurdakul (2018).

    >>> population_stability(pd.Series(["A"] * 50 + ["B"] * 50), pd.Series(["A"] * 80 + ["B"] * 20)).verdict
    'shifted'
    """
    require_share("level", level)
    from scipy.stats import chi2

    for name, values in (("expected", expected), ("actual", actual)):
        if not isinstance(values, pd.Series) or values.empty:
            raise ValueError(_("{name} must be a Series with at least one value.").format(name=name))
    numeric = [is_number(values) for values in (expected, actual)]
    if numeric[0] != numeric[1]:
        raise ValueError(_("One of expected and actual holds numbers, the other does not. Compare the same column at two times."))
    places, names = _binned(expected, actual, whole("bins", bins, 2)) if numeric[0] else _categories(expected, actual)
    counts = [np.bincount(place, minlength=len(names)) for place in places]
    then, now = ((count + 0.5) / (count.sum() + 0.5 * len(names)) for count in counts)
    part = (now - then) * np.log(now / then)
    psi, scale = float(part.sum()), 1 / len(expected) + 1 / len(actual)
    high = float(chi2.ppf(level, max(len(names) - 1, 1)) * scale)
    steps = get("credit.psi_steps", unit="ratio")
    verdict = "within_chance" if psi <= high else ("stable", "watch", "shifted")[int(np.searchsorted(steps, psi, side="right"))]
    table = pd.DataFrame({
        "expected": counts[0], "actual": counts[1], "expected_share": counts[0] / counts[0].sum(),
        "actual_share": counts[1] / counts[1].sum(),
        "part": part,
    }, index=pd.Index(names, name="bin"))  # fmt: skip
    return Stability(psi, (len(names) - 1) * scale, high, verdict, level, table)


def _binned(expected: pd.Series, actual: pd.Series, bins: int) -> tuple[list[np.ndarray], list[str]]:
    then, now = (numbers(values, name, missing_ok=True) for name, values in (("expected", expected), ("actual", actual)))
    known = then.dropna()
    cuts = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf")) if len(known) else np.array([])
    cuts = cuts[cuts < known.max()] if len(known) else cuts
    shown = [f"{cut:.4g}" for cut in cuts]
    names = [f"≤ {shown[0]}", *(f"{low} – {high}" for low, high in pairwise(shown)), f"> {shown[-1]}"] if shown else ["–"]
    places = [np.where(values.isna(), len(names), np.searchsorted(cuts, values, side="left")) for values in (then, now)]
    return places, [*names, "missing"] if then.isna().any() or now.isna().any() else names


def _categories(expected: pd.Series, actual: pd.Series) -> tuple[list[np.ndarray], list[str]]:
    texts = [values.astype(object).map(lambda value: "missing" if pd.isna(value) else str(value)) for values in (expected, actual)]
    names = sorted(set(texts[0]) | set(texts[1]), key=lambda name: (name == "missing", name))
    return [pd.Index(names).get_indexer(text) for text in texts], names
