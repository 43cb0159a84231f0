"""Complaints, claims, inquiries and praise of the simulated customers: from what happened to their parcels to how the case was settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.company.axes import PRODUCTS, require_keys, require_whole
from crmlib.company.case_handling import CAUSES, CHANNELS, GRADES, KINDS, handled
from crmlib.company.case_texts import INQUIRIES, PRAISE, write_cases
from crmlib.company.columns import decoded, numbered
from crmlib.company.contract import conform
from crmlib.company.draws import Stream, pick
from crmlib.company.parameters import chosen, figure, parameter_table
from crmlib.company.tables.voice import CASES

if TYPE_CHECKING:
    from crmlib.company.world import World

SITUATIONS = ("fine", "late", "damaged", "lost")
"""What happened to a parcel; the worst counts."""
AFTER = ("log_days", "paid", "unfounded", "satisfaction")
_HOUR = 60


@dataclass(frozen=True, kw_only=True)
class CaseScenario:
    """When the simulated customers complain, claim, ask or praise, and how their cases are handled.

    Each parcel may lead to one case of each kind. With p the chance listed for what happened to it, a complaint comes with the log odds
    logit(p) + complaint_slope × complaint, for late parcels + complaint_peak × (load − 1), an inquiry with logit(p) + inquiry_notices where
    the region gets proactive notices; `complaint` is the latent construct of the month of pick-up. First response: median hours of the
    grade (× hotline_pace on the hotline) × load ** response_load × exp(response_spread × z); load is the parcels of the last seven days
    over the median of the 13 weeks around, at least 1.
    Afterwards satisfied: log odds after_base + Σ after_effects × (ln(1 + days from opening to settlement), paid, unfounded, satisfaction).

    Raises
    ------
    ValueError
        A mapping lacks an entry, or shares that should sum to 1 do not.

    >>> CaseScenario().complaint_chance["lost"]
    0.6
    """

    complaint_chance: Mapping[str, float] = figure(
        {"fine": 0.0018, "late": 0.005, "damaged": 0.45, "lost": 0.60},
        "一件快件引起投诉的概率，按它遇到的事；合起来每千件约 3 起，行业常识为每千件 1–5 起",
        "Chance that a parcel leads to a complaint, by what happened to it; about 3 per thousand parcels in all, 1–5 is general knowledge",
        "GK")
    complaint_slope: float = chosen(
        0.35, "抱怨倾向每高一个标准差，投诉的对数几率增加多少", "What one standard deviation of the construct complaint adds to the log odds of complaining")
    complaint_peak: float = chosen(
        4.0, "忙闲每高出一倍，延误件投诉的对数几率增加多少：大促时晚到更误事",
        "What each further load adds to the log odds of complaining of a late parcel: at the peak a delay costs more")
    complaint_causes: Mapping[str, tuple[float, ...]] = figure(
        {"fine": (0.0, 0.25, 0.17, 0.17, 0.12, 0.10, 0.07, 0.04, 0.04, 0.04),
         "late": (0.85, 0.0, 0.0, 0.03, 0.06, 0.0, 0.04, 0.02, 0.0, 0.0),
         "damaged": (0.0, 0.04, 0.92, 0.0, 0.04, 0.0, 0.0, 0.0, 0.0, 0.0), "lost": (0.10, 0.80, 0.0, 0.0, 0.0, 0.0, 0.0, 0.10, 0.0, 0.0)},
        "投诉事由的占比，次序同表中的事由；合起来接近 2021 年 6 月申诉的构成：丢失 23.7%、损毁 23.6%、投递 22.6%、延误约 15.9%，旺季延误上升",
        "Shares of the causes of complaints, in the table's order; in all near those of the appeals of June 2021: loss 23.7 %, "
        "damage 23.6 %, delivery 22.6 %, delay about 15.9 %, delay growing at the peak", "D")
    claim_chance: Mapping[str, float] = chosen(
        {"fine": 0.0, "late": 0.0, "damaged": 0.30, "lost": 0.55}, "一件快件引起索赔的概率", "Chance that a parcel leads to a claim")
    inquiry_chance: Mapping[str, float] = chosen(
        {"fine": 0.0022, "late": 0.012, "damaged": 0.010, "lost": 0.25}, "一件快件引起咨询工单的概率（当场答复的电话不开单）",
        "Chance that a parcel leads to a recorded inquiry (calls answered at once are not recorded as cases)")
    inquiry_notices: float = chosen(-0.35, "主动通知对咨询的对数几率的影响", "What proactive notices add to the log odds of an inquiry")
    inquiry_causes: tuple[tuple[float, ...], tuple[float, ...]] = chosen(
        ((0.30, 0.22, 0.20, 0.13, 0.15), (0.90, 0.0, 0.05, 0.0, 0.05)), "咨询事由的占比：查件、价格、地址、发票、其他；先是没出事的件，后是出了事的件",
        "Shares of the causes of inquiries: tracking, price, address, invoice, other; of parcels that fared well, and of the others")
    praise_chance: float = chosen(0.0004, "满意度平均的客户，一件快件引起表扬的概率", "Chance that a parcel leads to praise, at average satisfaction")
    praise_slope: float = chosen(0.5, "满意度每高一个标准差，表扬的对数概率增加多少",
        "What one standard deviation of satisfaction adds to the log of that chance")
    praise_attitude: float = chosen(0.7, "表扬里夸服务态度的占比", "Share of praise that is for the staff")
    channel_mix: Mapping[str, float] = chosen(
        {"hotline": 0.50, "app": 0.20, "wechat": 0.17, "web": 0.05, "salesperson": 0.08}, "受理渠道占比；没有客户经理的客户改用手机应用",
        "Shares of the channels; customers without a salesperson use the app instead")
    miscoded: float = chosen(0.04, "客服登记错事由的投诉占比", "Share of complaints whose cause the agent recorded wrongly")
    vague: float = chosen(0.10, "投诉内容没说清事由的占比", "Share of complaints whose text does not tell the cause")
    mixed: float = chosen(0.28, "投诉内容还带上另一件事的占比", "Share of complaints whose text brings up a second matter")
    typing_errors: float = chosen(0.15, "内容有错字的占比（有易错的词才会错）", "Share of texts with a typing error, if they have a word that invites one")
    no_waybill: Mapping[str, float] = chosen(
        {"delay": 0.02, "loss": 0.01, "damage": 0.01, "signed_not_received": 0.01, "attitude": 0.15, "price": 0.35, "address": 0.05,
         "tracking": 0.0, "invoice": 0.60, "other": 0.50}, "没报单号的占比（索赔都有单号）", "Share without a waybill number (claims always have one)")
    grade_shares: Mapping[str, tuple[float, float, float]] = chosen(
        {"delay": (0.70, 0.25, 0.05), "loss": (0.25, 0.50, 0.25), "damage": (0.35, 0.45, 0.20), "signed_not_received": (0.40, 0.50, 0.10),
         "attitude": (0.55, 0.35, 0.10), "price": (0.85, 0.14, 0.01), "address": (0.80, 0.19, 0.01), "tracking": (0.90, 0.09, 0.01),
         "invoice": (0.95, 0.05, 0.0), "other": (0.90, 0.09, 0.01)}, "投诉和索赔的等级占比：一般、较重、重大",
        "Shares of the grades of complaints and claims: ordinary, serious, major")
    insured: Mapping[str, float] = chosen(
        {"economy": 0.03, "standard": 0.10, "express": 0.30}, "保价件占比", "Share of insured parcels by product")
    response_hours: Mapping[str, float] = chosen(
        {"ordinary": 5.0, "serious": 2.5, "major": 0.8}, "首次响应的中位小时数（不忙时，热线以外）",
        "Median hours to the first response by grade, in quiet times, off the hotline")
    hotline_pace: float = chosen(0.2, "热线的首次响应时间是别的渠道的几分之几", "Time to the first response on the hotline over that elsewhere")
    response_load: float = chosen(3.5, "首次响应时间对忙闲的弹性：高峰时排队", "Elasticity of the first response to the load: a queue forms at the peak")
    response_spread: float = chosen(0.8, "首次响应时间的对数标准差", "Standard deviation of the logarithm of the time to the first response")
    resolution_hours: Mapping[str, float] = figure(
        {"delay": 22.0, "loss": 70.0, "damage": 46.0, "signed_not_received": 28.0, "attitude": 20.0, "price": 20.0, "address": 15.0,
         "tracking": 9.0, "invoice": 18.0, "other": 12.0}, "从首次响应到办结的中位小时数，按事由；《快递暂行条例》要求 7 日内处理并告知，多数做得到",
        "Median hours from the first response to the settlement, by cause; the law asks for 7 days, which most cases keep", "teaching")
    kind_pace: Mapping[str, float] = chosen(
        {"complaint": 1.0, "inquiry": 0.25, "claim": 1.6, "praise": 0.1}, "各类工单办结时长与投诉之比",
        "Time to the settlement by kind, over that of complaints")
    resolution_load: float = chosen(1.0, "办结时长对忙闲的弹性", "Elasticity of the time to the settlement to the load")
    resolution_spread: float = chosen(0.8, "办结时长的对数标准差", "Standard deviation of the logarithm of the time to the settlement")
    stalled: tuple[float, float] = chosen((0.06, 6.0), "搁置的工单占比，和时长放大的倍数", "Share of cases that stall, and how many times longer they take")
    outcomes: Mapping[str, tuple[float, ...]] = chosen(
        {"delay": (0.06, 0.22, 0.10, 0.40, 0.14, 0.08), "loss": (0.66, 0.04, 0.12, 0.04, 0.04, 0.10),
         "damage": (0.64, 0.06, 0.02, 0.06, 0.06, 0.16),
         "signed_not_received": (0.18, 0.04, 0.44, 0.16, 0.10, 0.08), "attitude": (0.02, 0.04, 0.06, 0.70, 0.08, 0.10),
         "price": (0.02, 0.34, 0.18, 0.04, 0.30, 0.12), "address": (0.03, 0.12, 0.48, 0.17, 0.15, 0.05),
         "tracking": (0.01, 0.03, 0.50, 0.16, 0.28, 0.02), "invoice": (0.0, 0.0, 0.82, 0.06, 0.10, 0.02),
         "other": (0.02, 0.04, 0.40, 0.22, 0.24, 0.08)},
        "投诉和索赔的处理结果占比，次序同表中的处理结果", "Shares of the outcomes of complaints and claims, in the table's order")
    declared_yuan: tuple[float, float] = chosen((260.0, 0.8), "保价件声明价值的中位数（元）和对数标准差；按八成到全额赔",
        "Median declared value, yuan, and its spread; 80 to 100 % is paid")
    uninsured_times: tuple[float, float] = chosen((3.0, 7.0), "没保价的丢损件赔运费的几倍",
        "Compensation of uninsured loss and damage, in times the postage")
    goodwill_yuan: tuple[float, float] = chosen((5.0, 20.0), "其他事由的补偿，元", "Compensation for other causes, yuan")
    followed_up: float = chosen(0.50, "办结后回访到的占比", "Share reached after the settlement")
    after_base: float = chosen(0.9, "回访满意的对数几率：其余皆为 0 时", "Log odds of being satisfied afterwards, all else 0")
    after_effects: Mapping[str, float] = chosen(
        {"log_days": -0.8, "paid": 0.9, "unfounded": -1.4, "satisfaction": 0.4}, "回访满意的对数几率：ln(1+天数)、赔了或退了、不成立、满意度每一个标准差",
        "Effects on the log odds of being satisfied afterwards: ln(1 + days), paid, groundless, each standard deviation of satisfaction")

    def __post_init__(self) -> None:
        wanted = {
            "complaint_chance": SITUATIONS, "complaint_causes": SITUATIONS, "claim_chance": SITUATIONS, "inquiry_chance": SITUATIONS,
            "channel_mix": CHANNELS, "no_waybill": CAUSES, "grade_shares": CAUSES, "insured": PRODUCTS, "response_hours": GRADES,
            "resolution_hours": CAUSES, "kind_pace": KINDS, "outcomes": CAUSES, "after_effects": AFTER,
        }  # fmt: skip
        for name, entries in wanted.items():
            require_keys(f"cases.{name}", getattr(self, name), entries)
        require_whole("cases.channel_mix", self.channel_mix.values())
        for name in ("complaint_causes", "grade_shares", "outcomes"):
            for entry, shares in getattr(self, name).items():
                require_whole(f"cases.{name}[{entry!r}]", shares)

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, source (or meaning) in both languages and mark, indexed by name."""
        return parameter_table(cls)


