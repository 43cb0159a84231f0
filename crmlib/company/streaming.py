"""A simulated firm of any size, written part by part: memory stays flat, and a run that was stopped goes on where it was."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import importlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib import __version__
from crmlib.company.draws import Stream
from crmlib.company.scenario import Scenario
from crmlib.company.simulation import THEMES, about_firm, first_day, month_edges
from crmlib.company.spine import Numbers, make_world
from crmlib.company.storage import replace_file
from crmlib.company.tables import world as outside
from crmlib.company.tracking import make_tracking, visible_scans
from crmlib.i18n import _

if TYPE_CHECKING:
    from crmlib.company.world import World

CUSTOMERS_A_PART = 2000
_MOST_EACH, _LEAST_ROOM = 1000, 1_000_000
"""Room for the numbers of a table's rows in one part: so many a customer, and for further tables at least so many."""

_CORE = ("customers", "salespeople", "contacts", "waybills")
_ONCE = (*(table.name for table in outside.TABLES), "price_wars")
"""What is the same for all parts stands in the first."""


@dataclasses.dataclass(frozen=True)
class StreamResult:
    """What lies in the folder after a run: how many parts, customers and waybills, and how many of the parts this run made."""

    folder: Path
    parts: int
    customers: int
    waybills: int
    made_now: int

    def summary(self) -> str:
        """One sentence on what was written."""
        return _("{folder} holds {waybills:,} waybills of {customers:,} customers in {parts} parts; this run made {made} of them.").format(
            folder=self.folder, waybills=self.waybills, customers=self.customers, parts=self.parts, made=self.made_now)  # fmt: skip


def simulate_stream(
    waybills: int, out: str | os.PathLike, *, months: int = 24, start: str | dt.date = "2024-11-01", seed: int = 0,
    scenario: Scenario | None = None, tracking: bool = False, every_table: bool = False, truth: bool = False,
    customers_a_part: int = CUSTOMERS_A_PART, progress: bool = False,
) -> StreamResult:  # fmt: skip
    """Simulate an express firm too large for memory into a folder of Parquet files.

    The firm is made in parts of equal numbers of customers until there are enough waybills. Each part is drawn from a seed of its own, so
    that the parts do not depend on each other, and is like a branch: it has salespeople, a service desk and a roster of its own. The world
    outside is one for all. Numbers are counted on from part to part, so that keys are unique in the whole folder and references stay
    within it. A part counts only when all its files are there. Run the same call again after it was stopped, and it goes on: no row is
    lost or comes twice.

    When all is done, `Company.open(out)` reads the whole firm, if it fits into memory. What does not is read where it lies:
    ``polars.scan_parquet("out/waybills/*.parquet")``, ``duckdb.sql("FROM 'out/waybills/*.parquet'")`` or
    ``pyarrow.dataset.dataset("out/waybills")``.

    Parameters
    ----------
    waybills : at least so many; the last part is written whole
    out : folder, made if need be. Each table is a folder of parts in it: ``waybills/part-00000.parquet`` and so on
    months, start, seed, scenario : as in `simulate`
    tracking : also write the scans, about six rows a waybill
    every_table : write all tables that `simulate` makes, the scans too, which takes about three times as long; otherwise customers,
        salespeople, contacts and waybills
    truth : also write what an analyst never sees, in the folder ``truth``
    customers_a_part : how many customers are held in memory at a time
    progress : show a progress bar

    Returns
    -------
    StreamResult

    Raises
    ------
    ValueError
        A number is too small, or `out` holds another run or other files.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     result = simulate_stream(500, folder, months=2, customers_a_part=50)
    >>> result.waybills >= 500
    True
    """
    folder, scenario, first = Path(out), scenario or Scenario(), first_day(start)
    if waybills < 1 or months < 1 or customers_a_part < 1:
        raise ValueError(_("Ask for at least one waybill, one month and one customer a part."))
    if scenario.potential >= 1:
        raise ValueError(_("In this scenario nobody ships, so that there are never enough waybills."))
    plan = {
        "waybills": int(waybills), "months": int(months), "start": first.isoformat(), "seed": int(seed),
        "tracking": bool(tracking or every_table), "every_table": bool(every_table), "truth": bool(truth), "crmlib": __version__,
        "customers_a_part": int(customers_a_part), "scenario": hashlib.sha256(_spelt(scenario).encode()).hexdigest(),
    }  # fmt: skip
    _claim(folder, plan)
    parts = customers = found = made = 0
    with _bar(waybills, progress) as bar:
        while found < waybills:
            sizes = _part_sizes(folder, parts)
            if sizes is None:
                sizes = _make_part(folder, parts, plan, scenario, first)
                made += 1
            customers, found, parts = customers + sizes["customers"], found + sizes["waybills"], parts + 1
            bar.update(min(sizes["waybills"], waybills - bar.n))
    _finish(folder, about_firm(seed, customers, months, first))
    return StreamResult(folder, parts, customers, found, made)


