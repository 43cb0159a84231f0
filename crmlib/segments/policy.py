"""What a class is treated like: who owns it, how often it is visited, what to watch, whose complaint comes first."""

from __future__ import annotations

import pandas as pd

from crmlib.i18n import _
from crmlib.standards import get

SCHEMES = ("abc", "abcd")
COLUMNS = ("class", "owner", "visit_days", "leader_visits", "watch", "complaint_priority", "service")


def class_policy(*, scheme: str = "abc") -> pd.DataFrame:
    """The service policy of each class, in words, ready to be changed and handed to the sales manager.

    Answers: now that customers are classed, what does the firm do differently for each class?

    Parameters
    ----------
    scheme : "abc" (the textbook's classes by revenue) or "abcd" (by value, need and potential)

    Returns
    -------
    DataFrame, one row a class, in the active language
        class, owner, visit_days (days between visits; missing where nobody visits), leader_visits, watch,
        complaint_priority (1 comes first), service. :func:`segment_label` names the columns.

    Raises
    ------
    ValueError
        There is no such scheme.

    Source: 《快递客户关系管理》, project 1, task 1 (客户分类管理); for "abcd" 《2025国际快递行业客户关系管理体系研究》 gives A and D,
    B and C stand between them as a proposal. Days, money and the legal limit are standards.

    >>> class_policy()["complaint_priority"].tolist()
    [1, 2, 3]
    """
    if scheme not in SCHEMES:
        raise ValueError(_('There is no scheme "{scheme}". Use "abc" or "abcd".').format(scheme=scheme))
    rows = _abc() if scheme == "abc" else _abcd()
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"visit_days": "Int64"})


def _visit_days(letter: str) -> int:
    return get(f"policy.{letter}.visit_days", unit="days")


def _abc() -> list[tuple]:
    legal_days = get("complaint.legal_days", unit="days")
    return [
        (
            "A",
            _("a service representative of their own, in constant touch"),
            _visit_days("a"),
            _("yes: the firm's leaders visit regularly"),
            _("trend of the customer's industry; changes of people; any other unusual movement"),
            1,
            _("the fastest and most complete service, the best terms; complaints are handled first"),
        ),
        (
            "B",
            _("a service representative of their own, in constant touch"),
            _visit_days("b"),
            _("yes: the head of the department visits regularly"),
            _("parcel volume; ability to pay; changes of people; reorganisation"),
            2,
            _("more attention than the standard service gives, fitted to the customer's needs"),
        ),
        (
            "C",
            _("the service team, which keeps in touch"),
            _visit_days("c"),
            _("no"),
            _("rising stars, who deserve to move up early"),
            3,
            _(
                "basic service, convenient and timely, at bounded cost; complaints are answered within the {days} days that the law gives"
            ).format(days=legal_days),
        ),
    ]


def _abcd() -> list[tuple]:
    vip, threshold, discount = (
        get("abcd.vip_revenue", unit="yuan_per_year"),
        get("coupon.d_threshold", unit="yuan"),
        get("coupon.d_discount", unit="yuan"),
    )
    return [
        (
            "A",
            _("an account manager of their own"),
            _visit_days("a"),
            _("yes: the firm's leaders visit regularly"),
            _("on-time rate and clearance of their parcels; changes of people; offers of rivals"),
            1,
            _("one plan for transport, clearance and insurance; a VIP lane from {vip:,} yuan a year").format(vip=vip),
        ),
        (
            "B",
            _("a service representative of their own"),
            _visit_days("b"),
            _("yes: the head of the department visits regularly"),
            _("parcel volume and margin; needs that are growing; ability to pay"),
            2,
            _("standard products at agreed prices; express and cross-border products on trial when the need grows"),
        ),
        (
            "C",
            _("the service team, which keeps in touch"),
            _visit_days("c"),
            _("no"),
            _("whether the expected growth comes true; rising stars"),
            3,
            _("standard products, with a person to ask when speed or clearance matters"),
        ),
        (
            "D",
            _("self-service; nobody in particular"),
            None,
            _("no"),
            _("cost of service; repeat orders"),
            4,
            _("self-service and standard offers such as {discount} yuan off from {threshold} yuan").format(
                threshold=threshold, discount=discount
            ),
        ),
    ]