def situations(fates: pd.DataFrame) -> np.ndarray:
    """What happened to each parcel, as an index of SITUATIONS."""
    return np.select([fates["lost"], fates["damaged"], fates["late"]], [3, 2, 1], 0)


def draw_cases(world: World, scenario: CaseScenario | None = None) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The table cases, and the truth behind it.

    Truth: "cases", one row a case: case_id, waybill_id (also where the table has none), situation, cause (as it was), load, complaint and
    satisfaction (latent, of the month of pick-up).

    >>> from crmlib.company.simulation import draw_world
    >>> tables, truth = draw_cases(draw_world(customers=40, months=8, seed=7), CaseScenario())
    >>> truth["cases"].case_id.tolist() == tables["cases"].case_id.tolist()
    True
    """
    scenario, stream = scenario or world.scenario.cases, world.stream
    happened, latent, loads = situations(world.fates), parcel_latents(world), daily_load(world)
    parcel, kind = _who_comes(happened, latent, loads, stream, scenario)
    cause = _causes(happened[parcel], kind, stream, scenario)
    opened = _opened(world, parcel, kind, cause, happened[parcel], stream)
    order = np.argsort(opened, kind="stable")
    order = order[opened[order] < world.days * 24 * _HOUR]
    parcel, kind, cause, opened = parcel[order], kind[order], cause[order], opened[order]
    own = {name: latent[name][parcel] for name in ("complaint", "satisfaction")}
    load = loads[opened // (24 * _HOUR)]
    columns = handled(world, parcel=parcel, kind=kind, cause=cause, opened=opened, load=load, satisfaction=own["satisfaction"],
                      stream=stream, scenario=scenario)  # fmt: skip
    size = len(parcel)
    case_id = numbered("K", world.numbers(size), 6)
    sent = world.waybills["waybill_id"].iloc[parcel].reset_index(drop=True)
    text = write_cases(
        [KINDS[place] for place in kind], [CAUSES[place] for place in cause], stream.uniforms("cases/text", (8, size)),
        vague=scenario.vague, mixed=scenario.mixed, typing_errors=scenario.typing_errors,
    )  # fmt: skip
    unnamed = (kind != KINDS.index("claim")) & (
        stream.uniforms("cases/no_waybill", size) < np.array([scenario.no_waybill[name] for name in CAUSES])[cause]
    )
    cases = conform(pd.DataFrame(columns | {
        "case_id": case_id, "kind": decoded(kind, KINDS),
        "customer_id": world.waybills["customer_id"].iloc[parcel].reset_index(drop=True), "waybill_id": sent.mask(unnamed),
        "cause": decoded(_recorded(kind, cause, stream, scenario), CAUSES), "insured": columns["insured"] & ~unnamed, "text": text,
    }), CASES)  # fmt: skip
    truth = pd.DataFrame({
        "case_id": case_id, "waybill_id": sent, "situation": decoded(happened[parcel], SITUATIONS), "cause": decoded(cause, CAUSES),
        "load": load, **own,
    })  # fmt: skip
    return {"cases": cases}, {"cases": truth}


def parcel_latents(world: World) -> dict[str, np.ndarray]:
    """Of each waybill: the day of pick-up from 0; of that month the sender's constructs complaint and satisfaction, and notices."""
    customer = pd.Index(world.customers["customer_id"]).get_indexer(world.waybills["customer_id"])
    day = (world.waybills["picked_up_at"].to_numpy() - np.datetime64(world.first, "us")) // np.timedelta64(1, "D")
    month = np.searchsorted(world.edges, day, side="right") - 1
    table, found = np.zeros((len(world.customers), world.months)), {"day": day}
    for name in ("complaint", "satisfaction", "notices"):
        table[world.panel["customer"], world.panel["month"]] = world.panel[name]
        found[name] = table[customer, month]
    return found


