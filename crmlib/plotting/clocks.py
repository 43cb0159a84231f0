"""Pictures of the service clocks: one case on a time line, and the shares in time of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need, percent_axis

if TYPE_CHECKING:
    from crmlib.desk import BusinessCalendar, ClockPolicy

_SHARES = ("clock", "case_count", "open_count", "on_time_share", "low", "high", "settled_only_share", "worst_share", "best_share")
_CLOSED, _PAUSE, _MOST_LINES = "#E9ECEF", "#B9A6D3", 24
_KEY = {"frameon": False, "fontsize": 9.5, "columnspacing": 1.1, "handlelength": 1.3, "handletextpad": 0.5, "borderaxespad": 0.2}
Parts = list[tuple[float, float]]


def case_clocks(
    cases: pd.DataFrame, events: pd.DataFrame | None = None, *, case_id: object, as_of: object, policy: ClockPolicy | None = None,
    calendar: BusinessCalendar | None = None, until: object = None, ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw the clocks of one case on a time line: thick where a clock counts, thin where it stands still, orange beyond the limit.

    Answers: where did the time of this case go, and why is one clock late and another not?

    Parameters
    ----------
    cases, events, as_of, policy, calendar : as for :func:`crmlib.desk.clocks`
    case_id : the case to draw
    until : moment, optional
        Where the time line ends. Without it: a little after the last stop and limit.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        As for :func:`crmlib.desk.clocks`; or there is no such case, or it has no clock yet.

    Source: the picture is ours.

    >>> cases = pd.DataFrame({"case_id": ["K1"], "kind": ["complaint"], "opened_at": ["2026-11-02 16:30"]})
    >>> len(case_clocks(cases, case_id="K1", as_of="2026-11-03 10:00").get_yticks())
    4
    """
    from crmlib.desk import business_calendar, clock_policy, clocks

    policy = clock_policy() if policy is None else policy
    calendar = business_calendar() if calendar is None else calendar
    mine, log = _one_case(cases, events, case_id)
    told = clocks(mine, log, as_of=as_of, policy=policy, calendar=calendar)
    if told.empty:
        raise ValueError(_("Case {case} has no clock at {as_of}: it was opened later, or the policy leaves it out.").format(
            case=case_id, as_of=as_of))  # fmt: skip
    stretches = clocks(mine, log, as_of=as_of, policy=policy, calendar=calendar, each_update=True)
    happened, stood = _log_and_pauses(mine, log, as_of, policy, calendar)
    now = happened["as_of"]
    ends = mdates.date2num(pd.to_datetime(pd.Series([until])).iloc[0]) if until is not None else _end(told, now)
    begins = _number(told["started_at"]).min()
    margin = 0.02 * (ends - begins)
    span = (begins - margin, ends + margin)
    ax = canvas(ax, height=1.9 + 0.72 * len(told))
    windows = calendar.windows(mdates.num2date(span[0]).replace(tzinfo=None), mdates.num2date(span[1]).replace(tzinfo=None))
    opened = list(zip(_number(windows["opens_at"]), _number(windows["closes_at"]), strict=True))
    names = list(told["clock"])
    for line, row in enumerate(told.itertuples(index=False)):
        own = stretches[(stretches["clock"] == row.clock).to_numpy()]
        counted = opened if row.hours_basis == "working" else [span]
        if row.hours_basis == "working":
            _bars(ax, line, _without([span], counted), 0.86, color=_CLOSED, zorder=0)
        for stretch in own.itertuples(index=False):
            due = _stretch(ax, line, stretch, counted, stood[row.clock], min(now, ends))
            # Of a clock that starts anew only the limits that matter are shown: those passed, and the one that still runs.
            if len(own) == 1 or stretch.is_late or pd.isna(stretch.stopped_at):
                ax.plot([due, due], [line - 0.33, line + 0.33], color=theme.INK, linewidth=1.6, zorder=5)
        ax.text(1.015, line, _told(row), transform=ax.get_yaxis_transform(), va="center", linespacing=1.35,
                color=theme.ORANGE if row.is_late else theme.INK)  # fmt: skip
    ax.set_yticks(range(len(names)), [_lane(row) for row in told.itertuples(index=False)])
    ax.set(ylim=(len(names) - 0.5, -0.5), xlim=span)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    _event_marks(ax, happened["events"], span)
    if begins < now < ends:
        ax.axvline(now, color=theme.INK, linewidth=1.2, linestyle=(0, (2, 2)), zorder=4)
        ax.text(now, 0.0, " " + _("now"), transform=ax.get_xaxis_transform(), va="bottom", color=theme.INK)
    _day_axis(ax, span)
    _key(ax, bool(sum(map(len, stood.values()))), bool(told["is_late"].any()))
    return ax


