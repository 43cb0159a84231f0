"""Who may be rostered: contract hours, days on which somebody is not there, and wishes for a day off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.clean import clean
from crmlib.credit.chance import whole
from crmlib.i18n import _
from crmlib.standards import get

_MOST = 2000


@dataclass(frozen=True, eq=False)
class People:
    """Agents by `ids` with `hours` a week by contract; `there` and `wishes` are yes/no, agents × days."""

    ids: np.ndarray
    hours: np.ndarray
    there: np.ndarray
    wishes: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


def people_of(agents: object, days: pd.DatetimeIndex, days_off: object = None, wishes: object = None) -> People:
    """Agents, from a number or a table, and on which of `days` they are there.

    Parameters
    ----------
    agents : int, or DataFrame with agent_id, and if there are any contract_hours (a week), joined_on, left_on
    days : days of the roster
    days_off, wishes : DataFrame with agent_id and date, optional

    Raises
    ------
    ValueError
        Nobody is left, an agent stands twice, has more contract hours than the law's week, or is not known.

    >>> people_of(2, pd.date_range("2026-11-02", periods=7)).ids.tolist()
    ['A01', 'A02']
    """
    most = get("staffing.most_hours_a_week", unit="hours")
    if isinstance(agents, (int, np.integer)) and not isinstance(agents, bool):
        size = whole("agents", agents, 1)
        width = max(2, len(str(size)))
        table = pd.DataFrame({"agent_id": [f"A{number:0{width}d}" for number in range(1, size + 1)]})
    else:
        table = clean(agents, "agents", agent_id="name", contract_hours="number", joined_on="date?", left_on="date?",
                      optional=("contract_hours", "joined_on", "left_on")).reset_index(drop=True)  # fmt: skip
    if len(table) > _MOST:
        raise ValueError(
            _("{count} agents are too many for one roster; plan team by team (at most {most}).").format(count=len(table), most=_MOST)
        )
    refuse_rows(table["agent_id"].duplicated(keep=False), _("An agent stands in the table more than once"), _("Keep one row an agent."))
    usual = 5 * get("staffing.most_hours_a_day", unit="hours")
    hours = table["contract_hours"] if "contract_hours" in table.columns else pd.Series(usual, index=table.index)
    refuse_rows(
        ~((hours > 0) & (hours <= most)),
        _("Contract hours must lie above 0 and within the {most:g} hours a week of the law").format(most=most),
        _("Correct contract_hours, or change the standard staffing.most_hours_a_week."),
    )
    there = np.ones((len(table), len(days)), dtype=bool)
    for column, beyond in (("joined_on", np.less), ("left_on", np.greater)):
        if column in table.columns:
            moment = table[column].to_numpy().astype("datetime64[D]")[:, None]
            there &= ~(beyond(days.to_numpy().astype("datetime64[D]")[None, :], moment) & ~np.isnat(moment))
    stays = there.any(axis=1)
    if not stays.any():
        raise ValueError(_("Nobody is there from {first:%Y-%m-%d} to {last:%Y-%m-%d}. Check joined_on and left_on.").format(
            first=days[0], last=days[-1]))  # fmt: skip
    ids = table["agent_id"].to_numpy(dtype=object)
    there &= ~_marked(days_off, "days_off", ids, days)
    return People(ids[stays], hours.to_numpy(dtype=float)[stays], there[stays], _marked(wishes, "wishes", ids, days)[stays])


def _marked(given: object, name: str, ids: np.ndarray, days: pd.DatetimeIndex) -> np.ndarray:
    found = np.zeros((len(ids), len(days)), dtype=bool)
    if given is None:
        return found
    if not isinstance(given, pd.DataFrame):
        raise ValueError(_("{name} must be a table with agent_id and date; this is a {kind}.").format(name=name, kind=type(given).__name__))
    require_columns(given.columns, ["agent_id", "date"])
    table = clean(given, name, agent_id="name", date="text_date")
    rows = pd.Index(ids).get_indexer(table["agent_id"])
    refuse_rows(
        pd.Series(rows < 0, index=table.index), _("{name} names an agent who is not on the list").format(name=name), _("Check agent_id.")
    )
    columns = days.get_indexer(pd.DatetimeIndex(table["date"]).normalize())
    inside = columns >= 0
    found[rows[inside], columns[inside]] = True
    return found
