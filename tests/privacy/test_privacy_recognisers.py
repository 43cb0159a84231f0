"""Numbers in what people write: found where they stand, valid by the rules of their kind, and few false alarms."""

from __future__ import annotations

import pandas as pd
import pytest
import stdnum.cn.ric
import stdnum.luhn
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.company import lark
from crmlib.privacy import find_personal, id_check_character, recognisers, redact, scan_texts

PLACES = ("110105", "110101")


@settings(max_examples=20)
@given(st.sampled_from(PLACES), st.dates(min_value=pd.Timestamp("1901-01-01").date(), max_value=pd.Timestamp("2025-12-31").date()),
       st.integers(0, 999), st.sampled_from("0123456789X"))  # fmt: skip
def test_identity_cards_agree_with_the_standard_library_of_numbers(place, born, order, check):
    first = f"{place}{born:%Y%m%d}{order:03d}"
    assert id_check_character(first) == stdnum.cn.ric.calc_check_digit(first + "0")
    assert (recognisers.identity_card(first + check) == "ok") == stdnum.cn.ric.is_valid(first + check) == (check == id_check_character(first))


@settings(max_examples=20)
@given(st.text(alphabet="0123456789", min_size=16, max_size=19))
def test_cards_agree_with_luhn(digits):
    assert (recognisers.bank_card(digits) != "wrong_check_digit") == stdnum.luhn.is_valid(digits)
    whole = "62" + digits[:14]
    right = whole + stdnum.luhn.calc_check_digit(whole)
    assert recognisers.bank_card(right) == "ok" and find_personal(f"卡号{right}。")["valid"].tolist() == [True]


@pytest.mark.parametrize(("number", "why"), [
    ("11010519491231002X", "ok"), ("11010519491231002x", "ok"), ("110105 19491231 0021", "wrong_check_digit"), ("990105194912310021", "no_such_region"),
    ("11010519491331002X", "impossible_date"), ("11010529991231002X", "impossible_date"), ("110105491231002", "not_one"), ("", "not_one"),
])  # fmt: skip
def test_identity_cards(number, why):
    assert recognisers.identity_card(number) == why


@pytest.mark.parametrize(("text", "kinds"), [
    ("请打13800138000", ["mobile"]), ("電話１３８００１３８０００急", ["mobile"]), ("+86 138-0013-8000", ["mobile"]), ("我是幺三八零零幺三八零零零", ["mobile"]),
    ("打0571-87654321转801", ["landline"]), ("(010)62345678", ["landline"]), ("身份证11010519491231002X", ["id_number"]),
    ("卡 6222 0212 3456 7890 128", ["bank_card"]), ("运单W000123456到哪了", ["waybill"]), ("写信 li.an@post.cn 。", ["email"]),
    ("W000123456和w000654321，回13912345678", ["waybill", "waybill", "mobile"]), ("我电话13800138000,身份证11010519491231002X", ["mobile", "id_number"]),
])  # fmt: skip
def test_what_is_found(text, kinds):
    found = find_personal(text)
    assert found["kind_found"].tolist() == kinds
    assert all(text[find.begins : find.ends] == find.text for find in found.itertuples())
    assert find_personal(redact(text)).empty and not any(find in redact(text) for find in found["text"])


@pytest.mark.parametrize("text", [
    "第5次找你们了，停了11天", "下单时间2025-11-11 10:30:22", "赔我1380013元", "订单号20251111123456789012", "order 202511110000123456", "129****5678", "版本1.13800138000",
    "税号Z14516959080907020", "一三五七天都行", "", "2025年11月11日0时", "12306和95338", "重量13.8千克，价138.00元", "快递单号 SF1380013800055", "id=1731312000123",
])  # fmt: skip
def test_what_is_no_number_of_a_person_is_left_alone(text):
    assert find_personal(text).empty and redact(text) == text


def test_invented_numbers_are_found_but_cannot_be_real():
    records = lark().source_records
    for column, kind, why in (("mobile", "mobile", "no_such_prefix"), ("landline", "landline", "no_such_prefix"), ("id_number", "id_number", "no_such_region"),
                              ("email", "email", "no_such_prefix")):  # fmt: skip
        values = records[column].dropna()
        values = (values[records.loc[values.index, "id_type"] == "identity_card"] if column == "id_number" else values).head(150)
        found = scan_texts(values)
        assert len(found) >= 0.99 * len(values) and set(found["kind_found"]) == {kind} and not found["valid"].any() and set(found["why_found"]) == {why}


def test_the_firms_texts_hold_no_numbers_and_planted_ones_are_all_found():
    firm = lark()
    texts = pd.concat([firm.cases["text"], firm.surveys["comment"].dropna()], ignore_index=True)
    assert scan_texts(texts).empty
    planted = {"13800138000": "mobile", "11010519491231002X": "id_number", "0571-87654321": "landline", "4111 1111 1111 1111": "bank_card"}
    numbers = pd.Series(list(planted) * 25)
    written = texts.head(100) + "，" + numbers
    found = scan_texts(written)
    assert found["row"].tolist() == list(range(100)) and found["kind_found"].tolist() == [planted[number] for number in numbers] and found["valid"].all()
    assert not any(number in text for number, text in zip(numbers, written.map(redact), strict=True))


def test_only_what_can_be_real_where_asked():
    text = "12912345678 13800138000"
    assert redact(text, only_valid=True).startswith("12912345678") and "13800138000" not in redact(text, only_valid=True)


def test_no_text_is_refused():
    with pytest.raises(ValueError, match="13800138000"):
        find_personal(13800138000)
