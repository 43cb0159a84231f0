"""How long leads stay at each step of the funnel, those still there counted in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.development.funnel import MOMENTS, STEPS, checked_leads
from crmlib.i18n import _
from crmlib.segments.per_customer import day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.survival.kaplan import SurvivalCurves


@dataclass(frozen=True, eq=False)
class StageTimes:
    """How long leads stay at each step.

    `table`, indexed by stage: leads, moved_or_lost, median_days, low, high (days after which half had left). `curves`: the share still there
    after so many days (with half a day added), one curve a step.
    """

    table: pd.DataFrame
    curves: SurvivalCurves = field(repr=False)
    level: float

    def summary(self) -> str:
        """The result in one sentence."""
        from crmlib.company.schema import label

        longest = self.table.loc[self.table["median_days"].idxmax()]
        return _(
            "Leads stay longest at the step “{step}”: half had left it after {days:.0f} days ({level:.0%} interval {low:.0f} to {high:.0f})."
        ).format(step=label(str(longest.name), "stage"), days=longest.median_days, low=longest.low, high=longest.high, level=self.level)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The share still there by day; see :func:`crmlib.plotting.stage_times`."""
        from crmlib.plotting.development import stage_times

        return stage_times(self, ax=ax)


def stage_times(leads: pd.DataFrame, *, as_of: object, level: float = 0.95) -> StageTimes:
    """How long leads stay at each step, those still there counted in.

    Answers: how long does a quote lie around before it is decided, and what should count as "too long"?

    Parameters
    ----------
    leads : DataFrame, as in `funnel`
    as_of : date, the last day known; what came later does not count
    level : float, 0–1

    Returns
    -------
    StageTimes
        table, curves; `.summary()`, `.plot()`. A lead leaves a step when it moves on or is lost.

    Raises
    ------
    ValueError
        As in `funnel`.

    Source: Kaplan and Meier (1958). Leads still at a step when the data end are censored; leaving them out would make steps look quick.

    >>> from crmlib.company import lark
    >>> stage_times(lark().leads, as_of="2026-10-31").table.index.tolist()
    ['new', 'contacted', 'qualified', 'quoted']
    """
    from crmlib.survival import kaplan_meier

    end = day(as_of, "as_of")
    table = checked_leads(leads, [], end)
    parts = []
    for name, start, after in zip(STEPS, MOMENTS, (*MOMENTS[1:], "closed_on"), strict=False):
        there = table[table[start].notna()]
        left = there[after].fillna(there["closed_on"])
        parts.append(pd.DataFrame({"stage": name, "days": (left.fillna(end) - there[start]).dt.days, "left": left.notna()}))
    rows = pd.concat(parts, ignore_index=True)
    # Half a day more: what left on the day it came had still been there.
    curves = kaplan_meier(rows["days"] + 0.5, rows["left"], by=rows["stage"], level=level)
    table = curves.medians.reindex(STEPS[:4]).rename(columns={"customers": "leads", "events": "moved_or_lost", "median": "median_days"})
    table[["median_days", "low", "high"]] -= 0.5
    return StageTimes(table.rename_axis("stage"), curves, level)
