"""The access log and the pledge: edited, deleted, reordered, cut off, forged, written by many; and whom it shows."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import psycopg
import pytest
from company.postgres_server import running_postgres

from crmlib.privacy import AccessLog, KeyRing, has_signed, pledge_status, pledge_text, sign_pledge, unusual_access

LOOK = ("A001", "agent", "contacts", ["phone"])


@pytest.fixture(scope="module")
def ring(tmp_path_factory) -> KeyRing:
    return KeyRing.create(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture
def place(tmp_path):
    return tmp_path / "looks.sqlite"


def written(place, ring, many: int = 5) -> AccessLog:
    log = AccessLog(place, key_ring=ring)
    log.record(*LOOK, [f"C0000{n}" for n in range(1, many + 1)], "call", at="2026-11-02 09:30")
    return log


def attack(place, *statements: str) -> None:
    """What somebody with the file and a SQL program can do, the triggers taken away first."""
    with sqlite3.connect(place) as base:
        for trigger in [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]:
            base.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            base.execute(statement)


def test_a_whole_log_stands_and_reopens(place, ring):
    log = written(place, ring)
    again = AccessLog(place, key_ring=ring)
    assert again.record(*LOOK, "C00009", "K000012") == 6
    assert log.verify().ok and again.verify().entries == 6
    assert again.table()["customer_id"].tolist() == ["C00001", "C00002", "C00003", "C00004", "C00005", "C00009"]
    assert "6" in again.verify().summary()


@pytest.mark.parametrize(("statements", "broken"), [
    (["UPDATE access_log SET content = replace(content, 'C00003', 'C00999') WHERE entry = 3"], 3),
    (["DELETE FROM access_log WHERE entry = 2"], 2),
    (["DELETE FROM access_log WHERE entry = 2", "UPDATE access_log SET entry = 2 WHERE entry = 3", "UPDATE access_log SET entry = 3 WHERE entry = 4",
      "UPDATE access_log SET entry = 4 WHERE entry = 5"], 2),
    (["UPDATE access_log SET entry = 99 WHERE entry = 2", "UPDATE access_log SET entry = 2 WHERE entry = 4",
      "UPDATE access_log SET entry = 4 WHERE entry = 99"], 2),
    (["DELETE FROM access_log WHERE entry > 3"], 4),
    (["DELETE FROM access_log"], 1),
    (["INSERT INTO access_log SELECT 6, content, seal FROM access_log WHERE entry = 1"], 6),
])  # fmt: skip
def test_every_attack_on_the_table_names_the_first_broken_entry(place, ring, statements, broken):
    log = written(place, ring)
    attack(place, *statements)
    found = log.verify()
    assert (found.ok, found.first_broken) == (False, broken)
    assert str(broken) in found.summary() or "cut off" in found.summary()


def test_plain_statements_are_refused_by_the_database(place, ring):
    written(place, ring)
    with sqlite3.connect(place) as base:
        for statement in ("UPDATE access_log SET content = '{}'", "DELETE FROM access_log"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                base.execute(statement)


def test_nothing_is_written_behind_a_log_that_was_cut(place, ring):
    log = written(place, ring)
    attack(place, "DELETE FROM access_log WHERE entry > 2")
    for each in (log, AccessLog(place, key_ring=ring)):
        with pytest.raises(ValueError, match="anchor"):
            each.record(*LOOK, "C00009", "call")
    assert not log.verify().ok
    place.unlink()
    with pytest.raises(ValueError, match="anchor"):
        AccessLog(place, key_ring=ring).record(*LOOK, "C00009", "call")


def test_the_anchor_cannot_be_lost_or_forged(place, ring):
    log = written(place, ring)
    anchor = place.with_name("looks.sqlite.access_log.anchor")
    whole = anchor.read_text("utf-8")
    older = json.loads(whole) | {
        "entries": 2,
        "seal": pd.read_sql("SELECT seal FROM access_log WHERE entry = 2", f"sqlite:///{place}").seal[0],
    }
    anchor.write_text(json.dumps(older), "utf-8")
    attack(place, "DELETE FROM access_log WHERE entry > 2")
    assert not log.verify().ok
    anchor.unlink()
    assert not log.verify().ok
    with pytest.raises(ValueError, match="anchor"):
        log.record(*LOOK, "C00009", "call")


def test_a_new_history_without_the_key_is_noticed(place, tmp_path, ring):
    log = written(place, ring)
    forged = AccessLog(tmp_path / "forged.sqlite")
    forged.record(*LOOK, ["C00001"] * 5, "call", at="2026-11-02 09:30")
    rows = sqlite3.connect(tmp_path / "forged.sqlite").execute("SELECT entry, content, seal FROM access_log").fetchall()
    attack(place, "DELETE FROM access_log", *(f"INSERT INTO access_log VALUES ({n}, '{text}', '{seal}')" for n, text, seal in rows))
    forged_anchor = (tmp_path / "forged.sqlite.access_log.anchor").read_text("utf-8")
    place.with_name("looks.sqlite.access_log.anchor").write_text(forged_anchor, "utf-8")
    assert log.verify().first_broken == 1
    with pytest.raises(ValueError, match="without"):
        AccessLog(place, key_ring=ring)


def test_a_signed_log_asks_for_its_ring(place, ring):
    written(place, ring)
    with pytest.raises(ValueError, match="key_ring"):
        AccessLog(place)


def test_a_crash_before_the_anchor_loses_nothing_and_the_next_record_anchors(place, ring, monkeypatch):
    log = written(place, ring)
    with monkeypatch.context() as patch:
        patch.setattr(log, "_write_anchor", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            log.record(*LOOK, "C00008", "call")
    again = AccessLog(place, key_ring=ring)
    assert again.verify().ok and again.verify().entries == 6
    again.record(*LOOK, "C00009", "call")
    attack(place, "DELETE FROM access_log WHERE entry = 7")
    assert again.verify().first_broken == 7


def test_many_writers_at_once(place, ring):
    logs = [AccessLog(place, key_ring=ring) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda n: logs[n % 4].record(*LOOK, f"C{n:05d}", "call", at="2026-11-02 09:30"), range(12)))
    assert sorted(numbers) == list(range(1, 13))
    assert logs[0].verify().ok and logs[0].table()["customer_id"].nunique() == 12


@pytest.mark.parametrize("wrong", [
    ("陈书昕", "agent", "contacts", ["phone"], "C00001", "call"), ("A001", "boss", "contacts", ["phone"], "C00001", "call"),
    ("x12912345678", "agent", "contacts", ["phone"], "C00001", "call"), ("A001", "agent", "contact", ["phone"], "C00001", "call"),
    ("A001", "agent", "contacts", ["12912345678"], "C00001", "call"), ("A001", "agent", "contacts", [], "C00001", "call"),
    ("A001", "agent", "contacts", ["phone"], "12912345678", "call"), ("A001", "agent", "contacts", ["phone"], [], "call"),
    ("A001", "agent", "contacts", ["phone"], "C00001", "she asked, 12912345678"), ("A001", "agent", "contacts", ["phone"], "C00001", None),
])  # fmt: skip
def test_no_personal_value_gets_into_the_log(wrong):
    log = AccessLog("sqlite://")
    with pytest.raises(ValueError, match=r"[.]"):
        log.record(*wrong)
    assert log.table().empty and log.verify().ok
    assert not log.verify().anchored


def test_places_that_cannot_be(tmp_path):
    for place, words in ((tmp_path / "nowhere" / "x.sqlite", "nowhere"), ("mysql://x/y", "mysql"), ("no url ://", "URL")):
        with pytest.raises(ValueError, match=words):
            AccessLog(place)


def honest(rng: np.random.Generator, spread: float) -> pd.DataFrame:
    """Eight agents, ten days, counts from a negative binomial around 12."""
    counts = rng.negative_binomial(spread, spread / (spread + 12), size=80) + 1
    who = np.repeat(np.arange(80), counts)
    return pd.DataFrame({
        "at": pd.Timestamp("2026-11-02") + pd.to_timedelta(who % 10, unit="D"), "person_id": "A" + pd.Series(who // 10).astype(str),
        "role": "agent", "customer_id": np.arange(len(who)),
    })  # fmt: skip


def test_false_alarms_keep_to_the_stated_rate_and_a_snooper_is_found():
    rng = np.random.default_rng(3)
    alarms = [bool(unusual_access(honest(rng, 20.0), false_alarms=0.2)["alarm"].any()) for _ in range(25)]
    # Twenty-five logs at 20 %: three standard errors above are 44 %.
    assert np.mean(alarms) < 0.44
    log = honest(rng, 20.0)
    night = pd.DataFrame({"at": pd.Timestamp("2026-11-05 23:10"), "person_id": "A3", "role": "agent", "customer_id": range(10_000, 10_070)})
    found = unusual_access(pd.concat([log, night]))
    assert found.loc[found["alarm"], ["person_id", "day"]].values.tolist() == [["A3", pd.Timestamp("2026-11-05")]]
    alone = unusual_access(night)
    assert not alone["alarm"].any() and alone["p_value"].isna().all()
    with pytest.raises(ValueError, match="false_alarms"):
        unusual_access(log, false_alarms=5)
    with pytest.raises(ValueError, match="role"):
        unusual_access(log.drop(columns="role"))
    assert unusual_access(log.head(0)).empty


def test_pledges_hold_for_a_year_and_for_the_text_that_was_signed():
    pledges = sign_pledge(None, "A001", "2025-11-02 09:00")
    pledges = sign_pledge(pledges, "A002", "2026-10-01")
    assert pledge_status(pledges, ["A001", "A002", "A003"], "2026-11-02 09:01")["signed"].tolist() == [False, True, False]
    assert has_signed(pledges, "A001", "2026-11-02 09:00") and not has_signed(pledges, "A001", "2025-11-02 08:59")
    assert not has_signed(pledges.assign(text_digest="0"), "A002", "2026-11-02")
    assert not has_signed(None, "A001", "2026-11-02")
    for call in (lambda: pledge_text("1999"), lambda: sign_pledge(None, " ", "2026-11-02"), lambda: has_signed(pledges, "A001", "soon"),
                 lambda: has_signed(pledges[["person_id"]], "A001", "2026-11-02")):  # fmt: skip
        with pytest.raises(ValueError, match=r"[.]"):
            call()


def test_the_same_in_postgresql(tmp_path, ring):
    with running_postgres() as url:
        log = AccessLog(url + "postgres", key_ring=ring, anchor=tmp_path / "looks.anchor")
        log.record(*LOOK, ["C00001", "C00002", "C00003"], "call")
        with psycopg.connect(url + "postgres", autocommit=True) as base:
            for statement in ("DELETE FROM access_log", "TRUNCATE access_log", "UPDATE access_log SET seal = ''"):
                with pytest.raises(psycopg.Error, match="append-only"):
                    base.execute(statement)
            assert log.verify().ok
            base.execute("ALTER TABLE access_log DISABLE TRIGGER ALL")
            base.execute("DELETE FROM access_log WHERE entry = 3")
        assert log.verify().first_broken == 3
        with pytest.raises(ValueError, match="looks.anchor"):
            log.record(*LOOK, "C00004", "call")
