"""One customer on one page, as a role may see it and as it was known at a moment."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.i18n import _, language
from crmlib.profiles import page_customer, page_service
from crmlib.profiles.next_action import NextAction, next_action
from crmlib.profiles.page_facts import Section, Viewer, label
from crmlib.profiles.profile_book import Known, ProfileBook, number_of, open_book

if TYPE_CHECKING:
    from crmlib.privacy import AccessLog


@dataclass(frozen=True)
class Customer360:
    """A customer's page. `sections` hold what `role` sees; `action` is the next best one; `hidden` and `masked` are the columns that the
    role does not see, or not in full, `columns` those that it sees. What is hidden is in none of them."""

    customer_id: str | None
    role: str
    as_of: pd.Timestamp
    until: pd.Timestamp
    sections: tuple[Section, ...]
    action: NextAction
    hidden: tuple[str, ...]
    masked: tuple[str, ...]
    columns: tuple[str, ...]
    simulated: bool
    data_until: pd.Timestamp
    tongue: str = field(repr=False)

    def section(self, code: str) -> Section:
        """The part of that code: who, value, parcels, service, mood, preferences, credit or tags."""
        return next((each for each in self.sections if each.code == code), Section(code, ""))

    def to_dict(self) -> dict[str, object]:
        """What stands on the page, as plain values by section and code; `rows` where a section lists several things."""
        found: dict[str, object] = {"role": self.role, "as_of": self.as_of.isoformat()}
        for section in self.sections:
            part: dict[str, object] = {fact.code: _plain(fact.value) for fact in section.facts}
            if section.rows:
                part |= {"rows": [{fact.code: _plain(fact.value) for fact in row} for row in section.rows], "more_rows": section.more}
            found[section.code] = part
        action = self.action
        return found | {
            "next_action": {"action": action.code, "sentence": action.sentence, "reason": action.reason, "cost_yuan": action.cost_yuan,
                            "channel": action.channel, "held_back": [list(each) for each in action.held_back]},
            "hidden": list(self.hidden), "masked": list(self.masked), "simulated": self.simulated,
        }  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """One row a fact: section, fact, words, shown, from_columns, masked."""
        rows = [
            (section.code, fact.code, fact.words, fact.shown, ", ".join(fact.columns), fact.masked)
            for section in self.sections for fact in (*section.facts, *(one for row in section.rows for one in row))
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=["section", "fact", "words", "shown", "from_columns", "is_masked"])

    def summary(self) -> str:
        """Who it is, what is open, and what to do first, in one or two sentences."""
        way, cases = self.section("parcels"), self.section("service").fact("open_count")
        said = [f"{fact.words} {fact.shown}" for fact in (self.section("value").fact("class"), self.section("value").fact("revenue_12_months"),
                                                         way.fact("on_the_way"), way.fact("late_on_the_way")) if fact is not None]  # fmt: skip
        said += [_("open cases {count}").format(count=cases.shown)] if cases is not None else []
        who, day = self.title(), f"{self.until:%Y-%m-%d}"
        parts = [_("{who} on {day}:").format(who=who, day=day), _(", ").join(said) + _(".")] if said else [who + _(".")]
        return ("" if self.tongue == "zh" else " ").join([*parts, self.action.summary()]).strip()

    def title(self) -> str:
        """The name, or what of it the role may see; else the number; else that it is a customer."""
        known = (self.section("who").fact(code) for code in ("name", "customer_id", "phone"))
        return next((fact.shown for fact in known if fact is not None), _("A customer"))

    def html(self) -> str:
        """The page as a whole HTML document that needs no other file, and prints on one sheet of A4."""
        from crmlib.profiles.page_html import document

        return document(self)

    def save(self, path: str | os.PathLike) -> Path:
        """Write the page as one HTML file; where it stands.

        Raises
        ------
        ValueError
            The name does not end in .html, or the folder does not exist or cannot be written.
        """
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            raise ValueError(_("A page is saved as a web page: give it a name such as customer.html, not {name}.").format(name=target.name))
        scratch = None
        try:
            handle, scratch = tempfile.mkstemp(dir=target.parent, prefix=".page-", suffix=".part")
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(self.html())
            os.replace(scratch, target)
        except OSError as error:
            if scratch is not None:
                Path(scratch).unlink(missing_ok=True)
            raise ValueError(_("Cannot write {path}: {reason}").format(path=target, reason=error.strerror)) from None
        return target

    def _repr_html_(self) -> str:
        from crmlib.profiles.page_html import article

        return article(self)

    def __repr__(self) -> str:
        return self.summary()


def customer_360(
    customer_id: str, role: str, as_of: object = None, *, book: ProfileBook | object = None, log: AccessLog | None = None, by: str | None = None,
    why: str = "check",
) -> Customer360:  # fmt: skip
    """One customer on one page: who, value and class, parcels on the way, service and mood, preferences, terms and arrears, tags, and what
    to do next.

    Answers: what must I know of this customer before I say a word, and what do I do first?

    Parameters
    ----------
    customer_id : the customer's number, such as "C00123"; or a whole telephone number, of a customer or of an addressee without an account
        (where the book knows the addressees)
    role : one of :data:`crmlib.privacy.ROLES`
        Who looks. Columns that the role may not see are masked or left out before the page is made (:func:`crmlib.privacy.visible`); what
        is worked out from several columns is shown as coarsely as the strictest of them.
    as_of : day or moment, optional
        Nothing later is known. A day counts whole; a moment counts what came up to it, and of things that carry no hour those of the days
        before. Without it: the book's day.
    book : ProfileBook, from :func:`open_book`, optional
        Or what a book is opened from, for one look. Without it: the book of the simulated firm, which stays open.
    log : AccessLog, optional
        Every look is written to it before the page is handed out: who (`by`), role, customer, the names of the columns, `why`; never a value.
    by, why : who looks, by staff number or login, and one of crmlib.privacy.ACCESS_REASONS; needed with `log`

    Returns
    -------
    Customer360
        In a notebook it shows itself; `.save("page.html")` writes a file that prints on one A4.

    Raises
    ------
    ValueError
        There is no such customer (the nearest are named, as far as the role may see them), role or day; the customer came later than
        `as_of`; `by` is missing.

    Source: 《2025国际快递行业客户关系管理体系研究》: 360° customer view.

    >>> from crmlib.company import lark
    >>> few = {"customers": lark().customers.head(20), "waybills": lark().waybills.head(500)}
    >>> customer_360("C00003", "agent", "2024-11-05", book=open_book(few, valued_on=(), tags=())).section("who").fact("market").value
    'e_commerce'
    """
    viewer = Viewer(role)
    book = book if isinstance(book, ProfileBook) else open_book(book)
    customer, number = _found(customer_id, book, viewer)
    known = book.known(customer or "", as_of)
    if customer is None:
        sections = _of_addressee(viewer, known, number)
        action = NextAction("none", _("An addressee: speak about these parcels only."), "", 0.0)
    else:
        _refuse_before(known)
        parts = (page_customer.who, page_customer.value, page_customer.parcels, page_service.service, page_service.mood,
                 page_customer.preferences, page_service.credit, page_service.tags)  # fmt: skip
        sections = tuple(part(viewer, known) for part in parts)
        action = next_action(viewer, known)
    if log is not None:
        _write(log, viewer, known, number, by, why)
    sight = sections[0].fact("customer_id")
    hidden = tuple(column for column in sorted(viewer.hidden) if column not in viewer.masked)
    return Customer360(None if sight is None else sight.value, role, known.now, known.until, sections, action, hidden, tuple(sorted(viewer.masked)),
                       tuple(sorted(viewer.seen)), book.simulated, book.day, language())  # fmt: skip


def _found(wanted: object, book: ProfileBook, viewer: Viewer) -> tuple[str | None, str]:
    """The customer, or the number of an addressee."""
    if isinstance(wanted, str) and book.callers.has(wanted.strip()):
        return wanted.strip(), ""
    digits = number_of(wanted)
    if digits:
        rows, match = book.callers.known_by(_read(digits))
        people = rows["customer_id"].drop_duplicates().tolist()
        if match == "whole_number" and len(people) == 1:
            return people[0], digits
        if match == "whole_number":
            raise ValueError(_("{count} customers are known by this number. Give the customer_id of the one who is meant.").format(count=len(people)))
        if len(book.known("").parcels_on_the_way(digits, days=3650)):
            return None, digits
    names, ids = viewer.treatment(["customers.name"]) == "full", viewer.treatment(["customers.customer_id"]) == "full"
    near = book.nearest(wanted, names=names) if ids else []
    said = _(", ").join(f"{each} {name}" if names else each for each, name in near)
    hint = _("Nearest: {customers}.").format(customers=said) if near else _("Look the number up in the table of customers.")
    raise ValueError(_("There is no customer {wanted}. {hint}").format(wanted=wanted, hint=hint))


def _read(digits: str) -> object:
    from crmlib.call_center.caller_numbers import read_number

    return read_number(digits)


def _refuse_before(known: Known) -> None:
    opened = known.book.callers.facts(known.customer_id).get("opened_on")
    if opened is not None and pd.notna(opened) and pd.Timestamp(opened) > known.now:
        raise ValueError(_("{customer} is a customer since {day} only; choose that day or a later one as as_of.").format(
            customer=known.customer_id, day=f"{opened:%Y-%m-%d}"))  # fmt: skip


def _of_addressee(viewer: Viewer, known: Known, number: str) -> tuple[Section, ...]:
    """An addressee hears of the parcels to this number, and nothing of who sends them."""
    from crmlib.profiles.page_facts import facts

    who = Section("who", _("Who"), facts(
        viewer.fact("phone", _("phone"), number, ["contacts.phone"]),
        viewer.fact("parcel_role", _("role"), "recipient", ["waybills.waybill_id"], write=lambda _code: _("recipient without an account")),
    ))  # fmt: skip
    return who, page_customer.parcels(viewer, known, number)


def _write(log: AccessLog, viewer: Viewer, known: Known, number: str, by: str | None, why: str) -> None:
    if not by:
        raise ValueError(_('A look that is written down needs to say who looks: customer_360(…, log=log, by="A001").'))
    about = known.customer_id or sorted(set(known.parcels_on_the_way(number, days=3650)["customer_id"]))
    tables: dict[str, list[str]] = {}
    for column in sorted(viewer.seen):
        table, _dot, name = column.partition(".")
        tables.setdefault(table, []).append(name)
    for table, names in tables.items():
        log.record(by, viewer.role, table, names, about, why)


def _plain(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value.item() if hasattr(value, "item") else value


def role_name(role: str) -> str:
    """What a role is called in the active language.

    >>> role_name("x")
    'x'
    """
    return label(role, "viewer_role")
