"""What customers are told of an incident: events for the rules engine, which decides on channel, hours and caps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlib.desk.risk.alternatives import Alternatives
from crmlib.desk.risk.feed import incident_of

if TYPE_CHECKING:
    from crmlib.company import Company

_HOUR = pd.Timedelta(hours=1)


def incident_warnings(found: Alternatives, company: Company, incident: object, at: object | None = None) -> pd.DataFrame:
    """One event a touched parcel, for :func:`crmlib.desk.rules.decide`.

    Answers: whom do the rules have to tell?

    Parameters
    ----------
    found : Alternatives
    company : Company
    incident : its number, or a row of the feed
    at : moment of the events; None: that of `found`

    Returns
    -------
    DataFrame, one row a parcel
        event_id (the same for incident and parcel whenever it is made, so that nobody is told twice), at, event (incident_touches_parcel),
        customer_id, waybill_id, the fields of that event (:func:`crmlib.desk.rules.event_fields`; extra_hours is the delay expected by waiting, not
        what the table incidents knows afterwards), option (what the plan has for it)

    Raises
    ------
    ValueError
        The incident is unknown at that moment.

    >>> from crmlib.company import lark
    >>> from crmlib.desk.risk import affected_parcels, alternatives
    >>> touched = affected_parcels(lark(), "I014", "2026-05-12 09:00").head(2)
    >>> incident_warnings(alternatives(lark(), touched, "I014", as_of="2026-05-12 09:00"), lark(), "I014").event.tolist()
    ['incident_touches_parcel', 'incident_touches_parcel']
    """
    this, now = incident_of(company, incident, found.as_of if at is None else at)
    parcels = found.affected
    own = company.waybills.set_index("waybill_id").loc[parcels["waybill_id"]]
    key = found.table.columns[0]
    wait = found.table[(found.table["option"] == "wait").to_numpy()].set_index(key)["delay_hours"]
    option = found.plan.set_index(key)["option"]
    return pd.DataFrame({
        "event_id": this.incident_id + "/" + parcels["waybill_id"].astype(object), "at": pd.Timestamp(now), "event": "incident_touches_parcel",
        "customer_id": parcels["customer_id"], "waybill_id": parcels["waybill_id"], "waybill_tail": parcels["waybill_id"].astype(str).str[-4:],
        "product": parcels["product"], "scope": parcels["scope"], "destination_region": parcels["destination_region"],
        "weight_kg": own["weight_kg"].to_numpy(), "price_yuan": parcels["price_yuan"], "promised_at": parcels["promised_at"],
        "hours_to_promise": ((parcels["promised_at"] - now) / _HOUR).round(2), "hours_since_pickup": ((now - own["picked_up_at"]) / _HOUR).round(2).to_numpy(),
        "incident_kind": this.kind, "affected_scope": this.scope, "affected_region": this.region, "severity": this.severity,
        "extra_hours": parcels[key].map(wait).round(1), "incident_zh": this.name_zh, "incident_en": this.name_en, "option": parcels[key].map(option),
    })  # fmt: skip
