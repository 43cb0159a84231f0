"""A customer's page as HTML: styles stand in the elements, so that a notebook that lets no style sheet through shows it all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib import theme
from crmlib.i18n import _
from crmlib.profiles import page_drawings
from crmlib.profiles.next_action import sentence_of
from crmlib.profiles.page_facts import Fact, Section, label
from crmlib.profiles.page_template import page_template

if TYPE_CHECKING:
    from crmlib.profiles.customer_360 import Customer360

FONTS = '"Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei", sans-serif'
TONES = {"good": "#00745A", "bad": theme.ORANGE, "": theme.INK}
_CLASSES = {"A": theme.BLUE, "B": "#3E8FC1", "C": theme.GREY}
_KINDS = ("complaint_count", "claim_count", "inquiry_count", "praise_count")
_KEPT_WHOLE = ("waybill_id", "promised_at", "opened_at", "contact_phone", "hours_late", "outcome")
_NAMED = 9


def article(page: Customer360) -> str:
    """The page as one element, for notebooks and for :func:`document`."""
    parts = {section.code: section for section in page.sections}
    empty = Section("", "")
    of = {code: parts.get(code, empty) for code in ("who", "value", "parcels", "service", "mood", "preferences", "credit", "tags")}
    facts = {code: {fact.code: fact for fact in section.facts} for code, section in of.items()}
    return page_template().render(
        page=page, part=of, fact=facts, tones=TONES, theme=theme, draw=page_drawings, words=_words(page) | _lines(facts), font=FONTS, sentence_of=sentence_of,
        badge=_badge(facts["value"].get("class")), tiles=_tiles(facts), identity=_identity(facts["who"]), kinds=_KINDS, kept_whole=_KEPT_WHOLE, tone=_tone, columns=_columns(of),
        grey="#66707A", soft="#F4F7F9",
    )  # fmt: skip


def document(page: Customer360) -> str:
    """The page as a whole document that prints on one A4."""
    tongue = "zh-CN" if page.tongue == "zh" else "en"
    return (
        f'<!DOCTYPE html>\n<html lang="{tongue}">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{_escaped(page.title())}</title>\n"
        "<style>@page { size: A4; margin: 10mm } html { background: #EDF0F2 } body { margin: 8mm auto; width: 190mm; font-size: 8.4pt; "
        "background: #fff; padding: 8mm; -webkit-print-color-adjust: exact; print-color-adjust: exact } article { font-size: 1em !important } "
        "@media print { html { background: #fff } body { margin: 0; padding: 0 } }</style>\n"
        f"</head>\n<body>\n{article(page)}\n</body>\n</html>\n"
    )


def _escaped(text: str) -> str:
    from html import escape

    return escape(text)


def _tone(fact: Fact | None) -> str:
    return TONES[fact.tone if fact is not None else ""]


def _badge(fact: Fact | None) -> tuple[str, str]:
    return (str(fact.value), _CLASSES.get(str(fact.value), theme.GREY)) if fact is not None else ("", theme.GREY)


def _identity(who: dict[str, Fact]) -> str:
    said = [who[code].shown for code in ("customer_id", "market", "nature", "region", "parcel_role") if code in who]
    said += [_("customer since {day}").format(day=who["opened_on"].shown)] if "opened_on" in who else []
    said += [_("salesperson {number}").format(number=who["salesperson_id"].shown)] if "salesperson_id" in who else []
    return _(" · ").join(said)


def _tiles(fact: dict[str, dict[str, Fact]]) -> list[dict[str, object]]:
    """The large numbers at the top: heading, number, its tone, small lines, a drawing and how high it is."""
    value, mood, found = fact["value"], fact["mood"], []

    def lines(*facts: Fact | None) -> list[tuple[str, str]]:
        return [(each.shown, _tone(each)) for each in facts if each is not None]

    last = [(f"{value['last_parcel_on'].words} {value['last_parcel_on'].shown}", theme.INK)] if "last_parcel_on" in value else []
    main = "revenue" if "revenue_12_months" in value else "parcels"
    if f"{main}_12_months" in value:
        months = value[f"{main}_by_month"]
        found.append({"head": value[f"{main}_12_months"].words, "fact": value[f"{main}_12_months"], "lines": lines(value.get("growth"), value.get("margin_12_months")) + last,
                      "image": page_drawings.bars(months.value), "height": 2.6, "under": months.shown})  # fmt: skip
    if "class" in value:
        small = lines(value.get("rank"))
        small += [(f"RFM {value['rfm'].shown} {value['rfm_group'].shown}", theme.INK)] if "rfm" in value else []
        found.append({"head": value["class"].words, "fact": value["class"], "lines": small, "image": "", "height": 0, "under": ""})
    if "lifetime_value" in value:
        ends = [value[code] for code in ("lifetime_value_low", "lifetime_value_high")]
        found.append({
            "head": value["lifetime_value"].words, "fact": value["lifetime_value"],
            "lines": [(_("{low} to {high}").format(low=ends[0].shown, high=ends[1].shown), theme.INK)], "height": 1.0,
            "image": page_drawings.interval(value["lifetime_value"].value, *(each.value for each in ends)),
            "under": _("margin, 95% interval; as of {day}").format(day=value["valued_on"].shown) if "valued_on" in value else ""})  # fmt: skip
    if "on_time_share" in value:
        of = _("{late} of {due} late").format(late=value["parcels_late"].shown, due=value["parcels_due"].shown)
        found.append({"head": value["on_time_share"].words, "fact": value["on_time_share"], "lines": [(of, theme.INK)], "height": 0.5,
                      "image": page_drawings.filled(value["on_time_share"].value, colour=_tone(value["on_time_share"])), "under": ""})  # fmt: skip
    if "recommend" in mood:
        found.append({"head": mood["recommend"].words, "fact": mood["recommend"], "lines": lines(mood.get("answered_on")), "height": 0.5,
                      "image": page_drawings.filled(mood["recommend"].value / 10, colour=_tone(mood["recommend"])), "under": ""})  # fmt: skip
    return found[:5]


def _words(page: Customer360) -> dict[str, str]:
    """The words of the page that are no facts."""
    names = list(dict.fromkeys(label(column.partition(".")[2], table=column.partition(".")[0]) for column in page.hidden if "." in column))
    listed = _(", ").join(names[:_NAMED]) + (_(" and others") if len(names) > _NAMED else "")
    role = label(page.role, "viewer_role")
    when = f"{page.as_of:%Y-%m-%d %H:%M}" if page.as_of.normalize() != page.until else f"{page.until:%Y-%m-%d}"
    return {
        "title": _("Customer 360°"), "as_of": when,
        "seen_by": _("for: {role}").format(role=role), "simulated": _("simulated data") if page.simulated else "",
        "next": _("Next best action"), "cost": _("costs about {yuan} yuan").format(yuan=f"{page.action.cost_yuan:,.2f}".rstrip("0").rstrip(".")),
        "by": label(page.action.channel, "channel") if page.action.channel else "", "held_back": _("Held back: {what} ({why})"), "gap": "" if page.tongue == "zh" else " ", "quoted": _("“{text}”"), "twelve_months": _("12 months"),
        "hidden": _("Not shown to this role: {names}.").format(names=listed) if names else "",
        "masked": _("A dotted line below a value: masked or rounded for this role.") if page.masked else "",
        "made_up": _("The firm and its customers are invented; every figure is simulated.") if page.simulated else "",
        "until": _("Known up to {day}; nothing later plays a part.").format(day=when),
        "contacts": _("Contacts"), "more": _("… and {count} more"), "since": _("since {day}"),
    }  # fmt: skip


def _lines(fact: dict[str, dict[str, Fact]]) -> dict[str, str]:
    """Facts that are said in one line."""
    way = [f"{each.words} {each.shown}" for each in fact["parcels"].values()]
    codes = ("open_count", "compensation_yuan", "calls", "calls_to_agents")
    service = [f"{fact['service'][code].words} {fact['service'][code].shown}" for code in codes if code in fact["service"]]
    return {"parcels": _(" · ").join(way), "service": _(" · ").join(service)}


def _columns(part: dict[str, Section]) -> tuple[list[str], list[str]]:
    """Which parts stand left and right; the last two go where there is more room."""
    height = {
        "parcels": 2.5 + 1.7 * len(part["parcels"].rows), "service": 6 + 2.9 * len(part["service"].rows) if part["service"].facts else 0,
        "credit": 3 + 1.5 * len(part["credit"].facts), "mood": 6 if part["mood"].facts else 0,
        "preferences": 2 + 2 * len(part["preferences"].facts), "tags": 2 + 2.2 * len(part["tags"].rows), "contacts": 2 + 1.7 * len(part["who"].rows),
    }  # fmt: skip
    columns: tuple[list[str], list[str]] = (["parcels", "service"], ["credit", "mood", "preferences"])
    for code in ("tags", "contacts"):
        shorter = min(columns, key=lambda column: sum(height[each] for each in column))
        shorter.append(code)
    return columns
