"""How fast claims are worked out, kappa and funnels are made and complaints are read, and how near to the truth estimates come at large n.

Peers: for compensation the plain loop over parcels; for kappa scikit-learn and statsmodels; for reading a bare pipeline of scikit-learn.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.pipeline import make_pipeline
from statsmodels.stats.inter_rater import cohens_kappa, to_table
from threadpoolctl import threadpool_limits

from crmlib import call_center as cc
from crmlib.company.case_handling import CAUSES
from crmlib.company.case_texts import write_cases

CLAIMS, LOOP, MARKS, AGENTS, TEXTS, ROUNDS = 1_000_000, 20_000, 1_000_000, 10_000, 8_000, 5
SHARES = np.array([0.175, 0.21, 0.213, 0.117, 0.08, 0.063, 0.043, 0.036, 0.036, 0.027])


def complaints(size: int, seed: int) -> pd.DataFrame:
    """Complaints as the firm writes them, with their true causes."""
    rng = np.random.default_rng(seed)
    true = rng.choice(len(CAUSES), size, p=SHARES / SHARES.sum())
    told = np.where(rng.random(size) < 0.04, (true + 1 + rng.integers(0, 9, size)) % 10, true)
    names = np.array(CAUSES, dtype=object)
    text = write_cases(["complaint"] * size, list(names[true]), rng.random((8, size)), vague=0.10, mixed=0.28, typing_errors=0.15)
    opened = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(size), unit="min")
    return pd.DataFrame({"text": text, "cause": names[told], "true": names[true], "opened_at": opened})


def one_by_one(claims: pd.DataFrame) -> list[float]:
    """The rules as one writes them in a hurry."""
    paid = []
    for row in claims.itertuples():
        goods = row.what != "delay"
        worth = (min(row.proved_yuan, row.declared_yuan) if row.insured else row.proved_yuan) * row.lost_part if goods else 0.0
        if goods and not row.insured:
            worth = min(worth, 7 * row.postage_yuan)
        paid.append(round(worth + (row.postage_yuan if not goods or row.lost_part >= 1 else 0.0), 2))
    return paid


def in_turn(**ways: Callable[[], object]) -> dict[str, float]:
    """Median seconds of each way, run in turn."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _round in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - start)
    return {name: float(np.median(seconds)) for name, seconds in taken.items()}


def speed() -> float:
    rng = np.random.default_rng(1)
    claims = pd.DataFrame({
        "what": rng.choice(["loss", "damage", "delay"], CLAIMS), "postage_yuan": rng.lognormal(2.2, 0.6, CLAIMS).round(2),
        "insured": rng.random(CLAIMS) < 0.1, "declared_yuan": rng.lognormal(5.5, 0.8, CLAIMS).round(2),
        "proved_yuan": rng.lognormal(5, 1, CLAIMS).round(2), "lost_part": rng.choice([0.3, 0.5, 1.0], CLAIMS),
    })  # fmt: skip
    few = claims.head(LOOP)
    assert np.abs(cc.compensation_table(few)["yuan"] - one_by_one(few)).max() < 0.011
    found = in_turn(ours=lambda: cc.compensation_table(claims), loop=lambda: one_by_one(few),
                    numpy=lambda: np.minimum(claims["proved_yuan"].to_numpy() * claims["lost_part"].to_numpy(),
                                             7 * claims["postage_yuan"].to_numpy()))  # fmt: skip
    ratio = found["loop"] / LOOP / (found["ours"] / CLAIMS)
    print(f"compensation: {CLAIMS / found['ours']:,.0f} claims a second, loop {LOOP / found['loop']:,.0f}; bare arithmetic of one rule "
          f"{CLAIMS / found['numpy']:,.0f}")  # fmt: skip
    one, two = (pd.Series(rng.integers(1, 6, MARKS)) for _side in range(2))
    both = np.column_stack([one, two])
    taken = in_turn(ours=lambda: cc.kappa(one, two, weights="linear", categories=[1, 2, 3, 4, 5]),
                    sklearn=lambda: cohen_kappa_score(one, two, weights="linear"),
                    statsmodels=lambda: cohens_kappa(to_table(both - 1, 5)[0], wt="linear").kappa)  # fmt: skip
    print("kappa of a million pairs: " + ", ".join(f"{name} {seconds:.3f} s" for name, seconds in taken.items()))
    size = rng.integers(50, 400, AGENTS)
    calls = pd.DataFrame({"agent_id": np.repeat(np.arange(AGENTS), size)})
    calls["resolved_first_contact"] = rng.random(len(calls)) < np.repeat(1 / (1 + np.exp(-1 - 0.3 * rng.standard_normal(AGENTS))), size)
    start = time.perf_counter()
    card = cc.agent_scorecard(calls, rng=1)
    print(
        f"scorecard: {AGENTS:,} agents, {len(calls):,} calls, {time.perf_counter() - start:.1f} s; "
        f"true spread .300, found {card.between:.3f}"
    )
    return ratio


