"""What earlier incidents did to parcels, and how many of the touched parcels will therefore be late."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.desk.risk.feed import Known, incident_of
from crmlib.desk.risk.parcels import Parcels, parcels_of
from crmlib.i18n import _

if TYPE_CHECKING:
    from crmlib.company import Company
    from crmlib.desk.delay import DelayModel

_DAY, _HOUR = pd.Timedelta(days=1), pd.Timedelta(hours=1)
_EARLIER = ["incident_id", "kind", "known_at", "days", "parcels", "late_parcels", "late_share", "extra_hours", "extra_hours_before"]
_LEVEL = 0.9


def earlier_incidents(company: Company, incident: object, as_of: object, *, same_kind: bool = True) -> pd.DataFrame:
    """The incidents that had ended before a moment, and what they did to parcels as far as it was known then.

    Answers: what happened the last times?

    Parameters
    ----------
    company : Company
    incident : its number, or a row of the feed
    as_of : the moment
    same_kind : only incidents of this kind

    Returns
    -------
    DataFrame, one row an earlier incident
        incident_id, kind, known_at, days (how long it lasted), parcels (touched and on their way when it was as old as this one is now),
        late_parcels, late_share (of these), extra_hours (measured: parcels picked up while it lasted, against the weeks before), extra_hours_before
        (measured: parcels already on their way)

    Raises
    ------
    ValueError
        The incident is unknown at `as_of`.

    Source: own; measured from scans and promises, never from the table's extra_hours, which is hindsight.

    >>> from crmlib.company import lark
    >>> earlier_incidents(lark(), "I014", "2026-05-12").incident_id.tolist()
    ['I004']
    """
    this, now = incident_of(company, incident, as_of)
    return measured(parcels_of(company), _before(company, this, now, same_kind), this, now)


def _before(company: Company, this: Known, now: pd.Timestamp, same_kind: bool) -> list[Known]:
    table = company.tables.get("incidents")
    if table is None:
        return []
    ended = table[(table["last_day"] + _DAY <= now) & (table["incident_id"] != this.incident_id) & (table["first_day"] < this.known_at)]
    ended = ended[ended["kind"] == this.kind] if same_kind else ended
    return [incident_of(company, number, now)[0] for number in ended["incident_id"]]


def measured(parcels: Parcels, earlier: list[Known], this: Known, now: pd.Timestamp, *, times: bool = True) -> pd.DataFrame:
    """What each earlier incident did, as known at `now`; without `times` only how many parcels came late."""
    rows = []
    for one in earlier:
        end = one.ended_on + _DAY
        touched = parcels.under_way(one._replace(ended_on=pd.NaT), min(one.known_at + (now - this.known_at), end))
        due = touched["promised_at"] <= now
        late = int((due & ~(touched["delivered_at"] <= touched["promised_at"])).sum())
        extra = _extra(parcels, one, now) if times else (np.nan, np.nan)
        count = int((due | (touched["delivered_at"] <= now)).sum())
        rows.append((one.incident_id, one.kind, one.known_at, (end - one.known_at) / _DAY, count, late, late / count if count else np.nan, *extra))
    return pd.DataFrame(rows, columns=_EARLIER).astype({"known_at": "datetime64[us]"})


def _extra(parcels: Parcels, one: Known, now: pd.Timestamp) -> tuple[float, float]:
    usual = parcels.usual(one, now)
    if not len(usual.groups[()]):
        return np.nan, np.nan
    found = []
    for since, until, only in ((one.known_at, one.ended_on + _DAY, True), (one.known_at - _DAY, one.known_at, False)):
        scans = parcels.remaining(one, since, until, now)
        scans = scans[(scans["node"] == "picked_up").to_numpy()] if only else scans
        keys = ["scope", "node", "product"]
        sums = scans.groupby(keys, observed=True)["hours"].agg(["sum", "size"])
        gap = sums["sum"].sum() - sum(usual.mean(*key) * size for key, size in sums["size"].items())
        found.append(float(gap / len(scans)) if len(scans) else np.nan)
    return tuple(found)


@dataclass(frozen=True)
class LateForecast:
    """How many of the touched parcels will come late.

    `basis` is model, same_kind, all_kinds or usual_times; `incidents` how many earlier ones the share rests on; `low` and `high` hold the
    count with a chance of nine in ten and are missing where fewer than two earlier incidents say how much incidents differ; `table` lists them.
    """

    parcels: int
    expected: float
    low: float
    high: float
    basis: str
    incidents: int
    table: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """The forecast and on how little it rests."""
        said = {"model": _("the delay model"), "same_kind": _("earlier incidents of this kind"), "all_kinds": _("earlier incidents of other kinds"),
                "usual_times": _("usual times on the way only")}[self.basis]  # fmt: skip
        text = _("Of {parcels:,} touched parcels {expected:,.0f} will probably be late, by {basis}.").format(
            parcels=self.parcels, expected=self.expected, basis=said)  # fmt: skip
        if np.isnan(self.low):
            return text + _(" No two earlier incidents are known, so nobody can say how far off that may be.")
        return text + _(" Nine times in ten it is {low:,.0f} to {high:,.0f}; of this kind {count} earlier incidents are known.").format(
            low=self.low, high=self.high, count=self.incidents)  # fmt: skip


def late_forecast(company: Company, incident: object, as_of: object, *, model: DelayModel | None = None) -> LateForecast:
    """How many parcels an incident will make late.

    Answers: how many promises will break, and how sure is that?

    Parameters
    ----------
    company : Company
    incident : its number, or a row of the feed
    as_of : the moment
    model : DelayModel, optional, from :func:`crmlib.desk.delay.fit_delay_model`; without it the earlier incidents of the same kind speak, without
        these all earlier ones

    Returns
    -------
    LateForecast
        `.expected .low .high .parcels .basis .incidents .table .summary()`

    Raises
    ------
    ValueError
        The incident is unknown at `as_of`.

    Source: own; a predictive t interval on the log odds, whose spread between incidents is pooled over the kinds that came more than once.

    >>> from crmlib.company import lark
    >>> late_forecast(lark(), "I014", "2026-05-12 09:00").basis
    'same_kind'
    """
    from scipy.special import expit, logit
    from scipy.stats import t

    from crmlib.desk.risk.affected import affected_parcels

    this, now = incident_of(company, incident, as_of)
    parcels = parcels_of(company)
    touched = parcels.under_way(this, now)
    every = measured(parcels, _before(company, this, now, False), this, now, times=False)
    odds = logit((every["late_parcels"].astype(float) + 0.5) / (every["parcels"].astype(float) + 1))
    same = every["kind"] == this.kind
    groups = odds.groupby(every["kind"])
    degrees = int((groups.size() - 1).sum()) if len(every) else 0
    spread = np.sqrt((groups.var() * (groups.size() - 1)).sum() / degrees) if degrees else odds.std()
    if degrees < 1:
        degrees = len(odds) - 1
    count = len(touched)
    if model is not None or not len(every):
        own = affected_parcels(company, incident, as_of, model=model)["p_late"]
        share, basis, rests = float(own.mean()) if count else 0.0, "model" if model is not None else "usual_times", int(same.sum())
        wide = 1.0
    else:
        mine = odds[same] if same.any() else odds
        share, basis, rests = float(expit(mine.mean())), "same_kind" if same.any() else "all_kinds", int(same.sum())
        if not same.any():
            spread, degrees = odds.std(), len(odds) - 1
        wide = 1 + 1 / len(mine)
    low = high = np.nan
    if count and degrees >= 1:
        middle = min(max(share, 0.5 / (count + 1)), 1 - 0.5 / (count + 1))
        reach = t.ppf((1 + _LEVEL) / 2, degrees) * np.sqrt(spread**2 * wide + 1 / (count * middle * (1 - middle)))
        low, high = count * expit(logit(middle) - reach), count * expit(logit(middle) + reach)
    return LateForecast(count, share * count, float(low), float(high), basis, rests, every[same].drop(columns=["extra_hours", "extra_hours_before"]))
