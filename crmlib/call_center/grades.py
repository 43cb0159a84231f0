"""How serious a complaint is, by points that anybody can look up: what happened, who it is, what was said."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.clean import clean
from crmlib.i18n import _

GRADES = ("ordinary", "serious", "major")
_BY_CAUSE = ("loss", "damage", "signed_not_received", "attitude", "delay")
_SAID = {
    "repeated": "第[2-9二三四五六七八九十]次|[0-9两三四五六七八九十]+[次遍]了?(?:了|还|都|没)|"
    "说了[0-9两三四五六七八九十]+遍|催了[0-9两三四五六七八九十]+次|上次那个事|又来投诉|"
                r"(?:second|third|fourth|[2-9](?:nd|rd|th)) time|(?:called|complained) (?:\w+ )?(?:again|times)",
    "appeal": r"12305|12315|邮政局|邮管局|申诉|起诉|法院|律师|媒体|曝光|记者|\b(?:appeal|regulator|lawyer|court|press|newspaper)\b",
    "harm": r"骂人|辱骂|威胁|动手|打人|受伤|推搡|\b(?:threat\w*|insult\w*|hit me|injur\w*)\b",
    "privacy": r"(?:电话|地址|信息|隐私)\w{0,4}(?:露|泄)|泄露|\b(?:privacy|leak\w*|personal data)\b",
    "whole_batch": r"整[票批]|这批货|整箱都|全部晚到|\bwhole (?:batch|lot|consignment)\b",
}  # fmt: skip
_RULES = (*_BY_CAUSE, "insured", *_SAID, "came_before", "key_customer")


def grade_rules() -> pd.DataFrame:
    """The points for each thing that makes a complaint serious, in the active language, and the points from which the grades begin.

    Answers: why is this complaint serious and that one not?

    Returns
    -------
    DataFrame indexed by `rule`
        grade_points, words, according_to, how_sure (the mark of the standard); the rows serious_from and major_from hold the points from
        which these grades begin. Change a figure with :func:`crmlib.standards.use`.

    Source: points are teaching values; 《快递客户关系管理》 has key customers' complaints handled first.

    >>> grade_rules().grade_points[["loss", "serious_from", "major_from"]].tolist()
    [3.0, 3.0, 5.0]
    """
    words = _words() | {"serious_from": _("serious from so many points"), "major_from": _("major from so many points")}
    found = {name: standards.entry(f"call_center.grade.{name}") for name in words}
    return pd.DataFrame({
        "grade_points": [float(entry.value) for entry in found.values()], "words": list(words.values()),
        "according_to": [entry.source for entry in found.values()], "how_sure": [entry.mark for entry in found.values()],
    }, index=pd.Index(found, name="rule"))  # fmt: skip


def grade_complaints(cases: pd.DataFrame, *, key_customers: object = ()) -> pd.DataFrame:
    """Grade complaints by the points of :func:`grade_rules`.

    Answers: which complaints go to the top of the pile, and why?

    Parameters
    ----------
    cases : DataFrame with case_id, cause and text; customer_id, opened_at and insured are used where they are there
        Complaints and claims. Whether a customer came before is looked up in this table, so give all of its cases.
    key_customers : customer ids, optional
        The A customers, whose complaints are handled first.

    Returns
    -------
    DataFrame in the order of `cases`
        case_id, grade_points, grade_by_rule (ordered category ordinary < serious < major), rules (codes, joined by commas), words (the
        reasons in the active language)

    Raises
    ------
    ValueError
        A column is missing or holds something else.

    Notes
    -----
    Words are found by patterns in Chinese and English: a rule that fires has a word behind it that anybody can read, and what is said in
    other words is not found. A grade decides who looks first, not what is paid.

    >>> cases = pd.DataFrame({"case_id": ["k1", "k2"], "cause": ["loss", "price"], "text": ["整票货少一箱，不处理就打12305", "续重乱算"]})
    >>> grade_complaints(cases)[["grade_points", "grade_by_rule"]].values.tolist()
    [[6.0, 'major'], [0.0, 'ordinary']]
    """
    kinds = {"case_id": "id", "cause": "name", "text": "name?", "customer_id": "id?", "opened_at": "date", "insured": "answer?"}
    cases = clean(cases, "cases", optional=("customer_id", "opened_at", "insured"), **kinds)
    said = cases["text"].astype(object).where(cases["text"].notna(), "").astype(str)
    cause = cases["cause"].astype(str)
    fires = {name: cause == name for name in _BY_CAUSE}
    if "insured" in cases.columns:
        fires["insured"] = cases["insured"].fillna(False).astype(bool)
    fires |= {name: said.str.contains(pattern, regex=True, case=False) for name, pattern in _SAID.items()}
    if {"customer_id", "opened_at"} <= set(cases.columns):
        fires["came_before"] = _came_before(cases)
    if "customer_id" in cases.columns:
        fires["key_customer"] = cases["customer_id"].isin(list(key_customers))
    table = pd.DataFrame({name: fires[name] for name in _RULES if name in fires}, index=cases.index).astype(bool)
    rules = grade_rules()
    points = (table * rules["grade_points"][table.columns]).sum(axis=1).astype(float)
    ends = rules["grade_points"][["serious_from", "major_from"]].to_numpy()
    grade = pd.Categorical.from_codes(np.searchsorted(ends, points.to_numpy(), side="right"), categories=GRADES, ordered=True)
    names, words = table.columns.to_numpy(), rules["words"][table.columns].to_numpy()
    return pd.DataFrame({
        "case_id": cases["case_id"], "grade_points": points, "grade_by_rule": pd.Series(grade, index=cases.index),
        "rules": [",".join(names[row]) for row in table.to_numpy()], "words": [_("; ").join(words[row]) for row in table.to_numpy()],
    }, index=cases.index)  # fmt: skip


def _came_before(cases: pd.DataFrame) -> pd.Series:
    span = pd.Timedelta(days=standards.get("call_center.grade.before_days", unit="days"))
    ordered = cases[["customer_id", "opened_at"]].dropna().sort_values("opened_at", kind="stable")
    last = ordered.groupby("customer_id", sort=False)["opened_at"].shift()
    return (ordered["opened_at"] - last <= span).reindex(cases.index, fill_value=False)


def _words() -> dict[str, str]:
    return {
        "loss": _("lost or short"),
        "damage": _("damaged"),
        "signed_not_received": _("signed for but not received"),
        "attitude": _("the conduct of staff"),
        "delay": _("late"),
        "insured": _("an insured parcel"),
        "repeated": _("the customer came more than once about it"),
        "appeal": _("speaks of the regulator, the press or a court"),
        "harm": _("insult, threat or injury"),
        "privacy": _("personal data got out"),
        "whole_batch": _("a whole batch is concerned"),
        "came_before": _("complained of something lately"),
        "key_customer": _("a key customer"),
    }
