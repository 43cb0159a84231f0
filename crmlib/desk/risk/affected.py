"""The parcels that an incident touches at a moment, with what was known of them then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.desk.risk.feed import Known, incident_of
from crmlib.desk.risk.history import _before, measured
from crmlib.desk.risk.parcels import Parcels, parcels_of

if TYPE_CHECKING:
    from crmlib.company import Company
    from crmlib.desk.delay import DelayModel

_HOUR, _DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)
_RETURNED = ["waybill_id", "customer_id", "node", "scanned_at", "picked_up_since", "product", "scope", "destination_region", "promised_at",
             "hours_to_promise", "price_yuan", "customer_year_yuan", "p_late"]  # fmt: skip
SEVERITIES = ("minor", "moderate", "severe")


def affected_parcels(company: Company, incident: object, as_of: object, *, model: DelayModel | None = None) -> pd.DataFrame:
    """The parcels that are on their way through the incident's region and scope at a moment.

    Answers: which parcels, whose, and what is at stake?

    Parameters
    ----------
    company : Company
    incident : its number, or a row of the feed (also one of your own)
    as_of : the moment; nothing that became known later is used
    model : DelayModel, optional; it gives p_late then. Without it: usual times of the weeks before plus what earlier incidents of the kind cost.

    Returns
    -------
    DataFrame, one row a parcel that is not yet through
        waybill_id, customer_id, node and scanned_at (of the last scan), picked_up_since ("yes" if picked up since the incident began), product,
        scope, destination_region, promised_at, hours_to_promise (below 0: broken already), price_yuan, customer_year_yuan (freight of the customer's
        last 365 days), p_late

    Raises
    ------
    ValueError
        The incident is unknown at `as_of`, or a table is missing.

    Source: own.

    >>> from crmlib.company import lark
    >>> touched = affected_parcels(lark(), "I014", "2026-05-12 09:00")
    >>> touched.scope.unique().tolist(), bool((touched.node != "signed").all())
    (['cross_border'], True)
    """
    this, now = incident_of(company, incident, as_of)
    parcels = parcels_of(company)
    found = parcels.under_way(this, now).reset_index(drop=True)
    if model is None:
        hours, days = held_hours(company, parcels, this, now)
        p_late = parcels.usual(this, now).lateness(found, now, delays(found, hours, age_days(this, now) + left_days(days, this, now)))[0]
    else:
        p_late = model.predict(company, as_of=now).set_index("waybill_id")["p_late"].reindex(found["waybill_id"]).to_numpy()
    sent = parcels.waybills[((parcels.waybills["picked_up_at"] > now - 365 * _DAY) & (parcels.waybills["picked_up_at"] <= now)).to_numpy()]
    year = sent[sent["customer_id"].isin(found["customer_id"]).to_numpy()].groupby("customer_id", observed=True)["price_yuan"].sum()
    return found.assign(p_late=p_late, hours_to_promise=((found["promised_at"] - now) / _HOUR).round(2),
                        customer_year_yuan=found["customer_id"].map(year).astype(float).round(2))[_RETURNED]  # fmt: skip


def held_hours(company: Company, parcels: Parcels, this: Known, now: pd.Timestamp) -> tuple[dict[str, float], float]:
    """Hours lost per hour that an incident of the kind lasts, by picked_up_since, and how many days the earlier ones lasted (missing: none known)."""
    table = measured(parcels, _before(company, this, now, True), this, now).dropna(subset="extra_hours")
    if table.empty:
        share = standards.get("risk.hold_shares", unit="ratio")[SEVERITIES.index(this.severity)]
        return {"yes": share, "no": share}, np.nan
    lasted = table["days"].sum() * 24
    return {"yes": max(table["extra_hours"].sum() / lasted, 0), "no": max(table["extra_hours_before"].sum() / lasted, 0)}, float(table["days"].mean())


def left_days(days: float, this: Known, now: pd.Timestamp) -> float:
    """For how long the incident will probably still last: as long as the earlier ones, at least a day; none left once it has ended."""
    if not pd.isna(this.ended_on):
        return 0.0
    if np.isnan(days):
        days = float(np.median(standards.get("risk.lasts_days", unit="days"))) + (now - this.known_at) / _DAY
    return max(days - (now - this.known_at) / _DAY, 1.0)


def delays(parcels: pd.DataFrame, hours: dict[str, float], days: float) -> np.ndarray:
    """Hours that each parcel loses if the incident lasts so many days in all."""
    return parcels["picked_up_since"].map(hours).to_numpy(dtype=float) * 24 * days


def age_days(this: Known, now: pd.Timestamp) -> float:
    """How many days the incident has lasted by now."""
    return (now - this.known_at if pd.isna(this.ended_on) else this.ended_on + _DAY - this.known_at) / _DAY
