"""Contracts of the firm's own core: customers, their contacts, the salespeople, the waybills and their tracking."""

from __future__ import annotations

from crmlib.company.contract import Column, Table, Value

CUSTOMERS = Table("customers", "客户表", "customers", (
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
           "现在负责这个客户的客户经理；零散客户没有，留空", "The salesperson in charge today; empty for walk-in customers",
           ref="salespeople.salesperson_id", nullable=True),
    Column("opened_on", "date", "开户日期", "opened on",
           "客户登记开户的那一天；开了户不一定寄过件", "The day the customer registered; a registered customer may never have shipped", unit="date"),
    Column("monthly_account", "yes_no", "是否月结", "monthly account",
           "是否按月结算；否就是每件现付", "Whether the customer pays by the month; if not, each parcel is paid at once"),
    Column("expected_growth", "number", "预计年增长", "expected growth",
           "客户经理对这个客户明年业务量增长的估计，0.2 表示增长 20%；零散客户没人估，留空",
           "The salesperson's own estimate of next year's growth in volume; 0.2 is 20% more; empty for walk-in customers",
           unit="share_per_year", nullable=True, low=-1),
))  # fmt: skip

WAYBILLS = Table("waybills", "运单表", "waybills", (
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
           "公司承诺最晚送到的时刻", "The latest moment at which the firm promised to deliver", unit="datetime", ahead=True),
    Column("status", "category", "运单状态", "status of the parcel",
           "数据截止时快件到了哪一步；退回是签收之后又寄回来", "Where the parcel stands when the data end; returned means sent back after it was signed for",
           values=(
               Value("signed", "已签收", "signed for"), Value("under_way", "在途", "under way"),
               Value("lost", "丢失", "lost"), Value("returned", "已退回", "sent back")),
           told_by=("delivered_at", "signed", "under_way")),
), orders=(("picked_up_at", "delivered_at"), ("picked_up_at", "promised_at"), ("customers.opened_on", "picked_up_at")))  # fmt: skip

SALESPEOPLE = Table("salespeople", "客户经理表", "salespeople", (
    Column("salesperson_id", "text", "客户经理编号", "salesperson number", "一位客户经理一个编号", "One number a salesperson", key=True),
    Column("name", "text", "姓名", "salesperson's name", "客户经理的姓名，全部虚构", "Name of the salesperson; all invented"),
    Column("joined_on", "date", "入职日期", "joined on", "开始工作的那一天", "First day at work", unit="date"),
    Column("left_on", "date", "离职日期", "left on", "最后一个工作日；还在职的留空", "Last day at work; empty for those still there",
           unit="date", nullable=True),
    Column("predecessor_id", "text", "前任编号", "predecessor",
           "从谁手里接过全部客户；不是接任的留空", "Whose customers the salesperson took over, all of them; empty for those who replaced nobody",
           ref="salespeople.salesperson_id", nullable=True),
), orders=(("joined_on", "left_on"), ("salespeople.left_on", "joined_on")))  # fmt: skip

CONTACTS = Table("contacts", "联系人表", "contact persons", (
    Column("contact_id", "text", "联系人编号", "contact number", "一位联系人一个编号", "One number a contact person", key=True),
    Column("customer_id", "text", "客户编号", "customer number", "联系人属于哪个客户；零散客户没有联系人",
           "The contact's customer; walk-in customers have none", ref="customers.customer_id"),
    Column("name", "text", "联系人姓名", "contact's name", "联系人的姓名，全部虚构", "Name of the contact person; all invented"),
    Column("role", "category", "职责", "role", "联系人在客户那里管什么", "What the contact person does at the customer's", values=(
        Value("owner", "负责人", "owner or manager"), Value("dispatch", "发货", "dispatch"), Value("finance", "财务", "finance"))),
    Column("phone", "text", "电话（已脱敏）", "phone, masked",
           "中间四位已遮住；129 不是真实的手机号段", "Four digits are masked; no real mobile number begins with 129"),
    Column("channel", "category", "偏好渠道", "preferred channel", "联系人希望从哪里收到通知", "Where the contact wants to be told", values=(
        Value("wecom", "企业微信", "WeCom"), Value("dingtalk", "钉钉", "DingTalk"),
        Value("sms", "短信", "text message"), Value("email", "电子邮件", "e-mail"))),
))  # fmt: skip

TRACKING = Table("tracking", "物流轨迹表", "tracking", (
    Column("scan_id", "text", "轨迹编号", "scan number", "运单号加节点的次序，如 W000000001-3",
           "The waybill number and the place of the node, as W000000001-3", key=True),
    Column("waybill_id", "text", "运单号", "waybill number", "哪一件快件", "The parcel", ref="waybills.waybill_id"),
    Column("node", "category", "节点", "node",
           "快件到了哪一个节点；清关只有国际及港澳台件才有", "Which node the parcel reached; only cross-border parcels are cleared",
           values=(
               Value("picked_up", "已收件", "picked up"), Value("loaded", "已装车", "loaded"), Value("in_transit", "运输中", "in transit"),
               Value("clearance", "清关", "clearance"), Value("at_hub", "到达转运中心", "at the hub"),
               Value("out_for_delivery", "派送中", "out for delivery"), Value("signed", "已签收", "signed for"))),
    Column("scanned_at", "datetime", "扫描时间", "scanned at", "到达这个节点的时刻，北京时间", "When the node was reached, Beijing time", unit="datetime"),
), orders=(("waybills.picked_up_at", "scanned_at"),), steps=("waybill_id", "node", "scanned_at"))  # fmt: skip

TABLES = (CUSTOMERS, SALESPEOPLE, CONTACTS, WAYBILLS, TRACKING)
