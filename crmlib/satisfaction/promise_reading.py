"""Reading a sentence for what it promises: clauses, how firmly they speak, of what, and of what time."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TOPICS = (
    "harm",
    "arrival",
    "loss_or_damage",
    "clearance",
    "complaint",
    "response",
    "compensation",
    "discount",
    "handover",
    "priority",
    "care",
    "refusal",
)
"""What a clause may be about, as in promise_words.toml."""

_CARRIED = ("firm", "promise", "hedge", "moment", "at_once", "consent")
_TRADITIONAL = str.maketrans(
    "證諾絕對賠償遲誤達遞壞損壓關處決復電話聯繫給們會個時間點號週禮無論沒問題準擔應該預計約後過還這裡從來給發訴訟調查實結費運單價險責現貨東車飛機門戶簽經"
    "內網點當晚請謝歡開離須願聽說講讓幾兩萬億風雨險優惠減額雙倍條約據規範",
    "证诺绝对赔偿迟误达递坏损压关处决复电话联系给们会个时间点号周礼无论没问题准担应该预计约后过还这里从来给发诉讼调查实结费运单价险责现货东车飞机门户签经"
    "内网点当晚请谢欢开离须愿听说讲让几两万亿风雨险优惠减额双倍条约据规范",
)
_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "半": 0.5}
_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "twenty-four": 24, "thirty": 30, "forty-eight": 48, "seventy-two": 72,
    "half a": 0.5, "half an": 0.5,
}  # fmt: skip
_HOURS = {"工作日": 24, "小时": 1, "钟头": 1, "天": 24, "日": 24, "周": 168, "星期": 168, "礼拜": 168, "分钟": 1 / 60, "月": 720,
          "day": 24, "hour": 1, "hr": 1, "h": 1, "min": 1 / 60, "week": 168, "minute": 1 / 60, "month": 720}  # fmt: skip
_NUMBER = "[0-9]+(?:\\.[0-9]+)?|[零一二两三四五六七八九十半]+"
_ZH_TIME = re.compile(
    f"({_NUMBER})(?: ?(?:-|~|到|至) ?(?:{_NUMBER}))? ?个?(半)?"
    "(工作日|小时|钟头|天|日(?=内|之内|以内)|周|星期|礼拜|分钟|月)(?![一二三四五六末])"
)
_EN_TIME = re.compile(
    r"\b([0-9]+(?:\.[0-9]+)?|" + "|".join(sorted(_WORDS, key=len, reverse=True)) + ")"
    r"(?: ?(?:-|to|or) ?[a-z0-9]+)?[ -]?((?:working|business) )?"
    r"(day|hour|hr|h|week|minute|min|month)s?\b"
)  # fmt: skip
_CONJUNCTION = re.compile(
    "[,、;]|:(?![0-9]{2})|(?<=后)(?=我|会|将)|(?<!不)但是?|不过(?!期)|可是|而且|并且|同时|然后|所以|"
    r"\b(?:but|however|although|though|because)\b"
    r"|\b(?:and|so) (?=(?:it|we|i|you|they|the|your|that|this|then|will|if|there)\b)|\bor (?=(?:it|we|i|you|they|then)\b)"
)  # fmt: skip


@dataclass(frozen=True)
class Clause:
    """One clause: what it is about (`topics`), how it speaks (`kinds`), the words found, and its shortest time in hours.

    `hours` is NaN without a time in figures; `working` tells that it was given in working days. `declined`: it says that something cannot
    be promised.
    """

    text: str
    topics: frozenset[str]
    kinds: frozenset[str]
    words: tuple[str, ...]
    hours: float
    working: bool
    declined: bool


@cache
def _lexicon() -> dict[str, re.Pattern]:
    raw = tomllib.loads((Path(__file__).parent / "promise_words.toml").read_text("utf-8"))
    return {kind: re.compile("|".join([*both["zh"], *both["en"]])) for kind, both in raw.items()}


def normal(text: str) -> str:
    """Full-width, traditional and spaced-out writing brought into one form, in small letters.

    >>> normal("保 證　１００％"), normal("It’s  SAFE")
    ('保证100%', "it's safe")
    """
    text = unicodedata.normalize("NFKC", text).translate(_TRADITIONAL).lower().replace("’", "'").replace("‘", "'")
    text = "".join(" " if unicodedata.category(sign) in ("Zs", "Cc") and sign != "\n" else sign
                   for sign in text if unicodedata.category(sign) not in ("Cf", "So", "Mn"))  # fmt: skip
    text = re.sub(r"(?<=[\u4e00-\u9fff])[ *_·.\-]+(?=[\u4e00-\u9fff0-9])|(?<=[0-9])[ ]+(?=[\u4e00-\u9fff])", "", text)
    return re.sub(" +", " ", text).strip()


def clauses(text: str) -> list[list[Clause]]:
    """The clauses of each sentence; words without a topic of their own go with the next clause that has one, else with the one before.

    >>> [sorted(clause.topics) for clause in clauses("明天，一定送到。2小时内回复您")[0]]
    [['arrival']]
    """
    sentences = []
    for sentence in re.split(r"[。!\n…]+|\.(?= |$)|(?<=[?])", normal(text)):
        parts = [part.strip(" '\"“”()《》「」~") for part in _CONJUNCTION.split(sentence)]
        found = [_clause(part) for part in parts if part]
        if found:
            sentences.append(_joined(found))
    return sentences


def _clause(text: str) -> Clause:
    found = {kind: match for kind, pattern in _lexicon().items() if (match := pattern.search(text))}
    declined = _declines(text, found)
    hours, working = _time(text)
    words = tuple(dict.fromkeys(match.group().strip() for kind, match in found.items() if kind != "courtesy" and match.group().strip()))
    return Clause(
        text, frozenset(kind for kind in TOPICS if kind in found), frozenset(found) - set(TOPICS), words, hours, working, declined
    )


def _declines(text: str, found: dict[str, re.Match]) -> bool:
    """Whether the clause refuses a promise, and promises nothing in the same breath."""
    if "declined" not in found or "undone" in found:
        return False
    rest = text[found["declined"].end() :]
    again = _lexicon()["firm"].search(rest) or _lexicon()["promise"].search(rest)
    if again is None:
        return True
    # "cannot promise that it is surely there tomorrow" declines; "cannot promise tomorrow's arrival, Friday is certain" does not.
    between = rest[: again.start()]
    return not any(_lexicon()[topic].search(between) for topic in ("arrival", "loss_or_damage", "clearance", "compensation"))


def _time(text: str) -> tuple[float, bool]:
    times = []
    for number, half, unit in _ZH_TIME.findall(text):
        times.append(((_zh_number(number) + (0.5 if half else 0)) * _HOURS[unit], unit == "工作日"))
    for number, working, unit in _EN_TIME.findall(text):
        times.append(((_WORDS[number] if number in _WORDS else float(number)) * _HOURS[unit], bool(working)))
    return min(times) if times else (float("nan"), False)


def _zh_number(text: str) -> float:
    if text[0].isdigit():
        return float(text)
    tens, has_ten, ones = text.rpartition("十")
    known = _DIGITS.get(ones[-1:], 0) if ones else 0
    return 10 * _DIGITS.get(tens[-1:], 1) + known if has_ten else known


def _joined(found: list[Clause]) -> list[Clause]:
    """Fragments such as "tomorrow" or "I promise" given to the clause that they belong to."""
    joined: list[Clause] = []
    waiting: list[Clause] = []
    for clause in found:
        carried = not clause.topics and (clause.kinds & set(_CARRIED) or clause.hours == clause.hours)
        if not clause.declined and "courtesy" not in clause.kinds and (carried or "subject" in clause.kinds):
            waiting.append(clause)
            continue
        if clause.topics and not clause.declined:
            clause, waiting = _together([*waiting, clause], clause), []
        joined.append(clause)
    if waiting:
        last = next((place for place in range(len(joined) - 1, -1, -1) if joined[place].topics and not joined[place].declined), None)
        if last is None:
            joined += waiting
        else:
            joined[last] = _together([joined[last], *waiting], joined[last])
    return joined


def _together(parts: list[Clause], core: Clause) -> Clause:
    if len(parts) == 1:
        return core
    kinds = core.kinds | frozenset(kind for part in parts for kind in part.kinds if kind in _CARRIED)
    timed = [(part.hours, part.working) for part in parts if part.hours == part.hours]
    hours, working = min(timed) if timed else (core.hours, core.working)
    words = tuple(dict.fromkeys(word for part in parts for word in part.words))
    topics = frozenset(topic for part in parts for topic in part.topics)
    return Clause(", ".join(part.text for part in parts), topics, kinds, words, hours, working, declined=False)
