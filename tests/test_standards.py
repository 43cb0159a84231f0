import pytest

from crmlib import standards
from crmlib.i18n import use_language

ENTRY = '[{key}]\nvalue = {value}\nunit = "{unit}"\nsource = "a class"\ndate = "2026-11"\nmark = "teaching"\n'


@pytest.fixture(autouse=True)
def shipped():
    use_language("en")
    yield
    standards.use(None)


def write(folder, key="abc.b_share", value="0.3", unit="share", text=None):
    path = folder / "mine.toml"
    path.write_text(text if text is not None else ENTRY.format(key=key, value=value, unit=unit), encoding="utf-8")
    return path


def test_every_shipped_figure_has_unit_source_date_and_mark():
    table = standards.table()
    assert table[["unit", "source", "date", "mark"]].map(bool).all(axis=None)
    assert set(table["mark"]) <= set(standards.MARKS)


def test_the_textbook_and_the_law_are_quoted_as_they_stand():
    assert standards.get("abc.b_share", unit="share") == 0.20
    assert standards.get("complaint.legal_days", unit="days") == 7
    assert standards.entry("abc.b_share").mark == "seed"
    assert standards.entry("complaint.legal_days").mark == "V"


def test_a_class_replaces_what_it_knows_better_and_can_go_back(tmp_path):
    standards.use(write(tmp_path))
    assert standards.get("abc.b_share", unit="share") == 0.3
    assert standards.get("complaint.legal_days", unit="days") == 7
    standards.use(None)
    assert standards.get("abc.b_share", unit="share") == 0.2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"key": "abc.b_shar"}, "abc.b_share"),
        ({"unit": "days", "value": "3"}, "abc.b_share is in share"),
        ({"unit": "furlongs"}, "furlongs"),
        ({"value": "20"}, "the value 20 of abc.b_share"),
        ({"value": '"twenty"'}, "twenty"),
        ({"value": "true"}, "True"),
        ({"text": "[abc.b_share]\nvalue = 0.3\n"}, "exactly these fields"),
        ({"text": "abc = 3"}, "abc"),
        ({"text": "not toml ["}, "mine.toml"),
    ],
)
def test_a_wrong_file_is_refused_whole_and_names_the_place(tmp_path, wrong, said):
    with pytest.raises(ValueError) as refused:
        standards.use(write(tmp_path, **wrong))
    assert said in str(refused.value)
    assert standards.get("abc.b_share", unit="share") == 0.2


def test_a_missing_file_and_one_not_in_utf8_are_sentences(tmp_path):
    with pytest.raises(ValueError, match="nowhere.toml"):
        standards.use(tmp_path / "nowhere.toml")
    path = tmp_path / "gbk.toml"
    path.write_bytes("# 标准\n".encode("gbk"))
    with pytest.raises(ValueError, match="UTF-8"):
        standards.use(path)


def test_asking_for_the_wrong_unit_or_key_is_refused():
    with pytest.raises(ValueError, match="abc.b_share is in share, not in days"):
        standards.get("abc.b_share", unit="days")
    with pytest.raises(ValueError, match="rfm.bins"):
        standards.get("rfm.bin", unit="count")


def test_a_change_reaches_the_methods(tmp_path):
    import pandas as pd

    from crmlib.segments import abc_classes

    revenue = pd.Series(range(100, 0, -1), index=[f"c{n}" for n in range(100)], dtype=float)
    assert (abc_classes(revenue).abc != "C").sum() == 20
    standards.use(write(tmp_path))
    assert (abc_classes(revenue).abc != "C").sum() == 30
