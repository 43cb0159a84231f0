"""Foreign files become the contract's tables: guessed where sure, asked where not, run again unattended, every row accounted for."""

import openpyxl
import pandas as pd
import pytest
from own_tables import labelled, small_firm

from crmlib import i18n
from crmlib.company.company import Company
from crmlib.company.importing import import_files

FOREIGN = {
    "waybill_id": "快递单号", "customer_id": "寄件客户编码", "picked_up_at": "揽收时间", "product": "时效产品", "scope": "业务类型",
    "destination_region": "目的大区", "weight_kg": "计费重量(克)", "price_yuan": "运费（元）", "cost_yuan": "单票成本", "delivered_at": "妥投时间",
    "promised_at": "应到时间", "status": "状态"}  # fmt: skip


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.use_language("en")
    yield
    i18n.use_language(before)


@pytest.fixture(scope="module")
def firm():
    return small_firm()


@pytest.fixture
def files(firm, tmp_path):
    labelled(firm.customers, "customers", "zh").assign(备注="急").to_excel(tmp_path / "客户资料.xlsx", index=False)
    foreign = firm.waybills.assign(weight_kg=firm.waybills.weight_kg * 1000).rename(columns=FOREIGN)
    foreign.to_csv(tmp_path / "2026年9月运单.csv", index=False, encoding="gb18030")
    return [tmp_path / "客户资料.xlsx", tmp_path / "2026年9月运单.csv"]


