"""The questionnaire of the simulated firm: every item that a respondent answers, what it measures, and which items are reversed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One item. `of` is what it measures: a construct, a stage of the index tree or a dimension of SERVQUAL; `mean` its usual answer.

    A reversed item says the opposite of what it measures: turn its answers round (11 − answer) before using it with the others.
    """

    name: str
    of: str
    mean: float
    zh: str
    en: str
    reversed: bool = False


@dataclass(frozen=True)
class Feature:
    """One service feature of the Kano pairs, with the shares of customers for whom it is attractive, one-dimensional, must-be, indifferent
    and reverse."""

    name: str
    shares: tuple[float, float, float, float, float]
    zh: str
    en: str


KANO = ("attractive", "one_dimensional", "must_be", "indifferent", "reverse")
"""The Kano classes, in the order of a feature's shares."""

STAGES = {
    "acceptance": ("受理", "acceptance"), "pickup": ("揽收", "pick-up"), "delivery": ("投递", "delivery"), "aftersales": ("售后", "after-sales"),
    "information": ("信息", "information"),
}  # fmt: skip
"""The five stages of the index tree, in both languages."""

INDEX_ITEMS = (
    Item("acceptance_hotline", "acceptance", 8.53, "电话客服受理", "acceptance by hotline"),
    Item("acceptance_courier", "acceptance", 9.08, "快递员受理", "acceptance by the courier"),
    Item("acceptance_web", "acceptance", 9.11, "网络下单受理", "acceptance on the web"),
    Item("acceptance_service_point", "acceptance", 8.74, "营业网点受理", "acceptance at the service point"),
    Item("pickup_on_time", "pickup", 8.77, "上门准时", "pick-up on time"),
    Item("pickup_packing", "pickup", 8.75, "封装质量", "packing"),
    Item("pickup_courier", "pickup", 8.86, "揽收员服务", "conduct of the courier who picks up"),
    Item("pickup_clear_price", "pickup", 8.71, "收费清楚", "clear price"),
    Item("delivery_speed", "delivery", 8.47, "送达时限", "felt speed of delivery"),
    Item("delivery_condition", "delivery", 8.60, "物品完好", "condition of the goods"),
    Item("delivery_coverage", "delivery", 8.70, "送达范围", "coverage"),
    Item("delivery_courier", "delivery", 8.43, "派件员服务", "conduct of the courier who delivers"),
    Item("aftersales_problem_parcels", "aftersales", 7.70, "问题件处理", "handling of problem parcels"),
    Item("aftersales_complaints", "aftersales", 7.50, "投诉处理", "handling of complaints"),
    Item("aftersales_compensation", "aftersales", 8.07, "损失赔偿", "compensation"),
    Item("aftersales_invoices", "aftersales", 8.82, "发票服务", "invoices"),
    Item("information_tracking", "information", 8.68, "查询信息准确", "accurate tracking"),
    Item("information_notice", "information", 8.68, "通知及时", "timely notices"),
)
"""Ten-point items of the State Post Bureau's index tree. A mean times ten is the published score: those of 2021, of after-sales 2024 Q2."""

