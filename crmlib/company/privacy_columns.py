"""Which data class every column of the firm belongs to, and what the columns of the privacy tables are called."""

from __future__ import annotations

from collections.abc import Iterable

from crmlib.company.contract import Column, Table, Value

_SURVEY_ANSWERS = """
    acceptance_hotline acceptance_courier acceptance_web acceptance_service_point pickup_on_time pickup_packing pickup_courier
    pickup_clear_price delivery_speed delivery_condition delivery_coverage delivery_courier aftersales_problem_parcels
    aftersales_complaints aftersales_compensation aftersales_invoices information_tracking information_notice image_1 image_2
    image_3_reversed expectation_1 expectation_2 expectation_3 quality_1 quality_2 quality_3 quality_4_reversed value_1 value_2 value_3
    satisfaction_1 satisfaction_2 satisfaction_3 complaint_1 complaint_2 loyalty_1 loyalty_2 loyalty_3_reversed tangibles_1_expected
    tangibles_1_perceived tangibles_2_expected tangibles_2_perceived reliability_1_expected reliability_1_perceived reliability_2_expected
    reliability_2_perceived responsiveness_1_expected responsiveness_1_perceived responsiveness_2_expected responsiveness_2_perceived
    assurance_1_expected assurance_1_perceived assurance_2_expected assurance_2_perceived empathy_1_expected empathy_1_perceived
    empathy_2_expected empathy_2_perceived live_tracking_with live_tracking_without door_delivery_with door_delivery_without
    fast_claims_with fast_claims_without timed_pickup_with timed_pickup_without proactive_notice_with proactive_notice_without
    photo_proof_with photo_proof_without green_packaging_with green_packaging_without locker_by_default_with locker_by_default_without
    importance_acceptance importance_pickup importance_delivery importance_aftersales importance_information recommend"""
_GROUPS: dict[str, dict[str, str]] = {
    "customers": {"key": "customer_id", "direct": "name", "internal": "salesperson_id expected_growth",
                  "combined": "market area region reach nature origin cross_border opened_on monthly_account"},
    "salespeople": {"key": "salesperson_id predecessor_id", "direct": "name", "combined": "joined_on left_on"},
    "contacts": {"key": "contact_id customer_id", "direct": "name phone", "combined": "role channel"},
    "waybills": {"key": "waybill_id customer_id", "internal": "price_yuan cost_yuan",
                 "combined": "picked_up_at product scope destination_region weight_kg delivered_at promised_at status"},
    "tracking": {"key": "scan_id waybill_id", "combined": "node scanned_at"},
    "invoices": {"key": "invoice_id customer_id", "combined": "month issued_on due_on parcels amount_yuan",
                 "internal": "credit_class terms_days credit_limit_yuan"},
    "payments": {"key": "payment_id invoice_id", "combined": "paid_on amount_yuan method"},
    "survey_invitations": {"key": "invitation_id customer_id", "combined": "invited_on channel responded_on", "internal": "wave responded"},
    "surveys": {"key": "invitation_id customer_id", "direct": "comment", "combined": "answered_on", "internal": "wave" + _SURVEY_ANSWERS},
    "cases": {"key": "case_id customer_id waybill_id", "direct": "text", "combined": "kind opened_at channel cause first_response_at resolved_at",
              "internal": "grade insured outcome compensation_yuan satisfied_after"},
    "agents": {"key": "agent_id", "direct": "name", "combined": "team joined_on left_on", "internal": "skill contract_hours"},
    "shifts": {"key": "shift_id agent_id", "sensitive": "absence",
               "internal": "date planned_start planned_end break_start break_end actual_start actual_end"},
    "calls": {"key": "call_id customer_id waybill_id agent_id repeat_of", "combined": "arrived_at role entered_queue_at answered_at reason",
              "internal": "ivr_path bot solved_in_ivr left_in_ivr abandoned wait_seconds talk_seconds handle_seconds resolved_first_contact transferred"},
    "leads": {"key": "lead_id customer_id", "direct": "name phone", "combined": "market region created_on",
              "internal": "source expected_parcels salesperson_id contacted_on qualified_on quoted_on closed_on stage lost_reason"},
    "quotes": {"key": "quote_id lead_id",
               "internal": "quoted_on valid_until product list_price_yuan tier_discount discount price_yuan decision decided_on"},
    "touches": {"key": "touch_id customer_id contact_id", "combined": "happened_on kind reason channel", "internal": "salesperson_id mood"},
    "offers": {"key": "offer_id customer_id", "combined": "assigned_on stratum",
               "internal": "kind arm value_yuan accepted measured_on outcome before_yuan after_yuan"},
    "members": {"key": "member_id customer_id", "combined": "joined_on", "internal": "joined_by tier year_spend_yuan"},
    "points": {"key": "entry_id member_id", "combined": "booked_on points balance", "internal": "kind"},
    "calendar": {"public": "date weekday is_workday day_kind holiday_zh holiday_en festival next_festival days_to_festival"},
    "market_prices": {"internal": "price_id month competitor scope origin_region destination_region product first_kg_yuan further_kg_yuan"},
    "policies": {"public": "policy_id published_on issuer_kind title_zh title_en topic change_zh change_en effective_on region invented"},
    "partners": {"internal": "partner_id name_zh name_en kind region since rating"},
    "incidents": {"public": "incident_id name_zh name_en kind scope region first_day last_day", "internal": "severity extra_hours"},
    "source_records": {"key": "record_id", "direct": "name contact_name mobile landline address email", "sensitive": "id_number",
                       "combined": "id_type created_on", "internal": "system"},
}  # fmt: skip
"""Table by table, which columns are public, internal, identify only in combination, are keys, name a person, or are sensitive."""
_DECLARED = {(table, column): group for table, groups in _GROUPS.items() for group, names in groups.items() for column in names.split()}

