"""Refusals of a sheet: markers, ids, points, and the right and wrong answers that prove each graded item."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping

from crmlib.classroom.hints import hints
from crmlib.classroom.source import Cell, Problem, Source
from crmlib.i18n import _

ANSWERS_AT_LEAST = 2
_ANY_MARKER = re.compile(r"\b(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)\b")
_ID = re.compile(r"[A-Za-z0-9_-]{1,57}")  # a cell id has 64 at most, and a rubric's is the item's with -rubric


def markers(source: Source) -> list[Problem]:
    """Solution and test markers that do not close, lie inside each other, or stand where nbgrader does not look for them."""
    return [source.problem(cell, sentence) for cell in source.cells for sentence in _marker_sentences(cell)]


def _marker_sentences(cell: Cell) -> list[str]:
    found = [(match[1], match[2]) for line in cell.text.splitlines() if (match := _ANY_MARKER.search(line))]
    sentences = []
    inside: str | None = None
    for word, region in found:
        if region == "MARK SCHEME":
            sentences.append(_("Write a rubric as a pair of cells tagged rubric; the build sets the marks around it."))
        elif word == "BEGIN" and inside:
            sentences.append(_("### BEGIN {region} stands inside another marked part; close that one first.").format(region=region))
        elif word == "BEGIN":
            inside = region
        elif inside != region:
            sentences.append(_("### END {region} has no ### BEGIN {region} before it.").format(region=region))
        else:
            inside = None
    if inside:
        sentences.append(_("### BEGIN {region} is never closed by ### END {region}.").format(region=inside))
    regions = Counter(region for word, region in found if word == "BEGIN")
    if regions["SOLUTION"] > 1:
        sentence = _("A cell may hold one solution part only; its scaffold would be shown {count} times.")
        sentences.append(sentence.format(count=regions["SOLUTION"]))
    if regions["SOLUTION"] and not (cell.nbgrader.get("solution") or cell.is_answer):
        sentences.append(_("A solution part stands in a cell that nbgrader does not know as a solution; set solution: true."))
    if regions["HIDDEN TESTS"] and not cell.is_test:
        sentences.append(_("Hidden tests stand in a cell that nbgrader does not know as a test; set grade: true and solution: false."))
    if cell.is_hand_graded and cell.is_code:
        sentences.append(_("A hand-graded item is a pair of text cells; let a test cell judge code."))
    if cell.is_solution and not regions["SOLUTION"]:
        sentences.append(_("The solution cell has no ### BEGIN SOLUTION and ### END SOLUTION."))
    return sentences


def ids(source: Source) -> list[Problem]:
    """Grade ids that are missing, doubled, or unfit for a cell id."""
    problems = []
    seen: dict[str, Cell] = {}
    for cell in source.cells:
        if not cell.nbgrader or cell.is_answer or (cell.lang == "en" and source.twin(cell) is not None):
            continue
        if cell.grade_id is None or not _ID.fullmatch(cell.grade_id):
            problems.append(source.problem(cell, _("A grade id has 1 to 57 letters, digits, hyphens and underscores.")))
        elif cell.grade_id in seen:
            sentence = _("The grade id “{name}” is taken by cell {number}.").format(name=cell.grade_id, number=seen[cell.grade_id].number)
            problems.append(source.problem(cell, sentence))
        else:
            seen[cell.grade_id] = cell
    return problems


def points(source: Source) -> list[Problem]:
    """Graded cells without points, or a sum that is not the sheet's total."""
    problems = []
    graded = [cell for cell in source.cells if (cell.is_test or cell.is_hand_graded) and cell.lang != "en"]
    for cell in graded:
        if cell.points <= 0:
            problems.append(source.problem(cell, _("A graded cell needs points, a number above 0.")))
    total = source.points
    if not isinstance(total, (int, float)) or isinstance(total, bool) or total <= 0:
        problems.append(source.problem(None, _("The front matter of a sheet must state its total, such as crm: {points: 20}.")))
    elif abs(sum(cell.points for cell in graded) - total) > 1e-9:
        sentence = _("The points of the graded cells add up to {sum}, but the sheet's total is {total}.")
        problems.append(source.problem(None, sentence.format(sum=f"{sum(cell.points for cell in graded):g}", total=f"{total:g}")))
    return problems


def items(source: Source) -> list[Problem]:
    """Solution cells without scaffold or test; test cells that judge nothing; hand-graded cells without a rubric."""
    problems = []
    delivered = set().union(*(_assigned(cell.text) for cell in source.cells if cell.is_code and not cell.is_answer))
    waiting: Cell | None = None
    answered = False
    for cell in source.cells:
        if cell.is_solution:
            if waiting is not None:
                problems.append(_untested(source, waiting))
            waiting, answered = cell, True
            if not isinstance(cell.metadata.get("scaffold"), str) or "____" not in cell.metadata["scaffold"]:
                problems.append(source.problem(cell, _("A solution cell needs a scaffold with blanks (____) that the release shows.")))
        elif cell.is_test:
            waiting = None
            if not answered:
                problems.append(source.problem(cell, _("No solution cell stands before this test cell.")))
            problems += [source.problem(cell, sentence) for sentence in _answers_sentences(cell, delivered)]
    if waiting is not None:
        problems.append(_untested(source, waiting))
    return [*problems, *_rubrics(source)]


