"""Who counts as lost, since when, since when one could know it, and what speaks for which of the textbook's three kinds of loss."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.churn.evidence import causes_of
from crmlib.clean import clean, clean_column
from crmlib.i18n import _
from crmlib.segments.per_customer import customer_table, day, one_row_each
from crmlib.survival.silence import grace_by_customer, shipping_days

CONTRACT_RULES = ("silence", "closing")


def churned(
    waybills: pd.DataFrame, *, as_of: object, grace_days: int | pd.Series | None = None, customers: pd.DataFrame | None = None,
    contract_rule: str = "silence", closed: pd.Series | None = None, offers: pd.DataFrame | None = None,
    salespeople: pd.DataFrame | None = None, cases: pd.DataFrame | None = None, market_prices: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Each customer's state on a day, as it could be known on that day.

    Answers: whom have we lost, since when, when could we have known, and to whom?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at; with `market_prices` also what :func:`price_gap` needs. Rows from `as_of` on are not looked at.
    as_of : date
        The day on which to judge.
    grace_days : int, or Series of days by customer_id (from :func:`own_grace`), optional
        A customer silent for so long is lost. Without it: the standard state.lost_days.
    customers : DataFrame, optional
        customer_id, monthly_account; adds the customers who never shipped, and says who has a contract. Needed for the causes.
    contract_rule : "silence" or "closing"
        Customers with a monthly account have a contract. "silence": they are judged like all others. "closing": they are lost only
        when their account is known to be closed; until then their silence makes them "dormant".
    closed : Series of dates by customer_id, optional
        When an account was closed, where the firm notes it.
    offers : DataFrame, optional
        kind, customer_id, measured_on, outcome; a retention offer whose outcome is "missed" tells on measured_on that the account was
        closed.
    salespeople, cases, market_prices : DataFrames, optional
        Evidence of the causes, see Notes.

    Returns
    -------
    DataFrame, indexed by customer_id
        churn_state (active, dormant, lost, never_shipped), first_on, last_on, silent_days, grace_days, lost_on (the day after the last
        parcel), known_on (when the grace period was over, or the closing was known if that was earlier), known_by (silence, closing), and
        where `customers` is given contract (yes/no). With evidence also, for all who shipped: evidence_on (the day looked at: that of the
        loss; for comparison, those not lost are looked at on days spread like the losses, see :func:`evidence_check`),
        salesperson_evidence, price_gap, price_complaint, rival_evidence, and for the lost loss_cause (rival, salesperson, both, unknown).

    Raises
    ------
    ValueError
        A column, date or customer is missing, no waybill is older than `as_of`, or evidence is given without `customers`.

    Notes
    -----
    The textbook names three: gone over to a rival; gone with the salesperson who left; no business for months. The third is how a loss is
    seen, the first two are why. Evidence for the salesperson: whoever looked after the customer left the firm at most
    churn.salesperson_days before the loss. Evidence for a rival: in the churn.evidence_days before the loss the customer paid at least
    churn.price_gap more than the cheapest rival would have asked, or complained of the price. Where there is no evidence the cause is
    unknown, and most often it is. Evidence is no proof: some of those who stay show it too.

    Source: 《快递客户关系管理》, project 1, task 1 (流失客户), and project 3, task 4.

    >>> log = pd.DataFrame({"customer_id": ["c1", "c2"], "picked_up_at": pd.to_datetime(["2026-03-05", "2026-10-20"])})
    >>> churned(log, as_of="2026-11-01", grace_days=90)[["churn_state", "silent_days"]].values.tolist()
    [['lost', 241], ['active', 12]]
    """
    if contract_rule not in CONTRACT_RULES:
        raise ValueError(_('contract_rule is "{rule}"; it must be "silence" or "closing".').format(rule=contract_rule))
    today = day(as_of, "as_of").normalize()
    table = _silences(waybills, today, grace_days)
    closing = _closings(closed, offers, today).reindex(table.index)
    known = (table["last_on"] + pd.to_timedelta(table["grace_days"], unit="D")).where(table["silent_days"] >= table["grace_days"])
    told = closing.where(closing > table["last_on"])
    people = None if customers is None else customer_table(customers, ["monthly_account"], "customers")
    contract = pd.Series(False, index=table.index)
    if people is not None:
        people = people.assign(monthly_account=clean_column(people["monthly_account"], "monthly_account", "answer?"))
        contract = people["monthly_account"].reindex(table.index).eq(True).fillna(False).astype(bool)
    elif contract_rule == "closing":
        raise ValueError(_('contract_rule="closing" needs customers, which say who has a monthly account.'))
    dormant = contract & known.notna() & told.isna() & (contract_rule == "closing")
    if contract_rule == "closing":
        known = known.mask(contract)
    by_closing = told.notna() & ~(known <= told)
    known_on = known.mask(by_closing, told)
    lost = known_on.notna()
    table = table.assign(
        churn_state=np.select([lost, dormant], ["lost", "dormant"], "active"),
        lost_on=(table["last_on"] + pd.Timedelta(days=1)).where(lost), known_on=known_on,
        known_by=pd.Series(np.where(by_closing, "closing", "silence"), index=table.index).where(lost),
    )  # fmt: skip
    if any(evidence is not None for evidence in (salespeople, cases, market_prices)):
        if customers is None:
            raise ValueError(_("To look for causes, give customers too: they say who has which salesperson, and ships from where."))
        table = table.join(
            causes_of(table, waybills, customers, today=today, salespeople=salespeople, cases=cases, market_prices=market_prices)
        )
    if people is not None:
        table = table.assign(contract=contract).reindex(table.index.append(people.index.difference(table.index)))
        table["contract"] = people["monthly_account"].reindex(table.index).eq(True).fillna(False).astype(bool)
        table["churn_state"] = table["churn_state"].fillna("never_shipped")
    return _shaped(table)


