"""Intervals of shares and of the net promoter score: plain arithmetic, for numbers, arrays and narwhals expressions alike."""

from __future__ import annotations

from typing import TypeVar

from scipy import stats

ADDED, ADDED_TAIL = 3.0, 0.75
"""What the adjusted Wald interval of the net promoter score adds: answers in all, and of them promoters and detractors each."""

Quantity = TypeVar("Quantity")


def normal_quantile(level: float) -> float:
    """How many standard errors to each side hold `level` of a normal distribution.

    >>> round(normal_quantile(0.95), 2)
    1.96
    """
    return float(stats.norm.ppf((1 + level) / 2))


def wilson_interval(successes: Quantity, trials: Quantity, level: float) -> tuple[Quantity, Quantity]:
    """Wilson's score interval of a share; there must be trials.

    Source: Wilson, *Journal of the American Statistical Association* 22 (1927).

    >>> [round(end, 4) for end in wilson_interval(81, 263, 0.95)]
    [0.2553, 0.3662]
    """
    square = normal_quantile(level) ** 2
    middle = (successes + square / 2) / (trials + square)
    half = (square * (successes * (trials - successes) / trials + square / 4)) ** 0.5 / (trials + square)
    return middle - half, middle + half


def promoter_standard_error(promoters: Quantity, detractors: Quantity, answers: Quantity) -> Quantity:
    """Standard error of the net promoter score, in points; there must be answers.

    >>> round(promoter_standard_error(60, 15, 100), 2)
    7.4
    """
    return 100 * ((promoters + detractors) / answers - ((promoters - detractors) / answers) ** 2) ** 0.5 / answers**0.5


def promoter_interval(promoters: Quantity, detractors: Quantity, answers: Quantity, level: float) -> tuple[Quantity, Quantity]:
    """Wald interval of the net promoter score, in points; it may reach beyond ±100. There must be answers.

    >>> [round(end, 1) for end in promoter_interval(60, 15, 100, 0.95)]
    [30.5, 59.5]
    """
    middle = 100 * (promoters - detractors) / answers
    half = normal_quantile(level) * promoter_standard_error(promoters, detractors, answers)
    return middle - half, middle + half


def adjusted_promoter_interval(promoters: Quantity, detractors: Quantity, answers: Quantity, level: float) -> tuple[Quantity, Quantity]:
    """Adjusted Wald interval of the net promoter score, in points: three answers are added, three quarters of one to each tail.

    Source: Rocks, "Interval estimation for the 'net promoter score'", *The American Statistician* 70 (2016).

    >>> [round(end, 1) for end in adjusted_promoter_interval(60, 15, 100, 0.95)]
    [29.3, 58.0]
    """
    return promoter_interval(promoters + ADDED_TAIL, detractors + ADDED_TAIL, answers + ADDED, level)
