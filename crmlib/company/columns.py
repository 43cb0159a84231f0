"""Columns of text made from numbers, without a Python string for each row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmlib.company.contract import DTYPES


def decoded(codes: np.ndarray, values: Sequence[str | None] | np.ndarray) -> pd.Series:
    """Text by number: ``values[codes]``.

    >>> decoded(np.array([1, 0, 1]), ["east", "west"]).tolist()
    ['west', 'east', 'west']
    """
    import pyarrow as pa

    found = pa.array(values, type=pa.string(), from_pandas=True).take(pa.array(codes))
    return pd.Series(DTYPES["text"].__from_arrow__(found))


def numbered(prefix: str, numbers: np.ndarray, width: int) -> pd.Series:
    """A prefix and a number filled up with zeros.

    >>> numbered("W", np.array([7, 123456]), 4).tolist()
    ['W0007', 'W123456']
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=width, padding="0")
    return pd.Series(DTYPES["text"].__from_arrow__(pc.binary_join_element_wise(prefix, digits, "")))
