"""What is true of a customer before any system writes it down: name, contact, phones, address, identity number, e-mail; all invented.

No number can be a real one: mobiles begin with 129 (mobile numbers begin with 13 to 19), the local part of a landline begins with 0
(which is the trunk prefix), tax numbers with Z (which the code does not use), identity cards with 99 (no such province), and e-mail
domains end in .example (reserved for examples). Provinces, cities and area codes are real; districts and streets are invented.
"""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from crmlib.company.draws import Stream, pick
from crmlib.company.names import FIRST, SECOND

PLACES = (
    ("east", "浙江省", "浙江", "杭州", "0571", 3), ("east", "浙江省", "浙江", "金华", "0579", 3), ("east", "广东省", "广东", "广州", "020", 3),
    ("east", "广东省", "广东", "深圳", "0755", 3), ("east", "广东省", "广东", "揭阳", "0663", 2), ("east", "江苏省", "江苏", "苏州", "0512", 2),
    ("east", "江苏省", "江苏", "南京", "025", 1), ("east", "上海市", "上海", "", "021", 2), ("east", "北京市", "北京", "", "010", 1),
    ("east", "山东省", "山东", "青岛", "0532", 1), ("east", "福建省", "福建", "泉州", "0595", 2), ("east", "河北省", "河北", "保定", "0312", 1),
    ("central", "河南省", "河南", "郑州", "0371", 3), ("central", "湖北省", "湖北", "武汉", "027", 3), ("central", "湖南省", "湖南", "长沙", "0731", 2),
    ("central", "安徽省", "安徽", "合肥", "0551", 2), ("central", "江西省", "江西", "南昌", "0791", 1),
    ("west", "四川省", "四川", "成都", "028", 3), ("west", "重庆市", "重庆", "", "023", 2), ("west", "陕西省", "陕西", "西安", "029", 2),
    ("west", "广西壮族自治区", "广西", "南宁", "0771", 1), ("west", "云南省", "云南", "昆明", "0871", 1),
    ("west", "内蒙古自治区", "内蒙古", "呼和浩特", "0471", 1), ("west", "新疆维吾尔自治区", "新疆", "乌鲁木齐", "0991", 1),
    ("abroad", "境外", "境外", "诺森", "00", 1), ("abroad", "境外", "境外", "维尔", "00", 1), ("abroad", "境外", "境外", "塔林港", "00", 1),
)  # fmt: skip
"""Region, province in full and short, city (empty: the province is one), area code, weight within the region."""

_SURNAMES = dict(zip(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
    "wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo".split(), strict=True))  # fmt: skip
_GIVEN = dict(zip(
    "若芷沐昕晓宛书语思可锦知雨映清舒亦佳安冉",
    "ruo zhi mu xin xiao wan shu yu si ke jin zhi yu ying qing shu yi jia an ran".split(), strict=True))  # fmt: skip
_PINYIN = _GIVEN | _SURNAMES
_DISTRICTS = tuple(f"{first}{second}区" for first in "云栖碧青白松月" for second in "芷岫汐笙栎")
_STREETS = tuple(f"{first}{second}{end}" for first in FIRST for second in SECOND for end in ("路", "街", "大道"))
_DOMAINS = ("youjian.example", "shangpu.example", "gongsi.example", "mail.example")
_LANDLINE = {"government_nonprofit": 0.95, "group": 0.75, "individual": 0.15}
_EMAIL = {"e_commerce": 0.80, "corporate": 0.90, "walk_in": 0.45}

FIELDS = ("name", "contact_name", "mobile", "landline", "address", "id_number", "email")


def draw_profiles(customers: pd.DataFrame, stream: Stream, *, namesakes: float, topic: str = "sources") -> dict[str, np.ndarray]:
    """By column, one entry a customer: name, contact_name, mobile, landline, province, province_short, city, district, street, detail
    (number and room), id_type, id_number, email. None where the customer has no such thing.

    `namesakes` is the share of customers who bear the name of another customer of the same kind.
    """
    uniform = _Uniforms(stream, topic, len(customers))
    market, nature, region = (customers[column].to_numpy(dtype=object) for column in ("market", "nature", "region"))
    name = _namesakes(customers, uniform("namesake"), uniform("whose"), namesakes)
    contact = np.where((market == "walk_in") & (nature == "individual"), name, _persons(uniform))
    place = _places(region, uniform("place"))
    landline = (uniform("has landline") < _by(customers["nature"], _LANDLINE)) & (region != "abroad")
    email = uniform("has e-mail") < _by(customers["market"], _EMAIL)
    company = nature != "individual"
    return {
        "name": name, "contact_name": contact, "mobile": "129" + _digits(uniform("mobile"), 8),
        "landline": np.where(landline, _landlines(place, uniform), None),
        "province": _part(1)[place], "province_short": _part(2)[place], "city": _part(3)[place],
        "district": _one_of(_DISTRICTS, uniform("district")), "street": _one_of(_STREETS, uniform("street")),
        "detail": _details(customers["area"].to_numpy(dtype=object), uniform),
        "id_type": np.where(company, "tax_number", "identity_card").astype(object),
        "id_number": np.where(company, _tax_numbers(uniform), _identity_cards(uniform)),
        "email": np.where(email, _emails(contact, uniform), None),
    }  # fmt: skip


