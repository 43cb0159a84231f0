"""How long to wait before a silent customer counts as lost: what each grace period costs in false alarms and in days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import refuse_rows, require_share
from crmlib.i18n import _
from crmlib.segments.per_customer import day, one_row_each
from crmlib.survival.kaplan import kaplan_meier
from crmlib.survival.labels import group_label
from crmlib.survival.silence import shipping_days

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRACES = (14, 21, 30, 45, 60, 75, 90, 105, 120, 150, 180)
TIMES = (2, 3, 4, 5, 6, 8, 10, 12)
_ALL = "all"


@dataclass(frozen=True, eq=False)
class GraceCurve:
    """What each grace period costs.

    `table` holds one row a group and grace period: group (or the name of `by`), grace (days, or times the own usual gap), days_to_know
    (mean days of silence before those who have not come back were called lost), days_to_know_busy (the same, each customer weighing as much
    as the days on which it had shipped: the wait where it costs most), alarms (customers ever called lost), came_back (of these, seen to
    ship again within `within_days`), false_alarm (share that comes back within `within_days`, those not watched for so long counted as
    censored), low, high, lost_now (customers who count as lost at the end), lost_share (of all customers).
    """

    table: pd.DataFrame
    own_rhythm: bool
    within_days: int
    level: float
    by: str | None = None

    @property
    def _group(self) -> str:
        return self.by or "group"

    def shortest(self, false_alarm: float) -> pd.DataFrame:
        """For each group the grace period that knows soonest with a share of false alarms of at most `false_alarm`; missing where none.

        >>> from crmlib.company import lark
        >>> firm = lark()
        >>> grace_curve(firm.waybills, as_of="2026-11-01", grace=[30, 90]).shortest(0.99).grace.tolist()
        [30.0]
        """
        require_share("false_alarm", false_alarm)
        groups = pd.Index(self.table[self._group].unique(), name=self._group)
        good = self.table[self.table["false_alarm"] <= false_alarm].sort_values("days_to_know", kind="stable")
        return (
            good.groupby(self._group, observed=True, sort=False)[["grace", "days_to_know", "false_alarm"]]
            .first()
            .reindex(groups)
            .astype("float64")
        )

    def summary(self) -> str:
        """The price of the shortest and of the longest grace period, one sentence a group."""
        return " ".join(self._sentence(name, rows) for name, rows in self.table.groupby(self._group, observed=True, sort=False))

    def _sentence(self, name: object, rows: pd.DataFrame) -> str:
        known = rows.dropna(subset=["false_alarm"]).sort_values("days_to_know")
        who = _("All customers") if self.by is None else group_label(name, self.by)
        if known.empty:
            return _("{who}: nobody was watched for {days} days after being called lost, so false alarms cannot be told.").format(
                who=who, days=self.within_days)  # fmt: skip
        first, last = known.iloc[0], known.iloc[-1]
        return _("{who}: called lost after {short:.0f} days, {many:.0%} come back within {days} days; after {long:.0f} days, "
                 "{few:.0%} do.").format(
            who=who, days=self.within_days, short=first.days_to_know, many=first.false_alarm, long=last.days_to_know,
            few=last.false_alarm)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """False alarms against days until one knows; see :func:`crmlib.plotting.grace_curve`."""
        from crmlib.plotting.survival import grace_curve as draw

        return draw(self, ax=ax)


def own_grace(
    waybills: pd.DataFrame, *, as_of: object, times: float | None = None, low: int | None = None, high: int | None = None
) -> pd.DataFrame:
    """A grace period for each customer by its own rhythm: so many times its usual gap between two days of shipping.

    Answers: a shop that ships daily has been silent for three weeks, a firm that ships once a quarter too; which one should worry us?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at
    as_of : date
        Only days before it are looked at.
    times : float, optional
        How many times the usual gap. Without it: the standard churn.own_gap_times.
    low, high : days, optional
        No grace period is shorter or longer. Without them: the standards churn.own_gap_low_days and churn.own_gap_high_days.

    Returns
    -------
    DataFrame, indexed by customer_id
        shipping_days, usual_gap_days (mean; missing for those who shipped on one day only), grace_days

    Raises
    ------
    ValueError
        A column or date is missing, no waybill is older than `as_of`, `times` is not positive, or `low` is above `high`.

    Notes
    -----
    Two parcels on two days running are no rhythm. So the usual gap is reckoned as if a few more gaps had been seen (the standard
    churn.own_gap_weight), each as long as leads to `high`: a new customer starts with `high`, a regular one soon has its own.

    Source: the mean gap as a customer's rhythm: Schmittlein, Morrison and Colombo (1987), where each customer has a rate of its own.

    >>> log = pd.DataFrame({"customer_id": "c1", "picked_up_at": pd.to_datetime(["2026-01-01", "2026-01-11", "2026-01-31"])})
    >>> own_grace(log, as_of="2026-03-01", times=4).loc["c1"].tolist()
    [3.0, 15.0, 132.0]
    """
    limits = _limits(times, low, high)
    days = _before(waybills, as_of)
    own = _rhythm(days, *limits)
    last = days.assign(**own).groupby("customer_id", observed=True).last()
    count = days.groupby("customer_id", observed=True).size()
    return pd.DataFrame({"shipping_days": count, "usual_gap_days": last["usual_gap_days"], "grace_days": last["grace_days"]})


def grace_curve(
    waybills: pd.DataFrame, *, as_of: object, grace: Sequence[float] | None = None, own_rhythm: bool = False, by: pd.Series | None = None,
    within_days: int | None = None, level: float = 0.95,
) -> GraceCurve:  # fmt: skip
    """For each grace period: how many of those called lost come back, and how long one waits to know.

    Answers: how long should we wait before we call a silent customer lost?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at
    as_of : date
        Where the data end; only days before it are looked at.
    grace : days (with `own_rhythm`: times the own usual gap), optional
        The periods to try. Without it: 14 to 180 days, or 2 to 12 times.
    own_rhythm : bool
        Give each customer a period by its own rhythm, as known at the time; see :func:`own_grace`.
    by : Series by customer_id, optional
        Groups, one curve each.
    within_days : int, optional
        A false alarm is who ships again within so many days after being called lost. Without it: the standard churn.return_days.
    level : float, 0–1
        Confidence of the intervals.

    Returns
    -------
    GraceCurve
        table, own_rhythm, within_days, level, by; `.shortest(false_alarm)`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column or date is missing, a period is not positive, or `by` lacks a customer.

    Notes
    -----
    Each customer counts once a period: with the first silence as long as that. Some were called lost so recently that they have not had
    `within_days` to come back; leaving them out, or counting them as gone, would both be wrong. The share is one less the Kaplan–Meier
    estimate of the time to the return, in which they are censored, and it is missing where nobody was watched for so long.

    Source: own; the estimate is Kaplan and Meier's (1958).

    >>> log = pd.DataFrame({"customer_id": ["c1", "c1", "c2"],
    ...     "picked_up_at": pd.to_datetime(["2026-01-01", "2026-03-02", "2026-01-01"])})
    >>> grace_curve(log, as_of="2026-12-01", grace=[30, 90]).table[["grace", "alarms", "came_back", "false_alarm"]].values.tolist()
    [[30.0, 2.0, 1.0, 0.5], [90.0, 2.0, 0.0, 0.0]]
    """
    require_share("level", level)
    within = standards.get("churn.return_days", unit="days") if within_days is None else within_days
    _positive([within], "within_days")
    tried = list(TIMES if own_rhythm else GRACES) if grace is None else list(np.atleast_1d(np.asarray(grace, dtype=object)))
    _positive(tried, "grace")
    end, days = day(as_of, "as_of").normalize(), _before(waybills, as_of)
    customer = days["customer_id"]
    following = days.groupby("customer_id", observed=True)["day"].shift(-1)
    shipped = days.groupby("customer_id", observed=True).cumcount() + 1
    steps = pd.DataFrame(
        {"customer_id": customer, "day": days["day"], "last": following.isna(), "next": following.fillna(end), "shipped": shipped}
    )
    parts = _groups(by, pd.Index(customer.unique()))
    rows, column = [], "group" if by is None else by.name or "group"
    for period in sorted(map(float, tried)):
        steps["grace"] = _rhythm(days, period, *_limits(None, None, None)[1:])["grace_days"].astype("float64") if own_rhythm else period
        for name, group in parts.items():
            rows.append({column: name, "grace": period, **_price(steps if group is None else steps[customer.isin(group)], within, level)})
    table = pd.DataFrame(rows).sort_values([column, "grace"], kind="stable", ignore_index=True)
    return GraceCurve(table, bool(own_rhythm), int(within), level, None if by is None else column)


def _price(steps: pd.DataFrame, within: float, level: float) -> dict[str, float]:
    silent = (steps["next"] - steps["day"]).dt.days
    called = steps[silent >= steps["grace"]].assign(after=(silent - steps["grace"]).clip(lower=0))
    first = called.groupby("customer_id", observed=True).first()
    customers = steps["customer_id"].nunique()
    lost_now = int(called["last"].sum())
    away = first[first["last"]] if first["last"].any() else first
    busy = (away["grace"] * away["shipped"]).sum() / max(away["shipped"].sum(), 1) if len(away) else np.nan
    back = ~first["last"] & (first["after"] <= within)
    found = {"days_to_know": away["grace"].mean(), "days_to_know_busy": busy, "alarms": len(first), "came_back": int(back.sum()),
             "false_alarm": np.nan, "low": np.nan, "high": np.nan, "lost_now": lost_now, "lost_share": lost_now / customers}  # fmt: skip
    if first.empty:
        return found
    gone = first["after"].clip(upper=within)
    stays = kaplan_meier(gone, back, level=level).at([within]).iloc[0]
    return found | {"false_alarm": 1 - stays.survival, "low": 1 - stays.high, "high": 1 - stays.low}


def _rhythm(days: pd.DataFrame, times: float, low: float, high: float) -> dict[str, np.ndarray]:
    """At each day of shipping, the mean gap so far and the grace period that follows from it."""
    by_customer = days.groupby("customer_id", observed=True)
    before = by_customer.cumcount().to_numpy()
    passed = (days["day"] - by_customer["day"].transform("first")).dt.days.to_numpy()
    usual = np.where(before > 0, passed / np.maximum(before, 1), np.nan)
    weight = standards.get("churn.own_gap_weight", unit="count")
    pulled = (passed + weight * high / times) / (before + weight)
    return {"usual_gap_days": usual, "grace_days": np.clip(np.ceil((times * pulled).round(6)), low, high).astype("int64")}


def _before(waybills: pd.DataFrame, as_of: object) -> pd.DataFrame:
    days = shipping_days(waybills, "waybills")
    end = day(as_of, "as_of").normalize()
    kept = days[days["day"] < end].reset_index(drop=True)
    if kept.empty:
        raise ValueError(_("No waybill is older than as_of ({end:%Y-%m-%d}). Choose a later day.").format(end=end))
    return kept


def _limits(times: float | None, low: int | None, high: int | None) -> tuple[float, float, float]:
    times = standards.get("churn.own_gap_times", unit="ratio") if times is None else times
    low = standards.get("churn.own_gap_low_days", unit="days") if low is None else low
    high = standards.get("churn.own_gap_high_days", unit="days") if high is None else high
    for name, value in {"times": times, "low": low, "high": high}.items():
        _positive([value], name)
    if low > high:
        raise ValueError(_("low is {low}, above high, which is {high}. Exchange them.").format(low=low, high=high))
    return float(times), float(low), float(high)


def _positive(values: list, name: str) -> None:
    for value in values:
        number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, (bool, np.bool_))
        if not number or not 0 < value < 10_000:
            raise ValueError(_("{name} is {value}; it must be a positive number, such as 90.").format(name=name, value=value))
    if not values:
        raise ValueError(_("{name} is empty; give at least one number.").format(name=name))


def _groups(by: pd.Series | None, customers: pd.Index) -> dict[object, pd.Index | None]:
    if by is None:
        return {_ALL: None}
    if not isinstance(by, pd.Series):
        raise ValueError(_('by must be a Series of groups by customer_id, such as customers.set_index("customer_id")["market"].'))
    one_row_each(by.index, "by")
    own = by.reindex(customers)
    refuse_rows(own.isna(), _("by names no group for these customers"), _("Give them a group, or leave out their waybills."))
    return {name: group.index for name, group in own.groupby(own, observed=True)}
