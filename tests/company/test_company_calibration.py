"""The calibrated figures: measured, banded, met by the shipped firm and by small ones, and told for every table that has any."""

import numpy as np
import pandas as pd
import pytest

import crmlib as crm
from crmlib.company.calibration import MARGIN, calibration
from crmlib.company.company import Company
from crmlib.company.measured import counted, ratio
from crmlib.company.schema import TABLES
from crmlib.standards import MARKS

NO_FIGURE = {"policies", "partners", "incidents"}
"""Written out by hand: nothing is drawn, and nothing was published to compare with."""


@pytest.fixture(scope="module")
def shipped():
    return crm.company.simulate(seed=0)


@pytest.fixture(scope="module")
def table(shipped):
    return calibration(*shipped)


def test_every_figure_of_the_shipped_firm_lies_in_its_band(table):
    assert table.ok.all(), table.loc[~table.ok, ["target", "band", "obtained"]]
    assert len(table) >= 60 and table.index.is_unique and table.zh.is_unique


@pytest.mark.parametrize(("customers", "seed"), [(700, 11), (700, 12), (300, 7)])
def test_every_figure_of_a_smaller_firm_lies_in_its_wider_band(customers, seed, table):
    small = calibration(*crm.company.simulate(customers=customers, seed=seed))
    assert small.ok.all(), small.loc[~small.ok, ["target", "band", "obtained"]]
    both = small.index.intersection(table.index)
    share = [name for name in both if "%" in table.obtained[name] and np.isfinite(table.high[name])]
    wider = (small.high - small.low)[share] > (table.high - table.low)[share]
    assert wider.mean() > 0.8


@pytest.mark.parametrize("name", [
    "Same city", "Cross-border", "Domestic, to the west", "Mean domestic price, yuan", "Other cities, within 72 h",
    "Other cities, mean hours",
    "Of these hours in delivery", "11 November over an ordinary day", "18 June over an ordinary day", "E-commerce share of parcels",
    "E-commerce parcels sent back", "Yearly churn, key", "Yearly churn, middle", "Yearly churn, small", "Complaints, per thousand parcels",
    "Calls to agents over parcels", "First contact resolution", "Mean handle time, minutes", "Calls abandoned in the queue",
    "Service level within 20 s", "Days of sales outstanding", "Net promoter score", "Response rate of the surveys",
    "New accounts that ship within 7 days without a coupon",
])  # fmt: skip
def test_the_figures_of_the_trade_are_all_there(table, name):
    assert name in table.index


def test_every_table_has_a_figure_or_nothing_to_compare_with(table):
    assert set(table["table"]) | NO_FIGURE == set(TABLES) and not set(table["table"]) & NO_FIGURE


def test_every_figure_names_source_and_mark(table):
    assert set(table["mark"]) <= set(MARKS)
    assert (table[["source", "source_zh", "target", "obtained", "band"]].map(len) > 0).all(axis=None)
    assert not table["source"].str.contains("[一-鿿]").any() and table["source_zh"].str.contains("[一-鿿]").all()


def test_bands_are_not_so_wide_that_anything_passes(table):
    """A band that reaches from a third of the value to three times it would hold nothing; the rare and the few have such bands."""
    banded = table[np.isfinite(table["high"]) & (table["value"] > 0) & (table["low"] < table["high"])]
    few = {"Yearly churn, key", "Salespeople who leave, a year", "Cross-border", "Complaints, per thousand parcels", "Net promoter score",
           "Calls abandoned in the queue", "Calls to agents over parcels", "Complaints about delay in November", "Lost, per thousand",
           "Share of the points redeemed", "Complaints about delay"}  # fmt: skip
    wide = banded[(banded["high"] / banded["low"].clip(lower=1e-9)) > 3]
    assert set(wide.index) <= few


def test_a_firm_out_of_line_is_found_out(shipped):
    firm, _truth = shipped
    dear = firm.waybills.assign(price_yuan=firm.waybills["price_yuan"] * 1.5)
    late = dear.assign(delivered_at=dear["delivered_at"] + pd.Timedelta(hours=24))
    tables = {name: frame for name, frame in firm.tables.items() if name not in ("waybills", "tracking")}
    found = calibration(Company(about=dict(firm.about), waybills=late, **tables))
    assert not found.ok["Mean domestic price, yuan"]
    assert not found.ok["Other cities, within 72 h"]
    assert not found.ok["Other cities, mean hours"]
    assert found.ok["Same city"]


def test_a_firm_with_few_tables_gets_the_figures_it_can(shipped):
    firm, _truth = shipped
    found = calibration(Company(about=dict(firm.about), customers=firm.customers, waybills=firm.waybills))
    assert set(found["table"]) == {"customers", "waybills"}


@pytest.mark.parametrize(("customers", "months"), [(1, 1), (3, 2), (20, 2)])
@pytest.mark.filterwarnings("error")
def test_a_tiny_firm_leaves_out_what_it_can_not_tell(customers, months):
    found = calibration(*crm.company.simulate(customers=customers, months=months, seed=1))
    assert np.isfinite(found["value"]).all() and len(found) > 5
    assert "11 November over an ordinary day" not in found.index or months > 1


def test_the_error_of_a_ratio_is_that_of_drawing_whole_customers():
    rng = np.random.default_rng(3)
    found = []
    for _draw in range(400):
        own, size = rng.uniform(0, 1, 60), rng.poisson(12, 60) + 1
        who = np.repeat(np.arange(60), size)
        found.append(ratio(rng.random(len(who)) < own[who], 1, who))
    frame = pd.DataFrame(found)
    assert frame["error"].mean() == pytest.approx(frame["value"].std(), rel=0.12)
    assert ratio([1, 1, 0, 0], 1, list("aabb"))["error"] > ratio([1, 1, 0, 0], 1, list("abcd"))["error"]


def test_counts_have_the_error_of_poisson():
    assert counted(25, 100) == {"value": 0.25, "error": 0.05}
    assert counted(0, 10)["error"] == pytest.approx(0.1)
    assert MARGIN == 2.5
