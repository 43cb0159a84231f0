"""What the columns of forecasts of calls, of needs and of rosters are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_NUMBERS = (
    ("calls_expected", "count", "预计来电", "calls expected", "预计来多少通", "Calls expected"),
    ("times_usual", "ratio", "平日的倍数", "times an ordinary day", "是平常日子的几倍；1 是一样", "Times the calls of an ordinary day; 1 is the same"),
    ("within", "share", "落在区间内", "held", "区间说中了多大比例", "Share of intervals that held"),
    ("meant", "share", "应有比例", "meant to hold", "区间承诺的比例", "Share that the intervals promise"),
    ("checked", "count", "核对个数", "checked", "核对了多少个", "How many were checked"),
    ("gain", "share", "误差减少", "errors saved", "平方误差比土办法少多少", "By how much squared errors are smaller"),
    ("agents_at_work", "count", "在岗人数", "agents at work", "真正在接电话的人数", "Agents who take calls"),
    ("agents_rostered", "count", "排班人数", "agents on the roster", "排班表上要排的人数，已算损耗", "Agents to roster, with shrinkage"),
    ("at_work", "count", "在岗（人）", "at work", "平均真正在岗的人数", "Agents at work on average"),
    ("rostered", "count", "排班（人）", "rostered", "排班表上的人数", "Agents on the roster"),
    ("needed", "count", "需要", "needed", "需要几个人", "Agents needed"),
    ("covered", "count", "排到", "covered", "排到几个人", "Agents on the roster and not at break"),
    ("short", "count", "缺", "short", "还缺几个人", "Agents lacking"),
    ("spare", "count", "多出", "spare", "多出几个人", "Agents beyond the need"),
    ("shift_count", "count", "班次数", "shifts", "上了几个班", "How many shifts"),
    ("late_shifts", "count", "晚班数", "late shifts", "上了几个晚班", "Late shifts"),
    ("night_shifts", "count", "夜班数", "night shifts", "上了几个夜班", "Night shifts"),
    ("weekend_shifts", "count", "周末节假日班数", "weekend and holiday shifts", "周末和节假日上了几个班", "Shifts on weekends and public holidays"),
    ("wishes", "count", "想休的天数", "days wished off", "提了几天想休", "Days that the agent would like off"),
    ("wishes_granted", "count", "满足的天数", "wishes granted", "其中休到了几天", "How many of them came true"),
    ("begins_hour", "hours", "上班（点）", "begins", "几点上班", "Hour at which the shift begins"),
    ("ends_hour", "hours", "下班（点）", "ends", "几点下班；超过 24 是第二天", "Hour at which it ends; above 24 the next day"),
    ("break_hour", "hours", "休息（点）", "break at", "几点休息", "Hour at which the break begins"),
    ("break_minutes", "minutes", "休息（分钟）", "break, minutes", "休息多少分钟", "Minutes of break"),
    ("paid_hours", "hours", "计薪小时", "paid hours", "不含休息", "Without the break"),
    ("lost_calls", "count", "流失来电", "calls lost", "排队时挂断的来电", "Callers who hang up in the queue"),
    ("wage_yuan", "yuan", "工资", "wages", "这段时间的工资", "Wages of the time"),
    ("lost_yuan", "yuan", "流失损失", "cost of lost calls", "挂断的来电按单价折算", "Lost calls at their price"),
    ("spare_yuan", "yuan", "多出人手的工资", "wages of spare agents", "多排的人的工资", "Wages of agents beyond the need"),
)  # fmt: skip
_WEEK = (
    Value("monday", "周一", "Monday"), Value("tuesday", "周二", "Tuesday"), Value("wednesday", "周三", "Wednesday"),
    Value("thursday", "周四", "Thursday"), Value("friday", "周五", "Friday"), Value("saturday", "周六", "Saturday"),
    Value("sunday", "周日", "Sunday"),
)  # fmt: skip
_RULES = (Value("four_weeks", "前四周同一天的平均", "mean of four weeks"), Value("last_week", "上周同一天", "same day last week"))

STAFFING_COLUMNS: tuple[Column, ...] = (
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    Column("starts_at", "datetime", "时段开始", "starts at", "这个时段从几点开始", "Beginning of the half hour", unit="datetime"),
    Column("time_of_day", "text", "时段", "time of day", "一天里的哪个时段", "Half hour of the day"),
    Column("pattern", "text", "班型", "shift pattern", "上下班时间，斜线后是休息", "Begin and end of the shift; after the stroke, the break"),
    Column("assumed", "yes_no", "是假设", "assumed", "历史里没有出现过，只是假设", "Never seen in the history, only assumed"),
    Column("factor", "category", "因素", "factor", "什么让来电变多变少", "What moves the calls", values=(
        Value("weekday", "星期", "weekday"), Value("day_kind", "日期类型", "kind of day"))),
    Column("which", "category", "哪一个", "which", "哪个星期几、哪类日子，或离节日几天", "Weekday, kind of day, or days from the festival", values=_WEEK),
    Column("forecast_by", "category", "预测办法", "forecast by", "用什么办法预测", "How the calls were foreseen", values=(
        Value("forecast", "模型预测", "forecast"), *_RULES)),
    Column("compared_with", "category", "和谁比", "compared with", "和哪个土办法比", "The rule of thumb compared with", values=_RULES),
    Column("per", "category", "按什么算", "per", "按天，还是按半小时", "By day or by half hour", values=(
        Value("day", "天", "day"), Value("half_hour", "半小时", "half hour"))),
    Column("kind_of_days", "category", "哪些日子", "which days", "哪些日子的来电", "Calls of which days", values=(
        Value("all", "全部", "all"), Value("ordinary", "平日", "ordinary"), Value("peak", "大促", "sales peaks"))),
    Column("part", "category", "损耗去向", "where the hours go", "排了班、没能接电话的时间去了哪里", "What became of the rostered hours", values=(
        Value("break", "休息", "breaks"), Value("absence", "缺勤", "absence"), Value("late", "迟到", "lateness"))),
    Column("way", "category", "算法", "way", "怎么把损耗算进去", "How shrinkage is reckoned in", values=(
        Value("divide", "除以（1 − 损耗）", "divide by (1 − shrinkage)"), Value("multiply", "乘以（1 + 损耗）", "multiply by (1 + shrinkage)"))),
    Column("case", "category", "情形", "case", "来电是多是少", "How many calls come", values=(
        Value("low", "偏少", "low"), Value("expected", "预计", "expected"), Value("high", "偏多", "high"), Value("calls", "来电", "calls"))),
)  # fmt: skip
"""Derived columns of crmlib.staffing, for `crmlib.company.schema`."""
