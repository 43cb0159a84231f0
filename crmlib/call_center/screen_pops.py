"""Who is calling, and what about? The caller's file by number, in the moment in which the telephone rings."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib.call_center.book_sources import CALLS, CASES, PARCELS, PHONE
from crmlib.call_center.caller_book import CallerBook
from crmlib.call_center.caller_numbers import CallerNumber, read_number
from crmlib.call_center.pop_rights import may, require_viewer, seen
from crmlib.call_center.shelves import Rows, Span
from crmlib.i18n import _
from crmlib.segments.per_customer import day as moment
from crmlib.standards import get

STATUSES = ("found", "several", "unknown", "withheld", "unreadable")
PARCEL_COLUMNS = ["side", *PARCELS, "state", "late"]
RECIPIENT_COLUMNS = ["recipient_name", PHONE, "parcels"]
CANDIDATE_COLUMNS = ["customer_id", "name", "market", "class", "contact_name", "contact_role", "match"]
_FIRST = np.datetime64("1900-01-01", "us")
_OF = {"parcels": PARCEL_COLUMNS, "cases": CASES, "calls": CALLS, "recipients": RECIPIENT_COLUMNS, "candidates": CANDIDATE_COLUMNS}


@dataclass(frozen=True)
class ScreenPop:
    """The file of a caller as `viewer` may see it at the moment `at`.

    `status` is found, several (one number, several customers), unknown, withheld or unreadable. `caller` is sender, recipient or both, or
    empty. `certain` is False where only part of the number agrees. `customer` holds what is known of the sender (empty for addressees).
    Tables: `candidates`, `parcels` (on the way or lately delivered; side sent or received), `cases` (open), `calls` (of the last days),
    `recipients` (the sender's most frequent ones).
    """

    status: str
    number: str
    kind: str
    extension: str
    caller: str
    certain: bool
    viewer: str
    at: pd.Timestamp
    customer: dict[str, object]
    candidates: pd.DataFrame = field(repr=False)
    parcels: pd.DataFrame = field(repr=False)
    cases: pd.DataFrame = field(repr=False)
    recipients: pd.DataFrame = field(repr=False)
    calls: pd.DataFrame = field(repr=False)
    data_until: pd.Timestamp

    @property
    def on_the_way(self) -> pd.DataFrame:
        """The parcels that were not delivered at that moment."""
        return self.parcels[self.parcels["state"] == "on_the_way"]

    @property
    def next_step(self) -> str:
        """What the agent does first, in a sentence of the active language."""
        from crmlib.call_center.pop_card import next_step

        return next_step(self)

    def summary(self) -> str:
        """Who calls, what is open, and what to do first, in the active language."""
        from crmlib.call_center.pop_card import headline

        return _("{sentence} {next_sentence}").format(sentence=headline(self), next_sentence=self.next_step)

    def _repr_html_(self) -> str:
        from crmlib.call_center.pop_card import card

        return card(self)

    def __repr__(self) -> str:
        from crmlib.call_center.pop_card import text

        return text(self)

    __str__ = __repr__


def screen_pop(book: CallerBook, number: object, *, at: object = None, viewer: str = "agent", customer_id: str | None = None) -> ScreenPop:
    """Look a caller up by number.

    Answers: who is calling, as sender or addressee, what is on the way, and what have we not settled yet?

    Parameters
    ----------
    book : CallerBook, from :func:`caller_book`
    number : text or whole number, however it is typed; None or "anonymous" where the caller withholds it
    at : moment, optional
        When the call comes in: nothing later is shown. Without it: the end of the book's day. Class and revenue are those of the book.
    viewer : "bot", "agent" or "team_leader"
        Who looks; see :func:`pop_rights`.
    customer_id : optional
        Which of several candidates it is, once the caller has said so.

    Returns
    -------
    ScreenPop
        Never refuses a number: unknown, withheld, badly typed and shared ones have a status and a next step. With several customers
        behind a
        number none of their files is opened until `customer_id` says which. A masked number agrees by its first three and last four digits
        only: the pop is then not certain, and gives way to parcels that come to the very number. In a notebook it shows itself as a card.

    Raises
    ------
    ValueError
        The book, the moment or the viewer is none; the customer_id is not among the candidates.

    Source: 《快递客户关系管理》: the system shows the agent the caller's file, even the addressees; screen pop of computer telephony.

    >>> from crmlib.call_center import caller_book
    >>> tables = {"customers": pd.DataFrame({"customer_id": ["C1"], "name": ["A"]}), "waybills": pd.DataFrame({"waybill_id": ["W1"],
    ...     "customer_id": ["C1"], "picked_up_at": pd.to_datetime(["2026-11-02"]), "delivered_at": pd.to_datetime([None]),
    ...     "price_yuan": [9.0],
    ...     "promised_at": pd.to_datetime(["2026-11-04"])})}
    >>> book = caller_book(tables, directory=pd.DataFrame({"number": ["12912345678"], "customer_id": ["C1"]}))
    >>> pop = screen_pop(book, "+86 129-1234-5678", at="2026-11-05 10:00")
    >>> pop.status, pop.caller, pop.parcels[["waybill_id", "state", "late"]].values.tolist()
    ('found', 'sender', [['W1', 'on_the_way', True]])
    >>> screen_pop(book, "12900000000").status
    'unknown'
    """
    if not isinstance(book, CallerBook):
        raise ValueError(_("screen_pop looks a number up in a caller book; make one first: crm.call_center.caller_book(firm)."))
    require_viewer(viewer)
    when = book.day + pd.Timedelta(days=1) if at is None else moment(at, "at")
    when = when.tz_localize(None) if when.tzinfo else when
    read = read_number(number)
    rows, match = book.known_by(read)
    received = _parcels(book, "received", read.digits if read.kind != "masked" else None, when)
    people = rows.drop_duplicates("customer_id")
    chosen, certain, gets = (
        _chosen(people["customer_id"].tolist(), customer_id),
        match != "pattern" or customer_id is not None,
        _size(received) > 0,
    )
    if not certain and (gets or viewer == "bot"):
        # Seven digits that agree by chance open no file: not beside parcels that come to the very number, and not to a machine.
        chosen = None
    sends = chosen is not None or (len(people) > 0 and (certain or not gets))
    status = (read.kind if not read.readable else "several" if sends and chosen is None and len(people) > 1 else
              "found" if sends or gets else "unknown")  # fmt: skip
    caller = {(True, True): "both", (True, False): "sender", (False, True): "recipient"}.get((sends, gets), "")
    facts = book.facts(chosen) if chosen is not None else {}
    sent = _parcels(book, "sent", chosen, when)
    tables = {
        "candidates": _candidates(book, people, match, viewer),
        "parcels": _joined(sent, received, when),
        "cases": _cases(book, chosen, received, when) if may(viewer, "cases") else {},
        "calls": _calls(book, chosen, received, when) if may(viewer, "calls") else {},
        "recipients": _recipients(book, chosen, viewer),
    }
    return ScreenPop(
        status=status, number=_shown(read, viewer), kind=read.kind, extension=read.extension, caller=caller,
        certain=certain, viewer=viewer, at=when,
        customer=_seen_facts(facts, viewer), data_until=book.day + pd.Timedelta(days=1),
        **{name: _frame(rows, _OF[name]) for name, rows in tables.items()},
    )  # fmt: skip


def _chosen(candidates: list[str], wanted: str | None) -> str | None:
    if wanted is None:
        return candidates[0] if len(candidates) == 1 else None
    if wanted not in candidates:
        raise ValueError(
            _("{customer} is not among the customers behind this number: {candidates}. Leave customer_id out to see them.").format(
                customer=wanted, candidates=", ".join(candidates) or "–"
            )
        )
    return wanted


def _size(rows: Rows) -> int:
    return len(rows["waybill_id"])


def _parcels(book: CallerBook, shelf: str, key: str | None, at: pd.Timestamp) -> Rows:
    if key is None or key == "" or shelf not in book.shelves:
        return {"waybill_id": np.empty(0, dtype=object)}
    since = at - pd.Timedelta(days=float(get("call_center.parcel_days", unit="days")))
    lately = at - pd.Timedelta(days=float(get("call_center.delivered_days", unit="days")))
    return book.shelves[shelf].rows(key, Span(_us(since), _us(at), _us(lately)))


def _joined(sent: Rows, received: Rows, at: pd.Timestamp) -> Rows:
    """Both sides under each other; what is delivered after the moment is not known yet."""
    found: Rows = {}
    sizes = _size(sent), _size(received)
    for name in PARCELS:
        parts = [rows[name] for rows, size in zip((sent, received), sizes, strict=True) if size and name in rows]
        if parts:
            found[name] = np.concatenate(parts)
    if not found:
        return {}
    now = _us(at)
    delivered = found["delivered_at"]
    delivered = np.where(delivered > now, np.datetime64("NaT", "us"), delivered)
    open_yet = np.isnat(delivered)
    promised = found.get("promised_at", np.full(len(delivered), np.datetime64("NaT", "us")))
    late = np.where(open_yet, promised < now, promised < delivered)
    side = np.repeat(np.array(["sent", "received"], dtype=object), sizes)
    return found | {"delivered_at": delivered, "promised_at": promised, "side": side, "late": late,
                    "state": np.where(open_yet, "on_the_way", "delivered").astype(object)}  # fmt: skip


def _cases(book: CallerBook, customer: str | None, received: Rows, at: pd.Timestamp) -> Rows:
    return _of_both(book, "cases", customer, received, Span(_FIRST, _us(at), _us(at)), hide="resolved_at")


def _calls(book: CallerBook, customer: str | None, received: Rows, at: pd.Timestamp) -> Rows:
    since = at - pd.Timedelta(days=float(get("call_center.recent_call_days", unit="days")))
    # The call that rings now is no earlier call.
    return _of_both(book, "calls", customer, received, Span(_us(since), _us(at) - np.timedelta64(1, "us")), hide=None)


def _of_both(book: CallerBook, shelf: str, customer: str | None, received: Rows, span: Span, *, hide: str | None) -> Rows:
    """Rows of the sender; of an addressee only those about the parcels that come to the number."""
    if shelf not in book.shelves:
        return {}
    parts = [] if customer is None else [book.shelves[shelf].rows(customer, span)]
    parcels = set(received["waybill_id"])
    for sender in sorted({each for each in received.get("customer_id", ()) if each != customer}):
        rows = book.shelves[shelf].rows(sender, span)
        about = np.array([each in parcels for each in rows.get("waybill_id", ())], dtype=bool)
        parts.append({name: values[about] for name, values in rows.items()})
    if not parts:
        return {}
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if hide and hide in found:
        found[hide] = np.where(found[hide] > span.until, np.datetime64("NaT", "us"), found[hide])
    return found


def _candidates(book: CallerBook, people: pd.DataFrame, match: str, viewer: str) -> Rows:
    if people.empty:
        return {}
    rows = []
    for person in people.itertuples(index=False):
        facts = book.facts(person.customer_id)
        rows.append((person.customer_id, seen(viewer, "customer_name", facts["name"], person=_is_person(facts)), facts.get("market"),
                     seen(viewer, "class", facts.get("class"), person=False), seen(viewer, "contact_name", person.name),
                     None if pd.isna(person.role) else person.role, match))  # fmt: skip
    return dict(zip(CANDIDATE_COLUMNS, (np.array(column, dtype=object) for column in zip(*rows, strict=True)), strict=True))


def _recipients(book: CallerBook, customer: str | None, viewer: str) -> Rows:
    regulars = book.regulars.get(customer, []) if customer is not None and may(viewer, "recipients") else []
    if not regulars:
        return {}
    whole = viewer == "team_leader"
    return {
        "recipient_name": np.array([seen(viewer, "recipients", name) for name, _phone, _count in regulars], dtype=object),
        PHONE: np.array([read_number(phone).shown(whole=whole) for _name, phone, _count in regulars], dtype=object),
        "parcels": np.array([count for _name, _phone, count in regulars], dtype=np.int64),
    }


def _seen_facts(facts: dict[str, object], viewer: str) -> dict[str, object]:
    if not facts:
        return {}
    found = facts | {"name": seen(viewer, "customer_name", facts["name"], person=_is_person(facts)),
                     "class": seen(viewer, "class", facts.get("class"), person=False),
                     "revenue_yuan": seen(viewer, "revenue_yuan", facts.get("revenue_yuan"), person=False)}  # fmt: skip
    return {name: value for name, value in found.items() if pd.notna(value)}


def _is_person(facts: dict[str, object]) -> bool:
    return facts.get("market") == "walk_in" and facts.get("nature") == "individual"


def _shown(read: CallerNumber, viewer: str) -> str:
    return read.shown(whole=seen(viewer, "phone", "00000000") == "00000000")


def _frame(rows: Rows, columns: list[str]) -> pd.DataFrame:
    """The same kinds of columns whatever the rows came from, and also where there are none."""
    size = len(next(iter(rows.values()))) if rows else 0
    found = {}
    for name in columns:
        moments = name.endswith("_at")
        values = rows.get(name)
        if values is None:
            values = np.full(size, np.datetime64("NaT", "us")) if moments else np.full(size, None, dtype=object)
        found[name] = values if moments or name in ("late", "parcels") else np.asarray(values, dtype=object)
    frame = pd.DataFrame(found)
    return frame.astype({"late": bool} if "late" in frame else {}).reset_index(drop=True)


def _us(at: pd.Timestamp) -> np.datetime64:
    return np.datetime64(at.to_datetime64(), "us")
