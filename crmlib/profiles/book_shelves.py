"""What a customer's page is read from, sorted by customer and day once: pandas tables, or whatever DuckDB reads."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from crmlib.call_center.shelves import ArrayShelf, DuckShelf, Shelf
from crmlib.i18n import _

KEPT = {
    "contacts": ("customer_id", None, "contact_id", ["contact_id", "name", "role", "phone", "channel"]),
    "cases": ("customer_id", "opened_at", "case_id", ["case_id", "kind", "waybill_id", "opened_at", "channel", "cause", "grade",
                                                       "resolved_at", "outcome", "compensation_yuan", "satisfied_after", "text"]),
    "calls": ("customer_id", "arrived_at", "call_id", ["call_id", "arrived_at", "answered_at", "reason", "solved_in_ivr", "abandoned"]),
    "touches": ("customer_id", "happened_on", "touch_id", ["happened_on", "kind", "reason", "channel", "mood", "salesperson_id"]),
    "invoices": ("customer_id", "issued_on", "invoice_id", ["invoice_id", "customer_id", "issued_on", "due_on", "amount_yuan",
                                                             "credit_class", "terms_days", "credit_limit_yuan"]),
    "payments": ("customer_id", "paid_on", "payment_id", ["invoice_id", "paid_on", "amount_yuan"]),
    "surveys": ("customer_id", "answered_on", "invitation_id", ["answered_on", "recommend", "comment"]),
    "members": ("customer_id", "joined_on", "member_id", ["member_id", "joined_on"]),
    "offers": ("customer_id", "assigned_on", "offer_id", ["kind", "assigned_on", "measured_on"]),
    "consents": ("customer_id", "at", "entry", ["customer_id", "purpose", "channel", "given", "at"]),
}  # fmt: skip
"""Table: its key, its moment (none: it has no date), what orders rows of one moment, and the columns of the page."""
COUNTED = {"product": ("economy", "standard", "express"), "scope": ("same_city", "domestic", "cross_border"),
           "destination_region": ("east", "central", "west", "abroad")}  # fmt: skip
"""Parcels are counted by these values, so that what a customer likes to send is at hand without its parcels."""
_AGES = np.datetime64("1900-01-01", "us")


@dataclass(frozen=True)
class DayTotals:
    """Parcels and money of every customer by day of pick-up, in order of day; `shelf` is the same by customer."""

    day: np.ndarray
    place: np.ndarray
    parcels: np.ndarray
    price_yuan: np.ndarray


class Shelves:
    """The shelves of a page, and what is added up by day."""

    def __init__(self, source: object, places: Mapping[str, int], extra: Mapping[str, pd.DataFrame]) -> None:
        self.by_table: dict[str, Shelf] = {}
        self._places = places
        self._connection = None if isinstance(source, Mapping) else source
        tables = dict(source) if isinstance(source, Mapping) else views(source)
        for name, (key, begin, tie, columns) in KEPT.items():
            given = extra.get(name, tables.get(name))
            if given is None or (name == "payments" and "invoices" not in tables):
                continue
            if isinstance(given, pd.DataFrame):
                self.by_table[name] = self._from_frame(name, given, tables, key, begin, tie, columns)
            else:
                self.by_table[name] = self._from_duck(name, given, tables, key, begin, tie, columns)
        self.totals = self._frame_totals(tables["waybills"]) if self._connection is None else self._duck_totals(tables["waybills"])

    @staticmethod
    def _from_frame(name: str, frame: pd.DataFrame, tables: Mapping, key: str, begin: str | None, tie: str, columns: list[str]) -> Shelf:
        if name == "payments":
            frame = frame.merge(tables["invoices"][["invoice_id", "customer_id"]], on="invoice_id")
        if begin is None:
            begin, frame = "since", frame.assign(since=np.datetime64("2000-01-01", "us"))
        if tie not in frame:
            frame = frame.assign(**{tie: np.arange(len(frame))})
        held = [each for each in columns if each in frame]
        return ArrayShelf(frame, key=key, begin=begin, columns=list(dict.fromkeys([begin, *held])), tie=tie)

    def _from_duck(self, name: str, table: str, tables: Mapping, key: str, begin: str | None, tie: str, columns: list[str]) -> Shelf:
        if name == "payments":
            table = f"(SELECT p.*, i.customer_id FROM {table} p JOIN {tables['invoices']} i USING (invoice_id))"
        have = [row[0] for row in self._connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()]
        moment = begin or "since"
        when = begin or "TIMESTAMP '2000-01-01' AS since"
        kept = [each for each in columns if each in have and each != begin]
        tie = tie if tie in have else key
        listed = ", ".join(dict.fromkeys([key, when, tie, *kept]))
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE shelf_page_{name} AS SELECT {listed} FROM {table} "
                                 f"WHERE {key} IS NOT NULL ORDER BY {key}, {moment}, {tie}")  # fmt: skip
        return DuckShelf(self._connection, f"shelf_page_{name}", key=key, begin=moment, columns=[moment, *kept], tie=tie)

    def _frame_totals(self, waybills: pd.DataFrame) -> DayTotals:
        place = pd.Series(self._places).reindex(waybills["customer_id"]).to_numpy()
        picked = waybills["picked_up_at"].to_numpy("datetime64[us]")
        known = ~np.isnan(place.astype(float)) & ~np.isnat(picked)
        counted = {"place": place[known].astype(np.int64), "day": picked[known].astype("datetime64[D]").astype("datetime64[us]"),
                   "parcels": np.ones(known.sum(), dtype=np.int64), "price_yuan": waybills["price_yuan"].to_numpy(float)[known]}  # fmt: skip
        if "cost_yuan" in waybills:
            counted["cost_yuan"] = waybills["cost_yuan"].to_numpy(float)[known]
        for column, values in COUNTED.items():
            if column in waybills:
                given = waybills[column].astype(object).to_numpy()[known]
                counted |= {f"{column}_{value}": (given == value).astype(np.int64) for value in values}
        table = pd.DataFrame(counted).groupby(["place", "day"], as_index=False).sum()
        names = np.array(list(self._places), dtype=object)
        table["customer_id"] = names[table["place"].to_numpy()]
        columns = [each for each in table if each not in ("place", "customer_id")]
        self.by_table["days"] = ArrayShelf(table, key="customer_id", begin="day", columns=columns, tie="day")
        if "promised_at" in waybills:
            promised = waybills["promised_at"].to_numpy("datetime64[us]")
            late = ~(waybills["delivered_at"].to_numpy("datetime64[us]") <= promised)
            due = pd.DataFrame({"customer_id": waybills["customer_id"].to_numpy(), "day": promised.astype("datetime64[D]").astype("datetime64[us]"),
                                "due": 1, "late": late.astype(np.int64)})  # fmt: skip
            due = due.dropna().groupby(["customer_id", "day"], as_index=False).sum()
            self.by_table["promises"] = ArrayShelf(due, key="customer_id", begin="day", columns=["day", "due", "late"], tie="day")
        by_day = table.sort_values("day", kind="stable")
        return DayTotals(by_day["day"].to_numpy("datetime64[D]"), by_day["place"].to_numpy(), by_day["parcels"].to_numpy(),
                         by_day["price_yuan"].to_numpy())  # fmt: skip

    def _duck_totals(self, waybills: str) -> DayTotals:
        run = self._connection.execute
        have = {row[0] for row in run(f"DESCRIBE SELECT * FROM {waybills}").fetchall()}
        counts = [f"count(*) FILTER ({column} = '{value}') AS {column}_{value}"
                  for column, values in COUNTED.items() if column in have for value in values]  # fmt: skip
        costs = ["sum(cost_yuan) AS cost_yuan"] if "cost_yuan" in have else []
        columns = ["count(*) AS parcels", "sum(price_yuan) AS price_yuan", *costs, *counts]
        run(f"CREATE OR REPLACE TEMP TABLE shelf_page_days AS SELECT customer_id, date_trunc('day', picked_up_at)::TIMESTAMP AS day, "
            f"{', '.join(columns)} FROM {waybills} WHERE customer_id IS NOT NULL AND picked_up_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2")  # fmt: skip
        names = ["day", *(each.rpartition(" AS ")[2] for each in columns)]
        self.by_table["days"] = DuckShelf(self._connection, "shelf_page_days", key="customer_id", begin="day", columns=names, tie="day")
        if "promised_at" in have:
            run("CREATE OR REPLACE TEMP TABLE shelf_page_promises AS SELECT customer_id, date_trunc('day', promised_at)::TIMESTAMP AS day, "
                "count(*) AS due, count(*) FILTER (delivered_at IS NULL OR delivered_at > promised_at) AS late "
                f"FROM {waybills} WHERE customer_id IS NOT NULL AND promised_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2")  # fmt: skip
            self.by_table["promises"] = DuckShelf(self._connection, "shelf_page_promises", key="customer_id", begin="day",
                                                  columns=["day", "due", "late"], tie="day")  # fmt: skip
        self._connection.register("page_places", pd.DataFrame({"customer_id": pd.Series(list(self._places), dtype=object),
                                                               "place": np.arange(len(self._places), dtype=np.int32)}))  # fmt: skip
        got = run("SELECT day, place, parcels::INTEGER AS parcels, price_yuan FROM shelf_page_days JOIN page_places USING (customer_id) "
                  "ORDER BY day, place").fetchnumpy()  # fmt: skip
        self._connection.unregister("page_places")
        got = {name: np.ma.getdata(values) for name, values in got.items()}
        return DayTotals(got["day"].astype("datetime64[D]"), got["place"], got["parcels"], got["price_yuan"].astype(float))


def connected(source: object) -> object:
    """A DuckDB connection that has a firm's tables as views: from a folder of Parquet, a .duckdb file, or a connection as it is."""
    try:
        import duckdb
    except ImportError as error:
        raise ValueError(_('Install the driver of this database first: pip install "crmlib[{part}]" ({reason}).').format(
            part="duckdb", reason=error)) from None  # fmt: skip
    if isinstance(source, duckdb.DuckDBPyConnection):
        return source
    place = Path(source) if isinstance(source, (str, os.PathLike)) else None
    if place is None or not (place.is_dir() or (place.is_file() and place.suffix in (".duckdb", ".db"))):
        raise ValueError(_("A book is opened from a firm, its tables, a folder of Parquet files, a .duckdb file or a DuckDB connection, "
                           "not from {given}.").format(given=source))  # fmt: skip
    connection = duckdb.connect()
    if place.is_dir():
        for each in sorted(place.iterdir()):
            if each.suffix == ".parquet" or (each.is_dir() and any(each.glob("*.parquet"))):
                path = str(each / "*.parquet" if each.is_dir() else each).replace("'", "''")
                connection.execute(f"CREATE VIEW \"{each.stem}\" AS SELECT * FROM read_parquet('{path}')")
    else:
        connection.execute(f"ATTACH '{str(place).replace(chr(39), chr(39) * 2)}' AS firm (READ_ONLY)")
        for (name,) in connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'firm'").fetchall():
            connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM firm.main."{name}"')
    return connection


def views(connection: object) -> dict[str, str]:
    """The names of the tables and views of a connection, quoted, by plain name."""
    asked = "SELECT table_name FROM information_schema.tables"
    return {name: f'"{name}"' for (name,) in connection.execute(asked).fetchall() if not name.startswith(("shelf_", "given_"))}
