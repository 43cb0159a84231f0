"""NPS and CSAT by group on ten million answers, beside pandas as an analyst writes it, and beside the bare counting in numpy.

Truth: how far the net promoter score of all whom a firm invited lies from that of those who answered, and from the weighted one.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.stats import norm

from crmlib import company, survey

ANSWERS, ROUNDS = 10_000_000, 5
MARKETS = ("e_commerce", "corporate", "walk_in")


def answers(size: int) -> pd.DataFrame:
    """So many answers with a market each; one in fifty left both questions out."""
    rng = np.random.default_rng(1)
    market = pd.Series(np.array(MARKETS, dtype=object)[rng.integers(0, 3, size)], dtype="str")
    table = pd.DataFrame(
        {"market": market, "recommend": rng.integers(0, 11, size) * 1.0, "satisfaction_1": rng.integers(1, 11, size) * 1.0}
    )
    table.loc[::50, ["recommend", "satisfaction_1"]] = np.nan
    return table


def promoters_in_pandas(table: pd.DataFrame) -> pd.DataFrame:
    """Score, standard error and Wald interval by market; the scores are not checked."""
    given = table.dropna(subset=["recommend"])
    given = given.assign(promoter=given["recommend"] >= 9, detractor=given["recommend"] <= 6)
    found = given.groupby("market").agg(answers=("recommend", "size"), promoters=("promoter", "mean"), detractors=("detractor", "mean"))
    score = found["promoters"] - found["detractors"]
    error = np.sqrt((found["promoters"] + found["detractors"] - score**2) / found["answers"])
    return found.assign(score=100 * score, low=100 * (score - 1.96 * error), high=100 * (score + 1.96 * error))


def boxes_in_pandas(table: pd.DataFrame) -> pd.DataFrame:
    """Share of 9 and 10 and its Wald interval by market; the answers are not checked."""
    given = table.dropna(subset=["satisfaction_1"])
    found = given.assign(top=given["satisfaction_1"] >= 9).groupby("market")["top"].agg(["size", "mean"])
    error = np.sqrt(found["mean"] * (1 - found["mean"]) / found["size"])
    return found.assign(low=found["mean"] - 1.96 * error, high=found["mean"] + 1.96 * error)


def bare_counting(table: pd.DataFrame, score: str) -> np.ndarray:
    """The least that must be done: number the markets, and count each answer of each market."""
    codes, _markets = pd.factorize(table["market"])
    points = table[score].to_numpy()
    return np.bincount(codes * 16 + np.where(np.isnan(points), 15, points).astype(np.int64))


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def speed() -> float:
    """Print the table of medians; the smaller of the two ratios."""
    table, ratios = answers(ANSWERS), []
    rows = {
        "NPS": ("recommend", lambda: survey.net_promoter_by(table, by="market"), lambda: promoters_in_pandas(table)),
        "CSAT": (
            "satisfaction_1",
            lambda: survey.csat_by(table, by="market", score="satisfaction_1", low=1, high=10),
            lambda: boxes_in_pandas(table),
        ),
    }
    for name, (score, ours, theirs) in rows.items():
        taken = {"ours": [], "pandas": [], "bare": []}
        for _turn in range(ROUNDS):
            for who, work in (("ours", ours), ("pandas", theirs), ("bare", lambda score=score: bare_counting(table, score))):
                taken[who].append(seconds(work))
        ours_s, pandas_s, bare_s = (statistics.median(taken[who]) for who in ("ours", "pandas", "bare"))
        ratios.append(pandas_s / ours_s)
        print(f"{name:5} ours {ours_s:6.3f} s  pandas {pandas_s:6.3f} s  {pandas_s / ours_s:5.2f} times as fast; "
              f"bare counting {bare_s:6.3f} s, so we stand {ours_s / bare_s:4.1f} × above the limit")  # fmt: skip
    return min(ratios)


def truth() -> None:
    """Print what weighting recovers on larger simulated firms."""
    for seed in (1, 2, 3):
        firm, known = company.simulate(customers=6000, months=24, seed=seed)
        invited = survey.who_was_asked(firm.survey_invitations, firm.customers, firm.surveys, scores=["recommend", "satisfaction_1"],
                                       earlier="satisfaction_1")  # fmt: skip
        latents = known["survey_latents"].set_index("invitation_id").loc[invited["invitation_id"]]
        mean, spread = 8 + 1.9 * 0.8 * latents["loyalty"], 1.9 * 0.6
        everybody = 100 * (norm.sf((8.5 - mean) / spread) - norm.cdf((6.5 - mean) / spread)).mean()
        invited["satisfaction"] = latents["satisfaction"].to_numpy()
        said = [f"NPS of all {len(invited):,} invited {everybody:5.1f}"]
        for words, columns in (
            ("market, channel", []),
            ("market, channel and the last answer", ["earlier_satisfaction_1"]),
            ("market, channel and true satisfaction", ["satisfaction"]),
        ):
            found = survey.nonresponse_report(invited, known=["market", "channel", *columns]).scores["estimate"]
            said += [f"of those who answered {found['plain']:5.1f}"] * (not columns) + [f"weighted by {words} {found['weighted']:5.1f}"]
        print("; ".join(said))


def main() -> None:
    """Print the truth recovered, the times and the ratio."""
    truth()
    print(f"throughput ratio: {speed():.1f}")


if __name__ == "__main__":
    main()
