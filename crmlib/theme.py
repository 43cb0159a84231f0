"""The look of figures: a font that has the characters, one palette the colour-blind can read, few lines."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib import axes, font_manager

INK, GREY, PALE = "#22333B", "#8A9099", "#E3E7EA"
BLUE, ORANGE, GREEN, YELLOW, PURPLE, SKY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9"
PALETTE = (BLUE, ORANGE, GREEN, YELLOW, PURPLE, SKY)
"""After Okabe and Ito (2008), who chose it so that people with any common colour vision tell the colours apart."""

_SYSTEM_FONTS = (
    "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC",
    "Source Han Sans CN", "Hiragino Sans GB", "WenQuanYi Micro Hei", "SimHei",
)  # fmt: skip


@cache
def cjk_font() -> str | None:
    """Name of the font that shows Chinese in figures, or None where there is none.

    A font of the system comes first; else the one that the package ``mplfonts`` ships is registered.

    >>> cjk_font() is not None
    True
    """
    known = {font.name for font in font_manager.fontManager.ttflist}
    for name in _SYSTEM_FONTS:
        if name in known:
            return name
    package = importlib.util.find_spec("mplfonts")
    for folder in (package.submodule_search_locations or ()) if package else ():
        path = Path(folder) / "fonts" / "NotoSansCJKsc-Regular.otf"
        if path.exists():
            font_manager.fontManager.addfont(path)
            return font_manager.FontProperties(fname=path).get_name()
    return None


def apply() -> None:
    """Use the house style from now on.

    >>> apply()
    """
    fonts = [name for name in (cjk_font(), "DejaVu Sans") if name]
    mpl.rcParams.update({
        "font.family": fonts,
        "font.sans-serif": fonts,
        "font.size": 10.5,
        "axes.unicode_minus": True,
        "axes.prop_cycle": mpl.cycler(color=PALETTE),
        "axes.titlesize": 12.5,
        "axes.titlelocation": "left",
        "axes.titlepad": 10,
        "axes.labelcolor": INK,
        "axes.edgecolor": GREY,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "grid.color": PALE,
        "grid.linewidth": 0.8,
        "lines.linewidth": 2,
        "legend.frameon": False,
        "figure.figsize": (7.2, 4.2),
        "figure.dpi": 110,
        "figure.constrained_layout.use": True,
        "savefig.dpi": 150,
    })  # fmt: skip
    _hide_plain_text_of_axes()


def _hide_plain_text_of_axes() -> None:
    """In a notebook the figure itself follows; "<Axes: >" above it tells a learner nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.display_formatter.ipython_display_formatter.for_type(axes.Axes, lambda shown: None)
