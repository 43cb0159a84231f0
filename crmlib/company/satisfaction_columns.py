"""Columns and categories that the methods of satisfaction return, in both languages."""

from __future__ import annotations

from crmlib.company.contract import Column, Value
from crmlib.company.survey_items import KANO_FEATURES, SERVQUAL_DIMENSIONS, STAGES

_KANO = (
    Value("attractive", "魅力型", "attractive"), Value("one_dimensional", "期望型", "one-dimensional"),
    Value("must_be", "必备型", "must-be"),
    Value("indifferent", "无差异型", "indifferent"), Value("reverse", "反向型", "reverse"), Value("questionable", "可疑", "questionable"),
)  # fmt: skip
_ENDS = (("low", "下限", "low end"), ("high", "上限", "high end"))

_NODES = (Value("total", "客户满意度", "customer satisfaction"), *(Value(code, zh, en) for code, (zh, en) in STAGES.items()))

_CATEGORIES = (
    Column("parent", "category", "上级指标", "parent", "属于哪个指标", "The node above", values=_NODES),
    Column("limit_unit", "category", "限度单位", "unit of the limit", "限度按什么算", "In what the limit is counted", values=(
        Value("working_days", "工作日", "working days"), Value("calendar_days", "自然日", "calendar days"),
        Value("full_hours", "小时", "hours"),
        Value("share_of_freight", "占运费的份额", "share of the freight"))),
    Column("how_sure", "category", "出处可靠程度", "how sure", "出处有多可靠", "How sure the source is", values=(
        Value("V", "看过原文", "source was read"), Value("V-", "弱来源", "weak source"),
        Value("GK", "常识，未核对", "general knowledge, unchecked"), Value("seed", "方案或教材的数", "figure of a design or textbook"),
        Value("teaching", "教学取值", "chosen for teaching"))),
    Column("indicator", "category", "指标", "indicator", "指标树上的一个节点", "A node of the index tree", values=_NODES),
    Column("quadrant", "category", "象限", "quadrant", "按重要程度和表现分的四格", "By importance and performance", values=(
        Value("concentrate", "先改进", "mend first"), Value("keep_up", "继续保持", "keep it up"),
        Value("low_priority", "先放一放", "low priority"), Value("overdone", "可能投入过多", "perhaps overdone"))),
    Column("dimension", "category", "维度", "dimension", "SERVQUAL 的五个维度", "The five dimensions of SERVQUAL",
           values=tuple(Value(code, zh, en) for code, (zh, en) in SERVQUAL_DIMENSIONS.items())),
    Column("kano_feature", "category", "服务功能", "service feature", "Kano 问卷问到的一项服务功能", "A service feature of the Kano pairs",
           values=tuple(Value(feature.name, feature.zh, feature.en) for feature in KANO_FEATURES)),
    Column("kano", "category", "Kano 类别", "Kano class", "人数最多的一类", "The commonest class", values=_KANO),
    Column("runner_up", "category", "第二多的类别", "runner-up", "人数第二多的一类", "The second commonest class", values=_KANO),
    Column("continuous", "category", "按平均分的类别", "class by the means", "按有和没有两个平均分归的类",
           "The class by the two means", values=_KANO),
    Column("verdict", "category", "能不能说", "verdict", "预期管理手册的说法", "What the handbook says", values=(
        Value("allowed", "可以说", "allowed"), Value("with_condition", "附条件可以说", "on a condition"),
        Value("ask_supervisor", "先问主管", "ask the supervisor"), Value("never", "绝不能说", "never"))),
    Column("promise", "category", "承诺", "promise", "预期管理手册里的一条", "A row of the expectation handbook", values=(
        Value("clearance_time", "清关时限", "clearance"), Value("first_answer", "答复时限", "first answer"),
        Value("complaint_settled", "投诉办结时限", "complaint settled"),
        Value("compensation_by_rule", "按规定赔偿", "compensation by the rules"),
        Value("expected_time", "预计送达时间", "expected arrival"),
        Value("quick_solution", "尽快解决", "quick solution"), Value("freight_discount", "运费折扣", "freight discount"),
        Value("handing_over", "放柜、代收", "locker or handing to others"), Value("plain_no", "拒绝", "plain no"),
        Value("arrival_time", "绝对时效", "absolute time of arrival"), Value("no_loss", "绝不丢失破损", "no loss or damage ever"),
        Value("unlimited_compensation", "无条件赔偿", "unlimited compensation"), Value("unlawful", "违法违规", "against the law"))),
    Column("promise_topic", "category", "说的是什么", "about", "这个分句说的是哪件事", "What the clause is about", values=(
        Value("arrival", "送达时间", "arrival"), Value("loss_or_damage", "丢失破损", "loss or damage"),
        Value("clearance", "清关", "clearance"),
        Value("complaint", "投诉", "complaint"), Value("response", "答复", "answer"), Value("compensation", "赔偿", "compensation"),
        Value("discount", "优惠", "discount"), Value("handover", "放柜、代收", "locker or handing to others"),
        Value("priority", "跟进", "follow-up"), Value("care", "小心处理", "care"), Value("refusal", "拒绝", "refusal"),
        Value("harm", "违法违规", "against the law"), Value("declined", "说明不能承诺", "says it cannot be promised"),
        Value("courtesy", "客套话", "courtesy"), Value("fact", "陈述事实", "statement of fact"),
        Value("not_known", "手册没写", "not in the handbook"))),
)  # fmt: skip

