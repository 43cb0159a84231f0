"""What a rule may ask of an event and of its customer: the fields, their kinds and their values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pandas as pd

from crmlib.company.schema import TABLES, label
from crmlib.i18n import _, language


@dataclass(frozen=True)
class Field:
    """One field: its `name`, its `kind` (text, number, yes_no, datetime), its `values` where only some are possible, what it means."""

    name: str
    kind: str
    zh: str
    en: str
    values: tuple[str, ...] = ()


def _of(table: str, column: str, name: str = "") -> Field:
    found = TABLES[table][column]
    kind = {"category": "text", "date": "datetime"}.get(found.dtype, found.dtype)
    return Field(name or column, kind, found.zh, found.en, found.categories)


def _number(name: str, zh: str, en: str) -> Field:
    return Field(name, "number", zh, en)


def _text(name: str, zh: str, en: str, *values: str) -> Field:
    return Field(name, "text", zh, en, values)


_ALWAYS = (
    Field("at", "datetime", "事件发生的时刻（北京时间）", "moment of the event, Beijing time"),
    _number("hour", "几点（0 到 23）", "hour of the day, 0 to 23"),
    _number("weekday", "星期几（1 到 7，周一是 1）", "day of the week, Monday is 1"),
)
CUSTOMER_FIELDS = (
    _text("customer_id", "客户编号", "customer number"),
    _text("customer_name", "客户名称", "customer's name"),
    *(_of("customers", name) for name in ("market", "area", "region", "reach", "nature", "origin", "cross_border", "monthly_account")),
    _number("months_with_us", "开户几个月", "months since the account was opened"),
    Field("has_manager", "yes_no", "有没有客户经理", "whether a salesperson looks after the customer"),
)
_PARCEL = (
    _text("waybill_id", "运单号", "waybill number"),
    _text("waybill_tail", "运单尾号", "last four figures of the waybill number"),
    *(_of("waybills", name) for name in ("product", "scope", "destination_region", "weight_kg", "price_yuan", "promised_at")),
    _number("hours_to_promise", "离承诺时间还有几小时（负数：已经过了）", "hours left to the promise; below 0: it has passed"),
    _number("hours_since_pickup", "收件后几小时", "hours since the pick-up"),
)
_CASE = (
    _text("case_id", "工单编号", "case number"),
    _text("waybill_id", "运单号", "waybill number"),
    _of("cases", "kind", "case_kind"), _of("cases", "cause"), _of("cases", "grade"), _of("cases", "insured"),
    _of("cases", "channel", "case_channel"),
)  # fmt: skip
_INCIDENT = (
    _of("incidents", "kind", "incident_kind"), _of("incidents", "scope", "affected_scope"), _of("incidents", "region", "affected_region"),
    _of("incidents", "severity"), _number("extra_hours", "按严重程度预计多耽误几小时", "hours longer, as expected by the severity"),
    _of("incidents", "name_zh", "incident_zh"), _of("incidents", "name_en", "incident_en"),
)  # fmt: skip
_WARNING = (
    _of("tracking", "node"), _number("p_late", "晚到的可能（0 到 1）", "chance of being late, 0 to 1"),
    Field("predicted_at", "datetime", "预计送达时间", "when delivery is predicted"),
    _number("predicted_late_hours", "预计晚几小时", "hours late, as predicted"), _number("hours_ahead", "比承诺时间早几小时预警", "hours before the promise"),
    _text("offer", "建议的补救", "offer that costs least", "notice_only", "priority", "pick_up_point"),
)  # fmt: skip
NODES = TABLES["tracking"]["node"].categories
_BY_EVENT: dict[str, tuple[Field, ...]] = {
    **{node: _PARCEL for node in NODES if node != "signed"},
    "signed": (*_PARCEL, _number("late_hours", "晚了几小时（0：按时）", "hours late; 0: in time")),
    "delay_predicted": (*_PARCEL, *_WARNING),
    "promise_broken": (*_PARCEL, _of("tracking", "node"), _number("hours_since_scan", "上次扫描后几小时", "hours since the last scan")),
    "case_opened": _CASE,
    "case_resolved": (*_CASE, _of("cases", "outcome"), _of("cases", "compensation_yuan"), _number("hours_open", "办了几小时", "hours from opening to end")),
    "case_escalated": (*_CASE, _text("escalated_to", "上报给谁", "reported to"), _number("escalation_level", "第几级上报", "level of the report")),
    "payment_overdue": (_text("invoice_id", "账单编号", "invoice number"), _of("invoices", "amount_yuan"),
                        _number("open_yuan", "还欠多少元", "yuan still owed"), _number("overdue_days", "逾期天数", "days past due"),
                        _of("invoices", "credit_class")),
    "policy_published": (_of("policies", "issuer_kind"), _of("policies", "topic"), _of("policies", "region", "affected_region"),
                         _of("policies", "title_zh"), _of("policies", "title_en"), _of("policies", "effective_on"),
                         _number("days_to_effect", "几天后生效", "days until it takes effect")),
    "incident_began": _INCIDENT,
    "incident_touches_parcel": (*_PARCEL, *_INCIDENT),
}  # fmt: skip
EVENTS = tuple(_BY_EVENT)
PARCEL_EVENTS = frozenset(event for event, fields in _BY_EVENT.items() if "waybill_id" in {field.name for field in fields})
FIRM_EVENTS = frozenset({"policy_published", "incident_began"})
"""Events of no single customer: a rule for senders or account managers looks at every customer."""


@cache
def fields_of(event: str) -> dict[str, Field]:
    """The fields that a rule on `event` may ask for, by name: always, of the customer, and of the event.

    >>> "p_late" in fields_of("delay_predicted"), "outcome" in fields_of("case_opened")
    (True, False)
    """
    return {field.name: field for field in (*_ALWAYS, *CUSTOMER_FIELDS, *_BY_EVENT[event])}


@cache
def event_columns() -> dict[str, Field]:
    """The fields that come with events themselves, of all kinds of event."""
    return {field.name: field for fields in _BY_EVENT.values() for field in fields}


def event_fields(event: str | None = None) -> pd.DataFrame:
    """What a rule may ask.

    Answers: which fields may stand in a condition or a template, and which values can they have?

    Parameters
    ----------
    event : one kind of event; None: all

    Returns
    -------
    DataFrame, one row a field of an event
        event, field, kind (text, number, yes_no, datetime), values (codes, where only some are possible), meaning

    Raises
    ------
    ValueError
        There is no such event.

    Source: the six nodes are those of 《快递客户关系管理》; the rest follows the firm's tables.

    >>> event_fields("delay_predicted").query("field == 'p_late'").kind.tolist()
    ['number']
    """
    if event is not None and event not in _BY_EVENT:
        raise ValueError(_("There is no event {event}. Known: {known}.").format(event=event, known=", ".join(EVENTS)))
    chinese = language() == "zh"
    rows = [
        (kind, field.name, field.kind, ", ".join(field.values), field.zh if chinese else field.en)
        for kind in ([event] if event else EVENTS)
        for field in fields_of(kind).values()
    ]
    return pd.DataFrame(rows, columns=["event", "field", "kind", "values", "meaning"])


def shown(name: str, value: object) -> str:
    """A field's value as a reader likes it: the label of a code, a plain number, a moment to the minute.

    >>> shown("p_late", 0.75), shown("promised_at", pd.Timestamp("2026-05-01 09:30"))
    ('0.75', '2026-05-01 09:30')
    """
    if pd.isna(value):
        return "–"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}" if value != value.normalize() else f"{value:%Y-%m-%d}"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, (int, float)):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    column = {"case_kind": "kind", "incident_kind": "kind", "affected_scope": "scope", "affected_region": "region", "case_channel": "channel"}
    return label(str(value), column.get(name, name))
