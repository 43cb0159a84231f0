"""Loyalty by what customers do: the textbook's four measures, each scored by a rule that can be read, and one score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.loyalty.marks import STEP_SCORES, checked_weights, dates, weighted_score
from crmlib.segments.per_customer import customer_table, day, numbers, one_row_each
from crmlib.standards import get

MEASURES = ("recency", "frequency", "wallet", "lifetime")
_DAYS_A_MONTH = 365.25 / 12


def transactional_rule() -> pd.DataFrame:
    """What each measure scores, as a table.

    Answers: how recent, how frequent, how long makes how many points?

    Returns
    -------
    DataFrame, indexed by mark (recency, frequency, wallet, lifetime)
        column (of :func:`transactional_loyalty`), score_25, score_50, score_75, score_100 (the limits, in the unit of the column),
        weight (share of the whole score)

    Source: the four measures: 《快递客户关系管理》, project 1, task 1; limits and weights: standards loyalty.*, chosen for teaching.

    >>> transactional_rule().loc["recency", ["score_25", "score_100"]].tolist()
    [90.0, 7.0]
    """
    limits = {
        "recency": ("recency_days", get("loyalty.recency_days", unit="days")[::-1]),
        "frequency": ("parcels_12_months", get("loyalty.frequency_parcels", unit="count")),
        "wallet": ("wallet_share", [0.25, 0.5, 0.75, 1.0]),
        "lifetime": ("lifetime_months", get("loyalty.lifetime_months", unit="months")),
    }
    weights = get("loyalty.transactional_weights", unit="share")
    rows = {name: (column, *map(float, steps), weight) for (name, (column, steps)), weight in zip(limits.items(), weights, strict=True)}
    columns = ["column", *(f"score_{points:.0f}" for points in STEP_SCORES), "weight"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("mark")


def transactional_loyalty(
    waybills: pd.DataFrame,
    *,
    as_of: object,
    customers: pd.DataFrame | None = None,
    share_of_wallet: pd.Series | None = None,
    weights: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Score how loyal each customer's behaviour is, from 0 to 100.

    Answers: who keeps shipping with us: lately, often, with most of its parcels, and for long?

    Parameters
    ----------
    waybills : DataFrame, one row a waybill
        customer_id, picked_up_at. Waybills on or after `as_of` are left out, so that the score knows nothing of the future.
    as_of : date, datetime or text such as "2026-11-01"
        The score is that of the morning of this day.
    customers : DataFrame, one row a customer, optional
        customer_id, opened_on. With it, customers who never shipped stand in the result too, and lifetime begins with the account;
        without it, lifetime begins with the first waybill, which cuts short the life of all who came before the data.
    share_of_wallet : Series, share 0–1, indexed by customer_id, optional
        How much of all that the customer ships goes with us. The firm's own tables cannot tell: ask. Unknown stays unknown.
    weights : four shares that add up to 1, optional
        Of recency, frequency, wallet, lifetime. Without them: the standard loyalty.transactional_weights.

    Returns
    -------
    DataFrame, indexed by customer_id
        recency_days (NaN: never shipped), parcels_12_months (in the twelve months before `as_of`), wallet_share (0–1), lifetime_months
        (from the account's opening to the last parcel), recency_score, frequency_score, wallet_score, lifetime_score (0–100 by
        :func:`transactional_rule`; wallet_score is the share times 100), known_share (weights of the measures that are known, 0–1),
        transactional (0–100: the weighted mean of the known measures; nothing is filled in for the unknown ones).

    Raises
    ------
    ValueError
        A column or date is missing, a customer stands twice, a share lies outside 0–1, the weights do not fit, or there is no customer.

    Source: 《快递客户关系管理》, project 1, task 1 (交易忠诚: time, frequency, share, lifetime); scoring and weights chosen for teaching.

    >>> waybills = pd.DataFrame({
    ...     "customer_id": ["c1", "c1", "c2"], "picked_up_at": pd.to_datetime(["2024-10-01", "2026-10-30", "2026-06-01"])})
    >>> transactional_loyalty(waybills, as_of="2026-11-01")[["recency_score", "frequency_score", "transactional"]].values.tolist()
    [[100.0, 25.0, 65.625], [0.0, 25.0, 9.375]]
    """
    now = day(as_of, "as_of").tz_localize(None).normalize()
    weights = checked_weights(get("loyalty.transactional_weights", unit="share") if weights is None else weights, MEASURES, "weights")
    sent = _sent(waybills, now)
    if customers is None:
        index, opened = sent.index, sent["first_on"]
    else:
        table = customer_table(customers, ["opened_on"], "customers")
        opened = dates(table["opened_on"], "opened_on")
        opened = opened[opened < now]
        index = opened.index
        strangers = sent.index.to_series(index=sent.index)
        refuse_rows(~strangers.isin(table.index), _("Some customers have waybills but no row in customers"),
                    _("Take the waybills and the customers of the same firm and day."))  # fmt: skip
    if not len(index):
        raise ValueError(_("No customer is known before {day:%Y-%m-%d}. Check as_of and the tables.").format(day=now))
    found = sent.reindex(index)
    begun = opened.reindex(index)
    begun = begun.where(begun.le(found["first_on"]) | found["first_on"].isna(), found["first_on"])
    result = pd.DataFrame({
        "recency_days": (now - found["last_on"]).dt.days,
        "parcels_12_months": found["parcels"].fillna(0).astype("int64"),
        "wallet_share": _wallet(share_of_wallet, index),
        "lifetime_months": ((found["last_on"] - begun).dt.days / _DAYS_A_MONTH).fillna(0.0),
    }, index=index.rename("customer_id"))  # fmt: skip
    rule = transactional_rule()
    for measure in MEASURES:
        values = result[rule.at[measure, "column"]]
        result[f"{measure}_score"] = 100 * values if measure == "wallet" else _steps(values, rule.loc[measure], measure == "recency")
    scores = result[[f"{measure}_score" for measure in MEASURES]]
    result["transactional"], result["known_share"] = weighted_score(scores, weights)
    return result[[name for name in result if name != "transactional"] + ["transactional"]]


