"""What is known of a parcel at a moment on its way: the features of the delay model, without a look at what comes later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.company.schema import TABLES
from crmlib.i18n import _

if TYPE_CHECKING:
    from crmlib.company import Company

NODES, PRODUCTS, SCOPES, REGIONS = (
    TABLES[table][column].categories
    for table, column in (("tracking", "node"), ("waybills", "product"), ("waybills", "scope"), ("customers", "region"))
)
KINDS = TABLES["incidents"]["kind"].categories
FEATURES = (
    "node", "product", "scope", "origin", "destination", "weekday", "incident", "hour", "age_hours", "stage_hours", "promised_hours",
    "left_hours", "severity", "load", "festival",
)  # fmt: skip
"""The columns of what `features` returns, in order; those up to incident are codes."""

PARCEL = ("waybill_id", "customer_id", "picked_up_at", "product", "scope", "destination_region", "promised_at")
_SEVERITY = {"minor": 1.0, "moderate": 2.0, "severe": 3.0}
_HOUR = np.timedelta64(1, "h")


def parcels_of(company: Company) -> pd.DataFrame:
    """The parcels with their sender's region (`origin`) and their numbers by `SCOPES` and so on; nothing that is known only afterwards."""
    waybills, customers = company.waybills, company.customers
    require_columns(waybills.columns, PARCEL)
    region = customers.set_index("customer_id")["region"]
    refuse_rows(waybills["waybill_id"].duplicated(), _("A waybill stands twice"), _("Keep one row for each waybill_id."))
    return waybills[list(PARCEL)].assign(origin=region.reindex(waybills["customer_id"]).to_numpy())


def scans_of(tracking: pd.DataFrame, parcels: pd.DataFrame) -> pd.DataFrame:
    """Every scan but the signature, in order of parcel and time: row (of `parcels`), node (number), at, next_at (the next scan; NaT: none)."""
    require_columns(tracking.columns, ["waybill_id", "node", "scanned_at"])
    row = pd.Index(parcels["waybill_id"]).get_indexer(tracking["waybill_id"])
    at, node = tracking["scanned_at"].to_numpy().astype("datetime64[s]"), codes(tracking["node"], NODES)
    if not (np.diff(row) >= 0).all() or not ((np.diff(at) > np.timedelta64(0, "s")) | (np.diff(row) > 0)).all():
        order = np.lexsort([node, at, row])
        row, at, node = row[order], at[order], node[order]
    follows = np.full(len(row), np.datetime64("NaT"), dtype=at.dtype)
    same = row[1:] == row[:-1]
    follows[:-1][same] = at[1:][same]
    keep = (row >= 0) & (node >= 0) & (node != NODES.index("signed"))
    return pd.DataFrame({"row": row[keep], "node": node[keep], "at": at[keep], "next_at": follows[keep]})


def codes(values: pd.Series, known: tuple[str, ...]) -> np.ndarray:
    """Places of `values` in `known`, -1 for others."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return pd.Index(known).get_indexer(values.cat.categories.astype(object))[values.cat.codes.to_numpy()]
    found, names = pd.factorize(values)
    return np.append(pd.Index(known).get_indexer(pd.Index(names).astype(object)), -1)[found]


def busy_days(picked: np.ndarray, first: np.datetime64, days: int) -> np.ndarray:
    """How busy each day was as one knows on its morning: the parcels of the day before over the middle of the 56 days before."""
    counts = np.bincount(((picked.astype("datetime64[D]") - first).astype(np.int64)), minlength=days).astype(float)[:days]
    usual = pd.Series(counts).rolling(56, min_periods=7).median().to_numpy()
    load = np.where(usual > 0, counts / np.where(usual > 0, usual, 1), 1.0)
    return np.concatenate([[1.0], load[:-1]])


class Known:
    """What the firm knows at large: the calendar, the incidents, and how many parcels came on the days so far."""

    def __init__(self, company: Company, picked: np.ndarray) -> None:
        calendar, incidents = company.calendar, company.incidents
        days = pd.to_datetime(calendar["date"]).to_numpy().astype("datetime64[D]")
        self.first = min(days.min(), picked.min().astype("datetime64[D]")) if len(days) else picked.min().astype("datetime64[D]")
        last = max(days.max(), picked.max().astype("datetime64[D]")) if len(days) else picked.max().astype("datetime64[D]")
        span = int((last - self.first).astype(int)) + 60
        self.festival = np.zeros(span)
        named = calendar["festival"].astype(object).fillna("none").ne("none").to_numpy() if len(days) else np.zeros(0)
        self.festival[(days - self.first).astype(int)] = named
        self.load = busy_days(picked, self.first, span)
        self.incidents = [
            (row.scope, row.region, np.datetime64(row.first_day, "D"), np.datetime64(row.last_day, "D"), _SEVERITY.get(row.severity, 1.0),
             KINDS.index(row.kind) if row.kind in KINDS else -1)
            for row in incidents.sort_values("severity", key=lambda column: column.map(_SEVERITY), kind="stable").itertuples(index=False)
        ]  # fmt: skip

    def day(self, moments: np.ndarray) -> np.ndarray:
        return np.clip((moments.astype("datetime64[D]") - self.first).astype(np.int64), 0, len(self.load) - 1)


def features(parcels: pd.DataFrame, scans: pd.DataFrame, at: np.ndarray, known: Known) -> np.ndarray:
    """One row a moment, columns `FEATURES`, as float32: what is known at the moments `at` of parcels last seen at the rows of `scans`.

    An incident touches a parcel picked up while it lasts, of its scope, from or to its region, and is known from its first day.
    """
    row = scans["row"].to_numpy()
    picked, promised = (parcels[name].to_numpy().astype("datetime64[s]") for name in ("picked_up_at", "promised_at"))
    product, scope = codes(parcels["product"], PRODUCTS), codes(parcels["scope"], SCOPES)
    origin, destination = codes(parcels["origin"], REGIONS), codes(parcels["destination_region"], REGIONS)
    day = picked.astype("datetime64[D]")
    severity, kind = np.zeros(len(parcels)), np.full(len(parcels), -1.0)
    for its_scope, region, first, last, grade, its_kind in known.incidents:
        hit = (day >= first) & (day <= last)
        if its_scope != "all":
            hit &= scope == SCOPES.index(its_scope)
        if region != "all":
            place = REGIONS.index(region)
            hit &= (origin == place) | (destination == place)
        severity[hit], kind[hit] = grade, its_kind
    days, seen = known.day(picked), scans["at"].to_numpy().astype("datetime64[s]")
    at = at.astype("datetime64[s]")
    out = np.empty((len(row), len(FEATURES)), dtype=np.float32)
    hours = (at - at.astype("datetime64[D]")) / _HOUR
    weekday = (at.astype("datetime64[D]").astype(np.int64) + 3) % 7
    of_parcel = np.stack([product, scope, origin, destination], axis=1)
    out[:, 0], out[:, 1:5], out[:, 5], out[:, 6] = scans["node"].to_numpy(), of_parcel[row], weekday, kind[row]
    out[:, 7], out[:, 8], out[:, 9] = hours, (at - picked[row]) / _HOUR, (at - seen) / _HOUR
    out[:, 10], out[:, 11] = ((promised - picked) / _HOUR)[row], (promised[row] - at) / _HOUR
    out[:, 12], out[:, 13], out[:, 14] = severity[row], known.load[days[row]], known.festival[days[row]]
    return out