def _spelt(value: Any) -> str:
    """A parameter in full, in the same words in every process: sets have no order of their own."""
    if dataclasses.is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return "{" + ", ".join(sorted(f"{_spelt(key)}: {_spelt(part)}" for key, part in value.items())) + "}"
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(_spelt, value))) + "}"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(map(_spelt, value)) + ")"
    return repr(value)


def _bar(waybills: int, progress: bool) -> Any:
    from tqdm import tqdm

    return tqdm(total=waybills, unit="waybill", unit_scale=True, disable=not progress)


def _claim(folder: Path, plan: dict[str, Any]) -> None:
    """Make the folder this run's own, or make sure that it is."""
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        for draft in folder.glob(".manifest-*"):
            draft.unlink()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ValueError(_("{folder} already holds other files. Choose an empty or a new folder.").format(folder=folder))
        text = json.dumps(plan, indent=2) + "\n"
        replace_file(manifest, lambda path: path.write_text(text, "utf-8", newline="\n"))
        return
    try:
        there = json.loads(manifest.read_text("utf-8"))
    except (OSError, ValueError):
        there = {}
    other = [name for name, value in plan.items() if there.get(name) != value]
    if other:
        raise ValueError(_("{folder} holds a run with another {parameters}. Use the same parameters to go on, or another folder.").format(
            folder=folder, parameters=", ".join(other)))  # fmt: skip


def _finish(folder: Path, about: dict[str, Any]) -> None:
    """Say what the whole is; from then on the folder can be opened."""
    for draft in folder.glob(".about-*"):
        draft.unlink()
    if not (folder / "about.json").is_file():
        text = json.dumps(about, ensure_ascii=False, indent=2) + "\n"
        replace_file(folder / "about.json", lambda path: path.write_text(text, "utf-8", newline="\n"))


def _path(folder: Path, table: str, part: int, ending: str = "parquet") -> Path:
    return folder / table / f"part-{part:05d}.{ending}"


def _part_sizes(folder: Path, part: int) -> dict[str, int] | None:
    """The rows of a finished part, or None: its note is written last."""
    note = _path(folder, "parts", part, "json")
    return json.loads(note.read_text("utf-8")) if note.is_file() else None


def _make_part(folder: Path, part: int, plan: dict[str, Any], scenario: Scenario, first: dt.date) -> dict[str, int]:
    for draft in folder.rglob(f".part-{part:05d}-*"):
        draft.unlink()
    world = _part(part, plan, scenario, first)
    sizes = {
        name: _write(frame, _path(folder, name, part))
        for name, frame in _frames(world, plan) if part == 0 or name.rpartition("/")[2] not in _ONCE
    }  # fmt: skip
    replace_file(_path(folder, "parts", part, "json"), lambda path: path.write_text(json.dumps(sizes) + "\n", "utf-8", newline="\n"))
    return sizes


def _part(part: int, plan: dict[str, Any], scenario: Scenario, first: dt.date) -> World:
    each = plan["customers_a_part"]
    seed = int.from_bytes(hashlib.sha256(f"{plan['seed']}/part/{part}".encode()).digest()[:8], "big")
    world = make_world(
        customers=each, first=first, edges=month_edges(first, plan["months"]), stream=Stream(seed), scenario=scenario,
        market=Stream(plan["seed"]),
        numbers=Numbers(customer=1 + part * each, contact=1 + part * each * 3, salesperson=1 + part * (each // 20 + 10),
                        waybill=1 + part * each * _MOST_EACH, other=1 + part * max(each * _MOST_EACH, _LEAST_ROOM)),
    )  # fmt: skip
    _require_room(world.waybills, "waybills", each, each * _MOST_EACH)
    return world


def _frames(world: World, plan: dict[str, Any]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every table of a part, and with the folder's name before it every frame of the truth."""
    each, hidden = plan["customers_a_part"], dict(world.truth)
    for name in _CORE:
        yield name, getattr(world, name)
    if plan["tracking"]:
        yield "tracking", make_tracking(world.waybills, visible_scans(world.waybills, world.scans, world.end))
    for module, function in THEMES if plan["every_table"] else ():
        tables, truth = getattr(importlib.import_module(f"crmlib.company.{module}"), function)(world)
        hidden |= truth
        for name, frame in tables.items():
            _require_room(frame, name, each, max(each * _MOST_EACH, _LEAST_ROOM))
            yield name, frame
    for name, frame in hidden.items() if plan["truth"] else ():
        yield f"truth/{name}", frame


def _require_room(frame: pd.DataFrame, table: str, customers: int, room: int) -> None:
    """The numbers of the next part begin after the room of this one."""
    if len(frame) > room:
        sentence = _("In this scenario a customer has more than {most} rows of {table} on average; that is too many for a stream.")
        raise ValueError(sentence.format(most=room // customers, table=table))


def _write(table: pd.DataFrame, path: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    replace_file(path, lambda draft: pq.write_table(pa.Table.from_pandas(table, preserve_index=False), draft, compression="zstd"))
    return len(table)
