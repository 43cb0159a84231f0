"""What the columns and codes of prices, cross-border parcels and demand are called, in both languages."""

from __future__ import annotations

import tomllib
from pathlib import Path

from crmlib.company.contract import Column, Value

_PARTS = Path(__file__).parents[1]


def _named(file: str, table: str) -> tuple[Value, ...]:
    """The codes and names that a table of the price data holds, so that each name is written once."""
    rows = tomllib.loads((_PARTS / file).read_text("utf-8"))[table]
    rows = [{"code": code, **row} for code, row in rows.items()] if isinstance(rows, dict) else rows
    return tuple(Value(row["code"], row["zh"], row["en"]) for row in rows)


_NUMBERS = (
    ("line_yuan", "yuan", "金额", "amount", "报价单上这一行的金额", "What this line of the quotation comes to"),
    ("charged_kg", "kg", "计费重量", "weight charged", "进位以后的重量", "Weight after rounding up"),
    ("list_yuan", "yuan", "挂牌价", "price by the list", "按价目表、打折以前的运费", "Freight by the price list, before any discount"),
    ("discount_given", "share", "实际折扣", "discount given", "比挂牌价少收的比例", "What was let off the list price"),
    ("our_yuan", "yuan", "我们的挂牌价", "our list price", "我们的价目表上的价格", "The price by our list"),
    ("their_yuan", "yuan", "对手的挂牌价", "their list price", "对手价目表上各线路的平均", "Mean over the competitor's routes"),
    ("package_discount", "share", "套餐优惠", "package discount", "套餐比分开买低多少", "How far the package lies below its parts"),
    ("parts_yuan", "yuan", "分开买的价", "price of the parts", "各项服务分开买一共多少钱", "What the parts cost bought alone"),
    ("package_price_yuan", "yuan", "套餐价", "package price", "套餐一共多少钱", "What the package costs"),
    ("saving_yuan", "yuan", "客户省下", "saved", "套餐比分开买省多少", "What the package saves"),
    ("margin_left_yuan", "yuan", "剩下的毛利", "margin left", "套餐价减运输成本，附加服务的成本还没扣",
     "Package price less the cost of transport; services not yet taken off"),
    ("premium", "share", "绿色溢价", "green premium", "比普通件多收的比例", "Share on top of the freight"),
    ("premium_yuan", "yuan", "每件溢价", "premium a parcel", "每件多收多少钱", "What is charged more a parcel"),
    ("take_up", "share", "选择比例", "take-up", "选用的件数占多少", "Share of parcels for which it is chosen"),
    ("chosen_parcels", "count", "选用件数", "parcels chosen", "选用的件数", "Parcels for which it is chosen"),
    ("added_yuan", "yuan", "多赚", "added", "溢价减成本一共多少", "Premiums less cost"),
    ("least_premium", "share", "保本溢价", "premium that just pays", "溢价多少刚好够成本", "The premium at which a parcel just pays"),
    ("margin_rate", "share", "毛利率", "margin rate", "毛利合计除以收入合计", "Sum of margins over sum of revenues"),
    ("loss_share", "share", "亏本件占比", "parcels at a loss", "成本高于运费的件占多少", "Share of parcels that cost more than they bring"),
    ("growth_needed", "share", "要多寄", "growth needed", "件数要多多少，毛利才不变", "More parcels needed for the same margin"),
    ("growth_expected", "share", "预计多寄", "growth expected", "按假设的反应，件数会多多少", "More parcels by the response assumed"),
    ("growth_expected_low", "share", "预计多寄下限", "growth expected, low", "区间下端", "Low end"),
    ("growth_expected_high", "share", "预计多寄上限", "growth expected, high", "区间上端", "High end"),
    ("margin_index", "ratio", "毛利指数", "margin index", "今天的毛利是 1", "The margin today is 1"),
    ("margin_index_low", "ratio", "毛利指数下限", "margin index, low", "区间下端", "Low end"),
    ("margin_index_high", "ratio", "毛利指数上限", "margin index, high", "区间上端", "High end"),
    ("extra_discount", "share", "额外折扣", "extra discount", "比价目表应得的多给多少", "Discount beyond that of the list"),
    ("win_rate", "share", "签约率", "win rate", "报价被接受的比例", "Share of quotes accepted"),
    ("win_low", "share", "签约率下限", "win rate, low", "区间下端", "Low end"),
    ("win_high", "share", "签约率上限", "win rate, high", "区间上端", "High end"),
    ("expected_low", "yuan", "预期利润下限", "expected profit, low", "区间下端", "Low end"),
    ("expected_high", "yuan", "预期利润上限", "expected profit, high", "区间上端", "High end"),
    ("duty_rate", "share", "关税税率", "duty rate", "教学用税率", "Teaching rate of duty"),
    ("vat_rate", "share", "增值税税率", "VAT rate", "教学用税率", "Teaching rate of VAT"),
    ("duty_free_to", "yuan", "关税起征点", "free of duty up to", "货值不超过它就不收关税", "Goods up to this value pay no duty"),
    ("vat_free_to", "yuan", "增值税起征点", "free of VAT up to", "货值不超过它就不收增值税", "Goods up to this value pay no VAT"),
    ("clearance_yuan", "yuan", "清关费", "clearance fee", "每票清关费", "Fee of a shipment"),
    ("most_watt_hours", "count", "电池上限（瓦时）", "largest battery (Wh)", "超过它就不能走普通渠道", "Above it not by the ordinary service"),
    ("goods_value_yuan", "yuan", "货值（元）", "value of the goods, yuan", "货物申报值多少元", "Declared value of the goods"),
    ("pays_share", "share", "晚到退几成运费", "share of freight paid back", "晚到时退还运费的多少", "What part of the freight of a late parcel is paid back"),
    ("promise_kept", "share", "说的天数兑现了几成", "promise kept", "后来的快件里，在说好的天数里清关的份额",
     "Of later parcels, the share cleared within the days promised"),
    ("clearance_hours", "hours", "清关时长", "hours in clearance", "从进清关到放行几小时", "Hours from entering clearance to leaving it"),
    ("expected_cost_yuan", "yuan", "预期赔付", "expected cost", "平均每件要赔多少", "What is paid back a parcel on average"),
    ("cover_price_yuan", "yuan", "延误赔付价", "price of the cover", "预期赔付区间上端加上附加", "Upper end of the expected cost with the loading"),
    ("parcels_expected", "count", "预计件数", "parcels expected", "预计要寄多少件", "Parcels expected"),
    ("growth_a_year", "share", "年增长（参照同类）", "growth a year, pooled", "向同类客户靠拢以后的年增长",
     "Growth a year, drawn towards that of similar customers"),
    ("own_growth", "share", "年增长（只看自己）", "growth a year, own", "只用这个客户自己的数据", "Worked out from the customer's own parcels alone"),
    ("silent_months", "months", "沉默月数", "months silent", "最后一件之后过了几个月", "Months since the last parcel"),
    ("staying", "ratio", "兑现系数", "staying", "以往同样沉默的客户，预计的件数来了多少", "What came of the parcels foreseen, by silence"),
    ("faithfulness", "share", "专一程度", "faithfulness", "按习惯寄的比例", "Share of parcels that keep to the habit"),
    ("parcels_fitting", "count", "符合条件的件数", "parcels that fit", "看的几个月里符合规则的件数", "Parcels that fit the rule in the months looked at"),
    ("simulated_declarations", "count", "（模拟申报）", "(simulated)", "申报是编的，不是公司的数据",
     "The declarations are made up and no data of the firm"),
    ("named", "count", "点名的客户", "named", "被点名的客户数", "Customers named"),
    ("right_named", "count", "点对的客户", "rightly named", "后来真有需要的客户数", "Customers named who did need it"),
    ("precision", "share", "点对率", "precision", "点名的客户里有多少点对了", "Share of those named who needed it"),
    ("found_share", "share", "找到率", "found", "真有需要的客户里有多少被点名", "Share of those in need who were named"),
    ("found_low", "share", "找到率下限", "found, low", "区间下端", "Low end"),
    ("found_high", "share", "找到率上限", "found, high", "区间上端", "High end"),
)  # fmt: skip

