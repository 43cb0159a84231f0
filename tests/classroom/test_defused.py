"""A student's notebook on the instructor's page: nothing of it acts, and what belongs on a page looks as it did."""

from __future__ import annotations

import base64
import copy
import io
import shutil
from collections import Counter

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from bleach._vendor import html5lib
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from sheet_course import REPOSITORY
from traitlets.config import Config
from vectors import MARKDOWN, MARKUP, cells, filled

import crmlib as crm
from crmlib.classroom.defused import WORD_JOINER, defuse
from crmlib.classroom.feedback import FeedbackPage

BEACON = "http://127.0.0.1:9/hit"
ACTING_TAGS = {"script", "iframe", "frame", "object", "embed", "base", "meta", "link", "form", "input", "button", "textarea", "svg", "math",
               "video", "audio", "template", "noscript", "marquee", "select"}  # fmt: skip
ADDRESSES = {"href", "src", "srcdoc", "action", "formaction", "data", "xlink:href", "poster", "background"}
FORMGRADE = {
    "assignment_id": "s", "notebook_id": "s", "submission_id": "1", "index": 0, "total": 1, "base_url": "", "student": "1",
    "last_name": "", "first_name": "", "notebook_path": "s.ipynb",
}  # fmt: skip
FEEDBACK = {
    "nbgrader": {"score": 1, "max_score": 2, "late_penalty": 0},
    "crm": {"language": "en", "title": MARKUP[0], "words": {}, "rows": [{"grade_id": "a", "title": MARKUP[3], "score": 1, "points": 2}]},
}


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """What the formgrader works with when it opens a course."""
    course = tmp_path_factory.mktemp("course") / "zh"
    course.mkdir()
    shutil.copy(REPOSITORY / "exercises" / "nbgrader_config.py", course.parent)
    shutil.copy(REPOSITORY / "exercises" / "zh" / "nbgrader_config.py", course)
    formgrader = FormgradeExtension()
    formgrader.root_dir = str(course.parent)
    formgrader.load_cwd_config = False
    formgrader.config = Config()
    formgrader.config_dir = str(course)
    formgrader.initialize([], root=str(course))
    return formgrader.config


@pytest.fixture(params=["formgrader", "feedback"])
def page_of(request, config):
    """A function from cells to the page with them."""
    exporter, resources = (HTMLExporter, FORMGRADE) if request.param == "formgrader" else (FeedbackPage, FEEDBACK)

    def render(*shown, **metadata) -> str:
        return exporter(config=config).from_notebook_node(new_notebook(cells=list(shown), metadata=metadata), resources=dict(resources))[0]

    return render


def acting(page: str) -> Counter:
    """Whatever in a page could act, as a browser reads it."""
    found: Counter = Counter()
    for element in html5lib.parse(page, namespaceHTMLElements=False).iter():
        tag = str(element.tag).rsplit("}", 1)[-1].lower()
        if tag in ACTING_TAGS:
            found[tag, element.text, element.get("src"), element.get("href")] += 1
        for name, value in element.attrib.items():
            name, value = str(name).lower(), value.strip().lower()
            harmless = ("http://", "https://", "#") if tag == "a" else ("data:image/png;", "data:image/jpeg;")
            if name.startswith(("on", "data-")) or (name in ADDRESSES and not value.startswith(harmless)):
                found[tag, name, value] += 1
            if name == "style" and any(word in value for word in ("url(", "position", "expression", "behavior")):
                found[tag, name, value] += 1
            if name == "id" and value in ("statusmessage", "notebook"):
                found[tag, name, value] += 1
        if tag == "style" and BEACON in (element.text or ""):
            found[tag, element.text] += 1
    return found


@pytest.mark.parametrize("vector", filled(MARKUP, BEACON))
def test_markup_that_acts_becomes_text_or_goes(vector):
    assert acting(defuse(vector)) - acting("") == Counter()


@pytest.mark.parametrize("vector", filled(MARKDOWN, BEACON))
def test_markdown_that_acts_becomes_text_or_goes(vector, page_of):
    assert acting(page_of(new_markdown_cell(vector))) - acting(page_of(new_markdown_cell("$"))) == Counter()


def test_a_page_with_everything_bad_acts_as_an_empty_page_does(page_of):
    bad = cells(BEACON)
    assert len(bad) > 20
    state = {"application/vnd.jupyter.widget-state+json": {"x": "</script><script>alert(1)</script>"}}
    assert acting(page_of(*bad, widgets=state)) - acting(page_of(new_markdown_cell("$"))) == Counter()


def test_without_the_mend_the_same_page_acts(config):
    bare = copy.deepcopy(config)
    for name in ("preprocessors", "filters", "sanitize_html"):
        del bare.HTMLExporter[name]
    exporter = HTMLExporter(config=bare)
    empty, *pages = (
        exporter.from_notebook_node(new_notebook(cells=[new_markdown_cell(text)]), resources=dict(FORMGRADE))[0]
        for text in ["$", *filled(MARKUP, BEACON), *filled(MARKDOWN, BEACON)]
    )
    tame = [page for page in pages if not acting(page) - acting(empty)]
    assert len(tame) < 8


