"""Everything that happened in a stretch of time as one stream of events, each with what was known at its moment and nothing later."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import need_frame, require_columns
from crmlib.company.company import Company
from crmlib.desk.rules.fields import EVENTS, event_columns
from crmlib.i18n import _
from crmlib.segments.per_customer import day

_HOUR, _CENT = np.timedelta64(3_600_000_000, "us"), 0.005
_KEYS = ["event_id", "at", "event", "customer_id", "waybill_id"]
_MORNING = np.timedelta64(9, "h")


def event_stream(
    company: Company, since: object, until: object, *, predictions: pd.DataFrame | None = None, desk_events: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The firm's events from one moment to another, in order.

    Answers: what happened that somebody might have to be told?

    Parameters
    ----------
    company : the firm; tables that it has not tell nothing
    since, until : moments on Beijing time; `until` is not included
    predictions : DataFrame, from :func:`crmlib.desk.delay.delay_warnings` or the `.table` of `choose_offer`: waybill_id, at; p_late,
        predicted_at, hours_ahead, node, offer where known; each becomes an event delay_predicted
    desk_events : DataFrame, from :meth:`crmlib.desk.Desk.events`: escalations at the desk; the table cases tells its own by the clocks' policy

    Returns
    -------
    DataFrame, one row an event, by moment
        event_id (the same whenever it is made), at, event, customer_id, waybill_id (missing where there is none), and the fields of
        :func:`event_fields`, missing where an event has none. Nothing in a row was unknown at `at`.

    Raises
    ------
    ValueError
        `since` is not before `until`; a prediction names a parcel that is not there.

    Source: six nodes, 《快递客户关系管理》; the events of market and payments follow the firm's tables.

    >>> from crmlib.company import lark
    >>> events = event_stream(lark(), "2026-05-01", "2026-05-02")
    >>> bool(events.event_id.is_unique and events["at"].is_monotonic_increasing)
    True
    """
    first, last = (np.datetime64(day(moment, name), "us") for name, moment in (("since", since), ("until", until)))
    if not first < last:
        raise ValueError(_("The stretch of time begins at {since} and ends at {until}; it must begin before it ends.").format(since=since, until=until))
    tables = company.tables
    parcels = _Parcels(company) if "waybills" in tables else None
    parts: list[pd.DataFrame] = []
    if parcels is not None and "tracking" in tables:
        parts += [parcels.scans(first, last), parcels.broken(first, last)]
    if predictions is not None:
        if parcels is None:
            raise ValueError(_("Predictions need the table waybills."))
        parts.append(parcels.warnings(predictions, first, last))
    if "cases" in tables:
        parts += _cases(tables["cases"], first, last)
    if desk_events is not None:
        parts.append(_desk(desk_events, first, last))
    if "invoices" in tables:
        parts.append(_overdue(tables["invoices"], tables.get("payments"), first, last))
    if "policies" in tables:
        parts.append(_policies(tables["policies"], first, last))
    if "incidents" in tables:
        parts.append(_incidents(tables["incidents"], first, last))
        if parcels is not None and "tracking" in tables:
            parts.append(parcels.touched(tables["incidents"], tables["customers"], first, last))
    return _joined(parts)


