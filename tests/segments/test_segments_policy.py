import pytest

from crmlib import segments, standards
from crmlib.i18n import use_language
from crmlib.segments import abcd_rule, class_policy, rfm_rule, segment_label

COLUMNS = ["class", "owner", "visit_days", "leader_visits", "watch", "complaint_priority", "service"]


def test_abc_follows_the_textbook():
    policy = class_policy()
    assert policy.columns.tolist() == COLUMNS
    assert policy["class"].tolist() == ["A", "B", "C"]
    assert policy.complaint_priority.tolist() == [1, 2, 3]
    assert policy.visit_days.is_monotonic_increasing, "the more a customer brings, the more often it is visited"
    use_language("zh")
    chinese = class_policy().set_index("class")
    assert "行业趋势" in chinese.watch["A"] and "人事变动" in chinese.watch["A"]
    assert "资金支付能力" in chinese.watch["B"] and "业务量" in chinese.watch["B"]
    assert "方便、及时" in chinese.service["C"] and "明日之星" in chinese.watch["C"]
    assert "领导" in chinese.leader_visits["A"] and "主管" in chinese.leader_visits["B"]


def test_abcd_follows_the_study():
    policy = class_policy(scheme="abcd").set_index("class")
    assert policy.index.tolist() == ["A", "B", "C", "D"]
    assert policy.complaint_priority.tolist() == [1, 2, 3, 4]
    assert policy.visit_days.isna().tolist() == [False, False, False, True]
    assert "10,000,000 yuan" in policy.service["A"]
    assert "20 yuan off from 200 yuan" in policy.service["D"]
    use_language("zh")
    assert "满 200 元减 20 元" in class_policy(scheme="abcd").service.iloc[3]


def test_a_firm_can_change_its_figures(tmp_path):
    ours = tmp_path / "ours.toml"
    ours.write_text('[policy.a.visit_days]\nvalue = 5\nunit = "days"\nsource = "us"\ndate = "2026"\nmark = "teaching"\n', "utf-8")
    standards.use(ours)
    try:
        assert class_policy().visit_days.iloc[0] == 5
    finally:
        standards.use(None)


def test_no_cell_is_empty_in_either_language():
    for language in ("zh", "en"):
        use_language(language)
        for scheme in ("abc", "abcd"):
            words = class_policy(scheme=scheme).drop(columns=["visit_days", "complaint_priority"])
            assert (words.map(len) > 0).all(axis=None)


def test_unknown_scheme():
    with pytest.raises(ValueError, match='There is no scheme "vip"'):
        class_policy(scheme="vip")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_and_heading_has_a_name(language):
    use_language(language)
    for group in rfm_rule().group:
        assert segment_label(group) == segment_label(group, "group") != group
    for letter in abcd_rule().abcd:
        assert segment_label(letter, "abcd") != letter
    if language == "zh":
        for column in (*COLUMNS, "recency_days", "fast_share", "customer_share"):
            assert segment_label(column) != column
    for direction in ("up", "same", "down", "new"):
        assert segment_label(direction, "direction") != direction


def test_one_code_in_two_columns_has_two_names():
    assert segment_label("A", "abc") != segment_label("A", "abcd")
    assert segment_label("new", "state") == "new customer"
    assert segment_label("new", "from") == "came"
    assert segment_label("my own class") == "my own class"
    assert segment_label(3) == "3"


def test_everything_public_is_there():
    for name in segments.__all__:
        assert getattr(segments, name).__doc__
