"""The sales funnel: how many leads reach each step, and how many of those decided there move on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_share
from crmlib.economics.given import need_table
from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STEPS = ("new", "contacted", "qualified", "quoted", "won")
MOMENTS = ("created_on", "contacted_on", "qualified_on", "quoted_on")


@dataclass(frozen=True, eq=False)
class Funnel:
    """How leads go through the steps.

    `table`, one row a group (where there is one) and step: stage, arrived (leads that came so far), moved_on, lost, waiting (still there),
    conversion (moved_on over those that moved on or were lost there), low, high, chance_to_win (product of the conversions from here on).
    `by`: the name of the grouping column. `as_of`: when the data end.
    """

    table: pd.DataFrame
    by: str | None
    as_of: pd.Timestamp
    level: float

    def summary(self) -> str:
        """The result in two sentences, for all leads."""
        whole = self.table if self.by is None else self.table[self.table[self.by] == self.table[self.by].iloc[0]]
        first, steps = whole.iloc[0], whole.iloc[:-1]
        worst = steps.loc[steps["conversion"].idxmin()]
        from crmlib.company.schema import label

        return _(
            "Of {leads:,.0f} leads {won:,.0f} were won and {waiting:,.0f} are still open. The narrowest step is “{step}”: {share:.0%} "
            "of the leads decided there move on ({level:.0%} interval {low:.0%} to {high:.0%})."
        ).format(leads=first.arrived, won=whole.iloc[-1].arrived, waiting=whole["waiting"].sum(), step=label(worst.stage, "stage"),
                 share=worst.conversion, low=worst.low, high=worst.high, level=self.level)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The steps as bars with their conversions; see :func:`crmlib.plotting.funnel`."""
        from crmlib.plotting.development import funnel

        return funnel(self, ax=ax)


def funnel(leads: pd.DataFrame, *, as_of: object, by: str | None = None, level: float = 0.95) -> Funnel:
    """Count the leads at each step, and how many of those decided there move on.

    Answers: at which step do we lose most, and how sure is that?

    Parameters
    ----------
    leads : DataFrame, one row a lead
        created_on, contacted_on, qualified_on, quoted_on, closed_on, stage ("won", "lost", or where it stands). Take duplicates out first
        (`duplicate_leads`): they are lost at entry and make the first step look worse.
    as_of : date, the last day known; what came later does not count
    by : str, name of a column, optional
        One funnel a group, the largest first.
    level : float, 0–1

    Returns
    -------
    Funnel
        table; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, a step comes before the one before it, a step was skipped, or there are no leads.

    Notes
    -----
    A lead still waiting at a step is neither moved on nor lost: it is in no conversion of that step. Where leads that move on wait longer
    than those that are lost, that leaves the conversion of young leads too low; look at leads entered some months ago (`stage_times` says
    how long).

    Source: Wilson (1927) for the intervals.

    >>> leads = pd.DataFrame({"created_on": pd.to_datetime(["2026-01-01"] * 3), "contacted_on": pd.to_datetime(["2026-01-02"] * 2 + [None]),
    ...     "qualified_on": pd.NaT, "quoted_on": pd.NaT, "closed_on": pd.to_datetime(["2026-01-09", None, "2026-01-09"]),
    ...     "stage": ["lost", "contacted", "lost"]})
    >>> funnel(leads, as_of="2026-01-31").table[["arrived", "moved_on", "lost", "waiting"]].head(2).values.tolist()
    [[3, 2, 1, 0], [2, 0, 1, 1]]
    """
    require_share("level", level)
    end = day(as_of, "as_of")
    table = checked_leads(leads, [] if by is None else [by], end)
    if by is None:
        return Funnel(_steps(table, level), None, end, level)
    names = table[by].value_counts().index
    parts = [_steps(table[table[by] == name], level).assign(**{by: name}) for name in names]
    whole = pd.concat(parts, ignore_index=True)
    return Funnel(whole[[by, *whole.columns.drop(by)]], by, end, level)


def checked_leads(leads: pd.DataFrame, more: list[str], end: pd.Timestamp) -> pd.DataFrame:
    """The leads as they stood at the end of the day `end`, with steps in order; what contradicts itself is refused.

    >>> from crmlib.company import lark
    >>> checked_leads(lark().leads, ["source"], pd.Timestamp("2024-11-01"))["stage"].isin(["new", "contacted"]).all().item()
    True
    """
    need_table("leads", leads, [*MOMENTS, "closed_on", "stage", *more])
    if leads.empty:
        raise ValueError(_("There are no leads. Check the filter that they come from."))
    for column in (*MOMENTS, "closed_on"):
        if leads[column].notna().any() and not pd.api.types.is_datetime64_any_dtype(leads[column]):
            raise ValueError(_("{column} holds text, not dates. Convert it first: pd.to_datetime({table}.{column}).").format(
                column=column, table="leads"))  # fmt: skip
    refuse_rows(leads["created_on"].isna(), _("{name} is missing").format(name="created_on"), _("Fill it in, or drop these rows."))
    for one, two in pairwise(MOMENTS):
        refuse_rows(leads[two].notna() & leads[one].isna(), _("{two} is there without {one}").format(one=one, two=two),
                    _("A lead goes through every step; fill in the date, or drop these rows."))  # fmt: skip
        refuse_rows(leads[two] < leads[one], _("{two} is before {one}").format(one=one, two=two), _("Correct the dates."))
    done = leads["stage"].isin(["won", "lost"])
    refuse_rows(done != leads["closed_on"].notna(), _("stage and closed_on contradict each other"),
                _("A lead won or lost has the day on which it was closed, an open one has none."))  # fmt: skip
    refuse_rows((leads["stage"] == "won") & leads["quoted_on"].isna(), _("A lead was won without a quote"), _("Fill in quoted_on."))
    known = leads[leads["created_on"] <= end].reset_index(drop=True)
    if known.empty:
        raise ValueError(_("No lead was entered by {day}.").format(day=end.date()))
    for column in (*MOMENTS, "closed_on"):
        known[column] = pd.to_datetime(known[column]).where(known[column] <= end)
    depth = known[list(MOMENTS)].notna().sum(axis=1).to_numpy()
    still = known["closed_on"].isna()
    known["stage"] = known["stage"].astype(object).mask(still, pd.Series(np.array(STEPS, dtype=object)[depth - 1], index=known.index))
    return known


def _steps(leads: pd.DataFrame, level: float) -> pd.DataFrame:
    depth = leads[list(MOMENTS)].notna().sum(axis=1).to_numpy() + (leads["stage"] == "won").to_numpy()
    lost = (leads["stage"] == "lost").to_numpy()
    rows = []
    for place, name in enumerate(STEPS, 1):
        here = {"stage": name, "arrived": int((depth >= place).sum()), "moved_on": int((depth > place).sum()),
                "lost": int((lost & (depth == place)).sum())}  # fmt: skip
        final = name == "won"
        here["waiting"] = 0 if final else here["arrived"] - here["moved_on"] - here["lost"]
        decided = here["moved_on"] + here["lost"]
        ends = wilson_interval(here["moved_on"], decided, level) if decided and not final else (np.nan, np.nan)
        here |= {"conversion": here["moved_on"] / decided if decided and not final else np.nan, "low": ends[0], "high": ends[1]}
        rows.append(here)
    table = pd.DataFrame(rows)
    table["chance_to_win"] = (
        table["conversion"].fillna(1.0)[::-1].cumprod()[::-1].where(table["conversion"].notna() | (table["stage"] == "won"))
    )
    return table
