"""Contracts of how customers are won and kept: leads, quotes, touches, offers, members and their points."""

from __future__ import annotations

from itertools import combinations

from crmlib.company.contract import Column, Table, Value

_STEPS = ("created_on", "contacted_on", "qualified_on", "quoted_on", "closed_on")
_MARKETS = (Value("e_commerce", "电商客户", "e-commerce customer"), Value("corporate", "企业客户", "corporate customer"))

LEADS = Table("leads", "销售线索表", "leads", (
    Column("lead_id", "text", "线索编号", "lead number", "一条线索一个编号；同一家可能被登记两次", "One number a lead; the same firm may be entered twice",
           key=True),
    Column("name", "text", "线索名称", "lead's name", "店铺或单位的名称，全部虚构；重复登记的写法不一定相同",
           "Name of the shop or organisation; all invented; entered twice, it may be written in two ways"),
    Column("phone", "text", "电话（已脱敏）", "phone, masked", "中间四位已遮住；129 不是真实的手机号段",
           "Four digits are masked; no real mobile number begins with 129"),
    Column("market", "category", "客户类型", "market", "线索属于哪个市场；零散客户不做线索", "The lead's market; walk-in customers are no leads",
           values=_MARKETS),
    Column("region", "category", "所在地区", "region", "线索在哪个地区", "Where the lead is", values=(
        Value("east", "东部", "east"), Value("central", "中部", "central"), Value("west", "西部", "west"), Value("abroad", "境外", "abroad"))),
    Column("source", "category", "线索来源", "source", "从哪里得知这条线索", "Where the lead came from", values=(
        Value("website", "官网", "website"), Value("referral", "老客户介绍", "referral"), Value("visit", "上门开发", "cold visit"),
        Value("exhibition", "展会", "exhibition"), Value("platform", "平台推送", "platform"))),
    Column("expected_parcels", "number", "预计月件数", "expected parcels a month", "登记时估计的每月件数", "Parcels a month as estimated at entry",
           unit="count", low=1),
    Column("salesperson_id", "text", "客户经理编号", "salesperson number", "现在负责这条线索的客户经理", "The salesperson in charge today",
           ref="salespeople.salesperson_id", nullable=True),
    Column("created_on", "date", "登记日期", "entered on", "线索登记的那一天", "The day the lead was entered", unit="date"),
    Column("contacted_on", "date", "首次联系日期", "first contact on", "第一次联系上的那一天；没联系过的留空",
           "The day of the first contact; empty where there was none",
           unit="date", nullable=True),
    Column("qualified_on", "date", "确认需求日期", "qualified on", "确认有需求的那一天；没到这一步的留空",
           "The day the need was confirmed; empty where it did not come to that",
           unit="date", nullable=True),
    Column("quoted_on", "date", "首次报价日期", "first quote on", "第一次报价的那一天；没报过价的留空", "The day of the first quote; empty where there was none",
           unit="date", nullable=True),
    Column("closed_on", "date", "结束日期", "closed on", "签约或丢单的那一天；还在跟进的留空。签约日就是客户的开户日期",
           "The day it was won or lost; empty while open. A lead is won on the day on which the customer's account is opened",
           unit="date", nullable=True),
    Column("stage", "category", "阶段", "stage", "数据截止时到了哪一步", "Where the lead stands when the data end", values=(
        Value("new", "新登记", "new"), Value("contacted", "已联系", "contacted"), Value("qualified", "需求已确认", "qualified"),
        Value("quoted", "已报价", "quoted"), Value("won", "签约", "won"), Value("lost", "丢单", "lost"))),
    Column("lost_reason", "category", "丢单原因", "reason lost", "客户经理记的丢单原因；没丢的留空",
           "Why it was lost, as the salesperson noted; empty where it was not",
           nullable=True, values=(
               Value("price", "价格", "price"), Value("rival", "选了对手", "went to a rival"), Value("no_need", "没有需求", "no need"),
               Value("coverage", "网点或时效不合", "coverage or speed"), Value("no_reply", "联系不上", "no reply"),
               Value("duplicate", "重复登记", "entered twice"))),
    Column("customer_id", "text", "客户编号", "customer number", "签约成了哪个客户；没签约的留空", "The customer it became; empty where it was not won",
           ref="customers.customer_id", nullable=True),
), orders=tuple(combinations(_STEPS, 2)))  # fmt: skip

