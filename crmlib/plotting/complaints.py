"""Figures of complaints: what the machine may decide, what it confuses, which causes weigh most, and how a compensation adds up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    from crmlib.call_center.compensation import Compensation
    from crmlib.call_center.complaints import CauseClassifier
    from crmlib.call_center.root_causes import RootCauses

_ROW = 0.42


def kept_accuracy(result: CauseClassifier, *, ax: Axes | None = None) -> Axes:
    """Draw how often the machine is right among the cases it keeps, by the share that it keeps.

    Answers: how much work can the machine take, and at what price in mistakes?

    Parameters
    ----------
    result : CauseClassifier, from :func:`crmlib.call_center.cause_classifier`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: accuracy–rejection curves, Nadeem, Zucker and Hanczar (2010).

    >>> import pandas as pd
    >>> from crmlib.call_center import cause_classifier, split_by_time
    >>> words = ["box broken", "arrived late", "glass broken", "two days late", "broken lid", "so late"] * 10
    >>> cases = pd.DataFrame({"text": words, "cause": ["damage", "delay"] * 30, "opened_at": pd.date_range("2026-01-01", periods=60)})
    >>> train, test = split_by_time(cases)
    >>> len(kept_accuracy(cause_classifier(train, test=test)).lines) >= 2
    True
    """
    require_result(result, ("kept", "threshold", "metrics"), "crm.call_center.cause_classifier")
    ax = canvas(ax)
    curve = result.kept[result.kept["kept"] > 0]
    ax.fill_between(curve["kept_share"], curve["low"], curve["high"], color=theme.BLUE, alpha=0.15, linewidth=0)
    ax.plot(curve["kept_share"], curve["accuracy"], color=theme.BLUE, marker="o", markersize=4)
    ax.axhline(result.wanted_accuracy, color=theme.GREY, linewidth=1, linestyle=(0, (4, 3)))
    ax.text(1.0, result.wanted_accuracy, _("wanted {share:.0%}").format(share=result.wanted_accuracy), ha="right", va="bottom",
            color=theme.GREY, fontsize="small")  # fmt: skip
    bottom = min(0.5, float(curve["low"].min()) - 0.03)
    kept, right = (float(result.metrics.at[name, "value"]) for name in ("kept_share", "kept_accuracy"))
    if kept > 0:
        ax.plot([kept], [right], color=theme.ORANGE, marker="D", markersize=9, linestyle="none", zorder=5)
        words = _("threshold {threshold:.0%}: the machine decides {kept:.0%},\n{right:.0%} of them as recorded; a person the rest").format(
            threshold=result.threshold, kept=kept, right=right)  # fmt: skip
        ax.annotate(words, (kept, right), xytext=(0.03, bottom + 0.06), color=theme.ORANGE, va="bottom",
                    arrowprops={"arrowstyle": "-", "color": theme.ORANGE, "linewidth": 0.8})  # fmt: skip
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    ax.set(xlim=(0, 1.02), ylim=(bottom, 1.01))
    ax.set_xlabel(_("Share of cases that the machine decides"))
    ax.set_ylabel(_("Of these, as recorded"))
    return ax


def cause_confusion(result: CauseClassifier, *, ax: Axes | None = None) -> Axes:
    """Draw what each recorded cause was guessed as, in shares of its row.

    Answers: which causes does the machine take for each other?

    Parameters
    ----------
    result : CauseClassifier, from :func:`crmlib.call_center.cause_classifier`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> import pandas as pd
    >>> from crmlib.call_center import cause_classifier, split_by_time
    >>> words = ["box broken", "arrived late", "glass broken", "two days late", "broken lid", "so late"] * 10
    >>> cases = pd.DataFrame({"text": words, "cause": ["damage", "delay"] * 30, "opened_at": pd.date_range("2026-01-01", periods=60)})
    >>> train, test = split_by_time(cases)
    >>> len(cause_confusion(cause_classifier(train, test=test)).texts)
    2
    """
    require_result(result, ("confusion", "metrics"), "crm.call_center.cause_classifier")
    counts = result.confusion.to_numpy()
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax = canvas(ax, height=1.9 + _ROW * len(counts))
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if share[row, column] > 0.55 else theme.INK if row == column else theme.ORANGE
            ax.text(column, row, str(count), ha="center", va="center", color=colour, fontsize="small")
    names = [label(str(code), "cause") for code in result.confusion.index]
    ax.set_yticks(range(len(names)), names)
    ax.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
    ax.set_xlabel(_("guessed"))
    ax.set_ylabel(_("recorded"))
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def root_causes(result: RootCauses, *, ax: Axes | None = None) -> Axes:
    """Draw the causes as bars with intervals of their shares, and what they add up to.

    Answers: which few causes should be worked on first?

    Parameters
    ----------
    result : RootCauses, from :func:`crmlib.call_center.root_causes`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Pareto chart, Juran, *Quality Control Handbook* (1951).

    >>> import pandas as pd
    >>> from crmlib import call_center
    >>> found = call_center.root_causes(pd.DataFrame({"cause": ["loss"] * 70 + ["delay"] * 30}), rng=1)
    >>> len(root_causes(found).patches)
    2
    """
    require_result(result, ("table", "vital_share", "by"), "crm.call_center.root_causes")
    table = result.table
    ax = canvas(ax, height=1.2 + _ROW * len(table))
    place = np.arange(len(table))
    colour = np.where(table["vital"], theme.BLUE, theme.GREY)
    ax.barh(place, table["share"], height=0.66, color=colour)
    ax.hlines(place, table["low"], table["high"], color=theme.INK, linewidth=1.3)
    right = float(table["high"].max())
    for spot, row in enumerate(table.itertuples()):
        ax.text(row.high + 0.015 * right, spot, f"{row.share:.0%}", va="center")
        ax.text(1.2 * right, spot, f"{row.cumulative_share:.0%}", va="center", ha="right", color=colour[spot])
    ax.text(1.2 * right, -0.75, _("added up"), ha="right", va="bottom", fontsize="small", color=theme.GREY)
    ax.set_yticks(place, [label(str(code), result.by) for code in table.index])
    ax.set_ylim(len(table) - 0.4, -1.15)
    ax.set_xlim(0, 1.22 * right)
    ax.set_title(_("Share of {what}, with intervals; blue: together {share:.0%}").format(
        what=_("cases") if result.weight is None else label(result.weight),
        share=table.loc[table["vital"], "cumulative_share"].max()), fontsize="medium")  # fmt: skip
    return _bare(ax)


def compensation_lines(result: Compensation, *, ax: Axes | None = None) -> Axes:
    """Draw how a compensation adds up, line by line.

    Answers: where does this amount come from?

    Parameters
    ----------
    result : Compensation, from :func:`crmlib.call_center.compensation`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib import call_center
    >>> len(compensation_lines(call_center.compensation(what="loss", postage_yuan=12, proved_yuan=900)).patches)
    4
    """
    require_result(result, ("lines", "yuan", "approval"), "crm.call_center.compensation")
    lines = result.lines
    ax = canvas(ax, height=1.3 + 0.55 * (len(lines) + 1))
    yuan = lines["yuan"].to_numpy()
    starts = np.concatenate([[0.0], np.cumsum(yuan)[:-1]])
    place = np.arange(len(lines) + 1)
    widths, lefts = np.append(yuan, result.yuan), np.append(starts, 0.0)
    colours = [theme.ORANGE if amount < 0 else theme.SKY for amount in yuan] + [theme.BLUE]
    ax.barh(place, widths, left=lefts, height=0.6, color=colours)
    most = max(float(np.cumsum(yuan).max(initial=0.0)), result.yuan, 1.0)
    for spot, (width, left) in enumerate(zip(widths, lefts, strict=True)):
        words = f"{width:,.2f}".replace("-", "\N{MINUS SIGN}")
        ax.text(max(left, left + width) + 0.015 * most, spot, words, va="center", fontweight="bold" if spot == len(lines) else "normal")
    ax.set_yticks(place, [*(label(str(code), "pay_item") for code in lines["pay_item"]), _("owed (yuan)")])
    ax.set_ylim(len(lines) + 0.6, -0.6)
    ax.set_xlim(0, 1.2 * most)
    ax.set_title(_("Who may agree: {role}").format(role=label(result.approval, "approval")), fontsize="medium")
    return _bare(ax)


def _bare(ax: Axes) -> Axes:
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(left=False)
    return ax
