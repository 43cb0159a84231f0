"""A/B/C/D classes: what a customer is worth now, what it needs, and what it may become."""

from __future__ import annotations

from itertools import product

import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.i18n import _
from crmlib.segments.per_customer import customer_table, head_count, numbers
from crmlib.standards import get


def abcd_rule() -> pd.DataFrame:
    """The rule that turns value, need and potential into A, B, C or D, as a table.

    Answers: which combination makes which class?

    Returns
    -------
    DataFrame, eight rows
        value, need, potential (bool: high or not), abcd

    Source: 《2025国际快递行业客户关系管理体系研究》 fixes the ends (A = high value and high need, D = low value and low need);
    the middle is a rule for teaching: value without need, and need with potential, make B; need alone or potential alone makes C.

    >>> abcd_rule().query("value and not need").abcd.tolist()
    ['B', 'B']
    """
    rows = [(value, need, potential, _letter(value, need, potential)) for value, need, potential in product((True, False), repeat=3)]
    return pd.DataFrame(rows, columns=["value", "need", "potential", "abcd"])


def _letter(value: bool, need: bool, potential: bool) -> str:
    if value:
        return "A" if need else "B"
    if need and potential:
        return "B"
    return "C" if need or potential else "D"


def value_need_potential(
    table: pd.DataFrame,
    *,
    value_threshold: float | None = None,
    need_threshold: float | None = None,
    potential_threshold: float | None = None,
) -> pd.DataFrame:
    """Class customers A, B, C or D by value, need and potential.

    Answers: who deserves a manager and a tailored plan, and who is served well enough by self-service?

    Parameters
    ----------
    table : DataFrame, one row a customer
        customer_id (a column or the index); margin_yuan (of twelve months); fast_share (express or cross-border parcels over all
        parcels, 0–1; :func:`customer_activity` gives both); expected_growth (share a year; 0.2 is 20% more; may be missing).
    value_threshold : float, yuan a year, optional
        Value is high from this margin on. Without it: the margin of the last customer in the top abcd.value_share (a standard); who
        has the same margin is in as well, who brings a loss is not.
    need_threshold : float, share, optional
        Need is high from this fast_share on. Without it: the standard abcd.need_fast_share.
    potential_threshold : float, share a year, optional
        Potential is high from this expected growth on. Without it: the standard abcd.potential_growth.

    Returns
    -------
    DataFrame, indexed by customer_id, in the order of `table`
        value, need, potential (bool: high or not), potential_known (False where nobody gave an expected growth; it then counts as
        low), abcd (ordered category A < B < C < D, by :func:`abcd_rule`)

    Raises
    ------
    ValueError
        A column is missing, a margin or share is missing or no number, a share lies outside 0–1, a customer stands twice.

    Source: 《2025国际快递行业客户关系管理体系研究》 (value + need + potential).

    >>> columns = {"margin_yuan": [9000.0, 300.0], "fast_share": [0.7, 0.0], "expected_growth": [0.1, None]}
    >>> value_need_potential(pd.DataFrame(columns, index=["c1", "c2"]), value_threshold=5000).abcd.tolist()
    ['A', 'D']
    """
    customers = customer_table(table, ["margin_yuan", "fast_share", "expected_growth"], "table")
    margin, fast = numbers(customers["margin_yuan"], "margin_yuan"), numbers(customers["fast_share"], "fast_share")
    growth = numbers(customers["expected_growth"], "expected_growth", missing_ok=True)
    refuse_rows((fast < 0) | (fast > 1), _("fast_share lies outside 0 to 1"), _("Write 40% as 0.4."))
    thresholds = {"value_threshold": value_threshold, "need_threshold": need_threshold, "potential_threshold": potential_threshold}
    for name, threshold in thresholds.items():
        if threshold is not None and (isinstance(threshold, str) or pd.isna(threshold)):
            raise ValueError(_("{name} is {value}, which is no number.").format(name=name, value=threshold))
    if value_threshold is None:
        top = head_count(get("abcd.value_share", unit="share"), len(margin))
        value = (margin >= margin.nlargest(top).iloc[-1]) & (margin > 0)
    else:
        value = margin >= value_threshold
    if need_threshold is None:
        need_threshold = get("abcd.need_fast_share", unit="share")
    if potential_threshold is None:
        potential_threshold = get("abcd.potential_growth", unit="share_per_year")
    found = pd.DataFrame({
        "value": value,
        "need": fast >= need_threshold,
        "potential": growth >= potential_threshold,
        "potential_known": growth.notna(),
    })  # fmt: skip
    letters = [_letter(*row) for row in found[["value", "need", "potential"]].itertuples(index=False)]
    found["abcd"] = pd.Categorical(letters, categories=["A", "B", "C", "D"], ordered=True)
    return found
