"""Classes that describe: the market, place and nature of a customer, and how it stands with the firm today."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.i18n import _
from crmlib.segments.behaviour import days_since
from crmlib.segments.per_customer import customer_table, day, numbers, one_row_each
from crmlib.standards import get

STATES = ("loyal", "regular", "new", "potential", "lost")
GIVEN = ("market", "area", "region", "reach", "nature", "origin", "cross_border")


def customer_state(
    activity: pd.DataFrame, *, today: object, registered: pd.DataFrame | pd.Series | pd.Index | list | None = None
) -> pd.Series:
    """Say how each customer stands with the firm today: loyal, regular, new, potential or lost.

    Answers: who is with us, who has just come, who has gone, and who has an account but never shipped?

    Parameters
    ----------
    activity : DataFrame, one row a customer
        customer_id (a column or the index), first_on, last_on (dates) and recent_active_months, from :func:`customer_activity` over
        **all** waybills up to `today`; over a shorter period, long-standing customers would look new and lost ones would be missing.
    today : date, datetime or text such as "2026-11-01"
    registered : the customer_id of every customer with an account, or the table `customers`, optional
        Those of them without activity are potential customers. Without it, nobody is potential.

    Returns
    -------
    Series named "state", indexed by customer_id, a category in the order loyal, regular, new, potential, lost
        Registered customers in their order, then those only in `activity`. The first rule that fits decides:
        potential: registered, never shipped. lost: nothing for state.lost_days or more. new: first parcel less than state.new_days
        ago. loyal: active in at least state.loyal_active_months of the last twelve calendar months. regular: the others.

    Raises
    ------
    ValueError
        A column or date is missing, a customer stands twice, or shipped after `today`.

    Source: 《快递客户关系管理》, project 1, task 1 (忠诚、新增、潜在、流失客户); the limits are standards, and regular is ours for the rest.

    >>> activity = pd.DataFrame({
    ...     "first_on": pd.to_datetime(["2025-01-05", "2026-10-20"]), "last_on": pd.to_datetime(["2026-10-30", "2026-10-25"]),
    ...     "recent_active_months": [12, 1]}, index=["c1", "c2"])
    >>> customer_state(activity, today="2026-11-01", registered=["c1", "c2", "c3"]).tolist()
    ['loyal', 'new', 'potential']
    """
    table = customer_table(activity, ["first_on", "last_on", "recent_active_months"], "activity")
    at = day(today, "today")
    since_last, since_first = days_since(table["last_on"], at), days_since(table["first_on"], at)
    refuse_rows(since_first < since_last, _("last_on comes before first_on"), _("Swap the two columns, or correct the dates."))
    months = numbers(table["recent_active_months"], "recent_active_months")
    state = np.select(
        [
            since_last >= get("state.lost_days", unit="days"),
            since_first < get("state.new_days", unit="days"),
            months >= get("state.loyal_active_months", unit="months"),
        ],
        ["lost", "new", "loyal"],
        "regular",
    )
    known = pd.Series(state, index=table.index)
    if registered is not None:
        accounts = customer_table(registered, [], "registered").index if isinstance(registered, pd.DataFrame) else pd.Index(registered)
        one_row_each(accounts, "registered")
        known = known.reindex(accounts.append(known.index.difference(accounts, sort=False)), fill_value="potential")
    return known.astype(pd.CategoricalDtype(list(STATES))).rename("state").rename_axis("customer_id")


def descriptive_classes(customers: pd.DataFrame, activity: pd.DataFrame, *, today: object) -> pd.DataFrame:
    """Every class that the textbook names besides value, one column each.

    Answers: what kind of customer is this, whatever it is worth?

    Parameters
    ----------
    customers : DataFrame, one row a customer
        customer_id (a column or the index), market, area, region, reach, nature, origin, cross_border: the table `customers` of a firm.
    activity : DataFrame, one row a customer who ever shipped
        As in :func:`customer_state`.
    today : date, datetime or text such as "2026-11-01"

    Returns
    -------
    DataFrame, indexed by customer_id, in the order of `customers`
        market, area, state (see :func:`customer_state`), location (domestic, abroad), reach, nature, origin, cross_border

    Raises
    ------
    ValueError
        A column is missing, a class is missing for some customer, a customer stands twice, or shipped without standing in `customers`.

    Source: 《快递客户关系管理》, project 1, task 1 (分类 2–5); cross_border from 《2025国际快递行业客户关系管理体系研究》.

    >>> customers = pd.DataFrame({
    ...     "customer_id": ["c1", "c2"], "market": ["corporate", "walk_in"], "area": ["business_district", "campus_community"],
    ...     "region": ["abroad", "west"], "reach": ["global", "regional"], "nature": ["group", "individual"],
    ...     "origin": ["traditional", "traditional"], "cross_border": ["trader", "none"]})
    >>> activity = pd.DataFrame({"first_on": ["2025-01-05"], "last_on": ["2026-10-30"], "recent_active_months": [12]}, index=["c1"])
    >>> descriptive_classes(customers, activity, today="2026-11-01")[["state", "location"]].values.tolist()
    [['loyal', 'abroad'], ['potential', 'domestic']]
    """
    table = customer_table(customers, GIVEN, "customers")
    for name in GIVEN:
        refuse_rows(
            table[name].isna(),
            _("{name} is missing").format(name=name),
            _("Every customer needs a class; ask the salesperson, or read it off the address."),
        )
    state = customer_state(activity, today=today, registered=table.index)
    strangers = state.index.to_series(index=state.index)
    refuse_rows(
        ~strangers.isin(table.index),
        _("Some customers shipped but do not stand in customers"),
        _("Add them to customers, or drop their waybills and say so."),
    )
    location = pd.Series(np.where(table["region"].astype(str) == "abroad", "abroad", "domestic"), index=table.index)
    found = table[["market", "area"]].copy()
    found["state"] = state
    found["location"] = location.astype(pd.CategoricalDtype(["domestic", "abroad"]))
    return found.join(table[["reach", "nature", "origin", "cross_border"]])
