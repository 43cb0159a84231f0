"""What methods that draw at random, or count, are given: a generator, and whole numbers."""

from __future__ import annotations

import numpy as np

from crmlib.i18n import _

_MOST = 1_000_000


def generator(rng: object) -> np.random.Generator:
    """`rng` as a numpy Generator; a whole number is a seed.

    >>> generator(1).integers(10, size=3).tolist() == generator(1).integers(10, size=3).tolist()
    True
    """
    seed = isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0
    if not seed and not isinstance(rng, np.random.Generator):
        raise ValueError(_("rng must be a whole number or numpy.random.default_rng(…), so that the same call gives the same interval."))
    return np.random.default_rng(rng)


def whole(name: str, value: object, least: int) -> int:
    """`value` as an int of at least `least`, and of at most a million.

    >>> whole("resamples", 500, 100)
    500
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(_("{name} is {value}; it must be a whole number of at least {least}.").format(name=name, value=value, least=least))
    if value > _MOST:
        raise ValueError(_("{name} is {value}; more than {most:,} cannot be meant.").format(name=name, value=value, most=_MOST))
    return int(value)


def positive(name: str, value: object) -> float:
    """`value` as a float above 0.

    >>> positive("base_odds", 50)
    50.0
    """
    if isinstance(value, (bool, str)) or not np.isscalar(value) or not 0 < value < np.inf:
        raise ValueError(_("{name} is {value}; it must be a number above 0.").format(name=name, value=value))
    return float(value)
