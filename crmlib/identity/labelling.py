"""How good the links are when nobody knows the truth: a sample looked at by hand, drawn from every band of probability."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, require_columns, require_rng, require_share
from crmlib.i18n import _
from crmlib.identity.given import need
from crmlib.identity.linking import Links
from crmlib.identity.reviewing import side_by_side

BANDS = (0.0, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0)
"""Bounds of the bands of probability from which the sample is drawn."""
_DRAWS = 20_000
_PRIOR = 0.5
"""Jeffreys' prior: half a pair of each kind."""


@dataclass(frozen=True, eq=False)
class LabelEstimate:
    """`table`, one row a measure: value, low, high at confidence `level`. precision: of the linked pairs, those that are one customer;
    recall: of the candidate pairs that are one customer, those that are linked (pairs that were never compared are not in it);
    false_links and missed_pairs: how many pairs that makes. `strata`: band, linked, pairs, labelled, same, share."""

    table: pd.DataFrame
    strata: pd.DataFrame = field(repr=False)
    level: float

    def summary(self) -> str:
        """The result in one sentence."""
        right, found = self.table.loc["precision"], self.table.loc["recall"]
        return _("From {labelled} pairs looked at by hand: of the links {precision:.1%} are right ({level:.0%} interval: {low:.1%} to {high:.1%}), "
                 "and of the true pairs among the candidates {recall:.1%} are linked ({recall_low:.1%} to {recall_high:.1%}).").format(
            labelled=int(self.strata["labelled"].sum()), precision=right["value"], level=self.level, low=right["low"], high=right["high"],
            recall=found["value"], recall_low=found["low"], recall_high=found["high"])  # fmt: skip


def review_sample(
    links: Links, *, size: int = 150, rng: np.random.Generator | int
) -> pd.DataFrame:
    """Draw pairs to be looked at by hand, from each band of probability.

    Answers: how do we learn how good the links are, when nobody can tell us?

    Parameters
    ----------
    links : Links, from `model.decide()`
    size : int
        Pairs in all, shared out by the root of how many pairs a band has.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    DataFrame, one row a pair in mixed order
        as :func:`crmlib.identity.review_list`, without the probability: who looks must not know what the machine thinks

    Raises
    ------
    ValueError
        links is something else, the size is no whole number from 1 on, or rng is lacking.

    Source: Cochran, *Sampling Techniques* (1977), ch. 5 on stratified samples.

    >>> from crmlib.identity import candidate_pairs, fit_matches, normalise
    >>> records = pd.DataFrame({"system": "order", "record_id": [f"r{i}" for i in range(80)], "name": [f"澜禾{i // 2}号店" for i in range(80)],
    ...     "mobile": [f"129{i // 2:08d}" for i in range(80)]})
    >>> len(review_sample(fit_matches(candidate_pairs(normalise(records), keys={"mobile": ["mobile"]})).decide(), size=10, rng=1))
    10
    """
    need(links, Links, "links", "model.decide()")
    rng = require_rng(rng)
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
        raise ValueError(
            _("size is {value}; it must be a whole number from 1 on.").format(
                value=size
            )
        )
    stratum = _stratum(links)
    there = np.bincount(stratum[stratum >= 0], minlength=2 * len(BANDS))
    part = np.zeros(len(there), dtype=np.int64)
    # A larger stratum gets more, by the root of its size, so that small ones are heard and large ones do not blur the whole.
    for __ in range(min(size, int(there.sum()))):
        part[np.argmax(np.where(part < there, np.sqrt(there) / (part + 1), -1.0))] += 1
    rows = [
        rng.choice(np.flatnonzero(stratum == place), size=count, replace=False)
        for place, count in enumerate(part)
        if count
    ]
    return side_by_side(
        links,
        rng.permutation(np.concatenate(rows)) if rows else np.zeros(0, dtype=np.int64),
    )


def _stratum(links: Links) -> np.ndarray:
    """The stratum of each pair: band of probability, linked or not; -1 for pairs that a person decided."""
    band = np.clip(
        np.searchsorted(BANDS, links.probability, side="right") - 1, 0, len(BANDS) - 2
    )
    return np.where(links.by_person, -1, 2 * band + (links.decision == "link"))


