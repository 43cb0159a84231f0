"""Make the shipped data sets again: ``python -m crmlib.company.ship [folder]``."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from crmlib.company.compact import write_compact
from crmlib.company.datasheet import datasheets
from crmlib.company.diagram import diagrams, shown
from crmlib.company.schema import TABLES
from crmlib.company.simulation import simulate
from crmlib.company.storage import replace_file
from crmlib.company.validation import check_tables
from crmlib.i18n import _


def ship(folder: str | os.PathLike) -> list[str]:
    """Simulate the shipped firm and write it into `folder` with its datasheets and its causal diagram.

    A data file whose values are already right, and a diagram that shows the right things, are left as they are, because another version of
    the Parquet writer or another font would only change their bytes.

    Returns
    -------
    list of str
        The files that were written, relative to `folder`; empty when all was up to date.

    Raises
    ------
    ValueError
        The folder cannot be written.
    """
    folder = Path(folder)
    firm, truth = simulate()
    written = []
    check_tables(firm.tables, about=firm.about)
    with tempfile.TemporaryDirectory() as scratch:
        for name, frame in firm.tables.items():
            write_compact(frame, TABLES[name], Path(scratch) / f"{name}.parquet")
        (Path(scratch) / "about.json").write_text(json.dumps(dict(firm.about), ensure_ascii=False, indent=2) + "\n", "utf-8", newline="\n")
        for fresh in sorted(Path(scratch).iterdir()):
            if not _same(fresh, folder / fresh.name):
                replace_file(folder / fresh.name, lambda path, fresh=fresh: path.write_bytes(fresh.read_bytes()))
                written.append(fresh.name)
    for name, text in (datasheets(folder, truth=truth) | diagrams()).items():
        path = folder / name
        if not path.is_file() or not _same_text(path.read_bytes(), text, path.suffix):
            replace_file(path, lambda path, text=text: path.write_bytes(text.encode()))
            written.append(name)
    return written


def _same(fresh: Path, shipped: Path) -> bool:
    if not shipped.is_file():
        return False
    if fresh.suffix != ".parquet":
        return fresh.read_bytes() == shipped.read_bytes()
    import pyarrow.parquet as pq

    return pq.read_table(fresh).equals(pq.read_table(shipped))


def _same_text(shipped: bytes, fresh: str, suffix: str) -> bool:
    if suffix == ".svg":
        return shown(shipped.decode("utf-8", "replace")) == shown(fresh)
    return shipped == fresh.encode()


def main(arguments: list[str]) -> None:
    """Rebuild the data sets of the checkout, or those in the folder given."""
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parents[2] / "datasets"
    for name in ship(folder) or [_("All data sets are up to date.")]:
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
