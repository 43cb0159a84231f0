"""The net promoter score: who would recommend the firm, less who would not, and how surely we know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import narwhals as nw
import pandas as pd
from narwhals.typing import IntoFrameT

from crmlib.checks import require_share
from crmlib.i18n import _
from crmlib.survey.answers import given_answers
from crmlib.survey.by_group import count_by_group
from crmlib.survey.intervals import adjusted_promoter_interval, promoter_interval, promoter_standard_error

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOW, HIGH = 0, 10
DETRACTORS_TO, PROMOTERS_FROM = 6, 9
_COLUMNS = ("promoter_share", "passive_share", "detractor_share", "net_promoter_score", "standard_error", "low", "high")


@dataclass(frozen=True)
class NetPromoter:
    """A net promoter score in points, −100 to 100, of `answers` people; `missing` more gave no answer and count nowhere.

    `low` and `high` are the adjusted Wald interval at confidence `level`, `wald_low` and `wald_high` the plain one; promoters, passives
    and detractors are counts.
    """

    score: float
    standard_error: float
    low: float
    high: float
    wald_low: float
    wald_high: float
    level: float
    answers: int
    missing: int
    promoters: int
    passives: int
    detractors: int

    def summary(self) -> str:
        """The result in one or two sentences."""
        return _(
            "The net promoter score is {score:.1f} points ({level:.0%} interval: {low:.1f} to {high:.1f}): of {answers} answers, "
            "{promoters:.1%} are promoters, {passives:.1%} passives, {detractors:.1%} detractors."
        ).format(
            score=self.score, level=self.level, low=self.low, high=self.high, answers=self.answers,
            promoters=self.promoters / self.answers, passives=self.passives / self.answers, detractors=self.detractors / self.answers,
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Detractors, passives, promoters, and the score with its interval; see :func:`crmlib.plotting.net_promoter`."""
        from crmlib.plotting import net_promoter

        return net_promoter(self, ax=ax)


def net_promoter_score(recommend: pd.Series, *, level: float = 0.95) -> NetPromoter:
    """Net promoter score: the share of promoters (9, 10) less that of detractors (0 to 6), in points.

    Answers: would our customers recommend us, and could the score be chance?

    Parameters
    ----------
    recommend : Series of whole points from 0 to 10, one a respondent
        Passives (7, 8) are neither, but they count among the answers. Missing ones count nowhere and are reported.
    level : float, 0–1
        Confidence of both intervals.

    Returns
    -------
    NetPromoter
        score, standard_error, low, high (adjusted Wald), wald_low, wald_high, level, answers, missing, promoters, passives, detractors;
        `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A score lies outside 0 to 10, is a fraction or text; or nobody answered.

    Notes
    -----
    The adjusted interval adds three answers, three quarters of one to each tail; the plain one is too narrow in small groups, and has no
    width at all where everybody is a promoter. Ends beyond ±100 are cut off, and an end that would leave the score itself outside (a
    handful of answers, all alike) is moved to the score.

    Source: Reichheld, *Harvard Business Review* 12/2003; Rocks, *The American Statistician* 70 (2016).

    >>> result = net_promoter_score(pd.Series([10] * 60 + [8] * 25 + [3] * 15))
    >>> result.score, round(result.standard_error, 2), round(result.low, 1), round(result.high, 1)
    (45.0, 7.4, 29.3, 58.0)
    """
    require_share("level", level)
    given, missing = given_answers(recommend, "recommend", LOW, HIGH)
    answers, promoters, detractors = len(given), int((given >= PROMOTERS_FROM).sum()), int((given <= DETRACTORS_TO).sum())
    counts = promoters, detractors, answers
    value = 100 * (promoters - detractors) / answers
    ends = [*adjusted_promoter_interval(*counts, level), *promoter_interval(*counts, level)]
    low, high, *wald = (min(max(end, -100.0), 100.0) for end in ends)
    return NetPromoter(
        value, promoter_standard_error(*counts), min(low, value), max(high, value), *wald, level,
        answers, missing, promoters, answers - promoters - detractors, detractors,
    )  # fmt: skip


def net_promoter_by(answers: IntoFrameT, *, by: str | list[str], score: str = "recommend", level: float = 0.95) -> IntoFrameT:
    """Net promoter score of each group, with its adjusted Wald interval.

    Answers: which groups of customers would recommend us, and which differences could be chance?

    Parameters
    ----------
    answers : pandas, polars (also lazy) or DuckDB table, one row a respondent
    by : column or columns that name the group; rows without a group are left out
    score : column of whole points from 0 to 10
    level : float, 0–1
        Confidence of the intervals.

    Returns
    -------
    a table of the same kind as `answers`, one row a group, in order of `by`
        `by`; answers and missing (counts); promoter_share, passive_share and detractor_share (0–1); net_promoter_score, standard_error,
        low and high (points). A group in which nobody answered has no score.

    Raises
    ------
    ValueError
        A column is missing; a score lies outside 0 to 10, is a fraction or text; or there are no rows.

    Source: Reichheld, *Harvard Business Review* 12/2003; Rocks, *The American Statistician* 70 (2016).

    >>> answers = pd.DataFrame({"market": ["corporate", "corporate", "walk_in", "walk_in"], "recommend": [10, 9, 8, 2]})
    >>> net_promoter_by(answers, by="market")[["market", "answers", "net_promoter_score"]].values.tolist()
    [['corporate', 2, 100.0], ['walk_in', 2, -50.0]]
    """
    require_share("level", level)
    between = {"promoters": (PROMOTERS_FROM, HIGH), "detractors": (LOW, DETRACTORS_TO)}
    counted = count_by_group(answers, by=by, score=score, low=LOW, high=HIGH, between=between, taken=_COLUMNS)
    some = nw.when(nw.col("answers") > 0)
    counts = promoters, detractors, people = [nw.col(name) for name in ("promoters", "detractors", "answers")]
    low, high = adjusted_promoter_interval(*counts, level)
    score_of = (promoters - detractors) * 100 / people
    groups = [by] if isinstance(by, str) else by
    return counted.select(
        *groups,
        nw.col("answers", "missing").cast(nw.Int64),
        promoter_share=some.then(promoters / people),
        passive_share=some.then((people - promoters - detractors) / people),
        detractor_share=some.then(detractors / people),
        net_promoter_score=some.then(score_of),
        standard_error=some.then(promoter_standard_error(*counts)),
        low=some.then(nw.when(low < score_of).then(low.clip(-100.0, 100.0)).otherwise(score_of)),
        high=some.then(nw.when(high > score_of).then(high.clip(-100.0, 100.0)).otherwise(score_of)),
    ).to_native()
