"""What the columns of keys, retention, consent, pledges and the access log are called: labels for figures and headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_TEXTS = (
    ("key_id", "密钥编号", "key", "用哪一把密钥加密", "The key under which values are encrypted"),
    ("hash", "散列值", "hash", "不带密钥的散列值", "The hash without a key"),
    ("number", "号码", "number", "试出来的号码；没试出的留空", "The number that was found; empty where none was"),
    ("rule", "规则", "rule", "依据哪条标准", "The standard it goes by"),
    ("dated_by", "起算", "counted from", "从哪一天算起", "The day from which the months count"),
    ("row_key", "行", "row", "哪一行", "The row"),
    ("person_id", "工作人员编号", "staff number", "谁", "Who"),
    ("text_version", "文本版本", "version of the text", "看的、签的是哪一版文本", "Which text was shown or signed"),
    ("text_digest", "文本指纹", "digest of the text", "签的文本有没有被改过，一比就知道", "Shows whether a signed text was changed"),
    ("columns", "列", "columns", "哪几列", "Which columns"),
)
_NUMBERS = (
    ("value_count", "count", "值的个数", "values", "有几个值", "How many values"),
    ("try_count", "count", "试了几个号码", "numbers that fit", "符合号码样式的有几个", "How many numbers fit the pattern"),
    ("keep_months", "months", "保留月数", "months kept", "保留几个月", "For how many months it is kept"),
    ("row_count", "count", "行数", "rows", "有几行", "How many rows"),
    ("due_count", "count", "到期行数", "rows due", "有几行到期该处理", "How many rows are due"),
    (
        "usual_count",
        "count",
        "同岗位平均",
        "usual",
        "同岗位别人一天平均看几位客户",
        "How many customers the others of the role look at on a day",
    ),
    ("entry", "count", "记录序号", "entry", "第几条记录", "Number of the entry"),
)
_DATES = (
    ("made_on", "生成日期", "made on", "密钥哪天生成", "The day the key was made"),
    ("due_before", "早于此日到期", "due before", "这一天以前的都到期", "What is from before this day is due"),
    ("oldest_on", "最早的日期", "oldest", "还留着的里面最早的一天", "The oldest that is still kept"),
    ("signed_at", "签署时间", "signed at", "什么时候签的", "When it was signed"),
    ("holds_until", "有效至", "holds until", "承诺书到哪天要重签", "When the pledge must be signed anew"),
)
_YES_NO = (
    ("active", "正在使用", "in use", "新值用这把密钥加密", "New values are encrypted under it"),
    ("needs_consent", "需要同意", "needs consent", "联系之前要不要客户同意", "Whether the customer must agree first"),
    ("given", "同意", "given", "同意为是，撤回为否", "Yes: agreed; no: withdrawn"),
    ("may_contact", "可以联系", "may be contacted", "这一刻能不能联系", "Whether the customer may be contacted then"),
    ("signed", "承诺有效", "pledge holds", "承诺书有没有签、是否还有效", "Whether a pledge was signed and still holds"),
    ("alarm", "要问一问", "to be asked", "看的客户多得不寻常", "Unusually many customers were looked at"),
)
PRIVACY_LEDGER_COLUMNS = (
    *(Column(name, "text", zh, en, meaning_zh, meaning_en) for name, zh, en, meaning_zh, meaning_en in _TEXTS),
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    *(Column(name, "date", zh, en, meaning_zh, meaning_en, unit="date") for name, zh, en, meaning_zh, meaning_en in _DATES),
    *(Column(name, "yes_no", zh, en, meaning_zh, meaning_en) for name, zh, en, meaning_zh, meaning_en in _YES_NO),
    Column("purpose", "category", "用途", "purpose", "为什么联系客户", "What the customer is contacted for", values=(
        Value("delivery_notice", "快件通知", "notice of a parcel"), Value("after_sales", "售后答复", "answer to a case"),
        Value("survey", "满意度调查", "survey"), Value("marketing", "优惠推广", "offers"), Value("profiling", "画像和预测", "tags and forecasts"),
        Value("all", "全部用途", "all purposes"))),
    Column("then", "category", "怎么处理", "what then", "到期以后怎么处理", "What happens when it is due", values=(
        Value("erase", "删除内容", "erase"), Value("unlink", "断开客户", "unlink"), Value("review", "请人决定", "somebody decides"),
        Value("keep", "保留", "keep"), Value("check", "请人再看", "look again"))),
    Column("why", "category", "理由", "why", "为什么查看客户信息", "Why somebody looked", values=(
        Value("case", "处理工单", "a case"), Value("call", "客户来电", "a call"), Value("delivery", "派送", "delivery"), Value("billing", "对账", "billing"),
        Value("visit", "拜访客户", "a visit"), Value("own_request", "客户本人要求", "the customer's own request"), Value("check", "检查", "a check"),
        Value("analysis", "数据分析", "analysis"), Value("training", "培训", "training"))),
)  # fmt: skip
"""Labels of the tables that `crmlib.privacy` keeps and returns, besides those of classes and views."""
