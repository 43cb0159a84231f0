"""How well an uplift model ranks: the Qini curve, its coefficient, and the effect in groups of like uplift."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns, require_share
from crmlib.churn.metrics import generator, require_resamples, weight_blocks
from crmlib.clean import clean
from crmlib.i18n import _
from crmlib.uplift.effect import smoothed_variance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.uplift.models import Uplift

_GRID = 51


@dataclass(frozen=True, eq=False)
class Qini:
    """How much more an offer brings when it goes first to those with the highest uplift.

    `curve`: share (of customers, highest uplift first), gain (of the outcome, per customer of the trial), low, high, random (what the same
    number of offers brings when lots decide); `coefficient` (`low` to `high`): area between curve and random line, 0 where the ranking is
    worth no more than lots.
    """

    curve: pd.DataFrame = field(repr=False)
    coefficient: float
    low: float
    high: float
    total: float
    level: float

    def summary(self) -> str:
        """The result in two sentences."""
        verdict = (
            _("The ranking is better than lots.") if self.low > 0 else _("The ranking is worse than lots.") if self.high < 0
            else _("These data cannot tell the ranking from lots.")
        )  # fmt: skip
        return _("Qini coefficient {value:.4f} ({level:.0%} interval: {low:.4f} to {high:.4f}). {verdict}").format(
            value=self.coefficient, level=self.level, low=self.low, high=self.high, verdict=verdict)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The Qini curve; see :func:`crmlib.plotting.qini`."""
        from crmlib.plotting import qini as draw

        return draw(self, ax=ax)


def qini(scores: Uplift | pd.DataFrame, *, level: float = 0.95, resamples: int = 500, rng: np.random.Generator | int) -> Qini:
    """The Qini curve of an uplift ranking, and its coefficient with a bootstrap interval.

    Answers: does the model find those whom the offer moves, or would lots do as well?

    Parameters
    ----------
    scores : Uplift, or DataFrame with uplift, offer (yes/no) and result, optionally propensity and customer_id
    level : float, 0–1
    resamples : int, at least 100
        Customers are drawn anew, with the scores that they have.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    Qini
        `.curve`, `.coefficient`, `.low`, `.high`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, uplift is no number, or one of the arms is empty.

    Notes
    -----
    gain(k) = (Σ results of offers among the first k − Σ results of controls × offers ÷ controls among them) ÷ all offers. Customers with
    equal uplift are taken up together, along a straight line. The coefficient is the mean of gain − share × gain(all) over the share.

    Source: Radcliffe (2007), Using control groups to target on predicted lift.

    >>> scores = pd.DataFrame({"uplift": [0.4, 0.3, 0.2, 0.1], "offer": [True, False, True, False], "result": [1.0, 0.0, 0.0, 0.0]})
    >>> qini(scores, rng=1).coefficient
    0.1875
    """
    table = score_table(scores)
    require_share("level", level)
    require_resamples(resamples)
    draw = generator(rng)
    table = table.iloc[np.argsort(-table["uplift"].to_numpy(), kind="stable")]
    uplift, offer, y = table["uplift"].to_numpy(), table["offer"].to_numpy(), table["result"].to_numpy()
    own = np.where(offer, table["propensity"], 1 - table["propensity"])
    ends = np.concatenate([np.flatnonzero(np.diff(uplift) != 0), [len(uplift) - 1]])
    share, gain = _gains(np.ones((1, len(table))), offer, y, own, ends)
    who = pd.factorize(table["customer_id"])[0] if "customer_id" in table else np.arange(len(table))
    grid = np.linspace(0, 1, _GRID)
    areas, curves = [], []
    for block in weight_blocks(draw, who, resamples):
        shares, gains = _gains(block, offer, y, own, ends)
        areas.append(_area(shares, gains))
        curves += [np.interp(grid, *pair) for pair in zip(shares, gains, strict=True)]
    tails = [(1 - level) / 2, (1 + level) / 2]
    coefficient = float(_area(share, gain)[0])
    low, high = np.nanquantile(np.concatenate(areas), tails)
    at = np.interp(grid, share[0], gain[0])
    under, over = np.nanquantile(curves, tails, axis=0)
    total = float(gain[0, -1])
    curve = pd.DataFrame({"share": grid, "gain": at, "low": np.minimum(under, at), "high": np.maximum(over, at), "random": grid * total})
    return Qini(curve, coefficient, min(float(low), coefficient), max(float(high), coefficient), total, level)


