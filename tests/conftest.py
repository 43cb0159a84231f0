"""What every test starts from, and Debian's chromium for those that look at pages (CRM_SCREENSHOTS=folder keeps pictures)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import matplotlib as mpl
import pytest
from hypothesis import settings
from playwright.sync_api import Page, expect, sync_playwright

from crmlib import standards, theme
from crmlib.i18n import use_language

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_MILLISECONDS = 60_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)
# The same examples in every run, so that a run says something of the change and not of the day; `make explore` draws new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("CRM_EXAMPLES", "same"))
mpl.rcParams["figure.max_open_warning"] = 0  # how many figures other tests have left open is no test's business
theme.apply()  # figures look in every test as they look to a learner, whichever test came before


@pytest.fixture(autouse=True)
def english_and_shipped_standards():
    """What one test chooses must not reach the next."""
    use_language("en")
    standards.use(None)
    yield


@pytest.fixture(scope="session")
def chromium():
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "The browser tests need chromium: sudo apt-get install chromium, or name it: CHROMIUM=/path/to/it make test"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def shoot():
    """A function (page or part of one, name) that keeps a picture when a folder for pictures is named."""

    def keep(what: Page, name: str) -> None:
        if folder := os.environ.get("CRM_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            what.screenshot(path=Path(folder) / f"{name}.png")

    return keep
