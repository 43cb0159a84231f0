"""People's names: how a full name parts into family and given name, and when two writings are one name."""

from __future__ import annotations

import re
import unicodedata

_TWO_CHARACTER_SURNAMES = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 "
    "长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 "
    "南门 羊舌 微生 左丘 东门 西门 第五 梁丘".split()
)
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]+")
_LAST_HAN = 0x2E7F


def tidy_name(text: str) -> str:
    """A name without what lists add: full-width letters, and blanks that only line characters up.

    >>> tidy_name(" 张　伟 "), tidy_name("Ａda  Lovelace"), tidy_name("阿卜杜拉·买买提")
    ('张伟', 'Ada Lovelace', '阿卜杜拉·买买提')
    """
    text = unicodedata.normalize("NFKC", text).replace("•", "·").replace("・", "·")
    text = " ".join(text.split())
    return re.sub(r"(?<=[\u2e80-\U0003ffff]) (?=[\u2e80-\U0003ffff])", "", text)


def last_and_first(name: str) -> tuple[str, str]:
    """Family and given name, as nbgrader keeps them.

    A Chinese name of two to four characters is parted after the family name; of other names, the last word is the family name. What cannot
    be told is kept whole as the given name.

    >>> last_and_first("张伟"), last_and_first("欧阳晓梅"), last_and_first("Ada Lovelace"), last_and_first("阿卜杜拉·买买提")
    (('张', '伟'), ('欧阳', '晓梅'), ('Lovelace', 'Ada'), ('', '阿卜杜拉·买买提'))
    """
    if _HAN.fullmatch(name) and 2 <= len(name) <= 4:
        cut = 2 if name[:2] in _TWO_CHARACTER_SURNAMES and len(name) > 2 else 1
        return name[:cut], name[cut:]
    first, blank, last = name.rpartition(" ")
    if blank and all(ord(character) <= _LAST_HAN for character in name):
        return last, first
    return "", name


def same_name_key(name: str) -> tuple[str, ...]:
    """What two writings of one name have in common: neither case nor blanks count, nor whether the family name comes first.

    >>> same_name_key("Ada Lovelace") == same_name_key("LOVELACE ada"), same_name_key("张 伟") == same_name_key("伟 张")
    (True, True)
    """
    plain = tidy_name(name).casefold().replace("·", "")
    if any(ord(character) > _LAST_HAN for character in plain):
        return tuple(sorted(plain.replace(" ", "")))
    return tuple(sorted(plain.split()))
