import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.company.simulation import draw_world
from crmlib.i18n import use_language
from crmlib.survival import cox, proportionality, schoenfeld_residuals, time_to_churn
from crmlib.survival.concordance import concordance_index
from crmlib.survival.partial_likelihood import evaluate, risk_sets


@pytest.fixture(scope="module")
def world():
    return draw_world(customers=2000, months=24, seed=11)


@pytest.fixture(scope="module")
def lives() -> pd.DataFrame:
    """600 customers whose hazard is known: exp(0.8 late − 0.5 loyal), and what they look like."""
    rng = np.random.default_rng(4)
    late, loyal = rng.random(600), rng.random(600) < 0.4
    life = rng.exponential(np.exp(-(0.8 * late - 0.5 * loyal)))
    watched = rng.uniform(0.2, 2, 600)
    return pd.DataFrame({"duration_days": np.minimum(life, watched), "lost": life <= watched, "late": late, "loyal": loyal,
                         "market": rng.choice(["e_commerce", "walk_in", "corporate"], 600)})  # fmt: skip


def log_likelihood_by_definition(table: pd.DataFrame, beta: np.ndarray, ties: str) -> float:
    x, total = table[["a", "b"]].to_numpy(), 0.0
    weight = np.exp(x @ beta)
    for (_stratum, day), tied in table[table.lost].groupby(["stratum", "days"]):
        there = (table.stratum == tied.stratum.iloc[0]) & (table.entry < day) & (table.days >= day)
        whole, own = weight[there].sum(), weight[tied.index].sum()
        total += (x[tied.index] @ beta).sum()
        total -= sum(np.log(whole - (place / len(tied) * own if ties == "efron" else 0)) for place in range(len(tied)))
    return total


ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.booleans(), st.integers(0, 4), st.integers(0, 2), st.floats(-2, 2), st.floats(-2, 2)),
    min_size=4,
    max_size=25,
)


@given(ROWS, st.tuples(st.floats(-1, 1), st.floats(-1, 1)), st.sampled_from(["efron", "breslow"]))
@settings(max_examples=20, deadline=None)
def test_likelihood_gradient_and_information_by_definition(rows, beta, ties):
    """With ties, late entry and strata; the derivatives by finite differences."""
    table = pd.DataFrame(rows, columns=["days", "lost", "entry", "stratum", "a", "b"])
    table["entry"] = np.minimum(table.entry, table.days - 1)
    if not table.lost.any():
        return
    beta = np.array(beta)
    sets = risk_sets(table[["a", "b"]].to_numpy(), table.days.to_numpy(float), table.lost.to_numpy(), table.entry.to_numpy(float),
                     table.stratum.to_numpy(), efron=ties == "efron")  # fmt: skip
    value, gradient, information = evaluate(sets, beta)
    assert value == pytest.approx(log_likelihood_by_definition(table, beta, ties), abs=1e-9)
    for place in range(2):
        step = np.eye(2)[place] * 1e-5
        up, down = (log_likelihood_by_definition(table, beta + sign * step, ties) for sign in (1, -1))
        assert gradient[place] == pytest.approx((up - down) / 2e-5, abs=1e-5)
        slope = (evaluate(sets, beta + step)[1] - evaluate(sets, beta - step)[1]) / 2e-5
        assert information[place] == pytest.approx(-slope, abs=1e-5)


@given(
    st.lists(st.tuples(st.integers(1, 8), st.booleans(), st.integers(0, 4), st.integers(0, 1), st.integers(0, 5)), min_size=2, max_size=30)
)
@settings(max_examples=20, deadline=None)
def test_concordance_pair_by_pair(rows):
    times, events, entry, strata, risk = (np.array(column) for column in zip(*rows, strict=True))
    entry = np.minimum(entry, times - 1)
    pairs = won = 0.0
    for i in np.flatnonzero(events):
        for j in range(len(times)):
            later = times[j] > times[i] or (times[j] == times[i] and not events[j])
            if i != j and later and entry[j] < times[i] and strata[i] == strata[j]:
                pairs += 1
                won += (risk[i] > risk[j]) + 0.5 * (risk[i] == risk[j])
    found = concordance_index(times.astype(float), events, risk.astype(float), entry=entry.astype(float), strata=strata)
    assert found == pytest.approx(won / pairs) if pairs else np.isnan(found)


