"""The clocks of service cases: first response, update, resolution and the law's, from events, calendar and policy to what is left.

Nothing is remembered between two calls: the same events, calendar, policy and moment give the same clocks.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.clean import plain_names
from crmlib.company.schema import label
from crmlib.desk.calendar import BusinessCalendar, business_calendar
from crmlib.desk.clock_events import CASE_EVENTS, Log, read_log
from crmlib.desk.clock_policy import BASES, ClockPolicy, ClockRule, clock_policy
from crmlib.desk.clock_stretches import Stretches, stretches
from crmlib.desk.instants import instant, timestamps
from crmlib.desk.open_time import HOUR, NEVER
from crmlib.i18n import _

STATES = ("met", "too_late", "running", "paused", "overdue")
_MOMENTS, _AMOUNTS = ("started_at", "stopped_at", "due_at"), ("used", "left", "paused")


@dataclass(frozen=True, eq=False)
class _Asked:
    """What a call of :func:`clocks` or :func:`escalations` was given, read and checked."""

    log: Log
    policy: ClockPolicy
    calendar: BusinessCalendar
    as_of: int

    def stretches(self) -> list[Stretches]:
        """The stretches of every rule; of several rules of one clock the first that fits a case holds."""
        taken = {clock: np.zeros(len(self.log.ids), dtype=bool) for clock in self.policy.clocks}
        found = []
        for rule in self.policy.rules:
            held = _fits(rule, self.log) & ~taken[rule.clock]
            taken[rule.clock] |= held
            found.append(stretches(rule, self.log, held, self.calendar, self.as_of))
        return found


def clocks(
    cases: pd.DataFrame | None, events: pd.DataFrame | None = None, *, as_of: object, policy: ClockPolicy | None = None,
    calendar: BusinessCalendar | None = None, each_update: bool = False,
) -> pd.DataFrame:  # fmt: skip
    """What every clock of every case shows at one moment.

    Answers: which promises did we keep, which did we break, and which case must be seen to next?

    Parameters
    ----------
    cases : DataFrame, one row a case, or None where `events` tells all
        case_id; opened_at, first_response_at, resolved_at where known; the columns that the policy asks for (such as kind)
    events : DataFrame, one row an event, optional
        case_id, at, event (opened, responded, updated, waiting, resumed, resolved, reopened, called_back, cause_found); reason: what is
        waited for, "customer" where missing
    as_of : moment
        What happened later is not known yet. "2026-11-01" is midnight, as 31 October ends. A case still open counts with what its clocks
        show at this moment.
    policy : ClockPolicy, optional
        Without it: :func:`clock_policy`, in working hours.
    calendar : BusinessCalendar, optional
        Without it: :func:`business_calendar`.
    each_update : bool
        Give every stretch of a clock that starts anew, such as update, instead of the longest alone.

    Returns
    -------
    DataFrame, one row a case and clock
        case_id, clock, hours_basis (working, natural), target_hours, started_at, stopped_at (missing while it runs), due_at, used_hours,
        left_hours (below 0: late by so much), paused_hours, clock_state (met; too_late: stopped, but late; running; paused; overdue: late
        and still running), is_late (yes/no), escalation_level (how many levels were passed, 0: none), next_due_at (while it runs). Of a
        clock that starts anew the longest stretch is told, but next_due_at is that of the stretch now running. With `each_update` also
        stretch (1, 2, …).

    Raises
    ------
    ValueError
        Something lacks a column, an event is unknown or stands before the opening, a moment is none, the policy asks for a column that
        the cases do not have.

    Warns
    -----
    UserWarning
        Working hours fall into a year whose make-up days have not been announced; or, without `events`, the policy has clocks whose stop
        a table of cases does not record (call_back, root_cause): they are left out.

    Notes
    -----
    A clock that waits for somebody stands still from an event waiting to the next event resumed of the same reason; several reasons at once
    count once. Late is what used more than its target: who is done exactly at the limit is in time. While a pause goes on, due_at says
    when the clock would run out if the pause ended now.

    Source: ISO/IEC 20000-1:2018, 8.3.3, on service levels; the limits by the policy.

    >>> cases = pd.DataFrame({"case_id": ["K1"], "kind": ["complaint"], "opened_at": ["2026-09-30 17:00"],
    ...     "first_response_at": ["2026-10-08 10:30"]})
    >>> found = clocks(cases, as_of="2026-10-09")
    >>> found[["clock", "used_hours", "left_hours", "clock_state"]].values.tolist()[::3]
    [['first_response', 2.5, -0.5, 'too_late'], ['legal_limit', 199.0, -31.0, 'overdue']]
    """
    asked = _read(cases, events, as_of, policy, calendar)
    parts = [_rows(one, asked) for one in asked.stretches()]
    if not each_update:
        parts = [_longest(part) for part in parts]
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    _warn_of_unannounced(asked, rows)
    order = np.argsort(rows["case"] * len(asked.policy.rules) + rows["rule"], kind="stable")
    return _frame({name: values[order] for name, values in rows.items()}, asked, stretches_too=each_update)


def escalations(
    cases: pd.DataFrame | None, events: pd.DataFrame | None = None, *, as_of: object, policy: ClockPolicy | None = None,
    calendar: BusinessCalendar | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Who had to be told of which case, and when.

    Answers: whom did lateness reach, and when should the superior have known?

    Parameters
    ----------
    cases, events, as_of, policy, calendar : as for :func:`clocks`

    Returns
    -------
    DataFrame, one row a level passed, in order of time
        case_id, clock, started_at, escalation_level (1, 2, …), escalated_to (handler, superior, crisis_group, or what the policy says),
        escalated_at

    Raises
    ------
    ValueError
        As for :func:`clocks`.

    Source: 《2025国际快递行业客户关系管理体系研究》, which asks that what runs out of time goes to the superior by itself.

    >>> cases = pd.DataFrame({"case_id": ["K1"], "kind": ["complaint"], "opened_at": ["2026-11-02 09:00"]})
    >>> found = escalations(cases, as_of="2026-11-02 12:00")
    >>> found[["escalated_to", "escalated_at"]].astype(str).values.tolist()
    [['handler', '2026-11-02 10:36:00'], ['superior', '2026-11-02 11:00:00']]
    """
    asked = _read(cases, events, as_of, policy, calendar)
    parts = []
    for one in asked.stretches():
        for level, (threshold, (_share, who)) in enumerate(zip(one.thresholds, one.rule.levels, strict=True), start=1):
            passed = one.used > threshold
            parts.append(pd.DataFrame({
                "case": one.case[passed], "clock": one.rule.clock, "start": one.start[passed], "level": level, "escalated_to": who,
                "when": one.due(threshold)[passed],
            }))  # fmt: skip
    found = pd.concat(parts, ignore_index=True).sort_values(["when", "case", "level"], kind="stable", ignore_index=True)
    zone, aware = asked.calendar.zone, asked.log.aware
    return pd.DataFrame({
        "case_id": asked.log.ids.take(found["case"].to_numpy()), "clock": pd.Categorical(found["clock"], categories=asked.policy.clocks),
        "started_at": timestamps(found["start"].to_numpy(), zone, aware=aware), "escalation_level": found["level"],
        "escalated_to": found["escalated_to"], "escalated_at": timestamps(found["when"].to_numpy(), zone, aware=aware),
    })  # fmt: skip


