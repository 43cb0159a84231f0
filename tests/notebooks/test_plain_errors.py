"""What a learner sees when a cell fails, in a real kernel: the line, one sentence with the mend, and no stack."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from crmlib.i18n import LANGUAGES, use_language
from crmlib.syntax_sentences import mend_syntax

BEFORE_SETUP = ["import crmlib as crm", "1 / 0", "from crmlib.classroom import marking as mark", "x = ____"]
SETUP = """import pandas as pd
firm = crm.company.personal(crm.company.firm_code("k", "1"))
customers = firm.customers.set_index("customer_id")
waybills = firm.waybills
revenue = waybills.groupby("customer_id")["price_yuan"].sum()
def halve(values):
    return values / 0"""
SWITCH_OFF = [
    'crm.setup("en", plain_errors=False)', "x = ____", "from crmlib.notebook import explain_errors\nexplain_errors()", "1 / 0", "a = 5%",
    'crm.setup("en")', "%nosuchmagic", "def deep():\n    return 1 / 0\ndeep()", "%tb",
]  # fmt: skip
AS_BEFORE = {"zh": "从最上面一格起依次运行", "en": "from the top"}
KEYBOARD = {"zh": "切到英文输入法", "en": "English keyboard"}
HEADING = {"zh": "表头是给人看的；写代码用英文列名", "en": "Headings are for reading"}
GAP = {"zh": "还有空（____）", "en": "still has a gap"}
QUOTES = {"zh": "英文引号", "en": "quotation marks"}
# code, name of the error, number of the line, what both editions say, what each says
CASES = {
    "gap": ("x = 1\ny = ____", "NameError", 2, "____", GAP),
    "gap as method": ("waybills.____()", "AttributeError", 1, "____", GAP),
    "gap as column": ('waybills["____"]', "KeyError", 1, "____", GAP),
    "gap beside a gap": ("x = ____ ____", "SyntaxError", 1, "____", GAP),
    "Chinese brackets and comma": ("x = 1\nmax（1，2）", "SyntaxError", 2, "（ → (   ， → ,   ） → )", KEYBOARD),
    "Chinese equals sign": ("share＝0.2", "SyntaxError", 1, "＝ → =", KEYBOARD),
    "Chinese quotes": ("print(“a”)", "SyntaxError", 1, '“ → "   ” → "', KEYBOARD),
    "one Chinese quote": ('x = "a”', "SyntaxError", 1, '” → "', KEYBOARD),
    "Chinese colon": ("if revenue.sum() > 1：\n    pass", "SyntaxError", 1, "： → :", KEYBOARD),
    "greater or equal": ("x = revenue ≥ 2", "SyntaxError", 1, "≥ → >=", KEYBOARD),
    "full-width digits": ("x = ２０", "SyntaxError", 1, "２ → 2   ０ → 0", KEYBOARD),
    "full-width blank": ("x\u3000= 1", "SyntaxError", 1, "", {"zh": "全角空格", "en": "full-width or invisible blank"}),
    "Chinese sign inside a query": ('waybills.query("price_yuan ≥ 5")', "SyntaxError", 1, "≥ → >=", KEYBOARD),
    "per cent": ("crm.segments.abc_classes(revenue, a_share=5%)", "SyntaxError", 1, "0.05", {"zh": "不认识 5%", "en": "does not know 5%"}),
    "bracket not closed": ("x = (1, 2\ny = 3", "SyntaxError", 1, "(", {"zh": "没有配对", "en": "has no partner"}),
    "bracket not closed at the end": ("y = 3\nx = [1, 2", "SyntaxError", 2, "[", {"zh": "没有配对", "en": "has no partner"}),
    "bracket too many": ("x = 1)", "SyntaxError", 1, ")", {"zh": "多了一个 )", "en": "one ) too many"}),
    "quote missing": ('x = "abc', "SyntaxError", 1, "", {"zh": "少了一个引号", "en": "A quotation mark is missing"}),
    "colon missing": ("for i in range(3)\n    pass", "SyntaxError", 1, "", {"zh": "少了英文冒号", "en": "English colon"}),
    "return outside": ("def f():\n    a = 1\nreturn a", "SyntaxError", 3, "return", {"zh": "函数里面", "en": "inside its function"}),
    "indented": ("x = 1\n  y = 2", "IndentationError", 2, "", {"zh": "空格多了", "en": "too many spaces"}),
    "not readable": ("x = 5 five", "SyntaxError", 1, "five", {"zh": "读不懂", "en": "cannot read"}),
    "code without quotes": ("firm_code = 7KQ2-M4XA-9T3C", "SyntaxError", 1, '"7KQ2-M4XA-9T3C"', QUOTES),
    "another code without quotes": ("firm_code = AKQ2-M4XA-TT3C", "NameError", 1, '"AKQ2-M4XA-TT3C"', QUOTES),
    "small true": ("x = true", "NameError", 1, "True", {"zh": "第一个字母大写", "en": "capital letter"}),
    "name not there": ("halve(undone)", "NameError", 1, "undone", AS_BEFORE),
    "name misspelt": ("revenu", "NameError", 1, "revenue", AS_BEFORE),
    "column without quotes": ("waybills.groupby(customer_id)", "NameError", 1, '"customer_id"', QUOTES),
    "word without quotes": ("owner = 王经理", "NameError", 1, '"王经理"', QUOTES),
    "name in a query": ('waybills.query("price_yuan > @limit")', "UndefinedVariableError", 1, "limit", AS_BEFORE),
    "Chinese heading": ('waybills["客户编号"]', "KeyError", 1, "客户编号 → customer_id", HEADING),
    "heading with its unit": ('waybills.groupby("customer_id")["运费收入（元）"]', "KeyError", 1, "→ price_yuan", HEADING),
    "English heading": ('waybills["weight"]', "KeyError", 1, "weight → weight_kg", HEADING),
    "heading of the index": ('customers["客户编号"]', "KeyError", 1, "customer_id", {"zh": "行的标签", "en": "label of its rows"}),
    "unknown column": ('waybills[["price_yuen", "cost_yuan"]]', "KeyError", 1, "price_yuan", {"zh": "相近的列名", "en": "Similar names"}),
    "unknown column, none like it": ('waybills["xyz"]', "KeyError", 1, "customer_id", {"zh": "它的列有", "en": "It has"}),
    "unknown column in a query": ('waybills.query("prices > 5")', "UndefinedVariableError", 1, "price_yuan", {"zh": "列名", "en": "column"}),
    "unknown attribute": ("waybills.pricy_yuan", "AttributeError", 1, "price_yuan", {"zh": "相近的名字", "en": "Similar names"}),
    "unknown row": ('customers.loc["C99999"]', "KeyError", 1, "C99999", {"zh": "查查拼写", "en": "Check the spelling"}),
    "unknown key": ('{"a": 1}["b"]', "KeyError", 1, "b", {"zh": "查查拼写", "en": "Check the spelling"}),
    "the library's own sentence": ("crm.segments.abc_classes(revenue, a_share=5)", "ValueError", 1, "a_share", {
        "zh": "20% 写成 0.2", "en": "write 20% as 0.2"}),
    "a share in per cent": ("revenue.quantile(90)", "ValueError", 1, "quantile(0.9)", {"zh": "0 到 1 之间的比例", "en": "between 0 and 1"}),
    "a share in per cent, by group": ('waybills.groupby("scope")["price_yuan"].quantile(90)', "ValueError", 1, "quantile(0.9)", {
        "zh": "0 到 1 之间的比例", "en": "between 0 and 1"}),
    "a file's name instead of a table": ('crm.pricing.list_prices("list.xlsx")', "AttributeError", 1, "pd.read_excel", {
        "zh": "要的是一张表", "en": "A table is wanted"}),
    "anything else": ("halve(3)", "ZeroDivisionError", 1, "ZeroDivisionError: division by zero", {
        "zh": "函数 halve 的第 7 行", "en": "7 of halve"}),
    "groups of errors": ('raise ExceptionGroup("g", [ValueError("a")])', "ExceptionGroup", 1, "ExceptionGroup: g", {"zh": "", "en": ""}),
    "a lost point": ('mark.number("nowhere")', "Lost", None, "nowhere", {"zh": "还没有找到", "en": "There is no"}),
}  # fmt: skip


def run(cells):
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, allow_errors=True, timeout=120, kernel_name="python3").execute()
    return notebook.cells


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """Every cell of this module, run in one kernel; outputs by language and case, and the cells before and after."""
    told = [cell for language in LANGUAGES for cell in (f'crm.setup("{language}")', *[case[0] for case in CASES.values()])]
    cells = run([*BEFORE_SETUP, SETUP, *told, *SWITCH_OFF])
    size = len(CASES) + 1
    start = len(BEFORE_SETUP) + 1
    errors = {}
    for place, language in enumerate(LANGUAGES):
        chosen = cells[start + place * size + 1 : start + (place + 1) * size]
        errors.update({(language, name): cell.outputs for name, cell in zip(CASES, chosen, strict=True)})
    return {"before": cells[: len(BEFORE_SETUP)], "errors": errors, "after": cells[-len(SWITCH_OFF) :]}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_an_error_is_its_line_and_one_sentence(kernel, language, case):
    code, name, number, both, own = CASES[case]
    [output] = kernel["errors"][language, case]
    assert (output.output_type, output.ename) == ("error", name)
    assert output.evalue
    *places, sentence = output.traceback
    if number is None:
        assert places == []
    else:
        line = code.splitlines()[number - 1].strip()
        assert places[0] == {"zh": f"第 {number} 行：{line}", "en": f"Line {number}: {line}"}[language]
        assert len(places) <= 2
    assert both in sentence and own[language] in "\n".join(output.traceback)
    assert not re.search(r"\x1b|Traceback|File \"", "\n".join(output.traceback))


def test_without_the_house_errors_look_as_ever_and_marking_alone_explains_them(kernel):
    [error], [gap] = kernel["before"][1].outputs, kernel["before"][3].outputs
    assert error.ename == "ZeroDivisionError" and len(error.traceback) > 2
    assert gap.ename == "NameError" and len(gap.traceback) == 2 and "____" in gap.traceback[1]


def test_it_can_be_switched_off_and_on_again(kernel):
    off = {cell.source: cell.outputs for cell in kernel["after"][:5]}
    for code in ("x = ____", "1 / 0", "a = 5%"):
        assert "\x1b[" in "".join(off[code][0].traceback)
    [deep] = kernel["after"][7].outputs
    assert deep.traceback == ["Line 2: return 1 / 0", "ZeroDivisionError: division by zero"]


def test_the_stack_stays_within_reach(kernel):
    stack = re.sub(r"\x1b\[[0-9;]*m", "", "".join(kernel["after"][8].outputs[0].traceback))
    assert "return 1 / 0" in stack and "deep()" in stack


def test_a_word_of_the_notebook_itself_is_left_as_it_is(kernel):
    [output] = kernel["after"][6].outputs
    assert output.output_type == "stream" and "UsageError" in output.text


SIGNS = "，。：；（）“”‘’！？【】、≥≤×－＝５ａ　\u00a0😀¥()[]{}\"'%#=: \n\tab1_.return"


@given(st.text(SIGNS, max_size=30), st.sampled_from(LANGUAGES))
@example("x = 5%", "zh")
def test_whatever_cannot_be_read_gets_a_sentence(code, language):
    use_language(language)
    try:
        compile(code, "cell", "exec")
    except SyntaxError as error:
        sentence = mend_syntax(error, code)
        assert sentence.rstrip().endswith((".", "。", "?", "？", "…")) or "→" in sentence
