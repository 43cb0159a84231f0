"""The contracts of a firm's tables, and what tables, columns and values are called in both languages."""

from __future__ import annotations

from collections.abc import Iterable

from crmlib.company.contract import DTYPES, Column, Table, Value, conform
from crmlib.i18n import language

__all__ = ["DERIVED", "DTYPES", "TABLES", "Column", "Table", "Value", "conform", "label"]

_CUSTOMERS = Table("customers", "客户表", "customers", (
    Column("customer_id", "text", "客户编号", "customer number",
           "一个客户一个编号，C 加五位数字", "One number a customer: C and five digits", key=True),
    Column("name", "text", "客户名称", "customer name",
           "店铺、单位或个人的名称，全部虚构", "Name of the shop, organisation or person; all invented"),
    Column("market", "category", "客户类型", "market",
           "客户属于哪个市场，教材的主要分法", "The market the customer belongs to; the textbook's main division", values=(
               Value("e_commerce", "电商客户", "e-commerce customer"),
               Value("corporate", "企业客户", "corporate customer"),
               Value("walk_in", "零散客户", "walk-in customer"))),
    Column("area", "category", "所在区域类型", "area",
           "客户的收件地址处在哪种地段", "The kind of neighbourhood in which the customer's parcels are picked up", values=(
               Value("specialised_market", "专业市场", "specialised market"),
               Value("business_district", "商务区", "business district"),
               Value("campus_community", "校园与社区", "campus or residential area"))),
    Column("region", "category", "所在地区", "region",
           "客户在东部、中部、西部还是境外；境外就是国外客户", "East, central or west China, or abroad; abroad means a foreign customer", values=(
               Value("east", "东部", "east"), Value("central", "中部", "central"),
               Value("west", "西部", "west"), Value("abroad", "境外", "abroad"))),
    Column("reach", "category", "业务范围", "reach",
           "客户自己的生意做到多大范围", "How far the customer's own business reaches", values=(
               Value("global", "全球性客户", "global"), Value("national", "全国性客户", "national"),
               Value("regional", "区域性客户", "regional"), Value("industry", "行业性客户", "one industry"))),
    Column("nature", "category", "客户性质", "nature",
           "机构、企业还是个人；没有注册公司的小店算个人",
           "Institution, company or person; a small shop that is no registered company counts as a person", values=(
               Value("government_nonprofit", "政府机构及非营利机构", "government or non-profit"),
               Value("group", "企业（集团）", "company or group"),
               Value("individual", "个人", "individual"))),
    Column("origin", "category", "电商背景", "origin",
           "客户是从网上起家，还是从线下传统生意起家", "Whether the customer's business began online or offline", values=(
               Value("traditional", "传统客户", "traditional business"), Value("e_commerce_origin", "电商起家", "born online"))),
    Column("cross_border", "category", "跨境类型", "cross-border type",
           "有没有跨境寄件的业务，是哪一种", "Whether the customer ships across borders, and as what", values=(
               Value("none", "无跨境业务", "no cross-border business"),
               Value("marketplace_seller", "平台跨境卖家", "marketplace seller"),
               Value("own_shop_seller", "独立站卖家", "own-shop seller"),
               Value("trader", "外贸企业", "import–export trader"),
               Value("wealthy_individual", "高净值个人", "wealthy individual"))),
    Column("salesperson_id", "text", "客户经理编号", "salesperson number",
           "负责这个客户的客户经理；零散客户没有，留空", "The salesperson in charge; empty for walk-in customers", nullable=True),
    Column("opened_on", "date", "开户日期", "opened on",
           "客户登记开户的那一天；开了户不一定寄过件", "The day the customer registered; a registered customer may never have shipped", unit="date"),
    Column("monthly_account", "yes_no", "是否月结", "monthly account",
           "是否按月结算；否就是每件现付", "Whether the customer pays by the month; if not, each parcel is paid at once"),
    Column("expected_growth", "number", "预计年增长", "expected growth",
           "客户经理对这个客户明年业务量增长的估计，0.2 表示增长 20%；零散客户没人估，留空",
           "The salesperson's own estimate of next year's growth in volume; 0.2 is 20% more; empty for walk-in customers",
           unit="share_per_year", nullable=True, low=-1),
))  # fmt: skip

