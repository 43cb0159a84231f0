"""What too few and too many agents cost: wages against callers who hang up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import amount, clean
from crmlib.credit.chance import positive, whole
from crmlib.i18n import _
from crmlib.staffing.arrivals import grid_of
from crmlib.staffing.roster import Roster
from crmlib.staffing.shrinkage import shrinkage_share
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ONE = "calls"
_MOST_AGENTS = 100_000


@dataclass(frozen=True, eq=False)
class StaffingCosts:
    """Costs of an hour by number of agents.

    `table`, one row a case and number of agents: case, calls_per_hour, agents_at_work, service_level, lost_calls, wage_yuan, lost_yuan,
    total_yuan. `best`, indexed by case: agents_at_work, total_yuan. With one number of calls the only case is "calls".
    """

    table: pd.DataFrame = field(repr=False)
    best: pd.DataFrame

    def regret(self) -> pd.DataFrame:
        """What an hour costs more than need be, planned for one case (rows) while another comes (columns)."""
        costs = self.table.pivot(index="agents_at_work", columns="case", values="total_yuan")
        cases = self.best.index
        found = pd.DataFrame(
            {case: costs.loc[self.best["agents_at_work"], case].to_numpy() - self.best.loc[case, "total_yuan"] for case in cases},
            index=cases,
        )
        return found.rename_axis(index="planned_for", columns="came").clip(lower=0)

    def summary(self) -> str:
        """The cheapest number of agents, and what one less and one more would cost."""
        return " ".join(self._sentence(case, row) for case, row in self.best.iterrows())

    def _sentence(self, case: str, row: pd.Series) -> str:
        own = self.table[self.table["case"] == case].set_index("agents_at_work")["total_yuan"]
        beside = [own.get(row.agents_at_work + step, np.nan) - row.total_yuan for step in (-1, 1)]
        calls = self.table.loc[self.table["case"] == case, "calls_per_hour"].iloc[0]
        said = _("{calls:g} calls an hour are cheapest with {agents} agents: {total:,.0f} yuan an hour.").format(
            calls=calls, agents=int(row.agents_at_work), total=row.total_yuan)  # fmt: skip
        if np.isnan(beside).any():
            return said
        return " ".join(
            [said, _("One agent less costs {less:,.0f} yuan more, one more {more:,.0f}.").format(less=beside[0], more=beside[1])]
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Wages, lost calls and their sum by number of agents; see :func:`crmlib.plotting.staffing_costs`."""
        from crmlib.plotting.staffing import staffing_costs as drawn

        return drawn(self, ax=ax)


@dataclass(frozen=True, eq=False)
class RosterCosts:
    """What a roster costs. `table`, one row a half hour: starts_at, calls, at_work (after shrinkage), lost_calls, lost_yuan, spare_yuan
    (wages of agents beyond the need). `wage_yuan` of all paid hours, `lost_yuan`, `spare_yuan` (part of the wages),
    `total_yuan` (wages and lost)."""

    table: pd.DataFrame = field(repr=False)
    wage_yuan: float
    lost_yuan: float
    spare_yuan: float

    @property
    def total_yuan(self) -> float:
        return self.wage_yuan + self.lost_yuan

    def summary(self) -> str:
        """The costs in two sentences."""
        return _("The roster costs {total:,.0f} yuan: {wage:,.0f} in wages, of which {spare:,.0f} for agents beyond the need, and {lost:,.0f} "
                 "for {calls:,.0f} of {all:,.0f} callers who hang up.").format(
            total=self.total_yuan, wage=self.wage_yuan, spare=self.spare_yuan, lost=self.lost_yuan, calls=self.table["lost_calls"].sum(),
            all=self.table["calls"].sum())  # fmt: skip


def staffing_costs(
    calls_per_hour: float | Mapping[str, float], *, handle_seconds: float, patience_seconds: float, agents: Sequence[int] | None = None,
    wage_yuan_per_hour: float | None = None, lost_call_yuan: float | None = None,
) -> StaffingCosts:  # fmt: skip
    """The costs of an hour, by number of agents at work.

    Answers: is one agent more worth the wage, and what does it cost to plan for the wrong number of calls?

    Parameters
    ----------
    calls_per_hour : number, or numbers by case, such as {"low": 80, "expected": 120, "high": 170}
    handle_seconds : seconds of talk and after-call work
    patience_seconds : mean seconds that callers are ready to wait
    agents : whole numbers to compare, optional
        Without it: those around the load of all cases.
    wage_yuan_per_hour, lost_call_yuan : optional
        Without them: the standards staffing.wage_an_hour and staffing.lost_call, which are teaching values: put in your own.

    Returns
    -------
    StaffingCosts
        table, best; `.regret()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A number is not above 0, or there is no number of agents.

    Source: Erlang A (Palm 1946) for those who hang up; marginal analysis.

    >>> found = staffing_costs(120, handle_seconds=300, patience_seconds=120, wage_yuan_per_hour=35, lost_call_yuan=20)
    >>> int(found.best["agents_at_work"].iloc[0])
    14
    """
    from crmlib.queueing import queue_figures

    cases = {_ONE: calls_per_hour} if np.isscalar(calls_per_hour) else calls_per_hour
    if not isinstance(cases, (Mapping, pd.Series)) or not len(cases):
        raise ValueError(_('calls_per_hour must be a number, or numbers by case, such as {"low": 80, "high": 170}.'))
    cases = {str(name): positive("calls_per_hour", value) for name, value in dict(cases).items()}
    seconds, patience = positive("handle_seconds", handle_seconds), positive("patience_seconds", patience_seconds)
    wage, lost = _prices(wage_yuan_per_hour, lost_call_yuan)
    sizes = _sizes(agents, [calls * seconds / 3600 for calls in cases.values()])
    parts = []
    for case, calls in cases.items():
        figures = queue_figures(calls, seconds, sizes, patience_seconds=patience)
        hang_up = calls * figures["abandonment_rate"].to_numpy()
        parts.append(pd.DataFrame({
            "case": case, "calls_per_hour": calls, "agents_at_work": sizes, "service_level": figures["service_level"].to_numpy(),
            "lost_calls": hang_up, "wage_yuan": wage * sizes, "lost_yuan": lost * hang_up, "total_yuan": wage * sizes + lost * hang_up,
        }))  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    best = table.loc[table.groupby("case", sort=False)["total_yuan"].idxmin(), ["case", "agents_at_work", "total_yuan"]].set_index("case")
    return StaffingCosts(table, best)


