"""What is written down at a step: nothing required is missing, and every value is what its field says."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from crmlib.desk.conditions import Condition
from crmlib.desk.procedure import Field, Step
from crmlib.i18n import _

_LONGEST = 4000
_YES_NO = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}


def recorded(step: Step, fields: object, *, facts: Mapping[str, Any], terms: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a step's fields as they are kept, in the order of the file.

    Parameters
    ----------
    step : Step
    fields : mapping of a field's code to its value; an enum's value is its code or its name in either language
    facts : what was written down earlier in the case; a condition may ask for it
    terms : the standards that hold for the case

    Raises
    ------
    ValueError
        A field is missing, unknown, or its value is of another kind.

    >>> from crmlib.desk import sop
    >>> complaint = sop("complaint")
    >>> recorded(complaint.step("call_back"), {"reached": "否"}, facts={}, terms=complaint.terms())
    {'reached': 'no'}
    """
    where = _("The step {name} ({step})").format(name=step.name, step=step.code)
    if not isinstance(fields, Mapping):
        raise ValueError(_("{where}: give its fields as {{code: value}}, not as a {kind}.").format(where=where, kind=type(fields).__name__))
    known = {field.code: field for field in step.fields}
    if unknown := [code for code in fields if code not in known]:
        near = difflib.get_close_matches(str(unknown[0]), known, n=1, cutoff=0.6)
        raise ValueError(_("{where} has no field {field}. Did you mean {near}? Its fields: {fields}.").format(
            where=where, field=unknown[0], near=near[0] if near else "–", fields=", ".join(known) or "–"))  # fmt: skip
    given = {code: value for code, value in fields.items() if not _is_blank(value)}
    kept = {code: _kept(known[code], given[code], where) for code in known if code in given}
    asked = {**facts, **dict.fromkeys(known), **kept}
    missing = [field for field in step.fields if field.code not in kept and _is_required(field, asked, terms)]
    if missing:
        raise ValueError(_("{where} lacks: {missing}. Nothing was recorded; give it in the fields.").format(
            where=where, missing=_("; ").join(f"{field.name} ({field.code})" for field in missing)))  # fmt: skip
    return kept


def _is_blank(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or pd.api.types.is_scalar(value) and bool(pd.isna(value))


def _is_required(field: Field, facts: Mapping[str, Any], terms: Mapping[str, Any]) -> bool:
    if isinstance(field.required, Condition):
        return field.required.holds(facts, times={}, terms=terms)
    return field.required


def _kept(field: Field, value: Any, where: str) -> Any:
    def refuse(wanted: str) -> None:
        raise ValueError(_("{where}: {name} ({field}) is {value}; it must be {wanted}.").format(
            where=where, field=field.code, name=field.name, value=repr(value)[:80], wanted=wanted))  # fmt: skip

    if field.kind == "enum":
        found = [one.code for one in field.values if str(value).strip() in (one.code, one.zh, one.en)]
        return found[0] if found else refuse(_("one of {values}").format(values=", ".join(one.code for one in field.values)))
    if field.kind in ("long", "double"):
        return _number(field, value, refuse)
    if field.kind == "boolean":
        plain = value if isinstance(value, (bool, np.bool_)) else _YES_NO.get(str(value).strip().lower())
        return bool(plain) if plain is not None else refuse(_("yes or no"))
    if field.kind == "date":
        try:
            return (
                str(pd.Timestamp(value).date()) if isinstance(value, (str, dt.date, np.datetime64)) else refuse(_("a day like 2026-11-11"))
            )
        except (ValueError, OverflowError):
            refuse(_("a day like 2026-11-11"))
    text = str(value).strip()
    if isinstance(value, (Mapping, list, tuple, set)) or len(text) > _LONGEST or "\x00" in text:
        refuse(_("a text of at most {most} characters").format(most=_LONGEST))
    return text


def _number(field: Field, value: Any, refuse) -> float | int:
    whole = field.kind == "long"
    try:
        number = float(value) if isinstance(value, (str, Real)) and not isinstance(value, (bool, np.bool_)) else np.nan
    except ValueError:
        number = np.nan
    if not np.isfinite(number) or whole and not (isinstance(value, Integral) or number.is_integer()):
        refuse(_("a whole number") if whole else _("a number"))
    if field.low is not None and number < field.low or field.high is not None and number > field.high:
        low, high = (f"{bound:g}" if bound is not None else "∞" for bound in (field.low, field.high))
        refuse(_("from {low} to {high}").format(low=low, high=high))
    return int(number) if whole else number