def _gains(weight: np.ndarray, offer: np.ndarray, y: np.ndarray, own: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of customers and gain where a group of equal uplift ends, one row a draw, beginning with none."""
    everywhere = len(ends) == weight.shape[1]

    def cumulated(factor: np.ndarray) -> np.ndarray:
        sums = np.empty((len(weight), len(ends) + 1))
        sums[:, 0] = 0
        if everywhere:
            np.cumsum(weight * factor, axis=1, out=sums[:, 1:])
        else:
            sums[:, 1:] = np.cumsum(weight * factor, axis=1)[:, ends]
        return sums

    offers, controls = cumulated(offer / own), cumulated(~offer / own)
    gain, misses = cumulated(offer * y / own), cumulated(~offer * y / own)
    misses *= offers
    np.divide(misses, controls, out=misses, where=controls > 0)
    misses[controls <= 0] = 0
    gain -= misses
    with np.errstate(invalid="ignore", divide="ignore"):
        gain /= offers[:, -1:]
    share = cumulated(np.ones(weight.shape[1]))
    share /= share[:, -1:].copy()
    return share, gain


def _area(share: np.ndarray, gain: np.ndarray) -> np.ndarray:
    above = gain - share * gain[:, -1:]
    return (np.diff(share, axis=1) * (above[:, 1:] + above[:, :-1]) / 2).sum(axis=1)


def uplift_by_decile(scores: Uplift | pd.DataFrame, *, groups: int = 10, level: float = 0.95) -> pd.DataFrame:
    """Customers in groups by their uplift: what was foretold, and what the trial shows in each.

    Answers: do those who should gain most really gain most?

    Parameters
    ----------
    scores : Uplift, or DataFrame with uplift, offer (yes/no) and result
    groups : int
        Groups of about equal size; fewer than ten where the trial is small.
    level : float, 0–1

    Returns
    -------
    DataFrame, one row a group, highest uplift first
        group, customers, offered, control, foretold (mean uplift), observed (mean result of offers less that of controls), low, high

    Raises
    ------
    ValueError
        As in `qini`; or a group has not two customers in each arm.

    Source: Radcliffe (2007).

    >>> scores = pd.DataFrame({"uplift": [0.4] * 4 + [0.1] * 4, "offer": [True, True, False, False] * 2,
    ...                        "result": [1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0]})
    >>> uplift_by_decile(scores, groups=2).observed.tolist()
    [1.0, 0.0]
    """
    from scipy.stats import norm

    table = score_table(scores)
    require_share("level", level)
    if isinstance(groups, bool) or not isinstance(groups, (int, np.integer)) or not 1 <= groups <= len(table):
        raise ValueError(_("groups is {value}; it must be a whole number from 1 to the number of customers.").format(value=groups))
    yes_no = table["result"].isin([0, 1]).all()
    rank = np.argsort(np.argsort(-table["uplift"].to_numpy(), kind="stable"), kind="stable")
    place = rank * groups // len(table) + 1
    rows = []
    for group, part in table.groupby(place):
        arms = [part.loc[part["offer"] == drawn, "result"] for drawn in (True, False)]
        if min(map(len, arms)) < 2:
            raise ValueError(_("Group {group} has not two customers in each arm. Take fewer groups.").format(group=group))
        observed = arms[0].mean() - arms[1].mean()
        least = [smoothed_variance(arm.mean(), len(arm)) if yes_no else 0.0 for arm in arms]
        half = norm.ppf((1 + level) / 2) * np.sqrt(sum(max(arm.var() / len(arm), low) for arm, low in zip(arms, least, strict=True)))
        rows.append({"group": group, "customers": len(part), "offered": len(arms[0]), "control": len(arms[1]),
                     "foretold": part["uplift"].mean(), "observed": observed, "low": observed - half, "high": observed + half})  # fmt: skip
    return pd.DataFrame(rows)


def score_table(scores: object) -> pd.DataFrame:
    """The table of scores of an Uplift, or one given, checked; without propensities, the share drawn counts.

    >>> score_table(pd.DataFrame({"uplift": [0.1, 0.2], "offer": [True, False], "result": [1, 0]})).propensity.tolist()
    [0.5, 0.5]
    """
    table = scores if isinstance(scores, pd.DataFrame) else getattr(scores, "table", None)
    if not isinstance(table, pd.DataFrame):
        raise ValueError(_("scores must be an uplift, or a table with uplift, offer and result; this is a {kind}.").format(
            kind=type(scores).__name__))  # fmt: skip
    require_columns(table.columns, ["uplift", "offer", "result"])
    require_columns(table.columns, table.columns)
    if not (table["offer"].notna() & table["offer"].isin([True, False])).all():
        raise ValueError(_("offer must be yes or no (True or False) in every row."))
    offer = table["offer"].astype(bool)
    if offer.all() or not offer.any():
        raise ValueError(_("Offers and controls with a known outcome are needed: without controls nobody knows what would come anyway."))
    share = table["propensity"] if "propensity" in table else pd.Series(offer.mean(), index=table.index)
    kinds = {"customer_id": "id", "uplift": "number", "result": "number", "propensity": "number", "without": "number?", "value_yuan": "number?",
             "accepted": "answer?"}  # fmt: skip
    found = clean(table.assign(offer=offer, propensity=share), "scores", optional=tuple(kinds), **kinds).reset_index(drop=True)
    refuse_rows(~found["propensity"].between(0, 1, inclusive="neither"), _("propensity does not lie between 0 and 1"),
                _("It is each customer's chance of having been drawn for the offer."))  # fmt: skip
    return found
