"""What the columns of rules, events and notices are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_TEXTS = (
    ("event_id", "事件编号", "event number", "同一件事总是同一个编号", "The same event has the same number whenever the stream is made"),
    ("notice_id", "通知编号", "notice number", "由规则、事件和客户定的编号", "Made of rule, event and customer"),
    ("rule_id", "规则编号", "rule number", "哪一条规则", "Which rule"),
    ("rule_name", "规则名称", "rule's name", "规则叫什么", "What the rule is called"),
    ("condition", "条件", "condition", "什么情况下说话", "When the rule speaks"),
    ("template", "模板", "template", "用哪一个模板写", "Which template gives the words"),
    ("reason", "为什么发", "reason", "规则名称和条件", "The rule's name and condition"),
    ("experiment", "试验", "experiment", "属于哪一个试验", "The experiment it belongs to"),
    ("consent", "需要的同意", "consent needed", "发送目的；要不要同意看目的", "The purpose; whether it needs consent depends on it"),
    ("subject", "标题", "subject", "通知的标题", "Subject of the notice"),
    ("finding", "结果", "finding", "这一步看到了什么", "What was found at this step"),
    ("mend", "怎么改", "how to mend", "怎样改好", "How to mend it"),
    ("sheet", "工作表", "sheet", "规则文件的哪一张表", "Which sheet of the rule file"),
    ("setting", "设置项", "setting", "规则文件的设置", "A setting of the rule file"),
    ("meaning", "含义", "meaning", "这一项是什么意思", "What it means"),
    ("quiet_from", "免打扰时段起", "quiet from", "从几点起不发", "From when nothing is sent"),
    ("quiet_until", "免打扰时段止", "quiet until", "到几点止不发", "Until when nothing is sent"),
    ("waybill_tail", "运单尾号", "last four figures", "运单号最后四位", "The last four figures of the waybill number"),
)  # fmt: skip
_NUMBERS = (
    ("priority", "count", "优先级", "priority", "一件事几条规则都想说，数字小的说", "Where several rules want to speak, the least number does"),
    ("cost_yuan", "yuan", "费用", "cost", "发通知要花多少钱", "What the notices cost"),
    ("notices", "count", "通知条数", "notices", "发出的通知", "Notices sent"),
    ("notices_per_customer", "count", "每位客户收到几条", "notices per customer", "全部客户平均", "Mean over all customers"),
    ("hits", "count", "命中次数", "hits", "条件成立的次数，发没发都算", "How often the condition held, sent or not"),
    ("capped", "count", "被上限挡下", "held back by caps", "规则上限和客户上限一共挡下几条", "Notices held back by the caps of rules and customers"),
    ("hours_to_promise", "hours", "离承诺还有几小时", "hours to the promise", "负数：已经过了", "Below 0: it has passed"),
    ("hours_since_pickup", "hours", "收件后几小时", "hours since the pick-up", "从收件算起", "From the pick-up"),
    ("p_late", "share", "晚到的可能", "chance of being late", "预测的可能，0 到 1", "As predicted, 0 to 1"),
    ("cap_count", "count", "上限条数", "cap", "这条规则给一位客户最多几条", "At most so many from this rule for a customer"),
    ("cap_days", "days", "上限算几天", "days of the cap", "上限按几天算", "Over how many days the cap counts"),
    ("overdue_days", "days", "逾期天数", "days past due", "账单过期几天", "Days since the invoice was due"),
    ("open_yuan", "yuan", "尚欠", "still owed", "这张账单还欠多少", "What is still owed of the invoice"),
)  # fmt: skip

RULES_COLUMNS: tuple[Column, ...] = (
    Column("event", "category", "事件", "event", "发生了什么", "What happened", values=(
        Value("picked_up", "已收件", "picked up"), Value("loaded", "已装车", "loaded"), Value("in_transit", "运输中", "in transit"),
        Value("clearance", "清关", "clearance"), Value("at_hub", "到达转运中心", "at the hub"), Value("out_for_delivery", "派送中", "out for delivery"),
        Value("signed", "已签收", "signed for"), Value("delay_predicted", "预计晚到", "delay predicted"),
        Value("promise_broken", "过了承诺时间", "promise broken"), Value("case_opened", "工单受理", "case opened"),
        Value("case_resolved", "工单办结", "case settled"), Value("case_escalated", "工单上报", "case escalated"),
        Value("payment_overdue", "账单逾期", "payment overdue"), Value("policy_published", "新政策", "policy published"),
        Value("incident_began", "突发事件", "incident began"), Value("incident_touches_parcel", "快件受突发事件影响", "incident touches a parcel"))),
    Column("who", "category", "通知谁", "told to", "这条通知给谁", "Who is told", values=(
        Value("sender", "寄件客户", "sender"), Value("recipient", "收件人", "recipient"), Value("account_manager", "客户经理", "account manager"),
        Value("crisis_group", "危机处理小组", "crisis group"))),
    Column("why", "category", "发了没有", "what became of it", "发出，或者为什么没发", "Sent, or why not", values=(
        Value("sent", "发出", "sent"), Value("arm", "对照组", "control group"), Value("channel", "没有渠道", "no channel"),
        Value("consent", "没有同意", "no consent"), Value("quiet", "免打扰时段", "quiet hours"), Value("priority", "别的规则先说", "another rule spoke"),
        Value("rule_cap", "规则次数上限", "cap of the rule"), Value("customer_cap", "客户次数上限", "cap of the customer"))),
    Column("offer", "category", "补救", "offer", "晚到时给客户什么", "What the customer is offered for a delay", values=(
        Value("notice_only", "只告知", "notice only"), Value("priority", "优先派送", "priority delivery"), Value("pick_up_point", "自提点九折", "pick-up point at 10% off"))),
    Column("quiet_then", "category", "免打扰时段里怎么办", "in quiet hours", "免打扰时段里来的通知怎么办", "What becomes of a notice in quiet hours", values=(
        Value("wait", "等过了再发", "wait"), Value("drop", "不发了", "drop"))),
    Column("enabled", "yes_no", "启用", "enabled", "这条规则用不用", "Whether the rule is used"),
    Column("send_after", "datetime", "最早发送时间", "send after", "过了免打扰时段才发，北京时间", "After the quiet hours, Beijing time", unit="datetime"),
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    *(Column(name, "text", zh, en, meaning_zh, meaning_en) for name, zh, en, meaning_zh, meaning_en in _TEXTS),
)  # fmt: skip
"""Derived columns of crmlib.desk.rules, for `crmlib.company.schema`."""
