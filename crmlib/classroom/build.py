"""Build the course: every lesson and sheet in both editions, the course maps and the message catalogue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from crmlib.classroom import catalogue, course_map, notebooks, proof, prose
from crmlib.classroom.files import write_bytes
from crmlib.classroom.release import releases
from crmlib.classroom.source import FOLDERS, Problem, Source, read
from crmlib.i18n import LANGUAGES, _


@dataclass(frozen=True)
class BuildReport:
    """What a build did: paths written, paths that were missing or stale before, refusals, and how many of the textbook's tasks are whole."""

    written: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    ready: int = 0
    tasks: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing was refused and, after a check, nothing was stale."""
        return not self.problems and set(self.stale) <= set(self.written)

    def summary(self) -> str:
        """One line a path or refusal, and how far the course has come."""
        lines = [str(problem) for problem in self.problems]
        waiting = [path for path in self.stale if path not in self.written]
        lines += [_("{path} does not match its source; run crm build.").format(path=path) for path in waiting]
        lines += [_("written: {path}").format(path=path) for path in self.written]
        come = _("{ready} of {tasks} tasks have a lesson and a sheet.").format(ready=self.ready, tasks=self.tasks)
        return "\n".join([*(lines or [_("Everything is up to date.")]), come])


def refusals(source: Source) -> list[Problem]:
    """Everything that is refused in a source, in the order of its cells.

    Returns
    -------
    list of Problem; empty for a source that can be built

    >>> source = Path(__file__).resolve().parents[2] / "exercises" / "src" / "1-1-customer-classes.md"
    >>> refusals(read(source))
    []
    """
    problems = [*_place(source), *prose.refusals(source)]
    if source.kind == "sheet":
        problems += proof.refusals(source)
    return sorted(problems, key=lambda problem: problem.cell.number if problem.cell else 0)


def _place(source: Source) -> list[Problem]:
    problems = []
    task = course_map.tasks().get(source.stem)
    if task is None:
        problems.append(source.problem(None, _("No task of crmlib/classroom/course.toml has files of this name.")))
    elif source.task != task.id:
        sentence = _('The front matter must say crm: {{task: "{task}"}}.').format(task=task.id)
        problems.append(source.problem(None, sentence))
    folder = Path(source.file).parent
    if source.front.get("kind") != source.kind or (folder in FOLDERS.values() and folder != FOLDERS[source.kind]):
        kind = next((kind for kind, place in FOLDERS.items() if place == folder), source.kind)
        sentence = _("The front matter must say crm: {{kind: {kind}}} for a file in this folder.").format(kind=kind)
        problems.append(source.problem(None, sentence))
    return problems


def _sources(root: Path) -> tuple[list[Source], list[Problem], dict[str, set[str]]]:
    """What can be read, what cannot, and the stems of all files by kind."""
    sources, problems = [], []
    stems: dict[str, set[str]] = {kind: set() for kind in FOLDERS}
    for kind, folder in FOLDERS.items():
        for path in sorted((root / folder).glob("*.md")):
            stems[kind].add(path.stem)
            try:
                sources.append(read(path, root=root))
            except ValueError as error:
                problems.append(Problem(path.relative_to(root).as_posix(), None, str(error)))
    return sources, problems, stems


def _outputs(sources: list[Source]) -> tuple[dict[Path, bytes], dict[Path, bytes], list[Problem]]:
    """Files that are committed, the instructor's copies, which are not, and what nbgrader refused."""
    committed: dict[Path, bytes] = {}
    private: dict[Path, bytes] = {}
    sheets: dict[str, bytes] = {}
    problems: list[Problem] = []
    for source in sources:
        for language in LANGUAGES:
            made = notebooks.edition(source, language)
            if source.kind == "lesson":
                committed[notebooks.output(source, language)] = made
            else:
                sheets[f"{language}-{source.stem}"] = made
                private[Path("exercises") / language / "source" / source.stem / f"{source.stem}.ipynb"] = made
    students = releases(sheets)
    for source in sources:
        for language in LANGUAGES:
            name = f"{language}-{source.stem}"
            if source.kind == "sheet" and name in students.made:
                committed[notebooks.output(source, language)] = students.made[name]
            elif source.kind == "sheet":
                problems.append(source.problem(None, _("nbgrader refuses the sheet: {reason}").format(reason=students.refused[name])))
    return committed, private, problems


def _left_over(root: Path, stems: dict[str, set[str]]) -> list[Problem]:
    problems = []
    for language in LANGUAGES:
        lessons = sorted((root / "notebooks" / language).glob("*.ipynb"))
        sheets = sorted((root / "exercises" / language / "release").glob("*/*.ipynb"))
        extra = [path for path in lessons if path.stem not in {*stems["lesson"], "index"}]
        extra += [path for path in sheets if path.stem not in stems["sheet"] or path.parent.name != path.stem]
        for path in extra:
            sentence = _("No source makes this file; delete it or move it elsewhere.")
            problems.append(Problem(path.relative_to(root).as_posix(), None, sentence))
    return problems


def build(root: Path | None = None, *, check: bool = False, only: Collection[str] | None = None) -> BuildReport:
    """Turn the sources into the notebooks of both editions and nbgrader's releases.

    A source with a refusal makes nothing; the others are built all the same.

    Parameters
    ----------
    root : Path, optional
        The repository; default: the one this package runs from.
    check : bool
        Change nothing: build in memory and compare with what is there.
    only : collection of file stems, optional
        Build these lessons and sheets, and the course map, and nothing else.

    Returns
    -------
    BuildReport

    >>> build(only=[], check=True).written
    ()
    """
    root = (root or catalogue.repository()).resolve()
    sources, problems, stems = _sources(root)
    problems += _left_over(root, stems)
    good = []
    for source in sources:
        if only is None or source.stem in only:
            found = refusals(source)
            problems += found
            if not found:
                good.append(source)
    outputs, private, refused = _outputs(good)
    problems += refused
    for language in LANGUAGES:
        cells = course_map.map_cells(language, lessons=stems["lesson"], sheets=stems["sheet"])
        meta = {**notebooks.NOTEBOOK_METADATA, "crm": {"edition": language}}
        outputs[Path("notebooks") / language / "index.ipynb"] = notebooks.page(cells, meta)
    if only is None and (root / catalogue.CATALOGUE).exists():
        outputs[catalogue.CATALOGUE.with_suffix(".mo")] = catalogue.compiled(root)
    stale = sorted(path for path, content in outputs.items() if not _same(root / path, content))
    if not check:
        for path in stale:
            write_bytes(root / path, outputs[path])
        for path, content in private.items():
            if not _same(root / path, content):
                write_bytes(root / path, content)
    names = tuple(path.as_posix() for path in stale)
    wanted = [task.stem for project in course_map.projects() for task in project.tasks]
    ready = sum(stem in stems["lesson"] and stem in stems["sheet"] for stem in wanted)
    return BuildReport(() if check else names, names, tuple(problems), ready, len(wanted))


def _same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content