def test_units_and_order_do_not_matter(lives):
    fit = cox(lives, covariates=["late", "loyal"])
    other = cox(lives.assign(late=100 * lives.late).sample(frac=1, random_state=1), covariates=["loyal", "late"])
    assert other.table.loc["late", "coefficient"] * 100 == pytest.approx(fit.table.loc["late", "coefficient"])
    assert other.log_likelihood == pytest.approx(fit.log_likelihood)
    assert other.concordance == pytest.approx(fit.concordance)


def test_stretches_of_a_life_are_the_life(lives):
    """A customer cut in two at half its age gives the same fit."""
    half = lives.duration_days / 2
    first, second = lives.assign(start=0.0, duration_days=half, lost=False), lives.assign(start=half)
    cut = cox(pd.concat([first, second], ignore_index=True), covariates=["late", "loyal"], entry="start")
    whole = cox(lives, covariates=["late", "loyal"])
    assert cut.table["coefficient"].tolist() == pytest.approx(whole.table["coefficient"].tolist(), abs=1e-8)
    assert cut.table["standard_error"].tolist() == pytest.approx(whole.table["standard_error"].tolist(), abs=1e-8)


def test_a_known_hazard_is_recovered(lives):
    """Within three standard errors: wider would say nothing, narrower would fail by chance."""
    table = cox(lives, covariates=["late", "loyal", "market"]).table
    truth = {"late": 0.8, "loyal": -0.5, "market[e_commerce]": 0.0, "market[walk_in]": 0.0}
    assert ((table["coefficient"] - pd.Series(truth)).abs() < 3 * table["standard_error"]).all()
    assert table.index.tolist() == list(truth)


def test_a_hazard_ratio_that_fades_is_found_out():
    rng = np.random.default_rng(8)
    late = np.repeat([0, 1], 400)
    # For the late ones the hazard is three times as high in the first half, and the same afterwards.
    spent = rng.exponential(1, 800)
    life = np.where(late == 1, np.where(spent < 1.5, spent / 3, 0.5 + spent - 1.5), spent)
    steady = rng.exponential(np.exp(-0.7 * late))
    for lives_, fades in ((life, True), (steady, False)):
        table = pd.DataFrame({"duration_days": lives_, "lost": True, "late": late})
        found = cox(table, covariates=["late"]).proportionality()
        assert (found.loc["late", "p_value"] < 0.001) == fades
        if fades:
            assert found.loc["late", "drift"] < 0


def test_schoenfeld_residuals_name_the_rows_that_were_lost(lives):
    fit = cox(lives, covariates=["late", "loyal"], strata="market")
    residuals = schoenfeld_residuals(fit)
    assert sorted(residuals.row) == np.flatnonzero(lives.lost).tolist()
    assert residuals.time.tolist() == lives.duration_days.iloc[residuals.row].tolist()
    assert residuals[["late", "loyal"]].sum().abs().max() < 1e-6


def test_truth_the_hazard_ratios_of_the_firm(world):
    """The log hazard ratios that the firm was made with lie within three standard errors, every month a stretch of a customer's life."""
    panel = world.panel[world.panel.hazard > 0].merge(world.truth["customers"][["customer_id", "size"]])
    market = world.customers.set_index("customer_id").market
    panel = panel.assign(stop=panel.month + 1, lost=~panel.alive_at_end, market=panel.customer_id.map(market).astype(str))
    covariates = ["satisfaction", "price_gap", "salesperson_left", "notices", "size"]
    fit = cox(panel, duration="stop", entry="month", covariates=covariates, strata="market")
    churn = world.scenario.churn
    truth = pd.Series(dict(churn.effects)) if isinstance(churn.effects, dict) else pd.Series(churn.effects)
    ratio = churn.size_ratio
    truth = pd.concat([truth, pd.Series({f"size[{name}]": np.log(ratio[name] / ratio["key"]) for name in ("middle", "small")})])
    table = fit.table
    assert ((table["coefficient"] - truth[table.index]).abs() < 3 * table["standard_error"]).all()
    assert table.loc[["satisfaction", "salesperson_left"], "p_value"].max() < 0.01
    assert fit.proportionality().loc["all", "p_value"] > 0.001, "the hazards of the firm are proportional"


