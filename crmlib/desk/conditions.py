"""The conditions in a workflow file: comparisons of fields, counts and standards; nothing in a file is ever run as a programme."""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crmlib.i18n import _

_COMPARE = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many, ast.NotIn: lambda one, many: one not in many,
}  # fmt: skip
_ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_CALLS = ("times", "standard")
_LONGEST = 500


@dataclass(frozen=True)
class Condition:
    """A checked condition: its `text`, and the fields, steps (`times('call_back')`) and standards (`standard('…')`) that it asks for.

    >>> again = Condition("reached == 'no' and times('call_back') < standard('call_center.callback.attempts_most')")
    >>> sorted(again.fields), sorted(again.steps), sorted(again.standards)
    (['reached'], ['call_back'], ['call_center.callback.attempts_most'])
    >>> again.holds({"reached": "no"}, times={"call_back": 1}, terms={"call_center.callback.attempts_most": 3})
    True
    """

    text: str
    fields: frozenset[str] = field(init=False, repr=False)
    steps: frozenset[str] = field(init=False, repr=False)
    standards: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        asked: dict[str, set[str]] = {"fields": set(), "times": set(), "standard": set()}
        _check(self._tree(), asked, self.text)
        for name, key in (("fields", "fields"), ("steps", "times"), ("standards", "standard")):
            object.__setattr__(self, name, frozenset(asked[key]))

    def _tree(self) -> ast.expr:
        try:
            if len(self.text) > _LONGEST:
                raise ValueError
            return ast.parse(self.text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            _refuse(self.text)

    def holds(self, facts: Mapping[str, Any], *, times: Mapping[str, int], terms: Mapping[str, float]) -> bool:
        """Whether it is so. A field that nobody filled in is neither more nor less than anything, and equal to nothing.

        Parameters
        ----------
        facts : what the fields say, by code
        times : how often in a row each step was completed
        terms : the standards that hold for the case
        """
        return bool(_value(self._tree(), facts, times, terms))


def _refuse(text: str) -> None:
    raise ValueError(_(
        "The condition “{text}” cannot be read. Compare fields, as in: answer == 'agrees', compensation_yuan > 50, "
        "remedy in ('refund', 'reship'), times('call_back') < 3; join with and, or, not."
    ).format(text=text[:_LONGEST]))  # fmt: skip


def _check(node: ast.expr, asked: dict[str, set[str]], text: str) -> None:
    if isinstance(node, ast.BoolOp):
        parts = node.values
    elif isinstance(node, ast.UnaryOp) and (isinstance(node.op, ast.Not) or isinstance(node.op, ast.USub) and _is_number(node.operand)):
        parts = [node.operand]
    elif isinstance(node, ast.Compare) and all(type(sign) in _COMPARE for sign in node.ops):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.Tuple):
        parts = node.elts
    elif isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float)):
        parts = []
    elif isinstance(node, ast.Name):
        asked["fields"].add(node.id)
        parts = []
    elif isinstance(node, ast.Call) and _named(node):
        asked[node.func.id].add(node.args[0].value)
        parts = []
    else:
        _refuse(text)
    for part in parts:
        _check(part, asked, text)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def _named(node: ast.Call) -> bool:
    called = isinstance(node.func, ast.Name) and node.func.id in _CALLS and not node.keywords and len(node.args) == 1
    return called and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)


def _value(node: ast.expr, facts: Mapping[str, Any], times: Mapping[str, int], terms: Mapping[str, float]) -> Any:
    def of(part: ast.expr) -> Any:
        return _value(part, facts, times, terms)

    if isinstance(node, ast.BoolOp):
        return (all if isinstance(node.op, ast.And) else any)(of(part) for part in node.values)
    if isinstance(node, ast.UnaryOp):
        return not of(node.operand) if isinstance(node.op, ast.Not) else -of(node.operand)
    if isinstance(node, ast.Compare):
        values = [of(node.left), *map(of, node.comparators)]
        return all(_compared(sign, one, other) for sign, one, other in zip(node.ops, values, values[1:], strict=False))
    if isinstance(node, ast.Tuple):
        return tuple(of(part) for part in node.elts)
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return facts.get(node.id)
    name = node.args[0].value
    return times.get(name, 0) if node.func.id == "times" else terms[name]


def _compared(sign: ast.cmpop, one: Any, other: Any) -> bool:
    if isinstance(sign, _ORDERED) and not (_is_text(one) and _is_text(other) or _is_amount(one) and _is_amount(other)):
        return False
    if isinstance(sign, (ast.In, ast.NotIn)) and not isinstance(other, tuple):
        other = (other,)
    return _COMPARE[type(sign)](one, other)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_amount(value: Any) -> bool:
    return isinstance(value, (int, float))
