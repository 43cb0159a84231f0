import itertools
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.dates import date2num

import crmlib as crm
from crmlib import plotting
from crmlib.company import TABLES, Company
from crmlib.plotting.regions import PLACES
from crmlib.plotting.settled import invoice_states

mpl.use("Agg")
LIVES = ["C01239", "C00116", "C00001", "C00003", "C00539"]


@pytest.fixture(autouse=True, params=["zh", "en"])
def language(request):
    crm.setup(request.param)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield request.param
    plt.close("all")
    crm.setup("en")


@pytest.fixture(scope="module")
def firm() -> Company:
    return crm.company.lark()


def words(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def shown(ax) -> list:
    """Every text that a reader sees."""
    ax.figure.canvas.draw()
    found = [*ax.texts, ax._left_title, ax.xaxis.label, ax.yaxis.label, *ax.get_yticklabels(), *ax.get_xticklabels()]
    if not ax.axison:
        found = list(ax.texts)
    inside = [text for text in found if text.get_visible() and text.get_text().strip()]
    box = ax.get_window_extent()
    kept = []
    for text in inside:
        place = mpl.text.Text.get_window_extent(text)
        if text in ax.get_yticklabels() and not box.y0 <= (place.y0 + place.y1) / 2 <= box.y1:
            continue
        kept.append((text, place))
    return kept


def assert_legible(ax) -> None:
    pairs = shown(ax)
    for (first, box), (second, other) in itertools.combinations(pairs, 2):
        width, height = min(box.x1, other.x1) - max(box.x0, other.x0), min(box.y1, other.y1) - max(box.y0, other.y0)
        assert width <= 1 or height <= 2, f"{first.get_text()!r} lies on {second.get_text()!r}"
    figure = ax.figure.bbox
    for text, box in pairs:
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.x1 + 1 and box.y1 <= figure.y1 + 1, f"{text.get_text()!r} is cut off"
        assert text.get_fontsize() >= 9


class TestTableMap:
    def names(self, ax) -> list[str]:
        return [text.get_text() for text in ax.texts if text.get_gid() == "name"]

    def test_every_table_stands_once_with_its_label(self, firm, language):
        ax = plotting.table_map(firm)
        assert sorted(self.names(ax)) == sorted(TABLES)
        assert all(crm.company.label(name) in words(ax) for name in TABLES)
        assert_legible(ax)

    def test_keys_on_the_lines_are_columns_of_the_contracts(self, firm):
        keys = [word for word in words(plotting.table_map(firm)) if word.endswith("_id")]
        references = {column.name for table in TABLES.values() for column in table.columns if column.ref}
        assert set(keys) == {
            "customer_id",
            "salesperson_id",
            "waybill_id",
            "invoice_id",
            "invitation_id",
            "agent_id",
            "lead_id",
            "member_id",
        }
        assert set(keys) <= references

    def test_no_box_covers_another(self, firm):
        ax = plotting.table_map(firm)
        boxes = [patch.get_bbox() for patch in ax.patches]
        assert len(boxes) == len(TABLES)
        for one, other in itertools.combinations(boxes, 2):
            apart_across = one.xmax <= other.xmin or other.xmax <= one.xmin
            assert apart_across or one.ymax <= other.ymin or other.ymax <= one.ymin

    @pytest.mark.parametrize("kept", [["customers"], ["customers", "waybills"], ["customers", "payments", "calendar"],
                                      ["customers", "salespeople", "calls", "agents", "shifts"], ["customers", "surveys", "tracking"]])  # fmt: skip
    def test_a_firm_with_few_tables(self, firm, kept):
        few = Company(about={}, **{name: firm.tables[name] for name in kept})
        ax = plotting.table_map(few)
        assert sorted(self.names(ax)) == sorted(kept)
        assert_legible(ax)

    def test_something_else_is_refused(self, firm):
        with pytest.raises(ValueError, match=r"crm\.company\.lark\(\)"):
            plotting.table_map(firm.customers)


class TestCustomerLife:
    @pytest.mark.parametrize("who", LIVES)
    def test_what_it_says_is_in_the_tables(self, firm, who, language):
        ax = plotting.customer_life(firm, who)
        said = words(ax)
        assert ax.get_title(loc="left").startswith(who)
        parcels = (firm.waybills.customer_id == who).sum()
        assert {"zh": f"{parcels:,} 件", "en": f"parcels: {parcels:,}"}[language] in said or not parcels
        visits = ((firm.touches.customer_id == who) & (firm.touches.kind == "visit")).sum()
        assert {"zh": f"走访 {visits} 次", "en": f"visits: {visits}"}[language] in said or not visits
        bad = ((firm.cases.customer_id == who) & firm.cases.kind.isin(["complaint", "claim"])).sum()
        assert {"zh": f"投诉、理赔 {bad} 次", "en": f"complaints, claims: {bad}"}[language] in said or not bad
        assert len(ax.get_yticks()) == 9
        assert_legible(ax)

    def test_bars_add_up_to_the_months(self, firm):
        ax = plotting.customer_life(firm, "C01239")
        picked = firm.waybills.loc[firm.waybills.customer_id == "C01239", "picked_up_at"]
        months = picked.dt.to_period("M").value_counts().sort_index().to_numpy()
        heights = np.abs([patch.get_height() for patch in ax.patches])
        assert np.allclose(heights / heights.max(), months / months.max())

    def test_only_who_fell_silent_gets_the_line(self, firm):
        last = firm.waybills.groupby("customer_id").picked_up_at.max()
        end = pd.Timestamp(firm.about["end"])
        for who in ("C01239", last.idxmax()):
            dashed = [line for line in plotting.customer_life(firm, who).lines if line.is_dashed()]
            assert bool(dashed) == ((end - last[who]).days >= 90)
            assert all(line.get_xdata()[0] in (last[who], date2num(last[who])) for line in dashed)

    def test_without_a_number_it_finds_one_with_a_full_life(self, firm):
        who = plotting.customer_life(firm).get_title(loc="left").split()[0]
        tables = ["leads", "waybills", "touches", "offers", "members", "calls", "cases", "surveys", "invoices"]
        assert all((firm.tables[name].customer_id == who).any() for name in tables)

    def test_a_firm_of_few_tables_and_no_about(self, firm):
        few = Company(customers=firm.customers, waybills=firm.waybills, invoices=firm.invoices)
        ax = plotting.customer_life(few)
        assert len(ax.get_yticks()) == 2
        assert_legible(ax)

    def test_nobody_is_told(self, firm):
        for who in ("C99999", 1239, ""):
            with pytest.raises(ValueError, match='"C00001"'):
                plotting.customer_life(firm, who)
        with pytest.raises(ValueError, match=r"crm\.company\.lark\(\)"):
            plotting.customer_life(firm.customers, "C00001")
        with pytest.raises(ValueError, match="waybills"):
            plotting.customer_life(Company(customers=firm.customers), "C00001")

    def test_draws_on_given_axes(self, firm):
        axes = plt.subplots()[1]
        assert plotting.customer_life(firm, "C01239", ax=axes) is axes


class TestInvoiceStates:
    def test_worked_example(self):
        bills = pd.DataFrame(
            {"invoice_id": list("abcdef"), "due_on": pd.to_datetime(["2026-01-15"] * 5 + ["2026-03-15"]), "amount_yuan": 10.0}
        )
        paid = [
            ("a", "01-15", 10.0),
            ("b", "01-16", 10.0),
            ("c", "01-10", 4.0),
            ("c", "01-20", 6.0),
            ("d", "01-10", 9.9),
            ("a", "02-01", 5.0),
        ]
        payments = pd.DataFrame(paid, columns=["invoice_id", "paid_on", "amount_yuan"])
        payments["paid_on"] = pd.to_datetime("2026-" + payments["paid_on"])
        states = invoice_states(bills, payments.sample(frac=1, random_state=3), today=pd.Timestamp("2026-02-01"))
        assert states.tolist() == ["on_time", "late", "late", "overdue", "overdue", "open"]
        assert invoice_states(bills, None, today=pd.Timestamp("2026-02-01")).value_counts().to_dict() == {"overdue": 5, "open": 1}

    def test_on_the_whole_firm(self, firm):
        """Paid in full by the due day, counted another way: by invoice, from what had arrived by then."""
        today = pd.Timestamp(firm.about["end"])
        states = invoice_states(firm.invoices, firm.payments, today=today)
        both = firm.payments.merge(firm.invoices[["invoice_id", "due_on"]], on="invoice_id")
        arrived = both[both.paid_on <= both.due_on].groupby("invoice_id").amount_yuan.sum()
        in_time = firm.invoices.invoice_id.map(arrived).fillna(0) >= firm.invoices.amount_yuan - 0.005
        assert ((states == "on_time") == in_time).all()


class TestDailyVolume:
    def test_shows_each_day_and_names_the_peaks(self, firm, language):
        ax = plotting.daily_volume(firm.waybills, firm.calendar, guess_day="2025-06-18")
        days, parcels = ax.lines[0].get_data()
        assert len(days) == len(firm.calendar) and parcels.sum() == len(firm.waybills)
        named = {"zh": ["双11大促", "618 大促", "春节低谷"], "en": ["11.11 sales", "6.18 sales", "Spring Festival lull"]}[language]
        assert [sum(word.startswith(name) for word in words(ax)) for name in named] == [2, 2, 2]
        assert any("2025-06-18" in word for word in words(ax))
        assert_legible(ax)

    @pytest.mark.parametrize(
        "guess", [None, "2024-11-01", "2024-11-11", "2025-01-30", "2025-11-11", "2026-10-31", pd.Timestamp("2026-06-18 10:00")]
    )
    def test_any_guess_is_legible(self, firm, guess):
        assert_legible(plotting.daily_volume(firm.waybills, firm.calendar, guess_day=guess))

    @pytest.mark.parametrize("guess", ["11.11", "2027-01-01", "2023-11-11", 20251111, "x", ["2025-11-11"]])
    def test_no_day_no_guess(self, firm, guess):
        with pytest.raises(ValueError, match="2024-11-01.*2026-10-31"):
            plotting.daily_volume(firm.waybills, firm.calendar, guess_day=guess)

    def test_a_part_of_the_calendar(self, firm):
        year = firm.calendar[firm.calendar.date >= pd.Timestamp("2025-11-01")]
        assert_legible(plotting.daily_volume(firm.waybills, year))

    def test_another_table_is_refused(self, firm):
        with pytest.raises(ValueError, match="picked_up_at"):
            plotting.daily_volume(firm.customers, firm.calendar)
        with pytest.raises(ValueError, match="day_kind"):
            plotting.daily_volume(firm.waybills, firm.shifts)


class TestRegionMap:
    def test_thirty_four_places_none_twice(self):
        places = [place for region in PLACES.values() for place in region]
        assert [len(region) for region in PLACES.values()] == [11, 8, 12, 3]
        for part in ([place[:2] for place in places], [place[2] for place in places], [place[3] for place in places]):
            assert len(set(part)) == 34

    def test_shares_and_numbers(self, firm, language):
        counts = firm.customers.region.value_counts()
        ax = plotting.region_map(counts)
        assert [text.get_text() for text in ax.texts if text.get_gid() == "share"] == [
            f"{counts[name] / counts.sum():.1%}" for name in PLACES
        ]
        assert len([patch for patch in ax.patches if hasattr(patch, "get_boxstyle")]) == 34
        assert ("示意图" if language == "zh" else "Schematic") in " ".join(words(ax))
        assert_legible(ax)

    @pytest.mark.parametrize("counts", [{"east": 1}, {"abroad": 5_000_000, "west": 1}, {"west": 1e6, "east": 2, "central": 0}])
    def test_lopsided(self, counts):
        assert_legible(plotting.region_map(pd.Series(counts)))

    @pytest.mark.parametrize(
        "given", [[1], pd.Series({"moon": 1}), pd.Series({"east": -1, "west": 5}), pd.Series({"east": 0}), pd.Series(["east"])]
    )
    def test_something_else_is_refused(self, given):
        with pytest.raises(ValueError, match="region_map"):
            plotting.region_map(given)
