"""Who the customer is, what the customer is worth, what is on the way and what the customer likes: four parts of the page."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.profiles.book_shelves import COUNTED
from crmlib.profiles.page_facts import Section, Viewer, facts, label, plain, share, shortened, yuan
from crmlib.profiles.profile_book import Known
from crmlib.segments.labels import segment_label
from crmlib.standards import get

SHOWN = 5
"""So many rows of a list stand on the page."""
MONEY = ("waybills.price_yuan", "waybills.picked_up_at")
DATES = ("waybills.picked_up_at",)


def who(viewer: Viewer, known: Known) -> Section:
    """Name, number, market, region, since when, whom to speak to."""
    given = known.book.callers.facts(known.customer_id)
    person = given.get("nature", "individual") == "individual"
    found = facts(
        viewer.fact("name", _("name"), given["name"], ["customers.name"], write=lambda name: shortened(name, 40), person=person),
        viewer.fact("customer_id", label("customer_id"), known.customer_id, ["customers.customer_id"]),
        *(viewer.fact(column, label(column), given.get(column), [f"customers.{column}"], write=lambda code, column=column: label(code, column))
          for column in ("market", "region", "nature")),
        viewer.fact("opened_on", _("customer since"), given.get("opened_on"), ["customers.opened_on"]),
        viewer.fact("salesperson_id", _("salesperson"), given.get("salesperson_id"), ["customers.salesperson_id"]),
        viewer.fact("parcel_role", _("role"), _role(known), ["waybills.status"], write=lambda code: {
            "sender": _("sender"), "recipient": _("recipient"), "both": _("sender and recipient"), "none": _("has sent nothing yet")}[code]),
    )  # fmt: skip
    people = known.frame("contacts")
    rows = [
        facts(
            viewer.fact("contact_name", _("contact"), row.name_, ["contacts.name"], write=lambda name: shortened(name, 20)),
            viewer.fact("contact_role", _("role"), getattr(row, "role", None), ["contacts.role"], write=lambda code: label(code, "role", "contacts")),
            viewer.fact("contact_phone", _("phone"), getattr(row, "phone", None), ["contacts.phone"]),
            viewer.fact("contact_channel", _("channel"), getattr(row, "channel", None), ["contacts.channel"], write=lambda code: label(code, "channel")),
        )
        for row in people.rename(columns={"name": "name_"}).head(3).itertuples(index=False)
    ] if len(people) else []  # fmt: skip
    return Section("who", _("Who"), found, tuple(row for row in rows if row), max(len(people) - 3, 0) if any(rows) else 0)


def _role(known: Known) -> str:
    sends = len(known.rows("days").get("day", ())) > 0
    gets = any(_received(known, number) for number in known.numbers())
    return "both" if sends and gets else "sender" if sends else "recipient" if gets else "none"


def _received(known: Known, number: str) -> bool:
    return len(known.parcels_on_the_way(number, days=730)) > 0


def year(known: Known) -> dict[str, object]:
    """Twelve months of parcels and money, the year before, the standing among all customers, the last parcel."""
    book, until = known.book, known.until
    ends = [until - pd.DateOffset(months=back) for back in range(24, -1, -1)]
    days = known.rows("days")
    edges = np.array([end.to_datetime64() for end in ends], dtype="datetime64[us]")
    place = np.searchsorted(edges, days.get("day", np.empty(0, "datetime64[us]")))
    by_month = {name: np.bincount(place, days[name], 26)[1:25] if name in days else np.zeros(24) for name in ("parcels", "price_yuan", "cost_yuan")}
    first = book.shelves.totals.day
    whole_year_before = len(first) > 0 and pd.Timestamp(first[0]) <= ends[0] + pd.Timedelta(days=1)
    before, revenue = float(by_month["price_yuan"][:12].sum()), float(by_month["price_yuan"][12:].sum())
    return {
        "revenue": round(revenue, 2), "growth": revenue / before - 1 if whole_year_before and before > 0 else None,
        "margin": round(revenue - float(by_month["cost_yuan"][12:].sum()), 2) if "cost_yuan" in days else None,
        "by_month": {name: sums[12:] for name, sums in by_month.items()}, "parcels": int(by_month["parcels"][12:].sum()),
        "standing": book.standing(until).of(book.callers.place_of(known.customer_id)), "last": pd.Timestamp(days["day"][-1]) if len(place) else None,
    }  # fmt: skip


def value(viewer: Viewer, known: Known) -> Section:
    """Twelve months' revenue and its course, class, scores, lifetime value, punctuality."""
    told, until = known.once("year", lambda: year(known)), known.until
    standing, last, shown_end = told["standing"], told["last"], f"{until:%Y-%m-%d}"
    worth = known.value()
    promises = known.rows("promises", until - pd.Timedelta(days=90))
    due, late = (int(promises[name].sum()) if name in promises else 0 for name in ("due", "late"))
    found = facts(
        viewer.fact("revenue_12_months", _("Revenue, 12 months"), told["revenue"], MONEY, write=yuan),
        viewer.fact("growth", _("against the year before"), told["growth"], MONEY,
                    write=lambda size: _("{change:+.0%} on the year before").format(change=size).replace("-", "−"),
                    tone="good" if (told["growth"] or 0) >= 0 else "bad"),
        viewer.fact("revenue_by_month", _("revenue by month"), [round(float(each), 2) for each in told["by_month"]["price_yuan"]], MONEY,
                    write=lambda _months: _("twelve months to {day}").format(day=shown_end)),
        viewer.fact("parcels_12_months", _("Parcels, 12 months"), told["parcels"], DATES),
        viewer.fact("parcels_by_month", _("parcels by month"), [int(each) for each in told["by_month"]["parcels"]], DATES,
                    write=lambda _months: _("twelve months to {day}").format(day=shown_end)),
        viewer.fact("margin_12_months", _("margin"), told["margin"], (*MONEY, "waybills.cost_yuan"),
                    write=lambda size: _("margin {yuan}").format(yuan=yuan(size)), tone="bad" if (told["margin"] or 0) < 0 else ""),
        viewer.fact("class", _("Customer class"), standing.get("abc"), MONEY),
        viewer.fact("rank", _("rank by revenue"), standing.get("rank"), MONEY,
                    write=lambda rank: _("{rank:,.0f} of {count:,} with parcels").format(rank=rank, count=standing["of"])),
        viewer.fact("rfm", "RFM", standing.get("rfm"), MONEY, write="-".join),
        viewer.fact("rfm_group", _("RFM group"), standing.get("group"), MONEY, write=segment_label),
        viewer.fact("last_parcel_on", _("last parcel"), last, DATES),
        viewer.fact("days_silent", _("days without a parcel"), (until - last).days if last is not None else None, DATES),
        *(facts(
            viewer.fact("lifetime_value", _("Value of the next 12 months"), worth[1], (*MONEY, "waybills.cost_yuan"), write=yuan),
            viewer.fact("lifetime_value_low", _("interval, low end"), worth[2], (*MONEY, "waybills.cost_yuan"), write=yuan),
            viewer.fact("lifetime_value_high", _("interval, high end"), worth[3], (*MONEY, "waybills.cost_yuan"), write=yuan),
            viewer.fact("valued_on", _("worked out on"), worth[0], DATES)) if worth else ()),
        viewer.fact("on_time_share", _("On time, 90 days"), 1 - late / due if due else None, ("waybills.promised_at", "waybills.delivered_at"),
                    write=share, tone="bad" if due and late / due > get("profiles.late_share", unit="share") else "good"),
        viewer.fact("parcels_due", _("parcels due"), due, ("waybills.promised_at",)),
        viewer.fact("parcels_late", _("parcels late"), late, ("waybills.promised_at", "waybills.delivered_at")),
    )  # fmt: skip
    return Section("value", _("Value"), found)


