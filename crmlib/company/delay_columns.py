"""What the columns of delay forecasts, warnings, offers and saved calls are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_NUMBERS = (
    ("silent_hours", "hours", "多久没有扫描（小时）", "silent, hours", "上一次扫描之后过了几小时", "Hours since the last scan"),
    ("hours_p10", "hours", "还要几小时（10% 分位）", "hours left, 10 %", "十件里一件不超过", "One parcel in ten needs no more"),
    ("hours_p50", "hours", "还要几小时（中位数）", "hours left, median", "一半不超过", "Half of the parcels need no more"),
    ("hours_p80", "hours", "还要几小时（80% 分位）", "hours left, 80 %", "十件里八件不超过", "Eight parcels in ten need no more"),
    ("hours_p90", "hours", "还要几小时（90% 分位）", "hours left, 90 %", "十件里九件不超过", "Nine parcels in ten need no more"),
    ("p_late", "share", "延误概率", "chance to be late", "签收晚于承诺的概率", "Chance that it is signed for after the promise"),
    ("hours_ahead", "hours", "提前几小时", "hours ahead", "离承诺到期还有几小时", "Hours until the promise breaks"),
    ("quantile", "share", "分位", "quantile", "预测的哪一个分位", "Which quantile was forecast"),
    ("covered", "share", "覆盖率", "coverage", "实际不超过这个分位的份额", "Share that needed no more than the quantile said"),
    ("moments", "count", "时刻数", "moments", "检验了多少个时刻", "How many moments were tested"),
    ("pinball", "hours", "分位损失（小时）", "pinball loss, hours", "分位预测的误差，越小越好", "Error of a quantile forecast; less is better"),
    ("skill", "share", "比它低多少", "less than its loss by", "模型的损失比这种办法低多少", "By how much the model's loss lies below"),
    ("brier", "share", "布里尔得分", "Brier score", "概率预测的平方误差，越小越好", "Squared error of a chance; less is better"),
    ("p_from", "share", "概率从", "chance from", "这一格从多大的概率起", "Where the step begins"),
    ("p_to", "share", "概率到", "chance to", "这一格到多大的概率止", "Where the step ends"),
    ("warned_share", "share", "预警到的份额", "share warned of", "真正延误的件里，提前预警到的份额", "Share of the late parcels that was warned of"),
    ("p_late_priority", "share", "优先派送后的延误概率", "chance to be late with priority", "早几小时以后还会延误的概率", "Chance to be late if so much earlier"),
    ("p_late_pick_up", "share", "自提后的延误概率", "chance to be late at the pick-up point", "早几小时以后还会延误的概率", "Chance to be late if so much earlier"),
    ("notice_only_yuan", "yuan", "只通知的期望成本", "expected cost, notice only", "只发通知，预计花多少", "What the notice alone can be expected to cost"),
    ("pick_up_point_yuan", "yuan", "自提优惠的期望成本", "expected cost, pick-up point", "请客户自提，预计花多少", "What the pick-up point can be expected to cost"),
    ("changed_share", "share", "选择变了的份额", "share of choices changed", "有多少预警改选了别的办法", "Share of warnings that get another offer"),
    ("factor", "ratio", "乘以", "times", "这个数字乘以几", "By what the figure is multiplied"),
    ("exposure", "count", "件数（承诺后：延误件数）", "parcels (after the promise: late ones)", "来电是按什么数的", "What the calls are counted against"),
)  # fmt: skip
_MOMENTS = (
    ("predicted_at", "预计签收", "expected at", "一半的可能在这之前签收", "Signed for by then with a chance of one half"),
    ("predicted_low_at", "最早大约", "earliest, about", "只有一成可能更早", "Earlier only with a chance of one in ten"),
    ("predicted_high_at", "最晚大约", "latest, about", "只有一成可能更晚", "Later only with a chance of one in ten"),
    ("notices_since", "通知起始月", "notices since", "这个地区从哪个月起有主动通知", "The month from which the region has had notices"),
    ("compared_until", "对比到", "compared until", "和还没有通知的地区比到哪一天", "Up to when it is compared with regions without notices"),
)

DELAY_COLUMNS: tuple[Column, ...] = (
    Column("method", "category", "办法", "method", "怎么预测的", "How it was forecast", values=(
        Value("model", "延误模型", "delay model"), Value("promise", "承诺时间", "the promise"),
        Value("route_product", "线路和产品的历史", "route and product so far"), Value("last_month", "上个月", "last month's"))),
    Column("offer", "category", "方案", "offer", "预警时给客户什么", "What goes with the warning", values=(
        Value("notice_only", "只通知", "notice only"), Value("priority", "优先派送", "priority delivery"),
        Value("pick_up_point", "自提点 9 折", "pick-up point, 10 % off"))),
    Column("group", "category", "哪些时刻", "which moments", "在哪些时刻上检验", "At which moments it was tested", values=(
        Value("all", "全部", "all"), Value("peak", "旺季", "peak"), Value("off_peak", "平日", "off peak"),
        Value("incident", "突发事件中", "in incidents"), Value("at_scan", "扫描时", "at a scan"), Value("between_scans", "两次扫描之间", "between scans"))),
    Column("stage", "category", "阶段", "stage", "承诺时间以前还是以后的来电", "Calls before or after the promise", values=(
        Value("before_promise", "承诺到期前", "before the promise broke"), Value("after_promise", "承诺到期后", "after the promise broke"))),
    Column("estimator", "category", "怎么比", "comparison", "和谁比", "What is compared with what", values=(
        Value("not_yet_treated", "和还没有通知的地区比", "with regions not yet told"), Value("all_months", "和所有地区比", "with all regions"),
        Value("before_after", "只比前后", "before and after only"))),
    Column("measure", "category", "指标", "measure", "量的是什么", "What is measured", values=(
        Value("late_parcels", "延误件", "late parcels"), Value("warnings", "预警", "warnings"),
        Value("warned_share", "预警到的延误件份额", "late parcels warned of"), Value("warned_6_hours", "至少提前 6 小时的份额", "warned of 6 hours before"),
        Value("false_share", "误报份额", "false warnings"), Value("warned_parcels_share", "被预警的件的份额", "parcels warned of"),
        Value("median_hours_ahead", "提前小时数的中位数", "median hours ahead"), Value("hours_ahead", "平均提前小时数", "mean hours ahead"),
        Value("calls_seen", "实有查件来电", "calls seen"), Value("calls_without", "不通知时的查件来电", "calls without notices"),
        Value("calls_saved", "省下的来电", "calls saved"), Value("saved_per_100", "每百条预警省下的来电", "calls saved per 100 warnings"),
        Value("cost_yuan", "通知成本", "cost of the notices"), Value("saved_yuan", "省下的来电成本", "saved in calls"),
        Value("net_yuan", "净省", "net"))),
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    *(Column(name, "datetime", zh, en, meaning_zh, meaning_en, unit="datetime") for name, zh, en, meaning_zh, meaning_en in _MOMENTS),
)  # fmt: skip
"""Derived columns of crmlib.desk.delay, for `crmlib.company.schema`."""
