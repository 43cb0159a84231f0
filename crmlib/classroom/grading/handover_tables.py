"""Handing over arrays, Series, frames and their indexes: bulk numbers as their bytes, words and Arrow's own types as Arrow IPC."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from crmlib.classroom.grading.handover_arrow import arrow_from, arrow_to
from crmlib.classroom.grading.handover_scalars import closed_side, get_zone, is_plain, period_frequency, plain_dtype, put_zone
from crmlib.classroom.grading.parcel import Reader, TooLarge, Writer, safe_kind
from crmlib.classroom.grading.wire import Garbage

MOST_COLUMNS, MOST_CELLS = 5_000, 20_000_000


def put_numpy(writer: Writer, values: np.ndarray) -> object:
    """An array of numpy's, of any shape."""
    if is_plain(values.dtype):
        if values.nbytes > MOST_CELLS * 8:
            raise TooLarge("too many numbers")
        dtype = values.dtype.newbyteorder("<")
        return {"t": "ndarray", "d": dtype.str, "s": list(values.shape), "p": writer.part(np.ascontiguousarray(values, dtype).tobytes())}
    if values.dtype.kind == "T":
        values = values.astype(object)
    if values.dtype.kind in "OUS":
        return {"t": "objects", "k": values.dtype.kind, "s": list(values.shape), "v": writer.put(_objects(values.ravel()))}
    return {"t": "unsendable", "k": "ndarray", "large": False}


class _Objects(list):
    """Cells that are words for the greater part, which go as Arrow."""


def _objects(values: np.ndarray) -> list:
    held = values.tolist()
    return _Objects(held) if len(held) > 50 and all(type(one) is str for one in held) else held


def _put_objects(writer: Writer, values: _Objects) -> object:
    try:
        return {"t": "words", "p": writer.part(arrow_to(pa.array(list(values), pa.large_string())))}
    except UnicodeEncodeError:
        return {"t": "list", "v": writer.several(list(values))}


def _get_numpy(reader: Reader, node: dict) -> np.ndarray:
    return np.frombuffer(reader.part(node["p"]), plain_dtype(node["d"])).reshape(_shape(node["s"])).copy()


def _get_objects(reader: Reader, node: dict) -> np.ndarray:
    held = reader.get(node["v"])
    if node["k"] not in ("O", "U", "S") or type(held) is not list:
        raise Garbage("This is no value.")
    if node["k"] != "O":
        if not all(isinstance(one, str if node["k"] == "U" else bytes) for one in held):
            raise Garbage("This is no value.")
        return np.array(held, dtype=node["k"]).reshape(_shape(node["s"]))
    values = np.empty(len(held), dtype=object)
    for place, one in enumerate(held):
        values[place] = one
    return values.reshape(_shape(node["s"]))


def _shape(sizes: object) -> tuple[int, ...]:
    if not isinstance(sizes, list) or len(sizes) > 32 or not all(type(one) is int and one >= 0 for one in sizes):
        raise Garbage("This is no value.")
    return tuple(sizes)


def _put_column(writer: Writer, values: object) -> object:
    """The values of a column or an index, without its labels."""
    dtype = values.dtype
    if isinstance(dtype, np.dtype):
        return put_numpy(writer, np.asarray(values))
    if isinstance(dtype, pd.StringDtype):
        words = pa.array(np.asarray(values.array, dtype=object), pa.large_string(), from_pandas=True)
        return {"t": "strings", "n": dtype.na_value is pd.NA, "b": dtype.storage == "python", "p": writer.part(arrow_to(words))}
    return writer.put(values.array if isinstance(values, (pd.Series, pd.Index)) else values)


