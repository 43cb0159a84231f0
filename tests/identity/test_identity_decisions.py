"""Persons decide, are obeyed, and can take it back; and the same for tables, files and bad input."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import identity
from crmlib.i18n import use_language
from crmlib.identity.one_slip import one_slip_apart


@pytest.fixture(scope="module")
def model():
    """40 shops of two records, and three chains: the middle record shares its phone with the one and its address with the other."""
    name, mobile = (
        [f"澜禾{i // 2}号店" for i in range(80)],
        [f"129{i // 2:08d}" for i in range(80)],
    )
    records = pd.DataFrame({"system": ["order", "payment"] * 40, "record_id": [f"r{i:02d}" for i in range(80)], "name": name, "mobile": mobile,
                            "address": [f"浙江省杭州市云芷区澜禾路{i // 2}号" for i in range(80)],
                            "created_on": pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(80), unit="D")})  # fmt: skip
    return identity.fit_matches(identity.candidate_pairs(identity.normalise(records)))


def ids(model, decisions=None, **options):
    return identity.cluster(model.decide(decisions=decisions), **options).table


def test_a_person_is_obeyed_and_undo_restores_exactly(model):
    before = ids(model)
    taken = identity.Decisions().add(
        "r00",
        "r50",
        answer="same",
        reason="the owner said so",
        by="E. Li",
        on="2026-11-01",
    )
    taken = taken.add(
        "r02",
        "r03",
        answer="different",
        reason="two stalls",
        by="E. Li",
        on="2026-11-02",
    )
    after = ids(model, taken).set_index("record_id")["unified_id"]
    assert (
        after["r00"] == after["r01"] == after["r50"] == after["r51"] == "U-r00"
        and after["r02"] != after["r03"]
    )
    once = taken.undo(2, reason="asked again", by="F. Wu", on="2026-11-03")
    assert ids(model, once).set_index("record_id")["unified_id"]["r03"] == "U-r02"
    back = once.undo(1, reason="a namesake", by="F. Wu", on="2026-11-04")
    pd.testing.assert_frame_equal(ids(model, back), before)
    assert back.log.iloc[:2].equals(taken.log) and len(back.log) == 4, (
        "the log only grows"
    )
    assert identity.golden_records(
        identity.cluster(model.decide(decisions=back))
    ).table.equals(identity.golden_records(identity.cluster(model.decide())).table)


def test_undo_brings_the_earlier_decision_back():
    log = identity.Decisions().add(
        "a", "b", answer="same", reason="x", by="y", on="2026-11-01"
    )
    log = log.add("b", "a", answer="different", reason="x", by="y", on="2026-11-02")
    assert log.current()["answer"].tolist() == ["different"]
    assert log.undo(2, reason="x", by="y", on="2026-11-03").current()[
        "answer"
    ].tolist() == ["same"]


def test_different_holds_against_a_chain(model):
    log = identity.Decisions().add(
        "r00", "r02", answer="same", reason="x", by="y", on="2026-11-01"
    )
    log = log.add("r01", "r02", answer="different", reason="x", by="y", on="2026-11-02")
    found = identity.cluster(model.decide(decisions=log))
    after = found.table.set_index("record_id")["unified_id"]
    assert (
        after["r01"] != after["r02"]
        and after["r00"] == after["r02"]
        and "person_says_different" in set(found.conflicts["problem"])
    )


def test_identity_numbers_keep_apart_what_a_chain_ties():
    rows = [
        ("r0", "A", None),
        ("r1", "A", None),
        ("r2", None, "Z"),
        ("x0", "A", "910000000000000001"),
        ("x2", None, "990000000000000092"),
    ]
    clean = pd.DataFrame({"record_id": [row[0] for row in rows], "system": "order", "name_core": "澜禾", "legal_form": "", "branch_town": "",
                          "id_number": [row[2] for row in rows], "created_on": pd.Timestamp("2026-01-01")})  # fmt: skip
    pairs, chance = [(0, 3), (0, 4)], np.array([0.99, 0.95])
    links = identity.Links(clean, np.array([a for a, __ in pairs]), np.array([b for __, b in pairs]), chance, np.array(["link", "link"], dtype=object),
                           np.zeros(2, dtype=bool), 0.9, 0.1)  # fmt: skip
    found = identity.cluster(links)
    unified = found.table.set_index("record_id")["unified_id"]
    assert unified["r0"] == unified["x0"] != unified["x2"], "the stronger link stays"
    assert found.conflicts[["problem", "left", "right"]].values.tolist() == [
        ["numbers_differ", "r0", "x2"]
    ]
    assert identity.cluster(links, keep_apart=()).table["unified_id"].nunique() == 3


def test_a_log_in_a_file_only_grows(tmp_path):
    path = tmp_path / "decisions.csv"
    log = identity.Decisions().add(
        "a", "b", answer="same", reason='said "yes", twice', by="李", on="2026-11-01"
    )
    log.save(path)
    again = identity.Decisions.open(path)
    assert again.log.astype(str).equals(log.log.astype(str))
    again.undo(1, reason="x", by="y", on="2026-11-02").save(path)
    with pytest.raises(ValueError, match="lacks"):
        log.save(path)
    path.write_text(path.read_text("utf-8-sig").replace("same", "perhaps"), "utf-8")
    with pytest.raises(ValueError, match="row 2"):
        identity.Decisions.open(path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["decisions.csv"]


def test_a_trainee_decides_in_a_file(model, tmp_path):
    links = model.decide(match_at=0.9999999, review_from=0.001)
    todo = identity.review_list(links)
    assert len(todo) and {"name_left", "name_right", "answer", "reason", "by"} <= set(
        todo.columns
    )
    path = tmp_path / "review.xlsx"
    identity.write_review(todo, path)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    place = {cell.value: cell.column for cell in sheet[1]}
    for name, value in (("answer", "不同客户"), ("reason", "电话核实"), ("by", "李")):
        sheet.cell(2, place[name], value)
    book.save(path)
    labels = identity.read_review(path)
    log = identity.Decisions().from_review(labels, on="2026-11-01")
    assert log.current()[["left", "right", "answer"]].values.tolist() == [
        [*todo.loc[0, ["left", "right"]], "different"]
    ]
    decided = model.decide(decisions=log).table
    assert decided.loc[decided["decided_by"] == "person", "decision"].tolist() == [
        "apart"
    ]
    for value, column, sentence in (
        ("maybe", "answer", "row 3, column answer"),
        ("same", "answer", "row 3, column reason"),
    ):
        sheet.cell(3, place[column], value)
        book.save(path)
        with pytest.raises(ValueError, match=sentence):
            identity.read_review(path)


def test_a_score_is_the_sum_of_its_weights_and_is_drawn(model):
    for pair in (("r00", "r01"), ("r00", "r77")):
        score = identity.how_one_pair_scored(model, *pair)
        odds = score.prior_weight + score.table["weight"].sum()
        assert score.probability == pytest.approx(1 / (1 + 2**-odds))
        assert (score.table.loc[score.table["level"] == "missing", "weight"] == 0).all()
    links = model.decide()
    known = links.table.set_index(["left", "right"])["probability"]
    assert identity.how_one_pair_scored(
        model, "r00", "r01"
    ).probability == pytest.approx(known["r00", "r01"])
    truth = pd.DataFrame(
        {
            "record_id": model.pairs.clean["record_id"],
            "customer_id": [i // 2 for i in range(80)],
        }
    )
    for language in ("en", "zh"):
        use_language(language)
        for result in (
            model,
            links,
            score,
            identity.evaluate(identity.cluster(links), truth, rng=1),
        ):
            assert result.summary() and result.plot().get_figure()


def distance(one, two):
    """Damerau's distance by the textbook's table."""
    table = np.zeros((len(one) + 1, len(two) + 1), dtype=int)
    table[:, 0], table[0] = range(len(one) + 1), range(len(two) + 1)
    for i in range(1, len(one) + 1):
        for j in range(1, len(two) + 1):
            table[i, j] = min(
                table[i - 1, j] + 1,
                table[i, j - 1] + 1,
                table[i - 1, j - 1] + (one[i - 1] != two[j - 1]),
            )
            if (
                i > 1
                and j > 1
                and one[i - 1] == two[j - 2]
                and one[i - 2] == two[j - 1]
            ):
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[-1, -1]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.text("澜禾女装", max_size=5), st.text("澜禾女装", max_size=5)),
        min_size=1,
        max_size=20,
    )
)
def test_one_slip_is_a_distance_of_one(pairs):
    texts = np.array([text for pair in pairs for text in pair])
    found = one_slip_apart(
        texts, np.arange(0, len(texts), 2), np.arange(1, len(texts), 2)
    )
    assert found.tolist() == [distance(*pair) == 1 for pair in pairs]


def test_published_weights_by_arithmetic():
    """Two levels and three fields with known m, u and prior: EM finds them again from the exact shares of the eight patterns."""
    from crmlib.identity.matching import _estimated

    m, u, prior = (0.9, 0.8, 0.95), (0.1, 0.2, 0.05), 0.3
    patterns = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    shares = sum(
        weight * np.prod([np.where(patterns[:, place] == 0, chance, 1 - chance) for place, chance in enumerate(chances)], axis=0)
        for weight, chances in ((prior, m), (1 - prior, u)))  # fmt: skip
    seen = {f"f{place}": np.eye(2)[patterns[:, place]] for place in range(3)}
    found_m, found_u, found, __ = _estimated(seen, shares * 1e6)
    assert found == pytest.approx(prior, abs=1e-3)
    assert [found_m[name][0] for name in seen] == pytest.approx(m, abs=1e-3) and [
        found_u[name][0] for name in seen
    ] == pytest.approx(u, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "parts"),
    [("上海市浦东新区世纪大道100号", ("上海市", "上海市", "浦东新区", "世纪大道", "100号")), ("吉林昌邑区解放路3号", ("吉林省", "", "昌邑区", "解放路", "3号")),
     ("內蒙古自治區呼和浩特市", None), ("延边朝鲜族自治州延吉市光明街5号", ("吉林省", "延边朝鲜族自治州", "延吉市", "光明街", "5号")),
     ("深圳南山区科技路8号", ("广东省", "深圳市", "南山区", "科技路", "8号")), ("", ("", "", "", "", ""))],
)  # fmt: skip
def test_addresses_as_people_write_them(text, parts):
    found = tuple(identity.split_address(text).values())
    assert found == parts if parts else found[0] == ""


def test_bad_input_ends_in_a_sentence(model):
    good = pd.DataFrame({"system": ["order"], "record_id": ["a"], "name": ["店"]})
    clean = identity.normalise(good)
    links = model.decide()
    book = identity.survivorship_rules()
    for work, words in (
        (lambda: identity.normalise([1]), "pandas table"), (lambda: identity.normalise(good.iloc[:0]), "no records"),
        (lambda: identity.normalise(good.drop(columns="name")), "name"), (lambda: identity.normalise(pd.concat([good, good])), "twice"),
        (lambda: identity.normalise(good.assign(name=None)), "missing"), (lambda: identity.candidate_pairs(clean, max_block=1), "max_block"),
        (lambda: identity.candidate_pairs(clean, keys={"x": ["phone"]}), "phone"), (lambda: identity.candidate_pairs(clean, keys={"x": "mobile"}), "keys"),
        (lambda: identity.candidate_pairs(clean, keys={"x": ["mobile:a"]}), "mobile:a"), (lambda: identity.fit_matches(clean), "candidate_pairs"),
        (lambda: identity.fit_matches(identity.candidate_pairs(clean)), "30"), (lambda: model.decide(match_at=90), "20%"),
        (lambda: model.decide(match_at=0.1, review_from=0.5), "above"), (lambda: identity.cluster(links, branches="no"), "branches"),
        (lambda: identity.cluster(links, keep_apart="id_number"), "keep_apart"), (lambda: identity.cluster(model), "decide"),
        (lambda: identity.how_one_pair_scored(model, "r00", "zz"), "zz"), (lambda: identity.how_one_pair_scored(model, "r00", "r00"), "itself"),
        (lambda: identity.golden_records(identity.cluster(links), rules=book.assign(rule="best")), "Row 1, column rule"),
        (lambda: identity.golden_records(identity.cluster(links), rules=pd.concat([book, book])), "two rules"),
        (lambda: identity.golden_records(identity.cluster(links)).where_from("U-0"), "U-0"),
        (lambda: identity.evaluate(identity.cluster(links), pd.DataFrame({"record_id": ["r00"], "customer_id": ["C"]}), rng=1), "lacks"),
        (lambda: identity.review_sample(links, size=0, rng=1), "size"), (lambda: identity.read_review("x.csv"), "xlsx"),
        (lambda: identity.read_review("no such.xlsx"), "no such"), (lambda: identity.Decisions.open("no such.csv"), "no such"),
        (lambda: identity.estimate_from_labels(links, pd.DataFrame({"left": ["r00"], "right": ["r01"], "answer": [""]}), rng=1), "labelled"),
        (lambda: identity.estimate_from_labels(links, pd.DataFrame({"left": ["r00"], "right": ["r77"], "answer": ["same"]}), rng=1), "candidate"),
        (lambda: identity.Decisions().undo(1, reason="x", by="y", on="2026-11-01"), "number 1"),
        (lambda: identity.Decisions().add("a", "b", answer="same", reason=" ", by="y", on="2026-11-01"), "reason"),
        (lambda: identity.Decisions().add("a", "b", answer="yes", reason="x", by="y", on="2026-11-01"), "same or different"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            work()
