"""Fellegi and Sunter's weights by EM: what each agreement and each contradiction is worth, and how probable it is that two records
are one customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import need_frame
from crmlib.i18n import _
from crmlib.identity.blocking import CandidatePairs
from crmlib.identity.comparing import LEVELS, agreement
from crmlib.identity.given import need
from crmlib.identity.linking import Links, link

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.identity.decisions import Decisions

_ROUNDS, _STILL = 1000, 1e-7
_START_PRIOR, _START_SAME = 0.5, 0.9
_ADDED = 0.5
"""Added to the count of every level, so that a level that was not met proves nothing beyond doubt."""
_FEWEST = 30


@dataclass(frozen=True, eq=False)
class MatchModel:
    """What was learned of the candidate pairs, without anybody saying which are right.

    `table`, one row a field and level: field, level, m (share of the level among pairs of one customer), u (among pairs of two), weight
    (log2 of m/u: in favour above 0, against below), pairs (candidates with that level). `prior`: share of the candidates that are one
    customer. `rounds` of EM until it stood still. `levels`: the level of each pair in each field, -1 where one record is empty.
    """

    table: pd.DataFrame
    prior: float
    rounds: int
    pairs: CandidatePairs = field(repr=False)
    levels: pd.DataFrame = field(repr=False)

    def probabilities(self, levels: pd.DataFrame | None = None) -> np.ndarray:
        """The probability that each pair is one customer, for `levels` by :func:`crmlib.identity.agreement` or the model's own pairs."""
        levels = self.levels if levels is None else levels
        need_frame(levels, "levels")
        weight = np.zeros(len(levels))
        for name in LEVELS:
            # Level -1, missing, looks at the end, where a 0 stands.
            weight += np.append(
                self.table.loc[self.table["field"] == name, "weight"].to_numpy(), 0.0
            )[levels[name].to_numpy()]
        return 1 / (
            1 + np.exp(-(np.log(self.prior / (1 - self.prior)) + np.log(2) * weight))
        )

    def decide(
        self,
        *,
        match_at: float | None = None,
        review_from: float | None = None,
        decisions: Decisions | None = None,
    ) -> Links:
        """Link, leave apart, or put before a person.

        Parameters
        ----------
        match_at : float, 0–1, optional
            Linked from this probability on. Without it: the standard identity.match_probability.
        review_from : float, 0–1, optional
            Put before a person from this probability up to `match_at`. Without it: the standard identity.review_probability.
        decisions : Decisions, optional
            What persons decided; they are obeyed, whatever the model says.
        """
        upper = (
            standards.get("identity.match_probability", unit="share")
            if match_at is None
            else match_at
        )
        lower = (
            standards.get("identity.review_probability", unit="share")
            if review_from is None
            else review_from
        )
        return link(self, upper, lower, decisions)

    def summary(self) -> str:
        """The result in two sentences."""
        best = self.table.sort_values("weight").iloc[[0, -1]]
        from crmlib.company.schema import label

        against, favour = (
            (label(row.field), label(row.level, "agreement_level"), abs(row.weight))
            for row in best.itertuples()
        )
        return _("Of {pairs:,} candidate pairs {share:.1%} are one customer. The strongest evidence for it is {for_field}: {for_level} "
                 "(weight {for_weight:.1f}), against it {against_field}: {against_level} ({against_weight:.1f}).").format(
            pairs=len(self.levels), share=self.prior, for_field=favour[0], for_level=favour[1], for_weight=favour[2],
            against_field=against[0], against_level=against[1], against_weight=-against[2])  # fmt: skip

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The weights of all levels; see :func:`crmlib.plotting.match_weights`."""
        from crmlib.plotting.identity import match_weights

        return match_weights(self, ax=ax)


def fit_matches(pairs: CandidatePairs) -> MatchModel:
    """Learn what each agreement is worth, from the pairs alone.

    Answers: how much does the same mobile say, and how much a different one, when nobody told us which pairs are right?

    Parameters
    ----------
    pairs : CandidatePairs, from :func:`crmlib.identity.candidate_pairs`

    Returns
    -------
    MatchModel
        table, prior, rounds, pairs, levels; `.decide()`, `.probabilities()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        It is something else, or there are fewer than 30 pairs to learn from.

    Notes
    -----
    The pairs are a mixture of two kinds, one customer and two; fields are taken to be independent within each kind, an empty field to say
    nothing. The shares of the two kinds and of their levels are those under which the pairs are most probable. They hold of the candidates,
    not of all pairs: an equal name weighs little where most candidates were sought by name, and two records that are not compared at all
    are taken for two customers. Same in, same out: nothing is drawn.

    Source: Fellegi and Sunter, *Journal of the American Statistical Association* 64 (1969), "A Theory for Record Linkage"; Winkler (1988)
    and Dempster, Laird and Rubin (1977) for EM.

    >>> from crmlib.identity import candidate_pairs, normalise
    >>> records = pd.DataFrame({"system": "order", "record_id": [f"r{i}" for i in range(80)], "name": [f"澜禾{i // 2}号店" for i in range(80)],
    ...     "mobile": [f"129{i // 2:08d}" for i in range(80)]})
    >>> fit_matches(candidate_pairs(normalise(records), keys={"mobile": ["mobile"]})).prior > 0.9
    True
    """
    need(pairs, CandidatePairs, "pairs", "crm.identity.candidate_pairs")
    if len(pairs.pairs) < _FEWEST:
        raise ValueError(_("There are {count} candidate pairs; nothing can be learned from fewer than {fewest}. Give more records, or more keys.").format(
            count=len(pairs.pairs), fewest=_FEWEST))  # fmt: skip
    levels = agreement(
        pairs.clean, pairs.pairs["left"].to_numpy(), pairs.pairs["right"].to_numpy()
    )
    # Pairs with the same levels are one pattern: some hundreds stand for millions.
    patterns = levels.value_counts(sort=False).rename("count").reset_index()
    counts = patterns["count"].to_numpy(dtype=float)
    seen = {
        name: np.vstack([np.eye(len(known)), np.zeros(len(known))])[
            patterns[name].to_numpy()
        ]
        for name, known in LEVELS.items()
    }
    m, u, prior, rounds = _estimated(seen, counts)
    rows = [
        {"field": name, "level": level, "m": m[name][place], "u": u[name][place], "weight": np.log2(m[name][place] / u[name][place]),
         "pairs": int(counts @ seen[name][:, place])}
        for name, known in LEVELS.items() for place, level in enumerate(known)
    ]  # fmt: skip
    return MatchModel(pd.DataFrame(rows), float(prior), rounds, pairs, levels)


def _estimated(
    seen: dict[str, np.ndarray], counts: np.ndarray
) -> tuple[dict, dict, float, int]:
    """m, u and the prior by EM over the patterns; `seen` says by field which level a pattern has (a row of zeros where it is missing)."""
    m, u, prior = {}, {}, _START_PRIOR
    for name, levels in seen.items():
        most, rest = _START_SAME, (1 - _START_SAME) / (levels.shape[1] - 1)
        m[name] = np.where(np.arange(levels.shape[1]) == 0, most, rest)
        u[name] = m[name][::-1]
    for rounds in range(1, _ROUNDS + 1):
        weight = sum(
            levels @ np.log(m[name] / u[name]) for name, levels in seen.items()
        )
        chance = 1 / (1 + np.exp(-(np.log(prior / (1 - prior)) + weight)))
        before, prior = (
            prior,
            np.clip(
                (chance @ counts + _ADDED) / (counts.sum() + 2 * _ADDED), 1e-9, 1 - 1e-9
            ),
        )
        m = {
            name: _shares(levels.T @ (counts * chance)) for name, levels in seen.items()
        }
        u = {
            name: _shares(levels.T @ (counts * (1 - chance)))
            for name, levels in seen.items()
        }
        if abs(prior - before) < _STILL:
            break
    return m, u, prior, rounds


def _shares(counts: np.ndarray) -> np.ndarray:
    return (counts + _ADDED) / (counts + _ADDED).sum()