DATA_CLASS = {"public": "public", "internal": "internal", "combined": "internal", "key": "personal", "direct": "personal", "sensitive": "sensitive"}
"""The data class of each group."""
_ROLES = (
    Value("agent", "客服专员", "service agent"), Value("team_leader", "客服主管", "team leader"),
    Value("account_manager", "客户经理", "account manager"), Value("finance", "财务", "finance"), Value("analyst", "数据分析", "analyst"),
    Value("manager", "经理", "manager"), Value("privacy_officer", "个人信息保护负责人", "privacy officer"), Value("intern", "实习生", "intern"),
)  # fmt: skip
_TREATMENTS = (Value("full", "看全", "in full"), Value("masked", "遮一部分", "masked"), Value("hidden", "看不到", "hidden"))


def group_of(tables: Iterable[Table]) -> dict[tuple[str, str], str]:
    """The group of every column of `tables`, by table and column; a column that nobody declared is missing.

    >>> group_of([])
    {}
    """
    return {place: _DECLARED[place] for table in tables for column in table.names if (place := (table.name, column)) in _DECLARED}


def _seen(name: str, zh: str, en: str) -> Column:
    return Column(name, "category", zh, en, f"这个岗位看到的{zh}", f"What the role sees of: {en}", values=_TREATMENTS)


