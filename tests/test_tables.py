import pandas as pd
import pytest

import crmlib as crm
from crmlib.i18n import use_language
from crmlib.tables import show


def page(table):
    return table.to_html()


def test_headings_and_values_are_in_the_active_language():
    frame = pd.DataFrame({"market": ["e_commerce"], "revenue_yuan": [1234.5]}, index=pd.Index(["C1"], name="customer_id"))
    use_language("zh")
    chinese = page(show(frame))
    use_language("en")
    english = page(show(frame))
    assert "电商客户" in chinese and "e-commerce customer" in english
    assert "e_commerce" not in chinese + english
    assert "收入（元）<br><code" in chinese and ">revenue_yuan</code>" in chinese


def test_numbers_read_as_people_write_them():
    frame = pd.DataFrame({
        "customer_share": [0.1234], "growth": [-0.4], "parcels": [12345], "margin_yuan": [-1234.4], "expected_growth": [float("nan")],
        "last_on": [pd.Timestamp("2026-10-31 10:00")],
    })  # fmt: skip
    html = page(show(frame))
    for wanted in ("12.3%", "\N{MINUS SIGN}40%", "12,345", "\N{MINUS SIGN}1,234", "–", "2026-10-31"):
        assert wanted in html
    assert "nan" not in html.lower()


def test_moments_have_their_time_of_day_and_days_do_not():
    moments = pd.to_datetime(["2026-10-31 10:05", None])
    html = page(show(pd.DataFrame({"opened_at": moments, "closed_on": moments, "since": moments})))
    assert html.count("2026-10-31 10:05") == 2
    assert "10:05" not in page(show(pd.DataFrame({"opened_at": pd.to_datetime(["2026-10-31"])}))) and html.count("–") == 3


def test_a_long_table_says_how_many_rows_there_are_and_stays_as_it_was():
    frame = pd.DataFrame({"revenue": range(30)})
    before = frame.copy()
    html = page(show(frame, rows=5))
    assert html.count("<tr>") == 6
    assert "first 5 of 30 rows" in html
    pd.testing.assert_frame_equal(frame, before)
    assert "caption>" not in page(show(frame.head(3), rows=5)).replace("caption {", "")


def test_one_code_with_two_meanings_is_named_by_its_column():
    html = page(show(pd.DataFrame({"nature": ["group"], "scope": ["domestic"], "location": ["domestic"]})))
    assert "RFM" not in html
    cells = [part.split("<")[0] for part in html.split('" >')[1:]]
    assert cells[-1] != cells[-2]


def test_a_series_will_do_and_no_rows_will_not():
    assert "2,000" in page(show(pd.Series({"A": 2000}, name="revenue")))
    with pytest.raises(ValueError, match="at least one"):
        show(pd.Series([1.0], name="revenue"), rows=0)


def test_every_heading_of_the_shipped_firm_has_a_name_in_both_languages():
    firm = crm.company.lark()
    for language in ("zh", "en"):
        use_language(language)
        for table in (firm.customers, firm.waybills):
            html = page(show(table.head(3), rows=3))
            assert not [name for name in table.columns if "_" in name and f" >{name}<br>" in html]


def test_a_class_letter_is_the_abc_class_wherever_customers_are_classed():
    use_language("zh")
    html = page(show(pd.DataFrame({"class": ["A"], "from": ["B"], "to": ["left"]})))
    assert "A 关键客户" in html and "B 主要客户" in html and "离开" in html


def test_row_numbers_left_over_from_choosing_rows_are_not_shown():
    chosen = pd.DataFrame({"customer_id": ["C00001", "C00002", "C00003"]}).query("customer_id > 'C00001'")
    assert list(show(chosen).data.columns) == ["customer_id"]


def test_class_numbers_with_a_name_are_shown():
    assert list(show(pd.DataFrame({"parcels": [3, 4]}, index=pd.Index([1, 2], name="group"))).data.columns) == ["group", "parcels"]


def test_bounds_are_shown_in_the_unit_of_the_estimate_before_them():
    rates = pd.DataFrame({"service_level": [0.876], "low": [0.854], "high": [0.894]})
    figures = pd.DataFrame({"passed_share": [0.5], "kappa": [0.22], "low": [0.04], "high": [0.41]})
    assert "85.4%" in show(rates).to_html() and "89.4%" in show(rates).to_html()
    assert "0.04" in show(figures).to_html() and "0.41" in show(figures).to_html()
