"""Who must be won for a CRM programme, and who is accountable for what."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, refuse_rows, require_columns
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HIGH = 3


@dataclass(frozen=True, eq=False)
class StakeholderMap:
    """`table`: stakeholder, influence, interest (1–5), stance (−2 against … 2 for), quadrant (manage_closely, keep_satisfied,
    keep_informed, monitor), must_win (influence above the middle and not for it), most influential first."""

    table: pd.DataFrame

    def summary(self) -> str:
        """How many there are, and who must be won."""
        from crmlib.company.schema import label

        wanted = self.table.loc[self.table["must_win"], "stakeholder"]
        if wanted.empty:
            return _("{people} stakeholders; all who have power are for it.").format(people=len(self.table))
        return _("{people} stakeholders; {count} have power and are not for it yet: {names}.").format(
            people=len(self.table), count=len(wanted), names=_(", ").join(label(one, "stakeholder") for one in wanted))  # fmt: skip

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Power against interest; see :func:`crmlib.plotting.stakeholder_grid`."""
        from crmlib.plotting import stakeholder_grid

        return stakeholder_grid(self, ax=ax)


def stakeholders(table: pd.DataFrame | None = None) -> StakeholderMap:
    """Map people by power and interest, and name those who must be won.

    Answers: whom must we talk to first?

    Parameters
    ----------
    table : DataFrame, optional
        stakeholder, influence (1–5), interest (1–5), stance (−2 against … 2 for); None: a teaching example

    Returns
    -------
    StakeholderMap

    Raises
    ------
    ValueError
        A column is missing, somebody stands twice, or a mark is off its scale.

    Source: Mendelow (1991), power and interest; the rule "power above 3 and stance 0 or less" is the course's.

    >>> stakeholders().table.query("must_win").stakeholder.tolist()
    ['finance_head', 'sales_head', 'operations_head']
    """
    table = pd.DataFrame(_example()["person"]) if table is None else table
    need_frame(table, "table")
    require_columns(table.columns, ["stakeholder", "influence", "interest", "stance"])
    if table.empty:
        raise ValueError(_("The table has no people."))
    table = table[["stakeholder", "influence", "interest", "stance"]].reset_index(drop=True)
    refuse_rows(
        table["stakeholder"].isna() | table["stakeholder"].duplicated(),
        _("Somebody has no name or stands twice"),
        _("Keep one row a person or group."),
    )
    for name, low, high in (("influence", 1, 5), ("interest", 1, 5), ("stance", -2, 2)):
        table[name] = pd.to_numeric(table[name], errors="coerce")
        refuse_rows(
            ~table[name].between(low, high),
            _("{column} is no number from {low} to {high}").format(column=name, low=low, high=high),
            _("Mend the mark."),
        )
    strong, keen = table["influence"] > _HIGH, table["interest"] > _HIGH
    table["quadrant"] = np.select([strong & keen, strong, keen], ["manage_closely", "keep_satisfied", "keep_informed"], "monitor")
    table["must_win"] = strong & (table["stance"] <= 0)
    return StakeholderMap(table.sort_values(["influence", "interest"], ascending=False, kind="stable", ignore_index=True))


def responsibilities() -> pd.DataFrame:
    """Who does what in a CRM programme: the CRM committee, the customer experience officer and the departments.

    Answers: who is accountable for what?

    Returns
    -------
    DataFrame, one row a task and role
        task, duty_role, raci (R does it, A accountable, C asked before, I told after)

    Source: 《2025国际快递行业客户关系管理体系研究》 names committee and officer and their duties; the letters are the course's, and one of its tasks
    is left without somebody who does it, to be found by :func:`check_responsibilities`.

    >>> check_responsibilities(responsibilities()).task.tolist()
    ['customer_platform']
    """
    return pd.DataFrame(
        [(one["task"], role, letter) for one in _example()["task"] for role, letter in one["raci"].items()],
        columns=["task", "duty_role", "raci"],
    )


def check_responsibilities(table: pd.DataFrame) -> pd.DataFrame:
    """Tasks for which not exactly one role is accountable, or that nobody does.

    Answers: what will be left undone because everybody or nobody is accountable?

    Parameters
    ----------
    table : DataFrame: task, duty_role, raci (R, A, C, I, or several such as "AR")

    Returns
    -------
    DataFrame, one row a problem; empty when all is in order
        task, problem (nobody_accountable, several_accountable, nobody_does_it), roles

    Raises
    ------
    ValueError
        A column is missing, a letter is none of R A C I, or a role stands twice at one task.

    Source: usual rule of RACI charts.

    >>> check_responsibilities(pd.DataFrame({"task": "t", "duty_role": ["a", "b"], "raci": ["AR", "A"]})).values.tolist()
    [['t', 'several_accountable', 'a, b']]
    """
    need_frame(table, "table")
    require_columns(table.columns, ["task", "duty_role", "raci"])
    letters = table["raci"].astype(str).str.upper().str.replace(r"[\s,/、，]", "", regex=True)
    refuse_rows(~letters.str.fullmatch("[RACI]+"), _("A letter is none of R, A, C, I"), _("Write R, A, C or I, or several, such as AR."))
    refuse_rows(table.duplicated(["task", "duty_role"]), _("A role stands twice at one task"), _("Write its letters in one row."))
    found = []
    for task, own in table.assign(raci=letters).groupby("task", sort=False):
        accountable = own["duty_role"][own["raci"].str.contains("A")].astype(str).tolist()
        if len(accountable) != 1:
            found.append((task, "several_accountable" if accountable else "nobody_accountable", ", ".join(accountable)))
        if not own["raci"].str.contains("R").any():
            found.append((task, "nobody_does_it", ", ".join(accountable)))
    return pd.DataFrame(found, columns=["task", "problem", "roles"])


def _example() -> dict:
    return tomllib.loads(Path(__file__).with_name("stakeholders.toml").read_text("utf-8"))
