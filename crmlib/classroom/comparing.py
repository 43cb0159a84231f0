"""Is an answer right? By value and by label: never by order, by storage type, or by one way of writing it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

RELATIVE = 1e-9
"""Sums of money added in another order differ in about the tenth digit; that is nobody's mistake."""

_ARRAYS = (pd.Series, pd.DataFrame, pd.Index, pd.api.extensions.ExtensionArray, np.ndarray)
_NUMBERS = (int, float, Decimal, np.number)


@dataclass(frozen=True)
class Difference:
    """How an answer differs: the kind, and for tables how many places and the first of them."""

    kind: str
    count: int = 1
    total: int = 1
    where: object = None
    got: object = None


def plain_label(label: object) -> object:
    """A label as compared: categories, numpy scalars and full-width letters lose what makes them look different.

    >>> plain_label(np.int64(3)), plain_label(3.0), plain_label("Ａ ")
    (3, 3, 'A')
    """
    if type(label) is str:
        return plain_text(label)
    if _missing(label):
        return None
    if isinstance(label, tuple):
        return tuple(map(plain_label, label))
    if isinstance(label, (bool, np.bool_)):
        return bool(label)
    if isinstance(label, (int, np.integer)):
        return int(label)
    if isinstance(label, (float, np.floating)):
        return int(label) if float(label).is_integer() else float(label)
    if isinstance(label, (pd.Timestamp, np.datetime64)):
        return pd.Timestamp(label)
    return plain_text(label)


def _missing(value: object) -> bool:
    return not is_many(value) and bool(pd.isna(value))


def plain_text(text: object) -> str:
    """Text as compared: outer spaces and the width of letters do not count.

    >>> plain_text(" ＡＢＣ")
    'ABC'
    """
    plain = str(text)
    return (plain if plain.isascii() else unicodedata.normalize("NFKC", plain)).strip()


def difference(got: object, expected: object, *, tol: float = 1e-6, by: str | list[str] | None = None) -> Difference | None:
    """How `got` differs from `expected`, or None.

    Parameters
    ----------
    got, expected
        Numbers, text, yes/no, Series, frames, lists, sets or dicts (also nested); dates.
    tol : float
        Numbers may differ by this much, and always by a billionth of their size.
    by : str or list of str, optional
        Columns that name the rows of a frame, if its index does not.

    Returns
    -------
    Difference or None

    Why: labels before order, values before types.

    >>> difference(pd.Series({"b": 2.0, "a": 1.0}), pd.Series({"a": 1, "b": 2})) is None
    True
    >>> difference({"c1", "c2"}, {"c1"}).kind
    'too-many'
    """
    got, expected = (one.item() if isinstance(one, np.ndarray) and one.ndim == 0 else one for one in (got, expected))
    if isinstance(expected, pd.DataFrame):
        return _frames(got, expected, tol, by)
    if isinstance(expected, pd.Series):
        return _series(got, expected, tol)
    if isinstance(expected, Set):
        return _sets(got, expected)
    if isinstance(expected, Mapping):
        return _mappings(got, expected, tol)
    if isinstance(expected, (list, tuple, np.ndarray, pd.Index)):
        return _sequences(got, expected, tol)
    if isinstance(got, _ARRAYS) and got.size == 1:
        got = np.asarray(got).ravel()[0]
    if is_many(got):
        return Difference("many" if isinstance(expected, _NUMBERS) else "kind", got=got)
    return None if _scalars_agree(got, expected, tol) else Difference("value", got=got)


def is_many(value: object) -> bool:
    """Whether a value holds several others, or could: a table, a list, a set, a dict.

    >>> is_many([0.8]), is_many("0.8")
    (True, False)
    """
    return isinstance(value, (Set, Mapping, list, tuple, *_ARRAYS))


def _scalars_agree(got: object, expected: object, tol: float) -> bool:
    if isinstance(expected, (bool, np.bool_)):
        return isinstance(got, (bool, np.bool_)) and bool(got) == bool(expected)
    if isinstance(expected, str):
        return isinstance(got, str) and plain_text(got).casefold() == plain_text(expected).casefold()
    if isinstance(expected, (pd.Timestamp, np.datetime64)) or hasattr(expected, "isoformat"):
        try:
            return bool(pd.Timestamp(got) == pd.Timestamp(expected))
        except (TypeError, ValueError, OverflowError):
            return False
    if isinstance(got, (bool, np.bool_)):
        return False
    try:
        got_number, expected_number = float(got), float(expected)
    except (TypeError, ValueError, OverflowError):
        return False
    return bool(_close(np.array([got_number]), np.array([expected_number]), tol)[0])


def _close(got: np.ndarray, expected: np.ndarray, tol: float) -> np.ndarray:
    return np.isclose(got, expected, rtol=RELATIVE, atol=tol, equal_nan=True)


def _sets(got: object, expected: Set) -> Difference | None:
    if isinstance(got, str) or not isinstance(got, Iterable):
        return Difference("kind")
    have, want = {plain_label(one) for one in got}, {plain_label(one) for one in expected}
    return _membership(have, want)