ECSI_ITEMS = (
    Item("image_1", "image", 7.4, "云雀是可靠的公司", "Lark is a reliable firm"),
    Item("image_2", "image", 7.2, "云雀在同行里口碑好", "Lark has a good name in the trade"),
    Item("image_3_reversed", "image", 7.2, "云雀不太关心客户", "Lark cares little for its customers", reversed=True),
    Item("expectation_1", "expectation", 7.5, "我本来期待云雀总体很好", "I expected Lark to be good overall"),
    Item("expectation_2", "expectation", 7.5, "我本来期待云雀合我的需要", "I expected Lark to fit my needs"),
    Item("expectation_3", "expectation", 7.3, "我本来以为很少会出差错", "I expected mistakes to be rare"),
    Item("quality_1", "quality", 7.3, "云雀的服务总体质量高", "Lark's service is good overall"),
    Item("quality_2", "quality", 7.2, "云雀的服务合我的需要", "Lark's service fits my needs"),
    Item("quality_3", "quality", 7.1, "云雀说到做到", "Lark keeps its promises"),
    Item("quality_4_reversed", "quality", 7.1, "云雀的服务经常出问题", "Lark's service often goes wrong", reversed=True),
    Item("value_1", "value", 6.9, "这个价钱，服务值", "The service is worth its price"),
    Item("value_2", "value", 6.9, "这样的服务，价钱公道", "The price is fair for such service"),
    Item("value_3", "value", 6.8, "和别家比，花的钱值", "Compared with others, it is worth the money"),
    Item("satisfaction_1", "satisfaction", 7.2, "总的来说我满意", "Overall I am satisfied"),
    Item("satisfaction_2", "satisfaction", 7.0, "比我期待的好", "It is better than I expected"),
    Item("satisfaction_3", "satisfaction", 6.9, "接近我理想中的快递", "It is near my ideal of a courier firm"),
    Item("complaint_1", "complaint", 4.2, "最近有不满，想找客服说", "Lately I was displeased enough to tell the firm"),
    Item("complaint_2", "complaint", 4.0, "最近向别人抱怨过云雀", "Lately I complained of Lark to others"),
    Item("loyalty_1", "loyalty", 7.0, "下次还会用云雀", "I shall use Lark again"),
    Item("loyalty_2", "loyalty", 6.8, "会把更多件交给云雀", "I shall give Lark more parcels"),
    Item("loyalty_3_reversed", "loyalty", 6.8, "别家便宜一点我就换", "I should change for a slightly lower price", reversed=True),
)
"""Ten-point items of the seven constructs; the first of each is its marker. The mean of a reversed item is that after turning it round."""

SERVQUAL_ITEMS = (
    Item("tangibles_1", "tangibles", 5.6, "车辆和设备整洁", "clean vehicles and equipment"),
    Item("tangibles_2", "tangibles", 5.7, "工服和面单规范", "proper uniforms and labels"),
    Item("reliability_1", "reliability", 5.1, "按承诺时间送到", "delivers when promised"),
    Item("reliability_2", "reliability", 5.2, "第一次就做对", "does it right the first time"),
    Item("responsiveness_1", "responsiveness", 5.0, "有问题很快答复", "answers quickly"),
    Item("responsiveness_2", "responsiveness", 5.1, "乐意帮忙", "is willing to help"),
    Item("assurance_1", "assurance", 5.5, "员工懂业务", "staff know their trade"),
    Item("assurance_2", "assurance", 5.4, "把贵重物品交给他们放心", "can be trusted with valuables"),
    Item("empathy_1", "empathy", 5.0, "照顾我的特殊需要", "heeds my special needs"),
    Item("empathy_2", "empathy", 5.2, "取派时间合我方便", "comes when it suits me"),
)
"""Seven-point SERVQUAL pairs; the mean is that of the perception.

A short form for teaching: the instrument of Parasuraman, Zeithaml and Berry (1988) has 22 pairs in these five dimensions. Two a dimension
are the fewest from which a gap by dimension and its reliability (Spearman–Brown) can be computed, and with the 39 ten-point items and the
Kano pairs already as much as a customer would answer.
"""

SERVQUAL_DIMENSIONS = {
    "tangibles": ("有形性", "tangibles"), "reliability": ("可靠性", "reliability"), "responsiveness": ("响应性", "responsiveness"),
    "assurance": ("保证性", "assurance"), "empathy": ("移情性", "empathy"),
}  # fmt: skip
"""The five dimensions of SERVQUAL, in both languages."""

KANO_FEATURES = (
    Feature("live_tracking", (0.05, 0.25, 0.55, 0.14, 0.01), "实时轨迹", "live tracking"),
    Feature("door_delivery", (0.08, 0.38, 0.42, 0.10, 0.02), "送货上门", "delivery to the door"),
    Feature("fast_claims", (0.15, 0.50, 0.25, 0.09, 0.01), "24 小时内理赔", "claims settled within 24 hours"),
    Feature("timed_pickup", (0.25, 0.40, 0.15, 0.18, 0.02), "预约时段取件", "pick-up at an agreed hour"),
    Feature("proactive_notice", (0.45, 0.25, 0.10, 0.15, 0.05), "延误主动通知", "being told of delays beforehand"),
    Feature("photo_proof", (0.40, 0.15, 0.08, 0.32, 0.05), "签收拍照", "photo of the signature"),
    Feature("green_packaging", (0.35, 0.10, 0.05, 0.45, 0.05), "可循环包装", "reusable packaging"),
    Feature("locker_by_default", (0.08, 0.07, 0.05, 0.40, 0.40), "默认放快递柜", "lockers by default"),
)
"""The features of the Kano pairs."""
