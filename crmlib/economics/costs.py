"""What winning and serving a customer costs, activity by activity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.economics.given import need_table
from crmlib.i18n import _
from crmlib.standards import get

ACTIVITIES = ("lead_website", "lead_referral", "lead_visit", "lead_exhibition", "lead_platform", "contact", "need", "quote",
              "visit_in_person", "visit_phone", "care", "notice", "case", "call_hour")  # fmt: skip
"""What is counted: how a lead was found, the steps it went through, and what a customer is served with."""


def activity_costs(costs: Mapping[str, float] | None = None) -> pd.Series:
    """What one of each activity costs.

    Answers: what do we reckon a visit, a quote, or a lead from the website at?

    Parameters
    ----------
    costs : yuan by activity, optional
        Your own figures; the others are those of the standards economics.cost_….

    Returns
    -------
    Series, yuan, indexed by activity

    Raises
    ------
    ValueError
        An activity is not known, or a cost is no number of 0 or more.

    Source: Kaplan and Cooper, *Cost & Effect* (1998), on activity-based costing. The figures are for teaching.

    >>> float(activity_costs({"quote": 30})["quote"])
    30.0
    """
    found = {name: float(get(f"economics.cost_{name}", unit="yuan")) for name in ACTIVITIES}
    if costs is not None and not isinstance(costs, Mapping):
        raise ValueError(_("{name} must be yuan by activity, such as {example}.").format(name="costs", example='{"quote": 30}'))
    for name, yuan in (costs or {}).items():
        if name not in found:
            raise ValueError(_("There is no activity {name}. There are: {known}.").format(name=name, known=", ".join(ACTIVITIES)))
        if isinstance(yuan, (bool, str)) or not np.isfinite(yuan) or yuan < 0:
            raise ValueError(_("The cost of {name} is {value}; it must be 0 yuan or more.").format(name=name, value=yuan))
        found[name] = float(yuan)
    return pd.Series(found, name="cost_yuan").rename_axis("activity")


def lead_costs(leads: pd.DataFrame, quotes: pd.DataFrame, *, costs: Mapping[str, float] | None = None) -> pd.Series:
    """What was spent on each lead, whether it was won or not.

    Answers: what did this lead cost us up to today?

    Parameters
    ----------
    leads : DataFrame
        lead_id, source, contacted_on, qualified_on; a step that was not taken is empty.
    quotes : DataFrame
        lead_id, one row a quote; a revised quote costs twice.
    costs : yuan by activity, optional
        As in `activity_costs`.

    Returns
    -------
    Series, yuan, indexed by lead_id

    Raises
    ------
    ValueError
        A column is missing, a lead stands twice, or a source has no cost.

    Source: Kaplan and Cooper (1998).

    >>> leads = pd.DataFrame({"lead_id": ["l1", "l2"], "source": ["website", "visit"], "qualified_on": pd.NaT,
    ...                       "contacted_on": pd.to_datetime(["2026-01-05", None])})
    >>> lead_costs(leads, pd.DataFrame({"lead_id": []}), costs={"lead_website": 10, "lead_visit": 20, "contact": 5}).to_dict()
    {'l1': 15.0, 'l2': 20.0}
    """
    need_table("leads", leads, ["lead_id", "source", "contacted_on", "qualified_on"])
    need_table("quotes", quotes, ["lead_id"])
    refuse_rows(leads["lead_id"].duplicated(), _("lead_id stands twice"), _("Keep one row a lead."))
    unit = activity_costs(costs)
    finding = leads["source"].map(lambda name: unit.get(f"lead_{name}", np.nan)).astype("float64")
    refuse_rows(finding.isna(), _("source has no cost"), _("Use the sources of the table leads, or leave these leads out."))
    quoted = leads["lead_id"].map(quotes["lead_id"].value_counts()).fillna(0).astype("float64")
    yuan = finding + unit["contact"] * leads["contacted_on"].notna() + unit["need"] * leads["qualified_on"].notna() + unit["quote"] * quoted
    return pd.Series(yuan.to_numpy(), index=pd.Index(leads["lead_id"], name="lead_id"), name="cost_yuan")


def touch_costs(touches: pd.DataFrame, *, costs: Mapping[str, float] | None = None) -> pd.Series:
    """What each touch cost: visits in person or by phone, care, notices.

    >>> touch_costs(pd.DataFrame({"kind": ["visit"], "channel": ["phone"]}), costs={"visit_phone": 3}).tolist()
    [3.0]
    """
    need_table("touches", touches, ["kind", "channel"])
    unit, kind = activity_costs(costs), touches["kind"].astype(object)
    in_person = touches["channel"].astype(object) == "in_person"
    name = kind.where(kind != "visit", np.where(in_person, "visit_in_person", "visit_phone"))
    yuan = name.map(unit).astype("float64")
    refuse_rows(yuan.isna(), _("kind is neither visit, care nor notice"), _("Name the touches so, or leave these rows out."))
    return yuan.rename("cost_yuan")
