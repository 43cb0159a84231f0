"""How far two records agree, field by field, in a few levels that a person would name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import need_frame, require_columns
from crmlib.identity.names import form_kind, surname
from crmlib.identity.one_slip import one_slip_apart
from crmlib.identity.texts import for_each_value

LEVELS: dict[str, tuple[str, ...]] = {
    "name": (
        "equal_rare",
        "equal_common",
        "short_form",
        "one_slip",
        "other_form",
        "head_and_branch",
        "different",
    ),
    "contact_name": ("equal", "surname", "one_slip", "different"),
    "mobile": ("equal", "one_slip", "different"),
    "landline": ("equal", "different"),
    "address": ("equal", "one_slip", "same_city", "different"),
    "id_number": ("equal", "one_slip", "different"),
    "email": ("equal", "one_slip", "different"),
}
"""The levels of each field, from full agreement to none."""
MISSING = -1
_PERSON = 4
"""A name of more characters is no person's."""
_WANTED = (
    "name_core",
    "name_stem",
    "legal_form",
    "branch_town",
    "contact_name",
    "contact_polite",
    "mobile",
    "landline",
    "city",
    "street",
    "house",
    "id_number",
    "email",
)


def agreement(clean: pd.DataFrame, left: np.ndarray, right: np.ndarray) -> pd.DataFrame:
    """The level of agreement of each pair in each field.

    Answers: in what do these two records agree, nearly agree, and contradict each other?

    Parameters
    ----------
    clean : DataFrame, from :func:`crmlib.identity.normalise`
    left, right : arrays of row positions in it, one a pair

    Returns
    -------
    DataFrame of small whole numbers, one row a pair
        One column a field of LEVELS: the place of the level there, or -1 where one of the two has nothing to compare. The contact of a
        private person, whose name stands there a second time, is not compared again.

    Source: Christen, *Data Matching* (2012), ch. 5; Winkler (1990) for levels and for rare values that say more.

    >>> clean = pd.DataFrame({"name_core": ["澜禾女装", "兰禾女装"], "name_stem": ["澜禾女装", "兰禾女装"], "legal_form": "", "branch_town": "", "contact_name": ["王若芷", "王"],
    ...     "contact_polite": [False, True], "mobile": ["12900000001", None], "landline": None, "city": None, "street": None, "house": None,
    ...     "id_number": None, "email": None})
    >>> [LEVELS[field][level] for field, level in agreement(clean, np.array([0]), np.array([1])).iloc[0].items() if level >= 0]
    ['one_slip', 'surname']
    """
    need_frame(clean, "clean")
    require_columns(clean.columns, list(_WANTED))
    found = {
        "name": _names(clean, left, right),
        "contact_name": _contacts(clean, left, right),
    }
    for field in ("mobile", "landline", "id_number", "email"):
        found[field] = _texts(
            clean[field], left, right, slips="one_slip" in LEVELS[field]
        )
    found["address"] = _addresses(clean, left, right)
    return pd.DataFrame({field: found[field].astype(np.int8) for field in LEVELS})


def _coded(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    codes, distinct = pd.factorize(values)
    return codes, np.asarray(distinct, dtype=object).astype(np.str_)


def _texts(
    values: pd.Series, left: np.ndarray, right: np.ndarray, *, slips: bool
) -> np.ndarray:
    """0 equal, 1 one slip apart (where slips are told apart), then different; -1 where one is missing."""
    codes, texts = _coded(values)
    one, two = codes[left], codes[right]
    level = np.full(len(left), 2 if slips else 1)
    level[one == two] = 0
    if slips:
        rows = np.flatnonzero((one != two) & (one >= 0) & (two >= 0))
        level[rows[one_slip_apart(texts, one[rows], two[rows])]] = 1
    level[(one < 0) | (two < 0)] = MISSING
    return level


def _names(clean: pd.DataFrame, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    kinds = pd.Series(
        for_each_value(
            clean["legal_form"], lambda forms: [form_kind(form) for form in forms]
        )
    )
    core, stem, branch, form = map(
        _coded, (clean["name_core"], clean["name_stem"], clean["branch_town"], kinds)
    )
    common = np.bincount(core[0], minlength=len(core[1])) > standards.get(
        "identity.rare_name", unit="count"
    )
    plain = for_each_value(
        clean["name_core"] + "|" + clean["name_stem"],
        lambda texts: [text.split("|")[0] == text.split("|")[1] for text in texts],
    )
    plain = plain.astype(bool)
    level = np.full(len(left), 6)
    same = core[0][left] == core[0][right]
    rows = np.flatnonzero(~same)
    level[rows[one_slip_apart(core[1], core[0][left][rows], core[0][right][rows])]] = 3
    level[(stem[0][left] == stem[0][right]) & ~same & (plain[left] | plain[right])] = 2
    level[same] = np.where(common[core[0][left][same]], 1, 0)
    named = form[1] != ""
    other = (
        (form[0][left] != form[0][right]) & named[form[0][left]] & named[form[0][right]]
    )
    level[same & other] = 4
    level[same & (branch[0][left] != branch[0][right])] = 5
    return level


def _contacts(clean: pd.DataFrame, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    codes, texts = _coded(clean["contact_name"])
    family = _coded(
        pd.Series(
            for_each_value(
                clean["contact_name"], lambda names: [surname(name) for name in names]
            )
        )
    )[0]
    polite = clean["contact_polite"].to_numpy()
    name = clean["name_core"].astype(object).to_numpy()
    own = pd.Series(
        for_each_value(
            clean["name_core"],
            lambda names: [
                surname(name) if len(name) <= _PERSON else None for name in names
            ],
        )
    )
    himself = (clean["contact_name"] == name).to_numpy() | polite & (
        clean["contact_name"].to_numpy() == own.to_numpy()
    )
    one, two = codes[left], codes[right]
    level = np.full(len(left), 3)
    rows = np.flatnonzero(one != two)
    level[rows[one_slip_apart(texts, one[rows], two[rows])]] = 2
    level[one == two] = 0
    half = polite[left] | polite[right]
    level[half] = np.where(family[left] == family[right], 1, 3)[half]
    level[(one < 0) | (two < 0) | (himself[left] & himself[right])] = MISSING
    return level


def _addresses(clean: pd.DataFrame, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    place = clean["street"].fillna("") + clean["house"].fillna("")
    level = _texts(place.where(place != ""), left, right, slips=True)
    city = pd.factorize(clean["city"])[0]
    one, two = city[left], city[right]
    elsewhere = (one >= 0) & (two >= 0) & (one != two)
    level[(level >= 0) & (level < 2) & elsewhere] = 3
    level[level == 2] = np.where((one == two) & (one >= 0), 2, 3)[level == 2]
    return level
