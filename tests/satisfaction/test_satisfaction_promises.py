import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from satisfaction.promise_sentences import ALLOWED, CONDITION, NEVER, NEVER_ALLOWED, UNKNOWN

from crmlib import standards
from crmlib.i18n import use_language
from crmlib.satisfaction import promise_check, promise_handbook


@pytest.mark.parametrize(
    ("verdict", "sentences"), [("never", NEVER), ("allowed", ALLOWED), ("with_condition", CONDITION), ("ask_supervisor", UNKNOWN)]
)
def test_verdicts_of_what_agents_say(verdict, sentences):
    assert {sentence: promise_check(sentence).verdict for sentence in sentences} == dict.fromkeys(sentences, verdict)


def test_bad_promises_in_other_words_are_not_let_through():
    let_through = [sentence for sentence in NEVER_ALLOWED if promise_check(sentence).verdict in ("allowed", "with_condition")]
    assert let_through == []


def test_reasons_words_and_what_to_say_instead():
    found = promise_check("您放心，明天一定到")
    assert found.verdict == "never" and not found.allowed
    assert found.findings.clause.tolist() == ["您放心", "明天一定到"]
    assert found.findings.promise_topic.tolist() == ["courtesy", "arrival"]
    assert "一定" in found.findings.said_words.iloc[1]
    assert "expected on" in found.say_instead
    assert found.summary().startswith("Never say this.")
    use_language("zh")
    assert promise_check("您放心，明天一定到").summary().startswith("绝不能这样说。")
    assert "预计" in promise_check("It'll definitely be there tomorrow").say_instead


def test_allowed_needs_every_part_to_be_allowed():
    assert promise_check("清关需要3个工作日").verdict == "allowed"
    assert promise_check("清关需要3个工作日，明天一定到").verdict == "never"
    assert promise_check("清关需要3个工作日，顺便给您变个魔术").verdict == "ask_supervisor"
    assert promise_check("清关需要3个工作日。预计周五到，有变化我马上告诉您").verdict == "with_condition"


def test_limits_come_from_the_standards(tmp_path):
    assert promise_check("清关需要5个工作日").allowed
    path = tmp_path / "mine.toml"
    path.write_text(
        '[satisfaction.promise.clearance_working_days]\nvalue = 6\nunit = "days"\nsource = "us"\ndate = "2026-11"\nmark = "teaching"\n',
        "utf-8",
    )
    standards.use(path)
    assert promise_handbook().loc["clearance_time", "limit"] == 6
    assert promise_check("清关需要5个工作日").verdict == "never"


def test_the_handbook_names_source_and_mark_of_every_row_in_both_languages():
    english = promise_handbook()
    assert (english[["rule", "say", "according_to", "how_sure"]] != "").all(axis=None)
    assert english.loc[["clearance_time", "first_answer", "quick_solution", "freight_discount"], "how_sure"].tolist() == ["seed"] * 4
    assert english.loc["complaint_settled", ["limit", "how_sure"]].tolist() == [7, "V"]
    assert set(english.verdict) == {"allowed", "with_condition", "never"}
    use_language("zh")
    chinese = promise_handbook()
    assert (chinese.rule != english.rule).all() and (chinese.say != english.say).all()


@pytest.mark.parametrize(("language", "day", "place"), [("zh", "周五", "快递柜"), ("en", "Friday", "the locker")])
def test_the_handbook_keeps_its_own_rules(language, day, place):
    """What it tells agents to say is never forbidden, and allowed where the row is; blanks are filled as an agent would."""
    use_language(language)
    handbook = promise_handbook().drop("plain_no")
    for code, row in handbook.iterrows():
        said = row.say.replace("……", "…").replace("…", place if code == "handing_over" else day)
        assert (code, promise_check(said).verdict) in [(code, "allowed"), (code, "with_condition")]
        assert row.verdict != "allowed" or promise_check(said).allowed, said


def test_managers_share_of_satisfaction_is_a_standard_of_the_seed():
    found = standards.entry("satisfaction.manager_kpi_share")
    assert (found.value, found.unit, found.mark) == (0.3, "share", "seed")


WHO = st.sampled_from(["", "您的包裹", "我们", "这票货", "您放心，"])
FIRM = st.sampled_from(["一定", "肯定", "绝对", "百分之百", "铁定", "保证", "１００％", "保證", "妥妥地"])
WHEN = st.sampled_from(["明天", "后天中午", "24小时内", "三天内", "周五", "下午五点前", ""])
DOES = st.sampled_from(["送到", "到", "送达", "送货上门", "派送", "让您收到"])
END = st.sampled_from(["", "。", "！", "，请放心", "，谢谢"])


@settings(deadline=None, max_examples=20)
@given(WHO, FIRM, WHEN, DOES, END, st.booleans())
def test_no_firm_word_about_arrival_is_let_through(who, firm, when, does, end, firm_first):
    sentence = who + (firm + when if firm_first else when + firm) + does + end
    assert promise_check(sentence).verdict == "never"


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(["It", "Your parcel", "The shipment", "We promise it"]), st.sampled_from(["will", "is going to", "shall"]),
       st.sampled_from(["arrive", "be delivered", "reach you", "get there"]),
       st.sampled_from(["tomorrow", "by Friday", "within 24 hours", "at 5 pm", "in two days", "without fail"]))  # fmt: skip
def test_no_fixed_time_in_english_is_let_through(who, will, does, when):
    assert promise_check(f"{who} {will} {does} {when}.").verdict == "never"


@settings(deadline=None, max_examples=20)
@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=40).filter(lambda text: text.strip()))
def test_any_text_gets_a_verdict_and_gibberish_is_never_allowed(text):
    found = promise_check(text)
    assert found.verdict in ("allowed", "with_condition", "ask_supervisor", "never")
    assert found.findings.verdict.max() == found.verdict
    assert promise_check("嗯嗯" + "呜呼").verdict == "ask_supervisor"


@pytest.mark.parametrize("wrong", ["", "  \n", None, 3, ["明天到"], pd.Series(["明天到"])])
def test_what_is_no_sentence_is_refused(wrong):
    with pytest.raises(ValueError, match="in quotation marks"):
        promise_check(wrong)
