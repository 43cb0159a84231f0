"""What the columns of purchase summaries, forecasts and lifetime values are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_NUMBERS = (
    ("repeats", "count", "再次寄件次数", "repeat purchases",
     "第一次以后又寄了几次（按天、周或月算）", "Purchases after the first, in days, weeks or months with a parcel"),
    ("span", "count", "首末间隔", "first to last purchase",
     "第一次到最近一次隔了几天（周、月）", "Days, weeks or months from the first to the last purchase"),
    ("age", "count", "观察时长", "first purchase to the end", "第一次到期末隔了几天（周、月）",
     "Days, weeks or months from the first purchase to the end of the period"),
    ("mean_revenue_yuan", "yuan", "每次收入", "revenue a purchase", "再次寄件平均每次的运费", "Mean revenue of a repeat purchase"),
    ("mean_margin_yuan", "yuan", "每次毛利", "margin a purchase", "再次寄件平均每次的毛利", "Mean margin of a repeat purchase"),
    ("repeat_share", "share", "再次寄件占比", "share who bought again",
     "寄过不止一次的客户占的份额", "Share of customers with a repeat purchase"),
    ("median_repeats", "count", "再次寄件次数中位数", "median repeats",
     "寄过不止一次的客户里居中的那个", "The median among those with a repeat purchase"),
    ("busy_share", "share", "有寄件的单位占比", "share of units with a purchase", "首次到末次之间，有寄件的天（周、月）占的份额",
     "Share of the days, weeks or months between first and last purchase that have one"),
    ("full_share", "share", "过满客户占比", "share of too regular customers", "半数以上单位都有寄件的客户占的份额",
     "Share of repeat buyers who buy in more than half of the units"),
    ("probability_alive", "share", "仍是客户的概率", "probability of still being ours",
     "期末还没有流失的概率", "Probability of not being lost at the end of the period"),
    ("expected_purchases", "count", "预期寄件次数", "purchases expected", "模型预期的次数", "What the model expects"),
    ("actual_purchases", "count", "实际寄件次数", "purchases made", "后来真的寄了几次", "What happened"),
    ("expected_customers", "count", "预期客户数", "customers expected", "模型预期有多少客户", "Customers the model expects"),
    ("lifetime_value_yuan", "yuan", "客户终身价值", "lifetime value", "今后毛利折到今天", "Margin still to come, discounted to today"),
    ("purchase_value_yuan", "yuan", "每次值", "value of a purchase", "下一次寄件预计值多少",
     "What the next purchase is expected to be worth"),
    ("survival_share", "share", "还剩的份额", "share left", "这一批客户里还剩的份额", "Share of the group that is left"),
    ("units", "count", "单位数", "how many units", "这段时间有几天（周、月）", "Days, weeks or months in the period"),
    ("renewal_share", "share", "续约率", "share who renew",
     "上次续约后留下的客户里，这次又续约的份额", "Share of those left who renew once more"),
    ("renewals", "count", "续约次数", "renewals", "续过几次约", "How often the contract was renewed"),
    ("mean_alive", "share", "平均仍是客户的概率", "mean probability of being ours", "全部客户的平均", "The mean over all customers"),
    ("ratio", "share", "预期与实际之比", "expected over made", "预期次数除以实际次数", "Purchases expected over purchases made"),
    ("actual_total", "count", "累计实际次数", "made so far", "从头累加", "Running total"),
    ("expected_total", "count", "累计预期次数", "expected so far", "从头累加", "Running total"),
    ("tenth", "count", "第几个十分之一", "tenth", "按预期次数从低到高分成十份", "Customers by what was expected of them, lowest first"),
    ("season", "count", "季节系数", "season", "这一天是平常日子的几倍忙", "How many times as busy as an ordinary day"),
)  # fmt: skip

LIFETIME_COLUMNS = (
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    Column("suits", "yes_no", "合适", "suits", "按这个单位数，模型合不合用", "Whether the models fit purchases counted so"),
    Column("cut", "date", "预测日", "forecast made on", "从这一天起预测", "The day from which the forecast runs", unit="date"),
    Column("until", "date", "预测到", "forecast until", "预测到这一天为止", "The day on which the forecast ends", unit="date"),
    Column("begins", "date", "开始日", "begins", "这一周或这一月的第一天", "First day of the week or month", unit="date"),
    Column("after_cut", "yes_no", "预测期", "forecast", "在不在预测期里", "Whether it lies within the forecast"),
    Column("unit", "category", "计数单位", "unit", "按什么数一次寄件", "What counts as one purchase", values=(
        Value("day", "天", "day"), Value("week", "周", "week"), Value("month", "月", "month"))),
    Column("parameter", "category", "参数", "parameter", "模型的参数", "A parameter of the model", values=(
        Value("r", "参数 r", "parameter r"), *(Value(code, f"参数 {sign}", sign) for code, sign in (
            ("alpha", "α"), ("a", "a"), ("b", "b"), ("s", "s"), ("beta", "β"), ("p", "p"), ("q", "q"), ("v", "v"))))),
    Column("measure", "category", "指标", "measure", "比较预测和实际的指标", "How forecast and facts are compared", values=(
        Value("total_ratio", "预期与实际总次数之比", "expected over made, in all"),
        Value("mean_absolute_error", "平均每户差几次", "mean error a customer"),
        Value("naive_total_ratio", "照旧推算的总次数之比", "going on as before: expected over made"),
        Value("naive_absolute_error", "照旧推算平均每户差几次", "going on as before: mean error a customer"))),
)  # fmt: skip
