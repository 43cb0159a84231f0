"""The commands `crm company …` as a person runs them: in a process, at a terminal, killed half-way."""

import os
import re
import signal
import subprocess
import sys
import zipfile

import crm_command
import openpyxl
import pandas as pd
import pexpect
import pytest

from crmlib.company import TABLES, Company, lark

STREAM = ("company", "simulate", "--waybills", "60_000", "--months", "2", "--customers-a-part", "200", "--seed", "7", "--out")
COMMAND = (sys.executable, "-m", "crmlib.classroom.cli")
HEADINGS = {
    "waybill_id": "快递单号", "customer_id": "寄件客户编码", "picked_up_at": "揽收时间", "product": "时效产品", "scope": "业务类型",
    "destination_region": "目的大区", "weight_kg": "计费重量(克)", "price_yuan": "运费（元）", "cost_yuan": "单票成本", "delivered_at": "签收时间了",
    "promised_at": "应到时间"}  # fmt: skip


def _environment(language="en"):
    return {**os.environ, "CRM_LANGUAGE": language, "PYTHONUTF8": "1"}


def crm(*arguments, language="en", cwd=None):
    done = crm_command.crm("company", *arguments, cwd=cwd, CRM_LANGUAGE=language)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def _stopped_half_way(folder, by):
    """A run of the command that is ended by a signal once the bar has moved; its exit status and what it said."""
    process = subprocess.Popen([*COMMAND, *STREAM, str(folder)], env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    shown = b""
    while not re.search(rb" [1-9]\d?%", shown):
        shown += (piece := os.read(process.stderr.fileno(), 200))
        assert piece, shown.decode()
    process.send_signal(by)
    _output, rest = process.communicate()
    return process.returncode, (shown + rest).decode("utf-8")


def _values(folder):
    names = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name != "parts")
    return {name: pd.concat([pd.read_parquet(part) for part in sorted((folder / name).iterdir())], ignore_index=True) for name in names}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken") / "firm"
    done = crm(*STREAM[1:], folder)
    assert done.returncode == 0, done.stderr
    return folder, done


class TestSimulate:
    def test_the_end_says_how_much_of_what_where_and_that_it_is_simulated(self, unbroken):
        folder, done = unbroken
        values = _values(folder)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
        assert f"{len(values['waybills']):,} waybills of {len(values['customers']):,} customers" in done.stdout
        assert f"{size:,.1f} MB in {folder}" in done.stdout and "These are simulated data." in done.stdout
        assert "100%" in done.stderr and "Found in" not in done.stdout
        code = re.search(r"To read one table: pandas\.read_parquet\('(.+)'\)", done.stdout)[1]
        assert len(pd.read_parquet(code)) == len(values["waybills"]) >= 60_000
        assert f'crm.company.Company.open("{folder}")' in done.stdout
        assert len(Company.open(folder).waybills) == len(values["waybills"])

    @pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
    def test_a_run_that_was_stopped_goes_on_to_the_same_values(self, unbroken, tmp_path, by):
        status, told = _stopped_half_way(tmp_path / "firm", by)
        if by == signal.SIGKILL:
            assert status == -by
        else:
            assert status == 1 and "Run the same command again to go on." in told and "Traceback" not in told
        there = len(list((tmp_path / "firm" / "parts").glob("part-*.json")))
        again = crm(*STREAM[1:], tmp_path / "firm")
        assert again.returncode == 0, again.stderr
        found = re.search(r"Found in .*: ([\d,]+) waybills in (\d+) finished parts. They are kept", again.stdout)
        every = len(list((tmp_path / "firm" / "parts").iterdir()))
        assert int(found[2]) == there and 0 < there < every
        assert f"this run made {every - there} of them" in again.stdout
        for name, table in _values(unbroken[0]).items():
            pd.testing.assert_frame_equal(_values(tmp_path / "firm")[name], table)
        assert not [path for path in (tmp_path / "firm").rglob(".*")]

    def test_a_finished_run_is_left_as_it_is(self, unbroken):
        done = crm(*STREAM[1:], unbroken[0])
        assert done.returncode == 0 and "this run made 0 of them" in done.stdout

    def test_underscores_and_commas_in_numbers_are_read(self, tmp_path):
        for text in ("1_000", "1000", "1,000"):
            done = crm("simulate", "--waybills", text, "--months", "1", "--customers-a-part", "100", "--out", tmp_path / "firm")
            assert done.returncode == 0, done.stderr

    @pytest.mark.parametrize(("language", "sentence"), [("en", "already holds other files"), ("zh", "已经有别的文件")])
    def test_a_folder_of_other_things_is_left_alone(self, tmp_path, language, sentence):
        (tmp_path / "letter.txt").write_text("dear", "utf-8")
        done = crm("simulate", "--waybills", "10", "--out", tmp_path, language=language)
        assert done.returncode == 1 and sentence in done.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]

    def test_another_run_is_not_mixed_in(self, unbroken):
        done = crm("simulate", "--waybills", "60_000", "--seed", "8", "--out", unbroken[0])
        assert done.returncode == 1 and "another months, seed, customers_a_part" in done.stderr.replace("\n", " ")

    @pytest.mark.parametrize("text", ["many", "1.5", ""])
    def test_what_is_no_number_is_told(self, tmp_path, text):
        done = crm("simulate", "--waybills", text, "--out", tmp_path / "firm")
        assert done.returncode == 2 and "no whole number" in done.stderr

    def test_a_scenario_file_changes_the_firm_and_a_wrong_one_is_told(self, tmp_path):
        file = tmp_path / "scenario.toml"
        file.write_text("potential = 0.5\n[market_mix]\ne_commerce = 0.0\ncorporate = 0.0\nwalk_in = 1.0\n", "utf-8")
        run = (
            "simulate",
            "--waybills",
            "200",
            "--months",
            "2",
            "--customers-a-part",
            "200",
            "--scenario",
            file,
            "--out",
            tmp_path / "firm",
        )
        assert crm(*run).returncode == 0
        assert set(_values(tmp_path / "firm")["customers"].market) == {"walk_in"}
        file.write_text("potentail = 0.5\n", "utf-8")
        done = crm(*run)
        assert done.returncode == 1 and "there is no potentail" in done.stderr


