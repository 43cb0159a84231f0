"""A randomised offer as a table: who was drawn for it, what was known of them before, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.churn.as_of import tables_of
from crmlib.clean import clean
from crmlib.i18n import _
from crmlib.segments.per_customer import customer_table

if TYPE_CHECKING:
    from crmlib.company import Company

OUTCOMES = ("reached", "after_yuan", "log_growth")
UPLIFT_FEATURES = ("stratum", "area", "nature", "region", "tenure_days", "before_yuan", "recent_parcels", "recency_days")
"""What `offer_frame` knows of a customer on the day of the draw."""

_RECENT_DAYS, _ROUND_YUAN = 90, 50.0
_TRAITS = ("area", "nature", "region")


def offer_frame(company: Company | Mapping[str, pd.DataFrame], *, kind: str) -> pd.DataFrame:
    """The offers of one kind, with what was known of the customers on the day of the draw.

    Answers: who was in the trial, and how did offer and control differ before it began?

    Parameters
    ----------
    company : Company, or tables by name
        offers and customers; waybills where there are any.
    kind : "first_order", "retention", "membership", or another kind in the table offers

    Returns
    -------
    DataFrame, one row an offer whose outcome is known
        The columns of offers, and area, nature, region, tenure_days (since the account was opened), recent_parcels (of the 90 days before),
        recency_days (since the last parcel; missing where there was none).

    Raises
    ------
    ValueError
        There are no offers of that kind, or a column is missing.

    >>> from crmlib.company import lark
    >>> tables = {name: lark().tables[name] for name in ("offers", "customers")}
    >>> sorted(offer_frame(tables, kind="membership").arm.unique())
    ['control', 'offer']
    """
    tables = tables_of(company)
    require_columns(tables, ["offers", "customers"])
    offers = clean(tables["offers"], "offers", customer_id="id", assigned_on="text_date")
    frame = measured(offers, kind).reset_index(drop=True)
    people = clean(customer_table(tables["customers"], ["opened_on"], "customers"), "customers", opened_on="text_date?")
    unknown = ~frame["customer_id"].isin(people.index)
    refuse_rows(unknown, _("These customers have offers but are not in customers"), _("Take both tables from the same firm and day."))
    mine = people.reindex(frame["customer_id"])
    for name in _TRAITS:
        if name in people.columns:
            frame[name] = mine[name].to_numpy()
    frame["tenure_days"] = (frame["assigned_on"].to_numpy() - mine["opened_on"].to_numpy()) / np.timedelta64(1, "D")
    if "waybills" in tables:
        recent, recency = _before(tables["waybills"], frame["customer_id"], frame["assigned_on"])
        frame["recent_parcels"], frame["recency_days"] = recent, recency
    return frame


def _before(waybills: pd.DataFrame, customers: pd.Series, on: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Parcels of the 90 days before `on`, and whole days since the last; nothing from that day on counts."""
    waybills = clean(waybills, "waybills", customer_id="id", picked_up_at="text_date")
    ids = pd.Index(customers.unique())
    sender = ids.get_indexer(waybills["customer_id"])
    second = waybills["picked_up_at"].to_numpy().astype("datetime64[s]").astype(np.int64)[sender >= 0]
    # One sorted key for customer and moment: a search in it counts what lies between two moments of a customer.
    shift = 10**11
    keys = np.sort(sender[sender >= 0].astype(np.int64) * shift + second)
    who, day = ids.get_indexer(customers).astype(np.int64), on.to_numpy().astype("datetime64[s]").astype(np.int64)
    until, since = (np.searchsorted(keys, who * shift + moment) for moment in (day, day - _RECENT_DAYS * 86400))
    any_before = until > np.searchsorted(keys, who * shift)
    last = keys[np.maximum(until - 1, 0)] - who * shift if len(keys) else np.zeros(len(who))
    return until - since, np.where(any_before, (day - last) // 86400, np.nan)


def measured(offers: pd.DataFrame, kind: str | None) -> pd.DataFrame:
    """The offers of one kind whose outcome is known, checked.

    >>> measured(pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "kind": "retention", "arm": ["offer", "control", "offer"],
    ...     "stratum": "walk_in", "outcome": ["reached", "missed", None]}), "retention").customer_id.tolist()
    ['c1', 'c2']
    """
    if not isinstance(offers, pd.DataFrame):
        raise ValueError(_("{name} must be a table; this is a {kind}.").format(name="offers", kind=type(offers).__name__))
    numeric = {"before_yuan": "number?", "after_yuan": "number?", "value_yuan": "number?", "accepted": "answer?"}
    offers = clean(offers, "offers", customer_id="id", kind="id", stratum="id", arm="name?", outcome="name?", **numeric, optional=tuple(numeric))
    kinds = list(pd.unique(offers["kind"]))
    if kind is None:
        if len(kinds) != 1:
            raise ValueError(_("The table holds offers of several kinds ({kinds}). Say which one: kind=…").format(
                kinds=", ".join(map(str, kinds))))  # fmt: skip
        kind = kinds[0]
    if not isinstance(kind, str) or kind not in kinds:
        raise ValueError(_("There is no offer of the kind {kind}. There are: {kinds}.").format(kind=kind, kinds=", ".join(map(str, kinds))))
    found = offers[(offers["kind"] == kind) & offers["outcome"].notna()]
    odd = sorted(set(found["arm"].dropna()) - {"offer", "control"}) + (["NaN"] if found["arm"].isna().any() else [])
    if odd:
        raise ValueError(_('arm must be "offer" or "control" in every row; it is also {odd}.').format(odd=", ".join(map(str, odd))))
    odd = sorted(set(found["outcome"].map(str)) - {"reached", "missed"})
    if odd:
        raise ValueError(_('outcome must be "reached" or "missed", or empty while not known; it is also {odd}.').format(odd=", ".join(odd)))
    if found["arm"].nunique() < 2:
        raise ValueError(_("Offers and controls with a known outcome are needed: without controls nobody knows what would come anyway."))
    return found


def results(frame: pd.DataFrame, outcome: str) -> np.ndarray:
    """What is compared, as numbers: "reached" (1 or 0), "after_yuan", or "log_growth", ln((50 + after) ÷ (50 + before)).

    >>> results(pd.DataFrame({"outcome": ["reached", "missed"]}), "reached").tolist()
    [1.0, 0.0]
    """
    if not isinstance(outcome, str) or outcome not in OUTCOMES:
        raise ValueError(_("outcome is {outcome}; it must be one of {known}.").format(outcome=outcome, known=", ".join(OUTCOMES)))
    if outcome == "reached":
        return (frame["outcome"] == "reached").to_numpy(dtype="float64")
    require_columns(frame.columns, ["after_yuan"])
    after = frame["after_yuan"].to_numpy(dtype="float64")
    if np.isnan(after).any():
        raise ValueError(_("after_yuan is missing in {count} row(s) whose outcome is known. Fill it in, or drop them.").format(
            count=int(np.isnan(after).sum())))  # fmt: skip
    if outcome == "after_yuan":
        return after
    require_columns(frame.columns, ["before_yuan"])
    before = frame["before_yuan"]
    refuse_rows(before.isna(), _("{name} is missing").format(name="before_yuan"), _("Fill in the value, or drop these rows and say so."))
    refuse_rows((before < 0) | (frame["after_yuan"] < 0), _("{name} is negative").format(name="before_yuan, after_yuan"),
                _("Net off refunds first."))  # fmt: skip
    return np.log(_ROUND_YUAN + after) - np.log(_ROUND_YUAN + before.to_numpy(dtype="float64"))