def on_the_way(known: Known, number: str | None = None) -> pd.DataFrame:
    """What the customer sent and what comes to the customer's numbers, or what comes to the one number: the latest first."""
    days = float(get("call_center.parcel_days", unit="days"))
    sent = known.parcels_on_the_way(days=days) if number is None else pd.DataFrame()
    gets = [known.parcels_on_the_way(each, days) for each in ([number] if number else known.numbers())]
    listed = [each.assign(side=side) for each, side in ((sent, "sent"), *((one, "received") for one in gets)) if len(each)]
    return pd.concat(listed, ignore_index=True).sort_values(["late", "promised_at"], ascending=[False, True]) if listed else pd.DataFrame()


def parcels(viewer: Viewer, known: Known, number: str | None = None) -> Section:
    """What is on the way: sent by the customer, and coming to the customer's own numbers."""
    every = known.once(("on_the_way", number), lambda: on_the_way(known, number))
    late = int(every["late"].sum()) if len(every) else 0
    columns = ["waybills.delivered_at", "waybills.promised_at"]
    found = facts(
        viewer.fact("on_the_way", _("on the way"), len(every), columns[:1]),
        viewer.fact("late_on_the_way", _("of them late"), late, columns, tone="bad" if late else ""),
    )
    rows = [
        facts(
            viewer.fact("waybill_id", label("waybill_id"), row.waybill_id, ["waybills.waybill_id"]),
            viewer.fact("side", _("side"), row.side, ["waybills.status"], write=lambda code: {"sent": _("sent"), "received": _("to the customer")}[code]),
            viewer.fact("destination_region", label("destination_region"), getattr(row, "destination_region", None), ["waybills.destination_region"],
                        write=lambda code: label(code, "destination_region")),
            viewer.fact("product", label("product"), getattr(row, "product", None), ["waybills.product"], write=lambda code: label(code, "product")),
            viewer.fact("promised_at", _("promised"), row.promised_at, ["waybills.promised_at"], write=lambda at: f"{at:%m-%d %H:%M}"),
            viewer.fact("hours_late", _("lateness"), max((known.now - row.promised_at).total_seconds() / 3600, 0) if row.late else 0, columns,
                        write=_lateness, tone="bad" if row.late else "good"),
        )
        for row in every.head(SHOWN).itertuples(index=False)
    ]  # fmt: skip
    return Section("parcels", _("Parcels on the way"), found, tuple(row for row in rows if row), max(len(every) - SHOWN, 0) if any(rows) else 0,
                   _("Nothing is on the way.") if not len(every) else "")  # fmt: skip


