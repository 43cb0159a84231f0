"""Masks hide what the national rule wants hidden, whatever is typed; the drawn waybill shows it."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import plotting, privacy
from crmlib.company import lark
from crmlib.privacy import masking
from crmlib.privacy.leaks import find_leaks


@settings(max_examples=20)
@given(st.text(alphabet="0123456789", min_size=7, max_size=15))
def test_six_digits_of_a_number_are_hidden(digits):
    hidden = masking.hidden_digits(digits)
    assert len(hidden) == len(digits) and hidden.count("*") == 6
    assert masking.hidden_digits(hidden) == hidden


@settings(max_examples=20)
@given(st.text(alphabet="赵钱孙李欧阳若清安", min_size=1, max_size=5))
def test_a_character_of_a_name_is_hidden(name):
    hidden = masking.hidden_name(name)
    assert "*" in hidden and (len(name) == 1 or name not in hidden)


def test_units_and_rooms_of_the_firms_addresses_are_hidden():
    addresses = lark().source_records["address"].dropna()
    addresses = addresses[addresses.str.contains(r"[0-9]+室$|[0-9]+铺$")]
    rooms = addresses.str.extract(r"([0-9]+[室铺])$")[0]
    hidden = privacy.mask(addresses, "address")
    assert len(addresses) > 2000
    assert hidden.str.endswith("***").all() and not any(room in text for room, text in zip(rooms, hidden, strict=True))
    assert (hidden.str.contains("号***", regex=False)).mean() > 0.95


@pytest.mark.parametrize(("address", "hidden"), [
    ("浙江杭州碧汐区砾沅路87号6座1006室", "浙江杭州碧汐区砾沅路87号***"), ("砾沅路87号院3号楼2单元501", "砾沅路87号***"), ("廣東省深圳市芃大道32號7棟1207室", "廣東省深圳市芃大道32號***"),
    ("12 Elm Road, Apt 5B", "12 Elm Road, ***"), ("", ""), ("某地", "某***"),
])  # fmt: skip
def test_addresses(address, hidden):
    assert masking.hidden_address(address).startswith(hidden[:3]) and not any(room in masking.hidden_address(address) for room in ("1006", "501", "1207", "5B"))
    assert masking.hidden_address(address) == hidden or "院" in address


def test_missing_stays_missing_and_unknown_columns_are_refused():
    assert privacy.mask(pd.Series([np.nan, "李安"]), "name").isna().tolist() == [True, False]
    with pytest.raises(ValueError, match="shoe"):
        privacy.mask(pd.Series(["44"]), "shoe")


def test_coarse_values_have_one_digit():
    numbers = privacy.coarse(pd.Series([123.4, -0.0171, 0.0, np.nan, 9.99])).tolist()
    assert numbers[:3] == [100.0, -0.02, 0.0] and np.isnan(numbers[3]) and numbers[4] == 10.0


def test_masked_keys_need_the_secret():
    keys = pd.Series(["C00001", "C00002", None, "C00001"])
    one = privacy.masked_keys(keys, "a secret of 16 ch")
    assert one[0] == one[3] != one[1] and pd.isna(one[2])
    assert privacy.masked_keys(keys, "another of 16 ch.")[0] != one[0] and (privacy.masked_keys(keys) == privacy.masked_keys(keys)).sum() == 3


def test_a_masked_waybill_obeys_and_a_half_masked_one_does_not():
    whole = privacy.sample_waybill()
    assert privacy.check_waybill(privacy.mask_waybill(whole), whole)["obeyed"].all()
    assert not privacy.check_waybill(whole, whole)["obeyed"].any()
    half = privacy.mask_waybill(whole) | {"recipient_phone": "129****5678", "sender_address": whole["sender_address"]}
    found = privacy.check_waybill(half, whole)
    assert found.index[~found["obeyed"]].tolist() == ["recipient_phone", "sender_address"]
    assert found.loc["recipient_phone", ["hidden_count", "wanted_count"]].tolist() == [4, 6]
    with pytest.raises(ValueError, match="sender_phone"):
        privacy.mask_waybill({**whole, "sender_phone": ""})


def test_the_drawn_waybill_shows_both_and_the_masked_half_alone_leaks_nothing():
    whole = privacy.sample_waybill()
    axes = plotting.waybill(whole)
    assert not find_leaks(axes, {name: [value] for name, value in whole.items() if name.endswith(("phone", "name"))}).empty
    plt.close(axes.figure)
    axes = plotting.waybill(privacy.mask_waybill(whole))
    assert find_leaks(axes, {name: [value] for name, value in whole.items() if name != "waybill_id"}).empty
    plt.close("all")
