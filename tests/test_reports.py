import datetime as dt
import re
from html.parser import HTMLParser

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.i18n import use_language
from crmlib.reports import Number

mpl.use("Agg")
NUMBERS = [("NPS", 32.4, 29.0, 35.7, "points"), ("CSAT", 0.303, 0.282, 0.324, "share"), ("answers", 1815)]


@pytest.fixture
def figure():
    drawn = plt.subplots(figsize=(3, 2))[1]
    yield drawn
    plt.close("all")


def page(figure, **changes):
    given = {"title": "Mend delivery", "numbers": NUMBERS, "recommendation": "Begin with three routes.", "date": "2026-11-30"} | changes
    return crm.one_page(given.pop("title"), figure=figure, **given)


class Reader(HTMLParser):
    """What a browser would fetch, and what a reader would see."""

    def __init__(self, text: str):
        super().__init__()
        self.fetched, self.text, self.open = [], "", []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.fetched += [value for name, value in attributes if name in ("src", "href", "data", "srcset")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data if "style" not in self.open else ""


def test_the_page_says_what_it_was_given(figure, tmp_path):
    report = page(figure, to="the manager", by="an analyst", path=tmp_path / "report.html")
    read = Reader((tmp_path / "report.html").read_text("utf-8"))
    for said in ("Mend delivery", "32.4", "29.0 to 35.7", "30.3%", "28.2% to 32.4%", "1,815", "Begin with three routes.", "To: the manager",
                 "From: an analyst", "2026-11-30", "The data are simulated", "95% confidence"):  # fmt: skip
        assert said in read.text
    assert read.open == [] and [address[:22] for address in read.fetched] == ["data:image/png;base64,"]
    assert report._repr_html_() in report.document() and report.document() == (tmp_path / "report.html").read_text("utf-8")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"], "nothing half-written is left"
    assert not plt.fignum_exists(figure.figure.number), "a notebook does not show the figure a second time"


def test_both_languages(figure):
    report = page(figure)
    english = report.document()
    use_language("zh")
    chinese = report.document()
    assert 'lang="en"' in english and 'lang="zh-CN"' in chinese
    for said in ("模拟数据", "建议", "2026 年 11 月 30 日", "分"):
        assert said in Reader(chinese).text
    assert "simulated" not in Reader(chinese).text


def test_a_real_firm_s_page_does_not_speak_of_simulation(figure):
    assert "simulated" not in page(figure, simulated=False, date=dt.datetime(2026, 11, 30, 8)).document()
    assert page(figure, date=None).date == dt.date.today()


@settings(deadline=None, max_examples=30)
@given(
    st.text(min_size=1, max_size=25).filter(str.strip),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1, max_size=40),
)
def test_whatever_is_written_is_text_and_never_markup(title, advice):
    if not advice.strip():
        advice = "x"
    report = crm.reports.OnePage(
        title,
        (Number("<b>", 1.0), Number("&", 2.0)),
        advice + "\n\n<script>alert(1)</script>",
        "</h2>",
        '"',
        dt.date(2026, 1, 2),
        True,
        0.95,
        b"",
    )
    read = Reader(report.document())
    assert "<script>" in read.text and "<b>" in read.text and "</h2>" in read.text
    assert read.open == [] and len(read.fetched) == 1


@settings(deadline=None, max_examples=30)
@given(st.floats(-1e7, 1e7), st.floats(0, 1e5), st.sampled_from(["", "share", "yuan", "kg"]))
def test_value_and_interval_are_written_alike(value, half, unit):
    number = Number("x", value, value - half, value + half, unit)
    ends = number.interval().split(" to ")
    decimals = {len(text.rstrip("%").partition(".")[2]) for text in (number.digits(), *ends)}
    assert len(decimals) == 1 and "-" not in number.written()
    assert number.written().endswith({"": "", "share": "%", "yuan": "yuan", "kg": "kg"}[unit])


def test_numbers_read_as_people_write_them():
    assert Number("x", 1234567.4, 1e6, 1.5e6, "yuan").written() == "1,234,567 yuan"
    assert Number("x", -0.031, -0.05, -0.01, "share").written() == "−3.1%"
    assert Number("x", 0.00123, 0.001, 0.002).written() == "0.0012" and Number("x", 1e-12).written() == "0.000000000"
    assert Number("x", 3.25, 3.0, 3.5).written() == "3.25" and Number("x", 12).written() == "12"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 121}, "120"),
        ({"title": "长" * 61}, "122"),
        ({"recommendation": " "}, "recommendation"),
        ({"recommendation": "长" * 600}, "recommendation|建议"),
        ({"recommendation": "\n\n".join(["x"] * 13)}, "13"),
        ({"numbers": NUMBERS[:1]}, "1"),
        ({"numbers": NUMBERS * 2}, "6"),
        ({"numbers": [1, 2]}, "NPS"),
        ({"numbers": [("a", 5, 6, 7), NUMBERS[0]]}, "5"),
        ({"numbers": [("a", 5, 4), NUMBERS[0]]}, "a"),
        ({"numbers": [("a", "five"), NUMBERS[0]]}, "five"),
        ({"numbers": [("a", float("nan")), NUMBERS[0]]}, "nan"),
        ({"numbers": [("", 5), NUMBERS[0]]}, "label"),
        ({"date": "tomorrow"}, "tomorrow"),
        ({"level": 95}, "level"),
        ({"to": "x" * 70}, "70"),
        ({"path": "report.pdf"}, "report.pdf"),
        ({"path": 5}, "report.html"),
        ({"numbers": None}, "numbers"),
        ({"numbers": [("a", 5, 4, 6, 7), NUMBERS[0]]}, "7"),
        ({"date": pd.NaT}, "NaT"),
        ({"path": "no/such/folder/report.html"}, "folder"),
    ],
)
def test_bad_input_ends_in_a_sentence(figure, language, changes, word):
    use_language(language)
    with pytest.raises(ValueError, match=word):
        page(figure, **changes)


def test_what_is_no_figure_is_refused():
    with pytest.raises(ValueError, match="DataFrame"):
        page(pd.DataFrame())


def test_a_file_that_stands_there_is_replaced_whole_or_not_at_all(figure, tmp_path):
    target = tmp_path / "report.html"
    target.write_text("old", "utf-8")
    with pytest.raises(ValueError, match="title"):
        page(figure, title="", path=target)
    assert target.read_text("utf-8") == "old"
    page(figure, path=target)
    assert re.match("<!DOCTYPE html>", target.read_text("utf-8"))
