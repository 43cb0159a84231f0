"""What speaks for a rival, and what for a salesperson who left, around the day a customer was lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import refuse_rows
from crmlib.churn.price_gap import gap_by_customer, rival_prices
from crmlib.clean import clean
from crmlib.i18n import _
from crmlib.segments.per_customer import customer_table, one_row_each

EVIDENCE = ("salesperson_evidence", "rival_evidence")


def causes_of(
    table: pd.DataFrame, waybills: pd.DataFrame, customers: pd.DataFrame, *, today: pd.Timestamp, salespeople: pd.DataFrame | None,
    cases: pd.DataFrame | None, market_prices: pd.DataFrame | None,
) -> pd.DataFrame:  # fmt: skip
    """The evidence for each customer of `table` (churn_state, first_on, lost_on), on the day evidence_on: that of its loss; those who are
    not lost are looked at on days spread like the losses, since prices move and what holds today need not have held then.

    Columns as :func:`crmlib.churn.churned` describes them; what was not given is left out.

    >>> state = pd.DataFrame({"churn_state": ["lost"], "first_on": pd.Timestamp("2025-01-05"), "lost_on": pd.Timestamp("2025-06-01")},
    ...     index=pd.Index(["c1"], name="customer_id"))
    >>> given = {"salespeople": None, "cases": None, "market_prices": None}
    >>> causes_of(state, pd.DataFrame(), pd.DataFrame(), today=pd.Timestamp("2025-11-01"), **given)["evidence_on"].dt.date.astype(str).tolist()
    ['2025-06-01']
    """
    when = _days_to_look_at(table, today)
    look_back = pd.Timedelta(days=standards.get("churn.evidence_days", unit="days"))
    window = pd.DataFrame({"start": when - look_back, "end": when})
    found = pd.DataFrame({"evidence_on": when})
    if salespeople is not None:
        found["salesperson_evidence"] = _left_lately(customers, salespeople, when)
    if market_prices is not None:
        waybills = clean(waybills, "waybills", customer_id="id", picked_up_at="text_date")
        lately = waybills[waybills["picked_up_at"] < today]
        found["price_gap"] = gap_by_customer(rival_prices(lately, customers, market_prices), window=window).reindex(table.index)
    if cases is not None:
        found["price_complaint"] = _complained(cases, window)
    signs = [found["price_gap"] >= standards.get("churn.price_gap", unit="share")] if market_prices is not None else []
    signs += [found["price_complaint"]] if cases is not None else []
    if signs:
        found["rival_evidence"] = np.logical_or.reduce(signs)
    none = pd.Series(False, index=table.index)
    left, rival = found.get("salesperson_evidence", none), found.get("rival_evidence", none)
    cause = np.select([left & rival, left, rival], ["both", "salesperson", "rival"], "unknown")
    found["loss_cause"] = pd.Categorical(
        pd.Series(cause, index=table.index).where(table["churn_state"] == "lost"), categories=["rival", "salesperson", "both", "unknown"]
    )
    return found


def _days_to_look_at(table: pd.DataFrame, today: pd.Timestamp) -> pd.Series:
    when, losses = table["lost_on"].copy(), table["lost_on"].dropna().sort_values()
    stays = table.index[when.isna()]
    if losses.empty:
        return when.fillna(today)
    # Whoever came later is compared later, so that everybody is looked at while a customer.
    order = table.loc[stays, "first_on"].sort_values(kind="stable").index
    place = ((np.arange(len(order)) + 0.5) / max(len(order), 1) * len(losses)).astype(np.int64)
    when[order] = np.maximum(losses.to_numpy()[place], (table.loc[order, "first_on"] + pd.Timedelta(days=1)).to_numpy())
    return when


def _left_lately(customers: pd.DataFrame, salespeople: pd.DataFrame, when: pd.Series) -> pd.Series:
    """Whether whoever looked after the customer left within the standard's days before `when`.

    The customers' table names the salesperson of today; who looked after the customer before is told by the chain of predecessors.
    """
    people = customer_table(customers, ["salesperson_id"], "customers")
    salespeople = clean(salespeople, "salespeople", salesperson_id="id", left_on="text_date?", predecessor_id="name?")
    staff = salespeople.drop_duplicates("salesperson_id").set_index("salesperson_id")
    limit = pd.Timedelta(days=standards.get("churn.salesperson_days", unit="days"))
    holder = people["salesperson_id"].reindex(when.index)
    found = pd.Series(False, index=when.index)
    for _turn in range(len(staff)):
        left = pd.Series(staff["left_on"].reindex(holder).to_numpy(), index=when.index)
        found |= (left < when) & (when - left <= limit)
        holder = pd.Series(staff["predecessor_id"].reindex(holder).to_numpy(), index=when.index)
        if holder.isna().all():
            break
    return found


def _complained(cases: pd.DataFrame, window: pd.DataFrame) -> pd.Series:
    cases = clean(cases, "cases", customer_id="name?", kind="name?", cause="name?", opened_at="text_date")
    told = cases[(cases["kind"] == "complaint") & (cases["cause"] == "price") & cases["customer_id"].isin(window.index)]
    own = window.reindex(told["customer_id"])
    opened = told["opened_at"].to_numpy()
    # A complaint may follow the last parcel by some days.
    near = (opened >= own["start"].to_numpy()) & (opened < (own["end"] + pd.Timedelta(days=30)).to_numpy())
    return pd.Series(window.index.isin(told["customer_id"][near]), index=window.index)


def evidence_check(table: pd.DataFrame, *, by: pd.Series | None = None) -> pd.DataFrame:
    """How often the evidence is found with customers who left, and how often with those who stay.

    Answers: does the evidence tell anything, or do the loyal ones show it just as often?

    Parameters
    ----------
    table : DataFrame, from :func:`crmlib.churn.churned` with evidence
    by : Series of groups by customer_id, such as the market, optional
        Compare like with like: those who stay are weighed so that their groups are as large as among the lost. Walk-in customers leave
        most and have no salesperson; without the market, salespeople would seem to keep customers by leaving.

    Returns
    -------
    DataFrame, indexed by evidence
        lost_share, active_share, excess_share (of the lost: those who show the evidence beyond what the stayers' share would give; at most
        so many can have left for that reason)

    Raises
    ------
    ValueError
        The table holds no evidence, nobody is lost or nobody stays, or a group of `by` has lost customers only.

    Notes
    -----
    Whether a customer is dearer than a threshold tells little of how much dearer: in a simulated firm where twice the rival's price makes
    the risk twelvefold, but gaps vary by a tenth only, leavers paid one to two hundredths more than others alike in the same month, and of
    4,000 customers hardly more leavers than stayers passed the threshold. For the size of an effect use :func:`crmlib.survival.cox` with
    the gap itself.

    Source: attributable fraction, Levin (1953); direct standardisation.

    >>> found = pd.Series([True, True, False, False, True, False, False, False])
    >>> table = pd.DataFrame({"churn_state": ["lost"] * 4 + ["active"] * 4, "rival_evidence": found})
    >>> evidence_check(table).loc["rival_evidence"].round(3).tolist()
    [0.5, 0.25, 0.333]
    """
    table = clean(table, "table", churn_state="name?", salesperson_evidence="answer?", rival_evidence="answer?", optional=EVIDENCE)
    kinds = [name for name in EVIDENCE if name in table.columns]
    if not kinds:
        raise ValueError(_("The table holds no evidence. Give churned the tables salespeople, cases or market_prices."))
    group = pd.Series("all", index=table.index)
    if by is not None:
        if not isinstance(by, pd.Series):
            raise ValueError(_('by must be a Series of groups by customer_id, such as customers.set_index("customer_id")["market"].'))
        one_row_each(by.index, "by")
        group = by.reindex(table.index).astype(object)
    lost, active = (table["churn_state"].eq(state).fillna(False).astype(bool) for state in ("lost", "active"))
    refuse_rows(table[kinds].isna().any(axis=1) & (lost | active), _("{name} is missing").format(name=", ".join(kinds)),
                _("Fill in the value, or drop these rows and say so."))  # fmt: skip
    refuse_rows(
        group.isna() & (lost | active), _("by names no group for these customers"), _("Give them a group, or leave out their waybills.")
    )
    weights = group[lost].value_counts(normalize=True)
    usual = table.loc[active, kinds].astype("float64").groupby(group[active]).mean().reindex(weights.index)
    if weights.empty or usual.isna().any(axis=None):
        raise ValueError(_("To compare, there must be customers who are lost and customers who stay, in every group."))
    shares = pd.DataFrame({"lost_share": table.loc[lost, kinds].astype("float64").mean(), "active_share": usual.mul(weights, axis=0).sum()})
    excess = (shares["lost_share"] - shares["active_share"]) / (1 - shares["active_share"])
    return shares.assign(excess_share=excess.clip(lower=0)).rename_axis("evidence")
