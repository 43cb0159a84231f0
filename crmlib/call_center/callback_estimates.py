"""From the callbacks that succeeded to the share of all cases: weights, intervals, and what the silent may hide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.call_center.callbacks import checked_attempts
from crmlib.checks import refuse_rows, require_share
from crmlib.clean import clean
from crmlib.i18n import _, in_a_row
from crmlib.survey.answers import names_of
from crmlib.survey.intervals import wilson_interval
from crmlib.survey.weights import answering_chance, known_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ESTIMATES = ("plain", "design_weighted", "response_weighted")


@dataclass(frozen=True, eq=False)
class CallbackEstimate:
    """The share of all cases, estimated from those who answered.

    `table` (index estimate: plain, design_weighted, response_weighted): share, low, high, standard_error; `bounds`: (lowest, highest) share
    if all who kept silent were dissatisfied, or satisfied; `by_stratum`: drawn, answered, stratum_size, response_rate, share, low, high;
    `by_attempt` (index attempt): answered up to there, share, low, high; `drawn`, `answered`, `response_rate`, `weights` (of those who
    answered), `effective_answers`.
    """

    table: pd.DataFrame
    bounds: tuple[float, float]
    by_stratum: pd.DataFrame = field(repr=False)
    by_attempt: pd.DataFrame = field(repr=False)
    drawn: int
    answered: int
    response_rate: float
    effective_answers: float
    level: float
    weights: pd.Series = field(repr=False)

    def if_silent_differ(self, difference: float) -> float:
        """The share of all cases, had the silent a share `difference` higher (negative: lower) than weighting supposes; kept within 0–1."""
        found = self.table.loc["response_weighted", "share"] + (1 - self.response_rate) * difference
        return float(np.clip(found, 0.0, 1.0))

    def summary(self) -> str:
        """The result in four sentences."""
        plain, weighted = self.table.loc["plain"], self.table.loc["response_weighted"]
        told = _("{answered} of {drawn} answered ({rate:.0%}).").format(answered=self.answered, drawn=self.drawn, rate=self.answered / self.drawn)
        share = _(
            "Of all cases {share:.1%} are satisfied ({level:.0%} interval: {low:.1%} to {high:.1%}); unweighted it would be {plain:.1%}."
        ).format(
            share=weighted["share"], level=self.level, low=weighted["low"], high=weighted["high"], plain=plain["share"])  # fmt: skip
        hidden = _(
            "The interval counts chance only: from {low:.0%} to {high:.0%} is possible, by what those think who did not answer."
        ).format(
            low=self.bounds[0], high=self.bounds[1])  # fmt: skip
        return in_a_row(told, share, hidden)

    def headline(self) -> str:
        """A title for the page: who was heard, and what all may be."""
        return _("Of those who can be heard {share:.0%} are satisfied; the silent could make it {least:.0%} to {most:.0%}").format(
            share=self.table.loc["response_weighted", "share"], least=self.bounds[0], most=self.bounds[1])  # fmt: skip

    def advice(self) -> str:
        """What to report, and what to do about the silent."""
        row = self.table.loc["response_weighted"]
        report = _(
            "Report {share:.0%} ({low:.0%} to {high:.0%}) with the response rate of {rate:.0%} beside it: it tells of those who can be "
            "heard. With the silent anything from {least:.0%} to {most:.0%} is possible."
        ).format(
            share=row["share"], low=row["low"], high=row["high"], rate=self.answered / self.drawn, least=self.bounds[0], most=self.bounds[1])  # fmt: skip
        return in_a_row(report, _("More numbers do not mend that; next time spread the attempts over other days and hours.")) if (
            self.answered < self.drawn) else report  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The estimates with their intervals and bounds; see :func:`crmlib.plotting.callback_estimates`."""
        from crmlib.plotting import callback_estimates

        return callback_estimates(self, ax=ax)


