"""Shrinkage: the share of paid hours in which nobody can take a call, and on which side of the division it belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import amount, clean
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HOUR = pd.Timedelta(hours=1)


@dataclass(frozen=True, eq=False)
class Shrinkage:
    """`share` of the rostered hours in which an agent is not there to take calls; `parts`, indexed by part (break, absence, late): hours,
    share (they add up); `hours` rostered, `shifts`, and the 95 % interval `low` to `high` of the share."""

    share: float
    parts: pd.DataFrame
    hours: float
    shifts: int
    low: float
    high: float
    own: pd.DataFrame = field(repr=False)

    def without(self, *parts: str) -> float:
        """The share of the hours outside these parts.

        A roster that plans the breaks itself must reckon with shrinkage without "break", or they count twice.
        """
        if unknown := [part for part in parts if part not in self.parts.index]:
            raise ValueError(
                _("There is no part {part}; the parts are {known}.").format(
                    part=", ".join(map(str, unknown)), known=", ".join(self.parts.index)
                )
            )
        left = self.hours - self.parts.loc[list(parts), "hours"].sum()
        return float(self.parts["hours"].drop(list(parts)).sum() / left)

    def summary(self) -> str:
        """The shrinkage and its parts in two sentences."""
        return _("Of {hours:,.0f} rostered hours {share:.1%} were lost to calls (95% interval {low:.1%} to {high:.1%}): breaks {pause:.1%}, "
                 "absence {absence:.1%}, lateness {late:.1%}. To have 10 agents at work, roster {rostered}.").format(
            hours=self.hours, share=self.share, low=self.low, high=self.high, pause=self.parts.loc["break", "share"],
            absence=self.parts.loc["absence", "share"], late=self.parts.loc["late", "share"],
            rostered=agents_with_shrinkage(10, self.share))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The rostered hours by what became of them; see :func:`crmlib.plotting.shrinkage_parts`."""
        from crmlib.plotting.staffing import shrinkage_parts

        return shrinkage_parts(self, ax=ax)


def measured_shrinkage(shifts: pd.DataFrame) -> Shrinkage:
    """How much of the rostered time was lost to calls: breaks, absence, lateness.

    Answers: of ten agents on the roster, how many can take a call?

    Parameters
    ----------
    shifts : DataFrame, one row a shift
        planned_start, planned_end, break_start, break_end (missing: no break), actual_start (missing: did not come).

    Returns
    -------
    Shrinkage
        share, parts, hours, shifts, low, high; `.without("break")`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is lacking, there is no shift, a shift ends before it begins, a break lies outside its shift.

    Notes
    -----
    An absent agent takes no break: the whole shift counts as absence. The interval treats shifts as drawn one by one.

    Source: the roster and the log-ons.

    >>> when = lambda *hours: pd.to_datetime([f"2026-11-02 {hour:02d}:00" for hour in hours])
    >>> shifts = pd.DataFrame({"planned_start": when(8, 8), "planned_end": when(16, 16), "break_start": when(12, 12),
    ...     "break_end": when(13, 13), "actual_start": pd.to_datetime(["2026-11-02 08:00", None])})
    >>> measured_shrinkage(shifts).share
    0.5625
    """
    table = clean(shifts, "shifts", planned_start="date", planned_end="date", break_start="date?", break_end="date?", actual_start="date?")
    if table.empty:
        raise ValueError(_("There is no shift in the table. Check the filter that it comes from."))
    hours = (table["planned_end"] - table["planned_start"]) / _HOUR
    refuse_rows(hours <= 0, _("A shift ends before it begins"), _("Write the end of a night shift with the date of the next day."))
    pause = ((table["break_end"] - table["break_start"]) / _HOUR).fillna(0.0)
    outside = (pause < 0) | (table["break_start"] < table["planned_start"]) | (table["break_end"] > table["planned_end"])
    refuse_rows(outside, _("A break lies outside its shift"), _("Check break_start and break_end."))
    came = table["actual_start"].notna()
    late = ((table["actual_start"] - table["planned_start"]) / _HOUR).clip(lower=0).fillna(0.0)
    own = pd.DataFrame({
        "hours": hours, "break": pause.where(came, 0.0), "absence": hours.where(~came, 0.0),
        "late": np.minimum(late, hours - pause).where(came, 0.0),
    })  # fmt: skip
    total = float(own["hours"].sum())
    parts = own[["break", "absence", "late"]].sum().rename("hours").to_frame().assign(share=lambda frame: frame["hours"] / total)
    share = float(parts["share"].sum())
    low, high = _bounds(own, share)
    return Shrinkage(share, parts.rename_axis("part"), total, len(own), low, high, own)


