"""How many customers there really are: ids looked up by hand, some of them pieces of one customer, some of them two people in one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.checks import (
    need_frame,
    refuse_rows,
    require_columns,
    require_rng,
    require_share,
)
from crmlib.i18n import _
from crmlib.identity.clustering import Clusters
from crmlib.identity.evaluating import true_customers
from crmlib.identity.given import need

_DRAWS = 20_000
_PRIOR = 0.5
"""Jeffreys' prior: half an id of each kind."""


@dataclass(frozen=True)
class CustomerCount:
    """`value` real customers, `low` to `high` at confidence `level`; `ids` that we count, `checked` of them looked up, `split` of these only
    a piece of a customer, `mixed` of these more than one customer."""

    value: float
    low: float
    high: float
    level: float
    ids: int
    checked: int
    split: int
    mixed: int

    def summary(self) -> str:
        """The result in one sentence."""
        return _("We count {ids:,} ids. Of {checked} looked up by hand {split} are only a piece of a customer and {mixed} hold more than one: "
                 "that makes some {value:,.0f} real customers ({level:.0%} interval: {low:,.0f} to {high:,.0f}).").format(
            ids=self.ids, checked=self.checked, split=self.split, mixed=self.mixed, value=self.value, level=self.level, low=self.low,
            high=self.high)  # fmt: skip


def estimate_customers(clusters: Clusters, checked: pd.DataFrame, *, level: float = 0.95, rng: np.random.Generator | int) -> CustomerCount:
    """How many customers there really are, from a sample of ids that were looked up by hand.

    Answers: we count so many ids; how many people are that?

    Parameters
    ----------
    clusters : Clusters, from :func:`crmlib.identity.cluster`
    checked : DataFrame
        unified_id, drawn at random, each once; pieces: over how many ids this customer is spread (1: whole); people: how many customers
        the id really holds (1: as it should be).
    level : float, 0–1
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    CustomerCount
        value, low, high, ids, checked, split, mixed; `.summary()`

    Raises
    ------
    ValueError
        An id is unknown or stands there twice, a number is below 1, or nothing was checked.

    Notes
    -----
    A piece of two counts half a customer, an id with two people counts twice. The shares of both are uncertain by Jeffreys' distribution.

    Source: Cochran, *Sampling Techniques* (1977), ch. 5; Brown, Cai and DasGupta, *Statistical Science* 16 (2001) on Jeffreys' interval.

    >>> from crmlib.identity import candidate_pairs, cluster, fit_matches, normalise
    >>> records = pd.DataFrame({"system": "order", "record_id": [f"r{i}" for i in range(80)], "name": [f"澜禾{i // 2}号店" for i in range(80)],
    ...     "mobile": [f"129{i // 2:08d}" for i in range(80)]})
    >>> clusters = cluster(fit_matches(candidate_pairs(normalise(records), keys={"mobile": ["mobile"]})).decide())
    >>> round(estimate_customers(clusters, pd.DataFrame({"unified_id": ["U-r0", "U-r2"], "pieces": 1, "people": 1}), rng=1).value)
    40
    """
    need(clusters, Clusters, "clusters", "crm.identity.cluster")
    need_frame(checked, "checked")
    require_columns(checked.columns, ["unified_id", "pieces", "people"])
    require_share("level", level)
    rng = require_rng(rng)
    if checked.empty:
        raise ValueError(_("No id was looked up: the table checked is empty."))
    known = checked["unified_id"].isin(clusters.table["unified_id"])
    refuse_rows(~known | checked["unified_id"].duplicated(), _("unified_id is unknown, or stands there twice"),
                _("Take it from clusters.table, each once."))  # fmt: skip
    numbers = checked[["pieces", "people"]].apply(pd.to_numeric, errors="coerce")
    refuse_rows(~(numbers >= 1).all(axis=1), _("pieces or people is no number from 1 on"), _("Write 1 where all is well."))
    ids, count = clusters.table["unified_id"].nunique(), len(numbers)
    lost = 1 - 1 / numbers["pieces"].to_numpy(dtype=float)
    more = numbers["people"].to_numpy(dtype=float) - 1
    split, mixed = int((lost > 0).sum()), int((more > 0).sum())
    each_lost = lost.sum() / split if split else 0.5
    each_more = more.sum() / mixed if mixed else 1.0
    value = ids * (1 - lost.mean() + more.mean())
    shares = [rng.beta(hits + _PRIOR, count - hits + _PRIOR, size=_DRAWS) for hits in (split, mixed)]
    low, high = np.quantile(ids * (1 - shares[0] * each_lost + shares[1] * each_more), [(1 - level) / 2, (1 + level) / 2])
    return CustomerCount(float(value), float(min(low, value)), float(max(high, value)), float(level), int(ids), count, split, mixed)


