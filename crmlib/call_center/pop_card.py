"""A caller's file on the screen: a card for notebooks that prints too, and the same as text."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import pandas as pd

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _

if TYPE_CHECKING:
    from crmlib.call_center.screen_pops import ScreenPop

SHOWN = 5
"""So many rows of each list stand on the card; the tables of the pop hold all."""


def headline(pop: ScreenPop) -> str:
    """Who calls and what is open, in a sentence of the active language.

    >>> from types import SimpleNamespace
    >>> headline(SimpleNamespace(status="withheld", number=""))
    'The caller withholds the number.'
    """
    if pop.status in ("withheld", "unreadable", "unknown"):
        return {
            "withheld": _("The caller withholds the number."),
            "unreadable": _("What the exchange shows is no telephone number."),
            "unknown": _("Nobody is known by the number {number}.").format(number=pop.number),
        }[pop.status]
    if pop.status == "several":
        return _("{count} customers are known by the number {number}.").format(count=len(pop.candidates), number=pop.number)
    late = int(pop.on_the_way["late"].sum())
    return _("{who}: {on_the_way} parcel(s) on the way, {late} of them late; {cases} open case(s).").format(
        who=caller_words(pop), on_the_way=len(pop.on_the_way), late=late, cases=len(pop.cases))  # fmt: skip


def caller_words(pop: ScreenPop) -> str:
    """Who the caller is, in a few words of the active language.

    >>> from types import SimpleNamespace
    >>> caller_words(SimpleNamespace(customer={"name": "A"}, caller="sender"))
    'A calls, a sender'
    """
    name = pop.customer.get("name")
    if pop.caller == "recipient":
        return _("An addressee of ours calls")
    named = str(name) if name is not None else _("A customer")
    return (_("{name} calls, a sender who is also an addressee") if pop.caller == "both" else _("{name} calls, a sender")).format(
        name=named
    )


def next_step(pop: ScreenPop) -> str:
    """What to do first, in a sentence of the active language.

    >>> from types import SimpleNamespace
    >>> next_step(SimpleNamespace(status="unreadable"))[:28]
    'Ask for the telephone number'
    """
    if pop.status == "withheld":
        return _("Ask for the waybill number or the name, and open no file before the caller has told two things that stand in it.")
    if pop.status == "unreadable":
        return _("Ask for the telephone number and type it again: mobiles have 11 digits, landlines an area code that begins with 0.")
    if pop.status == "unknown":
        return _("Greet a new caller: ask for the waybill number; if there is none, ask what is to be sent and offer to keep the number.")
    if pop.status == "several":
        return _("Ask which of them is calling before you open a file: screen_pop(…, customer_id=…).")
    if pop.caller == "recipient":
        return _("Speak about the parcels to this number only; what else the sender ships is none of an addressee's business.")
    if not pop.certain:
        return _("Only the first three and last four digits agree: ask for the name before you say anything from the file.")
    if len(pop.cases):
        return _("Begin with the open case: say what has been done since.")
    if pop.on_the_way["late"].any():
        return _("Begin with the late parcel: say where it is and when it comes.")
    return _("Greet by name and listen.")


def sections(pop: ScreenPop) -> list[tuple[str, list[str]]]:
    """The headings of the card with their lines, in the active language.

    >>> from crmlib.call_center import caller_book, screen_pop
    >>> tables = {"customers": pd.DataFrame({"customer_id": ["C1"], "name": ["A"]}), "waybills": pd.DataFrame({"waybill_id": ["W1"],
    ...     "customer_id": ["C1"], "picked_up_at": pd.to_datetime(["2026-11-02"]), "delivered_at": pd.to_datetime([None]),
    ...     "price_yuan": [9.0], "promised_at": pd.to_datetime(["2026-11-04"])})}
    >>> book = caller_book(tables, directory=pd.DataFrame({"number": ["12912345678"], "customer_id": ["C1"]}))
    >>> [heading for heading, _lines in sections(screen_pop(book, "12912345678", at="2026-11-05"))]
    ['Customer', 'Parcels']
    """
    found: list[tuple[str, list[str]]] = []
    if pop.customer:
        found.append((_("Customer"), [_facts(pop)]))
    if pop.status == "several" or (not pop.certain and len(pop.candidates)):
        found.append((_("Possible customers"), [_candidate(row) for row in pop.candidates.itertuples(index=False)]))
    if len(pop.parcels):
        order = pop.parcels.sort_values(["state", "late", "picked_up_at"], ascending=[False, False, False])
        found.append((_("Parcels"), _first([_parcel(row) for row in order.head(SHOWN).itertuples(index=False)], len(order))))
    if len(pop.cases):
        found.append(
            (_("Open cases"), _first([_case(row) for row in pop.cases.iloc[::-1].head(SHOWN).itertuples(index=False)], len(pop.cases)))
        )
    if len(pop.calls):
        found.append((_("Calls of the last days"), _first([_call(row) for row in pop.calls.iloc[::-1].head(SHOWN).itertuples(index=False)],
                                                          len(pop.calls))))  # fmt: skip
    if len(pop.recipients):
        found.append(
            (
                _("Sends most to"),
                [
                    _("{name}, {phone}: {parcels} parcel(s) in 12 months").format(
                        name=row.recipient_name, phone=row.recipient_phone, parcels=row.parcels
                    )
                    for row in pop.recipients.itertuples(index=False)
                ],
            )
        )
    return found


def text(pop: ScreenPop) -> str:
    """The card as plain text.

    >>> from crmlib.call_center import caller_book, screen_pop
    >>> tables = {"customers": pd.DataFrame({"customer_id": ["C1"], "name": ["A"]}), "waybills": pd.DataFrame({"waybill_id": ["W1"],
    ...     "customer_id": ["C1"], "picked_up_at": pd.to_datetime(["2026-11-02"]), "delivered_at": pd.to_datetime([None]),
    ...     "price_yuan": [9.0], "promised_at": pd.to_datetime(["2026-11-04"])})}
    >>> book = caller_book(tables, directory=pd.DataFrame({"number": ["12912345678"], "customer_id": ["C1"]}))
    >>> text(screen_pop(book, "12912345678", at="2026-11-05")).splitlines()[1]
    'A calls, a sender: 1 parcel(s) on the way, 1 of them late; 0 open case(s).'
    """
    lines = [_title(pop), headline(pop), "→ " + next_step(pop)]
    for heading, rows in sections(pop):
        lines += [heading, *(f"  {row}" for row in rows)]
    return "\n".join([*lines, _footer(pop)])


def card(pop: ScreenPop) -> str:
    """The card as HTML that needs nothing else; on paper it stays in one piece and reads without colours.

    >>> from crmlib.call_center import caller_book, screen_pop
    >>> tables = {"customers": pd.DataFrame({"customer_id": ["C1"], "name": ["A"]}), "waybills": pd.DataFrame({"waybill_id": ["W1"],
    ...     "customer_id": ["C1"], "picked_up_at": pd.to_datetime(["2026-11-02"]), "delivered_at": pd.to_datetime([None]),
    ...     "price_yuan": [9.0], "promised_at": pd.to_datetime(["2026-11-04"])})}
    >>> book = caller_book(tables, directory=pd.DataFrame({"number": ["12912345678"], "customer_id": ["C1"]}))
    >>> card(screen_pop(book, "12912345678", at="2026-11-05"))[:8]
    '<article'
    """
    parts = []
    for heading, rows in sections(pop):
        listed = "".join(f'<li style="margin: 0">{html.escape(row)}</li>' for row in rows)
        parts.append(
            f'<div style="margin-top: 6px"><b>{html.escape(heading)}</b><ul style="margin: 0; padding-left: 18px">{listed}</ul></div>'
        )
    return (
        f'<article style="max-width: 640px; border: 1px solid {theme.GREY}; border-left: 5px solid {_colour(pop)}; padding: 8px 12px; '
        f'color: {theme.INK}; background: #fff; line-height: 1.5; break-inside: avoid; page-break-inside: avoid; overflow-wrap: anywhere">'
        f'<div style="color: {theme.GREY}; font-size: 90%">{html.escape(_title(pop))}</div>'
        f'<div style="font-weight: bold">{html.escape(headline(pop))}</div><div>→ {html.escape(next_step(pop))}</div>'
        f'{"".join(parts)}<div style="color: {theme.GREY}; font-size: 85%; margin-top: 6px">{html.escape(_footer(pop))}</div></article>'
    )


def _title(pop: ScreenPop) -> str:
    kind = {
        "mobile": _("mobile"), "landline": _("landline"), "service": _("service number"), "foreign": _("foreign number"),
        "masked": _("masked number"), "withheld": _("number withheld"), "unreadable": _("number unreadable"),
    }[pop.kind]  # fmt: skip
    shown = "" if pop.kind in ("withheld", "unreadable") else pop.number
    if pop.extension and not shown.endswith(pop.extension):
        shown = _("{number} ext. {extension}").format(number=shown, extension=pop.extension)
    return "　".join(each for each in (_("Incoming call"), f"{pop.at:%Y-%m-%d %H:%M}", shown, kind) if each)


def _footer(pop: ScreenPop) -> str:
    viewer = {"bot": _("the voice bot"), "agent": _("an agent"), "team_leader": _("the team leader")}[pop.viewer]
    return _("As seen by {viewer}; data up to {until}.").format(viewer=viewer, until=f"{pop.data_until:%Y-%m-%d %H:%M}")


def _colour(pop: ScreenPop) -> str:
    if pop.status != "found":
        return theme.GREY
    return theme.ORANGE if len(pop.cases) or pop.on_the_way["late"].any() else theme.BLUE


def _facts(pop: ScreenPop) -> str:
    facts = pop.customer
    said = [str(facts["customer_id"])]
    said += [str(facts["name"])] if "name" in facts else []
    said += [label(str(facts[name]), name) for name in ("market", "region") if name in facts]
    said += [_("class {letter}").format(letter=facts["class"])] if "class" in facts else []
    said += [_("customer since {day}").format(day=f"{pd.Timestamp(facts['opened_on']):%Y-%m-%d}")] if "opened_on" in facts else []
    said += [_("monthly account")] if facts.get("monthly_account") else []
    said += [_("{parcels} parcel(s) in 12 months").format(parcels=facts["parcels_12_months"])]
    said += [_("{yuan:,.0f} yuan in 12 months").format(yuan=facts["revenue_yuan"])] if "revenue_yuan" in facts else []
    said += [_("salesperson {number}").format(number=facts["salesperson_id"])] if "salesperson_id" in facts else []
    return _(" · ").join(said)


def _candidate(row: tuple) -> str:
    said = [row.customer_id, *([str(row.name)] if pd.notna(row.name) else [])]
    said += [label(row.market, "market")] if pd.notna(row.market) else []
    said += [_("class {letter}").format(letter=row[3])] if pd.notna(row[3]) else []
    said += [_("contact {name}").format(name=row.contact_name)] if pd.notna(row.contact_name) else []
    said += [label(row.contact_role, "role")] if pd.notna(row.contact_role) else []
    return _(" · ").join(said)


def _parcel(row: tuple) -> str:
    where = label(row.destination_region, "destination_region") if pd.notna(row.destination_region) else "–"
    sent = (_("{waybill} to {where}") if row.side == "sent" else _("{waybill} for the caller")).format(waybill=row.waybill_id, where=where)
    promised = f"{row.promised_at:%m-%d %H:%M}" if pd.notna(row.promised_at) else "–"
    if row.state == "delivered":
        state = _("delivered {moment}").format(moment=f"{row.delivered_at:%m-%d %H:%M}")
        return _(" · ").join([sent, state, *([_("delivered late")] if row.late else [])])
    state = (_("LATE, promised for {moment}") if row.late else _("on the way, promised for {moment}")).format(moment=promised)
    return _(" · ").join([sent, _("picked up {moment}").format(moment=f"{row.picked_up_at:%m-%d %H:%M}"), state])


def _case(row: tuple) -> str:
    said = [row.case_id, *(label(value, column) for value, column in ((row.kind, "kind"), (row.cause, "cause"), (row.grade, "grade"))
                           if pd.notna(value))]  # fmt: skip
    said += [row.waybill_id] if pd.notna(row.waybill_id) else []
    return _(" · ").join([*said, _("open since {moment}").format(moment=f"{row.opened_at:%Y-%m-%d %H:%M}")])


def _call(row: tuple) -> str:
    how = _("answered") if pd.notna(row.answered_at) else _("not answered by an agent")
    said = [f"{row.arrived_at:%m-%d %H:%M}", *([label(row.reason, "reason")] if pd.notna(row.reason) else []), how]
    return _(" · ").join([*said, *([row.waybill_id] if pd.notna(row.waybill_id) else [])])


def _first(lines: list[str], every: int) -> list[str]:
    return lines + [_("… and {count} more").format(count=every - len(lines))] if every > len(lines) else lines