def callback_estimate(
    sample: pd.DataFrame, attempts: pd.DataFrame, *, answer: str = "satisfied_now", known: str | Sequence[str] = (), level: float = 0.95
) -> CallbackEstimate:
    """Estimate the share of all cases from the callbacks, with weights, an interval, and bounds for what is not known.

    Answers: how many of all customers with a case are satisfied now, and how sure is that?

    Parameters
    ----------
    sample : DataFrame from :func:`callback_sample`
    attempts : DataFrame, one row a call: case_id, attempt, result, and `answer` (yes/no; missing unless answered)
    answer : name of the column of answers
    known : columns of the sample that are known of everybody and may tell who answers, such as kind or channel; the strata always count
    level : float, 0–1

    Returns
    -------
    CallbackEstimate
        `.table`, `.bounds`, `.by_stratum`, `.by_attempt`, `.if_silent_differ(difference)`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        An answer without a conversation or the other way round; nobody answered; nobody of some stratum answered.

    Notes
    -----
    plain: every answer counts one. design_weighted: 1 / chance of being drawn. response_weighted: that, over the chance of answering
    (logistic regression on strata and `known`); its interval takes the chances as estimated. Variances within strata, with the finite
    population correction. by_attempt carries on: where the share falls with each further attempt, those never reached may lie lower still.

    Source: Särndal, Swensson and Wretman, *Model Assisted Survey Sampling* (1992), ch. 5 and 15; Manski, *Identification Problems in the
    Social Sciences* (1995), for the bounds.

    >>> sample = pd.DataFrame({"case_id": list("abcdef"), "stratum": list("xxxyyy"), "stratum_size": [30] * 3 + [3] * 3,
    ...     "stratum_drawn": 3, "weight": [10.0] * 3 + [1.0] * 3})
    >>> calls = pd.DataFrame({"case_id": list("abcde"), "attempt": 1, "result": "answered", "satisfied_now": [True, True] + [False] * 3})
    >>> found = callback_estimate(sample, calls)
    >>> found.table.share.round(3).tolist(), [round(end, 3) for end in found.bounds]
    ([0.4, 0.625, 0.606], [0.606, 0.636])
    """
    require_share("level", level)
    sample, attempts = checked_attempts(sample, attempts)
    sample = clean(sample, "sample", stratum="name", stratum_size="number", stratum_drawn="number", weight="number")
    attempts = clean(attempts, "attempts", **{answer: "answer?"})
    spoken = attempts["result"] == "answered"
    refuse_rows(
        attempts[answer].notna() & ~spoken, _("There is an answer, but nobody answered"), _("Mend result, or leave the answer empty.")
    )
    refuse_rows(attempts[answer].isna() & spoken, _("The call was answered, but {name} is missing").format(name=answer),
                _("Count a conversation without this answer as refused."))  # fmt: skip
    names = names_of(known, least=0) if not isinstance(known, str) else [known]
    got = attempts[spoken].drop_duplicates("case_id").set_index("case_id")
    value = sample["case_id"].map(got[answer].astype("float64")).to_numpy()
    turn = sample["case_id"].map(got["attempt"]).to_numpy(dtype="float64")
    has = ~np.isnan(value)
    if not has.any():
        raise ValueError(_("Nobody answered, so there is nothing to estimate from."))
    stratum = sample["stratum"].astype(str)
    silent = pd.Series(has).groupby(stratum.to_numpy()).sum() == 0
    refuse_rows(silent, _("Nobody answered in some strata"), _("Merge these strata with others, or try again to reach them."))
    terms = known_columns(sample.assign(stratum=stratum), ["stratum", *names])
    chance = answering_chance(terms, has.astype(float)) if not has.all() else np.ones(len(has))
    design = sample["weight"].to_numpy()
    ways = {"plain": np.ones(len(has)), "design_weighted": design, "response_weighted": design / chance}
    rows = {}
    for name, weight in ways.items():
        terms_used = terms if name == "response_weighted" and not has.all() else None
        rows[name] = _share(value, has, weight, sample, level, terms_used, chance)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["share", "low", "high", "standard_error"]).rename_axis("estimate")
    whole = design.sum()
    happy = (design * np.nan_to_num(value))[has].sum() / whole
    kept = design[has] / chance[has]
    return CallbackEstimate(
        table, (float(happy), float(happy + design[~has].sum() / whole)), _by_stratum(sample, value, has, level),
        _by_attempt(value, turn, has, design, sample, level), len(sample), int(has.sum()), float(design[has].sum() / whole),
        float(kept.sum() ** 2 / (kept**2).sum()), level, pd.Series(kept, index=sample.index[has], name="weight"),
    )  # fmt: skip


