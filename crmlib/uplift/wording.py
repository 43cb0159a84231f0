"""What reasons for leaving, their evidence, and groups of customers are called in the active language."""

from __future__ import annotations

from crmlib.i18n import _


def leaving_label(reason: str) -> str:
    """The name of a reason for leaving; one that nobody named is its own name.

    >>> leaving_label("my own reason")
    'my own reason'
    """
    return {
        "rival": _("a rival's price"), "salesperson": _("left with the salesperson"), "service": _("late, lost or damaged parcels"),
        "conduct": _("staff conduct"), "dissatisfied": _("low score in the survey"), "unknown": _("not known"),
    }.get(reason, reason)  # fmt: skip


def leaving_evidence(late_share: float, price_gap: float, low_score: float) -> dict[str, str]:
    """What counts as evidence for each reason.

    >>> len(leaving_evidence(0.3, 0.2, 4))
    6
    """
    return {
        "rival": _("complained of the price, or paid at least {gap:.0%} more than the cheapest rival would ask").format(
            gap=price_gap),
        "salesperson": _("the salesperson in charge left the firm within the months before"),
        "service": _(
            "complained of delay, loss, damage or delivery, or at least {share:.0%} of the parcels (two or more) came late"
        ).format(share=late_share),
        "conduct": _("complained of the conduct of staff"),
        "dissatisfied": _("gave at most {score:g} of 10 points for satisfaction within a year").format(score=low_score),
        "unknown": _("none of these"),
    }  # fmt: skip


def group_label(group: str) -> str:
    """The name of a group of customers in an offer policy; one that nobody named is its own name.

    >>> group_label("my own group")
    'my own group'
    """
    return {
        "pays": _("the offer pays"), "stays_anyway": _("would reach it anyway"), "not_moved": _("not moved enough"),
        "driven_away": _("driven away"), "nobody": _("nobody"), "everybody": _("everybody"), "who_pays": _("whom it pays to send it"),
    }.get(group, group)  # fmt: skip
