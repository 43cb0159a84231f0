"""Kaplan–Meier: the share of customers still there after so many days, although some have not been watched to the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.i18n import _
from crmlib.survival.labels import group_label
from crmlib.survival.observations import Observations, observations, risk_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ALL = "all"


@dataclass(frozen=True, eq=False)
class SurvivalCurves:
    """Kaplan–Meier curves of one or more groups.

    `table` holds one row a group and time at which somebody was lost, between a row for the beginning and one for the last time:
    group, time, at_risk, events, censored (last seen since the row before), survival, low, high.
    `medians` holds one row a group, indexed by the name of `by`: customers, events, median, low, high; missing where the curve does not
    come down so far.
    """

    table: pd.DataFrame = field(repr=False)
    medians: pd.DataFrame
    level: float
    by: str | None = None

    def at(self, times: object) -> pd.DataFrame:
        """Survival with its interval at `times`, one row a group and time; missing after the last time of a group.

        >>> kaplan_meier([1, 2, 3, 4], [True, True, False, True]).at([2.5]).survival.tolist()
        [0.5]
        """
        wanted = np.atleast_1d(np.asarray(times, dtype="float64"))
        rows = []
        for name, own in self.table.groupby("group", sort=False, observed=True):
            place = np.searchsorted(own["time"].to_numpy(), wanted, side="right") - 1
            inside = (place >= 0) & (wanted <= own["time"].to_numpy()[-1])
            found = {key: np.where(inside, own[key].to_numpy()[np.maximum(place, 0)], np.nan) for key in ("survival", "low", "high")}
            rows.append(pd.DataFrame({"group": name, "time": wanted, **found}))
        return pd.concat(rows, ignore_index=True)

    def summary(self) -> str:
        """One sentence a group: how many are followed, how many were lost, and the median."""
        return " ".join(self._sentence(name, row) for name, row in self.medians.iterrows())

    def _sentence(self, name: object, row: pd.Series) -> str:
        who = _("All customers") if self.by is None else group_label(name, self.by)
        words = {"who": who, "customers": f"{row.customers:,.0f}", "events": f"{row.events:,.0f}", "median": row["median"],
                 "low": row.low, "high": row.high, "level": self.level}  # fmt: skip
        if np.isnan(row["median"]):
            return _("{who}: {events} of {customers} lost; fewer than half had gone by the end, so there is no median.").format(**words)
        if np.isnan(row.low) or np.isnan(row.high):
            return _("{who}: {events} of {customers} lost; half had gone after {median:,.0f} (one end of the {level:.0%} "
                     "interval is open).").format(
                **words)  # fmt: skip
        return _("{who}: {events} of {customers} lost; half had gone after {median:,.0f} ({level:.0%} interval {low:,.0f} to "
                 "{high:,.0f}).").format(
            **words)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The curves with their intervals and the numbers at risk; see :func:`crmlib.plotting.survival_curves`."""
        from crmlib.plotting.survival import survival_curves

        return survival_curves(self, ax=ax)


def kaplan_meier(
    durations: object, events: object, *, entry: object = None, by: object = None, since: float = 0.0, level: float = 0.95
) -> SurvivalCurves:
    """The share of customers still there after each length of time.

    Answers: how long do customers stay, when most of them have not left yet?

    Parameters
    ----------
    durations : Series or array, one value a customer, such as days since the account was opened
        Until the customer was lost, or last seen as a customer.
    events : Series or array of yes/no
        True: the loss was seen at the end of the duration. False: the customer was still there (censored).
    entry : Series or array, in the unit of `durations`, optional
        The age at which the customer came under observation (late entry); it counts as there only afterwards.
    by : Series or array of groups, optional
        One curve a group.
    since : float, in the unit of `durations`
        The curve begins here: survival among those still there at that age. Useful with late entry, where few are watched at young ages.
    level : float, 0–1
        Confidence of the intervals.

    Returns
    -------
    SurvivalCurves
        table, medians, level; `.at(times)`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A duration is missing, negative or text, an event is not yes or no, an entry is not before its duration, lengths differ.

    Notes
    -----
    Somebody lost and somebody last seen at the same time: the loss comes first. Intervals are Greenwood's on the scale of log(−log S);
    they are missing once nobody is left. A median's interval ends where the bounds of the curve pass one half (Brookmeyer and Crowley).

    Source: Kaplan and Meier (1958); Greenwood (1926); Brookmeyer and Crowley (1982).

    >>> curve = kaplan_meier([5, 8, 8, 12, 20], [True, True, False, False, True])
    >>> curve.table[["time", "at_risk", "survival"]].round(3).values.tolist()
    [[0.0, 5.0, 1.0], [5.0, 5.0, 0.8], [8.0, 4.0, 0.6], [20.0, 1.0, 0.0]]
    """
    require_share("level", level)
    data = observations(durations, events, entry=entry, by=by)
    since = _start(since, data)
    rows, medians = [], []
    for name, own in data.parts():
        curve = _curve(own, since, level)
        rows.append(curve.assign(group=_ALL if name is None else name))
        followed = own.times > since
        medians.append(
            {
                "group": _ALL if name is None else name,
                "customers": int(followed.sum()),
                "events": int((own.events & followed).sum()),
                **{
                    key: _crossing(curve["time"].to_numpy(), curve[column].to_numpy())
                    for key, column in (("median", "survival"), ("low", "low"), ("high", "high"))
                },
            }
        )
    table = pd.concat(rows, ignore_index=True)
    names = [_ALL] if data.codes is None else data.groups
    table["group"] = pd.Categorical(table["group"], categories=names)
    columns = ["group", "time", "at_risk", "events", "censored", "survival", "low", "high"]
    column = None if data.codes is None else getattr(by, "name", None) or "group"
    return SurvivalCurves(table[columns], pd.DataFrame(medians).set_index("group").rename_axis(column or "group"), level, column)


