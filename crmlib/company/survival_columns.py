"""What the columns of churn definitions, churn rates and survival tables are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_NUMBERS = (
    ("silent_days", "days", "已沉默天数", "days silent", "最近一件之后过了几天", "Days since the last parcel"),
    ("grace_days", "days", "宽限期", "grace period", "沉默多少天才算流失", "Days of silence after which a customer counts as lost"),
    ("shipping_days", "count", "寄件天数", "days with parcels", "有几天寄过件", "Days on which the customer shipped"),
    ("entry_days", "days", "进入观察时的天数", "age when first seen", "数据里第一次寄件时开户几天了", "Days since opening, at the first parcel seen"),
    ("duration_days", "days", "客户存续天数", "days as a customer seen", "从开户到流失或观察结束的天数",
     "Days from the opening of the account to the loss, or to the end of the watch"),
    ("at_risk", "count", "仍在观察", "still followed", "这时还在观察中的客户", "Customers still followed at the time"),
    ("censored", "count", "删失", "censored", "还没流失、只是观察到此为止的客户", "Not lost; only not followed any further"),
    ("survival", "share", "留存份额", "share still there", "到这时还没流失的份额", "Share not lost by that time"),
    ("cumulative_hazard", "count", "累积风险", "cumulative hazard", "流失风险从头累加到这时", "Risk of leaving piled up by that time"),
    ("events", "count", "流失数", "losses", "看到流失的客户", "Losses seen"),
    ("expected", "count", "预期流失数", "losses expected", "各组一样快时应有的流失数", "Losses had all groups left at the same pace"),
    ("restricted_mean", "days", "限定平均天数", "restricted mean", "期限以内平均留住的天数", "Mean days stayed within the horizon"),
    ("median", "days", "中位数", "median", "一半客户走掉的那天", "The day by which half have left"),
    ("only_lost", "days", "只看走了的", "only those lost", "只拿已经流失的来算", "Worked out from those lost alone"),
    ("hazard_ratio", "count", "风险比", "hazard ratio", "流失风险是几倍", "How many times the risk of leaving"),
    ("p_value", "share", "p 值", "p-value", "没有作用时也会这么偏的机会", "Chance of so large a deviation if there were no effect"),
    ("drift", "count", "随时间变化", "drift with time", "残差与时间的相关", "Correlation of the residuals with time"),
    ("days_to_know", "days", "多久才知道", "days to know", "平均沉默多少天才被判流失", "Mean days of silence until those who stay away are called lost"),
    ("days_to_know_busy", "days", "多久才知道（按寄件天数加权）", "days to know, by business", "寄件越勤的客户分量越重",
     "The same, customers weighing as much as their days with parcels"),
    ("alarms", "count", "判过流失", "called lost", "曾经被判为流失的客户", "Customers ever called lost"),
    ("came_back", "count", "后来又寄件", "came back", "判为流失以后又寄件的客户", "Customers who shipped again after being called lost"),
    ("false_alarm", "share", "误报率", "false alarms", "判为流失的客户后来回来的份额", "Share of those called lost who come back"),
    ("lost_now", "count", "期末流失数", "lost at the end", "期末算作流失的客户", "Customers who count as lost at the end"),
    ("lost_share", "share", "流失客户占比", "share lost", "流失客户占全部客户的份额", "Share of the customers who are lost"),
    ("active_share", "share", "留存客户占比", "share of those who stay", "留存客户中的份额", "Share among those who stay"),
    ("excess_share", "share", "最多可归因份额", "share it can explain at most", "流失客户里最多有多少是因此走的",
     "At most so many of the lost can have left for that reason"),
)  # fmt: skip
_DATES = (
    ("lost_on", "流失日期", "lost on", "最后一件的第二天", "The day after the last parcel"),
    ("known_on", "得知日期", "known on", "宽限期满，或得知销户的那一天", "When the grace period was over, or the closing was known"),
    ("evidence_on", "取证日期", "evidence as of", "在哪一天找线索", "The day on which evidence was sought"),
)
_ANSWERS = (
    ("contract", "有无合约", "contract", "月结客户有合约", "Customers with a monthly account have a contract"),
    ("salesperson_evidence", "客户经理离职的线索", "evidence of the salesperson leaving", "流失前不久客户经理离职",
     "The salesperson left shortly before the loss"),
    ("price_complaint", "投诉过价格", "complained of the price", "流失前投诉过价格", "Complained of the price before the loss"),
    ("rival_evidence", "转向对手的线索", "evidence of a rival", "价格明显高于对手，或投诉过价格", "Paid much more than a rival asks, or complained"),
    ("notices", "有主动通知", "proactive notices", "所在地区已有主动通知", "The region already gets proactive notices"),
)  # fmt: skip

SURVIVAL_COLUMNS: tuple[Column, ...] = (
    Column("churn_state", "category", "流失状态", "churn state", "某一天看，客户是不是已经流失", "Whether the customer is lost, as seen on a day", values=(
        Value("active", "在寄", "active"), Value("dormant", "沉默、未销户", "silent, account open"), Value("lost", "流失", "lost"),
        Value("never_shipped", "从未寄件", "never shipped"))),
    Column("known_by", "category", "凭什么得知", "known by", "凭什么知道客户流失了", "How the loss was known", values=(
        Value("silence", "沉默", "silence"), Value("closing", "销户", "account closed"))),
    Column("loss_cause", "category", "流失去向", "how it was lost", "教材的三种流失，按线索判断", "The textbook's kinds of loss, by the evidence", values=(
        Value("rival", "转向对手", "to a rival"), Value("salesperson", "跟客户经理走", "with the salesperson"),
        Value("both", "两种线索都有", "evidence of both"), Value("unknown", "只见沉默，去向不明", "silent, unknown"))),
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    *(Column(name, "date", zh, en, meaning_zh, meaning_en, unit="date") for name, zh, en, meaning_zh, meaning_en in _DATES),
    *(Column(name, "yes_no", zh, en, meaning_zh, meaning_en) for name, zh, en, meaning_zh, meaning_en in _ANSWERS),
)  # fmt: skip
"""Derived columns of crmlib.survival and of the definitions and rates of crmlib.churn, for `crmlib.company.schema`."""
