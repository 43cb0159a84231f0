"""What the columns of a customer's page and of its advice are called: headings, no contract."""

from __future__ import annotations

from crmlib.company.contract import Column

PROFILE_PAGE_COLUMNS = tuple(
    Column(name, dtype, zh, en, meaning_zh, meaning_en, unit=unit)
    for name, dtype, unit, zh, en, meaning_zh, meaning_en in (
        ("action_sentence", "text", "", "做什么", "what to do", "页面建议的那句话", "The sentence of advice"),
        ("seen_by_columns", "text", "", "依据哪些列", "rests on columns", "看不到这些列的角色，也得不到这条建议", "Roles that do not see these columns are not given the advice"),
        ("is_offer", "yes_no", "", "是否营销", "is an offer", "营销要先有客户同意", "An offer needs the customer's consent"),
        ("section", "text", "", "部分", "section", "页面的哪一部分", "The part of the page"),
        ("fact", "text", "", "项目", "fact", "这一项的代码", "The code of the fact"),
        ("words", "text", "", "说法", "in words", "页面上的说法", "What the page calls it"),
        ("shown", "text", "", "显示为", "shown as", "页面上怎么写", "How it stands on the page"),
        ("from_columns", "text", "", "来自哪些列", "from columns", "由哪些列得出", "The columns that it comes from"),
        ("is_masked", "yes_no", "", "是否遮蔽", "is masked", "对这个角色遮蔽或取整", "Masked or rounded for the role"),
    )
)
