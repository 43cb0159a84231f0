"""What the columns of records and tags are called, and the names of records, features and tags: labels, no contract."""

from __future__ import annotations

import tomllib
from pathlib import Path

from crmlib.company.contract import Column, Value
from crmlib.company.privacy_columns import PRIVACY_COLUMNS

_FOLDER = Path(__file__).parents[1] / "profiles"


def _named(file: str, *path: str) -> tuple[Value, ...]:
    found = tomllib.loads((_FOLDER / file).read_text("utf-8"))
    for step in path:
        found = found[step]
    if isinstance(found, list):
        return tuple(Value(row["tag"], row["name_zh"], row["name_en"]) for row in found)
    return tuple(Value(code, row["zh"], row["en"]) for code, row in found.items())


RULE_COLUMNS = {
    "tag": ("标签", "tag"), "name_zh": ("中文名", "Chinese name"), "name_en": ("英文名", "English name"), "when": ("何时贴上", "given when"),
    "until": ("何时取下", "taken when"), "evidence": ("依据的计数", "evidence"), "least": ("依据至少", "least evidence"),
    "reviews": ("连续几周符合", "reviews in a row"), "lapse_weeks": ("多少周没依据就取下", "weeks until it lapses"),
    "valid_from": ("规则生效日", "valid from"), "valid_until": ("规则最后一天", "valid until"), "by": ("规则负责人", "written by"),
    "source": ("出处", "source"), "use_zh": ("用途（中文）", "use (Chinese)"), "use_en": ("用途（英文）", "use (English)"),
}  # fmt: skip
"""The columns of a file of tag rules and their headings, Chinese and English."""

