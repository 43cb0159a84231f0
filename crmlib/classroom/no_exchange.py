"""In place of nbgrader's exchange, which this course works without: nothing is listed, and its buttons say what to do instead.

nbgrader hands sheets out and takes them back through a folder that all accounts of one computer share. A course that has such a
folder sets the four options of ``c.ExchangeFactory`` back in the edition's own configuration file.
"""

from __future__ import annotations

from typing import NoReturn

from nbgrader.exchange import abc

from crmlib.i18n import _


class ListNothing(abc.ExchangeList):
    """Finds nothing, and does not complain of a folder that nobody needs."""

    def start(self) -> list:
        """nbgrader calls this whenever the formgrader shows a page."""
        return []


class HandOutByBundle(abc.ExchangeReleaseAssignment):
    """The formgrader's button "release"."""

    def start(self) -> NoReturn:
        """Tell, and stop."""
        self.fail(_("This course works without nbgrader's exchange.\nMake the ZIP that students are given with: crm bundle"))


class CollectFromArchives(abc.ExchangeCollect):
    """The formgrader's button "collect"."""

    def start(self) -> NoReturn:
        """Tell, and stop."""
        self.fail(_("This course works without nbgrader's exchange.\nTake in what students have handed in with: crm collect"))


class GivePagesBack(abc.ExchangeReleaseFeedback):
    """The formgrader's button "release feedback"."""

    def start(self) -> NoReturn:
        """Tell, and stop."""
        told = _(
            "This course works without nbgrader's exchange.\nThe pages for students are in the folder {folder}; give them out from there."
        )
        self.fail(told.format(folder=self.coursedir.feedback_directory))
