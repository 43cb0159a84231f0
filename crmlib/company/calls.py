"""The calls of the simulated firm: who calls, what the voice menu settles, and the queue for the agents, run call by call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.company.agents import CLOSES, OPENS, Desk, draw_desk, with_overtime
from crmlib.company.axes import require_keys
from crmlib.company.call_arrivals import HOURS, INTENTS, ROLES, WEEKDAYS, Clock, draw_arrivals
from crmlib.company.call_queue import simulate_queue
from crmlib.company.columns import decoded, numbered
from crmlib.company.contract import conform
from crmlib.company.parameters import chosen, figure, parameter_table
from crmlib.company.tables.desk import CALLS

if TYPE_CHECKING:
    from crmlib.company.draws import Stream
    from crmlib.company.world import World

_PATHS = CALLS["ivr_path"].categories
_PATH_OF = dict(zip(INTENTS, ("track", "send", "send", "problem", "problem", "problem", "account", "agent"), strict=True))
_ATTEMPTS = 4
"""A caller gives up after so many calls on one matter."""

_FROM_QUEUE = {
    "entered": np.nan, "answered": np.nan, "wait": np.nan, "handle": np.nan, "talk": np.nan, "patience": np.nan,
    "agent": -1, "resolved": False, "abandoned": False,
}  # fmt: skip
"""What a call takes over from the queue, and what stands there for calls that never queued."""

_DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class CallScenario:
    """What brings people to call and how the service desk copes. Mappings go by reason of the call.

    Raises
    ------
    ValueError
        A mapping lacks a reason.

    >>> CallScenario().notice_cut
    0.35
    """

    calls_per_parcel: Mapping[str, float] = chosen(
        {"where_is_my_parcel": 0.036, "pick_up": 0.021, "price": 0.008, "address_change": 0.009, "complaint": 0.0005, "other": 0.007},
        "平日每件快件带来的来电数，查件一项不含超过承诺时间之后的", "Calls a parcel brings on an ordinary day; tracking: before the promise has passed")
    calls_per_late_parcel: float = chosen(0.36, "每件迟到的快件在承诺时间之后带来的查件来电",
        "Tracking calls after the promise has passed, for each late parcel")
    complaints_per_late_parcel: float = chosen(0.035, "每件迟到的快件带来的投诉来电", "Complaints by telephone for each late parcel")
    claims_per_failure: float = chosen(0.60, "每件丢失或破损的快件带来的理赔来电", "Claims by telephone for each lost or damaged parcel")
    invoice_calls: float = chosen(0.04, "月结客户每月为账单来电的概率", "Chance that a customer with a monthly account calls about the month's bill")
    peak_worry: float = chosen(12.0, "比平日忙 20% 以上时，每忙一倍来电率增加的比例；旺季来电约为平日的 3–5 倍",
        "What each further ordinary day's load beyond 1.2 adds to the rate of calls, as a share; brings peaks of 3–5 ordinary days")
    notice_cut: float = chosen(0.35, "主动通知使所在地区的查件来电减少的比例", "Share by which proactive notices cut a region's tracking calls")
    recipient_share: float = chosen(0.62, "来电人是收件人的比例", "Share of callers who are the addressee")
    unknown_callers: float = chosen(0.06, "不报单号、查不到是谁的来电比例", "Share of callers who name no parcel and cannot be recognised")
    self_service: Mapping[str, float] = figure(
        {"where_is_my_parcel": 0.90, "pick_up": 0.84, "price": 0.82, "address_change": 0.60, "complaint": 0.04, "claim": 0.04,
         "invoice": 0.72, "other": 0.50},
        "语音导航自助解决的比例；总体 70–80%", "Share settled in the voice menu; 70–80 % of all calls", "V-")
    late_self_service: float = chosen(0.78, "已超过承诺时间的查件，自助解决的比例", "The same for parcels whose promise has passed")
    bot: float = chosen(0.40, "由语音机器人接待的比例", "Share of calls taken by the voice bot")
    menu_seconds: float = chosen(38.0, "在语音导航里平均停留的秒数", "Mean seconds in the voice menu")
    leave_menu: float = chosen(0.05, "没解决、又在导航里挂断的比例", "Share of unsolved calls that hang up in the menu")
    patience_seconds: float = chosen(120.0, "来电人平均愿意等多少秒；服从指数分布", "Mean seconds that callers are ready to wait; exponential")
    talk_seconds: Mapping[str, float] = figure(
        {"where_is_my_parcel": 315.0, "pick_up": 250.0, "price": 270.0, "address_change": 280.0, "complaint": 500.0, "claim": 540.0,
         "invoice": 350.0, "other": 300.0},
        "技能评分 3 分的客服通话的中位秒数；加上话后处理，平均处理时长在 4–8 分钟之内",
        "Median seconds of talk of an agent with skill 3; with after-call work the mean handle time lies within 4–8 minutes", "V-")
    talk_spread: float = chosen(0.50, "通话秒数的对数标准差", "Standard deviation of the logarithm of the seconds of talk")
    after_call_seconds: float = chosen(60.0, "话后处理的平均秒数；服从指数分布", "Mean seconds of after-call work; exponential")
    skill_pace: float = chosen(-0.07, "技能评分每高一分，通话时长对数的变化", "What a point of skill adds to the logarithm of the talk time")
    resolved: Mapping[str, float] = figure(
        {"where_is_my_parcel": 0.80, "pick_up": 0.90, "price": 0.92, "address_change": 0.86, "complaint": 0.58, "claim": 0.50,
         "invoice": 0.82, "other": 0.80},
        "技能评分 3 分的客服一次办妥的概率；总体 70–85%", "Chance that an agent with skill 3 settles the matter at once; 70–85 % over all", "V-")
    skill_resolves: float = chosen(0.03, "技能评分每高一分，办妥概率的增加", "What a point of skill adds to that chance")
    again_abandoned: float = chosen(0.55, "排队时挂断的人再打来的概率", "Chance that somebody who hung up in the queue calls again")
    again_unresolved: float = chosen(0.65, "没办妥的人再打来的概率", "Chance that somebody who was not helped calls again")
    redial_minutes: float = chosen(25.0, "挂断后隔多少分钟再打，平均", "Mean minutes until somebody who hung up calls again")
    return_hours: float = chosen(20.0, "没办妥的隔多少小时再打，平均", "Mean hours until somebody who was not helped calls again")
    transferred: Mapping[str, float] = chosen(
        {name: 0.30 if name == "claim" else 0.22 if name == "complaint" else 0.04 for name in INTENTS},
        "转给二线的比例", "Share passed on to the second line")
    miscoded: float = chosen(0.05, "客服把来电原因记成“其他”的比例", "Share of answered calls whose reason the agent records as other")
    planned_contacts: float = figure(0.030, "排班时按每件快件多少通人工来电计划；行业 1–4%",
        "Calls to agents per parcel on which the plan counts; 1–4 % in the trade", "V-")
    planned_handle_seconds: float = figure(430.0, "排班时按多长的处理时长计划；行业 4–8 分钟",
        "Handle time on which the plan counts; 4–8 minutes in the trade", "V-")
    target_level: float = figure(0.80, "服务水平目标：多大比例在时限内接起", "Target service level: the share to be answered in time", "V-")
    target_seconds: float = figure(20.0, "服务水平的时限，秒", "The time within which calls are to be answered, seconds", "V-")
    contract_hours: int = chosen(35, "每周合同工时", "Hours a week by contract")
    spare_agents: float = chosen(0.10, "为缺勤和离职多备的人手比例", "Share of agents beyond the plan, against absence and turnover")
    agents_leave_per_year: float = chosen(0.25, "客服一年内离职的概率", "Chance that an agent leaves within a year")
    vacancy_days: int = chosen(12, "客服离职后多少天补上", "Days until an agent who left is replaced")
    skill_spread: float = chosen(0.9, "客服技能评分的标准差", "Standard deviation of the agents' skill marks")
    sick: float = chosen(0.025, "当天请病假的概率", "Chance of being sick on the day")
    personal_leave: float = chosen(0.01, "当天请事假的概率", "Chance of a personal matter on the day")
    tardy: float = chosen(0.08, "迟到一到十五分钟的概率", "Chance of logging on one to fifteen minutes late")

    def __post_init__(self) -> None:
        for name in ("self_service", "talk_seconds", "resolved", "transferred"):
            require_keys(f"calls.{name}", getattr(self, name), INTENTS)
        require_keys("calls.calls_per_parcel", self.calls_per_parcel, [name for name in INTENTS if name not in ("claim", "invoice")])

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, source (or meaning) in both languages and mark, indexed by name."""
        return parameter_table(cls)

    def by_intent(self, name: str) -> np.ndarray:
        """The mapping `name` in the order of the reasons."""
        return np.array([getattr(self, name)[intent] for intent in INTENTS])


