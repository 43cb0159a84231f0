"""What stands for an answer that is no plain data: a function that is called elsewhere, an object of which only the kind is known."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence


class Unsendable:
    """An answer that cannot be handed over; a hint names its kind as if it were here.

    Attributes
    ----------
    kind : str
        The name of its type.
    too_large : bool
        It could be handed over if it were smaller.

    >>> type(Unsendable.of("Styler")).__name__
    'Styler'
    """

    kind = "object"
    too_large = False

    @staticmethod
    def of(kind: str, *, too_large: bool = False) -> Unsendable:
        """One whose type has the name `kind`."""
        return _named(Unsendable, kind)._filled(kind=kind, too_large=too_large)

    def _filled(self, **attributes: object):
        vars(self).update(attributes)
        return self

    def __repr__(self) -> str:
        return f"<{self.kind}>"


class LeftOver:
    """The cell that makes this answer failed, and what is there is from before; see :mod:`crmlib.classroom.left_over`."""


class HandedItems:
    """What can be gone through and no more: a generator, a map, a deque. Its type has the name of the original's."""

    def __init__(self) -> None:
        self._items: Iterable = ()

    @staticmethod
    def of(kind: str, items: Sequence, *, once: bool) -> HandedItems:
        """Goes through `items`; with `once`, as a generator does, the second time there is nothing left."""
        handed = _named(HandedItems, kind)
        handed._items = iter(items) if once else items
        return handed

    def __iter__(self) -> Iterator:
        return iter(self._items)


class HandedFunction:
    """A function of the learner's: it runs where the learner's cells ran, on plain data, and gives plain data back.

    Attributes
    ----------
    kind : str
        The name of its type, which its class has too.
    names_outside : tuple of str
        The notebook's own data that it reads without being given it.
    """

    kind = "function"
    names_outside: tuple[str, ...] = ()

    @staticmethod
    def of(
        call: Callable[[tuple, dict], object],
        *,
        kind: str,
        parameters: Sequence[tuple[str, int, bool]] | None,
        names_outside: Sequence[str],
    ) -> HandedFunction:
        """A handle on a function that `call` calls; `parameters` are name, kind (as in :mod:`inspect`) and whether it has a default."""
        handed = _named(HandedFunction, kind)
        handed.kind, handed.names_outside, handed._call = kind, tuple(names_outside), call
        if parameters is not None:
            handed.__signature__ = inspect.Signature([_parameter(*one) for one in parameters])
        return handed

    def __call__(self, *given: object, **named: object) -> object:
        return self._call(given, named)


def _parameter(name: str, kind: int, has_default: bool) -> inspect.Parameter:
    return inspect.Parameter(name, list(inspect._ParameterKind)[kind], default=None if has_default else inspect.Parameter.empty)


def _named(base: type, kind: str):
    return type(kind, (base,), {"__module__": base.__module__})()


_ERRORS = (
    UnicodeError, ZeroDivisionError, OverflowError, FloatingPointError, ArithmeticError, KeyError, IndexError, LookupError, TypeError,
    RecursionError, NotImplementedError, RuntimeError, AttributeError, AssertionError, ImportError, MemoryError, TimeoutError, OSError,
    EOFError, SyntaxError, NameError, ValueError, BufferError, StopIteration,
)  # fmt: skip
_BY_NAME = {kind.__name__: kind for kind in _ERRORS}


def handed_error(kind: str, message: str, bases: Sequence[str], name: str | None = None) -> Exception:
    """What a learner's function raised, as an error of the same name and words.

    Parameters
    ----------
    kind, message : str
    bases : sequence of str
        The names of the classes that its class is made from, nearest first.
    name : str, optional
        Of a NameError, the name that was not found.

    >>> handed_error("KeyError", "'A'", ["LookupError"])
    KeyError("'A'")
    """
    if kind == "NameError":
        return NameError(message, name=name)
    base = next((_BY_NAME[one] for one in (kind, *bases) if one in _BY_NAME), Exception)
    if base is UnicodeError or base is SyntaxError or base is StopIteration:
        base = ValueError if base is UnicodeError else Exception
    told = type(kind, (base,), {"__str__": lambda self: message, "__module__": "builtins" if kind in _BY_NAME else __name__})
    return told(message)
