"""The checklist of a conversation: what an agent should say, looked for in a dialogue, and scored with its fatal mistakes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import require_share
from crmlib.clean import clean
from crmlib.i18n import _, in_a_row
from crmlib.satisfaction import promise_check

FATAL = ("promise_kept",)
VAGUE = ("sympathy", "listen")
"""Items that two people are likely to read differently: practice checks mark them less surely."""
_FOUND = {
    "greeting": (
        "您好|你好|早上好|下午好|晚上好|云雀|客服(?:中心)?为您",
        r"\b(?:hello|good (?:morning|afternoon|evening)|welcome to|lark)\b",
    ),
    "identity": (
        "(?:运单|单|订单)号|(?:您|你)(?:的)?(?:姓名|贵姓)|怎么称呼|核对|确认一下(?:您|你)",
        r"\b(?:waybill|tracking|order) number\b|\byour name\b|\bverify\b",
    ),
    "listen": (
        "您(?:说|讲|反映|提到)的(?:是|意思)|您的意思是|也就是说|我(?:来)?(?:复述|重复)|我理解的是",
        r"\b(?:so you (?:say|mean)|let me repeat|if i understand|you are saying)\b",
    ),
    "sympathy": ("抱歉|对不起|不好意思|理解您|体谅|着急", r"\b(?:sorry|apologi[sz]e|understand how)\b"),
    "responsible": (
        "我(?:会|来|将)?(?:负责|跟进|盯)|由我|由.{1,8}(?:负责|跟进)|专人",
        r"\bi (?:will|shall)?\s*(?:follow|take care|look after)|\bresponsible for\b",
    ),
    "time_limit": (
        r"[0-9一二两三四五六七八九十]+\s*个?(?:分钟|小时|工作日|天|日)(?:内|之内|以内)|[0-9一二三四五六七八九十]+点(?:前|之前)",
        r"\bwithin (?:\w+ )?(?:minutes?|hours?|(?:working )?days?)\b|\bby (?:today|tomorrow|[0-9]+ ?(?:am|pm|o'clock))\b",
    ),
    "next_step": (
        "接下来|下一步|首先|先(?:帮|给|为|把)|然后|马上|这就|现在|(?:会|将|去|来)(?:联系|核实|查|安排|登记|派)",
        r"\b(?:next step|first,? i|then i|i will (?:check|contact|arrange|register|ask))\b",
    ),
    "rule": (
        "按(?:照)?.{0,10}(?:规定|规则|约定|条款|保价|标准|合同|条例)|根据.{0,10}(?:规定|规则|约定|条款|条例)",
        r"\b(?:by|under|according to) (?:the|our) (?:rules?|terms|insured|contract|law|regulation)",
    ),
    "anything_else": ("(?:还有|其他|别的).{0,8}(?:帮|需要|问题|事).{0,6}[吗么？?]", r"\banything else\b"),
    "goodbye": (
        "感谢(?:您|你)?(?:的)?(?:来电|致电|理解)|谢谢(?:您|你)?(?:的)?(?:来电|致电|理解)|再见|祝您",
        r"\b(?:goodbye|thank you for (?:calling|your call|your patience)|have a (?:nice|good))\b",
    ),
}
"""By item, what says it in Chinese and in English."""
ITEMS = (*_FOUND, "promise_kept")
_LINE = re.compile(r"^\s*(?P<who>[^:：]{1,12})[:：]\s*(?P<said>.*\S)\s*$")
_AGENT = re.compile(r"客服|坐席|座席|话务|agent|service|云雀", re.IGNORECASE)
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]?")


@dataclass(frozen=True, eq=False)
class ScriptCheck:
    """A dialogue against the checklist.

    `table` (index script_item): item_points, found, line_number (number of the agent's line, missing where not found), said_words (the
    words that decided), fatal;
    `score`: 0–100; `fatal`: whether a fatal mistake caps it; `promises`: the agent's sentences that the handbook does not simply allow:
    line_number, said_words, verdict, why.
    """

    table: pd.DataFrame
    score: float
    fatal: bool
    promises: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """The result in two or three sentences."""
        words = script_items()["words"]
        lacking = [words[item] for item in self.table.index[~self.table["found"]] if item not in FATAL]
        told = _("{score:.0f} of 100 points.").format(score=self.score)
        missing = _("Not heard: {items}.").format(items=_("; ").join(lacking)) if lacking else _("Everything on the list was said.")
        fatal = ""
        if self.fatal:
            worst = self.promises[self.promises["verdict"] == "never"].iloc[0]
            fatal = _("A fatal mistake in line {line}: “{said}”. {why}").format(
                line=worst["line_number"], said=worst["said_words"], why=worst["why"]
            )
        return in_a_row(told, missing, fatal)


def script_items() -> pd.DataFrame:
    """The checklist of a conversation, in the active language.

    Answers: what do we listen for, and what counts how much?

    Returns
    -------
    DataFrame indexed by `script_item`
        item_points, words, fatal (a failed one caps the score), vague (people judge it differently), according_to, how_sure

    Source: teaching values; promises by the expectation handbook of 《2025国际快递行业客户关系管理体系研究》.

    >>> float(script_items().item_points.sum())
    100.0
    """
    words = _words()
    entries = {item: standards.entry(f"call_center.script.{item}") for item in ITEMS}
    return pd.DataFrame({
        "item_points": [float(entry.value) for entry in entries.values()], "words": [words[item] for item in ITEMS],
        "fatal": [item in FATAL for item in ITEMS], "vague": [item in VAGUE for item in ITEMS],
        "according_to": [entry.source for entry in entries.values()], "how_sure": [entry.mark for entry in entries.values()],
    }, index=pd.Index(ITEMS, name="script_item"))  # fmt: skip


def check_script(dialogue: str | pd.DataFrame, *, judged: Mapping[str, bool] | None = None) -> ScriptCheck:
    """Look for the items of the checklist in what an agent said.

    Answers: what did this agent leave out, and did it promise what nobody may?

    Parameters
    ----------
    dialogue : text with one line a turn ("客服：您好…", "Agent: Hello…"), or DataFrame with speaker ("agent" or anything else) and text
    judged : mapping from item to yes/no, optional
        What a person who listened decided; it comes before what the words seem to say.

    Returns
    -------
    ScriptCheck
        `.table`, `.score`, `.fatal`, `.promises`, `.summary()`

    Raises
    ------
    ValueError
        There is no line of the agent, or `judged` names an item that is not on the list.

    Notes
    -----
    An aid to the person who listens, not a judge: it finds words, Chinese and English, and hears neither tone nor what was meant. Every
    sentence of the agent goes through :func:`crmlib.satisfaction.promise_check`; "never" is a fatal mistake.

    >>> found = check_script("客服：您好，云雀快递。\\n客户：我的件呢？\\n客服：非常抱歉，保证明天一定到。").table["found"]
    >>> found[["greeting", "sympathy", "promise_kept"]].tolist()
    [True, True, False]
    """
    lines = _lines(dialogue)
    items = script_items()
    judged = dict(judged or {})
    if strange := sorted(set(judged) - set(ITEMS)):
        raise ValueError(_("The checklist has no item {names}. It has: {known}.").format(names=", ".join(strange), known=", ".join(ITEMS)))
    promises = _promises(lines)
    rows = {}
    for item in ITEMS:
        if item in FATAL:
            bad = promises[promises["verdict"] == "never"]
            rows[item] = (bad.empty, np.nan if bad.empty else bad["line_number"].iloc[0], "" if bad.empty else bad["said_words"].iloc[0])
        else:
            hits = ((number, re.search("|".join(_FOUND[item]), said, re.IGNORECASE)) for number, said in lines)
            number, hit = next(((number, hit) for number, hit in hits if hit), (np.nan, None))
            rows[item] = (hit is not None, number, hit.group(0) if hit else "")
        if item in judged:
            rows[item] = (bool(judged[item]), *rows[item][1:])
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["found", "line_number", "said_words"]).rename_axis("script_item")
    table = items[["item_points"]].join(table).assign(fatal=items["fatal"])
    score, fatal = _score(table["found"].to_numpy(bool), items)
    return ScriptCheck(table, score, fatal, promises)


def quality_scores(checks: pd.DataFrame) -> pd.DataFrame:
    """The score of each checked call, from its marks.

    Answers: how good was this call by the checklist, and what was missing?

    Parameters
    ----------
    checks : DataFrame, one row a call, checker and item: call_id, checker, script_item (of :func:`script_items`), passed (yes/no; missing
    where it
        did not apply); agent_id is carried along

    Returns
    -------
    DataFrame, one row a call and checker
        call_id, agent_id where it is there, checker, score (0–100, of the items that applied), failed (items, joined by commas), fatal

    Raises
    ------
    ValueError
        A column is missing, a mark stands twice, or an item is not on the list.

    >>> checks = pd.DataFrame({"call_id": 1, "checker": "a", "script_item": ["greeting", "goodbye"], "passed": [True, False]})
    >>> quality_scores(checks)[["score", "failed"]].values.tolist()
    [[50.0, 'goodbye']]
    """
    checks = clean(
        checks, "checks", optional=("agent_id",), call_id="id", checker="id", script_item="name", passed="answer?", agent_id="id?"
    )
    items = script_items()
    if strange := sorted(set(checks["script_item"].astype(str)) - set(ITEMS)):
        raise ValueError(_("The checklist has no item {names}. It has: {known}.").format(names=", ".join(strange), known=", ".join(ITEMS)))
    keys = ["call_id", *(["agent_id"] if "agent_id" in checks.columns else []), "checker"]
    if checks.duplicated([*keys, "script_item"]).any():
        raise ValueError(_("A checker marked an item of a call more than once. Keep one mark each."))
    rows = checks.dropna(subset=["passed"])
    points, passed = rows["script_item"].map(items["item_points"]).astype(float), rows["passed"].astype(bool)
    deadly = ~passed & rows["script_item"].isin(FATAL)
    sums = rows.assign(points=points, won=points * passed, fatal=deadly, failed=rows["script_item"].where(~passed, "")).groupby(
        keys, sort=False
    )
    table = sums.agg(points=("points", "sum"), won=("won", "sum"), failed=("failed", lambda names: ",".join(filter(None, names))),
                     fatal=("fatal", "any")).reset_index()  # fmt: skip
    score = 100 * table["won"] / table["points"].where(table["points"] > 0)
    cap = standards.get("call_center.quality.fatal_cap", unit="points")
    table["score"] = score.where(~table["fatal"], np.minimum(score, cap))
    return table[[*keys, "score", "failed", "fatal"]]


def quality_by_agent(scores: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """The mean score of each agent with its interval: a handful of checked calls says little.

    Answers: whose score is known well enough to talk about?

    Parameters
    ----------
    scores : DataFrame from :func:`quality_scores` with agent_id; a call checked twice counts once, with its mean
    level : float, 0–1

    Returns
    -------
    DataFrame indexed by agent_id
        calls, score, low, high (missing with one call), fatal_calls, unlike_the_rest (whether the interval leaves out the mean of all)

    Raises
    ------
    ValueError
        A column is missing.

    Source: Student's interval of a mean.

    >>> scores = pd.DataFrame({"call_id": [1, 2, 3], "agent_id": ["a", "a", "b"], "score": [80.0, 90.0, 70.0], "fatal": False})
    >>> quality_by_agent(scores).score.tolist()
    [85.0, 70.0]
    """
    from scipy import stats

    require_share("level", level)
    scores = clean(scores, "scores", call_id="id", agent_id="id", score="number?", fatal="answer").dropna(subset=["score"])
    calls = scores.groupby(["agent_id", "call_id"]).agg(score=("score", "mean"), fatal=("fatal", "any")).reset_index()
    table = calls.groupby("agent_id").agg(
        calls=("score", "size"), score=("score", "mean"), spread=("score", "std"), fatal_calls=("fatal", "sum")
    )
    half = stats.t.ppf((1 + level) / 2, np.maximum(table["calls"] - 1, 1)) * table["spread"] / np.sqrt(table["calls"])
    low, high = (table["score"] - half).clip(lower=0), (table["score"] + half).clip(upper=100)
    middle = calls["score"].mean()
    return table.drop(columns=["spread", "fatal_calls"]).assign(
        low=low, high=high, fatal_calls=table["fatal_calls"].astype(int), unlike_the_rest=(low > middle) | (high < middle))  # fmt: skip


def _score(found: np.ndarray, items: pd.DataFrame) -> tuple[float, bool]:
    points = items["item_points"].to_numpy()
    score = float(100 * (points * found).sum() / points.sum())
    fatal = bool((~found & items["fatal"].to_numpy()).any())
    return (min(score, float(standards.get("call_center.quality.fatal_cap", unit="points"))) if fatal else score), fatal


def _lines(dialogue: object) -> list[tuple[int, str]]:
    """The agent's lines with their numbers, from 1."""
    if isinstance(dialogue, pd.DataFrame):
        table = clean(dialogue, "dialogue", speaker="name", text="name?")
        who, said = table["speaker"].astype(str), table["text"].astype(object).where(table["text"].notna(), "").astype(str)
        turns = [(number, one) for number, (speaker, one) in enumerate(zip(who, said, strict=True), 1) if _AGENT.search(speaker)]
    elif isinstance(dialogue, str):
        found = [(number, _LINE.match(line)) for number, line in enumerate(dialogue.splitlines(), 1)]
        turns = [(number, hit["said"]) for number, hit in found if hit and _AGENT.search(hit["who"])]
    else:
        raise ValueError(_("dialogue must be text or a table; this is a {kind}.").format(kind=type(dialogue).__name__))
    turns = [(number, said) for number, said in turns if said.strip()]
    if not turns:
        raise ValueError(_("There is no line of the agent. Begin its lines with “客服：” or “Agent:”."))
    return turns


def _promises(lines: list[tuple[int, str]]) -> pd.DataFrame:
    rows = []
    for number, said in lines:
        for sentence in _SENTENCE.findall(said):
            if not sentence.strip():
                continue
            found = promise_check(sentence)
            # What the handbook does not know is mostly no promise at all.
            if found.verdict in ("with_condition", "never"):
                why = found.findings.loc[found.findings["verdict"] == found.verdict, "why"].iloc[0]
                rows.append((number, sentence.strip(), found.verdict, why))
    return pd.DataFrame(rows, columns=["line_number", "said_words", "verdict", "why"])


def _words() -> dict[str, str]:
    return {
        "greeting": _("greets and names the firm"),
        "identity": _("asks who it is and which parcel"),
        "listen": _("repeats the problem in its own words"),
        "sympathy": _("is sorry or understands"),
        "responsible": _("says who takes care of it"),
        "time_limit": _("says by when there is an answer"),
        "next_step": _("says what happens next"),
        "rule": _("says by which rule it is handled"),
        "anything_else": _("asks whether there is anything else"),
        "goodbye": _("thanks and takes leave"),
        "promise_kept": _("promises nothing that the handbook forbids"),
    }
