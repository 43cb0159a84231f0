"""Conditions of rules, in the language of the package rule_engine: checked when read, worked out for whole columns at once.

What cannot be done by columns is asked of rule_engine itself, once for each combination of values. A comparison of more or less with a missing
value decides nothing: a message never goes out because a value is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from crmlib.desk.rules.fields import Field

BEIJING = dt.timezone(dt.timedelta(hours=8))
_KINDS = {"text": "STRING", "number": "FLOAT", "yes_no": "BOOLEAN", "datetime": "DATETIME"}
_ORDER = {"gt": np.greater, "ge": np.greater_equal, "lt": np.less, "le": np.less_equal}
_TIE = 1e-9
_FAILS = (ArithmeticError, TypeError, ValueError)


@dataclass(frozen=True, eq=False)
class Values:
    """A column as conditions want it: numbers, moments, yes or no, or the places of texts among `categories`; `missing` says where there is none.

    `inexact`: worked out with floats, so that what differs by a rounding counts as equal, as it would in decimals.
    """

    kind: str
    values: np.ndarray
    missing: np.ndarray
    categories: pd.Index | None = None
    inexact: bool = False

    def plain(self, row: int) -> Any:
        """One value as Python has it; None where missing."""
        if self.missing[row]:
            return None
        value = self.values[row]
        if self.kind == "text":
            return str(self.categories[value])
        return pd.Timestamp(value).to_pydatetime() if self.kind == "datetime" else value.item()


def column_values(series: pd.Series, kind: str) -> Values:
    """A column of a table as `Values`.

    >>> column_values(pd.Series(["a", None, "a"]), "text").values.tolist()
    [0, -1, 0]
    """
    if kind == "text":
        found = series.array if isinstance(series.dtype, pd.CategoricalDtype) else pd.Categorical(series)
        codes = np.asarray(found.codes)
        return Values(kind, codes, codes < 0, found.categories)
    missing = series.isna().to_numpy()
    if kind == "datetime":
        return Values(kind, series.to_numpy(dtype="datetime64[us]"), missing)
    plain = series.astype(object).where(series.notna(), False).astype(bool) if kind == "yes_no" else pd.to_numeric(series)
    return Values(kind, plain.to_numpy(dtype=bool if kind == "yes_no" else float, na_value=np.nan if kind == "number" else False), missing)


Columns = Callable[[str], Values]


class _PerRow(Exception):
    """This part of a condition is not worked out by columns."""


@dataclass(frozen=True)
class Condition:
    """A condition that may stand: its `text`, over `fields` by name. Empty text always holds.

    >>> late = Condition("p_late >= 0.6 and market == 'corporate'", {"p_late": Field("p_late", "number", "", ""),
    ...     "market": Field("market", "text", "", "")})
    >>> late.holds({"p_late": 0.7, "market": "corporate"}), late.holds({"p_late": None, "market": "corporate"})
    (True, False)
    """

    text: str
    fields: Mapping[str, Field] = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rule", parsed(self.text, self.fields))

    @property
    def names(self) -> list[str]:
        """The fields it asks for, in order."""
        return list(dict.fromkeys(node.name for node in walk(self._rule.statement) if type(node).__name__ == "SymbolExpression" and node.name in self.fields))

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether it is so for one event, as rule_engine itself says; a comparison with a missing value decides nothing."""
        import rule_engine

        try:
            return bool(self._rule.matches(row))
        except (rule_engine.EngineError, *_FAILS):
            return False

    def matches(self, columns: Columns, rows: int) -> np.ndarray:
        """The same for `rows` events at once; `columns` gives the `Values` of a field."""
        return _truth(self._rule.statement.expression, columns, rows)[0]


def parsed(text: str, fields: Mapping[str, Field]) -> Any:
    """The condition as rule_engine understands it; its errors are raised as they are."""
    import rule_engine

    kinds = {name: getattr(rule_engine.DataType, _KINDS[entry.kind]) for name, entry in fields.items()}
    context = rule_engine.Context(type_resolver=rule_engine.type_resolver_from_dict(kinds), default_timezone=BEIJING)
    return rule_engine.Rule(text.strip() or "true", context=context)


