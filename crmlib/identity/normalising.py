"""The records of all systems in one form, and what was changed on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.identity.addresses import PARTS, split_address
from crmlib.identity.names import split_contact, split_name
from crmlib.identity.phones import clean_landline, clean_mobile
from crmlib.identity.texts import for_each_value, half_width, simplified, without_blanks

GIVEN = (
    "system",
    "record_id",
    "name",
    "contact_name",
    "mobile",
    "landline",
    "address",
    "id_type",
    "id_number",
    "email",
    "created_on",
)
_NEEDED = ("system", "record_id", "name")
_NAME_PARTS = ("name", "name_core", "name_stem", "legal_form", "branch_town")


def normalise(records: pd.DataFrame) -> pd.DataFrame:
    """The records with every field in one form.

    Answers: what do the systems say of a customer once only the way of writing is gone?

    Parameters
    ----------
    records : DataFrame, one row a record
        system, record_id, name; contact_name, mobile, landline, address, id_type, id_number, email, created_on as far as they are there.

    Returns
    -------
    DataFrame, the rows in their order, indexed from 0
        system, record_id, name, name_core (without legal form and branch), name_stem (without a shop's ending too), legal_form, branch_town
        ("" for the head office), contact_name, contact_polite (only the surname is known), mobile (eleven digits), landline (0571-…),
        province (in full), city, district, street, house, id_type, id_number, email, created_on. What cannot be read as what it should be
        (a mobile of ten digits) is missing.

    Raises
    ------
    ValueError
        There is no table or no row, a column is lacking, a number stands twice or a name is missing.

    Source: Christen, *Data Matching* (2012), ch. 3 (data pre-processing).

    >>> records = pd.DataFrame({"system": ["order"], "record_id": ["DD1"], "name": ["瀾禾 女裝有限公司"], "mobile": ["+86 12942878779"]})
    >>> normalise(records)[["name_core", "mobile"]].values.tolist()
    [['澜禾女装', '12942878779']]
    """
    table = _checked(records)
    texts = {
        field: _plain(table[field]) for field in ("name", "contact_name", "address")
    }
    names = _spread(
        texts["name"], lambda text: tuple(split_name(text).values()), _NAME_PARTS
    )
    places = _spread(
        texts["address"],
        lambda text: tuple(part or None for part in split_address(text).values()),
        PARTS,
    )
    contacts = _spread(
        texts["contact_name"], split_contact, ("contact_name", "contact_polite")
    )
    return pd.DataFrame({
        "system": table["system"].to_numpy(), "record_id": table["record_id"].to_numpy(), **names,
        "contact_name": contacts["contact_name"], "contact_polite": np.equal(contacts["contact_polite"], True).astype(bool),
        "mobile": for_each_value(table["mobile"], lambda texts: [clean_mobile(text) for text in texts]),
        "landline": for_each_value(table["landline"], lambda texts: [clean_landline(text) for text in texts]),
        **places, "id_type": table["id_type"].to_numpy(dtype=object, na_value=None),
        "id_number": _code(table["id_number"], str.upper), "email": _code(table["email"], str.lower),
        "created_on": pd.to_datetime(table["created_on"]).to_numpy(),
    })  # fmt: skip


def _checked(records: object) -> pd.DataFrame:
    """The records with all columns of GIVEN, those not given empty, indexed from 0."""
    need_frame(records, "records")
    require_columns(
        records.columns,
        [*_NEEDED, *(name for name in GIVEN if name in records.columns)],
    )
    if records.empty:
        raise ValueError(_("The table has no records."))
    for column in _NEEDED:
        blank = records[column].isna() | (records[column].astype(str).str.strip() == "")
        refuse_rows(
            blank,
            _("{name} is missing").format(name=column),
            _("Fill it in, or drop these rows."),
        )
    twice = records["record_id"].duplicated(keep=False)
    refuse_rows(
        twice,
        _("A record_id stands twice"),
        _(
            "Put the system's letters before it, so that each record has a number of its own."
        ),
    )
    return records.reindex(columns=list(GIVEN)).reset_index(drop=True)


def _plain(values: pd.Series) -> pd.Series:
    """Half width, simplified, no blanks; an empty text is missing."""
    done = for_each_value(
        values,
        lambda texts: simplified([without_blanks(half_width(text)) for text in texts]),
    )
    return pd.Series(done, index=values.index, dtype=object).replace("", None)


def _code(values: pd.Series, case) -> np.ndarray:
    return for_each_value(
        values,
        lambda texts: [
            case(without_blanks(half_width(text))) or None for text in texts
        ],
    )


def _spread(texts: pd.Series, split, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The parts into which `split` takes each text, by name."""
    codes, different = pd.factorize(texts)
    made = np.full((len(different) + 1, len(names)), None, dtype=object)
    for place, text in enumerate(different):
        made[place] = split(text)
    return {name: made[codes, place] for place, name in enumerate(names)}


def what_changed(
    records: pd.DataFrame, clean: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Every field that was written differently, before and after, with the rules that changed it.

    Answers: what has the machine done to our data, and was it right?

    Parameters
    ----------
    records : DataFrame, as :func:`normalise` takes it
    clean : DataFrame, optional
        What `normalise(records)` gave; worked out where it is not given.

    Returns
    -------
    DataFrame, one row a changed field
        system, record_id, field, before, after, change_rules: which of full_width, spacing, traditional, legal_form, branch, polite_form,
        phone_format, not_a_number (could not be read and was left out), place_names (province or city in full or added), letter_case,
        with "+" between.

    Source: rule of this library: what is changed can be seen.

    >>> records = pd.DataFrame({"system": ["order"], "record_id": ["DD1"], "name": ["瀾禾 女裝有限公司"]})
    >>> what_changed(records)[["after", "change_rules"]].values.tolist()
    [['澜禾女装', 'spacing+traditional+legal_form']]
    """
    table = _checked(records)
    clean = normalise(records) if clean is None else clean
    city = clean["city"].where(clean["city"] != clean["province"])
    address = clean[list(PARTS)].assign(city=city).fillna("").agg("".join, axis=1)
    after = {
        "name": clean["name_core"]
        + clean["branch_town"].where(
            clean["branch_town"] == "", "·" + clean["branch_town"]
        ),
        "address": address,
    }
    found = []
    for field in (
        "name",
        "contact_name",
        "mobile",
        "landline",
        "address",
        "id_number",
        "email",
    ):
        before, now = table[field], after[field] if field in after else clean[field]
        rows = before.notna() & (before.astype(object) != now.astype(object))
        part = pd.DataFrame(
            {
                "system": table["system"],
                "record_id": table["record_id"],
                "field": field,
                "before": before,
                "after": now,
            }
        )[rows]
        rules = [
            _rules(field, *pair)
            for pair in zip(part["before"], part["after"], strict=True)
        ]
        found.append(
            part.assign(change_rules=pd.Series(rules, index=part.index, dtype=object))
        )
    changes = pd.concat(found)
    return (
        changes[changes["change_rules"] != ""]
        .rename_axis("row")
        .sort_values("row", kind="stable")
        .reset_index(drop=True)
    )


def _rules(field: str, before: str, after: object) -> str:
    before = str(before)
    half = half_width(before)
    bare = without_blanks(half)
    rules = (
        ["full_width"]
        if half.replace(" ", "") != before.replace("\u3000", "").replace(" ", "")
        else []
    )
    if field in ("mobile", "landline"):
        if not isinstance(after, str):
            return "not_a_number"
        return "+".join([*rules, "phone_format"] if half != after else rules)
    rules += ["spacing"] if bare != half else []
    plain = (
        simplified([bare])[0] if field in ("name", "contact_name", "address") else bare
    )
    rules += ["traditional"] if plain != bare else []
    if field == "name":
        parts = split_name(plain)
        rules += [rule for rule in ("legal_form", "branch_town") if parts[rule]]
    elif field == "contact_name":
        rules += ["polite_form"] if plain != after else []
    elif field == "address":
        rules += ["place_names"] if plain != after else []
    elif plain != after:
        rules += ["letter_case"]
    return "+".join(rules)


def change_counts(
    records: pd.DataFrame, clean: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How often each rule changed a field, by system.

    Answers: which system writes most carelessly, and in what?

    Parameters
    ----------
    records, clean : as :func:`what_changed` takes them

    Returns
    -------
    DataFrame, indexed by rule, most frequent first
        One column a system, and all.

    Source: rule of this library: what is changed can be seen.

    >>> records = pd.DataFrame({"system": ["order"], "record_id": ["DD1"], "name": ["瀾禾 女裝有限公司"]})
    >>> change_counts(records).loc["legal_form", "order"].item()
    1
    """
    changes = what_changed(records, clean)
    long = changes.assign(rule=changes["change_rules"].str.split("+")).explode("rule")
    counts = pd.crosstab(long["rule"], long["system"])
    counts.columns.name = None
    return counts.assign(all=counts.sum(axis=1)).sort_values(
        "all", ascending=False, kind="stable"
    )
