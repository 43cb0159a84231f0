"""Pictures of delays foreseen: a parcel's forecast on its way, how good forecasts and warnings are, offers, and what notices save."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import FixedLocator, NullLocator

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis

if TYPE_CHECKING:
    from crmlib.company import Company
    from crmlib.desk.delay.evaluation import DelayEvaluation
    from crmlib.desk.delay.model import DelayModel
    from crmlib.desk.delay.notice_effect import NoticeEffect
    from crmlib.desk.delay.offers import OfferChoice
    from crmlib.desk.delay.saved import SavedCalls
    from crmlib.desk.delay.warnings import WarningScore

_OFFER_COLOURS = {"notice_only": theme.GREY, "priority": theme.ORANGE, "pick_up_point": theme.BLUE}
_REGION_COLOURS = {"east": theme.BLUE, "central": theme.GREEN, "west": theme.ORANGE, "abroad": theme.GREY}


def _wanted(result: object, attribute: str, maker: str) -> None:
    if not hasattr(result, attribute):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(maker=maker, kind=type(result).__name__))


def delay_path(model: DelayModel, company: Company, waybill_id: str, *, ax: Axes | None = None) -> Axes:
    """Draw when a parcel was expected, from scan to scan, with the promise and the signature.

    Answers: when could we have known that it would be late?

    Parameters
    ----------
    model : DelayModel, from :func:`crmlib.desk.delay.fit_delay_model`
    company : Company
    waybill_id : the parcel
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        There is no such parcel, or it was never scanned.

    Source: own.

    >>> from crmlib.company.simulation import simulate_as_wanted
    >>> from crmlib.desk.delay import fit_delay_model
    >>> firm = simulate_as_wanted(customers=40, months=2, seed=1)
    >>> model = fit_delay_model(firm, learn_until="2024-11-20", calibrate_until="2024-12-10", most_rows=400)
    >>> delay_path(model, firm, firm.waybills.waybill_id.iloc[-20]).has_data()
    True
    """
    _wanted(model, "at_scans", "crm.desk.delay.fit_delay_model")
    rows = company.waybills[(company.waybills["waybill_id"] == waybill_id).to_numpy()]
    if rows.empty:
        raise ValueError(_("There is no parcel {waybill}.").format(waybill=waybill_id))
    one = rows.iloc[0]
    begin = one["picked_up_at"]
    own = SimpleNamespace(waybills=rows, tracking=company.tracking[(company.tracking["waybill_id"] == waybill_id).to_numpy()],
                          customers=company.customers, calendar=company.calendar, incidents=company.incidents)  # fmt: skip
    path = model.at_scans(own, since=begin, until=begin + pd.Timedelta(days=60))
    if path.empty:
        raise ValueError(_("The parcel {waybill} was never scanned.").format(waybill=waybill_id))
    ax = canvas(ax, height=1.8 + 0.55 * len(path))
    at = path["at"].reset_index(drop=True)
    ends = [at + pd.to_timedelta(path[f"hours_p{round(100 * level)}"].to_numpy(), unit="h") for level in (model.levels[0], model.levels[-1])]
    place = np.arange(len(path))
    ax.hlines(place, *ends, color=theme.SKY, linewidth=9, alpha=0.6)
    ax.plot(path["predicted_at"], place, "|", color=theme.BLUE, markersize=14, markeredgewidth=2.5)
    ax.plot(at, place, "o", color=theme.INK, markersize=5)
    for row, chance in enumerate(path["p_late"]):
        ax.text(1.01, row, _("late {p:.0%}").format(p=chance), transform=ax.get_yaxis_transform(), va="center", fontsize=9.5,
                color=theme.ORANGE if chance >= 0.5 else theme.GREY)  # fmt: skip
    ax.axvline(one["promised_at"], color=theme.ORANGE, linewidth=1.4, linestyle=(0, (4, 3)))
    ax.text(one["promised_at"], -0.75, _("promised"), color=theme.ORANGE, ha="center", va="bottom", fontsize=9.5)
    if pd.notna(one["delivered_at"]):
        ax.axvline(one["delivered_at"], color=theme.GREEN, linewidth=1.4)
        ax.text(one["delivered_at"], len(path) - 0.25, _("signed"), color=theme.GREEN, ha="center", va="top", fontsize=9.5)
    ax.set_yticks(place, [label(str(code), "node") for code in path["node"]])
    ax.set_ylim(len(path) + 0.1, -0.7)
    locator = AutoDateLocator(maxticks=7)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, formats=["%Y", "%m-%d", "%m-%d", "%H:%M", "%H:%M", "%S"],
                                                      zero_formats=["", "%m-%d", "%m-%d", "%m-%d", "%H:%M", "%H:%M"], show_offset=False))  # fmt: skip
    ax.set_xlabel(_("Dot: the scan; bar: signed for between these moments with a chance of {share:.0%}; stroke: the middle").format(
        share=model.levels[-1] - model.levels[0]))  # fmt: skip
    ax.tick_params(axis="y", length=0)
    return ax


def delay_calibration(evaluation: DelayEvaluation, *, ax: Axes | None = None) -> Axes:
    """Draw the share that was late against the chance that was told, with intervals; on the line it is as told.

    Answers: when the model says 30 %, are 30 % late?

    Parameters
    ----------
    evaluation : DelayEvaluation, from `DelayModel.evaluate`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: own.

    >>> from types import SimpleNamespace
    >>> table = pd.DataFrame({"predicted": [0.1, 0.6], "late_share": [0.12, 0.55], "low": [0.1, 0.5], "high": [0.14, 0.6], "moments": [900, 80]})
    >>> delay_calibration(SimpleNamespace(calibration=table)).has_data()
    True
    """
    _wanted(evaluation, "calibration", "DelayModel.evaluate")
    table = evaluation.calibration
    ax = canvas(ax)
    ax.plot([0, 1], [0, 1], color=theme.GREY, linewidth=1, linestyle=(0, (4, 3)))
    ax.text(0.80, 0.86, _("as told"), color=theme.GREY, ha="right", va="bottom")
    ax.vlines(table["predicted"], table["low"], table["high"], color=theme.BLUE, linewidth=2)
    ax.plot(table["predicted"], table["late_share"], "o", color=theme.BLUE, markersize=6)
    for row in table.iloc[::3].itertuples(index=False):
        ax.annotate(f"{row.moments:,}", (row.predicted, row.late_share), xytext=(8, -11), textcoords="offset points", fontsize=9, color=theme.INK)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.05, 1.05), xlabel=_("Chance to be late that was told (numbers: moments)"), ylabel=_("Share that was late"))
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    return ax


def warning_hours(score: WarningScore, *, ax: Axes | None = None) -> Axes:
    """Draw which share of the late parcels was warned of at least so many hours before the promise broke.

    Answers: how early do we know?

    Parameters
    ----------
    score : WarningScore, from :func:`crmlib.desk.delay.score_warnings`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: own.

    >>> from types import SimpleNamespace
    >>> hours = pd.DataFrame({"hours_ahead": [0, 12, 24], "warned_share": [0.9, 0.7, 0.4], "low": [0.8, 0.6, 0.3], "high": [1.0, 0.8, 0.5]})
    >>> table = pd.DataFrame({"measure": ["false_share"], "value": [0.4]})
    >>> warning_hours(SimpleNamespace(by_hours=hours, table=table)).has_data()
    True
    """
    _wanted(score, "by_hours", "crm.desk.delay.score_warnings")
    table = score.by_hours
    ax = canvas(ax)
    ax.fill_between(table["hours_ahead"], table["low"], table["high"], color=theme.BLUE, alpha=0.15, linewidth=0)
    ax.plot(table["hours_ahead"], table["warned_share"], "o-", color=theme.BLUE, markersize=5)
    for row in table.iloc[[0, *range(2, len(table), 2)]].itertuples(index=False):
        ax.annotate(f"{row.warned_share:.0%}", (row.hours_ahead, row.warned_share), xytext=(0, -16), textcoords="offset points", ha="center",
                    fontsize=9.5, color=theme.BLUE)  # fmt: skip
    false = score.table.set_index("measure")["value"].get("false_share", np.nan)
    ax.text(0.02, 0.05, _("of the warnings, {share:.0%} were false").format(share=false), transform=ax.transAxes, color=theme.ORANGE)
    ax.set(ylim=(0, 1.05), xlabel=_("Hours before the promise breaks"), ylabel=_("Late parcels warned of so early or earlier"))
    ax.xaxis.set_major_locator(FixedLocator(list(range(0, int(table["hours_ahead"].max()) + 1, 6))))
    percent_axis(ax, "y")
    ax.grid(axis="y")
    return ax


def notice_rollout(effect: NoticeEffect, *, ax: Axes | None = None) -> Axes:
    """Draw calls a late parcel by region and quarter, hollow before and full after notices began.

    Answers: did the calls fall where notices came, and only there?

    Parameters
    ----------
    effect : NoticeEffect, from :func:`crmlib.desk.delay.notice_effect`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: own.

    >>> from types import SimpleNamespace
    >>> months = pd.DataFrame({"stage": "after_promise", "region": "east", "month": pd.date_range("2026-01-01", periods=4, freq="MS"),
    ...     "calls": [9, 8, 4, 5], "exposure": [20, 20, 20, 20], "notices": [False, False, True, True]})
    >>> notice_rollout(SimpleNamespace(months=months, by_wave=pd.DataFrame({"region": [], "notices_since": []}))).has_data()
    True
    """
    _wanted(effect, "by_wave", "crm.desk.delay.notice_effect")
    table = effect.months
    table = table[(table["stage"] == "after_promise").to_numpy() & table["region"].isin(_REGION_COLOURS).to_numpy()]
    many = table.groupby("region", observed=True)["exposure"].sum()
    table = table[table["region"].isin(many.index[many >= min(200, many.max())]).to_numpy()]
    ax = canvas(ax, height=4.6)
    tips = []
    for region, own in table.groupby("region", observed=True):
        colour = _REGION_COLOURS[str(region)]
        since = own.loc[own["notices"], "month"].min()
        own = own.set_index("month")
        parts = [own[~own["notices"]], own[own["notices"]]]
        for part, full in zip(parts, (False, True), strict=True):
            if part.empty:
                continue
            by = part[["calls", "exposure"]].resample("QS").sum()
            rate = (by["calls"] / by["exposure"]).where(by["exposure"] >= 5).dropna()
            middle = rate.index + pd.Timedelta(days=45)
            ax.plot(middle, rate, "o-", color=colour, markersize=6, markerfacecolor=colour if full else "white", linewidth=2 if full else 1.2)
            if len(rate):
                tips = [*(tip for tip in tips if tip[1] != str(region)), (float(rate.iloc[-1]), str(region))]
        if pd.notna(since):
            ax.axvline(since, color=colour, linewidth=1, linestyle=(0, (2, 3)))
    heights, last = {}, -np.inf
    span = ax.get_ylim()[1]
    for height, region in sorted(tips):
        last = heights[region] = max(height, last + 0.06 * span)
    for region, height in heights.items():
        ax.text(1.01, height, label(region, "region"), transform=ax.get_yaxis_transform(), color=_REGION_COLOURS[region], va="center",
                fontweight="bold")  # fmt: skip
    ax.set_ylim(bottom=0)
    ax.set_ylabel(_("Calls after the promise, a late parcel"))
    ax.set_xlabel(_("Quarter; dotted: the month in which a region's notices began; full: with notices"))
    locator = AutoDateLocator(maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, formats=["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%S"],
                                                      zero_formats=["", "%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M"], show_offset=False))  # fmt: skip
    ax.grid(axis="y")
    return ax


def offer_costs(choice: OfferChoice, *, ax: Axes | None = None) -> Axes:
    """Draw the expected cost of each way by the chance to be late; the lowest line is the choice on the mean.

    Answers: from which chance on does an offer pay?

    Parameters
    ----------
    choice : OfferChoice, from :func:`crmlib.desk.delay.choose_offer`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else, or there are no warnings.

    Source: own.

    >>> from types import SimpleNamespace
    >>> table = pd.DataFrame({"p_from": [0.3, 0.5], "p_to": [0.5, 0.7], "warnings": [9, 5], "notice_only_yuan": [2, 4.0],
    ...     "priority_yuan": [3, 3.5], "pick_up_point_yuan": [2.2, 3.8]})
    >>> offer_costs(SimpleNamespace(decisions=table)).has_data()
    True
    """
    _wanted(choice, "decisions", "crm.desk.delay.choose_offer")
    table = choice.decisions
    if table.empty:
        raise ValueError(_("There is nothing to draw: the table has no rows."))
    ax = canvas(ax)
    middle = (table["p_from"] + table["p_to"]) / 2
    heights, last = {}, -np.inf
    for code, colour in _OFFER_COLOURS.items():
        ax.plot(middle, table[f"{code}_yuan"], "o-", color=colour, markersize=5)
        heights[code] = float(table[f"{code}_yuan"].iloc[-1])
    ax.set_ylim(bottom=0)
    gap = 0.07 * (ax.get_ylim()[1] - ax.get_ylim()[0])
    for code in sorted(heights, key=heights.get):
        last = max(heights[code], last + gap)
        ax.text(1.01, last, label(code, "offer"), transform=ax.get_yaxis_transform(), color=_OFFER_COLOURS[code], va="center", fontweight="bold")
    ax.set(xlabel=_("Chance to be late when warned"), ylabel=_("Expected cost, yuan a parcel"))
    percent_axis(ax, "x")
    ax.grid(axis="y")
    return ax


def saved_call_money(saved: SavedCalls, *, ax: Axes | None = None) -> Axes:
    """Draw what the notices cost and what the calls they save would have cost, with the interval.

    Answers: is the money back by calls alone?

    Parameters
    ----------
    saved : SavedCalls, from :func:`crmlib.desk.delay.saved_calls`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: own.

    >>> from types import SimpleNamespace
    >>> table = pd.DataFrame({"measure": ["cost_yuan", "saved_yuan", "net_yuan"], "value": [5, 8, 3.0], "low": [None, 6, 1.0], "high": [None, 9, 4.0]})
    >>> saved_call_money(SimpleNamespace(table=table)).has_data()
    True
    """
    _wanted(saved, "table", "crm.desk.delay.saved_calls")
    rows = saved.table.set_index("measure").astype(float).loc[["cost_yuan", "saved_yuan", "net_yuan"]]
    ax = canvas(ax, height=2.4)
    place = np.arange(3)
    ax.barh(place, rows["value"], color=[theme.ORANGE, theme.GREEN, theme.BLUE], height=0.6)
    there = rows["low"].notna().to_numpy()
    ax.hlines(place[there], rows["low"][there], rows["high"][there], color=theme.INK, linewidth=1.6)
    low, high = np.nanmin([rows.min(axis=None), 0]), np.nanmax([rows.max(axis=None), 0])
    for row, (value, end) in enumerate(zip(rows["value"], rows[["value", "high"]].max(axis=1), strict=True)):
        ax.text(max(end, 0) + 0.015 * (high - low), row, f"{value:,.0f}", va="center")
    ax.axvline(0, color=theme.GREY, linewidth=1)
    ax.set_yticks(place, [label(code, "measure") for code in rows.index])
    ax.set_xlim(low - 0.03 * (high - low), high + 0.12 * (high - low))
    ax.invert_yaxis()
    ax.yaxis.set_minor_locator(NullLocator())
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(_("Yuan; the dark stroke is the interval"))
    return ax
