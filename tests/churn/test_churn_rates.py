import operator

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import standards
from crmlib.churn import churn_months, churn_rate, pool_rates, rate_of
from crmlib.company import lark
from crmlib.company.simulation import draw_world
from crmlib.i18n import use_language
from crmlib.plotting import churn_months as draw_months
from crmlib.plotting import grace_curve as draw_grace

JANUARY, YEAR = {"start": "2026-01-01", "end": "2026-02-01"}, {"start": "2026-01-01", "end": "2027-01-01"}


@pytest.fixture(scope="module")
def waybills() -> pd.DataFrame:
    return lark().waybills


def gross(lost, total=1000, **period):
    return rate_of(kind="gross", total=total, lost=lost, **(period or JANUARY))


def test_published_wilson_interval():
    """Newcombe (1998), table I: 81 of 263 is 0.2553 to 0.3662; 0 of 20 is 0 to 0.1611."""
    rate = gross(81, 263)
    assert (rate.low, rate.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    rate = gross(0, 20)
    assert (rate.low, rate.high) == (0.0, pytest.approx(0.1611, abs=5e-5))


def test_the_three_kinds_by_counting(waybills):
    start, end, grace = pd.Timestamp("2025-11-01"), pd.Timestamp("2026-11-01"), pd.Timedelta(days=90)
    day = waybills.picked_up_at.dt.normalize()
    before, after = (waybills[(day >= when - grace) & (day < when)] for when in (start, end))
    there, still = set(before.customer_id), set(after.customer_id)
    lost = there - still
    rates = {kind: churn_rate(waybills, start=start, end=end, kind=kind, grace_days=90) for kind in ("gross", "net", "revenue")}
    assert rates["gross"].rate == len(lost) / len(there)
    assert rates["net"].rate == pytest.approx((len(there) - len(still)) / len(there))
    assert rates["revenue"].rate == pytest.approx(before.price_yuan[before.customer_id.isin(lost)].sum() / before.price_yuan.sum())
    assert rates["gross"].base == "customers" and rates["revenue"].base == "revenue_yuan"
    assert all(rate.low < rate.rate < rate.high for rate in rates.values())
    assert rates["net"].rate < rates["gross"].rate, "new customers hide losses"


def test_revenue_interval_is_wide_where_few_carry_the_firm():
    """One customer of a hundred brings half the revenue: the interval is nearly as wide as if there were four customers."""
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"customer_id": [f"c{number}" for number in range(100)] * 2,
                         "picked_up_at": pd.to_datetime(["2026-01-05"] * 100 + ["2026-02-15"] * 100), "price_yuan": 1.0})  # fmt: skip
    rows = rows[
        ~((rows.picked_up_at > "2026-02-01") & rows.customer_id.isin([f"c{n}" for n in rng.choice(np.arange(1, 100), 20, replace=False)]))
    ]
    rows = pd.concat([rows, pd.DataFrame({"customer_id": ["old"], "picked_up_at": pd.to_datetime(["2025-12-01"]), "price_yuan": [1.0]})])
    equal = churn_rate(rows, start="2026-02-01", end="2026-03-01", kind="revenue", grace_days=31)
    heavy = rows.assign(price_yuan=np.where(rows.customer_id == "c0", 99.0, 1.0))
    uneven = churn_rate(heavy, start="2026-02-01", end="2026-03-01", kind="revenue", grace_days=31)
    plain = churn_rate(rows, start="2026-02-01", end="2026-03-01", kind="gross", grace_days=31)
    assert (equal.low, equal.high) == (pytest.approx(plain.low), pytest.approx(plain.high)), "equal customers count as customers"
    assert uneven.customers < equal.customers
    assert (uneven.high - uneven.low) / uneven.rate > (equal.high - equal.low) / equal.rate


def test_rates_that_do_not_measure_the_same_refuse_to_be_mixed():
    month, net, year = gross(20), rate_of(kind="net", total=1000, lost=20, gained=5, **JANUARY), gross(20, **YEAR)
    revenue = rate_of(kind="revenue", total=1e6, lost=2e4, **JANUARY)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.sub):
        for other in (net, revenue):
            with pytest.raises(ValueError, match="do not measure the same thing"):
                compare(month, other)
        with pytest.raises(ValueError, match=r"One is for 1 month\(s\), the other for 12 month\(s\)"):
            compare(month, year)
        with pytest.raises(ValueError, match="bare number"):
            compare(month, 0.23)
    with pytest.raises(ValueError, match="do not measure the same thing"):
        sorted([month, net])
    for mix in (operator.add, operator.mul, operator.truediv):
        with pytest.raises(ValueError, match="not added, multiplied or divided"):
            mix(month, month)
        with pytest.raises(ValueError, match="not added, multiplied or divided"):
            mix(2, month)
    with pytest.raises(ValueError, match="not added"):
        sum([month, month])


