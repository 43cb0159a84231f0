"""The crisis group's cases: opened by themselves for what was escalated to it, for valuable parcels lost, and for severe incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlib import standards
from crmlib.desk.delay.model import moment
from crmlib.desk.risk.feed import incident_feed

if TYPE_CHECKING:
    from crmlib.company import Company
    from crmlib.desk.service_desk import Desk

_COLUMNS = ["case_id", "opened_for", "source_id", "opened_at", "due_at"]
EVERYBODY = "all"
"""A crisis that is no single customer's."""


def open_crises(desk: Desk, as_of: object, *, company: Company | None = None, own: pd.DataFrame | None = None, by: str = "clock") -> pd.DataFrame:
    """Open a crisis for everything that needs one and has none yet; run it as often as you like, nothing is opened twice.

    Answers: what must the crisis group take up now?

    Parameters
    ----------
    desk : Desk
    as_of : the moment; later events wait
    company : Company, optional; its severe incidents open a crisis while they go on
    own : DataFrame, optional, rows of :func:`own_incident`
    by : who opens them

    Returns
    -------
    DataFrame, one row a crisis opened now
        case_id ("crisis-" and the case or incident), opened_for (escalation: a step of the case came to the crisis group; loss: a parcel of high declared
        value was reported lost; incident), source_id, opened_at (when it happened: the clock runs from there), due_at (the investigation begins)

    Raises
    ------
    ValueError
        The moment cannot be read, or the name of `by` is empty.

    Source: 《2025国际快递行业客户关系管理体系研究》: 1小时内启动调查，24小时内给出理赔方案.

    >>> from crmlib.desk import Desk
    >>> desk = Desk("sqlite://")
    >>> case = desk.open_case("loss", customer_id="C00694", by="Wang Fang", at="2026-10-12 09:00")
    >>> fields = {"channel": "hotline", "goods": "watch", "declared_yuan": 8000, "request": "find it"}
    >>> case = desk.complete(case, "accept", fields, by="Wang Fang", at="2026-10-12 09:10")
    >>> [open_crises(desk, "2026-10-12 09:30").case_id.tolist() for _again in range(2)]
    [['crisis-D000001'], []]
    """
    now = moment(as_of, "as_of")
    events = desk.events()
    there = set(events["case_id"])
    events = events[(events["at"] <= now).to_numpy()]
    opened = events[(events["event"] == "opened").to_numpy()].set_index("case_id")["data"]
    wanted: list[tuple[str, str, pd.Timestamp, str, str | None]] = []
    for one in events.itertuples():
        about = opened[one.case_id]
        if about["sop"] == "crisis":
            continue
        lost = one.event == "completed" and about["sop"] == "loss" and one.step == "accept"
        if one.event == "escalated" and one.owner_role == "crisis_group":
            wanted.append(("escalation", one.case_id, one.at, about["customer_id"], about["waybill_id"]))
        elif lost and (one.data.get("declared_yuan") or 0) >= standards.get("risk.high_value_yuan", unit="yuan"):
            wanted.append(("loss", one.case_id, one.at, about["customer_id"], about["waybill_id"]))
    if company is not None:
        since = now - pd.Timedelta(days=standards.get("risk.look_back_days", unit="days"))
        feed = incident_feed(company, since, now + pd.Timedelta(microseconds=1), own=own)
        severe = feed[(feed["severity"] == "severe") & feed["ended_on"].isna()]
        wanted += [("incident", one.incident_id, one.known_at, EVERYBODY, None) for one in severe.itertuples()]
    rows = []
    for source, source_id, at, customer, parcel in wanted:
        number = f"crisis-{source_id}"
        if number in there:
            continue
        there.add(number)
        try:
            case = desk.open_case("crisis", customer_id=customer, waybill_id=parcel, case_id=number, by=by, at=at)
        except ValueError:
            if number not in set(desk.cases()["case_id"]):
                raise
            continue  # another process was first
        rows.append((number, source, source_id, at, case.open["due_at"].iloc[0]))
    return pd.DataFrame(rows, columns=_COLUMNS).astype({"opened_at": "datetime64[us]", "due_at": "datetime64[us]"})
