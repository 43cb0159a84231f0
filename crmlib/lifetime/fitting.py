"""What fitting BG/NBD and Pareto/NBD has in common: check the histories, climb, and report."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from crmlib.lifetime.histories import Histories, checked, collapse, require_repeats, unit_of
from crmlib.lifetime.likelihood import estimates, maximise
from crmlib.lifetime.purchase_model import PurchaseModel


def fitted(
    kind: str,
    names: list[str],
    log_likelihood: Callable,
    guess: Callable[[Histories], dict[str, float]],
    summary: pd.DataFrame,
    level: float,
) -> PurchaseModel:
    """The model of `kind` with the parameters that make the histories in `summary` most likely.

    >>> from crmlib.lifetime import bg_nbd
    >>> summary = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "repeats": [0, 1, 5], "span": [0, 5, 30], "age": 40})
    >>> fitted("bg_nbd", bg_nbd.NAMES, bg_nbd.log_likelihood, bg_nbd.first_guess, summary, 0.95).customers
    3
    """
    table = checked(summary)
    require_repeats(table)
    rows, unit = collapse(table), unit_of(table)
    found = maximise(lambda logs: log_likelihood(rows, np.exp(logs)), guess(rows), size=len(table))
    return PurchaseModel(
        kind,
        unit,
        estimates(names, found, level=level),
        found.log_likelihood,
        len(table),
        level,
        found.loose,
        maximum=found,
        histories=rows,
    )
