"""The scans of parcels on their way: made of the minutes between them, cut where the data end or the parcel is lost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.company.columns import decoded
from crmlib.company.contract import DTYPES
from crmlib.company.service import SCANS
from crmlib.company.tables.core import TRACKING

NODES = TRACKING["node"].categories


def visible_scans(waybills: pd.DataFrame, scans: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """`scans` with -1 for what nobody has seen: scans after `end`, and those of a lost parcel after its last one.

    A lost parcel was last seen loaded, in transit, cleared or at a hub: a number worked out from its minutes says where.
    """
    minutes = scans[list(SCANS)].to_numpy().copy()
    left = (end.to_datetime64() - waybills["picked_up_at"].to_numpy()).astype("timedelta64[m]").astype(np.int64)
    minutes[minutes >= left[:, None]] = -1
    lost = np.flatnonzero((waybills["status"] == "lost").to_numpy())
    last_seen = minutes[lost, -1] % 4
    minutes[lost] = np.where(np.arange(len(SCANS)) <= last_seen[:, None], minutes[lost], -1)
    return pd.DataFrame(minutes, columns=list(SCANS))


def make_tracking(waybills: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    """The table tracking: a row a scan, parcel by parcel in order of time.

    Parameters
    ----------
    waybills : waybill_id and picked_up_at are used
    seen : one row a waybill in the same order, as `visible_scans` returns

    >>> parcels = pd.DataFrame({"waybill_id": ["W1"], "picked_up_at": [pd.Timestamp("2025-01-01 09:00")]})
    >>> minutes = pd.DataFrame([[60, 90, -1, 900, -1, -1]], columns=list(SCANS))
    >>> make_tracking(parcels, minutes).node.tolist()
    ['picked_up', 'loaded', 'in_transit', 'at_hub']
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    table = np.concatenate([np.zeros((len(seen), 1), dtype=np.int32), seen[list(SCANS)].to_numpy()], axis=1)
    there = table >= 0
    row, node = np.nonzero(there)
    place = (np.cumsum(there, axis=1))[there]
    numbers = pa.array(waybills["waybill_id"]).cast(pa.string()).take(pa.array(row))
    identity = pc.binary_join_element_wise(numbers, pa.array(place).cast(pa.string()), "-")
    picked = waybills["picked_up_at"].to_numpy().astype("datetime64[us]")
    return pd.DataFrame({
        "scan_id": pd.Series(DTYPES["text"].__from_arrow__(identity)),
        "waybill_id": pd.Series(DTYPES["text"].__from_arrow__(numbers)),
        "node": decoded(node, NODES),
        "scanned_at": picked[row] + table[there].astype("timedelta64[m]"),
    })  # fmt: skip
