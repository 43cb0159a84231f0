"""Writing some tables of a firm to a file, a folder or a database, with a bar that shows how long it takes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmlib.company.company import NEEDED, Company
from crmlib.company.storage import storage_for
from crmlib.company.validation import whole_tables
from crmlib.i18n import _


@dataclass(frozen=True)
class ExportResult:
    """What was written: where, the rows of each table, whether they are simulated, and how long it took."""

    place: str
    rows: Mapping[str, int]
    synthetic: bool
    seconds: float

    def summary(self) -> str:
        """One line on what was written, and one on what the data are."""
        lines = [
            _("{place} holds {rows:,} rows in {tables} tables, written in {seconds:.0f} s.").format(
                place=self.place, rows=sum(self.rows.values()), tables=len(self.rows), seconds=self.seconds
            )
        ]
        return "\n".join([*lines, _("These are simulated data.")] if self.synthetic else lines)


def export(
    firm: Company, place: str | os.PathLike, *, tables: Sequence[str] | None = None, replace: bool = False, progress: bool = False
) -> ExportResult:
    """Write a firm, or some of its tables, where `Company.open` finds them again.

    Parameters
    ----------
    firm : the firm
    place : as in `Company.save`
    tables : which tables; customers always goes along, because without it nothing opens. None means all
    replace : overwrite tables that are already there
    progress : show a progress bar

    Returns
    -------
    ExportResult

    Raises
    ------
    ValueError
        As in `Company.save`; or the firm has no table of that name.

    >>> import tempfile
    >>> from crmlib.company import lark
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dict(export(lark(), f"{folder}/firm", tables=["agents"]).rows)
    {'customers': 2000, 'agents': 7}
    """
    began = time.monotonic()
    storage = storage_for(place)
    chosen = _chosen(firm, tables)
    found = chosen.validate()
    if not found.ok:
        raise ValueError(found.summary())
    frames, _added = whole_tables(chosen.tables)
    rows = {name: len(frame) for name, frame in frames.items()}
    with _bar(sum(rows.values()), progress) as bar:
        _write(storage, frames, dict(firm.about), replace, bar)
    return ExportResult(shown_place(place), rows, bool(firm.about.get("synthetic")), time.monotonic() - began)


def _chosen(firm: Company, tables: Sequence[str] | None) -> Company:
    wanted = list(firm.tables) if tables is None else [*NEEDED, *tables]
    unknown = [name for name in wanted if name not in firm.tables]
    if unknown:
        raise ValueError(_("There is no table {unknown}. These data have: {have}.").format(
            unknown=", ".join(unknown), have=", ".join(firm.tables)))  # fmt: skip
    return Company(about=firm.about, **{name: firm.tables[name] for name in firm.tables if name in wanted})


def _bar(rows: int, progress: bool) -> Any:
    from tqdm import tqdm

    return tqdm(total=rows, unit=" rows", unit_scale=True, disable=not progress, file=sys.stderr, dynamic_ncols=True)


def _write(storage: Any, frames: Mapping[str, pd.DataFrame], about: Mapping[str, Any], replace: bool, bar: Any) -> None:
    """A workbook tells of rows; any other place takes one whole table after the other, and the bar moves when it comes for the next."""
    from crmlib.company.workbook import Workbook

    if isinstance(storage, Workbook):
        storage.write(frames, about, replace=replace, tell=bar.update)
    else:
        storage.write(_Watched(frames, bar.update), about, replace=replace)
        bar.update(bar.total - bar.n)


class _Watched(Mapping):
    """Tables that tell how many rows were taken once the next table is wanted."""

    def __init__(self, frames: Mapping[str, pd.DataFrame], tell: Callable[[int], object]) -> None:
        self._frames, self._tell = frames, tell

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._frames[name]

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[str]:
        for name, frame in self._frames.items():
            yield name
            self._tell(len(frame))


def shown_place(place: str | os.PathLike) -> str:
    """The place as it may stand on a screen: a URL without its password.

    >>> shown_place("postgresql://teacher:secret@host/crm"), shown_place("firm.xlsx")
    ('postgresql://teacher:***@host/crm', 'firm.xlsx')
    """
    text = os.fspath(place)
    if "://" not in text:
        return text
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(text).render_as_string(hide_password=True)
    except ArgumentError:
        return text
