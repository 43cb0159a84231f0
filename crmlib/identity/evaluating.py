"""How many pairs and customers were found rightly, measured against a truth that the caller gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from crmlib import standards
from crmlib.checks import (
    need_frame,
    refuse_rows,
    require_columns,
    require_rng,
    require_share,
)
from crmlib.i18n import _
from crmlib.identity.clustering import Clusters
from crmlib.identity.given import need
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_RATIOS = {
    "pair_precision": ("both", "ours"), "pair_recall": ("both", "true"),
    "cluster_precision": ("whole", "clusters"), "cluster_recall": ("whole", "customers"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Evaluation:
    """`table`, one row a measure: value, low, high at confidence `level`, count and base (value = count / base).

    pair_precision: of pairs under one id, those that are one customer. pair_recall: of true pairs, those under one id. cluster_precision:
    of our ids, those that hold one customer and all of it. cluster_recall: of customers, those that are so held. integrated: of customers
    who stand in several systems, those that are so held; `target` is what was aimed at. `mistakes`, one row a wrong pair: kind
    (merged_wrongly, split), left, right, unified_left, unified_right, customer_left, customer_right.
    """

    table: pd.DataFrame
    mistakes: pd.DataFrame = field(repr=False)
    target: float
    level: float

    def summary(self) -> str:
        """The result in two sentences."""
        pairs, found, row = (
            self.table.loc[name]
            for name in ("pair_precision", "pair_recall", "integrated")
        )
        verdict = (_("the target of {target:.0%} is met") if row["low"] >= self.target else
                   _("the target of {target:.0%} is missed") if row["high"] < self.target else
                   _("whether the target of {target:.0%} is met these records do not tell")).format(target=self.target)  # fmt: skip
        return _("Of the pairs under one id {precision:.1%} are right, and of the true pairs {recall:.1%} were found. Of {base:,.0f} customers "
                 "in several systems {share:.1%} are integrated ({level:.0%} interval: {low:.1%} to {high:.1%}): {verdict}.").format(
            precision=pairs["value"], recall=found["value"], base=row["base"], share=row["value"], level=self.level, low=row["low"],
            high=row["high"], verdict=verdict)  # fmt: skip

    def headline(self) -> str:
        """The share integrated, with its interval, as the title of a page."""
        row = self.table.loc["integrated"]
        return _("{share:.1%} of customers in several systems are integrated ({low:.1%} to {high:.1%}); the target is {target:.0%}").format(
            share=row["value"], low=row["low"], high=row["high"], target=self.target)  # fmt: skip

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The measures with their intervals; see :func:`crmlib.plotting.identity_measures`."""
        from crmlib.plotting.identity import identity_measures

        return identity_measures(self, ax=ax)