def _foreign_files(folder):
    """A customer list in GBK with Chinese labels, and a workbook of waybills with a title, other headings, a total and a strange column."""
    firm = lark()
    customers = firm.customers.head(40)
    labels = {column.name: {value.code: value.zh for value in column.values} for column in TABLES["customers"].columns}
    shown = {TABLES["customers"][name].zh: customers[name].map(lambda code, name=name: labels[name].get(code, code)) for name in customers}
    pd.DataFrame(shown).assign(备注="急").to_csv(folder / "客户资料.csv", index=False, encoding="gbk", errors="replace")
    waybills = firm.waybills[firm.waybills.customer_id.isin(customers.customer_id)].head(300).drop(columns="status")
    book = openpyxl.Workbook()
    book.active.title = "9月"
    book.active.append(["云雀快递 2026 年 9 月运单明细"])
    book.active.append([])
    book.active.append([*(HEADINGS[name] for name in waybills), "客服说明"])
    for row in waybills.assign(weight_kg=waybills.weight_kg * 1000).itertuples(index=False):
        book.active.append([None if pd.isna(value) else value for value in row] + ["已核"])
    book.active.append(["合计"])
    book.save(folder / "运单.xlsx")
    return customers, waybills


class Terminal:
    """The import at a terminal, with somebody who answers each question in turn."""

    def __init__(self, folder, *arguments, language="en"):
        self.child = pexpect.spawn(COMMAND[0], [*COMMAND[1:], "company", "import", *arguments], cwd=str(folder), encoding="utf-8",
                                   env=_environment(language), timeout=120, dimensions=(60, 400))  # fmt: skip
        self.told = ""

    def answer(self, question, answer):
        self.child.expect(question + r"[^\n]*: $")
        self.told += self.child.before + self.child.after
        self.child.sendline(answer)

    def end(self):
        self.child.expect(pexpect.EOF)
        self.told += self.child.before
        self.child.close()
        return self.child.exitstatus


