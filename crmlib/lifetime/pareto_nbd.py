"""Pareto/NBD: customers buy at their own steady rate and may be lost at any moment."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln

from crmlib.lifetime.fitting import fitted
from crmlib.lifetime.histories import Histories
from crmlib.lifetime.purchase_model import PurchaseModel

NAMES = ["r", "alpha", "s", "beta"]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2
_NEGLIGIBLE = 36.0
"""What is e^36 times less likely than the likeliest moment of leaving is left out."""
_ROWS_AT_ONCE = 4096


def fit_pareto_nbd(summary: pd.DataFrame, *, level: float = 0.95) -> PurchaseModel:
    """Fit the Pareto/NBD model by maximum likelihood.

    Answers: how often do customers ship while they are ours, how long do they stay, and how much do they differ?

    Parameters
    ----------
    summary : DataFrame, one row a customer, from :func:`purchase_summary`
        customer_id (a column or the index), repeats, span, age.
    level : float, 0–1
        Confidence of the parameters' intervals.

    Returns
    -------
    PurchaseModel
        parameters r, alpha (rates are Gamma distributed: mean r / alpha purchases a unit), s, beta (the hazard of being lost is Gamma
        distributed: mean s / beta a unit); `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A history is impossible, nobody bought twice, or the data say nothing about the parameters.

    Notes
    -----
    The chance of having left at each moment since the last purchase is integrated numerically (24 Gauss–Legendre nodes on the scale of
    the logarithm of time), so that neither differences of hypergeometric functions nor powers of a thousand purchases can fail.

    Source: Schmittlein, Morrison and Colombo, Management Science 33 (1987), 1–24.

    >>> summary = pd.DataFrame({"customer_id": range(8), "repeats": [0, 0, 0, 1, 2, 4, 9, 1], "age": 40,
    ...                         "span": [0, 0, 0, 5, 30, 12, 38, 33]})
    >>> fit_pareto_nbd(summary).customers
    8
    """
    return fitted("pareto_nbd", NAMES, log_likelihood, first_guess, summary, level)


def first_guess(rows: Histories) -> dict[str, float]:
    """Where the search for the parameters begins: alpha so that the rate is what the data show, the others as if nothing were known.

    >>> rows = Histories(np.array([2.0]), np.array([4.0]), np.array([6.0]), np.array([1]))
    >>> sorted(first_guess(rows)), float(first_guess(rows)["alpha"])
    (['alpha', 'beta', 'r', 's'], 2.0)
    """
    rate = (rows.repeats @ rows.customers) / (rows.span @ rows.customers)
    return {"r": 1.0, "alpha": 1.0 / rate, "s": 1.0, "beta": 2.0 * (rows.age @ rows.customers) / rows.customers.sum()}


def _left_since(rows: Histories, parameters: np.ndarray, part: slice) -> tuple[np.ndarray, np.ndarray]:
    """Log of ∫ s (α+t)^−(r+x) (β+t)^−(s+1) dt from the last purchase to the end, and its derivatives by r, α, s, β.

    The variable is u = log((m+t)/(m+t_x)) with m the smaller of α and β: on this scale the integrand has no singularity within a
    distance of π, so that few nodes give all digits.
    """
    r, alpha, s, beta = parameters
    n, span, age = r + rows.repeats[part], rows.span[part], rows.age[part]
    least, most = min(alpha, beta), max(alpha, beta)
    # Beyond these moments the integrand is negligible, by its first or by its second factor.
    with np.errstate(over="ignore"):
        first = (alpha + span) * np.expm1(_NEGLIGIBLE / n)
        second = (beta + span) * np.expm1(_NEGLIGIBLE / (s + 1))
    reach = np.log1p(np.minimum(age - span, np.minimum(first, second)) / (least + span))
    u = reach[:, None] * _NODES
    grown = np.exp(u)
    near = (least + span)[:, None] * grown
    far = near + (most - least)
    log_near, log_far = np.log(least + span)[:, None] + u, np.log(far)
    log_a, log_b, by_a, by_b = (log_near, log_far, near, far) if alpha <= beta else (log_far, log_near, far, near)
    heights = log_near - n[:, None] * log_a - (s + 1) * log_b
    top = heights.max(axis=1)
    mass = np.exp(heights - top[:, None]) * _WEIGHTS
    whole = mass.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.log(s) + top + np.log(whole * reach)
    mean = [np.einsum("ij,ij->i", mass, part_of) / whole for part_of in (log_a, 1 / by_a, log_b, 1 / by_b)]
    return value, np.stack([-mean[0], -n * mean[1], 1 / s - mean[2], -(s + 1) * mean[3]])


def log_likelihood(rows: Histories, parameters: np.ndarray) -> tuple[float, np.ndarray]:
    """The log-likelihood of all customers and its gradient by the logs of r, alpha, s, beta.

    >>> one = Histories(np.array([0.0]), np.array([0.0]), np.array([1.0]), np.array([1]))
    >>> value, gradient = log_likelihood(one, np.array([1.0, 1.0, 1.0, 1.0]))
    >>> round(value, 6)
    -0.470004
    """
    r, alpha, s, beta = parameters
    x, place, count = rows.numbers
    total = count.sum()
    value = count @ (gammaln(r + x) - gammaln(r)) + total * (r * np.log(alpha) + s * np.log(beta))
    gradient = np.array(
        [count @ (digamma(r + x) - digamma(r)) + total * np.log(alpha), total * r / alpha, total * np.log(beta), total * s / beta]
    )
    for begin in range(0, len(place), _ROWS_AT_ONCE):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        n, age, weight = r + rows.repeats[part], rows.age[part], rows.customers[part]
        log_a, log_b = np.log(alpha + age), np.log(beta + age)
        stays = -n * log_a - s * log_b
        left, slopes = _left_since(rows, parameters, part)
        both = np.logaddexp(stays, left)
        value += both @ weight
        here = np.exp(stays - both) * weight
        gone = weight - here
        gradient -= np.array([here @ log_a, (here * n) @ (1 / (alpha + age)), here @ log_b, s * (here @ (1 / (beta + age)))])
        gradient += np.where(gone > 0, slopes, 0.0) @ gone
    return float(value), gradient * parameters


def log_odds_lost(rows: Histories, parameters: np.ndarray) -> np.ndarray:
    """The log odds that a customer is lost at the end of the period.

    >>> one = Histories(np.array([0.0]), np.array([0.0]), np.array([1.0]), np.array([1]))
    >>> log_odds_lost(one, np.array([1.0, 1.0, 1.0, 1.0])).round(6).tolist()
    [0.405465]
    """
    r, alpha, s, beta = parameters
    found = np.empty(len(rows.repeats))
    for begin in range(0, len(found), _ROWS_AT_ONCE):
        part = slice(begin, begin + _ROWS_AT_ONCE)
        age = rows.age[part]
        stays = -(r + rows.repeats[part]) * np.log(alpha + age) - s * np.log(beta + age)
        found[part] = _left_since(rows, parameters, part)[0] - stays
    return found


def rate(rows: Histories, parameters: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """The purchases a unit that a customer who is not lost at the end of the period is expected to make `ahead` units later.

    `ahead` has one entry a history, or several rows of them.

    >>> one = Histories(np.array([0.0]), np.array([0.0]), np.array([0.0]), np.array([1]))
    >>> rate(one, np.array([0.5, 2.0, 1.0, 3.0]), np.array([3.0])).tolist()
    [0.125]
    """
    r, alpha, s, beta = parameters
    return (r + rows.repeats) / (alpha + rows.age) * np.exp(-s * np.log1p(ahead / (beta + rows.age)))
