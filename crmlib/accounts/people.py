"""Changes of people on either side: the salesperson who serves a customer, and the customer's own contact persons."""

from __future__ import annotations

import pandas as pd

from crmlib.clean import clean
from crmlib.standards import get


def people_changes(
    today: pd.Timestamp, customers: pd.DataFrame | None, salespeople: pd.DataFrame | None, contacts: pd.DataFrame | None,
    contacts_before: pd.DataFrame | None,
) -> pd.DataFrame:  # fmt: skip
    """One row a customer and movement: a new salesperson within the standard accounts.people_days, or contact persons who came or went.

    observed is the number of days since the salesperson changed, or of contact persons who came or went.

    >>> customers = pd.DataFrame({"customer_id": ["c1", "c2"], "salesperson_id": ["S2", "S3"]})
    >>> staff = pd.DataFrame({"salesperson_id": ["S2", "S3"], "joined_on": pd.to_datetime(["2026-10-01", "2020-01-01"]),
    ...     "predecessor_id": ["S1", None]})
    >>> people_changes(pd.Timestamp("2026-10-31"), customers, staff, None, None)["customer_id"].tolist()
    ['c1']
    """
    found = []
    if customers is not None and salespeople is not None:
        customers = clean(customers, "customers", customer_id="id", salesperson_id="name?")
        salespeople = clean(salespeople, "salespeople", salesperson_id="id", joined_on="text_date", predecessor_id="name?")
        salespeople = salespeople.drop_duplicates("salesperson_id")
        days = (today - salespeople["joined_on"]).dt.days
        fresh = salespeople["predecessor_id"].notna() & days.between(0, get("accounts.people_days", unit="days"))
        since = pd.Series(days[fresh].to_numpy(), index=salespeople.loc[fresh, "salesperson_id"])
        moved = customers["salesperson_id"].map(since)
        found.append(pd.DataFrame({"customer_id": customers["customer_id"], "movement": "salesperson", "observed": moved})[moved.notna()])
    if contacts is not None and contacts_before is not None:
        pairs = []
        for name, table in (("contacts", contacts), ("contacts_before", contacts_before)):
            table = clean(table, name, customer_id="id", name="id")
            pairs.append(table[["customer_id", "name"]].drop_duplicates())
        both = pairs[0].merge(pairs[1], on=["customer_id", "name"], how="outer", indicator=True)
        moved = both[both["_merge"] != "both"].groupby("customer_id").size()
        found.append(pd.DataFrame({"customer_id": moved.index, "movement": "contact", "observed": moved.to_numpy()}))
    if not found:
        return pd.DataFrame(columns=["customer_id", "movement", "moved", "observed"])
    rows = pd.concat(found, ignore_index=True).assign(moved="new_person")
    return rows.astype({"observed": float})
