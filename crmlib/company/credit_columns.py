"""What the columns and codes of credit and of key accounts are called, in both languages."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_NUMBERS = (
    ("open_yuan", "yuan", "未付金额", "open", "账单上还没付的钱", "What of the invoices is not paid"),
    ("paid_yuan", "yuan", "已付金额", "paid", "账单已经付了多少", "What of the invoice is paid"),
    ("credit_yuan", "yuan", "多付与贷项", "in credit", "多付的钱和红字账单，不拿来冲抵", "Paid too much, and credit notes; not set off"),
    ("net_yuan", "yuan", "净欠款", "net", "未付金额减多付与贷项", "Open less in credit"),
    ("overdue_yuan", "yuan", "逾期金额", "past due", "过了到期日还没付的钱", "Open money after its due day"),
    ("due_yuan", "yuan", "催收金额", "to be collected", "已经走到催收步骤的账单金额", "Open money that reached a step of dunning"),
    ("disputed_yuan", "yuan", "有争议金额", "disputed", "客户有异议的账单，先不催", "Invoices that the customer contests; not dunned"),
    ("days_past_due", "days", "逾期天数", "days past due", "从到期日算起过了几天", "Days since the due day"),
    ("oldest_days", "days", "最长逾期", "oldest arrears", "最早一份未付账单逾期几天", "Days past due of the oldest open invoice"),
    ("not_due", "yuan", "未到期", "not due yet", "还没到付款日的钱", "Open money before its due day"),
    ("days_1_30", "yuan", "逾期 1–30 天", "1–30 days", "逾期 1 到 30 天的钱", "Open money 1 to 30 days past due"),
    ("days_31_60", "yuan", "逾期 31–60 天", "31–60 days", "逾期 31 到 60 天的钱", "Open money 31 to 60 days past due"),
    ("days_61_90", "yuan", "逾期 61–90 天", "61–90 days", "逾期 61 到 90 天的钱", "Open money 61 to 90 days past due"),
    ("over_90", "yuan", "逾期 90 天以上", "over 90 days", "逾期超过 90 天的钱", "Open money more than 90 days past due"),
    ("sales_yuan", "yuan", "当月销售额", "sales of the month", "当月开出的账单金额", "What was invoiced in the month"),
    ("receivable_yuan", "yuan", "月末应收账款", "receivable", "月末还没收到的账单金额", "Open invoices at the end of the month"),
    ("simple_days", "days", "简单法应收天数", "DSO, simple", "应收账款除以近几个月的销售额", "Receivable over the sales of some months"),
    ("count_back_days", "days", "倒推法应收天数", "DSO, count-back", "应收账款从最近的月份往回抵", "The receivable set against the latest months' sales"),
    ("allowance_yuan", "yuan", "坏账准备", "allowance", "预计收不回来的钱", "What is not counted on"),
    ("roll", "share", "滚动率", "roll rate", "一个月后还没付的份额", "Share still unpaid a month later"),
    ("seen_yuan", "yuan", "依据金额", "money seen", "这个比率建立在多少钱上", "The money that the rate rests on"),
    ("months_billed", "months", "出账月数", "months billed", "有几个月开过账单", "Months with an invoice"),
    ("mean_invoice_yuan", "yuan", "平均账单", "mean invoice", "每份账单平均多少钱", "Mean amount of an invoice"),
    ("recent_change", "share", "近三月变化", "recent change", "近三个月比以前多了还是少了", "Last three months against those before"),
    ("months_since_invoice", "months", "距上次出账", "months since the last invoice", "几个月没有新账单了", "Months without a new invoice"),
    ("mean_days_late", "days", "平均迟付天数", "mean days late", "平均过了到期日几天才付清", "Days from due day to full payment, on average"),
    ("worst_days_late", "days", "最长迟付天数", "worst days late", "最晚的一次迟了几天", "The longest delay"),
    ("late_invoice_share", "share", "迟付账单占比", "invoices paid late", "迟付的账单占多少", "Share of invoices paid late"),
    ("part_paid_share", "share", "分笔付占比", "share paid in parts", "分几笔付的账单占多少", "Share of invoices paid in parts"),
    ("overdue_share", "share", "逾期占比", "share past due", "未付的钱里逾期的占多少", "Share of the open money that is past due"),
    ("limit_use", "share", "额度使用率", "use of the limit", "未付的钱占信用额度多少", "Open money over the credit limit"),
    ("bad_rate", "share", "违约率", "default rate", "违约客户占多少", "Share of customers in default"),
    ("woe", "points", "证据权重", "weight of evidence", "大于 0 比总体安全", "Above 0: safer than the whole"),
    ("iv", "points", "信息值", "information value", "一个特征能说明多少", "How much a feature tells"),
    ("noise", "points", "纯属偶然的信息值", "value by chance", "什么都不说明的特征大约会有的信息值", "What a feature that tells nothing would show"),
    ("default_probability", "share", "违约概率", "probability of default", "预计违约的可能性", "The chance of default foreseen"),
    ("usual_month_yuan", "yuan", "平常月账单", "usual month", "有账单的月份平均多少钱", "Mean of the months billed"),
    ("peak_month_yuan", "yuan", "最高月账单", "peak month", "账单最多的月份", "The largest month"),
    ("limit_yuan", "yuan", "信用额度", "credit limit", "最多允许欠多少", "The most that may be owed"),
    ("exposure_yuan", "yuan", "敞口", "exposure", "今天欠着多少", "What is owed today"),
    ("use_share", "share", "额度占用", "limit used", "敞口占额度多少", "Exposure over limit"),
    ("peak_need_yuan", "yuan", "旺季所需额度", "limit a peak needs", "旺季月份按这个账期要多大额度", "What a peak month would need under these terms"),
    ("year_yuan", "yuan", "近一年运费", "revenue of the year", "近 12 个月的运费", "Revenue of the last twelve months"),
    ("next_tier_yuan", "yuan", "下一档起点", "next tier from", "再上一档的年运费起点", "Yearly revenue from which the next tier begins"),
    ("growth_low", "share", "增长下限", "growth, low end", "增长区间的下端", "Low end of the growth"),
    ("growth_high", "share", "增长上限", "growth, high end", "增长区间的上端", "High end of the growth"),
    ("next_year_yuan", "yuan", "预计来年运费", "revenue expected", "未来一年大约多少运费", "Revenue of the year to come"),
    ("next_year_low", "yuan", "来年运费下限", "revenue, low end", "预计区间的下端", "Low end of it"),
    ("next_year_high", "yuan", "来年运费上限", "revenue, high end", "预计区间的上端", "High end of it"),
    ("from_days", "days", "从第几天起", "from day", "到期以后第几天起走这一步；负数是到期以前", "Day past due from which the step holds; negative: before"),
    ("days_late", "days", "晚几天", "days late", "比应办的日子晚几天", "Days after the due day"),
    ("tier_chance", "share", "升档可能", "chance of the next tier", "一年内升到下一档的可能性", "Chance of reaching the next tier within a year"),
    ("least_points", "points", "低于几分先款后件", "prepayment below (points)", "分数低于它的客户先付款后寄件", "Customers below it pay first"),
    ("leave_percent", "share", "因此走掉的百分比", "per cent who leave", "要求先付款，客户里有多少走掉", "How many of those asked to pay first leave"),
    ("never_comes", "share", "31–60 天里收不回的", "of 31–60 days late, never paid", "逾期 31 到 60 天的钱里，一年后还没付的", "Of money 31 to 60 days late, still unpaid a year on"),
    ("loss_avoided", "yuan", "少亏的钱", "loss avoided", "收紧以后不会再赖掉的钱", "Money that would not be lost"),
    ("turned_away", "yuan", "少赚的钱", "margin lost", "好客户嫌麻烦走了，少赚的毛利", "Margin of good customers who leave"),
    ("usual", "points", "平常水平", "usual level", "没有变化的话应该是多少", "What it should be if nothing changed"),
    ("usual_month_parcels", "count", "平常月件数", "usual parcels a month", "平常一个月寄多少件", "Parcels in a usual month"),
)  # fmt: skip

_DATES = (
    ("paid_in_full_on", "付清日期", "paid in full on", "账单付清的那一天", "The day the invoice was paid in full"),
    ("since", "起始日", "since", "这一步从哪个工作日起", "The working day from which the step holds"),
    ("act_on", "办理日", "act on", "哪个工作日去办", "The working day of the action"),
    ("next_on", "下一步日期", "next step on", "哪一天走到下一步", "The day of the next step"),
    ("last_visit_on", "上次走访", "last visit", "上次走访的日子", "The day of the last visit"),
    ("listed_on", "列入日期", "listed on", "列入黑名单的日子", "The day of the listing"),
    ("review_on", "复核日期", "review on", "到这一天不续就自动失效", "The listing lapses on this day unless renewed"),
    ("answer_by", "答复期限", "answer by", "申诉最晚哪天答复", "The last day to answer the appeal"),
)  # fmt: skip

_STEPS = (
    Value("before_due", "到期前提醒", "note before the due day"), Value("reminder", "提醒", "reminder"),
    Value("stop_large", "暂停大件", "large items wait"), Value("restrict", "限制账户", "account restricted"),
    Value("letter", "主管发函", "manager's letter"), Value("demand", "正式催告", "formal demand"), Value("collect", "移交追收", "collection"),
)  # fmt: skip

CREDIT_COLUMNS: tuple[Column, ...] = (
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    *(Column(name, "date", zh, en, meaning_zh, meaning_en, unit="date") for name, zh, en, meaning_zh, meaning_en in _DATES),
    Column("default", "yes_no", "违约", "default", "到期后六十天还没付清", "Whether an invoice stayed open long past due"),
    Column("bucket", "text", "账龄", "age", "逾期了多久", "How long past due"),
    Column("step", "category", "步骤", "step", "走到哪一步了", "How far it has come", values=_STEPS),
    Column("next_step", "category", "下一步", "next step", "再往后是哪一步", "The step after", values=_STEPS),
    Column("responsible", "category", "由谁办", "who", "这一步由谁去办", "Who takes the step", values=(
        Value("service_team", "客服组", "service team"), Value("salesperson", "客户经理", "salesperson"),
        Value("credit_controller", "信用专员", "credit controller"), Value("sales_manager", "销售主管", "sales manager"),
        Value("legal", "法务", "legal department"))),
    Column("tone", "category", "口气", "tone", "怎么说话", "How to speak", values=(
        Value("friendly", "客气", "friendly"), Value("factual", "就事论事", "factual"), Value("firm", "坚决", "firm"),
        Value("formal", "正式", "formal"))),
    Column("limit_rule", "category", "依据的规则", "rule", "额度按哪条规则定", "The rule behind the limit", values=(
        Value("as_class", "按等级", "by class"), Value("late_payer", "常迟付，降一级", "pays late: one class lower"),
        Value("in_arrears", "有逾期，降一级", "in arrears: one class lower"), Value("in_default", "已违约，预付", "in default: prepayment"),
        Value("too_new", "时间太短", "too new"))),
    Column("class_applied", "text", "采用的等级", "class applied", "按规则调整以后的信用等级", "The credit class after the rule"),
    Column("strength", "category", "强弱", "strength", "特征有多大用处", "How useful the feature is", values=(
        Value("none", "没有用", "tells nothing"), Value("weak", "弱", "weak"), Value("fair", "中等", "fair"), Value("strong", "强", "strong"),
        Value("suspicious", "好得可疑", "too good to be true"))),
    Column("bin", "category", "分箱", "bin", "特征取值的一段", "A span of values", values=(Value("missing", "没有记录", "no record"),)),
    *(Column(f"reason_{place}", "text", f"扣分原因 {place}", f"reason {place}", "扣分最多的特征", "What cost most points") for place in (1, 2, 3)),
    Column("why", "category", "理由", "why", "为什么值得看", "Why to look", values=(
        Value("growing", "增长快", "growing"), Value("near_tier", "离下一档近", "near the next tier"), Value("both", "又快又近", "both"),
        Value("neither", "都不是", "neither"))),
    Column("moved", "category", "变化", "how it moved", "往哪边变", "Which way it moved", values=(
        Value("fewer", "变少", "fewer"), Value("more", "变多", "more"), Value("later", "变晚", "later"), Value("new_person", "换人",
        "new person"))),
    Column("week_action", "category", "本周做什么", "this week", "欠款和异动合起来看，这一周先做哪一样", "What to do first, by arrears and movements", values=(
        Value("reconcile", "先对账", "settle accounts"), Value("stop_credit", "停信用，先款后件", "stop the credit"),
        Value("remind", "提醒付款", "remind"), Value("visit_now", "登门问一问", "visit now"))),
    Column("settlement", "category", "结算方式", "settlement", "运费什么时候付", "When freight is paid", values=(
        Value("on_account", "月结", "monthly account"), Value("at_once", "现结", "pays at once"))),
    Column("movement", "category", "异动类型", "kind of movement", "什么变了", "What moved", values=(
        Value("volume", "当月件数", "parcels of the month"), Value("three_months", "近三个月件数", "parcels of three months"),
        Value("payment", "付款", "payment"), Value("salesperson", "客户经理", "salesperson"),
        Value("contact", "联系人", "contact person"))),
    Column("blacklist_reason", "category", "列入原因", "reason for listing", "为什么列入黑名单", "Why the customer is listed", values=(
        Value("persistent_arrears", "长期欠费", "persistent arrears"), Value("fraud", "欺诈", "fraud"),
        Value("prohibited_goods", "寄递违禁品", "prohibited goods"), Value("abusive_claims", "恶意索赔", "abusive claims"),
        Value("false_identity", "冒用身份", "false identity"))),
)  # fmt: skip
