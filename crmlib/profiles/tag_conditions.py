"""Conditions of tags in the language of the rule_engine library, worked out for all customers and all Mondays at once."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.profiles.tag_panel import Panel, features, symbols, word_values

_COMPARE = {"eq": (operator.eq, "=="), "ne": (operator.ne, "!="), "gt": (operator.gt, ">"), "ge": (operator.ge, ">="),
            "lt": (operator.lt, "<"), "le": (operator.le, "<=")}  # fmt: skip
_SUMS = {"add": (np.add, "+"), "sub": (np.subtract, "-"), "mul": (np.multiply, "*"), "tdiv": (np.divide, "/")}
_OPPOSITE = {"gt": "le", "ge": "lt", "lt": "ge", "le": "gt"}


@dataclass(frozen=True)
class Comparison:
    """One comparison of a condition: what it reads like, the symbols in it and, where it is of the simple kind `feature sign number`, these."""

    text: str
    node: Any = field(repr=False, compare=False)
    names: tuple[str, ...] = ()
    symbol: str = ""
    sign: str = ""
    limit: float = np.nan


@dataclass(frozen=True)
class TagCondition:
    """A condition that was read and checked: its `text`, and the `names` in it.

    A comparison with something that is not known is never so, whichever its sign.

    >>> sorted(TagCondition("market == 'e_commerce' and express_share_low > 0.25").names)
    ['express_share_low', 'market']
    """

    text: str
    names: frozenset[str] = field(init=False)
    _tree: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tree = _parsed(self.text)
        _refuse_others(tree, self.text)
        object.__setattr__(self, "_tree", tree)
        object.__setattr__(self, "names", frozenset(_names(tree)))

    def holds(self, panel: Panel) -> np.ndarray:
        """Customers × reviews: whether it is so."""
        with np.errstate(all="ignore"):
            found = _value(self._tree, panel)
        return np.broadcast_to(np.asarray(found, dtype=bool), panel.known.shape)

    def comparisons(self) -> list[Comparison]:
        """The comparisons that it is made of, in their order."""
        return [_comparison(node) for node in _walk(self._tree) if _kind(node) in ("compare", "contains")]

    def turned_by(self, part: Comparison, panel: Panel, place: int) -> bool:
        """Whether the whole condition would turn round for one customer today, were this one comparison the other way."""
        with np.errstate(all="ignore"):
            now, other = (np.broadcast_to(_value(self._tree, panel, flipped), panel.known.shape)[place, -1] for flipped in (None, part.node))
        return bool(now) != bool(other)

    @staticmethod
    def compared(part: Comparison, panel: Panel) -> np.ndarray:
        """Customers × reviews: whether one of its comparisons is so."""
        with np.errstate(all="ignore"):
            return np.broadcast_to(_compared(part.node, panel), panel.known.shape)


def _parsed(text: str) -> Any:
    import rule_engine

    kinds = {name: rule_engine.DataType.STRING if features()[of]["kind"] == "word" else rule_engine.DataType.FLOAT
             for name, of in symbols().items()}  # fmt: skip
    context = rule_engine.Context(type_resolver=rule_engine.type_resolver_from_dict(kinds))
    try:
        return rule_engine.Rule(text, context=context).statement.expression
    except rule_engine.SymbolResolutionError as error:
        near = get_close_matches(error.symbol_name, list(symbols()), n=1, cutoff=0.4)
        hint = _(" Did you mean “{near}”?").format(near=near[0]) if near else ""
        raise ValueError(_("There is no feature “{name}”.{hint} All of them: crm.profiles.tag_features().").format(
            name=error.symbol_name, hint=hint)) from None  # fmt: skip
    except rule_engine.EvaluationError:
        raise ValueError(_("“{text}” compares a word with a number. Put words in quotes, numbers without.").format(text=text)) from None
    except rule_engine.EngineError:
        raise ValueError(_(
            "“{text}” cannot be read. Write it like: market == 'e_commerce' and express_share_low > 0.25; join with and, or, not."
        ).format(text=text)) from None  # fmt: skip


def _kind(node: Any) -> str:
    kinds = {"LogicExpression": "logic", "ComparisonExpression": "compare", "ArithmeticComparisonExpression": "compare",
             "ContainsExpression": "contains", "UnaryExpression": "unary", "ArithmeticExpression": "sum", "AddExpression": "sum",
             "SubtractExpression": "sum", "FloatExpression": "number", "StringExpression": "word", "SymbolExpression": "symbol",
             "ArrayExpression": "list"}  # fmt: skip
    return kinds.get(type(node).__name__, "")


def _parts(node: Any) -> list[Any]:
    kind = _kind(node)
    if kind in ("logic", "compare", "sum"):
        return [node.left, node.right]
    if kind == "contains":
        return [node.member, node.container]
    if kind == "unary":
        return [node.right]
    return list(node.value) if kind == "list" else []


def _walk(node: Any) -> Iterator[Any]:
    yield node
    for part in _parts(node):
        yield from _walk(part)


def _names(node: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.name for one in _walk(node) if _kind(one) == "symbol"))


def _refuse_others(tree: Any, text: str) -> None:
    """Only what can be worked out for all customers at once, and words that exist."""
    if _kind(tree) not in ("logic", "compare", "contains", "unary") or _kind(tree) == "unary" and tree.type != "not":
        raise ValueError(_("“{text}” is no condition: it is neither so nor not so. Compare something, as in parcels >= 20.").format(text=text))
    for node in _walk(tree):
        kind = _kind(node)
        known = kind and (kind != "sum" or node.type in _SUMS) and (kind != "contains" or _kind(node.container) == "list")
        if not known or kind == "unary" and node.type not in ("not", "uminus"):
            raise ValueError(_("“{text}” uses a sign that tags do not know. Allowed are == != < <= > >=, in [ ], + - * /, and, or, not.").format(text=text))
        if kind in ("compare", "contains"):
            words = [one.name for one in _walk(node) if _kind(one) == "symbol" and features()[symbols()[one.name]]["kind"] == "word"]
            for word in (one.value for one in _walk(node) if _kind(one) == "word"):
                for name in words:
                    _refuse_unknown(name, word)


def _refuse_unknown(name: str, word: str) -> None:
    values = word_values(name)
    if word not in values:
        near = get_close_matches(word, values, n=1, cutoff=0.3)
        hint = _(" Did you mean “{near}”?").format(near=near[0]) if near else ""
        raise ValueError(_("{name} is never “{word}”.{hint} It may be: {values}.").format(name=name, word=word, hint=hint, values=", ".join(values)))


def _value(node: Any, panel: Panel, flipped: Any = None) -> Any:
    kind = _kind(node)
    if kind == "symbol":
        return panel.value(node.name)
    if kind in ("number", "word"):
        return float(node.value) if kind == "number" else node.value
    if kind in ("compare", "contains"):
        found = _compared(node, panel)
        return ~found if node is flipped else found
    if kind == "unary":
        value = _value(node.right, panel, flipped)
        return ~np.asarray(value, dtype=bool) if node.type == "not" else -value
    left, right = _value(node.left, panel, flipped), _value(node.right, panel, flipped)
    if kind == "logic":
        return (np.logical_and if node.type == "and" else np.logical_or)(left, right)
    return _SUMS[node.type][0](left, right)


def _compared(node: Any, panel: Panel) -> np.ndarray:
    if _kind(node) == "contains":
        member = _value(node.member, panel)
        return np.logical_or.reduce([np.asarray(member == _value(one, panel), dtype=bool) for one in node.container.value])
    left, right = _value(node.left, panel), _value(node.right, panel)
    found = np.asarray(_COMPARE[node.type][0](left, right), dtype=bool)
    return found & ~_missing(left) & ~_missing(right) if node.type == "ne" else found


def _missing(value: Any) -> Any:
    return np.asarray(pd.isna(value))


def _text(node: Any) -> str:
    kind = _kind(node)
    if kind == "symbol":
        return node.name
    if kind == "number":
        return f"{float(node.value):g}"
    if kind == "word":
        return f"'{node.value}'"
    if kind == "list":
        return f"[{', '.join(map(_text, node.value))}]"
    if kind == "unary":
        return f"{'not ' if node.type == 'not' else '-'}{_text(node.right)}"
    if kind == "contains":
        return f"{_text(node.member)} in {_text(node.container)}"
    sign = node.type if kind == "logic" else (_SUMS if kind == "sum" else _COMPARE)[node.type][1]
    return f"{_text(node.left)} {sign} {_text(node.right)}"


def _comparison(node: Any) -> Comparison:
    simple = _kind(node) == "compare" and _kind(node.left) == "symbol" and _kind(node.right) == "number"
    if not simple:
        return Comparison(_text(node), node, _names(node))
    return Comparison(_text(node), node, _names(node), node.left.name, node.type, float(node.right.value))


def turned(sign: str) -> str:
    """The sign that is so exactly where `sign` is not.

    >>> turned("gt")
    'le'
    """
    return _OPPOSITE.get(sign, "")