def nelson_aalen(durations: object, events: object, *, entry: object = None, by: object = None, level: float = 0.95) -> pd.DataFrame:
    """The cumulative hazard: how much risk of leaving has piled up by each time.

    Answers: in which stretch of a customer's life is the risk of leaving high? The steeper the curve, the higher.

    Parameters
    ----------
    durations, events, entry, by, level : as for :func:`kaplan_meier`

    Returns
    -------
    DataFrame, one row a group and time at which somebody was lost
        group, time, at_risk, events, cumulative_hazard, low, high (on the logarithmic scale)

    Raises
    ------
    ValueError
        As for :func:`kaplan_meier`.

    Source: Nelson (1972), Aalen (1978).

    >>> nelson_aalen([1, 2, 4], [True, True, True]).cumulative_hazard.round(3).tolist()
    [0.333, 0.833, 1.833]
    """
    require_share("level", level)
    data = observations(durations, events, entry=entry, by=by)
    parts = []
    for name, own in data.parts():
        when, lost, there = risk_table(own.times, own.events, own.entry)
        hazard, spread = np.cumsum(lost / there), np.sqrt(np.cumsum(lost / there.astype("float64") ** 2))
        width = np.exp(_normal(level) * spread / hazard)
        parts.append(pd.DataFrame({
            "group": _ALL if name is None else name, "time": when, "at_risk": there, "events": lost, "cumulative_hazard": hazard,
            "low": hazard / width, "high": hazard * width,
        }))  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    table["group"] = pd.Categorical(table["group"], categories=[_ALL] if data.codes is None else data.groups)
    return table


def product_limit(lost: np.ndarray, there: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Survival after each time of loss, and its bounds.

    >>> product_limit(np.array([1, 1]), np.array([2, 1]), 0.95)[0].tolist()
    [0.5, 0.0]
    """
    survival = np.cumprod(1 - lost / there)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(lost / (there * (there - lost).astype("float64")))
        width = np.exp(_normal(level) * np.sqrt(greenwood) / np.abs(np.log(survival)))
        low, high = survival**width, survival ** (1 / width)
    gone = survival == 0
    return survival, np.where(gone, np.nan, low), np.where(gone, np.nan, high)


def _start(since: float, data: Observations) -> float:
    if isinstance(since, (bool, str)) or not np.isscalar(since) or not 0 <= float(since) < data.times.max(initial=0.0) + (since == 0):
        raise ValueError(_("since is {value}; it must be 0 or more and less than the longest duration ({longest:g}).").format(
            value=since, longest=data.times.max()))  # fmt: skip
    return float(since)


def _curve(own: Observations, since: float, level: float) -> pd.DataFrame:
    if since > 0:
        stays = own.times > since
        entry = np.full(stays.sum(), since) if own.entry is None else np.maximum(own.entry[stays], since)
        own = Observations(own.times[stays], own.events[stays], entry, None, own.groups)
        if not len(own.times):
            raise ValueError(
                _("In one of the groups nobody is followed beyond since={since:g}. Choose an earlier time.").format(since=since)
            )
    when, lost, there = risk_table(own.times, own.events, own.entry)
    survival, low, high = product_limit(lost, there, level)
    last = own.times.max()
    at_start = len(own.times) if own.entry is None else int((own.entry <= since).sum())
    more = [] if len(when) and when[-1] == last else [last]
    tail = survival[-1:] if len(survival) else np.ones(1)
    ends = {"low": low[-1:] if len(low) else np.ones(1), "high": high[-1:] if len(high) else np.ones(1)}
    begins = np.array([] if len(when) and when[0] <= since else [since])
    time = np.concatenate([begins, when, more])
    seen = np.searchsorted(np.sort(own.times[~own.events]), time, side="left")
    seen[-1] = (~own.events).sum()
    still = [(own.times >= last).sum() - (0 if own.entry is None else (own.entry >= last).sum())] if more else []
    ones, zeros = np.ones(len(begins)), np.zeros(len(begins), dtype=np.int64)
    return pd.DataFrame({
        "time": time,
        "at_risk": np.concatenate([zeros + at_start, there, still]).astype(np.int64),
        "events": np.concatenate([zeros, lost, np.zeros(len(more), dtype=np.int64)]).astype(np.int64),
        "censored": np.diff(seen, prepend=0),
        "survival": np.concatenate([ones, survival, tail if more else []]),
        "low": np.concatenate([ones, low, ends["low"] if more else []]),
        "high": np.concatenate([ones, high, ends["high"] if more else []]),
    })  # fmt: skip


def _crossing(time: np.ndarray, curve: np.ndarray) -> float:
    below = np.flatnonzero(curve <= 0.5 + 1e-12)
    return float(time[below[0]]) if len(below) else float("nan")


def _normal(level: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + level) / 2))
