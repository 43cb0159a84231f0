"""Where a caller book is made from: pandas tables, or whatever DuckDB reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from crmlib.call_center.shelves import ArrayShelf, DuckShelf, Shelf
from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.standards import get

PARCELS = ["waybill_id", "customer_id", "picked_up_at", "product", "scope", "destination_region", "promised_at", "delivered_at"]
CASES = ["case_id", "kind", "customer_id", "waybill_id", "opened_at", "cause", "grade", "resolved_at"]
CALLS = ["call_id", "customer_id", "waybill_id", "role", "arrived_at", "answered_at", "reason"]
PHONE = "recipient_phone"
_NEEDED = ["waybill_id", "customer_id", "picked_up_at", "delivered_at", "price_yuan"]
_KEYS = {
    "sent": ("parcels", "customer_id", "picked_up_at", "waybill_id", "delivered_at", PARCELS),
    "received": ("parcels", PHONE, "picked_up_at", "waybill_id", "delivered_at", [*PARCELS, "recipient_name"]),
    "cases": ("cases", "customer_id", "opened_at", "case_id", "resolved_at", CASES),
    "calls": ("calls", "customer_id", "arrived_at", "call_id", None, CALLS),
}
"""The shelves: from which table, by which key, in order of which moment and number, ended when, with which columns."""
_DIGITS = r"1\d{10}|0\d{9,11}"


class FrameSource:
    """Tables in memory."""

    engine = "arrays"

    def __init__(self, tables: Mapping[str, pd.DataFrame], recipients: pd.DataFrame | None) -> None:
        missing = [name for name in ("customers", "waybills") if name not in tables]
        if missing:
            raise ValueError(
                _("A caller book needs the tables customers and waybills. Missing: {missing}.").format(missing=", ".join(missing))
            )
        self._tables = tables
        waybills = tables["waybills"]
        require_columns(waybills.columns, _NEEDED)
        for name in ("picked_up_at", "delivered_at"):
            if not pd.api.types.is_datetime64_any_dtype(waybills[name]):
                raise ValueError(_("{column} holds text, not moments. Convert it first: pd.to_datetime({table}.{column}).").format(
                    column=name, table="waybills"))  # fmt: skip
        self._parcels = waybills
        recipients = tables.get("recipients") if recipients is None else recipients
        self._known = recipients is not None
        if self._known:
            if not isinstance(recipients, pd.DataFrame):
                raise ValueError(_("{name} must be a pandas table; this is a {kind}.").format(
                    name="recipients", kind=type(recipients).__name__))  # fmt: skip
            require_columns(recipients.columns, ["waybill_id", "recipient_name", PHONE])
            phones = recipients[PHONE].astype(object)
            unread = phones.notna() & ~phones.astype(str).str.fullmatch(_DIGITS)
            refuse_rows(unread, _("recipient_phone is no plain number"), _("Read it first: crm.call_center.read_number(number).digits."))
            refuse_rows(
                recipients["waybill_id"].duplicated(), _("waybill_id stands twice among the recipients"), _("Keep one row a parcel.")
            )
            self._parcels = waybills.merge(recipients[["waybill_id", "recipient_name", PHONE]], on="waybill_id", how="left")

    def has(self, name: str) -> bool:
        """Whether there is such a table."""
        return name in self._tables

    def frame(self, name: str) -> pd.DataFrame:
        """A whole table."""
        return self._tables[name]

    def last_day(self) -> pd.Timestamp:
        """The day of the last pick-up."""
        last = self._parcels["picked_up_at"].max()
        if pd.isna(last):
            raise ValueError(_("There are no waybills. Check the filter that they come from."))
        return last.normalize()

    def year_before(self, last: pd.Timestamp) -> pd.DataFrame:
        """Parcels and revenue of each customer in the twelve months to the end of `last`."""
        inside = self._in_year(last)
        return inside.groupby("customer_id").agg(parcels=("waybill_id", "size"), revenue_yuan=("price_yuan", "sum"))

    def regulars(self, last: pd.Timestamp) -> dict[str, list[tuple[str, str, int]]]:
        """The most frequent addressees of each customer in those twelve months: name, number, parcels."""
        if not self._known:
            return {}
        inside = self._in_year(last).dropna(subset=[PHONE])
        counted = inside.groupby(["customer_id", PHONE, "recipient_name"], as_index=False).size()
        counted = counted.sort_values(["customer_id", "size", PHONE, "recipient_name"], ascending=[True, False, True, True])
        top = counted.groupby("customer_id").head(int(get("call_center.recipients_shown", unit="count")))
        return _listed(top[["customer_id", "recipient_name", PHONE, "size"]].itertuples(index=False, name=None))

    def shelves(self) -> dict[str, Shelf]:
        """The rows by key."""
        found: dict[str, Shelf] = {}
        for name, (table, key, begin, tie, end, columns) in _KEYS.items():
            if (name == "received" and not self._known) or (table != "parcels" and table not in self._tables):
                continue
            frame = self._parcels if table == "parcels" else self._tables[table]
            require_columns(frame.columns, [key, begin, tie, *([end] if end else [])])
            found[name] = ArrayShelf(frame, key=key, begin=begin, columns=[each for each in columns if each in frame], tie=tie, end=end)
        return found

    def finish(self) -> None:
        """Nothing is open."""

    def _in_year(self, last: pd.Timestamp) -> pd.DataFrame:
        end = last + pd.Timedelta(days=1)
        at = self._parcels["picked_up_at"]
        return self._parcels[(at >= end - pd.DateOffset(months=12)) & (at < end)]


class DuckSource:
    """Tables that DuckDB reads; what must be in order is written once into temporary tables."""

    engine = "duckdb"

    def __init__(self, connection: object, tables: Mapping[str, str], recipients: object, *, attached: str = "") -> None:
        missing = [name for name in ("customers", "waybills") if name not in tables]
        if missing:
            raise ValueError(
                _("A caller book needs the tables customers and waybills. Missing: {missing}.").format(missing=", ".join(missing))
            )
        self._connection, self._tables, self._attached = connection, dict(tables), attached
        if isinstance(recipients, pd.DataFrame):
            # DuckDB before 1.3 does not know the text type of pandas 3.
            connection.register("given_recipients", recipients.astype(object))
            self._tables["recipients"] = "given_recipients"
        elif recipients is not None:
            self._tables["recipients"] = _parquet(Path(os.fspath(recipients)))
        require_columns(self._columns("waybills"), _NEEDED)
        self._known = "recipients" in self._tables
        if self._known:
            require_columns(self._columns("recipients"), ["waybill_id", "recipient_name", PHONE])
            (unread,) = self._one(f"SELECT count(*) FROM {self._tables['recipients']} WHERE NOT regexp_full_match({PHONE}, '{_DIGITS}')")
            if unread:
                raise ValueError(
                    _(
                        "recipient_phone is no plain number in {count} row(s). Read it first: crm.call_center.read_number(number).digits."
                    ).format(count=unread)
                )
        bills, gets = self._tables["waybills"], self._tables.get("recipients")
        joined = f"SELECT w.*, recipient_name, {PHONE} FROM {bills} w LEFT JOIN {gets} USING (waybill_id)"
        self._tables["parcels"] = f"({joined})" if self._known else self._tables["waybills"]

    def has(self, name: str) -> bool:
        """Whether there is such a table."""
        return name in self._tables

    def frame(self, name: str) -> pd.DataFrame:
        """A whole table."""
        return self._connection.execute(f"SELECT * FROM {self._tables[name]}").df()

    def last_day(self) -> pd.Timestamp:
        """The day of the last pick-up."""
        (last,) = self._one(f"SELECT max(picked_up_at) FROM {self._tables['waybills']}")
        if last is None:
            raise ValueError(_("There are no waybills. Check the filter that they come from."))
        return pd.Timestamp(last).normalize()

    def year_before(self, last: pd.Timestamp) -> pd.DataFrame:
        """Parcels and revenue of each customer in the twelve months to the end of `last`."""
        added = "customer_id, count(*) AS parcels, sum(price_yuan) AS revenue_yuan"
        asked = f"SELECT {added} FROM {self._tables['waybills']} WHERE {_year(last)} GROUP BY 1"
        return self._connection.execute(asked).df().set_index("customer_id")

    def regulars(self, last: pd.Timestamp) -> dict[str, list[tuple[str, str, int]]]:
        """The most frequent addressees of each customer in those twelve months: name, number, parcels."""
        if not self._known:
            return {}
        shown = int(get("call_center.recipients_shown", unit="count"))
        # The shelf "sent" holds the joined parcels already, in order of customer: counting from it needs no second join.
        asked = f"""SELECT customer_id, recipient_name, {PHONE}, parcels FROM (
            SELECT customer_id, recipient_name, {PHONE}, count(*) AS parcels,
                row_number() OVER (PARTITION BY customer_id ORDER BY count(*) DESC, {PHONE}, recipient_name) AS place
            FROM {self._tables["parcels"]} WHERE {_year(last)} AND {PHONE} IS NOT NULL GROUP BY 1, 2, 3) WHERE place <= {shown}
            ORDER BY customer_id, place"""
        return _listed(self._connection.execute(asked).fetchall())

    def shelves(self) -> dict[str, Shelf]:
        """The rows by key."""
        found: dict[str, Shelf] = {}
        for name, (table, key, begin, tie, end, columns) in _KEYS.items():
            if (name == "received" and not self._known) or table not in self._tables:
                continue
            have = self._columns(table)
            require_columns(have, [key, begin, tie, *([end] if end else [])])
            kept = [each for each in columns if each in have]
            listed = ", ".join(dict.fromkeys([key, *kept]))
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE shelf_{name} AS SELECT {listed} FROM {self._tables[table]} "
                                     f"WHERE {key} IS NOT NULL ORDER BY {key}, {begin}")  # fmt: skip
            found[name] = DuckShelf(self._connection, f"shelf_{name}", key=key, begin=begin, columns=kept, tie=tie, end=end)
        return found

    def finish(self) -> None:
        """Let go of the file that the tables came from; the shelves stand apart from it."""
        if self._attached:
            self._connection.execute(f"DETACH {self._attached}")

    def _columns(self, table: str) -> list[str]:
        return [row[0] for row in self._connection.execute(f"DESCRIBE SELECT * FROM {self._tables[table]}").fetchall()]

    def _one(self, asked: str) -> tuple:
        return self._connection.execute(asked).fetchone()


def duck_source(source: object, recipients: object) -> DuckSource:
    """DuckDB on a folder of Parquet, a .duckdb file, or a connection.

    >>> duck_source(3, None)
    Traceback (most recent call last):
    ValueError: A caller book is made from a firm, tables, a folder of Parquet files, a .duckdb file or a DuckDB connection, not from 3.
    """
    try:
        import duckdb
    except ImportError as error:
        raise ValueError(_('Install the driver of this database first: pip install "crmlib[{part}]" ({reason}).').format(
            part="duckdb", reason=error)) from None  # fmt: skip
    if isinstance(source, duckdb.DuckDBPyConnection):
        return DuckSource(source, _of_connection(source), recipients)
    if not isinstance(source, (str, os.PathLike)):
        raise ValueError(
            _(
                "A caller book is made from a firm, tables, a folder of Parquet files, a .duckdb file or a DuckDB connection, not from "
                "{given}."
            ).format(given=source)
        )
    place = Path(source)
    if place.is_dir():
        names = ("customers", "waybills", "contacts", "source_records", "cases", "calls", "recipients")
        found = {name: place / f"{name}.parquet" if (place / f"{name}.parquet").is_file() else place / name for name in names}
        return DuckSource(duckdb.connect(), {name: _parquet(path) for name, path in found.items() if path.exists()}, recipients)
    if place.is_file() and place.suffix in (".duckdb", ".db"):
        connection = duckdb.connect()
        connection.execute(f"ATTACH '{_escaped(place)}' AS firm (READ_ONLY)")
        return DuckSource(connection, _of_connection(connection, "firm"), recipients, attached="firm")
    raise ValueError(_("There is no folder of Parquet files and no .duckdb file at {place}.").format(place=place))


def _of_connection(connection: object, database: str | None = None) -> dict[str, str]:
    place = "database_name, schema_name"
    asked = f"SELECT {place}, table_name FROM duckdb_tables() UNION ALL SELECT {place}, view_name FROM duckdb_views()"
    return {
        name: f'"{base}"."{schema}"."{name}"'
        for base, schema, name in connection.execute(asked).fetchall()
        if (database in (None, base)) and schema == "main" and not name.startswith(("duckdb_", "sqlite_", "pragma_", "shelf_"))
    }


def _parquet(path: Path) -> str:
    return f"read_parquet('{_escaped(path / '*.parquet' if path.is_dir() else path)}')"


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")


def _year(last: pd.Timestamp) -> str:
    end = last + pd.Timedelta(days=1)
    return f"picked_up_at >= TIMESTAMP '{end - pd.DateOffset(months=12)}' AND picked_up_at < TIMESTAMP '{end}'"


def _listed(rows: object) -> dict[str, list[tuple[str, str, int]]]:
    found: dict[str, list[tuple[str, str, int]]] = {}
    for customer, name, phone, parcels in rows:
        found.setdefault(customer, []).append((name, phone, int(parcels)))
    return found
