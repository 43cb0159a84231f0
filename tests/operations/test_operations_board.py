"""The board: what each level sees, that its figures are those of the waybills, and what it writes."""

import pandas as pd
import pytest

from crmlib.operations import board
from crmlib.operations.board_view import page


@pytest.fixture(scope="module")
def manager(lark):
    return board(lark)


def test_tiles_are_the_sums_of_the_month(lark, manager):
    bills = lark.waybills[lark.waybills["picked_up_at"] >= "2026-10-01"]
    tiles = manager.tiles().set_index("tile")["value"]
    assert tiles["revenue_yuan"] == pytest.approx(bills["price_yuan"].sum()) and tiles["customers"] == bills["customer_id"].nunique()
    parts = [manager.tiles(tier=tier).set_index("tile").at["revenue_yuan", "value"] for tier in "ABC"]
    assert sum(parts) == pytest.approx(tiles["revenue_yuan"])
    east = manager.tiles(region="east", month="2026-05").set_index("tile")
    assert east["value"].notna().all() and east.at["revenue_yuan", "last_year"] > 0
    assert manager.tiles(month="2025-01")["last_year"].isna().all()


def test_each_level_sees_what_it_needs(lark, manager):
    agent, own = board(lark, role="agent"), board(lark, role="account_manager", salesperson_id="S12")
    assert not any("yuan" in name or "margin" in name for name in [*agent.tiles()["tile"], *agent.table().columns])
    assert not any("margin" in name for name in [*own.tiles()["tile"], *own.table().columns])
    mine = set(lark.customers.loc[lark.customers["salesperson_id"] == "S12", "customer_id"])
    assert set(own.table()["customer_id"]) <= mine and "customer_id" not in manager.table()
    persons = lark.customers[lark.customers["nature"] == "individual"].set_index("customer_id")["name"]
    seen = agent.table().set_index("customer_id")["name"]
    both = seen.index.intersection(persons.index)
    assert len(both) > 20 and (seen[both] != persons[both]).mean() > 0.9, "persons' names are masked for agents"


def test_what_is_written_can_be_read_and_no_text_becomes_a_formula(lark, tmp_path):
    one = board(lark, role="agent")
    one._people["name"] = "=1+1"
    path = one.export(tmp_path / "board.xlsx", tier="A")
    import openpyxl

    book = openpyxl.load_workbook(path)
    cells = [cell for row in book.worksheets[1].iter_rows(min_row=3) for cell in row]
    assert len(book.sheetnames) == 2 and all(cell.data_type != "f" for cell in cells)
    assert [file.name for file in tmp_path.iterdir()] == ["board.xlsx"]


def test_page_changes_with_the_choice(manager):
    chosen = {"tier": "all", "month": None, "region": "all"}
    whole, small = page(manager, chosen), page(manager, chosen | {"tier": "C"})
    assert all(one != other for one, other in zip(whole, small, strict=True))
    assert whole[0]["text/html"].count("board-value") == 4 and whole[1]["image/png"][:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda firm, one: board(firm, role="intern"), "one of"),
        (lambda firm, one: board(firm, role="account_manager"), "name whose board"),
        (lambda firm, one: board(firm, salesperson_id="S01"), "alone"),
        (lambda firm, one: one.tiles(tier="D"), "one of"),
        (lambda firm, one: one.table(month="2030-01"), "the board has"),
        (lambda firm, one: one.table(region="moon"), "one of"),
        (lambda firm, one: one.export("board.csv"), "must end in .xlsx"),
    ],
)
def test_bad_input_ends_in_a_sentence(lark, manager, call, said):
    with pytest.raises(ValueError, match=said):
        call(lark, manager)


def test_table_of_a_manager_has_a_row_a_tier(manager):
    table = manager.table()
    assert table["abc"].astype(str).tolist() == ["A", "B", "C"] and table["revenue_share"].sum() == pytest.approx(1)
    assert manager.table(tier="A")["revenue_share"].iloc[0] == pytest.approx(table["revenue_share"].iloc[0])
    assert isinstance(manager.months[0], pd.Timestamp)