def _share(
    value: np.ndarray, has: np.ndarray, weight: np.ndarray, sample: pd.DataFrame, level: float, terms: np.ndarray | None, chance: np.ndarray
) -> tuple[float, float, float, float]:
    used = np.where(has, weight, 0.0)
    share = float((used * np.nan_to_num(value)).sum() / used.sum())
    pull = used * (np.nan_to_num(value) - share)
    by_response = np.zeros(len(has))
    if terms is not None:
        information = (terms * (chance * (1 - chance))[:, None]).T @ terms
        told = terms @ np.linalg.lstsq(information, terms.T @ (pull * (1 - chance)), rcond=None)[0]
        by_response = np.where(has, (1 - chance) * (pull - told) ** 2, 0.0)
        pull = pull - told * (has - chance)
    error = np.sqrt(_variance(pull / used.sum(), has, sample, by_response / used.sum() ** 2, of_all=terms is not None))
    return share, *_within(share, error, int(has.sum()), level), float(error)


def _variance(pull: np.ndarray, has: np.ndarray, sample: pd.DataFrame, by_response: np.ndarray, *, of_all: bool) -> float:
    """Variance of a sum of influences by strata; those who kept silent count as part of the sample only where weights speak for them.

    Drawing a stratum whole takes away the chance of the draw, not that of who answers (Shao and Steel, *JASA* 94, 1999).
    """
    rows = np.ones(len(has), dtype=bool) if of_all else has
    table = pd.DataFrame({"pull": pull[rows], "answer": by_response[rows], "size": sample["stratum_size"].to_numpy()[rows]})
    parts = table.groupby(sample["stratum"].astype(str).to_numpy()[rows]).agg(
        n=("pull", "size"), spread=("pull", "var"), answer=("answer", "sum"), size=("size", "first")
    )
    drawn = np.minimum(parts["n"] / parts["size"], 1.0)
    return float((parts["n"] * parts["spread"].fillna(0.0) * (1 - drawn) + parts["answer"] * drawn).sum())


def _within(share: float, error: float, count: int, level: float) -> tuple[float, float]:
    """An interval that keeps within 0–1: Wilson's for as many answers as have that standard error."""
    if error <= 0 or not 0 < share < 1:
        low, high = wilson_interval(share * count, float(count), level) if not 0 < share < 1 and error > 0 else (share, share)
        return float(low), float(high)
    low, high = wilson_interval(share * (size := share * (1 - share) / error**2), size, level)
    return float(low), float(high)


def _by_stratum(sample: pd.DataFrame, value: np.ndarray, has: np.ndarray, level: float) -> pd.DataFrame:
    rows = pd.DataFrame({"has": has, "happy": np.nan_to_num(value) * has, "size": sample["stratum_size"].to_numpy()})
    table = rows.groupby(sample["stratum"].astype(str).to_numpy()).agg(
        drawn=("has", "size"), answered=("has", "sum"), stratum_size=("size", "first"), happy=("happy", "sum"))  # fmt: skip
    table["response_rate"] = table["answered"] / table["drawn"]
    table["share"] = table["happy"] / table["answered"]
    table["low"], table["high"] = wilson_interval(table["happy"], table["answered"].astype(float), level)
    return table.drop(columns="happy").rename_axis("stratum")


def _by_attempt(
    value: np.ndarray, turn: np.ndarray, has: np.ndarray, design: np.ndarray, sample: pd.DataFrame, level: float
) -> pd.DataFrame:
    rows = {}
    for last in range(1, int(np.nanmax(turn)) + 1):
        until = has & (turn <= last)
        if until.any():
            found = _share(np.where(until, value, np.nan), until, design, sample, level, None, np.ones(len(has)))
            rows[last] = (int(until.sum()), *found[:3])
    return pd.DataFrame.from_dict(rows, orient="index", columns=["answered", "share", "low", "high"]).rename_axis("attempt")
