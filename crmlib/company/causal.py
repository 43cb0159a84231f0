"""The causes that the simulated firm is made of: which parameter of a scenario makes which thing act on which other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pandas as pd

from crmlib.company.scenario import Scenario
from crmlib.i18n import language

NODES: dict[str, tuple[str, str]] = {
    "market": ("客户类型与大小", "Customer: type and size"),
    "selling": ("线索来源、跟进、报价", "Lead: source, speed, discount"),
    "won": ("签约", "Deal won"),
    "offers": ("随机发放的优惠", "Offers drawn by lot"),
    "leaving": ("客户经理离职", "Salesperson leaves"),
    "credit": ("信用质量", "Credit quality"),
    "overdue": ("迟付、分付、不付", "Paid late, in parts, never"),
    "price_gap": ("与对手的价差", "Price above rivals"),
    "conditions": ("产品、线路、旺季、突发事件", "Product, route, peak, incident"),
    "parcels": ("寄件与退回", "Parcels sent, sent back"),
    "faults": ("延误、丢失、破损", "Delay, loss, damage"),
    "notices": ("主动通知", "Proactive notices"),
    "image": ("形象", "Image"),
    "expectation": ("期望", "Expectation"),
    "quality": ("感知质量", "Perceived quality"),
    "value": ("感知价值", "Perceived value"),
    "satisfaction": ("满意度", "Satisfaction"),
    "complaint": ("抱怨倾向", "Urge to complain"),
    "loyalty": ("忠诚", "Loyalty"),
    "churn": ("流失", "Churn"),
    "cases": ("投诉、索赔、咨询及办理", "Cases and their handling"),
    "calls": ("来电", "Calls"),
    "queue": ("排队、放弃、没办妥", "Queue, hang-ups, unresolved"),
    "skill": ("坐席人数与技能", "Agents: number, skill"),
    "channel": ("联系渠道", "Channel"),
    "voice": ("问卷、回访、态度", "Surveys, follow-ups, mood"),
}
"""What acts and is acted upon: Chinese and English name by code."""

UNITS: dict[str, tuple[str, str]] = {
    "path": ("路径系数", "path coefficient"), "correlation": ("相关系数", "correlation"), "sd": ("标准差", "standard deviations"),
    "log_hazard": ("对数风险比", "log hazard ratio"), "log_odds": ("对数几率", "log odds"), "log": ("对数", "logarithm"),
    "share": ("份额", "share"), "late_parcels": ("折合延误件数", "late parcels"), "parcels": ("每月件数", "parcels a month"),
    "times": ("倍", "times"), "calls": ("每件来电数", "calls a parcel"), "days": ("天", "days"), "hours": ("小时", "hours"),
    "seconds": ("秒", "seconds"), "points": ("分", "points"), "elasticity": ("弹性", "elasticity"), "loading": ("载荷", "loading"),
}  # fmt: skip
"""In what an effect is counted: Chinese and English name by code."""


@dataclass(frozen=True)
class _Arrow:
    """One effect: `read` gives its size from the parameter's value; `kinds` marks a cause that has kinds and no more or less: its size is
    the distance between the extreme kinds."""

    parameter: str
    cause: str
    effect: str
    unit: str
    read: Callable[[Any], float] = float
    part: str = ""
    kinds: bool = False


def _numbers(value: object) -> Iterable[float]:
    if isinstance(value, Mapping):
        value = tuple(value.values())
    return [number for part in value for number in _numbers(part)] if isinstance(value, tuple) else [float(value)]


def _range(value: object) -> float:
    numbers = _numbers(value)
    return max(numbers) - min(numbers)


def _kinds(parameter: str, cause: str, effect: str, unit: str) -> _Arrow:
    return _Arrow(parameter, cause, effect, unit, _range, kinds=True)


def _entry(parameter: str, key: object, cause: str, effect: str, unit: str, turn: float = 1.0) -> _Arrow:
    """The entry `key` of a mapping, or place of a tuple; `turn` is −1 where the entry speaks of the opposite of the cause or effect."""
    part = ", ".join(key) if isinstance(key, tuple) else str(key)
    return _Arrow(parameter, cause, effect, unit, lambda value: turn * value[key], part)


def _more(parameter: str, key: str, than: str, cause: str, effect: str, unit: str) -> _Arrow:
    """By how much the entry `key` exceeds the entry `than`."""
    return _Arrow(parameter, cause, effect, unit, lambda value: value[key] - value[than], f"{key} − {than}")


def _offer(kind: str, effect: str, unit: str, turn: float = 1.0) -> _Arrow:
    """The mean effect over the three markets, without the moderator."""
    return _Arrow("sales.effects", "offers", effect, unit, lambda value: turn * sum(
        size for name, size in value[kind].items() if name != "moderator") / 3, kind)  # fmt: skip


_PATHS = tuple(
    _entry("satisfaction.paths", path, *path, "path") for path in Scenario().satisfaction.paths if path[0] != "experience"
)  # fmt: skip
_LEAVING = {"satisfaction": "satisfaction", "price_gap": "price_gap", "salesperson_left": "leaving", "notices": "notices"}

_ARROWS: tuple[_Arrow, ...] = (
    _kinds("monthly_parcels", "market", "parcels", "parcels"),
    _Arrow("company_rate", "market", "parcels", "times", lambda value: max(value.values()) - 1),
    _kinds("service.returned", "market", "parcels", "share"),
    _kinds("product_mix", "market", "conditions", "share"),
    _kinds("churn_per_year", "market", "churn", "share"),
    _Arrow("churn.size_ratio", "market", "churn", "log_hazard", lambda value: math.log(value["key"] / value["small"]), "key"),
    _Arrow("market_discount", "market", "price_gap", "share", lambda value: -max(value.values())),
    _Arrow("discounts", "market", "price_gap", "share", lambda value: -max(share for _parcels, share in value)),
    _kinds("surveys.response_base", "market", "voice", "log_odds"),
    _entry("peak", "e_commerce", "conditions", "parcels", "times"),
    _Arrow("service.peak_delay", "conditions", "faults", "share"),
    _Arrow("service.peak_failures", "conditions", "faults", "share"),
    _Arrow("outside.incidents", "conditions", "faults", "hours", lambda value: sum(one.extra_hours for one in value) / max(len(value), 1)),
    _kinds("transit_hours", "conditions", "faults", "hours"),
    _kinds("promised_hours", "conditions", "faults", "hours"),
    _kinds("service.product_pace", "conditions", "faults", "times"),
    _kinds("service.route_pace", "conditions", "faults", "times"),
    _kinds("service.lost", "conditions", "faults", "share"),
    _kinds("service.damaged", "conditions", "faults", "share"),
    _kinds("service.failure_pace", "conditions", "faults", "times"),
    _Arrow("outside.west_surcharge", "conditions", "price_gap", "share", lambda value: -value),
    _Arrow("outside.peak_surcharge", "conditions", "price_gap", "share", lambda value: -value),
    _Arrow("cases.complaint_peak", "conditions", "cases", "log_odds"),
    _Arrow("cases.response_load", "conditions", "cases", "elasticity"),
    _Arrow("cases.resolution_load", "conditions", "cases", "elasticity"),
    _Arrow("calls.peak_worry", "conditions", "calls", "share"),
    _entry("satisfaction.paths", ("experience", "quality"), "faults", "quality", "path", -1),
    _Arrow("satisfaction.failure_weight", "faults", "quality", "late_parcels", lambda value: -value),
    *_PATHS,
    _Arrow("satisfaction.notice_relief", "notices", "quality", "share"),
    _Arrow("satisfaction.notice_joy", "notices", "satisfaction", "sd"),
    *(_entry("churn.effects", name, cause, "churn", "log_hazard") for name, cause in _LEAVING.items()),
    _Arrow("churn.wallet", "satisfaction", "parcels", "share"),
    _Arrow("churn.fade", "churn", "parcels", "share", lambda value: value - 1),
    _offer("first_order", "parcels", "share"),
    _offer("membership", "parcels", "log"),
    _offer("retention", "churn", "share", -1),
    _kinds("sales.source_effects", "selling", "won", "log_odds"),
    _Arrow("sales.quote_day_effect", "selling", "won", "log_odds"),
    _Arrow("sales.contact_day_effect", "selling", "won", "log_odds"),
    _Arrow("sales.discount_effect", "selling", "won", "log_odds"),
    _Arrow("money.quality_effect", "credit", "overdue", "days"),
    _entry("money.never_paid", "quality", "credit", "overdue", "log_odds"),
    _entry("money.in_parts", "quality", "credit", "overdue", "log_odds"),
    _entry("money.never_paid", "gone", "churn", "overdue", "log_odds"),
    _more("cases.complaint_chance", "late", "fine", "faults", "cases", "share"),
    _more("cases.inquiry_chance", "late", "fine", "faults", "cases", "share"),
    _more("cases.claim_chance", "lost", "fine", "faults", "cases", "share"),
    _Arrow("cases.complaint_slope", "complaint", "cases", "log_odds"),
    _Arrow("cases.inquiry_notices", "notices", "cases", "log_odds"),
    _Arrow("cases.hotline_pace", "channel", "cases", "times", lambda value: value - 1),
    _entry("cases.after_effects", "log_days", "cases", "voice", "log_odds"),
    _entry("cases.after_effects", "unfounded", "cases", "voice", "log_odds"),
    _entry("cases.after_effects", "paid", "cases", "voice", "log_odds"),
    _entry("cases.after_effects", "satisfaction", "satisfaction", "voice", "log_odds"),
    _Arrow("cases.praise_slope", "satisfaction", "voice", "log"),
    _Arrow("sales.mood_effect", "satisfaction", "voice", "points"),
    _Arrow("surveys.response_satisfaction", "satisfaction", "voice", "log_odds"),
    _kinds("surveys.channel_effect", "channel", "voice", "log_odds"),
    _entry("surveys.stage_quality", "delivery", "quality", "voice", "correlation"),
    _entry("surveys.servqual_loading", 1, "quality", "voice", "loading"),
    _Arrow("surveys.recommend_loading", "loyalty", "voice", "loading"),
    _entry("calls.calls_per_parcel", "where_is_my_parcel", "parcels", "calls", "calls"),
    _Arrow("calls.invoice_calls", "parcels", "calls", "share"),
    _Arrow("calls.calls_per_late_parcel", "faults", "calls", "calls"),
    _Arrow("calls.complaints_per_late_parcel", "faults", "calls", "calls"),
    _Arrow("calls.claims_per_failure", "faults", "calls", "calls"),
    _Arrow("calls.notice_cut", "notices", "calls", "share", lambda value: -value),
    _entry("calls.talk_seconds", "where_is_my_parcel", "calls", "queue", "seconds"),
    _Arrow("calls.after_call_seconds", "calls", "queue", "seconds"),
    _Arrow("calls.again_abandoned", "queue", "calls", "share"),
    _Arrow("calls.again_unresolved", "queue", "calls", "share"),
    _Arrow("calls.skill_pace", "skill", "queue", "log"),
    _Arrow("calls.skill_resolves", "skill", "queue", "share", lambda value: -value),
    _Arrow("calls.spare_agents", "skill", "queue", "share", lambda value: -value),
)

PLAIN: dict[str, str] = {
    "level": """
        market_mix rate_shape month_spread opened_before potential rising declining growth_per_year scope_mix region_mix median_kg
        tariff cost service.transit_spread service.stage_hours service.return_spread satisfaction.usual_late_share
        satisfaction.patience_parcels satisfaction.memory satisfaction.experience_scale satisfaction.gap_scale
        satisfaction.usual_gap staff.leave_per_year staff.felt_months outside.price_level outside.drift_per_year outside.route_noise
        outside.month_noise outside.peak_months outside.price_wars money.usual_delay money.habit_sd money.luck_days
        money.second_part_days money.overpaid money.method_shares sales.win_share sales.quoted_share sales.source_mix
        sales.contact_days sales.quote_days sales.decision_days sales.dropped_at sales.usual_mood sales.mood_noise sales.taken_up
        sales.joins_alone sales.joins_within sales.redeems surveys.item_missing surveys.aftersales_used surveys.importance
        surveys.recommend_mean surveys.comment_logit cases.complaint_causes cases.inquiry_causes cases.praise_chance
        cases.praise_attitude cases.channel_mix cases.grade_shares cases.insured cases.response_hours cases.response_spread
        cases.resolution_hours cases.kind_pace cases.resolution_spread cases.stalled cases.outcomes cases.declared_yuan
        cases.followed_up cases.after_base calls.recipient_share calls.unknown_callers calls.self_service calls.late_self_service
        calls.menu_seconds calls.leave_menu calls.patience_seconds calls.talk_spread calls.resolved calls.redial_minutes
        calls.return_hours calls.transferred calls.agents_leave_per_year calls.skill_spread calls.sick calls.personal_leave
        calls.tardy""",
    "rule": """
        churn.size_shares churn.notice_months staff.customers_each staff.contacts staff.channels money.class_shares money.terms_days
        money.limit_months sales.revised sales.visit_days sales.visits_done sales.visits_by_phone sales.notice_from sales.offered
        sales.offer_value sales.at_risk_from sales.invitation_months sales.invited_from sales.tier_from sales.redeems_from
        surveys.wave_months surveys.wave_day surveys.channel_mix cases.uninsured_times cases.goodwill_yuan calls.bot
        calls.planned_contacts calls.planned_handle_seconds calls.target_level calls.target_seconds calls.contract_hours
        calls.vacancy_days""",
    "record": """
        sources.known sources.repeated sources.namesakes sources.branches sources.branch_records sources.carelessness sources.errors
        sources.filled sources.lag_days money.class_accuracy sales.reasons_after_quote sales.reasons_before_quote sales.duplicates
        surveys.loadings surveys.ecsi_spread surveys.index_loading surveys.index_spread surveys.servqual_expected
        surveys.servqual_spread surveys.kano_slip surveys.importance_spread surveys.recommend_spread cases.miscoded cases.vague
        cases.mixed cases.typing_errors cases.no_waybill calls.miscoded""",
}
"""The parameters that are no effect of one node on another: how high or how spread something is (level), what the firm decides by rule
(rule), and how things are measured and written down (record)."""


def causes(scenario: Scenario | None = None) -> pd.DataFrame:
    """Every cause and effect in the simulated firm, with the parameter that makes it.

    Answers: what acts on what, which way, how strongly, and how do we know?

    Parameters
    ----------
    scenario : whose parameters are read; None means `Scenario()`

    Returns
    -------
    DataFrame, one row an effect
        cause, effect (codes of `NODES`), parameter (name in `Scenario.table()`, the entry in brackets where it is one of several), value
        (its size as a number), sign ("+": more of the cause, more of the effect; "−"; "±": the cause has kinds that differ by `value`; "0":
        switched off), unit (code of `UNITS`), mark (how sure we are of the value), zh, en (what the parameter means, and its source)

    >>> table = causes()
    >>> table.query("cause == 'price_gap' and effect == 'churn'")[["parameter", "value", "sign"]].values.tolist()
    [['churn.effects[price_gap]', 2.5, '+']]
    """
    scenario, known = scenario or Scenario(), Scenario.table()
    rows = []
    for arrow in _ARROWS:
        size = float(arrow.read(reduce(getattr, arrow.parameter.split("."), scenario)))
        sign = "0" if size == 0 else "±" if arrow.kinds else "+" if size > 0 else "−"
        meaning = known.loc[arrow.parameter]
        name = f"{arrow.parameter}[{arrow.part}]" if arrow.part else arrow.parameter
        rows.append({
            "cause": arrow.cause, "effect": arrow.effect, "parameter": name, "value": size, "sign": sign, "unit": arrow.unit,
            "mark": meaning["mark"], "zh": meaning["source_zh"], "en": meaning["source_en"],
        })  # fmt: skip
    return pd.DataFrame(rows)


def pairs(table: pd.DataFrame) -> pd.DataFrame:
    """One row a cause and effect: cause, effect, sign of all their parameters together, effects (how many).

    Kinds count only where nothing else does: of a customer's type and size on churn, what remains is that the larger leave less.

    >>> pairs(causes()).query("cause == 'market' and effect == 'churn'").sign.tolist()
    ['−']
    """
    drawn = table[table["sign"] != "0"]

    def together(signs: pd.Series) -> str:
        clear = set(signs) - {"±"}
        return clear.pop() if len(clear) == 1 else "±"

    return drawn.groupby(["cause", "effect"], sort=False)["sign"].agg(sign=together, effects="size").reset_index()


def node_label(code: str) -> str:
    """What a node is called in the active language; a code of your own is its own label.

    >>> node_label("my node")
    'my node'
    """
    zh, en = NODES.get(code, (code, code))
    return zh if language() == "zh" else en
