"""Texts as different keyboards leave them: full or half width, traditional or simplified, with stray blanks."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable

import numpy as np
import pandas as pd

_BLANKS = re.compile(r"\s+")
_VARIANTS = str.maketrans("筿", "筱")
"""OpenCC turns 篠 into 筿, which nobody types."""


@functools.cache
def _converter():
    import opencc

    return opencc.OpenCC("t2s")


def half_width(text: str) -> str:
    """Letters, digits and signs in half width.

    >>> half_width("１２号（Ａ座）")
    '12号(A座)'
    """
    return unicodedata.normalize("NFKC", text)


def without_blanks(text: str) -> str:
    """Without any blank, tab or line break.

    >>> without_blanks("澜禾　女装 ")
    '澜禾女装'
    """
    return _BLANKS.sub("", text)


def simplified(texts: list[str]) -> list[str]:
    """Each text in simplified characters.

    Source: the dictionaries of OpenCC (Apache 2.0), traditional to simplified.

    >>> simplified(["雲棲區", "书店"])
    ['云栖区', '书店']
    """
    # One call for all: the converter is quick, calling it is not. A text holds no line break once its blanks are gone.
    return (
        _converter().convert("\n".join(texts)).translate(_VARIANTS).split("\n")
        if texts
        else []
    )


def for_each_value(values: pd.Series, work: Callable[[list[str]], list]) -> np.ndarray:
    """What `work` makes of the different texts in `values`, put back in their places; missing stays None.

    >>> for_each_value(pd.Series(["a", None, "a"]), lambda texts: [text * 2 for text in texts]).tolist()
    ['aa', None, 'aa']
    """
    codes, different = pd.factorize(values)
    made = np.empty(len(different) + 1, dtype=object)
    made[:-1] = work([str(text) for text in different])
    made[-1] = None
    return made[codes]
