"""The commands ``crm company …``: simulate a large firm, import one's own files, export a firm, check one."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from crmlib.i18n import _

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help=_("The data of a firm: simulate, import, export and check them.")
)


def _whole(text: str) -> int:
    try:
        return int(str(text).strip().replace(",", "").replace("，", ""))
    except ValueError:
        raise typer.BadParameter(_("“{text}” is no whole number. Write it as 10000000 or 10_000_000.").format(text=text)) from None


def _stopped(sentence: str) -> None:
    """Say so below the line on which the bar or the question stands."""
    typer.echo("\n" + sentence, err=True)


def _with_option(error: ValueError, replace: bool) -> ValueError:
    """The refusal, with the option of the command that overcomes it."""
    if replace or "replace=True" not in str(error):
        return error
    return ValueError(_("{refusal} Here that is the option --replace.").format(refusal=error))


@app.command(help=_("Simulate a firm of any size into a folder of Parquet files; the same command again goes on where it was stopped."))
def simulate(
    waybills: Annotated[int, typer.Option(parser=_whole, metavar="N", help=_("at least so many waybills, such as 10_000_000"))],
    out: Annotated[Path, typer.Option(help=_("folder to write, new or empty or of the run to go on with"))],
    seed: Annotated[int, typer.Option(parser=_whole, metavar="N", help=_("the same seed gives the same firm"))] = 0,
    months: Annotated[int, typer.Option(parser=_whole, metavar="N", help=_("months of waybills"))] = 24,
    start: Annotated[str, typer.Option(help=_("first day, the first of a month"))] = "2024-11-01",
    customers: Annotated[
        int, typer.Option("--customers-a-part", parser=_whole, metavar="N", help=_("customers held in memory at a time"))
    ] = 2000,
    tracking: Annotated[bool, typer.Option("--tracking", help=_("write the scans too, about six rows a waybill"))] = False,
    every_table: Annotated[
        bool, typer.Option("--every-table", help=_("write all tables of a firm; takes about three times as long"))
    ] = False,
    truth: Annotated[bool, typer.Option("--truth", help=_("write also what an analyst never sees"))] = False,
    scenario: Annotated[Path | None, typer.Option(help=_("a TOML file with the parameters that differ from the usual ones"))] = None,
) -> None:
    from crmlib.company.scenario_file import read_scenario
    from crmlib.company.streaming import simulate_stream

    chosen = read_scenario(scenario) if scenario else None
    parts, rows = _finished(out)
    if parts:
        typer.echo(_("Found in {folder}: {rows:,} waybills in {parts} finished parts. They are kept; only what is missing is made.").format(
            folder=out, rows=rows, parts=parts))  # fmt: skip
    began = time.monotonic()
    try:
        result = simulate_stream(
            waybills,
            out,
            months=months,
            start=start,
            seed=seed,
            scenario=chosen,
            tracking=tracking,
            every_table=every_table,
            truth=truth,
            customers_a_part=customers,
            progress=True,
        )
    except KeyboardInterrupt:
        parts, rows = _finished(out)
        _stopped(_("Stopped. {folder} holds {rows:,} waybills in {parts} finished parts. Run the same command again to go on.").format(
            folder=out, rows=rows, parts=parts))  # fmt: skip
        raise typer.Exit(1) from None
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    typer.echo(result.summary())
    typer.echo(_("{megabytes:,.1f} MB in {files}, after {seconds:,.0f} s. These are simulated data.").format(
        megabytes=size / 1e6, files=out / "*" / "part-*.parquet", seconds=time.monotonic() - began))  # fmt: skip
    typer.echo(_("To read one table: {code}").format(code=f"pandas.read_parquet({(out / 'waybills').as_posix()!r})"))
    typer.echo(_("To open all, if it fits into memory: {code}").format(code=f'crm.company.Company.open("{out.as_posix()}")'))


def _finished(folder: Path) -> tuple[int, int]:
    """The finished parts that a run left in `folder`, and their waybills; a part's note is written last."""
    rows = []
    while (note := folder / "parts" / f"part-{len(rows):05d}.json").is_file():
        try:
            rows.append(int(json.loads(note.read_text("utf-8"))["waybills"]))
        except (OSError, ValueError, KeyError, TypeError):
            break
    return len(rows), sum(rows)