def _sent(waybills: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    """First and last day of each customer's waybills before `now`, and the parcels of the last twelve months."""
    if not isinstance(waybills, pd.DataFrame):
        raise ValueError(_("waybills must be a pandas table; this is a {kind}.").format(kind=type(waybills).__name__))
    require_columns(waybills.columns, ["customer_id", "picked_up_at"])
    refuse_rows(waybills["customer_id"].isna(), _("{name} is missing").format(name="customer_id"), _("Fill it in, or drop these rows."))
    when = dates(waybills["picked_up_at"], "picked_up_at")
    before = when < now
    grouped = when[before].groupby(waybills.loc[before, "customer_id"], observed=True)
    recent = before & (when >= now - pd.DateOffset(months=12))
    parcels = waybills.loc[recent, "customer_id"].value_counts()
    found = pd.DataFrame({"first_on": grouped.min(), "last_on": grouped.max()})
    return found.assign(parcels=parcels.reindex(found.index, fill_value=0))


def _wallet(share: pd.Series | None, index: pd.Index) -> pd.Series:
    if share is None:
        return pd.Series(np.nan, index=index)
    if not isinstance(share, pd.Series):
        raise ValueError(_("{name} must be a Series indexed by customer_id; this is a {kind}.").format(
            name="share_of_wallet", kind=type(share).__name__))  # fmt: skip
    one_row_each(share.index, "share_of_wallet")
    found = numbers(share, "share_of_wallet", missing_ok=True)
    refuse_rows((found < 0) | (found > 1), _("share_of_wallet lies outside 0 to 1"), _("Write 20% as 0.2, and an unknown share as empty."))
    return found.reindex(index)


def _steps(values: pd.Series, rule: pd.Series, fewer_is_better: bool) -> pd.Series:
    score = pd.Series(0.0, index=values.index)
    for points in STEP_SCORES:
        limit = rule[f"score_{points:.0f}"]
        reached = values <= limit if fewer_is_better else values >= limit
        score = score.mask(reached.fillna(False), points)
    return score