def _who_comes(
    happened: np.ndarray, latent: Mapping[str, np.ndarray], loads: np.ndarray, stream: Stream, scenario: CaseScenario
) -> tuple[np.ndarray, np.ndarray]:
    """The parcels that lead to a case, and its kind."""

    def odds(chances: Mapping[str, float], shift: np.ndarray) -> np.ndarray:
        chance = np.array([chances[name] for name in SITUATIONS])
        ratio = (chance / (1 - chance))[happened] * np.exp(shift)
        return ratio / (1 + ratio)

    busy = scenario.complaint_peak * (loads[latent["day"]] - 1) * (happened == SITUATIONS.index("late"))
    chances = {
        "complaint": odds(scenario.complaint_chance, scenario.complaint_slope * latent["complaint"] + busy),
        "inquiry": odds(scenario.inquiry_chance, scenario.inquiry_notices * latent["notices"]),
        "claim": np.array([scenario.claim_chance[name] for name in SITUATIONS])[happened],
        "praise": scenario.praise_chance * np.exp(scenario.praise_slope * latent["satisfaction"]),
    }
    rows = [np.flatnonzero(stream.uniforms(f"cases/{name}", len(happened)) < chances[name]) for name in KINDS]
    return np.concatenate(rows), np.repeat(np.arange(len(KINDS)), [len(found) for found in rows])


