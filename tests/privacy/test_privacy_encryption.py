"""Keys and encrypted fields: what a thief, a careless colleague or a broken disk could do to them."""

from __future__ import annotations

import base64
import json
import os
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.company.company import shipped_folder
from crmlib.privacy import KeyRing, decrypt_columns, encrypt_columns, key_use, rotate_columns

TABLE = {"table": "source_records"}


@pytest.fixture(scope="module")
def ring(tmp_path_factory) -> KeyRing:
    return KeyRing.create(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture
def cards() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record_id": ["DD1", "DD2", "DD3", "DD4"],
            "id_number": ["997750199405058555", "997750199405058555", "9977501994050", None],
            "mobile": ["12912345678", None, "12912345679", "12912345680"],
        }
    )


def test_values_come_back_and_the_table_is_unchanged(ring, cards):
    before = cards.copy()
    locked = encrypt_columns(cards, ["id_number", "mobile"], ring, **TABLE)
    assert cards.equals(before)
    assert not locked.astype(object).map(lambda value: "9977501994050" in str(value) or "1291234" in str(value)).any().any()
    opened = decrypt_columns(locked, ["id_number", "mobile"], ring, **TABLE)
    assert (
        opened.astype(object).where(opened.notna(), None).values.tolist() == cards.astype(object).where(cards.notna(), None).values.tolist()
    )
    assert locked["id_number"].isna().tolist() == [False, False, False, True]


@given(st.lists(st.one_of(st.none(), st.text(max_size=80)), min_size=1, max_size=6))
@settings(max_examples=20, deadline=None)
def test_any_text_comes_back(ring, values):
    values = [None if value is None else value.encode("utf-8", "ignore").decode() for value in values]
    frame = pd.DataFrame({"k": [f"R{i}" for i in range(len(values))], "v": pd.Series(values, dtype=object)})
    opened = decrypt_columns(encrypt_columns(frame, ["v"], ring, table="x", key="k"), ["v"], ring, table="x", key="k")
    assert [None if pd.isna(value) else value for value in opened["v"]] == values


def test_equal_values_look_different_and_lengths_do_not_show(ring, cards):
    locked = encrypt_columns(cards, ["id_number", "mobile"], ring, **TABLE)
    assert locked["id_number"].nunique() == 3
    # A number of 18, of 13 and of 11 signs: the length of the text tells which it is to nobody.
    assert len({len(value) for name in ("id_number", "mobile") for value in locked[name].dropna()}) == 1


@pytest.mark.parametrize("attack", ["swap_rows", "swap_columns", "other_table", "one_bit", "cut_off"])
def test_moved_and_altered_values_are_refused_with_their_place(ring, cards, attack):
    locked = encrypt_columns(cards, ["id_number", "mobile"], ring, **TABLE)
    where, table = ("id_number", "DD1"), "source_records"
    if attack == "swap_rows":
        locked.loc[0, "id_number"], locked.loc[1, "id_number"] = locked.loc[1, "id_number"], locked.loc[0, "id_number"]
    elif attack == "swap_columns":
        locked.loc[0, "id_number"] = locked.loc[0, "mobile"]
    elif attack == "one_bit":
        head, text = locked.loc[2, "id_number"].rsplit(":", 1)
        raw = bytearray(base64.urlsafe_b64decode(text))
        raw[20] ^= 1
        locked.loc[2, "id_number"] = f"{head}:{base64.urlsafe_b64encode(bytes(raw)).decode()}"
        where = ("id_number", "DD3")
    elif attack == "cut_off":
        locked.loc[0, "id_number"] = locked.loc[0, "id_number"][:30]
    else:
        table = "stolen"
    with pytest.raises(ValueError, match=rf"{table}.*{where[0]}.*{where[1]}"):
        decrypt_columns(locked, ["id_number"], ring, table=table, key="record_id")


