import itertools
import warnings

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

import crmlib as crm
from crmlib import theme

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
VISION = {
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "full colour": np.eye(3),
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_chinese_and_a_real_minus_are_drawn_without_a_missing_glyph(language, tmp_path):
    crm.setup(language)
    figure, ax = plt.subplots()
    ax.plot([-2, 2], [-1, 1])
    ax.set_title("快递客户关系管理：升、降、流失（元）")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(tmp_path / "figure.png")
    assert any("\N{MINUS SIGN}" in label.get_text() for label in ax.get_xticklabels())
    plt.close(figure)


def test_without_a_system_font_the_packaged_one_is_registered(monkeypatch):
    fonts = mpl.font_manager.fontManager
    monkeypatch.setattr(fonts, "ttflist", [font for font in fonts.ttflist if font.name == "DejaVu Sans"])
    theme.cjk_font.cache_clear()
    try:
        name = theme.cjk_font()
        assert name in {font.name for font in fonts.ttflist if "mplfonts" in str(font.fname)}
    finally:
        theme.cjk_font.cache_clear()


def seen(colour, vision):
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(VISION[vision]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
def test_the_palette_is_told_apart_by_the_colour_blind(vision):
    distances = [np.linalg.norm(seen(one, vision) - seen(other, vision)) for one, other in itertools.combinations(theme.PALETTE, 2)]
    assert min(distances) > 10
