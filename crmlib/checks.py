"""Sentences for bad input: what is wrong, in which rows, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from numbers import Real

import numpy as np
import pandas as pd

from crmlib.i18n import _

_MOST_NAMED = 30


def need_frame(value: object, name: str) -> None:
    """Raise a ValueError when `value`, which was given as `name`, is no pandas table.

    >>> need_frame(pd.DataFrame(), "records")
    """
    if not isinstance(value, pd.DataFrame):
        raise ValueError(_("{name} must be a pandas table; this is a {kind}.").format(name=name, kind=type(value).__name__))


def require_columns(columns: Iterable[str], wanted: Iterable[str]) -> None:
    """Raise a ValueError that names the `wanted` columns missing from `columns`, or standing there more than once.

    >>> require_columns(["customer_id", "price_yuan"], ["customer_id"])
    """
    have, wanted = list(columns), list(wanted)
    missing = [name for name in wanted if name not in have]
    if missing and len(have) > _MOST_NAMED:
        near = [name for lacking in missing for name in get_close_matches(str(lacking), list(map(str, have)), n=4, cutoff=0.5)]
        raise ValueError(
            _("The table lacks the column(s) {missing}. Of its {count} columns these come nearest: {near}.").format(
                missing=", ".join(map(str, missing)), count=len(have), near=", ".join(dict.fromkeys(near)) or "–"
            )
        )
    if missing:
        raise ValueError(
            _("The table lacks the column(s) {missing}. It has: {have}.").format(
                missing=", ".join(map(str, missing)), have=", ".join(map(str, have))
            )
        )
    if twice := [name for name in dict.fromkeys(wanted) if have.count(name) > 1]:
        raise ValueError(
            _("The table has several columns called {names}. Rename or drop all but one.").format(names=", ".join(map(str, twice)))
        )


def refuse_rows(bad: pd.Series, problem: str, mend: str) -> None:
    """Raise a ValueError when `bad` (a yes/no Series) says yes anywhere; the first three rows are named.

    >>> refuse_rows(pd.Series([False, False]), "revenue is negative", "Net off refunds first.")
    """
    if bad.any():
        rows = ", ".join(map(str, bad.index[bad.to_numpy(dtype=bool)][:3]))
        raise ValueError(
            _("{problem}: {count} row(s), first {rows}. {mend}").format(problem=problem, count=int(bad.sum()), rows=rows, mend=mend)
        )


def require_share(name: str, value: float) -> None:
    """Raise a ValueError unless 0 < `value` < 1.

    >>> require_share("a_share", 0.05)
    """
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 < value < 1:
        raise ValueError(
            _("{name} is {value}; it must lie between 0 and 1 (write 20% as 0.2).").format(name=name, value=value)
        )


def require_rng(rng: object) -> np.random.Generator:
    """The random generator that `rng`, a whole number of 0 or more or a generator, stands for; anything else is refused.

    >>> int(require_rng(1).integers(10)) == int(np.random.default_rng(1).integers(10))
    True
    """
    seed = isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0
    if not seed and not isinstance(rng, np.random.Generator):
        raise ValueError(_("rng must be a whole number or numpy.random.default_rng(…), so that the same call gives the same interval."))
    return np.random.default_rng(rng)
