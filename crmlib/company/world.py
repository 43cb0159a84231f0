"""The simulated world behind a firm's tables: what every other table is drawn from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from crmlib.company.draws import Stream
    from crmlib.company.scenario import Scenario

Draw = Callable[["World"], tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]]
"""What draws the tables of one theme: from the world to (tables by contract, frames of the truth)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """Customers, parcels and months of a simulated firm, with what is true of them.

    Parameters
    ----------
    first : the first day of the data
    edges : day numbers, counted from `first`, at which the months begin, and the end of the last: one more than there are months
    stream : where random numbers come from; take topics of your own
    scenario : what the firm is made of
    customers, salespeople, contacts, waybills : DataFrame by contract
    fates : DataFrame, one row a waybill in the same order
        waybill_id, origin_region (of the sender), delay_hours (signature after the promise; negative: before), late, damaged, lost,
        returned. Parcels under way at the end of the data have their fate here already; a lost one never arrives, its delay_hours is
        that of the moment at which it should have arrived.
    later : what is drawn when it is first wanted, by its name below
    scans : DataFrame, one row a waybill in the same order
        loaded, in_transit, clearance, at_hub, out_for_delivery, signed: minutes since pick-up; -1 where there is no such scan (clearance
        of parcels inside China). Not cut at the end of the data nor at the loss of a parcel: that is done when tracking is made of it.
    panel : DataFrame, one row a customer and month from the month of the first parcel to that of leaving
        customer_id, customer (row number in `customers`), month (from 0); parcels, revenue_yuan, late_share (missing without parcels),
        failures (lost and damaged parcels), all of this month; price_gap (own price over the cheapest rival's, less 1),
        salesperson_left (within the last 3 months), notices (the region already gets proactive notices); image, expectation, quality,
        value, satisfaction, complaint, loyalty (latent, about standardised, at the start of the month, before this month's parcels);
        credit_quality (latent, standardised, of the customer); hazard (chance of leaving in this month; 0 in the first month);
        alive_at_end (False in the month of leaving)
    truth : what an analyst never sees, by name
    number : from which on the rows of every further table are counted, where the world is a part of a larger one
    market : where the rivals' prices come from; None means `stream`

    >>> from crmlib.company.simulation import draw_world
    >>> world = draw_world(customers=20, months=2, seed=7)
    >>> world.months, len(world.fates) == len(world.waybills)
    (2, True)
    """

    first: dt.date
    edges: np.ndarray
    stream: Stream
    scenario: Scenario
    customers: pd.DataFrame
    salespeople: pd.DataFrame
    waybills: pd.DataFrame
    later: Mapping[str, Callable[..., pd.DataFrame]]
    number: int = 1
    market: Stream | None = None

    @property
    def months(self) -> int:
        """How many months there are."""
        return len(self.edges) - 1

    @property
    def days(self) -> int:
        """How many days there are."""
        return int(self.edges[-1])

    @property
    def seed(self) -> int:
        """The seed of the random numbers."""
        return self.stream.seed

    def numbers(self, size: int) -> np.ndarray:
        """The numbers of the rows of a table of that size."""
        return np.arange(self.number, self.number + size)

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """Whom to speak to at each customer."""
        return self.later["contacts"]()

    @cached_property
    def fates(self) -> pd.DataFrame:
        """What became of each waybill."""
        return self.later["fates"]()

    @cached_property
    def scans(self) -> pd.DataFrame:
        """The minutes of each waybill's scans."""
        return self.later["scans"]()

    @cached_property
    def panel(self) -> pd.DataFrame:
        """What happened to each customer in each month."""
        return self.later["panel"]()

    @cached_property
    def truth(self) -> Mapping[str, pd.DataFrame]:
        """What an analyst never sees, by name."""
        return {"customers": self.later["people"](self.panel), "panel": self.panel, "fates": self.fates}

    @property
    def end(self) -> pd.Timestamp:
        """Midnight after the last day, where the data end."""
        return pd.Timestamp(self.first) + pd.Timedelta(days=self.days)
