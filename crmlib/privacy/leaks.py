"""Whether a page, figure, export or log that should hide something says it all the same, and where."""

from __future__ import annotations

import base64
import binascii
import bisect
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Mapping

import pandas as pd

from crmlib.i18n import _
from crmlib.privacy.masking import hidden_id_number
from crmlib.privacy.page_parts import pieces

_COLUMNS = ["where", "place", "of", "value_hidden", "written"]
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{12,}={0,2}")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_GAPS = re.compile(r"(?<=[0-9])[\s\-.()\u200b\u200c\u200d\ufeff]+(?=[0-9])")
_COUNTRY = re.compile(r"(?:\+|(?<![0-9])00|(?<![0-9]))86(?=1[0-9]{10}(?![0-9]))")
_UNSEEN = re.compile(r"[\u200b\u200c\u200d\u2060\ufeff\u00ad]")


def find_leaks(page_or_file: object, protected: pd.DataFrame | pd.Series | Mapping[str, Iterable] | Iterable[str]) -> pd.DataFrame:
    """Where a masked page, file, table or figure still holds what it should not.

    Answers: does what we show or hand out give away what we meant to hide?

    Parameters
    ----------
    page_or_file : the text of an HTML page; a path (.html, .svg, .xlsx, .csv, .parquet, .ipynb, .docx, .zip, logs and other text); a DataFrame;
        a matplotlib figure or axes; or anything that shows itself as HTML
    protected : the values that must not be there: a column, a list, a table or a dict of columns. Values of one character, and missing ones, are
        passed over.

    Returns
    -------
    DataFrame, one row a leak, none where all is well
        where (shown, hidden, attribute, comment, script, cell, heading, index, source, output, metadata, line), place (tag, row and column, cell of
        a sheet, cell of a notebook, line), of (column of the protected value), value_hidden (the value, all but its ends hidden: the report
        must not leak either), written (plain; spaced: with gaps or +86; escaped; encoded)

    Raises
    ------
    ValueError
        There is no such file, it is no file of its kind, or nothing is protected.

    Notes
    -----
    Pictures are not read. A value that is cut in two, or turned into something else by a code of its own, is not found.

    >>> find_leaks("<td title='12912345678'>129******78</td>", ["12912345678"])[["where", "value_hidden"]].values.tolist()
    [['attribute', '1*********8']]
    """
    wanted = _wanted(protected)
    found: dict[tuple, tuple] = {}
    parts = pieces(page_or_file)
    for written, read in (("plain", lambda text: text), ("spaced", _closed_up), ("escaped", _unescaped), ("encoded", _decoded)):
        texts = [read(text) for _where, _place, text in parts]
        changed = [number for number, text in enumerate(texts) if text and (written == "plain" or text != parts[number][2])]
        for (number, of, value) in _hits([texts[number] for number in changed], changed, wanted, closed=written == "spaced"):
            where, place, _text = parts[number]
            found.setdefault((where, place, of, value), (where, place, of, hidden_id_number(value), written))
    named = {(where, of, value) for (where, place, of, value) in found if place != "<page>"}
    rows = [row for (where, place, of, value), row in found.items() if place != "<page>" or (where, of, value) not in named]
    return pd.DataFrame(rows, columns=_COLUMNS).sort_values(["where", "place"], kind="stable", ignore_index=True)


def _wanted(protected: object) -> dict[str, str]:
    if isinstance(protected, pd.DataFrame):
        columns = {str(name): protected[name] for name in protected.columns}
    elif isinstance(protected, Mapping):
        columns = {str(name): values for name, values in protected.items()}
    elif isinstance(protected, pd.Series):
        columns = {str(protected.name or ""): protected}
    elif isinstance(protected, str):
        columns = {"": [protected]}
    else:
        columns = {"": list(protected)}
    wanted = {}
    for name, values in columns.items():
        for value in pd.Series(values, dtype=object).dropna().astype(str).str.strip().unique():
            if len(value) > 1:
                wanted.setdefault(unicodedata.normalize("NFKC", value), name)
    if not wanted:
        raise ValueError(_("Nothing is protected: give the values that must not be there, each of two characters or more."))
    return wanted


def _hits(texts: list[str], numbers: list[int], wanted: dict[str, str], *, closed: bool) -> Iterable[tuple[int, str, str]]:
    """Each piece that holds a value. All pieces are one long text, so that each value is sought once."""
    starts, length, normal = [], 0, []
    for text in texts:
        plain = unicodedata.normalize("NFKC", text)
        starts.append(length)
        normal.append(plain)
        length += len(plain) + 1
    whole = "\x00".join(normal)
    lower = whole.lower()
    for value, of in wanted.items():
        sought = (_closed_up(value) if closed else value).lower()
        place = lower.find(sought)
        while place >= 0:
            if not _inside_a_number(lower, place, sought):
                number = bisect.bisect_right(starts, place) - 1
                yield numbers[number], of, value
                place = lower.find("\x00", place)
                place = lower.find(sought, place) if place >= 0 else -1
            else:
                place = lower.find(sought, place + 1)


def _inside_a_number(text: str, place: int, sought: str) -> bool:
    """Digits within longer digits are another number; so are Latin letters within longer words."""
    before, after = text[place - 1 : place], text[place + len(sought) : place + len(sought) + 1]
    return any(
        edge.isascii() and next_to.isascii() and edge.isalnum() and next_to.isalnum() and edge.isdigit() == next_to.isdigit()
        for edge, next_to in ((sought[0], before), (sought[-1], after)) if next_to
    )  # fmt: skip


def _closed_up(text: str) -> str:
    """Numbers without gaps and without the country's 86, words without characters that nobody sees."""
    return _COUNTRY.sub("", _UNSEEN.sub("", _GAPS.sub("", unicodedata.normalize("NFKC", text))))


def _unescaped(text: str) -> str:
    import html

    plain = html.unescape(urllib.parse.unquote(text)) if "%" in text or "&" in text else text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), plain)


def _decoded(text: str) -> str:
    """What stands behind text in base64."""
    out = []
    for found in _BASE64.findall(text):
        try:
            plain = base64.b64decode(found.replace("-", "+").replace("_", "/") + "=" * (-len(found.rstrip("=")) % 4), validate=False)
            out.append(plain.decode("utf-8"))
        except (binascii.Error, ValueError):
            continue
    return " ".join(out)
