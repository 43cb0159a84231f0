"""Contracts of the service desk: its agents, their shifts, and the calls."""

from __future__ import annotations

from crmlib.company.contract import Column, Table, Value

REASONS = (
    Value("where_is_my_parcel", "查件", "where is my parcel"), Value("pick_up", "约取件", "pick-up wanted"),
    Value("price", "问价", "price"), Value("address_change", "改地址", "address change"),
    Value("complaint", "投诉", "complaint"), Value("claim", "理赔", "claim"),
    Value("invoice", "账单发票", "bill or invoice"), Value("other", "其他", "other"),
)  # fmt: skip

AGENTS = Table("agents", "客服坐席表", "service agents", (
    Column("agent_id", "text", "坐席编号", "agent number", "一位客服一个编号", "One number an agent", key=True),
    Column("name", "text", "坐席姓名", "agent's name", "客服的姓名，全部虚构", "Name of the agent; all invented"),
    Column("team", "category", "班组", "team", "常上哪一班；排班有时会换", "The shift the agent usually works; the roster makes exceptions", values=(
        Value("early", "早班组", "early"), Value("late", "晚班组", "late"))),
    Column("joined_on", "date", "入职日期", "joined on", "开始接电话的那一天", "First day on the phone", unit="date"),
    Column("left_on", "date", "离职日期", "left on", "最后一个工作日；还在职的留空", "Last day at work; empty for those still there",
           unit="date", nullable=True),
    Column("skill", "number", "技能评分", "skill",
           "客服主管打的分，1 到 5，5 最熟练", "The team leader's mark from 1 to 5; 5 is best", unit="points", low=1),
    Column("contract_hours", "number", "每周合同工时", "contract hours", "合同规定每周工作几小时，不含休息", "Hours of work a week by contract, without breaks",
           unit="hours", low=0),
), orders=(("joined_on", "left_on"),))  # fmt: skip

SHIFTS = Table("shifts", "排班表", "shifts", (
    Column("shift_id", "text", "班次编号", "shift number", "一人一天一个班次", "One number a shift of an agent", key=True),
    Column("agent_id", "text", "坐席编号", "agent number", "排到的客服", "The agent rostered", ref="agents.agent_id"),
    Column("date", "date", "日期", "day of the shift", "上班的日期", "The day of the shift", unit="date"),
    Column("planned_start", "datetime", "计划上班", "planned start", "排班表上的上班时间", "Start by the roster", unit="datetime"),
    Column("planned_end", "datetime", "计划下班", "planned end", "排班表上的下班时间", "End by the roster", unit="datetime"),
    Column("break_start", "datetime", "休息开始", "break begins", "计划休息的开始；手上的电话接完才休息", "Planned break; a call under way is finished first",
           unit="datetime"),
    Column("break_end", "datetime", "休息结束", "break ends", "计划休息的结束", "End of the planned break", unit="datetime"),
    Column("actual_start", "datetime", "实际上班", "actual start",
           "签到时间；缺勤的留空", "When the agent logged on; empty if absent", unit="datetime", nullable=True),
    Column("actual_end", "datetime", "实际下班", "actual end", "签退时间，手上的电话接完才下班；缺勤的留空",
           "When the agent logged off, after the last call; empty if absent", unit="datetime", nullable=True),
    Column("absence", "category", "缺勤", "absence",
           "当天临时没来的原因；临时缺勤没有人顶班", "Why the agent did not come that day; nobody stands in at short notice", values=(
        Value("none", "出勤", "present"), Value("sick", "病假", "sick"), Value("personal", "事假", "personal matter"))),
), orders=(("date", "planned_start"), ("planned_start", "break_start"), ("break_start", "break_end"), ("break_end", "planned_end"),
           ("planned_start", "actual_start"), ("actual_start", "actual_end"), ("agents.joined_on", "date"), ("date", "agents.left_on")))  # fmt: skip

