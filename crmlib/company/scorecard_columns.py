"""What the columns of the scorecard are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_TEXTS = (
    ("stage_name", "阶段名", "stage", "路线图的阶段", "Stage of the roadmap"),
    ("kpi_name", "指标名", "KPI", "指标的名字", "Name of the KPI"),
    ("owner", "负责人", "owner", "谁对这个指标负责", "Who answers for it"),
    ("source_tables", "来源表", "source tables", "从哪几张表算出来", "Tables it comes from"),
    ("frequency", "多久算一次", "frequency", "多久算一次", "How often it is measured"),
    ("computed_by", "用什么算", "computed by", "算它的函数", "The call that computes it"),
    ("document", "资料", "document", "哪份资料说的", "Which document says so"),
    ("says", "原话", "says", "资料的原话", "In the source's own words"),
    ("remark", "说明", "remark", "口径或期限", "What it is about"),
    ("course_uses", "本课程用", "the course uses", "本课程怎么取舍", "What the course uses instead"),
    ("figure_topic", "话题", "topic", "关于什么", "What it is about"),
    ("knocked_out_by", "不满足的硬条件", "fails", "没满足的硬条件", "Requirements that are not met"),
    ("new_winner", "换成谁", "then wins", "权重变了以后谁第一", "Who wins then"),
    ("tool", "工具", "tool", "待选的工具", "A tool to choose from"),
    ("rater", "打分人", "rater", "谁打的分", "Who gave the mark"),
)
_NUMBERS = (
    ("customers_asked", "count", "问了几家", "customers asked", "有几家客户", "How many customers were asked"),
    ("companies_sharing", "count", "几家公司合用", "companies sharing", "几家公司合着买", "How many companies buy together"),
    ("accounts_each", "count", "每家几个账号", "accounts each", "每家公司有几个账号", "Accounts of each company"),
    ("target", "ratio", "目标", "target", "想达到多少", "What is aimed at"),
    ("by_month", "months", "到第几个月", "due in month", "目标到第几个月", "Month of the programme in which it is due"),
    ("from_month", "months", "从第几个月", "from month", "阶段从第几个月开始", "First month of the stage"),
    ("to_month", "months", "到第几个月为止", "to month", "阶段到第几个月结束", "Last month of the stage"),
    ("window_months", "months", "看几个月", "months looked at", "一次测量往回看几个月", "How far back a measurement reaches"),
    ("chance_reached", "share", "达到的把握", "chance reached", "数据有多支持已经达到", "How far the data speak for it"),
    ("base_needed", "count", "要多大的分母", "base needed", "差距若真有这么大，分母要多大才说得清", "How large a base would tell"),
    ("naive", "share", "前后直接比", "before and after", "只比同一批地区的前后", "The same regions before and after"),
    ("naive_low", "share", "前后直接比的下限", "before and after, low end", "区间下限", "Lower end"),
    ("naive_high", "share", "前后直接比的上限", "before and after, high end", "区间上限", "Upper end"),
    ("low_few", "share", "按地区算的下限", "low end, by regions", "只把地区当证人", "Regions as the witnesses"),
    ("high_few", "share", "按地区算的上限", "high end, by regions", "只把地区当证人", "Regions as the witnesses"),
    ("placebo", "share", "安慰剂检验", "placebo", "谁都没有通知时的同样比较", "The same comparison before anybody had notices"),
    ("yuan_per_year", "yuan", "每年（元）", "yuan a year", "每年多少元", "Yuan a year"),
    (
        "yearly_amount",
        "ratio",
        "没有通知时一年",
        "a year without notices",
        "哪里都没有通知，一年会有多少",
        "What a year would bring without notices",
    ),
    ("unit_yuan", "yuan", "每件（元）", "yuan each", "一件多少元", "What one costs"),
    ("low_yuan", "yuan", "低端（元）", "at the low end, yuan", "这一项取低端时的净现值", "Net present value with it at its low end"),
    ("high_yuan", "yuan", "高端（元）", "at the high end, yuan", "这一项取高端时的净现值", "Net present value with it at its high end"),
    ("swing_yuan", "yuan", "摆幅（元）", "swing, yuan", "两端相差多少", "How far apart the two ends lie"),
    ("benefit_yuan", "yuan", "收益（元）", "benefit, yuan", "这一年的收益", "Benefit of the year"),
    ("wins_share", "share", "胜出比例（权重略变）", "wins nearby", "在你的权重附近抽取的权重里第一的比例", "Of weightings near yours"),
    ("wins_any", "share", "胜出比例（任意权重）", "wins anywhere", "在所有可能的权重里第一的比例", "Of all weightings"),
    ("stated", "ratio", "数", "figure", "资料给的数", "The figure that the document gives"),
    ("spread", "ratio", "打分人分歧", "spread of raters", "几个人打分的标准差", "Standard deviation of the raters' marks"),
    ("weight_at_switch", "share", "换胜者的权重", "weight at the switch", "权重到多少第一就换人", "Weight at which the winner changes"),
    ("influence", "count", "权力", "power", "1 到 5", "1 to 5"),
    ("interest", "count", "关心程度", "interest", "1 到 5", "1 to 5"),
    ("stance", "count", "态度", "stance", "−2 反对，2 支持", "−2 against, 2 for"),
)
_KPIS = (
    ("first_response_2h", "2 小时内响应", "answered within 2 h"), ("resolved_24h", "24 小时内解决", "resolved within 24 h"),
    ("self_service", "自助服务使用率", "self-service"), ("retention", "客户留存率", "retention"),
    ("customer_value_change", "客户价值提升", "change of customer value"), ("complaints_per_thousand", "每千件投诉", "complaints per 1,000 parcels"),
    ("net_promoter", "净推荐值", "net promoter score"), ("on_time", "准时率", "on time"),
    ("integrated_share", "客户数据整合率", "customers integrated"), ("green_share", "绿色订单占比", "green parcels"),
)  # fmt: skip
_PEOPLE = (
    ("chief_executive", "总经理", "chief executive"), ("sales_head", "销售负责人", "head of sales"), ("operations_head", "运营负责人", "head of operations"),
    ("service_head", "客服负责人", "head of service"), ("it_head", "技术负责人", "head of IT"), ("finance_head", "财务负责人", "head of finance"),
    ("experience_officer", "客户体验官", "customer experience officer"), ("agents", "一线客服", "agents"), ("couriers", "快递员", "couriers"),
    ("key_customers", "大客户", "key customers"), ("crm_committee", "CRM 委员会", "CRM committee"),
)  # fmt: skip
_VERDICTS = (
    ("reached", "已达到", "reached"), ("not_reached", "未达到", "not reached"), ("cannot_tell", "说不清", "cannot be told"),
    ("no_data", "没有数据", "no data"),
)  # fmt: skip
_OUTCOMES = (
    ("wismo_calls", "查件来电", "tracking calls"), ("inquiries", "咨询工单", "inquiry cases"), ("complaints", "投诉", "complaints"),
    ("service_cost", "服务成本", "cost of service"), ("satisfaction", "满意度", "satisfaction"),
)  # fmt: skip
_CATEGORIES = (
    ("kpi", "指标", "KPI", "看的是哪个指标", "Which KPI", _KPIS),
    ("verdict", "结论", "verdict", "达到没有", "Whether it is reached", _VERDICTS),
    ("verdict_together", "一起看的结论", "verdict, all at once", "几个指标一起判断时的结论", "Allowing for several KPIs", _VERDICTS),
    ("data_state", "有没有数据", "measured", "量出来没有", "Whether it could be measured", (("measured", "已测", "measured"), ("no_data", "没有数据", "no data"))),
    ("target_mark", "依据", "mark", "目标从哪里来", "Where the target comes from", (("seed", "资料建议", "proposal"), ("teaching", "教学补充", "teaching"), ("own", "自定", "own"))),
    ("direction", "方向", "direction", "往哪边算好", "Which way is better", (("up", "越高越好", "higher is better"), ("down", "越低越好", "lower is better"))),
    ("effect_on", "影响什么", "effect on", "看什么变了", "What changed", _OUTCOMES),
    ("benefit", "收益", "benefit", "省在哪里", "What is saved", _OUTCOMES),
    ("counted_on", "按什么算", "counted on", "分母是什么", "What it is divided by", (("parcels", "每件快件", "a parcel"), ("answers", "每份答卷", "an answer"))),
    ("money_item", "项目", "item", "哪一项", "Which item", (
        ("licences", "许可费", "licences"), ("integration", "集成", "integration"), ("training", "培训", "training"), ("operation", "运维", "operation"),
        ("discount", "贴现率（±一半）", "discount rate (± half)"))),
    ("money_measure", "指标", "measure", "投资的指标", "Measure of the investment", (
        ("net_present_value", "净现值（元）", "net present value, yuan"), ("roi", "投资回报率", "return on investment"),
        ("payback_years", "回收期（年）", "payback, years"))),
    ("criterion", "准则", "criterion", "按什么选", "What is judged", (
        ("fit", "个性化", "individual fit"), ("integration", "一体化", "integration"), ("cost", "成本", "cost"), ("ease", "好用", "ease of use"),
        ("vendor", "供应商", "vendor"))),
    ("requirement", "硬条件", "requirement", "不满足就淘汰", "Who fails it is out", (
        ("data_in_china", "数据存在境内", "data stay in China"), ("export_all", "数据能全部导出", "all data can be exported"),
        ("role_views", "按角色看数据", "views by role"))),
    ("stakeholder", "利益相关者", "stakeholder", "人或部门", "A person or group", _PEOPLE),
    ("duty_role", "角色", "role", "人或部门", "A person or group", _PEOPLE),
    ("quadrant", "象限", "quadrant", "按权力和利益分", "By power and interest", (
        ("manage_closely", "重点管理", "manage closely"), ("keep_satisfied", "让他满意", "keep satisfied"), ("keep_informed", "随时告知", "keep informed"),
        ("monitor", "留意", "monitor"))),
    ("task", "任务", "task", "要做的事", "What is to be done", (
        ("set_priorities", "定战略优先级", "set priorities"), ("monthly_meeting", "每月跨部门会", "monthly meeting"),
        ("cross_department_process", "跨部门流程优化", "processes across departments"), ("claims_approval", "理赔审批流程", "approval of claims"),
        ("customer_platform", "客户数据平台", "customer data platform"), ("report_experience", "向总经理汇报客户体验", "report to the chief executive"))),
    ("problem", "问题", "problem", "哪里不对", "What is wrong", (
        ("nobody_accountable", "没人负责", "nobody accountable"), ("several_accountable", "几个人都负责", "several accountable"),
        ("nobody_does_it", "没人执行", "nobody does it"))),
)  # fmt: skip
SCORECARD_COLUMNS = (
    *(Column(name, "text", zh, en, meaning_zh, meaning_en) for name, zh, en, meaning_zh, meaning_en in _TEXTS),
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    *(Column(name, "category", zh, en, meaning_zh, meaning_en, values=tuple(Value(*one) for one in values))
      for name, zh, en, meaning_zh, meaning_en, values in _CATEGORIES),
    Column("must_win", "yes_no", "必须争取", "must be won", "有权力而还不支持", "Has power and is not for it"),
    Column("met", "yes_no", "满足", "met", "硬条件满足没有", "Whether the requirement is met"),
    Column("started", "yes_no", "已开始", "started", "这个月这个地区已有通知", "Whether the region had notices"),
)  # fmt: skip