_TEXTS = (
    ("package_name", "套餐名称", "package name", "套餐叫什么", "What the package is called"),
    ("parts", "包含", "holds", "套餐里有什么", "What the package holds"),
    ("scopes", "适用业务", "scopes", "哪些业务可以用", "For which scopes it is"),
    ("goods_name", "品名", "kind of goods", "这一类货物叫什么", "What this kind of goods is called"),
    ("papers", "所需单证", "papers needed", "要哪些单证", "Which papers are needed"),
    ("paper_name", "单证名称", "paper's name", "单证叫什么", "What the paper is called"),
    ("description", "品名描述", "description", "客户怎么说里面是什么", "What the customer says is inside"),
    ("missing_papers", "缺的单证", "papers missing", "还差哪些单证", "Which papers are missing"),
    ("what_to_say", "怎么跟客户说", "what to say", "预审结果和要问的话", "The result, and what to ask"),
    ("offer_name", "推荐内容", "offer", "推荐什么", "What is offered"),
    ("hint", "提示", "hint", "一并提示客户的话", "What to tell the customer besides"),
    ("first_month", "从哪月看", "from month", "规则看的第一个月", "First month that the rule looks at"),
    ("last_month", "看到哪月", "to month", "规则看的最后一个月", "Last month that the rule looks at"),
    ("calendar_month", "月份", "month", "哪一个月", "The month"),
)  # fmt: skip

_PLACES = (*_named("pricing/landed.toml", "destinations"), Value("cn", "中国", "China"))
_GOODS = (*_named("pricing/goods.toml", "goods"), Value("other", "其他", "other goods"))
_OFFERS = _named("demand/offers.toml", "rules")

