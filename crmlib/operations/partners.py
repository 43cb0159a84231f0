"""Partners in use: how late parcels are where a partner works, and how much of that incidents explain."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.clean import clean
from crmlib.i18n import _, language
from crmlib.operations.parcels import (
    confidence,
    lateness,
    months_of,
    of_customers,
    parcels_of,
)

_EVERYWHERE = "all"
LANES = {
    "airline": {"abroad": {"scope": ["cross_border"]}, "": {"scope": ["domestic"], "product": ["express"]}},
    "haulier": {"": {"scope": ["domestic"], "product": ["economy", "standard"]}},
    "broker": {"": {"scope": ["cross_border"]}},
    "locker": {"": {"scope": ["same_city", "domestic"]}},
    "marketplace": {"abroad": {"scope": ["cross_border"], "market": ["e_commerce"]}, "": {"market": ["e_commerce"]}},
}
"""Teaching rule: the parcels that a partner of a kind may have carried; "abroad" where it serves abroad."""


def partner_ratings(
    partners: pd.DataFrame, waybills: pd.DataFrame, customers: pd.DataFrame, incidents: pd.DataFrame, *, level: float | None = None
) -> pd.DataFrame:
    """Hold the firm's rating of each partner against the lateness where it works.

    Answers: with which partner should we talk, and is it the partner, or the storms?

    Parameters
    ----------
    partners, waybills, customers, incidents : tables of a firm
    level : float, 0–1, optional

    Returns
    -------
    DataFrame, one row a partner
        partner_id, name, kind, region, since, rating, shares_with (other partners of the kind on the same lane), parcels, late_share, low,
        high, expected_share (what the lane's scopes, products and months have elsewhere), difference (late_share less expected_share, with
        difference_low and difference_high), usual_share (late, of parcels that no incident touched), incident_part (share of the late
        parcels that incidents explain)

    Raises
    ------
    ValueError
        A column is missing, a kind of partner is unknown, or a customer of the waybills is not among `customers`.

    Notes
    -----
    No waybill names its partners. So what is measured is the lane: the parcels that a partner of this kind in this region may have carried
    since it joined (`LANES`, a teaching rule). Partners on one lane get the same figures, and the data cannot tell them apart:
    `shares_with` says how many. Far regions take longer whoever drives, so a
    difference is a reason to ask, not a verdict. To rate a partner, write it into the waybills. expected_share is missing where the whole firm is the lane.
    incident_part: late parcels among those that an incident touched, beyond what would be late anyway (by the lane's usual share), over all
    late ones; below 0 it is chance. Intervals take the parcels of a day together: bad weather strikes many at once.

    Source: 《快递客户关系管理》, project 4, task 2 (合作伙伴信息); indirect standardisation.

    >>> partner_ratings.__name__
    'partner_ratings'
    """
    level = confidence(level)
    table = clean(partners, "partners", partner_id="id", name_zh="name", name_en="name", kind="name", region="name", since="text_date", rating="number")
    if unknown := [kind for kind in table["kind"].unique() if kind not in LANES]:
        raise ValueError(_("{name} is {value}; it must be one of {known}.").format(name="kind", value=unknown[0], known=", ".join(LANES)))
    bills = parcels_of(waybills, "customer_id", "picked_up_at", "delivered_at", "promised_at", "scope", "product", "destination_region")
    bills = bills.assign(**of_customers(bills, customers, ["region", "market"]), late=lateness(bills))
    bills = bills[bills["late"].notna()]
    bills = bills.assign(day=bills["picked_up_at"].dt.normalize(), month=months_of(bills["picked_up_at"])).reset_index(drop=True)
    bills = bills.astype(dict.fromkeys(("scope", "product", "destination_region", "region", "market"), "category"))
    bills["touched"] = _touched(bills, incidents)
    kind_of_parcel = bills.groupby(["scope", "product", "month"], observed=True).ngroup().to_numpy()
    lanes = [_lane(bills, partner) for partner in table.itertuples(index=False)]
    rows = []
    for partner, lane in zip(table.itertuples(index=False), lanes, strict=True):
        same = (table["kind"] == partner.kind) & (table["region"] == partner.region)
        row = {
            "partner_id": partner.partner_id, "name": getattr(partner, f"name_{language()}"), "kind": partner.kind, "region": partner.region,
            "since": partner.since, "rating": partner.rating, "shares_with": int(same.sum()) - 1, "parcels": int(lane.sum()),
        }  # fmt: skip
        rows.append(row | _measured(bills, lane, kind_of_parcel, level))
    return pd.DataFrame(rows)


def _lane(bills: pd.DataFrame, partner: object) -> np.ndarray:
    rules = LANES[partner.kind]
    rule = rules.get(partner.region, rules[""])
    found = np.array(bills["picked_up_at"] >= partner.since)
    for column, chosen in rule.items():
        found &= bills[column].isin(chosen).to_numpy()
    if partner.region not in (_EVERYWHERE, "abroad"):
        there = (bills["destination_region"] == partner.region).to_numpy()
        # Lockers are where parcels arrive, brokers and marketplaces where they come from, transport is both.
        here = (bills["region"] == partner.region).to_numpy()
        found &= there if partner.kind == "locker" else here if partner.kind in ("broker", "marketplace") else there | here
    return found


def _touched(bills: pd.DataFrame, incidents: object) -> np.ndarray:
    listed = clean(incidents, "incidents", scope="name", region="name", first_day="text_date", last_day="text_date")
    found = np.zeros(len(bills), dtype=bool)
    for incident in listed.itertuples(index=False):
        struck = bills["day"].between(incident.first_day, incident.last_day)
        if incident.scope != _EVERYWHERE:
            struck &= bills["scope"] == incident.scope
        if incident.region != _EVERYWHERE:
            struck &= (bills["region"] == incident.region) | (bills["destination_region"] == incident.region)
        found |= struck.to_numpy()
    return found


def _measured(bills: pd.DataFrame, lane: np.ndarray, kind: np.ndarray, level: float) -> dict[str, float]:
    from scipy.stats import norm

    names = ("late_share", "low", "high", "expected_share", "difference", "difference_low", "difference_high", "usual_share", "incident_part")
    if not lane.any():
        return dict.fromkeys(names, np.nan)
    late, touched = bills["late"].to_numpy(), bills["touched"].to_numpy()
    z, days = norm.ppf((1 + level) / 2), pd.factorize(bills["day"])[0]
    share = late[lane].mean()
    half = z * _spread(late[lane] - share, days[lane]) / lane.sum()
    others = ~lane
    sums, counts = np.bincount(kind[others], late[others], minlength=kind.max() + 1), np.bincount(kind[others], minlength=kind.max() + 1)
    rate = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)[kind]
    matched = lane & np.isfinite(rate)
    expected = gap = error = np.nan
    if matched.any():
        expected, gap = rate[matched].mean(), late[matched].mean() - rate[matched].mean()
        # The others' share is an estimate too: each of their parcels counts as often as the lane has its kind.
        weight = np.divide(np.bincount(kind[matched], minlength=len(sums)), counts, out=np.zeros(len(sums)), where=counts > 0)[kind]
        rest = np.where(matched, late - rate - gap, np.where(others, -weight * (late - np.nan_to_num(rate)), 0.0))
        error = z * _spread(rest, days) / matched.sum()
    calm = lane & ~touched
    usual = late[calm].mean() if calm.any() else np.nan
    struck = lane & touched
    part = (late[struck].sum() - usual * struck.sum()) / late[lane].sum() if late[lane].sum() else np.nan
    return dict(zip(names, map(float, (share, share - half, share + half, expected, gap, gap - error, gap + error, usual, part)), strict=True))


def _spread(rest: np.ndarray, days: np.ndarray) -> float:
    return float(np.sqrt((np.bincount(days, rest) ** 2).sum()))
