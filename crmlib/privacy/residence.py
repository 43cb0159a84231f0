"""Before a table leaves the country: which of its columns may, and why the others stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from crmlib.checks import need_frame
from crmlib.company.privacy_columns import DATA_CLASS, group_of
from crmlib.company.schema import TABLES, label
from crmlib.i18n import _
from crmlib.privacy.anonymity import k_anonymity
from crmlib.privacy.free_text import scan_texts
from crmlib.privacy.register import IDENTIFIES, require_table
from crmlib.standards import get

_PSEUDONYM = r"(?:N[0-9a-f]{16}|[A-Z2-7]{16})"


@dataclass(frozen=True, eq=False)
class Transfer:
    """The check of an export. `table`: one row a column (index column; data_class, identifies, may_leave, why_not); `k`: rows in the smallest group
    of those that share what identifies in combination (missing where there is no such column)."""

    table: pd.DataFrame = field(repr=False)
    k: float

    @property
    def allowed(self) -> bool:
        """Whether the whole export may leave as it is."""
        return bool(self.table["may_leave"].all())

    def leaving(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The part of the export that may leave."""
        need_frame(frame, "frame")
        return frame[[name for name in frame.columns if self.table.at[name, "may_leave"]]].reset_index(drop=True)

    def summary(self) -> str:
        """Whether it may leave, and what keeps it."""
        stays = self.table[~self.table["may_leave"]]
        if stays.empty:
            return _("The export may leave as it is: {count} column(s).").format(count=len(self.table))
        named = _("; ").join(
            _("{reason}: {columns}").format(reason=label(reason, "why_not"), columns=_(", ").join(map(label, group.index)))
            for reason, group in stays.groupby("why_not", sort=False)
        )
        return _("The export must not leave as it is. These columns stay: {named}.").format(named=named)


def may_leave(
    frame: pd.DataFrame, table: str, *, classes: Mapping[str, str] | None = None, to_deliver: bool = False, k: int | None = None
) -> Transfer:
    """Check an export before it leaves the country, column by column.

    Answers: may this file go to the partner abroad?

    Parameters
    ----------
    frame : DataFrame, the export
    table : name of the firm's table from which its rows come
    classes : for columns that the table's contract does not have: name → public, internal, personal or sensitive
    to_deliver : the export serves the delivery of parcels that the customers themselves send abroad; then names, telephones and addresses go too
    k : rows that must share what identifies in combination; the standard privacy.export_k where left out

    Returns
    -------
    Transfer
        `.allowed`, `.table`, `.k`, `.leaving(frame)`, `.summary()`. why_not is sensitive, names_a_person, key (no pseudonym), too_rare (fewer than k
        rows share the combination), number_in_text (a mobile, card, … stands in the values), no_class.

    Raises
    ------
    ValueError
        There is no such table, or the export has two columns of one name.

    Source: 《2025国际快递行业客户关系管理体系研究》 keeps the data of Chinese customers on servers in China. The rule by columns is a teaching rule,
        not the law's procedure for a transfer abroad, and the data are simulated: a real export goes to the privacy officer.

    >>> export = pd.DataFrame({"waybill_id": ["W000000001"] * 5, "product": ["express"] * 5, "price_yuan": [9.0] * 5})
    >>> may_leave(export, "waybills").table.may_leave.to_dict()
    {'waybill_id': False, 'product': True, 'price_yuan': True}
    """
    need_frame(frame, "frame")
    require_table(table)
    if frame.columns.has_duplicates:
        twice = ", ".join(map(str, frame.columns[frame.columns.duplicated()].unique()))
        raise ValueError(_("The table has several columns called {names}. Rename or drop all but one.").format(names=twice))
    own = {"public": "public", "internal": "internal", "personal": "direct", "sensitive": "sensitive"}
    if wrong := [name for name in (classes or {}).values() if name not in own]:
        raise ValueError(_("{name} is {value}; it must be one of: {known}.").format(name="classes", value=wrong[0], known=", ".join(own)))
    groups = {column: group for (_table, column), group in group_of([TABLES[table]]).items()}
    groups = {name: own[group] for name, group in (classes or {}).items()} | groups
    most = int(get("privacy.export_k", unit="count")) if k is None else k
    combined = [name for name in frame.columns if groups.get(name) == "combined"]
    found = k_anonymity(frame, combined) if combined and len(frame) else None
    named = frame.index.name is not None or isinstance(frame.index, pd.MultiIndex)
    whole = frame.reset_index() if named else frame
    rows = {}
    for place, name in enumerate(whole.columns):
        group = groups.get(name, "")
        why = _why_not(whole.iloc[:, place], group, to_deliver) or ("too_rare" if group == "combined" and found and found.k < most else "")
        rows[name] = (DATA_CLASS.get(group, ""), IDENTIFIES.get(group, "no"), not why, why)
    checked = pd.DataFrame.from_dict(rows, orient="index", columns=["data_class", "identifies", "may_leave", "why_not"]).rename_axis("column")
    return Transfer(checked, float(found.k) if found else float("nan"))


def _why_not(values: pd.Series, group: str, to_deliver: bool) -> str:
    if not group:
        return "no_class"
    if group == "sensitive":
        return "sensitive"
    if group == "key" and not to_deliver and not values.dropna().astype(str).str.fullmatch(_PSEUDONYM).all():
        return "key"
    if group == "direct" and not (to_deliver and values.name in ("name", "contact_name", "phone", "mobile", "landline", "address", "email")):
        return "names_a_person"
    texts = values.dropna().unique() if not (group in ("key", "direct") or pd.api.types.is_datetime64_any_dtype(values)) else ()
    numbers = pd.api.types.is_numeric_dtype(values)
    return "number_in_text" if len(texts) and not numbers and len(scan_texts(pd.Series(texts, dtype=object).astype(str))) else ""