def walk(node: Any) -> Iterator[Any]:
    """The node of a condition and all under it."""
    import rule_engine

    yield node
    names = [*getattr(node, "__dict__", ()), *(slot for kind in type(node).__mro__ for slot in _slots(kind))]
    for name in dict.fromkeys(names):
        part = getattr(node, name, None)
        for one in part if isinstance(part, (list, tuple)) else (part,):
            if isinstance(one, rule_engine.ast.ASTNodeBase):
                yield from walk(one)


@cache
def _slots(kind: type) -> tuple[str, ...]:
    found = kind.__dict__.get("__slots__", ())
    return (found,) if isinstance(found, str) else tuple(found)


Truth = tuple[np.ndarray, np.ndarray]
"""Where it holds, and where a missing value leaves it undecided; never both."""


def _truth(node: Any, columns: Columns, rows: int) -> Truth:
    try:
        return _by_columns(node, columns, rows)
    except _PerRow:
        return _by_rows(node, columns, rows)


def _by_columns(node: Any, columns: Columns, rows: int) -> Truth:
    name = type(node).__name__
    if name == "LogicExpression" and node.type in ("and", "or"):
        (one, open_one), (other, open_other) = (_truth(part, columns, rows) for part in (node.left, node.right))
        # As rule_engine does: the right side is not asked where the left one decides.
        undecided = open_one | (open_other & (one if node.type == "and" else ~one))
        return (one & other if node.type == "and" else one | other) & ~undecided, undecided
    if name == "UnaryExpression" and node.type == "not":
        holds, undecided = _truth(node.right, columns, rows)
        return ~holds & ~undecided, undecided
    if name == "BooleanExpression":
        return np.full(rows, bool(node.value)), np.zeros(rows, dtype=bool)
    if name == "SymbolExpression" and not node.scope:
        found = columns(node.name)
        if found.kind == "yes_no":
            return found.values & ~found.missing, np.zeros(rows, dtype=bool)
    if name == "ComparisonExpression":
        return _equal(node, columns, rows)
    if name == "ArithmeticComparisonExpression":
        return _ordered(node, columns, rows)
    if name == "ContainsExpression" and type(node.container).__name__ in ("ArrayExpression", "SetExpression"):
        return _among(node, columns, rows)
    raise _PerRow


def _is_literal(node: Any) -> bool:
    return type(node).__name__ in ("StringExpression", "FloatExpression", "BooleanExpression", "DatetimeExpression", "NullExpression")


def _literal(node: Any) -> tuple[str, Any]:
    value = node.evaluate({})
    if isinstance(value, dt.datetime):
        return "datetime", np.datetime64(value.astimezone(BEIJING).replace(tzinfo=None), "us")
    kinds = {str: "text", bool: "yes_no", Decimal: "number", type(None): "null"}
    return kinds[type(value)], float(value) if isinstance(value, Decimal) else value


def _operand(node: Any, columns: Columns, rows: int) -> tuple[Values, np.ndarray]:
    """A side of a comparison, and where it cannot be worked out."""
    name = type(node).__name__
    nowhere = np.zeros(rows, dtype=bool)
    if name == "SymbolExpression" and not node.scope:
        return columns(node.name), nowhere
    if _is_literal(node):
        kind, value = _literal(node)
        if kind in ("number", "datetime"):
            return Values(kind, np.broadcast_to(np.asarray(value), rows), nowhere), nowhere
    if name == "UnaryExpression" and node.type == "uminus":
        found, bad = _operand(node.right, columns, rows)
        if found.kind == "number":
            return Values("number", -found.values, nowhere, inexact=found.inexact), bad | found.missing
    if name in ("AddExpression", "SubtractExpression") or name == "ArithmeticExpression" and node.type == "mul":
        (one, bad_one), (other, bad_other) = (_operand(part, columns, rows) for part in (node.left, node.right))
        if one.kind == other.kind == "number":
            work = {"AddExpression": np.add, "SubtractExpression": np.subtract}.get(name, np.multiply)
            return Values("number", work(one.values, other.values), nowhere, inexact=True), bad_one | bad_other | one.missing | other.missing
    raise _PerRow


