"""When a notebook in the real JupyterLab can be run."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

READY = re.compile(r"\| (空闲|Idle)$")


def wait_for_kernel(page: Page) -> None:
    """Wait until the notebook in front has a kernel that listens.

    The circle in the notebook's toolbar is idle also while there is no kernel yet, and what is run then is lost without a word; the
    status bar tells the two apart.
    """
    expect(page.locator(".jp-StatusBar-Widget").get_by_text(READY)).to_be_visible()
