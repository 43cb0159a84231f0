"""What the columns of the outbox are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_MOMENTS = (
    ("expires_at", "有效到", "of use until", "过了这一刻就不再发", "It is not sent any more after this moment"),
    ("next_at", "下次发送", "next try", "最早什么时候再发", "The earliest moment of the next try"),
)
_NUMBERS = (
    ("tries", "count", "发送次数", "tries", "交给渠道几次", "How often it was handed to the channel"),
    ("sending", "count", "发送中", "sending", "正要发送，结果还没记下", "Being sent, no outcome yet"),
    ("dead", "count", "死信", "dead letters", "多次失败，不再自动发", "Failed too often"),
    ("unsure", "count", "说不清到没到", "unsure", "崩溃后查不到结果，等人决定", "A person must decide"),
    ("sent_share", "share", "发出占比", "share sent", "已经有结果的通知里发出去的", "Of the notices with an outcome"),
)  # fmt: skip
NOTICES_COLUMNS: tuple[Column, ...] = (
    Column("notice_state", "category", "通知状态", "state of the notice", "通知现在怎样了", "Where the notice stands", values=(
        Value("waiting", "待发送", "waiting"), Value("sending", "发送中", "being sent"), Value("sent", "已发出", "sent"),
        Value("failed", "失败待重发", "failed, to be tried again"), Value("dead", "死信", "dead letters"), Value("dropped", "不再发", "dropped"),
        Value("unsure", "说不清到没到", "unsure"))),
    Column("outcome", "category", "处理结果", "outcome", "这一轮发送的结果", "What became of it in this round", values=(
        Value("would_send", "会发出", "would be sent"), Value("would_ask", "会先查到没到", "would be looked up first"), Value("sent", "已发出", "sent"),
        Value("found", "查到早已送达", "found to have arrived"), Value("failed", "失败待重发", "failed, to be tried again"),
        Value("dead", "死信", "dead letter"), Value("expired", "过期不发", "too late to be of use"), Value("no_consent", "没有同意", "no consent"),
        Value("quiet", "免打扰时段，顺延", "put off by quiet hours"), Value("unsure", "说不清到没到", "unsure"),
        Value("taken", "别的进程在发", "another worker has it"))),
    *(Column(name, "datetime", zh, en, meaning_zh, meaning_en, unit="datetime") for name, zh, en, meaning_zh, meaning_en in _MOMENTS),
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    Column("worker", "text", "发送进程", "worker", "哪个进程发的", "The process that sent it"),
)  # fmt: skip
"""Derived columns of crmlib.desk.notices, for `crmlib.company.schema`."""
