"""What blocking leaves to be found, measured against a truth that the caller gives."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.identity.blocking import CandidatePairs, key_pairs
from crmlib.identity.evaluating import share_interval, true_customers


def blocking_recall(
    pairs: CandidatePairs,
    truth: pd.DataFrame,
    *,
    by_site: bool = True,
    level: float = 0.95,
) -> pd.DataFrame:
    """Of the true pairs, how many come up for comparison at all.

    Answers: which key finds what, and what can no model find any more?

    Parameters
    ----------
    pairs : CandidatePairs, from :func:`crmlib.identity.candidate_pairs`
    truth : DataFrame: record_id, customer_id; with `by_site` branch (yes/no)
    by_site : bool
        Do not count a head office and its branch as a pair to be found: they share a name and no more.
    level : float, 0–1

    Returns
    -------
    DataFrame, indexed by blocking_key, "all" last
        pairs (compared), true_pairs (among them), recall, low, high (Wilson), precision (true_pairs over pairs)

    Raises
    ------
    ValueError
        The truth lacks a record or a column.

    Source: Christen, *Data Matching* (2012), ch. 7: pairs completeness and pairs quality; Wilson (1927). Pairs of one customer hang
    together, so that the intervals are somewhat too narrow.

    >>> from crmlib.identity import candidate_pairs
    >>> clean = pd.DataFrame({"record_id": ["a", "b", "c"], "mobile": ["12900000001", "12900000001", None]})
    >>> truth = pd.DataFrame({"record_id": ["a", "b", "c"], "customer_id": ["C1", "C1", "C1"]})
    >>> blocking_recall(candidate_pairs(clean, keys={"mobile": ["mobile"]}), truth, by_site=False).loc["all", "recall"].round(3).item()
    0.333
    """
    who = true_customers(truth, pairs.clean["record_id"], by_site=by_site)
    sizes = np.bincount(who)
    base = int((sizes * (sizes - 1) // 2).sum())
    rows, records = [], len(pairs.clean)
    found = {name: key_pairs(pairs, name) for name in pairs.keys["blocking_key"]}
    found["all"] = (
        pairs.pairs["left"].to_numpy(dtype=np.int64) * records
        + pairs.pairs["right"].to_numpy()
    )
    for name, both in found.items():
        true = int((who[both // records] == who[both % records]).sum())
        low, high = share_interval(true, base, level)
        rows.append(
            (
                name,
                len(both),
                true,
                true / base if base else np.nan,
                low,
                high,
                true / len(both) if len(both) else np.nan,
            )
        )
    return pd.DataFrame(
        rows,
        columns=[
            "blocking_key",
            "pairs",
            "true_pairs",
            "recall",
            "low",
            "high",
            "precision",
        ],
    ).set_index("blocking_key")