def test_truth_who_left_and_when(world):
    """Of the customers who ship at least ten parcels a month, the silence tells who has left and when, to within a few days."""
    truth = world.truth["customers"].set_index("customer_id")
    busy = truth.index[(truth.monthly_parcels >= 10) & (truth.kind == "steady")]
    days = (
        time_to_churn(world.waybills, world.customers, end="2026-11-01", grace_days=60)
        .set_index("customer_id")
        .reindex(busy)
        .dropna(subset="lost")
    )
    left = truth.leaves_on.reindex(days.index)
    known = left < pd.Timestamp("2026-09-02")
    assert (days.lost.astype(bool) == known).mean() > 0.97
    both = known & days.lost.astype(bool)
    assert (left - days.last_on)[both].dt.days.median() <= 5


def test_durations_by_hand():
    customers = pd.DataFrame({"customer_id": ["c1", "c2", "c3", "c4"], "market": ["a", "a", "b", "b"],
                              "opened_on": pd.to_datetime(["2026-01-01", "2025-01-01", "2026-01-01", "2026-01-01"])})  # fmt: skip
    log = [
        ("c1", "01-10"),
        ("c1", "02-01"),
        ("c2", "01-31"),
        ("c2", "06-20"),
        ("c3", "01-05"),
        ("c3", "03-01"),
        ("c3", "05-20"),
        ("c4", "06-25"),
    ]
    waybills = pd.DataFrame(log, columns=["customer_id", "day"])
    waybills["picked_up_at"] = pd.to_datetime("2026-" + waybills.day)
    found = time_to_churn(waybills, customers, end="2026-07-01", grace_days=90).set_index("customer_id")
    assert found.index.tolist() == ["c1", "c2", "c3"], "c4 was first seen after the watch had ended on 2 April"
    assert found.lost.tolist() == [True, True, False]
    assert found.came_back.tolist() == [False, True, False]
    assert found.entry_days.tolist() == [9, 395, 4]
    assert found.duration_days.tolist() == [32, 396, 92], "c3 is censored at the end of the watch"
    assert found.market.tolist() == ["a", "a", "b"]
    own = pd.Series({"c1": 200, "c2": 30, "c3": 30, "c4": 3})
    assert time_to_churn(waybills, customers, end="2026-07-01", grace_days=own).set_index("customer_id").lost.to_dict() == {
        "c2": True, "c3": True, "c4": True}, "c1 cannot be judged with 200 days"  # fmt: skip


def test_summary_and_forest_in_both_languages(lives):
    from crmlib.plotting import hazard_ratios

    fit = cox(lives, covariates=["late", "market"])
    assert fit.summary().startswith("600 rows,") and "late × 2" in fit.summary()
    assert cox(lives, covariates=["market"]).summary().endswith("No covariate can be told from chance.")
    use_language("zh")
    assert "流失风险：late ×" in fit.summary()
    assert [tick.get_text() for tick in hazard_ratios(fit).get_yticklabels()] == ["late", "电商客户", "零散客户"]


