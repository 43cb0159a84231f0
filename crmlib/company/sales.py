"""How the simulated firm wins and keeps customers: leads and quotes, touches, randomised offers, members and points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd

from crmlib.company.axes import MARKETS, SIZES, require_keys, require_whole
from crmlib.company.company import Tables
from crmlib.company.leads import SOURCES, draw_leads
from crmlib.company.members import draw_members
from crmlib.company.parameters import chosen, figure, parameter_table
from crmlib.company.purchases import Purchases
from crmlib.company.touches import draw_touches
from crmlib.company.trials import KINDS, draw_offers
from crmlib.company.world import World


@dataclass(frozen=True, kw_only=True)
class SalesScenario:
    """How the simulated customers are won and kept.

    A quoted lead is won with log odds a + source effect + quote_day_effect × days from the need to the quote + discount_effect ×
    (discount quoted − discount by tier); a lead is quoted at all with log odds b + contact_day_effect × days to the first contact. The
    constants a and b follow from `win_share` and `quoted_share`. An offer's effect is the entry of the market, plus "moderator" where that
    holds: campus or residential area (first_order), a customer for over a year (retention), a company or group (membership). It is added
    to the chance of the outcome; of a membership, to ln((50 + after_yuan) / (50 + before_yuan)).

    Raises
    ------
    ValueError
        Shares do not sum to 1, or a mapping lacks an entry.

    >>> SalesScenario().effects["retention"]["e_commerce"]
    0.08
    """

    win_share: float = chosen(0.38, "报过价的线索中签约的比例", "Share of the quoted leads that are won")
    quoted_share: float = chosen(0.45, "线索中走到报价的比例", "Share of the leads that get a quote")
    source_mix: Mapping[str, float] = chosen(
        {"website": 0.30, "referral": 0.15, "visit": 0.25, "exhibition": 0.10, "platform": 0.20},
        "未签约线索的来源比例", "Sources of the leads that are not won, as shares")
    source_effects: Mapping[str, float] = chosen(
        {"website": 0.0, "referral": 0.9, "visit": 0.3, "exhibition": -0.2, "platform": -0.5},
        "来源对签约对数几率的作用，以官网为基准", "Effect of the source on the log odds of winning; the website is the base")
    quote_day_effect: float = chosen(-0.08, "报价每晚一天，签约对数几率的变化", "Change of the log odds of winning for each day until the quote")
    discount_effect: float = chosen(
        12.0, "报价折扣每比应得折扣多 100%，签约对数几率的变化", "Change of the log odds of winning for 100% more discount than the tier's")
    contact_day_effect: float = chosen(
        -0.20, "首次联系每晚一天，走到报价的对数几率的变化", "Change of the log odds of a quote for each day until the first contact")
    contact_days: float = chosen(2.2, "没报价的线索平均几天后首次联系", "Mean days to the first contact of leads without a quote")
    quote_days: float = chosen(8.0, "丢单的线索从确认需求到报价平均几天", "Mean days from need to quote of leads lost after it")
    decision_days: float = chosen(12.0, "客户平均考虑几天", "Mean days that leads take to decide")
    dropped_at: tuple[float, float, float] = chosen(
        (0.15, 0.45, 0.40), "没到报价的线索止于登记、联系、确认需求的比例", "Leads without a quote: shares that ended at entry, contact and need")
    revised: float = chosen(0.25, "改过一次价的报价比例", "Share of the quotes that were revised")
    reasons_after_quote: tuple[float, ...] = chosen(
        (0.45, 0.30, 0.08, 0.17, 0.0, 0.0), "报价以后丢单的原因：价格、对手、没需求、网点时效、联系不上、重复",
        "Reasons lost after a quote: price, rival, no need, coverage, no reply, duplicate")
    reasons_before_quote: tuple[float, ...] = chosen(
        (0.10, 0.15, 0.35, 0.15, 0.25, 0.0), "报价以前丢单的原因，次序同上", "The same before a quote")
    duplicates: float = chosen(0.06, "重复登记的线索比例", "Share of the leads that are entered twice")
    visit_days: Mapping[str, int] = chosen(
        {"key": 14, "middle": 30, "small": 180}, "大、中、小客户几天走访一次（与教材分类管理的 A、B、C 一致）", "Days between visits by size, as for classes A, B, C")
    visits_done: float = chosen(0.85, "按期走访的完成率", "Share of the due visits that are made")
    visits_by_phone: tuple[float, float, float] = chosen((0.10, 0.30, 0.80), "大、中、小客户用电话代替走访的比例", "Share of visits made by phone, by size")
    usual_mood: float = chosen(3.2, "满意度居中的客户的态度分", "Mood at mean satisfaction, points")
    mood_effect: float = chosen(0.60, "满意度高一个标准差，态度高几分", "Points of mood for each standard deviation of satisfaction")
    mood_noise: float = chosen(0.60, "态度分的标准差", "Standard deviation of the mood, points")
    notice_from: float = chosen(0.15, "当月延误比例达到多少，主动通知客户", "Customers are told in months with so large a share of late parcels")
    offered: float = chosen(0.50, "抽中发优惠的比例", "Share drawn for the offer")
    effects: Mapping[str, Mapping[str, float]] = chosen(
        {"first_order": {"e_commerce": 0.06, "corporate": 0.02, "walk_in": 0.18, "moderator": 0.08},
         "retention": {"e_commerce": 0.08, "corporate": 0.05, "walk_in": 0.03, "moderator": -0.05},
         "membership": {"e_commerce": 0.20, "corporate": 0.05, "walk_in": 0.10, "moderator": 0.15}},
        "优惠的作用：各类客户的，加上调节变量成立时的；挽留券对一年以上的零散客户反而有害",
        "Effects of the offers by market, plus where the moderator holds; retention coupons harm walk-in customers of over a year")
    offer_value: Mapping[str, float] = chosen(
        {"first_order": 8.0, "retention": 20.0, "membership": 30.0}, "优惠面值，元", "Worth of an offer, yuan")
    taken_up: tuple[float, float] = chosen(
        (0.30, 0.60), "没达到、达到结果的客户领用优惠的比例；领用不是随机的",
        "Share that takes the offer up among those who miss and who reach the outcome; not random")
    at_risk_from: float = chosen(0.024, "月流失概率达到多少，公司认为客户要流失", "Monthly hazard from which the firm thinks a customer at risk")
    invitation_months: tuple[int, ...] = chosen((5, 14), "第几个月发会员邀请（第一个月为 0）", "Months of the invitations (the first is 0)")
    invited_from: int = chosen(3, "之前 90 天寄多少件才邀请", "Parcels in the 90 days before, from which a customer is invited")
    joins_alone: float = chosen(
        0.40, "不在邀请试验里的客户自行入会的比例", "Share that joins by themselves among those outside the invitation trial")
    joins_within: int = chosen(360, "首次寄件后最多几天自行入会", "They join within so many days of the first parcel")
    tier_from: tuple[float, float, float] = figure(
        (300.0, 1500.0, 6000.0), "银卡、金卡、钻石的 12 个月运费门槛，元；按本公司客户的花费定，远小于行业协议客户的档次（1 万元起）",
        "Spend of 12 months from which a member is silver, gold, diamond, yuan; set by this firm's customers, far below the trade's agreement "
        "tiers (from 10,000)", "teaching")
    redeems: float = chosen(0.12, "每月兑换积分的会员比例", "Share of members who redeem in a month")
    redeems_from: int = chosen(100, "多少分起兑", "Least balance for redeeming")

    def __post_init__(self) -> None:
        wholes = ("dropped_at", "reasons_after_quote", "reasons_before_quote")
        for name in wholes:
            require_whole(f"sales.{name}", getattr(self, name))
        require_whole("sales.source_mix", self.source_mix.values())
        keys = {"source_mix": SOURCES, "source_effects": SOURCES, "visit_days": SIZES, "effects": KINDS, "offer_value": KINDS}
        for name, wanted in keys.items():
            require_keys(f"sales.{name}", getattr(self, name), wanted)
        for kind, effects in self.effects.items():
            require_keys(f"sales.effects[{kind!r}]", effects, (*MARKETS, "moderator"))

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, source (or meaning) in both languages and mark, indexed by name."""
        return parameter_table(cls)


def draw_sales(world: World) -> tuple[Tables, Tables]:
    """The tables leads, quotes, touches, offers, members and points, and the truth frames leads and offers; each is drawn when first read.

    >>> from crmlib.company.simulation import draw_world
    >>> tables, truth = draw_sales(draw_world(customers=20, months=3, seed=7))
    >>> list(tables), list(truth)
    (['leads', 'quotes', 'touches', 'offers', 'members', 'points'], ['leads', 'offers'])
    """
    scenario = getattr(world.scenario, "sales", None) or SalesScenario()
    purchases = cache(lambda: Purchases(world))
    leads, touches = cache(lambda: draw_leads(world, scenario)), cache(lambda: draw_touches(world, scenario))
    offers = cache(lambda: draw_offers(world, purchases(), scenario))
    members = cache(lambda: draw_members(world, purchases(), offers()[0]["offers"], scenario))
    drawn_by = {"leads": leads, "quotes": leads, "touches": touches, "offers": offers, "members": members, "points": members}
    tables = Tables({name: lambda name=name, draw=draw: draw()[0][name] for name, draw in drawn_by.items()})
    return tables, Tables({name: lambda name=name, draw=draw: draw()[1][name] for name, draw in (("leads", leads), ("offers", offers))})
