import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import crmlib as crm
from crmlib import demand, plotting, pricing

mpl.use("Agg")


@pytest.fixture(scope="module")
def made():
    firm = crm.company.simulate(customers=400, months=18, seed=9)[0]
    forecast = demand.forecast_demand(firm.waybills, cutoff="2026-02-01", customers=firm.customers)
    return {
        "clearance": pricing.clearance_promise(pricing.clearance_times(firm.tracking, firm.waybills), rng=1, resamples=100),
        "cover": pricing.delay_cover(firm.waybills, rng=1, resamples=100),
        "sellers": pricing.compare_sellers(firm.customers, firm.waybills, rng=1, resamples=100),
        "response": pricing.quote_response(firm.quotes),
        "forecast": forecast,
        "check": demand.check_demand(firm.waybills, cutoff="2026-02-01", rng=1, resamples=100),
        "offers": demand.check_offers(firm.waybills, cutoff="2026-02-01", customers=firm.customers),
    }


@pytest.fixture(autouse=True, params=["zh", "en"])
def language(request):
    crm.setup(request.param)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield request.param
    plt.close("all")
    crm.setup("en")


@pytest.mark.parametrize("name", ["clearance", "cover", "sellers", "response", "forecast", "check", "offers"])
def test_results_draw_themselves_in_both_languages(made, name, language):
    ax = made[name].plot()
    ax.figure.canvas.draw()
    words = " ".join([*(text.get_text() for text in ax.texts), ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")])
    assert any("一" <= letter <= "鿿" for letter in words) == (language == "zh")
    assert made[name].summary()


def test_prices_draw_themselves(language):
    quote = pricing.quote(weight_kg=2.3, market="e_commerce", monthly_parcels=40)
    for ax in (quote.plot(), pricing.read_tariff().plot(), pricing.read_tariff().plot("cross_border"),
               pricing.landed_cost(500, freight_yuan=90, destination="us").plot(),
               pricing.break_even_discount(8, 5.5).plot(), pricing.break_even_discount(8, 5.5, response=(3, 6)).plot()):  # fmt: skip
        ax.figure.canvas.draw()
    ends = [bar.get_x() + bar.get_width() for bar in quote.plot().patches]
    assert ends[-1] == pytest.approx(quote.total_yuan) and ends[-2] == pytest.approx(quote.total_yuan)


def test_one_customer_is_drawn_with_its_interval(made):
    forecast = made["forecast"]
    customer = forecast.past.customers[int(np.argmax(forecast.past.counts.sum(axis=1)))]
    ax = forecast.plot(customer)
    assert ax.get_title(loc="left") == customer and len(ax.collections) == 1


@pytest.mark.parametrize(
    "name",
    [
        "tariff_steps",
        "quote_lines",
        "discount_break_even",
        "quote_win_rates",
        "clearance_curve",
        "delay_cover_prices",
        "seller_differences",
        "demand_forecast",
        "demand_errors",
        "offer_precision",
    ],
)
def test_what_is_no_result_is_refused(name):
    with pytest.raises(ValueError, match="crm.pricing|crm.demand"):
        getattr(plotting, name)(pd.DataFrame())


def test_an_unknown_yardstick_is_refused(made):
    with pytest.raises(ValueError, match="yardstick"):
        plotting.demand_errors(made["check"], yardstick="bias")
    assert plotting.demand_errors(made["check"], yardstick="error_share").get_xlabel()
