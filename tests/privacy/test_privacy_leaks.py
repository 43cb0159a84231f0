"""Pages, exports, notebooks, figures and logs that look masked but leak: each way of leaking is found, and clean ones are not accused."""

from __future__ import annotations

import base64
import json
import logging
import urllib.parse

import matplotlib.pyplot as plt
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment

from crmlib import privacy, show
from crmlib.company import lark

PHONE, NAME = "12912345678", "郭若清"
SECRETS = {"phone": [PHONE], "name": [NAME]}
PAGE = "<!doctype html><html><head><title>客户页</title></head><body><h1>郭*清</h1><p>电话 129******78</p>{leak}</body></html>"


@pytest.mark.parametrize(("leak", "where", "written"), [
    (f"<span title='{NAME}'>郭*清</span>", "attribute", "plain"), (f"<td data-phone='{PHONE}'>***</td>", "attribute", "plain"),
    (f"<span hidden>{PHONE}</span>", "hidden", "plain"), (f"<div style='display: none'><b>{PHONE}</b></div>", "hidden", "plain"),
    (f"<p style='font-size:0'>{PHONE}</p>", "hidden", "plain"), (f"<template><i>{NAME}</i></template>", "hidden", "plain"),
    (f"<input type='hidden' value='{PHONE}'>", "attribute", "plain"), (f"<!-- {NAME} {PHONE} -->", "comment", "plain"),
    (f"<script>const rows = [{{\"phone\": \"{PHONE}\"}}];</script>", "script", "plain"), (f"<a href='tel:+86{PHONE}'>拨号</a>", "attribute", "spaced"),
    ("<p>129 1234-5678</p>", "shown", "spaced"), ("<p>1<b>2912345678</b></p>", "shown", "plain"), ("<p>１２９１２３４５６７８</p>", "shown", "plain"),
    (f"<a href='?q={urllib.parse.quote(NAME)}'>查</a>", "attribute", "escaped"), ("<p>" + "".join(f"&#{ord(letter)};" for letter in NAME) + "</p>", "shown", "plain"),
    ("<script>var n = '" + NAME.encode("unicode_escape").decode() + "';</script>", "script", "escaped"),
    (f"<img src='data:text/plain;base64,{base64.b64encode(('tel ' + PHONE).encode()).decode()}'>", "attribute", "encoded"),
    (f"<svg><text visibility='hidden'>{NAME}</text></svg>", "hidden", "plain"), ("<p>129\u200b1234\u200b5678</p>", "shown", "spaced"),
])  # fmt: skip
def test_a_masked_page_that_still_leaks(leak, where, written):
    leaks = privacy.find_leaks(PAGE.format(leak=leak), SECRETS)
    assert (where, written) in set(zip(leaks["where"], leaks["written"], strict=True))
    assert not leaks.astype(str).apply(lambda column: column.str.contains(f"{PHONE}|{NAME}")).to_numpy().any()


@pytest.mark.parametrize("page", [
    PAGE.format(leak=""), PAGE.format(leak="<p>订单129123456789</p>"), PAGE.format(leak="<p>A12912345678 9</p>").replace("A129", "5129"), "<p></p>", "<p>郭清</p>",
])  # fmt: skip
def test_a_clean_page_is_not_accused(page):
    assert privacy.find_leaks(page, SECRETS).empty


@settings(max_examples=15)
@given(st.text(alphabet="0123456789", min_size=11, max_size=11), st.sampled_from(["<p>{}</p>", "<p id='{}'></p>", "<!--{}-->", "<script>{}</script>", "{}\n"]))
def test_whatever_is_planted_is_found(number, place):
    assert not privacy.find_leaks(place.format(number), [number]).empty
    assert privacy.find_leaks(place.format(privacy.hidden_digits(number)), [number]).empty


@pytest.fixture(scope="module")
def contacts():
    frame = lark().contacts.head(30)
    return frame.assign(phone=[f"129{number:08d}" for number in range(12345600, 12345630)])


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx", "parquet", "html", "json", "log"])
def test_exports_leak_whole_and_not_masked(tmp_path, contacts, ending):
    masked = privacy.apply_view(contacts, "contacts", "agent")
    write = {
        "csv": lambda frame, path: frame.to_csv(path, index=False, encoding="utf-8-sig"), "tsv": lambda frame, path: frame.to_csv(path, sep="\t", encoding="gb18030"),
        "xlsx": lambda frame, path: frame.to_excel(path, index=False), "parquet": lambda frame, path: frame.to_parquet(path),
        "html": lambda frame, path: path.write_text(show(frame, rows=30).to_html(), encoding="utf-8"),
        "json": lambda frame, path: path.write_text(frame.to_json(force_ascii=True), encoding="utf-8"),
        "log": lambda frame, path: path.write_text("\n".join(f"INFO call {one}" for one in frame["phone"]) + "\n" + "\n".join(frame["name"]), encoding="utf-8"),
    }[ending]  # fmt: skip
    path = tmp_path / f"export.{ending}"
    write(contacts, path)
    leaks = privacy.find_leaks(path, contacts[["name", "phone"]])
    assert set(leaks["of"]) == {"name", "phone"} and leaks["value_hidden"].nunique() >= 30
    write(masked, path)
    assert privacy.find_leaks(path, contacts[["name", "phone"]]).empty