class TestImport:
    def test_a_person_accepts_with_enter_corrects_and_the_mapping_runs_alone_afterwards(self, tmp_path):
        customers, waybills = _foreign_files(tmp_path)
        person = Terminal(tmp_path, "客户资料.csv", "运单.xlsx", "--out", "own")
        person.answer("Table", "")
        person.answer("Enter takes this over", "")
        person.answer("Table", "moon")
        person.answer("Table", "运单表")
        person.answer("Which column does “签收时间了” fill", "weight of the moon")
        person.answer("Which column does “签收时间了” fill", "")
        person.answer("Enter takes this over", "99")
        person.answer("Enter takes this over", "9")
        person.answer("Which column does “单票成本” fill", "-")
        person.answer("Enter takes this over", "9")
        person.answer("Which column does “单票成本” fill", "成本")
        person.answer("Enter takes this over", "")
        assert person.end() == 0, person.told
        for sentence in ("客户资料.csv: headings in row 1, 40 rows below.", "运单.xlsx [9月]: headings in row 3, 301 rows below.",
                         "It seems to be waybills (waybills).", "“moon” is no table. There are: customers (customers)",
                         "“weight of the moon” is no column of waybills.", "“99” is no number from 1 to 12.",
                         f"1  快递单号 [{', '.join(waybills.waybill_id.head(3))}] → waybill_id (waybill number)", "12  客服说明 [已核] → -",
                         "of 304 rows 1 hold headings, 300 were taken over, 3 were dropped",
                         "so delivered_at told it: “signed” where a cell is filled",
                         "No problem was found.", 'Next: crm.company.Company.open("own")', "own/mapping.toml"):  # fmt: skip
            assert sentence in person.told.replace("\r", ""), sentence
        firm = Company.open(tmp_path / "own")
        pd.testing.assert_frame_equal(firm.customers.drop(columns="name"), customers.drop(columns="name"))
        pd.testing.assert_frame_equal(firm.waybills.drop(columns="status"), waybills.reset_index(drop=True), rtol=1e-12)
        assert firm.waybills.status.eq("signed").equals(waybills.delivered_at.notna().reset_index(drop=True))
        alone = crm("import", "客户资料.csv", "运单.xlsx", "--mapping", "own/mapping.toml", "--out", "again", cwd=tmp_path)
        assert alone.returncode == 0, alone.stderr
        for name in ("customers", "waybills"):
            pd.testing.assert_frame_equal(Company.open(tmp_path / "again").tables[name], firm.tables[name])

    def test_the_questions_come_in_chinese_and_ctrl_c_writes_nothing(self, tmp_path):
        _foreign_files(tmp_path)
        person = Terminal(tmp_path, "运单.xlsx", "--out", "own", language="zh")
        person.answer("哪张表", "")
        person.answer("“签收时间了”对应哪一列", "？")
        person.child.expect("对应哪一列")
        person.child.sendintr()
        assert person.end() == 1
        assert "看起来是 waybills（运单表）" in person.told and "已停止，什么都没有写" in person.told and "Traceback" not in person.told
        assert not (tmp_path / "own").exists()

    def test_a_doubt_without_a_terminal_is_told_and_nothing_is_written(self, tmp_path):
        _foreign_files(tmp_path)
        done = crm("import", "客户资料.csv", "运单.xlsx", "--out", "own", cwd=tmp_path)
        assert done.returncode == 1 and "does the heading “签收时间了” mean delivered_at" in done.stderr
        assert not (tmp_path / "own").exists()

    def test_what_is_sure_needs_no_terminal_and_tables_are_replaced_only_when_asked(self, tmp_path):
        _foreign_files(tmp_path)
        assert crm("import", "客户资料.csv", "--out", "own", cwd=tmp_path).returncode == 0
        again = crm("import", "客户资料.csv", "--out", "own", cwd=tmp_path)
        assert again.returncode == 1 and "already holds tables" in again.stderr and "the option --replace" in again.stderr
        assert crm("import", "客户资料.csv", "--out", "own", "--replace", cwd=tmp_path).returncode == 0

    def test_a_mapping_never_asks_and_names_what_it_lacks(self, tmp_path):
        _foreign_files(tmp_path)
        assert crm("import", "客户资料.csv", "--out", "own", cwd=tmp_path).returncode == 0
        person = Terminal(tmp_path, "运单.xlsx", "--mapping", "own/mapping.toml", "--out", "second")
        assert person.end() == 1
        assert "own/mapping.toml says nothing of 运单.xlsx [9月], nor of a file with the headings 快递单号" in person.told
        text = (tmp_path / "客户资料.csv").read_text("gbk").replace("备注", "等级")
        (tmp_path / "客户资料.csv").write_text(text, "gbk")
        done = crm("import", "客户资料.csv", "--mapping", "own/mapping.toml", "--out", "second", cwd=tmp_path)
        assert done.returncode == 1 and "New headings: 等级." in done.stderr and not (tmp_path / "second").exists()

    def test_problems_in_the_data_are_told_and_the_status_says_so(self, tmp_path):
        _foreign_files(tmp_path)
        text = (tmp_path / "客户资料.csv").read_text("gbk").replace("电商客户", "月球客户")
        (tmp_path / "客户资料.csv").write_text(text, "gbk")
        done = crm("import", "客户资料.csv", "--out", "own", cwd=tmp_path)
        assert done.returncode == 1
        assert "column market" in done.stdout and "月球客户" in done.stdout and "check=False" in done.stdout
        assert not Company.open(tmp_path / "own", check=False).validate().ok

    def test_a_missing_file_is_a_sentence(self, tmp_path):
        done = crm("import", "none.xlsx", "--out", "own", cwd=tmp_path)
        assert done.returncode == 1 and "none.xlsx" in done.stderr