CALLS = Table("calls", "来电表", "calls", (
    Column("call_id", "text", "来电编号", "call number", "一通来电一个编号，按来电时间编号", "One number a call, in order of arrival", key=True),
    Column("arrived_at", "datetime", "来电时间", "arrived at",
           "语音导航接起的时刻，北京时间", "When the voice menu took the call, Beijing time", unit="datetime"),
    Column("customer_id", "text", "客户编号", "customer number", "来电说的是哪个寄件客户；查不到是谁的留空",
           "The sending customer the call is about; empty for unknown callers", ref="customers.customer_id", nullable=True),
    Column("waybill_id", "text", "运单号", "waybill number", "来电说的是哪件快件；没有报单号或与某件快件无关的留空",
           "The parcel the call is about; empty where none was named", ref="waybills.waybill_id", nullable=True),
    Column("role", "category", "来电人", "caller",
           "来电的是寄件人、收件人，还是还没寄过件的人", "Who calls: sender, addressee, or somebody who has sent nothing yet", values=(
        Value("sender", "寄件人", "sender"), Value("recipient", "收件人", "addressee"), Value("prospect", "咨询者", "prospect"))),
    Column("ivr_path", "category", "语音导航按键", "menu choice", "在语音导航里选了什么", "What the caller chose in the voice menu", values=(
        Value("track", "1 查件", "1 tracking"), Value("send", "2 寄件", "2 sending"), Value("account", "3 账单", "3 account"),
        Value("problem", "4 问题件", "4 problems"), Value("agent", "0 人工", "0 agent"))),
    Column("bot", "yes_no", "语音机器人", "voice bot",
           "有没有和语音机器人对话；否就是按键", "Whether the caller spoke with the voice bot; if not, keys were pressed"),
    Column("solved_in_ivr", "yes_no", "自助解决", "solved in the menu",
           "语音导航或机器人就解决了，没有转人工", "The menu or the bot solved it; no agent was needed"),
    Column("left_in_ivr", "yes_no", "导航中挂断", "left in the menu", "没解决也没进入排队：中途挂断，或人工已下班",
           "Neither solved nor queued: hung up in the menu, or the desk was closed"),
    Column("entered_queue_at", "datetime", "进入排队时间", "entered the queue at", "开始等人工的时刻；没有转人工的留空",
           "When the wait for an agent began; empty where the call never queued", unit="datetime", nullable=True),
    Column("answered_at", "datetime", "接听时间", "answered at",
           "人工接起的时刻；没接到的留空", "When an agent answered; empty if none did", unit="datetime", nullable=True),
    Column("abandoned", "yes_no", "排队中放弃", "abandoned", "排队时自己挂断了", "The caller hung up while waiting in the queue"),
    Column("wait_seconds", "number", "等待时长", "wait", "从进入排队到接听或挂断的秒数；没有排队的留空",
           "Seconds from entering the queue to the answer or hanging up; empty where the call never queued", unit="seconds",
           nullable=True, low=0),
    Column("talk_seconds", "number", "通话时长", "talk time", "和人工通话的秒数；没接到的留空", "Seconds of talk with the agent; empty if not answered",
           unit="seconds", nullable=True, low=0),
    Column("handle_seconds", "number", "处理时长", "handle time",
           "通话加话后处理的秒数；没接到的留空", "Talk and after-call work in seconds; empty if not answered",
           unit="seconds", nullable=True, low=0),
    Column("agent_id", "text", "坐席编号", "agent number",
           "接听的客服；没接到的留空", "The agent who answered; empty if none did", ref="agents.agent_id", nullable=True),
    Column("reason", "category", "来电原因", "reason", "客服登记的或自助办理的事项，客服有时选错；没接到、没解决的留空",
           "What the agent recorded, sometimes wrongly, or the menu settled; empty where neither happened", values=REASONS, nullable=True),
    Column("resolved_first_contact", "yes_no", "一次解决", "resolved at first contact", "第一次来电就办妥了，自助或人工；重复来电都记否",
           "The first call on the matter settled it, in the menu or by an agent; no for all repeat calls"),
    Column("repeat_of", "text", "重复来电", "repeat of",
           "同一件事上一通来电的编号；第一次来电留空", "The previous call on the same matter; empty for first calls",
           ref="calls.call_id", nullable=True),
    Column("transferred", "yes_no", "转办", "transferred", "客服把事情转给了二线", "The agent passed the matter on to the second line"),
), orders=(("arrived_at", "entered_queue_at"), ("entered_queue_at", "answered_at"), ("arrived_at", "answered_at"),
           ("calls.arrived_at", "arrived_at"), ("waybills.picked_up_at", "arrived_at"), ("agents.joined_on", "answered_at"),
           ("answered_at", "agents.left_on")))  # fmt: skip

TABLES = (AGENTS, SHIFTS, CALLS)
"""The contracts of this theme."""
