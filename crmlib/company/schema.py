"""The contracts of a firm's tables, and what tables, columns and values are called in both languages."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cache

from crmlib.company.call_center_columns import CALL_CENTER_COLUMNS
from crmlib.company.churn_columns import CHURN_COLUMNS
from crmlib.company.clock_columns import CLOCK_COLUMNS
from crmlib.company.complaint_columns import COMPLAINT_COLUMNS
from crmlib.company.contract import DTYPES, Column, Table, Value, conform
from crmlib.company.credit_columns import CREDIT_COLUMNS
from crmlib.company.delay_columns import DELAY_COLUMNS
from crmlib.company.desk_columns import DESK_COLUMNS
from crmlib.company.development_columns import DEVELOPMENT_COLUMNS
from crmlib.company.identity_columns import IDENTITY_COLUMNS
from crmlib.company.lifetime_columns import LIFETIME_COLUMNS
from crmlib.company.notices_columns import NOTICES_COLUMNS
from crmlib.company.operations_columns import OPERATIONS_COLUMNS
from crmlib.company.pricing_columns import PRICING_COLUMNS
from crmlib.company.privacy_columns import PRIVACY_COLUMNS
from crmlib.company.privacy_ledger_columns import PRIVACY_LEDGER_COLUMNS
from crmlib.company.profile_page_columns import PROFILE_PAGE_COLUMNS
from crmlib.company.profiles_columns import PROFILES_COLUMNS
from crmlib.company.queueing_columns import QUEUEING_COLUMNS
from crmlib.company.risk_columns import RISK_COLUMNS
from crmlib.company.rules_columns import RULES_COLUMNS
from crmlib.company.satisfaction_columns import SATISFACTION_COLUMNS
from crmlib.company.scorecard_columns import SCORECARD_COLUMNS
from crmlib.company.staffing_columns import STAFFING_COLUMNS
from crmlib.company.survey_columns import SURVEY_COLUMNS
from crmlib.company.survival_columns import SURVIVAL_COLUMNS
from crmlib.company.tables import core, desk, money, sales, sources, voice, world
from crmlib.i18n import language

__all__ = ["DERIVED", "DTYPES", "TABLES", "Column", "Table", "Value", "conform", "is_value", "label"]

TABLES: dict[str, Table] = {table.name: table for theme in (core, money, voice, desk, sales, world, sources) for table in theme.TABLES}
"""Every table of a firm, by name."""

_DERIVED = (
    Column("state", "category", "客户状态", "state",
           "某一天看，客户和公司是什么关系", "How the customer stands with the firm on a given day", values=(
               Value("loyal", "忠诚客户", "loyal customer"),
               Value("regular", "一般客户", "regular customer"),
               Value("new", "新增客户", "new customer"),
               Value("potential", "潜在客户", "potential customer"),
               Value("lost", "流失客户", "lost customer"))),
    Column("location", "category", "境内外", "location",
           "境内客户还是境外客户", "Whether the customer is in China or abroad", values=(
               Value("domestic", "境内客户", "domestic customer"), Value("abroad", "境外客户", "foreign customer"))),
    Column("parcels", "number", "件数", "parcels", "一段时间里寄了多少件", "Parcels sent in a period", unit="count"),
    Column("revenue_yuan", "number", "收入", "revenue", "一段时间里的运费合计", "Sum of the prices in a period", unit="yuan"),
    Column("margin_yuan", "number", "毛利", "margin", "运费合计减成本合计", "Sum of the prices less sum of the costs", unit="yuan"),
    Column("first_on", "date", "首次寄件", "first parcel", "一段时间里第一件的日期", "Day of the first parcel in a period", unit="date"),
    Column("last_on", "date", "最近寄件", "last parcel", "一段时间里最后一件的日期", "Day of the last parcel in a period", unit="date"),
    Column("active_months", "number", "活跃月数", "active months", "有几个月寄过件", "Months with at least one parcel", unit="months"),
    Column("express_share", "number", "特快件占比", "express share", "特快件占全部件数的份额", "Express parcels over all parcels", unit="share"),
    Column("cross_border_share", "number", "跨境件占比", "cross-border share",
           "国际及港澳台件占全部件数的份额", "Cross-border parcels over all parcels", unit="share"),
    Column("abc", "category", "ABC 类别", "ABC class", "按收入分的类", "The class by revenue", values=(
        Value("A", "A 关键客户", "A key"), Value("B", "B 主要客户", "B major"), Value("C", "C 普通客户", "C ordinary"))),
    Column("coefficient", "number", "系数", "coefficient", "其他不变，原因高一个标准差，结果高几个标准差",
           "Standard deviations of the target for one of the driver, all else equal", unit="ratio"),
    Column("direct", "number", "直接影响", "direct effect", "经由一支箭头", "By one arrow", unit="ratio"),
    Column("indirect", "number", "间接影响", "indirect effect", "经由别的构念", "By way of other constructs", unit="ratio"),
    Column("total", "number", "总影响", "total effect", "直接加间接", "Direct and indirect together", unit="ratio"),
    Column("total_effect", "number", "总影响", "total effect", "直接加间接", "Direct and indirect together", unit="ratio"),
    Column("loading", "number", "载荷", "loading", "题目和自己构念的相关", "Correlation of an item with its own construct", unit="ratio"),
    Column("communality", "number", "共同度", "communality", "载荷的平方", "The loading squared", unit="share"),
    Column("r_squared", "number", "R²（解释的份额）", "R² (share explained)", "箭头解释了多少", "How much the arrows explain", unit="share"),
    Column("ave", "number", "平均方差提取量", "average variance extracted", "载荷平方的平均", "Mean of the loadings squared", unit="share"),
    Column("cronbach_alpha", "number", "克隆巴赫 α", "Cronbach's α", "同一构念各题的一致程度", "How far the items of a construct agree", unit="share"),
    Column("rho_a", "number", "信度 ρA", "reliability ρA", "构念得分的信度", "Reliability of the score of a construct", unit="share"),
    Column("rho_c", "number", "组合信度 ρC", "composite reliability ρC", "由载荷算出的信度", "Reliability worked out from the loadings", unit="share"),
    Column("standard_error", "number", "标准误", "standard error", "换一批人，数字大约会变多少",
           "By how much the figure would vary with other people", unit="ratio"),
    Column("loyalty", "category", "忠诚类型", "kind of loyalty", "把做的和想的交叉起来看", "What customers do, crossed with what they feel", values=(
        Value("true", "真忠诚", "true loyalty"), Value("latent", "潜在忠诚", "latent loyalty"),
        Value("spurious", "虚假忠诚", "spurious loyalty"),
        Value("none", "不忠诚", "no loyalty"), Value("no_answer", "没有回答", "no answer"))),
    Column("transactional", "number", "交易忠诚", "transactional loyalty", "看做的，0 到 100 分", "By what customers do, 0 to 100",
           unit="points"),
    Column("emotional", "number", "情感忠诚", "emotional loyalty", "看想的，0 到 100 分", "By what customers feel, 0 to 100", unit="points"),
    *(Column(name, dtype, zh, en, meaning_zh, meaning_en, unit=unit) for name, dtype, unit, zh, en, meaning_zh, meaning_en in (
        ("parcels_12_months", "number", "count", "近 12 个月件数", "parcels of 12 months",
         "看的那天以前 12 个月寄了多少件", "Parcels sent in the twelve months before the day"),
        ("wallet_share", "number", "share", "寄件份额", "share of wallet",
         "客户寄的件里有多大一份交给我们；不知道的留空", "How much of all that the customer ships goes with us"),
        ("lifetime_months", "number", "months", "合作月数", "months of the relationship",
         "从开户到最近一件有几个月", "Months from opening the account to the last parcel"),
        ("recency_score", "number", "points", "最近寄件得分", "score of recency",
         "最近一件离得越近，分越高", "The more recent the last parcel, the higher"),
        ("frequency_score", "number", "points", "寄件频率得分", "score of frequency",
         "一年寄得越多，分越高", "The more parcels in a year, the higher"),
        ("wallet_score", "number", "points", "寄件份额得分", "score of share of wallet",
         "交给我们的份额越大，分越高", "The larger the share that goes with us, the higher"),
        ("lifetime_score", "number", "points", "合作时间得分", "score of lifetime",
         "合作得越久，分越高", "The longer the relationship, the higher"),
        ("known_share", "number", "share", "已知部分的权重", "weight of what is known",
         "得分里有多大权重是真知道的", "How much of the score rests on what is known"),
        ("pays_more", "number", "points", "愿意多付", "pays more", "别家便宜一点也不换", "Would not change for a slightly lower price"),
        ("benchmark", "number", "points", "当作标杆", "takes us as benchmark",
         "接近客户理想中的快递", "Near the customer's ideal of a courier firm"),
        ("recommends", "number", "points", "向人推荐", "recommends us", "愿意把公司推荐给别人", "Would recommend the firm"),
        ("suggests", "number", "points", "提建议", "suggests improvements",
         "写了意见，而且打算留下", "Wrote a comment and means to stay"),
        ("habit_from", "number", "points", "交易忠诚的门槛", "threshold of transactional loyalty",
         "做的到多少分算忠诚", "The transactional score from which behaviour counts as loyal"),
        ("attitude_from", "number", "points", "情感忠诚的门槛", "threshold of emotional loyalty",
         "想的到多少分算忠诚", "The emotional score from which a feeling counts as loyal"),
        ("left_share", "number", "share", "离开的比例", "share who left", "离开的客户占多大一份", "Those who left over all"),
        ("unsure_share", "number", "share", "毛利在虚假忠诚或没回答的人手里", "margin with spurious or no answer",
         "今后的毛利有多大一份在虚假忠诚和没有回答的客户手里", "The part of the future margin with customers who only seem loyal or gave no answer"),
        ("spurious_share", "number", "share", "毛利在虚假忠诚的客户手里", "margin with spurious loyalty",
         "今后的毛利有多大一份在虚假忠诚的客户手里", "The part of the future margin with customers who only seem loyal"),
        ("true_share", "number", "share", "真忠诚的家数（占回答了的）", "truly loyal (of those who answered)",
         "回答了问卷的客户里，真忠诚的家数占多大一份", "The part of the customers who answered that is truly loyal"),
        ("planned_on", "date", "date", "安排日期", "planned for", "排在哪一天", "The day for which it is planned"),
        ("column", "text", "", "看哪一列", "column looked at", "这一项看表里的哪一列", "The column that the score goes by"),
        *((f"score_{points}", "number", "points", f"得 {points} 分", f"{points} points from", f"到多少得 {points} 分", f"What scores {points} points")
          for points in (25, 50, 75, 100)),
        ("aim", "text", "", "目的", "aim", "对这一类客户，想要什么", "What is wanted of such customers"),
        ("action", "text", "", "做什么", "what to do", "对这一类客户做什么", "What to do with such customers"),
        ("check", "text", "", "怎么检验", "how to check", "怎么知道做得对不对", "How to tell whether it worked"),
        ("from_yuan", "number", "yuan", "年运费起点（元）", "from yearly spend (yuan)",
         "12 个月运费到多少算这一级", "The spend of twelve months from which the tier begins"),
        ("freight_discount", "number", "share", "运费折扣", "freight discount",
         "运价打几折，0.05 表示减 5%", "The part of the price that is let off; 0.05 is 5%"),
        ("own_agent", "yes_no", "", "专属客服", "own agent", "有没有自己的客服", "Whether the member has an agent of its own"),
        ("priority_clearance", "yes_no", "", "优先清关", "priority clearance",
         "跨境件是不是先办清关", "Whether its cross-border parcels are cleared first"),
        ("product_trials", "yes_no", "", "新品测试", "product trials",
         "请不请来试用新产品", "Whether the member is asked to try new products"),
        ("next_tier", "text", "", "下一级", "next tier", "再往上是哪一级", "The tier above"),
        ("to_next_yuan", "number", "yuan", "离下一级还差", "lacking to the next tier",
         "再寄多少运费就升级", "What more spend would bring the tier above"),
        ("expires_on", "date", "date", "到期日", "expires on", "这笔积分过了哪天作废", "The day after which these points are void"),
        ("occasion_on", "date", "date", "应办日期", "due on the day", "该问候的那一天", "The day on which the greeting is due"),
        ("days_early", "number", "days", "提前天数", "days early",
         "比该问候的日子早几天", "How many days before its due day the greeting comes"),
        ("points_booked", "number", "points", "账上变动", "change booked",
         "账本上这一天的积分变动", "The change of points that the ledger shows for the day"),
        ("points_worked_out", "number", "points", "应有变动", "change worked out",
         "按规则重算的积分变动", "The change of points by the rules"),
        ("balance_booked", "number", "points", "账上余额", "balance booked", "账本上的积分余额", "The balance that the ledger shows"),
        ("balance_worked_out", "number", "points", "应有余额", "balance worked out", "按规则重算的积分余额", "The balance by the rules"),
    )),
    Column("mark", "category", "看哪一样", "what is looked at", "忠诚看的四样", "The four things by which loyalty is judged", values=(
        Value("recency", "最近寄件", "how recently"), Value("frequency", "寄件频率", "how often"), Value("wallet", "寄件份额", "what share"),
        Value("lifetime", "合作时间", "for how long"), Value("pays_more", "愿意多付", "pays more"),
        Value("benchmark", "当作标杆", "takes us as benchmark"), Value("recommends", "向人推荐", "recommends us"),
        Value("suggests", "提建议", "suggests improvements"))),
    Column("comparison", "category", "比较", "comparison", "谁和谁比", "Who is compared with whom", values=(
        Value("joined", "入会的与没入会的", "joined against the others"),
        Value("invited", "抽中邀请的与没抽中的", "invited by lot against not invited"))),
    Column("occasion", "category", "由头", "occasion", "为什么问候", "Why the customer is greeted", values=(
        Value("birthday", "生日", "birthday"), Value("anniversary", "合作纪念日", "anniversary"),
        Value("spring_festival", "春节", "Spring Festival"), Value("dragon_boat", "端午", "Dragon Boat Festival"),
        Value("mid_autumn", "中秋", "Mid-Autumn"), Value("national_day", "国庆", "National Day"))),
    Column("left_out_because", "category", "没排的原因", "left out because", "为什么没有排上", "Why the greeting is not planned", values=(
        Value("quiet", "不愿被打扰", "wants none"), Value("no_contact", "没有联系人", "no contact person"),
        Value("already_done", "已经问候过", "already greeted"), Value("too_soon", "离上次接触太近", "touched too lately"),
        Value("no_capacity", "人手不够", "no hands left"))),
    *RULES_COLUMNS,
    *SURVEY_COLUMNS,
    *CHURN_COLUMNS,
    *CREDIT_COLUMNS,
    *SURVIVAL_COLUMNS,
    *CLOCK_COLUMNS,
    *LIFETIME_COLUMNS,
    *SATISFACTION_COLUMNS,
    *PRICING_COLUMNS,
    *DEVELOPMENT_COLUMNS,
    *QUEUEING_COLUMNS,
    *CALL_CENTER_COLUMNS,
    *STAFFING_COLUMNS,
    *COMPLAINT_COLUMNS,
    *PROFILE_PAGE_COLUMNS,
    *DELAY_COLUMNS,
    *OPERATIONS_COLUMNS,
    *PRIVACY_COLUMNS,
    *PRIVACY_LEDGER_COLUMNS,
    *PROFILES_COLUMNS,
    *IDENTITY_COLUMNS,
    *NOTICES_COLUMNS,
    *SCORECARD_COLUMNS,
    *RISK_COLUMNS,
)  # fmt: skip
DERIVED: dict[str, Column] = {column.name: column for column in _DERIVED}
"""Columns that methods work out from the tables: labels for figures and headings, no contract."""

_CONSTRUCTS = (
    Value("image", "形象", "image"), Value("expectation", "期望", "expectation"), Value("quality", "感知质量", "quality"),
    Value("value", "感知价值", "value"), Value("satisfaction", "满意度", "satisfaction"), Value("complaint", "抱怨", "complaint"),
    Value("loyalty", "忠诚", "loyalty"),
)  # fmt: skip
_OF_MODELS = (
    Column("construct", "category", "构念", "construct", "看不见、要靠题目来量的东西", "What cannot be seen and is measured by items", values=_CONSTRUCTS),
    Column("driver", "category", "驱动因素", "driver", "箭头从它出发", "Where an arrow starts", values=_CONSTRUCTS),
    Column("target", "category", "结果", "target", "箭头指向它", "Where an arrow ends", values=_CONSTRUCTS),
)  # fmt: skip


def _columns() -> Iterable[Column]:
    """Where two columns name the same code, the first one counts: what methods say of customers comes before what tables say of cases.

    The constructs of models come late: to most tables a complaint is a case. The desk's workflows, whose steps and roles have everyday names,
    come last.
    """
    yield from TABLES["customers"].columns
    yield TABLES["waybills"]["scope"]
    yield from DERIVED.values()
    # Two parts may know a column of one name, each with values of its own.
    yield from _DERIVED
    for table in TABLES.values():
        yield from table.columns
    yield from _OF_MODELS
    yield from DESK_COLUMNS


@cache
def _labels(table: str | None = None) -> dict[tuple[str | None, object], tuple[str, str]]:
    """Both names of every code: by column and code where a column is named, by no column and code where none is; the first one counts."""
    known: dict[tuple[str | None, object], tuple[str, str]] = {}
    columns = list(TABLES[table].columns if table else _columns())
    for entry in [*([] if table else TABLES.values()), *columns]:
        known.setdefault((None, entry.name), (entry.zh, entry.en))
    for column in columns:
        for value in column.values:
            known.setdefault((None, value.code), (value.zh, value.en))
            known.setdefault((column.name, value.code), (value.zh, value.en))
    return known


def is_value(code: object, column: str) -> bool:
    """Whether a column of that name may hold `code`.

    >>> is_value("loyalty", "construct"), is_value("loyalty", "market")
    (True, False)
    """
    return isinstance(code, Hashable) and (column, code) in _labels()


def label(code: str, column: str | None = None, *, table: str | None = None) -> str:
    """What a category value, a column or a table is called in the active language.

    Parameters
    ----------
    code : the code of a value ("e_commerce"), or the name of a column ("price_yuan") or table ("waybills")
    column : the column the value stands in, where one code means two things ("domestic" is a scope and a location)
    table : the table the column stands in, where two tables have columns of one name ("price_yuan" is what a waybill brings and what a
        quote offers)

    Returns
    -------
    str
        The label. A code that nobody named, such as a class of your own, is its own label.

    >>> label("my own class")
    'my own class'
    """
    zh, en = _labels(table).get((column, code), (str(code),) * 2)
    return zh if language() == "zh" else en
