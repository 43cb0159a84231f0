"""Contracts of the tables about the world outside the firm: calendar, competitors' prices, policies, partners, incidents."""

from __future__ import annotations

from crmlib.company.contract import Column, Table, Value

_REGIONS = (Value("east", "东部", "east"), Value("central", "中部", "central"), Value("west", "西部", "west"), Value("abroad", "境外", "abroad"))
_SCOPES = (
    Value("same_city", "同城", "same city"), Value("domestic", "异地", "other cities"), Value("cross_border", "国际及港澳台", "cross-border"),
)  # fmt: skip
_ALL = Value("all", "全部", "all")

CALENDAR = Table("calendar", "日历表", "calendar", (
    Column("date", "date", "日期", "date", "数据期内每天一行", "One row a day of the data", unit="date", key=True),
    Column("weekday", "number", "星期", "weekday", "星期一是 1，星期日是 7", "Monday is 1, Sunday is 7", unit="weekday", low=1),
    Column("is_workday", "yes_no", "是否工作日", "working day",
           "国家是否安排上班；调休上班的周末算工作日，放假的工作日不算",
           "Whether the country works: a make-up working weekend day counts, a weekday off does not"),
    Column("day_kind", "category", "日期类型", "kind of day",
           "平常工作日、调休上班、平常周末，还是假期（含假期里的周末和调休休息日）",
           "Ordinary working day, make-up working day, ordinary weekend, or holiday (with the weekend and swapped days inside it)", values=(
               Value("workday", "工作日", "working day"), Value("makeup_workday", "调休上班", "make-up working day"),
               Value("weekend", "周末", "weekend"), Value("holiday", "节假日", "holiday"))),
    Column("holiday_zh", "text", "节日名（中文）", "holiday, Chinese",
           "属于哪个法定节假日；平常日子留空", "The public holiday that the day belongs to; empty on other days", nullable=True),
    Column("holiday_en", "text", "节日名（英文）", "holiday, English",
           "同上，英文名", "The same in English", nullable=True),
    Column("festival", "category", "电商节与春节阶段", "shopping festival or season",
           "当天处在哪个业务高峰或低谷", "The peak or lull of the trade in which the day lies", values=(
               Value("none", "平日", "ordinary day"), Value("midyear_618", "618 大促", "6.18 sales"),
               Value("double_11", "双11大促", "11.11 sales"), Value("double_12", "双12大促", "12.12 sales"),
               Value("spring_rush", "春节前高峰", "rush before Spring Festival"), Value("spring_lull", "春节低谷", "Spring Festival lull"))),
    Column("next_festival", "category", "下一个节点", "next festival",
           "接下来是 618、双11、双12 还是春节；当天就是的，记当天", "Which of 6.18, 11.11, 12.12 and Spring Festival comes next; the day itself counts",
           values=(
               Value("midyear_618", "6 月 18 日", "18 June"), Value("double_11", "11 月 11 日", "11 November"),
               Value("double_12", "12 月 12 日", "12 December"), Value("spring_festival", "春节", "Spring Festival"))),
    Column("days_to_festival", "number", "距下一个节点天数", "days to the next festival",
           "到下一个节点还有几天；当天是 0", "Days until the next festival; 0 on the day", unit="days", low=0),
))  # fmt: skip

MARKET_PRICES = Table("market_prices", "对手价目表", "competitors' prices", (
    Column("price_id", "text", "价目编号", "price number", "一条价目一个编号", "One number a price", key=True),
    Column("month", "date", "月份", "month", "价目生效的月份，记该月 1 日", "The month in which the price holds, as its first day", unit="date"),
    Column("competitor", "category", "竞争对手", "competitor",
           "哪家对手，全部虚构", "Which competitor; all invented", values=(
               Value("heron", "苍鹭速运", "Heron Express"), Value("plover", "金鸻物流", "Plover Logistics"),
               Value("stork", "白鹳快运", "Stork Courier"), Value("finch", "灰雀国际", "Finch International"))),
    Column("scope", "category", "业务种类", "scope",
           "同城、异地，还是国际及港澳台", "Within one city, to another city, or cross-border", values=_SCOPES),
    Column("origin_region", "category", "始发地区", "origin region", "从哪个地区寄出", "Where the parcel comes from", values=_REGIONS[:3]),
    Column("destination_region", "category", "目的地区", "destination region",
           "寄到哪个地区；国际及港澳台件记为境外", "Where the parcel goes; cross-border parcels go abroad", values=_REGIONS),
    Column("product", "category", "产品", "product", "哪一种时效", "The speed", values=(
        Value("economy", "经济件", "economy"), Value("standard", "标准件", "standard"), Value("express", "特快件", "express"))),
    Column("first_kg_yuan", "number", "首重价", "first kilogram", "对手首重一千克的挂牌价", "The competitor's list price of the first kilogram",
           unit="yuan", low=0),
    Column("further_kg_yuan", "number", "续重价", "each further kilogram",
           "对手续重每千克的挂牌价", "The competitor's list price of each further kilogram", unit="yuan", low=0),
))  # fmt: skip