def _put_extension(writer: Writer, values: pd.api.extensions.ExtensionArray) -> object:
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return {"t": "categorical", "c": _put_column(writer, pd.Series(values.codes)), "k": put_index(writer, values.categories),
                "o": bool(values.ordered)}  # fmt: skip
    if isinstance(dtype, pd.DatetimeTZDtype):
        return {"t": "zoned", "v": put_numpy(writer, values.tz_convert("UTC").tz_localize(None).to_numpy()), "z": put_zone(dtype.tz, None)}
    if isinstance(dtype, pd.PeriodDtype):
        return {"t": "periods", "v": put_numpy(writer, values.asi8), "f": pd.PeriodIndex(values).freqstr}
    if isinstance(dtype, pd.IntervalDtype):
        return {"t": "intervals", "l": put_index(writer, values.left), "r": put_index(writer, values.right), "c": values.closed}
    if isinstance(dtype, pd.SparseDtype):
        return {"t": "sparse", "v": put_numpy(writer, np.asarray(values)), "f": writer.put(dtype.fill_value)}
    if isinstance(dtype, pd.ArrowDtype):
        return {"t": "arrow", "p": writer.part(arrow_to(pa.chunked_array(values.__arrow_array__())))}
    if hasattr(values, "_mask"):
        return {"t": "masked", "v": put_numpy(writer, values._data), "m": put_numpy(writer, values._mask)}
    if isinstance(dtype, (pd.StringDtype, np.dtype)):
        return {"t": "array", "v": _put_column(writer, pd.Series(values))}
    return {"t": "unsendable", "k": safe_kind(type(values).__name__), "large": False}


def _get_strings(reader: Reader, node: dict) -> pd.api.extensions.ExtensionArray:
    dtype = pd.StringDtype("python" if node["b"] else "pyarrow", na_value=pd.NA if node["n"] else np.nan)
    return pd.array(_words(reader, node["p"]), dtype=dtype)


def _words(reader: Reader, part: object) -> list:
    words = arrow_from(reader.part(part))
    if words.type != pa.large_string():
        raise Garbage("This is no value.")
    return words.to_pylist()


def _get_categorical(reader: Reader, node: dict) -> pd.Categorical:
    codes = _array(reader, node["c"], "i")
    return pd.Categorical.from_codes(codes, categories=get_index(reader, node["k"]), ordered=node["o"] is True)


def _get_zoned(reader: Reader, node: dict) -> pd.api.extensions.ExtensionArray:
    return pd.DatetimeIndex(_array(reader, node["v"], "M")).tz_localize("UTC").tz_convert(get_zone(node["z"])).array


def _get_periods(reader: Reader, node: dict) -> pd.api.extensions.ExtensionArray:
    return pd.PeriodIndex.from_ordinals(_array(reader, node["v"], "i"), freq=period_frequency(node["f"])).array


def _get_intervals(reader: Reader, node: dict) -> pd.arrays.IntervalArray:
    return pd.arrays.IntervalArray.from_arrays(get_index(reader, node["l"]), get_index(reader, node["r"]), closed_side(node["c"]))


def _get_masked(reader: Reader, node: dict) -> pd.api.extensions.ExtensionArray:
    values, mask = _array(reader, node["v"], "biuf"), _array(reader, node["m"], "b")
    kinds = {"b": pd.arrays.BooleanArray, "f": pd.arrays.FloatingArray}
    return kinds.get(values.dtype.kind, pd.arrays.IntegerArray)(values, mask)


def _array(reader: Reader, node: object, kinds: str) -> np.ndarray:
    values = reader.get(node)
    if not isinstance(values, np.ndarray) or values.dtype.kind not in kinds or values.ndim != 1:
        raise Garbage("This is no value.")
    return values


def put_index(writer: Writer, index: pd.Index) -> object:
    """The labels of rows or columns."""
    if isinstance(index, pd.MultiIndex):
        levels = [put_index(writer, level) for level in index.levels]
        codes = [put_numpy(writer, np.asarray(one, dtype="int64")) for one in index.codes]
        return {"t": "MultiIndex", "l": levels, "c": codes, "n": writer.several(index.names)}
    if isinstance(index, pd.RangeIndex):
        return {"t": "RangeIndex", "v": [index.start, index.stop, index.step], "n": writer.put(index.name)}
    return {"t": "Index", "v": _put_column(writer, index), "n": writer.put(index.name)}


def get_index(reader: Reader, node: object) -> pd.Index:
    """The labels that :func:`put_index` wrote."""
    index = reader.get(node)
    if not isinstance(index, pd.Index):
        raise Garbage("This is no value.")
    return index


def _get_multi(reader: Reader, node: dict) -> pd.MultiIndex:
    codes = [_array(reader, one, "i") for one in node["c"]]
    return pd.MultiIndex([get_index(reader, one) for one in node["l"]], codes, names=reader.several(node["n"]), verify_integrity=True)