def _ties(one: Values, other: Values) -> np.ndarray | bool:
    if not (one.inexact or other.inexact):
        return False
    return np.abs(one.values - other.values) <= _TIE * np.maximum(1, np.maximum(np.abs(one.values), np.abs(other.values)))


def _ordered(node: Any, columns: Columns, rows: int) -> Truth:
    (one, bad_one), (other, bad_other) = (_operand(part, columns, rows) for part in (node.left, node.right))
    if one.kind != other.kind or one.kind not in ("number", "datetime"):
        raise _PerRow
    undecided = bad_one | bad_other | (one.missing ^ other.missing)
    # Two missing values count as equal, as in rule_engine.
    holds = np.where(one.missing, node.type in ("ge", "le"), _ORDER[node.type](one.values, other.values))
    if (ties := _ties(one, other)) is not False:
        holds = np.where(ties, node.type in ("ge", "le"), holds)
    return holds & ~undecided, undecided


def _equal(node: Any, columns: Columns, rows: int) -> Truth:
    if node.type not in ("eq", "ne"):
        raise _PerRow
    left, right = (node.right, node.left) if _is_literal(node.left) else (node.left, node.right)
    nowhere = np.zeros(rows, dtype=bool)
    if type(left).__name__ == "SymbolExpression" and not left.scope and _is_literal(right):
        found, (kind, value) = columns(left.name), _literal(right)
        if kind == "null":
            same = found.missing
        elif kind != found.kind:
            same = nowhere
        else:
            same = ~found.missing & (found.values == (found.categories.get_indexer([value])[0] if kind == "text" else value))
        return (~same if node.type == "ne" else same), nowhere
    (one, bad_one), (other, bad_other) = (_operand(part, columns, rows) for part in (left, right))
    if one.kind != other.kind or one.kind == "text":
        raise _PerRow
    undecided = bad_one | bad_other
    same = (~one.missing & ~other.missing & ((one.values == other.values) | _ties(one, other))) | (one.missing & other.missing)
    return (~same if node.type == "ne" else same) & ~undecided, undecided


def _among(node: Any, columns: Columns, rows: int) -> Truth:
    if type(node.member).__name__ != "SymbolExpression" or node.member.scope or not all(map(_is_literal, node.container.value)):
        raise _PerRow
    found = columns(node.member.name)
    several = [_literal(part) for part in node.container.value]
    wanted = [value for kind, value in several if kind == found.kind]
    if found.kind == "text":
        hit = np.append(found.categories.isin(wanted), False)[found.values]  # place -1, the missing one, is the last
    else:
        hit = np.isin(found.values, np.array(wanted, dtype=found.values.dtype)) & ~found.missing
    if ("null", None) in several:
        hit = hit | found.missing
    return hit, np.zeros(rows, dtype=bool)


def _by_rows(node: Any, columns: Columns, rows: int) -> Truth:
    import rule_engine

    names = list(dict.fromkeys(part.name for part in walk(node) if type(part).__name__ == "SymbolExpression" and not part.scope))
    known = {}
    for name in names:
        try:
            known[name] = columns(name)
        except KeyError:  # a name that the condition itself gives, as x in [x for x in …]
            continue
    keys = pd.DataFrame({name: pd.factorize(found.values)[0] * 2 + found.missing
                         for name, found in known.items()}, index=range(rows))  # fmt: skip
    if known:
        group = keys.groupby(list(known), sort=False).ngroup().to_numpy()
        first = np.unique(group, return_index=True)[1]
    else:
        group, first = np.zeros(rows, dtype=int), np.zeros(min(rows, 1), dtype=int)
    holds, undecided = np.zeros(len(first), dtype=bool), np.zeros(len(first), dtype=bool)
    for place, row in enumerate(first):
        try:
            holds[place] = bool(node.evaluate({name: found.plain(row) for name, found in known.items()}))
        except (rule_engine.EngineError, *_FAILS):
            undecided[place] = True
    return holds[group], undecided[group]
