"""What is known of incidents at a moment: that they began, where and how bad; not how long they will last nor what they will cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from crmlib.checks import need_frame, refuse_rows, require_columns
from crmlib.company.schema import TABLES
from crmlib.desk.delay.model import moment
from crmlib.i18n import _

if TYPE_CHECKING:
    from crmlib.company import Company

_ALWAYS = ["incident_id", "known_at", "name_zh", "name_en", "kind", "scope", "region", "severity"]
_CODES = {name: TABLES["incidents"][name].categories for name in ("kind", "scope", "region", "severity")}
_DAY = pd.Timedelta(days=1)


class Known(NamedTuple):
    """One incident as it is known at a moment; `ended_on` is missing while it goes on."""

    incident_id: str
    known_at: pd.Timestamp
    name_zh: str
    name_en: str
    kind: str
    scope: str
    region: str
    severity: str
    ended_on: pd.Timestamp


def incident_feed(company: Company, since: object, until: object, *, own: pd.DataFrame | None = None) -> pd.DataFrame:
    """The incidents that became known in a stretch of time, as they look at its end.

    Answers: what has happened out there that may touch our parcels?

    Parameters
    ----------
    company : Company, with the table incidents
    since, until : moments; an incident is known from the morning of its first day, `until` is not included
    own : DataFrame, optional, rows of :func:`own_incident` to add

    Returns
    -------
    DataFrame, one row an incident, by the moment it became known
        incident_id, known_at, name_zh, name_en, kind, scope, region, severity, ended_on (missing while it goes on), reported_by (feed, own)

    Raises
    ------
    ValueError
        `since` is not before `until`, the table incidents is missing, or a row of `own` is wrong.

    Source: 《2025国际快递行业客户关系管理体系研究》: 风险监控接入全球物流预警系统.

    >>> from crmlib.company import lark
    >>> incident_feed(lark(), "2026-05-01", "2026-05-13")[["incident_id", "kind", "ended_on"]].values.tolist()
    [['I014', 'port_strike', NaT]]
    """
    first, last = moment(since, "since"), moment(until, "until")
    if not first < last:
        raise ValueError(_("The stretch of time begins at {since} and ends at {until}; it must begin before it ends.").format(since=since, until=until))
    table = _table(company).rename(columns={"first_day": "known_at"})
    table = table.assign(ended_on=table["last_day"].where(table["last_day"] + _DAY <= last), reported_by="feed")
    parts = [table] if own is None else [table, _checked(own).assign(ended_on=pd.NaT, reported_by="own")]
    whole = pd.concat([part[[*_ALWAYS, "ended_on", "reported_by"]].astype(object) for part in parts], ignore_index=True)
    whole = whole.astype({"known_at": "datetime64[us]", "ended_on": "datetime64[us]"})
    if whole["incident_id"].duplicated().any():
        twice = whole.loc[whole["incident_id"].duplicated(), "incident_id"].iloc[0]
        raise ValueError(_("Two incidents are called {incident}; give your own another incident_id.").format(incident=twice))
    known = whole[(whole["known_at"] >= first) & (whole["known_at"] < last)]
    return known.sort_values(["known_at", "incident_id"], kind="stable", ignore_index=True)


def own_incident(
    *, kind: str, scope: str = "all", region: str = "all", first_day: object, severity: str, name: str, incident_id: str = "OWN1"
) -> pd.DataFrame:
    """An incident of your own, as a row of the feed.

    Parameters
    ----------
    kind, scope, region, severity : codes of the table incidents
    first_day : the moment from which it is known
    name, incident_id : what it is called

    Returns
    -------
    DataFrame of one row
        incident_id, known_at, name_zh, name_en, kind, scope, region, severity

    Raises
    ------
    ValueError
        A code is unknown or the moment cannot be read.

    >>> own_incident(kind="typhoon", region="east", first_day="2026-09-20", severity="severe", name="Typhoon").scope.item()
    'all'
    """
    row = {"incident_id": incident_id, "known_at": moment(first_day, "first_day"), "name_zh": name, "name_en": name, "kind": kind,
           "scope": scope, "region": region, "severity": severity}  # fmt: skip
    return _checked(pd.DataFrame([row]))


def _checked(own: pd.DataFrame) -> pd.DataFrame:
    need_frame(own, "own")
    require_columns(own.columns, _ALWAYS)
    for name, codes in _CODES.items():
        refuse_rows(~own[name].isin(codes), _("{column} is none of the known codes").format(column=name), _("Use one of: {codes}.").format(
            codes=", ".join(map(str, codes))))  # fmt: skip
    return own[_ALWAYS]


def _table(company: Company) -> pd.DataFrame:
    if "incidents" not in company.tables:
        raise ValueError(_("The firm has no table incidents. Add it, or use crm.company.lark()."))
    return company.tables["incidents"]


def incident_of(company: Company, incident: object, as_of: object) -> tuple[Known, pd.Timestamp]:
    """The incident as it is known at `as_of`, and that moment."""
    now = moment(as_of, "as_of")
    if isinstance(incident, Known):
        row = incident._asdict()
    elif isinstance(incident, str):
        table = _table(company)
        found = table[(table["incident_id"] == incident).to_numpy()]
        if found.empty:
            raise ValueError(_("There is no incident {incident}. crm.desk.risk.incident_feed lists them.").format(incident=incident))
        row = found.rename(columns={"first_day": "known_at"}).iloc[0].to_dict()
    else:
        frame = incident if isinstance(incident, pd.DataFrame) else pd.DataFrame([dict(incident)] if isinstance(incident, Mapping | pd.Series) else [])
        if len(frame) != 1:
            raise ValueError(_("Give one incident: its number, or one row of crm.desk.risk.incident_feed."))
        row = _checked(frame.rename(columns={"first_day": "known_at"})).iloc[0].to_dict()
    if now < row["known_at"]:
        raise ValueError(_("The incident {incident} is not known before {known}; as_of is {as_of}.").format(
            incident=row["incident_id"], known=f"{row['known_at']:%Y-%m-%d %H:%M}", as_of=f"{now:%Y-%m-%d %H:%M}"))  # fmt: skip
    last = pd.NaT
    if "incidents" in company.tables:
        same = company.tables["incidents"].set_index("incident_id")["last_day"]
        last = same.get(row["incident_id"], pd.NaT)
    ended = last if last + _DAY <= now else pd.NaT
    return Known(**{name: row[name] for name in _ALWAYS}, ended_on=ended), now
