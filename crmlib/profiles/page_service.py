"""Service and mood, terms and arrears, tags: three parts of the page."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.profiles.page_facts import Section, Viewer, facts, label, plain, share, shortened, yuan
from crmlib.profiles.profile_book import Known
from crmlib.standards import get

SHOWN = 5
MOST_TAGS = 6
_KINDS = ("complaint", "claim", "inquiry", "praise")


def service(viewer: Viewer, known: Known) -> Section:
    """Cases of twelve months by kind, what is open, what was paid, calls, and the last cases with praise among them."""
    since = known.now - pd.DateOffset(months=12)
    cases, calls = known.frame("cases", since), known.frame("calls", since)
    if not known.has("cases") and not known.has("calls"):
        return Section("service", _("Service history"))
    kinds = cases["kind"].value_counts() if len(cases) else pd.Series(dtype=int)
    still_open = open_cases(cases)
    paid = float(pd.to_numeric(cases["compensation_yuan"]).sum()) if len(cases) and "compensation_yuan" in cases else 0.0
    answered = int((~calls["solved_in_ivr"].astype(bool)).sum()) if "solved_in_ivr" in calls else len(calls)
    found = facts(
        *(viewer.fact(f"{kind}_count", label(kind, "kind", "cases"), int(kinds.get(kind, 0)), ["cases.kind", "cases.opened_at"],
                      tone={"complaint": "bad", "claim": "bad", "praise": "good"}.get(kind, "") if kinds.get(kind, 0) else "") for kind in _KINDS),
        viewer.fact("open_count", _("open"), len(still_open), ["cases.resolved_at"], tone="bad" if len(still_open) else ""),
        viewer.fact("compensation_yuan", _("paid in compensation"), paid, ["cases.compensation_yuan"], write=yuan),
        viewer.fact("calls", _("calls"), len(calls) if known.has("calls") else None, ["calls.arrived_at"]),
        viewer.fact("calls_to_agents", _("not settled in the voice menu"), answered if known.has("calls") else None, ["calls.solved_in_ivr"]),
    )  # fmt: skip
    rows = []
    # What is open stands first, then the latest.
    recent = cases.iloc[np.lexsort((-np.arange(len(cases)), ~cases.index.isin(still_open.index)))]
    for row in recent.head(SHOWN).itertuples(index=False):
        outcome = getattr(row, "outcome", None)
        ended = pd.notna(row.resolved_at)
        rows.append(facts(
            viewer.fact("opened_at", _("opened"), row.opened_at, ["cases.opened_at"], write=lambda at: f"{at:%Y-%m-%d}"),
            viewer.fact("kind", _("kind"), row.kind, ["cases.kind"], write=lambda code: label(code, "kind", "cases"),
                        tone={"praise": "good", "inquiry": ""}.get(row.kind, "bad")),
            viewer.fact("cause", _("cause"), getattr(row, "cause", None), ["cases.cause"], write=lambda code: label(code, "cause", "cases")),
            viewer.fact("outcome", _("outcome"), outcome if ended else "open", ["cases.outcome", "cases.resolved_at"],
                        write=lambda code: _("open") if code == "open" else label(code, "outcome", "cases"), tone="" if ended else "bad"),
            viewer.fact("satisfied_after", _("afterwards"), getattr(row, "satisfied_after", None), ["cases.satisfied_after"],
                        write=lambda code: label(code, "satisfied_after", "cases"), tone="bad" if getattr(row, "satisfied_after", None) == "dissatisfied" else "good"),
            viewer.fact("words", _("words"), getattr(row, "text", None), ["cases.text"], write=lambda text: shortened(text, 44)),
        ))  # fmt: skip
    return Section("service", _("Service history"), found, tuple(row for row in rows if row), max(len(cases) - SHOWN, 0) if any(rows) else 0,
                   _("No case in twelve months.") if not len(cases) else "")  # fmt: skip


def open_cases(cases: pd.DataFrame, kinds: tuple[str, ...] = ("complaint", "claim", "inquiry")) -> pd.DataFrame:
    """Those of the cases that were not settled yet.

    >>> open_cases(pd.DataFrame({"kind": ["complaint"], "resolved_at": [pd.NaT]})).shape[0]
    1
    """
    return cases[cases["resolved_at"].isna() & cases["kind"].isin(kinds)] if len(cases) else cases


def mood(viewer: Viewer, known: Known) -> Section:
    """What the customer said in the last survey, and how the salespeople found the customer at the last touches."""
    surveys = known.frame("surveys", known.until - pd.DateOffset(months=24))
    touches = known.frame("touches", known.until - pd.DateOffset(months=12))
    found = []
    if len(surveys):
        last = surveys.iloc[-1]
        point = last.get("recommend")
        found += [
            viewer.fact("recommend", _("would recommend, 0–10"), point, ["surveys.recommend"], tone="bad" if point <= 6 else "good" if point >= 9 else ""),
            viewer.fact("answered_on", _("survey answered on"), last["answered_on"], ["surveys.answered_on"]),
            viewer.fact("comment", _("comment"), last.get("comment"), ["surveys.comment"], write=lambda text: shortened(text, 90)),
        ]  # fmt: skip
    moods = touches["mood"].dropna().tolist()[-6:] if len(touches) and "mood" in touches else []
    if moods:
        mean = float(np.mean(moods))
        found.append(viewer.fact("moods", _("mood at the last touches, 1–5"), [float(each) for each in moods], ["touches.mood"],
                                 write=lambda last: " ".join(f"{each:.0f}" for each in last)))  # fmt: skip
        found.append(viewer.fact("mood", _("mean mood"), round(mean, 1), ["touches.mood"], tone="bad" if mean < 2.5 else "good" if mean > 3.5 else ""))
    return Section("mood", _("Mood"), facts(*found))


def owed(known: Known) -> dict[str, object]:
    """What the customer owes at the end of the last whole day, as :func:`crmlib.credit.aging` reckons it; empty without an invoice."""
    bills, paid = known.rows("invoices"), known.rows("payments")
    if not len(bills.get("invoice_id", ())):
        return {}
    by_bill: dict[str, float] = {}
    for bill, amount in zip(paid.get("invoice_id", ()), paid.get("amount_yuan", ()), strict=True):
        by_bill[bill] = by_bill.get(bill, 0.0) + float(amount)
    left = np.round([float(amount) - by_bill.get(bill, 0.0) for bill, amount in zip(bills["invoice_id"], bills["amount_yuan"], strict=True)], 2)
    is_open = left >= 0.005
    late_days = (np.datetime64(known.until, "D") - bills["due_on"].astype("datetime64[D]")).astype(int)
    late = is_open & (late_days > 0)
    since = known.rows("days", pd.Timestamp(bills["issued_on"][-1]))
    used = round(float(left[is_open].sum()) + float(since["price_yuan"].sum() if "price_yuan" in since else 0.0), 2)
    limit = float(bills["credit_limit_yuan"][-1]) if "credit_limit_yuan" in bills else None
    return {"used_yuan": used, "limit_yuan": limit, "used_share": used / limit if limit else None, "overdue_yuan": round(float(left[late].sum()), 2),
            "days_past_due": int(late_days[late].max()) if late.any() else 0,
            **{name: bills[name][-1] if name in bills else None for name in ("credit_class", "terms_days")}}  # fmt: skip


def credit(viewer: Viewer, known: Known) -> Section:
    """Terms, credit class, limit, what of it is used, and how many days the oldest open invoice is late."""
    told = known.once("owed", lambda: owed(known))
    if not told:
        note = _("Pays at once: no invoice.") if known.has("invoices") and viewer.may("invoices.invoice_id") else ""
        return Section("credit", _("Terms, limit and arrears"), note=note)
    limit, used, used_share, overdue, late_days = (told[name] for name in ("limit_yuan", "used_yuan", "used_share", "overdue_yuan", "days_past_due"))
    money = ["invoices.amount_yuan", "payments.amount_yuan"]
    found = facts(
        viewer.fact("credit_class", _("credit class"), told["credit_class"], ["invoices.credit_class"], write=str),
        viewer.fact("terms_days", _("terms"), told["terms_days"], ["invoices.terms_days"], write=_days),
        viewer.fact("credit_limit_yuan", _("limit"), limit, ["invoices.credit_limit_yuan"], write=yuan),
        viewer.fact("used_yuan", _("used"), used, [*money, "waybills.price_yuan"], write=yuan),
        viewer.fact("used_share", _("of the limit"), used_share, [*money, "waybills.price_yuan", "invoices.credit_limit_yuan"],
                    write=share, tone="bad" if limit and used > limit else ""),
        viewer.fact("overdue_yuan", _("past due"), overdue, [*money, "invoices.due_on"], write=yuan, tone="bad" if overdue else ""),
        viewer.fact("days_past_due", _("days late"), late_days, [*money, "invoices.due_on"], write=plain, tone="bad" if late_days else ""),
    )  # fmt: skip
    return Section("credit", _("Terms, limit and arrears"), found)


def _days(count: float) -> str:
    return _("{count:.0f} days").format(count=count)


def tags(viewer: Viewer, known: Known) -> Section:
    """The tags of the day, since when, and why."""
    shelf = known.book.tags
    carried = shelf.carried(known.customer_id, known.morning)
    rows = [
        facts(
            viewer.fact("tag", _("tag"), tag, shelf.columns(tag), write=shelf.name, person=False),
            viewer.fact("since", _("since"), since, shelf.columns(tag)),
            viewer.fact("why", _("why"), shelf.why(known.customer_id, tag, known.morning) if viewer.treatment(shelf.columns(tag)) == "full" else None,
                        shelf.columns(tag), write=lambda text: shortened(text, 64)),
        )
        for tag, since in carried[:MOST_TAGS]
    ]  # fmt: skip
    rows = tuple(row for row in rows if row)
    return Section("tags", _("Tags"), (), rows, max(len(carried) - MOST_TAGS, 0) if rows else 0)


def membership_since(known: Known) -> pd.Timestamp | None:
    """The day on which the customer joined, if that was before."""
    joined = known.rows("members").get("joined_on", ())
    return pd.Timestamp(joined[0]) if len(joined) else None


def risk_of_silence(known: Known) -> tuple[int, float] | None:
    """Days since the last parcel and the customer's usual gap in days, where the silence is unusual."""
    days = known.rows("days").get("day", np.empty(0, dtype="datetime64[us]")).astype("datetime64[D]")
    days = days[days > days[-1] - 365] if len(days) else days
    if len(days) < int(get("profiles.least_days", unit="count")):
        return None
    usual = float(np.quantile(np.diff(days).astype(int), 0.9))
    silent = (known.until - pd.Timestamp(days[-1])).days
    return (silent, usual) if silent > max(get("profiles.silence_times", unit="ratio") * usual, get("profiles.silence_days", unit="days")) else None