def _causes(happened: np.ndarray, kind: np.ndarray, stream: Stream, scenario: CaseScenario) -> np.ndarray:
    """The true cause of each case, as an index of CAUSES."""
    luck = stream.uniforms("cases/cause", len(kind))
    complaint = pick(luck, np.array([scenario.complaint_causes[name] for name in SITUATIONS])[happened])
    asks = np.array([CAUSES.index(name) for name in INQUIRIES])
    inquiry = asks[pick(luck, np.array(scenario.inquiry_causes)[(happened > 0).astype(np.int64)])]
    claim = np.where(happened == SITUATIONS.index("lost"), CAUSES.index("loss"), CAUSES.index("damage"))
    praised = np.array([CAUSES.index(name) for name in PRAISE])[(luck >= scenario.praise_attitude).astype(np.int64)]
    return np.choose(kind, [complaint, inquiry, claim, praised])


def _opened(world: World, parcel: np.ndarray, kind: np.ndarray, cause: np.ndarray, happened: np.ndarray, stream: Stream) -> np.ndarray:
    """Minutes from the first day to the opening; most of those who would come at night wait for the morning."""
    start = np.datetime64(world.first, "us")
    picked, promised = (
        (world.waybills[name].to_numpy()[parcel] - start) // np.timedelta64(1, "m") for name in ("picked_up_at", "promised_at")
    )
    late = world.fates["delay_hours"].to_numpy()[parcel] * _HOUR
    arrives = promised + late
    size = len(parcel)
    share, wait = stream.uniforms("cases/when", size), -np.log1p(-stream.uniforms("cases/wait", size)) * _HOUR
    overdue = (happened == SITUATIONS.index("late")) & np.isin(cause, [CAUSES.index("delay"), CAUSES.index("tracking")])
    opened = np.select(
        [overdue, happened == SITUATIONS.index("lost"), *(kind == KINDS.index(name) for name in ("claim", "inquiry", "praise"))],
        [promised + share * (np.maximum(late, 0) + 36 * _HOUR), arrives + 24 * _HOUR + 60 * wait, arrives + 12 * _HOUR + 72 * wait,
         picked + (0.1 + 0.85 * share) * (arrives - picked), arrives + 10 * wait], arrives + 24 * wait)  # fmt: skip
    opened = np.maximum(opened, picked + 10).astype(np.int64)
    of_day = opened % (24 * _HOUR)
    night = (of_day < 8 * _HOUR) | (of_day >= 22 * _HOUR)
    waits = night & (stream.uniforms("cases/night", size) < 0.85)
    until = np.where(of_day >= 22 * _HOUR, 32, 8) * _HOUR + (3 * _HOUR * stream.uniforms("cases/morning", size)).astype(np.int64)
    return np.where(waits, opened - of_day + until, opened)


def daily_load(world: World) -> np.ndarray:
    """Of each day: the parcels picked up in the last seven days over what is usual in the 13 weeks around, at least 1."""
    day = (world.waybills["picked_up_at"].to_numpy() - np.datetime64(world.first, "us")) // np.timedelta64(1, "D")
    total = np.concatenate([[0], np.cumsum(np.bincount(day, minlength=world.days))])
    ends = np.arange(1, len(total))
    begins = np.maximum(ends - 7, 0)
    mean = (total[ends] - total[begins]) / (ends - begins)
    usual = pd.Series(mean).rolling(91, center=True, min_periods=1).median().to_numpy()
    return np.maximum(mean / np.maximum(usual, 1e-9), 1.0)


def _recorded(kind: np.ndarray, cause: np.ndarray, stream: Stream, scenario: CaseScenario) -> np.ndarray:
    luck = stream.uniforms("cases/miscoded", len(kind))
    wrong = (kind == KINDS.index("complaint")) & (luck < scenario.miscoded)
    step = 1 + (luck / max(scenario.miscoded, 1e-9) * (len(CAUSES) - 1)).astype(np.int64)
    return np.where(wrong, (cause + step) % len(CAUSES), cause)
