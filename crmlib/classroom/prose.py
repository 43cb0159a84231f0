"""Refusals that lessons and sheets share: twins, the set-up cell, prose in code, terms of the glossary."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from functools import cache

from crmlib.classroom.source import Cell, Problem, Source
from crmlib.i18n import Term, _, glossary

CJK = re.compile(r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")
MARKER = re.compile(r"### (BEGIN|END) (SOLUTION|HIDDEN TESTS)")
SETUP_CALL = re.compile(r"""crm\.setup\((["'])(?:zh|en)\1\)""")
_BLANK = re.compile(r"(?<!_)___(?!_)")


def twins(source: Source) -> list[Problem]:
    """Prose cells that are not a Chinese cell followed by its English twin."""
    problems = []
    prose = [cell for cell in source.cells if not cell.is_code]
    for cell in prose:
        if cell.lang is None:
            sentence = _('This text does not say its language; its metadata must hold "lang": "zh" or "lang": "en".')
        elif source.twin(cell) is not None:
            sentence = _pair_sentence(cell, source.twin(cell)) if cell.lang == "zh" else None
        elif _stands_before(source, cell):
            sentence = _("The English cell stands before its Chinese twin; put the Chinese one first.") if cell.lang == "en" else None
        elif cell.lang == "zh":
            sentence = _("This Chinese cell has no English twin right after it.")
        else:
            sentence = _("This English cell has no Chinese twin right before it.")
        if sentence:
            problems.append(source.problem(cell, sentence))
    return problems


def _stands_before(source: Source, cell: Cell) -> bool:
    """Whether `cell` belongs to an English cell directly followed by a Chinese one, neither of which has a proper twin."""
    first = cell.number - 1 if cell.lang == "en" else cell.number - 2
    pair = source.cells[first : first + 2] if first >= 0 else ()
    return [other.lang for other in pair] == ["en", "zh"] and all(source.twin(other) is None for other in pair)


def _pair_sentence(chinese: Cell, english: Cell) -> str | None:
    if not CJK.search(chinese.text) and CJK.search(english.text):
        return _("The Chinese and the English text of this pair are swapped.")
    if chinese.nbgrader != english.nbgrader or chinese.tags != english.tags:
        return _("This cell and its English twin differ in their tags or nbgrader metadata; make them the same.")
    return None


def setup_cell(source: Source) -> list[Problem]:
    """A file without exactly one cell tagged ``setup`` that chooses the language."""
    cells = [cell for cell in source.cells if cell.is_code and "setup" in cell.tags]
    if len(cells) != 1:
        sentence = _("There must be exactly one code cell tagged setup; there are {count}.").format(count=len(cells))
        return [source.problem(cells[1] if cells else None, sentence)]
    if len(SETUP_CALL.findall(cells[0].text)) != 1:
        return [source.problem(cells[0], _('The set-up cell must call crm.setup("zh") once; the English edition gets crm.setup("en").'))]
    return []


def code_prose(source: Source) -> list[Problem]:
    """Code cells (and the scaffolds that stand in their place) with words that only one edition could read."""
    problems = []
    for cell in source.cells:
        if cell.is_code:
            problems += [source.problem(cell, sentence) for sentence in _code_sentences(cell.text)]
            scaffold = cell.metadata.get("scaffold")
            if isinstance(scaffold, str):
                problems += [source.problem(cell, _("In the scaffold: {sentence}").format(sentence=s)) for s in _code_sentences(scaffold)]
                if _BLANK.search(scaffold):
                    problems.append(source.problem(cell, _("A blank of the scaffold has three underscores; write four: ____.")))
    return problems


def _code_sentences(code: str) -> list[str]:
    sentences = []
    plain = "\n".join(re.sub(r"^(\s*)[%!].*$", r"\1pass", line) for line in code.splitlines())
    try:
        for token in tokenize.generate_tokens(io.StringIO(plain + "\n").readline):
            if token.type == tokenize.COMMENT and not MARKER.fullmatch(token.string.strip()):
                sentences.append(_("The comment “{comment}” belongs in the text above the cell.").format(comment=token.string.strip()))
        tree = ast.parse(plain)
    except (SyntaxError, tokenize.TokenError) as error:
        return [*sentences, _("Line {line} is not Python.").format(line=getattr(error, "lineno", None) or 1)]
    if CJK.search(code):
        line = next(line.strip() for line in code.splitlines() if CJK.search(line))
        sentences.append(_("Chinese characters in the code: “{line}”; the catalogue or the text above must say it.").format(line=line))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not CJK.search(node.value) and _is_prose(node.value):
            text = node.value if len(node.value) <= 40 else node.value[:40] + "…"
            sentences.append(_("The text “{text}” in the code is prose; the catalogue or the text above must say it.").format(text=text))
    return sentences


def _is_prose(text: str) -> bool:
    """Three words or more, unless the text is itself code, such as the condition of a query."""
    words = sum(bool(re.fullmatch(r"[(\"'“]?[A-Za-z][A-Za-z'’-]*[)\"'”.,;:!?]*", token)) for token in text.split())
    if words < 3:
        return False
    try:
        ast.parse(text.strip().replace("@", ""), mode="eval")
    except SyntaxError:
        return True
    return not re.search(r"[<>=()\[\]*+/]", text)


@cache
def _chinese_patterns() -> tuple[tuple[re.Pattern, Term], ...]:
    """Longest term first; “新增、潜在客户” counts as 新增客户 too."""
    patterns = []
    for term in sorted(glossary().values(), key=lambda term: (-len(term.zh), term.key)):
        pattern = r"\s*".join(map(re.escape, term.zh))
        if term.zh.endswith("客户") and len(term.zh) > 2:
            head = r"\s*".join(map(re.escape, term.zh[:-2]))
            pattern += rf"|{head}(?=(?:\s*(?:、|/|和|与|或|及|以及)\s*[^、，。；：/\s]{{1,5}})+?\s*客户)"
        patterns.append((re.compile(pattern), term))
    return tuple(patterns)


def _english_pattern(phrase: str) -> str:
    """The phrase in singular or plural, broken over lines or not; “new and lost customers” counts as “new customer” too."""
    *first, last = [re.escape(word) for word in phrase.split()]
    plural = rf"{last[:-1]}(?:y|ies)" if last.endswith("y") else rf"{last}(?:e?s)?"
    gap = r"(?:\s*(?:,|/|\band\b|\bor\b)\s*(?:(?:and|or)\s+)?[\w-]+)*\s+" if len(first) == 1 else r"\s+"
    return rf"(?<![\w-]){gap.join([*first, plural])}(?![\w-])"


@cache
def _english_patterns() -> tuple[tuple[re.Pattern, re.Pattern, re.Pattern | None, Term], ...]:
    patterns = []
    for term in sorted(glossary().values(), key=lambda term: (-len(term.en), term.key)):
        any_of = "|".join(map(_english_pattern, (term.en, *term.also)))
        avoid = "|".join(re.escape(word) if CJK.search(word) else _english_pattern(word) for word in term.avoid)
        patterns.append((
            re.compile(_english_pattern(term.en), re.IGNORECASE),
            re.compile(any_of, re.IGNORECASE),
            re.compile(avoid, re.IGNORECASE) if avoid else None,
            term,
        ))  # fmt: skip
    return tuple(patterns)


def _readable(text: str) -> str:
    """The text without code, formulas, addresses and tags, which keep their words in every language."""
    text = re.sub(r"^(```+|~~~+).*?^\1\s*$", " ", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"`[^`]*`|\$[^$\n]+\$|<[^>\n]+>|https?://\S+", " ", text)
    return re.sub(r"\]\([^)]*\)", "]", text).replace("**", "").replace("*", "")


def _found(text: str, patterns: list[tuple[re.Pattern, Term]]) -> list[Term]:
    """Terms in `text`; what a longer term has taken is not there for a shorter one."""
    terms = []
    for pattern, term in patterns:
        text, count = pattern.subn(lambda match: "\u2400" * len(match[0]), text)
        if count:
            terms.append(term)
    return terms


def terms(source: Source) -> list[Problem]:
    """Terms of the glossary that a pair renders differently, and renderings that the glossary refuses."""
    problems = []
    for cell in source.cells:
        if cell.is_code or cell.lang is None:
            continue
        text = _readable(cell.text)
        for _exact, _any_of, avoid, term in _english_patterns():
            if avoid and (match := avoid.search(text)):
                right = term.zh if CJK.search(match[0]) else term.en
                sentence = _("“{found}” is not the course's word; write “{right}”.").format(found=" ".join(match[0].split()), right=right)
                problems.append(source.problem(cell, sentence))
        english = source.twin(cell)
        if cell.lang == "zh" and english is not None:
            problems += [source.problem(cell, sentence) for sentence in _rendered(text, _readable(english.text))]
    return problems


def _rendered(chinese: str, english: str) -> list[str]:
    sentences = []
    any_of = {term.key: pattern for _exact, pattern, _avoid, term in _english_patterns()}
    in_chinese = {term.key: pattern for pattern, term in _chinese_patterns()}
    for term in _found(chinese, list(_chinese_patterns())):
        if not any_of[term.key].search(english):
            sentences.append(_("The text has “{zh}”, but its English twin has no “{en}”.").format(zh=term.zh, en=term.en))
    for term in _found(english, [(exact, term) for exact, _any_of, _avoid, term in _english_patterns()]):
        if not in_chinese[term.key].search(chinese):
            sentences.append(_("The English twin has “{en}”, but this text has no “{zh}”.").format(zh=term.zh, en=term.en))
    return sentences


def refusals(source: Source) -> list[Problem]:
    """Everything that is refused in a lesson as well as in a sheet."""
    return [*twins(source), *setup_cell(source), *code_prose(source), *terms(source)]
