"""Feedback that a student may see: the hint of each lost point, and nothing of a hidden test."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

from crmlib.classroom.hints import sentence
from crmlib.i18n import LANGUAGES, _, language, use_language

SHORTEST_TELLING_LINE = 12
NBGRADER_SAYS_EMPTY = "No response."
TEMPLATES = Path(__file__).with_name("templates")
_EDITION = re.compile(r"""\bsetup\(\s*["'](zh|en)["']\s*\)""")


def edition_of(nb) -> str:
    """The language of a notebook: what its set-up cell says, or else its metadata; the active language if neither does."""
    for cell in nb.cells:
        if cell.cell_type == "code" and (found := _EDITION.search(cell.source)):
            return found[1]
    edition = nb.metadata.get("crm", {}).get("edition")
    return edition if edition in LANGUAGES else language()


class HideTests(ClearHiddenTests):
    """Cuts hidden tests out of feedback, and whatever a student's own cell has printed of them."""

    def preprocess(self, nb, resources):
        """nbconvert calls this once a notebook."""
        before = [cell.source for cell in nb.cells]
        nb, resources = super().preprocess(nb, resources)
        shown = {line.strip() for cell in nb.cells for line in cell.source.splitlines()}
        hidden = {line.strip() for source in before for line in source.splitlines()} - shown
        telling = {line for line in hidden if len(line) >= SHORTEST_TELLING_LINE}
        spoken = language()
        use_language(edition_of(nb))
        try:
            for cell in nb.cells:
                if cell.cell_type == "code":
                    cell.outputs = [_without(output, telling) for output in cell.outputs]
        finally:
            use_language(spoken)
        return nb, resources


def _without(output, telling: Iterable[str]):
    said = _text_of(output)
    if any(form in said for line in telling for form in (line, repr(line)[1:-1], html.escape(line))):
        told = sentence("feedback-withheld")
        if output.output_type == "error":
            return new_output("error", ename="Lost", evalue=told, traceback=[told])
        return new_output("stream", name="stdout", text=told + "\n")
    return output


def _text_of(output) -> str:
    parts = [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
    parts += [part for part in output.get("data", {}).values() if isinstance(part, str)]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(map(str, parts)))


class FeedbackPage(HTMLExporter):
    """The page that a student is given: the score, a line an item with its hint, then the sheet with the answers."""


class SummariseItems(NbGraderPreprocessor):
    """Gathers, for the top of the page, each graded cell with the heading it stands under, its score and its hint or comment."""

    def preprocess(self, nb, resources):
        """nbconvert calls this once a notebook."""
        spoken = language()
        use_language(edition_of(nb))
        try:
            for cell in nb.cells:
                if cell.metadata.get("nbgrader", {}).get("comment") == NBGRADER_SAYS_EMPTY:
                    cell.metadata.nbgrader.comment = ""
            about = resources["nbgrader"]
            titles = (
                cell.source.splitlines()[0].lstrip("# ")
                for cell in nb.cells
                if cell.cell_type == "markdown" and cell.source.startswith("# ")
            )
            title = next(titles, about["notebook"])
            with Gradebook(about["db_url"]) as gradebook:
                notebook = gradebook.find_submission_notebook(about["notebook"], about["assignment"], about["student"])
                waiting = {grade.name for grade in notebook.grades if grade.needs_manual_grade}
            words = {"item": _("Item"), "score": _("Score"), "remark": _("Remark"), "late": _("Late"), "comment": _("Your teacher writes:")}
            rows = [row | {"remark": _("Not marked yet.")} if row["grade_id"] in waiting else row for row in _items(nb)]
            resources["crm"] = {"language": language(), "title": _("Feedback: {sheet}").format(sheet=title), "words": words, "rows": rows}
        finally:
            use_language(spoken)
        return nb, resources


def _items(nb) -> Iterator[dict]:
    heading, comment = "", ""
    for cell in nb.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            heading, comment = cell.source.splitlines()[0].lstrip("# ").strip(), ""
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution"):
            comment = about.get("comment") or ""
        if about.get("grade"):
            told = [output.data["text/plain"] for output in cell.get("outputs", []) if "text/plain" in output.get("data", {})]
            yield {"grade_id": about["grade_id"], "title": heading or about["grade_id"], "score": about["score"], "points": about["points"],
                   "remark": " ".join(told or [comment])}  # fmt: skip


class ShowHints(NbGraderPreprocessor):
    """Shows of each test cell the hint alone: no traceback, and nothing that a student's function printed from inside a test."""

    def preprocess(self, nb, resources):
        """nbconvert calls this once a notebook."""
        spoken = language()
        use_language(edition_of(nb))
        try:
            before: list = []
            for cell in nb.cells:
                errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
                if cell.cell_type == "code" and utils.is_grade(cell) and not utils.is_solution(cell):
                    cell.outputs = [_shown(_told(errors, before))] if errors else []
                    before = []
                elif any(error.ename == "CellTimeoutError" for error in errors):
                    kept = [output for output in cell.outputs if output.output_type != "error"]
                    cell.outputs = [*kept, _shown(sentence("feedback-timeout-here"))]
                before += errors
        finally:
            use_language(spoken)
        return nb, resources


def _told(errors: list, before: list) -> str:
    """The sentence for a test that ended in `errors`; `before` are the errors of the cells since the last test."""
    for name, key in (("CellTimeoutError", "feedback-timeout"), ("DeadKernelError", "feedback-died")):
        if any(error.ename == name for error in [*errors, *before]):
            return sentence(key)
    for error in errors:
        if error.ename == "Lost":
            return error.evalue
    first = errors[0]
    if first.ename == "NameError" and re.search(r"'(mark|crm|pd)'", first.evalue):
        return sentence("feedback-no-setup")
    return sentence("feedback-stopped", error=first.ename)


def _shown(told: str):
    box = '<p class="crm-hint" style="border-left: 4px solid #b35900; margin: 0.5em 0; padding: 0.4em 0.8em">{}</p>'
    return new_output("display_data", data={"text/html": box.format(html.escape(told)), "text/plain": told})