PRICING_COLUMNS: tuple[Column, ...] = (
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    *(Column(name, "text", zh, en, meaning_zh, meaning_en) for name, zh, en, meaning_zh, meaning_en in _TEXTS),
    *(Column(name, "datetime", zh, en, meaning_zh, meaning_en, unit="datetime") for name, zh, en, meaning_zh, meaning_en in (
        ("entered_at", "进入清关", "entered clearance", "扫描到清关的时刻", "When it was scanned into clearance"),
        ("left_at", "放行时间", "left clearance", "清关之后下一次扫描的时刻", "The next scan after clearance"))),
    Column("festival_on", "date", "节点日期", "festival on", "临近的节点是哪天", "The day of the festival that is near", unit="date"),
    Column("cleared", "yes_no", "已放行", "cleared", "清关完了没有", "Whether clearance is over"),
    Column("at_hand", "yes_no", "已备齐", "at hand", "这份单证有没有", "Whether the paper is there"),
    Column("line", "category", "项目", "line", "报价单上的一行", "A line of the quotation", values=(
        Value("first_kg", "首重", "first kilogram"), Value("further_kg", "续重", "further kilograms"), Value("discount", "折扣", "discount"),
        Value("package_discount", "套餐优惠", "package discount"), Value("goods", "货值", "goods"), Value("freight", "运费", "freight"),
        Value("insurance", "保险", "insurance"), Value("duty", "关税", "duty"), Value("vat", "增值税", "value-added tax"),
        Value("advance", "垫付手续费", "advance fee"), *_named("pricing/packages.toml", "parts"),
        *_named("pricing/lark.toml", "surcharges"), *_named("pricing/lark.toml", "peaks"))),
    Column("zone", "category", "计费区", "zone", "价目表上的区", "Zone of the price list", values=_named("pricing/lark.toml", "zones")),
    Column("package", "category", "套餐", "package", "哪一种套餐", "Which package", values=(
        Value("none", "不用套餐", "no package"), *_named("pricing/packages.toml", "packages"))),
    Column("destination", "category", "目的地", "destination", "寄到哪里", "Where it goes", values=_PLACES),
    Column("destination_country", "category", "目的国", "destination country", "寄到哪个国家或地区", "The country that it goes to", values=_PLACES),
    Column("origin_country", "category", "始发国", "origin country", "从哪个国家寄出", "The country that it comes from", values=_PLACES),
    Column("main_country", "category", "主要目的国", "main country", "这个客户主要寄到哪里", "Where the customer mostly sends", values=_PLACES),
    Column("goods", "category", "品类", "goods", "里面是哪一类货物", "The kind of goods inside", values=_GOODS),
    Column("main_goods", "category", "主要品类", "main goods", "这个客户主要寄什么", "What the customer mostly sends", values=_GOODS),
    Column("paper", "category", "单证", "paper", "哪一种单证", "Which paper", values=_named("pricing/goods.toml", "papers")),
    Column("air", "category", "能不能寄", "may go", "普通渠道能不能寄", "Whether the ordinary service takes it", values=(
        Value("yes", "能寄", "yes"), Value("papers", "凭单证", "with papers"), Value("line", "只走专线", "special line only"),
        Value("no", "不能寄", "no"))),
    Column("document_verdict", "category", "预审结论", "verdict on the papers", "单证预审的结论", "What the look at the papers says", values=(
        Value("ready", "可以寄", "may go"), Value("papers_missing", "缺单证", "papers missing"),
        Value("special_line", "只走专线", "special line only"), Value("ask", "先问清楚", "ask first"),
        Value("forbidden", "不能寄", "forbidden"))),
    Column("yardstick", "category", "指标", "yardstick", "比较的是什么", "What is compared", values=(
        Value("parcels_a_month", "每月件数", "parcels a month"), Value("shipping_days_a_month", "每月寄件天数", "shipping days a month"),
        Value("parcels_a_day", "每个寄件日件数", "parcels a shipping day"), Value("fast_share", "标准件和特快件占比", "standard or express share"),
        Value("late_share", "延误占比", "late share"), Value("error_share", "误差占比", "error share"),
        Value("typical_error", "典型误差（件）", "typical error (parcels)"), Value("bias", "总量偏差", "bias"))),
    Column("claimed", "category", "研究的说法", "claimed", "平台卖家比独立站卖家多还是少", "Marketplace sellers against own-shop sellers", values=(
        Value("more", "更多", "more"), Value("fewer", "更少", "fewer"))),
    Column("holds", "category", "成立吗", "holds", "我们的数据支不支持", "Whether our data bear it out", values=(
        Value("yes", "支持", "yes"), Value("no", "不支持", "no"), Value("open", "说不准", "open"))),
    Column("approach", "category", "做法", "approach", "怎么预测、怎么点名", "How it was foreseen or named", values=(
        Value("forecast", "模型预测", "forecast"), Value("rule", "规则", "rule"), Value("last_year", "和去年同月一样", "same as last year"),
        Value("mean", "近一年平均", "plain mean"), Value("everybody", "所有人", "everybody"))),
    Column("against", "category", "和谁比", "against", "和哪种土办法比", "The forecast by hand compared with", values=(
        Value("last_year", "和去年同月一样", "same as last year"), Value("mean", "近一年平均", "plain mean"))),
    Column("next_offer", "category", "下一个推荐", "next offer", "按规则推荐什么", "What a rule offers", values=_OFFERS),
)  # fmt: skip
