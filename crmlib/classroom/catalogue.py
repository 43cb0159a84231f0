"""The message catalogue: gather the English sentences of the source, keep their Chinese, compile what gettext reads."""

from __future__ import annotations

import json
import string
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from crmlib.classroom.files import write_bytes
from crmlib.i18n import _

CATALOGUE = Path("crmlib/locale/zh/LC_MESSAGES/crmlib.po")

_HEADER = "# The Chinese of every sentence that crmlib shows. Made by crmlib.classroom.catalogue; edit the msgstr lines only."


class _Undated(Catalog):
    """A catalogue whose header holds neither a date nor a version, so that the same messages make the same bytes."""

    mime_headers = property(
        lambda self: [
            ("Project-Id-Version", "crmlib"),
            ("Language", "zh"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ],
        Catalog.mime_headers.fset,
    )


@dataclass(frozen=True)
class CatalogueReport:
    """What the catalogue lacks: sentences without Chinese, leftovers, doubtful ones, and ones with other ``{fields}``."""

    untranslated: tuple[str, ...] = ()
    obsolete: tuple[str, ...] = ()
    fuzzy: tuple[str, ...] = ()
    other_fields: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every sentence has its Chinese and nothing is left over."""
        return not (self.untranslated or self.obsolete or self.fuzzy or self.other_fields)

    def summary(self) -> str:
        """One line a finding."""
        lines = [_("no Chinese yet: {message}").format(message=message) for message in self.untranslated]
        lines += [_("no longer in the source: {message}").format(message=message) for message in self.obsolete]
        lines += [_("marked as doubtful: {message}").format(message=message) for message in self.fuzzy]
        lines += [_("the Chinese has other fields in braces: {message}").format(message=message) for message in self.other_fields]
        return "\n".join(lines) or _("The catalogue is complete.")


def repository() -> Path:
    """The checkout that this package runs from.

    Raises
    ------
    ValueError
        crmlib was installed as a package; the sources of the course are not beside it.

    >>> (repository() / "crmlib").is_dir()
    True
    """
    root = Path(__file__).resolve().parents[2]
    if not (root / "pyproject.toml").exists():
        raise ValueError(_("This command works in a checkout of the course; crmlib is installed here as a package without the sources."))
    return root


def extract(root: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Every sentence that the package shows, with the files it stands in.

    Returns
    -------
    dict
        English sentence → paths relative to the repository, sorted.

    >>> "crmlib/i18n.py" in extract()['There is no edition in "{language}". Use "zh" or "en".']
    True
    """
    root = root or repository()
    found: dict[str, set[str]] = {}
    for path in sorted((root / "crmlib").rglob("*.py")):
        for _line, message, _comments, _context in extract_from_file("python", path, keywords={"_": None}):
            found.setdefault(message, set()).add(path.relative_to(root).as_posix())
    return {message: tuple(sorted(files)) for message, files in sorted(found.items())}


def _read(path: Path) -> tuple[dict[str, str], set[str]]:
    if not path.exists():
        return {}, set()
    with path.open("rb") as file:
        catalogue = read_po(file, locale="zh", charset="utf-8")
    messages = [*(message for message in catalogue if message.id), *catalogue.obsolete.values()]
    return {message.id: message.string for message in messages}, {message.id for message in messages if message.fuzzy}


def _fields(text: str) -> set[str]:
    try:
        return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}
    except ValueError:  # a lone brace: the sentence is shown as it stands, without .format
        return set()


def _report(messages: dict[str, tuple[str, ...]], chinese: dict[str, str], fuzzy: set[str]) -> CatalogueReport:
    return CatalogueReport(
        untranslated=tuple(message for message in messages if not chinese.get(message)),
        obsolete=tuple(sorted(set(chinese) - set(messages))),
        fuzzy=tuple(sorted(fuzzy)),
        other_fields=tuple(message for message in messages if chinese.get(message) and _fields(message) != _fields(chinese[message])),
    )


def report(root: Path | None = None) -> CatalogueReport:
    """What the catalogue of the repository lacks.

    >>> isinstance(report().ok, bool)
    True
    """
    root = root or repository()
    return _report(extract(root), *_read(root / CATALOGUE))


def compiled(root: Path | None = None) -> bytes:
    """The catalogue as gettext reads it (``.mo``); doubtful and left-over entries stay out.

    >>> compiled()[:4].hex()
    'de120495'
    """
    chinese, fuzzy = _read((root or repository()) / CATALOGUE)
    catalogue = _Undated(locale="zh", fuzzy=False)
    for message in sorted(set(chinese) - fuzzy):
        if chinese[message]:
            catalogue.add(message, chinese[message])
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def merge(translations: dict[str, str], *, root: Path | None = None, prune: bool = False) -> CatalogueReport:
    """Bring the catalogue up to the source, add Chinese sentences, and compile it.

    Parameters
    ----------
    translations : dict
        English sentence → Chinese; replaces what stood there.
    root : Path, optional
        The repository; default: the one this package runs from.
    prune : bool
        Drop sentences that the source no longer has, instead of keeping them at the end of the file.

    Returns
    -------
    CatalogueReport
        What is still missing or left over.
    """
    root = root or repository()
    messages = extract(root)
    chinese, fuzzy = _read(root / CATALOGUE)
    chinese |= translations
    fuzzy -= set(translations)
    catalogue = _Undated(locale="zh", fuzzy=False, header_comment=_HEADER)
    for message, files in messages.items():
        catalogue.add(message, chinese.get(message, ""), [(file, 0) for file in files], flags={"fuzzy"} if message in fuzzy else ())
    if prune:
        chinese = {message: text for message, text in chinese.items() if message in messages}
    left_over = Catalog(locale="zh")
    for message in sorted(set(chinese) - set(messages)):
        left_over.add(message, chinese[message])
    catalogue.obsolete.update((message.id, message) for message in left_over if message.id)
    buffer = BytesIO()
    write_po(buffer, catalogue, width=120, include_lineno=False, sort_output=True)
    write_bytes(root / CATALOGUE, buffer.getvalue())
    write_bytes((root / CATALOGUE).with_suffix(".mo"), compiled(root))
    return _report(messages, chinese, fuzzy & set(chinese))


def main(paths: list[str], *, root: Path | None = None) -> int:
    """Merge files ``{"English": "中文"}`` and print what is missing: ``python -m crmlib.classroom.catalogue new.json``."""
    translations: dict[str, str] = {}
    for path in paths:
        translations |= json.loads(Path(path).read_text("utf-8"))
    outcome = merge(translations, root=root)
    print(outcome.summary())
    return 0 if outcome.ok else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
