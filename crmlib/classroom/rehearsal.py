"""Rehearse a sheet: run its solution, the untouched release, and every right and wrong answer, and compare with what is declared."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crmlib.classroom.answers import answering
from crmlib.classroom.hints import Lost
from crmlib.classroom.marking import practice_code
from crmlib.classroom.prose import SETUP_CALL
from crmlib.classroom.source import Cell, Source, last_is_mark, read
from crmlib.i18n import _, language, use_language


@dataclass(frozen=True)
class Outcome:
    """What one answer earned, against what the source declares.

    Attributes
    ----------
    of : str
        Grade id of the solution cell that the answer stood in; empty for the whole sheet.
    kind : "full", "untouched", "right" or "wrong"
    index : int
        Which of the right (wrong) answers of this item, from 1.
    lost, expected_lost : mapping of test cell to points
    hints : mapping of test cell to hint key
        Of a test that ended in anything but a hint, the error instead.
    expected_hint : str
    ok : bool
    message : str
        One sentence.
    """

    of: str
    kind: str
    index: int
    lost: Mapping[str, float]
    expected_lost: Mapping[str, float]
    hints: Mapping[str, str]
    expected_hint: str
    ok: bool
    message: str


@dataclass(frozen=True)
class _Run:
    points: Mapping[str, float]
    hints: Mapping[str, str]
    crashes: Mapping[str, str] = field(default_factory=dict)


def rehearse(source_path: Path | str, *, language: str, firm_code: str = "") -> list[Outcome]:
    """Put every answer of a sheet's source in its solution's place and mark it.

    Parameters
    ----------
    source_path : path
        ``exercises/src/….md``
    language : "zh" or "en"
    firm_code : str, optional
        The firm to work on; by default the practice firm.

    Returns
    -------
    list of Outcome
        The full solution, the untouched release, then every right and wrong answer in the order of the source.

    Raises
    ------
    ValueError
        The source cannot be read, or an answer names no solution cell.

    Why: a test that refuses a right answer, or passes a wrong one, is found before a class finds it.
    """
    source = read(source_path)
    solutions = {cell.grade_id: cell for cell in source.cells if cell.is_solution}
    full = {grade_id: cell.text for grade_id, cell in solutions.items()}
    blank = {grade_id: str(cell.metadata.get("scaffold", "")) for grade_id, cell in solutions.items()}
    maximum = {cell.grade_id: float(cell.points) for cell in source.cells if cell.is_test}
    with _stage(language, firm_code):
        runs = [("", "full", full, {}, ""), ("", "untouched", blank, maximum, "")]
        for cell in source.cells:
            if cell.is_answer:
                of = str(cell.metadata.get("of", ""))
                if of not in solutions:
                    raise ValueError(str(source.problem(cell, _('"{of}" is no solution cell of this sheet.').format(of=of))))
                kind = "right" if "right" in cell.tags else "wrong"
                loses = {str(test): float(points) for test, points in dict(cell.metadata.get("loses", {})).items()}
                runs.append((of, kind, {**full, of: cell.text}, loses if kind == "wrong" else {}, str(cell.metadata.get("hint", ""))))
        results = [_run(source, answers, language) for _of, _kind, answers, _lost, _hint in runs]
    count: dict[tuple[str, str], int] = {}
    outcomes = []
    for (of, kind, _answers, expected, hint), result in zip(runs, results, strict=True):
        count[of, kind] = count.get((of, kind), 0) + 1
        outcomes.append(_judge(of, kind, count[of, kind], maximum, expected, hint, result))
    return outcomes


def _judge(
    of: str, kind: str, index: int, maximum: Mapping[str, float], expected: Mapping[str, float], hint: str, result: _Run
) -> Outcome:
    lost = {test: points - result.points.get(test, 0.0) for test, points in maximum.items() if points != result.points.get(test, 0.0)}
    said = dict(result.hints)
    crashed = {test: error for test, error in said.items() if error.startswith("!")}
    right_points = lost == dict(expected)
    right_hint = kind != "wrong" or set(said.values()) == {hint}
    ran = kind in ("untouched", "wrong") or not result.crashes
    ok = right_points and right_hint and not crashed and ran
    names = {"full": _("full solution"), "untouched": _("untouched release")}
    name = names.get(kind, f"{of}, {kind} {index}")
    if ok:
        message = _("{name}: as declared").format(name=name)
    else:
        message = _("{name}: lost {lost} ({hints}), declared {expected} ({hint})").format(
            name=name, lost=_listed(lost), hints=_listed(said), expected=_listed(expected), hint=hint or "-"
        )
        if result.crashes and kind != "untouched":
            message = _("{message}; stopped: {crashes}").format(message=message, crashes=_listed(result.crashes))
    return Outcome(of, kind, index, lost, dict(expected), said, hint, ok, message)


def _listed(values: Mapping[str, object]) -> str:
    return ", ".join(f"{key}: {value:g}" if isinstance(value, float) else f"{key}: {value}" for key, value in values.items()) or "-"


@contextlib.contextmanager
def _stage(edition: str, firm_code: str) -> Iterator[None]:
    """The edition's language and firm, no window, no output; everything as before afterwards."""
    import matplotlib
    import matplotlib.pyplot as plt

    before, code, backend, style = language(), os.environ.get("CRM_FIRM_CODE"), matplotlib.get_backend(), dict(matplotlib.rcParams)
    plt.switch_backend("agg")
    os.environ["CRM_FIRM_CODE"] = firm_code or practice_code()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            use_language(edition)
            yield
    finally:
        os.environ.pop("CRM_FIRM_CODE", None)
        if code is not None:
            os.environ["CRM_FIRM_CODE"] = code
        use_language(before)
        plt.switch_backend(backend)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            matplotlib.rcParams.update(style)


def _run(source: Source, answers: Mapping[str, str], edition: str) -> _Run:
    import matplotlib.pyplot as plt

    namespace: dict[str, object] = {"__name__": "__main__"}
    points, hints, crashes, own = {}, {}, {}, []
    for cell in source.cells:
        if not cell.is_code or cell.is_answer:
            continue
        text = _text(cell, answers, edition)
        with answering(namespace, cells=own):
            try:
                value = _execute(text, namespace, cell.name)
            except Lost as lost:
                hints[cell.name] = lost.hint
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                crashes[cell.name] = said
                if cell.is_test:
                    hints[cell.name] = f"!{said}"
            else:
                if cell.is_test:
                    points[cell.grade_id] = float(cell.points) if value is None else value
        if not cell.is_test:
            own.append(text)
    plt.close("all")
    return _Run(points, hints, crashes)


def _text(cell: Cell, answers: Mapping[str, str], edition: str) -> str:
    if cell.is_solution:
        return answers[cell.grade_id]
    return SETUP_CALL.sub(f'crm.setup("{edition}")', cell.text) if "setup" in cell.tags else cell.text


def _execute(text: str, namespace: dict[str, object], name: str) -> float | None:
    """Run a cell; a number that its last line shows is nbgrader's partial credit."""
    from IPython.core.inputtransformer2 import TransformerManager

    text = TransformerManager().transform_cell(text)
    body = ast.parse(text, filename=name).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), name, "exec"), namespace)
    if last is None:
        return None
    value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and not last_is_mark(text) else None
