"""Submissions that are worth a look together: alike in what the sheet did not give, the same numbers on different data, another's data code."""

from __future__ import annotations

import io
import keyword
import re
import token
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

import nbformat
import pandas as pd

RUN = 6
"""So many words in a row are compared at once."""

FEWEST_SHARED = 12
ALIKE = 0.8
_OWN_SHARE = 0.6
_COMMON_SHARE = 0.1
_COMMON_AT_LEAST = 3
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
_CODE = re.compile(r"[0-9A-Za-z]{4}[- ]?[0-9A-Za-z]{4}[- ]?[0-9A-Za-z]{4}")
_SKIPPED = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, token.ENDMARKER}

Answers = Mapping[str, tuple[str, str]]
"""Grade id → kind of cell ("code" or "markdown") and its text."""


def worth_a_look(
    notebooks: Mapping[str, nbformat.NotebookNode],
    given: Sequence[nbformat.NotebookNode],
    *,
    known: Mapping[str, Sequence[str]] | None = None,
    codes: Mapping[str, str] | None = None,
    digests: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Which submissions should the instructor read side by side?

    Nothing found here is a proof: short tasks have few solutions, and students may work together where that is allowed. Runs of six words
    count that stand neither in the sheet nor in its solution, and that at most three students (a tenth of a large class) wrote. Names that a
    student chose count as alike, so that renaming hides nothing.

    Parameters
    ----------
    notebooks : mapping
        Student → notebook.
    given : sequence of notebooks
        The release and the solution: what everybody was given, or may well write.
    known : mapping, optional
        Grade id → further answers that one may well write, such as the right ones that a sheet was rehearsed with.
    codes : mapping, optional
        Student → data code, where students have firms of their own. Then the same uncommon numbers in two answers are evidence too.
    digests : mapping, optional
        Student → hash of the file as handed in.

    Returns
    -------
    DataFrame
        student, other, kind ("writing": alike words; "numbers": the same uncommon numbers; "code": the data code of `other`;
        "file": the same file), item (grade ids with commas, or ""), alike (0–1 or missing), evidence (numbers, or the code).

    >>> worth_a_look({}, []).empty
    True
    """
    rows: list[list] = []
    answers = {student: _answers(notebook) for student, notebook in notebooks.items()}
    rows += _same_file(digests or {}, notebooks, given)
    rows += _alike(answers, [_answers(notebook) for notebook in given], known or {}, len(notebooks))
    if codes:
        rows += _same_numbers(answers, given, len(notebooks))
        rows += _other_code(notebooks, codes)
    return pd.DataFrame(rows, columns=["student", "other", "kind", "item", "alike", "evidence"])


def words_of(text: str, kind: str, known: Iterable[str] = ()) -> list[str]:
    """A text as words: code without comments, layout and the names a student chose; prose by character (Chinese) or word.

    >>> words_of("total = sum( prices )  # all", "code", {"sum"})
    ['name', '=', 'sum', '(', 'name', ')']
    >>> words_of("两家, 70%", "markdown")
    ['两', '家', '70']
    """
    if kind != "code":
        return re.findall(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff_]+(?:\.\d+)?", text.casefold())
    known = {*known, *keyword.kwlist, *keyword.softkwlist}
    found: list[str] = []
    try:
        for one in tokenize.generate_tokens(io.StringIO(text).readline):
            if one.type in _SKIPPED:
                continue
            own = one.type == token.NAME and one.string not in known and found[-1:] != ["."]
            quoted = one.type == token.STRING
            found.append("name" if own else one.string.strip("\"'rbfuRBFU") if quoted else one.string)
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return re.findall(r"\w+|[^\w\s]", re.sub(r"#.*", "", text))
    return found


def _answers(notebook: nbformat.NotebookNode) -> Answers:
    found = {}
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution") and about.get("grade_id"):
            found[str(about["grade_id"])] = (cell.cell_type, cell.source)
    return found


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[place : place + RUN]) for place in range(len(words) - RUN + 1)}


def _alike(answers: Mapping[str, Answers], given: Sequence[Answers], known: Mapping[str, Sequence[str]], people: int) -> list[list]:
    """Pairs with enough uncommon runs in common, over the items that are alike."""
    pairs: dict[tuple[str, str], list[tuple[str, int, float]]] = defaultdict(list)
    for item in dict.fromkeys(name for own in answers.values() for name in own):
        models = [own[item] for own in given if item in own] + [("code", text) for text in known.get(item, ())]
        for pair, shared, alike in _alike_in_item({student: own[item] for student, own in answers.items() if item in own}, models, people):
            pairs[pair].append((item, shared, alike))
    rows = []
    for (one, other), found in sorted(pairs.items()):
        total = sum(shared for _item, shared, _alike in found)
        if total >= FEWEST_SHARED:
            alike = sum(shared * alike for _item, shared, alike in found) / total
            rows.append([one, other, "writing", ",".join(item for item, _shared, _alike in found), float(alike), ""])
    return rows


def _alike_in_item(texts: Answers, models: Sequence[tuple[str, str]], people: int) -> Iterator[tuple[tuple[str, str], int, float]]:
    from rapidfuzz.distance import Indel

    most = max(_COMMON_AT_LEAST, int(people * _COMMON_SHARE))
    names = set(re.findall(r"[^\W\d]\w*", " ".join(text for _kind, text in models)))
    common = {run for kind, text in models for run in _runs(words_of(text, kind, names))}
    words = {student: words_of(text, kind, names) for student, (kind, text) in texts.items()}
    runs = {student: _runs(own) - common for student, own in words.items()}
    writers = Counter(run for own in runs.values() for run in own)
    rare = {student: {run for run in own if writers[run] <= most} for student, own in runs.items()}
    by_run = defaultdict(list)
    for student, own in rare.items():
        for run in own:
            by_run[run].append(student)
    shared: Counter[tuple[str, str]] = Counter()
    for students in by_run.values():
        shared.update(combinations(sorted(students), 2))
    for (one, other), count in shared.items():
        alike = Indel.normalized_similarity(words[one], words[other])
        if count >= _OWN_SHARE * min(len(rare[one]), len(rare[other])) and alike >= ALIKE:
            yield (one, other), count, float(alike)


def _same_numbers(answers: Mapping[str, Answers], given: Sequence[nbformat.NotebookNode], people: int) -> list[list]:
    """Two who work on different data and write down the same numbers."""
    stated = {number for notebook in given for cell in notebook.cells for number in _numbers(cell.source)}
    most = max(_COMMON_AT_LEAST, int(people * _COMMON_SHARE))
    written = {
        student: {number: name for name, (_kind, text) in known.items() for number in _numbers(text) if number not in stated}
        for student, known in answers.items()
    }
    writers = Counter(number for numbers in written.values() for number in numbers)
    rows = []
    for one, other in combinations(sorted(written), 2):
        both = [number for number in written[one] if number in written[other] and writers[number] <= most]
        if len(both) > 1 or any(len(number.replace(".", "").strip("0")) > 4 for number in both):
            rows.append([one, other, "numbers", written[one][both[0]], float("nan"), ", ".join(sorted(both, key=float))])
    return rows


def _numbers(text: str) -> list[str]:
    """The numbers with at least three digits that mean something, years left out."""
    plain = [number.replace(",", "") for number in _NUMBER.findall(text)]
    return [number for number in plain if len(number.replace(".", "").strip("0")) > 2 and not re.fullmatch(r"(19|20)\d\d", number)]


def _other_code(notebooks: Mapping[str, nbformat.NotebookNode], codes: Mapping[str, str]) -> list[list]:
    owners = {_plain_code(code): student for student, code in codes.items()}
    rows = []
    for student, notebook in sorted(notebooks.items()):
        typed = {_plain_code(found) for cell in notebook.cells if cell.cell_type == "code" for found in _CODE.findall(cell.source)}
        rows += [[student, owners[code], "code", "", float("nan"), codes[owners[code]]]
                 for code in sorted(typed) if owners.get(code, student) != student]  # fmt: skip
    return rows


def _plain_code(code: str) -> str:
    return code.upper().replace("-", "").replace(" ", "").replace("O", "0").replace("I", "1").replace("L", "1")


def _same_file(digests: Mapping[str, str], notebooks: Mapping, given: Sequence[nbformat.NotebookNode]) -> list[list]:
    untouched = [[cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")] for notebook in given]
    worked = [
        student for student, notebook in notebooks.items()
        if [cell.source for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("solution")] not in untouched
    ]  # fmt: skip
    return [
        [one, other, "file", "", float("nan"), ""]
        for one, other in combinations(sorted(worked), 2)
        if digests.get(one) and digests.get(one) == digests.get(other)
    ]
