"""From probabilities to decisions: linked, apart, or for a person to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.i18n import _
from crmlib.identity.comparing import agreement

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.identity.decisions import Decisions
    from crmlib.identity.matching import MatchModel

DECISIONS = ("link", "review", "apart")


@dataclass(frozen=True, eq=False)
class Links:
    """What became of each candidate pair. `left` and `right` are rows of `clean`, `probability` is the model's, `decision` one of link,
    review, apart, and `by_person` says whether a person decided it; all arrays, one entry a pair. `match_at`, `review_from`: the bounds."""

    clean: pd.DataFrame = field(repr=False)
    left: np.ndarray = field(repr=False)
    right: np.ndarray = field(repr=False)
    probability: np.ndarray = field(repr=False)
    decision: np.ndarray = field(repr=False)
    by_person: np.ndarray = field(repr=False)
    match_at: float
    review_from: float

    @property
    def table(self) -> pd.DataFrame:
        """One row a pair: left, right (record_id), probability, decision, decided_by (model or person)."""
        ids = self.clean["record_id"]
        return pd.DataFrame({
            "left": ids.take(self.left).to_numpy(), "right": ids.take(self.right).to_numpy(), "probability": self.probability,
            "decision": self.decision, "decided_by": np.where(self.by_person, "person", "model")})  # fmt: skip

    @property
    def expected(self) -> pd.Series:
        """What the model expects of its own decisions: links, false_links among them, missed_pairs (pairs of one customer left apart or
        waiting), reviews (pairs that wait), same_in_review (of these, one customer). Persons' decisions count as right."""
        link, review = self.decision == "link", self.decision == "review"
        chance = np.where(self.by_person, self.decision == "link", self.probability)
        return pd.Series({
            "links": float(link.sum()), "false_links": float((1 - chance)[link].sum()), "missed_pairs": float(chance[~link].sum()),
            "reviews": float(review.sum()), "same_in_review": float(chance[review].sum())})  # fmt: skip

    def summary(self) -> str:
        """The result in two sentences."""
        what = self.expected
        return _("{links:,.0f} pairs are linked, {reviews:,.0f} wait for a person, {apart:,.0f} are left apart. By the model's own reckoning "
                 "{false_links:.0f} of the links are wrong, and {missed:.0f} pairs of one customer are not linked.").format(
            links=what["links"], reviews=what["reviews"], apart=len(self.left) - what["links"] - what["reviews"],
            false_links=what["false_links"], missed=what["missed_pairs"])  # fmt: skip

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """How many pairs have which probability; see :func:`crmlib.plotting.match_probabilities`."""
        from crmlib.plotting.identity import match_probabilities

        return match_probabilities(self, ax=ax)


def link(
    model: MatchModel, match_at: float, review_from: float, decisions: Decisions | None
) -> Links:
    """The model's probabilities as decisions, with those of persons put over them."""
    for name, value in (("match_at", match_at), ("review_from", review_from)):
        require_share(name, value)
    if review_from > match_at:
        raise ValueError(
            _(
                "review_from ({low}) lies above match_at ({high}); it is the lower of the two."
            ).format(low=review_from, high=match_at)
        )
    clean = model.pairs.clean
    left, right = (model.pairs.pairs[side].to_numpy() for side in ("left", "right"))
    probability = model.probabilities()
    told = np.zeros(len(left), dtype=np.int8)
    if decisions is not None and len(current := decisions.current()):
        one, two, answer = _rows(clean, current)
        keys, asked = left.astype(np.int64) * len(clean) + right, one * len(clean) + two
        place = np.searchsorted(keys, asked)
        known = np.append(keys, -1)[place] == asked
        told[place[known]] = answer[known]
        if (~known).any():
            # A person may know of a pair that no key brought together.
            one, two = one[~known].astype(left.dtype), two[~known].astype(left.dtype)
            left, right = np.concatenate([left, one]), np.concatenate([right, two])
            probability = np.concatenate(
                [probability, model.probabilities(agreement(clean, one, two))]
            )
            told = np.concatenate([told, answer[~known]])
    decision = np.select(
        [told > 0, told < 0, probability >= match_at, probability >= review_from],
        ["link", "apart", "link", "review"],
        "apart",
    )
    return Links(
        clean,
        left,
        right,
        probability,
        decision.astype(object),
        told != 0,
        match_at,
        review_from,
    )


def _rows(
    clean: pd.DataFrame, current: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows of the pairs decided, smaller first, and 1 for the same, -1 for different; pairs with a record that is gone are left out."""
    place = pd.Index(clean["record_id"])
    one, two = place.get_indexer(current["left"]), place.get_indexer(current["right"])
    here = (one >= 0) & (two >= 0)
    one, two = (
        np.minimum(one, two)[here].astype(np.int64),
        np.maximum(one, two)[here].astype(np.int64),
    )
    return (
        one,
        two,
        np.where(current["answer"].to_numpy()[here] == "same", 1, -1).astype(np.int8),
    )
