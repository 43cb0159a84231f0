"""Every student has a firm of their own, and a mistyped code is refused."""

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.company.codes import ALPHABET, firm_code, personal
from crmlib.company.tables import core
from crmlib.company.validation import check_tables

KEYS = st.text(min_size=1, max_size=20).filter(lambda text: text.strip() and text.isprintable())
NUMBERS = st.from_regex(r"[0-9A-Z]{4,12}", fullmatch=True)


def _refused(code):
    """Whether the code is refused before anything is simulated."""
    from crmlib.company.codes import _seed

    try:
        _seed(code)
    except ValueError:
        return True
    return False


@given(KEYS, NUMBERS)
def test_a_code_is_short_readable_and_always_the_same(key, number):
    code = firm_code(key, number)
    assert code == firm_code(key, number)
    assert [len(group) for group in code.split("-")] == [4, 4, 4]
    assert set(code) <= set(ALPHABET + "-")
    assert not _refused(code)


@given(KEYS, NUMBERS, NUMBERS)
def test_another_student_has_another_code(key, one, other):
    assume(one != other)
    assert firm_code(key, one) != firm_code(key, other)


@given(NUMBERS, KEYS, KEYS)
def test_another_key_changes_everything(number, one, other):
    import unicodedata

    assume(unicodedata.normalize("NFKC", one).strip() != unicodedata.normalize("NFKC", other).strip())
    assert firm_code(one, number) != firm_code(other, number)


def test_codes_do_not_collide_in_a_large_school():
    assert len({firm_code("autumn", str(number)) for number in range(20_000)}) == 20_000


def test_neighbouring_numbers_give_unrelated_codes():
    same = [sum(a == b for a, b in zip(firm_code("autumn", str(n)), firm_code("autumn", str(n + 1)), strict=True)) - 2 for n in range(500)]
    assert sum(same) / 500 < 1.0


@given(KEYS, NUMBERS, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_any_single_typing_mistake_is_found(key, number, place, wrong):
    plain = firm_code(key, number).replace("-", "")
    assume(plain[place] != wrong)
    assert _refused(plain[:place] + wrong + plain[place + 1 :])


@given(KEYS, NUMBERS, st.integers(0, 10))
def test_any_swap_of_neighbours_is_found(key, number, place):
    plain = firm_code(key, number).replace("-", "")
    assume(plain[place] != plain[place + 1])
    assert _refused(plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :])


@given(st.text(max_size=30))
def test_nonsense_is_refused_or_is_a_code(text):
    assert isinstance(_refused(text), bool)


@pytest.mark.parametrize(
    "code", ["", "7KQ2", "7KQ2-M4XA-9T3C", "云雀", firm_code("k", "1") + "0", firm_code("k", "1")[:-1], "UUUU-UUUU-UUUU", None, 12]
)
def test_a_wrong_code_is_refused_with_a_sentence(code):
    with pytest.raises(ValueError, match="is not a firm code: a character is missing, too many or mistyped"):
        personal(code)


@pytest.mark.parametrize(("key", "number"), [("", "1"), ("k", ""), ("  ", "1"), ("k", "\u3000")])
def test_key_and_number_are_needed(key, number):
    with pytest.raises(ValueError, match="class key and the student number"):
        firm_code(key, number)


@pytest.fixture(scope="module")
def mistakable():
    """A code with digits that are mistaken for letters, and its firm."""
    code = next(code for code in (firm_code("k", str(number)) for number in range(200)) if "0" in code and "1" in code)
    return code, personal(code)


def _full_width(text):
    return "".join(chr(ord(character) + 0xFEE0) if 0x21 <= ord(character) <= 0x7E else character for character in text)


@pytest.mark.parametrize("written", [
    str.lower, lambda code: code.replace("-", ""), lambda code: f"  {code.replace('-', ' ')}\n", _full_width,
    lambda code: code.replace("-", "—"), lambda code: code.replace("0", "O").replace("1", "l")])  # fmt: skip
def test_ways_of_writing_a_code_are_forgiven(written, mistakable):
    code, firm = mistakable
    same = personal(written(code))
    assert same.about["code"] == code
    pd.testing.assert_frame_equal(same.waybills, firm.waybills)


def test_two_students_have_two_firms():
    one, two = (personal(firm_code("autumn", number)) for number in ("20250101", "20250102"))
    assert one.customers.name.tolist() != two.customers.name.tolist()
    assert one.waybills.price_yuan.sum() != two.waybills.price_yuan.sum()


def test_a_personal_firm_does_not_give_its_seed_away():
    assert set(personal(firm_code("autumn", "1")).about) == {"name", "synthetic", "customers", "months", "first_day", "end", "code"}


@settings(max_examples=6, deadline=None)
@given(NUMBERS)
def test_every_personal_firm_has_all_that_a_lesson_needs(number):
    firm = personal(firm_code("autumn", number))
    check_tables(firm.tables)
    assert len(firm.customers) == 300
    for table in core.TABLES:
        for column in table.columns:
            if column.values:
                assert set(firm.tables[table.name][column.name]) == set(column.categories), column.name
    end = pd.Timestamp(firm.about["end"])
    spans = firm.waybills.groupby("customer_id").picked_up_at.agg(["min", "max"])
    silent, fresh = (end - spans["max"]).dt.days > 90, (end - spans["min"]).dt.days <= 90
    last_year = firm.waybills[firm.waybills.picked_up_at >= end - pd.DateOffset(months=12)]
    months = last_year.picked_up_at.dt.to_period("M").groupby(last_year.customer_id).nunique()
    assert 10 <= 300 - len(spans) <= 22
    assert silent.sum() >= 40
    assert (fresh & ~silent).sum() >= 5
    assert (months >= 9).sum() >= 50
    assert ((months < 9) & ~silent.reindex(months.index) & ~fresh.reindex(months.index)).sum() >= 20
    revenue = firm.waybills.groupby("customer_id").price_yuan.sum()
    assert 0.6 < revenue.nlargest(60).sum() / revenue.sum() < 0.95
    by_year = firm.waybills.groupby(["customer_id", firm.waybills.picked_up_at < end - pd.DateOffset(months=12)]).price_yuan.sum().unstack()
    assert ((by_year[False] > 1.5 * by_year[True]) & (by_year[True] > 100)).sum() >= 5


def test_a_personal_firm_is_quick_work():
    """Counted in parcels, since a clock on a busy machine proves nothing: a sixth of the shipped firm, made by the same steps."""
    assert len(personal(firm_code("autumn", "1")).waybills) < len(crm.company.lark().waybills) / 4