def _joined(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    fields = event_columns()
    kept = [part for part in parts if len(part)]
    names = [*_KEYS, *(name for name in fields if name not in _KEYS and any(name in part.columns for part in kept))]
    columns = {}
    for name in names:
        kind = "text" if name not in fields else fields[name].kind
        dtype = {"text": object, "number": float, "yes_no": "boolean", "datetime": "datetime64[us]"}["datetime" if name == "at" else kind]
        pieces = [part[name].astype(dtype) if name in part.columns else pd.Series([None] * len(part), dtype=dtype) for part in kept]
        whole = pd.concat(pieces, ignore_index=True) if pieces else pd.Series(dtype=dtype)
        columns[name] = whole.astype("category") if name == "event" or kind == "text" and name in fields and fields[name].values else whole
    stream = pd.DataFrame(columns)
    stream["event"] = stream["event"].cat.set_categories(EVENTS)
    return stream.sort_values(["at", "event_id"], kind="stable", ignore_index=True)


def _within(moments: pd.Series, first: np.datetime64, last: np.datetime64) -> np.ndarray:
    return ((moments >= first) & (moments < last)).to_numpy()


def _hours(later: pd.Series, earlier: pd.Series) -> np.ndarray:
    return np.round((later.to_numpy() - earlier.to_numpy()) / _HOUR, 2)


class _Parcels:
    """The firm's parcels and their scans."""

    def __init__(self, company: Company) -> None:
        self.waybills = company.waybills
        self.index = pd.Index(self.waybills["waybill_id"].astype(object).to_numpy())
        self.tracking = company.tables.get("tracking")

    def about(self, events: pd.DataFrame) -> pd.DataFrame:
        """`events` (event_id, at, event, waybill_id, …) with the fields of their parcels."""
        row = self.index.get_indexer(events["waybill_id"].astype(object))
        if (row < 0).any():
            strange = events["waybill_id"].to_numpy()[row < 0][0]
            raise ValueError(_("There is no waybill {waybill}. Take both tables from the same firm.").format(waybill=strange))
        mine = self.waybills.iloc[row].set_axis(events.index)
        same = {name: mine[name] for name in ("customer_id", "product", "scope", "destination_region", "weight_kg", "price_yuan", "promised_at")}
        return events.assign(
            **same, waybill_tail=events["waybill_id"].astype(str).str[-4:], hours_to_promise=_hours(mine["promised_at"], events["at"]),
            hours_since_pickup=_hours(events["at"], mine["picked_up_at"]))  # fmt: skip

    def scans(self, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
        """The nodes."""
        found = self.tracking[_within(self.tracking["scanned_at"], first, last)]
        events = found.rename(columns={"scan_id": "event_id", "scanned_at": "at", "node": "event"}).reset_index(drop=True)
        events = self.about(events)
        late = np.maximum(0, -events["hours_to_promise"]).where(events["event"] == "signed")
        return events.assign(late_hours=late)

    def last_scans(self, waybill_ids: pd.Series, at: pd.Series) -> pd.DataFrame:
        """The last scan of each parcel up to a moment of its own: node, scanned_at, and whether it was signed for by then."""
        asked = pd.DataFrame({"waybill_id": waybill_ids.astype(object).to_numpy(), "moment": at.to_numpy(), "row": np.arange(len(at))})
        scans = self.tracking[self.tracking["waybill_id"].isin(waybill_ids)]
        scans = scans.assign(waybill_id=scans["waybill_id"].astype(object))
        known = scans.merge(asked, on="waybill_id")
        known = known[known["scanned_at"] <= known["moment"]].sort_values("scanned_at", kind="stable").drop_duplicates("row", keep="last")
        return known.set_index("row").reindex(asked["row"])[["node", "scanned_at"]]

    def broken(self, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
        """Promises that passed while the parcel was still on its way."""
        due = self.waybills[_within(self.waybills["promised_at"], first, last)].reset_index(drop=True)
        seen = self.last_scans(due["waybill_id"], due["promised_at"])
        late = (seen["node"].notna() & (seen["node"] != "signed")).to_numpy()
        due, seen = due[late].reset_index(drop=True), seen[late].reset_index(drop=True)
        events = pd.DataFrame({"event_id": due["waybill_id"] + "/promise", "at": due["promised_at"], "event": "promise_broken",
                               "waybill_id": due["waybill_id"], "node": seen["node"]})  # fmt: skip
        return self.about(events).assign(hours_since_scan=_hours(events["at"], seen["scanned_at"]))

    def warnings(self, predictions: pd.DataFrame, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
        """Predicted delays."""
        need_frame(predictions, "predictions")
        require_columns(predictions.columns, ["waybill_id", "at"])
        given = predictions.assign(at=pd.to_datetime(predictions["at"]).astype("datetime64[us]"))
        given = given[_within(given["at"], first, last)].reset_index(drop=True)
        names = given["waybill_id"].astype(object) + "/delay/" + given["at"].dt.strftime("%Y%m%d%H%M").astype(object)
        own = [name for name in ("waybill_id", "at", "node", "p_late", "predicted_at", "hours_ahead", "offer") if name in given.columns]
        events = self.about(given[own].assign(event_id=names, event="delay_predicted"))
        if "predicted_at" in own:
            events["predicted_late_hours"] = _hours(events["predicted_at"], events["promised_at"])
        return events

    def touched(self, incidents: pd.DataFrame, customers: pd.DataFrame, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
        """Parcels that are on their way when an incident begins that touches them."""
        region = customers.set_index("customer_id")["region"]
        parts = []
        for incident in incidents[_within(incidents["first_day"], first, last)].itertuples():
            recent = self.waybills[_within(self.waybills["picked_up_at"], np.datetime64(incident.first_day, "us") - np.timedelta64(30, "D"),
                                           np.datetime64(incident.first_day, "us"))]  # fmt: skip
            here = (recent["customer_id"].map(region) == incident.region) | (recent["destination_region"] == incident.region)
            mine = recent[((incident.region == "all") | here) & ((incident.scope == "all") | (recent["scope"] == incident.scope))].reset_index(drop=True)
            at = pd.Series(np.datetime64(incident.first_day, "us"), index=mine.index)
            seen = self.last_scans(mine["waybill_id"], at)["node"].reset_index(drop=True)
            mine = mine[(seen.notna() & (seen != "signed")).to_numpy()]
            parts.append(self.about(pd.DataFrame({"event_id": incident.incident_id + "/" + mine["waybill_id"], "at": at[mine.index],
                                                  "event": "incident_touches_parcel", "waybill_id": mine["waybill_id"]})).assign(
                                                      **_of_incident(incident)))  # fmt: skip
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_KEYS)


def _of_incident(incident: object) -> dict[str, object]:
    """What is known when it begins: how long it really kept parcels is known afterwards only, so the severity has to tell."""
    return {"incident_kind": incident.kind, "affected_scope": incident.scope, "affected_region": incident.region, "severity": incident.severity,
            "extra_hours": standards.get(f"rules.extra_hours_{incident.severity}", unit="hours"), "incident_zh": incident.name_zh, "incident_en": incident.name_en}  # fmt: skip


def _incidents(incidents: pd.DataFrame, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
    mine = incidents[_within(incidents["first_day"], first, last)]
    rows = [{"event_id": one.incident_id, "at": one.first_day, "event": "incident_began", **_of_incident(one)} for one in mine.itertuples()]
    return pd.DataFrame(rows, columns=None if rows else _KEYS).assign(customer_id=None, waybill_id=None)


def _policies(policies: pd.DataFrame, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
    at = policies["published_on"] + _MORNING
    mine = policies[_within(at, first, last)]
    at = at[mine.index]
    ahead = np.round((mine["effective_on"].to_numpy() - mine["published_on"].to_numpy()) / np.timedelta64(1, "D"))
    return mine.rename(columns={"policy_id": "event_id", "region": "affected_region"}).assign(
        at=at, event="policy_published", customer_id=None, waybill_id=None, days_to_effect=ahead)


def _cases(cases: pd.DataFrame, first: np.datetime64, last: np.datetime64) -> list[pd.DataFrame]:
    known = cases.rename(columns={"kind": "case_kind", "channel": "case_channel"})
    always = ["case_id", "customer_id", "waybill_id", "case_kind", "cause", "grade", "insured", "case_channel"]
    opened = known[_within(known["opened_at"], first, last)]
    done = known[_within(known["resolved_at"], first, last)]
    parts = [
        opened[always].assign(event_id=opened["case_id"] + "/opened", at=opened["opened_at"], event="case_opened"),
        done[[*always, "outcome", "compensation_yuan"]].assign(
            event_id=done["case_id"] + "/resolved", at=done["resolved_at"], event="case_resolved", hours_open=_hours(done["resolved_at"], done["opened_at"])),
    ]
    recent = cases[(cases["opened_at"] < last) & ~(cases["resolved_at"] < first)]
    if len(recent):
        from crmlib.desk.clocks import escalations

        late = escalations(recent, as_of=pd.Timestamp(last))
        late = late[_within(late["escalated_at"], first, last)].drop_duplicates(["case_id", "clock", "escalation_level"])
        late = late[["case_id", "clock", "escalation_level", "escalated_to", "escalated_at"]].merge(known[always], on="case_id")
        names = late["case_id"].astype(object) + "/" + late["clock"].astype(object) + "/" + late["escalation_level"].astype(int).astype(str).astype(object)
        parts.append(late.drop(columns="clock").rename(columns={"escalated_at": "at"}).assign(event_id=names, event="case_escalated"))
    return parts


def _desk(events: pd.DataFrame, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
    """Openings and escalations at the working desk."""
    need_frame(events, "desk_events")
    require_columns(events.columns, ["case_id", "number", "at", "event", "data", "owner_role"])
    opened = events[events["event"] == "opened"].set_index("case_id")["data"]
    counted = events.assign(level=(events["event"] == "escalated").groupby(events["case_id"]).cumsum().astype(float))
    table = counted[counted["event"].isin(["opened", "escalated"]) & _within(counted["at"], first, last)].reset_index(drop=True)
    data, higher = table["case_id"].map(opened), table["event"] == "escalated"
    return pd.DataFrame({
        "event_id": "desk/" + table["case_id"].astype(object) + "/" + table["number"].astype(str).astype(object), "at": table["at"],
        "event": table["event"].map({"opened": "case_opened", "escalated": "case_escalated"}), "case_id": table["case_id"],
        "customer_id": [one.get("customer_id") for one in data], "waybill_id": [one.get("waybill_id") for one in data],
        "escalated_to": table["owner_role"].where(higher), "escalation_level": table["level"].where(higher),
    })  # fmt: skip


def _overdue(invoices: pd.DataFrame, payments: pd.DataFrame | None, first: np.datetime64, last: np.datetime64) -> pd.DataFrame:
    """Invoices that are still owed so many days after they were due, at nine in the morning."""
    parts = []
    for days in standards.get("rules.overdue_days", unit="days"):
        at = invoices["due_on"] + np.timedelta64(int(days), "D") + _MORNING
        mine = invoices[_within(at, first, last)].reset_index(drop=True)
        at = at[_within(at, first, last)].reset_index(drop=True)
        paid = pd.Series(0.0, index=mine.index)
        if payments is not None and len(mine):
            told = payments.merge(pd.DataFrame({"invoice_id": mine["invoice_id"], "moment": at}), on="invoice_id")
            told = told[told["paid_on"] < told["moment"].dt.normalize()]  # a payment of the same day is not booked yet at nine
            paid = mine["invoice_id"].map(told.groupby("invoice_id")["amount_yuan"].sum()).fillna(0.0)
        owed = (mine["amount_yuan"] - paid).round(2)
        part = mine[["invoice_id", "customer_id", "amount_yuan", "credit_class"]].assign(
            event_id=mine["invoice_id"] + f"/overdue-{int(days)}", at=at, event="payment_overdue", waybill_id=None, open_yuan=owed, overdue_days=float(days))
        parts.append(part[owed > _CENT])
    return pd.concat(parts, ignore_index=True)
