"""Chinese sentences put together from phrases, with the typing errors people make."""

from __future__ import annotations

from collections.abc import Sequence

TYPOS = (
    ("快递", "快第"), ("派送", "派松"), ("签收", "签手"), ("客服", "客福"), ("包裹", "包果"), ("一直", "一只"), ("已经", "以经"),
    ("破损", "破顺"), ("赔偿", "培偿"), ("电话", "电化"), ("怎么", "咋么"), ("运费", "云费"), ("物流", "勿流"), ("没有", "莫有"),
)  # fmt: skip
"""Pairs of right and mistyped words, by sound."""


def choose(options: Sequence[str], uniform: float) -> str:
    """The phrase that a number in [0, 1) picks; the digits left over fill its blanks: ``{days}``, ``{times}``, ``{yuan}``.

    >>> choose(["a", "等了{days}天"], 0.75)
    '等了7天'
    """
    place = uniform * len(options)
    phrase, left = options[int(place)], place % 1
    if "{" not in phrase:
        return phrase
    return phrase.format(days=2 + int(left * 10), times=2 + int(left * 5), yuan=3 + int(left * 40))


def mistyped(text: str, uniform: float) -> str:
    """`text` with one of its words mistyped, if it has any of those in TYPOS.

    >>> mistyped("快递没有派送", 0.0)
    '快第没有派送'
    """
    known = [pair for pair in TYPOS if pair[0] in text]
    return text.replace(*known[int(uniform * len(known))], 1) if known else text
