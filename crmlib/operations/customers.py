"""The analyses of churn and of customer growth, month by month, with what each figure is a figure of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.churn import churn_months
from crmlib.churn.rates import rate_of
from crmlib.i18n import _
from crmlib.operations.parcels import confidence, parcels_of
from crmlib.segments.per_customer import day, one_row_each
from crmlib.survival.silence import grace_period, shipping_days


def churn_analysis(
    waybills: pd.DataFrame, *, by: pd.Series | None = None, start: object = None, end: object = None, grace_days: int | None = None,
    level: float | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Gross, net and revenue churn side by side, month by month.

    Answers: how many do we lose, do new ones make up for it, and does the money go with the small or with the large?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at, price_yuan
    by, start, end, grace_days : as for :func:`crmlib.churn.churn_months`
    level : float, 0–1, optional

    Returns
    -------
    DataFrame, one row a month, kind and group
        month, [group], kind (gross, net, revenue), total, lost, gained, rate, low, high. The kinds have different bases and are never added.

    Raises
    ------
    ValueError
        As for :func:`crmlib.churn.churn_months`.

    Source: 《快递客户关系管理》, project 4, task 2 (客户流失分析); definitions as in :func:`crmlib.churn.churn_rate`.

    >>> log = pd.DataFrame({"customer_id": ["c1", "c2", "c1", "c1"], "price_yuan": 10.0,
    ...     "picked_up_at": pd.to_datetime(["2026-01-01", "2026-01-20", "2026-02-20", "2026-03-30"])})
    >>> churn_analysis(log, grace_days=31, start="2026-02-01", end="2026-03-01")[["kind", "rate"]].values.tolist()
    [['gross', 0.5], ['net', 0.5], ['revenue', 0.5]]
    """
    level = confidence(level)
    parts = [churn_months(waybills, kind=kind, by=by, start=start, end=end, grace_days=grace_days, level=level)
             for kind in ("gross", "net", "revenue")]  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    group = [name for name in table.columns[1:2] if name != "kind"]
    return table.sort_values(["month", *group], kind="stable", ignore_index=True)


def customer_growth(
    waybills: pd.DataFrame, *, by: pd.Series | None = None, start: object = None, end: object = None, grace_days: int | None = None,
    level: float | None = None,
) -> pd.DataFrame:  # fmt: skip
    """How the number of customers moved: came, came back, went.

    Answers: do we grow because many come, or because few go?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at
    by : Series of groups by customer_id, optional
    start, end : dates, optional
        The first month's beginning and the last one's end. Without them: all whole months that the waybills allow.
    grace_days : int, optional
        A customer on a day is who shipped within so many days before it. Without it: the standard state.lost_days.
    level : float, 0–1, optional

    Returns
    -------
    DataFrame, one row a month and group
        month, [group], at_start, came_new (first parcel ever in the data), came_again (was one before, had been away), went, at_end,
        growth_rate ((at_end − at_start) ÷ at_start), low, high. at_start + came_new + came_again − went = at_end, always.

    Raises
    ------
    ValueError
        A column or a customer's group is missing, or there is no whole month.

    Notes
    -----
    Who was silent for the grace period and then sends again was counted as lost before and counts as come back now. Customers from before
    the data begin look new in their first month there, so begin a few months later. Intervals are those of net churn.

    Source: 《快递客户关系管理》, project 4, task 2 (客户发展分析).

    >>> log = pd.DataFrame({"customer_id": ["c1", "c2", "c1", "c3"],
    ...     "picked_up_at": pd.to_datetime(["2026-01-01", "2026-01-20", "2026-02-20", "2026-02-25"])})
    >>> customer_growth(log, grace_days=31, start="2026-02-01", end="2026-03-01")[["at_start", "came_new", "came_again", "went", "at_end"]].values.tolist()
    [[2, 1, 0, 1, 2]]
    """
    level, grace = confidence(level), grace_period(grace_days)
    days = shipping_days(parcels_of(waybills, "customer_id", "picked_up_at"), "waybills")
    place, names = pd.factorize(days["customer_id"], sort=True)
    when = days["day"].to_numpy().astype("datetime64[D]")
    first = np.full(len(names), np.datetime64("9999-01-01", "D"))
    np.minimum.at(first, place, when)
    groups = _groups(by, names)
    opens = pd.Timestamp(when.min()) + pd.Timedelta(days=grace) if start is None else day(start, "start").normalize()
    shuts = pd.Timestamp(when.max()) + pd.Timedelta(days=1) if end is None else day(end, "end").normalize()
    months = pd.date_range(opens, shuts, freq="MS")
    if len(months) < 2:
        raise ValueError(_("Between {start:%Y-%m-%d} and {end:%Y-%m-%d} there is no whole month.").format(start=opens, end=shuts))
    there = [np.bincount(place[(when >= moment - np.timedelta64(grace, "D")) & (when < moment)], minlength=len(names)) > 0
             for moment in months.to_numpy().astype("datetime64[D]")]  # fmt: skip
    rows = []
    for number, month in enumerate(months[:-1]):
        before, after = there[number], there[number + 1]
        fresh = first >= np.datetime64(month, "D")
        for name, members in groups.items():
            counts = {
                "at_start": before & members, "came_new": after & ~before & fresh & members, "came_again": after & ~before & ~fresh & members,
                "went": before & ~after & members, "at_end": after & members,
            }  # fmt: skip
            found = {key: int(value.sum()) for key, value in counts.items()}
            if not found["at_start"]:
                continue
            net = rate_of(kind="net", total=found["at_start"], lost=found["went"], gained=found["came_new"] + found["came_again"], start=month,
                          end=months[number + 1], level=level)  # fmt: skip
            group = {} if by is None else {by.name or "group": name}
            rows.append({"month": month, **group, **found, "growth_rate": -net.rate, "low": -net.high, "high": -net.low})
    if not rows:
        raise ValueError(_("There was nobody at the start ({start:%Y-%m-%d}), so there is no rate.").format(start=months[0]))
    return pd.DataFrame(rows)


def _groups(by: pd.Series | None, names: pd.Index) -> dict[object, np.ndarray]:
    if by is None:
        return {None: np.ones(len(names), dtype=bool)}
    if not isinstance(by, pd.Series):
        raise ValueError(_('by must be a Series of groups by customer_id, such as customers.set_index("customer_id")["market"].'))
    one_row_each(by.index, "by")
    own = by.reindex(names)
    if own.isna().any():
        raise ValueError(_("by names no group for these customers: {names}.").format(names=", ".join(map(str, names[own.isna()][:3]))))
    return {name: (own == name).to_numpy() for name in sorted(own.unique())}
