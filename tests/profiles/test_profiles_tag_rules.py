"""Files of tag rules: read back what was written, and every mistake named by file, rule and column."""

import pandas as pd
import pytest

import crmlib as crm
from crmlib.profiles.tag_panel import features

GOOD = {"tag": "big", "when": "parcels >= 20", "evidence": "parcels", "least": 20, "valid_from": "2025-01-01", "by": "me"}


@pytest.mark.parametrize("tongue", ["zh", "en"])
@pytest.mark.parametrize("name", ["mine.toml", "mine.xlsx"])
def test_what_is_saved_is_read_back(tmp_path, name, tongue):
    crm.setup(tongue)
    shipped = crm.profiles.tag_rules()
    again = crm.profiles.tag_rules(shipped.save(tmp_path / name))
    pd.testing.assert_frame_equal(again.table, shipped.table)
    assert not [path for path in tmp_path.iterdir() if path.name != name]


WRONG = [
    ({"when": "express_shar_low > 0.2"}, "column when", "express_share_low"),
    ({"when": "market == 'ecommerce'"}, "column when", "e_commerce"),
    ({"when": "market > 3"}, "column when", "a word with a number"),
    ({"when": "parcels >"}, "column when", "cannot be read"),
    ({"when": "parcels + 1"}, "column when", "no condition"),
    ({"when": "parcels ** 2 > 4"}, "column when", "do not know"),
    ({"when": "express_share > 0.2", "least": 5}, "column when", "express_share_low"),
    ({"until": "parcels < 'many'"}, "column until", "a word with a number"),
    ({"evidence": "express_share"}, "column evidence", "express_share_of"),
    ({"least": "many"}, "column least", "whole number"),
    ({"least": -1}, "column least", "whole number"),
    ({"reviews": 0}, "column reviews", "whole number"),
    ({"valid_from": "soon"}, "column valid_from", "no date"),
    ({"valid_until": "2024-01-01"}, "column valid_until", "before valid_from"),
    ({"by": ""}, "column by", "empty"),
    ({"wen": "x"}, "wen", "when"),
]


@pytest.mark.parametrize(("change", "place", "mend"), WRONG)
def test_a_mistake_is_named(tmp_path, change, place, mend):
    crm.setup("en")
    rows = pd.DataFrame([GOOD, GOOD | {"tag": "other"} | change])
    file = tmp_path / "mine.xlsx"
    rows.to_excel(file, index=False)
    with pytest.raises(ValueError, match=r"mine\.xlsx, sheet Sheet1, row 3") as found:
        crm.profiles.tag_rules(file)
    assert place in str(found.value)
    assert mend in str(found.value)


def test_mistakes_of_a_toml_file(tmp_path):
    crm.setup("en")
    file = tmp_path / "mine.toml"
    for text, mend in (("[[tag]\n", "no TOML"), ("", "no rule"), ('tag = "x"\n', "begins with"), ('[[tag]]\ntag = "x"\n', r"rule 1 \(x\), column when"),
                       ('[[tag]]\ntag = "x"\nwhen = "parcel > 1"\nevidence = "parcels"\nleast = 1\nvalid_from = 2025-01-01\nby = "me"', "“parcels”")):  # fmt: skip
        file.write_text(text, "utf-8")
        with pytest.raises(ValueError, match=mend):
            crm.profiles.tag_rules(file)
    for name in ("none.toml", "mine.doc"):
        with pytest.raises(ValueError, match=name.split(".")[0]):
            crm.profiles.tag_rules(tmp_path / name)
    (tmp_path / "mine.xlsx").write_bytes(b"no zip")
    with pytest.raises(ValueError, match="Excel"):
        crm.profiles.tag_rules(tmp_path / "mine.xlsx")
    with pytest.raises(ValueError, match="xlsx"):
        crm.profiles.tag_rules().save(tmp_path / "mine.csv")


def test_two_rules_of_one_tag_may_not_hold_at_once():
    crm.setup("en")
    with pytest.raises(ValueError, match="earlier rule"):
        crm.profiles.tag_rules(pd.DataFrame([GOOD, GOOD | {"valid_from": "2025-06-01"}]))
    two = pd.DataFrame([GOOD | {"valid_until": "2025-05-31"}, GOOD | {"valid_from": "2025-06-01"}])
    assert crm.profiles.tag_rules(two).tags == ["big"]


def test_every_feature_is_documented_and_every_shipped_rule_rests_on_them():
    for tongue in ("zh", "en"):
        crm.setup(tongue)
        assert crm.profiles.tag_features()[["feature_name", "meaning", "tables"]].ne("").all().all()
    shipped = crm.profiles.tag_rules()
    assert len(shipped.tags) >= 8
    assert {"eco_packaging", "sensitive_goods", "speed_sensitive"} <= set(shipped.tags)
    assert shipped.table[["name_zh", "name_en", "use_zh", "use_en", "by", "source"]].ne("").all().all()
    assert set(features()) == set(crm.profiles.tag_features().index)


def test_bad_questions_end_in_a_sentence():
    crm.setup("en")
    firm = crm.company.lark()
    with pytest.raises(ValueError, match="dormant"):
        crm.profiles.explain_tag(firm, customer_id="C00001", tag="dormand", as_of="2025-01-01")
    with pytest.raises(ValueError, match="no customer"):
        crm.profiles.explain_tag(firm, customer_id="X1", tag="dormant", as_of="2025-01-01")
    with pytest.raises(ValueError, match="2024-11-04"):
        crm.profiles.tags(firm, as_of="2024-11-01")
    with pytest.raises(ValueError, match="no date"):
        crm.profiles.tags(firm, as_of="someday")
    with pytest.raises(ValueError, match="table surveys"):
        crm.profiles.tags({name: firm.tables[name] for name in ("customers", "waybills")}, as_of="2025-01-01")
    with pytest.raises(ValueError, match="days is empty"):
        crm.profiles.tag_history(firm, days=[])
