"""The page for a manager, printed: one sheet of A4, whatever may stand on it."""

from __future__ import annotations

import re

import matplotlib.pyplot as plt
import pytest

import crmlib as crm

TITLES = {"zh": "延误拖了后腿" * 10, "en": "Delivery drags the score " * 4}
ADVICE = {"zh": "先改三条最慢的线路，每周复查一次。" * 26, "en": "Begin with the three slowest routes and look again every week. " * 14}
LABELS = {"zh": "愿意推荐云雀的客户比不愿意的多多少，去年十月的调查", "en": "Net promoter score of the customers asked in October"}


@pytest.mark.parametrize("edition", ["zh", "en"])
def test_the_fullest_page_prints_on_one_sheet_of_a4(page, shoot, tmp_path, edition):
    crm.setup(edition)
    axes = plt.subplots(figsize=(5, 6))[1]
    axes.plot([1, 2, 3])
    numbers = [(LABELS[edition], 1234567.0, 1000000.0, 1500000.0, "yuan")] * 5
    report = crm.one_page(TITLES[edition], figure=axes, numbers=numbers, recommendation=ADVICE[edition], to="王" * 30, by="张" * 30)
    asked = []
    page.on("request", lambda request: asked.append(request.url[:5]))
    page.goto(report.save(tmp_path / "report.html").as_uri())
    shoot(page, f"{edition}-report")
    assert page.locator("img").evaluate("image => image.naturalWidth") > 500
    assert set(asked) <= {"file:", "data:"}
    printed = page.pdf(prefer_css_page_size=True, print_background=True, path=tmp_path / "report.pdf")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    width, height = (float(number) for number in re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed).groups())
    assert (round(width), round(height)) in ((595, 842), (596, 842)), "210 × 297 mm in points"
    cards = page.locator("article > div:nth-of-type(3) > div")
    assert cards.count() == 5
    assert cards.evaluate_all("cards => cards.every(card => card.scrollWidth <= card.clientWidth + 1)"), "nothing sticks out of its place"
