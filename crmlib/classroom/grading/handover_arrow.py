"""Arrow IPC from a process that is not trusted: known types only, and every buffer checked before anybody looks into it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.types as kinds

from crmlib.classroom.grading.wire import Garbage

_SINGLE = (
    kinds.is_null, kinds.is_boolean, kinds.is_integer, kinds.is_floating, kinds.is_decimal, kinds.is_string, kinds.is_large_string,
    kinds.is_binary, kinds.is_large_binary, kinds.is_fixed_size_binary, kinds.is_date, kinds.is_time, kinds.is_timestamp, kinds.is_duration,
    kinds.is_string_view, kinds.is_binary_view,
)  # fmt: skip
_NESTED = (
    kinds.is_list, kinds.is_large_list, kinds.is_fixed_size_list, kinds.is_struct, kinds.is_map, kinds.is_dictionary,
)  # fmt: skip
_COLUMN = "v"


def arrow_to(values: pa.Array | pa.ChunkedArray | pa.Table) -> bytes:
    """One column, or a whole table, as an IPC stream."""
    table = values if isinstance(values, pa.Table) else pa.table({_COLUMN: values})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema.remove_metadata()) as stream:
        stream.write_table(table.replace_schema_metadata())
    return sink.getvalue().to_pybytes()


def arrow_from(raw: bytes, *, whole: bool = False) -> pa.ChunkedArray | pa.Table:
    """The column, or with `whole` the table, of an IPC stream.

    Raises
    ------
    Garbage
        It is none, holds a type that is not known here, or does not agree with itself.
    """
    try:
        with pa.ipc.open_stream(pa.py_buffer(raw), options=pa.ipc.IpcReadOptions(use_threads=False)) as stream:
            if not all(_is_known(field.type) for field in stream.schema):
                raise Garbage("This is no value.")
            table = stream.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Garbage("This is no value.") from error
    if whole:
        return table
    if table.num_columns != 1:
        raise Garbage("This is no value.")
    return table.column(0)


def _is_known(kind: pa.DataType) -> bool:
    if any(holds(kind) for holds in _SINGLE):
        return True
    if kinds.is_dictionary(kind):
        return _is_known(kind.value_type)
    return any(holds(kind) for holds in _NESTED) and all(_is_known(kind.field(place).type) for place in range(kind.num_fields))