def _membership(have: set, want: set) -> Difference | None:
    if have == want:
        return None
    if have > want:
        return Difference("too-many", len(have - want), len(want))
    if have < want:
        return Difference("too-few", len(want - have), len(want))
    return Difference("others", len(have - want), len(want))


def _mappings(got: object, expected: Mapping, tol: float) -> Difference | None:
    if isinstance(got, pd.Series):
        got = dict(zip(got.index, got, strict=True))
    if not isinstance(got, Mapping):
        return Difference("kind")
    have = {plain_label(key): value for key, value in got.items()}
    want = {plain_label(key): value for key, value in expected.items()}
    if labels := _membership(set(have), set(want)):
        return labels
    wrong = [key for key in want if difference(have[key], want[key], tol=tol)]
    return Difference("value", len(wrong), len(want), wrong[0], have[wrong[0]]) if wrong else None


def _sequences(got: object, expected: Iterable, tol: float) -> Difference | None:
    if isinstance(got, (str, Set, Mapping)) or not isinstance(got, Iterable):
        return Difference("kind")
    have, want = list(got), list(expected)
    if len(have) != len(want):
        return Difference("too-many" if len(have) > len(want) else "too-few", abs(len(have) - len(want)), len(want))
    wrong = [place for place, (one, other) in enumerate(zip(have, want, strict=True)) if difference(one, other, tol=tol)]
    if not wrong:
        return None
    same_members = {str(plain_label(one)) for one in have} == {str(plain_label(one)) for one in want}
    return Difference("order" if same_members else "value", len(wrong), len(want), wrong[0] + 1, have[wrong[0]])


def _labelled(index: pd.Index) -> pd.Index:
    return pd.Index([plain_label(label) for label in index.to_numpy(dtype=object)], dtype=object, tupleize_cols=False)


def _series(got: object, expected: pd.Series, tol: float) -> Difference | None:
    if isinstance(got, Mapping):
        got = pd.Series(got)
    if not isinstance(got, pd.Series):
        return Difference("kind")
    have, want = _labelled(got.index), _labelled(expected.index)
    if labels := _membership(set(have), set(want)):
        return labels
    if len(have) != len(want) or have.has_duplicates:
        return Difference("twice", abs(len(have) - len(want)), len(want))
    aligned = got.set_axis(have).iloc[have.get_indexer(want)]
    wrong = ~_agree(aligned, expected, tol)
    if not wrong.any():
        return None
    first = int(np.argmax(wrong))
    return Difference("value", int(wrong.sum()), len(want), want[first], aligned.iloc[first])


def _agree(got: pd.Series, expected: pd.Series, tol: float) -> np.ndarray:
    if pd.api.types.is_bool_dtype(expected):
        return np.array([_yes_or_no_agree(one, other) for one, other in zip(got, expected, strict=True)], dtype=bool)
    if pd.api.types.is_datetime64_any_dtype(expected):
        when = pd.to_datetime(got.astype(object), errors="coerce", format="mixed")
        return ((when.to_numpy() == expected.to_numpy()) | (when.isna().to_numpy() & expected.isna().to_numpy())).astype(bool)
    if pd.api.types.is_numeric_dtype(expected):
        numbers = pd.to_numeric(got.astype(object), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        lost = np.isnan(numbers) & got.notna().to_numpy()
        return _close(numbers, expected.to_numpy(dtype=float, na_value=np.nan), tol) & ~lost
    return np.array([_cells_agree(one, other, tol) for one, other in zip(got, expected, strict=True)], dtype=bool)


def _yes_or_no_agree(got: object, expected: object) -> bool:
    if _missing(expected) or _missing(got):
        return _missing(expected) and _missing(got)
    return isinstance(got, (bool, np.bool_, int, float, np.number)) and got in (0, 1) and bool(got) == bool(expected)


def _cells_agree(got: object, expected: object, tol: float) -> bool:
    if is_many(got) or is_many(expected):
        return difference(got, expected, tol=tol) is None
    if _missing(expected):
        return _missing(got)
    return plain_label(got) == plain_label(expected) or _scalars_agree(got, expected, tol)


def _frames(got: object, expected: pd.DataFrame, tol: float, by: str | list[str] | None) -> Difference | None:
    if not isinstance(got, pd.DataFrame):
        return Difference("kind")
    if by is not None:
        keys = [by] if isinstance(by, str) else by
        if not set(keys) <= set(got.columns):
            return Difference("kind")
        if sum(column in keys for column in got.columns) > len(keys):
            return Difference("twice")
        got, expected = got.set_index(by), expected.set_index(by)
    got = got.set_axis([plain_label(column) for column in got.columns], axis=1)
    for column in expected.columns:
        if plain_label(column) not in got.columns:
            return Difference("kind", where=column)
        here = got[plain_label(column)]
        if isinstance(here, pd.DataFrame):
            return Difference("twice", where=column)
        if found := _series(here, expected[column], tol):
            return found
    return None