_ROLES = next(column.values for column in PRIVACY_COLUMNS if column.name == "viewer_role")
_CLASSED = (
    ("record", "档案类型", "record", "十三种客户信息里的哪一种", "Which of the thirteen records", _named("records.toml")),
    ("feature", "特征", "feature", "标签条件里能用的一项", "What a condition of a tag may ask for", _named("tag_features.toml", "features")),
    ("feature_kind", "特征种类", "kind of feature", "份额、数字还是文字", "A share, a number or a word",
     (Value("share", "份额", "share"), Value("number", "数字", "number"), Value("word", "文字", "word"))),
    ("owner_role", "负责岗位", "owner", "谁负责这份信息", "Whose duty it is", _ROLES),
    ("list_state", "名单状态", "state on the list", "在名单上，还是等人来决定", "Listed, or waiting for a person's decision",
     (Value("listed", "已列入", "listed"), Value("to_decide", "等人决定", "to decide"))),
    ("recommend_group", "推荐类型", "recommends", "按推荐分分的类", "By the score of recommendation",
     (Value("promoter", "推荐者", "promoter"), Value("passive", "中立者", "passive"), Value("detractor", "贬损者", "detractor"),
      Value("unknown", "没有回答", "no answer"))),
    ("verdict", "结论", "verdict", "变动是不是偶然", "Whether chance explains it",
     (Value("within_chance", "可能是偶然", "within chance"), Value("stable", "变动很小", "stable"), Value("watch", "要留意", "watch"),
      Value("shifted", "已经变了", "shifted"))),
    ("part", "规则的哪一段", "part of the rule", "贴上的条件还是取下的条件", "What gives the tag or what takes it",
     (Value("when", "贴上", "gives"), Value("until", "取下", "takes"))),
)  # fmt: skip
_PLAIN = (
    ("record_name", "text", "", "名称", "name", "这种信息叫什么", "What the record is called"),
    ("answers", "text", "", "回答什么", "what it answers", "这份信息回答什么问题", "The question that it answers"),
    ("tables", "text", "", "来源表", "source tables", "从哪些表来", "The tables it comes from"),
    ("update_rule", "text", "", "更新规则", "update rule", "什么时候要更新", "When it must be renewed"),
    ("evidence_days", "number", "days", "依据有效天数", "evidence holds for", "依据过多少天就旧了", "How long the evidence holds"),
    ("retention_months", "number", "months", "最长保存月数", "kept at most", "按规则最长保存几个月；没有规则的留空", "Months it is kept by the rules; empty: no rule"),
    ("lesson", "text", "", "哪一课填", "lesson", "在哪一课填这份信息", "The lesson that fills it"),
    ("filled_by", "text", "", "用哪个函数填", "filled by", "填这份信息的函数", "The call that fills it"),
    ("current", "number", "count", "有效", "current", "没有过期的客户数", "Customers whose record is current"),
    ("never", "number", "count", "从来没有依据", "never", "从来没有依据的客户数", "Customers without any evidence"),
    ("out_of_date", "number", "count", "过期", "out of date", "依据太旧", "The evidence is too old"),
    ("out_of_date_share", "number", "share", "过期或没有的份额", "out of date or never", "过期的和从来没有的占多大一份", "Out of date or never, over all"),
    ("oldest_on", "date", "date", "最旧的依据", "oldest", "最旧的依据是哪一天的", "Day of the oldest evidence"),
    ("median_age_days", "number", "days", "依据的中位天数", "median age", "一半客户的依据比这更新", "Half the customers have newer evidence"),
    ("evidence_on", "date", "date", "依据日期", "evidence of", "最近一次依据是哪一天", "Day of the last evidence"),
    ("age_days", "number", "days", "几天前", "age", "依据到那天有几天", "Days from the evidence to the day"),
    ("answered_on", "date", "date", "回答日期", "answered on", "最近一次问卷的日期", "Day of the latest survey"),
    ("contact_role", "text", "", "联系人职务", "contact's role", "联系人做什么", "What the contact does"),
    ("preferred_channel", "text", "", "联系渠道", "preferred channel", "客户愿意用哪个渠道", "How the customer wants to be reached"),
    *((f"{name}_count", "number", "count", zh, en, f"到那天有多少{zh}", f"How many {en} up to the day") for name, zh, en in (
        ("waybills", "运单数", "waybills"), ("touches", "接触次数", "touches"), ("cases", "工单数", "cases"), ("calls", "来电数", "calls"),
        ("surveys", "问卷数", "surveys"), ("invoices", "账单数", "invoices"))),
    ("last_contact_on", "date", "date", "最近联系", "last contact", "最近一次接触、来电、工单或问卷", "Last touch, call, case or survey"),
    ("last_touch_on", "date", "date", "最近接触", "last touch", "业务员最近一次接触", "Last touch by a salesperson"),
    ("listed_on", "date", "date", "列入日期", "listed on", "哪一天列入名单", "Day of the listing"),
    ("feature_name", "text", "", "特征名称", "feature", "特征叫什么", "What the feature is called"),
    ("window_weeks", "number", "count", "往回看几周", "weeks back", "往回看多少周；0 是全部", "How many weeks back; 0: all"),
    ("values", "text", "", "可取的值", "values", "文字可以取哪些代码", "The codes a word may take"),
    ("reviewed_on", "date", "date", "复核日", "reviewed on", "标签最近在哪个星期一复核", "The Monday on which tags were last reviewed"),
    ("hits", "number", "count", "命中数", "hits", "份额的分子", "What the share counts"),
    ("out_of", "number", "count", "总数", "out of", "份额的分母", "Out of how many"),
    ("suffices", "yes_no", "", "单独就够", "alone suffices", "只变这一项，规则就翻转", "Whether this alone would turn the rule round"),
    ("to_change", "text", "", "怎样才会变", "what would change it", "变成多少，这一条就翻转", "What would turn this comparison round"),
    ("comparison", "text", "", "条件", "comparison", "规则里的一条比较", "One comparison of the rule"),
    ("other_tag", "text", "", "另一个标签", "other tag", "和哪个标签比", "The tag compared with"),
    ("tag_customers", "number", "count", "标签客户数", "with the tag", "有第一个标签的客户", "Customers with the first tag"),
    ("other_customers", "number", "count", "另一标签客户数", "with the other", "有另一个标签的客户", "Customers with the other tag"),
    ("both", "number", "count", "两个都有", "both", "两个标签都有的客户", "Customers with both"),
    ("either", "number", "count", "至少有一个", "either", "至少有一个标签的客户", "Customers with either"),
    ("jaccard", "number", "share", "重合度", "overlap (Jaccard)", "两个都有的占至少有一个的多大一份", "Both over either"),
    ("expected_both", "number", "count", "互不相干时应有", "both if independent", "两个标签互不相干时，都有的应有几家", "How many would carry both were the tags independent"),
    ("tagged", "number", "count", "带标签的客户", "tagged", "那天带这个标签的客户数", "Customers who carried the tag that day"),
    ("gained", "number", "count", "新贴上", "gained", "后来贴上的客户数", "Customers who gained the tag"),
    ("taken_off", "number", "count", "取下", "taken off", "后来取下的客户数", "Customers who lost the tag"),
    ("psi", "number", "ratio", "群体稳定性指数", "population stability index", "分布变了多少", "How far the distribution moved"),
    ("noise_high", "number", "ratio", "偶然的上限", "chance reaches up to", "只凭偶然，指数最高能到多少", "What chance alone may show"),
)  # fmt: skip

PROFILES_COLUMNS = (
    Column("tag", "category", "标签", "tag", "客户身上的标签", "A tag that a customer carries", values=_named("tags.toml", "tag")),
    *(Column(name, "category", zh, en, meaning_zh, meaning_en, values=values) for name, zh, en, meaning_zh, meaning_en, values in _CLASSED),
    *(Column(name, "text", zh, en, "标签规则的一列", "A column of the rules of tags") for name, (zh, en) in RULE_COLUMNS.items() if name not in ("by", "tag")),
    *(Column(name, dtype, zh, en, meaning_zh, meaning_en, unit=unit) for name, dtype, unit, zh, en, meaning_zh, meaning_en in _PLAIN),
)  # fmt: skip
