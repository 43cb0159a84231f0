import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.company.schema import label
from crmlib.pricing import (
    check_shipments,
    document_check,
    goods_table,
    landed_cost,
    read_landed_tables,
    recognise_goods,
)


@pytest.fixture(autouse=True)
def english():
    crm.setup("en")


def test_a_landed_cost_by_hand():
    found = landed_cost(2000, freight_yuan=200, destination="eu", goods="clothing", insurance_yuan=10, delay_cover_yuan=5)
    duty = round(2210 * 0.12, 2)
    vat = round((2210 + duty) * 0.20, 2)
    lines = found.lines.set_index("line")["line_yuan"].to_dict()
    assert lines == {"goods": 2000.0, "freight": 200.0, "insurance": 10.0, "delay_cover": 5.0, "duty": duty, "vat": vat, "clearance": 25.0,
                     "advance": round((duty + vat) * 0.02, 2)}  # fmt: skip
    assert found.total_yuan == round(sum(lines.values()), 2) and found.customs_value_yuan == 2210
    assert found.added_share == pytest.approx(found.total_yuan / 2000 - 1)


def test_the_basis_differs_and_small_values_are_free():
    goods_only = landed_cost(1000, freight_yuan=500, destination="us", goods="electronics").lines.set_index("line")["line_yuan"]
    assert goods_only["duty"] == 200.0
    small = landed_cost(1000, freight_yuan=500, destination="eu", goods="clothing").lines.set_index("line")
    assert small.loc["duty", "line_yuan"] == 0 and "none on goods up to 1150" in small.loc["duty", "explained"]
    assert landed_cost(100, freight_yuan=50, destination="jp", clearance_yuan=0).total_yuan == 150


def test_the_result_says_that_the_tables_are_for_teaching():
    assert read_landed_tables().teaching
    assert "not the law" in landed_cost(100, freight_yuan=50, destination="us").summary()
    crm.setup("zh")
    assert "不是任何国家的现行规定" in landed_cost(100, freight_yuan=50, destination="us").summary()


@settings(deadline=None, max_examples=30)
@given(st.decimals("1", "5000", places=2), st.decimals("0", "900", places=2), st.sampled_from(["us", "eu", "uk", "jp", "sea"]))
def test_landed_costs_add_up_and_are_no_less_than_goods_and_freight(value, freight, destination):
    found = landed_cost(value, freight_yuan=freight, destination=destination)
    assert round(found.lines["line_yuan"].sum(), 2) == found.total_yuan >= float(value + freight)


def test_own_tables_are_read(tmp_path):
    from crmlib.pricing import landed

    text = landed._SHIPPED.read_text("utf-8").replace('mark = "teaching"', 'mark = "V"').replace("electronics = 0.03", "electronics = 0.5")
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    tables = read_landed_tables(path)
    assert not tables.teaching
    assert landed_cost(2000, freight_yuan=0, destination="eu", goods="electronics", tables=tables).lines["line_yuan"].tolist()[2] == 1000
    path.write_text(text.replace('basis = "cif"', 'basis = "fob"', 1), encoding="utf-8")
    with pytest.raises(ValueError, match="it must be goods or cif"):
        read_landed_tables(path)


@pytest.mark.parametrize(
    ("description", "goods"),
    [
        ("蓝牙耳机 2 个", ["battery_inside"]), ("充电宝", ["battery_alone"]), ("lipsticks", ["cosmetics"]), ("口红", ["cosmetics"]),
        ("Eau de perfume", ["flammable_cosmetics"]), ("toy without battery, cable", ["electronics"]), ("fireworks", ["explosives"]),
        ("repainted thing", []), ("礼品", []), ("cosmetics", ["cosmetics"]), ("dress and face cream", ["cosmetics", "clothing"]),
    ],
)  # fmt: skip
def test_goods_are_recognised(description, goods):
    assert recognise_goods(description) == goods


