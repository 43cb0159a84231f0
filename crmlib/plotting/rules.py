"""Figures of rules: what each sent and held back in a month, and how books of rules differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    from crmlib.desk.rules.replay import Comparison, Replay

_REASONS = (("arm",), ("channel", "consent"), ("quiet",), ("priority",), ("rule_cap", "customer_cap"))
_COLOURS = (theme.PURPLE, theme.GREEN, theme.SKY, theme.YELLOW, theme.ORANGE)


def _names() -> list[str]:
    return [_("control group"), _("no channel or consent"), label("quiet", "why"), label("priority", "why"), _("caps")]


def rule_outcomes(replay: Replay, *, ax: Axes | None = None) -> Axes:
    """Draw each rule's hits as a bar: what was sent, and why the rest was not, in shares; the number of hits and what was sent at its end.

    Answers: which rules speak, and what holds the others back?

    Parameters
    ----------
    replay : Replay, from :func:`crmlib.desk.rules.replay`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else, or no rule was hit.

    >>> from crmlib.desk.rules import practice, replay, rule_book
    >>> events, customers = practice()
    >>> len(rule_outcomes(replay(customers, rule_book(), "2026-05", events=events)).patches) > 3
    True
    """
    require_result(replay, ("by_rule", "by_day", "decisions"), "crm.desk.rules.replay")
    table = replay.by_rule[replay.by_rule["hits"] > 0].iloc[::-1]
    if table.empty:
        raise ValueError(_("There is nothing to draw: no rule was hit."))
    ax = canvas(ax, height=1.6 + 0.36 * len(table))
    place, hits = np.arange(len(table)), table["hits"].to_numpy(dtype=float)
    left = np.zeros(len(table))
    parts = [("notices",), *_REASONS]
    for columns, colour, name in zip(parts, (theme.BLUE, *_COLOURS), [label("sent", "why"), *_names()], strict=True):
        share = table[list(columns)].sum(axis=1).to_numpy() / hits
        if share.any():
            ax.barh(place, share, left=left, color=colour, height=0.66, label=name)
        left += share
    for row, (sent, all_hits) in enumerate(zip(table["notices"], table["hits"], strict=True)):
        ax.text(1.01, row, _("{sent:,} of {hits:,}").format(sent=int(sent), hits=int(all_hits)), va="center", color=theme.INK, fontsize="small")
    ax.set_yticks(place, [f"{rule} {name}" for rule, name in zip(table["rule_id"], table["rule_name"], strict=True)], fontsize="small")
    ax.set(xlim=(0, 1.2), xticks=[])
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, frameon=False, fontsize="small", borderaxespad=0.2, handlelength=1, columnspacing=1)
    for side in ("bottom", "top", "right"):
        ax.spines[side].set_visible(False)
    ax.tick_params(length=0)
    return ax


def rule_differences(comparison: Comparison, *, ax: Axes | None = None) -> Axes:
    """Draw how many notices more or less per customer each book sends than the first, with intervals.

    Answers: which rules disturb customers less?

    Parameters
    ----------
    comparison : Comparison, from :func:`crmlib.desk.rules.compare`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        It is something else.

    >>> from crmlib.desk.rules import compare, practice, replay, rule_book
    >>> events, customers = practice()
    >>> books = {"all": rule_book(), "one": rule_book().only("R08")}
    >>> both = compare({name: replay(customers, book, "2026-05", events=events) for name, book in books.items()})
    >>> rule_differences(both).get_yticklabels()[0].get_text()
    'one'
    """
    require_result(comparison, ("table", "level"), "crm.desk.rules.compare")
    others = comparison.table.iloc[1:].iloc[::-1]
    ax = canvas(ax, height=1.5 + 0.5 * len(others))
    place = np.arange(len(others))
    ax.axvline(0, color=theme.GREY, linewidth=1)
    ax.hlines(place, others["low"], others["high"], color=theme.BLUE, linewidth=2)
    ax.plot(others["difference"], place, marker="o", linestyle="none", color=theme.BLUE)
    for row, one in zip(place, others.itertuples(), strict=True):
        ax.annotate(_("{difference:+.2f}; {notices:,} notices, {cost:,.2f} yuan").format(difference=one.difference, notices=one.notices, cost=one.cost_yuan),
                    (one.difference, row), xytext=(0, 8), textcoords="offset points", ha="center", fontsize="small", color=theme.INK)  # fmt: skip
    ax.set_yticks(place, others["name"])
    ax.set_ylim(-0.6, len(others) - 0.3)
    ax.margins(x=0.35)
    ax.set_xlabel(_("Notices per customer, more (+) or fewer (−) than “{first}”").format(first=comparison.table["name"].iloc[0]))
    return ax
