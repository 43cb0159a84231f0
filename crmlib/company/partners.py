"""The firm's partners: airlines, hauliers, lockers, customs brokers, marketplaces. All invented."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Partner:
    """One partner: what it does, where, since when, and the firm's rating of 1 to 5."""

    name_zh: str
    name_en: str
    kind: str
    region: str
    since: dt.date
    rating: float


def _partner(zh: str, en: str, kind: str, region: str, since: str, rating: float) -> Partner:
    return Partner(zh, en, kind, region, dt.date.fromisoformat(since), rating)


PARTNERS: tuple[Partner, ...] = (
    _partner("鸿羽货运航空", "Hongyu Cargo Air", "airline", "all", "2016-05-01", 4.4),
    _partner("岫云航空", "Xiuyun Airlines", "airline", "east", "2018-09-15", 4.1),
    _partner("苍原航空", "Cangyuan Airlines", "airline", "west", "2021-03-01", 3.6),
    _partner("科德跨洋航空", "Kode Transoceanic", "airline", "abroad", "2019-11-01", 3.9),
    _partner("诺森全货机", "Nosen Freighters", "airline", "abroad", "2025-09-01", 4.0),
    _partner("砾石干线", "Lishi Trunk Lines", "haulier", "east", "2013-04-01", 4.3),
    _partner("沅途运输", "Yuantu Haulage", "haulier", "central", "2014-07-01", 4.0),
    _partner("朔野车队", "Shuoye Fleet", "haulier", "west", "2015-10-01", 3.5),
    _partner("榆川物流车队", "Yuchuan Fleet", "haulier", "west", "2022-06-01", 3.8),
    _partner("菱舟公铁联运", "Lingzhou Road and Rail", "haulier", "central", "2020-01-10", 4.2),
    _partner("澜汀快运车队", "Lanting Fleet", "haulier", "east", "2025-03-15", 4.1),
    _partner("方格子快递柜", "Fanggezi Lockers", "locker", "east", "2017-03-01", 4.2),
    _partner("邻里角驿站", "Linlijiao Pick-up Points", "locker", "central", "2018-08-01", 3.7),
    _partner("山城寄存柜", "Shancheng Lockers", "locker", "west", "2020-12-01", 3.4),
    _partner("校园小站", "Campus Corner", "locker", "all", "2019-09-01", 4.0),
    _partner("翎桥报关", "Lingqiao Customs Brokers", "broker", "east", "2015-02-01", 4.5),
    _partner("沐港报关行", "Mugang Brokers", "broker", "east", "2023-05-20", 3.9),
    _partner("维尔清关", "Weir Clearance", "broker", "abroad", "2017-06-01", 4.1),
    _partner("塔林清关", "Talin Clearance", "broker", "abroad", "2021-10-01", 3.3),
    _partner("栎岸报关", "Li'an Brokers", "broker", "west", "2024-04-01", 3.8),
    _partner("青鸟集市", "Qingniao Market", "marketplace", "all", "2014-11-01", 4.0),
    _partner("百灵商城", "Bailing Mall", "marketplace", "all", "2016-06-01", 4.2),
    _partner("山货街", "Shanhuo Street", "marketplace", "west", "2021-08-01", 3.9),
    _partner("远帆出海", "Yuanfan Abroad", "marketplace", "abroad", "2022-02-01", 4.3),
    _partner("晚市直播", "Wanshi Live", "marketplace", "all", "2025-05-01", 3.5),
)
"""The partners that joined before November 2026."""
