"""Leads that were entered twice: the same firm under two numbers, its name written in two ways."""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_share
from crmlib.economics.given import need_table
from crmlib.i18n import _
from crmlib.standards import get

_ENDINGS = (
    "股份有限公司",
    "集团有限公司",
    "有限责任公司",
    "有限公司",
    "分公司",
    "公司",
    "集团",
    "co.,ltd.",
    "co., ltd.",
    "ltd.",
    "ltd",
    "inc.",
)
_DIGITS = 4


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Leads that look like an earlier one.

    `pairs`, one row a doubtful lead: lead_id, name, duplicate_of, name_before, days_after, likeness (of the names, 0–1), same_phone,
    noticed (its salesperson closed it as entered twice). `leads`: how many were looked at.
    """

    pairs: pd.DataFrame
    leads: int

    def keep(self, leads: pd.DataFrame) -> pd.DataFrame:
        """The leads without those that repeat an earlier one."""
        return leads[~leads["lead_id"].isin(self.pairs["lead_id"])].reset_index(drop=True)

    def summary(self) -> str:
        """The result in one sentence."""
        return _(
            "{count} of {leads} leads ({share:.1%}) look like an earlier one; {noticed} of these were noticed when they were worked on."
        ).format(count=len(self.pairs), leads=self.leads, share=len(self.pairs) / self.leads, noticed=int(self.pairs["noticed"].sum()))


def plain_name(name: str) -> str:
    """A name without what clerks write differently: width, case, spaces, signs, and the legal form at its end.

    >>> plain_name("沐柚家具（东部）有限公司") == plain_name("沐柚家具 东部")
    True
    """
    text = "".join(sign for sign in unicodedata.normalize("NFKC", str(name)).lower() if sign.isalnum() or sign in ".,&")
    for ending in _ENDINGS:
        short = "".join(sign for sign in ending if sign.isalnum() or sign in ".,&")
        if text.endswith(short) and len(text) > len(short) + 1:
            text = text[: -len(short)]
            break
    return "".join(sign for sign in text if sign.isalnum())


def duplicate_leads(
    leads: pd.DataFrame, *, days: float | None = None, likeness: float | None = None, matcher: str = "difflib"
) -> Duplicates:
    """Find leads that repeat an earlier one: a like name and the same phone, within some days.

    Answers: how many of these leads are the same firm twice, and which do we drop before we count?

    Parameters
    ----------
    leads : DataFrame, one row a lead
        lead_id, name, phone (its last four digits are read, so a masked one will do), created_on; lost_reason where there is one.
    days : float, optional
        A lead is compared with those of so many days before. Without it: the standard development.duplicate_days.
    likeness : float, 0–1, optional
        Names with the same phone are one firm from this likeness on. Without it: the standard development.duplicate_likeness. Where the
        phone is missing in one of them, the plain names must be equal.
    matcher : "difflib", of Python itself, or "rapidfuzz", a package that does the same faster

    Returns
    -------
    Duplicates
        pairs, leads; `.keep(leads)`, `.summary()`

    Raises
    ------
    ValueError
        A column is missing, a lead stands twice, a name or a date is missing, or the package is not installed.

    Notes
    -----
    Only leads with the same last four digits of the phone, or without a phone but with the same plain name, are compared at all: with
    10,000 endings two firms share one by chance now and then, and then their names are not alike. Each doubtful lead is tied to the first
    one of its firm. Whether both are one firm a person decides: nothing is dropped before `.keep`.

    Source: Christen, *Data Matching* (2012), ch. 4 and 5 (blocking and comparison of strings); Ratcliff and Metzener (1988) for likeness.

    >>> leads = pd.DataFrame({"lead_id": ["l1", "l2", "l3"], "name": ["沐柚家具有限公司", "沐柚家具", "蔚澍灯饰"],
    ...     "phone": ["129****6435", "129****6435", "129****6435"], "created_on": pd.to_datetime(["2026-01-05", "2026-01-20", "2026-01-21"])})
    >>> duplicate_leads(leads).pairs[["lead_id", "duplicate_of", "likeness"]].values.tolist()
    [['l2', 'l1', 1.0]]
    """
    span = get("development.duplicate_days", unit="days") if days is None else days
    least = get("development.duplicate_likeness", unit="share") if likeness is None else likeness
    require_share("likeness", least)
    table = _checked(leads)
    alike = _matcher(matcher)
    names = [plain_name(name) for name in table["name"]]
    phones = table["phone"].map(_ending)
    by_phone, by_name = phones.where(phones != ""), pd.Series(names, index=table.index)
    entered = table["created_on"].to_numpy().astype("datetime64[D]")
    found: dict[int, tuple[int, float]] = {}
    for block in (by_phone.dropna(), by_name):
        for rows in block.groupby(block, sort=False).indices.values():
            places = block.index.to_numpy()[rows]
            for later_place, later in enumerate(places[1:], 1):
                best = found.get(later, (-1, 0.0))
                for earlier in places[:later_place]:
                    # Within a block by name, two different phones speak against one firm.
                    both = phones[earlier] and phones[later]
                    if (entered[later] - entered[earlier]).astype(int) > span or (both and phones[earlier] != phones[later]):
                        continue
                    score = alike(names[earlier], names[later])
                    if score >= (least if both else 1.0) and score > best[1]:
                        best = (earlier, score)
                if best[0] >= 0:
                    found[later] = best
    return Duplicates(_pairs(table, found, phones, entered), len(table))


def _checked(leads: pd.DataFrame) -> pd.DataFrame:
    need_table("leads", leads, ["lead_id", "name", "phone", "created_on"])
    if leads.empty:
        raise ValueError(_("There are no leads. Check the filter that they come from."))
    refuse_rows(leads["lead_id"].duplicated(), _("lead_id stands twice"), _("Keep one row a lead."))
    refuse_rows(leads["name"].isna(), _("{name} is missing").format(name="name"), _("Fill it in, or drop these rows."))
    if not pd.api.types.is_datetime64_any_dtype(leads["created_on"]):
        raise ValueError(_("{column} holds text, not dates. Convert it first: pd.to_datetime({table}.{column}).").format(
            column="created_on", table="leads"))  # fmt: skip
    refuse_rows(leads["created_on"].isna(), _("{name} is missing").format(name="created_on"), _("Fill it in, or drop these rows."))
    return leads.sort_values("created_on", kind="stable").reset_index(drop=True)


def _ending(phone: object) -> str:
    digits = "".join(sign for sign in str(phone) if sign.isdigit()) if pd.notna(phone) else ""
    return digits[-_DIGITS:] if len(digits) >= _DIGITS else ""


def _matcher(name: str):
    if name == "difflib":
        return lambda one, two: difflib.SequenceMatcher(None, one, two, autojunk=False).ratio()
    if name != "rapidfuzz":
        raise ValueError(_('matcher is {value}; it must be "difflib" or "rapidfuzz".').format(value=name))
    if find_spec("rapidfuzz") is None:
        raise ValueError(_('The package rapidfuzz is not installed here. Take matcher="difflib", which needs no package.'))
    from rapidfuzz import fuzz

    return lambda one, two: fuzz.ratio(one, two) / 100


def _pairs(table: pd.DataFrame, found: dict[int, tuple[int, float]], phones: pd.Series, entered: np.ndarray) -> pd.DataFrame:
    def origin(place: int) -> int:
        while place in found:
            place = found[place][0]
        return place

    later = sorted(found)
    first = [origin(place) for place in later]
    reason = table["lost_reason"].astype(object) if "lost_reason" in table else pd.Series(None, index=table.index, dtype=object)
    return pd.DataFrame({
        "lead_id": table["lead_id"].to_numpy()[later], "name": table["name"].to_numpy()[later],
        "duplicate_of": table["lead_id"].to_numpy()[first], "name_before": table["name"].to_numpy()[first],
        "days_after": (entered[later] - entered[first]).astype("int64"), "likeness": [found[place][1] for place in later],
        "same_phone": [bool(phones[place]) and phones[place] == phones[start] for place, start in zip(later, first, strict=True)],
        "noticed": (reason.iloc[later] == "duplicate").to_numpy(),
    })  # fmt: skip
