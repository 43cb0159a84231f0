"""Filling the thirteen records from the firm's tables by the course's own methods, as they could be filled on a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.profiles.known_tables import KnownTables
from crmlib.profiles.record_kinds import records
from crmlib.standards import get

if TYPE_CHECKING:
    from crmlib.company import Company
    from crmlib.credit import Blacklist

_DAY = pd.Timedelta(days=1)


def fill(
    company: Company | Mapping[str, pd.DataFrame], kind: str, *, as_of: object, tiers: Sequence[float] | None = None, blacklist: Blacklist | None = None
) -> pd.DataFrame:
    """Fill one of the thirteen records for every customer it is kept of, with what was known on a day.

    Answers: what did we know of each customer that morning: who it is, what it ships, says, owes, and whether it is leaving?

    Parameters
    ----------
    company : Company, or tables by name
        The tables that :func:`record_kinds` names for the record.
    kind : the record's code, such as "arrears"
    as_of : date, or text such as "2026-11-01"
        The morning of this day. What came on this day or later plays no part; contacts carry no day and are taken as they stand.
    tiers : rising yuan a year, optional
        Of agreements, for key_account and potential_key_account. Without them: the standard accounts.tier_yuan, which is far above the
        small simulated firm; for that take for example (1000, 3000, 10000).
    blacklist : crm.credit.Blacklist, optional
        The firm's own list, for blacklist. Without it: nobody is listed.

    Returns
    -------
    DataFrame, indexed by customer_id
        Columns by the record. basic: name … opened_on, and the first contact. archive: how often and when last we met the customer, state.
        consumption: as `crm.segments.customer_activity` of twelve months. satisfaction: the latest answers. loyalty: deeds, feelings, both.
        credit: as `crm.credit.credit_limit`. arrears: as `crm.credit.aging`. blacklist: listed, or long in arrears and for a person to
        decide. churn: as `crm.churn.churned`. class: abc, rfm, state. economics: who looks after the customer, what is left after
        serving. key_account: agreement, limit, visits of class A. potential_key_account: as `crm.accounts.potential_key_accounts`.

    Raises
    ------
    ValueError
        There is no such record, a table is missing, or a method refuses: its own sentence says why.

    >>> from crmlib.company import lark
    >>> fill(lark(), "satisfaction", as_of="2025-06-01")["answered_on"].max().strftime("%Y-%m")
    '2025-05'
    """
    if kind not in records():
        near = get_close_matches(str(kind), list(records()), n=1, cutoff=0.4)
        hint = _(" Did you mean “{near}”?").format(near=near[0]) if near else ""
        raise ValueError(_("There is no record “{kind}”.{hint} There are: {kinds}.").format(kind=kind, hint=hint, kinds=", ".join(records())))
    known = KnownTables(company, as_of)
    options = {"tiers": tiers} if kind.endswith("key_account") else {"blacklist": blacklist} if kind == "blacklist" else {}
    table = _FILLERS[kind](known, **options)
    return table.set_axis(table.index.astype(object)).rename_axis("customer_id")


def _basic(known: KnownTables) -> pd.DataFrame:
    basics = known["customers"].set_index("customer_id")
    if "contacts" not in known:
        return basics
    first = known["contacts"].drop_duplicates("customer_id").set_index("customer_id")
    names = {"name": "contact_name", "role": "contact_role", "phone": "phone", "channel": "preferred_channel"}
    return basics.join(first[list(names)].rename(columns=names))


def _archive(known: KnownTables) -> pd.DataFrame:
    table = known["customers"].set_index("customer_id")[["opened_on"]]
    met = []
    for name, moment in (("waybills", "picked_up_at"), ("touches", "happened_on"), ("cases", "opened_at"), ("calls", "arrived_at"),
                         ("surveys", "answered_on"), ("invoices", "issued_on")):  # fmt: skip
        if name in known:
            found = known[name].groupby("customer_id")[moment].agg(["size", "max"]).reindex(table.index)
            table[f"{name}_count"] = found["size"].fillna(0).astype(int)
            if name in ("touches", "cases", "calls", "surveys"):
                met.append(found["max"].dt.normalize())
    table["last_contact_on"] = pd.concat(met, axis=1).max(axis=1) if met else pd.NaT
    if "members" in known:
        table["joined_on"] = known["members"].drop_duplicates("customer_id").set_index("customer_id")["joined_on"].reindex(table.index)
    return table.join(_state(known))


def _state(known: KnownTables) -> pd.Series:
    from crmlib.segments import customer_activity, customer_state

    return customer_state(_indexed(customer_activity(known["waybills"])), today=known.as_of, registered=known["customers"])


def _consumption(known: KnownTables) -> pd.DataFrame:
    from crmlib.segments import customer_activity

    return _indexed(customer_activity(known["waybills"], **known.year))


def _satisfaction(known: KnownTables) -> pd.DataFrame:
    sheets = known["surveys"].sort_values("answered_on", kind="stable")
    times = sheets.groupby("customer_id").size()
    last = sheets.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    score = last["recommend"]
    group = np.select([score >= 9, score >= 7, score.notna()], ["promoter", "passive", "detractor"], "unknown")
    items = [name for name in ("satisfaction_1", "satisfaction_2", "satisfaction_3") if name in last]
    return pd.DataFrame({
        "answered_on": last["answered_on"], "answers": times.reindex(last.index), "satisfaction": last[items].mean(axis=1), "recommend": score,
        "recommend_group": group, "age_days": (known.as_of - last["answered_on"]).dt.days,
    })  # fmt: skip


def _loyalty(known: KnownTables) -> pd.DataFrame:
    from crmlib.loyalty import emotional_loyalty, loyalty_matrix, transactional_loyalty

    days = records()["loyalty"]["evidence_days"]
    deeds = transactional_loyalty(known["waybills"], as_of=known.as_of, customers=known["customers"])
    feelings = emotional_loyalty(known["surveys"], as_of=known.as_of, within_days=days, customers=known["customers"])
    both = loyalty_matrix(deeds["transactional"], feelings.scores["emotional"])
    return deeds[["recency_days", "parcels_12_months", "lifetime_months"]].join(both.customers)


def _credit(known: KnownTables) -> pd.DataFrame:
    from crmlib.credit import credit_limit

    return credit_limit(known["invoices"], known["payments"], as_of=known.as_of - _DAY)


def _arrears(known: KnownTables) -> pd.DataFrame:
    from crmlib.credit import aging

    return aging(known["invoices"], known["payments"], as_of=known.as_of - _DAY).table


def _blacklist(known: KnownTables, blacklist: Blacklist | None = None) -> pd.DataFrame:
    owed, limit = _arrears(known), get("credit.default_days", unit="days")
    late = owed[(owed["oldest_days"] >= limit) & (owed["overdue_yuan"] > 0)]
    table = late[["overdue_yuan", "oldest_days"]].assign(list_state="to_decide", reason="persistent_arrears")
    if blacklist is None:
        return table
    listed = blacklist.listed(on=known.as_of - _DAY).set_index("customer_id")
    table = table.reindex(table.index.union(listed.index)).join(listed[["listed_on", "review_on", "appeal"]])
    return table.assign(list_state=np.where(table["listed_on"].notna(), "listed", "to_decide"), reason=listed["reason"].reindex(table.index).fillna(table["reason"]))


def _churn(known: KnownTables) -> pd.DataFrame:
    from crmlib.churn import churned

    closings = {"offers": known["offers"]} if "offers" in known else {}
    table = churned(known["waybills"], as_of=known.as_of, **closings)
    everybody = known["customers"]["customer_id"]
    table = table.reindex(table.index.union(everybody))
    return table.assign(churn_state=table["churn_state"].fillna("never_shipped"))


def _class(known: KnownTables) -> pd.DataFrame:
    from crmlib.segments import abc_classes, rfm

    active = _consumption(known)
    scores = rfm(active, today=known.as_of)
    table = active[["revenue_yuan"]].join(abc_classes(active["revenue_yuan"])[["abc"]]).join(scores)
    return table.join(_state(known), how="outer")


def _economics(known: KnownTables) -> pd.DataFrame:
    from crmlib.economics import cost_to_serve

    cases = {"cases": known["cases"].fillna({"compensation_yuan": 0.0})} if "cases" in known else {}
    served = cost_to_serve({name: known[name] for name in ("waybills", "touches", "calls") if name in known} | cases, **known.year)
    return _manager(known).reindex(served.index).join(served)


def _manager(known: KnownTables) -> pd.DataFrame:
    touches = known["touches"].dropna(subset=["salesperson_id"]).sort_values("happened_on", kind="stable")
    last = touches.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    return last[["salesperson_id", "happened_on"]].rename(columns={"happened_on": "last_touch_on"})


def _key_account(known: KnownTables, tiers: Sequence[float] | None = None) -> pd.DataFrame:
    from crmlib.development import agreement_tier

    key = known.whom("key")
    spent = known.year_yuan().reindex(key)
    rebates = None if tiers is None else tuple(get("development.tier_rebate", unit="share")[: len(tiers) + 1])
    visits = known["touches"][known["touches"]["kind"] == "visit"].groupby("customer_id")["happened_on"].max().rename("last_visit_on")
    table = agreement_tier(spent, tiers=tiers, rebates=rebates).join(_manager(known)[["salesperson_id"]]).join(visits)
    table = table.join(_credit(known)[["limit_yuan", "terms_days", "use_share"]]).join(_arrears(known)[["open_yuan", "overdue_yuan"]])
    return table.fillna({"open_yuan": 0.0, "overdue_yuan": 0.0})


def _potential(known: KnownTables, tiers: Sequence[float] | None = None) -> pd.DataFrame:
    from crmlib.accounts import potential_key_accounts

    return potential_key_accounts(known["waybills"], as_of=known.as_of - _DAY, tiers=tiers)


def _indexed(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("customer_id") if "customer_id" in table.columns else table


_FILLERS: Mapping[str, Callable[..., pd.DataFrame]] = {
    "basic": _basic, "archive": _archive, "consumption": _consumption, "satisfaction": _satisfaction, "loyalty": _loyalty, "credit": _credit,
    "arrears": _arrears, "blacklist": _blacklist, "churn": _churn, "class": _class, "economics": _economics, "key_account": _key_account,
    "potential_key_account": _potential,
}  # fmt: skip