class Person:
    """Somebody who answers by heart, and remembers what was asked."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    def __call__(self, question):
        self.asked.append(question)
        return next((answer for part, answer in self.answers.items() if part in question.text), question.default)


def _whole(report):
    accounts = report.accounts
    assert (accounts["rows"] == accounts.headings + accounts.kept + accounts.dropped).all()
    dropped = report.lines[report.lines.what == "dropped"].groupby(["file", "sheet"])["count"].sum()
    for account in accounts.itertuples():
        assert dropped.get((account.file, account.sheet), 0) == account.dropped
    for table, part in accounts[accounts.table != ""].groupby("table"):
        assert len(pd.read_parquet(report.out / f"{table}.parquet")) == part.kept.sum()
    return report


def test_known_headings_ask_nothing_and_give_the_same_firm(firm, files, tmp_path):
    person = Person()
    report = _whole(import_files(files, tmp_path / "own", ask=person))
    assert report.ok and len(person.asked) == 0, [question.text for question in person.asked]
    back = Company.open(tmp_path / "own")
    pd.testing.assert_frame_equal(back.customers, firm.customers)
    pd.testing.assert_frame_equal(back.waybills, firm.waybills, rtol=1e-12)
    assert "备注: The mapping leaves this column out. (25 cells)" in report.summary()
    assert (tmp_path / "own" / "import-report.txt").read_text("utf-8").strip() == report.summary()
    assert back.about == {"name": "own", "synthetic": False}


def test_the_mapping_runs_again_unattended_also_on_next_months_file(firm, files, tmp_path):
    first = import_files(files, tmp_path / "own", ask=Person())
    later = tmp_path / "2026年10月运单.csv"
    later.write_bytes(files[1].read_bytes())
    again = _whole(import_files([files[0], later], tmp_path / "again", mapping=first.mapping))
    for name in ("customers", "waybills"):
        pd.testing.assert_frame_equal(Company.open(tmp_path / "again").tables[name], Company.open(tmp_path / "own").tables[name])
    assert again.mapping.read_text("utf-8") == first.mapping.read_text("utf-8").replace("2026年9月", "2026年10月")


def test_what_a_mapping_does_not_cover_is_refused_before_anything_is_written(files, tmp_path):
    mapping = import_files(files, tmp_path / "own", ask=Person()).mapping
    stranger = tmp_path / "calls.csv"
    stranger.write_text("who,when\na,b\n", "utf-8")
    with pytest.raises(ValueError, match="says nothing of calls.csv, nor of a file with the headings who, when"):
        import_files([*files, stranger], tmp_path / "again", mapping=mapping)
    changed = pd.read_csv(files[1], dtype=str, encoding="gb18030").rename(columns={"妥投时间": "签了"})
    changed.to_csv(files[1], index=False, encoding="gb18030")
    with pytest.raises(ValueError, match="New headings: 签了. Missing headings: 妥投时间"):
        import_files(files, tmp_path / "again", mapping=mapping)
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize(("text", "sentence"), [
    ("", "is no mapping"), ("file = 3", "is no mapping"), ("[[file]]\n", "is no mapping: 'file'"), ("[[file", "is no mapping"),
    ('[[file]]\nfile = "a"\ntable = "moon"', "there is no table moon"),
    ('[[file]]\nfile = "a"\ntable = "customers"\ncolumns = {"x" = "moon"}', "the table customers has no column moon"),
    ('[[file]]\nfile = "a"\ntable = "customers"\ncolumns = {"x" = "name", "y" = "name"}', "two headings fill the column name"),
    ('[[file]]\nfile = "a"\ntable = "customers"\ncolumns = {"x" = 3}', "all of them text"),
])  # fmt: skip
def test_a_broken_mapping_is_told(files, tmp_path, text, sentence):
    (tmp_path / "mapping.toml").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=sentence):
        import_files(files, tmp_path / "own", mapping=tmp_path / "mapping.toml")
    with pytest.raises(ValueError, match="cannot be read"):
        import_files(files, tmp_path / "own", mapping=tmp_path / "none.toml")


def test_a_person_decides_what_the_file_does_not_say(firm, tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("编号,甲,开户的日期\nC1,云雀,2024-03-05\n", "utf-8")
    person = Person(**{"Which table": "customers", "which heading holds name": "甲"})
    report = import_files([file], tmp_path / "own", ask=person)
    assert [question.choices for question in person.asked if "holds name" in question.text] == [("甲", "-")]
    assert next(question for question in person.asked if "开户的日期" in question.text and "mean" in question.text).default == "opened_on"
    table = pd.read_parquet(report.out / "customers.parquet")
    assert table.name.tolist() == ["云雀"] and table.opened_on.dt.year.tolist() == [2024]
    assert not report.ok and "column market: The column is missing" in report.summary()
    with pytest.raises(ValueError, match="nobody can be asked here") as refused:
        import_files([file], tmp_path / "unattended")
    for sentence in ("- Which table does data.csv hold", "does the heading “开户的日期” mean opened_on",
                     "no heading is known to hold name, market, area, region, reach, nature, origin, cross_border, "):  # fmt: skip
        assert sentence in str(refused.value)
    assert not (tmp_path / "unattended").exists()
    with pytest.raises(ValueError, match="none of the possible answers"):
        import_files([file], tmp_path / "unattended", ask=lambda question: "whatever")
    left = _whole(import_files([file], tmp_path / "nothing", ask=lambda question: "-"))
    assert left.accounts.dropped.tolist() == [2] and "The mapping leaves the whole file out. (2×" in left.summary()


def test_titles_totals_empty_rows_and_repetitions_are_accounted_for(firm, tmp_path):
    book = openpyxl.Workbook()
    rows = [["9月运单明细"], [], ["运单号", "客户编号", "揽收时间", "重量(kg)"], ["W1", "C1", 45536.5, 2], ["W2", "C1", "2024/9/2 8:00", "3kg"],
            ["运单号", "客户编号", "揽收时间", "重量(kg)"], ["W2", "C1", "2024/9/2 8:00", "3kg"], [None], ["合计", None, None, 5]]  # fmt: skip
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "运单.xlsx")
    report = _whole(import_files([tmp_path / "运单.xlsx"], tmp_path / "own", ask=Person()))
    assert report.accounts[["rows", "headings", "kept", "dropped"]].values.tolist() == [[9, 1, 2, 6]]
    table = pd.read_parquet(tmp_path / "own" / "waybills.parquet")
    assert table.picked_up_at.astype(str).tolist() == ["2024-09-01 12:00:00", "2024-09-02 08:00:00"]
    for sentence in ("It stands above the headings.", "It is a total, not an entry.", "It repeats row 5 in every cell.",
                     "The headings are repeated.", "Cells that cannot be read were left empty. (1×, first in row 5: “3kg”)"):  # fmt: skip
        assert sentence in report.summary()
    assert "Table customers: The table is missing." in report.summary()


def test_parts_of_one_table_in_several_files_and_sheets_are_joined(firm, tmp_path):
    half = len(firm.waybills) // 2
    with pd.ExcelWriter(tmp_path / "all.xlsx") as book:
        firm.customers.to_excel(book, sheet_name="customers", index=False)
        firm.waybills.head(half).to_excel(book, sheet_name="运单1月", index=False)
    firm.waybills.iloc[half:].to_parquet(tmp_path / "waybills.parquet")
    report = _whole(import_files([tmp_path / "all.xlsx", tmp_path / "waybills.parquet"], tmp_path / "own", ask=Person()))
    assert report.ok and report.accounts.table.tolist() == ["customers", "waybills", "waybills"]
    times = ["picked_up_at", "delivered_at", "promised_at"]
    back, given = Company.open(tmp_path / "own").waybills, firm.waybills.copy()
    pd.testing.assert_frame_equal(back.drop(columns=times), given.drop(columns=times))


def test_tables_that_are_there_are_kept_unless_asked(files, tmp_path):
    import_files(files, tmp_path / "own", ask=Person())
    with pytest.raises(ValueError, match="already holds tables"):
        import_files(files[:1], tmp_path / "own", ask=Person())
    import_files(files[:1], tmp_path / "own", ask=Person(), replace=True)
    assert list(Company.open(tmp_path / "own").tables) == ["customers"]
    with pytest.raises(ValueError, match="is a file. Name a folder"):
        import_files(files, files[0], ask=Person())
    with pytest.raises(ValueError, match="named twice"):
        import_files([files[0], files[0]], tmp_path / "twice", ask=Person())
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_large_file_keeps_every_row(firm, tmp_path):
    rows = 200_000
    lines = ["运单号,客户编号,收件时间,重量(kg),运费,签收时间"]
    lines += [
        f"W{row:07d},C{row % 25:05d},2025-01-{row % 28 + 1:02d} 10:{row % 60:02d}:00,{row % 9 + 0.5},{row % 40},2025/2/{row % 28 + 1}"
        for row in range(rows)
    ]
    (tmp_path / "运单.csv").write_text("\n".join([*lines, "合计,,,,,"]), "gbk")
    report = _whole(import_files([tmp_path / "运单.csv"], tmp_path / "own", ask=Person()))
    assert report.accounts[["rows", "kept", "dropped"]].values.tolist() == [[rows + 2, rows, 1]]
    table = pd.read_parquet(tmp_path / "own" / "waybills.parquet")
    assert table.price_yuan.sum() == sum(row % 40 for row in range(rows)) and table.delivered_at.notna().all()
