"""Who works with the data, which tables the work needs, and what of each class of column it needs: least privilege as two tables."""

from __future__ import annotations

import pandas as pd

from crmlib.company.schema import TABLES
from crmlib.i18n import _

ROLES = ("agent", "team_leader", "account_manager", "finance", "analyst", "manager", "privacy_officer", "intern")
"""Whoever looks at the firm's data, one list for views, profiles and desk. `crmlib.company.label(role, "viewer_role")` names them."""

_GROUPS = ("public", "internal", "combined", "key", "direct", "sensitive")
_RIGHTS = {
    "agent": ("full", "full", "full", "full", "masked", "hidden"),
    "team_leader": ("full", "full", "full", "full", "full", "hidden"),
    "account_manager": ("full", "full", "full", "full", "full", "masked"),
    "finance": ("full", "full", "full", "full", "masked", "masked"),
    "analyst": ("full", "full", "full", "masked", "hidden", "hidden"),
    "manager": ("full", "full", "full", "full", "masked", "hidden"),
    "privacy_officer": ("full", "full", "full", "full", "full", "full"),
    "intern": ("full", "hidden", "masked", "hidden", "hidden", "hidden"),
}
_OPEN = "calendar policies incidents partners market_prices"
_DESK = f"{_OPEN} customers contacts waybills tracking cases calls members points"
_ALL = " ".join(TABLES)
_NEEDS = {
    "agent": _DESK,
    "team_leader": f"{_DESK} agents shifts survey_invitations surveys",
    "account_manager": f"{_OPEN} customers salespeople contacts waybills tracking invoices payments surveys survey_invitations cases leads quotes"
    " touches offers members points source_records",
    "finance": f"{_OPEN} customers contacts waybills invoices payments offers members points source_records",
    "analyst": _ALL,
    "manager": _ALL,
    "privacy_officer": _ALL,
    "intern": f"{_OPEN} customers waybills tracking",
}
_TEXTS = ("cases.text", "surveys.comment")
_TOO_FINE = ("waybills.delivered_at", "waybills.promised_at", "customers.opened_on", "customers.reach", "customers.origin", "customers.cross_border",
             "customers.monthly_account")  # fmt: skip
"""Together with the rest, these single out one row in five, however coarse they are."""
_EXCEPTIONS = {
    **{(role, "waybills.cost_yuan"): "hidden" for role in ("agent", "team_leader", "privacy_officer", "intern")},
    **{("intern", column): "hidden" for column in _TOO_FINE},
    **{("agent", text): "full" for text in _TEXTS},
    **{(role, text): "masked" for role in ("analyst", "manager") for text in _TEXTS},
    ("finance", "customers.name"): "full",
    ("manager", "salespeople.name"): "full",
    ("manager", "agents.name"): "full",
    ("team_leader", "shifts.absence"): "full",
    ("account_manager", "salespeople.name"): "full",
}
"""Where one column is worth more or less to a role than its class says: costs are the firm's secret; who answers must read the words; who
bills must know whom; who leads must know their people and plans for who is ill."""


def role_views() -> pd.DataFrame:
    """What each role sees of each kind of data.

    Answers: who sees what, and does the work need it?

    Returns
    -------
    DataFrame, one row a role (index viewer_role)
        sees_public, sees_internal, sees_combined, sees_keys, sees_names, sees_sensitive (full; masked; hidden), tables (how many of the
        firm's tables the work needs; of all others the role sees what is public). Single columns differ: see :func:`visible`.

    Source: 《2025国际快递行业客户关系管理体系研究》: identity numbers protected, order volume open to analysis. Which role sees what is a choice
        for teaching.

    >>> role_views().loc[["agent", "analyst"], ["sees_names", "sees_keys", "sees_internal"]].values.tolist()
    [['masked', 'full', 'full'], ['hidden', 'masked', 'full']]
    """
    shown = ["sees_public", "sees_internal", "sees_combined", "sees_keys", "sees_names", "sees_sensitive"]
    views = pd.DataFrame.from_dict({role: _RIGHTS[role] for role in ROLES}, orient="index", columns=shown)
    return views.assign(tables=[len(_NEEDS[role].split()) for role in ROLES]).rename_axis("viewer_role")


def needs(role: str) -> list[str]:
    """The tables that the work of a role needs.

    >>> needs("intern")[-3:]
    ['customers', 'waybills', 'tracking']
    """
    require_role(role)
    return _NEEDS[role].split()


def right(role: str, table: str, column: str, group: str) -> str:
    """full, masked or hidden: what a role sees of a column, before it is known whether the column can be masked.

    >>> right("agent", "contacts", "phone", "direct"), right("intern", "invoices", "amount_yuan", "internal")
    ('masked', 'hidden')
    """
    require_role(role)
    if table not in _NEEDS[role].split():
        return "full" if group == "public" else "hidden"
    return _EXCEPTIONS.get((role, f"{table}.{column}"), _RIGHTS[role][_GROUPS.index(group)])


def require_role(role: object) -> None:
    """Refuse a role that is not known.

    >>> require_role("analyst")
    """
    if role not in ROLES:
        raise ValueError(_("{name} is {value}; it must be one of: {known}.").format(name="role", value=role, known=", ".join(ROLES)))
