"""Pictures of what privacy keeps a book of: what is due to go, who agreed to be contacted, and who looked at how many customers."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need

_PLAN = ["table", "then", "row_count", "due_count"]
_KEPT = "#D5DBE1"


def retention_due(plan: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw, for each table, what is kept and what is due to go.

    Answers: where do we still hold what we should no longer hold?

    Parameters
    ----------
    plan : DataFrame
        As :func:`crmlib.privacy.retention_plan` returns it.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        `plan` is no such table, or empty.

    Source: the picture is ours.

    >>> plan = pd.DataFrame({"table": ["leads"], "then": ["erase"], "row_count": [10], "due_count": [4]})
    >>> len(retention_due(plan).patches)
    2
    """
    need(plan, _PLAN, "retention_plan")
    shown = plan[plan["row_count"] > 0].iloc[::-1]
    ax = canvas(ax, height=1.6 + 0.42 * len(shown))
    share = (shown["due_count"] / shown["row_count"]).to_numpy()
    ax.barh(range(len(shown)), np.ones(len(shown)), color=_KEPT)
    ax.barh(range(len(shown)), share, color=theme.ORANGE)
    for row, (part, due, total, then) in enumerate(zip(share, shown["due_count"], shown["row_count"], shown["then"], strict=True)):
        text = _("{due:,} of {total:,} due: {then}").format(due=due, total=total, then=label(then, "then")) if due else _(
            "none of {total:,} due").format(total=total)  # fmt: skip
        inside = part > 0.55
        ax.text(0.012 if inside else part + 0.012, row, text, va="center", fontsize=10)
    ax.set_yticks(range(len(shown)), [label(name) for name in shown["table"]])
    ax.set_xlim(0, 1)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.set_title(_("Rows whose time to be kept is over"), loc="left")
    return ax


def consent_over_time(counts: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers may be contacted for each purpose, over time.

    Answers: whom may we still write to, and are they getting fewer?

    Parameters
    ----------
    counts : DataFrame
        As :func:`crmlib.privacy.consent_counts` returns it.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        `counts` is no such table.

    Source: the picture is ours.

    >>> counts = pd.DataFrame({"at": pd.to_datetime(["2026-01-31", "2026-02-28"]), "purpose": "survey", "customer_count": [3, 2]})
    >>> len(consent_over_time(counts).lines)
    1
    """
    need(counts, ["at", "purpose", "customer_count"], "consent_counts")
    ax = canvas(ax)
    ends = []
    for colour, (purpose, line) in zip(theme.PALETTE, counts.groupby("purpose", sort=False), strict=False):
        line = line.sort_values("at")
        ax.plot(line["at"], line["customer_count"], color=colour, linewidth=2)
        ends.append([float(line["customer_count"].iloc[-1]), colour, line["at"].iloc[-1], purpose])
    # Labels of lines that end close together are moved apart.
    step, at = 0.06 * max((end[0] for end in ends), default=1), -np.inf
    for value, colour, when, purpose in sorted(ends, key=lambda end: end[0]):
        at = max(value, at + step)
        ax.annotate(
            f"{label(purpose, 'purpose')} {value:,.0f}", (when, at), xytext=(6, 0), textcoords="offset points", color=colour, va="center"
        )
    ax.set_ylim(bottom=0)
    ax.margins(x=0.02)
    ax.xaxis.set_major_locator(mdates.AutoDateLocator(maxticks=6))
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y-%m"))
    ax.set_ylabel(_("customers"))
    ax.set_title(_("Customers who may be contacted, by purpose"), loc="left")
    return ax


def access_counts(found: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many customers each person looked at on a day, the alarms named.

    Answers: who should be asked why?

    Parameters
    ----------
    found : DataFrame
        As :func:`crmlib.privacy.unusual_access` returns it.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        `found` is no such table.

    Source: the picture is ours.

    >>> found = pd.DataFrame({"person_id": ["A1"], "role": "agent", "day": pd.to_datetime(["2026-11-02"]), "customer_count": [9], "alarm": [True]})
    >>> len(access_counts(found).texts)
    1
    """
    need(found, ["person_id", "role", "day", "customer_count", "alarm"], "unusual_access")
    ax = canvas(ax)
    roles = list(dict.fromkeys(found["role"]))
    for row, role in enumerate(roles):
        mine = found[found["role"] == role].sort_values(["person_id", "day"])
        height = row + (np.arange(len(mine)) / max(len(mine) - 1, 1) - 0.5) * 0.5
        alarm = mine["alarm"].to_numpy(dtype=bool)
        ax.scatter(mine["customer_count"][~alarm], height[~alarm], s=16, color=theme.BLUE, alpha=0.5, linewidth=0)
        ax.scatter(mine["customer_count"][alarm], height[alarm], s=46, color=theme.ORANGE, zorder=3)
        for count, level, person, day in zip(
            mine["customer_count"][alarm], height[alarm], mine["person_id"][alarm], mine["day"][alarm], strict=True
        ):
            ax.annotate(f"{person} {day:%m-%d}", (count, level), xytext=(0, 7), textcoords="offset points", ha="center", fontsize=10)
    ax.set_yticks(range(len(roles)), [label(role, "viewer_role") for role in roles])
    ax.set_ylim(-0.6, len(roles) - 0.3)
    ax.set_xlim(0, 1.08 * found["customer_count"].max())
    ax.set_xlabel(_("customers looked at on one day"))
    ax.set_title(_("A dot is one person on one day; named dots are to be asked about"), loc="left")
    return ax
