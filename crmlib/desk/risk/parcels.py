"""The firm's parcels as arrays, what of them is known at a moment, and how long parcels usually still need."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.desk.risk.feed import Known
from crmlib.i18n import _

if TYPE_CHECKING:
    from crmlib.company import Company

_HOUR = pd.Timedelta(hours=1)
_DAY = pd.Timedelta(days=1)
_FEWEST = 30
"""Usual times of fewer parcels than this are taken from a wider group."""


_seen: WeakKeyDictionary[Company, Parcels] = WeakKeyDictionary()


def parcels_of(company: Company) -> Parcels:
    """The parcels of a firm; the same object as long as its tables are the same."""
    found = _seen.get(company)
    if found is None or not found.are(company):
        found = _seen[company] = Parcels(company)
    return found


def _fingerprint(company: Company) -> tuple[float, ...]:
    """A number for each table, which changes when somebody changes the table."""
    moments = [company.tables[table][name] for table, names in (("waybills", ("picked_up_at", "promised_at", "delivered_at")), ("tracking", ("scanned_at",)))
               for name in names]  # fmt: skip
    where = pd.util.hash_pandas_object(company.customers[["customer_id", "region"]], index=False)
    codes = [int(one.to_numpy().view("int64").sum()) for one in moments]
    return len(moments[0]), len(moments[-1]), *codes, int(where.sum()), float(company.waybills["price_yuan"].sum())


class Parcels:
    """The parcels of a firm, ready to be asked many times."""

    def __init__(self, company: Company) -> None:
        lacking = [name for name in ("waybills", "tracking", "customers") if name not in company.tables]
        if lacking:
            raise ValueError(_("The firm lacks the table {table}, which is needed to find touched parcels.").format(table=lacking[0]))
        self._print = _fingerprint(company)
        self.waybills, tracking = company.waybills.reset_index(drop=True), company.tracking
        self.origin = self.waybills["customer_id"].map(company.customers.set_index("customer_id")["region"])
        numbers = tracking["waybill_id"].reset_index(drop=True)
        heads = np.array(numbers != numbers.shift(), dtype=bool)  # scans of a parcel mostly stand together, so few strings need be looked up
        place = pd.Index(self.waybills["waybill_id"].astype(object)).get_indexer(numbers[heads].astype(object))
        self._scans = pd.DataFrame({"place": place[np.cumsum(heads) - 1], "node": tracking["node"].to_numpy(), "scanned_at": tracking["scanned_at"].to_numpy()})
        self._scans = self._scans.sort_values("scanned_at", kind="stable", ignore_index=True)
        self._usual: dict[tuple, UsualTimes] = {}

    @property
    def days(self) -> int:
        """How many days back a parcel may have been picked up and still be on its way."""
        return standards.get("risk.window_days", unit="days")

    def usual(self, incident: Known, known: pd.Timestamp) -> UsualTimes:
        """The usual times before an incident, from what was signed for by `known`; the last few are kept."""
        key = (incident, known, self.days, standards.get("risk.normal_days", unit="days"))
        if key not in self._usual:
            self._usual = dict([*self._usual.items()][-20:]) | {key: UsualTimes(self, incident, known)}
        return self._usual[key]

    def are(self, company: Company) -> bool:
        """Whether the firm's tables still say what these parcels were made of."""
        return self._print == _fingerprint(company)

    def touching(self, incident: Known, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
        """The parcels of the incident's scope and region picked up after `since` and up to `until`."""
        picked = self.waybills["picked_up_at"]
        rows = self.waybills[((picked > since) & (picked <= until)).to_numpy()]
        if incident.scope != "all":
            rows = rows[(rows["scope"] == incident.scope).to_numpy()]
        if incident.region != "all":
            rows = rows[((self.origin.loc[rows.index] == incident.region) | (rows["destination_region"] == incident.region)).to_numpy()]
        return rows

    def scans(self, rows: pd.DataFrame, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
        """The scans of these parcels after `since` and up to `until`, in order of time; `place` is the row of the parcel."""
        when, wanted = self._scans["scanned_at"].to_numpy(), np.zeros(len(self.waybills) + 1, dtype=bool)
        wanted[rows.index] = True
        first, last = np.searchsorted(when, [since.to_datetime64(), until.to_datetime64()], side="right")
        return self._scans.iloc[first + np.flatnonzero(wanted[self._scans["place"].to_numpy()[first:last]])]

    def under_way(self, incident: Known, at: pd.Timestamp) -> pd.DataFrame:
        """The touched parcels that are on their way at `at`, each with its last scan; nothing of them was unknown then but their fate."""
        start = at - self.days * _DAY
        rows = self.touching(incident, start, at if pd.isna(incident.ended_on) else min(at, incident.ended_on + _DAY))
        last = self.scans(rows, start - _DAY, at).drop_duplicates("place", keep="last").set_index("place").sort_index()
        last = last[(last["node"] != "signed").to_numpy()]
        rows = rows.loc[last.index]
        return rows.assign(node=last["node"].astype(object), scanned_at=last["scanned_at"],
                           picked_up_since=np.where(rows["picked_up_at"] >= incident.known_at, "yes", "no"))  # fmt: skip

    def remaining(self, incident: Known, since: pd.Timestamp, until: pd.Timestamp, known: pd.Timestamp) -> pd.DataFrame:
        """Every scan of touching parcels from `since` to `until` that was signed for by `known`, with the hours that it still needed."""
        rows = self.touching(incident, since - self.days * _DAY, until)
        scans = self.scans(rows, since, until)
        scans = scans[(scans["node"] != "signed").to_numpy()]
        own = rows.loc[scans["place"], ["scope", "product", "delivered_at"]].set_axis(scans.index)
        needed = ((own["delivered_at"] - scans["scanned_at"]) / _HOUR).where(own["delivered_at"] <= known)
        found = own[["scope", "product"]].astype("category").assign(node=scans["node"].astype("category"), hours=needed)
        return found[needed.notna().to_numpy()]


class UsualTimes:
    """How many hours parcels of a scope, product and node still needed before an incident; wider groups where few were seen."""

    def __init__(self, parcels: Parcels, incident: Known, known: pd.Timestamp) -> None:
        days = standards.get("risk.normal_days", unit="days")
        table = parcels.remaining(incident, incident.known_at - days * _DAY, incident.known_at, known)
        self.groups: dict[tuple, np.ndarray] = {(): np.sort(table["hours"].to_numpy())}
        for keys in (["scope"], ["scope", "node"], ["scope", "node", "product"]):
            parts = table.groupby(keys, observed=True)["hours"]
            self.groups |= {key: np.sort(part.to_numpy()) for key, part in parts if len(part) >= _FEWEST}

    def group(self, scope: str, node: str, product: str) -> tuple:
        """The narrowest group that has enough parcels."""
        return next((key for key in ((scope, node, product), (scope, node), (scope,)) if key in self.groups), ())

    def mean(self, scope: str, node: str, product: str) -> float:
        return float(self.groups[self.group(scope, node, product)].mean())

    def lateness(self, parcels: pd.DataFrame, now: pd.Timestamp, delay: np.ndarray | float, grace: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """The chance that each parcel comes after its promise (plus `grace` hours) if it is delayed so many hours, and the days late to be expected.

        A parcel that has been silent for longer than any was seen to need counts as late by what is left of the delay and its silence.
        """
        silent = ((now - parcels["scanned_at"]) / _HOUR).to_numpy()
        limit = ((parcels["promised_at"] - parcels["scanned_at"]) / _HOUR).to_numpy() + grace - delay
        chance, days = np.ones(len(parcels)), np.maximum(silent - limit, 0) / 24
        keys = pd.Series([self.group(*key) for key in parcels[["scope", "node", "product"]].itertuples(index=False, name=None)], dtype=object)
        for key, places in keys.groupby(keys).groups.items() if len(keys) else ():
            hours, where = self.groups[key], np.asarray(places)
            if not len(hours):
                continue
            above = np.concatenate([np.cumsum(hours[::-1])[::-1], [0.0]])
            cut, bar = np.maximum(limit[where], silent[where]), limit[where]
            left = len(hours) - np.searchsorted(hours, silent[where], side="right")
            first = np.searchsorted(hours, cut, side="right")
            late = len(hours) - first
            some = left > 0
            chance[where[some]] = late[some] / left[some]
            days[where[some]] = (above[first] - late * bar)[some] / left[some] / 24
        return chance, days
