"""Groups that nobody defined beforehand: customers clustered by their own likeness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.segments.per_customer import customer_table, numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LARGEST_K, _RESAMPLES, _SILHOUETTE_SAMPLE = 8, 20, 2000


@dataclass(frozen=True)
class Clusters:
    """`labels`: the cluster of each customer (1 has the highest median of the first column). `profile`: customers, share and the
    medians of each cluster. `silhouette`: for k = 2 to 8, how well clusters stand apart (−1 to 1). `stability`: mean adjusted Rand index
    between these clusters and those found in bootstrap samples (1: always the same; near 0: no better than chance)."""

    labels: pd.Series
    profile: pd.DataFrame
    silhouette: pd.Series
    stability: float
    columns: tuple[str, ...] = field(repr=False)

    def summary(self) -> str:
        """The result in three sentences."""
        k, best = len(self.profile), int(self.silhouette.idxmax())
        return _(
            "{customers} customers in {k} clusters. Silhouette {here:.2f}; the best k from 2 to {largest} would be {best} with {top:.2f}. "
            "Stability {stability:.2f}: drawn again, customers would share a cluster with much the same others only if this is near 1."
        ).format(
            customers=len(self.labels), k=k, here=self.silhouette.get(k, float("nan")), largest=int(self.silhouette.index.max()),
            best=best, top=self.silhouette.max(), stability=self.stability,
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The profile as a picture; see :func:`crmlib.plotting.clusters`."""
        from crmlib.plotting import clusters

        return clusters(self, ax=ax)


def cluster_customers(table: pd.DataFrame, *, columns: Sequence[str], k: int, rng: np.random.Generator | int) -> Clusters:
    """Cluster customers by k-means on logarithmic, standardised features.

    Answers: do the data fall into groups of their own, and do these agree with the classes that we use?

    Parameters
    ----------
    table : DataFrame, one row a customer
        customer_id (a column or the index) and the `columns`.
    columns : names of two or more number columns
        Each is turned into sign(x) · log(1 + |x|) and standardised, so that a few very large customers do not decide alone.
    k : int, 2–8
        How many clusters.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    Clusters
        labels, profile, silhouette, stability; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, holds text or gaps, or is the same for everybody; `k` does not fit; there are fewer than 3·k customers, or
        no more than k different ones.

    Source: MacQueen (1967) for k-means; Rousseeuw (1987) for the silhouette; Hubert and Arabie (1985) for the adjusted Rand index.

    >>> table = pd.DataFrame({"parcels": [1, 2, 1, 90, 80, 95], "margin_yuan": [2.0, 3.0, 2.0, 400.0, 500.0, 450.0]}, index=list("abcdef"))
    >>> cluster_customers(table, columns=["parcels", "margin_yuan"], k=2, rng=0).labels.tolist()
    [2, 2, 2, 1, 1, 1]
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score, silhouette_score
    from threadpoolctl import threadpool_limits

    if isinstance(columns, str) or len(set(columns)) < 2 or len(set(columns)) < len(columns):
        raise ValueError(_('columns must name at least two different columns, for example ["parcels", "revenue_yuan"].'))
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 2 <= k <= _LARGEST_K:
        raise ValueError(_("k is {value}; it must be a whole number from 2 to {largest}.").format(value=k, largest=_LARGEST_K))
    if rng is None or isinstance(rng, bool) or not isinstance(rng, (np.random.Generator, int, np.integer)):
        raise ValueError(_("rng must be a whole number or numpy.random.default_rng(…), so that the same call gives the same clusters."))
    columns = tuple(columns)
    customers = customer_table(table, columns, "table")
    values = pd.DataFrame({name: numbers(customers[name], name) for name in columns})
    if len(values) < 3 * k:
        raise ValueError(_("{count} customer(s) are too few for {k} clusters; at least {least} are needed.").format(
            count=len(values), k=k, least=3 * k))  # fmt: skip
    features = np.sign(values) * np.log1p(values.abs())
    spread = features.std(ddof=0)
    for name in columns:
        if spread[name] == 0:
            raise ValueError(_("{column} is the same for every customer and cannot tell them apart. Leave it out.").format(column=name))
    points = ((features - features.mean()) / spread).to_numpy()
    distinct = len(np.unique(points, axis=0))
    if distinct <= k:
        raise ValueError(
            _(
                "Only {distinct} different customers in these columns, too few for {k} clusters. Choose a smaller k, or more columns."
            ).format(distinct=distinct, k=k)
        )
    rng = np.random.default_rng(rng)

    def fit(rows: np.ndarray, clusters: int) -> KMeans:
        # So little work is done faster by one thread than shared out; the result is the same.
        with threadpool_limits(1):
            return KMeans(clusters, n_init=5, random_state=int(rng.integers(2**31))).fit(rows)

    raw = fit(points, k).labels_
    sample = rng.permutation(len(points))[:_SILHOUETTE_SAMPLE]
    silhouette = pd.Series(dtype=float, name="silhouette")
    for clusters in range(2, min(_LARGEST_K, distinct - 1, len(sample) - 1) + 1):
        labels = raw if clusters == k else fit(points, clusters).labels_
        seen = len(np.unique(labels[sample])) > 1
        silhouette[clusters] = float(silhouette_score(points[sample], labels[sample])) if seen else float("nan")
    agreement = []
    for _resample in range(_RESAMPLES):
        drawn = fit(points[rng.integers(len(points), size=len(points))], k)
        agreement.append(adjusted_rand_score(raw, drawn.predict(points)))
    labels, profile = _numbered(values, raw)
    return Clusters(labels, profile, silhouette.rename_axis("k"), float(np.mean(agreement)), columns)


def _numbered(values: pd.DataFrame, raw: np.ndarray) -> tuple[pd.Series, pd.DataFrame]:
    medians = values.groupby(raw).median()
    order = medians.sort_values(list(medians.columns), ascending=False).index
    number = {old: new for new, old in enumerate(order, start=1)}
    labels = pd.Series(raw, index=values.index).map(number).rename("cluster")
    grouped = values.groupby(labels)
    profile = grouped.median()
    profile.insert(0, "customers", grouped.size())
    profile.insert(1, "customer_share", profile["customers"] / len(values))
    return labels, profile
