"""What a fitted model expects of each customer: is it still ours, and how often will it buy?"""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pandas as pd
from scipy.special import expit

from crmlib.i18n import _
from crmlib.lifetime import bg_nbd, pareto_nbd
from crmlib.lifetime.histories import NEEDED, Histories, checked, unit_of
from crmlib.lifetime.purchase_model import PurchaseModel

MODELS = {"bg_nbd": bg_nbd, "pareto_nbd": pareto_nbd}
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_NODES, _WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2


def probability_alive(model: PurchaseModel, summary: pd.DataFrame) -> pd.Series:
    """The probability that each customer is still a customer at the end of the period.

    Answers: who is only between two purchases, and who has left without telling us?

    Parameters
    ----------
    model : PurchaseModel, from :func:`fit_bg_nbd` or :func:`fit_pareto_nbd`
    summary : DataFrame, one row a customer, from :func:`purchase_summary`, in the model's unit

    Returns
    -------
    Series probability_alive (0–1), indexed by customer_id, in the order of `summary`

    Raises
    ------
    ValueError
        A history is impossible, or the summary counts in another unit than the model.

    Notes
    -----
    BG/NBD gives every customer who bought only once the probability 1, since it loses customers after repeat purchases only. To find lost
    customers, prefer Pareto/NBD.

    Source: Schmittlein, Morrison and Colombo (1987); Fader, Hardie and Lee (2005).

    >>> from crmlib.lifetime import fit_pareto_nbd
    >>> summary = pd.DataFrame({"customer_id": ["c1", "c2", "c3", "c4"], "repeats": [5, 5, 0, 1], "span": [38, 12, 0, 20], "age": 40})
    >>> alive = probability_alive(fit_pareto_nbd(summary), summary)
    >>> bool(alive["c1"] > alive["c2"])
    True
    """
    table, rows = _rows(model, summary)
    return pd.Series(alive_chance(model.kind, rows, parameters_of(model)), index=table.index, name="probability_alive")


def expected_purchases(model: PurchaseModel, summary: pd.DataFrame, *, periods: float, season: float = 1.0) -> pd.Series:
    """How many purchases each customer is expected to make in the next `periods`.

    Answers: how much will each customer ship, given how it has shipped so far and that it may be lost already?

    Parameters
    ----------
    model : PurchaseModel, from :func:`fit_bg_nbd` or :func:`fit_pareto_nbd`
    summary : DataFrame, one row a customer, from :func:`purchase_summary`, in the model's unit
    periods : float, above 0, in the summary's unit
        How far to look ahead, from the end of the summary's period.
    season : float, above 0
        How busy these periods are, where 1 is ordinary; :func:`season_factor` measures it.

    Returns
    -------
    Series expected_purchases, indexed by customer_id, in the order of `summary`

    Raises
    ------
    ValueError
        A history is impossible, the summary counts in another unit than the model, or `periods` or `season` is not above 0.

    Source: Schmittlein, Morrison and Colombo (1987); Fader, Hardie and Lee (2005).

    >>> from crmlib.lifetime import fit_bg_nbd
    >>> summary = pd.DataFrame({"customer_id": ["c1", "c2", "c3", "c4"], "repeats": [9, 1, 0, 2], "span": [38, 12, 0, 20], "age": 40})
    >>> expected = expected_purchases(fit_bg_nbd(summary), summary, periods=10)
    >>> bool(expected["c1"] > expected["c2"])
    True
    """
    table, rows = _rows(model, summary)
    ahead = require_positive("periods", periods) * require_positive("season", season)
    parameters = parameters_of(model)
    found = alive_chance(model.kind, rows, parameters) * purchases_if_alive(model.kind, rows, parameters, periods=ahead)
    return pd.Series(found, index=table.index, name="expected_purchases")


def _rows(model: PurchaseModel, summary: pd.DataFrame) -> tuple[pd.DataFrame, Histories]:
    if not isinstance(model, PurchaseModel):
        raise ValueError(_("model must come from crm.lifetime.fit_bg_nbd or fit_pareto_nbd; this is a {kind}.").format(
            kind=type(model).__name__))  # fmt: skip
    table = checked(summary)
    unit = unit_of(table)
    if unit != model.unit:
        raise ValueError(_("The model counts by {model}, the summary by {summary}. Make both with the same unit.").format(
            model=model.unit, summary=unit))  # fmt: skip
    return table, Histories(*(table[name].to_numpy() for name in NEEDED), np.ones(len(table)))


def require_positive(name: str, value: float) -> float:
    """`value` as a float; a sentence unless it is a finite number above 0.

    >>> require_positive("periods", 26)
    26.0
    """
    if isinstance(value, (bool, str)) or not np.isscalar(value) or not (np.isfinite(value) and value > 0):
        raise ValueError(_("{name} is {value}; it must be a number above 0.").format(name=name, value=value))
    return float(value)


def parameters_of(model: PurchaseModel) -> np.ndarray:
    """The four estimates, as an array.

    >>> from crmlib.lifetime import fit_bg_nbd
    >>> summary = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "repeats": [0, 1, 5], "span": [0, 5, 30], "age": 40})
    >>> parameters_of(fit_bg_nbd(summary)).shape
    (4,)
    """
    return model.parameters["estimate"].to_numpy()


def alive_chance(kind: str, rows: Histories, parameters: np.ndarray) -> np.ndarray:
    """For each history, the probability that the customer is not lost.

    >>> alive_chance("bg_nbd", Histories(*(np.array([n]) for n in (0.0, 0.0, 1.0, 1))), np.ones(4)).tolist()
    [1.0]
    """
    return expit(-MODELS[kind].log_odds_lost(rows, parameters))


def purchases_if_alive(kind: str, rows: Histories, parameters: np.ndarray, *, periods: float, discount: float = 0.0) -> np.ndarray:
    """For each history, the purchases in the next `periods` if the customer is not lost now, each less `discount` a unit of waiting.

    The model's rate of purchases is integrated on the scale of the logarithm of time, on which it is smooth.

    >>> new = Histories(*(np.array([n]) for n in (0.0, 0.0, 0.0, 1)))
    >>> purchases_if_alive("pareto_nbd", new, np.array([1.0, 2.0, 1.0, 4.0]), periods=4.0).round(6).tolist()  # 2 ln 2
    [1.386294]
    """
    model: ModuleType = MODELS[kind]
    scale = parameters[3 if kind == "pareto_nbd" else 1] + rows.age
    reach = np.log1p(periods / scale)
    grown = np.exp(reach * _NODES[:, None])
    ahead = scale * (grown - 1)
    made = grown * model.rate(rows, parameters, ahead) * np.exp(-discount * ahead)
    return scale * reach * (_WEIGHTS @ made)
