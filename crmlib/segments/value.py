"""Classes by value: A, B and C by revenue, what each class brings, and the rising stars below the top."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_share
from crmlib.i18n import _
from crmlib.segments.per_customer import amounts, classes_of, head_count
from crmlib.standards import get


def abc_classes(revenue: pd.Series, *, a_share: float | None = None, b_share: float | None = None) -> pd.DataFrame:
    """Rank customers by revenue and class them A, B or C.

    Answers: which few customers carry the firm?

    Parameters
    ----------
    revenue : Series, yuan, indexed by customer_id
        Revenue of one period. Ties keep the index order.
    a_share, b_share : float, share of customers, 0 < a_share < b_share < 1, optional
        A is the top `a_share` of customers; B is the top `b_share` less A; C is the rest. A started customer counts whole:
        5% of 47 customers are 3. Without them: the standards abc.a_share and abc.b_share.

    Returns
    -------
    DataFrame, one row a customer, highest revenue first
        revenue, cumulative_share (0–1), abc (ordered category A < B < C)

    Raises
    ------
    ValueError
        Revenue is negative or missing for some customer, a customer stands twice, nobody has revenue, or the shares do not fit.

    Source: 《快递客户关系管理》, project 1, task 1 (B = top 20% less A).

    >>> abc_classes(pd.Series({"c1": 10.0, "c2": 80.0, "c3": 6.0, "c4": 3.0, "c5": 1.0}), a_share=0.2, b_share=0.4).abc.tolist()
    ['A', 'B', 'C', 'C', 'C']
    """
    a_share = get("abc.a_share", unit="share") if a_share is None else a_share
    b_share = get("abc.b_share", unit="share") if b_share is None else b_share
    require_share("a_share", a_share)
    require_share("b_share", b_share)
    if a_share >= b_share:
        raise ValueError(
            _("a_share is {a_share} and b_share is {b_share}. B is the top b_share less A, so b_share must be the larger.").format(
                a_share=a_share, b_share=b_share
            )
        )
    ranked = amounts(revenue, "revenue").sort_values(ascending=False, kind="stable")
    running = ranked.cumsum()
    if running.iloc[-1] == 0:
        raise ValueError(_("Every customer's revenue is 0, so there is nothing to rank. Check the period and the column."))
    a_count, b_count = head_count(a_share, len(ranked)), head_count(b_share, len(ranked))
    letters = np.repeat(["A", "B", "C"], [a_count, b_count - a_count, len(ranked) - b_count])
    abc = pd.Categorical(letters, categories=["A", "B", "C"], ordered=True)
    return pd.DataFrame({"revenue": ranked, "cumulative_share": running / running.iloc[-1], "abc": abc}, index=ranked.index)


def class_summary(classes: pd.Series, revenue: pd.Series) -> pd.DataFrame:
    """Customers and revenue of each class, and their shares.

    Answers: how many customers does a class hold, and how much of the revenue do they bring?

    Parameters
    ----------
    classes : Series, indexed by customer_id
        The class of each customer: A/B/C, a market, a state, or any other.
    revenue : Series, yuan, indexed by customer_id
        Revenue of the same customers, in any order.

    Returns
    -------
    DataFrame, one row a class, in the order of the categories, else of the alphabet
        customers (count), customer_share, revenue (yuan), revenue_share; shares are 0–1 and add up to 1.

    Raises
    ------
    ValueError
        A customer stands on one side only, or twice, or has no class; revenue is missing or negative.

    Source: 《快递客户关系管理》, project 1, task 1 (the 80% of C bring about 20% of revenue).

    >>> revenue = pd.Series({"c1": 60.0, "c2": 30.0, "c3": 10.0, "c4": 0.0})
    >>> class_summary(pd.Series({"c1": "A", "c2": "C", "c3": "C", "c4": "C"}), revenue).revenue_share.tolist()
    [0.6, 0.4]
    """
    classes, revenue = classes_of(classes, "classes"), amounts(revenue, "revenue")
    unpaid = classes.index.to_series(index=classes.index)
    refuse_rows(
        ~unpaid.isin(revenue.index),
        _("Some customers have a class but no revenue"),
        _("If they shipped nothing, write revenue.reindex(classes.index, fill_value=0)."),
    )
    unclassed = revenue.index.to_series(index=revenue.index)
    refuse_rows(
        ~unclassed.isin(classes.index),
        _("Some customers have revenue but no class"),
        _("Class all customers, or keep only the revenue of those classed: revenue[classes.index]."),
    )
    grouped = revenue.reindex(classes.index).groupby(classes, observed=False)
    summary = pd.DataFrame({"customers": grouped.size(), "revenue": grouped.sum()}).rename_axis(classes.name or "class")
    total = summary.revenue.sum()
    summary.insert(1, "customer_share", summary.customers / summary.customers.sum())
    summary["revenue_share"] = summary.revenue / total if total else 0.0
    return summary


def rising_stars(
    before: pd.Series,
    now: pd.Series,
    *,
    min_growth: float | None = None,
    min_revenue: float | None = None,
    a_share: float | None = None,
    b_share: float | None = None,
) -> pd.DataFrame:
    """B and C customers whose revenue has grown fast: the textbook's 明日之星.

    Answers: whom, outside class A, should we raise to the next class before a rival does?

    Parameters
    ----------
    before, now : Series, yuan, indexed by customer_id
        Revenue of two periods of the same length. A customer absent from one of them shipped nothing then and is no rising star:
        growth from nothing cannot be worked out.
    min_growth : float, share, optional
        Least growth, (now − before) / before. Without it: the standard rising_star.min_growth.
    min_revenue : float, yuan, optional
        Least revenue in `before`, below which growth is noise. Without it: the standard rising_star.min_revenue.
    a_share, b_share : float, share of customers, optional
        As in :func:`abc_classes`, which classes the customers by `now`.

    Returns
    -------
    DataFrame, one row a rising star, largest gain in yuan first; empty when there is none
        before, now, gain (now − before; all yuan), growth (0.5 is 50% more), abc (the class by `now`)

    Raises
    ------
    ValueError
        Revenue is negative or missing for some customer, a customer stands twice, or a limit is negative.

    Source: 《快递客户关系管理》, project 1, task 1 (明日之星).

    >>> before = pd.Series({"c1": 900.0, "c2": 200.0, "c3": 200.0, "c4": 5.0})
    >>> now = pd.Series({"c1": 990.0, "c2": 400.0, "c3": 210.0, "c4": 50.0})
    >>> rising_stars(before, now, min_growth=0.5, min_revenue=100, a_share=0.2, b_share=0.4).growth.to_dict()
    {'c2': 1.0}
    """
    min_growth = get("rising_star.min_growth", unit="share") if min_growth is None else min_growth
    min_revenue = get("rising_star.min_revenue", unit="yuan") if min_revenue is None else min_revenue
    for name, limit in (("min_growth", min_growth), ("min_revenue", min_revenue)):
        if not limit >= 0:
            raise ValueError(_("{name} is {value}; it must be 0 or more.").format(name=name, value=limit))
    earlier = amounts(before, "before")
    classes = abc_classes(amounts(now, "now"), a_share=a_share, b_share=b_share)
    both = pd.DataFrame({"before": earlier.reindex(classes.index), "now": classes.revenue})
    both = both[(both.before >= min_revenue) & (both.before > 0)]
    both["gain"] = both.now - both.before
    both["growth"] = both.now / both.before - 1
    both["abc"] = classes.abc.reindex(both.index)
    stars = both[(both.growth >= min_growth) & (both.now > both.before) & (both.abc != "A")]
    return stars.sort_values("gain", ascending=False, kind="stable")
