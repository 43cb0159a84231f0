"""Figures of the scorecard: the roadmap, KPIs against their targets, and a rollout in waves."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.churn_model import require_result

if TYPE_CHECKING:
    from crmlib.scorecard import Progress, Roadmap, RolloutEffect

_VERDICT_COLOURS = {"reached": theme.GREEN, "not_reached": theme.ORANGE, "cannot_tell": theme.YELLOW, "no_data": theme.GREY}
_REGION_COLOURS = {"east": theme.BLUE, "central": theme.GREEN, "west": theme.ORANGE, "abroad": theme.GREY}


def _told(value: float, kpi: str) -> str:
    if kpi == "customer_value_change":
        return f"{value:+.0%}"
    return f"{value:.1f}" if kpi in ("complaints_per_thousand", "net_promoter") else f"{value:.0%}"


def roadmap_line(roadmap: Roadmap, measures: pd.DataFrame | None = None, *, month: int | None = None, ax: Axes | None = None) -> Axes:
    """Draw the stages on a time line, each KPI's targets on a line of its own, and where we are.

    Answers: what is due when, and where do we stand?

    Parameters
    ----------
    roadmap : Roadmap
    measures : DataFrame, from :func:`crmlib.scorecard.measure`, optional; with it targets are coloured by verdict
    month : of the programme, optional; drawn as today
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    Source: own.

    >>> from crmlib.scorecard import roadmap
    >>> roadmap_line(roadmap(), month=8).has_data()
    True
    """
    require_result(roadmap, ("stages", "targets"), "crm.scorecard.roadmap")
    table, stages = roadmap.targets, roadmap.stages
    kpis = list(dict.fromkeys(table.sort_values("by_month", kind="stable")["kpi"]))
    ax = canvas(ax, height=1.9 + 0.52 * len(kpis))
    end = max(int(table["by_month"].max()) if len(table) else 0, int(stages["to_month"].max()))
    verdicts = {}
    if measures is not None:
        from crmlib.scorecard import Roadmap as Kind
        from crmlib.scorecard import progress

        for due in table["by_month"].unique():
            part = Kind(roadmap.title, stages, roadmap.actions, table[table["by_month"] == due])
            held = progress(measures, part, month=int(due)).table
            verdicts |= {(one.kpi, due): one.verdict for one in held.itertuples()}
    top = len(kpis)
    shades = ("#DCE9F2", "#C3DAEA", "#A9CBE2")
    for number, one in enumerate(stages.itertuples(index=False)):
        wide = max(6, round(1.45 * (one.to_month - one.from_month + 1)))
        ax.barh(
            top + 0.15,
            one.to_month - one.from_month + 1,
            left=one.from_month - 1,
            height=0.95,
            color=shades[number % 3],
            edgecolor="white",
            zorder=2,
        )
        ax.text(
            (one.from_month - 1 + one.to_month) / 2,
            top + 0.15,
            f"{fill(one.stage_name, wide, break_long_words=False)}\n{one.from_month}–{one.to_month}",
            ha="center",
            va="center",
            fontsize=8.5,
            linespacing=1.25,
            color=theme.INK,
            zorder=3,
        )
        ax.axvline(one.to_month, ymax=0.98, color=theme.PALE, linewidth=1, zorder=0)
    for row, kpi in enumerate(reversed(kpis)):
        own = table[table["kpi"] == kpi].sort_values("by_month")
        ax.hlines(row, 0, own["by_month"].max(), color=theme.PALE, linewidth=3, zorder=1)
        for one in own.itertuples():
            colour = _VERDICT_COLOURS[verdicts.get((kpi, one.by_month), "no_data")] if measures is not None else theme.BLUE
            ax.scatter(one.by_month, row, s=75, color=colour, zorder=3, marker="D")
            ax.annotate(("≥ " if one.direction == "up" else "≤ ") + _told(one.target, kpi), (one.by_month, row), xytext=(9, 0),
                        textcoords="offset points", va="center", color=theme.INK)  # fmt: skip
        if measures is not None and (measures["kpi"] == kpi).any():
            value = measures.loc[(measures["kpi"] == kpi).to_numpy(), "value"].iloc[0]
            ax.text(
                1.02, row, _told(value, kpi) if pd.notna(value) else "–", transform=ax.get_yaxis_transform(), va="center", fontweight="bold"
            )
    if measures is not None:
        ax.text(1.02, top + 0.15, _("now"), transform=ax.get_yaxis_transform(), va="center", color=theme.GREY)
    if month is not None:
        ax.axvline(month, color=theme.INK, linewidth=1.4, zorder=2, ymax=(top + 0.3) / (top + 1.35))
        ax.annotate(
            _("month {month}").format(month=month), (month, -0.62), xytext=(4, 2), textcoords="offset points", fontsize=9, color=theme.INK
        )
    ax.set_yticks(range(len(kpis)), [label(kpi, "kpi") for kpi in reversed(kpis)])
    ax.set_xlim(0, end * 1.2)
    ax.set_ylim(-0.65, top + 0.7)
    ax.set_xticks([month for month in range(0, end + 1, 6)])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(_("Month of the programme; diamonds: targets, a proposal and no fact about the trade"), fontsize=9.5)
    if measures is not None:
        for place, (code, colour) in enumerate(_VERDICT_COLOURS.items()):
            ax.text(0.25 * place, 1.01, f"◆ {label(code, 'verdict')}", transform=ax.transAxes, color=colour, fontsize=9.5, va="bottom")
    return ax


def kpi_bullets(progress: Progress, *, ax: Axes | None = None) -> Axes:
    """Draw each KPI's value and interval as a part of its target.

    Answers: which targets are reached, which are not, and which cannot be told?

    Parameters
    ----------
    progress : Progress
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        One row a KPI on a scale of its own, the target at 1; of KPIs that should be low, the scale is turned round.

    Raises
    ------
    ValueError
        It is something else.

    Source: Few (2006), bullet graphs.

    >>> from crmlib.scorecard import own_measures, progress, roadmap
    >>> held = progress(own_measures(pd.DataFrame({"kpi": ["retention"], "count": [84], "base": [100]})), roadmap(), month=30)
    >>> kpi_bullets(held).has_data()
    True
    """
    require_result(progress, ("table", "month", "level"), "crm.scorecard.progress")
    table = progress.table.iloc[::-1].reset_index(drop=True)
    ax = canvas(ax, height=1.5 + 0.55 * len(table))
    furthest = 1.05
    for row, one in table.iterrows():
        colour = _VERDICT_COLOURS[one["verdict"]]
        ax.barh(row, 1, height=0.62, color=theme.PALE, zorder=1)
        ax.vlines(1, row - 0.36, row + 0.36, color=theme.INK, linewidth=2.6, zorder=4)
        words = f"{_told(one['target'], one['kpi'])}"
        if one["verdict"] != "no_data":
            ends = [value / one["target"] for value in (one["value"], one["low"], one["high"])]
            if one["direction"] == "down":
                ends = [2 - end for end in ends]
            furthest = max(furthest, *ends)
            ax.barh(row, ends[0], height=0.26, color=colour, zorder=2)
            ax.hlines(row, min(ends[1:]), max(ends[1:]), color=theme.INK, linewidth=1.8, zorder=3)
            words = f"{_told(one['value'], one['kpi'])} / {words}"
        ax.text(
            1.02,
            row,
            f"{words}   {label(one['verdict'], 'verdict')}",
            transform=ax.get_yaxis_transform(),
            va="center",
            color=theme.INK if one["verdict"] == "no_data" else colour,
            fontweight="bold",
        )
    ax.set_yticks(range(len(table)), [label(kpi, "kpi") for kpi in table["kpi"]])
    ax.set_xlim(0, furthest * 1.03)
    percent_axis(ax, "x")
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(_("Part of the target in month {month} (black mark); line: {level:.0%} interval; right: value / target").format(
        month=progress.month, level=progress.level), fontsize=9.5)  # fmt: skip
    return ax


def rollout_waves(effect: RolloutEffect, outcome: str = "wismo_calls", *, ax: Axes | None = None) -> Axes:
    """Draw an outcome by region and quarter, hollow before and full after the region began, with each region's start.

    Answers: did it fall where the rollout came, and only there?

    Parameters
    ----------
    effect : RolloutEffect
    outcome : one of its outcomes
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else, or the outcome was not estimated.

    Source: own.

    >>> from types import SimpleNamespace
    >>> months = pd.DataFrame({"effect_on": "complaints", "region": "east", "month": pd.date_range("2026-01-01", periods=6, freq="MS"),
    ...     "amount": 5.0, "exposure": 900.0, "started": [False] * 3 + [True] * 3})
    >>> table = pd.DataFrame({"effect_on": ["complaints"], "counted_on": "parcels", "change": -0.1, "low": -0.2, "high": 0.0, "naive": -0.3})
    >>> rollout_waves(SimpleNamespace(months=months, table=table, by_wave=None), "complaints").has_data()
    True
    """
    require_result(effect, ("months", "table", "by_wave"), "crm.scorecard.rollout_effect")
    if outcome not in set(effect.table["effect_on"]):
        raise ValueError(
            _("{outcome} was not estimated. Known: {known}.").format(outcome=outcome, known=", ".join(effect.table["effect_on"]))
        )
    row = effect.table[(effect.table["effect_on"] == outcome).to_numpy()].iloc[0]
    table = effect.months[(effect.months["effect_on"] == outcome).to_numpy() & effect.months["region"].isin(_REGION_COLOURS).to_numpy()]
    many = table.groupby("region", observed=True)["exposure"].sum()
    table = table[table["region"].isin(many.index[many >= 0.02 * many.max()]).to_numpy()]
    ax = canvas(ax, height=4.4)
    thousand = 1000 if row["counted_on"] == "parcels" and outcome != "service_cost" else 1
    tips = []
    for region, own in table.groupby("region", observed=True):
        colour = _REGION_COLOURS[str(region)]
        since = own.loc[own["started"], "month"].min()
        for begun, part in own.set_index("month").groupby("started"):
            by = part[["amount", "exposure"]].resample("QS").sum()
            rate = (thousand * by["amount"] / by["exposure"].where(by["exposure"] > 0)).dropna()
            ax.plot(
                rate.index + pd.Timedelta(days=45),
                rate,
                "o-",
                color=colour,
                markersize=6,
                markerfacecolor=colour if begun else "white",
                linewidth=2.2 if begun else 1.2,
                zorder=3,
            )
            if len(rate):
                tips = [*(tip for tip in tips if tip[1] != str(region)), (float(rate.iloc[-1]), str(region))]
        if pd.notna(since):
            ax.axvline(since, color=colour, linewidth=1.2, linestyle=(0, (3, 3)), zorder=1)
            ax.text(
                since,
                1.01,
                label(str(region), "region"),
                transform=ax.get_xaxis_transform(),
                color=colour,
                ha="center",
                va="bottom",
                fontsize=9.5,
            )
    if outcome != "satisfaction":
        ax.set_ylim(0, ax.get_ylim()[1] * 1.05)
    low, high = ax.get_ylim()
    last = -np.inf
    for height, region in sorted(tips):
        last = max(height, last + 0.065 * (high - low))
        ax.text(
            1.01,
            last,
            label(region, "region"),
            transform=ax.get_yaxis_transform(),
            color=_REGION_COLOURS[region],
            va="center",
            fontweight="bold",
        )
    ax.text(
        0.02,
        0.04,
        _("differences in differences {change:+.0%} ({low:+.0%} to {high:+.0%})\nbefore and after alone {naive:+.0%}").format(
            change=row["change"], low=row["low"], high=row["high"], naive=row["naive"]
        ),
        transform=ax.transAxes,
        va="bottom",
        color=theme.INK,
        bbox={"facecolor": "white", "edgecolor": theme.PALE, "boxstyle": "round,pad=0.4"},
        zorder=5,
    )
    ax.set_ylabel({"satisfaction": _("Satisfaction, mean of the answers"), "service_cost": _("Cost of service, yuan a parcel")}.get(
        outcome, _("{outcome}, a thousand parcels").format(outcome=label(outcome, "effect_on"))))  # fmt: skip
    ax.set_xlabel(_("Quarter; dashed: a region begins; hollow before, full after"), fontsize=9.5)
    return ax