def test_an_id_that_is_none(page_of):
    odd = new_code_cell("1", id="x", metadata={"nbgrader": {"grade_id": '"><script>alert(1)</script>', "grade": True, "solution": True}})
    assert acting(page_of(odd)) - acting(page_of(new_markdown_cell("$"))) == Counter()


def test_the_notebook_stays_as_it_was_handed_in(page_of):
    cell = new_code_cell("1", outputs=[new_output("display_data", data={"text/html": MARKUP[0], "application/javascript": "x"})])
    before = str(cell)
    page_of(cell)
    assert str(cell) == before


def body(page: str) -> BeautifulSoup:
    return BeautifulSoup(page, "html.parser").find("body")


def test_tables_keep_their_looks(page_of):
    table = pd.DataFrame({"customer_id": [f"C{n}" for n in range(20)], "revenue_yuan": [float(n * n) for n in range(20)]})
    styled = crm.show(table)
    named = styled.uuid
    shaded = table.style.bar("revenue_yuan").highlight_max("revenue_yuan")
    parts = [styled._repr_html_(), table._repr_html_(), shaded._repr_html_()]
    page = page_of(new_code_cell("1", outputs=[new_output("display_data", data={"text/html": html}) for html in parts]))
    soup = body(page)
    for before in parts:
        wanted = [
            part.get_text(strip=True) for part in BeautifulSoup(before, "html.parser").find("table").find_all(["th", "td", "caption"])
        ]
        assert wanted in [[part.get_text(strip=True) for part in one.find_all(["th", "td", "caption"])] for one in soup.find_all("table")]
    css = "".join(style.text for style in soup.find_all("style"))
    assert f"#T_{named} caption {{ caption-side: bottom; color:" in css
    assert f"#T_{named} .col0 {{ text-align: left }}" in css
    assert "linear-gradient(90deg, #d65f5f" in css
    assert ".dataframe thead th { text-align: right }" in css
    assert soup.find(id=f"T_{named}_row0_col0")["class"] == ["data", "row0", "col0"]
    assert soup.find("code")["style"].startswith("color: #")
    assert "&lt;" not in str(soup.find(id=f"T_{named}"))


def test_figures_formulas_and_printed_lines_stay(page_of):
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    plt.close(figure)
    data = base64.b64encode(picture.getvalue()).decode()
    outputs = [
        new_output("display_data", data={"image/png": data}, metadata={"image/png": {"width": 300, "height": 200}}),
        new_output("stream", text="a < b & c\n"),
        new_output("execute_result", data={"text/latex": r"$\frac{1}{2}$"}, execution_count=3),
    ]
    soup = body(page_of(new_code_cell("x = 1 < 2", outputs=outputs, execution_count=3), new_markdown_cell(r"$a<b$ and $$\sum_i x_i$$")))
    image = soup.find("img")
    assert image["src"] == f"data:image/png;base64,{data}"
    assert (image["width"], image["height"]) == ("300", "200")
    text = soup.get_text()
    assert all(said in text for said in ("a < b & c", r"$\frac{1}{2}$", "x = 1 < 2", "$a<b$", r"$$\sum_i x_i$$"))


def test_the_sheets_own_prose_stays(page_of):
    prose = """## 第 1 题　**前两家**

| 类 | 收入 |
|:--|--:|
| A | 70 |

<details><summary>提示</summary>

先*排序*，再看 [数据](https://example.org/a?b=1&c=2)。

</details>

```python
x = 1 < 2
```
"""
    soup = body(page_of(new_markdown_cell(prose)))
    assert soup.find("details").find("em").text == "排序"
    assert soup.find("summary").text == "提示"
    assert soup.find("a", string="数据")["href"] == "https://example.org/a?b=1&c=2"
    assert [cell["style"] for cell in soup.find_all("td", style=True)] == ["text-align: left", "text-align: right"]
    assert soup.find("div", class_="highlight").find("span", class_="mi").text == "1"
    assert soup.find("h2").text == "第 1 题　前两家"


def test_a_letter_reads_as_it_was_written(page_of):
    letter = """王经理：A&B 公司 <客户> 的份额 <5%，x<y 且 y>z；R&amp;D，<name> 未填。

> 前两成客户
> 带来七成收入

- 先 A 类
- 再 B 类 <3 家
- [ ] 待办 C:\\style\\class
"""
    soup = body(page_of(new_markdown_cell(letter)))
    text = soup.get_text().replace(WORD_JOINER, "")
    assert "王经理：A&B 公司 <客户> 的份额 <5%，x<y 且 y>z；R&D，<name> 未填。" in text
    assert soup.find("blockquote").get_text(" ", strip=True) == "前两成客户\n带来七成收入"
    assert [item.get_text(strip=True).replace(WORD_JOINER, "") for item in soup.find("blockquote").find_next("ul").find_all("li")] == [
        "先 A 类", "再 B 类 <3 家", "[ ] 待办 C:\\style\\class",
    ]  # fmt: skip


def test_what_is_left_out_is_said(page_of):
    page = page_of(new_code_cell("1", outputs=[new_output("display_data", data={"application/javascript": "go()"})]))
    assert "application/javascript" in page and "go()" not in page


def test_prose_that_cannot_be_rendered_is_shown_as_it_stands(page_of):
    assert "![x](attachment:gone)" in body(page_of(new_markdown_cell("![x](attachment:gone)"))).get_text()