def practice_answers(table: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """A review table as people would fill it in who make no mistake: for class, where the firm is simulated and the truth is known.

    Answers: what does a sample look like when it comes back?

    Parameters
    ----------
    table : DataFrame
        left, right, as :func:`crmlib.identity.review_sample` or :func:`crmlib.identity.review_list` gives them.
    truth : DataFrame
        record_id and customer_id of every record.

    Returns
    -------
    DataFrame
        The table with answer (same, different) filled in.

    Raises
    ------
    ValueError
        The truth lacks a record.

    >>> truth = pd.DataFrame({"record_id": ["a", "b", "c"], "customer_id": ["C1", "C1", "C2"]})
    >>> practice_answers(pd.DataFrame({"left": ["a", "a"], "right": ["b", "c"]}), truth).answer.tolist()
    ['same', 'different']
    """
    need_frame(table, "table")
    require_columns(table.columns, ["left", "right"])
    who = true_customers(truth, pd.concat([table["left"], table["right"]], ignore_index=True))
    return table.assign(answer=np.where(who[: len(table)] == who[len(table) :], "same", "different").astype(object))


def practice_check(clusters: Clusters, truth: pd.DataFrame, *, size: int = 200, rng: np.random.Generator | int) -> pd.DataFrame:
    """What people would find who look up some ids one by one: for class, where the firm is simulated and the truth is known.

    Answers: what does such a sample look like, before we send somebody to make one?

    Parameters
    ----------
    clusters : Clusters, from :func:`crmlib.identity.cluster`
    truth : DataFrame
        record_id and customer_id of every record.
    size : int
        Ids to look up; all where there are fewer.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    DataFrame
        unified_id, records, pieces, people; as :func:`estimate_customers` wants it

    Raises
    ------
    ValueError
        The truth lacks a record, the size is no whole number from 1 on, or rng is lacking.

    >>> from crmlib.identity import candidate_pairs, cluster, fit_matches, normalise
    >>> records = pd.DataFrame({"system": "order", "record_id": [f"r{i}" for i in range(80)], "name": [f"澜禾{i // 2}号店" for i in range(80)],
    ...     "mobile": [f"129{i // 2:08d}" for i in range(80)]})
    >>> clusters = cluster(fit_matches(candidate_pairs(normalise(records), keys={"mobile": ["mobile"]})).decide())
    >>> truth = pd.DataFrame({"record_id": records["record_id"], "customer_id": [f"C{i // 4}" for i in range(80)]})
    >>> practice_check(clusters, truth, size=3, rng=1).pieces.tolist()
    [2, 2, 2]
    """
    need(clusters, Clusters, "clusters", "crm.identity.cluster")
    rng = require_rng(rng)
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
        raise ValueError(_("size is {value}; it must be a whole number from 1 on.").format(value=size))
    both = pd.DataFrame({
        "unified_id": clusters.table["unified_id"].to_numpy(), "customer": true_customers(truth, clusters.table["record_id"]),
    })  # fmt: skip
    spread = both.groupby("customer")["unified_id"].nunique()
    both["pieces"] = both["customer"].map(spread)
    found = both.groupby("unified_id").agg(records=("customer", "size"), pieces=("pieces", "max"), people=("customer", "nunique")).reset_index()
    return found.iloc[rng.choice(len(found), size=min(int(size), len(found)), replace=False)].reset_index(drop=True)
