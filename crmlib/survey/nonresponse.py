"""Who did not answer, and what the score would be if they had answered as others like them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns, require_share
from crmlib.i18n import _, in_a_row
from crmlib.survey.answers import names_of, need_table, on_scale
from crmlib.survey.intervals import normal_quantile, wilson_interval
from crmlib.survey.promoters import DETRACTORS_TO, PROMOTERS_FROM
from crmlib.survey.weights import answering_chance, is_number, known_columns, weighted_mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEASURES = ("net_promoter", "mean", "top_two")
_BANDS = ("low", "middle", "high")
_FEW = 6


@dataclass(frozen=True)
class NonResponse:
    """Who of `invited` people answered, and what weighting changes in a score.

    `rates`: one row for each known_value of each known_column: invited, answers, response_rate, low, high. `scores`: the rows plain,
    weighted and change with estimate, low and high, in points (top_two: a share). `weights`: of those whose score counts, 1 on average.
    `effective_answers` is how many equally weighted answers the weighted ones are worth.
    """

    measure: str
    invited: int
    answered: int
    response_rate: float
    level: float
    effective_answers: float
    rates: pd.DataFrame = field(repr=False, compare=False)
    scores: pd.DataFrame = field(repr=False, compare=False)
    weights: pd.Series = field(repr=False, compare=False)

    def summary(self) -> str:
        """The result in three sentences."""
        who = _("{rate:.1%} of {invited} invitations were answered.").format(rate=self.response_rate, invited=self.invited)
        score = {
            "net_promoter": _("the net promoter score (points)"), "mean": _("the mean (points)"), "top_two": _("the top-two share (%)"),
        }[self.measure]  # fmt: skip
        factor = 100 if self.measure == "top_two" else 1
        plain, weighted, change = (self.scores.loc[name] * factor for name in ("plain", "weighted", "change"))
        said = _(
            "Weighting moves {score} from {plain:.1f} to {weighted:.1f}, a change of {change:+.1f} ({level:.0%} interval: {low:+.1f} to "
            "{high:+.1f})."
        ).format(
            score=score,
            plain=plain["estimate"],
            weighted=weighted["estimate"],
            change=change["estimate"],
            level=self.level,
            low=change["low"],
            high=change["high"],
        )
        return in_a_row(
            who, said, _("Weights mend only what the known columns explain; whether the silent differ otherwise, nobody can tell.")
        )

    def if_silent_differ(self, difference: float) -> float:
        """The score of everybody invited, had the silent answered `difference` higher (negative: lower) than weighting supposes."""
        return float(self.scores.loc["weighted", "estimate"] + (1 - self.response_rate) * difference)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The response rate of each group with its interval; see :func:`crmlib.plotting.response_rates`."""
        from crmlib.plotting import response_rates

        return response_rates(self, ax=ax)


def nonresponse_report(
    invited: pd.DataFrame,
    *,
    known: str | Sequence[str],
    score: str = "recommend",
    measure: str = "net_promoter",
    high: float = 10,
    level: float = 0.95,
) -> NonResponse:
    """Response rates by what is known of everybody, and the score with inverse-probability weights.

    Answers: who kept silent, and does that change what we should believe?

    Parameters
    ----------
    invited : DataFrame, one row an invitation, as :func:`who_was_asked` gives it
        responded (yes/no), `known`, and `score`, empty for the silent. Rows with one customer_id, where there is that column, count as one
        person in the intervals of the scores.
    known : column or columns known of everybody, such as market and channel
        Text and yes/no columns are groups; numbers enter as they are (in `rates`: in thirds).
    score : column of answers
    measure : "net_promoter" (0–10, points), "mean" (points) or "top_two" (the share of the answers `high` and `high` − 1)
    high : highest answer of the scale, for "top_two"
    level : float, 0–1
        Confidence of all intervals.

    Returns
    -------
    NonResponse
        measure, invited, answered, response_rate, level, effective_answers, rates, scores, weights; `.summary()`, `.plot()`,
        `.if_silent_differ(points)`

    Raises
    ------
    ValueError
        A column is missing; responded is not yes/no; a silent person has a score; a score is off its scale; nobody, or nobody of a group,
        answered; or everybody did.

    Notes
    -----
    Each answer counts 1 / its chance, from a logistic regression on `known`. The intervals of the scores treat the chances as estimated.

    Source: Little and Rubin, *Statistical Analysis with Missing Data* (2019), ch. 3; Wilson's interval (1927) for the rates.

    >>> invited = pd.DataFrame({
    ...     "market": ["corporate"] * 4 + ["walk_in"] * 4, "responded": [True] * 3 + [False] + [True] + [False] * 3,
    ...     "recommend": [10, 9, 9, None, 5, None, None, None]})
    >>> nonresponse_report(invited, known="market").scores["estimate"].round(2).tolist()
    [50.0, 0.0, -50.0]
    """
    names = names_of(known, least=1)
    need_table(invited)
    require_columns(invited.columns, ["responded", *names, score])
    require_share("level", level)
    responded = _yes_no(invited["responded"])
    value = _scored(invited[score], score, measure, high)
    refuse_rows(
        value.notna() & ~responded, _("responded says no, but there is a {score}").format(score=score), _("Mend responded, or the join.")
    )
    counts = value.notna().to_numpy()
    if not counts.any() or counts.all():
        raise ValueError(_("Of {count} invited, {answered} answered: weights need some who did and some who did not.").format(
            count=len(counts), answered=int(counts.sum())))  # fmt: skip
    groups = {name: _groups(invited[name]) for name in names}
    _refuse_silent_groups(invited, groups, counts)
    terms = known_columns(invited, names)
    chance = answering_chance(terms, counts.astype(float))
    if chance[~counts].max() < chance[counts].min():
        raise ValueError(
            _(
                "{columns} tell(s) exactly who answered and who did not, so nobody who answered is like the silent and no weight can speak "
                "for them. Leave out the column that does so."
            ).format(columns=", ".join(names))
        )
    found = weighted_mean(terms, counts.astype(float), chance, value.to_numpy())
    weights = pd.Series(1 / chance[counts], index=invited.index[counts], name="weight")
    weights = weights / weights.mean()
    rates = pd.concat([_rates(name, groups[name], responded, level) for name in names], ignore_index=True)
    return NonResponse(
        measure, len(invited), int(responded.sum()), float(responded.mean()), level, float(weights.sum() ** 2 / (weights**2).sum()),
        rates, _scores(found.plain, found.weighted, _by_customer(found.influence, invited), level), weights,
    )  # fmt: skip


