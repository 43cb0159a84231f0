"""A schematic map of China: one tile a province-level unit, coloured by the region in which the postal statistics count it."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _, language
from crmlib.plotting.canvas import canvas

_EAST = (
    (6, 2, "北京", "Beijing"), (7, 2, "天津", "Tianjin"), (6, 3, "河北", "Hebei"), (8, 2, "辽宁", "Liaoning"), (8, 4, "上海", "Shanghai"),
    (7, 4, "江苏", "Jiangsu"), (7, 5, "浙江", "Zhejiang"), (6, 6, "福建", "Fujian"), (7, 3, "山东", "Shandong"),
    (5, 6, "广东", "Guang-\ndong"), (4, 7, "海南", "Hainan"),
)  # fmt: skip
_CENTRAL = (
    (5, 2, "山西", "Shanxi"), (8, 1, "吉林", "Jilin"), (8, 0, "黑龙江", "Heilong-\njiang"), (6, 4, "安徽", "Anhui"), (6, 5, "江西", "Jiangxi"),
    (5, 3, "河南", "Henan"), (5, 4, "湖北", "Hubei"), (5, 5, "湖南", "Hunan"),
)  # fmt: skip
_WEST = (
    (5, 1, "内蒙古", "Inner\nMongolia"), (4, 6, "广西", "Guangxi"), (4, 4, "重庆", "Chong-\nqing"), (3, 4, "四川", "Sichuan"),
    (4, 5, "贵州", "Guizhou"), (3, 5, "云南", "Yunnan"), (1, 4, "西藏", "Xizang\n(Tibet)"), (4, 3, "陕西", "Shaanxi"), (3, 2, "甘肃", "Gansu"),
    (2, 3, "青海", "Qinghai"), (4, 2, "宁夏", "Ningxia"), (1, 2, "新疆", "Xinjiang"),
)  # fmt: skip
_OUTSIDE = ((8, 6, "台湾", "Taiwan"), (6, 7, "香港", "Hong\nKong"), (5, 7, "澳门", "Macao"))
PLACES = {"east": _EAST, "central": _CENTRAL, "west": _WEST, "abroad": _OUTSIDE}
"""Column, row, Chinese and English name of every province-level unit, by the region of the postal statistics. Parcels to and from Hong
Kong, Macao and Taiwan are counted together with international ones."""

_COLOURS = {"east": theme.BLUE, "central": theme.GREEN, "west": theme.ORANGE, "abroad": theme.GREY}
_WIDE, _DEEP, _HALF, _BAR = 9, 8, 0.46, 2.2


def region_map(parcels: pd.Series, *, ax: Axes | None = None) -> Axes:
    """Draw how many parcels belong to each region, on a schematic map.

    Answers: where do the parcels come from, or go to?

    Parameters
    ----------
    parcels : Series of numbers, index from east, central, west, abroad
        Regions that are missing count as 0.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        One tile for each of the 34 province-level units. It shows neither borders nor areas.

    Raises
    ------
    ValueError
        `parcels` is no Series of numbers from 0, has an unknown region, or adds up to nothing.

    Source: the three regions are those of the State Post Bureau's monthly figures: 11 eastern, 8 central, 12 western units.

    >>> ax = region_map(pd.Series({"east": 70, "central": 20, "west": 10}))
    >>> [text.get_text() for text in ax.texts if text.get_gid() == "share"]
    ['70.0%', '20.0%', '10.0%', '0.0%']
    """
    if not isinstance(parcels, pd.Series) or not pd.api.types.is_numeric_dtype(parcels):
        raise ValueError(_("region_map needs a Series of numbers by region, such as customers.region.value_counts()."))
    unknown = [str(code) for code in parcels.index if code not in PLACES]
    if unknown or not parcels.index.is_unique:
        raise ValueError(_("region_map knows the regions {known}, each once; it was given {given}.").format(
            known=", ".join(PLACES), given=", ".join(map(str, parcels.index))))  # fmt: skip
    if not (parcels.ge(0).all() and parcels.sum() > 0):
        raise ValueError(_("region_map needs numbers from 0 that add up to more than 0."))
    ax = canvas(ax, height=6.0)
    ax.set(xlim=(0.4, _WIDE - 0.4), ylim=(_DEEP + 0.15, -0.65))
    ax.axis("off")
    for region, places in PLACES.items():
        for column, row, chinese, english in places:
            _tile(ax, column, row, chinese if language() == "zh" else english, _COLOURS[region])
    _legend(ax, parcels.reindex(list(PLACES), fill_value=0))
    note = _(
        "Schematic: one tile a province-level unit; no borders, no areas.\n"
        "Parcels of Hong Kong, Macao and Taiwan are counted with international ones."
    )
    ax.text(0.5, _DEEP + 0.1, note, va="bottom", fontsize=9, linespacing=1.35)
    return ax


def _tile(ax: Axes, column: int, row: int, name: str, colour: str) -> None:
    ax.add_patch(FancyBboxPatch(
        (column - _HALF, row - _HALF), 2 * _HALF, 2 * _HALF, boxstyle="round,pad=0,rounding_size=0.08", facecolor=colour, alpha=0.22,
        edgecolor="none",
    ))  # fmt: skip
    ax.text(column, row, name, ha="center", va="center", fontsize=11 if language() == "zh" else 9, linespacing=1.05)


def _legend(ax: Axes, parcels: pd.Series) -> None:
    """Bars in the empty corner, as long as the regions' parcels."""
    shares = parcels / parcels.sum()
    ax.text(0.55, -0.42, _("Parcels by region"), va="center", fontsize=11, fontweight="bold")
    for place, (region, count) in enumerate(parcels.items()):
        y, colour = 0.42 * place, _COLOURS[region]
        end = _BAR + 0.9 * shares[region] / shares.max()
        name = _("international, Hong\nKong, Macao, Taiwan") if region == "abroad" else label(region, "region")
        ax.text(0.55, y, name, va="center", fontsize=9 if "\n" in name else 10.5, linespacing=1.05)
        ax.barh(y, end - _BAR, left=_BAR, height=0.28, color=colour)
        ax.text(end + 0.06, y, f"{shares[region]:.1%}", va="center", fontsize=10, fontweight="bold", color=colour, gid="share")
        ax.text(end + 0.7, y, f"{count:,.0f}", va="center", fontsize=9)