def on_time_shares(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw shares in time with their intervals; a ring where leaving out the open cases would put them, a thin line from worst to best.

    Answers: which promise do we keep, for which cases, and does it matter how the open ones turn out?

    Parameters
    ----------
    table : DataFrame, from :func:`crmlib.desk.on_time`
        Parted by a column of the cases: best the rows of one clock alone.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is another table, is empty, or has more than 24 rows.

    Source: Cleveland and McGill (1984), on dots along a common scale.

    >>> from crmlib.desk import clocks, on_time
    >>> cases = pd.DataFrame({"case_id": ["K1"], "kind": ["complaint"], "opened_at": ["2026-11-02 09:30"]})
    >>> len(on_time_shares(on_time(clocks(cases, as_of="2026-11-03"))).get_yticks())
    4
    """
    need(table, list(_SHARES), "crm.desk.on_time")
    if len(table) > _MOST_LINES:
        raise ValueError(_("The table has {count} rows; {most} can be read in one figure. Keep one clock: "
                           "table[table.clock == \"resolution\"].").format(
            count=len(table), most=_MOST_LINES))  # fmt: skip
    by = next((name for name in table.columns if name not in (*_SHARES, "on_time_count", "late_count")), None)
    ax = canvas(ax, height=1.3 + 0.42 * len(table))
    several = table["clock"].nunique() > 1
    for line, row in enumerate(table.itertuples(index=False)):
        ax.plot(
            [row.worst_share, row.best_share], [line, line], color=theme.ORANGE, linewidth=6, alpha=0.35, solid_capstyle="butt", zorder=1
        )
        ax.plot([row.low, row.high], [line, line], color=theme.BLUE, linewidth=2, solid_capstyle="butt", zorder=2)
        ax.plot(row.on_time_share, line, "o", color=theme.BLUE, markersize=7, zorder=4)
        ax.plot(row.settled_only_share, line, "o", markerfacecolor="none", markeredgecolor=theme.ORANGE, markersize=11, zorder=3)
        ax.text(1.035, line, _counts(row), transform=ax.get_yaxis_transform(), va="center", color=theme.GREY, fontsize=9.5)
    ax.set_yticks(range(len(table)), [_name(row, by, several) for row in table.to_dict("records")])
    low = float(np.nanmin(table[["low", "worst_share"]].to_numpy()))
    ax.set(ylim=(len(table) - 0.5, -0.5), xlim=(max(0.0, np.floor(10 * low) / 10), 1.02))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    percent_axis(ax, "x")
    ax.set_xlabel(_("Share of cases in time"))
    ring = {"marker": "o", "markerfacecolor": "none", "markersize": 10, "linestyle": ""}
    handles = [
        Line2D([], [], color=theme.BLUE, marker="o", label=_("open cases counted as far as known")),
        Line2D([], [], color=theme.ORANGE, label=_("open cases left out"), **ring),
    ]
    if (table["open_count"] > 0).any():
        handles.append(Line2D([], [], color=theme.ORANGE, alpha=0.35, linewidth=6, label=_("all open ones late … in time")))
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, **_KEY)
    return ax


def _one_case(cases: pd.DataFrame, events: pd.DataFrame | None, case_id: object) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    for table, name in ((cases, "cases"), (events, "events")):
        if table is not None:
            need(table, ["case_id"], name)
    mine = None if cases is None else cases[(cases["case_id"] == case_id).to_numpy()]
    log = None if events is None else events[(events["case_id"] == case_id).to_numpy()]
    if (mine is None or mine.empty) and (cases is not None or log is None or log.empty):
        raise ValueError(_("There is no case {case}. Take a case_id from the table.").format(case=case_id))
    return mine, log


def _log_and_pauses(mine, log, as_of: object, policy: ClockPolicy, calendar: BusinessCalendar) -> tuple[dict, dict[str, Parts]]:
    """The case's events on the calendar's clock, and the pauses of each clock of the policy."""
    from crmlib.desk.clock_events import pauses, read_log
    from crmlib.desk.clock_policy import EVENTS
    from crmlib.desk.instants import instant, timestamps

    moment = instant(as_of, "as_of", calendar.zone)
    read = read_log(mine, log, calendar.zone, moment)

    def numbers(values: np.ndarray) -> np.ndarray:
        return _number(timestamps(np.minimum(values, moment), calendar.zone, aware=False))

    stood = {}
    for rule in policy.rules:
        _case, begin, end = pauses(read, rule.pauses)
        stood.setdefault(rule.clock, list(zip(numbers(begin), numbers(end), strict=True)))
    happened = [(at, EVENTS[kind]) for at, kind in zip(numbers(read.at), read.kind, strict=True)]
    return {"events": happened, "as_of": float(numbers(np.array([moment]))[0])}, stood


def _number(moments: pd.Series) -> np.ndarray:
    plain = moments if getattr(moments.dt, "tz", None) is None else moments.dt.tz_localize(None)
    return mdates.date2num(plain.to_numpy())


def _end(told: pd.DataFrame, now: float) -> float:
    stops = _number(told["stopped_at"])
    last = np.nanmax(np.append(stops, now if told["stopped_at"].isna().any() else np.nan))
    return float(max(last, np.nanmax(_number(told["due_at"]))))


def _stretch(ax: Axes, line: int, row, counted: Parts, stood: Parts, now: float) -> float:
    begin, due = (float(_number(pd.Series([moment]))[0]) for moment in (row.started_at, row.due_at))
    stop = now if pd.isna(row.stopped_at) else float(_number(pd.Series([row.stopped_at]))[0])
    pausing = _within(stood, begin, stop)
    running = _within(_without(_within(counted, begin, stop), pausing), begin, stop)
    ax.plot([begin, stop], [line, line], color=theme.GREY, linewidth=1.3, solid_capstyle="butt", zorder=1)
    _bars(ax, line, pausing, 0.3, facecolor="none", edgecolor=_PAUSE, hatch="////", linewidth=0, zorder=2)
    _bars(ax, line, _within(running, begin, due), 0.3, color=theme.BLUE, zorder=2)
    _bars(ax, line, _within(running, due, stop), 0.3, color=theme.ORANGE, zorder=2)
    ax.plot([begin, begin], [line - 0.15, line + 0.15], color=theme.BLUE, linewidth=1, zorder=3)
    return due


def _bars(ax: Axes, line: int, parts: Parts, height: float, **style) -> None:
    if parts:
        ax.broken_barh([(begin, end - begin) for begin, end in parts], (line - height / 2, height), **({"linewidth": 0} | style))


def _within(parts: Parts, low: float, high: float) -> Parts:
    return [(max(begin, low), min(end, high)) for begin, end in parts if min(end, high) > max(begin, low)]


def _without(parts: Parts, holes: Parts) -> Parts:
    for low, high in holes:
        parts = [piece for begin, end in parts for piece in ((begin, min(end, low)), (max(begin, high), end)) if piece[1] > piece[0]]
    return parts


def _lane(row) -> str:
    words = {"clock": label(row.clock, "clock"), "hours": row.target_hours}
    if row.hours_basis == "working":
        return _("{clock}\n{hours:g} working hours").format(**words)
    if row.target_hours >= 72 and row.target_hours % 24 == 0:
        return _("{clock}\n{days:g} natural days").format(clock=words["clock"], days=row.target_hours / 24)
    return _("{clock}\n{hours:g} natural hours").format(**words)


def _told(row) -> str:
    words = {"used": row.used_hours, "state": label(row.clock_state, "clock_state"), "left": abs(row.left_hours)}
    if row.is_late:
        return _("{state}\n{used:.1f} h, {left:.1f} too many").format(**words)
    return _("{state}\n{used:.1f} h, {left:.1f} left").format(**words)


def _event_marks(ax: Axes, events: list[tuple[float, str]], span: tuple[float, float]) -> None:
    """A mark over the lanes for every event, with its name; names that would touch stand one above the other."""
    inches = 0.62 * ax.figure.get_size_inches()[0]
    right = [-np.inf] * 4
    for at, kind in dict.fromkeys(events):
        if not span[0] <= at <= span[1]:
            continue
        name = label(kind, "event")
        place = (at - span[0]) / (span[1] - span[0])
        wide = sum(0.135 if ord(letter) > 0x2E80 else 0.075 for letter in name) / inches + 0.012
        row = next((level for level, edge in enumerate(right) if edge <= place), int(np.argmin(right)))
        right[row] = place + wide
        height = 1.02 + 0.21 / ax.figure.get_size_inches()[1] * 1.35 * row
        ax.plot([at, at], [0.0, height], transform=ax.get_xaxis_transform(), color=theme.GREY, linewidth=0.8, clip_on=False, zorder=0.5)
        ax.text(at, height, name, transform=ax.get_xaxis_transform(), ha="left", va="bottom", fontsize=9.5, zorder=6,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip


def _day_axis(ax: Axes, span: tuple[float, float]) -> None:
    days = np.arange(np.ceil(span[0]), np.floor(span[1]) + 1)
    if len(days) < 2:
        ax.xaxis.set_major_locator(mdates.HourLocator(interval=max(1, int(np.ceil(24 * (span[1] - span[0]) / 9)))))
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%m-%d\n%H:%M"))
        return
    days = days[:: int(np.ceil(len(days) / 10))]
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    dates = [mdates.num2date(day) for day in days]
    ax.set_xticks(days, [f"{date:%m-%d}\n{names[date.weekday()]}" for date in dates])


def _key(ax: Axes, paused: bool, late: bool) -> None:
    handles = [Patch(color=theme.BLUE, label=_("clock counts"))]
    if late:
        handles.append(Patch(color=theme.ORANGE, label=_("beyond the limit")))
    handles.append(Patch(color=_CLOSED, label=_("desk closed")))
    if paused:
        handles.append(Patch(facecolor="none", edgecolor=_PAUSE, hatch="////", linewidth=0, label=_("clock waits")))
    handles.append(
        Line2D([], [], color=theme.INK, linewidth=1.6, marker="|", linestyle="", markersize=11, markeredgewidth=1.6, label=_("due"))
    )
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(-0.02, -0.14), ncols=len(handles), **_KEY)


def _counts(row) -> str:
    if row.open_count:
        return _("{cases:,} cases, {open:,} open").format(cases=row.case_count, open=row.open_count)
    return _("{cases:,} cases").format(cases=row.case_count)


def _name(row: dict, by: str | None, several: bool) -> str:
    clock = label(row["clock"], "clock")
    if by is None:
        return clock
    value = label(row[by], by)
    return _("{clock} · {value}").format(clock=clock, value=value) if several else value
