"""Delay prediction on the shipped firm (truth known) and on 10 million scans: ``python benchmarks/bench_delay.py [millions of scans]``."""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd

import crmlib as crm
from crmlib.company import Company, Scenario, simulate
from crmlib.desk.delay import delay_warnings, fit_delay_model, notice_effect, saved_calls, score_warnings
from crmlib.desk.delay.model import settled, watched
from crmlib.desk.delay.moments import Known, features, parcels_of

REPEATS = 3


def timed(work):
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def truth() -> None:
    """What the shipped firm's truth says of forecasts, warnings, the effect of notices and calls saved."""
    firm, hidden = simulate()
    seconds, model = timed(lambda: fit_delay_model(firm))
    print(f"fit on the shipped firm: {seconds:.1f} s of CPU; {model.summary()}")
    evaluation = model.evaluate(firm)
    print(evaluation.coverage[evaluation.coverage["group"].isin(["all", "peak", "off_peak", "incident"])].round(3).to_string(index=False))
    print(evaluation.pinball.round(3).to_string(index=False), evaluation.lateness.round(4).to_string(index=False), sep="\n")
    period = {"since": "2025-11-01", "until": "2026-10-20"}
    for threshold in (None, 0.5, 0.7, 0.9):
        warned = delay_warnings(model, firm, threshold=threshold, **period)
        score = score_warnings(warned, firm, fates=hidden["fates"], **period)
        print(f"threshold {threshold}: {score.summary()}")
    scenario = Scenario()
    silent, _hidden = simulate(scenario=replace(scenario, calls=replace(scenario.calls, notice_cut=0.0)))
    effect = notice_effect(firm, rng=0)
    print(effect.summary(), f"Truth: {scenario.calls.notice_cut:.0%}.")
    print(effect.table.round(3).to_string(index=False))
    warned = delay_warnings(model, firm, since="2026-04-01", until="2026-10-01")
    at = warned.set_index("waybill_id")["at"]

    def seen(company: Company) -> float:
        calls = company.calls[company.calls["reason"] == "where_is_my_parcel"]
        return float((calls["arrived_at"].to_numpy() > at.reindex(calls["waybill_id"]).to_numpy()).sum() / (1 - effect.unknown_share))

    print(saved_calls(warned, firm, effect).summary(), f"Truth (the same firm, notices without effect): {seen(silent) - seen(firm):,.0f} saved.")
    peers(firm)


def peers(firm: Company) -> None:
    """Ours against four quantile regressions and a classifier on the same rows, interleaved."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    parcels = parcels_of(firm)
    rows, known = watched(firm, parcels), Known(firm, parcels["picked_up_at"].to_numpy())
    picked = parcels["picked_up_at"].to_numpy()[rows["row"].to_numpy()]
    there = rows["hours"].notna().to_numpy()
    learn, calibrate = pd.Timestamp("2025-07-01"), pd.Timestamp("2025-11-01")
    early = np.flatnonzero(there & (picked < settled(firm, learn)))[::5]
    later = np.flatnonzero(there & (picked >= calibrate.to_datetime64()) & (picked < settled(firm, pd.Timestamp("2026-11-01"))))[::8]
    (seen, hours), (test, real) = (
        (features(parcels, rows.iloc[own], rows["moment"].to_numpy()[own], known), rows["hours"].to_numpy()[own]) for own in (early, later)
    )
    levels = (0.1, 0.5, 0.8, 0.9)
    options = {"max_iter": 100, "min_samples_leaf": 40, "early_stopping": False, "random_state": 0}

    def four() -> tuple[np.ndarray, np.ndarray]:
        told = [HistGradientBoostingRegressor(loss="quantile", quantile=level, **options).fit(seen, np.log(hours + 0.5)).predict(test) for level in levels]
        late = HistGradientBoostingClassifier(**options).fit(seen, hours > seen[:, 11]).predict_proba(test)[:, 1]
        return np.exp(np.stack(told, axis=1)) - 0.5, late

    def ours() -> tuple[np.ndarray, np.ndarray]:
        return fit_delay_model(firm, learn_until=learn, calibrate_until=calibrate).quantiles(test)

    spent = {"one middle and spread (ours, with its features)": [], "four quantiles and a classifier": []}
    for _repeat in range(REPEATS):
        for name, work in zip(spent, (ours, four), strict=True):
            seconds, (told, chance) = timed(work)
            spent[name].append(seconds)
            short = real[:, None] - told
            loss = np.maximum(np.array(levels) * short, (np.array(levels) - 1) * short).mean()
            inside = test[:, 11] > 0
            brier = ((chance - (real > test[:, 11]))[inside] ** 2).mean()
            if _repeat == 0:
                print(f"{name}: mean pinball {loss:.3f} hours, Brier {brier:.4f}")
    for name, seconds in spent.items():
        print(f"{name}: {statistics.median(seconds):.1f} s of CPU")
    first, second = (statistics.median(seconds) for seconds in spent.values())
    print(f"side by side: {second / first:.1f}")


def many(firm: Company, millions: float) -> Company:
    """The firm's parcels and scans again and again under new numbers."""
    times = int(np.ceil(millions * 1e6 / len(firm.tracking)))
    number = firm.waybills["waybill_id"].str[1:].astype(int).to_numpy()
    place = pd.Index(firm.waybills["waybill_id"]).get_indexer(firm.tracking["waybill_id"])
    waybills = pd.concat([firm.waybills.assign(waybill_id=number + 10**9 * copy) for copy in range(times)], ignore_index=True)
    tracking = pd.concat([firm.tracking[["node", "scanned_at"]].assign(waybill_id=number[place] + 10**9 * copy) for copy in range(times)], ignore_index=True)
    return Company(customers=firm.customers, waybills=waybills, tracking=tracking, calendar=firm.calendar, incidents=firm.incidents)


def main(millions: float) -> None:
    truth()
    firm = many(crm.company.lark(), millions)
    scans = len(firm.tracking)
    fitting, model = timed(lambda: fit_delay_model(firm, learn_until="2025-07-01", calibrate_until="2025-11-01"))
    predicting, told = timed(lambda: model.at_scans(firm, since="2024-11-01", until="2026-11-01"))
    warning, warned = timed(lambda: delay_warnings(model, firm, since="2026-09-01", until="2026-10-01"))
    print(f"{scans:,} scans: fit {fitting:.1f} s, forecast at every scan {predicting:.1f} s ({len(told):,} rows), "
          f"warnings of one month {warning:.1f} s ({len(warned):,}) of CPU")  # fmt: skip
    seen = np.random.default_rng(0).random((1_000_000, 15)).astype(np.float32)
    bare = timed(lambda: (model.middle.predict(seen), model.spread.predict(seen)))[0] * len(told) / 1e6
    print(f"the trees alone on as many rows: {bare:.1f} s")
    print(f"throughput ratio: {bare / predicting:.1f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
