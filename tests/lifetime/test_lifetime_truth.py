"""On the simulated firm, whose truth is known: who is lost, who will ship how often, and what 11 November does to the forecast."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from crmlib import plotting
from crmlib.company import simulate
from crmlib.lifetime import (
    cutoff_check, customer_lifetime_value, expected_purchases, fit_bg_nbd, fit_gamma_gamma, fit_pareto_nbd, fit_sbg, holdout_check,
    probability_alive, purchase_summary, season_index,
)  # fmt: skip

START, CUT, END = pd.Timestamp("2024-11-01"), pd.Timestamp("2026-05-01"), pd.Timestamp("2026-11-01")


@pytest.fixture(scope="module")
def firm():
    company, truth = simulate(customers=600, months=24, seed=4)
    return company.waybills, truth["customers"].set_index("customer_id")


@pytest.fixture(scope="module")
def season(firm):
    return season_index(firm[0], start="2024-11-01", end="2025-11-01")


@pytest.fixture(scope="module")
def check(firm, season):
    return holdout_check(firm[0], start=START, cut="2025-11-01", end=CUT, unit="week", model="pareto_nbd", season=season)


@pytest.mark.parametrize("unit", ["day", "week"])
def test_lost_customers_are_recognised(firm, unit):
    """Pareto/NBD ranks a kept above a lost customer in 19 of 20 pairs, and its mean probability is near the true share of kept ones.

    The bounds leave room for the firm's customers, whose rates drift and whose season the model does not know.
    """
    waybills, truth = firm
    summary = purchase_summary(waybills, start=START, end=CUT, unit=unit).set_index("customer_id")
    alive = probability_alive(fit_pareto_nbd(summary), summary)
    kept = ~(truth.leaves_on.reindex(summary.index) < CUT)
    assert roc_auc_score(kept, alive) > 0.94
    assert alive.mean() == pytest.approx(kept.mean(), abs=0.06)
    for low, high in ((0, 0.1), (0.1, 0.9), (0.9, 1)):
        group = (alive >= low) & (alive <= high)
        assert kept[group].mean() == pytest.approx(alive[group].mean(), abs=0.12)
    once = summary.repeats == 0
    assert (probability_alive(fit_bg_nbd(summary), summary)[once] == 1).all() and kept[once].mean() < 0.6, "where BG/NBD must be wrong"


def test_purchases_of_the_next_half_year(firm):
    """In weeks the forecast of all purchases is right within a tenth, and that of single customers correlates above .9."""
    waybills, _truth = firm
    summary = purchase_summary(waybills, start=START, end=CUT, unit="week").set_index("customer_id")
    later = purchase_summary(waybills, start=CUT, end=END, unit="week").set_index("customer_id").repeats + 1
    later = later.reindex(summary.index, fill_value=0)
    for fit in (fit_bg_nbd, fit_pareto_nbd):
        expected = expected_purchases(fit(summary), summary, periods=184 / 7)
        assert expected.sum() / later.sum() == pytest.approx(1, abs=0.1)
        assert np.corrcoef(expected, later)[0, 1] > 0.9


def test_holdout_check_adds_up(firm, check):
    waybills, _truth = firm
    rows = check.customers
    known = waybills[waybills.customer_id.isin(rows.index) & (waybills.picked_up_at >= "2025-11-01") & (waybills.picked_up_at < CUT)]
    week = (CUT.normalize() - known.picked_up_at.dt.normalize() - pd.Timedelta(days=1)).dt.days // 7
    by_hand = week.groupby(known.customer_id.astype(object)).nunique().reindex(rows.index, fill_value=0)
    assert rows.actual_purchases.tolist() == by_hand.tolist()
    assert check.by_repeats.customers.sum() == check.by_expected.customers.sum() == len(rows)
    after = check.tracking[check.tracking.after_cut]
    assert after.actual_purchases.sum() == rows.actual_purchases.sum()
    assert len(after) == check.periods == 26
    before = check.tracking[~check.tracking.after_cut]
    assert before.actual_purchases.sum() == rows.repeats.sum()
    assert check.errors.estimate["total_ratio"] == pytest.approx(rows.expected_purchases.sum() / rows.actual_purchases.sum())


def test_holdout_check_of_the_firm(check):
    """Half a year with 11 November and Spring Festival: the total within 8%, nearer than going on as before, calibrated by tenths."""
    ratio, naive = check.errors.loc["total_ratio"], check.errors.loc["naive_total_ratio"]
    assert abs(ratio.estimate - 1) < 0.08 < abs(naive.estimate - 1)
    assert check.errors.estimate["mean_absolute_error"] < check.errors.estimate["naive_absolute_error"]
    inside = (check.by_expected.expected_purchases > check.by_expected.low - 1) & (
        check.by_expected.expected_purchases < check.by_expected.high + 1
    )
    assert inside.mean() >= 0.8
    assert "26 weeks after 2025-11-01" in check.summary()


def test_what_the_eleventh_of_november_does(firm, season):
    """Before the festival forecasts are too low, before Spring Festival too high; after a short look at the festival they are higher than
    after one that ends before it. A season measured on the year before mends most of both."""
    waybills, _truth = firm
    options = {"start": START, "cuts": ["2025-11-01", "2026-02-08"], "periods": 28, "unit": "day"}
    plain, mended = cutoff_check(waybills, **options), cutoff_check(waybills, **options, season=season)
    assert plain.high[0] < 1 < plain.low[1]
    assert (mended.ratio - 1).abs().sum() < 0.6 * (plain.ratio - 1).abs().sum()
    short = {"start": "2025-09-15", "cuts": ["2025-11-01", "2025-11-14"], "periods": 42, "unit": "day"}
    plain, mended = cutoff_check(waybills, **short), cutoff_check(waybills, **short, season=season)
    assert plain.ratio[1] - plain.ratio[0] > 0.05
    assert abs(mended.ratio[1] - mended.ratio[0]) < 0.6 * (plain.ratio[1] - plain.ratio[0])


def test_pictures_show_every_row(firm, check, season):
    waybills, _truth = firm
    summary = purchase_summary(waybills, start=START, end=CUT, unit="week")
    model, values = fit_pareto_nbd(summary), fit_gamma_gamma(summary, column="mean_revenue_yuan")
    worth = customer_lifetime_value(model, values, summary, periods=52, margin_share=0.2, rng=1)
    assert len(model.plot().patches) == len(plotting.purchase_frequencies(model).get_xticks())
    assert plotting.alive_map(model).get_title(loc="left")
    assert len(values.plot().collections) == 2
    assert len(worth.plot().get_yticks()) == 12
    assert len(fit_sbg(pd.Series([100, 60, 45, 37])).plot().lines) == 2
    assert len(check.plot().lines) == 2
    assert len(check.plot("repeats").get_xticks()) == len(check.by_repeats)
    assert check.plot("calibration").get_xlabel()
    cuts = cutoff_check(waybills, start=START, cuts=["2025-11-01", "2025-12-01"], periods=4, unit="week")
    assert len(plotting.cutoffs(cuts, corrected=cuts).containers) == 2
    for bad, says in (
        (lambda: check.plot("bars"), "no picture"),
        (lambda: plotting.holdout(cuts), "holdout_check"),
        (lambda: plotting.renewals(3), "fit_sbg"),
    ):
        with pytest.raises(ValueError, match=says):
            bad()


def test_bad_checks_are_refused_in_words(firm):
    waybills, _truth = firm
    good = {"start": START, "cut": CUT, "end": END, "unit": "week"}
    for options, says in (
        ({"model": "ols"}, "no model"), ({"cut": "2027-01-01"}, "empty"), ({"cut": "2024-01-01"}, "empty"), ({"level": 2}, "level"),
        ({"unit": "hour"}, "no unit"), ({"cut": "soon"}, "no date"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=says):
            holdout_check(waybills, **(good | options))
    for options, says in (
        ({"cuts": []}, "empty"), ({"periods": 0}, "whole number"), ({"cuts": ["2026-10-01"], "periods": 90}, "earlier cuts"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=says):
            cutoff_check(waybills, **({"start": START, "cuts": [CUT], "periods": 28, "unit": "day"} | options))
    with pytest.raises(ValueError, match="nothing to learn"):
        holdout_check(waybills[waybills.picked_up_at > CUT], **good)
