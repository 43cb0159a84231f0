"""Why two records were linked or not: every field, what it says and how much that weighs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.identity.comparing import LEVELS, MISSING, agreement
from crmlib.identity.given import need
from crmlib.identity.matching import MatchModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = {
    "name": ("name",), "contact_name": ("contact_name",), "mobile": ("mobile",), "landline": ("landline",),
    "address": ("city", "district", "street", "house"), "id_number": ("id_number",), "email": ("email",),
}  # fmt: skip
"""The columns of a record that a person wants to see of each field."""


@dataclass(frozen=True, eq=False)
class PairScore:
    """`table`, one row a field: field, left, right (the values), level, m, u, weight (0 where one is empty), in the order of weight.
    `prior_weight` is where a pair starts, log2 of the odds; weights add up on it. `probability` comes out."""

    left: str
    right: str
    table: pd.DataFrame = field(repr=False)
    prior_weight: float
    probability: float

    def summary(self) -> str:
        """The result in one sentence."""
        known = self.table[self.table["level"] != "missing"]
        return _("{left} and {right}: {favour} fields speak for one customer ({plus:+.1f}), {against} against it ({minus:+.1f}); "
                 "with a start of {start:+.1f} the probability is {probability:.1%}.").format(
            left=self.left, right=self.right, favour=int((known["weight"] > 0).sum()), plus=known["weight"].clip(lower=0).sum(),
            against=int((known["weight"] < 0).sum()), minus=known["weight"].clip(upper=0).sum(), start=self.prior_weight,
            probability=self.probability)  # fmt: skip

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The weights as steps; see :func:`crmlib.plotting.pair_score`."""
        from crmlib.plotting.identity import pair_score

        return pair_score(self, ax=ax)


def how_one_pair_scored(model: MatchModel, left: str, right: str) -> PairScore:
    """The sum behind one probability, whether the pair was a candidate or not.

    Answers: why does the machine take these two for one customer?

    Parameters
    ----------
    model : MatchModel, from :func:`crmlib.identity.fit_matches`
    left, right : record_id

    Returns
    -------
    PairScore
        left, right, table, prior_weight, probability; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A record_id is unknown, or both are the same.

    Source: Fellegi and Sunter (1969): weights add up.

    >>> from crmlib.identity import candidate_pairs, fit_matches, normalise
    >>> records = pd.DataFrame({"system": "order", "record_id": [f"r{i}" for i in range(80)], "name": [f"澜禾{i // 2}号店" for i in range(80)],
    ...     "mobile": [f"129{i // 2:08d}" for i in range(80)]})
    >>> score = how_one_pair_scored(fit_matches(candidate_pairs(normalise(records), keys={"mobile": ["mobile"]})), "r0", "r1")
    >>> score.table.set_index("field").loc["mobile", "level"], score.probability > 0.9
    ('equal', True)
    """
    need(model, MatchModel, "model", "crm.identity.fit_matches")
    clean = model.pairs.clean
    rows = pd.Index(clean["record_id"]).get_indexer([left, right])
    for place, record in zip(rows, (left, right), strict=True):
        if place < 0:
            raise ValueError(_("There is no record {record}.").format(record=record))
    if left == right:
        raise ValueError(
            _("A record cannot be compared with itself: {record}.").format(record=left)
        )
    levels = agreement(clean, rows[:1], rows[1:])
    parts = model.table.set_index(["field", "level"])
    found = []
    for name, known in LEVELS.items():
        level = int(levels[name].iloc[0])
        m, u, weight = (
            parts.loc[(name, known[level]), ["m", "u", "weight"]]
            if level != MISSING
            else (np.nan, np.nan, 0.0)
        )
        found.append(
            (
                name,
                *(shown_value(clean, row, name) for row in rows),
                known[level] if level != MISSING else "missing",
                m,
                u,
                weight,
            )
        )
    table = pd.DataFrame(
        found, columns=["field", "left", "right", "level", "m", "u", "weight"]
    )
    table = table.iloc[
        np.argsort(-table["weight"].abs().to_numpy(), kind="stable")
    ].reset_index(drop=True)
    start = float(np.log2(model.prior / (1 - model.prior)))
    return PairScore(left, right, table, start, float(model.probabilities(levels)[0]))


def shown_value(clean: pd.DataFrame, row: int, name: str) -> str:
    """What a record has in a field, in one text; "" where it is empty.

    >>> shown_value(pd.DataFrame({"city": ["杭州市"], "district": [None], "street": ["澜禾路"], "house": ["1号"]}), 0, "address")
    '杭州市澜禾路1号'
    """
    return "".join(
        str(value) for value in clean.loc[row, list(SHOWN[name])] if not pd.isna(value)
    )
