"""How many people to ask."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, isfinite
from numbers import Real

from crmlib.checks import require_share
from crmlib.i18n import _, in_a_row
from crmlib.survey.intervals import normal_quantile

MEASURES = ("share", "mean", "net_promoter")
_MOST_ERRORS = 1e5
"""The margin in standard errors of one answer; its square, ten thousand million, is the number of answers."""


@dataclass(frozen=True)
class SampleSize:
    """`answers` needed for an interval of ± `margin` at confidence `level`, and the `invitations` that should bring them.

    `population` is how many customers there are, or None where they are many; `enough` says whether that many can be invited.
    """

    measure: str
    margin: float
    level: float
    answers: int
    invitations: int
    population: int | None
    enough: bool

    def summary(self) -> str:
        """The result in one or two sentences."""
        margin = f"{self.margin:.1%}" if self.measure == "share" else _("{margin:g} points").format(margin=self.margin)
        said = _("For ± {margin} at {level:.0%} confidence it takes {answers} answers, so about {invitations} invitations.").format(
            margin=margin, level=self.level, answers=self.answers, invitations=self.invitations
        )
        short = _("There are only {population} customers: ask them all, and expect a wider interval.").format(population=self.population)
        return in_a_row(said, "" if self.enough else short)


def sample_size(
    *,
    margin: float,
    measure: str = "share",
    share: float = 0.5,
    standard_deviation: float | None = None,
    level: float = 0.95,
    population: int | None = None,
    response_rate: float = 1.0,
) -> SampleSize:
    """How many answers, and how many invitations, an interval of a wanted width takes.

    Answers: how many customers must we ask?

    Parameters
    ----------
    margin : float, half the width of the interval: a share (0.03) for "share", points for "mean" and "net_promoter"
    measure : "share", "mean" or "net_promoter"
    share : float, 0–1
        What the share is expected to be; 0.5 is the safe choice, for it takes most answers.
    standard_deviation : float, points; needed for "mean"
        Of the answers, from an earlier survey. For "net_promoter" the default is the largest possible, 100 points (half promoters, half
        detractors); an earlier survey gives :attr:`NetPromoter.standard_error` × √answers, mostly 60 to 80.
    level : float, 0–1
        Confidence of the interval.
    population : int, customers in all, optional
        Corrects for a population that is not much larger than the sample.
    response_rate : float, above 0 and at most 1
        The share of those invited who are expected to answer.

    Returns
    -------
    SampleSize
        measure, margin, level, answers, invitations, population, enough; `.summary()`

    Raises
    ------
    ValueError
        margin, standard_deviation, population or response_rate is not positive, a share lies outside 0–1, or `measure` is unknown.

    Notes
    -----
    More invitations make the interval narrower; they do not make the silent answer, see :func:`nonresponse_report`.

    Source: Cochran, *Sampling Techniques* (1977), ch. 4.

    >>> sample_size(margin=0.05, population=2000, response_rate=0.4)
    SampleSize(measure='share', margin=0.05, level=0.95, answers=323, invitations=808, population=2000, enough=True)
    """
    if measure not in MEASURES:
        raise ValueError(_('measure is "{measure}"; use one of {known}.').format(measure=measure, known=", ".join(MEASURES)))
    require_share("level", level)
    require_share("share", share)
    if measure == "share" and standard_deviation is not None:
        raise ValueError(_('standard_deviation is for measure="mean" or "net_promoter"; a share has share instead.'))
    if measure == "mean" and standard_deviation is None:
        raise ValueError(_("A mean needs standard_deviation, in points, from an earlier survey."))
    spread = (share * (1 - share)) ** 0.5 if measure == "share" else 100.0 if standard_deviation is None else standard_deviation
    for name, value, most in (
        ("margin", margin, 1 if measure == "share" else inf), ("standard_deviation", spread, inf), ("population", population, inf),
        ("response_rate", response_rate, 1),
    ):  # fmt: skip
        _require_positive(name, value, most)
    errors = float(normal_quantile(level) * spread / margin)
    if errors > _MOST_ERRORS:
        raise ValueError(
            _("A margin of {margin:g} would take more answers than there are people. Choose a wider one.").format(margin=margin)
        )
    wanted = errors**2
    if population is not None:
        wanted = wanted / (1 + (wanted - 1) / population) if wanted > 1 else wanted
    # Without rounding, a hair above a whole number in binary would cost one answer more.
    answers = max(1, ceil(round(wanted, 9)))
    invitations = ceil(round(answers / response_rate, 9))
    whole = None if population is None else int(population)
    return SampleSize(measure, margin, level, answers, invitations, whole, whole is None or invitations <= whole)


def _require_positive(name: str, value: object, most: float) -> None:
    if value is None and name == "population":
        return
    numeric = isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
    if not numeric or value <= 0:
        raise ValueError(_("{name} is {value}; it must be a number above 0.").format(name=name, value=value))
    if value > most:
        raise ValueError(_("{name} is {value}; it must be at most {most:g} (write 20% as 0.2).").format(name=name, value=value, most=most))
