"""What is handed out of a learner's process: the same value comes out at the other end, or its kind, and nothing runs on the way."""

from __future__ import annotations

import collections
import datetime as dt
import enum
import functools
import inspect
import json
import math
import re
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.extra import pandas as hpd
from matplotlib.figure import Figure

from crmlib.classroom import marking as mark
from crmlib.classroom.ask_function import names_outside
from crmlib.classroom.drawing import axes_of, describe
from crmlib.classroom.grading import wire
from crmlib.classroom.grading.handed import LeftOver, handed_error
from crmlib.classroom.grading.handover import Garbage, HandedFunction, Message, Unsendable, decode, encode
from crmlib.classroom.hints import Lost
from crmlib.i18n import use_language

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def handed(value: object) -> object:
    """`value` as it arrives, by way of the bytes that are sent."""
    message = encode(value)
    return decode(Message(json.loads(json.dumps(message.head).encode("utf-8", "surrogatepass")), message.parts))


def alike(one: object, other: object) -> bool:
    """Same type and same value; what is not a number is like itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return repr(one) == repr(other)
    if isinstance(one, complex):
        return alike(one.real, other.real) and alike(one.imag, other.imag)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return all(map(alike, one, other)) and all(map(alike, one.values(), other.values())) and len(one) == len(other)
    if isinstance(one, np.generic):
        return one.dtype == other.dtype and one.tobytes() == other.tobytes()
    return one is other or one == other


single = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(min_value=10**300, max_value=10**310), st.floats(), st.complex_numbers(),
    st.text(st.characters()), st.binary(max_size=50), st.decimals(allow_nan=False), st.fractions(), st.dates(), st.times(), st.timedeltas(),
    st.datetimes(), st.datetimes(timezones=st.timezones()), st.just(...), st.just(pd.NaT), st.just(pd.NA),
    hnp.from_dtype(np.dtype("float32")), hnp.from_dtype(np.dtype("int16")), hnp.from_dtype(np.dtype("bool")),
    st.datetimes(min_value=dt.datetime(1700, 1, 1), max_value=dt.datetime(2200, 1, 1)).map(pd.Timestamp),
    st.integers(-1000, 1000).map(lambda days: pd.Timedelta(days=days)),
)  # fmt: skip
nested = st.recursive(
    single,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.tuples(inner, inner), st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)


@quick
@given(nested)
def test_a_value_arrives_as_it_was(value) -> None:
    assert alike(handed(value), value)


@quick
@given(st.frozensets(st.integers() | st.text(max_size=3), max_size=6))
def test_sets_and_views_arrive_as_they_were(members) -> None:
    for value in (members, set(members), dict.fromkeys(members, 1).keys(), range(len(members), 20, 3)):
        assert type(handed(value)) is type(value)
        assert handed(value) == value
    for view in (dict.fromkeys(members, 1).keys(), dict.fromkeys(members, 1).items()):
        assert list(handed(view)) == list(view)


@quick
@given(hnp.arrays(st.one_of(hnp.scalar_dtypes(), hnp.unicode_string_dtypes(max_len=4)), hnp.array_shapes(max_dims=3, max_side=4)))
def test_arrays_arrive_as_they_were(values) -> None:
    if values.dtype.kind == "U" and not all(one.isprintable() for one in values.ravel()):
        values = np.char.replace(values, "\ud800", "?")
    arrived = handed(values)
    assert (arrived.shape, arrived.dtype.kind) == (values.shape, values.dtype.kind)
    np.testing.assert_array_equal(arrived, values)


columns = [
    hpd.column("whole", dtype=np.int64), hpd.column("part", dtype=np.float64), hpd.column("yes", dtype=np.bool_),
    hpd.column("word", elements=st.text(st.characters(codec="utf-8"), max_size=4)),
    hpd.column("any", elements=st.one_of(st.none(), st.integers(-5, 5), st.text("ab", max_size=2)), dtype=object),
    hpd.column("day", dtype="datetime64[ns]"),
]  # fmt: skip


@quick
@given(hpd.data_frames(columns, index=hpd.range_indexes(max_size=6)))
def test_frames_arrive_as_they_were(frame) -> None:
    pd.testing.assert_frame_equal(handed(frame), frame)
    grouped = frame.set_index(["word", "yes"])[["part"]]
    pd.testing.assert_frame_equal(handed(grouped), grouped)


SERIES = [
    pd.Series(["a", None, "中文"], dtype="string"), pd.Series(["a", None], dtype=pd.StringDtype("python", na_value=np.nan)),
    pd.Series(["a", "b", "a"], dtype="category"), pd.Series(pd.Categorical(["x", "y"], categories=["y", "x", "z"], ordered=True)),
    pd.Series([1, None, 3], dtype="Int8"), pd.Series([0.5, None], dtype="Float32"), pd.Series([True, None], dtype="boolean"),
    pd.Series(pd.date_range("2026-03-28", periods=3, tz="Europe/Paris")), pd.Series(pd.to_datetime(["2026-01-01", None])),
    pd.Series(pd.date_range("2026-01-01", periods=2, tz="UTC", unit="s")), pd.Series(pd.period_range("2026-01", periods=3, freq="M")),
    pd.Series(pd.timedelta_range("1h", periods=2)), pd.cut(pd.Series([1.0, 5.0, 9.0]), 3), pd.Series(pd.arrays.SparseArray([0, 0, 7])),
    pd.Series([1, 2], dtype="int64[pyarrow]"), pd.Series([["a"], []], dtype=pd.ArrowDtype(pa.list_(pa.string()))),
    pd.Series([Decimal("1.10"), None], dtype=pd.ArrowDtype(pa.decimal128(5, 2))), pd.Series([1, "a", None, (2, 3), 1.5], dtype=object),
    pd.Series([[1, 2], {"a": 1}]), pd.Series(["w"] * 60 + ["\ud800"], dtype=object), pd.Series([], dtype=float), pd.Series([1 + 2j]),
    pd.Series({"b": 1, "a": 2}, name=("two", "names")), pd.Series([1.0], index=pd.Index([dt.date(2026, 1, 1)], name="day")),
    pd.Series([1, 2], index=pd.IntervalIndex.from_breaks([0, 1, 2], closed="left")),
    pd.Series([1, 2], index=pd.MultiIndex.from_tuples([("a", pd.Timestamp("2026-01-01")), ("b", pd.NaT)], names=["k", None])),
    pd.Series(range(3), index=pd.RangeIndex(9, 0, -3, name="place")), pd.Series([1, 2], index=[("a", "b"), "c"]),
]  # fmt: skip


@pytest.mark.parametrize("values", SERIES, ids=lambda values: str(values.dtype))
def test_every_kind_of_column_and_index_arrives(values) -> None:
    pd.testing.assert_series_equal(handed(values), values, check_freq=False)
    pd.testing.assert_index_equal(handed(values.index), values.index)
    if isinstance(values.dtype, pd.api.extensions.ExtensionDtype):
        assert handed(values.array).equals(values.array)


def test_polars_arrives() -> None:
    frame = pl.DataFrame(
        {"a": [1, None], "b": ["x", "y"], "c": [dt.date(2026, 1, 1)] * 2, "d": pl.Series(["k", "k"], dtype=pl.Categorical)}
    )
    assert handed(frame).equals(frame)
    assert handed(frame["a"]).equals(frame["a"])
    assert type(handed(frame.lazy())).__name__ == "LazyFrame"


class Sly(float):
    """A number that says yes to everything."""

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__

    def __float__(self):
        return 0.8


class SlyFrame(pd.DataFrame):
    """A table that shows others other columns."""

    @property
    def columns(self):
        return pd.Index(["revenue"])

    def copy(self, *arguments, **options):
        raise RuntimeError


class Colour(enum.IntEnum):
    """A number with a name."""

    RED = 3


def test_a_subclass_goes_as_what_it_is_made_of() -> None:
    assert type(handed(Sly(0.5))) is float
    assert handed(Sly(0.5)) == 0.5
    assert type(handed(Colour.RED)) is int
    assert type(handed(collections.Counter("aab"))) is dict
    assert handed(collections.OrderedDict(a=1)) == {"a": 1}
    assert type(handed(collections.namedtuple("Pair", "a b")(1, 2))) is tuple
    sly = SlyFrame({"a": [1, 2]})
    assert type(handed(sly)) is pd.DataFrame
    assert list(handed(sly).columns) == ["a"]
    noted = pd.Series([1], name="own")
    noted.attrs["note"] = object()
    assert (handed(noted).name, handed(noted).attrs) == ("own", {})


def test_what_can_be_gone_through_once_is_gone_through() -> None:
    arrived = handed(number for number in (1, 2))
    assert type(arrived).__name__ == "generator"
    assert list(arrived) == [1, 2]
    assert list(handed(zip("ab", (1, 2), strict=True))) == [("a", 1), ("b", 2)]
    assert list(arrived) == []
    assert type(handed(number for number in iter(int, 1))).__name__ == "generator"
    again = handed(collections.deque("ab"))
    assert list(again) == list(again) == ["a", "b"]
    assert handed(collections.ChainMap({"a": 1}, {"b": 2})) == {"a": 1, "b": 2}
    ((name, group),) = handed(pd.DataFrame({"a": [1]}).groupby("a"))
    assert (name, group.shape) == (1, (1, 1))


@pytest.mark.parametrize("value", [object(), math, int, pd.DataFrame({"a": [1]}).style, re.compile("a"), Figure(), np.dtype("i4")])
def test_of_anything_else_the_kind_is_told_as_if_it_were_here(value) -> None:
    arrived = handed(value)
    assert isinstance(arrived, Unsendable)
    use_language("en")
    for ask in (mark.number, mark.text, mark.series, mark.frame, mark.mapping, mark.items, mark.function, mark.figure):
        said = []
        for answer in (value, arrived):
            with mark.answering({"answer": answer}):
                try:
                    said.append(f"answered {ask('answer')!r}"[:8])
                except Lost as lost:
                    said.append(str(lost))
        assert said[0] == said[1]


def test_what_is_too_large_or_holds_itself_is_told_so() -> None:
    use_language("en")
    endless: list = []
    endless.append(endless)
    deep: list = []
    for _level in range(500):
        deep = [deep]
    for value in (endless, deep, list(range(1_000_000)), "x" * 20_000_000, np.zeros(30_000_000), 1 << 2_000_000):
        with mark.answering({"answer": handed(value)}), pytest.raises(Lost) as lost:
            mark.items("answer")
        assert lost.value.hint == "too-large"
        assert type(value).__name__ in str(lost.value)


def test_a_figure_goes_as_what_it_shows() -> None:
    figure = Figure()
    ax = figure.subplots()
    ax.plot([0, 1], [0, math.nan], label="curve")
    ax.scatter([1, 2], [3, 4])
    ax.bar(["A", "B"], [3, 1])
    ax.set(title="Pareto", xlabel="rank", ylabel="share")
    for value in (figure, ax, [ax], np.array([[ax]]), ax.lines[0], ax.containers[0]):
        assert repr(handed(value)) == repr(describe(axes_of(value)))


def test_a_function_is_called_where_it_is() -> None:
    kept = []

    def back(number, given, named):
        kept.append(number)
        return handed(functions[number](*handed(given), **handed(named)))

    functions = []
    outside = [3]

    def margin(price, cost=0, *, rate: float = 1.0):
        return (price - cost) * rate + len(outside)

    for function in (margin, functools.partial(margin, 5), max, Sly(1.0).hex):
        functions.clear()
        message = encode({"f": function}, register=lambda one: functions.append(one) or len(functions) - 1)
        arrived = decode(message, call=back)["f"]
        assert isinstance(arrived, HandedFunction)
        assert type(arrived).__name__ == type(function).__name__
        assert list(arrived.names_outside) == names_outside(function)
    functions[:] = [margin]
    arrived = decode(encode(margin, register=lambda one: 0), call=back)
    assert [one.name for one in inspect.signature(arrived).parameters.values()] == ["price", "cost", "rate"]
    assert arrived(8, 5, rate=2) == margin(8, 5, rate=2)
    with mark.answering({"margin": arrived}):
        assert mark.function("margin", args=["price", "cost"])(8, 5) == margin(8, 5)
        with pytest.raises(Lost):
            mark.function("margin", args=3)
    assert type(handed(margin)).__name__ == "function"


def failing_with(error: Exception):
    """A function that fails so."""

    def fail(_value):
        raise error

    return fail


@pytest.mark.parametrize(
    "error",
    [ValueError("too low"), KeyError("revenue"), TypeError("unsupported operand type(s) for +: 'int' and 'str'"), ZeroDivisionError("by 0"),
     NameError("name 'totl' is not defined", name="totl"), NameError("name '____' is not defined", name="____"), IndexError(),
     OSError(2, "no"),
     UnicodeDecodeError("utf-8", b"x", 0, 1, "bad"), pd.errors.MergeError("keys"), StopIteration(3), RuntimeError("a\nb")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_what_a_function_raises_gives_the_same_hint_as_here(error) -> None:
    use_language("en")
    told = []
    bases = [base.__name__ for base in type(error).__mro__]
    for raised in (error, handed_error(type(error).__name__, str(error), bases, getattr(error, "name", None))):
        assert (type(raised).__name__, str(raised)) == (type(error).__name__, str(error))
        with mark.answering({"f": failing_with(raised)}), pytest.raises(Lost) as lost:
            mark.function("f")(1)
        told.append(str(lost.value))
    assert told[0] == told[1]


def test_what_is_left_over_gets_its_own_hint() -> None:
    with mark.answering({"share": decode(Message({"value": {"t": "left-over"}}))}), pytest.raises(Lost) as lost:
        mark.number("share")
    assert isinstance(decode(Message({"value": {"t": "left-over"}})), LeftOver)
    assert lost.value.hint == "left-over"


def test_a_random_generator_goes_with_its_state() -> None:
    rng = np.random.default_rng(5)
    rng.random(3)
    assert handed(rng).random() == rng.random()


GARBAGE = [
    {}, {"value": []}, {"value": {"t": "pickle", "v": "x"}}, {"value": {"t": "ndarray", "d": "|O", "s": [1], "p": 0}},
    {"value": {"t": "ndarray", "d": "<f8", "s": [-1], "p": 0}}, {"value": {"t": "ndarray", "d": "<f8", "s": [10**12], "p": 0}},
    {"value": {"t": "words", "p": 0}}, {"value": {"t": "polars", "s": True, "p": 0}}, {"value": {"t": "words", "p": 99}},
    {"value": {"t": "RangeIndex", "v": [0, 10**18, 1], "n": None}}, {"value": {"t": "function", "v": 0, "k": "f", "p": None, "o": []}},
    {"value": {"t": "datetime", "v": [2026, 1, 1], "z": "../../etc/passwd", "f": 0}}, {"value": {"t": "Period", "v": 1, "f": "__import__"}},
    {"value": {"t": "categorical", "c": {"t": "ndarray", "d": "|i1", "s": [8], "p": 0}, "k": {"t": "RangeIndex", "v": [0, 1, 1], "n": None},
               "o": False}},
    {"value": {"t": "MultiIndex", "l": [], "c": [], "n": []}}, {"value": {"t": "int", "v": "0x" + "z"}},
    {"value": functools.reduce(lambda inner, _level: {"t": "list", "v": [inner]}, range(200), 1)},
]  # fmt: skip


@pytest.mark.parametrize("head", GARBAGE, ids=range(len(GARBAGE)))
def test_nonsense_is_refused(head) -> None:
    with pytest.raises(Garbage):
        decode(Message(head, [b"\x07" * 8]))


@quick
@given(st.data())
def test_a_message_that_was_tampered_with_is_read_or_refused(data) -> None:
    message = encode(pd.DataFrame({"a": pd.Series(["x", None, "zz"], dtype="string"), "b": [1, 2, 3]}))
    raw = bytearray(message.parts[0])
    for _change in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        arrived = decode(Message(message.head, [bytes(raw), *message.parts[1:]]))
    except Garbage:
        return
    assert type(arrived) is pd.DataFrame


def test_messages_keep_their_limits() -> None:
    with pytest.raises(Garbage):
        wire.send(None, {"value": "x" * (wire.MOST_HEAD + 1)})
