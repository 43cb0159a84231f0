"""Notices that change the trade's rules. Invented for teaching, except those that say they are not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """One notice: when and by whom it was issued, what it changes from when and where, and whether it was invented."""

    published_on: dt.date | None
    issuer_kind: str
    title_zh: str
    title_en: str
    topic: str
    change_zh: str
    change_en: str
    effective_on: dt.date
    region: str = "all"
    invented: bool = True


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


NOTICES: tuple[Notice, ...] = (
    Notice(_day("2024-10-21"), "regulator", "关于做好旺季服务保障的通知", "Service in the peak season", "delivery",
           "旺季期间各企业每日报送积压量，延误要主动告知客户", "Firms report their backlog daily in the peak season and tell customers of delays themselves",
           _day("2024-11-01")),
    Notice(_day("2024-11-25"), "marketplace", "青鸟集市：商家发货时限调整", "Qingniao Market: new shipping deadline", "delivery",
           "付款后 24 小时内没有揽收记录的订单，平台向商家扣分", "Orders without a pick-up within 24 hours of payment cost the merchant points",
           _day("2024-12-10")),
    Notice(_day("2025-01-08"), "customs", "跨境电商出口清单申报要素调整", "Data elements of e-commerce export lists", "clearance",
           "带电商品须多报电池类型和容量，申报不全的退回", "Goods with batteries must state type and capacity; incomplete lists are returned",
           _day("2025-02-20")),
    Notice(_day("2025-02-24"), "local_government", "东部三市绿色包装试点办法", "Green packaging pilot of three eastern cities", "packaging",
           "电商件用可循环箱的，每件补贴 0.3 元", "A subsidy of 0.3 yuan for each e-commerce parcel in a reusable box", _day("2025-04-01"), "east"),
    Notice(_day("2025-03-31"), "association", "行业自律公约：不低于成本揽收", "Self-discipline pact: no pick-up below cost", "price",
           "会员企业承诺同线路报价不低于核定成本", "Members pledge not to quote below the assessed cost of a route", _day("2025-07-01")),
    Notice(None, "law", "《快递暂行条例》修改后施行", "Interim Regulations on Express Delivery, as amended", "complaints",
           "原第二十七、二十八条（保价赔偿、投诉七日内处理并告知）改为第二十八、二十九条",
           "Articles 27 and 28 (insured value; a complaint is handled and the user told within 7 days) become Articles 28 and 29",
           _day("2025-06-01"), invented=False),
    Notice(_day("2025-05-12"), "transport", "城市配送新能源车优先通行", "Right of way for electric delivery vans", "traffic",
           "中部六市早晚高峰只允许新能源配送车进城", "In six central cities only electric vans may deliver in the rush hours", _day("2025-06-15"), "central"),
    Notice(_day("2025-07-28"), "regulator", "未经同意不得代收专项检查", "Inspection of deliveries to lockers without consent", "delivery",
           "抽查未经收件人同意投柜、投驿站的快件，结果按企业公布", "Parcels left in lockers or pick-up points without consent are sampled and published by firm",
           _day("2025-08-15")),
    Notice(_day("2025-09-01"), "customs", "低价值货物税收政策（境外）", "Duty on low-value goods abroad", "clearance",
           "主要目的国取消小额免税，包裹须附完税凭证或预缴税款", "The main destination ends its exemption for small values: parcels need proof of duty paid",
           _day("2025-10-15"), "abroad"),
    Notice(_day("2025-10-13"), "regulator", "面单个人信息去标识化抽查", "Sampling of masked personal data on labels", "privacy",
           "面单上姓名、电话、房号的隐藏情况列入季度通报", "How names, phones and room numbers are masked on labels enters the quarterly bulletin",
           _day("2025-11-01")),
    Notice(_day("2025-12-08"), "marketplace", "百灵商城：退货上门取件", "Bailing Mall: returns picked up at the door", "delivery",
           "平台要求合作快递 2 小时内上门取退货，超时扣服务费", "Partner couriers must pick returns up within 2 hours or lose part of the fee",
           _day("2026-01-01")),
    Notice(_day("2026-01-12"), "local_government", "西部县乡村寄递补贴办法", "Subsidy for parcels to villages in the west", "price",
           "西部县以下投递每件补贴 0.8 元，须直接送到村", "0.8 yuan for each parcel delivered right to a western village", _day("2026-03-01"), "west"),
    Notice(_day("2026-03-16"), "regulator", "锂电池寄递安全提示", "Safety of lithium batteries in the post", "safety",
           "带电件须单独验视、贴专用标识，不得与易燃品混装", "Parcels with batteries are inspected and labelled apart, never packed with inflammables",
           _day("2026-04-10")),
    Notice(_day("2026-04-20"), "association", "快件延误主动补偿倡议", "Call for unasked compensation of delays", "complaints",
           "倡议企业对超时 48 小时的快件主动退还运费", "Members are asked to refund the price of parcels more than 48 hours late, unasked",
           _day("2026-06-01")),
    Notice(_day("2026-06-29"), "transport", "台风季干线车辆限行预案", "Road closures in the typhoon season", "traffic",
           "东部沿海橙色预警以上，干线货车停运并提前一天告知", "From an orange warning on the east coast, trunk lorries stop, with a day's notice",
           _day("2026-07-10"), "east"),
    Notice(_day("2026-08-24"), "regulator", "过度包装治理通报", "Bulletin on excessive packaging", "packaging",
           "空箱率超过三成的寄件客户由企业书面提醒", "Firms write to customers whose boxes are more than three tenths empty", _day("2026-09-15")),
)  # fmt: skip
"""The notices of the shipped 24 months."""