BAD = {
    "no such column": ({}, {"covariates": ["speed"]}, "lacks the column.* speed"),
    "no covariates": ({}, {"covariates": []}, "covariates is empty"),
    "same for all": ({"late": 1.0}, {"covariates": ["late"]}, "late is the same for all"),
    "one category": ({"market": "a"}, {"covariates": ["market"]}, "market is the same for all"),
    "many categories": ({"market": [f"m{place}" for place in range(600)]}, {"covariates": ["market"]}, "600 different values"),
    "missing": ({"late": np.nan}, {"covariates": ["late"]}, "late is missing"),
    "a date": ({"late": pd.Timestamp("2026-01-01")}, {"covariates": ["late"]}, "late is a date"),
    "nobody lost": ({"lost": False}, {"covariates": ["late"]}, "Nobody was lost"),
    "ties": ({}, {"covariates": ["late"], "ties": "exact"}, "efron"),
    "level": ({}, {"covariates": ["late"], "level": 95}, "between 0 and 1"),
    "strata": ({"market": None}, {"covariates": ["late"], "strata": "market"}, "market is missing"),
    "text events": ({"lost": "yes"}, {"covariates": ["late"]}, "neither yes"),
}


@pytest.mark.parametrize(("change", "options", "sentence"), BAD.values(), ids=BAD)
def test_bad_input_ends_in_a_sentence(lives, change, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        cox(lives.assign(**change), **options)


def test_covariates_that_cannot_be_told_apart_end_in_a_sentence(lives):
    with pytest.raises(ValueError, match="say the same thing: late, twice"):
        cox(lives.assign(twice=2 * lives.late + 1), covariates=["late", "twice"])
    with pytest.raises(ValueError, match="parts the customers"):
        cox(lives.assign(flag=lives.lost.astype(int)), covariates=["flag"])
    with pytest.raises(ValueError, match="ever compared"):
        cox(lives.assign(place=lives.market.map({"e_commerce": 1, "walk_in": 2, "corporate": 3})), covariates=["place"], strata="market")
    with pytest.raises(ValueError, match="one row a customer"):
        cox([1, 2], covariates=["late"])
    with pytest.raises(ValueError, match=r"crm\.survival\.cox"):
        proportionality("fit")
    with pytest.raises(ValueError, match="must be one of rank"):
        cox(lives, covariates=["late"]).proportionality(transform="square")


BAD_TABLES = {
    "stranger": ({"customer_id": ["c9"]}, {}, "not in customers"),
    "opened later": ({}, {"opened_on": pd.to_datetime(["2026-02-01"])}, "opened_on is later"),
    "no opening": ({}, {"opened_on": [pd.NaT]}, "opened_on is missing"),
    "no date": ({"picked_up_at": ["soon"]}, {}, "missing or no date"),
    "numbers": ({"picked_up_at": [20260101]}, {}, "numbers, not dates"),
}


@pytest.mark.parametrize(("log", "people", "sentence"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_bad_tables_end_in_a_sentence(log, people, sentence):
    waybills = pd.DataFrame({"customer_id": ["c1"], "picked_up_at": pd.to_datetime(["2026-01-02"])}).assign(**log)
    customers = pd.DataFrame({"customer_id": ["c1"], "opened_on": pd.to_datetime(["2026-01-01"])}).assign(**people)
    with pytest.raises(ValueError, match=sentence):
        time_to_churn(waybills, customers, end="2026-12-01", grace_days=30)


@pytest.mark.parametrize(
    "grace", [0, -5, 2.5, "90", True, np.nan, pd.Series({"c1": 0}), pd.Series({"c2": 30}), pd.DataFrame({"grace_days": [3]})]
)
def test_bad_grace_periods_end_in_a_sentence(grace):
    waybills = pd.DataFrame({"customer_id": ["c1"], "picked_up_at": pd.to_datetime(["2026-01-02"])})
    customers = pd.DataFrame({"customer_id": ["c1"], "opened_on": pd.to_datetime(["2026-01-01"])})
    with pytest.raises(ValueError, match="grace_days"):
        time_to_churn(waybills, customers, end="2026-12-01", grace_days=grace)
    with pytest.raises(ValueError, match="longer period"):
        time_to_churn(waybills, customers, end="2026-02-01", grace_days=90)
