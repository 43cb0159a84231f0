"""Text files of unknown make: their encoding, their separator, and their rows of cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from itertools import islice

from crmlib.i18n import _

_DELIMITERS = (",", "\t", ";", "，", "|")
_SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=([,;|\t，])\"?\r?\n", re.IGNORECASE)
_LOOKED_AT = 60
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_IDEOGRAPHS = re.compile("[\u4e00-\u9fff]")


def decode(data: bytes, name: str) -> tuple[str, str]:
    """The text of a file, and what its encoding is called.

    Parameters
    ----------
    data : the whole file
    name : what the file is called, for sentences

    Raises
    ------
    ValueError
        It is no text in UTF-8, UTF-16 or GBK, or some lines are UTF-8 and others GBK.

    >>> decode("客户".encode("gbk"), "a.csv")
    ('客户', 'GB18030 (GBK)')
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = [("utf-16", "UTF-16")]
    elif data.startswith(b"\xef\xbb\xbf"):
        encodings = [("utf-8-sig", "UTF-8 (BOM)")]
    else:
        encodings = [("utf-8", "UTF-8"), ("gb18030", "GB18030 (GBK)")]
    for codec, label in encodings:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            if codec.startswith("utf-8"):
                _refuse_mixture(data, name)
            continue
        if _CONTROL.search(text):
            break
        return text, label
    raise ValueError(not_a_list(name))


def _refuse_mixture(data: bytes, name: str) -> None:
    """Refuse text that is UTF-8 in one line and GBK in another: read as one of them, some lines would turn into nonsense unseen."""
    kinds: dict[str, int] = {}
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line.isascii():
            continue
        try:
            if not _IDEOGRAPHS.search(line.decode("utf-8")):
                continue
            kinds.setdefault("UTF-8", number)
        except UnicodeDecodeError:
            kinds.setdefault("GBK", number)
        if len(kinds) == 2:
            raise ValueError(
                _(
                    "{file} mixes encodings: line {utf8} is UTF-8, line {gbk} is not. It was probably put together from two files; "
                    "save each as “CSV UTF-8” and join them again."
                ).format(file=name, utf8=kinds["UTF-8"], gbk=kinds["GBK"])
            )


def not_a_list(name: str) -> str:
    """The sentence for a file that is no text at all."""
    return _(
        "{file} is neither a workbook nor text in UTF-8, UTF-16 or GBK. Save the list in Excel or WPS as .xlsx or “CSV UTF-8”."
    ).format(file=name)


def rows_of(text: str, name: str, score: Callable[[list[list[str]]], object]) -> tuple[list[list[str | None]], str]:
    """The rows of cells in `text`, an empty cell being None, and the separator between cells.

    Parameters
    ----------
    text : what the file holds
    name : what the file is called, for sentences
    score : how well the first rows look when they are cut by one separator; the best separator wins

    Raises
    ------
    ValueError
        A quotation mark is never closed, or a cell is longer than any table's.

    >>> rows_of("id;name\\n1;\\n", "a.csv", lambda rows: len(rows[0]))
    ([['id', 'name'], ['1', None]], ';')
    """
    found = _SEPARATOR_LINE.match(text)
    if found:
        text = text[found.end() :]
    delimiters = (found.group(1),) if found else _DELIMITERS
    try:
        best = max(delimiters, key=lambda delimiter: score(list(islice(_records(text, delimiter), _LOOKED_AT))))
        rows = [[cell if cell and not cell.isspace() else None for cell in row] for row in _records(text, best)]
    except csv.Error:
        raise ValueError(not_a_list(name)) from None
    if _quote_left_open(text, best):
        raise ValueError(
            _(
                "{file}: a quotation mark that opens a cell is never closed, so where the rows end is uncertain. Mend it in a text editor."
            ).format(file=name)
        )
    return rows, best


def _records(text: str, delimiter: str, *, strict: bool = False) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)


def _quote_left_open(text: str, delimiter: str) -> bool:
    if '"' not in text:
        return False
    last = len(text.rstrip("\r\n"))
    try:
        for _record in _records(text[:last], delimiter, strict=True):
            continue
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False
