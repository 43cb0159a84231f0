"""What the columns and codes of identity resolution are called, in both languages."""

from __future__ import annotations

from crmlib.company.contract import Column, Value

_TEXTS = (
    ("name_core", "名称主干", "core of the name", "去掉法律形式和分公司之后的名称", "The name without legal form and branch"),
    ("name_stem", "名称词干", "stem of the name", "再去掉店铺后缀（小铺、专营店）", "The core without a shop's ending"),
    ("legal_form", "法律形式", "legal form", "有限公司、集团有限公司等", "Such as Ltd. or Group Co., Ltd."),
    ("branch_town", "分公司", "branch", "分公司所在地；总公司为空", "The branch's town; empty for the head office"),
    ("province", "省", "province", "补全的省、自治区、直辖市", "Province in full"),
    ("city", "市", "city", "补全的地级市", "City in full"),
    ("district", "区县", "district", "区、县、旗", "District or county"),
    ("street", "街道", "street", "路、街、巷", "Street"),
    ("house", "门牌", "house", "门牌号、楼栋、房间", "Number, building, room"),
    ("before", "原来的写法", "before", "系统里原来写的", "As the system had it"),
    ("after", "整理后", "after", "统一之后的写法", "In one form"),
    ("change_rules", "用了哪些规则", "rules", "哪些规则改了它", "The rules that changed it"),
    ("unified_id", "统一客户号", "unified id", "一个真实客户只有一个", "One for each real customer"),
    ("site", "机构", "site", "分公司所在地；总公司为空", "The branch's town; empty for the head office"),
    ("name_left", "左边的名称", "name, left", "一对里左边那条记录的名称", "Name in the left record of a pair"),
    ("name_right", "右边的名称", "name, right", "一对里右边那条记录的名称", "Name in the right record of a pair"),
    ("mobile_left", "左边的手机", "mobile, left", "一对里左边那条记录的手机", "Mobile in the left record of a pair"),
    ("mobile_right", "右边的手机", "mobile, right", "一对里右边那条记录的手机", "Mobile in the right record of a pair"),
    ("id_number_left", "左边的证件", "identity number, left", "一对里左边那条记录的证件号码", "Identity number in the left record of a pair"),
    ("id_number_right", "右边的证件", "identity number, right", "一对里右边那条记录的证件号码", "Identity number in the right record of a pair"),
    ("blocking_key", "分块键", "blocking key", "相同才会拿来比较", "Records that agree in it are compared"),
)
_NUMBERS = (
    ("blocks", "count", "块数", "blocks", "两条记录以上的块", "Blocks of two records and more"),
    ("largest_block", "count", "最大的块", "largest block", "最大的块里有几条记录", "Records in the largest block"),
    ("new_pairs", "count", "新增的对", "new pairs", "前面的键没找到的对", "Pairs that no key before found"),
    ("skipped_blocks", "count", "跳过的块", "blocks skipped", "太大而跳过的块", "Blocks that were too large"),
    ("skipped_records", "count", "跳过的记录", "records skipped", "跳过的块里有几条记录", "Records in the blocks that were skipped"),
    ("true_pairs", "count", "真的对", "true pairs", "其中确实是同一客户的对", "Pairs that are one customer"),
    ("m", "share", "m 概率", "m", "同一客户的对里这个档次占多少", "Share of the level among pairs of one customer"),
    ("u", "share", "u 概率", "u", "不同客户的对里这个档次占多少", "Share of the level among pairs of two customers"),
    ("nameless_found", "share", "去名名单里认得出的", "found in the list without names", "没有姓名的名单里能认出的人占几成",
     "Share of people who can be found in a list without names"),
    ("pairs", "count", "几对", "pairs", "找到几对", "Pairs found"),
    ("probability", "share", "概率", "probability", "是同一个客户的概率", "Probability of being one customer"),
    ("agreeing", "count", "说法一致", "agreeing", "有几条记录说的一样", "Records that say the same"),
    ("disagreeing", "count", "说法不同", "others", "有几条记录说的不一样", "Records that say something else"),
    ("labelled", "count", "人工看过", "labelled", "人工看过几对", "Pairs looked at by hand"),
    ("real_customers", "count", "真实客户数", "real customers", "由抽查估出的真实客户数", "Real customers, estimated from a check"),
    ("pieces", "count", "分在几个号里", "pieces", "这个客户分散在几个统一客户号里", "Over how many ids the customer is spread"),
    ("people", "count", "里面有几个客户", "people", "这个号里其实有几个客户", "How many customers the id really holds"),
    ("systems", "count", "几个系统", "systems", "在几个系统里有记录", "How many systems hold records"),
)
_YES_NO = (
    ("contact_polite", "只知姓氏", "only the surname", "联系人只写了王女士这样的称呼", "The contact is only a form of address"),
    ("linked", "已连上", "linked", "这一对判为同一客户", "The pair was taken for one customer"),
)