@app.command("import", help=_("Bring files with headings of your own into tables that Company.open opens, with an account of every row."))
def import_(
    files: Annotated[list[Path], typer.Argument(help=_(".xlsx, CSV or Parquet files"))],
    out: Annotated[Path, typer.Option(help=_("folder for the tables, the mapping and the report"))],
    mapping: Annotated[Path | None, typer.Option(help=_("mapping.toml of an earlier import; nothing is asked then"))] = None,
    replace: Annotated[bool, typer.Option("--replace", help=_("overwrite the tables that the folder already holds"))] = False,
) -> None:
    from crmlib.company.foreign.guiding import Guide
    from crmlib.company.importing import import_files

    def prompt(question: str, default: str) -> str:
        return typer.prompt(question, default=default, show_default=False)

    person = Guide(typer.echo, prompt) if mapping is None and sys.stdin.isatty() else None
    try:
        report = import_files(files, out, mapping=mapping, guide=person, replace=replace)
    except ValueError as error:
        raise _with_option(error, replace) from None
    except (KeyboardInterrupt, EOFError, typer.Abort):
        _stopped(_("Stopped; nothing was written."))
        raise typer.Exit(1) from None
    typer.echo("")
    typer.echo(report.summary())
    typer.echo("")
    written = ", ".join(sorted(path.name for path in out.glob("*.parquet"))) or "–"
    typer.echo(
        _("Written: {tables} and {mapping}; the report stands in {report}.").format(
            tables=written, mapping=report.mapping, report=out / "import-report.txt"
        )
    )
    if report.ok:
        typer.echo(_("Next: {code}").format(code=f'crm.company.Company.open("{out.as_posix()}")'))
        return
    look = f'crm.company.Company.open("{out.as_posix()}", check=False)'
    typer.echo(
        _(
            "Mend what was found in the files and import them again with --mapping {mapping} --replace. "
            "To look at the tables as they are: {code}"
        ).format(mapping=report.mapping, code=look)
    )
    raise typer.Exit(1)


@app.command(help=_("Write a firm as one xlsx, a folder or a database: crm company export lark.xlsx"))
def export(
    target: Annotated[str, typer.Argument(help=_("an .xlsx, a folder, a SQLite or DuckDB file, or the URL of a database"))],
    source: Annotated[str, typer.Option("--from", help=_("folder, file or URL of the firm; the shipped firm when not given"))] = "",
    tables: Annotated[str, typer.Option(help=_("only these tables, as customers,waybills; customers always goes along"))] = "",
    replace: Annotated[bool, typer.Option("--replace", help=_("overwrite tables that are already there"))] = False,
) -> None:
    from crmlib import company
    from crmlib.company.exporting import export as write
    from crmlib.company.exporting import shown_place

    firm = company.Company.open(source) if source else company.lark()
    wanted = [name.strip() for name in tables.replace("，", ",").split(",") if name.strip()] or None
    try:
        result = write(firm, target, tables=wanted, replace=replace, progress=True)
    except ValueError as error:
        raise _with_option(error, replace) from None
    except KeyboardInterrupt:
        _stopped(
            _("Stopped. Run the same command again, with --replace if {target} already holds tables.").format(target=shown_place(target))
        )
        raise typer.Exit(1) from None
    typer.echo(result.summary())


@app.command(help=_("Look for everything in a firm's data that breaks a contract; exit status 1 if anything was found."))
def check(place: Annotated[str, typer.Argument(help=_("a folder, an .xlsx, SQLite or DuckDB file, or the URL of a database"))]) -> None:
    from crmlib.company import Company

    report = Company.open(place, check=False).validate()
    typer.echo(report.summary())
    raise typer.Exit(0 if report.ok else 1)