QUOTES = Table("quotes", "报价表", "quotes", (
    Column("quote_id", "text", "报价编号", "quote number", "一份报价一个编号，按报价日期排列", "One number a quote, in order of date", key=True),
    Column("lead_id", "text", "线索编号", "lead number", "报给哪条线索；一条线索可以改一次价", "The lead; a quote may be revised once", ref="leads.lead_id"),
    Column("quoted_on", "date", "报价日期", "quoted on", "报价的那一天", "The day of the quote", unit="date"),
    Column("valid_until", "date", "有效期至", "valid until", "报价到哪一天为止有效", "The last day on which the quote holds", unit="date", ahead=True),
    Column("product", "category", "产品", "product", "报的是哪一种时效", "The speed quoted", values=(
        Value("economy", "经济件", "economy"), Value("standard", "标准件", "standard"))),
    Column("list_price_yuan", "number", "挂牌首重价", "list price", "价目表上异地件首重一千克的价格", "First kilogram to other cities by the price list",
           unit="yuan", low=0),
    Column("tier_discount", "number", "应得折扣", "discount by tier", "按件数和客户类型在价目表上应得的折扣，0.2 表示打八折",
           "The discount that volume and market give by the price list; 0.2 is 20% off", unit="share", low=0),
    Column("discount", "number", "报价折扣", "discount quoted", "实际报的折扣；签约以后运单就按它计价",
           "The discount quoted; waybills are priced by it after signing",
           unit="share", low=0),
    Column("price_yuan", "number", "报价", "price quoted", "挂牌首重价打折以后", "List price less the discount quoted", unit="yuan", low=0),
    Column("decision", "category", "结果", "decision", "报价后来怎样了", "What became of the quote", values=(
        Value("accepted", "接受", "accepted"), Value("rejected", "拒绝", "rejected"), Value("revised", "改价", "revised"),
        Value("open", "待定", "open"))),
    Column("decided_on", "date", "结果日期", "decided on", "有结果的那一天；待定的留空", "The day of the decision; empty while open", unit="date",
           nullable=True),
), orders=(("quoted_on", "valid_until"), ("quoted_on", "decided_on"), ("leads.created_on", "quoted_on")))  # fmt: skip

TOUCHES = Table("touches", "客户接触表", "touches", (
    Column("touch_id", "text", "接触编号", "touch number", "一次接触一个编号，按日期排列", "One number a touch, in order of date", key=True),
    Column("customer_id", "text", "客户编号", "customer number", "接触的客户", "The customer touched", ref="customers.customer_id"),
    Column("contact_id", "text", "联系人编号", "contact number", "见的或通知的是哪位联系人", "The contact person who was met or told",
           ref="contacts.contact_id"),
    Column("salesperson_id", "text", "客户经理编号", "salesperson number", "当时负责的客户经理", "The salesperson in charge at the time",
           ref="salespeople.salesperson_id"),
    Column("happened_on", "date", "日期", "date of the touch", "接触的那一天", "The day of the touch", unit="date"),
    Column("kind", "category", "接触类型", "kind of touch", "走访、关怀还是通知", "A visit, care or a notice", values=(
        Value("visit", "走访", "visit"), Value("care", "关怀", "care"), Value("notice", "通知", "notice"))),
    Column("reason", "category", "缘由", "occasion", "为什么接触", "Why the customer was touched", values=(
        Value("rhythm", "按期走访", "by rhythm"), Value("birthday", "联系人生日", "contact's birthday"),
        Value("spring_festival", "春节", "Spring Festival"), Value("mid_autumn", "中秋", "Mid-Autumn"), Value("delay", "延误", "delays"))),
    Column("channel", "category", "渠道", "channel", "当面、电话还是线上", "In person, by phone or online", values=(
        Value("in_person", "当面", "in person"), Value("phone", "电话", "phone"), Value("wecom", "企业微信", "WeCom"),
        Value("dingtalk", "钉钉", "DingTalk"), Value("sms", "短信", "text message"), Value("email", "电子邮件", "e-mail"))),
    Column("mood", "number", "客户态度", "mood", "走访以后客户经理记的客户态度，1 到 5 分；不是走访的留空",
           "The customer's mood as the salesperson noted it after a visit, 1 to 5; empty for other touches", unit="points",
           nullable=True, low=1),
), orders=(("customers.opened_on", "happened_on"), ("salespeople.joined_on", "happened_on"),
           ("happened_on", "salespeople.left_on")))  # fmt: skip

