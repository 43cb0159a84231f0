"""What the columns and codes of the call centre's metrics and of the screen pop are called, in both languages."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_NUMBERS = (
    ("call_count", "count", "来电数", "calls", "有几通来电", "How many calls"),
    ("queued_calls", "count", "进入排队", "queued", "进入人工排队的来电", "Calls that entered the queue"),
    ("wanted_calls", "count", "想找人工", "wanted an agent", "进入排队的，加上没解决就离开导航的", "Queued, and left the menu unsolved"),
    ("answered_calls", "count", "人工接起", "answered", "客服接起的来电", "Calls that an agent answered"),
    ("answered_in_time", "count", "时限内接起", "answered in time", "在时限以内接起的来电", "Answered within the time"),
    ("early_abandoned", "count", "时限内挂断", "hung up early", "在时限以内自己挂断的来电", "Hung up within the time"),
    ("abandoned_calls", "count", "排队中放弃", "hung up in the queue", "排队时自己挂断的来电", "Calls that hung up while waiting"),
    ("difference", "ratio", "差", "difference", "两个数字相差多少", "By how much the two figures differ"),
    ("base_calls", "count", "分母来电数", "calls under the line", "算比率时做分母的来电", "The calls that the rate is divided by"),
    ("counted", "count", "分子来电数", "calls above the line", "算比率时做分子的来电", "The calls that count as fulfilled"),
    ("short_abandoned", "count", "短时放弃", "short abandons", "几秒内就挂断的来电", "Calls that hung up within a few seconds"),
    ("with_bot", "count", "机器人接待", "with the bot", "和语音机器人对话的来电", "Calls with the voice bot"),
    ("solved_by_bot", "count", "机器人解决", "solved by the bot", "机器人解决、没转人工的来电", "The bot's calls that needed no agent"),
    ("first_contacts", "count", "首次接通", "first contacts", "每件事的第一次接通", "The first contact on each matter"),
    ("contact_count", "count", "联系次数", "contacts", "一段时间里有几次来电", "Calls in the period"),
    ("connection_rate", "share", "接通率", "connection rate", "人工接起的占进入排队的", "Answered over queued"),
    ("abandonment_rate", "share", "放弃率", "abandonment rate", "排队时挂断的占进入排队的", "Hung up in the queue over queued"),
    ("service_level", "share", "服务水平", "service level", "时限内接起的份额", "Share answered in time"),
    ("of_answered_share", "share", "占接起的", "of answered", "时限内接起的占接起的", "In time over answered"),
    ("of_offered_share", "share", "占进入排队的", "of queued", "时限内接起的占进入排队的", "In time over queued"),
    ("without_early_abandons_share", "share", "去掉早挂断的", "without early abandons", "分母去掉时限内挂断的", "In time over queued less early abandons"),
    ("early_abandons_met_share", "share", "早挂断算达标", "early abandons met", "时限内挂断的也算达标", "In time or early abandons over queued"),
    ("resolution_rate", "share", "一次解决率", "first contact resolution", "窗口期内没有再来电的首次接通占多少",
     "First contacts without another call within the window"),
    ("self_service_share", "share", "自助服务率", "self-service share", "导航或机器人解决的占全部来电", "Solved in the menu over all calls"),
    ("bot_share", "share", "机器人接待占比", "bot share", "和机器人对话的占全部来电", "With the bot over all calls"),
    ("bot_resolution_rate", "share", "机器人解决率", "solved by the bot", "机器人解决的占机器人接待的", "Solved by the bot over its calls"),
    ("routine_bot_rate", "share", "机器人解决率（查件、约取件、问价）", "solved by the bot (tracking, pick-up, price)",
     "常规问题里，机器人解决的占机器人接待的", "Solved by the bot over its calls, routine questions only"),
    ("occupancy_share", "share", "工时占用率", "occupancy", "处理来电的时间占在岗时间", "Work on calls over time on duty"),
    ("utilisation_share", "share", "工时利用率", "utilisation", "处理来电的时间占排班时间", "Work on calls over time on the roster"),
    ("average_wait_seconds", "seconds", "平均应答速度", "average speed of answer", "平均等多少秒", "Mean seconds in the queue"),
    ("average_handle_seconds", "seconds", "平均处理时长", "average handle time", "平均每通处理多少秒", "Mean seconds of work a call"),
    ("contacts_per_thousand", "ratio", "千件来电量", "contacts per thousand parcels", "每千件快件带来几次来电", "Calls per thousand parcels"),
    ("seconds_waited", "seconds", "等待总秒数", "seconds waited", "等待时间加起来", "All waits together"),
    ("seconds_worked", "seconds", "处理总秒数", "seconds worked", "处理来电的时间加起来", "All work on calls together"),
    ("seconds_on_duty", "seconds", "在岗总秒数", "seconds on duty", "签到到签退，减休息", "Logged on, less breaks"),
    ("seconds_paid", "seconds", "排班总秒数", "seconds on the roster", "排班时间，含休息和缺勤", "The roster with breaks and absence"),
    ("reported", "ratio", "报出来的", "reported", "报告里常写的数字", "The figure as it is often reported"),
    ("whole", "ratio", "全貌", "on the whole", "把该算的都算进去的数字", "The figure with everything counted"),
    ("share_of_step", "share", "占这一步", "share of the step", "占从这一步出去的来电", "Of the calls that leave the step"),
)  # fmt: skip

_STEPS = (
    Value("arrived", "来电", "calls"), Value("keys", "按键导航", "menu by keys"), Value("bot", "语音机器人", "voice bot"),
    Value("solved", "自助解决", "self-service"), Value("left", "没解决就离开", "left unsolved"), Value("queue", "排队", "queue"),
    Value("abandoned", "等待中挂断", "hung up waiting"), Value("answered", "人工", "agent"), Value("resolved", "一次办妥", "settled at once"),
    Value("transferred", "转办", "passed on"), Value("repeat", "重复来电", "a repeat call"), Value("open", "没办妥", "not settled"),
)  # fmt: skip

CALL_CENTER_COLUMNS = (
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    Column("from_step", "category", "从", "from", "来电从哪一步来", "The step that the calls come from", values=_STEPS),
    Column("to_step", "category", "到", "to", "来电到哪一步去", "The step that the calls go to", values=_STEPS),
    Column("end", "category", "结局", "end", "来电怎样结束", "How the calls ended", values=_STEPS),
    Column("definition", "category", "算法", "definition", "服务水平怎样算", "How the service level is worked out", values=(
        Value("of_answered", "时限内接起 ÷ 接起", "in time ÷ answered"), Value("of_offered", "时限内接起 ÷ 进入排队", "in time ÷ queued"),
        Value("without_early_abandons", "时限内接起 ÷（进入排队 − 时限内挂断）", "in time ÷ (queued − early abandons)"),
        Value("early_abandons_met", "（时限内接起 + 时限内挂断）÷ 进入排队", "(in time + early abandons) ÷ queued"))),
    Column("side", "category", "寄还是收", "sent or received", "这件是来电人寄的还是收的", "Whether the caller sends or gets the parcel", values=(
        Value("sent", "寄出", "sent"), Value("received", "收件", "received"))),
    Column("recipient_name", "text", "收件人", "addressee", "收件人姓名，虚构", "Name of the addressee; invented"),
    Column("recipient_phone", "text", "收件人电话", "addressee's phone", "收件人电话，虚构", "Number of the addressee; invented"),
    Column("contact_name", "text", "联系人", "contact", "按号码找到的联系人", "The person by the number"),
    Column("match", "category", "号码吻合", "match", "整个号码吻合，还是只有前三后四吻合", "The whole number agrees, or its first three and last four digits",
           values=(Value("whole_number", "整个号码", "whole number"), Value("pattern", "前三后四", "first three and last four digits"))),
    Column("piece", "category", "内容", "piece", "档案里的一项内容", "One piece of a caller's file", values=(
        Value("customer_name", "客户名称", "customer's name"), Value("phone", "电话", "phone"), Value("class", "类别", "class"),
        Value("revenue_yuan", "近 12 个月运费", "revenue of 12 months"), Value("parcels", "快件", "parcels"), Value("cases", "工单", "cases"),
        Value("calls", "来电", "calls"), Value("recipients", "收件人", "addressees"), Value("contact_name", "联系人", "contact"))),
    Column("pop_right", "category", "权限", "right", "能看到多少", "How much is seen", values=(
        Value("full", "全部", "all"), Value("masked", "打码", "masked"), Value("person_masked", "个人打码", "persons masked"),
        Value("hidden", "不显示", "hidden"))),
    Column("viewer", "category", "谁在看", "viewer", "谁看来电弹屏", "Who looks at the screen pop", values=(
        Value("bot", "语音机器人", "voice bot"), Value("agent", "坐席", "agent"), Value("team_leader", "客服主管", "team leader"))),
    Column("goes_to", "category", "交给谁", "goes to", "这种问题交给机器人还是人工", "Whether the bot or an agent takes the question", values=(
        Value("bot", "机器人能办", "bot reaches it"), Value("unclear", "还说不准", "cannot tell yet"),
        Value("improve", "要改进", "needs work"), Value("agent", "直接转人工", "straight to an agent"))),
    Column("hour", "number", "来电时段", "hour of arrival", "来电的钟点", "The hour in which the call came", unit="hours"),
    Column("trap", "category", "陷阱", "trap", "容易误导人的算法", "A way of counting that misleads", values=(
        Value("average_of_rates", "接通率，各组的率再平均", "connection, mean of the groups' rates"),
        Value("level_of_answered", "服务水平，只算接起的", "service level of answered calls"),
        Value("generous_short_rule", "放弃率，不算早挂断的", "abandonment without early leavers"),
        Value("queue_only", "放弃率，只算排队中的", "abandonment in the queue only"),
        Value("self_service_as_connection", "接通率，把自助也算上", "connection with self-service"),
        Value("window_of_a_day", "一次解决率，窗口只有一天", "resolution with a window of one day"),
        Value("wait_of_answered", "平均等待，只算接起的", "mean wait of answered calls"))),
    Column("masked", "yes_no", "已脱敏", "masked", "号码中间是否遮住", "Whether the number's middle is hidden"),
)  # fmt: skip
