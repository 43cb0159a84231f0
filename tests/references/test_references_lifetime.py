"""Published results on CDNOW (Fader and Hardie 2001; 2,357 customers of a music shop) and on renewals of contracts.

The shop's data stand in the package `lifetimes`, whose files are read and which is not imported.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmlib.lifetime import (
    contract_forecast, expected_purchases, expected_value, fit_bg_nbd, fit_gamma_gamma, fit_pareto_nbd, fit_sbg, margin_multiple,
    probability_alive, purchase_summary, remaining_renewals,
)  # fmt: skip

FOLDER = Path(next(iter(importlib.util.find_spec("lifetimes").submodule_search_locations))) / "datasets"


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    table = pd.read_csv(FOLDER / "cdnow_customers_summary_with_transactions.csv")
    return table.rename(columns={"ID": "customer_id", "x": "repeats", "t_x": "span", "T": "age", "zbar": "mean_margin_yuan"})


@pytest.fixture(scope="module")
def bg_nbd(cdnow):
    return fit_bg_nbd(cdnow)


@pytest.fixture(scope="module")
def pareto_nbd(cdnow):
    return fit_pareto_nbd(cdnow)


def test_bg_nbd(bg_nbd):
    """Fader, Hardie and Lee (2005), table 2: r .243, α 4.414, a .793, b 2.426, LL −9582.4; more digits from the authors' note on R."""
    assert bg_nbd.customers == 2357
    assert bg_nbd.parameters.estimate.round(4).to_dict() == {"r": 0.2426, "alpha": 4.4135, "a": 0.7929, "b": 2.4258}
    assert round(bg_nbd.log_likelihood, 2) == -9582.43


def test_pareto_nbd(pareto_nbd):
    """The BTYD walkthrough: r .553, α 10.578, s .606, β 11.668; LL −9594.976. The likelihood is flat along β."""
    estimate = pareto_nbd.parameters.estimate
    assert estimate[["r", "alpha", "s"]].round(3).to_dict() == {"r": 0.553, "alpha": 10.578, "s": 0.606}
    assert estimate["beta"] == pytest.approx(11.668, abs=0.02)
    assert pareto_nbd.log_likelihood == pytest.approx(-9594.97, abs=0.01)


def test_pareto_nbd_of_one_customer(cdnow, pareto_nbd):
    """The walkthrough's customer 1516 (x 26, t_x 30.86, T 31): alive with probability .9979, 25.46 purchases in the next 52 weeks."""
    row = cdnow[cdnow.customer_id == 1516]
    assert row[["repeats", "span", "age"]].values.tolist() == [[26, 30.86, 31.0]]
    assert float(probability_alive(pareto_nbd, row).iloc[0]) == pytest.approx(0.9979, abs=1e-4)
    assert float(expected_purchases(pareto_nbd, row, periods=52).iloc[0]) == pytest.approx(25.46, abs=0.01)


def test_bg_nbd_of_one_customer(bg_nbd):
    """The authors' spreadsheet: a customer with x 2, t_x 30.43, T 38.86 is expected to buy 1.226 times in the next 39 weeks."""
    row = pd.DataFrame({"customer_id": ["0001"], "repeats": [2], "span": [30.43], "age": [38.86]})
    assert float(expected_purchases(bg_nbd, row, periods=39).iloc[0]) == pytest.approx(1.226, abs=1e-3)


def test_gamma_gamma(cdnow):
    """Fader and Hardie (2013): p 6.25, q 3.74, v 15.45, and equation 5 for what a customer's next purchase is worth."""
    values = fit_gamma_gamma(cdnow)
    assert values.customers == 946
    assert values.parameters.estimate.round(2).to_dict() == pytest.approx({"p": 6.25, "q": 3.74, "v": 15.45}, abs=0.011)
    first = expected_value(values, cdnow.head(2)).tolist()
    p, q, v = values.parameters.estimate
    assert first[0] == pytest.approx(((q - 1) * p * v / (q - 1) + p * 2 * 22.35) / (p * 2 + q - 1))


def test_summary_of_the_purchases_themselves(cdnow):
    """From the shop's log, days with a purchase in the first 39 weeks give the published histories, time in days instead of weeks."""
    names = ["master_id", "customer", "day", "units", "dollars"]
    log = pd.read_csv(FOLDER / "CDNOW_sample.txt", sep=r"\s+", names=names)
    waybills = pd.DataFrame({
        "customer_id": log.customer, "picked_up_at": pd.to_datetime(log.day.astype(str), format="%Y%m%d"), "price_yuan": log.dollars,
        "cost_yuan": 0.0,
    })  # fmt: skip
    summary = purchase_summary(waybills, start="1997-01-01", end="1997-10-01", unit="day")
    assert summary.repeats.tolist() == cdnow.repeats.tolist()
    assert (summary.age / 7).round(2).tolist() == pytest.approx(cdnow.age.tolist(), abs=0.0051)
    assert (summary.span / 7).round(2).tolist() == pytest.approx(cdnow.span.tolist(), abs=0.0051)
    again = cdnow.repeats > 0
    assert (summary.mean_revenue_yuan - cdnow.mean_margin_yuan)[again].abs().max() < 0.011
    in_days = fit_bg_nbd(summary).parameters.estimate
    assert in_days["alpha"] / 7 == pytest.approx(4.4135, abs=2e-3)


REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1, 22.3, 20.7, 19.4, 18.3, 17.3]
HIGH_END = [100, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1, 46.8, 44.5, 42.7, 40.9, 39.4]


@pytest.mark.parametrize(
    ("survived", "alpha", "beta", "log_likelihood"), [(REGULAR, 0.704, 1.182, -1680.3), (HIGH_END, 0.668, 3.806, -1611.2)]
)
def test_shifted_beta_geometric(survived, alpha, beta, log_likelihood):
    """Fader and Hardie (2007): fitted to seven of twelve years of 1,000 customers; the curve stays within two points of all twelve."""
    counts = (10 * pd.Series(survived)).round().astype(int)
    model = fit_sbg(counts.head(8))
    assert model.parameters.estimate.round(3).tolist() == [alpha, beta]
    assert round(model.log_likelihood, 1) == log_likelihood
    survival = contract_forecast(model, periods=12).survival_share
    assert np.abs(100 * survival - survived).max() < 2


def test_remaining_renewals_by_adding_up():
    """Fader and Hardie (2010), equation 6, against the sum that it is the closed form of."""
    model = fit_sbg(pd.Series([1000, 869, 743, 653, 593, 551, 517, 491]))
    alpha, beta = model.parameters.estimate
    time = np.arange(1, 4000)
    for renewed in (0, 1, 4):
        chance = np.cumprod((beta + renewed + time - 1) / (alpha + beta + renewed + time - 1))
        assert remaining_renewals(model, renewals=renewed, discount=0.1) == pytest.approx((chance / 1.1 ** (time - 1)).sum(), rel=1e-9)


def test_margin_multiple():
    """Gupta and Lehmann (2003), table 1: 90% retention at 12%, 80% at 10%."""
    assert round(margin_multiple(0.9, discount=0.12), 2) == 4.09
    assert round(margin_multiple(0.8, discount=0.10), 2) == 2.67
    years = np.arange(1, 500)
    assert margin_multiple(0.9, discount=0.12) == pytest.approx(((0.9 / 1.12) ** years).sum())
