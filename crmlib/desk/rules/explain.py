"""Why this message to this customer, what it says, and what a rule would hit."""

from __future__ import annotations

import pandas as pd

from crmlib.company.company import Company
from crmlib.company.schema import label
from crmlib.desk.rules.book import RuleBook
from crmlib.desk.rules.checking import template_fields
from crmlib.desk.rules.engine import Decisions, decide
from crmlib.desk.rules.fields import fields_of, shown
from crmlib.desk.rules.people import People
from crmlib.i18n import _, language


def _facts(decisions: Decisions, event: pd.Series, customer_id: object) -> dict[str, object]:
    """Every field of an event and of its customer, by name; None where missing."""
    from crmlib.desk.rules.engine import _Rows  # the same columns as the decision saw

    who = decisions.people.ids.get_indexer([customer_id]) if isinstance(customer_id, str) else pd.Index([]).get_indexer([None])
    rows = _Rows(decisions.events, decisions.people, pd.Index([event.name]).to_numpy(), who)
    found = {}
    for name, field in fields_of(str(event["event"])).items():
        value = rows(name).plain(0)
        found[name] = pd.Timestamp(value) if field.kind == "datetime" and value is not None else value
    return found


def _row_of(decisions: Decisions, event_id: object) -> pd.Series:
    return decisions.events.loc[(decisions.events["event_id"] == event_id).to_numpy().argmax()]


def explain(decisions: Decisions, notice_id: str) -> pd.DataFrame:
    """Why a notice goes to this customer, or why it does not.

    Answers: what do I say when the customer asks why we wrote?

    Parameters
    ----------
    decisions : Decisions, from :func:`decide`
    notice_id : of a notice or of a dropped hit

    Returns
    -------
    DataFrame, one row a step, in order
        step (event, rule, condition, the fields it asked for, who, arm, channel, quiet, outcome), finding (text)

    Raises
    ------
    ValueError
        There is no such notice.

    >>> from crmlib.desk.rules import practice, rule_book
    >>> events, customers = practice()
    >>> found = decide(events, rule_book(), customers)
    >>> explain(found, found.notices.notice_id.iloc[0]).step.iloc[0]
    'event'
    """
    for table in (decisions.notices, decisions.dropped):
        if (hit := (table["notice_id"] == notice_id).to_numpy()).any():
            notice = table.iloc[int(hit.argmax())]
            break
    else:
        raise ValueError(_("There is no notice {notice} among those sent or dropped. Take a notice_id from .notices or .dropped.").format(notice=notice_id))
    rule = next(one for one in decisions.book.active if one.rule_id == notice["rule_id"])
    event = _row_of(decisions, notice["event_id"])
    facts = _facts(decisions, event, notice["customer_id"])
    steps = [
        ("event", f"{label(rule.event, 'event')} · {notice['event_id']} · {shown('at', notice['at'])}"),
        ("rule", f"{rule.rule_id} {rule.name[language()]}"),
        ("condition", rule.condition.text or _("always")),
        *((name, shown(name, facts[name])) for name in rule.condition.names),
        ("who", f"{label(rule.who, 'who')} {facts['customer_id'] or ''} {facts['customer_name'] or ''}".rstrip()),
    ]
    if rule.experiment:
        steps.append(("arm", f"{rule.experiment}: {notice['arm']}"))
    if notice["channel"] == notice["channel"]:
        steps.append(("channel", _("{channel} (order: {order})").format(channel=label(notice["channel"], "channel"), order=", ".join(rule.channels))))
    if rule.consent:
        steps.append(("consent", rule.consent))
    if "why" in notice:
        steps.append(("outcome", _("not sent: {why}").format(why=_limit(rule, decisions, str(notice["why"])))))
    else:
        waits = notice["send_after"] > notice["at"]
        steps.append(("outcome", (_("waits for the end of the quiet hours, {at}") if waits else _("sent at {at}")).format(at=shown("at", notice["send_after"]))))
    return pd.DataFrame(steps, columns=["step", "finding"])


