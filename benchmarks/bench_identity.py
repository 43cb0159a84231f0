"""A million source records made into customers: time and peak memory of each step, beside splink on DuckDB with the same keys.

``python benchmarks/bench_identity.py [records] [rounds]``; splink is taken from .venv-peers, each run in a process of its own so that the
peak of its memory is its own.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve()
PEER = HERE.parents[1] / ".venv-peers" / "bin" / "python"
RECORDS, PER_CUSTOMER, ROUNDS = 1_000_000, 2.25, 1


def make(size: int, folder: Path) -> None:
    """The records of so many customers by the firm's own generator, normalised, and the truth."""
    sys.path.insert(0, str(HERE.parent))
    import datetime as dt

    import numpy as np
    from bench_sources import customers

    from crmlib.company.draws import Stream
    from crmlib.company.source_systems import SourceScenario, draw_records

    table = customers(round(size / PER_CUSTOMER))
    tables, truth = draw_records(
        table,
        np.ones(len(table), dtype=bool),
        dt.date(2024, 11, 1),
        730,
        Stream(1),
        SourceScenario(),
    )
    tables["source_records"].to_parquet(folder / "records.parquet")
    truth["same_customer"].to_parquet(folder / "truth.parquet")


def ours(folder: Path) -> dict:
    """Every step of ours, in seconds, and what came out."""
    import pandas as pd

    from crmlib import identity

    records = pd.read_parquet(folder / "records.parquet")
    took, start = {}, time.perf_counter()

    def lap(name: str) -> None:
        nonlocal start
        took[name], start = time.perf_counter() - start, time.perf_counter()

    clean = identity.normalise(records)
    lap("normalise")
    pairs = identity.candidate_pairs(clean)
    lap("block")
    model = identity.fit_matches(pairs)
    lap("compare, EM")
    links = model.decide()
    lap("decide")
    clusters = identity.cluster(links)
    lap("cluster")
    peak_link = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    identity.golden_records(clusters)
    lap("golden records")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    truth = pd.read_parquet(folder / "truth.parquet")
    table = identity.evaluate(clusters, truth, rng=1).table
    recall = identity.blocking_recall(pairs, truth).loc["all", "recall"]
    clean.drop(columns="created_on").to_parquet(folder / "clean.parquet")
    return {"took": took, "pairs": len(pairs.pairs), "peak": peak, "peak_link": peak_link, "blocking": recall,
            "table": table[["value", "low", "high"]].round(4).T.to_dict()}  # fmt: skip


def peer(folder: Path) -> dict:
    """splink from the same clean records with the same keys: estimate, predict, cluster."""
    import pandas as pd
    import splink.comparison_library as library
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI

    clean = pd.read_parquet(folder / "clean.parquet")
    clean["place"] = clean["street"] + clean["house"]
    for name, start, stop in (("start", 0, 2), ("end", -2, None), ("tail", -4, None)):
        clean[name] = clean["mobile" if name == "tail" else "name_stem"].str[start:stop]
    keys = [
        ("id_number",),
        ("mobile",),
        ("email",),
        ("landline",),
        ("street", "house"),
        ("name_core",),
        ("name_stem",),
        ("name_stem", "city"),
        ("name_stem", "contact_name"),
        ("start", "street"),
        ("start", "contact_name"),
        ("end", "contact_name"),
        ("end", "tail"),
    ]
    for key in keys:
        # splink has no bound on blocks: those above ours are taken out by emptying a column made for the rule.
        name = "key_" + "_".join(key)
        rows = clean[list(key)].notna().all(axis=1)
        text = (
            clean.loc[rows, key[0]]
            .astype(str)
            .str.cat(
                [clean.loc[rows, column].astype(str) for column in key[1:]], sep="|"
            )
        )
        clean.loc[rows, name] = text.where(text.map(text.value_counts()) <= 50)
    start = time.perf_counter()
    fuzzy = [
        library.DamerauLevenshteinAtThresholds(name, 1)
        for name in ("contact_name", "mobile", "place", "id_number", "email")
    ]
    settings = SettingsCreator(
        link_type="dedupe_only", unique_id_column_name="record_id", retain_intermediate_calculation_columns=False,
        blocking_rules_to_generate_predictions=[block_on("key_" + "_".join(key)) for key in keys],
        comparisons=[library.DamerauLevenshteinAtThresholds("name_core", 1).configure(term_frequency_adjustments=True), *fuzzy, library.ExactMatch("landline")],
    )  # fmt: skip
    linker = Linker(DuckDBAPI().register(clean), settings, log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match(
        [block_on("mobile"), block_on("id_number")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for key in ("key_mobile", "key_street_house"):
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(key)
        )
    predictions = linker.inference.predict(threshold_match_probability=0.01)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predictions, threshold_match_probability=0.9
    )
    frame = clusters.as_pandas_dataframe()
    took = time.perf_counter() - start
    truth = pd.read_parquet(folder / "truth.parquet").set_index("record_id")[
        "customer_id"
    ]
    cells = pd.DataFrame(
        {"ours": frame["cluster_id"], "true": frame["record_id"].map(truth)}
    )

    def pairs(columns: list[str]) -> int:
        size = cells.groupby(columns).size()
        return int((size * (size - 1) // 2).sum())

    both = pairs(["ours", "true"])
    return {
        "took": took,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "precision": both / max(pairs(["ours"]), 1),
        "recall": both / pairs(["true"]),
    }


def run(python: Path | str, what: str, folder: Path) -> dict:
    """One side in a process of its own."""
    done = subprocess.run(
        [str(python), str(HERE), what, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def main(size: int, rounds: int) -> None:
    """Print seconds, memory and what was found, ours and splink's in turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            [sys.executable, str(HERE), "make", str(folder), str(size)], check=True
        )
        mine, theirs = [], []
        for __ in range(rounds):
            mine.append(run(sys.executable, "ours", folder))
            theirs.append(run(PEER, "peer", folder) if PEER.exists() else None)
    one = mine[0]
    print(
        f"{size:,} records, {one['pairs']:,} pairs, blocking recall {one['blocking']:.3f}"
    )
    for step in one["took"]:
        print(
            f"{step:>16} {statistics.median(run['took'][step] for run in mine):8.1f} s"
        )
    print(
        f"{'ours in all':>16} {statistics.median(sum(run['took'].values()) for run in mine):8.1f} s, peak memory {one['peak'] / 2**20:.1f} GiB"
    )
    for measure, row in one["table"].items():
        print(f"{measure:>20} {row['value']:.4f} ({row['low']:.4f}–{row['high']:.4f})")
    if theirs[0]:
        link = statistics.median(
            run["took"]["block"]
            + run["took"]["compare, EM"]
            + run["took"]["decide"]
            + run["took"]["cluster"]
            for run in mine
        )
        other = statistics.median(run["took"] for run in theirs)
        print(
            f"splink: {other:.1f} s, peak {theirs[0]['peak'] / 2**20:.1f} GiB, pair precision {theirs[0]['precision']:.4f}, recall {theirs[0]['recall']:.4f}"
        )
        print(
            f"ours from clean records to clusters: {link:.1f} s, peak {one['peak_link'] / 2**20:.1f} GiB"
        )
        print(f"throughput ratio: {other / link:.1f}")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in ("make", "ours", "peer"):
        if sys.argv[1] == "make":
            make(int(sys.argv[3]), Path(sys.argv[2]))
        else:
            print(
                json.dumps(
                    {"ours": ours, "peer": peer}[sys.argv[1]](Path(sys.argv[2])),
                    default=float,
                )
            )
    else:
        main(
            int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS,
            int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS,
        )
