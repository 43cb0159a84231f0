"""What the columns and figures of queues and simulated call centres are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_NUMBERS = (
    ("calls_per_hour", "count", "每小时来电", "calls an hour", "一小时来多少通", "Calls that come in an hour"),
    ("traffic_erlang", "count", "话务量（爱尔兰）", "traffic (erlang)", "平均同时有多少通在处理",
     "Calls being handled at once, on average"),
    ("waiting_share", "share", "要排队的比例", "share that waits", "来电中不能马上接起的比例",
     "Share of callers who are not answered at once"),
    ("blocked_share", "share", "占线比例", "share that finds all busy", "没有空闲、也不能排队的比例",
     "Share of calls that find all lines busy"),
    ("still_waiting_share", "share", "还在等的比例", "share still waiting", "过了这么久还在排队的比例",
     "Share of callers still in the queue"),
    ("abandoned_in_time_share", "share", "时限内放弃的比例", "share that hangs up early", "还没到时限就挂断的比例",
     "Share of callers who hang up before the time of the service level is over"),
    ("mean_wait_seconds", "seconds", "平均等待（秒）", "mean wait (seconds)", "全部来电平均排队几秒", "Mean wait of all callers"),
    ("average_speed_of_answer_seconds", "seconds", "平均应答速度（秒）", "average speed of answer (seconds)", "接起的来电平均等了几秒",
     "Mean wait of those who were answered"),
    ("occupancy", "share", "工时占用率", "occupancy", "在线时间里有多少在处理来电", "Share of the time on the phone that calls take"),
    ("peak_agents", "count", "最忙时需要", "agents for the peak", "最忙的时段单独看要几个人",
     "Agents needed in the worst interval by itself"),
    ("patience_seconds", "seconds", "耐心（秒）", "patience (seconds)", "平均愿意等几秒", "Mean seconds that callers are ready to wait"),
    ("target_seconds", "seconds", "时限（秒）", "time limit (seconds)", "几秒之内要接起", "Seconds within which calls should be answered"),
    ("waited_seconds", "seconds", "一共等了（秒）", "seconds waited", "来电人一共等了几秒", "Seconds waited by all callers together"),
    ("from_seconds", "seconds", "从第几秒", "from second", "这一段从第几秒算起", "Where the stretch begins"),
    ("to_seconds", "seconds", "到第几秒", "to second", "这一段到第几秒为止", "Where the stretch ends"),
    ("mean_seconds", "seconds", "平均（秒）", "mean (seconds)", "平均几秒", "Mean, in seconds"),
    ("answered_share", "share", "接通率", "share answered", "来电中有人接起的比例", "Share of calls that somebody answered"),
    ("helped_share", "share", "溢出接听比例", "share answered by helpers", "由帮忙的班组接起的比例",
     "Share answered by a team that helps out"),
    ("callback_share", "share", "改为回拨的比例", "share called back", "不再排队、等回拨的比例",
     "Share of callers who chose to be called back"),
    ("callback_delay_seconds", "seconds", "回拨等待（秒）", "wait for the callback (seconds)", "从答应回拨到打回去的秒数",
     "Seconds from the promise to the callback"),
    ("redial_share", "share", "重拨比例", "share of redials", "来电中挂断后又打来的比例",
     "Share of calls by people who had hung up before"),
    ("overtime_hours", "hours", "超时（小时）", "overtime (hours)", "班次结束后做完手上来电的时间", "Time after the shift to finish calls"),
    ("start_hour", "hours", "开始时刻（小时）", "starts after (hours)", "从开门算起第几小时", "Hours since opening"),
    ("queues", "count", "队列数", "queues", "几个队列合在一起", "Queues made one"),
    ("intervals", "count", "时段数", "intervals", "一共几个时段", "Intervals of the block"),
    ("simulated", "count", "模拟", "simulated", "模拟得到的数", "What the simulation gave"),
    ("erlang", "count", "爱尔兰公式", "by Erlang", "公式算出的数", "What the formula says"),
)  # fmt: skip

QUEUEING_COLUMNS: tuple[Column, ...] = (
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    Column("figure", "text", "指标", "figure", "哪一个指标", "Which figure of the queue"),
    Column("inside", "yes_no", "在区间内", "inside the interval", "公式的数是否在模拟的区间里",
           "Whether the formula lies within the interval"),
    Column("call_kind", "category", "来电种类", "kind of calls", "哪一种来电", "Which kind of calls", values=(
        Value("all", "全部", "all"),)),
)  # fmt: skip
"""Derived columns of crmlib.queueing and of the simulation in crmlib.staffing, for `crmlib.company.schema`."""
