"""Parquet files at a fraction of the size: numbers in place of numbered texts, minutes in place of moments, whole cents in place of yuan.

How each column was packed stands in the file's own metadata, so that it comes back with exactly the same values.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.company.columns import numbered
from crmlib.company.contract import DTYPES, Table
from crmlib.company.service import SCANS
from crmlib.company.tracking import NODES, make_tracking

if TYPE_CHECKING:
    import pyarrow as pa

_RECIPES = b"crmlib.packed"
_NUMBERED = re.compile(r"^(\D*)(\d{1,9})$")
_SCALES = (1, 100, 1000, 10_000)
_STEPS = {"date": "D", "datetime": "m"}


def write_compact(frame: pd.DataFrame, contract: Table, path: Path) -> None:
    """Write a table, which has the columns and types of its contract, so that `read_compact` brings back the same values."""
    import pyarrow.parquet as pq

    packed = _pack_tracking(frame) if contract.name == "tracking" else _pack(frame, contract)
    delta = [name for name in packed.column_names if _delta_is_smaller(packed, name)]
    pq.write_table(
        packed, path, compression="zstd", compression_level=19, write_statistics=False, store_schema=True,
        use_dictionary=[name for name in packed.column_names if name not in delta],
        column_encoding=dict.fromkeys(delta, "DELTA_BINARY_PACKED"), row_group_size=max(len(packed), 1),
    )  # fmt: skip


def read_compact(path: Path) -> pd.DataFrame:
    """The frame in a Parquet file, packed or not."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    recipes = json.loads((table.schema.metadata or {}).get(_RECIPES, b"null"))
    if recipes is None:
        return table.to_pandas()
    if recipes == "tracking":
        return _unpack_tracking(table)
    columns: dict[str, pd.Series] = {}
    for name, recipe in recipes.items():
        columns[name] = _unpacked(table[name], recipe, columns)
    return pd.DataFrame(columns)


def _pack(frame: pd.DataFrame, contract: Table) -> pa.Table:
    import pyarrow as pa

    recipes: dict[str, dict[str, Any] | None] = {}
    arrays: dict[str, pa.Array] = {}
    base: str | None = None
    for column in contract.columns:
        values, recipe = frame[column.name], None
        if column.dtype == "text":
            packed, recipe = _numbers(values)
        elif column.dtype in _STEPS:
            packed, recipe = _steps(values, _STEPS[column.dtype], frame[base] if base else None)
            recipe = recipe and recipe | {"base": base}
            base = base or (column.name if recipe and not values.isna().any() else None)
        elif column.dtype == "number":
            packed, recipe = _scaled(values)
        recipes[column.name] = recipe
        arrays[column.name] = packed if recipe else pa.array(values, from_pandas=True)
    return pa.table(arrays).replace_schema_metadata({_RECIPES: json.dumps(recipes).encode()})


def _numbers(values: pd.Series) -> tuple[pa.Array | None, dict[str, Any] | None]:
    import pyarrow as pa

    there = values.dropna()
    match = _NUMBERED.match(there.iloc[0]) if len(there) else None
    if not match:
        return None, None
    prefix = match[1]
    digits = there.str.slice(len(prefix))
    if not (there.str.startswith(prefix).all() and digits.str.fullmatch(r"\d{1,9}").all()):
        return None, None
    width = int(digits.str.len().min())
    number = digits.astype("int64")
    if not numbered(prefix, number.to_numpy(), width).eq(there.reset_index(drop=True)).all():
        return None, None
    filled = np.zeros(len(values), dtype=np.int32)
    filled[values.notna().to_numpy()] = number
    return pa.array(filled, mask=values.isna().to_numpy()), {"kind": "numbered", "prefix": prefix, "width": width}


def _steps(values: pd.Series, unit: str, base: pd.Series | None) -> tuple[pa.Array | None, dict[str, Any] | None]:
    import pyarrow as pa

    moments, there = values.to_numpy().astype("datetime64[us]"), values.notna().to_numpy()
    steps = moments.astype(f"datetime64[{unit}]")
    if not there.any() or (steps.astype("datetime64[us]") != moments)[there].any():
        return None, None
    whole = np.where(there, steps.astype(np.int64), 0)
    if base is not None:
        whole = whole - base.to_numpy().astype(f"datetime64[{unit}]").astype(np.int64)
    if np.abs(whole[there]).max() > np.iinfo(np.int32).max:
        return None, None
    return pa.array(np.where(there, whole, 0).astype(np.int32), mask=~there), {"kind": "steps", "unit": unit}


