"""投诉 and 申诉: the days of a complaint to the firm and of an appeal to the regulator, and which of the two is open."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from crmlib import standards
from crmlib.clean import clean
from crmlib.i18n import _, in_a_row
from crmlib.segments.per_customer import day

ROUTES = ("complain_first", "wait_for_firm", "settled", "appeal_no_answer", "appeal_dissatisfied", "appeal_too_late", "at_regulator")
_STEPS = (
    ("first_answer", "satisfaction.promise.response_hours", "hours", "opened", "firm"),
    ("solution_goal", "satisfaction.promise.resolve_goal_hours", "hours", "opened", "firm"),
    ("law_answer", "complaint.legal_days", "days", "opened", "firm"),
    ("callback", "call_center.deadline.callback_hours", "hours", "answered", "firm"),
    ("root_cause", "call_center.deadline.root_cause_hours", "hours", "opened", "firm"),
    ("appeal_from", "complaint.legal_days", "days", "opened", "customer"),
    ("appeal_until", "call_center.deadline.appeal_within_days", "days", "posted", "customer"),
    ("regulator_answer", "call_center.deadline.regulator_days", "days", "appealed", "regulator"),
)


@dataclass(frozen=True, eq=False)
class Route:
    """Where a dispute belongs on a day.

    `route`: complain_first, wait_for_firm, settled, appeal_no_answer, appeal_dissatisfied, appeal_too_late or at_regulator;
    `appeal_open`: whether the customer may appeal on that day; `appeal_from`, `appeal_until`: between which moments (missing where not
    known); `next_due`, `next_by`: who must act by when (firm, customer, regulator or "").
    """

    route: str
    appeal_open: bool
    appeal_from: pd.Timestamp
    appeal_until: pd.Timestamp
    next_due: pd.Timestamp
    next_by: str
    as_of: pd.Timestamp = field(repr=False)

    def summary(self) -> str:
        """What to tell the customer, in one or two sentences."""
        told = {
            "complain_first": _("First complain to the firm (投诉); the regulator takes an appeal (申诉) only after that."),
            "wait_for_firm": _(
                "The firm's time is still running: an appeal is open from {day} on, or at once after an answer that does not satisfy."
            ),
            "settled": _("The firm has answered and the customer is satisfied: there is nothing to appeal against."),
            "appeal_no_answer": _("The firm has not answered in the {days:g} days of the law: the customer may appeal on 12305 now."),
            "appeal_dissatisfied": _("The customer is not satisfied with the answer and may appeal on 12305 now."),
            "appeal_too_late": _("The time for an appeal is over since {until}; a court remains."),
            "at_regulator": _("The appeal lies with the regulator, who answers by {due}; the firm must work with it."),
        }[self.route]
        days = standards.get("complaint.legal_days", unit="days")
        told = told.format(day=_written(self.appeal_from), until=_written(self.appeal_until), due=_written(self.next_due), days=days)
        last = ""
        if self.appeal_open and not pd.isna(self.appeal_until):
            last = _("The last day for it is {until}.").format(until=_written(self.appeal_until))
        return in_a_row(told, last)


def complaint_deadlines(
    opened_at: object, *, answered_at: object = None, posted_at: object = None, appealed_at: object = None
) -> pd.DataFrame:
    """Every day and hour of a complaint and of the appeal that may follow, whose it is, and by what rule.

    Answers: who must do what by when, and which of these days are law?

    Parameters
    ----------
    opened_at : date or text
        When the firm took the complaint.
    answered_at : date or text, optional
        When it told the customer the result.
    posted_at : date or text, optional
        When the parcel was handed in.
    appealed_at : date or text, optional
        When the customer appealed to the regulator.

    Returns
    -------
    DataFrame indexed by `deadline`
        due_at (missing where its beginning is not known yet), counts_from (opened, answered, posted, appealed), by_whom (firm, customer,
        regulator), amount, unit, binding (yes for law), according_to, how_sure

    Raises
    ------
    ValueError
        A moment is no date, or comes before the one it must follow.

    Notes
    -----
    Days are calendar days from the moment of taking the complaint, the strict reading; hours of the firm are full hours. For working hours,
    pauses and many cases see :func:`crmlib.desk.clocks`.

    Source: 快递暂行条例 Art. 28 (2019): 7 days; 《2025国际快递行业客户关系管理体系研究》: 2, 24 and 48 hours.

    >>> complaint_deadlines("2026-11-02 09:00").due_at[["first_answer", "law_answer"]].astype(str).tolist()
    ['2026-11-02 11:00:00', '2026-11-09 09:00:00']
    """
    starts = _moments(opened=opened_at, answered=answered_at, posted=posted_at, appealed=appealed_at)
    _in_order(starts)
    rows = []
    for step, key, unit, counts_from, by_whom in _STEPS:
        entry = standards.entry(key)
        due = starts[counts_from] + pd.Timedelta(**{unit: float(standards.get(key, unit=unit))})
        if step == "appeal_from" and starts["answered"] < due:
            # Who has an answer and does not like it need not wait.
            due, counts_from = starts["answered"], "answered"
        rows.append((step, due, counts_from, by_whom, float(entry.value), unit, entry.mark != "seed", entry.source, entry.mark))
    columns = ["deadline", "due_at", "counts_from", "by_whom", "amount", "unit", "binding", "according_to", "how_sure"]
    table = pd.DataFrame(rows, columns=columns).set_index("deadline")
    return table.assign(due_at=pd.to_datetime(table["due_at"]).astype("datetime64[us]"))


def complaint_or_appeal(
    *, as_of: object, opened_at: object = None, answered_at: object = None, satisfied: bool | None = None, posted_at: object = None,
    appealed_at: object = None,
) -> Route:  # fmt: skip
    """Whether a dispute is still one with the firm (投诉) or may go to the regulator (申诉).

    Answers: may this customer appeal today, and what do I tell it?

    Parameters
    ----------
    as_of : date or text
        The day of the question; what happened later is not known yet.
    opened_at, answered_at, posted_at, appealed_at : date or text, optional
        As in :func:`complaint_deadlines`. Without opened_at nobody has complained to the firm yet.
    satisfied : bool, optional
        Whether the customer is satisfied with the answer; unknown counts as satisfied until it says otherwise.

    Returns
    -------
    Route
        `.route`, `.appeal_open`, `.appeal_from`, `.appeal_until`, `.next_due`, `.next_by`, `.summary()`

    Raises
    ------
    ValueError
        A moment is no date, or comes before the one it must follow.

    Source: 快递市场管理办法 (2024), Art. 30; the regulator's rules on appeals.

    >>> [complaint_or_appeal(opened_at="2026-11-02", as_of=day).route for day in ("2026-11-08", "2026-11-10")]
    ['wait_for_firm', 'appeal_no_answer']
    """
    at = day(as_of, "as_of")
    if satisfied is not None and not isinstance(satisfied, bool):
        raise ValueError(_("satisfied is {value}; write True or False, or leave it out.").format(value=satisfied))
    starts = _moments(opened=opened_at, answered=answered_at, posted=posted_at, appealed=appealed_at)
    _in_order(starts)
    known = {name: moment if moment <= at else pd.NaT for name, moment in starts.items()}
    if pd.isna(known["opened"]):
        return Route("complain_first", False, pd.NaT, pd.NaT, pd.NaT, "customer", at)
    due = complaint_deadlines(known["opened"], answered_at=known["answered"], posted_at=known["posted"], appealed_at=known["appealed"])[
        "due_at"
    ]
    answered = not pd.isna(known["answered"])
    unhappy = answered and satisfied is False
    late = not answered and at > due["law_answer"]
    from_ = known["answered"] if unhappy else due["law_answer"]
    until = due["appeal_until"]
    if not pd.isna(known["appealed"]):
        return Route("at_regulator", False, from_, until, due["regulator_answer"], "regulator", at)
    if answered and not unhappy:
        return Route("settled", False, pd.NaT, until, pd.NaT, "", at)
    if (unhappy or late) and at > until:
        return Route("appeal_too_late", False, from_, until, pd.NaT, "", at)
    if unhappy or late:
        return Route("appeal_dissatisfied" if unhappy else "appeal_no_answer", True, from_, until, until, "customer", at)
    return Route("wait_for_firm", False, from_, until, due["law_answer"], "firm", at)


def open_to_appeal(cases: pd.DataFrame, *, as_of: object) -> pd.Series:
    """Which complaints and claims might go to the regulator on a day: unanswered for longer than the law allows, or dissatisfied.

    Answers: how many of our complaints may turn into appeals?

    Parameters
    ----------
    cases : DataFrame with opened_at, resolved_at, satisfied_after
    as_of : date or text

    Returns
    -------
    Series of True and False, in the order of `cases`; no longer true once the time for an appeal, here counted from the opening, is over

    Raises
    ------
    ValueError
        A column is missing or holds something else.

    >>> cases = pd.DataFrame({"opened_at": pd.to_datetime(["2026-11-01", "2026-11-01"]), "satisfied_after": [None, "satisfied"],
    ...     "resolved_at": pd.to_datetime([None, "2026-11-03"])})
    >>> open_to_appeal(cases, as_of="2026-11-09").tolist()
    [True, False]
    """
    at = day(as_of, "as_of")
    cases = clean(cases, "cases", opened_at="date", resolved_at="date?", satisfied_after="name?")
    answered = cases["resolved_at"].notna() & (cases["resolved_at"] <= at)
    late = ~answered & (cases["opened_at"] + pd.Timedelta(days=standards.get("complaint.legal_days", unit="days")) < at)
    unhappy = answered & (cases["satisfied_after"].astype(object) == "dissatisfied")
    in_time = cases["opened_at"] + pd.Timedelta(days=standards.get("call_center.deadline.appeal_within_days", unit="days")) >= at
    return ((late | unhappy) & in_time & (cases["opened_at"] <= at)).astype(bool).rename("open_to_appeal")


def _moments(**given: object) -> dict[str, pd.Timestamp]:
    return {name: pd.NaT if value is None or value is pd.NaT else day(value, f"{name}_at") for name, value in given.items()}


def _in_order(moments: dict[str, pd.Timestamp]) -> None:
    for first, then in (("posted", "opened"), ("opened", "answered"), ("opened", "appealed")):
        if moments[then] < moments[first]:
            raise ValueError(_("{then} ({later}) comes before {first} ({earlier}). Look the dates up again.").format(
                then=f"{then}_at", later=_written(moments[then]), first=f"{first}_at", earlier=_written(moments[first])))  # fmt: skip
    if moments["answered"] == moments["answered"] and pd.isna(moments["opened"]):
        raise ValueError(_("There is an answer, but no opened_at: write when the complaint was taken."))


def _written(moment: pd.Timestamp) -> str:
    if pd.isna(moment):
        return "–"
    return f"{moment:%Y-%m-%d}" if moment == moment.normalize() else f"{moment:%Y-%m-%d %H:%M}"
