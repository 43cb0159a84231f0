"""Who carries which tag, on any day and since when, by what was known on that day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.profiles.tag_panel import Panel
from crmlib.profiles.tag_rules import TagRules, tag_rules
from crmlib.segments.per_customer import day

if TYPE_CHECKING:
    from crmlib.company import Company

    Firm = Company | Mapping[str, pd.DataFrame]


def states(panel: Panel, rules: TagRules, tag: str) -> np.ndarray:
    """Customers × reviews: who carries a tag. On each Monday who fits `when` gets it, who fits `until` loses it, all others stay as they are.

    >>> from crmlib.company import lark
    >>> states(Panel(lark(), "2024-12-02"), tag_rules(), "dormant").shape
    (2000, 5)
    """
    rows = [number for number, name in enumerate(rules.table["tag"]) if name == tag]
    carries, row_in_force = np.zeros(panel.known.shape, dtype=bool), np.full(len(panel.reviews), -1)
    gives, takes, lapsed = np.zeros_like(carries), np.ones_like(carries), np.zeros_like(carries)
    for number in rows:
        rule, (when, until) = rules.table.iloc[number], rules.conditions[number]
        valid = np.asarray((panel.reviews >= rule["valid_from"]) & ~(panel.reviews > rule["valid_until"]))
        if not valid.any():
            continue
        row_in_force[valid] = number
        enough = panel.value(rule["evidence"]) >= rule["least"]
        fits = when.holds(panel) & enough & panel.known
        gives[:, valid] = _in_a_row(fits, rule["reviews"])[:, valid]
        takes[:, valid] = (until.holds(panel) if until else ~fits)[:, valid]
        lapsed[:, valid] = _in_a_row(~enough, rule["lapse_weeks"])[:, valid]
    held = np.zeros(len(panel.customers), dtype=bool)
    for review in range(len(panel.reviews)):
        if row_in_force[review] < 0:
            held = np.zeros_like(held)
        else:
            held = (gives[:, review] | held & ~takes[:, review]) & ~lapsed[:, review] & panel.known[:, review]
        carries[:, review] = held
    return carries


def _in_a_row(yes: np.ndarray, times: int) -> np.ndarray:
    """Where the last `times` columns were all yes."""
    last_no = np.maximum.accumulate(np.where(yes, -1, np.arange(yes.shape[1])), axis=1)
    return np.arange(yes.shape[1]) - last_no >= times


def tags(company: Firm, rules: TagRules | str | None = None, *, as_of: object, customers: Iterable | None = None) -> pd.DataFrame:
    """The tags that each customer carries on a day.

    Answers: which shops are speed-sensitive sellers this morning, and since when?

    Parameters
    ----------
    company : Company, or tables by name
        customers and waybills, and the tables of the features that the rules ask for (:func:`tag_features`).
    rules : TagRules, a file or table for :func:`tag_rules`, or None for the rules of the course
    as_of : date, or text such as "2026-11-01"
        The morning of this day. Tags are reviewed on Mondays: on a Wednesday they are those of the Monday before. What happens from the
        day of the review on plays no part.
    customers : one customer_id or several, optional
        Only these; everybody else is left out of the work.

    Returns
    -------
    DataFrame, one row a customer and tag, by customer, then in the order of the rules
        customer_id, tag (ordered category), since (the Monday on which the customer got it), reviewed_on

    Raises
    ------
    ValueError
        A table or column is missing, a rule is wrong, or the day lies before the first Monday after the first parcel.

    >>> from crmlib.company import lark
    >>> tags(lark(), as_of="2024-12-25")["reviewed_on"].dt.strftime("%a %F").unique().tolist()
    ['Mon 2024-12-23']
    """
    found = tag_history(company, rules, days=[as_of], customers=customers)
    return found.drop(columns="day").assign(reviewed_on=_review_of(found["day"]))


def tag_history(company: Firm, rules: TagRules | str | None = None, *, days: Iterable, customers: Iterable | None = None) -> pd.DataFrame:
    """The tags that each customer carried on several days, each by what was known on that day.

    Answers: how many dormant customers were there at the end of each month?

    Parameters
    ----------
    company, rules, customers : as in :func:`tags`
    days : dates, such as pd.date_range("2026-01-01", "2026-11-01", freq="MS")

    Returns
    -------
    DataFrame, one row a day, customer and tag
        day, customer_id, tag, since

    Raises
    ------
    ValueError
        As in :func:`tags`, or there are no days.

    >>> from crmlib.company import lark
    >>> tag_history(lark(), days=["2024-12-25", "2025-01-08"]).day.nunique()
    2
    """
    when = [day(one, "days").normalize() for one in ([days] if isinstance(days, str) else days)]
    if not when:
        raise ValueError(_("days is empty. Give at least one day."))
    rules = tag_rules(rules)
    panel = Panel(company, max(when), customers=customers)
    spots = np.searchsorted(panel.reviews, when, side="right") - 1
    if (spots < 0).any():
        raise ValueError(_("On {day} no week with parcels had been seen yet, so there are no tags. The first day with tags is {first}.").format(
            day=f"{min(when):%Y-%m-%d}", first=f"{panel.reviews[0]:%Y-%m-%d}"))  # fmt: skip
    parts = []
    for order, tag in enumerate(rules.tags):
        carries = states(panel, rules, tag)
        since = _since(carries)
        who, which = np.nonzero(carries[:, spots])
        parts.append(pd.DataFrame({"at": which, "who": who, "order": order, "since": panel.reviews[since[who, spots[which]]]}))
    table = pd.concat(parts, ignore_index=True).sort_values(["at", "who", "order"], kind="stable")
    return pd.DataFrame({
        "day": pd.DatetimeIndex(when)[table["at"]], "customer_id": panel.customers[table["who"]].astype(object),
        "tag": pd.Categorical.from_codes(table["order"], rules.tags, ordered=True), "since": table["since"].to_numpy(),
    })  # fmt: skip


def tag_intervals(company: Firm, rules: TagRules | str | None = None, *, as_of: object, customers: Iterable | None = None) -> pd.DataFrame:
    """From when to when each customer carried each tag, as known on a day.

    Answers: since when has this shop been a slow payer, and was it one before?

    Parameters
    ----------
    company, rules, as_of, customers : as in :func:`tags`

    Returns
    -------
    DataFrame, one row an interval, by customer, tag and time
        customer_id, tag, since (the Monday on which the customer got the tag), until (the Monday on which it lost it; empty: still carried)

    >>> from crmlib.company import lark
    >>> tag_intervals(lark(), as_of="2025-01-06").columns.tolist()
    ['customer_id', 'tag', 'since', 'until']
    """
    rules = tag_rules(rules)
    panel = Panel(company, as_of, customers=customers)
    days = panel.reviews.append(pd.DatetimeIndex([pd.NaT]))
    parts = []
    for order, tag in enumerate(rules.tags):
        edges = np.diff(np.pad(states(panel, rules, tag), ((0, 0), (1, 1))).astype(np.int8), axis=1)
        # Row by row, beginnings and ends alternate, and the pad closes what is still open at the last review.
        (who, begin), (__, end) = np.nonzero(edges == 1), np.nonzero(edges == -1)
        parts.append(pd.DataFrame({"who": who, "order": order, "since": days[begin], "until": days[end]}))
    table = pd.concat(parts, ignore_index=True).sort_values(["who", "order", "since"], kind="stable")
    return pd.DataFrame({
        "customer_id": panel.customers[table["who"]].astype(object),
        "tag": pd.Categorical.from_codes(table["order"], rules.tags, ordered=True),
        "since": table["since"].to_numpy(), "until": table["until"].to_numpy(),
    })  # fmt: skip


def _since(carries: np.ndarray) -> np.ndarray:
    """For each review, the one on which the spell that holds then began."""
    begins = carries & ~np.pad(carries, ((0, 0), (1, 0)))[:, :-1]
    return np.maximum.accumulate(np.where(begins, np.arange(carries.shape[1]), 0), axis=1)


def _review_of(days: pd.Series) -> pd.Series:
    return days - pd.to_timedelta(days.dt.day_of_week, unit="D")