def test_rates_of_one_kind_and_length_compare():
    small, large = gross(20), gross(30, start="2026-02-01", end="2026-03-01")
    assert small < large and large >= small and small != large and max(small, large) is large
    assert large - small == pytest.approx(0.01)
    assert small == gross(20) and hash(small) == hash(gross(20))
    assert gross(20, **YEAR) - gross(20).annual() == pytest.approx(0.02 - (1 - 0.98**12))


@given(st.floats(0, 0.5), st.integers(1, 11))
@settings(max_examples=30, deadline=None)
def test_a_year_is_made_of_its_parts(monthly, months):
    end = pd.Timestamp("2026-01-01") + pd.DateOffset(months=months)
    rate = gross(1000 * (1 - (1 - monthly) ** months), start="2026-01-01", end=end)
    year = rate.annual()
    assert year.rate == pytest.approx(1 - (1 - monthly) ** 12)
    assert year.low <= year.rate <= year.high and year.annual() is year
    assert rate.rate <= year.rate + 1e-12, "a year is never better than a part of it"


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 500)), min_size=1, max_size=6))
@settings(max_examples=30, deadline=None)
def test_pooling_is_the_ratio_of_sums(counts):
    counts = [(total, min(lost, total)) for total, lost in counts]
    pooled = pool_rates([gross(lost, total) for total, lost in counts])
    assert pooled.rate == pytest.approx(sum(lost for _total, lost in counts) / sum(total for total, _lost in counts))
    rates = [lost / total for total, lost in counts]
    assert min(rates) - 1e-12 <= pooled.rate <= max(rates) + 1e-12
    assert 0 <= pooled.low <= pooled.rate <= pooled.high <= 1


def test_months_and_groups_add_up(waybills):
    by = lark().customers.set_index("customer_id").market
    apart = churn_months(waybills, kind="gross", by=by)
    together = churn_months(waybills, kind="gross").set_index("month")
    sums = apart.groupby("month")[["total", "lost", "gained"]].sum()
    pd.testing.assert_frame_equal(sums, together[["total", "lost", "gained"]])
    assert (sums.lost / sums.total).tolist() == pytest.approx(together.rate.tolist())
    one = churn_rate(waybills, start="2026-03-01", end="2026-04-01", kind="gross")
    assert together.rate["2026-03-01"] == one.rate and one.period == "1M"
    assert together.index[0] == pd.Timestamp("2025-02-01"), "before, the grace period is not over"


def test_truth_the_year_of_the_firm():
    """Customers with at least ten parcels a month: the counted gross rate is the true share that left, to within two percentage points."""
    world = draw_world(customers=2500, months=24, seed=21)
    people = world.truth["customers"].set_index("customer_id")
    busy = people[(people.monthly_parcels >= 10) & (people.kind == "steady")]
    start, end, grace = pd.Timestamp("2025-10-01"), pd.Timestamp("2026-10-01"), pd.Timedelta(days=45)
    rows = world.waybills[world.waybills.customer_id.isin(busy.index)]
    found = churn_rate(rows, start=start, end=end, kind="gross", grace_days=45)
    # Known the grace period after it happens: who was there and left, both shifted back by it.
    there = (busy.joins_on < start) & ~(busy.leaves_on < start - grace)
    true = (busy.leaves_on < end - grace)[there].mean()
    assert found.total > 150
    assert found.rate == pytest.approx(true, abs=0.02)


def test_yuan_are_no_customers_and_nobody_is_no_certainty():
    alone = rate_of(kind="revenue", total=1e6, lost=2e4, **JANUARY)
    assert np.isnan([alone.low, alone.high, alone.annual().low]).all() and alone.customers == 0
    assert "cannot be told from yuan alone" in alone.summary() and "a year" in alone.annual().summary()
    told = rate_of(kind="revenue", total=1e6, lost=2e4, customers=40, **JANUARY)
    assert told.low < 0.01 and told.high > 0.05
    assert np.isnan(pool_rates([alone, told]).low) and pool_rates([told, told]).customers == 80
    nobody = rate_of(kind="net", total=20, lost=0, gained=0, **JANUARY)
    assert nobody.low < -0.05 < 0.05 < nobody.high


