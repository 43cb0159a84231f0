"""A risk drill: an incident of the past told as it was known, decisions under the crisis clock, and what they cost in hindsight."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import refuse_rows, require_columns
from crmlib.desk.risk.affected import affected_parcels
from crmlib.desk.risk.alternatives import Alternatives, alternatives
from crmlib.desk.risk.choosing import cheapest, room_taken
from crmlib.desk.risk.costs import OPTIONS, RiskCosts, risk_costs
from crmlib.desk.risk.feed import incident_of
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company

_DAY, _HOUR = pd.Timedelta(days=1), pd.Timedelta(hours=1)
_TIMELINE = ["at", "drill_step", "question", "parcels", "due_at", "minutes", "is_late"]


@dataclass(frozen=True)
class DrillScore:
    """`table`: question, at, parcels, option (given; "mixed" for a table), cost_yuan, wait_yuan (had nobody done anything), best_yuan (in hindsight, with
    the same room), regret_yuan, begun_late, offered_late."""

    table: pd.DataFrame

    def summary(self) -> str:
        """What the decisions cost, against waiting and against the best."""
        sums = self.table[["cost_yuan", "wait_yuan", "best_yuan", "parcels"]].sum()
        return _("{parcels:,.0f} parcels: the decisions cost {cost:,.0f} yuan; waiting would have cost {wait:,.0f}, the best in hindsight {best:,.0f}. "
                 "Begun late: {begun}, offered late: {offered} of {count}.").format(
            parcels=sums.parcels, cost=sums.cost_yuan, wait=sums.wait_yuan, best=sums.best_yuan, begun=int(self.table["begun_late"].sum()),
            offered=int(self.table["offered_late"].sum()), count=len(self.table))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Decisions against waiting and the best; see :func:`crmlib.plotting.risk.drill_costs`."""
        from crmlib.plotting.risk import drill_costs

        return drill_costs(self, ax=ax)