@pytest.mark.parametrize(
    ("description", "options", "verdict"),
    [
        ("dress", {"papers": ["invoice", "packing_list"]}, "ready"),
        ("dress", {"papers": "invoice"}, "papers_missing"),
        ("充电宝", {"watt_hours": 37}, "special_line"),
        ("手机", {}, "ask"),
        ("手机", {"watt_hours": 15}, "papers_missing"),
        ("手机", {"watt_hours": 15, "papers": ["invoice", "packing_list", "un38_3", "msds", "battery_label"]}, "ready"),
        ("laptop", {"watt_hours": 120}, "special_line"),
        ("laptop", {"watt_hours": 161}, "forbidden"),
        ("perfume", {}, "special_line"),
        ("dress and fireworks", {"papers": ["invoice", "packing_list"]}, "forbidden"),
        ("sample", {}, "ask"),
    ],
)
def test_verdicts(description, options, verdict):
    found = document_check(description, **options)
    assert found.verdict == verdict
    crm.setup("zh")
    assert label(verdict, "document_verdict") != verdict
    assert found.summary() and (verdict != "ask" or found.questions)


def test_cosmetics_need_what_the_study_names():
    assert {"ingredients", "export_permit"} <= set(document_check("口红").missing)


def test_what_is_nearly_known_is_asked_for():
    assert "lipstick" in document_check("lipstik").questions[0]


@settings(deadline=None, max_examples=30)
@given(st.text(alphabet="abcdefg 手机口红电", min_size=1).filter(str.strip), st.sets(st.sampled_from(["invoice", "msds", "un38_3"])))
def test_nothing_unknown_is_passed_and_more_papers_never_hurt(text, papers):
    found = document_check(text, papers=papers, watt_hours=10)
    if not found.goods:
        assert found.verdict == "ask"
    assert set(document_check(text, papers=[*papers, "packing_list"], watt_hours=10).missing) <= set(found.missing)


def test_a_list_of_shipments_keeps_its_index():
    shipments = pd.DataFrame({"description": ["dress", "手机", "口红"], "papers": ["invoice packing_list", None, "invoice；msds"],
                              "watt_hours": [None, 12.0, None]}, index=["a", "b", "c"])  # fmt: skip
    found = check_shipments(shipments)
    assert found["document_verdict"].tolist() == ["ready", "papers_missing", "papers_missing"] and found.index.tolist() == ["a", "b", "c"]
    assert found.loc["c", "missing_papers"] == "packing_list ingredients export_permit"


def test_the_table_of_goods_and_its_labels():
    table = goods_table()
    assert set(table["air"]) == {"yes", "papers", "line", "no"}
    assert all(label(code, "goods") == name for code, name in zip(table["goods"], table["goods_name"], strict=True))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: landed_cost(10, freight_yuan=1, destination="mars"), "There are no rates for mars"),
        (lambda: landed_cost(10, freight_yuan=1, destination="us", goods="gold"), "There is no duty for gold"),
        (lambda: landed_cost("x", freight_yuan=1, destination="us"), "goods_value_yuan is x"),
        (lambda: landed_cost(10, freight_yuan=-1, destination="us"), "freight_yuan is -1"),
        (lambda: landed_cost(10, freight_yuan=1, destination="us", duty=20), "duty is 20; it must be below 1"),
        (lambda: read_landed_tables("nowhere.toml"), "Cannot read nowhere.toml"),
        (lambda: document_check("  "), "The description of the goods is empty"),
        (lambda: document_check(None), "The description of the goods is empty"),
        (lambda: document_check("dress", papers=["passport"]), "There is no paper passport"),
        (lambda: document_check("手机", watt_hours="big"), "watt_hours is big"),
        (lambda: check_shipments(pd.DataFrame({"what": ["x"]})), "lacks the column(s) description"),
        (lambda: check_shipments(pd.DataFrame({"description": ["dress", None]})), "Row 1: The description of the goods is empty"),
    ],
)
def test_unusable_input_is_refused(call, sentence):
    with pytest.raises(ValueError) as caught:
        call()
    assert sentence in str(caught.value)
