"""Who at the desk sees what of a caller's file."""

from __future__ import annotations

import pandas as pd

from crmlib.i18n import _
from crmlib.privacy.masking import hidden_digits, hidden_name

VIEWERS = ("bot", "agent", "team_leader")
"""Who looks: the voice bot, an agent, the team leader."""
_RIGHTS = {
    "customer_name": ("hidden", "person_masked", "full"),
    "contact_name": ("hidden", "masked", "full"),
    "phone": ("masked", "masked", "full"),
    "class": ("hidden", "full", "full"),
    "revenue_yuan": ("hidden", "hidden", "full"),
    "parcels": ("full", "full", "full"),
    "cases": ("hidden", "full", "full"),
    "calls": ("hidden", "full", "full"),
    "recipients": ("hidden", "masked", "full"),
}


def pop_rights() -> pd.DataFrame:
    """What the voice bot, an agent and the team leader see of a caller's file.

    Answers: does the screen show more than the work needs?

    Returns
    -------
    DataFrame, one row a piece of the file, one column a viewer (bot, agent, team_leader)
        full; masked (names with a character, numbers with six digits hidden); person_masked (names of persons masked, of firms not);
        hidden. Whoever calls as an addressee is never told the sender's class, revenue, other parcels or addressees, whoever looks.

    Source: GB Express electronic waybill (in force 2023-02-01) for what is hidden; 快递市场管理办法 (2023) Arts. 35–37 on personal
        information. Which viewer sees what is a choice for teaching.

    >>> pop_rights().loc["recipients", "agent"]
    'masked'
    """
    return pd.DataFrame.from_dict(_RIGHTS, orient="index", columns=list(VIEWERS)).rename_axis("piece")


def require_viewer(viewer: object) -> None:
    """Refuse a viewer that is not known.

    >>> require_viewer("agent")
    """
    if viewer not in VIEWERS:
        raise ValueError(_("{name} is {value}; it must be one of: {known}.").format(name="viewer", value=viewer, known=", ".join(VIEWERS)))


def may(viewer: str, piece: str) -> bool:
    """Whether the viewer sees anything of the piece.

    >>> may("bot", "recipients"), may("agent", "recipients")
    (False, True)
    """
    return _RIGHTS[piece][VIEWERS.index(viewer)] != "hidden"


def seen(viewer: str, piece: str, value: object, *, person: bool = True) -> object:
    """The value as the viewer sees it; None where it is hidden or missing.

    >>> seen("agent", "contact_name", "郭若清"), seen("team_leader", "contact_name", "郭若清"), seen("bot", "contact_name", "郭若清")
    ('郭*清', '郭若清', None)
    """
    right = _RIGHTS[piece][VIEWERS.index(viewer)]
    if right == "hidden" or pd.isna(value):
        return None
    if right == "masked" or (right == "person_masked" and person):
        return hidden_digits(str(value)) if piece == "phone" else hidden_name(value)
    return value