def _lateness(hours: float) -> str:
    if hours <= 0:
        return _("in time")
    return _("late by {hours:.0f} h").format(hours=hours) if hours < 72 else _("late by {days:.0f} days").format(days=hours / 24)


def preferences(viewer: Viewer, known: Known) -> Section:
    """What the customer mostly sends, to where, and by which channel the customer speaks with us."""
    days = known.rows("days", known.until - pd.DateOffset(months=12))
    found = []
    for column, values in COUNTED.items():
        counts = {code: int(days[f"{column}_{code}"].sum()) for code in values if f"{column}_{code}" in days}
        if total := sum(counts.values()):
            ordered = sorted((code for code in counts if counts[code]), key=lambda code: -counts[code])
            found.append(viewer.fact(f"{column}_mix", label(column), {code: counts[code] / total for code in ordered}, [f"waybills.{column}"],
                                     write=lambda mix, column=column: _(" · ").join(f"{label(code, column)} {share(part)}" for code, part in mix.items())))  # fmt: skip
    spoken = known.frame("touches", known.until - pd.DateOffset(months=12))
    cases = known.frame("cases", known.now - pd.DateOffset(months=12))
    people = known.frame("contacts")
    wished = people["channel"].dropna().iloc[0] if len(people) and "channel" in people else None
    found.append(viewer.fact("wished_channel", _("wishes to be reached by"), wished, ["contacts.channel"], write=lambda code: label(code, "channel")))
    used = cases["channel"].value_counts().sort_index().sort_values(ascending=False, kind="stable") if len(cases) and "channel" in cases else ()
    found.append(viewer.fact("used_channel", _("mostly turns to us by"), used.index[0] if len(used) else None, ["cases.channel"],
                             write=lambda code: label(code, "channel", "cases")))  # fmt: skip
    if len(spoken):
        latest = spoken.iloc[-1]
        found.append(viewer.fact("last_touch_on", _("last spoken with"), latest["happened_on"], ["touches.happened_on"]))
        found.append(viewer.fact("last_touch", _("occasion"), str(latest["kind"]), ["touches.kind"],
                                 write=lambda code: _(" · ").join([label(code, "kind", "touches"), label(latest["channel"], "channel", "touches")])))  # fmt: skip
        found.append(viewer.fact("touches_12_months", _("touches in 12 months"), len(spoken), ["touches.happened_on"], write=plain))
    return Section("preferences", _("Preferences and conversations"), facts(*found))
