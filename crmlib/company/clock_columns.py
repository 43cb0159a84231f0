"""What the columns of the service clocks are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_NUMBERS = (
    ("target_hours", "hours", "时限（小时）", "limit, hours", "多少小时以内要办到", "Within how many hours it must be done"),
    ("used_hours", "hours", "已用（小时）", "used, hours", "时钟走了多少小时", "What the clock has counted"),
    ("left_hours", "hours", "还剩（小时）", "left, hours", "离时限还有多少小时；负数是超了多少", "What is left of the limit; below 0: late by so much"),
    ("paused_hours", "hours", "停表（小时）", "stood still, hours", "等人的时间里时钟停了多少小时", "For how long the clock stood still"),
    ("open_hours", "hours", "上班小时数", "working hours", "当天开门几个小时", "For how long the desk is open on the day"),
    ("escalation_level", "count", "上报级别", "level of escalation", "已经惊动了第几级；0 是还没有", "How many levels were told; 0: none"),
    ("stretch", "count", "第几段", "stretch", "重新起算的时钟走的是第几段", "Which stretch of a clock that starts anew"),
    ("case_count", "count", "工单数", "cases", "有几张工单", "How many cases"),
    ("on_time_count", "count", "按时", "in time", "在时限内办到的工单", "Cases done within the limit"),
    ("late_count", "count", "超时", "late", "超过时限的工单，办完没办完都算", "Cases beyond the limit, done or not"),
    ("open_count", "count", "还在走", "still running", "时钟还在走的工单", "Cases whose clock still runs"),
    ("working_share", "share", "按工作小时的按时率", "share in time, working hours", "按工作小时算，按时的份额", "Share in time by working hours"),
    ("natural_share", "share", "按自然小时的按时率", "share in time, natural hours", "昼夜都算，按时的份额", "Share in time by hours of day and night"),
    ("on_time_share", "share", "按时率", "share in time", "按时的份额；没走完的时钟走了多久算多久", "Share in time; clocks still running count for as long as they ran"),
    ("late_cases_share", "share", "占超时的份额", "part of all late cases", "全部超时工单里，这一类占多少", "Its part of all cases that were late"),
    ("settled_only_share", "share", "只看办完的按时率", "share in time of those done", "只拿已经停表的来算，漏掉没办完的", "Of the stopped clocks alone; forgets the open ones"),
    ("worst_share", "share", "最坏的按时率", "share in time at worst", "还在走的全都超时", "Should all that still run turn out late"),
    ("best_share", "share", "最好的按时率", "share in time at best", "还在走的全都按时", "Should all that still run turn out in time"),
    ("median_hours", "hours", "中位数（小时）", "median, hours", "一半的工单在这么久以内", "Half of the cases take no longer"),
    ("p90_hours", "hours", "九成以内（小时）", "nine in ten within, hours", "九成的工单在这么久以内", "Nine cases in ten take no longer"),
    ("settled_only_median", "hours", "只看办完的中位数（小时）", "median of those done, hours", "只拿已经停表的来算，漏掉最慢的",
     "Of the stopped clocks alone; forgets the slowest"),
)  # fmt: skip
_MOMENTS = (
    ("started_at", "起算时间", "started at", "时钟从这时开始走", "When the clock began to run"),
    ("stopped_at", "停表时间", "stopped at", "时钟停在这时；还在走的留空", "When the clock stopped; empty while it runs"),
    ("due_at", "到期时间", "due at", "时限用完的时刻", "When the limit is used up"),
    ("next_due_at", "下一个到期时间", "next due at", "还在走的时钟什么时候到期", "When the clock that still runs is due"),
    ("escalated_at", "上报时间", "escalated at", "应当在什么时候上报", "When it had to be reported"),
    ("opens_at", "开门时间", "opens at", "从这时起有人上班", "From then on somebody is at the desk"),
    ("closes_at", "关门时间", "closes at", "到这时为止有人上班", "Until then somebody is at the desk"),
)

CLOCK_COLUMNS: tuple[Column, ...] = (
    Column("clock", "category", "时钟", "clock", "量的是哪一种时限", "Which limit is measured", values=(
        Value("first_response", "首次响应", "first response"), Value("update", "进展告知", "update"), Value("resolution", "办结", "resolution"),
        Value("legal_limit", "法定期限", "the law's limit"), Value("customer_contact", "联系客户", "contact"), Value("call_back", "回访", "call back"),
        Value("root_cause", "查明原因", "root cause"))),
    Column("hours_basis", "category", "哪种小时", "kind of hours", "按工作时间算，还是昼夜都算", "Working hours, or every hour of day and night", values=(
        Value("working", "工作小时", "working hours"), Value("natural", "自然小时", "natural hours"))),
    Column("clock_state", "category", "时钟状态", "state of the clock", "停了还是在走，超时没有", "Stopped or running, late or not", values=(
        Value("met", "按时", "in time"), Value("too_late", "超时才办", "too late"), Value("running", "在走", "running"),
        Value("paused", "停表等待", "waiting"), Value("overdue", "超时未办", "overdue"))),
    Column("escalated_to", "category", "上报给谁", "reported to", "超过这一级该惊动谁", "Who has to be told", values=(
        Value("handler", "经办人", "handler"), Value("superior", "上级", "superior"), Value("crisis_group", "危机处理小组", "crisis group"))),
    Column("event", "category", "事件", "event", "工单上发生了什么", "What happened to the case", values=(
        Value("opened", "受理", "opened"), Value("responded", "答复", "answered"), Value("updated", "告知进展", "told of progress"),
        Value("waiting", "开始等待", "waiting"), Value("resumed", "等到了", "wait over"), Value("resolved", "办结", "resolved"),
        Value("reopened", "重开", "reopened"), Value("called_back", "已回访", "called back"), Value("cause_found", "查明原因", "cause found"))),
    Column("day_source", "category", "日子的出处", "where the day comes from", "这一天怎么排，是谁说的", "Who says how the day is", values=(
        Value("announced", "国务院通知", "State Council"), Value("own", "自己的表", "own table"), Value("not_announced", "尚未公布", "not announced yet"))),
    Column("is_late", "yes_no", "是否超时", "late", "用掉的时间超过时限", "Used more than the limit"),
    Column("surely_slow", "yes_no", "确实偏慢", "surely slow", "整个区间低于全部工单的按时率", "Its whole interval lies below the share of all cases"),
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    *(Column(name, "datetime", zh, en, meaning_zh, meaning_en, unit="datetime") for name, zh, en, meaning_zh, meaning_en in _MOMENTS),
)  # fmt: skip
"""Derived columns of crmlib.desk's clocks, for `crmlib.company.schema`."""