def _rubrics(source: Source) -> list[Problem]:
    problems = []
    graded = Counter(item.number for cell in source.cells if cell.is_rubric and (item := source.graded_by(cell)))
    for cell in source.cells:
        if cell.is_rubric and source.graded_by(cell) is None:
            problems.append(source.problem(cell, _("The rubric belongs to no hand-graded cell; name one, such as of: letter.")))
        if cell.is_hand_graded and cell.lang != "en" and not cell.is_code and graded[cell.number] != 1:
            sentence = _("A hand-graded cell needs one rubric: a pair of cells tagged rubric that name it with of.")
            problems.append(source.problem(cell, sentence))
    return problems


def _untested(source: Source, cell: Cell) -> Problem:
    return source.problem(cell, _("No test cell follows this solution cell."))


def _answers_sentences(cell: Cell, delivered: set[str]) -> list[str]:
    answers = cell.metadata.get("answers")
    if not isinstance(answers, list) or not answers or not all(isinstance(name, str) and name.isidentifier() for name in answers):
        return [_("A test cell must list the names it judges, such as answers: [top_share].")]
    missing = [name for name in answers if name not in delivered]
    return [_("No cell of the sheet makes {names}, which this test judges.").format(names=", ".join(missing))] if missing else []


def _assigned(code: str) -> set[str]:
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return set()
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return names | {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


def answers(source: Source) -> list[Problem]:
    """Items without enough right and wrong answers, and answers that do not say what they prove."""
    problems = []
    solutions = {cell.grade_id: cell for cell in source.cells if cell.is_solution}
    tests = {cell.grade_id: cell for cell in source.cells if cell.is_test}
    lost: set[str] = set()
    for cell in source.cells:
        if cell.is_answer:
            of = cell.metadata.get("of")
            if of not in solutions:
                sentence = _("The answer must say of which solution cell it is, and “{name}” is none.").format(name=of)
                problems.append(source.problem(cell, sentence))
            if "wrong" in cell.tags:
                problems += [source.problem(cell, sentence) for sentence in _wrong_sentences(cell, tests)]
                lost |= set(_loses(cell))
    for name, cell in solutions.items():
        known = [_same(cell.text)]
        for tag in ("right", "wrong"):
            mine = [other for other in source.cells if other.is_answer and tag in other.tags and other.metadata.get("of") == name]
            if len(mine) < ANSWERS_AT_LEAST:
                sentence = {
                    "right": _("The item needs at least two right answers written differently; it has {count}."),
                    "wrong": _("The item needs at least two wrong answers from mistakes that learners make; it has {count}."),
                }[tag]
                problems.append(source.problem(cell, sentence.format(count=len(mine))))
            for other in mine:
                if _same(other.text) in known:
                    problems.append(source.problem(other, _("This answer is the same as another answer of its item, or its solution.")))
                known.append(_same(other.text))
    for name, cell in tests.items():
        if name not in lost:
            sentence = _("No wrong answer loses points in this test, so nothing proves that it catches a mistake.")
            problems.append(source.problem(cell, sentence))
    return problems


def _same(code: str) -> str:
    """The code without layout and markers, so that two spellings of one answer are equal."""
    try:
        return ast.dump(ast.parse(code))
    except SyntaxError:
        return code


def _loses(cell: Cell) -> Mapping:
    loses = cell.metadata.get("loses")
    return loses if isinstance(loses, Mapping) else {}


def _wrong_sentences(cell: Cell, tests: Mapping[str | None, Cell]) -> list[str]:
    sentences = []
    if not _loses(cell):
        sentences.append(_("A wrong answer must say what it loses, such as loses: {nps-test: 3}."))
    for name, value in _loses(cell).items():
        if name not in tests:
            sentences.append(_("It loses points in “{name}”, which is no test cell.").format(name=name))
        elif not isinstance(value, (int, float)) or isinstance(value, bool) or value <= 0:
            sentences.append(_("What it loses in “{name}” must be a number above 0.").format(name=name))
        elif value > tests[name].points:
            sentences.append(_("It loses {value} in “{name}”, which has only {points}.").format(
                value=f"{value:g}", name=name, points=f"{tests[name].points:g}"))  # fmt: skip
    hint = cell.metadata.get("hint")
    if hint is None:
        sentences.append(_("A wrong answer must name the hint that the learner gets."))
    elif hint not in hints():
        sentences.append(_("The hint “{hint}” is not in crmlib/classroom/hints.toml.").format(hint=hint))
    return sentences


def refusals(source: Source) -> list[Problem]:
    """Everything that is refused in a sheet alone."""
    return [*markers(source), *ids(source), *points(source), *items(source), *answers(source)]
