"""What went wrong in the outside world: strikes, storms, breakdowns. All invented, and a parameter of the simulated firm."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from crmlib.i18n import _

ANYWHERE = "all"
"""An incident with this scope or region touches every scope or region."""

_SEVERE, _MODERATE = 24.0, 8.0


@dataclass(frozen=True)
class Incident:
    """One incident. It slows the parcels picked up from `first_day` to `last_day` that come from or go to `region` and are of `scope`.

    `kind` is port_strike, customs_backlog, typhoon, snow, road_closure, hub_congestion or system_outage; `scope` a scope of waybills or
    "all", `region` a region of customers or "all"; `extra_hours` is what a touched parcel needs longer on the way.

    >>> Incident("暴雪", "Snow", "snow", "all", "west", dt.date(2025, 1, 22), dt.date(2025, 1, 25), 18.0).severity
    'moderate'
    """

    name_zh: str
    name_en: str
    kind: str
    scope: str
    region: str
    first_day: dt.date
    last_day: dt.date
    extra_hours: float

    def __post_init__(self) -> None:
        if self.last_day < self.first_day or self.extra_hours < 0:
            raise ValueError(
                _('The incident "{name}" must not end before it begins nor have negative extra hours.').format(name=self.name_en)
            )

    @property
    def severity(self) -> str:
        """severe from 24 extra hours, moderate from 8, else minor."""
        return "severe" if self.extra_hours >= _SEVERE else "moderate" if self.extra_hours >= _MODERATE else "minor"


def _incident(zh: str, en: str, kind: str, scope: str, region: str, first: str, last: str, hours: float) -> Incident:
    return Incident(zh, en, kind, scope, region, dt.date.fromisoformat(first), dt.date.fromisoformat(last), hours)


INCIDENTS: tuple[Incident, ...] = (
    _incident("双11后东部转运中心爆仓", "Hub congestion in the east after 11.11",
              "hub_congestion", "domestic", "east", "2024-11-12", "2024-11-15", 6),
    _incident("中部大范围雨雪冰冻", "Snow and ice across the centre",
              "snow", "all", "central", "2024-12-26", "2024-12-29", 14),
    _incident("西部山区暴雪封路", "Blizzard closes mountain roads in the west",
              "snow", "all", "west", "2025-01-20", "2025-01-24", 18),
    _incident("境外港口工人罢工", "Dock workers strike at a port abroad",
              "port_strike", "cross_border", "abroad", "2025-03-10", "2025-03-19", 72),
    _incident("订单与路由系统故障", "Order and routing system down",
              "system_outage", "all", "all", "2025-04-17", "2025-04-18", 4),
    _incident("618 期间东部转运中心拥堵", "Hub congestion in the east at 6.18",
              "hub_congestion", "domestic", "east", "2025-06-18", "2025-06-20", 5),
    _incident("台风“青鹭”登陆东部沿海", "Typhoon “Qinglu” on the east coast",
              "typhoon", "all", "east", "2025-07-20", "2025-07-22", 20),
    _incident("西部连日暴雨，道路塌方", "Days of rain, landslides on roads in the west",
              "road_closure", "all", "west", "2025-08-13", "2025-08-17", 22),
    _incident("台风“灰鸻”登陆东部沿海", "Typhoon “Huiheng” on the east coast",
              "typhoon", "all", "east", "2025-09-23", "2025-09-25", 24),
    _incident("双11后中部转运中心爆仓", "Hub congestion in the centre after 11.11",
              "hub_congestion", "domestic", "central", "2025-11-12", "2025-11-15", 8),
    _incident("境外海关年末积压", "Year-end backlog at customs abroad",
              "customs_backlog", "cross_border", "abroad", "2025-11-24", "2025-12-05", 48),
    _incident("中部暴雪，高速封闭", "Blizzard closes motorways in the centre",
              "snow", "all", "central", "2026-01-19", "2026-01-22", 16),
    _incident("转运中心分拣系统故障", "Sorting system down at the hubs",
              "system_outage", "all", "all", "2026-03-05", "2026-03-05", 6),
    _incident("境外港口再次罢工", "A second strike at a port abroad",
              "port_strike", "cross_border", "abroad", "2026-05-11", "2026-05-22", 96),
    _incident("618 期间东部转运中心拥堵", "Hub congestion in the east at 6.18",
              "hub_congestion", "domestic", "east", "2026-06-18", "2026-06-20", 5),
    _incident("西部山洪冲断干线", "Floods cut a trunk road in the west",
              "road_closure", "all", "west", "2026-07-11", "2026-07-14", 18),
    _incident("台风“砚台”登陆东部沿海", "Typhoon “Yantai” on the east coast",
              "typhoon", "all", "east", "2026-08-08", "2026-08-10", 22),
    _incident("客户端与客服系统故障", "Customer app and service system down",
              "system_outage", "all", "all", "2026-10-12", "2026-10-13", 3),
)  # fmt: skip
"""The incidents of the shipped 24 months, November 2024 to October 2026."""


def incident_hours(
    picked_up_on: np.ndarray, *, scope: np.ndarray, origin: np.ndarray, destination: np.ndarray, incidents: Iterable[Incident] = INCIDENTS
) -> np.ndarray:
    """The extra hours that incidents cost each parcel; the longest counts where several touch it.

    Parameters
    ----------
    picked_up_on : datetime64 of any unit, one entry a parcel
    scope : codes of waybills.scope
    origin, destination : codes of the regions where the parcel comes from and goes to
    incidents : all those that may touch a parcel

    Returns
    -------
    ndarray of float, hours, 0 where nothing touches the parcel

    >>> day = np.array(["2025-03-12", "2025-03-12", "2025-03-20"], dtype="datetime64[D]")
    >>> scope = np.array(["cross_border", "domestic", "cross_border"])
    >>> incident_hours(day, scope=scope, origin=np.array(["east"] * 3), destination=np.array(["abroad", "west", "abroad"])).tolist()
    [72.0, 0.0, 0.0]
    """
    day, hours = np.asarray(picked_up_on).astype("datetime64[D]"), np.zeros(len(picked_up_on))
    for incident in incidents:
        touched = np.flatnonzero((day >= np.datetime64(incident.first_day)) & (day <= np.datetime64(incident.last_day)))
        if incident.scope != ANYWHERE:
            touched = touched[scope[touched] == incident.scope]
        if incident.region != ANYWHERE:
            touched = touched[(origin[touched] == incident.region) | (destination[touched] == incident.region)]
        hours[touched] = np.maximum(hours[touched], incident.extra_hours)
    return hours
