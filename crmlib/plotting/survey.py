"""The figures of a survey: who would recommend, who is satisfied, which items hold, and who answered at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import standards, theme
from crmlib.company.schema import TABLES, label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need, percent_axis
from crmlib.plotting.satisfaction import period_name
from crmlib.segments.labels import segment_label
from crmlib.survey.who_was_asked import EARLIER

if TYPE_CHECKING:
    from crmlib.survey import NetPromoter, NonResponse, TopBoxes

_ROW = 0.62
_NARROW = 6.0


def net_promoter(result: NetPromoter | object, *, ax: Axes | None = None) -> Axes:
    """Draw detractors, promoters and passives as one bar a group, and on it the net promoter score with its interval.

    Answers: what is the score made of, and which groups differ by more than chance?

    Parameters
    ----------
    result : NetPromoter from :func:`crmlib.survey.net_promoter_score`, or the table from :func:`crmlib.survey.net_promoter_by`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Detractors stand left of zero, promoters right of it, passives beyond them in grey; so the dot is what promoters have more.

    Raises
    ------
    ValueError
        `result` is something else, or no group has an answer.

    Source: Reichheld, *Harvard Business Review* 12/2003.

    >>> from crmlib.survey import net_promoter_score
    >>> len(net_promoter(net_promoter_score(pd.Series([10, 9, 8, 3]))).patches)
    3
    """
    table, names = _promoter_rows(result)
    ax = canvas(ax, height=1.25 + _ROW * len(table))
    place = np.arange(len(table))
    promoters, passives, detractors = (100 * table[f"{kind}_share"].to_numpy() for kind in ("promoter", "passive", "detractor"))
    for left, width, colour, ink in (
        (-detractors, detractors, theme.ORANGE, "white"), (0 * promoters, promoters, theme.BLUE, "white"),
        (promoters, passives, theme.PALE, theme.INK),
    ):  # fmt: skip
        ax.barh(place, width, left=left, height=0.7, color=colour)
        for y, start, size in zip(place, left, width, strict=True):
            if size >= _NARROW:
                ax.text(start + size / 2, y - 0.15, f"{size:.0f}%", ha="center", va="center", color=ink, fontsize="small")
    score, low, high = (table[name].to_numpy() for name in ("net_promoter_score", "low", "high"))
    for colour, width in (("white", 5), (theme.INK, 2)):
        ax.hlines(place + 0.17, low, high, color=colour, linewidth=width, zorder=3)
    ax.plot(score, place + 0.17, "o", color=theme.INK, markeredgecolor="white", markersize=8, zorder=4, linestyle="none")
    right = float((promoters + passives).max())
    for y, *numbers in zip(place, score, low, high, strict=True):
        said = _("{score:.1f}  ({low:.1f} to {high:.1f})").format(score=numbers[0], low=numbers[1], high=numbers[2]).replace("-", "−")
        ax.text(right + 2, y, said, va="center")
    first = -0.5
    for x, words, side, colour in (
        (-1, _("detractors"), "right", theme.ORANGE),
        (1, _("promoters"), "left", theme.BLUE),
        (promoters[0] + passives[0], _("passives"), "right", theme.GREY),
        (right + 2, _("net promoter score (interval)"), "left", theme.INK),
    ):
        ax.text(x, first, words, ha=side, va="bottom", color=colour, fontsize="small")
    ax.vlines(0, -0.5, len(table) - 0.5, color=theme.INK, linewidth=0.8)
    ax.set_yticks(place, names)
    ax.set_ylim(len(table) - 0.4, -1.0)
    ax.set_xlim(min(-float(detractors.max()), float(np.nanmin(low))) - 6, right + 48)
    _bare(ax)
    return ax


def top_boxes(result: TopBoxes, *, ax: Axes | None = None) -> Axes:
    """Draw how many people gave each answer, those in the top boxes in colour.

    Answers: how is satisfaction spread, and who counts as satisfied?

    Parameters
    ----------
    result : TopBoxes from :func:`crmlib.survey.csat`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        `result` is something else.

    Source: top-two-box scores, Morgan and Rego, *Marketing Science* 25 (2006).

    >>> from crmlib.survey import csat
    >>> len(top_boxes(csat(pd.Series([5, 4, 3, 1]), low=1, high=5)).patches)
    5
    """
    from crmlib.survey import TopBoxes

    _need_result(result, TopBoxes, "crm.survey.csat")
    ax = canvas(ax)
    points, counts = result.counts.index.to_numpy(), result.counts.to_numpy()
    satisfied = points > points[-1] - result.boxes
    drawn = ax.bar(points, counts, width=0.82, color=np.where(satisfied, theme.BLUE, theme.GREY))
    ax.bar_label(drawn, [f"{count / result.answers:.0%}" for count in counts], padding=3, color=theme.INK, fontsize="small")
    middle, top = float(points[satisfied].mean()), float(counts.max())
    said = _("CSAT {share:.1%}\n({low:.1%} to {high:.1%})").format(share=result.share, low=result.low, high=result.high)
    ax.text(middle, 1.12 * top, said, ha="center", va="bottom", color=theme.BLUE)
    ax.set_ylim(0, 1.38 * top)
    ax.set_xticks(points)
    ax.set_xlabel(_("answer (points)"))
    ax.yaxis.set_visible(False)
    ax.spines["left"].set_visible(False)
    return ax


def item_quality(items: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how each item goes with the rest of its scale; the weak ones stand out.

    Answers: which item does not belong, or was not turned round?

    Parameters
    ----------
    items : DataFrame from :func:`crmlib.survey.item_total`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The table is another.

    Source: Nunnally and Bernstein, *Psychometric Theory* (1994), ch. 8.

    >>> from crmlib.survey import item_total
    >>> answers = pd.DataFrame({"q1": [1, 2, 2, 3, 2], "q2": [1, 1, 1, 2, 3], "q3": [1, 1, 2, 3, 3]})
    >>> len(item_quality(item_total(answers, ["q1", "q2", "q3"])).patches)
    3
    """
    need(items, ["item_total", "alpha_if_dropped", "weak"], "crm.survey.item_total")
    ax = canvas(ax, height=1.3 + 0.42 * len(items))
    place, total = np.arange(len(items)), items["item_total"].fillna(0).to_numpy()
    ax.barh(place, total, height=0.66, color=np.where(items["weak"], theme.ORANGE, theme.BLUE))
    right = 1.05
    for y, value, dropped in zip(place, items["item_total"], items["alpha_if_dropped"], strict=True):
        beside = 0.0 if pd.isna(value) else max(value, 0.0)
        ax.text(beside + 0.02, y, _two_digits(value), va="center", bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})
        ax.text(right, y, _two_digits(dropped), va="center", color=theme.GREY)
    least = standards.get("survey.item_total_least", unit="ratio")
    ax.vlines(least, -0.55, len(items) - 0.5, color=theme.INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    ax.vlines(0, -0.55, len(items) - 0.5, color=theme.GREY, linewidth=0.8)
    ax.text(least, -0.62, _("at least {least:g}").format(least=least), ha="center", va="bottom", fontsize="small")
    ax.text(right, -0.62, _("alpha without it"), va="bottom", fontsize="small", color=theme.GREY)
    ax.set_yticks(place, [_item_name(str(item)) for item in items.index])
    ax.set_ylim(len(items) - 0.5, -1.1)
    ax.set_xlim(min(0.0, float(total.min()) - 0.05), 1.35)
    ax.set_title(_("correlation with the rest of the scale"), fontsize="medium")
    _bare(ax)
    return ax


def response_rates(report: NonResponse, *, ax: Axes | None = None) -> Axes:
    """Draw the response rate of each group with its interval, and that of everybody as a line.

    Answers: who kept silent more than others?

    Parameters
    ----------
    report : NonResponse from :func:`crmlib.survey.nonresponse_report`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        `report` is something else.

    Source: Groves and others, *Survey Methodology* (2009), ch. 6.

    >>> from crmlib.survey import nonresponse_report
    >>> invited = pd.DataFrame({"market": ["a", "a", "b", "b"], "responded": [True, False] * 2, "recommend": [9, None, 3, None]})
    >>> len(response_rates(nonresponse_report(invited, known="market")).lines)
    1
    """
    from crmlib.survey import NonResponse

    _need_result(report, NonResponse, "crm.survey.nonresponse_report")
    rates = report.rates
    # A column begins with a line for its name.
    place = np.arange(len(rates)) + rates["known_column"].ne(rates["known_column"].shift()).cumsum().to_numpy()
    ax = canvas(ax, height=0.9 + 0.36 * (place[-1] + 1))
    ax.hlines(place, rates["low"], rates["high"], color=theme.BLUE, linewidth=2.5)
    ax.plot(rates["response_rate"], place, "o", color=theme.BLUE, markeredgecolor="white", markersize=8, linestyle="none")
    right = float(rates["high"].max()) + 0.02
    for y, row in zip(place, rates.itertuples(), strict=True):
        said = _("{rate:.0%} of {invited:,}").format(rate=row.response_rate, invited=row.invited)
        ax.text(right, y, said, va="center", fontsize="small")
    ax.vlines(report.response_rate, -0.3, place[-1] + 0.6, color=theme.GREY, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    ax.text(report.response_rate, -0.35, _("everybody: {rate:.1%}").format(rate=report.response_rate), ha="center", va="bottom",
            color=theme.GREY, fontsize="small")  # fmt: skip
    heads = {int(place[rows[0]]) - 1: name for name, rows in rates.groupby("known_column", sort=False).indices.items()}
    names = {int(y): _group_name(row.known_value, row.known_column) for y, row in zip(place, rates.itertuples(), strict=True)}
    ticks = sorted({**heads, **names})
    ax.set_yticks(ticks, [_column_name(heads[tick]) if tick in heads else names[tick] for tick in ticks])
    for tick, text in zip(ticks, ax.get_yticklabels(), strict=True):
        text.set_fontweight("bold" if tick in heads else "normal")
    ax.set_ylim(place[-1] + 0.6, -0.9)
    low = max(0.0, float(rates["low"].min()) - 0.05)
    ax.set_xlim(low, right + 0.28 * (right - low))
    percent_axis(ax, "x")
    ax.set_xlabel(_("share of those invited who answered"), loc="left")
    ax.tick_params(axis="y", length=0)
    return ax


def _promoter_rows(result: object) -> tuple[pd.DataFrame, list[str]]:
    from crmlib.survey import NetPromoter

    if isinstance(result, NetPromoter):
        shares = {f"{kind}_share": getattr(result, f"{kind}s") / result.answers for kind in ("promoter", "passive", "detractor")}
        row = shares | {"net_promoter_score": result.score, "low": result.low, "high": result.high}
        return pd.DataFrame([row]), [_("{count:,} answers").format(count=result.answers)]
    frame = nw.from_native(result, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect("pyarrow")
    table = frame.to_pandas() if isinstance(frame, nw.DataFrame) else result
    need(table, ["answers", "promoter_share", "passive_share", "detractor_share", "net_promoter_score", "low", "high"],
         "crm.survey.net_promoter_by")  # fmt: skip
    table = table[table["answers"] > 0].reset_index(drop=True)
    if table.empty:
        raise ValueError(_("There is nothing to draw: nobody answered in any group."))
    groups = list(table.columns[: list(table.columns).index("answers")])
    return table, [" · ".join(_group_name(row[name], name) for name in groups) for _place, row in table.iterrows()]


def _group_name(group: object, column: str) -> str:
    bands = {"low": _("low third"), "middle": _("middle third"), "high": _("high third"), "–": _("no record")}
    if isinstance(group, (bool, np.bool_)):
        return _("yes") if group else _("no")
    if column == "wave":
        return period_name(group)
    if isinstance(group, (float, np.floating)):
        return f"{group:g}"
    name = segment_label(str(group), column)
    return bands.get(str(group), name) if name == str(group) else name


def _column_name(name: str) -> str:
    """A column of the invitations goes by its name there: customers have a channel of their own."""
    invited = "survey_invitations"
    if name.startswith(EARLIER):
        return _("last time: {item}").format(item=label(name.removeprefix(EARLIER)))
    return label(name, table=invited) if name in [column.name for column in TABLES[invited].columns] else segment_label(name)


def _item_name(item: str) -> str:
    name = label(item)
    turned = label(f"{item}_reversed")
    return _("{item} (turned round)").format(item=turned) if name == item and turned != f"{item}_reversed" else name


def _two_digits(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.2f}".replace("-", "−")


def _need_result(result: object, kind: type, maker: str) -> None:
    if not isinstance(result, kind):
        raise ValueError(_("This figure needs the result of {maker}, not a {kind}.").format(maker=maker, kind=type(result).__name__))


def _bare(ax: Axes) -> None:
    ax.xaxis.set_visible(False)
    ax.spines[["bottom", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
