"""How well a model fits: customers by number of repeat purchases, observed and expected."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import betainc, betaln
from scipy.stats import norm

from crmlib.i18n import _
from crmlib.lifetime.forecast import parameters_of
from crmlib.lifetime.purchase_model import PurchaseModel

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2


def purchase_frequencies(model: PurchaseModel) -> pd.DataFrame:
    """Customers by number of repeat purchases: how many there are, and how many the model expects.

    Answers: does the model describe these customers at all?

    Parameters
    ----------
    model : PurchaseModel, from :func:`fit_bg_nbd` or :func:`fit_pareto_nbd`

    Returns
    -------
    DataFrame, one row a class of repeat purchases (0, 1, 2, 3, 4–7, 8–15, …)
        repeats (text), customers (observed), expected_customers, low, high (within which the number of customers would lie by chance at
        the model's level of confidence, were the model right)

    Source: Fader, Hardie and Lee, Marketing Science 24 (2005), figure 2.

    >>> from crmlib.lifetime import fit_bg_nbd
    >>> summary = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "repeats": [0, 1, 5], "span": [0, 5, 30], "age": 40})
    >>> purchase_frequencies(fit_bg_nbd(summary)).repeats.tolist()
    ['0', '1', '2', '3', '4+']
    """
    if not isinstance(model, PurchaseModel):
        raise ValueError(_("model must come from crm.lifetime.fit_bg_nbd or fit_pareto_nbd; this is a {kind}.").format(
            kind=type(model).__name__))  # fmt: skip
    rows = model.histories
    edges = class_edges(rows.repeats.max())
    ages, place = np.unique(rows.age, return_inverse=True)
    at_least = {"bg_nbd": _bg_nbd, "pareto_nbd": _pareto_nbd}[model.kind]
    reached = np.column_stack([at_least(float(edge), ages, parameters_of(model)) for edge in edges] + [np.zeros(len(ages))])
    chance = reached[:, :-1] - reached[:, 1:]
    customers = np.bincount(place, weights=rows.customers)
    expected, spread = customers @ chance, np.sqrt(customers @ (chance * (1 - chance)))
    reach = norm.ppf((1 + model.level) / 2) * spread
    observed = np.bincount(np.searchsorted(edges, rows.repeats, side="right") - 1, weights=rows.customers, minlength=len(edges))
    return pd.DataFrame({
        "repeats": class_names(edges), "customers": observed.astype("int64"), "expected_customers": expected,
        "low": np.maximum(expected - reach, 0), "high": expected + reach,
    })  # fmt: skip


def class_edges(most: float) -> np.ndarray:
    """Where the classes of repeat purchases begin: 0, 1, 2, 3, 4, 8, 16, … up to the largest number.

    >>> class_edges(20.0).tolist()
    [0, 1, 2, 3, 4, 8, 16]
    """
    doubled = [2**power for power in range(2, 40) if 2**power <= most]
    return np.array([0, 1, 2, 3, *(doubled or [4])])


def class_names(edges: np.ndarray) -> list[str]:
    """What the classes are called: "3", "4–7", "8+".

    >>> class_names(np.array([0, 1, 2, 3, 4, 8]))
    ['0', '1', '2', '3', '4–7', '8+']
    """
    ends = [*(edges[1:] - 1), None]
    return [f"{low}+" if high is None else f"{low}" if low == high else f"{low}–{high}" for low, high in zip(edges, ends, strict=True)]


def _bg_nbd(least: float, ages: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """P(X(t) ≥ n): the customer outlives n − 1 purchases, and n purchases fall into its age."""
    r, alpha, a, b = parameters
    if least == 0:
        return np.ones(len(ages))
    return np.exp(betaln(a, b + least - 1) - betaln(a, b)) * betainc(least, r, ages / (alpha + ages))


def _pareto_nbd(least: float, ages: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """P(X(t) ≥ n): n purchases fall into the life or the age, whichever is shorter."""
    r, alpha, s, beta = parameters
    if least == 0:
        return np.ones(len(ages))
    reach = np.log1p(ages / beta)
    lives = beta * np.expm1(reach[:, None] * _NODES)
    leaves = s * reach[:, None] * np.exp(-s * reach[:, None] * _NODES) * _WEIGHTS
    return (leaves * betainc(least, r, lives / (alpha + lives))).sum(axis=1) + np.exp(-s * reach) * betainc(least, r, ages / (alpha + ages))