def reading() -> None:
    """Complaints read: true causes found, kept share and accuracy, wrong records."""
    cases = complaints(TEXTS, 2)
    train, test = cc.split_by_time(cases)
    start = time.perf_counter()
    model = cc.cause_classifier(train, test=test)
    fitted = time.perf_counter()
    words, causes = train["text"].tolist(), train["cause"].tolist()
    with threadpool_limits(1):
        bare = make_pipeline(TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=5, max_iter=300))
        bare.fit(words, causes)
    print(f"reading: fitted on {len(train):,} in {fitted - start:.1f} s (bare pipeline once {time.perf_counter() - fitted:.1f} s)")
    true = test["true"].to_numpy()
    scores = model.scores
    kept = scores["decided_by"] == "machine"
    plain = (bare.predict(test["text"].tolist()) == true).mean()
    print(
        f"true cause found: {(scores['guessed_cause'] == true).mean():.3f} (bare {plain:.3f}), "
        f"agrees with the record: {scores['right'].mean():.3f}"
    )
    print(f"machine decides {kept.mean():.3f}: as recorded {scores['right'][kept].mean():.3f} (wanted {model.wanted_accuracy}), "
          f"true {(scores['guessed_cause'] == true)[kept].mean():.3f}")  # fmt: skip
    doubted = cc.suspect_causes(model)
    wrong = (cases["cause"] != cases["true"]).loc[train.index]
    found = wrong.loc[doubted.index]
    print(
        f"records doubted: {len(doubted)}, truly wrong {found.mean():.2f} of them; of {wrong.sum()} found {found.sum() / wrong.sum():.2f}"
    )
    print(model.calibration.round(3).to_string(index=False))


def cover() -> None:
    """How often intervals hold the truth: stratified callbacks where silence is chance, and where the dissatisfied keep silent."""
    rng = np.random.default_rng(8)
    cases = pd.DataFrame({"case_id": np.arange(900), "grade": np.repeat(["a", "b", "c"], [600, 200, 100])})
    happy = rng.random(900) < cases["grade"].map({"a": 0.7, "b": 0.5, "c": 0.3})
    for name, harder in (("silence is chance", 0.0), ("dissatisfied harder to reach", 0.25)):
        held, bounded, rounds = 0, 0, 400
        for _turn in range(rounds):
            drawn = cc.callback_sample(cases, size=150, strata="grade", allocation="equal", rng=rng)
            speaks = rng.random(150) < drawn["grade"].map({"a": 0.8, "b": 0.5, "c": 0.6}) - harder * ~happy[drawn.index]
            calls = pd.DataFrame({"case_id": drawn["case_id"], "attempt": 1, "result": np.where(speaks, "answered", "no_answer"),
                                  "satisfied_now": happy[drawn.index].astype("boolean").where(speaks)})  # fmt: skip
            found = cc.callback_estimate(drawn, calls)
            row = found.table.loc["response_weighted"]
            held += row["low"] <= happy.mean() <= row["high"]
            bounded += found.bounds[0] - 0.03 <= happy.mean() <= found.bounds[1] + 0.03
        print(f"callbacks, {name}: 95 % intervals hold the truth in {held / rounds:.1%}, bounds in {bounded / rounds:.1%}")


if __name__ == "__main__":
    reading()
    cover()
    print(f"throughput ratio: {speed():.1f}")
