"""How well a score tells later defaulters from the rest, and whether its probabilities come true."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.credit.chance import generator, whole
from crmlib.credit.evidence import defaults_of
from crmlib.i18n import _
from crmlib.segments.per_customer import numbers

_CELLS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Discrimination:
    """`table`, one row a measure (auc, gini, ks): value, low, high at confidence `level`; and how many customers and defaults it rests
    on."""

    table: pd.DataFrame = field(repr=False)
    customers: int
    defaults: int
    level: float

    @property
    def auc(self) -> float:
        """Chance that a customer who pays has a higher score than one who defaults; ties count half."""
        return float(self.table.loc["auc", "value"])

    @property
    def gini(self) -> float:
        """2 × auc − 1."""
        return float(self.table.loc["gini", "value"])

    @property
    def ks(self) -> float:
        """Largest distance between the two distributions of scores."""
        return float(self.table.loc["ks", "value"])

    def summary(self) -> str:
        """The result in one sentence."""
        row = self.table.loc["auc"]
        return _("AUC {auc:.2f} ({level:.0%} interval: {low:.2f} to {high:.2f}), "
            "resting on {defaults} defaults among {customers} customers.").format(
            auc=row["value"], level=self.level, low=row["low"], high=row["high"], defaults=self.defaults,
                customers=self.customers)  # fmt: skip


def discrimination(
    score: pd.Series, default: pd.Series, *, level: float = 0.95, resamples: int = 500, rng: np.random.Generator | int
) -> Discrimination:
    """AUC, Gini and KS of a score, with intervals.

    Answers: does the score rank who will not pay below who will, and how sure are we with so few defaults?

    Parameters
    ----------
    score : Series, higher is safer
    default : Series of yes/no, with the index of `score`
    level : float, 0–1
    resamples : int, at least 100
        Bootstrap samples for KS, drawn apart among defaulters and the rest.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    Discrimination
        auc, gini, ks, table, customers, defaults, level; `.summary()`

    Raises
    ------
    ValueError
        A score is missing or text; goods or defaulters are lacking; `rng` is missing.

    Notes
    -----
    The intervals of AUC and Gini are Newcombe's (his method 5): they keep their width where every defaulter has a low score, which among
    five defaulters proves little. (Of bootstrap intervals, only seven in ten hold the truth there.) KS is a maximum, so chance pushes it
    up: with few defaults its bootstrap interval may lie above the estimate's middle.

    Source: Hanley and McNeil (1982) for AUC as a probability; Newcombe (2006) for its interval; Efron and Tibshirani (1993) for that of KS.

    >>> found = discrimination(pd.Series([600, 620, 580, 500.0]), pd.Series([0, 0, 1, 1]), rng=1)
    >>> found.auc, found.ks
    (1.0, 1.0)
    """
    require_share("level", level)
    resamples, rng = whole("resamples", resamples, 100), generator(rng)
    if not isinstance(score, pd.Series):
        raise ValueError(_("{name} must be a Series, one number a customer; this is a {kind}.").format(
            name="score", kind=type(score).__name__))  # fmt: skip
    values, bad = numbers(score, "score").to_numpy(), defaults_of(default, score.index)
    levels, place = np.unique(values, return_inverse=True)
    bads, goods = (np.bincount(place[bad == kind], minlength=len(levels)) for kind in (1, 0))
    estimate = np.array(_measures(bads[None], goods[None]))[:, 0]
    drawn = np.empty(resamples)
    step = max(1, _CELLS_AT_ONCE // len(levels))
    for first in range(0, resamples, step):
        rows = min(step, resamples - first)
        sampled = [rng.multinomial(part.sum(), part / part.sum(), size=rows) for part in (bads, goods)]
        drawn[first : first + rows] = _measures(*sampled)[1]
    auc, ks = estimate
    auc_low, auc_high = auc_interval(float(auc), int(bads.sum()), int(goods.sum()), level)
    ks_low, ks_high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    ks_low, ks_high = min(ks_low, ks), max(ks_high, ks)
    table = pd.DataFrame(
        [(auc, auc_low, auc_high), (2 * auc - 1, 2 * auc_low - 1, 2 * auc_high - 1), (ks, ks_low, ks_high)],
        index=pd.Index(["auc", "gini", "ks"], name="measure"), columns=["value", "low", "high"],
    )  # fmt: skip
    return Discrimination(table, len(values), int(bad.sum()), level)


def auc_interval(auc: float, bads: int, goods: int, level: float) -> tuple[float, float]:
    """Newcombe's interval of an AUC: the values that differ from it by no more than so many of their own standard errors.

    >>> [round(bound, 3) for bound in auc_interval(1.0, 5, 195, 0.95)]
    [0.805, 1.0]
    """
    from scipy.optimize import brentq
    from scipy.special import ndtri

    z, half = float(ndtri((1 + level) / 2)), (bads + goods) / 2

    def beyond(value: float) -> float:
        spread = value * (1 - value) * (1 + (half - 1) * ((1 - value) / (2 - value) + value / (1 + value))) / (bads * goods)
        return abs(auc - value) - z * np.sqrt(spread)

    inside = min(max(auc, 1e-12), 1 - 1e-12)
    return brentq(beyond, 0.0, inside) if auc > 0 else 0.0, brentq(beyond, inside, 1.0) if auc < 1 else 1.0


def _measures(bads: np.ndarray, goods: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """AUC and KS of samples (rows) counted by score level (columns, rising)."""
    below = np.cumsum(bads, axis=1)
    number = below[:, -1] * goods.sum(axis=1)
    auc = (goods * (below - bads / 2)).sum(axis=1) / number
    ks = np.abs(below / below[:, -1:] - np.cumsum(goods, axis=1) / goods.sum(axis=1, keepdims=True)).max(axis=1)
    return auc, ks


def default_calibration(probability: pd.Series, default: pd.Series, *, bands: int = 5, level: float = 0.95) -> pd.DataFrame:
    """Predicted against observed default, in bands of rising probability.

    Answers: of those to whom we give 3 %, do 3 % default?

    Parameters
    ----------
    probability : Series, 0–1
    default : Series of yes/no, with the index of `probability`
    bands : int
        Most bands; customers of one probability stay together.
    level : float, 0–1

    Returns
    -------
    DataFrame, one row a band, from safest to riskiest
        customers, defaults, predicted (mean probability), observed (share), low, high (Wilson interval of the observed share)

    Raises
    ------
    ValueError
        A probability lies outside 0 to 1; goods or defaulters are lacking.

    Source: reliability diagram; interval of Wilson (1927).

    >>> default_calibration(pd.Series([0.1, 0.1, 0.5, 0.5]), pd.Series([0, 0, 1, 0]), bands=2)["observed"].tolist()
    [0.0, 0.5]
    """
    from statsmodels.stats.proportion import proportion_confint

    require_share("level", level)
    if not isinstance(probability, pd.Series):
        raise ValueError(_("{name} must be a Series, one number a customer; this is a {kind}.").format(
            name="probability", kind=type(probability).__name__))  # fmt: skip
    values, bad = numbers(probability, "probability"), defaults_of(default, probability.index)
    if not values.between(0, 1).all():
        raise ValueError(_("A probability lies outside 0 to 1. Write 3% as 0.03."))
    edges = np.unique(np.quantile(values, np.linspace(0, 1, whole("bands", bands, 1) + 1)[1:-1], method="inverted_cdf"))
    grouped = pd.DataFrame({"predicted": values.to_numpy(), "bad": bad}).groupby(np.searchsorted(edges, values.to_numpy(), side="left"))
    table = grouped.agg(customers=("bad", "size"), defaults=("bad", "sum"), predicted=("predicted", "mean"), observed=("bad", "mean"))
    table["low"], table["high"] = proportion_confint(table["defaults"], table["customers"], alpha=1 - level, method="wilson")
    return table.astype({"defaults": np.int64}).reset_index(drop=True).rename_axis("band")
