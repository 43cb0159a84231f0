"""What the columns of churn models, offers and reasons for leaving are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_FEATURES = (
    ("recency_days", "days", "距上次寄件天数", "days since the last parcel", "到截止日有几天没寄件",
         "Days without a parcel at the cut-off"),
    ("usual_gap_days", "days", "平时间隔", "usual gap", "最近一年平均几天寄一次", "Mean days between days with parcels in the last year"),
    ("silence_ratio", "count", "沉默倍数", "silence over usual gap", "没寄件的天数是平时间隔的几倍",
         "Days without a parcel over the usual gap"),
    ("recent_parcels", "count", "近期件数", "recent parcels", "截止日前 90 天寄了多少件", "Parcels in the 90 days before the cut-off"),
    ("parcel_trend", "count", "件数变化", "trend of parcels", "近 90 天比再往前 90 天，取对数",
         "The last 90 days over the 90 before, as a logarithm"),
    ("late_share", "share", "延误占比", "share late", "近期快件里延误的份额", "Share of the recent parcels that came late"),
    ("failures", "count", "丢失破损件数", "lost or damaged", "近期丢失、破损或久未送达的件数",
         "Recent parcels lost, damaged or long overdue"),
    ("complaints", "count", "投诉次数", "complaints", "近期投诉和理赔的次数", "Recent complaints and claims"),
    ("price_gap", "share", "与最低价对手的价差", "price gap to the cheapest rival", "比最便宜的对手贵多少",
         "How much dearer than the cheapest rival"),
    ("salesperson_left", "count", "客户经理离职", "salesperson left", "近期客户经理是否离职", "Whether the salesperson left recently"),
    ("pay_days_late", "days", "付款拖延天数", "days paid late", "近期账单平均晚付几天", "Mean days past due of the recent bills"),
    ("survey_score", "points", "满意度得分", "survey score", "最近一次答卷的满意度，1 到 10 分",
         "Satisfaction in the last survey answered, 1 to 10"),
    ("tenure_days", "days", "开户天数", "days as a customer", "从开户到截止日几天", "Days from opening the account to the cut-off"),
)
_RESULTS = (
    ("chance", "share", "流失概率", "chance of leaving", "模型预测客户流失的概率", "The chance of leaving that the model gives"),
    ("importance", "share", "重要性", "importance", "打乱这个特征，AUC 掉多少", "What AUC loses when the feature is shuffled"),
    ("log_odds", "points", "推高多少", "push on the log-odds", "给流失的对数几率加了多少", "What it adds to the log-odds of leaving"),
    ("foretold", "share", "预测值", "foretold", "模型事先说的平均值", "What the model said, on average"),
    ("observed", "share", "实际值", "observed", "后来实际的平均值", "What came of it, on average"),
    ("leavers", "count", "其中流失", "leavers among them", "联系的客户里真流失的", "Those contacted who left"),
    ("contacted", "count", "联系客户数", "contacted", "达到门槛、要联系的客户", "Customers from the threshold on"),
    ("threshold", "share", "概率门槛", "threshold", "概率达到多少就联系", "The chance from which customers are contacted"),
    ("profit_yuan", "yuan", "利润", "profit", "留住的毛利减去成本", "Margin kept less cost"),
    ("expected_yuan", "yuan", "预期利润", "expected profit", "按概率算的利润", "The profit if the chances hold"),
    ("year_margin_yuan", "yuan", "一年毛利", "margin of a year", "截止日前一年的毛利", "The margin of the year before the cut-off"),
    ("contact_cost_yuan", "yuan", "联系一次的成本（元）", "cost of a contact (yuan)", "联系一家客户花多少钱", "What contacting one customer costs"),
    ("gross_churn", "share", "毛流失率", "gross churn", "期初客户里流失的份额", "Share of the customers at the start who left"),
    ("effect", "share", "优惠作用", "effect", "试验组减对照组", "Offer less control"),
    ("mean_offer", "share", "试验组平均", "mean with the offer", "试验组的平均结果", "Mean result of those with the offer"),
    ("mean_control", "share", "对照组平均", "mean of the controls", "对照组的平均结果", "Mean result of the controls"),
    ("offered", "count", "试验组人数", "with the offer", "抽中发优惠的客户", "Customers drawn for the offer"),
    ("uplift", "share", "增量", "uplift", "发优惠预计多带来多少", "What the offer is expected to add"),
    ("without", "share", "不发也达到", "without the offer", "不发优惠，预计结果是多少", "Expected result without the offer"),
    ("worth_yuan", "yuan", "值多少", "worth", "增量乘价值，减成本", "Uplift times value, less cost"),
    ("evidence", "share", "流失客户中有迹象的", "evidence among those who left", "流失客户里有这种迹象的份额",
         "Share of those who left with such evidence"),
    ("stayed", "share", "留存客户中有迹象的", "evidence among those who stayed", "留下的客户里有这种迹象的份额",
         "Share of those who stayed with such evidence"),
    ("excess", "share", "高出多少", "excess", "流失客户比留存客户高出的份额",
         "Evidence among those who left less that among those who stayed"),
    ("excess_low", "share", "高出的下限", "excess, low end", "高出份额的区间下端", "Low end of the interval of the excess"),
    ("excess_high", "share", "高出的上限", "excess, high end", "高出份额的区间上端", "High end of the interval of the excess"),
)
CHURN_COLUMNS: tuple[Column, ...] = (
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit)
      for name, unit, zh, en, meaning_zh, meaning_en in (*_FEATURES, *_RESULTS)),
    Column("cutoff", "date", "截止日", "cut-off", "特征到这一天零点为止，结果从这一刻算起",
               "The midnight at which the features end and the outcome begins", unit="date"),
    Column("outcome_until", "date", "结果截止日", "outcome until", "看结果看到这一天零点",
               "The midnight at which the outcome window ends", unit="date"),
    Column("churned", "yes_no", "是否流失", "churned", "截止日还活跃、结果期末已沉默",
               "Active at the cut-off, silent when the window ends"),
    Column("metric", "category", "指标", "measure", "预测得好不好，用什么量", "What the forecast is measured by", values=(
        Value("auc", "AUC（排序正确率）", "AUC (ranked right)"), Value("brier", "布里尔分", "Brier score"),
        Value("log_loss", "对数损失", "log loss"),
        Value("top_decile_lift", "前一成提升倍数", "top-decile lift"),
        Value("observed_over_expected", "实际／预期流失", "observed over expected"))),
    Column("feature", "text", "特征", "feature", "模型看的一项", "One thing that the model looks at"),
    Column("policy", "category", "做法", "policy", "怎么挑联系谁、发给谁", "How to choose whom to contact or to send an offer", values=(
        Value("nobody", "谁也不发", "nobody"), Value("everybody", "全部", "everybody"), Value("who_pays", "只发划算的", "those for whom it pays"),
        Value("chance_half", "概率 50% 以上", "chance of 50% or more"),
        Value("mean_margin", "一条线，按平均毛利", "one threshold, by the mean margin"),
        Value("own_margin", "各按各的毛利", "by each customer's own margin"))),
    Column("words", "text", "一句话", "in words", "用一句话说出来", "Said in words"),
    Column("reasons", "text", "原因", "reasons", "模型为什么担心，写成话", "Why the model worries, in words"),
)  # fmt: skip
"""Derived columns of crmlib.churn and crmlib.uplift, for `crmlib.company.schema`."""
