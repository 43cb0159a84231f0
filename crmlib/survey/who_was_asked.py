"""Everybody who was invited, with what the firm knows of them and what they answered, if anything."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.survey.answers import names_of

EARLIER = "earlier_"
"""How the name of a column begins that holds what somebody answered the last time before."""


def who_was_asked(
    invitations: pd.DataFrame,
    customers: pd.DataFrame,
    answers: pd.DataFrame,
    *,
    scores: str | Sequence[str] = "recommend",
    earlier: str | None = None,
) -> pd.DataFrame:
    """Join invitations, customers and answers to one row an invitation, so that the silent stay in the table.

    Answers: what do we know of those who did not answer?

    Parameters
    ----------
    invitations : DataFrame, one row an invitation
        invitation_id, customer_id; with `earlier` also wave
    customers : DataFrame, one row a customer
        customer_id, and what the firm knows of everybody
    answers : DataFrame, one row a respondent
        invitation_id, `scores` and `earlier`
    scores : column or columns of `answers` to take over
    earlier : column of `answers`, optional
        Also tell what everybody answered the last time before: a column of that name with ``earlier_`` before it, empty for those who never
        had. Often it is the best that a firm knows of the silent.

    Returns
    -------
    DataFrame, one row an invitation
        The columns of `invitations`, those of `customers`, `responded` (whether there is a row of answers), `scores`, empty for the
        silent, and the earlier answer where it is wanted.

    Raises
    ------
    ValueError
        A column is missing; an invitation or a customer stands twice; or somebody invited, or an answer, is unknown to the other table.

    Source: Groves and others, *Survey Methodology* (2009), ch. 6.

    >>> invitations = pd.DataFrame({"invitation_id": ["i1", "i2"], "customer_id": ["c1", "c2"]})
    >>> customers = pd.DataFrame({"customer_id": ["c1", "c2"], "market": ["corporate", "walk_in"]})
    >>> answers = pd.DataFrame({"invitation_id": ["i1"], "recommend": [9]})
    >>> who_was_asked(invitations, customers, answers)[["market", "responded", "recommend"]].values.tolist()
    [['corporate', True, 9.0], ['walk_in', False, nan]]
    """
    wanted, carried = names_of(scores, least=1), [] if earlier is None else [earlier]
    for name, table, key, needed in (
        ("invitations", invitations, "invitation_id", ["invitation_id", "customer_id", *(["wave"] if carried else [])]),
        ("customers", customers, "customer_id", ["customer_id"]),
        ("answers", answers, "invitation_id", list(dict.fromkeys(["invitation_id", *wanted, *carried]))),
    ):
        if not isinstance(table, pd.DataFrame):
            raise ValueError(_("{name} must be a pandas table; this is a {kind}.").format(name=name, kind=type(table).__name__))
        require_columns(table.columns, needed)
        for column in dict.fromkeys((key, *({"customer_id"} & set(needed)))):
            refuse_rows(pd.Series(table[column].isna().to_numpy(), index=table.index), _("{name} is missing").format(name=column),
                        _("Fill it in, or drop these rows."))  # fmt: skip
        repeated = pd.Series(table[key].duplicated(keep=False).to_numpy(), index=table[key])
        refuse_rows(repeated, _("{key} stands in several rows").format(key=key), _("Keep one row each, or the join would repeat people."))
    _refuse_strangers(invitations["customer_id"], customers["customer_id"])
    _refuse_strangers(answers["invitation_id"], invitations["invitation_id"])
    taken = [*wanted, *(name for name in carried if name not in wanted)]
    old = invitations.drop(columns=["responded", *taken], errors="ignore")
    known = customers[[name for name in customers.columns if name == "customer_id" or name not in {*old.columns, "responded", *taken}]]
    asked = old.merge(known, on="customer_id").assign(responded=lambda table: table["invitation_id"].isin(answers["invitation_id"]))
    joined = asked.merge(answers[["invitation_id", *taken]], on="invitation_id", how="left")
    if earlier is not None:
        in_turn = joined.sort_values("wave", kind="stable")
        before = in_turn.groupby("customer_id")[earlier].shift()
        joined[f"{EARLIER}{earlier}"] = before.groupby(in_turn["customer_id"]).ffill()
    return joined[[name for name in joined.columns if name not in carried or name in wanted]]


def _refuse_strangers(keys: pd.Series, known: pd.Series) -> None:
    strange = pd.Series((~keys.isin(known)).to_numpy(), index=keys)
    refuse_rows(
        strange,
        _("{key} is unknown to the other table").format(key=keys.name),
        _("Use the tables of one firm, all waves or one wave alike."),
    )
