"""The linkage attack: what somebody who knows a little about a person finds in a table without names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, require_columns
from crmlib.i18n import _, in_a_row


@dataclass(frozen=True, eq=False)
class Reidentified:
    """What the attack found. `people`: how many were looked for; `found`: how many have exactly one candidate left; `learned`: of how many the
    sensitive value is certain, found or not; `low`, `high`: 95 % interval of the share found; `table`: one row a person with
    `candidates`, `found`, and where asked for `learned` (the value)."""

    people: int
    found: int
    learned: int
    low: float
    high: float
    table: pd.DataFrame = field(repr=False)

    @property
    def found_share(self) -> float:
        """The part of the people who were found."""
        return self.found / self.people

    @property
    def learned_share(self) -> float:
        """The part of the people whose sensitive value is now known."""
        return self.learned / self.people

    def summary(self) -> str:
        """How many were found, and of how many the secret is out."""
        text = _("Found: {found:,} of {people:,} people ({share:.1%}, 95% interval {low:.1%} to {high:.1%}).").format(
            found=self.found, people=self.people, share=self.found_share, low=self.low, high=self.high
        )
        if "learned" not in self.table.columns:
            return text
        learned = _("The value is certain for {learned:,} ({share:.1%}).").format(learned=self.learned, share=self.learned_share)
        return in_a_row(text, learned)


def reidentify(
    released: pd.DataFrame, known: pd.DataFrame, *, on: Sequence[str], who: str = "customer_id", person: str | None = None, learn: str | None = None
) -> Reidentified:
    """Link what somebody knows about people to a table without names.

    Answers: how many people can be found in what we hand out?

    Parameters
    ----------
    released : DataFrame, what was handed out
    known : DataFrame, what the attacker knows: one or several rows a person, the person's name or number in the column `who`
    on : columns that both have, as exact or coarse as the release has them
    who : column of `known` that says who it is
    person : column of `released`, such as a pseudonym, that tells which of its rows are of one person. Then all that is known of somebody must
        fit one and the same. None: every row is for itself, and whoever is known by several rows is found if one of them fits one row only.
    learn : column of `released` that nobody should learn

    Returns
    -------
    Reidentified
        `.found`, `.found_share`, `.learned`, `.low`, `.high`, `.table` (index who; candidates, found, learned), `.summary()`. A person with
        many candidates who all share one value of `learn` is not found, but the value is out: k rows did not help.

    Raises
    ------
    ValueError
        A column is missing, `on` is empty, or nobody is looked for.

    Source: Sweeney (2002); the intervals are Wilson's.

    >>> handed = pd.DataFrame({"day": [1, 1, 2], "region": ["east", "west", "west"], "arrears": ["no", "yes", "no"]})
    >>> reidentify(handed, pd.DataFrame({"customer_id": ["C1"], "day": [1], "region": ["west"]}), on=["day", "region"], learn="arrears").learned
    1
    """
    need_frame(released, "released")
    need_frame(known, "known")
    columns = list(dict.fromkeys(on))
    if not columns:
        raise ValueError(_("Name at least one column that both tables have."))
    require_columns(known.columns, [who, *columns])
    require_columns(released.columns, [*columns, *filter(None, (person, learn))])
    if known.empty:
        raise ValueError(_("Nobody is looked for: the table of what is known has no rows."))
    facts = known[[who, *columns]].drop_duplicates().reset_index(drop=True).rename_axis("fact").reset_index()
    shown = released[list(dict.fromkeys([*columns, *filter(None, (person, learn))]))].assign(candidate=np.arange(len(released)))
    if person:
        shown["candidate"] = pd.factorize(shown[person])[0]
    facts, shown = _alike(facts, columns), _alike(shown, columns)
    hits = facts[["fact", who, *columns]].merge(shown[[*columns, "candidate", *([learn] if learn and learn not in columns else [])]], on=columns)
    if person:
        fitting = hits.groupby([who, "candidate"])["fact"].nunique()
        whole = fitting[fitting == fitting.index.get_level_values(0).map(facts.groupby(who).size())].reset_index()
        hits = hits.merge(whole[[who, "candidate"]], on=[who, "candidate"])
        candidates = hits.groupby(who)["candidate"].nunique()
    else:
        fewest = hits.groupby([who, "fact"])["candidate"].nunique().rename("candidates").reset_index()
        candidates = fewest.groupby(who)["candidates"].min()
        best = fewest.sort_values("candidates", kind="stable").drop_duplicates(who)
        hits = hits.merge(best[[who, "fact"]], on=[who, "fact"])
    table = pd.DataFrame({"candidates": candidates.reindex(pd.Index(known[who].unique(), name=who), fill_value=0)})
    table["found"] = table["candidates"] == 1
    if learn:
        values = hits.groupby(who)[learn].agg(lambda seen: seen.iloc[0] if seen.nunique(dropna=False) == 1 else None)
        table["learned"] = values.reindex(table.index)
    return _counted(table)


def _counted(table: pd.DataFrame) -> Reidentified:
    from statsmodels.stats.proportion import proportion_confint

    people, found = len(table), int(table["found"].sum())
    low, high = proportion_confint(found, people, method="wilson")
    learned = int(table["learned"].notna().sum()) if "learned" in table.columns else 0
    return Reidentified(people, found, learned, float(low), float(high), table)


def _alike(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Text and moments in one type on both sides, so that a merge compares values and not types."""
    return frame.assign(**{
        name: frame[name] if pd.api.types.is_numeric_dtype(frame[name]) else frame[name].astype("datetime64[us]")
        if pd.api.types.is_datetime64_any_dtype(frame[name]) else frame[name].astype(object) for name in columns
    })  # fmt: skip