@dataclass(frozen=True)
class Drill:
    """A drill under way. Nothing in it is known before its moment; every answer gives the next state.

    `answers` holds what was decided so far: (options by waybill_id, what was said, begun minutes, offer minutes).
    """

    company: Company = field(repr=False)
    incident: object = field(repr=False)
    costs: RiskCosts = field(repr=False)
    moments: tuple[pd.Timestamp, ...] = field(repr=False)
    answers: tuple[tuple[pd.Series, str, float, float], ...] = field(default=(), repr=False)
    found: tuple[Alternatives, ...] = field(default=(), repr=False)

    @property
    def done(self) -> bool:
        """Whether every question has been answered."""
        return len(self.answers) == len(self.moments)

    @property
    def known(self) -> pd.DataFrame:
        """The incident as it looks now, one row of the feed."""
        now = self.moments[min(len(self.answers), len(self.moments) - 1)]
        return pd.DataFrame([incident_of(self.company, self.incident, now)[0]._asdict()])

    @property
    def question(self) -> Alternatives:
        """The decision asked for now: the parcels touched since the last question, with their alternatives.

        Raises
        ------
        ValueError
            All questions have been answered.
        """
        if self.done:
            raise ValueError(_("All questions are answered; .score() tells what it cost."))
        return self.found[-1]

    def _asked(self) -> Drill:
        if self.done:
            return self
        now = self.moments[len(self.answers)]
        touched = affected_parcels(self.company, self.incident, now)
        before = {one for result in self.found for one in result.affected["waybill_id"]}
        fresh = touched[~touched["waybill_id"].isin(before).to_numpy()].reset_index(drop=True)
        return replace(self, found=(*self.found, alternatives(self.company, fresh, self.incident, self.costs, as_of=now)))

    def answer(self, option: str | pd.DataFrame, *, minutes: float, begun: float | None = None) -> Drill:
        """Decide, and go on to the next question.

        Parameters
        ----------
        option : one option for all (as far as the room on the other route goes, the most worth first; the rest wait), "plan" for the
            cheapest plan, or a table with waybill_id and option
        minutes : how long it took until the customers had the offer
        begun : minutes until the investigation began; None: `minutes`, at most the hour that there is

        Raises
        ------
        ValueError
            The option is unknown, the other route has no room for so many, or the minutes are no number.
        """
        asked = self.question
        limit = standards.get("risk.investigate_hours", unit="hours") * 60
        for name, value in (("minutes", minutes), ("begun", 0 if begun is None else begun)):
            if isinstance(value, (bool, str)) or not 0 <= value < float("inf"):
                raise ValueError(_("{name} is {value}; it must be a number of at least 0{most}.").format(name=name, value=value, most=""))
        begun = min(minutes, limit) if begun is None else begun
        chosen, said = _chosen(asked, option)
        if minutes > standards.get("risk.offer_hours", unit="hours") * 60:
            chosen = chosen.where(chosen == "wait", "wait")
        return replace(self, answers=(*self.answers, (chosen, said, float(begun), float(minutes))))._asked()

    @property
    def timeline(self) -> pd.DataFrame:
        """What was known, asked and done, in order.

        at, drill_step (known, asked, investigate, offer), question, parcels, due_at, minutes, is_late
        """
        start = incident_of(self.company, self.incident, self.moments[0])[0].known_at
        rows = [(start, "known", 0, np.nan, pd.NaT, np.nan, False)]
        hours = [standards.get(f"risk.{name}_hours", unit="hours") for name in ("investigate", "offer")]
        for number, result in enumerate(self.found, 1):
            at, count = result.as_of, len(result.affected)
            rows.append((at, "asked", number, count, pd.NaT, np.nan, False))
            if number <= len(self.answers):
                for step, limit, minutes in zip(("investigate", "offer"), hours, self.answers[number - 1][2:], strict=True):
                    rows.append((at + pd.Timedelta(minutes=minutes), step, number, count, at + limit * _HOUR, minutes, minutes > limit * 60))
        return pd.DataFrame(rows, columns=_TIMELINE).astype({"at": "datetime64[us]", "due_at": "datetime64[us]"})

    def score(self) -> DrillScore:
        """What it cost in the end, against waiting and the best in hindsight.

        Raises
        ------
        ValueError
            Questions are open, or the incident is one of your own, of which nobody knows the end.
        """
        if not self.done:
            raise ValueError(_("{count} questions are still open; hindsight comes after the last.").format(count=len(self.moments) - len(self.answers)))
        number = incident_of(self.company, self.incident, self.moments[0])[0].incident_id
        rows = []
        for place, (asked, (chosen, said, begun, minutes)) in enumerate(zip(self.found, self.answers, strict=True), 1):
            cost = hindsight(self.company, asked, number, self.costs)
            size, row = np.ones(len(cost)), np.arange(len(cost))
            mine = cost[row, [OPTIONS.index(one) for one in chosen]].sum()
            best = cost[row, cheapest(cost, size, room_taken(self.costs), asked.capacity)].sum()
            rows.append((place, asked.as_of, len(cost), said, mine, cost[:, 0].sum(), best, mine - best,
                         begun > standards.get("risk.investigate_hours", unit="hours") * 60,
                         minutes > standards.get("risk.offer_hours", unit="hours") * 60))  # fmt: skip
        return DrillScore(pd.DataFrame(rows, columns=["question", "at", "parcels", "option", "cost_yuan", "wait_yuan", "best_yuan", "regret_yuan",
                                                      "begun_late", "offered_late"]))  # fmt: skip

    def summary(self) -> str:
        """Where the drill stands and what is asked."""
        if self.done:
            return _("The drill is over: {count} decisions. .score() tells what they cost.").format(count=len(self.answers))
        asked = self.question
        return _("Question {number} of the drill, {at}: {parcels:,} parcels are newly touched. Begin within {begin:g} h, offer within {offer:g} h. "
                 "Room on the other route: {room:.0f} parcels.").format(
            number=len(self.found), at=f"{asked.as_of:%Y-%m-%d %H:%M}", parcels=len(asked.affected), room=asked.capacity,
            begin=standards.get("risk.investigate_hours", unit="hours"), offer=standards.get("risk.offer_hours", unit="hours"))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The drill along time; see :func:`crmlib.plotting.risk.drill_timeline`."""
        from crmlib.plotting.risk import drill_timeline

        return drill_timeline(self, ax=ax)


def _chosen(asked: Alternatives, option: str | pd.DataFrame) -> tuple[pd.Series, str]:
    """The option of every parcel asked about, in their order, and what was said."""
    numbers = asked.affected["waybill_id"]
    if isinstance(option, pd.DataFrame):
        require_columns(option.columns, ["waybill_id", "option"])
        refuse_rows(~option["option"].isin(OPTIONS), _("{column} is none of the known codes").format(column="option"),
                    _("Use one of: {codes}.").format(codes=", ".join(OPTIONS)))  # fmt: skip
        chosen = numbers.map(option.drop_duplicates("waybill_id").set_index("waybill_id")["option"]).fillna("wait")
        taken = chosen.map(dict(zip(OPTIONS, room_taken(asked.costs), strict=True))).sum()
        if taken > asked.capacity + 1e-9:
            raise ValueError(_("The other route has room for {room:.0f} parcels; the table takes room for {taken:.1f}. Let some wait.").format(
                room=asked.capacity, taken=taken))  # fmt: skip
        return chosen, "mixed"
    if option == "plan":
        return numbers.map(asked.plan.set_index("waybill_id")["option"]), "plan"
    if option not in OPTIONS:
        raise ValueError(_("There is no option {option}. There are: {names}, or “plan”, or a table.").format(option=option, names=", ".join(OPTIONS)))
    costs = asked.table.pivot(index="waybill_id", columns="option", values="expected_cost_yuan").reindex(columns=list(OPTIONS)).loc[numbers]
    room = room_taken(asked.costs)[OPTIONS.index(option)]
    order = np.argsort((costs[option] - costs["wait"]).fillna(np.inf).to_numpy(), kind="stable")
    most = len(order) if room == 0 else int(asked.capacity / room)
    chosen = pd.Series("wait", index=numbers.index, dtype=object)
    chosen.iloc[[place for place in order[:most] if not np.isnan(costs[option].iloc[place])]] = option
    return chosen, option


def hindsight(company: Company, asked: Alternatives, incident_id: str, costs: RiskCosts) -> np.ndarray:
    """(parcels, options) what each would have cost, given how late the parcel came, what the incident took, and whether the customer agreed."""
    table = company.tables.get("incidents")
    own = table[(table["incident_id"] == incident_id).to_numpy()] if table is not None else ()
    if not len(own):
        raise ValueError(_("Nobody knows how the incident {incident} ended, so it has no hindsight; drill with one of the firm's.").format(
            incident=incident_id))  # fmt: skip
    incident = own.iloc[0]
    rows = company.waybills.set_index("waybill_id").loc[asked.affected["waybill_id"]]
    end = company.tracking["scanned_at"].max()
    wait = ((rows["delivered_at"].fillna(end) - rows["promised_at"]) / _HOUR).to_numpy()
    price = rows["price_yuan"].to_numpy(dtype=float)
    slowed = ((rows["picked_up_at"] >= incident["first_day"]) & (rows["picked_up_at"] < incident["last_day"] + _DAY)).to_numpy()
    extra = np.where(slowed, incident["extra_hours"], 0.0)
    late = {"wait": wait, "reroute": wait - extra + costs.reroute_hours, "split": wait - (1 - costs.split_delay_share) * extra,
            "postpone": wait - costs.postpone_hours}  # fmt: skip
    paid = {"wait": 0.0, "reroute": costs.reroute_share * price, "split": costs.split_yuan, "postpone": costs.postpone_yuan,
            "refund": price + costs.refund_yuan}  # fmt: skip
    cost = np.zeros((len(rows), len(OPTIONS)))
    for place, option in enumerate(OPTIONS):
        hours = late.get(option, np.full(len(rows), -1.0))
        whole = paid[option] + np.where(hours > 0, costs.late_yuan + np.minimum(hours / 24 * costs.late_day_share, 1) * price, 0.0)
        agrees = np.array([_luck(number, option) < costs.consent(option) for number in rows.index])
        cost[:, place] = np.where(agrees, whole, cost[:, 0])
    several = rows.groupby("customer_id")["price_yuan"].transform("size").to_numpy() >= 2
    cost[~several, OPTIONS.index("split")] = np.inf
    return cost


def _luck(waybill_id: str, option: str) -> float:
    """Whether a customer agrees: the same in every run."""
    return int.from_bytes(hashlib.sha256(f"{waybill_id}/{option}".encode()).digest()[:6], "big") / 2**48


def drill(company: Company, incident: object, *, costs: RiskCosts | None = None) -> Drill:
    """A risk drill on an incident of the firm's past.

    Answers: would we have decided well, and in time?

    Parameters
    ----------
    company : Company
    incident : its number, or a row of the feed
    costs : RiskCosts, optional

    Returns
    -------
    Drill
        `.known`, `.question` (Alternatives), `.answer(option, minutes=…)` gives the next state, `.done`, `.timeline`, `.score()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        There is no such incident.

    Source: own; the hours are those of 《2025国际快递行业客户关系管理体系研究》. Who agrees in hindsight is a fixed draw by waybill number.

    >>> from crmlib.company import lark
    >>> run = drill(lark(), "I013").answer("wait", minutes=45)
    >>> run.done, run.timeline.drill_step.tolist()
    (True, ['known', 'asked', 'investigate', 'offer'])
    """
    far = pd.Timestamp("2262-01-01")
    known, _far = incident_of(company, incident, far)
    hours = standards.get("risk.drill_hours", unit="hours")
    last = known.ended_on + _DAY if not pd.isna(known.ended_on) else far
    moments = tuple(known.known_at + one * _HOUR for one in hours if known.known_at + one * _HOUR < last)
    return Drill(company, known._replace(ended_on=pd.NaT) if isinstance(incident, pd.DataFrame) else incident, costs or risk_costs(), moments)._asked()
