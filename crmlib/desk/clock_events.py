"""What happened to the cases, as a log of events in order of time; and the stretches in which a clock stands still."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, refuse_rows, require_columns
from crmlib.clean import plain_names
from crmlib.desk.clock_policy import CLOSED, CUSTOMER, EVENTS
from crmlib.desk.instants import instants
from crmlib.desk.open_time import NEVER
from crmlib.i18n import _

FOREVER = np.iinfo(np.int64).max
CODE = {name: code for code, name in enumerate(EVENTS)}
_COLUMNS = {"opened_at": "opened", "first_response_at": "responded", "resolved_at": "resolved"}
CASE_EVENTS = frozenset(_COLUMNS.values())
"""What a table of cases can tell."""


@dataclass(frozen=True, eq=False)
class Log:
    """Events sorted by case and moment: `case` (place in `ids`), `at`, `kind` (place in EVENTS), `reason` (place in `reasons`).

    `cases` holds the attributes, one row each of `ids`, or None. `aware`: the moments came with a time zone.
    """

    ids: pd.Index
    case: np.ndarray
    at: np.ndarray
    kind: np.ndarray
    reason: np.ndarray
    reasons: list[str]
    cases: pd.DataFrame | None
    aware: bool

    def has(self, names: tuple[str, ...]) -> np.ndarray:
        """Whether each event is one of `names`."""
        wanted = np.zeros(len(EVENTS), dtype=bool)
        wanted[[CODE[name] for name in names]] = True
        return wanted[self.kind]


def case_events(cases: pd.DataFrame) -> pd.DataFrame:
    """The moments of a table of cases as events, one row each.

    Answers: what happened to each case, in order?

    Parameters
    ----------
    cases : DataFrame
        case_id, opened_at; first_response_at and resolved_at where they are known

    Returns
    -------
    DataFrame, one row an event, by case in the order of the table, then by moment
        case_id, at, event (opened, responded, resolved), reason (missing; only waiting and resumed have one)

    Raises
    ------
    ValueError
        A column is lacking, a case_id is missing or stands twice, a moment is none.

    >>> cases = pd.DataFrame({"case_id": ["K1"], "opened_at": ["2026-11-02 09:00"], "resolved_at": ["2026-11-03 10:00"]})
    >>> case_events(cases).event.tolist()
    ['opened', 'resolved']
    """
    table = _case_table(cases)
    require_columns(table.columns, ["opened_at"])
    parts = [pd.DataFrame({"case_id": table["case_id"], "at": table[column], "event": event, "place": np.arange(len(table))})
             for column, event in _COLUMNS.items() if column in table.columns]  # fmt: skip
    found = pd.concat([part[part["at"].notna()] for part in parts], ignore_index=True)
    found = found.sort_values(["place", "at"], kind="stable", ignore_index=True)
    return found[["case_id", "at", "event"]].assign(reason=pd.Series(pd.NA, index=found.index, dtype=object))


def read_log(cases: pd.DataFrame | None, events: pd.DataFrame | None, zone: str, as_of: int) -> Log:
    """Everything known up to `as_of`, checked.

    Raises
    ------
    ValueError
        A column is lacking; a case has no opening, or something before it; an event is unknown; events belong to no case.
    """
    if cases is None and events is None:
        raise ValueError(_("Give cases, events, or both."))
    table = None if cases is None else _case_table(cases)
    ids = None if table is None else pd.Index(table["case_id"])
    parts, aware = [], False
    if table is not None:
        for column, event in _COLUMNS.items():
            if column in table.columns:
                moments = instants(table[column], column, zone)
                rows = np.flatnonzero(moments.values != NEVER)
                parts.append(
                    (rows, moments.values[rows], np.full(len(rows), CODE[event], dtype=np.int8), np.zeros(len(rows), dtype=np.int16))
                )
                aware |= moments.aware
    reasons = [CUSTOMER]
    if events is not None:
        ids, part, reasons, zoned = _from_events(events, ids, zone)
        parts.append(part)
        aware |= zoned
    case, at, kind, reason = (
        (np.concatenate(column) for column in zip(*parts, strict=True)) if parts else (np.zeros(0, dtype=np.int64),) * 4
    )
    order = _in_order(case, at, kind)
    case, at, kind, reason = case[order], at[order], kind[order], reason[order]
    _check_openings(ids, case, kind)
    known = at <= as_of
    return Log(ids, case[known], at[known], kind[known], reason[known], reasons, table, aware)


def _in_order(case: np.ndarray, at: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Places by case and moment; of what happened at one moment the opening comes first, the rest as it stands in the log."""
    order = np.argsort(case, kind="stable")
    case, at, later = case[order], at[order], kind[order] != CODE["opened"]
    wrong = (case[1:] == case[:-1]) & ((at[1:] < at[:-1]) | ((at[1:] == at[:-1]) & ~later[1:] & later[:-1]))
    if wrong.any():
        # Most cases are in order as they come; sorting the others alone is several times as fast.
        mixed = np.zeros(int(case[-1]) + 1, dtype=bool)
        mixed[case[1:][wrong]] = True
        rows = np.flatnonzero(mixed[case])
        order[rows] = order[rows][np.lexsort((later[rows], at[rows], case[rows]))]
    return order


