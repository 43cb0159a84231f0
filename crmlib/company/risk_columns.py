"""What the columns of incidents, alternatives, crises and drills are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_NUMBERS = (
    ("customer_year_yuan", "yuan", "客户一年运费", "customer's freight in a year", "客户最近 365 天的运费", "Freight of the customer's last 365 days"),
    ("extra_yuan", "yuan", "额外花费", "extra cost", "选这个办法要多花多少", "What this way costs on top"),
    ("delay_hours", "hours", "预计多耽误几小时", "expected delay, hours", "选这个办法还要多等多久", "How much longer it takes this way"),
    ("p_keep", "share", "守住承诺的概率", "chance to keep the promise", "改期时按新承诺算", "With a later date: the new promise"),
    ("expected_cost_yuan", "yuan", "期望成本", "expected cost", "额外花费、延误损失，加上客户不同意时的等待", "Extra cost, lateness, and waiting where the customer refuses"),
    ("plan_for_days", "days", "按几天做方案", "planned for", "方案以为事件还要持续几天", "For how many more days the plan thinks the incident lasts"),
    ("lasts_days", "days", "实际几天", "lasts", "事件实际还持续几天", "For how many more days it really lasts"),
    ("regret_yuan", "yuan", "后悔值", "regret", "比知道结果时的最好办法多花多少", "What it costs more than the best, had one known"),
    ("wait_yuan", "yuan", "全部等待的成本", "cost if all wait", "什么都不做要花多少", "What doing nothing would have cost"),
    ("best_yuan", "yuan", "事后最好的成本", "best in hindsight", "事后看，运力相同时最少要花多少", "The least it could have cost with the same room"),
    ("extra_hours_before", "hours", "已在途件多耗几小时", "extra hours, under way before", "事件开始时已经在途的件", "Parcels already on their way when it began"),
    ("minutes", "minutes", "用了几分钟", "minutes", "从提问到办完", "From the question until it was done"),
    ("question", "count", "第几问", "question", "演练的第几个问题", "Which question of the drill"),
)  # fmt: skip
_MOMENTS = (
    ("known_at", "何时得知", "known at", "从这一刻起才知道", "Nothing of it was known before"),
    ("ended_on", "结束日期", "ended on", "还没结束的空着", "Missing while it goes on"),
)

RISK_COLUMNS: tuple[Column, ...] = (
    Column("option", "category", "办法", "option", "给受影响的快件什么办法", "What is done for a touched parcel", values=(
        Value("wait", "等待", "wait"), Value("reroute", "改走别的路线", "reroute"), Value("split", "分批发货", "split"),
        Value("postpone", "改期", "postpone"), Value("refund", "退运费", "refund"), Value("plan", "最省方案", "cheapest plan"),
        Value("mixed", "逐件决定", "parcel by parcel"))),
    Column("needs", "category", "需要", "needs", "这个办法要有什么", "What this way needs", values=(
        Value("nothing", "不需要", "nothing"), Value("capacity", "运力", "room"), Value("consent", "客户同意", "consent"),
        Value("consent_and_capacity", "客户同意和运力", "consent and room"))),
    Column("opened_for", "category", "为什么开", "opened for", "为什么开危机工单", "Why a crisis was opened", values=(
        Value("escalation", "上报到危机处理小组", "escalated"), Value("loss", "高价值快件丢失", "valuable parcel lost"),
        Value("incident", "严重突发事件", "severe incident"))),
    Column("drill_step", "category", "演练环节", "step of the drill", "演练中发生了什么", "What happened in the drill", values=(
        Value("known", "得知", "known"), Value("asked", "提问", "asked"), Value("investigate", "启动调查", "investigation begun"),
        Value("offer", "给出方案", "offer made"))),
    Column("reported_by", "category", "谁报的", "reported by", "预警系统报的还是自己加的", "The feed, or added by hand", values=(
        Value("feed", "预警系统", "the feed"), Value("own", "自己加的", "own"))),
    Column("picked_up_since", "category", "事件后揽收", "picked up since", "事件开始以后才揽收的件", "Picked up since the incident began", values=(
        Value("yes", "是", "yes"), Value("no", "否", "no"))),
    Column("source_id", "text", "来自哪个", "source", "哪个工单或事件", "Which case or incident"),
    Column("chosen", "yes_no", "选中", "chosen", "方案选了它", "What the plan takes"),
    Column("begun_late", "yes_no", "调查启动超时", "begun late", "超过 1 小时才启动调查", "The investigation began after more than 1 h"),
    Column("offered_late", "yes_no", "方案超时", "offered late", "超过 24 小时才给方案", "The offer came after more than 24 h"),
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    *(Column(name, "datetime", zh, en, meaning_zh, meaning_en, unit="datetime") for name, zh, en, meaning_zh, meaning_en in _MOMENTS),
)  # fmt: skip
"""Derived columns of crmlib.desk.risk, for `crmlib.company.schema`."""