def test_a_workbook_leaks_in_hidden_sheets_columns_comments_and_properties(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["郭*清", "129******78", PHONE])
    sheet.column_dimensions["C"].hidden = True
    sheet["A1"].comment = Comment(NAME, "x")
    book.create_sheet("source").append([NAME])
    book["source"].sheet_state = "hidden"
    book.properties.title = f"callback {PHONE}"
    book.save(tmp_path / "masked.xlsx")
    leaks = privacy.find_leaks(tmp_path / "masked.xlsx", SECRETS)
    assert set(zip(leaks["where"], leaks["place"], strict=True)) >= {
        ("hidden", "Sheet!C1"), ("comment", "Sheet!A1"), ("hidden", "source!A1"), ("metadata", "docProps/core.xml")}  # fmt: skip


def test_a_notebook_leaks_in_output_error_source_and_metadata(tmp_path):
    cells = [
        {"cell_type": "code", "source": [f"look_up('{PHONE}')"], "metadata": {}, "outputs": []},
        {"cell_type": "code", "source": "x", "metadata": {"note": NAME}, "outputs": [
            {"output_type": "execute_result", "metadata": {}, "data": {"text/html": [f"<td title='{PHONE}'>*</td>"], "text/plain": NAME}},
            {"output_type": "error", "traceback": [f"KeyError: {PHONE}"]}, {"output_type": "stream", "text": [NAME]}]},
    ]  # fmt: skip
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}}), encoding="utf-8")
    leaks = privacy.find_leaks(path, SECRETS)
    assert set(leaks["where"]) == {"source", "metadata", "attribute", "output"} and leaks["place"].str.contains("cell 2 stream").any()


def test_a_figure_leaks_in_words_hidden_words_and_ids():
    figure, ax = plt.subplots()
    ax.text(0, 0, "郭*清").set_gid(PHONE)
    ax.text(0, 0, NAME, visible=False)
    assert set(privacy.find_leaks(ax, SECRETS)["where"]) == {"metadata", "hidden"}
    plt.close(figure)


def test_a_log_that_leaks(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        logging.getLogger("desk").info("screen pop for %s", PHONE)
        logging.getLogger("desk").info("screen pop for %s", privacy.hidden_digits(PHONE))
    (tmp_path / "desk.log").write_text(caplog.text, encoding="utf-8")
    assert privacy.find_leaks(tmp_path / "desk.log", SECRETS)["place"].tolist() == ["line 1"]


def test_tables_leak_in_index_heading_and_attributes():
    frame = pd.DataFrame({"x": [1]}, index=pd.Index([NAME]))
    frame[PHONE] = 2
    frame.attrs["source"] = NAME
    assert set(privacy.find_leaks(frame, SECRETS)["where"]) == {"index", "heading", "metadata"}
    assert privacy.find_leaks(pd.DataFrame({"x": [1]}), SECRETS).empty


def test_all_the_firms_names_are_sought_in_a_page_of_many_rows():
    customers = lark().customers.head(400)
    persons = customers.loc[customers["nature"] == "individual", "name"]
    view = privacy.apply_view(customers, "customers", "agent").drop(columns="customer_id")
    leaks = privacy.find_leaks(view, persons[persons.str.len() > 2].rename("name"))
    assert leaks.empty
    assert len(privacy.find_leaks(customers, persons)) >= persons.nunique()


@pytest.mark.parametrize(("thing", "protected", "word"), [
    ("missing.xlsx", [PHONE], "missing.xlsx"), ("<p></p>", [], "Nothing"), ("<p></p>", ["1", None], "Nothing"),
])  # fmt: skip
def test_bad_input_ends_in_a_sentence(thing, protected, word):
    with pytest.raises(ValueError, match=word):
        privacy.find_leaks(thing, protected)


def test_a_file_that_is_not_what_its_ending_says(tmp_path):
    for ending in ("xlsx", "parquet", "ipynb", "zip"):
        (tmp_path / f"x.{ending}").write_text("no such thing", encoding="utf-8")
        with pytest.raises(ValueError, match=rf"x\.{ending}"):
            privacy.find_leaks(tmp_path / f"x.{ending}", [PHONE])