OFFERS = Table("offers", "优惠试验表", "offers", (
    Column("offer_id", "text", "优惠编号", "offer number", "一位客户参加一次试验一个编号，按分组日期排列",
           "One number a customer and trial, in order of assignment", key=True),
    Column("kind", "category", "优惠类型", "kind of offer", "首单券发给新开户的客户，挽留券发给公司认为要流失的客户，会员邀请发给常寄件的客户",
           "First-order coupons go to new accounts, retention coupons to customers whom the firm thinks at risk, invitations to "
           "regular senders", values=(
               Value("first_order", "首单券", "first-order coupon"), Value("retention", "挽留券", "retention coupon"),
               Value("membership", "会员邀请", "membership invitation"))),
    Column("customer_id", "text", "客户编号", "customer number", "参加试验的客户", "The customer in the trial", ref="customers.customer_id"),
    Column("assigned_on", "date", "分组日期", "assigned on", "抽签分组并发券的那一天", "The day of the draw and of the offer", unit="date"),
    Column("stratum", "category", "分层", "stratum", "抽签分层用的客户类型", "The market, within which lots were drawn", values=(
        *_MARKETS, Value("walk_in", "零散客户", "walk-in customer"))),
    Column("arm", "category", "组别", "arm", "抽中发券的是试验组，其余不发，是对照组", "Offer: drawn to get it; control: drawn not to", values=(
        Value("offer", "试验组", "offer"), Value("control", "对照组", "control"))),
    Column("value_yuan", "number", "面值", "value", "券或年费减免值多少；对照组是 0。兑现的钱另外返还，运单价格不变",
           "What the coupon or waived fee is worth; 0 for controls. It is paid back apart: waybill prices stay as they are",
           unit="yuan", low=0),
    Column("accepted", "yes_no", "是否领用", "taken up", "试验组客户领没领；对照组一律为否",
           "Whether a customer with an offer took it up; always no for controls"),
    Column("measured_on", "date", "考察截止日", "measured on", "看结果看到这一天零点为止；可能晚于数据截止",
           "The outcome is counted to the start of this day, which may come after the data end", unit="date", ahead=True),
    Column("outcome", "category", "结果", "outcome",
           "首单：开户 7 天内运单表里有没有寄件；挽留：90 天内客户有没有停用账户，停用以后不会再有运单（没停用的不一定寄过件）；会员：90 天运费有没有超过之前 90 天。考察期没完的留空",
           "First order: any waybill within 7 days of opening. Retention: account not closed within 90 days; no waybill follows a "
           "closing "
           "(an open account need not have shipped). Membership: spent more in 90 days than in the 90 before. Empty while the "
           "period is not over",
           nullable=True, values=(Value("reached", "达到", "reached"), Value("missed", "没达到", "missed"))),
    Column("before_yuan", "number", "之前运费", "spent before", "分组之前 90 天的运费合计，同运单表一致；首单客户是 0",
           "Sum of the waybills of the 90 days before; 0 for new accounts", unit="yuan", low=0),
    Column("after_yuan", "number", "之后运费", "spent after", "考察期内的运费合计，同运单表一致；考察期没完的留空",
           "Sum of the waybills in the period; empty while it is not over", unit="yuan", nullable=True, low=0),
), orders=(("customers.opened_on", "assigned_on"), ("assigned_on", "measured_on")))  # fmt: skip

MEMBERS = Table("members", "会员表", "members", (
    Column("member_id", "text", "会员编号", "member number", "一位会员一个编号，按入会日期排列", "One number a member, in order of joining", key=True),
    Column("customer_id", "text", "客户编号", "customer number", "哪个客户；一个客户至多一个会员号", "The customer; at most one membership each",
           ref="customers.customer_id"),
    Column("joined_on", "date", "入会日期", "joined on", "入会的那一天", "The day of joining", unit="date"),
    Column("joined_by", "category", "入会途径", "joined by", "自己入会，还是领用会员邀请入会", "By themselves, or by taking up an invitation", values=(
        Value("self", "自行入会", "by themselves"), Value("invitation", "受邀入会", "by invitation"))),
    Column("tier", "category", "会员等级", "tier", "数据截止时的等级，看最近 12 个月的运费", "Tier when the data end, by the spend of the last 12 months",
           values=(
        Value("standard", "普通", "standard"), Value("silver", "银卡", "silver"), Value("gold", "金卡", "gold"), Value("diamond", "钻石",
        "diamond"))),
    Column("year_spend_yuan", "number", "近 12 个月运费", "spend of 12 months", "定等级的运费合计，同运单表一致", "The sum of waybills that sets the tier",
           unit="yuan", low=0),
), orders=(("customers.opened_on", "joined_on"),))  # fmt: skip

POINTS = Table("points", "积分流水表", "points ledger", (
    Column("entry_id", "text", "流水编号", "entry number", "一笔积分一个编号，按日期排列", "One number an entry, in order of date", key=True),
    Column("member_id", "text", "会员编号", "member number", "哪位会员", "The member", ref="members.member_id"),
    Column("booked_on", "date", "记账日期", "booked on", "记账的那一天", "The day of the entry", unit="date"),
    Column("kind", "category", "流水类型", "kind of entry", "得分在月末记；兑换随时；六月底和十二月底清掉上一个半年得的、还没用的分",
           "Points are earned at the end of a month and redeemed at any time; at the end of June and December those of the half "
           "year before that were not used expire", values=(
               Value("earn", "得分", "earned"), Value("redeem", "兑换", "redeemed"), Value("expire", "过期", "expired"))),
    Column("points", "number", "积分变动", "change in points", "得分为正，兑换和过期为负；入会以后每一元运费一分，零头不计",
           "Positive when earned, negative when redeemed or expired; one for each whole yuan of a month since joining", unit="points"),
    Column("balance", "number", "积分余额", "balance", "记完这笔以后还有多少分", "What is left after the entry", unit="points", low=0),
), orders=(("members.joined_on", "booked_on"),))  # fmt: skip

TABLES = (LEADS, QUOTES, TOUCHES, OFFERS, MEMBERS, POINTS)
