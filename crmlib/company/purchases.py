"""What each simulated customer sends and spends between two days, for the tables that are drawn from it; and days as dates."""

from __future__ import annotations

import datetime as dt

import numpy as np

from crmlib.company.world import World


def dates(first: dt.date, day: np.ndarray, known: np.ndarray | bool = True) -> np.ndarray:
    """Dates by day number counted from `first`; empty where not known.

    >>> dates(dt.date(2024, 11, 1), np.array([0, 5]), np.array([True, False])).astype("datetime64[D]").tolist()
    [datetime.date(2024, 11, 1), None]
    """
    found = np.datetime64(first, "us") + np.where(known, day, 0).astype("timedelta64[D]")
    return np.where(known, found, np.datetime64("NaT", "us"))


class Purchases:
    """The parcels of a world by customer and day.

    >>> from crmlib.company.simulation import draw_world
    >>> world = draw_world(customers=20, months=2, seed=7)
    >>> parcels, yuan = Purchases(world).between(np.arange(20), 0, world.days)
    >>> int(parcels.sum()) == len(world.waybills), round(float(yuan.sum() - world.waybills.price_yuan.sum()), 3) + 0.0
    (True, 0.0)
    """

    def __init__(self, world: World) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        ids = pa.array(world.customers["customer_id"])
        sender = pc.index_in(pa.array(world.waybills["customer_id"]), value_set=ids).to_numpy(zero_copy_only=False).astype(np.int64)
        first = np.datetime64(world.first, "D")
        day = (world.waybills["picked_up_at"].to_numpy().astype("datetime64[D]") - first).astype(np.int64)
        cents = np.rint(world.waybills["price_yuan"].to_numpy() * 100).astype(np.int64)
        order = np.argsort(sender * world.days + day, kind="stable")
        self.days, self.keys = world.days, (sender * world.days + day)[order]
        self.cents = np.concatenate([[0], np.cumsum(cents[order])])

    def between(self, customer: np.ndarray, begin: np.ndarray | int, end: np.ndarray | int) -> tuple[np.ndarray, np.ndarray]:
        """Parcels and yuan of each customer (row number) from day `begin` to before day `end`."""
        low, high = (
            np.searchsorted(self.keys, customer * self.days + np.clip(day, 0, self.days)) for day in np.broadcast_arrays(begin, end)
        )
        return high - low, (self.cents[high] - self.cents[low]) / 100

    def by_month(self, edges: np.ndarray, customers: int) -> tuple[np.ndarray, np.ndarray]:
        """Parcels and yuan, customers × months."""
        rows = np.arange(customers)[:, None]
        return self.between(rows, edges[None, :-1], edges[None, 1:])