def agents_with_shrinkage(agents: object, shrinkage: float) -> object:
    """How many agents must be rostered for `agents` to be at work: divided by what is left, and rounded up.

    Answers: the queue needs 14 at work; how many must stand on the roster?

    Parameters
    ----------
    agents : number, list, array or Series, agents at work
    shrinkage : float, share of the rostered hours lost to calls, 0 or more and below 1

    Returns
    -------
    The same kind, of whole numbers

    Raises
    ------
    ValueError
        `agents` is negative or no number; `shrinkage` does not lie between 0 and 1.

    Source: definition. Of 20 on the roster with shrinkage 0.3, 20 × (1 − 0.3) = 14 are at work; 14 × 1.3 = 18.2 is not
    enough, for of 19 are 13.3.

    >>> agents_with_shrinkage(14, 0.30), agents_with_shrinkage([14, 0], 0.30).tolist()
    (20, [20, 0])
    """
    left = 1 - shrinkage_share(shrinkage)
    values = pd.Series(agents if not np.isscalar(agents) else [agents])
    numbers = pd.to_numeric(values, errors="coerce")
    refuse_rows(~(numbers >= 0) | np.isinf(numbers), _("agents is negative, missing or no number"), _("Give the number of agents at work."))
    # 7 / 0.7 is a hair above 10 in binary; without rounding it would count as 11.
    needed = np.ceil((numbers / left).round(9)).astype(np.int64)
    if np.isscalar(agents):
        return int(needed.iloc[0])
    return needed if isinstance(agents, pd.Series) else needed.to_numpy()


def shrinkage_mistake(agents: int, shrinkage: float) -> pd.DataFrame:
    """The right way and the wrong one side by side: divide by what is left, or add the share on top.

    Answers: what goes wrong when 30 % are added to the agents needed?

    Parameters
    ----------
    agents : int, needed at work
    shrinkage : float, share of the rostered hours lost to calls

    Returns
    -------
    DataFrame, one row a way (divide, multiply)
        way, rostered (rounded up), at_work (on average), short (agents missing on average; 0 where there are enough)

    Raises
    ------
    ValueError
        As for :func:`agents_with_shrinkage`.

    Source: arithmetic.

    >>> shrinkage_mistake(14, 0.30).round(1).values.tolist()
    [['divide', 20, 14.0, 0.0], ['multiply', 19, 13.3, 0.7]]
    """
    right = agents_with_shrinkage(agents, shrinkage)
    wrong = int(np.ceil(round(agents * (1 + shrinkage), 9)))
    found = pd.DataFrame({"way": ["divide", "multiply"], "rostered": [right, wrong]})
    at_work = found["rostered"] * (1 - shrinkage)
    return found.assign(at_work=at_work, short=(agents - at_work).round(9).clip(lower=0))


def shrinkage_share(shrinkage: object) -> float:
    """`shrinkage` as a share of 0 or more and below 1.

    >>> shrinkage_share(0)
    0.0
    """
    if isinstance(shrinkage, (Mapping, Iterable)):
        raise ValueError(_("shrinkage is one share, such as 0.3; give the sum of its parts."))
    share = amount("shrinkage", shrinkage)
    if not 0 <= share < 1:
        raise ValueError(_("shrinkage is {value}; it must be 0 or more and below 1 (write 30% as 0.3).").format(value=shrinkage))
    return share


def _bounds(own: pd.DataFrame, share: float) -> tuple[float, float]:
    """95 % of a ratio of sums, from the spread of shifts."""
    if len(own) < 2:
        return 0.0, 1.0
    residual = own[["break", "absence", "late"]].sum(axis=1) - share * own["hours"]
    width = 1.96 * residual.std(ddof=1) / np.sqrt(len(own)) / own["hours"].mean()
    return max(share - width, 0.0), min(share + width, 1.0)