def draw_calls(world: World) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The tables agents, shifts and calls, and the truth frames calls and agents.

    The truth of calls: call_id, intent (why the caller really called), patience_seconds (how long he was ready to wait; missing where the
    call never queued), about_late (a parcel after its promise). The truth of agents: agent_id, pace (talk time over that at skill 3).
    """
    scenario, stream = world.scenario.calls, world.stream
    desk = draw_desk(world, HOURS, WEEKDAYS, scenario)
    first = draw_arrivals(world, Clock(world), scenario)
    menu = _menu(first, stream, scenario)
    tries, queued = _queue(world, first, menu, desk, scenario)
    rows = _rows(world, first, menu, tries, queued, desk, scenario)
    origin = np.datetime64(world.first, "us")
    answered = queued[queued["agent"] >= 0]
    shifts = with_overtime(desk, origin, answered["agent"].to_numpy(), answered["answered"].to_numpy(), answered["ended"].to_numpy())
    truth = rows[["call_id", "intent", "patience_seconds", "about_late"]].reset_index(drop=True)
    pace = pd.DataFrame({"agent_id": desk.agents["agent_id"], "pace": np.exp(scenario.skill_pace * (desk.skill - 3))})
    return {"agents": desk.agents, "shifts": shifts, "calls": conform(rows[CALLS.names], CALLS)}, {"calls": truth, "agents": pace}


def _menu(first: pd.DataFrame, stream: Stream, scenario: CallScenario) -> pd.DataFrame:
    """What the voice menu makes of each first call: seconds in it, solved or not, and whether the caller goes on to the queue."""
    intent, late, size = first["intent"].to_numpy(), first["late"].to_numpy(), len(first)
    chance = np.where(late, scenario.late_self_service, scenario.by_intent("self_service")[intent])
    solved = stream.uniforms("calls/menu/solved", size) < chance
    seconds = 12 + np.rint(-(scenario.menu_seconds - 12) * np.log1p(-stream.uniforms("calls/menu/seconds", size)))
    leaves = ~solved & (stream.uniforms("calls/menu/left", size) < scenario.leave_menu)
    enters = first["second"].to_numpy() + seconds
    open_now = (enters % _DAY >= OPENS * 3600) & (enters % _DAY < CLOSES * 3600)
    returns = ~solved & ~leaves & ~open_now & (stream.uniforms("calls/menu/returns", size) < scenario.again_abandoned)
    return pd.DataFrame({"solved": solved, "enters": enters, "queues": ~solved & ~leaves & open_now, "returns": returns})


def _queue(
    world: World, first: pd.DataFrame, menu: pd.DataFrame, desk: Desk, scenario: CallScenario
) -> tuple[np.ndarray, pd.DataFrame]:
    """The first calls that reach the queue, and the queue's table: a block of rows a try, of which later ones come if they must."""
    stream, horizon = world.stream, world.days * _DAY
    origin = np.flatnonzero(menu["queues"] | menu["returns"])
    size, shape = len(origin), (_ATTEMPTS, len(origin))
    intent = np.tile(first["intent"].to_numpy()[origin], _ATTEMPTS)
    talk_median = scenario.by_intent("talk_seconds")[intent] * np.exp(scenario.talk_spread * stream.normals("calls/talk", shape).ravel())
    after = np.rint(-scenario.after_call_seconds * np.log1p(-stream.uniforms("calls/after", shape).ravel()))
    patience = np.rint(-scenario.patience_seconds * np.log1p(-stream.uniforms("calls/patience", shape).ravel()))
    settles, returns, delay = (stream.uniforms(f"calls/{name}", shape).ravel() for name in ("settles", "again", "delay"))
    helped = scenario.by_intent("resolved")[intent]
    pace = np.exp(scenario.skill_pace * (desk.skill - 3))
    talk, resolved = np.zeros(len(intent)), np.zeros(len(intent), dtype=bool)

    def handle(call: int, agent: int) -> float:
        talk[call] = max(10.0, round(talk_median[call] * pace[agent]))
        return talk[call] + after[call]

    def follow(call: int, now: float, agent: int) -> tuple[int, float] | None:
        if agent >= 0:
            resolved[call] = settles[call] < helped[call] + scenario.skill_resolves * (desk.skill[agent] - 3)
            again, gap = not resolved[call] and returns[call] < scenario.again_unresolved, 3600 * scenario.return_hours
        else:
            again, gap = returns[call] < scenario.again_abandoned, 60 * scenario.redial_minutes
        if not again or call + size >= len(intent):
            return None
        when = _in_hours(np.floor(now + 180 - gap * np.log1p(-delay[call])), 3600 * delay[call])
        return (call + size, when) if when < horizon else None

    enters = menu["enters"].to_numpy()[origin]
    gaps = 3600 * stream.uniforms("calls/menu/morning", size)
    enters = np.array([_in_hours(when, gap) for when, gap in zip(enters, gaps, strict=True)])
    arrivals = np.concatenate([np.where(enters < horizon, enters, np.inf), np.full(size * (_ATTEMPTS - 1), np.inf)])
    table = simulate_queue(arrivals, handle, patience, desk.duty, follow=follow)
    return origin, table.assign(talk=talk, resolved=resolved, patience=patience, intent=intent)