_NUMBERS = (
    ("depth", "number", "count", "层级", "level of the tree", "0 是总分，1 是环节，2 是题目", "0 the total, 1 branches, 2 items"),
    ("weight", "number", "share", "权重", "weight", "在上级指标里的权重", "Weight within the node above"),
    ("total_weight", "number", "share", "占总分的权重", "weight in the whole", "在总分里的权重", "Weight in the total"),
    ("score", "number", "points", "得分", "score", "0 到 100 分", "0 to 100"),
    ("contribution", "number", "points", "贡献", "contribution", "给总分加了几分", "Points that it adds to the total"),
    ("points_lost", "number", "points", "失分", "points lost", "要是满分，总分能多几分",
     "Points that the total would gain if it were perfect"),
    ("stated_mean", "number", "points", "自述重要程度", "stated importance", "客户打的重要程度平均分", "Mean stated importance"),
    ("stated_share", "number", "share", "自述占比", "stated share", "自述重要程度占合计的份额", "Stated importance as a share of all"),
    ("stated_rank", "number", "count", "自述排名", "stated rank", "1 是客户说的最重要", "1 is what customers call most important"),
    ("derived_share", "number", "share", "推算占比", "derived share", "从满意度推算的重要程度份额",
     "Importance worked out from satisfaction, as a share"),
    ("derived_rank", "number", "count", "推算排名", "derived rank", "1 是推算出来最重要", "1 is the most important by the answers"),
    ("performance", "number", "points", "表现", "performance", "做得怎么样", "How well the firm does"),
    ("certainty", "number", "share", "把握", "certainty", "重抽样本里落在这一象限的份额", "Share of resamples in this quadrant"),
    ("sure", "yes_no", "", "有把握", "sure", "把握够不够大", "Whether the certainty is high enough"),
    ("expectation", "number", "points", "期望", "expectation", "期望的平均分", "Mean expectation"),
    ("perception", "number", "points", "感受", "perception", "感受的平均分", "Mean perception"),
    ("gap", "number", "points", "差距", "gap", "感受减期望", "Perception less expectation"),
    ("weighted_gap", "number", "points", "加权差距", "weighted gap", "权重乘差距", "Weight times gap"),
    ("answered", "number", "count", "回答份数", "answered", "有几份问卷回答了", "Answer sheets that answered"),
    *((value.code, "number", "count", value.zh, value.en, "归到这一类的回答", "Answers in this class")
      for value in _KANO),
    ("fong", "yes_no", "", "两类分得开", "classes differ", "Fong 检验：最多的两类人数差别够大",
     "Fong's test: the two commonest classes differ"),
    ("better", "number", "share", "满意系数", "better", "有了它，多少人更满意", "Share pleased when it is there"),
    ("worse", "number", "share", "不满意系数", "worse", "没有它，多少人不满意（负数）", "Share displeased when it is missing, negative"),
    ("functional", "number", "points", "有它的平均分", "mean with it", "有这项功能时的平均分，−2 到 4", "Mean score with it, −2 to 4"),
    ("dysfunctional", "number", "points", "没它的平均分", "mean without it", "没有这项功能时的平均分，−2 到 4",
     "Mean score without it, −2 to 4"),
    ("continuous_sure", "yes_no", "", "归类有把握", "class is sure", "整个区间都在这一类里", "The whole intervals lie in the class"),
    ("period", "text", "", "时期", "period", "哪一次调查或哪个月", "The wave or month"),
    ("change", "number", "points", "变化", "change", "变了几分", "Points of change"),
    ("sheets", "number", "count", "问卷份数", "answer sheets", "有几份问卷", "Answer sheets"),
    ("enough", "yes_no", "", "份数够", "enough sheets", "问卷够不够算分", "Whether there are enough to be scored"),
    ("mix", "number", "points", "人群变化", "other people answering", "回答的人不同带来的变化", "Change because other people answered"),
    ("weights", "number", "points", "权重变化", "other weights", "改权重带来的变化", "Change because weights were changed"),
    ("limit", "number", "ratio", "限度", "limit", "数字上的限度", "The limit as a number"),
    ("rule", "text", "", "规定", "rule", "手册怎么规定", "What the handbook says"),
    ("say", "text", "", "可以这样说", "say", "给客户的说法", "Words for the customer"),
    ("clause", "text", "", "分句", "clause", "话里的一个分句", "One clause of what is said"),
    ("said_words", "text", "", "依据的词", "words that decided", "据以判断的词", "The words that decided"),
    ("according_to", "text", "", "依据", "according to", "手册的这一条出自哪里", "What the rule stands in"),
    ("say_instead", "text", "", "改成这样说", "say instead", "换成什么说法", "What to say instead"),
    ("sample", "text", "", "说法", "sample", "说法的代码", "The code of a sample sentence"),
    ("image_3", "number", "points", "云雀不太关心客户（已反转）", "Lark cares little for its customers (turned round)",
     "反向题，回答已经转过来", "A reversed item whose answers have been turned round"),
    ("quality_4", "number", "points", "云雀的服务经常出问题（已反转）", "Lark's service often goes wrong (turned round)",
     "反向题，回答已经转过来", "A reversed item whose answers have been turned round"),
    ("loyalty_3", "number", "points", "别家便宜一点我就换（已反转）", "I should change for a slightly lower price (turned round)",
     "反向题，回答已经转过来", "A reversed item whose answers have been turned round"),
    ("weighted_net_promoter_score", "number", "points", "净推荐值（加权）", "net promoter score, weighted",
     "把没回答的人按已知信息补回来以后的净推荐值", "The net promoter score, weighted for those who kept silent"),
)
_WITH_ENDS = (
    "score", "stated", "derived", "coefficient", "performance", "importance", "gap", "better", "worse", "functional", "dysfunctional",
    "change",
)  # fmt: skip

_OTHERS = {"coefficient": ("系数", "coefficient", "ratio"), "importance": ("重要程度", "importance", "points")}


def _columns() -> tuple[Column, ...]:
    plain = [Column(name, dtype, *words, unit=unit) for name, dtype, unit, *words in _NUMBERS]
    names = {column.name: column for column in plain}
    ends = []
    for name in _WITH_ENDS:
        of = names.get(name) or names.get(f"{name}_share")
        zh, en, unit = (of.zh, of.en, of.unit) if of else _OTHERS[name]
        for end, end_zh, end_en in _ENDS:
            words = (f"{zh}{end_zh}", f"{en}, {end_en}", f"{zh}的区间{end_zh}", f"The {end_en} of the interval of: {en}")
            ends.append(Column(f"{name}_{end}", "number", *words, unit=unit))
    return (*_CATEGORIES, *plain, *ends)


SATISFACTION_COLUMNS: tuple[Column, ...] = _columns()