def _case_table(cases: object) -> pd.DataFrame:
    need_frame(cases, "cases")
    require_columns(cases.columns, ["case_id"])
    ids = plain_names(cases["case_id"])
    refuse_rows(ids.isna(), _("{name} is missing").format(name="case_id"), _("Fill in the value, or drop these rows and say so."))
    refuse_rows(
        ids.duplicated(keep=False), _("cases holds some case_id more than once"), _("Keep one row a case; what happened goes into events.")
    )
    return cases.assign(case_id=ids)


def _from_events(events: object, ids: pd.Index | None, zone: str) -> tuple:
    need_frame(events, "events")
    require_columns(events.columns, ["case_id", "at", "event"])
    names, kinds = plain_names(events["case_id"]), plain_names(events["event"])
    refuse_rows(names.isna(), _("{name} is missing").format(name="case_id"), _("Fill in the value, or drop these rows and say so."))
    if ids is None:
        case, ids = pd.factorize(names)
        ids = pd.Index(ids)
    else:
        case = ids.get_indexer(names)
        refuse_rows(pd.Series(case < 0, index=events.index), _("These events belong to no case of the table cases"),
                    _("Take both tables from the same day, or drop these events."))  # fmt: skip
    code = pd.Index(EVENTS).get_indexer(kinds)
    if (code < 0).any():
        strange = str(kinds[code < 0].iloc[0])
        near = difflib.get_close_matches(strange, EVENTS, n=1)
        raise ValueError(_("event holds {value}, which no clock knows. Known: {known}{hint}. Rename such events, or drop them.").format(
            value=strange, known=", ".join(EVENTS), hint=f" ({near[0]}?)" if near else ""))  # fmt: skip
    moments = instants(events["at"], "at", zone)
    refuse_rows(pd.Series(moments.values == NEVER, index=events.index), _("{name} is missing").format(name="at"),
                _("Fill in the value, or drop these rows and say so."))  # fmt: skip
    reasons, reason = [CUSTOMER], np.zeros(len(events), dtype=np.int16)
    if "reason" in events.columns and events["reason"].notna().any():
        given = plain_names(events["reason"])
        reasons = list(dict.fromkeys([CUSTOMER, *map(str, given.dropna().unique())]))
        reason = pd.Index(reasons).get_indexer(given.astype(object).where(given.notna(), CUSTOMER)).astype(np.int16)
    return ids, (case.astype(np.int64), moments.values, code.astype(np.int8), reason), reasons, moments.aware


def _check_openings(ids: pd.Index, case: np.ndarray, kind: np.ndarray) -> None:
    """Every case begins with an opening."""
    without = np.ones(len(ids), dtype=bool)
    without[case[kind == CODE["opened"]]] = False
    refuse_rows(pd.Series(without, index=ids), _("These cases have no opening"), _("Each case needs its opened_at, or an event opened."))
    first = np.concatenate([[True], case[1:] != case[:-1]])[: len(case)]
    early = np.zeros(len(ids), dtype=bool)
    early[case[first & (kind != CODE["opened"])]] = True
    refuse_rows(
        pd.Series(early, index=ids), _("In these cases something happened before the opening"), _("Correct the moments of these cases.")
    )


def pauses(log: Log, reasons: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The stretches in which any of `reasons` holds: case, beginning, end; in order, and never two at once.

    Waiting begins with an event waiting and lasts until the next event resumed of the same reason, or until the case is resolved or
    reopened. The end of what has not ended is FOREVER.
    """
    found = [_one_reason(log, reason) for reason in reasons if reason == CLOSED or reason in log.reasons]
    if not found:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing
    case, begin, end = (np.concatenate(part) for part in zip(*found, strict=True))
    longer = end > begin
    case, begin, end = case[longer], begin[longer], end[longer]
    if len(found) == 1:
        return case, begin, end
    # Count how many reasons hold: a stretch begins where the count leaves 0, and ends where it comes back to it.
    both, moment = np.concatenate([case, case]), np.concatenate([begin, end])
    change = np.repeat(np.array([1, -1]), len(case))
    order = np.lexsort((-change, moment, both))
    depth = np.cumsum(change[order])
    opens, shuts = (depth == 1) & (change[order] == 1), depth == 0
    return both[order][opens], moment[order][opens], moment[order][shuts]


def _one_reason(log: Log, reason: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if reason == CLOSED:
        relevant = log.has(("resolved", "reopened"))
        begins = log.kind == CODE["resolved"]
    else:
        mine = log.reason == log.reasons.index(reason)
        relevant = log.has(("resolved", "reopened")) | (log.has(("waiting", "resumed")) & mine)
        begins = log.kind == CODE["waiting"]
    case, at, begins = log.case[relevant], log.at[relevant], begins[relevant]
    follows = np.concatenate([case[1:] == case[:-1], [False]])[: len(case)]
    until = np.where(follows, np.concatenate([at[1:], [FOREVER]])[: len(at)], FOREVER)
    return case[begins], at[begins], until[begins]
