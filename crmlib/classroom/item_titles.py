"""The headings of a sheet's items, as a student reads them."""

from __future__ import annotations

import contextlib
import re
from functools import lru_cache
from pathlib import Path

import nbformat

_POINTS = re.compile(r"\s*[（(]\s*\d+(?:\.\d+)?\s*(?:分|points?)[^（()）]*[）)]\s*$", re.IGNORECASE)
_BLANKS = re.compile(r"[\s\u3000]+")


def item_titles(root: Path, sheet: str) -> dict[str, str]:
    """Grade id → the heading that the graded cell stands under, without its points, in the order of the sheet.

    Parameters
    ----------
    root : Path
        A course root.
    sheet : str

    Returns
    -------
    dict
        Where two graded cells stand under one heading, they are told apart by (1), (2). Empty where the sheet was never built.
    """
    heading, found = "", {}
    for cell in _notebook(root, sheet):
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and cell.source.lstrip().startswith("#") and not about.get("solution"):
            heading = short_title(cell.source.lstrip().splitlines()[0])
        if about.get("grade") or about.get("task"):
            found[str(about.get("grade_id"))] = heading or str(about.get("grade_id"))
    several = {title for title in found.values() if list(found.values()).count(title) > 1}
    count: dict[str, int] = {}
    for name, title in found.items():
        if title in several:
            count[title] = count.get(title, 0) + 1
            found[name] = f"{title} ({count[title]})"
    return found


def sheet_title(root: Path, sheet: str) -> str:
    """The sheet's own heading, or its id where it was never built."""
    for cell in _notebook(root, sheet):
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return short_title(cell.source.splitlines()[0])
    return sheet


def short_title(line: str) -> str:
    """A heading without its marks and the points at its end.

    >>> short_title("## 第 1 题　一年的收入（2 分）"), short_title("## Item 3: write (3 points)")
    ('第 1 题 一年的收入', 'Item 3: write')
    """
    return _BLANKS.sub(" ", _POINTS.sub("", line.lstrip("# ").strip())).strip()


def sheet_file(root: Path, sheet: str) -> Path | None:
    """The notebook of a sheet with its solutions, else its release, else None."""
    places = (root / folder / sheet / f"{sheet}.ipynb" for folder in ("source", "release"))
    return next((path for path in places if path.is_file()), None)


def _notebook(root: Path, sheet: str) -> list:
    path = sheet_file(Path(root), sheet)
    return [] if path is None else _cells(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _cells(path: Path, _changed: int) -> list:
    with contextlib.suppress(ValueError):
        return nbformat.read(path, 4).cells
    return []
