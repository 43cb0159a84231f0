"""The sentences of a class report."""

from __future__ import annotations

import pandas as pd

from crmlib.classroom.class_report import SheetReport
from crmlib.classroom.hint_counts import UNKNOWN, hint_words
from crmlib.classroom.item_analysis import FEWEST
from crmlib.i18n import _, language

HARD_BELOW = 0.3
WEAK_BELOW = 0.3
"""An item whose whole interval lies below this corrected correlation is pointed out; 0.3 is the usual demand (Nunnally & Bernstein 1994)."""


def discrimination_in_words(item) -> str:
    """The discrimination of one row of the items, with its interval; or why there is none."""
    if pd.notna(item.discrimination):
        told = _("{value:.2f} ({low:.2f} to {high:.2f})").format(value=item.discrimination, low=item.low, high=item.high)
        return told.replace("-", "\N{MINUS SIGN}")
    reasons = {
        "few": _("fewer than {count} students").format(count=FEWEST),
        "same": _("all marks alike"),
        "alone": _("no other item"),
    }
    return reasons.get(item.reason, "–")


def item_remark(item) -> str:
    """What an instructor may want to do about an item."""
    if item.waiting:
        return _("{count} marks by hand are missing.").format(count=item.waiting)
    if pd.isna(item.people) or item.people < FEWEST:
        return ""
    if item.full == item.people:
        return _("Everybody has all points.")
    if item.earned < HARD_BELOW:
        return _("Hard for the class: talk it through.")
    if item.high < WEAK_BELOW:
        return _("Hardly tells strong from weak: read the answers and the test.")
    return ""


def reliability_in_words(one: SheetReport) -> list[str]:
    """The reliability of a sheet, and what it leaves out."""
    told = [one.reliability.summary()]
    if one.not_in_reliability:
        told.append(_("Not in it, because marks are missing: {items}.").format(items=_("; ").join(one.not_in_reliability)))
    return told


def hint_in_words(key: str) -> str:
    """A hint with "…" where something is filled in."""
    return _("(none of the course's hints)") if key == UNKNOWN else hint_words(key, language())


def help_reason(sheet: str, reason) -> str:
    """Why a student needs help with a sheet."""
    if reason.why == "missing":
        return _("{sheet}: not handed in").format(sheet=sheet)
    return _("{sheet}: {share:.0%} of the points").format(sheet=sheet, share=reason.share)


def late_in_words(seconds: float) -> str:
    """How late, in the unit that fits."""
    if seconds < 3600:
        return _("{count:.0f} minutes").format(count=max(1, seconds / 60))
    if seconds < 48 * 3600:
        return _("{count:.1f} hours").format(count=seconds / 3600)
    return _("{count:.1f} days").format(count=seconds / 86400)


def alike_row(found) -> str:
    """What two submissions have in common."""
    if found.kind == "file":
        return _("The same file, byte for byte.")
    if found.kind == "code":
        return _("The first wrote the data code of the second ({code}).").format(code=found.evidence)
    if found.kind == "numbers":
        return _("The same numbers, on different data: {numbers}.").format(numbers=found.evidence)
    return _("{share:.0%} of the words are alike.").format(share=found.alike)


def explanations() -> list[str]:
    """What the measures mean, and where they come from."""
    return [
        _("Points earned: what the class earned of an item's points (its difficulty; the higher, the easier). Only graded submissions count; "
          "who handed in nothing is no zero here."),
        _("Discrimination: the correlation of an item with the total of the other items (corrected item-total correlation), and its 95% "
          "interval by Fisher's z. About 0.3 and more is usual; near 0, strong and weak students do equally well; below 0, look at the "
          "item. A wide interval means that the class is too small to say."),
        _("Reliability: Cronbach's alpha (1951) with Feldt's 95% interval (1965). It says how far other items of the same kind would rank the "
          "class in the same way. A sheet of few items on different skills need not be high."),
        _("Below {count} students neither is given.").format(count=FEWEST),
        _("Hints: each lost item tells the student one sentence; counted are students."),
    ]  # fmt: skip
