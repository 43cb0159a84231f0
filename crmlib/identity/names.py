"""Names taken apart: legal form, ending and branch of a company; polite forms of a person."""

from __future__ import annotations

import re

from crmlib.identity.texts import half_width, without_blanks

LEGAL_FORMS = (
    "股份有限公司", "集团有限公司", "有限责任公司", "集团公司", "股份公司", "有限公司", "集团", "公司", "co.,ltd.", "co.,ltd", "ltd.", "ltd", "inc.", "inc", "gmbh",
)  # fmt: skip
SHOP_ENDINGS = (
    "旗舰店",
    "专营店",
    "专卖店",
    "工作室",
    "杂货店",
    "经营部",
    "小铺",
    "优选",
    "商行",
    "商店",
    "铺子",
    "坊",
)
_BRANCH = re.compile(r"^(.+(?:公司|集团))(.{1,7}?)(?:分公司|分部|办事处|营业部)$")
_BRACKETS = str.maketrans("()", "（）")
"""In Chinese names brackets stay wide."""
_POLITE = re.compile(r"^(.+?)(先生|女士|小姐|太太|老师|经理|老板|主任|总)$")
_DOUBLE_SURNAMES = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "夏侯",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "司徒",
        "长孙",
        "宇文",
        "端木",
    ]
)


def split_name(name: str) -> dict[str, str]:
    """A company's name in its parts.

    Answers: what is left of the name when everything is gone that clerks write differently?

    Parameters
    ----------
    name : str, as a system has it

    Returns
    -------
    dict
        name (half width but for brackets, no blanks), name_core (without branch and legal form),
        name_stem (without a shop's ending too, such as 小铺), legal_form and branch_town, each "" where there is none

    Source: teaching rule; Christen, *Data Matching* (2012), ch. 3.

    >>> split_name("澜禾 女装小铺有限公司")
    {'name': '澜禾女装小铺有限公司', 'name_core': '澜禾女装小铺', 'name_stem': '澜禾女装', 'legal_form': '有限公司', 'branch_town': ''}
    >>> split_name("沐川法律服务有限公司杭州分公司")["branch_town"]
    '杭州'
    """
    plain = without_blanks(half_width(str(name))).translate(_BRACKETS)
    found = _BRANCH.match(plain)
    head, branch = found.groups() if found else (plain, "")
    small = head.lower()
    form = next(
        (
            form
            for form in LEGAL_FORMS
            if small.endswith(form) and len(head) > len(form) + 1
        ),
        "",
    )
    core = head[: len(head) - len(form)].rstrip(",.")
    ending = next(
        (
            end
            for end in SHOP_ENDINGS
            if core.endswith(end) and len(core) > len(end) + 1
        ),
        "",
    )
    return {"name": plain, "name_core": core.lower(), "name_stem": core[: len(core) - len(ending)].lower(),
            "legal_form": head[len(core) :], "branch_town": branch}  # fmt: skip


def form_kind(form: str) -> str:
    """The kind of company that a legal form names: group, joint_stock, limited, or "" where the form leaves it open.

    >>> form_kind("集团有限公司"), form_kind("有限责任公司"), form_kind("公司")
    ('group', 'limited', '')
    """
    return (
        "group"
        if "集团" in form
        else "joint_stock"
        if "股份" in form
        else "limited"
        if "有限" in form
        else ""
    )


def split_contact(contact: str) -> tuple[str, bool]:
    """A contact's name without a polite form, and whether only the surname is known.

    >>> split_contact("王女士"), split_contact("王若芷 先生"), split_contact("王若芷")
    (('王', True), ('王若芷', False), ('王若芷', False))
    """
    plain = without_blanks(half_width(str(contact)))
    if not (polite := _POLITE.match(plain)):
        return plain, False
    person = polite.group(1)
    if len(person) == 1 or person in _DOUBLE_SURNAMES:
        return person, True
    return person, False


def surname(person: str) -> str:
    """The surname of a Chinese name.

    >>> surname("王若芷"), surname("欧阳娜")
    ('王', '欧阳')
    """
    return person[:2] if person[:2] in _DOUBLE_SURNAMES else person[:1]
