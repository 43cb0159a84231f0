"""Every promise, limit, weight and default, with its unit, source, date and how sure we are of it.

The values stand in ``standards.toml``. A class or a firm that knows better writes a TOML file with the entries that
differ and calls :func:`use`; a misspelt key or a wrong unit is refused.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crmlib.i18n import _

MARKS = ("V", "V-", "D", "GK", "seed", "teaching")
_SHIPPED = Path(__file__).parent / "standards.toml"
_FIELDS = ("value", "unit", "source", "date", "mark")
_RANGES = {
    "share": (0, 1),
    "share_per_year": (-1, 100),
    "yuan": (0, None),
    "yuan_per_year": (0, None),
    "yuan_per_parcel": (0, None),
    "days": (0, None),
    "months": (0, None),
    "hours": (0, None),
    "seconds": (0, None),
    "count": (0, None),
    "ratio": (0, None),
    "points": (0, None),
}


@dataclass(frozen=True)
class Standard:
    """One figure: `value` in `unit`, where it comes from, and its `mark` (one of MARKS)."""

    key: str
    value: float | list[float]
    unit: str
    source: str
    date: str
    mark: str


def _flatten(tree: dict, prefix: str = "") -> dict[str, dict]:
    entries: dict[str, dict] = {}
    for name, node in tree.items():
        key = f"{prefix}{name}"
        if isinstance(node, dict) and "value" not in node:
            entries |= _flatten(node, f"{key}.")
        else:
            entries[key] = node
    return entries


def _check(key: str, entry: object, origin: str) -> Standard:
    if not isinstance(entry, dict) or set(entry) != set(_FIELDS):
        raise ValueError(
            _("{origin}: the entry {key} must have exactly these fields: {fields}.").format(origin=origin, key=key, fields=", ".join(_FIELDS))
        )
    if entry["mark"] not in MARKS:
        raise ValueError(_("{origin}: the mark of {key} must be one of {marks}.").format(origin=origin, key=key, marks=", ".join(MARKS)))
    if entry["unit"] not in _RANGES:
        raise ValueError(_("{origin}: {key} has the unknown unit {unit}. Known: {known}.").format(
            origin=origin, key=key, unit=entry["unit"], known=", ".join(_RANGES)))  # fmt: skip
    low, high = _RANGES[entry["unit"]]
    for value in entry["value"] if isinstance(entry["value"], list) else [entry["value"]]:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not (low <= value and (high is None or value <= high)):
            raise ValueError(_("{origin}: the value {value} of {key} is no {unit}.").format(
                origin=origin, key=key, value=value, unit=entry["unit"]))  # fmt: skip
    return Standard(key, *(entry[field] for field in _FIELDS))


def _read(path: Path) -> dict[str, Standard]:
    try:
        tree = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ValueError(_("Cannot read {path}: {reason}").format(path=path, reason=error.strerror)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(_("{path} is not a TOML file in UTF-8: {reason}").format(path=path, reason=error)) from None
    return {key: _check(key, entry, path.name) for key, entry in _flatten(tree).items()}


_active = _read(_SHIPPED)


def _known(key: str) -> Standard:
    if key not in _active:
        near = difflib.get_close_matches(key, _active, n=3, cutoff=0.4)
        raise ValueError(_("There is no standard {key}. Did you mean: {near}?").format(key=key, near=", ".join(near) or "–"))
    return _active[key]


def entry(key: str) -> Standard:
    """The whole entry of one standard: value, unit, source, date, mark.

    Raises
    ------
    ValueError
        No such key; the sentence offers the nearest ones.

    >>> entry("abc.b_share").mark
    'seed'
    """
    return _known(key)


def get(key: str, unit: str):
    """The value of one standard, which must be in `unit`.

    Raises
    ------
    ValueError
        No such key, or its unit is another.

    >>> get("abc.b_share", unit="share")
    0.2
    """
    found = _known(key)
    if found.unit != unit:
        raise ValueError(_("{key} is in {unit}, not in {wanted}.").format(key=key, unit=found.unit, wanted=unit))
    return found.value


def use(path: str | os.PathLike | None) -> None:
    """Replace shipped standards by those of a TOML file; None goes back to the shipped ones.

    The file holds only the entries that differ. Nothing changes when anything in it is refused.

    Raises
    ------
    ValueError
        The file cannot be read, a key is unknown, a field is missing, or a unit differs from the shipped one.

    >>> use(None)
    """
    global _active
    shipped = _read(_SHIPPED)
    changed = _read(Path(path)) if path is not None else {}
    for key, standard in changed.items():
        if key not in shipped:
            near = difflib.get_close_matches(key, shipped, n=3, cutoff=0.4)
            raise ValueError(_("There is no standard {key}. Did you mean: {near}?").format(key=key, near=", ".join(near) or "–"))
        if standard.unit != shipped[key].unit:
            raise ValueError(_("{key} is in {unit}, not in {wanted}.").format(key=key, unit=shipped[key].unit, wanted=standard.unit))
    _active = shipped | changed


def table() -> pd.DataFrame:
    """All standards in force, one row each, indexed by key.

    >>> table().loc["abc.b_share", "unit"]
    'share'
    """
    rows = [vars(standard) for standard in _active.values()]
    return pd.DataFrame(rows).set_index("key")
