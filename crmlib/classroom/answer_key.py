"""What checking one's own sheet needs: tests, right answers, rubrics; one compressed file a sheet, so that nobody reads it by accident."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from crmlib.i18n import LANGUAGES, _

FOLDER = "answers"
_VERSION = 1
_REGION = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n.*?### END SOLUTION[ \t]*\n?", re.DOTALL | re.MULTILINE)
_HIDDEN = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS[ \t]*\n?", re.DOTALL | re.MULTILINE)
_MARKER = re.compile(r"^[ \t]*### (?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS)[ \t]*\n?", re.MULTILINE)
_SCHEME = re.compile(r"\s*<!-- BEGIN MARK SCHEME -->.*?<!-- END MARK SCHEME -->", re.DOTALL)
_LABEL = re.compile(r"""^mark\.item\((["']?)(\w+)\1\)""", re.MULTILINE)


@dataclass(frozen=True)
class KeyCell:
    """One cell that the course knows.

    Attributes
    ----------
    name : str
        Grade id, or else cell id.
    type : "code" or "markdown"
    role : "test", "answer", "given" (locked) or "free"; in a learner's sheet also "own", a cell that the learner has added
    source : str
        Of a test, with its hidden part; of an answer, as it is given out.
    answers : tuple of str
        Of a test, the names that it looks up.
    points : float
    """

    name: str
    type: str
    role: str
    source: str
    answers: tuple[str, ...] = ()
    points: float = 0.0


@dataclass(frozen=True)
class Item:
    """One item of a sheet.

    Attributes
    ----------
    key : str
        Grade id of its first answer cell, the same in both editions.
    number, title : str
    answers, tests : tuple of str
        Names of its cells.
    points : float
    by_hand : bool
        No program marks it.
    models : tuple of str
        The right answers that the course knows; the first is the sheet's own.
    slips : tuple of str
        Hint keys of the mistakes that are often made here.
    rubric : str
    """

    key: str
    number: str
    title: str
    answers: tuple[str, ...]
    tests: tuple[str, ...]
    points: float
    by_hand: bool
    models: tuple[str, ...] = ()
    slips: tuple[str, ...] = ()
    rubric: str = ""


@dataclass(frozen=True)
class AnswerKey:
    """A sheet of one edition with everything that its check needs; `setup` is the course's own set-up cell."""

    sheet: str
    edition: str
    title: str
    setup: str
    cells: tuple[KeyCell, ...]
    items: tuple[Item, ...]

    def item(self, number: str) -> Item:
        """The item with this number.

        Raises
        ------
        ValueError
            There is none.
        """
        for item in self.items:
            if item.number == str(number).strip():
                return item
        known = ", ".join(item.number for item in self.items)
        raise ValueError(_("This sheet has no item {number}. Its items are {known}.").format(number=number, known=known))


def pack(key: AnswerKey) -> bytes:
    """A key as a file; the same key makes the same bytes.

    >>> unpack(pack(AnswerKey("1-1-x", "en", "X", "", (), ()))).sheet
    '1-1-x'
    """
    return gzip.compress(json.dumps({"version": _VERSION, **asdict(key)}, ensure_ascii=False).encode("utf-8"), mtime=0)


def unpack(content: bytes) -> AnswerKey:
    """A key from its file.

    Raises
    ------
    ValueError
        The file is damaged, or of another version of the course.

    >>> unpack(pack(AnswerKey("1-1-x", "en", "X", "", (), ()))).edition
    'en'
    """
    try:
        read = json.loads(gzip.decompress(content))
        if read.pop("version") != _VERSION:
            raise ValueError("version")
        cells, items = read.pop("cells"), read.pop("items")
        return AnswerKey(**read, cells=tuple(KeyCell(**_tuples(one)) for one in cells), items=tuple(Item(**_tuples(one)) for one in items))
    except (OSError, EOFError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(_("The file with this sheet's tests is damaged. Unpack the course's ZIP again.")) from error


def _tuples(fields: dict) -> dict:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}


def find(course: Path | None, sheet: str, edition: str) -> AnswerKey:
    """The key of a sheet: from a self-paced bundle, or from the sheet's source in a checkout.

    Raises
    ------
    ValueError
        The course's folder has none, as in the bundle for a class.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = key_file(Path(folder), "1-1-x", "en")
    ...     place.parent.mkdir(parents=True)
    ...     _written = place.write_bytes(pack(AnswerKey("1-1-x", "en", "X", "", (), ())))
    ...     find(Path(folder), "1-1-x", "en").title
    'X'
    """
    if course is not None:
        packed, source = key_file(course, sheet, edition), course / "exercises" / "src" / f"{sheet}.md"
        if packed.is_file():
            return unpack(packed.read_bytes())
        if source.is_file():
            from crmlib.classroom.source import read

            return from_source(read(source), edition)
    raise ValueError(_("There are no answers to {sheet} here, so it cannot be checked: your teacher marks it.").format(sheet=sheet))


def key_file(course: Path, sheet: str, edition: str) -> Path:
    """Where a self-paced bundle keeps the key of a sheet.

    >>> key_file(Path("course"), "1-1-x", "en").as_posix()
    'course/answers/en/1-1-x.json.gz'
    """
    return course / FOLDER / edition / f"{sheet}.json.gz"


def course_folder(*places: Path) -> Path | None:
    """The folder of the course that one of `places` lies in, or else this package's checkout; None outside any course.

    >>> course_folder(Path("/no/such/place")) in (None, Path(__file__).resolve().parents[2])
    True
    """
    above = [folder for place in places for folder in (place, *place.parents)]
    for folder in [*above, Path(__file__).resolve().parents[2]]:
        if any((folder / "exercises" / edition / "release").is_dir() for edition in LANGUAGES):
            return folder
    return None


def from_source(source, edition: str) -> AnswerKey:
    """The key that a sheet's source (:class:`crmlib.classroom.source.Source`) holds.

    >>> from crmlib.classroom.catalogue import repository
    >>> from crmlib.classroom.source import read
    >>> len(from_source(read(repository() / "exercises/src/1-1-customer-classes.md"), "en").items)
    8
    """
    import nbformat

    from crmlib.classroom.notebooks import edition as notebook_of

    made = nbformat.reads(notebook_of(source, edition).decode("utf-8"), as_version=4).cells
    title = next((_short(cell.source) for cell in made if cell.cell_type == "markdown" and cell.source.startswith("# ")), source.stem)
    setup = "\n".join(cell.source for cell in made if "setup" in cell.metadata.get("tags", ()))
    return AnswerKey(source.stem, edition, title, setup, tuple(map(_key_cell, made)), tuple(_items(source, edition, made)))


def _key_cell(cell) -> KeyCell:
    about = cell.metadata.get("nbgrader", {})
    name = about.get("grade_id") or cell.id
    if about.get("solution"):
        scaffold = cell.metadata.get("scaffold", "").strip("\n")
        return KeyCell(name, cell.cell_type, "answer", _given_out(cell.source, scaffold), points=float(about.get("points", 0)))
    if about.get("grade"):
        return KeyCell(name, "code", "test", cell.source, tuple(cell.metadata.get("answers", ())), float(about.get("points", 0)))
    role = "given" if about.get("locked") else "free"
    return KeyCell(name, cell.cell_type, role, _SCHEME.sub("", _HIDDEN.sub("", cell.source)).rstrip("\n"))


def _given_out(source: str, scaffold: str) -> str:
    """As nbgrader gives it out: the scaffold stands where the solution stood, as far to the right."""
    return _REGION.sub(lambda found: "".join(f"{found[1]}{line}\n" for line in scaffold.split("\n")), source).rstrip("\n")


def _items(source, edition: str, made: Sequence) -> Iterator[Item]:
    groups: list[tuple[str, list]] = []
    for cell in made:
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and cell.source.startswith("#") and not about.get("solution"):
            groups.append((_short(cell.source), []))
        elif groups and (about.get("grade") or about.get("solution")):
            groups[-1][1].append(cell)
    graded = [(title, cells) for title, cells in groups if any(cell.metadata.nbgrader.get("grade") for cell in cells)]
    for place, (title, cells) in enumerate(graded, start=1):
        answers = tuple(cell.metadata.nbgrader.grade_id for cell in cells if cell.metadata.nbgrader.get("solution"))
        tests = [cell for cell in cells if cell.metadata.nbgrader.get("grade") and not cell.metadata.nbgrader.get("solution")]
        label = next((found[2] for cell in tests if (found := _LABEL.search(cell.source))), str(place))
        names = tuple(cell.metadata.nbgrader.grade_id for cell in tests)
        points = sum(float(cell.metadata.nbgrader.get("points", 0)) for cell in cells if cell.metadata.nbgrader.get("grade"))
        own = "\n\n".join(_MARKER.sub("", cell.source).strip("\n") for cell in cells if cell.metadata.nbgrader.get("solution"))
        right, slips, rubric = _tried(source, edition, answers)
        yield Item((answers or names)[0], label, title, answers, names, points, not tests, (own, *right), slips, rubric)


def _tried(source, edition: str, answers: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Other right answers, hints of usual mistakes, and the rubric of an item."""
    of_it = [cell for cell in source.cells if cell.metadata.get("of") in answers]
    right = tuple(cell.text for cell in of_it if "right" in cell.tags)
    slips = tuple(dict.fromkeys(str(cell.metadata["hint"]) for cell in of_it if "wrong" in cell.tags and cell.metadata.get("hint")))
    return right, slips, "\n".join(cell.text for cell in of_it if cell.is_rubric and cell.lang == edition)


def _short(text: str) -> str:
    from crmlib.classroom.item_titles import short_title

    return short_title(text.splitlines()[0])