def evaluate(
    clusters: Clusters, truth: pd.DataFrame, *, by_site: bool = False, target: float | None = None, level: float = 0.95,
    resamples: int = 1000, rng: np.random.Generator | int,
) -> Evaluation:  # fmt: skip
    """Compare the ids with the truth.

    Answers: how many customers are whole, how many are mixed up, and are nine in ten integrated?

    Parameters
    ----------
    clusters : Clusters, from :func:`crmlib.identity.cluster`
    truth : DataFrame
        record_id and customer_id of every record; with `by_site` also branch (yes/no).
    by_site : bool
        Take a branch for a customer of its own, here and in the truth.
    target : float, 0–1, optional
        Aimed share of integrated customers. Without it: the standard identity.integrated_share.
    level : float, 0–1
    resamples : int
        Bootstrap samples of customers; those whom a mistake ties together are drawn together.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    Evaluation
        table, mistakes, target, level; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        The truth lacks a record, or a customer_id is missing.

    Source: Menestrina, Whang and Garcia-Molina, *PVLDB* 3 (2010) on pair and cluster measures; Efron and Tibshirani (1993) for the
    bootstrap; Wilson (1927) for the integrated share.

    >>> from crmlib.identity import candidate_pairs, cluster, fit_matches, normalise
    >>> records = pd.DataFrame({"system": "order", "record_id": [f"r{i}" for i in range(80)], "name": [f"澜禾{i // 2}号店" for i in range(80)],
    ...     "mobile": [f"129{i // 2:08d}" for i in range(80)]})
    >>> clusters = cluster(fit_matches(candidate_pairs(normalise(records), keys={"mobile": ["mobile"]})).decide())
    >>> truth = pd.DataFrame({"record_id": records["record_id"], "customer_id": [f"C{i // 2}" for i in range(80)]})
    >>> evaluate(clusters, truth, rng=1).table.loc["pair_recall", "value"].item()
    1.0
    """
    need(clusters, Clusters, "clusters", "crm.identity.cluster")
    require_share("level", level)
    aim = (
        standards.get("identity.integrated_share", unit="share")
        if target is None
        else target
    )
    require_share("target", aim)
    rng, table = require_rng(rng), clusters.table
    ours = _codes(
        table["unified_id"] + "|" + table["site"].fillna("")
        if by_site
        else table["unified_id"]
    )
    truly = true_customers(truth, table["record_id"], by_site=by_site)
    units, per_customer = _units(ours, truly, table["system"].to_numpy())
    several = per_customer["systems"] > 1
    done, base = int((per_customer["whole"] & several).sum()), int(several.sum())
    counts, drawn = units.sum(), _bootstrap(units, resamples, rng)
    rows = []
    for name, (top, below) in _RATIOS.items():
        value = counts[top] / counts[below] if counts[below] else np.nan
        low, high = _interval(
            drawn[top], drawn[below], counts[top], counts[below], level
        )
        rows.append((name, value, low, high, counts[top], counts[below]))
    low, high = share_interval(done, base, level)
    rows.append(("integrated", done / base if base else np.nan, low, high, done, base))
    columns = ["measure", "value", "low", "high", "count", "base"]
    return Evaluation(
        pd.DataFrame(rows, columns=columns).set_index("measure"),
        _mistakes(table, ours, truly, truth),
        aim,
        level,
    )


def true_customers(
    truth: pd.DataFrame, records: pd.Series, *, by_site: bool = False
) -> np.ndarray:
    """The true customer of each record, as a number; the truth must know every record.

    >>> true_customers(pd.DataFrame({"record_id": ["b", "a"], "customer_id": ["C1", "C2"]}), pd.Series(["a", "b"])).tolist()
    [0, 1]
    """
    need_frame(truth, "truth")
    require_columns(
        truth.columns, ["record_id", "customer_id", *(["branch"] if by_site else [])]
    )
    refuse_rows(
        truth["customer_id"].isna(),
        _("{name} is missing").format(name="customer_id"),
        _("Fill it in, or drop these rows."),
    )
    refuse_rows(
        truth["record_id"].duplicated(keep=False),
        _("A record_id stands twice"),
        _("Keep one row a record."),
    )
    place = pd.Index(truth["record_id"]).get_indexer(records)
    if (place < 0).any():
        raise ValueError(
            _("The truth lacks {count} record(s), first {first}.").format(
                count=int((place < 0).sum()),
                first=records.iloc[int(np.argmax(place < 0))],
            )
        )
    who = truth["customer_id"].astype(str)
    return _codes(
        (who + "|" + truth["branch"].astype(str) if by_site else who).iloc[place]
    )


def _codes(values: pd.Series) -> np.ndarray:
    return pd.factorize(values)[0].astype(np.int64)