def roster_costs(
    roster: Roster, calls: pd.DataFrame, *, handle_seconds: float, patience_seconds: float, shrinkage: float = 0.0,
    wage_yuan_per_hour: float | None = None, lost_call_yuan: float | None = None,
) -> RosterCosts:  # fmt: skip
    """What a roster costs, with the calls that are expected or that came.

    Answers: what do the gaps and the spare hours of this plan cost?

    Parameters
    ----------
    roster : Roster, from :func:`crmlib.staffing.plan_roster`
    calls : DataFrame with starts_at and calls (or calls_expected), one row a half hour of the roster
    handle_seconds, patience_seconds, wage_yuan_per_hour, lost_call_yuan : as for :func:`staffing_costs`
    shrinkage : float, share of the rostered time lost to calls, breaks left out

    Returns
    -------
    RosterCosts
        table, wage_yuan, lost_yuan, spare_yuan, total_yuan; `.summary()`

    Raises
    ------
    ValueError
        A half hour of the roster has no calls, or a number cannot be meant.

    Source: Erlang A for each half hour by itself; a queue that is left over from one to the next is not in it.

    >>> from crmlib.staffing.patterns import shift_patterns
    >>> from crmlib.staffing.roster import plan_roster
    >>> starts = pd.date_range("2026-11-02 08:00", periods=4, freq="30min")
    >>> need = pd.DataFrame({"starts_at": starts, "agents_rostered": [2] * 4})
    >>> roster = plan_roster(need, agents=2, patterns=shift_patterns([8], hours=3, break_minutes=0))
    >>> costs = roster_costs(roster, need.assign(calls=0), handle_seconds=300, patience_seconds=60, wage_yuan_per_hour=30)
    >>> costs.wage_yuan, costs.lost_yuan
    (180.0, 0.0)
    """
    from crmlib.queueing import abandonment_rate

    if not isinstance(roster, Roster):
        raise ValueError(_("roster must be what crm.staffing.plan_roster gives; this is a {kind}.").format(kind=type(roster).__name__))
    seconds, patience = positive("handle_seconds", handle_seconds), positive("patience_seconds", patience_seconds)
    wage, lost = _prices(wage_yuan_per_hour, lost_call_yuan)
    column = "calls_expected" if isinstance(calls, pd.DataFrame) and "calls_expected" in calls.columns else "calls"
    table = clean(calls, "calls", starts_at="text_date", **{column: "number"})
    came = table.drop_duplicates("starts_at").set_index("starts_at")[column].reindex(roster.cover["starts_at"])
    refuse_rows(came.isna() | (came < 0), _("A half hour of the roster has no number of calls"), _("Give the calls of every half hour."))
    hours = grid_of(roster.cover, "needed").step / 60
    at_work = roster.cover["covered"].to_numpy() * (1 - shrinkage_share(shrinkage))
    below, share = np.floor(at_work).astype(np.int64), at_work - np.floor(at_work)
    rates = []
    for agents in (below, below + 1):
        rate = np.ones(len(came))
        some = (agents > 0) & (came.to_numpy() > 0)
        if some.any():
            rate[some] = np.asarray(abandonment_rate(came.to_numpy()[some] / hours, seconds, agents[some], patience_seconds=patience))
        rates.append(rate)
    lost_calls = came.to_numpy() * ((1 - share) * rates[0] + share * rates[1])
    found = pd.DataFrame({
        "starts_at": roster.cover["starts_at"], "calls": came.to_numpy(), "at_work": at_work, "lost_calls": lost_calls,
        "lost_yuan": lost * lost_calls, "spare_yuan": wage * hours * roster.cover["spare"],
    })  # fmt: skip
    return RosterCosts(found, float(wage * roster.people["hours"].sum()), float(found["lost_yuan"].sum()), float(found["spare_yuan"].sum()))


def _prices(wage: object, lost: object) -> tuple[float, float]:
    wage = get("staffing.wage_an_hour", unit="yuan") if wage is None else wage
    lost = get("staffing.lost_call", unit="yuan") if lost is None else lost
    return amount("wage_yuan_per_hour", wage), amount("lost_call_yuan", lost)


def _sizes(agents: object, loads: list[float]) -> np.ndarray:
    if agents is None:
        low, high = min(loads), max(loads)
        return np.arange(max(1, int(low - 2 * np.sqrt(low)) - 1), int(np.ceil(high + 3 * np.sqrt(high))) + 3)
    if np.isscalar(agents) or not len(agents):
        raise ValueError(_("agents must be whole numbers to compare, such as range(8, 20)."))
    sizes = sorted({whole("agents", int(size) if isinstance(size, np.integer) else size, 1) for size in agents})
    if sizes[-1] > _MOST_AGENTS:
        raise ValueError(
            _("{name} is {value}; more than {most:,} cannot be meant.").format(name="agents", value=sizes[-1], most=_MOST_AGENTS)
        )
    return np.array(sizes)