def _scaled(values: pd.Series) -> tuple[pa.Array | None, dict[str, Any] | None]:
    import pyarrow as pa

    numbers, there = values.to_numpy(), values.notna().to_numpy()
    if not there.any() or np.abs(numbers[there]).max() > np.iinfo(np.int32).max / _SCALES[-1]:
        return None, None
    for scale in _SCALES:
        whole = np.rint(np.where(there, numbers, 0) * scale)
        if (whole / scale == numbers)[there].all() and not np.signbit(numbers[there & (numbers == 0)]).any():
            return pa.array(whole.astype(np.int32), mask=~there), {"kind": "scaled", "scale": scale}
    return None, None


def _unpacked(values: pa.ChunkedArray, recipe: dict[str, Any] | None, known: dict[str, pd.Series]) -> pd.Series:
    if recipe is None:
        found = values.to_pandas()
        return found if found.dtype != object else found.astype(DTYPES["text"])
    there = values.is_valid().to_numpy()
    numbers = values.fill_null(0).to_numpy()
    if recipe["kind"] == "numbered":
        text = numbered(recipe["prefix"], numbers, recipe["width"])
        return text if there.all() else text.where(there)
    if recipe["kind"] == "scaled":
        return pd.Series(np.where(there, numbers / recipe["scale"], np.nan))
    unit = recipe["unit"]
    if recipe["base"]:
        numbers = numbers + known[recipe["base"]].to_numpy().astype(f"datetime64[{unit}]").astype(np.int64)
    moments = numbers.astype(f"datetime64[{unit}]").astype("datetime64[us]")
    return pd.Series(moments if there.all() else np.where(there, moments, np.datetime64("NaT", "us")))


def _pack_tracking(frame: pd.DataFrame) -> pa.Table:
    """One row a parcel: when it was picked up, and the minutes from each scan to the next."""
    import pyarrow as pa

    parcel, waybills = pd.factorize(frame["waybill_id"])
    node = frame["node"].map({name: place for place, name in enumerate(NODES)}).to_numpy(dtype=np.int64)
    minutes = frame["scanned_at"].to_numpy().astype("datetime64[m]").astype(np.int64)
    table = np.full((len(waybills), len(NODES)), -1, dtype=np.int64)
    table[parcel, node] = minutes
    steps = np.zeros_like(table)
    last = table[:, 0]
    for place in range(1, len(NODES)):
        there = table[:, place] >= 0
        steps[:, place] = np.where(there, table[:, place] - last, 0)
        last = np.where(there, table[:, place], last)
    number, recipe = _numbers(pd.Series(waybills))
    if recipe is None:
        number, recipe = pa.array(waybills, type=pa.string()), {"kind": "text"}
    arrays = {"waybill_id": number, "picked_up": pa.array(table[:, 0].astype(np.int32))}
    arrays |= {name: pa.array(steps[:, place].astype(np.int32), mask=table[:, place] < 0) for place, name in enumerate(NODES) if place}
    return pa.table(arrays).replace_schema_metadata({_RECIPES: b'"tracking"', b"crmlib.waybill": json.dumps(recipe).encode()})


def _unpack_tracking(table: pa.Table) -> pd.DataFrame:
    recipe = json.loads(table.schema.metadata[b"crmlib.waybill"])
    waybill_id = _unpacked(table["waybill_id"], None if recipe["kind"] == "text" else recipe, {})
    picked = table["picked_up"].to_numpy().astype(np.int64).astype("datetime64[m]").astype("datetime64[us]")
    seen, last = {}, np.zeros(len(table), dtype=np.int64)
    for name in SCANS:
        steps = table[name]
        there = steps.is_valid().to_numpy()
        last = last + steps.fill_null(0).to_numpy()
        seen[name] = np.where(there, last, -1)
    return make_tracking(pd.DataFrame({"waybill_id": waybill_id, "picked_up_at": picked}), pd.DataFrame(seen))


def _delta_is_smaller(table: pa.Table, name: str) -> bool:
    """Whether a column of whole numbers takes less room as differences than as a dictionary."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not pa.types.is_integer(table[name].type):
        return False

    def size(**options: Any) -> int:
        sink = pa.BufferOutputStream()
        pq.write_table(table.select([name]), sink, compression="zstd", write_statistics=False, **options)
        return sink.getvalue().size

    return size(use_dictionary=False, column_encoding={name: "DELTA_BINARY_PACKED"}) < size(use_dictionary=True)