def _limit(rule: object, decisions: Decisions, why: str) -> str:
    cap = {"rule_cap": rule.cap, "customer_cap": decisions.book.customer_cap}.get(why)
    told = label(why, "why")
    return told if cap is None else _("{why} (at most {count} in {days} days)").format(why=told, count=cap[0], days=int(cap[1] / pd.Timedelta(days=1)))


def messages(decisions: Decisions, *, language: str | None = None, most: int | None = None) -> pd.DataFrame:
    """The words of the notices: the templates with their fields filled in.

    Answers: what will the customer read?

    Parameters
    ----------
    decisions : Decisions
    language : "zh" or "en"; None: the active one
    most : at most so many; None: all

    Returns
    -------
    DataFrame, one row a notice
        notice_id, send_after, channel, who, customer_id, waybill_id, subject, text

    Raises
    ------
    ValueError
        There is no such edition.

    >>> from crmlib.desk.rules import practice, rule_book
    >>> events, customers = practice()
    >>> found = decide(events, rule_book(), customers)
    >>> messages(found, language="zh", most=1).text.str.len().gt(5).tolist()
    [True]
    """
    from crmlib import i18n

    before = i18n.language()
    speak = before if language is None else language
    try:
        i18n.use_language(speak)
        notices = decisions.notices if most is None else decisions.notices.head(most)
        templates = decisions.book.templates.set_index("template")
        place = pd.Index(decisions.events["event_id"]).get_indexer(notices["event_id"])
        words = []
        for notice, row in zip(notices.itertuples(), place, strict=True):
            facts = _facts(decisions, decisions.events.iloc[row], notice.customer_id)
            text = [str(templates.at[notice.template, f"{part}_{speak}"]) for part in ("subject", "text")]
            named = {name: shown(name, facts[name]) for part in text for name in template_fields(part)}
            words.append([part.format(**named) for part in text])
    finally:
        i18n.use_language(before)
    columns = ["notice_id", "send_after", "channel", "who", "customer_id", "waybill_id"]
    return notices[columns].reset_index(drop=True).assign(
        subject=pd.Series([one[0] for one in words], dtype=object), text=pd.Series([one[1] for one in words], dtype=object))


def dry_run(rule_id: str, events: pd.DataFrame, rules: RuleBook, customers: Company | pd.DataFrame | People, *, hits: int = 10) -> pd.DataFrame:
    """The first hits of one rule on a stream, as if it were the only one: nothing is sent.

    Answers: does my condition catch what I meant?

    Parameters
    ----------
    rule_id : which rule, enabled or not
    events, rules, customers : as for :func:`decide`
    hits : how many

    Returns
    -------
    DataFrame, one row a hit, in order of time
        at, customer_id, waybill_id, the fields that the condition asks for, channel, why (sent, or why not)

    Raises
    ------
    ValueError
        There is no such rule.

    >>> from crmlib.desk.rules import practice, rule_book
    >>> events, customers = practice()
    >>> dry_run("R03", events, rule_book(), customers, hits=2).p_late.tolist()
    [0.85, 0.7]
    """
    alone = rules.only(rule_id)
    if not alone.active:
        alone = alone.with_rules(alone.rules.assign(enabled=True))
    found = decide(events, alone, customers)
    columns = ["at", "event_id", "customer_id", "waybill_id", "channel", "why"]
    every = pd.concat([found.notices.assign(why="sent")[columns], found.dropped.astype({"why": object})[columns]]).sort_values("at", kind="stable").head(hits)
    place = pd.Index(found.events["event_id"]).get_indexer(every["event_id"])
    facts = [_facts(found, found.events.iloc[row], customer) for row, customer in zip(place, every["customer_id"], strict=True)]
    asked = [name for name in alone.active[0].condition.names if name not in columns]
    shown_ones = pd.DataFrame([{name: fact[name] for name in asked} for fact in facts], columns=asked, index=every.index)
    return pd.concat([every[["at", "customer_id", "waybill_id"]], shown_ones, every[["channel", "why"]]], axis=1).reset_index(drop=True)
