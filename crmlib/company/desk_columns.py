"""What the columns of the desk's workflows are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_ROLES = (
    Value("agent", "客服专员", "service agent"), Value("team_leader", "客服主管", "team leader"), Value("crisis_group", "危机处理小组", "crisis group"),
    Value("quality", "质控专员", "quality officer"), Value("branch", "责任网点", "branch in charge"), Value("specialist", "责任岗位", "who knows"),
    Value("call_back_agent", "回访专员", "call-back agent"), Value("salesperson", "销售人员", "salesperson"),
    Value("sales_manager", "销售经理", "sales manager"), Value("general_manager", "总经理", "general manager"),
)  # fmt: skip
_STEPS = (
    Value("accept", "受理", "accept"), Value("assign_fault", "定责", "assign the fault"), Value("plan", "制定方案", "plan"),
    Value("approve", "审批", "approve"), Value("talk", "沟通", "talk to the customer"), Value("execute", "执行", "carry out"),
    Value("call_back", "回访", "call back"), Value("trace", "启动调查", "begin the search"), Value("deliver", "派送", "deliver"),
    Value("root_cause", "查明原因", "find the root cause"), Value("assign", "转派", "hand on"),
)  # fmt: skip
_MOMENTS = (
    ("at", "时间", "at", "什么时候发生的", "When it happened"),
    ("done_at", "办完时间", "done at", "这一步什么时候办完；还没办的留空", "When the step was done; empty while it is open"),
    ("legal_due_at", "法定到期时间", "due by law", "法规要求最晚什么时候答复；没有规定的留空", "By when the law wants an answer; empty where it asks for none"),
    ("ended_at", "结案时间", "ended at", "工单什么时候结案；没结案的留空", "When the case ended; empty while it is open"),
)  # fmt: skip
_NUMBERS = (
    ("hours_left", "hours", "还剩几小时", "hours left", "离到期还有几小时，昼夜都算；负数是已经超了",
     "Hours until it is due, day and night; below 0: late by so much"),
    ("late_hours", "hours", "超时（小时）", "late, hours", "办完时超了几小时，昼夜都算；0 是按时", "By how many hours it was late when done; 0: in time"),
    ("limit_hours", "hours", "时限（小时）", "limit, hours", "这一步几小时以内要办完", "Within how many hours the step must be done"),
    ("steps", "count", "步骤数", "steps", "流程一共几步", "How many steps the procedure has"),
    ("seq", "count", "事件序号", "event number", "全部工单的事件按发生先后编号", "Number of the event over all cases"),
    ("number", "count", "单内序号", "number in the case", "这张工单的第几个事件", "Number of the event within its case"),
)  # fmt: skip
_TEXTS = (
    ("step_name", "步骤名称", "step's name", "这个流程里这一步叫什么", "What the step is called in this procedure"),
    ("sop_name", "流程名称", "procedure's name", "这个流程叫什么", "What the procedure is called"),
    ("field_name", "项目名称", "field's name", "这一项叫什么", "What the field is called"),
    ("by", "经手人", "by", "谁办的", "Who did it"),
    ("details", "记了什么", "details", "这一步写下的内容", "What was written down"),
    ("open_steps", "待办步骤", "open steps", "现在等着办的步骤", "Steps that are to be done now"),
    ("ended", "结案方式", "ended with", "工单在哪里结束", "Where the case ended"),
    ("required", "必填项", "required fields", "不填就办不下去的内容", "Without these the step cannot be done"),
    ("optional", "选填项", "optional fields", "可以不填，或者看情况必填", "May be left out, or are required in some cases only"),
    ("escalation", "超时上报", "escalation", "超时先后交给谁", "To whom it goes when late, in turn"),
    ("not_by", "不能由谁办", "not by who did", "办过这些步骤的人不能办这一步", "Who did these steps must not do this one"),
    ("field", "项目", "field", "要记的一项内容", "One thing that is recorded"),
    ("roles", "参与岗位", "roles", "哪些岗位有事做", "Who takes part"),
    ("problem", "问题", "problem", "哪里对不上", "What does not fit"),
)  # fmt: skip

DESK_COLUMNS: tuple[Column, ...] = (
    Column("step", "category", "步骤", "step", "流程的哪一步", "Which step of the procedure", values=_STEPS),
    Column("owner_role", "category", "负责岗位", "owner", "现在归哪个岗位办", "The role that has it now", values=_ROLES),
    Column("sop", "category", "流程", "procedure", "按哪一个标准流程办", "Which procedure is followed", values=(
        Value("complaint", "投诉处理", "complaint"), Value("damage", "破损处理", "damage"), Value("loss", "丢失处理", "loss"),
        Value("inquiry", "咨询处理", "inquiry"), Value("crisis", "危机处理", "crisis"), Value("quotation", "报价处理", "quotation"))),
    Column("event", "category", "事件", "event", "工单上发生了什么", "What happened to the case", values=(
        Value("completed", "办完一步", "step done"), Value("escalated", "上报", "escalated"), Value("paused", "停表", "clock stopped"),
        Value("noted", "备注", "note"))),
    Column("limit_from", "category", "从何时算起", "counted from", "时限从哪里算起", "Where the limit begins", values=(
        Value("step", "从轮到这一步", "the step"), Value("case", "从受理工单", "the opening of the case"))),
    Column("limit_clock", "category", "哪种小时", "kind of hours", "按工作时间算，还是昼夜都算", "Working hours, or every hour of day and night", values=(
        Value("working", "工作小时", "working hours"), Value("natural", "自然小时", "natural hours"))),
    Column("paused", "yes_no", "停表", "stands still", "在等客户，时钟不走", "Waits for the customer; no clock runs"),
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    *(Column(name, "datetime", zh, en, meaning_zh, meaning_en, unit="datetime") for name, zh, en, meaning_zh, meaning_en in _MOMENTS),
    *(Column(name, "text", zh, en, meaning_zh, meaning_en) for name, zh, en, meaning_zh, meaning_en in _TEXTS),
)  # fmt: skip
"""Derived columns of crmlib.desk's workflows, for `crmlib.company.schema`."""