def estimate_from_labels(
    links: Links,
    labels: pd.DataFrame,
    *,
    level: float = 0.95,
    rng: np.random.Generator | int,
) -> LabelEstimate:
    """Precision and recall from a sample that was labelled by hand.

    Answers: how many of our links are wrong, and how many did we miss, with what certainty?

    Parameters
    ----------
    links : Links
        Those from which the sample was drawn.
    labels : DataFrame
        left, right, answer (same, different; empty ones are left out), as :func:`crmlib.identity.read_review` gives them.
    level : float, 0–1
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    LabelEstimate
        table, strata, level; `.summary()`

    Raises
    ------
    ValueError
        No pair is labelled, a pair is no candidate, or a stratum with pairs has no label.

    Notes
    -----
    Each stratum weighs as many pairs as it has, not as many as were drawn. The share of a stratum is uncertain by Jeffreys' distribution,
    so that a stratum without a single mistake in ten still allows for some.

    Source: Cochran, *Sampling Techniques* (1977), ch. 5; Brown, Cai and DasGupta, *Statistical Science* 16 (2001) on Jeffreys' interval.

    >>> from crmlib.identity import candidate_pairs, fit_matches, normalise
    >>> records = pd.DataFrame({"system": "order", "record_id": [f"r{i}" for i in range(80)], "name": [f"澜禾{i // 2}号店" for i in range(80)],
    ...     "mobile": [f"129{i // 2:08d}" for i in range(80)]})
    >>> links = fit_matches(candidate_pairs(normalise(records), keys={"mobile": ["mobile"]})).decide()
    >>> estimate_from_labels(links, review_sample(links, size=20, rng=1).assign(answer="same"), rng=1).table.loc["precision", "value"].item()
    1.0
    """
    need(links, Links, "links", "model.decide()")
    require_share("level", level)
    rng = require_rng(rng)
    need_frame(labels, "labels")
    require_columns(labels.columns, ["left", "right", "answer"])
    labels = labels[labels["answer"].isin(["same", "different"])]
    if labels.empty:
        raise ValueError(
            _("No pair is labelled. Write same or different into the column answer.")
        )
    stratum = _stratum(links)
    place = _places(links, labels)
    asked = pd.DataFrame(
        {"stratum": stratum[place], "same": (labels["answer"] == "same").to_numpy()}
    )
    counts = pd.Series(stratum[stratum >= 0]).value_counts().sort_index()
    found = (
        asked.groupby("stratum")["same"]
        .agg(["size", "sum"])
        .reindex(counts.index, fill_value=0)
    )
    for lacking in counts.index[found["size"] == 0]:
        raise ValueError(_("Of the pairs with a probability of {low} to {high} none is labelled. Label some, or draw the sample "
            "with crm.identity.review_sample.").format(low=BANDS[lacking // 2], high=BANDS[lacking // 2 + 1]))  # fmt: skip
    linked = counts.index.to_numpy() % 2 == 1
    strata = pd.DataFrame({
        "band": [f"{BANDS[s // 2]:g}–{BANDS[s // 2 + 1]:g}" for s in counts.index], "linked": linked, "pairs": counts.to_numpy(),
        "labelled": found["size"].to_numpy(), "same": found["sum"].to_numpy()})  # fmt: skip
    strata["share"] = strata["same"] / strata["labelled"]
    drawn = rng.beta(
        strata["same"] + _PRIOR,
        strata["labelled"] - strata["same"] + _PRIOR,
        size=(_DRAWS, len(strata)),
    )
    # A stratum that was labelled to the last pair is known.
    drawn = np.where(strata["labelled"] == strata["pairs"], strata["share"], drawn)
    values, spread = (
        _measures(share, counts.to_numpy(), linked)
        for share in (strata["share"].to_numpy()[None], drawn)
    )
    low, high = np.nanquantile(spread, [(1 - level) / 2, (1 + level) / 2], axis=0)
    names = pd.Index(
        ["precision", "recall", "false_links", "missed_pairs"], name="measure"
    )
    value = values[0]
    return LabelEstimate(
        pd.DataFrame(
            {"value": value, "low": np.fmin(low, value), "high": np.fmax(high, value)},
            index=names,
        ),
        strata,
        level,
    )


def _places(links: Links, labels: pd.DataFrame) -> np.ndarray:
    ids = pd.Index(links.clean["record_id"])
    one, two = ids.get_indexer(labels["left"]), ids.get_indexer(labels["right"])
    wanted = np.minimum(one, two).astype(np.int64) * len(ids) + np.maximum(one, two)
    keys = pd.Index(links.left.astype(np.int64) * len(ids) + links.right)
    place = keys.get_indexer(wanted)
    if (place < 0).any() or (one < 0).any() or (two < 0).any():
        first = labels.iloc[int(np.argmax((place < 0) | (one < 0) | (two < 0)))]
        raise ValueError(
            _(
                "The pair {left} and {right} is no candidate pair of these links."
            ).format(left=first["left"], right=first["right"])
        )
    return place


def _measures(share: np.ndarray, pairs: np.ndarray, linked: np.ndarray) -> np.ndarray:
    """Precision, recall, false links and missed pairs for each row of shares by stratum."""
    true = share * pairs
    right, missed, links = (
        true[:, linked].sum(axis=1),
        true[:, ~linked].sum(axis=1),
        pairs[linked].sum(),
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.column_stack(
            [
                right / links if links else np.full(len(true), np.nan),
                right / (right + missed),
                links - right,
                missed,
            ]
        )