class TestExport:
    def test_a_table_goes_into_a_workbook_without_a_lost_row(self, tmp_path):
        done = crm("export", "lark.xlsx", "--tables", "cases", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "rows in 2 tables" in done.stdout and "These are simulated data." in done.stdout and "100%" in done.stderr
        with zipfile.ZipFile(tmp_path / "lark.xlsx") as parts:
            titles = re.findall(r'<sheet name="([^"]+)"', parts.read("xl/workbook.xml").decode())
            assert titles == ["目录 contents", "字段 columns", "customers", "cases", "about"]
            sheet = parts.read("xl/worksheets/sheet4.xml").decode()
        assert 'topLeftCell="A2" activePane="bottomLeft" state="frozen"' in sheet
        column = re.findall(r'<c r="A(\d+)"[^>]*><is><t>([^<]*)', sheet)
        assert column[0][0] == "1" and [int(row) for row, _text in column] == list(range(1, len(column) + 1))
        assert [text for _row, text in column[1:]] == lark().cases[column[0][1]].tolist()

    def test_a_chosen_table_comes_back_from_every_kind_of_place(self, tmp_path):
        for target in ("firm", "firm.xlsx", f"sqlite:///{tmp_path}/lark.db", "firm.duckdb"):
            done = crm("export", target, "--tables", "agents，shifts", cwd=tmp_path)
            assert done.returncode == 0, done.stderr
            place = target if "://" in target else tmp_path / target
            firm = Company.open(place)
            assert list(firm.tables) == ["customers", "agents", "shifts"] and dict(firm.about) == dict(lark().about)
            for name in firm.tables:
                pd.testing.assert_frame_equal(firm.tables[name], lark().tables[name])
            again = crm("export", target, "--tables", "agents", cwd=tmp_path)
            assert again.returncode == 1 and "--replace" in again.stderr
            own = crm("export", target, "--tables", "agents", "--replace", cwd=tmp_path)
            assert own.returncode == 0 and list(Company.open(place).tables) == ["customers", "agents"]

    def test_ones_own_firm_is_not_called_simulated(self, tmp_path):
        Company(customers=lark().customers.head(5).assign(salesperson_id=None), about={"name": "own"}).save(tmp_path / "own")
        done = crm("export", "own.xlsx", "--from", "own", cwd=tmp_path)
        assert done.returncode == 0 and "5 rows in 1 tables" in done.stdout and "simulated" not in done.stdout
        first = openpyxl.load_workbook(tmp_path / "own.xlsx").worksheets[0]
        assert "simulated" not in "".join(str(cell) for row in first.iter_rows(values_only=True) for cell in row)

    @pytest.mark.parametrize(("arguments", "sentence"), [
        (("lark.csv",), "is a single file"), (("firm", "--tables", "moons"), "There is no table moons. These data have: customers"),
        (("firm", "--from", "nowhere"), "There is no folder nowhere"), (("nosuch://host/x", "--tables", "agents"), "nosuch"),
    ])  # fmt: skip
    def test_what_cannot_be_exported_is_a_sentence(self, tmp_path, arguments, sentence):
        done = crm("export", *arguments, cwd=tmp_path)
        assert done.returncode == 1 and sentence in done.stderr
        assert not list(tmp_path.iterdir())


class TestCheck:
    def test_a_sound_firm_passes_and_a_broken_one_names_every_problem(self, tmp_path):
        firm = Company(customers=lark().customers.head(9), salespeople=lark().salespeople)
        firm.save(tmp_path / "own")
        done = crm("check", tmp_path / "own")
        assert done.returncode == 0 and "No problem was found." in done.stdout and "customers (9)" in done.stdout
        broken = firm.customers.assign(region=["moon", *firm.customers.region[1:]], opened_on="soon")
        broken.to_parquet(tmp_path / "own" / "customers.parquet")
        done = crm("check", tmp_path / "own")
        assert done.returncode == 1
        for sentence in ("Problems found: 2.", "column region, 1 row(s), first C00001: Unknown value(s): moon. Write one of east",
                         "column opened_on, 9 row(s), first C00001, C00002, C00003: Some values cannot be read as date"):  # fmt: skip
            assert sentence in done.stdout, done.stdout
        chinese = crm("check", tmp_path / "own", language="zh")
        assert "发现" in chinese.stdout and "moon" in chinese.stdout

    def test_a_place_that_cannot_be_opened_is_a_sentence(self, tmp_path):
        done = crm("check", tmp_path / "none.xlsx")
        assert done.returncode == 1 and "There is no file" in done.stderr


@pytest.mark.parametrize(("language", "words"), [
    ("en", {"simulate": "such as 10_000_000", "import": "mapping.toml of an earlier", "export": "only these tables", "check": "a folder"}),
    ("zh", {"simulate": "至少多少件运单", "import": "上一次导入得到的", "export": "只要这些表", "check": "文件夹"}),
])  # fmt: skip
def test_the_help_speaks_the_language_of_the_machine(language, words):
    for command, word in words.items():
        shown = crm(command, "--help", language=language)
        assert shown.returncode == 0 and word in re.sub(r"[\s│]+", " ", shown.stdout)