class _Uniforms:
    """Uniform numbers in [0, 1) by topic, always so many."""

    def __init__(self, stream: Stream, topic: str, size: int) -> None:
        self.stream, self.topic, self.size = stream, topic, size

    def __call__(self, topic: str) -> np.ndarray:
        return self.stream.uniforms(f"{self.topic}/{topic}", self.size)


def _persons(uniform: _Uniforms) -> np.ndarray:
    """Names of persons, a third of them with a single given character."""
    surname, first = _one_of(tuple(_SURNAMES), uniform("surname")), _one_of(tuple(_GIVEN), uniform("given"))
    second = np.where(uniform("single") < 1 / 3, "", _one_of(tuple(_GIVEN), uniform("second")))
    return surname + first + second


def _part(column: int) -> np.ndarray:
    """One column of PLACES as the address has it."""
    return np.array([f"{row[3]}市" if column == 3 and row[3] and row[0] != "abroad" else row[column] for row in PLACES], dtype=object)


def _places(region: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    place = np.zeros(len(region), dtype=np.int64)
    for name in ("east", "central", "west", "abroad"):
        rows, known = np.flatnonzero(region == name), [number for number, row in enumerate(PLACES) if row[0] == name]
        weights = np.array([PLACES[number][5] for number in known], dtype=float)
        place[rows] = np.array(known)[pick(uniform[rows], weights / weights.sum())]
    return place


def _namesakes(customers: pd.DataFrame, chance: np.ndarray, whose: np.ndarray, share: float) -> np.ndarray:
    names = customers["name"].to_numpy(dtype=object).copy()
    kinds = (customers["market"].astype(str) + customers["nature"].astype(str) + (customers["region"] == "abroad").astype(str)).to_numpy()
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        copies, originals = rows[chance[rows] < share], rows[chance[rows] >= share]
        if len(originals):
            names[copies] = names[originals[(whose[copies] * len(originals)).astype(int)]]
    return names


def _landlines(place: np.ndarray, uniform: _Uniforms) -> np.ndarray:
    return _part(4)[place] + "-0" + _digits(uniform("landline"), 7)


def _details(area: np.ndarray, uniform: _Uniforms) -> np.ndarray:
    number, block, room = (_numbers(uniform(topic), most) for topic, most in (("number", 499), ("block", 12), ("room", 28)))
    stall = area == "specialised_market"
    kind = np.select([stall, area == "business_district"], np.array(["区", "座"], dtype=object), "栋")
    return number + "号" + block + kind + np.where(stall, room + "铺", _numbers(uniform("floor"), 18) + "0" + block + "室")


def _tax_numbers(uniform: _Uniforms) -> np.ndarray:
    return "Z1" + _digits(uniform("tax/first"), 8) + _digits(uniform("tax/last"), 8)


def _identity_cards(uniform: _Uniforms) -> np.ndarray:
    year, month, day = ((uniform(topic) * count).astype(int) for topic, count in (("year", 45), ("month", 12), ("day", 28)))
    born = ((1960 + year) * 10000 + (1 + month) * 100 + 1 + day).astype(str).astype(object)
    return "99" + _digits(uniform("card/place"), 4) + born + _digits(uniform("card/last"), 4)


def _emails(contact: np.ndarray, uniform: _Uniforms) -> np.ndarray:
    codes, names = pd.factorize(contact)
    spelled = np.array(["".join(_PINYIN.get(character, "") for character in name) for name in names], dtype=object)
    return spelled[codes] + _digits(uniform("e-mail"), 3) + "@" + _one_of(_DOMAINS, uniform("domain"))


def _one_of(stock: tuple[str, ...], uniform: np.ndarray) -> np.ndarray:
    return np.array(stock, dtype=object)[(uniform * len(stock)).astype(int)]


def _numbers(uniform: np.ndarray, most: int) -> np.ndarray:
    """Numbers from 1 to `most` as text."""
    return np.array([str(number) for number in range(1, most + 1)], dtype=object)[(uniform * most).astype(int)]


def _digits(uniform: np.ndarray, places: int) -> np.ndarray:
    """So many random digits as text; where there are many, in two halves, each looked up."""
    if places <= 4:
        return _stock(places)[(uniform * 10**places).astype(int)]
    high = uniform * 10 ** (places - 4)
    return _digits(high / 10 ** (places - 4), places - 4) + _digits(high % 1, 4)


@functools.cache
def _stock(places: int) -> np.ndarray:
    return np.array([f"{number:0{places}d}" for number in range(10**places)], dtype=object)


def _by(values: pd.Series, shares: dict[str, float]) -> np.ndarray:
    return values.map(shares).to_numpy(dtype=float)
