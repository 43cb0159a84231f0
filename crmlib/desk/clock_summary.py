"""Many cases at once: what share was in time and how long it took, with those still open counted as what they are: not yet known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns, require_share
from crmlib.clean import clean
from crmlib.desk.clocks import STATES
from crmlib.i18n import _
from crmlib.survival import kaplan_meier

_NEEDED = {"case_id": "name", "clock": "name", "clock_state": "name", "is_late": "answer", "used_hours": "number", "target_hours": "number"}


def on_time(clocks: pd.DataFrame, cases: pd.DataFrame | None = None, *, by: str | None = None, level: float = 0.95) -> pd.DataFrame:
    """The share of cases in time, by clock and by whatever column of the cases.

    Answers: do we keep our promises, where do we not, and how sure is that while some cases are still open?

    Parameters
    ----------
    clocks : DataFrame, from :func:`crmlib.desk.clocks`
    cases : DataFrame, one row a case, optional
        case_id and the column `by`
    by : name of a column of `cases`, such as "cause", optional
        One row each of its values; cases where it is missing are left out.
    level : float, 0–1
        Confidence of the interval.

    Returns
    -------
    DataFrame, one row a clock (and value of `by`)
        clock, [`by`], case_count, on_time_count (stopped in time), late_count (also those late and still open), open_count (still running
        and not late: nobody knows yet), on_time_share, low, high, settled_only_share (of the cases whose clock has stopped: the usual
        figure, which forgets the open ones), worst_share and best_share (should all the open ones turn out late, or in time)

    Raises
    ------
    ValueError
        A column is lacking, a case of the clocks is not among `cases`, or `level` is not between 0 and 1.

    Notes
    -----
    on_time_share is one less Kaplan and Meier's curve of used over target hours at 1: an open case counts as long as it has run, and is
    then left out. The interval is Wilson's, with as many cases as Greenwood's variance is worth; without open cases it is Wilson's own.
    The share is missing where nothing is known yet.

    Source: Kaplan and Meier (1958); Wilson (1927); Korn and Graubard (1998), on the effective number of cases.

    >>> table = pd.DataFrame({"case_id": list("abcd"), "clock": "resolution", "target_hours": 24.0, "used_hours": [5.0, 30.0, 12.0, 9.0],
    ...     "clock_state": ["met", "too_late", "met", "running"], "is_late": [False, True, False, False]})
    >>> on_time(table)[["on_time_share", "settled_only_share", "worst_share", "best_share"]].round(3).values.tolist()
    [[0.625, 0.667, 0.5, 0.75]]
    """
    from crmlib.survey.intervals import wilson_interval

    require_share("level", level)
    table, keys = _grouped(clocks, cases, by)
    rows = []
    for names, own in table.groupby(keys, sort=False, observed=True):
        late, stopped = own["is_late"].to_numpy(), own["clock_state"].isin(["met", "too_late"]).to_numpy()
        is_open = ~stopped & ~late
        in_time = ~is_open & ~late
        count, kept, broken, unknown = len(own), int(in_time.sum()), int(late.sum()), int(is_open.sum())
        share, worth = _share(own["used_hours"].to_numpy() / own["target_hours"].to_numpy(), in_time, late)
        low, high = wilson_interval(share * worth, worth, level) if worth else (np.nan, np.nan)
        rows.append(dict(zip(keys, names, strict=True)) | {
            "case_count": count, "on_time_count": kept, "late_count": broken, "open_count": unknown, "on_time_share": share, "low": low,
            "high": high, "settled_only_share": kept / stopped.sum() if stopped.any() else np.nan,
            "worst_share": kept / count, "best_share": (kept + unknown) / count,
        })  # fmt: skip
    columns = [*keys, "case_count", "on_time_count", "late_count", "open_count", "on_time_share", "low", "high", "settled_only_share",
               "worst_share", "best_share"]  # fmt: skip
    return _sorted(pd.DataFrame(rows, columns=columns), table, keys)


def clock_times(clocks: pd.DataFrame, cases: pd.DataFrame | None = None, *, by: str | None = None, level: float = 0.95) -> pd.DataFrame:
    """How long the clocks ran: the median and what nine in ten stay under, with open cases counted for as long as they have run.

    Answers: how long does a customer usually wait, and how long do the slowest wait?

    Parameters
    ----------
    clocks, cases, by, level : as for :func:`on_time`

    Returns
    -------
    DataFrame, one row a clock (and value of `by`)
        clock, [`by`], case_count, open_count (still running, late or not), median_hours, low, high (of the median), p90_hours,
        settled_only_median (of the stopped alone, which forgets the slowest). Missing where too few have stopped to tell.

    Raises
    ------
    ValueError
        As for :func:`on_time`.

    Source: Kaplan and Meier (1958); Brookmeyer and Crowley (1982).

    >>> table = pd.DataFrame({"case_id": list("abcd"), "clock": "resolution", "target_hours": 24.0, "used_hours": [5.0, 30.0, 12.0, 40.0],
    ...     "clock_state": ["met", "too_late", "met", "overdue"], "is_late": [False, True, False, True]})
    >>> clock_times(table)[["median_hours", "settled_only_median"]].values.tolist()
    [[12.0, 12.0]]
    """
    require_share("level", level)
    table, keys = _grouped(clocks, cases, by)
    rows = []
    for names, own in table.groupby(keys, sort=False, observed=True):
        stopped = own["clock_state"].isin(["met", "too_late"]).to_numpy()
        curve = kaplan_meier(own["used_hours"].to_numpy(), stopped, level=level)
        middle = curve.medians.iloc[0]
        below = curve.table.loc[curve.table["survival"] <= 0.1 + 1e-12, "time"]
        rows.append(dict(zip(keys, names, strict=True)) | {
            "case_count": len(own), "open_count": int((~stopped).sum()), "median_hours": middle["median"], "low": middle["low"],
            "high": middle["high"], "p90_hours": below.iloc[0] if len(below) else np.nan,
            "settled_only_median": own["used_hours"][stopped].median(),
        })  # fmt: skip
    columns = [*keys, "case_count", "open_count", "median_hours", "low", "high", "p90_hours", "settled_only_median"]
    return _sorted(pd.DataFrame(rows, columns=columns), table, keys)


def _grouped(clocks: object, cases: object, by: object) -> tuple[pd.DataFrame, list[str]]:
    """The clocks, with the column to part them by, and what they are parted by."""
    table = clean(clocks, "clocks", **_NEEDED)
    if isinstance(clocks["clock"].dtype, pd.CategoricalDtype):
        table = table.assign(clock=clocks["clock"])
    strange = ~table["clock_state"].isin(STATES)
    refuse_rows(
        strange, _("clock_state is none of {known}").format(known=", ".join(STATES)), _("Hand over the table that crm.desk.clocks gives.")
    )
    refuse_rows(table["target_hours"] <= 0, _("target_hours is not above 0"), _("Hand over the table that crm.desk.clocks gives."))
    refuse_rows(table.duplicated(["case_id", "clock"], keep=False), _("Some case stands more than once with the same clock"),
                _("Read the clocks without each_update."))  # fmt: skip
    if by is None:
        return table, ["clock"]
    if not isinstance(by, str):
        raise ValueError(_("by is {value}; it must be the name of one column of cases.").format(value=by))
    if by == "clock":
        raise ValueError(_("The clocks are parted already. Leave by out, or name a column of cases."))
    if cases is None:
        raise ValueError(_("To part by {name}, give the table cases too.").format(name=by))
    known = clean(cases, "cases", case_id="name")
    require_columns(known.columns, [by])
    refuse_rows(known["case_id"].duplicated(keep=False), _("cases holds some case_id more than once"),
                _("Keep one row a case; what happened goes into events."))  # fmt: skip
    place = pd.Index(known["case_id"]).get_indexer(table["case_id"])
    refuse_rows(pd.Series(place < 0, index=table["case_id"]), _("These cases have clocks but are not in cases"),
                _("Take both tables from the same firm and day."))  # fmt: skip
    values = known[by].take(place).set_axis(table.index)
    return table.assign(**{by: values})[values.notna()], ["clock", by]


def _sorted(found: pd.DataFrame, table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Clocks in their order, values in theirs."""
    for key in keys:
        if isinstance(table[key].dtype, pd.CategoricalDtype):
            found[key] = pd.Categorical(found[key], categories=table[key].cat.categories, ordered=table[key].cat.ordered)
    order = pd.unique(table["clock"]) if not isinstance(found["clock"].dtype, pd.CategoricalDtype) else found["clock"].cat.categories
    places = pd.Series(pd.Index(order).get_indexer(found["clock"]), index=found.index)
    return found.assign(_place=places).sort_values(["_place", *keys[1:]], kind="stable", ignore_index=True).drop(columns="_place")


def _share(ratio: np.ndarray, in_time: np.ndarray, late: np.ndarray) -> tuple[float, float]:
    """The share in time, and how many cases of known end its uncertainty is worth."""
    known = int(in_time.sum() + late.sum())
    if not known:
        return np.nan, 0.0
    curve = kaplan_meier(np.where(late, 2.0, np.minimum(ratio, 1.0)), in_time).table
    curve = curve[curve["time"] <= 1.0]
    left = float(curve["survival"].iloc[-1])
    share = 1.0 - left
    if not 0 < share < 1:
        return share, float(known)
    deaths = curve[curve["events"] > 0]
    spread = left**2 * float((deaths["events"] / (deaths["at_risk"] * (deaths["at_risk"] - deaths["events"]))).sum())
    return share, min(share * left / spread, float(len(ratio)))