def _in_hours(when: float, gap: float) -> float:
    """The moment itself if the desk is open, else `gap` seconds after it opens next."""
    day, clock = divmod(when, _DAY)
    if OPENS * 3600 <= clock < CLOSES * 3600:
        return float(when)
    return float(np.floor((day + (clock >= CLOSES * 3600)) * _DAY + OPENS * 3600 + gap))


def _rows(
    world: World, first: pd.DataFrame, menu: pd.DataFrame, tries: np.ndarray, queued: pd.DataFrame, desk: Desk, scenario: CallScenario
) -> pd.DataFrame:
    """One row a call, first calls and repeats together, with the columns of the contract and the truth."""
    size, stream = len(tries), world.stream
    came = np.flatnonzero(queued["entered"].notna().to_numpy())
    own = (came < size) & menu["queues"].to_numpy()[tries[came % max(size, 1)]]
    where = np.full(len(queued), -1)
    where[came] = np.where(own, tries[came % max(size, 1)], len(first) + np.cumsum(~own) - 1)
    extra = came[~own]
    source = np.concatenate([np.arange(len(first)), tries[extra % max(size, 1)]])
    before = np.full(len(source), -1)
    before[len(first):] = np.where(extra < size, tries[extra % max(size, 1)], where[np.maximum(extra - size, 0)])
    rows = first.iloc[source].reset_index(drop=True)
    for name, empty in _FROM_QUEUE.items():
        values = np.full(len(rows), empty)
        values[where[came]] = queued[name].to_numpy()[came]
        rows[name] = values
    solved = np.zeros(len(rows), dtype=bool)
    solved[: len(first)] = menu["solved"]
    short = 12 + np.floor(40 * stream.uniforms("calls/again/menu", len(extra)))
    rows["second"] = np.concatenate([first["second"].to_numpy(), rows["entered"].to_numpy()[len(first):] - short])
    order = np.argsort(rows["second"].to_numpy(), kind="stable")
    rows, solved, before = rows.iloc[order].reset_index(drop=True), solved[order], before[order]
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(1, len(order) + 1)
    return _by_contract(world, rows, solved, np.where(before >= 0, number[before], 0), desk, scenario)