def _shaped(table: pd.DataFrame) -> pd.DataFrame:
    first = ["churn_state", "first_on", "last_on", "silent_days", "grace_days", "lost_on", "known_on", "known_by"]
    table = table[first + [name for name in table.columns if name not in first]].sort_index().rename_axis("customer_id")
    table["churn_state"] = pd.Categorical(table["churn_state"], categories=["active", "dormant", "lost", "never_shipped"])
    table["known_by"] = pd.Categorical(table["known_by"], categories=["silence", "closing"])
    answers = ["contract", "salesperson_evidence", "price_complaint", "rival_evidence"]
    known = {name: table[name].eq(True) for name in answers if name in table.columns}
    return table.assign(**known).astype({"silent_days": "Int64", "grace_days": "Int64"})


def _silences(waybills: pd.DataFrame, today: pd.Timestamp, grace_days: int | pd.Series | None) -> pd.DataFrame:
    days = shipping_days(waybills, "waybills")
    ends = days[days["day"] < today].groupby("customer_id", observed=True)["day"].agg(first_on="first", last_on="last")
    if ends.empty:
        raise ValueError(_("No waybill is older than as_of ({end:%Y-%m-%d}). Choose a later day.").format(end=today))
    grace = grace_by_customer(grace_days, ends.index)
    return ends.assign(silent_days=(today - ends["last_on"]).dt.days, grace_days=grace)


def _closings(closed: pd.Series | None, offers: pd.DataFrame | None, today: pd.Timestamp) -> pd.Series:
    """When each closing of an account was known, of those known by `today`."""
    found = []
    if closed is not None:
        if not isinstance(closed, pd.Series):
            raise ValueError(_("closed must be a Series of dates by customer_id."))
        one_row_each(closed.index, "closed")
        found.append(clean_column(closed, "closed", "text_date?", table="closed").dropna())
    if offers is not None:
        offers = clean(offers, "offers", kind="name", customer_id="id", measured_on="text_date?", outcome="name?")
        told = offers[(offers["kind"] == "retention") & (offers["outcome"] == "missed")]
        found.append(told.groupby("customer_id", observed=True)["measured_on"].min())
    if not found:
        return pd.Series(dtype="datetime64[us]")
    dates = pd.concat([part.astype("datetime64[us]") for part in found])
    dates = dates[dates <= today]
    return dates.groupby(level=0).min()
