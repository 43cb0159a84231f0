"""Whatever lies in a file: it is refused in a sentence, or every one of its rows is accounted for. Nothing else ever happens."""

import contextlib
import csv
import io
import shutil
import sqlite3
import tempfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import i18n
from crmlib.company.company import Company
from crmlib.company.importing import ImportReport, import_files
from crmlib.company.schema import TABLES


def _printable(text):
    return "".join(letter for letter in text if letter.isprintable())


ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "latin-1", "big5"])
HEADINGS = st.sampled_from([column.name for column in TABLES["customers"].columns] + [column.zh for column in TABLES["waybills"].columns] +
                           ["", "金额", "运费(万元)", "重量(磅)", "备注", "id", "id", "增长(%)", "=A1", "\t"]) | st.text(max_size=6)  # fmt: skip
CELLS = st.sampled_from(["", "-", "合计", "C1", "W1", "1e400", "-0", "12%", "1,234.5", "2024-02-30", "2024/3/5 25:00", "0000-00-00", "是",
                         "east", "٣", "99999999999999999999", "9999-12-31", "2024-03-05T08:00:00+99:00",
                         '"', "a,b", "a\nb", "￥1.2万", "1_0", "nan",
                         "infinity", "20240305", "00:00", "上午", "2024年2月30日"]) | st.text(max_size=8)  # fmt: skip
GRIDS = st.lists(st.lists(CELLS, max_size=6), max_size=12)
NAMES = st.sampled_from(["customers", "运单表", "data", "客户 2026"])


@pytest.fixture(autouse=True, params=["en", "zh"])
def language(request):
    before = i18n.language()
    i18n.use_language(request.param)
    yield
    i18n.use_language(before)


@contextlib.contextmanager
def _folder():
    place = Path(tempfile.mkdtemp())
    try:
        yield place
    finally:
        shutil.rmtree(place)


def _encoded(text, encoding):
    return text.encode(encoding, errors="replace")


def _csv(rows, separator=","):
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue()


def _told(work):
    """What `work` gives, or None where it refuses in a sentence."""
    try:
        return work()
    except ValueError as refusal:
        assert type(refusal) is ValueError and str(refusal) and "Traceback" not in str(refusal)
        return None


def _likeliest(question):
    return question.default


def _import(files, folder, ask=_likeliest):
    """Every row of every file is in a table or told to be dropped, and the mapping makes the same of the files again."""
    report = _told(lambda: import_files(files, folder / "out", ask=ask))
    if report is None:
        assert not (folder / "out").exists()
        return None
    assert isinstance(report, ImportReport) and report.summary()
    accounts = report.accounts
    assert (accounts["rows"] == accounts.headings + accounts.kept + accounts.dropped).all()
    assert report.lines.loc[report.lines.what == "dropped", "count"].sum() == accounts.dropped.sum()
    for table, part in accounts[accounts.table != ""].groupby("table"):
        assert len(pd.read_parquet(report.out / f"{table}.parquet")) == part.kept.sum()
    again = import_files(files, folder / "again", mapping=report.mapping)
    assert again.accounts.equals(accounts)
    return report


def _open(place):
    """The firm without checks, its report in words, and the same refusal when checks are on."""
    firm = _told(lambda: Company.open(place, check=False))
    if firm is None:
        return None
    report = firm.validate()
    assert report.summary() and (report.table.problem.str.len() > 0).all() and (report.table.mend.str.len() > 0).all()
    checked = _told(lambda: Company.open(place))
    assert (checked is not None) == report.ok
    return firm


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400), name=NAMES, ending=st.sampled_from([".csv", ".xlsx", ".parquet", ".tsv"]))
def test_any_bytes(data, name, ending):
    with _folder() as folder:
        (folder / "in").mkdir()
        file = folder / "in" / f"{name}{ending}"
        file.write_bytes(data)
        _import([file], folder)
        _open(folder / "in")
        (folder / f"firm{ending if ending == '.xlsx' else '.db'}").write_bytes(data)
        _open(folder / f"firm{ending if ending == '.xlsx' else '.db'}")
        (folder / "firm.duckdb").write_bytes(data)
        _open(folder / "firm.duckdb")