def _by_contract(
    world: World, rows: pd.DataFrame, solved: np.ndarray, before: np.ndarray, desk: Desk, scenario: CallScenario
) -> pd.DataFrame:
    size, stream, intent = len(rows), world.stream, rows["intent"].to_numpy()
    origin = np.datetime64(world.first, "us")
    agent, answered = rows["agent"].to_numpy(), rows["agent"].to_numpy() >= 0
    queued, again = rows["entered"].notna().to_numpy(), before > 0
    path = np.array([_PATHS.index(_PATH_OF[name]) for name in INTENTS])[intent]
    path = np.where(again | (stream.uniforms("calls/path", size) < 0.12) & ~solved, _PATHS.index("agent"), path)
    noted = np.where(answered & (stream.uniforms("calls/miscoded", size) < scenario.miscoded), INTENTS.index("other"), intent)

    def moment(name: str) -> np.ndarray:
        seconds = rows[name].to_numpy()
        known = ~np.isnan(seconds)
        return np.where(known, origin + np.where(known, seconds, 0).astype("timedelta64[s]"), np.datetime64("NaT"))

    def known(codes: np.ndarray, values: pd.Series, there: np.ndarray) -> pd.Series:
        return decoded(np.maximum(codes, 0), values).where(there) if len(values) else pd.Series(None, index=rows.index, dtype=object)

    waybill, customer = rows["waybill"].to_numpy(), rows["customer"].to_numpy()
    return pd.DataFrame({
        "call_id": numbered("K", world.numbers(size), 6),
        "arrived_at": moment("second"),
        "customer_id": known(customer, world.customers["customer_id"], customer >= 0),
        "waybill_id": known(waybill, world.waybills["waybill_id"], waybill >= 0),
        "role": decoded(rows["role"].to_numpy(), ROLES),
        "ivr_path": decoded(path, _PATHS),
        "bot": (stream.uniforms("calls/bot", size) < scenario.bot) & ~again,
        "solved_in_ivr": solved,
        "left_in_ivr": ~solved & ~queued,
        "entered_queue_at": moment("entered"),
        "answered_at": moment("answered"),
        "abandoned": rows["abandoned"],
        "wait_seconds": rows["wait"],
        "talk_seconds": rows["talk"].where(answered),
        "handle_seconds": rows["handle"],
        "agent_id": known(agent, desk.agents["agent_id"], answered),
        "reason": decoded(noted, INTENTS).where(answered | solved),
        "resolved_first_contact": (solved | rows["resolved"].to_numpy()) & ~again,
        "repeat_of": numbered("K", world.number - 1 + np.maximum(before, 1), 6).where(again),
        "transferred": answered & (stream.uniforms("calls/transferred", size) < scenario.by_intent("transferred")[intent]),
        "intent": decoded(intent, INTENTS),
        "patience_seconds": rows["patience"],
        "about_late": rows["late"].to_numpy(),
    })  # fmt: skip
