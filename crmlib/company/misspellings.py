"""How people mistype Chinese: characters that sound alike or look alike, dropped and swapped ones, traditional and full-width ones."""

from __future__ import annotations

import numpy as np

_ALIKE = """
澜兰阑 栖期牺 砚燕现 霁季济 岫秀袖 沐木沭 芷止芝 砾立铄 菱凌陵 朔硕塑 棠唐堂 翎玲领 桐铜洞 溯素塑 屿宇峪 岚兰凤 筱晓莜 蔚卫慰 檀谈擅 濯卓擢 苓玲芩 漪伊猗 鸢渊莺 瑭糖塘
禾和未 笙生笔 峤桥娇 茗铭名 汀厅订 桉安按 芃朋凡 翊亿羽 栎力砾 沅元玩 衡恒衔 堇锦槿 柚又抽 黛代默 川穿州 野也墅 舟周丹 澍树谢 荞乔莽 榆于愉 隽俊隼 钰玉铉 澄成橙
王汪玉 李理季 张章帐 刘留刊 陈晨阵 杨扬场 赵照越 黄皇横 周州同 吴武昊 徐许涂 孙荪孤 胡湖葫 朱珠未 高糕亮 林琳材 何和河 郭国廓 马玛乌 罗萝锣
若弱苦 昕欣听 晓小绕 宛婉苑 书舒韦 语雨话 思司恩 可克司 锦景绵 知之和 雨羽两 映应英 清青情 舒书舍 亦艺赤 佳家隹 安鞍宴 冉染再
云芸去 碧壁珀 青清晴 白百自 松淞忪 月悦用 汐夕沙 装妆袋 童同章 文纹交 具据其 茶查荼 家佳冢 居局屈 零灵雯 食石良 鞋斜鞍 饰式饬 护户沪 肤夫朕 渔鱼鱿 宠崇庞
电店由 农浓衣 运允远 精晶睛 密蜜宓 造皂选 医依匠 药要约 贸茂留 印引卯 技枝岐 生声主 息西恩 询寻洵 仪议义 器气哭 纺访仿 织职识 律绿津 材财村 品频晶
打达订 花华化 修休俢 缝逢逄 摄涉慑 影引景 眼演银 镜境竟 琴勤芩 馆管官 专砖传 营盈宫 优忧伏 选炫先 商伤高 行航形 铺浦辅 坊方防 路露洛 街接衔 道到首 号好兮 楼偻搂
"""
_TRADITIONAL = """
澜瀾栖棲砚硯霁霽砾礫岚嵐屿嶼筱篠鸢鳶峤嶠栎櫟荞蕎隽雋钰鈺张張刘劉陈陳杨楊赵趙黄黃吴吳孙孫马馬罗羅晓曉书書语語锦錦云雲装裝饰飾宠寵护護肤膚渔漁电電农農运運专專营營优優选選铺鋪
杂雜货貨医醫药藥国國际際贸貿车車仪儀纺紡织織务務询詢缝縫摄攝镜鏡馆館业業团團东東广廣苏蘇庆慶陕陝贵貴宁寧辽遼龙龍门門号號楼樓区區县縣图圖学學会會职職档檔税稅总總产產机機壳殼
鸟鳥岛島济濟沈瀋长長汉漢无無锡錫连連乌烏齐齊鲁魯内內兰蘭阳陽单單栋棟仓倉处處县縣乡鄉
"""

HOMOPHONES: dict[str, str] = {entry[0]: entry[1] for entry in _ALIKE.split()}
"""For a character, one that sounds (nearly) the same."""
LOOKALIKES: dict[str, str] = {entry[0]: entry[2] for entry in _ALIKE.split()}
"""For a character, one that looks like it."""

_PAIRS = "".join(_TRADITIONAL.split())
_TO_TRADITIONAL = str.maketrans(_PAIRS[::2], _PAIRS[1::2])
_TO_FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
_SOUNDS, _LOOKS, _DROPS = 0.50, 0.75, 0.90
"""Up to these shares a slip is a homophone, a look-alike, a dropped character; the rest swaps two neighbours."""


def mistype(texts: np.ndarray, where: np.ndarray, how: np.ndarray) -> np.ndarray:
    """Each text with one slip of the keyboard.

    `where` and `how` are uniform numbers, one a text: which character suffers, and whether it becomes one that sounds alike (half of
    the slips), one that looks alike (a quarter), is dropped (15 %) or changes places with the next (10 %). A text in which no
    character has a known likeness loses one instead. A text of one character stays.

    >>> mistype(np.array(["澜禾女装"], dtype=object), np.array([0.0]), np.array([0.1])).tolist()
    ['兰禾女装']
    """
    return np.array([_slip(text, place, kind) for text, place, kind in zip(texts, where.tolist(), how.tolist(), strict=True)], dtype=object)


def _slip(text: str, where: float, how: float) -> str:
    if len(text) < 2:
        return text
    if how < _LOOKS:
        known = [place for place, character in enumerate(text) if character in HOMOPHONES]
        if known:
            place = known[int(where * len(known))]
            return text[:place] + (HOMOPHONES if how < _SOUNDS else LOOKALIKES)[text[place]] + text[place + 1 :]
    place = int(where * (len(text) - 1))
    if how >= _DROPS and text[place] != text[place + 1]:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + text[place + 1 :]


def mistype_number(numbers: np.ndarray, where: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Each number, written in digits, with one of its last eight digits wrong; `where` and `step` are uniform numbers.

    >>> mistype_number(np.array(["12900000000"], dtype=object), np.array([0.99]), np.array([0.0])).tolist()
    ['12900000001']
    """
    slips = []
    for number, place, by in zip(numbers, (-8 + (where * 8).astype(int)).tolist(), (1 + (step * 9).astype(int)).tolist(), strict=True):
        digits = list(number)
        digits[place] = str((int(digits[place]) + by) % 10)
        slips.append("".join(digits))
    return np.array(slips, dtype=object)


def traditional(texts: np.ndarray) -> np.ndarray:
    """Each text in traditional characters, as far as the names and addresses of the simulated firm need them.

    >>> traditional(np.array(["云栖区书店"], dtype=object)).tolist()
    ['雲棲區書店']
    """
    return np.array([text.translate(_TO_TRADITIONAL) for text in texts], dtype=object)


def full_width(texts: np.ndarray) -> np.ndarray:
    """Each text with its Latin letters, digits and signs in full width.

    >>> full_width(np.array(["12号"], dtype=object)).tolist()
    ['１２号']
    """
    return np.array([text.translate(_TO_FULL_WIDTH) for text in texts], dtype=object)