POLICIES = Table("policies", "政策通知表", "policy notices", (
    Column("policy_id", "text", "通知编号", "notice number", "一条通知一个编号", "One number a notice", key=True),
    Column("published_on", "date", "发布日期", "published on", "发布的那一天；不知道的留空", "The day of publication; empty where not known",
           unit="date", nullable=True),
    Column("issuer_kind", "category", "发布方类型", "kind of issuer", "谁发的通知", "Who issued the notice", values=(
        Value("law", "法律法规", "law or regulation"), Value("regulator", "行业主管部门", "regulator"),
        Value("customs", "海关", "customs"), Value("transport", "交通部门", "transport authority"),
        Value("local_government", "地方政府", "local government"), Value("association", "行业协会", "trade association"),
        Value("marketplace", "电商平台", "marketplace"))),
    Column("title_zh", "text", "标题（中文）", "title, Chinese", "通知的标题", "Title of the notice"),
    Column("title_en", "text", "标题（英文）", "title, English", "同上，英文", "The same in English"),
    Column("topic", "category", "改什么方面", "topic", "通知改变业务的哪一方面", "The side of the business that the notice changes", values=(
        Value("price", "价格", "price"), Value("delivery", "投递", "delivery"), Value("packaging", "包装", "packaging"),
        Value("privacy", "个人信息", "personal information"), Value("clearance", "通关", "clearance"),
        Value("traffic", "车辆与道路", "vehicles and roads"), Value("safety", "安全", "safety"), Value("complaints", "投诉", "complaints"))),
    Column("change_zh", "text", "改变什么（中文）", "what changes, Chinese", "一句话说明改变了什么", "One sentence on what changes"),
    Column("change_en", "text", "改变什么（英文）", "what changes, English", "同上，英文", "The same in English"),
    Column("effective_on", "date", "生效日期", "effective on", "从哪一天起执行", "The day from which it holds", unit="date", ahead=True),
    Column("region", "category", "涉及地区", "region", "涉及哪个地区；全部就是全国", "The region concerned; all means the whole country",
           values=(*_REGIONS, _ALL)),
    Column("invented", "yes_no", "是否虚构", "invented",
           "是：为教学虚构的通知；否：真实的法规事实", "Yes: a notice invented for teaching; no: a fact of law"),
), orders=(("published_on", "effective_on"),))  # fmt: skip

PARTNERS = Table("partners", "合作伙伴表", "partners", (
    Column("partner_id", "text", "伙伴编号", "partner number", "一家伙伴一个编号", "One number a partner", key=True),
    Column("name_zh", "text", "名称（中文）", "name, Chinese", "伙伴的名称，全部虚构", "Name of the partner; all invented"),
    Column("name_en", "text", "名称（英文）", "name, English", "同上，英文", "The same in English"),
    Column("kind", "category", "类型", "kind", "伙伴做什么", "What the partner does", values=(
        Value("airline", "航空公司", "airline"), Value("haulier", "干线车队", "haulier"), Value("locker", "快递柜与驿站", "lockers and pick-up points"),
        Value("broker", "报关行", "customs broker"), Value("marketplace", "电商平台", "marketplace"))),
    Column("region", "category", "服务地区", "region", "伙伴服务哪个地区；全部就是境内外都服务",
           "The region that the partner serves; all means everywhere", values=(*_REGIONS, _ALL)),
    Column("since", "date", "合作起始日", "partner since", "从哪一天开始合作", "The day on which the partnership began", unit="date"),
    Column("rating", "number", "评分", "rating", "公司给伙伴的评分，1 到 5 分", "The firm's rating of the partner, 1 to 5", unit="points", low=1),
))  # fmt: skip

INCIDENTS = Table("incidents", "突发事件表", "incidents", (
    Column("incident_id", "text", "事件编号", "incident number", "一次事件一个编号", "One number an incident", key=True),
    Column("name_zh", "text", "名称（中文）", "name, Chinese", "事件的名称，全部虚构", "Name of the incident; all invented"),
    Column("name_en", "text", "名称（英文）", "name, English", "同上，英文", "The same in English"),
    Column("kind", "category", "类型", "kind", "出了什么事", "What happened", values=(
        Value("port_strike", "港口罢工", "port strike"), Value("customs_backlog", "海关积压", "customs backlog"),
        Value("typhoon", "台风", "typhoon"), Value("snow", "雨雪冰冻", "snow and ice"), Value("road_closure", "道路中断", "road closure"),
        Value("hub_congestion", "转运中心拥堵", "hub congestion"), Value("system_outage", "系统故障", "system outage"))),
    Column("scope", "category", "涉及业务", "scope", "涉及哪种业务；全部就是都涉及", "The scope concerned; all means every one", values=(*_SCOPES, _ALL)),
    Column("region", "category", "涉及地区", "region", "始发或目的在这个地区的快件受影响；全部就是都受影响",
           "Parcels from or to this region are touched; all means every one", values=(*_REGIONS, _ALL)),
    Column("first_day", "date", "开始日期", "first day", "事件开始的那一天", "The day on which it began", unit="date"),
    Column("last_day", "date", "结束日期", "last day", "事件的最后一天", "Its last day", unit="date", ahead=True),
    Column("severity", "category", "严重程度", "severity",
           "多耽误 24 小时以上为严重，8 小时以上为中等，其余为轻微", "Severe from 24 extra hours, moderate from 8, else minor", values=(
               Value("minor", "轻微", "minor"), Value("moderate", "中等", "moderate"), Value("severe", "严重", "severe"))),
    Column("extra_hours", "number", "多耽误的小时", "extra hours",
           "公司事后估计：受影响的快件路上多花几小时", "The firm's estimate afterwards: how many hours longer a touched parcel took", unit="hours", low=0),
), orders=(("first_day", "last_day"),))  # fmt: skip

TABLES = (CALENDAR, MARKET_PRICES, POLICIES, PARTNERS, INCIDENTS)
