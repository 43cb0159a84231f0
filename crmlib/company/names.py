"""Invented names of shops, companies, institutions and persons.

Brands join two characters that are seldom joined in real ones, places do not exist, and a list of well-known names is left out,
so that nobody is taken for a real firm. Any likeness is chance.
"""

from __future__ import annotations

import functools
import itertools

import numpy as np

FIRST = "澜栖砚霁岫沐芷砾菱朔棠翎桐溯屿岚筱蔚檀濯苓漪鸢瑭"
SECOND = "禾笙屿峤茗汀桉芃翊栎沅衡堇柚黛川野舟澍荞榆隽钰澄"
KNOWN = frozenset({"沐川", "菱川", "蔚川", "棠屿", "屿川"})
"""Pairs that are the names of places or brands."""

_SHOP_KIND = ("女装", "童装", "文具", "茶叶", "家居", "零食", "鞋包", "饰品", "母婴", "手机壳", "护肤", "渔具", "宠物用品", "小家电", "农产", "运动装")
_SHOP_END = ("小铺", "专营店", "工作室", "优选", "商行", "铺子", "杂货店", "坊")
_FIRM_KIND = ("精密制造", "电子科技", "医药", "国际贸易", "服饰", "印务", "汽车零部件", "生物技术", "信息咨询", "仪器", "食品", "纺织", "法律服务", "建材")
_FIRM_END = ("有限公司", "股份有限公司", "集团有限公司")
_PLACE_FIRST = "云栖碧青白松月"
_PLACE_SECOND = "芷岫汐笙栎"
_OFFICE = ("区图书馆", "区政务服务中心", "区人民医院", "中学", "社区服务中心", "公益基金会", "区税务所", "职业技术学校", "区档案馆", "慈善会")
_SMALL_KIND = ("打印店", "花店", "修理铺", "裁缝铺", "水果店", "摄影", "书店", "眼镜店", "茶馆", "琴行")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "若芷沐昕晓宛书语思可锦知雨映清舒亦佳安冉"
_ABROAD_FIRST = ("布兰", "科德", "维尔", "诺森", "哈比", "艾什", "洛格", "塔林", "奥斯", "芬利")
_ABROAD_SECOND = ("福德商贸", "维克贸易", "兰特进出口", "摩尔商行", "顿贸易", "沃斯商贸")


def _join(*parts: tuple[str, ...] | str) -> list[str]:
    return ["".join(combination) for combination in itertools.product(*parts)]


def _brands() -> list[str]:
    return [brand for brand in _join(FIRST, SECOND) if brand[0] != brand[1] and brand not in KNOWN]


def _offices() -> list[str]:
    return _join(_PLACE_FIRST, _PLACE_SECOND, _OFFICE)


_KINDS = {
    "shop": lambda: _join(_brands(), _SHOP_KIND, _SHOP_END),
    "firm": lambda: _join(_brands(), _FIRM_KIND, _FIRM_END),
    "office": _offices,
    "small_firm": lambda: _join(_brands(), _SMALL_KIND),
    "person": lambda: [name for name in _join(_SURNAMES, _GIVEN, _GIVEN) if name[1] != name[2]],
    "abroad": lambda: [f"{name}（境外）" for name in _join(_ABROAD_FIRST, _ABROAD_SECOND)],
}


@functools.cache
def _stock(kind: str) -> np.ndarray:
    return np.array(_KINDS[kind](), dtype=object)


def draw_names(kinds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One name for each entry of `kinds` (shop, firm, office, small_firm, person, abroad), no name twice while the stock lasts.

    When more names of a kind are wanted than there are, a number is put behind the name.

    >>> len(set(draw_names(np.array(["person"] * 50), np.random.default_rng(1))))
    50
    """
    names = np.empty(len(kinds), dtype=object)
    for kind in _KINDS:
        wanted = np.flatnonzero(kinds == kind)
        if not len(wanted):
            continue
        stock = _stock(kind)
        keys, count = rng.random(len(stock)), min(len(wanted), len(stock))
        smallest = np.argpartition(keys, count - 1)[:count]
        order = smallest[np.argsort(keys[smallest], kind="stable")]
        rounds, place = np.divmod(np.arange(len(wanted)), count)
        names[wanted] = [f"{name}{turn + 1}" if turn else name for name, turn in zip(stock[order[place]], rounds, strict=True)]
    return names