def test_another_ring_and_plain_values_end_in_a_sentence(ring, cards, tmp_path):
    locked = encrypt_columns(cards, ["mobile"], ring, **TABLE)
    with pytest.raises(ValueError, match=rf"source_records.*mobile.*DD1.*{ring.active}"):
        decrypt_columns(locked, ["mobile"], KeyRing.create(tmp_path / "other.json"), **TABLE)
    with pytest.raises(ValueError, match="mobile.*DD1"):
        decrypt_columns(cards, ["mobile"], ring, **TABLE)
    with pytest.raises(ValueError, match="mobile.*DD1"):
        encrypt_columns(locked, ["mobile"], ring, **TABLE)
    for wrong, words in (
        (cards.assign(record_id="DD1"), "DD1"),
        (cards.assign(mobile=1.5), "1.5"),
        (cards.drop(columns="mobile"), "mobile"),
    ):
        with pytest.raises(ValueError, match=words):
            encrypt_columns(wrong, ["mobile"], ring, **TABLE)
    with pytest.raises(ValueError, match="record_id"):
        encrypt_columns(cards, ["record_id"], ring, **TABLE)
    with pytest.raises(ValueError, match="key="):
        encrypt_columns(cards, ["mobile"], ring, table="my own")


def test_rotation_may_stop_anywhere(cards, tmp_path):
    old = KeyRing.create(tmp_path / "keys.json")
    locked = encrypt_columns(cards, ["id_number", "mobile"], old, **TABLE)
    new = old.add_key()
    with pytest.raises(ValueError, match=old.active):
        new.retire(old.active, locked)
    steps = 0
    while set(key_use(locked, ["id_number", "mobile"])["key_id"]) != {new.active}:
        locked = rotate_columns(locked, ["id_number", "mobile"], KeyRing.open(new.path), **TABLE, limit=2)
        opened = decrypt_columns(locked, ["id_number", "mobile"], new, **TABLE)
        assert opened["mobile"].dropna().tolist() == cards["mobile"].dropna().tolist()
        steps += 1
    assert steps == 3
    last = new.retire(old.active, locked)
    assert list(last.keys) == [new.active] == list(KeyRing.open(new.path).keys)
    assert decrypt_columns(locked, ["mobile"], last, **TABLE)["mobile"].dropna().tolist() == cards["mobile"].dropna().tolist()
    with pytest.raises(ValueError, match="limit"):
        rotate_columns(locked, ["mobile"], last, **TABLE, limit=0)


def test_the_key_never_lies_with_the_data(tmp_path, ring):
    data = tmp_path / "data"
    (data / "below").mkdir(parents=True)
    pd.DataFrame({"customer_id": ["C00001"]}).to_csv(data / "customers.csv", index=False)
    (tmp_path / "link").symlink_to(data)
    plain = tmp_path / "plain"
    plain.mkdir()
    for place, known in (
        (data / "keys.json", None), (data / "below" / "keys.json", None), (tmp_path / "link" / "keys.json", None),
        (plain / "keys.json", plain), (shipped_folder() / "keys.json", None),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="keys.json"):
            KeyRing.create(place, data=known)
        assert not place.exists()
    with pytest.raises(ValueError, match="nowhere"):
        KeyRing.create(tmp_path / "nowhere" / "keys.json")
    with pytest.raises(ValueError, match="keys.json"):
        KeyRing.create(ring.path)
    assert repr(ring.root) not in repr(ring)


def test_key_file_rights_and_damage(tmp_path):
    ring = KeyRing.create(tmp_path / "keys.json")
    whole = ring.path.read_text("utf-8")
    if sys.platform != "win32":
        assert ring.path.stat().st_mode & 0o777 == 0o600
        os.chmod(ring.path, 0o644)
        with pytest.raises(ValueError, match="chmod 600"):
            KeyRing.open(ring.path)
        os.chmod(ring.path, 0o600)
    tree = json.loads(whole)
    tree["keys"][0]["key"] = base64.b64encode(bytes(32)).decode()
    for damaged in ("", "{}", whole[:-20], json.dumps(tree), whole.replace('"key"', '"kex"')):
        ring.path.write_text(damaged, "utf-8")
        with pytest.raises(ValueError, match="keys.json"):
            KeyRing.open(ring.path)
    with pytest.raises(ValueError, match="missing.json"):
        KeyRing.open(tmp_path / "missing.json")
