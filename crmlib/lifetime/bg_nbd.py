"""BG/NBD: customers buy at their own steady rate and may be lost after any purchase."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betaln, digamma, gammaln

from crmlib.lifetime.fitting import fitted
from crmlib.lifetime.histories import Histories
from crmlib.lifetime.hypergeometric import log_hyp2f1
from crmlib.lifetime.purchase_model import PurchaseModel

NAMES = ["r", "alpha", "a", "b"]
_ROWS_AT_ONCE = 8192
"""So few that what is worked out for them stays in the processor's cache."""


def fit_bg_nbd(summary: pd.DataFrame, *, level: float = 0.95) -> PurchaseModel:
    """Fit the BG/NBD model by maximum likelihood.

    Answers: how often do customers ship while they are ours, how likely are we to lose one after a purchase, and how much do they differ?

    Parameters
    ----------
    summary : DataFrame, one row a customer, from :func:`purchase_summary`
        customer_id (a column or the index), repeats (purchases after the first), span (first to last purchase), age (first purchase to
        the end of the period). The literature calls them x, t_x and T, other packages frequency, recency and T.
    level : float, 0–1
        Confidence of the parameters' intervals.

    Returns
    -------
    PurchaseModel
        parameters r, alpha (rates are Gamma distributed: mean r / alpha purchases a unit), a, b (the chance of being lost after a purchase
        is Beta distributed: mean a / (a + b)); `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A history is impossible, nobody bought twice, or the data say nothing about the parameters.

    Notes
    -----
    Who bought only once cannot have been lost in this model: it loses customers only after a *repeat* purchase, and calls them alive.

    Source: Fader, Hardie and Lee, Marketing Science 24 (2005), 275–284.

    >>> summary = pd.DataFrame({"customer_id": range(8), "repeats": [0, 0, 0, 1, 2, 4, 9, 1], "age": 40,
    ...                         "span": [0, 0, 0, 5, 30, 12, 38, 33]})
    >>> fit_bg_nbd(summary).customers
    8
    """
    return fitted("bg_nbd", NAMES, log_likelihood, first_guess, summary, level)


def first_guess(rows: Histories) -> dict[str, float]:
    """Where the search for the parameters begins: alpha so that the rate is what the data show, the others as if nothing were known.

    >>> rows = Histories(np.array([2.0]), np.array([4.0]), np.array([6.0]), np.array([1]))
    >>> sorted(first_guess(rows)), float(first_guess(rows)["alpha"])
    (['a', 'alpha', 'b', 'r'], 2.0)
    """
    rate = (rows.repeats @ rows.customers) / (rows.span @ rows.customers)
    return {"r": 1.0, "alpha": 1.0 / rate, "a": 1.0, "b": 3.0}


def log_likelihood(rows: Histories, parameters: np.ndarray) -> tuple[float, np.ndarray]:
    """The log-likelihood of all customers and its gradient by the logs of r, alpha, a, b.

    >>> one = Histories(np.array([0.0]), np.array([0.0]), np.array([1.0]), np.array([1]))
    >>> value, gradient = log_likelihood(one, np.array([1.0, 1.0, 1.0, 1.0]))
    >>> round(value, 6), gradient.round(6).tolist()
    (-0.693147, [-0.693147, 0.5, 0.0, 0.0])
    """
    r, alpha, a, b = parameters
    x, place, count = rows.numbers
    again = x > 0
    lost = np.full(len(x), -np.inf)
    lost[again] = np.log(a) - np.log(b + x[again] - 1)
    together = digamma(a + b) - digamma(a + b + x)
    value = count @ (gammaln(r + x) - gammaln(r) + betaln(a, b + x) - betaln(a, b) + r * np.log(alpha))
    gradient = np.array([
        count @ (digamma(r + x) - digamma(r) + np.log(alpha)),
        count.sum() * r / alpha,
        count @ together,
        count @ (together + digamma(b + x) - digamma(b)),
    ])  # fmt: skip
    gone_by = np.zeros(len(x))
    for begin in range(0, len(place), _ROWS_AT_ONCE):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        customers, which, n = rows.customers[part], place[part], r + rows.repeats[part]
        to_end, to_last = alpha + rows.age[part], alpha + rows.span[part]
        log_end, log_last = np.log(to_end), np.log(to_last)
        odds = lost[which] + n * (log_end - log_last)
        # The larger of both odds is taken out, so that neither can be too large for a computer's numbers.
        smaller = np.exp(-np.abs(odds))
        gone = np.where(odds > 0, 1.0, smaller) / (1 + smaller) * customers
        kept = customers - gone
        value += (np.maximum(odds, 0.0) + np.log1p(smaller) - n * log_end) @ customers
        gradient[0] -= kept @ log_end + gone @ log_last
        gradient[1] -= (kept * n) @ (1 / to_end) + (gone * n) @ (1 / to_last)
        gone_by += np.bincount(which, weights=gone, minlength=len(x))
    gradient[2] += gone_by.sum() / a
    gradient[3] -= gone_by[again] @ (1 / (b + x[again] - 1))
    return float(value), gradient * parameters


def log_odds_lost(rows: Histories, parameters: np.ndarray) -> np.ndarray:
    """The log odds that a customer is lost at the end of the period; −∞ for who bought once.

    >>> one = Histories(np.array([0.0]), np.array([0.0]), np.array([1.0]), np.array([1]))
    >>> log_odds_lost(one, np.array([1.0, 1.0, 1.0, 1.0])).tolist()
    [-inf]
    """
    r, alpha, a, b = parameters
    again = rows.repeats > 0
    chance = np.log(a / np.where(again, b + rows.repeats - 1, 1.0))
    return np.where(again, chance + (r + rows.repeats) * np.log((alpha + rows.age) / (alpha + rows.span)), -np.inf)


def rate(rows: Histories, parameters: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """The purchases a unit that a customer who is not lost at the end of the period is expected to make `ahead` units later.

    `ahead` has one entry a history, or several rows of them.

    >>> one = Histories(np.array([0.0]), np.array([0.0]), np.array([0.0]), np.array([1]))
    >>> rate(one, np.array([0.5, 2.0, 1.0, 3.0]), np.array([0.0])).tolist()
    [0.25]
    """
    r, alpha, a, b = parameters
    n, passed = r + rows.repeats, alpha + rows.age
    z = ahead / (passed + ahead)
    # The mean over p of (1 + p t)^-(n+1), after Pfaff's transformation to an argument below 1.
    mean = log_hyp2f1(n + 1, b + rows.repeats, a + b + rows.repeats, z)
    return n / passed * np.exp(mean + (n + 1) * np.log1p(-z))
