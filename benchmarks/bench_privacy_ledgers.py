"""How fast fields are encrypted, beside Fernet of the same library; consents of a million notices; the access log; numbers tried behind hashes."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crmlib.company import lark
from crmlib.privacy import (
    CHANNELS,
    PURPOSES,
    AccessLog,
    KeyRing,
    crack_unkeyed,
    decrypt_columns,
    encrypt_columns,
    may_contact_many,
    teaching_consents,
    unkeyed_hashes,
)

VALUES, NOTICES, ROUNDS = 100_000, 1_000_000, 5


def seconds(work) -> float:
    """The time that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print medians of interleaved rounds; the last line is Fernet's time over ours, to and fro."""
    rng = np.random.default_rng(1)
    numbers = [f"99{number:016d}" for number in rng.integers(0, 10**15, VALUES)]
    frame = pd.DataFrame({"record_id": [f"R{row}" for row in range(VALUES)], "id_number": numbers})
    fernet, bare = Fernet(Fernet.generate_key()), AESGCM(AESGCM.generate_key(256))
    nonce = bytes(12)
    with tempfile.TemporaryDirectory() as folder:
        ring = KeyRing.create(Path(folder) / "keys.json")
        taken: dict[str, list[float]] = {"ours": [], "Fernet": [], "bare AES-GCM, nothing bound": []}
        where = {"table": "cards", "key": "record_id"}
        for _round in range(ROUNDS):
            taken["ours"].append(
                seconds(lambda: decrypt_columns(encrypt_columns(frame, ["id_number"], ring, **where), ["id_number"], ring, **where))
            )
            taken["Fernet"].append(
                seconds(lambda: [fernet.decrypt(token) for token in [fernet.encrypt(text.encode()) for text in numbers]])
            )
            taken["bare AES-GCM, nothing bound"].append(seconds(
                lambda: [bare.decrypt(nonce, text, None) for text in [bare.encrypt(nonce, text.encode(), None) for text in numbers]]))  # fmt: skip
        for name, times in taken.items():
            print(f"{VALUES:,} values to and fro, {name:28} {statistics.median(times):6.2f} s")
        said = teaching_consents(lark())
        ask = pd.DataFrame({
            "customer_id": rng.choice(lark().customers["customer_id"].astype(object), NOTICES), "purpose": rng.choice(PURPOSES, NOTICES),
            "channel": rng.choice(CHANNELS, NOTICES), "at": pd.Timestamp("2024-11-01") + pd.to_timedelta(rng.integers(0, 730 * 86400, NOTICES), unit="s"),
        })  # fmt: skip
        print(f"{NOTICES:,} notices against {len(said):,} words of consent {seconds(lambda: may_contact_many(said, ask)):15.2f} s")
        log = AccessLog(Path(folder) / "looks.sqlite", key_ring=ring)
        lists = seconds(lambda: log.record("A001", "agent", "contacts", ["phone"], [f"C{n}" for n in range(20_000)], "analysis"))
        single = seconds(lambda: [log.record("A001", "agent", "contacts", ["phone"], "C1", "call") for _turn in range(100)])
        print(f"access log: {20_000 / lists:,.0f} entries a second in a list, {100 / single:,.0f} single looks a second, "
              f"verify {seconds(log.verify):.2f} s for 20,100")  # fmt: skip
    hashed = unkeyed_hashes(pd.Series(["12945678901"]))
    print(
        f"numbers tried behind an unkeyed hash: {1_000_000 / seconds(lambda: crack_unkeyed(hashed, pattern='12945******')):,.0f} a second"
    )
    print(f"throughput ratio: {statistics.median(taken['Fernet']) / statistics.median(taken['ours']):.1f}")


if __name__ == "__main__":
    main()
