"""What features and reasons are called, and how a customer's value of one is put into words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from crmlib.company.schema import label
from crmlib.i18n import _

_SILENCE = ("recency_days", "usual_gap_days", "silence_ratio")
_LONG = 1.5
"""Silent for so many times the usual gap is long."""


def reason_of(feature: str) -> str:
    """The reason that a feature belongs to: three features tell of silence.

    >>> reason_of("usual_gap_days"), reason_of("mood")
    ('silence', 'mood')
    """
    return "silence" if feature in _SILENCE else feature


def label_of(reason: str) -> str:
    """What a reason or feature is called in the active language.

    >>> label_of("my own feature")
    'my own feature'
    """
    return _("days of silence") if reason == "silence" else label(reason)


def in_words(reason: str, row: Mapping[str, object], usual: Mapping[str, object], *, raises: bool) -> str:
    """A customer's value of a reason beside the usual one.

    >>> "32" in in_words("silence", {"recency_days": 32.0, "usual_gap_days": 5.0, "silence_ratio": 5.9}, {}, raises=True)
    True
    """
    if reason == "silence":
        return _silence(row, raises)
    value, typical = row[reason], usual.get(reason)
    if pd.isna(value):
        return _unknown(reason)
    if reason == "salesperson_left":
        return _("the salesperson left lately") if value else _("the salesperson stayed")
    if isinstance(value, str):
        return _("{what}: {value}").format(what=label_of(reason), value=label(value, reason))
    written = _written().get(reason, _("{what} {value:.3g} (average customer {usual:.3g})"))
    if reason == "parcel_trend":
        value, typical = _change(value), _change(typical)
    return written.format(what=label_of(reason), value=value, usual=typical)


def is_unusual(reason: str, row: Mapping[str, object], usual: Mapping[str, object], missing: Mapping[str, float]) -> bool:
    """Whether the words of a reason tell of anything that most customers do not share.

    `missing`: the share of customers whose value is not known.

    >>> [is_unusual("complaints", {"complaints": count}, {"complaints": 0.0}, {}) for count in (0.0, 2.0)]
    [False, True]
    """
    if reason == "silence":
        days, gap, typical = row.get("recency_days"), row.get("usual_gap_days"), usual.get("usual_gap_days")
        seldom = gap is None or typical is None or pd.isna(gap) or pd.isna(typical) or round(gap) > round(typical)
        return bool(seldom or (days + 0.5) / (gap + 0.5) > _LONG)
    value, typical = row[reason], usual.get(reason)
    if pd.isna(value):
        return missing.get(reason, 0.0) < 0.5
    if reason == "salesperson_left" or isinstance(value, str) or typical is None or pd.isna(typical):
        return bool(value) if reason == "salesperson_left" else value != typical
    return in_words(reason, row, usual, raises=True) != in_words(reason, {reason: typical}, usual, raises=True)


def _change(trend: float) -> float:
    return 2.718281828459045**trend - 1


def _silence(row: Mapping[str, object], raises: bool) -> str:
    days, gap = row.get("recency_days"), row.get("usual_gap_days")
    if gap is None or pd.isna(gap):
        return _("one day with parcels in the last year, {days:.0f} days ago").format(days=days)
    if (days + 0.5) / (gap + 0.5) > _LONG:
        return _("no parcel for a long time ({days:.0f} days; usually one every {gap:.0f})").format(days=days, gap=gap)
    if raises:
        return _("ships seldom (every {gap:.0f} days; the last parcel {days:.0f} days ago)").format(days=days, gap=gap)
    return _("ships in its usual rhythm (every {gap:.0f} days; the last parcel {days:.0f} days ago)").format(days=days, gap=gap)


def _unknown(reason: str) -> str:
    return {
        "survey_score": _("answered no survey in the last year"),
        "mood": _("no visit lately"),
        "pay_days_late": _("no bill was due lately"),
        "late_share": _("no parcel arrived or fell due lately"),
    }.get(reason, _("{what}: not known").format(what=label_of(reason)))


def _written() -> dict[str, str]:
    return {
        "recent_parcels": _("parcels lately: {value:.0f} (average customer {usual:.0f})"),
        "parcel_trend": _("parcels {value:+.0%} on the months before (average customer {usual:+.0%})"),
        "late_share": _("{value:.0%} of the parcels late (average customer {usual:.0%})"),
        "failures": _("parcels lost or damaged lately: {value:.0f} (average customer {usual:.0f})"),
        "complaints": _("complaints lately: {value:.0f} (average customer {usual:.0f})"),
        "price_gap": _("{value:+.0%} on what the cheapest rival would ask (average customer {usual:+.0%})"),
        "pay_days_late": _("pays {value:.0f} days late (average customer {usual:.0f})"),
        "survey_score": _("gave {value:.1f} points in the survey (average customer {usual:.1f})"),
        "mood": _("mood on visits {value:.1f} of 5 (average customer {usual:.1f})"),
        "tenure_days": _("a customer for {value:.0f} days (average customer {usual:.0f})"),
    }