def _units(
    ours: np.ndarray, truly: np.ndarray, system: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts by unit, a set of customers and ids that hang together; and of each customer whether one id holds it whole and alone."""
    cells = (
        pd.DataFrame({"ours": ours, "truly": truly})
        .value_counts(sort=False)
        .rename("n")
        .reset_index()
    )
    clusters, customers = int(ours.max()) + 1, int(truly.max()) + 1
    graph = coo_matrix(
        (np.ones(len(cells)), (cells["ours"], clusters + cells["truly"])),
        shape=(clusters + customers,) * 2,
    )
    unit = connected_components(graph, directed=False)[1]
    size, true_size = np.bincount(ours), np.bincount(truly)
    alone = (size[cells["ours"]] == cells["n"]) & (
        true_size[cells["truly"]] == cells["n"]
    )
    whole = np.zeros(customers, dtype=bool)
    whole[cells.loc[alone, "truly"]] = True

    def pairs(counts: np.ndarray) -> np.ndarray:
        return counts * (counts - 1) / 2

    most = int(unit.max()) + 1
    of_cell, of_cluster, of_customer = (
        unit[cells["ours"]],
        unit[:clusters],
        unit[clusters:],
    )
    units = pd.DataFrame({
        "both": np.bincount(of_cell, pairs(cells["n"].to_numpy()), most), "ours": np.bincount(of_cluster, pairs(size), most),
        "true": np.bincount(of_customer, pairs(true_size), most), "whole": np.bincount(of_customer, whole, most),
        "clusters": np.bincount(of_cluster, minlength=most), "customers": np.bincount(of_customer, minlength=most)})  # fmt: skip
    systems = pd.Series(system).groupby(truly).nunique().reindex(range(customers))
    return units, pd.DataFrame({"whole": whole, "systems": systems.to_numpy()})


def _bootstrap(
    units: pd.DataFrame, resamples: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Totals of `resamples` samples of the units; units that look the same are drawn as one kind."""
    kinds = units.value_counts(sort=False)
    drawn = rng.multinomial(len(units), kinds.to_numpy() / len(units), size=resamples)
    return pd.DataFrame(
        drawn @ np.array(kinds.index.tolist(), dtype=float), columns=kinds.index.names
    )


def _interval(
    top: pd.Series, below: pd.Series, count: float, base: float, level: float
) -> tuple[float, float]:
    if count in (0, base):
        # Without a single mistake no sample has one; Wilson's interval still allows for some.
        return share_interval(count, base, level)
    low, high = np.nanquantile(
        (top / below.where(below > 0)).to_numpy(dtype=float),
        [(1 - level) / 2, (1 + level) / 2],
    )
    return float(low), float(high)


def share_interval(count: float, base: float, level: float) -> tuple[float, float]:
    """Wilson's interval of count / base, which holds the share itself; nothing known where the base is 0.

    >>> [round(end, 3) for end in share_interval(40, 40, 0.95)]
    [0.912, 1.0]
    """
    if not base:
        return np.nan, np.nan
    low, high = wilson_interval(count, base, level)
    return min(low, count / base), max(high, count / base)


def _mistakes(
    table: pd.DataFrame, ours: np.ndarray, truly: np.ndarray, truth: pd.DataFrame
) -> pd.DataFrame:
    """For every mistake one pair of records that shows it: neighbours within an id of two customers, or of a customer with two ids."""
    place, found = np.arange(len(table)), []
    who = (
        truth.set_index("record_id")["customer_id"]
        .reindex(table["record_id"])
        .to_numpy()
    )
    for kind, within, across in (
        ("merged_wrongly", ours, truly),
        ("split", truly, ours),
    ):
        parts = pd.DataFrame(
            {"within": within, "across": across, "place": place}
        ).drop_duplicates(["within", "across"])
        parts = parts.sort_values(["within", "place"], kind="stable")
        before = (
            parts["place"]
            .shift()[parts["within"] == parts["within"].shift()]
            .astype(np.int64)
        )
        found.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "left": before.to_numpy(),
                    "right": parts.loc[before.index, "place"].to_numpy(),
                }
            )
        )
    pairs = pd.concat(found, ignore_index=True)
    ids, unified = table["record_id"].to_numpy(), table["unified_id"].to_numpy()
    one, two = (
        pairs["left"].to_numpy(dtype=np.int64),
        pairs["right"].to_numpy(dtype=np.int64),
    )
    return pd.DataFrame({
        "kind": pairs["kind"], "left": ids[one], "right": ids[two], "unified_left": unified[one], "unified_right": unified[two],
        "customer_left": who[one], "customer_right": who[two]})  # fmt: skip