def _read(cases: object, events: object, as_of: object, policy: object, calendar: object) -> _Asked:
    policy = clock_policy() if policy is None else policy
    calendar = business_calendar() if calendar is None else calendar
    if not isinstance(policy, ClockPolicy):
        raise ValueError(_("policy must be what {maker} gives; this is a {kind}.").format(
            maker="crm.desk.clock_policy", kind=type(policy).__name__))  # fmt: skip
    if not isinstance(calendar, BusinessCalendar):
        raise ValueError(_("calendar must be what {maker} gives; this is a {kind}.").format(
            maker="crm.desk.business_calendar", kind=type(calendar).__name__))  # fmt: skip
    moment = instant(as_of, "as_of", calendar.zone)
    if events is None and cases is not None:
        policy = _recorded(policy)
    return _Asked(read_log(cases, events, calendar.zone, moment), policy, calendar, moment)


def _recorded(policy: ClockPolicy) -> ClockPolicy:
    """The rules whose stop a table of cases can hold: what was never recorded must not pass for never done."""
    kept = tuple(rule for rule in policy.rules if set(rule.stops) & CASE_EVENTS)
    if len(kept) == len(policy.rules):
        return policy
    lost = [label(rule.clock, "clock") for rule in policy.rules if rule not in kept]
    said = _("The table of cases does not record when these clocks stop: {clocks}. They are left out; hand over events that tell.").format(
        clocks=_(", ").join(lost))  # fmt: skip
    if not kept:
        raise ValueError(said)
    warnings.warn(said, UserWarning, stacklevel=4)
    return ClockPolicy(kept)