@settings(max_examples=100, deadline=None)
@given(head=st.lists(HEADINGS, max_size=6), known=st.booleans(), body=GRIDS, name=NAMES, encoding=ENCODINGS,
       separator=st.sampled_from(",;\t"), person=st.randoms(use_true_random=False))  # fmt: skip
def test_any_text_table(head, known, body, name, encoding, separator, person):
    with _folder() as folder:
        (folder / "in").mkdir()
        file = folder / "in" / f"{name}.csv"
        head = ["客户编号", "运费", *head] if known else head
        file.write_bytes(_encoded(_csv([head, *body], separator), encoding))
        _import([file], folder, ask=lambda question: person.choice(question.choices))
        _open(folder / "in")


@settings(max_examples=60, deadline=None)
@given(body=GRIDS, cuts=st.lists(st.integers(0, 300), max_size=3), encodings=st.lists(ENCODINGS, min_size=2, max_size=2))
def test_files_joined_from_two_encodings_cut_anywhere(body, cuts, encodings):
    head = _csv([[column.zh for column in TABLES["customers"].columns]])
    data = _encoded(head, encodings[0]) + _encoded(_csv(body), encodings[1])
    for cut in cuts:
        data = data[:cut] + data[cut + 1 :]
    with _folder() as folder:
        (folder / "in").mkdir()
        (folder / "in" / "customers.csv").write_bytes(data)
        _import([folder / "in" / "customers.csv"], folder)
        _open(folder / "in")


def test_lines_of_two_encodings_are_refused_not_garbled():
    with _folder() as folder:
        (folder / "customers.csv").write_bytes("客户编号,客户名称\nC1,云雀\n".encode() + "C2,百灵鸟商行\n".encode("gbk"))
        with pytest.raises(ValueError, match="mixes encodings|UTF-8"):
            Company.open(folder)
        with pytest.raises(ValueError, match="1.*3|UTF-8"):
            import_files([folder / "customers.csv"], folder / "out", ask=lambda question: question.default)


NUMBERS = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
EXCEL = st.none() | st.booleans() | NUMBERS | st.datetimes() | st.dates() | CELLS.map(_printable)


@settings(max_examples=60, deadline=None)
@given(head=st.lists(HEADINGS.map(_printable), max_size=6), body=st.lists(st.lists(EXCEL, max_size=6), max_size=10),
       title=st.sampled_from(["customers", "客户表", "运单表", "Sheet1"]))  # fmt: skip
def test_any_workbook(head, body, title):
    with _folder() as folder:
        book = openpyxl.Workbook()
        book.active.title = title
        for row in [head, *body]:
            with contextlib.suppress(ValueError, openpyxl.utils.exceptions.IllegalCharacterError):
                book.active.append(row)
        book.save(folder / "firm.xlsx")
        _import([folder / "firm.xlsx"], folder)
        _open(folder / "firm.xlsx")


TEXTS = CELLS.map(lambda text: text.replace("\x00", "0"))
SQL = st.none() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | TEXTS | st.binary(max_size=5)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(SQL, SQL, SQL, SQL, SQL), max_size=6))
def test_any_values_in_a_sqlite_file(rows):
    with _folder() as folder:
        connection = sqlite3.connect(folder / "firm.db")
        connection.execute('CREATE TABLE customers (customer_id, "客户类型", opened_on DATETIME, monthly_account BOOLEAN, expected_growth)')
        with contextlib.suppress(UnicodeEncodeError):
            connection.executemany("INSERT INTO customers VALUES (?, ?, ?, ?, ?)", rows)
        connection.commit()
        stored = connection.execute("SELECT count(*) FROM customers").fetchone()[0]
        connection.close()
        firm = _open(folder / "firm.db")
        assert firm is not None and len(firm.customers) == stored


FILLED = CELLS.map(lambda text: _printable(text).strip() or "x")


@settings(max_examples=60, deadline=None)
@given(body=st.lists(st.lists(FILLED, min_size=3, max_size=3), min_size=1, max_size=10))
def test_opening_keeps_every_row_of_a_sound_text_file(body):
    with _folder() as folder:
        (folder / "customers.csv").write_text(_csv([["customer_id", "name", "note"], *body]), "utf-8")
        firm = _open(folder)
        assert len(firm.customers) == len(body)
        assert firm.customers.note.tolist() == [row[2] for row in body]
