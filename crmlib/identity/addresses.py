"""省市区 addresses in their parts: province in full, city, district, street, house."""

from __future__ import annotations

import functools
import re
import tomllib
from importlib.resources import files

from crmlib.identity.texts import half_width, without_blanks

PARTS = ("province", "city", "district", "street", "house")
_NATIONALITY = re.compile(
    "(?:朝鲜族|土家族|苗族|藏族|羌族|彝族|布依族|侗族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族|蒙古族|蒙古|柯尔克孜|哈萨克)*(?:自治州|地区|盟)$"
)
_REST = re.compile(
    r"(?P<district>\D{1,8}?(?:自治县|区|县|旗|市))?(?P<street>\D*?(?:大道|路|街(?!道)|巷|弄|胡同)|\D+(?=\d))?(?P<house>.*)$"
)


@functools.cache
def _gazetteer() -> tuple[
    dict[str, str], dict[str, tuple[str, str]], re.Pattern, re.Pattern
]:
    """Provinces and cities by every way to write them, and patterns that find them."""
    data = tomllib.loads(
        files("crmlib.identity").joinpath("places.toml").read_text("utf-8")
    )
    one = {name: f"{name}市" for name in data["municipalities"]}
    full = (
        one
        | data["regions"]
        | {name: f"{name}省" for name in data["cities"] if name not in data["regions"]}
    )
    provinces = {way: long for short, long in full.items() for way in (short, long)} | {
        name: "境外" for name in data["abroad"]
    }
    cities = {long: (long, long) for long in one.values()}
    for short, listed in data["cities"].items():
        for city in listed.split():
            bare = _NATIONALITY.sub("", city)
            long = city if bare != city else f"{city}市"
            for way in {bare, long}:
                cities.setdefault(way, (full[short], long))
    patterns = [
        re.compile("|".join(sorted(map(re.escape, known), key=len, reverse=True)))
        for known in (provinces, cities)
    ]
    return provinces, cities, *patterns


def split_address(address: str) -> dict[str, str]:
    """An address in its parts, with province and city in full whether they were written short, in full or not at all.

    Answers: do 浙江杭州云芷区 and 杭州市云芷区 mean the same place?

    Parameters
    ----------
    address : str, in one text, simplified characters

    Returns
    -------
    dict
        province, city, district, street, house; each "" where it is not found. Of a municipality such as 上海 the city is the
        municipality. A province that is not written follows from the city.

    Source: 民政部《行政区划》 for provinces and cities.

    >>> split_address("浙江杭州云芷区澜禾路12号3栋") == split_address("杭州市云芷区澜禾路１２号3栋")
    True
    >>> split_address("广西南宁云芷区澜禾大道5号")["province"]
    '广西壮族自治区'
    """
    provinces, cities, province_at, city_at = _gazetteer()
    rest = without_blanks(half_width(str(address))).removeprefix("中国")
    province = city = ""
    if found := province_at.match(rest):
        province = provinces[found.group()]
        follows = rest[found.end() :]
        if province in cities:
            city = province
            rest = follows.removeprefix(province)
        elif province != "境外" and follows[:1] == "市" and found.group() in cities:
            province = ""
        else:
            rest = follows
    # A slip in the province leaves a character or two before the city.
    if (
        not city
        and province != "境外"
        and (found := city_at.search(rest, 0, 12))
        and found.start() <= 4
    ):
        home, city = cities[found.group()]
        province = province or home
        rest = rest[found.end() :]
    parts = _REST.match(rest).groupdict(default="")
    return {"province": province, "city": city, **parts}