def _fits(rule: ClockRule, log: Log) -> np.ndarray:
    """Whether each case is one of those for which the rule holds."""
    fits = np.ones(len(log.ids), dtype=bool)
    if not rule.where:
        return fits
    if log.cases is None:
        raise ValueError(_("The clock {clock} holds only for some cases (by {columns}). Give the table cases too, or a policy for all "
                           "cases: clock_policy(kinds=None).").format(clock=rule.clock, columns=", ".join(rule.where)))  # fmt: skip
    require_columns(log.cases.columns, list(rule.where))
    for column, values in rule.where.items():
        fits &= plain_names(log.cases[column]).isin(values).to_numpy()
    return fits


def _rows(one: Stretches, asked: _Asked) -> dict[str, np.ndarray]:
    size, target = len(one.case), one.target
    due = one.due(target)
    level = sum(((one.used > threshold).astype(np.int64) for threshold in one.thresholds), np.zeros(size, dtype=np.int64))
    late = one.used > target
    paused = one.is_paused()
    state = np.select([one.running & late, paused, one.running, late], [4, 3, 2, 1], 0)
    return {
        "case": one.case, "rule": np.full(size, asked.policy.rules.index(one.rule)), "started_at": one.start,
        "stopped_at": np.where(one.running, NEVER, one.stop), "due_at": due, "used": one.used, "left": target - one.used,
        "paused": one.paused, "state": state, "late": late, "level": level, "next_due_at": np.where(one.running, due, NEVER),
    }  # fmt: skip


def _longest(rows: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Of each case the stretch that used most; what still runs is said of the case."""
    case = rows["case"]
    last = np.flatnonzero(np.concatenate([case[1:] != case[:-1], [True]])[: len(case)])
    if len(last) == len(case):
        return rows
    longest = np.lexsort((rows["used"], case))[last]
    # At most the last stretch of a case runs.
    found = {name: values[longest] for name, values in rows.items()}
    now = rows["state"][last]
    state = np.where(now == 4, 4, np.where(found["late"], 1, np.where(now >= 2, now, 0)))
    return found | {"state": state, "next_due_at": rows["next_due_at"][last]}


def _numbers_within(case: np.ndarray, clock: np.ndarray) -> np.ndarray:
    """1, 2, … within each run of equal case and clock."""
    places, new = np.arange(len(case)), np.ones(len(case), dtype=bool)
    new[1:] = (case[1:] != case[:-1]) | (clock[1:] != clock[:-1])
    return places - np.maximum.accumulate(np.where(new, places, 0)) + 1


def _frame(rows: dict[str, np.ndarray], asked: _Asked, *, stretches_too: bool) -> pd.DataFrame:
    rules, zone, aware = asked.policy.rules, asked.calendar.zone, asked.log.aware
    clock = pd.Index(asked.policy.clocks).get_indexer([rule.clock for rule in rules])
    basis = np.array([BASES.index(rule.basis) for rule in rules])
    moments = {name: timestamps(rows[name], zone, aware=aware) for name in (*_MOMENTS, "next_due_at")}
    found = pd.DataFrame({
        "case_id": asked.log.ids.take(rows["case"]),
        "clock": pd.Categorical.from_codes(clock[rows["rule"]], categories=asked.policy.clocks),
        "hours_basis": pd.Categorical.from_codes(basis[rows["rule"]], categories=BASES),
        "target_hours": np.array([rule.hours for rule in rules])[rows["rule"]],
        **{name: moments[name] for name in _MOMENTS}, **{f"{name}_hours": rows[name] / HOUR for name in _AMOUNTS},
        "clock_state": pd.Categorical.from_codes(rows["state"], categories=STATES), "is_late": rows["late"],
        "escalation_level": rows["level"], "next_due_at": moments["next_due_at"],
    })  # fmt: skip
    return found.assign(stretch=_numbers_within(rows["case"], rows["rule"])) if stretches_too else found


def _warn_of_unannounced(asked: _Asked, rows: dict[str, np.ndarray]) -> None:
    working = np.array([rule.basis == "working" for rule in asked.policy.rules])[rows["rule"]]
    if not working.any():
        return
    edges = timestamps(np.array([rows["started_at"][working].min(), rows["due_at"][working].max()]), asked.calendar.zone, aware=False)
    if years := asked.calendar.unannounced(edges[0], edges[1]):
        warnings.warn(
            _("The weekend days worked in exchange in {years} have not been announced; these clocks take all weekends as free. Give the "
              "calendar the days, or the announcement: business_calendar(days=…).").format(years=", ".join(map(str, years))),
            UserWarning, stacklevel=3)  # fmt: skip