PRIVACY_COLUMNS: tuple[Column, ...] = (
    Column("viewer_role", "category", "岗位", "role", "谁在看", "Who looks", values=_ROLES),
    Column("data_class", "category", "数据类别", "data class", "公开、内部、个人信息还是敏感个人信息",
           "Public, internal, personal or sensitive personal", values=(
               Value("public", "公开", "public"), Value("internal", "内部", "internal"), Value("personal", "个人信息", "personal"),
               Value("sensitive", "敏感个人信息", "sensitive personal"))),
    Column("identifies", "category", "能认出谁", "identifies", "单独、靠编号、合起来，还是认不出人", "Alone, as a key, in combination, or not at all", values=(
        Value("alone", "单独就能认出", "alone"), Value("as_key", "是编号，能连到人", "as a key"),
        Value("combined", "几项合起来能认出", "in combination"), Value("no", "认不出", "not at all"))),
    Column("treatment", "category", "怎么显示", "shown", "看全、遮一部分还是看不到", "In full, masked or hidden", values=_TREATMENTS),
    _seen("sees_public", "公开数据", "public data"), _seen("sees_internal", "内部数据", "internal data"),
    _seen("sees_combined", "合起来能认出人的数据", "what identifies in combination"), _seen("sees_keys", "编号", "keys"),
    _seen("sees_names", "姓名、电话、地址等", "names, phones, addresses"), _seen("sees_sensitive", "敏感个人信息", "sensitive personal data"),
    Column("kind_found", "category", "是什么", "kind found", "文字里找到的号码是哪一种", "What kind of number was found in the text", values=(
        Value("id_number", "身份证号", "identity card"), Value("mobile", "手机号", "mobile"), Value("landline", "座机号", "landline"),
        Value("bank_card", "银行卡号", "bank card"), Value("waybill", "运单号", "waybill number"), Value("email", "邮箱", "e-mail"))),
    Column("why_found", "category", "说明", "why", "号码对不对，错在哪里", "Whether the number can be real, and what is wrong", values=(
        Value("ok", "可能是真的", "can be real"), Value("wrong_check_digit", "校验位不对", "wrong check digit"),
        Value("no_such_region", "没有这个地区", "no such region"), Value("impossible_date", "日期不可能", "impossible date"),
        Value("no_such_prefix", "没有这种号段", "no such prefix"))),
    Column("begins", "number", "从第几个字", "begins at", "从文字的第几个字开始，从 0 数起", "The character at which it begins, counted from 0", unit="count"),
    Column("ends", "number", "到第几个字", "ends before", "到第几个字以前为止", "The character before which it ends", unit="count"),
    Column("valid", "yes_no", "可能是真的", "can be real", "按编码规则，这个号码可不可能是真的", "Whether the number can be real by the rules of its kind"),
    Column("why_not", "category", "为什么不能出境", "why it stays", "这一列为什么留在境内", "Why the column stays in the country", values=(
        Value("sensitive", "敏感个人信息", "sensitive"), Value("names_a_person", "直接认出人", "names a person"),
        Value("key", "真实编号，没有换成假名", "a key, no pseudonym"), Value("too_rare", "合起来太少见，能认出人", "too rare in combination"),
        Value("number_in_text", "文字里有号码", "numbers in the text"), Value("no_class", "没有登记类别", "no class declared"))),
    Column("may_leave", "yes_no", "可以出境", "may leave", "这一列可不可以出境", "Whether the column may leave the country"),
    Column("where", "category", "泄露在哪里", "where", "藏在哪种地方", "In what kind of place", values=(
        Value("shown", "页面上直接看得到", "shown"), Value("hidden", "看不见的部分", "hidden part"), Value("attribute", "标签属性", "attribute"),
        Value("comment", "注释或批注", "comment"), Value("script", "脚本数据", "script"), Value("cell", "单元格", "cell"),
        Value("heading", "表头", "heading"), Value("index", "行索引", "index"), Value("source", "代码", "code"), Value("output", "输出", "output"),
        Value("metadata", "文件附带信息", "metadata"), Value("line", "文本行", "line of text"))),
    Column("place", "text", "位置", "place", "具体在哪里", "Where exactly"),
    Column("of", "text", "哪一项", "of", "泄露的是哪一列的值", "The column whose value it is"),
    Column("value_hidden", "text", "泄露的值（已遮）", "value, hidden", "只留头尾，免得报告自己泄露", "All but its ends hidden, so that the report does not leak"),
    Column("written", "category", "写法", "written", "怎么写的", "How it is written", values=(
        Value("plain", "原样", "plain"), Value("spaced", "中间加了空格或横线", "spaced"), Value("escaped", "转义", "escaped"),
        Value("encoded", "Base64 编码", "encoded"))),
    Column("candidates", "number", "候选数", "candidates", "对得上的还剩几个", "How many still fit", unit="count"),
    Column("learned", "text", "知道了什么", "learned", "所有候选都一样的那个值", "The value that all candidates share"),
    Column("distinct", "number", "不同的值", "distinct values", "组里有几种不同的值", "Different values in the group", unit="count"),
    Column("homogeneous", "yes_no", "全组一样", "all alike", "组里是不是只有一种值", "Whether the group has one value only"),
    Column("most_common_share", "number", "最多的值占", "share of the commonest", "最常见的值占多大一份", "Part of the group with its commonest value", unit="share"),
    Column("values_before", "number", "原来几种值", "values before", "变粗以前有几种值", "Different values before", unit="count"),
    Column("values_after", "number", "剩下几种值", "values after", "变粗以后有几种值", "Different values after", unit="count"),
    Column("information_lost", "number", "丢掉的信息", "information lost", "按信息熵算丢了多少", "Part of the entropy that is gone", unit="share"),
    Column("coarse_step", "category", "变粗到", "made as coarse as", "变粗到哪一步", "How coarse it became", values=(
        Value("exact", "原样", "exact"), Value("hour", "小时", "hour"), Value("day", "天", "day"), Value("month", "月", "month"),
        Value("quarter", "季度", "quarter"), Value("year", "年", "year"), Value("two_digits", "两位有效数字", "two digits"),
        Value("one_digit", "一位有效数字", "one digit"), Value("power_of_ten", "数量级", "power of ten"), Value("given_up", "不保留", "given up"))),
    Column("obeyed", "yes_no", "合规", "obeyed", "合不合规则", "Whether the rule is obeyed"),
    Column("printed", "text", "印出来的", "printed", "面单上印的内容", "What stands on the waybill"),
    Column("wanted_count", "number", "至少要遮", "to be hidden", "规则要求至少遮几个字或几位", "At least so many by the rule", unit="count"),
    Column("hidden_count", "number", "遮了几个", "hidden", "遮了几个字或几位", "So many characters are hidden", unit="count"),
    Column("waybill_field", "category", "面单栏目", "field of the waybill", "面单上的哪一栏", "Which field of the waybill", values=(
        Value("recipient_name", "收件人姓名", "recipient's name"), Value("recipient_phone", "收件人电话", "recipient's phone"),
        Value("recipient_address", "收件人地址", "recipient's address"), Value("sender_name", "寄件人姓名", "sender's name"),
        Value("sender_phone", "寄件人电话", "sender's phone"), Value("sender_address", "寄件人地址", "sender's address"))),
)  # fmt: skip