def _get_range(reader: Reader, node: dict) -> pd.RangeIndex:
    start, stop, step = node["v"]
    if not all(type(one) is int for one in (start, stop, step)) or len(range(start, stop, step)) > MOST_CELLS:
        raise Garbage("This is no value.")
    return pd.RangeIndex(start, stop, step, name=reader.get(node["n"]))


def _get_index(reader: Reader, node: dict) -> pd.Index:
    values = _column(reader, node["v"])
    return pd.Index(values, dtype=values.dtype, name=reader.get(node["n"]), tupleize_cols=False)


def _column(reader: Reader, node: object) -> Sequence:
    values = reader.get(node)
    if isinstance(values, np.ndarray) and values.ndim == 1 or isinstance(values, pd.api.extensions.ExtensionArray):
        return values
    raise Garbage("This is no value.")


def _put_series(writer: Writer, value: pd.Series) -> object:
    plain = _plain(value, pd.Series)
    name = writer.put(object.__getattribute__(value, "_name"))
    return {"t": "Series", "v": _put_column(writer, plain), "i": put_index(writer, plain.index), "n": name}


def _put_frame(writer: Writer, value: pd.DataFrame) -> object:
    plain = _plain(value, pd.DataFrame)
    if plain.shape[1] > MOST_COLUMNS:
        raise TooLarge("too many columns")
    columns = [_put_column(writer, plain.iloc[:, place]) for place in range(plain.shape[1])]
    return {"t": "DataFrame", "v": columns, "c": put_index(writer, plain.columns), "i": put_index(writer, plain.index)}


def _plain(value, base: type):
    """The table itself, without what a class of the learner's own adds or hides, and without notes, which every copy would copy."""
    manager = object.__getattribute__(value, "_mgr")
    return base._from_mgr(manager, axes=manager.axes).copy(deep=False)


def _get_series(reader: Reader, node: dict) -> pd.Series:
    values = _column(reader, node["v"])
    return pd.Series(values, index=get_index(reader, node["i"]), dtype=values.dtype, name=reader.get(node["n"]), copy=False)


def _get_frame(reader: Reader, node: dict) -> pd.DataFrame:
    index, columns = get_index(reader, node["i"]), get_index(reader, node["c"])
    series = [_column(reader, one) for one in node["v"]]
    if len(columns) != len(series) or len(series) > MOST_COLUMNS or any(len(one) != len(index) for one in series):
        raise Garbage("This is no value.")
    held = {place: pd.Series(one, index=index, dtype=one.dtype, copy=False) for place, one in enumerate(series)}
    frame = pd.DataFrame(held, index=index)
    frame.columns = columns
    return frame


def put_polars(writer: Writer, value: object) -> object | None:
    """A table or column of polars; None for anything else."""
    polars = sys.modules["polars"]
    if isinstance(value, polars.DataFrame):
        return {"t": "polars", "s": False, "p": writer.part(arrow_to(value.to_arrow()))}
    if isinstance(value, polars.Series):
        return {"t": "polars", "s": True, "p": writer.part(arrow_to(polars.DataFrame([value]).to_arrow()))}
    return None


def _get_polars(reader: Reader, node: dict):
    import polars

    frame = polars.from_arrow(arrow_from(reader.part(node["p"]), whole=True))
    return frame.to_series() if node["s"] is True else frame


WRITERS = {
    _Objects: _put_objects, pd.DataFrame: _put_frame, pd.Series: _put_series, pd.Index: put_index,
    pd.api.extensions.ExtensionArray: _put_extension,
}  # fmt: skip

READERS = {
    "ndarray": _get_numpy, "objects": _get_objects, "words": lambda reader, node: _words(reader, node["p"]), "strings": _get_strings,
    "categorical": _get_categorical, "zoned": _get_zoned, "periods": _get_periods, "intervals": _get_intervals, "masked": _get_masked,
    "sparse": lambda reader, node: pd.arrays.SparseArray(_array(reader, node["v"], "biuf"), fill_value=reader.get(node["f"])),
    "arrow": lambda reader, node: pd.arrays.ArrowExtensionArray(arrow_from(reader.part(node["p"]))),
    "array": lambda reader, node: pd.array(_column(reader, node["v"])),
    "MultiIndex": _get_multi, "RangeIndex": _get_range, "Index": _get_index, "Series": _get_series, "DataFrame": _get_frame,
    "polars": _get_polars,
}  # fmt: skip
