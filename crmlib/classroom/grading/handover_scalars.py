"""Handing over single values: numbers of every kind, words, dates, what is missing."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from crmlib.classroom.grading.parcel import Reader, TooLarge, Writer, safe_kind
from crmlib.classroom.grading.wire import Garbage

MOST_BITS = 1_000_000
_PLAIN_DTYPE = re.compile(r"[<>|=](?:[?biufc]\d*|[mM]8(?:\[\d*(?:Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as|generic)\])?)")
_ZONE = re.compile(r"[A-Za-z0-9_+\-]+(?:/[A-Za-z0-9_+\-]+){0,3}")
_PERIOD = re.compile(r"[A-Za-z0-9\-]{1,20}")
_GENERATORS = {"PCG64": np.random.PCG64, "PCG64DXSM": np.random.PCG64DXSM}


def plain_dtype(name: object) -> np.dtype:
    """A numpy type of plain numbers, truth values or dates, by its name."""
    if not isinstance(name, str) or not _PLAIN_DTYPE.fullmatch(name):
        raise Garbage("This is no value.")
    return np.dtype(name)


def is_plain(dtype: np.dtype) -> bool:
    """Whether a numpy type can be handed over as its bytes."""
    return dtype.kind in "biufcmM"


def _put_int(writer: Writer, value: int) -> object:
    plain = int.__int__(value)
    if plain.bit_length() > MOST_BITS:
        raise TooLarge("a number of too many digits")
    return writer.put(plain) if abs(plain) < 2**53 else {"t": "int", "v": writer.words(hex(plain))}


def _put_float(writer: Writer, value: float) -> object:
    plain = float.__float__(value)
    return plain if plain - plain == 0 else {"t": "float", "v": repr(plain)}


def _put_complex(_writer: Writer, value: complex) -> object:
    plain = complex.__complex__(value)
    return {"t": "complex", "v": [repr(plain.real), repr(plain.imag)]}


def _put_str(writer: Writer, value: str) -> object:
    plain = str.__str__(value)
    writer.words(plain)
    try:
        plain.encode("utf-8")
    except UnicodeEncodeError:
        return {"t": "str", "v": plain.encode("utf-32-le", "surrogatepass").hex()}
    return plain


def _put_bytes(writer: Writer, value: bytes) -> object:
    return {"t": "bytes", "p": writer.part(bytes.__getitem__(value, slice(None)))}


def _put_bytearray(writer: Writer, value: bytearray) -> object:
    return {"t": "bytearray", "p": writer.part(bytes(memoryview(value)))}


def _put_decimal(writer: Writer, value: Decimal) -> object:
    return {"t": "decimal", "v": writer.words(Decimal.__str__(value))}


def _put_fraction(writer: Writer, value: Fraction) -> object:
    return {"t": "fraction", "v": writer.several([value.numerator, value.denominator])}


def put_zone(zone: dt.tzinfo | None, moment: dt.datetime | None = None) -> object:
    """A time zone: its name, or how many seconds it is from UTC."""
    if zone is None:
        return None
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    if isinstance(name, str) and _ZONE.fullmatch(name):
        return str.__str__(name)
    away = zone.utcoffset(moment)
    return 0.0 if away is None else away.total_seconds()


def get_zone(node: object) -> dt.tzinfo | None:
    """The time zone that :func:`put_zone` wrote."""
    if node is None:
        return None
    if isinstance(node, str) and _ZONE.fullmatch(node):
        return dt.timezone.utc if node == "UTC" else ZoneInfo(node)
    return dt.timezone(dt.timedelta(seconds=float(node)))


def _put_datetime(_writer: Writer, value: dt.datetime) -> object:
    fields = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    return {"t": "datetime", "v": fields, "z": put_zone(value.tzinfo, value), "f": value.fold}


def _put_date(_writer: Writer, value: dt.date) -> object:
    return {"t": "date", "v": [value.year, value.month, value.day]}


def _put_time(_writer: Writer, value: dt.time) -> object:
    return {"t": "time", "v": [value.hour, value.minute, value.second, value.microsecond], "z": put_zone(value.tzinfo)}


def _put_delta(_writer: Writer, value: dt.timedelta) -> object:
    return {"t": "timedelta", "v": [value.days, value.seconds, value.microseconds]}


def _put_numpy(_writer: Writer, value: np.generic) -> object:
    if not is_plain(value.dtype):
        return {"t": "unsendable", "k": safe_kind(type(value).__name__), "large": False}
    return {"t": "np", "d": value.dtype.str, "v": value.tobytes().hex()}


def _put_timestamp(_writer: Writer, value: pd.Timestamp) -> object:
    moment = value.to_datetime64()
    return {"t": "Timestamp", "d": moment.dtype.str, "v": int(moment.astype("int64")), "z": put_zone(value.tzinfo, value)}


def _put_timedelta(_writer: Writer, value: pd.Timedelta) -> object:
    span = value.to_timedelta64()
    return {"t": "Timedelta", "d": span.dtype.str, "v": int(span.astype("int64"))}


def _put_period(_writer: Writer, value: pd.Period) -> object:
    return {"t": "Period", "v": int(value.ordinal), "f": value.freqstr}


def _put_interval(writer: Writer, value: pd.Interval) -> object:
    return {"t": "Interval", "v": writer.several([value.left, value.right]), "c": value.closed}


def put_generator(writer: Writer, value: np.random.Generator) -> object:
    """A random generator, in the state that it is in."""
    kind = type(value.bit_generator).__name__
    if kind not in _GENERATORS:
        return {"t": "unsendable", "k": "Generator", "large": False}
    return {"t": "generator", "k": kind, "v": writer.put(value.bit_generator.state)}


def _get_int(reader: Reader, node: dict) -> int:
    digits = reader.words(node["v"])
    if len(digits) > MOST_BITS // 4 + len("-0x"):
        raise Garbage("This value is too large.")
    return int(digits, 16)


def _get_decimal(reader: Reader, node: dict) -> Decimal:
    return Decimal(reader.words(node["v"]))


def _get_numpy(reader: Reader, node: dict) -> np.generic:
    return np.frombuffer(bytes.fromhex(reader.words(node["v"])), plain_dtype(node["d"]), 1)[0]


def _get_datetime(_reader: Reader, node: dict) -> dt.datetime:
    return dt.datetime(*node["v"], tzinfo=get_zone(node["z"]), fold=node["f"])


def _get_timestamp(_reader: Reader, node: dict) -> pd.Timestamp:
    moment = pd.Timestamp(np.int64(node["v"]).view(_dated(node["d"], "M")))
    zone = get_zone(node["z"])
    return moment if zone is None else moment.tz_localize("UTC").tz_convert(zone)


def _get_timedelta(_reader: Reader, node: dict) -> pd.Timedelta:
    return pd.Timedelta(np.int64(node["v"]).view(_dated(node["d"], "m")))


def _dated(name: object, kind: str) -> np.dtype:
    dtype = plain_dtype(name)
    if dtype.kind != kind:
        raise Garbage("This is no value.")
    return dtype


def _get_period(_reader: Reader, node: dict) -> pd.Period:
    return pd.Period(ordinal=int(node["v"]), freq=period_frequency(node["f"]))


def period_frequency(name: object) -> str:
    """The frequency of a period, if it is a name of one."""
    if not isinstance(name, str) or not _PERIOD.fullmatch(name):
        raise Garbage("This is no value.")
    return name


def closed_side(name: object) -> str:
    """Which ends belong to an interval."""
    if name not in ("left", "right", "both", "neither"):
        raise Garbage("This is no value.")
    return str(name)


def _get_generator(reader: Reader, node: dict) -> np.random.Generator:
    bits = _GENERATORS[node["k"]](0)
    bits.state = reader.get(node["v"])
    return np.random.Generator(bits)


WRITERS = {
    bool: lambda _writer, value: value is True, type(None): lambda _writer, value: None, type(...): lambda _writer, value: {"t": "..."},
    int: _put_int, float: _put_float, complex: _put_complex, str: _put_str, bytes: _put_bytes, bytearray: _put_bytearray,
    Decimal: _put_decimal, Fraction: _put_fraction, dt.datetime: _put_datetime, dt.date: _put_date, dt.time: _put_time,
    dt.timedelta: _put_delta, np.generic: _put_numpy, pd.Timestamp: _put_timestamp, pd.Timedelta: _put_timedelta,
    pd.Period: _put_period, pd.Interval: _put_interval,
    type(pd.NaT): lambda _writer, value: {"t": "NaT"}, type(pd.NA): lambda _writer, value: {"t": "NA"},
}  # fmt: skip

READERS = {
    "...": lambda _reader, node: ..., "NaT": lambda _reader, node: pd.NaT, "NA": lambda _reader, node: pd.NA,
    "int": _get_int,
    "float": lambda reader, node: float(reader.words(node["v"])),
    "complex": lambda _reader, node: complex(*map(float, node["v"])),
    "str": lambda reader, node: bytes.fromhex(reader.words(node["v"])).decode("utf-32-le", "surrogatepass"),
    "bytes": lambda reader, node: reader.part(node["p"]),
    "bytearray": lambda reader, node: bytearray(reader.part(node["p"])),
    "decimal": _get_decimal,
    "fraction": lambda reader, node: Fraction(*map(int, reader.several(node["v"]))),
    "datetime": _get_datetime,
    "date": lambda _reader, node: dt.date(*node["v"]),
    "time": lambda _reader, node: dt.time(*node["v"], tzinfo=get_zone(node["z"])),
    "timedelta": lambda _reader, node: dt.timedelta(*node["v"]),
    "np": _get_numpy, "Timestamp": _get_timestamp, "Timedelta": _get_timedelta, "Period": _get_period,
    "Interval": lambda reader, node: pd.Interval(*reader.several(node["v"]), closed=closed_side(node["c"])),
    "generator": _get_generator,
}  # fmt: skip