_WAYBILLS = Table("waybills", "运单表", "waybills", (
    Column("waybill_id", "text", "运单号", "waybill number",
           "一件快件一个运单号，按收件时间编号", "One number a parcel, in order of pick-up", key=True),
    Column("customer_id", "text", "客户编号", "customer number",
           "寄件的客户", "The customer who sent the parcel", ref="customers.customer_id"),
    Column("picked_up_at", "datetime", "收件时间", "picked up at",
           "快件被收走的时刻，北京时间", "When the parcel was picked up, Beijing time", unit="datetime"),
    Column("product", "category", "产品", "product",
           "客户买的是哪一种时效", "The speed that the customer bought", values=(
               Value("economy", "经济件", "economy"), Value("standard", "标准件", "standard"), Value("express", "特快件", "express"))),
    Column("scope", "category", "业务种类", "scope",
           "同城、异地，还是国际及港澳台", "Within one city, to another city, or international and Hong Kong, Macao, Taiwan", values=(
               Value("same_city", "同城", "same city"), Value("domestic", "异地", "other cities"),
               Value("cross_border", "国际及港澳台", "cross-border"))),
    Column("destination_region", "category", "目的地区", "destination region",
           "快件寄到哪个地区；国际及港澳台件记为境外", "Where the parcel goes; cross-border parcels go abroad", values=(
               Value("east", "东部", "east"), Value("central", "中部", "central"),
               Value("west", "西部", "west"), Value("abroad", "境外", "abroad"))),
    Column("weight_kg", "number", "重量", "weight",
           "实际重量，不计体积重", "Actual weight; volumetric weight is not charged", unit="kg", low=0.01),
    Column("price_yuan", "number", "运费收入", "price",
           "客户付的运费，已扣折扣", "What the customer pays, after discount", unit="yuan", low=0),
    Column("cost_yuan", "number", "成本", "cost",
           "公司为这件快件花的钱；运费减成本就是毛利", "What the parcel costs the firm; price less cost is the margin", unit="yuan", low=0),
    Column("delivered_at", "datetime", "签收时间", "delivered at",
           "收件人签收的时刻；数据截止时还在路上的留空", "When the addressee signed; empty where the parcel was still under way when the data end",
           unit="datetime", nullable=True),
    Column("promised_at", "datetime", "承诺送达时间", "promised at",
           "公司承诺最晚送到的时刻", "The latest moment at which the firm promised to deliver", unit="datetime"),
))  # fmt: skip

TABLES: dict[str, Table] = {table.name: table for table in (_CUSTOMERS, _WAYBILLS)}
"""Every table of a firm, by name."""

_DERIVED = (
    Column("state", "category", "客户状态", "state",
           "某一天看，客户和公司是什么关系", "How the customer stands with the firm on a given day", values=(
               Value("loyal", "忠诚客户", "loyal customer"),
               Value("regular", "一般客户", "regular customer"),
               Value("new", "新增客户", "new customer"),
               Value("potential", "潜在客户", "potential customer"),
               Value("lost", "流失客户", "lost customer"))),
    Column("location", "category", "境内外", "location",
           "境内客户还是境外客户", "Whether the customer is in China or abroad", values=(
               Value("domestic", "境内客户", "domestic customer"), Value("abroad", "境外客户", "foreign customer"))),
    Column("parcels", "number", "件数", "parcels", "一段时间里寄了多少件", "Parcels sent in a period", unit="count"),
    Column("revenue_yuan", "number", "收入", "revenue", "一段时间里的运费合计", "Sum of the prices in a period", unit="yuan"),
    Column("margin_yuan", "number", "毛利", "margin", "运费合计减成本合计", "Sum of the prices less sum of the costs", unit="yuan"),
    Column("first_on", "date", "首次寄件", "first parcel", "一段时间里第一件的日期", "Day of the first parcel in a period", unit="date"),
    Column("last_on", "date", "最近寄件", "last parcel", "一段时间里最后一件的日期", "Day of the last parcel in a period", unit="date"),
    Column("active_months", "number", "活跃月数", "active months", "有几个月寄过件", "Months with at least one parcel", unit="months"),
    Column("express_share", "number", "特快件占比", "express share", "特快件占全部件数的份额", "Express parcels over all parcels", unit="share"),
    Column("cross_border_share", "number", "跨境件占比", "cross-border share",
           "国际及港澳台件占全部件数的份额", "Cross-border parcels over all parcels", unit="share"),
    Column("abc", "category", "ABC 类别", "ABC class", "按收入分的类", "The class by revenue", values=(
        Value("A", "A 关键客户", "A key"), Value("B", "B 主要客户", "B major"), Value("C", "C 普通客户", "C ordinary"))),
)  # fmt: skip
DERIVED: dict[str, Column] = {column.name: column for column in _DERIVED}
"""Columns that methods work out from the tables: labels for figures and headings, no contract."""


def _columns() -> Iterable[Column]:
    for table in TABLES.values():
        yield from table.columns
    yield from DERIVED.values()


def label(code: str, column: str | None = None) -> str:
    """What a category value, a column or a table is called in the active language.

    Parameters
    ----------
    code : the code of a value ("e_commerce"), or the name of a column ("price_yuan") or table ("waybills")
    column : the column the value stands in, where one code means two things ("domestic" is a scope and a location)

    Returns
    -------
    str
        The label. A code that nobody named, such as a class of your own, is its own label.

    >>> label("my own class")
    'my own class'
    """
    chinese = language() == "zh"
    columns = [candidate for candidate in _columns() if column in (None, candidate.name)]
    values = (value for candidate in columns for value in candidate.values)
    named = [*([] if column else [*TABLES.values(), *_columns()]), *values]
    for entry in named:
        if (entry.code if isinstance(entry, Value) else entry.name) == code:
            return entry.zh if chinese else entry.en
    return str(code)
