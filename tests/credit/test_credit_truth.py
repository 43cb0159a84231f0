"""On the simulated firm the truth is known: who never pays, how late payments are, how good each customer's credit is."""

import pandas as pd
import pytest

from crmlib.company.money import draw_money
from crmlib.company.simulation import draw_world
from crmlib.credit import (
    aging,
    credit_frame,
    discrimination,
    invoice_status,
    roll_rates,
    scorecard,
)


@pytest.fixture(scope="module")
def book():
    """Invoices and payments of about 1,300 monthly accounts, and the truth."""
    tables, truth = draw_money(draw_world(customers=4000, months=24, seed=3))
    return tables["invoices"], tables["payments"], truth["invoices"].set_index("invoice_id"), truth["credit"].set_index("customer_id")


@pytest.fixture(scope="module")
def card(book):
    invoices, payments, __, __ = book
    frames = [credit_frame(invoices, payments, cutoff=day, known_until="2026-10-31") for day in ("2025-11-01", "2026-05-01")]
    return scorecard(frames[0], test=frames[1], resamples=200, rng=1), frames[1]


def test_lateness_is_the_true_one(book):
    invoices, payments, truth, __ = book
    status = invoice_status(invoices, payments, as_of="2026-10-31").set_index("invoice_id")
    paid = status[status["paid_in_full_on"].notna()]
    plain = truth.reindex(paid.index)
    same = plain["in_parts"] | (paid["days_past_due"] == plain["days_late"])
    assert same.all(), "to the day, but for invoices paid in parts, which are settled later"


def test_old_money_is_what_is_never_paid(book):
    invoices, payments, truth, __ = book
    items = aging(invoices, payments, as_of="2026-10-31").items
    assert truth["never_paid"].reindex(items.loc[items["bucket"] == "over_90", "invoice_id"]).mean() > 0.98
    rates = roll_rates(invoices, payments, as_of="2026-10-31", resamples=200, rng=1).table
    # The truth counts invoices and the rates yuan: within a fifth of a percent.
    lost = (invoices.set_index("invoice_id")["amount_yuan"] * truth["never_paid"]).sum() / invoices["amount_yuan"].sum()
    assert rates.loc["not_due", "low"] - 0.002 < lost < rates.loc["not_due", "high"] + 0.002


def test_probabilities_rank_true_credit_quality_and_come_true(book, card):
    scores, quality = card[0].score(card[1]), book[3]["credit_quality"]
    default, true = card[1].table["default"], quality.reindex(scores.index)
    assert scores["score"].corr(true, method="spearman") > 0.3
    assert card[0].quality["test"].auc > discrimination(true, default, resamples=100, rng=1).auc - 0.02, (
        "behaviour tells as much as quality alone"
    )
    found = (
        pd.DataFrame({"p": scores["default_probability"], "default": default}).groupby(pd.qcut(true, 4, labels=False)).agg(["mean", "size"])
    )
    assert found["p", "mean"].is_monotonic_decreasing, "the better the true quality, the lower the probability"
    # Four standard errors of a share, and a fifth more for the drift of the default rate between the two half years.
    error = 4 * (found["p", "mean"] / found["p", "size"]) ** 0.5 + 0.2 * found["p", "mean"]
    assert ((found["p", "mean"] - found["default", "mean"]).abs() < error).all()


def test_as_a_whole_as_many_default_as_foreseen(card):
    expected = float(card[0].score(card[1])["default_probability"].sum())
    assert 0.6 < expected / card[0].quality["test"].defaults < 1.5
