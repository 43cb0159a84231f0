"""On the simulated firm the truth is known: what makes leads sign, which were entered twice, what the first-order offer does."""

import numpy as np
import pandas as pd
import pytest

from crmlib import development
from crmlib.company.sales import SalesScenario, draw_sales
from crmlib.company.simulation import draw_world
from crmlib.development.logistic import fit_logistic


@pytest.fixture(scope="module")
def firm():
    """Leads, quotes and offers of a firm of 2,500, and the truth."""
    tables, truth = draw_sales(draw_world(customers=2500, months=24, seed=2))
    return tables, {name: frame.copy() for name, frame in truth.items()}


@pytest.fixture(scope="module")
def single(firm):
    return development.duplicate_leads(firm[0]["leads"]).keep(firm[0]["leads"])


def test_duplicates_are_the_true_ones(firm):
    found = development.duplicate_leads(firm[0]["leads"]).pairs.set_index("lead_id")["duplicate_of"]
    true = firm[1]["leads"].set_index("lead_id")["duplicate_of"].dropna()
    assert true.index.isin(found.index).mean() > 0.97, "a clerk's short name and the same phone give nearly all away"
    assert np.mean([true.get(lead) == first for lead, first in found.items()]) > 0.95, "and few others share an ending and a name"


@pytest.mark.parametrize("moment", development.MOMENTS)
def test_what_moves_the_chance_is_what_the_scenario_says(firm, single, moment):
    """Each coefficient within three standard errors of the truth: about 1 of 400 would miss by chance."""
    frame = development.lead_frame(single, firm[0]["quotes"], moment=moment)
    score = development.lead_score(frame, split="2026-05-01", as_of="2026-10-31", resamples=100, rng=1)
    effects, sales = score.effects.set_index("feature"), SalesScenario()
    true = {f"source[{name}]": effect for name, effect in sales.source_effects.items() if effect}
    if moment == "quoted":
        true |= {"days_to_quote": sales.quote_day_effect, "extra_discount": sales.discount_effect, "log_parcels": 0.0}
    for name, effect in true.items():
        row = effects.loc[name]
        assert abs(row["coefficient"] - effect) < 3 * row["standard_error"], name
    foretold = score.calibration
    assert ((foretold["foretold"] > foretold["low"] - 0.05) & (foretold["foretold"] < foretold["high"] + 0.05)).all()


def test_speed_of_the_first_contact_brings_quotes(firm, single):
    """The scenario acts on the log odds of a quote for each day until the contact."""
    told = single[single["contacted_on"].notna() & (single["created_on"] < "2026-08-01")]
    days = (told["contacted_on"] - told["created_on"]).dt.days.astype(float)
    fit = fit_logistic(pd.DataFrame({"days": days}), told["quoted_on"].notna().to_numpy().astype(float)).table(0.95).set_index("feature")
    # Those lost before any contact are not here, which leaves the odds among the others as they are.
    assert abs(fit["coefficient"]["days"] - SalesScenario().contact_day_effect) < 3 * fit["standard_error"]["days"] + 0.02


def test_win_rates_come_out_in_the_true_order(single):
    rates = development.win_rates(single)
    true = SalesScenario().source_effects
    odds = np.log(rates.table["odds_ratio"])
    error = np.log(rates.table["odds_high"] / rates.table["odds_low"]) / 2 / 1.96
    for name in ("referral", "visit", "exhibition", "platform"):
        assert abs(odds[name] - true[name]) < 3 * error[name], name
    assert rates.p_value < 1e-6


def test_the_funnel_is_that_of_the_scenario(single):
    """Conversions follow from the shares of the scenario; duplicates are out, open leads in no conversion."""
    old = development.funnel(single[single["created_on"].between("2025-03-01", "2026-06-30")], as_of="2026-10-31").table.set_index("stage")
    sales = SalesScenario()
    quoted, (entry, contact, need) = sales.quoted_share, sales.dropped_at
    true = {"new": 1 - (1 - quoted) * entry, "contacted": 1 - (1 - quoted) * contact / (1 - (1 - quoted) * entry),
            "qualified": quoted / (quoted + (1 - quoted) * need), "quoted": sales.win_share}  # fmt: skip
    for stage, share in true.items():
        assert abs(old["conversion"][stage] - share) < 0.04, stage


def test_first_order_offer(firm):
    """The interval holds the mean of the true effects (three standard errors to be safe)."""
    effect = development.first_order_effect(firm[0]["offers"])
    offers = firm[1]["offers"].merge(firm[0]["offers"], on="offer_id")
    known = offers[(offers["kind"] == "first_order") & offers["outcome"].notna()]
    assert abs(effect.effect - known["effect"].mean()) < 3 * (effect.high - effect.low) / 2 / 1.96
