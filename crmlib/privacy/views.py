"""A table as a role sees it: columns in full, masked, or not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.checks import need_frame
from crmlib.company.privacy_columns import DATA_CLASS, group_of
from crmlib.company.schema import TABLES
from crmlib.i18n import _
from crmlib.privacy.masking import MASKS, coarse, mask, masked_keys
from crmlib.privacy.pledges import has_signed
from crmlib.privacy.register import IDENTIFIES, require_table
from crmlib.privacy.roles import right

if TYPE_CHECKING:
    from crmlib.privacy.key_ring import KeyRing

_COARSE = ("number", "date", "datetime")


def visible(table: str, role: str) -> pd.DataFrame:
    """What a role sees of each column of a table.

    Answers: does this role see more than its work needs?

    Parameters
    ----------
    table : name of a table of the firm
    role : one of :data:`ROLES`

    Returns
    -------
    DataFrame, one row a column (index column)
        data_class (public, internal, personal, sensitive), identifies (alone, as_key, combined, no), treatment (full, masked, hidden).
        Masked numbers have one significant digit, masked moments become months, masked keys pseudonyms; categories that identify only in
        combination are coarse as they are and stay.

    Raises
    ------
    ValueError
        There is no such table or role.

    >>> visible("contacts", "agent").treatment.to_dict()["phone"], visible("waybills", "intern").treatment.to_dict()["customer_id"]
    ('masked', 'hidden')
    """
    require_table(table)
    groups = {column: group for (_table, column), group in group_of([TABLES[table]]).items()}
    return pd.DataFrame({
        "data_class": {column: DATA_CLASS[group] for column, group in groups.items()},
        "identifies": {column: IDENTIFIES.get(group, "no") for column, group in groups.items()},
        "treatment": {column.name: _possible(right(role, table, column.name, groups[column.name]), table, column.name, groups[column.name])
                      for column in TABLES[table].columns if column.name in groups},
    }).reindex([name for name in TABLES[table].names if name in groups]).rename_axis("column")  # fmt: skip


def apply_view(
    frame: pd.DataFrame, table: str, role: str, *, key: KeyRing | bytes | str | None = None, classes: Mapping[str, str] | None = None,
    k: int = 1, person: str | None = None, pledges: pd.DataFrame | None = None, at: object = None,
) -> pd.DataFrame:  # fmt: skip
    """A table with only what a role may see.

    Answers: what may I hand to this colleague?

    Parameters
    ----------
    frame : DataFrame with columns of the table
    table : name of the table of the firm from which the rows come
    role : one of :data:`ROLES`
    key : a KeyRing or secret behind the pseudonyms that stand for masked keys. Two views made with one key can be joined. None draws a secret for
        this run of Python, so that views of tomorrow cannot be joined to those of today.
    k : leave out the rows that fewer than k share in all that is shown and not a key; 1 leaves out none. A whole table that is handed on to
        somebody without keys wants 5; one customer's page cannot have it.
    classes : for columns that the table's contract does not have: name → public, internal, personal or sensitive
    person, pledges : who wants to see it, such as "A001", and the signatures as :func:`sign_pledge` returns them, optional. With either of
        them only a person whose pledge holds gets a view; without both nobody asks for a pledge.
    at : the moment at which the pledge must hold; without it: now

    Returns
    -------
    DataFrame
        A copy. Hidden columns are not there. Where keys are masked or hidden, the rows are in the order of what is left, with new row numbers:
        the old order would tell which row was whose. Names of customers that are masked stay whole for firms, where the column nature says so.

    Raises
    ------
    ValueError
        There is no such table or role, or a column has no class; or a pledge is asked for and the person's does not hold.

    >>> people = pd.DataFrame({"contact_id": ["P1"], "customer_id": ["C1"], "name": ["郭若清"], "phone": ["129****5678"]})
    >>> apply_view(people, "contacts", "agent")[["name", "phone"]].values.tolist()
    [['郭*清', '129******78']]
    >>> from crmlib.privacy import sign_pledge
    >>> signed = sign_pledge(None, "A001", "2026-11-02 09:00")
    >>> len(apply_view(people, "contacts", "agent", person="A001", pledges=signed, at="2026-11-03"))
    1
    """
    need_frame(frame, "frame")
    if person is not None or pledges is not None:
        _require_pledge(person, pledges, pd.Timestamp.now() if at is None else at)
    rights = _rights(frame, table, role, dict(classes or {}))
    kinds = {column.name: column for column in TABLES[table].columns}
    seen = {}
    for place, (column, treatment) in enumerate(rights.items()):
        values = frame.iloc[:, place]
        if treatment == "full":
            seen[column] = values
        elif treatment == "masked":
            seen[column] = _masked(values, kinds.get(column), frame, key)
    view = pd.DataFrame(seen, index=frame.index)
    keyless = [column for column in rights if column in kinds and IDENTIFIES.get(_group(table, column)) == "as_key" and rights[column] != "full"]
    if keyless or isinstance(frame.index, pd.MultiIndex) or frame.index.name is not None:
        view = view.reset_index(drop=True)
    if keyless and len(view.columns):
        view = view.sort_values(list(view.columns), ignore_index=True)
    if k > 1 and len(view):
        common = [column for column in view.columns if column not in keyless]
        view = view[view.groupby(common, dropna=False)[common[0]].transform("size") >= k].reset_index(drop=True) if common else view
    view.attrs = {}
    return view


def _require_pledge(person: object, pledges: pd.DataFrame | None, at: object) -> None:
    if not isinstance(person, str) or not person.strip():
        raise ValueError(_("person must be a staff number such as A001."))
    if not has_signed(pledges, person.strip(), at):
        raise ValueError(
            _(
                "{person} has no pledge of confidentiality that holds, so no view is given. "
                "Read crm.privacy.pledge_text() and sign it first: crm.privacy.sign_pledge."
            ).format(person=person.strip())
        )


def _rights(frame: pd.DataFrame, table: str, role: str, classes: dict[str, str]) -> dict[str, str]:
    rights = visible(table, role)["treatment"].to_dict()
    if frame.columns.has_duplicates:
        twice = ", ".join(map(str, frame.columns[frame.columns.duplicated()].unique()))
        raise ValueError(_("The table has several columns called {names}. Rename or drop all but one.").format(names=twice))
    groups = {"public": "public", "internal": "internal", "personal": "direct", "sensitive": "sensitive"}
    if wrong := [name for name in classes.values() if name not in groups]:
        raise ValueError(_("{name} is {value}; it must be one of: {known}.").format(name="classes", value=wrong[0], known=", ".join(groups)))
    if lacking := [str(name) for name in frame.columns if name not in rights and name not in classes]:
        raise ValueError(
            _("The table {table} has no column(s) {names}, so nobody said who may see them. Drop them, or say it: classes={example}.").format(
                table=table, names=", ".join(lacking), example={lacking[0]: "internal"}
            )
        )
    for name in frame.columns.difference(list(rights)):
        own = right(role, table, str(name), groups[classes[name]])
        rights[name] = "hidden" if own == "masked" and not pd.api.types.is_numeric_dtype(frame[name]) else own
    return {name: rights[name] for name in frame.columns}


def _group(table: str, column: str) -> str:
    return group_of([TABLES[table]])[table, column]


def _possible(wanted: str, table: str, column: str, group: str) -> str:
    """What remains of "masked" for a column that has no mask."""
    if wanted != "masked" or group == "key" or column in MASKS:
        return wanted
    kind = TABLES[table][column].dtype
    if kind in _COARSE:
        return "masked"
    return "full" if group in ("internal", "combined") and kind in ("category", "yes_no") else "hidden"


def _masked(values: pd.Series, column, frame: pd.DataFrame, key) -> pd.Series:
    if column is not None and column.name in MASKS:
        covered = mask(values, column.name)
        persons = frame["nature"] == "individual" if column.name == "name" and "nature" in frame.columns else None
        return covered if persons is None else values.where(~persons, covered)
    return coarse(values) if column is None or column.dtype in _COARSE else masked_keys(values, key)
