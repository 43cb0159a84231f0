"""Asking for a function: it is called with inputs that its author has not seen, and what it raises becomes a hint."""

from __future__ import annotations

import copy
import dis
import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from types import CodeType, ModuleType

from crmlib.classroom.answers import desk, look_up, lose
from crmlib.classroom.grading.handed import HandedFunction
from crmlib.classroom.hints import Lost, shown
from crmlib.error_sentences import CAPITALS
from crmlib.i18n import language
from crmlib.notebook import BLANK

LONGEST_ERROR = 120
_TEXT_FOR_NUMBER = re.compile(
    r"not supported between|unsupported operand|Invalid comparison|can't multiply|doesn't define __round__|real number, not str|"
    r"of type str|expected type (?:bool|int|float)|ufunc"
)


def function(name: str, *, args: int | Collection[str] | None = None) -> Callable:
    """The learner's function `name`, to be called with fresh inputs.

    Parameters
    ----------
    name : str
    args : int or collection of str, optional
        How many arguments it must take, or their names (for the hint; the learner may name them otherwise).

    Returns
    -------
    callable
        Calls the learner's function with copies, and turns what it raises into a hint.

    Raises
    ------
    Lost
        It is missing, no function, or cannot be called so. The callable raises it when the function fails or gives nothing back.

    Why: a function is tested by what it gives for inputs that its author has not seen.

    >>> from crmlib.classroom.answers import answering
    >>> with answering({"margin": lambda price, cost: price - cost}):
    ...     function("margin", args=["price", "cost"])(8, 5)
    3
    """
    answer = look_up(name)
    if not callable(answer) or isinstance(answer, type):
        lose("want-function", name=name, kind=type(answer).__name__)
    count = args if isinstance(args, int) or args is None else len(args)
    if count is not None and not _takes(answer, count):
        brackets = "（{}）" if language() == "zh" else " ({})"
        lose("function-arguments", name=name, count=count, args="" if isinstance(args, int) else brackets.format(shown(list(args))))

    def call(*given: object, **named: object) -> object:
        try:
            result = answer(*copy.deepcopy(given), **copy.deepcopy(named))
        except Lost:
            raise
        except Exception as error:
            _lose_for(name, answer, error)
        if result is None:
            lose("function-nothing", name=name)
        return result

    return call


def _takes(answer: Callable, count: int) -> bool:
    try:
        inspect.signature(answer).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _lose_for(name: str, answer: Callable, error: Exception) -> None:
    if BLANK.search(str(error)):
        lose("still-blank", name=name)
    outside = names_outside(answer)
    if type(error) is NameError and error.name:
        if error.name in CAPITALS:
            lose("function-capital", name=name, unknown=error.name, word=CAPITALS[error.name])
        if error.name not in outside:
            lose("function-unknown-name", name=name, unknown=error.name)
    if isinstance(error, (TypeError, ValueError)) and re.search(r"\bstr|<U", str(error)) and _TEXT_FOR_NUMBER.search(str(error)):
        lose("function-text-for-number", name=name)
    if outside:
        lose("function-outside", name=name, error=_in_one_line(error), outside=outside)
    lose("function-raised", name=name, error=_in_one_line(error))


def _in_one_line(error: Exception) -> str:
    said = f"{type(error).__name__}: {error}".rstrip(": ").splitlines()[0]
    return said if len(said) <= LONGEST_ERROR else said[:LONGEST_ERROR] + "…"


def names_outside(answer: Callable) -> list[str]:
    """The notebook's own data that a function reads without being given it; modules and other functions are none.

    >>> names_outside(len)
    []
    """
    if isinstance(answer, HandedFunction):
        return list(answer.names_outside)
    code = getattr(answer, "__code__", None)
    answers = desk().answers
    names: Mapping[str, object] = vars(sys.modules["__main__"]) if answers is None else answers
    found = dict.fromkeys(_globals_read(code)) if code else {}
    return [name for name in found if name in names and not (callable(names[name]) or isinstance(names[name], ModuleType))]


def _globals_read(code: CodeType) -> Iterator[str]:
    yield from (step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _globals_read(inner)
