"""What the codes of classes, groups and result columns are called in the active language."""

from __future__ import annotations

from functools import cache

from crmlib.company.schema import label
from crmlib.i18n import _, language


def segment_label(code: object, column: str | None = None) -> str:
    """The name of a class, group or column in the active language, for headings and figures.

    Parameters
    ----------
    code : such as "important_active", "recency_days", "e_commerce"
    column : the column that the code stands in, where one code means two things ("A" in abc and in abcd, "new" in state and in direction),
        optional

    Returns
    -------
    str
        The name; a code that has none is its own name.

    >>> segment_label("my own class")
    'my own class'
    """
    named = {"abcd": _abcd, "from": _moves, "to": _moves, "direction": _moves, "group": _groups}
    own = named[column]() if column in named else _groups_and_columns(language()) if column is None else {}
    return own[str(code)] if str(code) in own else label(str(code), column)


@cache
def _groups_and_columns(_language: str) -> dict[str, str]:
    """Looked up once a language: a table asks for dozens of names."""
    return {**_groups(), **_columns()}


def _groups() -> dict[str, str]:
    return {
        "important_active": _("important, active"),
        "important_develop": _("important, ships too seldom"),
        "important_slipping": _("important, slipping away"),
        "important_at_risk": _("important, nearly lost"),
        "small_active": _("small, active"),
        "small_develop": _("small, just trying"),
        "small_slipping": _("small, slipping away"),
        "small_at_risk": _("small, nearly lost"),
    }


def _moves() -> dict[str, str]:
    return {"up": _("moved up"), "same": _("same class"), "down": _("moved down"), "new": _("came"), "left": _("left")}


def _abcd() -> dict[str, str]:
    return {
        "A": _("A high value, high need"),
        "B": _("B valuable or promising"),
        "C": _("C need or potential"),
        "D": _("D low on all three"),
    }


def _columns() -> dict[str, str]:
    return {
        "abcd": _("A/B/C/D class"),
        "group": _("RFM group"),
        "recency_days": _("days since the last parcel"),
        "frequency": _("parcels"),
        "monetary": _("revenue (yuan)"),
        "r": _("R score (recency)"),
        "f": _("F score (frequency)"),
        "m": _("M score (money)"),
        "rfm": _("RFM code"),
        "revenue": _("revenue (yuan)"),
        "cumulative_share": _("cumulative share of revenue"),
        "customers": _("customers"),
        "customer_share": _("share of customers"),
        "revenue_share": _("share of revenue"),
        "before": _("revenue before (yuan)"),
        "now": _("revenue now (yuan)"),
        "gain": _("gain (yuan)"),
        "growth": _("growth"),
        "value": _("high value"),
        "need": _("high need"),
        "potential_known": _("growth was estimated"),
        "fast_share": _("express or cross-border share"),
        "recent_active_months": _("active months of the last twelve"),
        "from": _("class before"),
        "to": _("class after"),
        "direction": _("move"),
        "cluster": _("cluster"),
        "class": _("class"),
        "owner": _("who owns it"),
        "visit_days": _("days between visits"),
        "leader_visits": _("do leaders visit"),
        "watch": _("what to watch"),
        "complaint_priority": _("complaint priority"),
        "service": _("service"),
    }
