"""Which kinds of cases are late most, and whether they are surely slower than the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.company.schema import label
from crmlib.desk.clock_summary import on_time
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class LateGroups:
    """The late cases by kind, the most first.

    `table`: what :func:`crmlib.desk.on_time` tells of each kind, and late_cases_share (its part of all late cases) and surely_slow (its whole
    interval lies below the share in time of all cases); `overall`: the same for all cases together; `clock`, `by`, `hours_basis`.
    """

    table: pd.DataFrame
    overall: pd.Series
    clock: str
    by: str
    hours_basis: str

    @property
    def slow(self) -> pd.DataFrame:
        """The kinds that are surely slow."""
        return self.table[self.table["surely_slow"]]

    def headline(self) -> str:
        """The finding in a line, with the kind of hours that were counted."""
        return _("{clock}: {share:.0%} of {count} cases in time, by {basis}").format(
            clock=label(self.clock, "clock"), share=self.overall.on_time_share, count=int(self.overall.case_count),
            basis=label(self.hours_basis, "hours_basis"))  # fmt: skip

    def summary(self) -> str:
        """The finding in two sentences."""
        first = self.table.iloc[0]
        return self.headline() + _(" ({low:.0%} to {high:.0%}). Most of the late ones: {name}, {late} of {all}.").format(
            low=self.overall.low, high=self.overall.high, name=label(str(first[self.by]), self.by), late=int(first.late_count),
            all=int(self.table["late_count"].sum()))  # fmt: skip

    def advice(self) -> str:
        """What to do first, and how to see whether it helped."""
        slow = self.slow
        if slow.empty:
            return _("No kind of case is surely slower than all cases together; do not move anybody for such differences.")
        names = _(", ").join(label(str(code), self.by) for code in slow[self.by])
        first = _("Begin with {names}: {late} of the {all} late cases. Their share in time lies below that of all cases by more than chance.").format(
            names=names, late=int(slow["late_count"].sum()), all=int(self.table["late_count"].sum()))  # fmt: skip
        then = _("Give them people of their own for three months, then count again by the same hours: {basis}. A higher share without "
                 "that change would prove nothing.").format(basis=label(self.hours_basis, "hours_basis"))  # fmt: skip
        return first + "\n\n" + then

    def plot(self, ax: Axes | None = None) -> Axes:
        """Share in time by kind, dashed that of all cases; see :func:`crmlib.plotting.on_time_shares`."""
        from crmlib import theme
        from crmlib.plotting import on_time_shares

        ax = on_time_shares(self.table.drop(columns=["late_cases_share", "surely_slow"]), ax=ax)
        share = self.overall.on_time_share
        if share == share:
            ax.axvline(share, color=theme.INK, linewidth=1, linestyle=(0, (4, 3)), zorder=0.5)
            ax.text(share, len(self.table) - 0.55, _("all {share:.0%}").format(share=share) + " ", ha="right", va="bottom",
                    color=theme.INK, fontsize=9.5)  # fmt: skip
        return ax


def late_groups(clocks: pd.DataFrame, cases: pd.DataFrame, *, by: str = "cause", clock: str = "resolution", level: float = 0.95) -> LateGroups:
    """Sort the late cases by kind.

    Answers: where do cases get stuck, and where should more hands go first?

    Parameters
    ----------
    clocks : DataFrame, from :func:`crmlib.desk.clocks`
    cases : DataFrame with case_id and `by`
    by : column of cases, such as cause or channel
    clock : which clock
    level : float, 0–1

    Returns
    -------
    LateGroups
        `.table`, `.overall`, `.headline()`, `.summary()`, `.advice()`, `.plot()`

    Raises
    ------
    ValueError
        There is no such clock, or as for :func:`crmlib.desk.on_time`.

    Notes
    -----
    A kind is surely slow where its whole interval lies below the share of all cases, the kind itself among them: the careful reading.
    Each kind is looked at alone; with ten kinds one in twenty such intervals errs by chance.

    Source: :func:`crmlib.desk.on_time`.

    >>> cases = pd.DataFrame({"case_id": [f"K{i}" for i in range(40)], "cause": ["loss"] * 10 + ["price"] * 30})
    >>> table = cases[["case_id"]].assign(clock="resolution", hours_basis="working", target_hours=24.0, used_hours=[30.0] * 8 + [5.0] * 32,
    ...     clock_state=["too_late"] * 8 + ["met"] * 32, is_late=[True] * 8 + [False] * 32)
    >>> late_groups(table, cases).slow.cause.tolist()
    ['loss']
    """
    shares = on_time(clocks, cases, by=by, level=level)
    mine = shares[(shares["clock"] == clock).to_numpy()]
    if mine.empty:
        raise ValueError(_("There is no clock {clock}; there are: {known}.").format(
            clock=clock, known=", ".join(sorted(map(str, shares["clock"].unique())))))  # fmt: skip
    own = clocks[(clocks["clock"] == clock).to_numpy()]
    overall = on_time(own, level=level).iloc[0]
    late = mine["late_count"]
    table = mine.assign(late_cases_share=late / max(int(late.sum()), 1), surely_slow=mine["high"] < overall.on_time_share)
    table = table.sort_values(["late_count", by], ascending=[False, True], kind="stable", ignore_index=True)
    basis = str(own["hours_basis"].iloc[0]) if "hours_basis" in own.columns else ""
    return LateGroups(table, overall, clock, by, basis)