def test_the_figure_of_the_programme_says_neither_kind_nor_base():
    entry = standards.entry("churn.year_share")
    assert (entry.value, entry.mark) == (0.23, "seed")
    with pytest.raises(ValueError, match="bare number"):
        operator.gt(gross(230, **YEAR), entry.value)


def test_summaries_in_both_languages():
    rates = [gross(20), rate_of(kind="net", total=1000, lost=50, gained=80, **YEAR), rate_of(kind="revenue", total=1e6, lost=1e5, **YEAR)]
    assert rates[0].summary().startswith("Gross churn from 2026-01-01 to 2026-01-31: 2.0%, 20 of the 1,000 customers at the start")
    assert "50 lost less 80 gained" in rates[1].summary()
    assert "a year" in rates[0].annual().summary()
    use_language("zh")
    assert rates[0].summary().startswith("2026-01-01 至 2026-01-31 的毛流失率：2.0%")
    assert rates[2].summary().startswith("2026-01-01 至 2026-12-31 的收入流失率：10.0%")


def test_pictures_refuse_what_they_cannot_draw(waybills):
    table = churn_months(waybills, kind="net", start="2026-01-01")
    assert draw_months(table).get_ylabel() == "Net churn a month"
    with pytest.raises(ValueError, match="one kind of rate"):
        draw_months(pd.concat([table, table.assign(kind="gross")]))
    with pytest.raises(ValueError, match="needs the table"):
        draw_months([1])
    with pytest.raises(ValueError, match="no curve"):
        draw_grace()
    with pytest.raises(ValueError, match=r"crm\.churn\.grace_curve"):
        draw_grace("curve")


BAD = {
    "kind": ({"kind": "yearly"}, "gross"),
    "negative": ({"lost": -1}, "0 or more"),
    "too many": ({"lost": 11}, "more than the 10"),
    "nobody": ({"total": 0, "lost": 0}, "nobody at the start"),
    "missing": ({"lost": float("nan")}, "0 or more"),
    "text": ({"lost": "2"}, "0 or more"),
    "customers": ({"kind": "revenue", "customers": 0}, "above 0"),
    "empty period": ({"end": "2026-01-01"}, "is empty"),
    "no date": ({"start": "soon"}, "start is soon"),
    "level": ({"level": 2}, "between 0 and 1"),
}


@pytest.mark.parametrize(("change", "sentence"), BAD.values(), ids=BAD)
def test_bad_figures_end_in_a_sentence(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        rate_of(**{"kind": "gross", "total": 10, "lost": 2, **JANUARY, **change})


def test_bad_tables_end_in_a_sentence(waybills):
    with pytest.raises(ValueError, match="can be told from 2025-01-30 on"):
        churn_rate(waybills, start="2024-12-01", end="2025-12-01", kind="gross")
    with pytest.raises(ValueError, match="everybody would look lost"):
        churn_rate(waybills, start="2026-01-01", end="2027-01-01", kind="gross")
    with pytest.raises(ValueError, match="no whole month"):
        churn_months(waybills, kind="gross", start="2026-03-05", end="2026-03-25")
    with pytest.raises(ValueError, match="lacks the column.* price_yuan"):
        churn_rate(waybills[["customer_id", "picked_up_at"]], kind="revenue", **JANUARY)
    with pytest.raises(ValueError, match="price_yuan is negative"):
        churn_rate(waybills.head(50).assign(price_yuan=-1.0), kind="revenue", **JANUARY)
    with pytest.raises(ValueError, match="names no group"):
        churn_months(waybills, kind="gross", by=pd.Series({"C00001": "a"}))
    with pytest.raises(ValueError, match="no rate to pool"):
        pool_rates([])
    with pytest.raises(ValueError, match="not a float"):
        pool_rates([0.2])
    with pytest.raises(ValueError, match="annualise the result"):
        pool_rates([gross(20).annual()])


def test_a_rate_counted_from_waybills_names_its_grace_period():
    log = pd.DataFrame({"customer_id": ["c1", "c2", "c1"], "picked_up_at": pd.to_datetime(["2026-01-01", "2026-01-20", "2026-02-10"])})
    rate = churn_rate(log, start="2026-02-01", end="2026-03-01", kind="gross", grace_days=31)
    assert rate.label() == "gross churn, 2026-02-01 to 2026-02-28, gone after 31 days" and "nothing for 31 days" in rate.summary()