IDENTITY_COLUMNS: tuple[Column, ...] = (
    Column("agreement_level", "category", "一致程度", "agreement", "两条记录在一个字段上有多一致", "How far two records agree in a field", values=(
        Value("equal_rare", "相同（少见）", "same, rare"), Value("equal_common", "相同（常见）", "same, common"), Value("equal", "相同", "same"),
        Value("short_form", "一个是简称", "short form"), Value("one_slip", "差一处笔误", "one slip"),
        Value("other_form", "公司形式不同", "other legal form"), Value("head_and_branch", "总公司与分公司", "head and branch"),
        Value("surname", "姓氏相同", "same surname"), Value("same_city", "同城不同址", "same city"),
        Value("different", "不同", "different"), Value("missing", "没有可比的", "nothing to compare"))),
    Column("change_rule", "category", "整理规则", "rule of cleaning", "哪条规则改了字段", "Which rule changed a field", values=(
        Value("full_width", "全角转半角", "full width"), Value("spacing", "去空格", "blanks"), Value("traditional", "繁体转简体", "traditional"),
        Value("legal_form", "分出法律形式", "legal form"), Value("polite_form", "去称呼", "form of address"),
        Value("phone_format", "号码格式", "phone format"), Value("not_a_number", "不是号码", "not a number"),
        Value("place_names", "补全省市", "places in full"), Value("letter_case", "大小写", "letter case"), Value("branch_town", "分出分公司", "branch set apart"))),
    Column("table", "category", "哪张表", "table", "公司的哪张表", "Which table of the firm", values=(
        Value("customers", "客户表", "customers"),)),
    Column("link_decision", "category", "处理", "decision", "这一对怎么处理", "What became of the pair", values=(
        Value("link", "连上", "linked"), Value("review", "人工看", "for a person"), Value("apart", "不连", "apart"))),
    Column("identity_measure", "category", "指标", "measure", "识别得好不好", "How good the ids are", values=(
        Value("pair_precision", "配对查准率", "pairs: precision"), Value("pair_recall", "配对查全率", "pairs: recall"),
        Value("cluster_precision", "客户查准率", "customers: precision"), Value("cluster_recall", "客户查全率", "customers: recall"),
        Value("integrated", "跨系统整合率", "integrated across systems"), Value("precision", "查准率", "precision"),
        Value("recall", "查全率", "recall"), Value("false_links", "连错的对", "false links"), Value("missed_pairs", "漏掉的对", "missed pairs"))),
    Column("survival_rule", "category", "取值规则", "rule", "几条记录说法不同时取哪个", "Which value wins where records disagree", values=(
        Value("majority", "多数一致", "majority"), Value("newest", "最新的", "newest"), Value("earliest", "最早的", "earliest"),
        Value("trusted", "最可信的系统", "most trusted system"), Value("longest", "写得最全的", "longest"))),
    Column("identity_problem", "category", "矛盾", "problem", "一个客户号里的矛盾", "A contradiction within an id", values=(
        Value("chain", "靠中间记录连上", "linked through others"), Value("numbers_differ", "证件号码不同", "identity numbers differ"),
        Value("person_says_different", "人工判为不同", "a person says different"), Value("several_companies", "同名总公司不止一家", "several companies"))),
    *(Column(name, "text", zh, en, meaning_zh, meaning_en) for name, zh, en, meaning_zh, meaning_en in _TEXTS),
    *(Column(name, "number", zh, en, meaning_zh, meaning_en, unit=unit) for name, unit, zh, en, meaning_zh, meaning_en in _NUMBERS),
    *(Column(name, "yes_no", zh, en, meaning_zh, meaning_en) for name, zh, en, meaning_zh, meaning_en in _YES_NO),
)  # fmt: skip
"""Derived columns of crmlib.identity, for `crmlib.company.schema`."""