def _yes_no(responded: pd.Series) -> pd.Series:
    bad = responded.isna() | ~responded.isin([True, False])
    refuse_rows(bad, _("responded is neither yes nor no"), _("Write True for those who answered and False for the others."))
    return responded.astype(bool)


def _scored(answers: pd.Series, score: str, measure: str, high: float) -> pd.Series:
    """What each answer counts in the measure; missing for the silent."""
    if measure not in MEASURES:
        raise ValueError(_('measure is "{measure}"; use one of {known}.').format(measure=measure, known=", ".join(MEASURES)))
    if measure == "mean":
        return on_scale(answers, score, -np.inf, np.inf)
    found = on_scale(answers, score, 0, 10 if measure == "net_promoter" else high, whole=True)
    if measure == "top_two":
        return (found > high - 2).astype(float).where(found.notna())
    return 100 * ((found >= PROMOTERS_FROM).astype(float) - (found <= DETRACTORS_TO)).where(found.notna())


def _groups(column: pd.Series) -> pd.Series:
    """The group of each person: the column itself, or thirds where it holds many numbers."""
    if not is_number(column) or column.nunique() <= _FEW:
        return column
    bands = pd.qcut(column.rank(method="first"), len(_BANDS), labels=_BANDS)
    # Equal numbers belong together, so each number goes where its first rank fell.
    return bands.groupby(column).transform("first").astype(object).where(column.notna())


def _refuse_silent_groups(invited: pd.DataFrame, groups: dict[str, pd.Series], counts: np.ndarray) -> None:
    for name in (name for name in groups if not is_number(invited[name])):
        answered = pd.Series(counts).groupby(_named(groups[name])).sum()
        refuse_rows(
            answered == 0, _("Nobody answered in some groups of {column}").format(column=name),
            _("No weight can speak for them: merge these groups with others, or leave {column} out.").format(column=name),
        )  # fmt: skip


def _named(group: pd.Series) -> np.ndarray:
    """Groups under their names; those of whom the column says nothing under a dash."""
    return group.astype(object).where(group.notna(), "–").to_numpy()


def _rates(name: str, group: pd.Series, responded: pd.Series, level: float) -> pd.DataFrame:
    counted = responded.groupby(_named(group)).agg(["size", "sum"])
    if set(counted.index) <= {*_BANDS, "–"}:
        counted = counted.reindex([band for band in (*_BANDS, "–") if band in counted.index])
    low, high = wilson_interval(counted["sum"].to_numpy(), counted["size"].to_numpy(), level)
    return pd.DataFrame(
        {
            "known_column": name,
            "known_value": counted.index.to_numpy(),
            "invited": counted["size"].to_numpy(),
            "answers": counted["sum"].to_numpy(),
            "response_rate": (counted["sum"] / counted["size"]).to_numpy(),
            "low": low.clip(0, 1),
            "high": high.clip(0, 1),
        }
    )


def _by_customer(influence: np.ndarray, invited: pd.DataFrame) -> np.ndarray:
    if "customer_id" not in invited.columns:
        return influence
    codes = pd.factorize(invited["customer_id"], use_na_sentinel=False)[0]
    return np.column_stack([np.bincount(codes, weights=column) for column in influence.T])


def _scores(plain: float, weighted: float, influence: np.ndarray, level: float) -> pd.DataFrame:
    pulls = np.column_stack([influence, influence[:, 1] - influence[:, 0]])
    half = normal_quantile(level) * np.sqrt((pulls**2).sum(axis=0))
    value = np.array([plain, weighted, weighted - plain])
    index = pd.Index(["plain", "weighted", "change"], name="score")
    return pd.DataFrame({"estimate": value, "low": value - half, "high": value + half}, index=index)
