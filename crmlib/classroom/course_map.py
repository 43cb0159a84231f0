"""The textbook's 18 tasks, the lesson before them, and the page that opens lessons and sheets."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

_COURSE = Path(__file__).with_name("course.toml")


@dataclass(frozen=True)
class Task:
    """One task of the textbook: its id such as "1-1", titles, the question it answers, class hours."""

    id: str
    slug: str
    zh: str
    en: str
    asks_zh: str
    asks_en: str
    hours: int

    @property
    def stem(self) -> str:
        """The name of its files, without the ending."""
        return f"{self.id}-{self.slug}"

    def title(self, language: str) -> str:
        """The title in a language."""
        return self.zh if language == "zh" else self.en

    def asks(self, language: str) -> str:
        """The question it answers, in a language."""
        return self.asks_zh if language == "zh" else self.asks_en


@dataclass(frozen=True)
class Project:
    """One project of the textbook and its tasks."""

    zh: str
    en: str
    tasks: tuple[Task, ...]


@cache
def _course() -> Mapping:
    return tomllib.loads(_COURSE.read_text("utf-8"))


@cache
def projects() -> tuple[Project, ...]:
    """The five projects, in the textbook's order.

    >>> [len(project.tasks) for project in projects()]
    [2, 5, 4, 3, 4]
    """
    return tuple(
        Project(project["zh"], project["en"], tuple(Task(**task) for task in project["task"])) for project in _course()["project"]
    )


@cache
def opening() -> tuple[Task, ...]:
    """What comes before the textbook's tasks.

    >>> [task.stem for task in opening()]
    ['0-1-the-firm']
    """
    return tuple(Task(**task) for task in _course()["opening"])


def tasks() -> dict[str, Task]:
    """The opening and the textbook's tasks, by file stem.

    >>> tasks()["1-1-customer-classes"].hours
    4
    """
    return {task.stem: task for task in (*opening(), *(task for project in projects() for task in project.tasks))}


def words(language: str) -> Mapping:
    """The fixed words of generated pages, in a language.

    >>> words("en")["lesson"]
    'open the lesson'
    """
    return _course()["words"][language]


def map_cells(language: str, *, lessons: Collection[str], sheets: Collection[str]) -> list[nbformat.NotebookNode]:
    """The cells of the course map.

    Parameters
    ----------
    language : "zh" or "en"
    lessons, sheets : stems of the lessons and sheets that are written

    Returns
    -------
    list of Markdown cells, a title and one table a project

    >>> cells = map_cells("en", lessons=["1-1-customer-classes"], sheets=[])
    >>> len(cells), cells[1].source.count("not written yet")
    (6, 3)
    """
    say = words(language)
    hours = say["hours"].format(hours=sum(task.hours for project in projects() for task in project.tasks))
    first = [_opening_line(task, language, lessons, sheets) for task in opening()]
    parts = [f"# {say['title']}", say["intro"].strip(), *first, f"**{hours}**"]
    cells = [new_markdown_cell("\n\n".join(parts), id="course-map")]
    for number, project in enumerate(projects(), start=1):
        title = project.zh if language == "zh" else project.en
        lines = [f"## {say['project'].format(number=say['numerals'][number - 1], title=title)}", "", _row(say["columns"])]
        lines.append(_row([":--", ":--", ":--", "--:", ":--", ":--"]))
        for task in project.tasks:
            lesson = f"[{say['lesson']}]({task.stem}.ipynb)" if task.stem in lessons else say["missing"]
            sheet = _sheet_link(task, language, sheets)
            lines.append(_row([task.id.replace("-", "."), task.title(language), task.asks(language), str(task.hours), lesson, sheet]))
        cells.append(new_markdown_cell("\n".join(lines), id=f"project-{number}"))
    return cells


def _sheet_link(task: Task, language: str, sheets: Collection[str]) -> str:
    say = words(language)
    path = f"../../exercises/{language}/release/{task.stem}/{task.stem}.ipynb"
    return f"[{say['sheet']}]({path})" if task.stem in sheets else say["missing"]


def _opening_line(task: Task, language: str, lessons: Collection[str], sheets: Collection[str]) -> str:
    say = words(language)
    lesson = f"[{say['begin']}]({task.stem}.ipynb)" if task.stem in lessons else say["missing"]
    title, asks, sheet = task.title(language), task.asks(language), _sheet_link(task, language, sheets)
    return say["opening"].format(id=task.id.replace("-", "."), title=title, asks=asks, hours=task.hours, lesson=lesson, sheet=sheet)


def _row(fields: list[str]) -> str:
    return f"| {' | '.join(fields)} |"
