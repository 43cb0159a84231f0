"""nbgrader's configuration, shared by both course roots: everything of ours enters here, and nothing of nbgrader is patched."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

from crmlib.i18n import _

CELL_SECONDS = 60
CONFIG_FILE = "nbgrader_config.py"
COURSE_ID = "crm"
"""Without one, and without an exchange, every page of the formgrader begins with a warning."""
NO_EXCHANGE = {
    "list": "ListNothing", "release_assignment": "HandOutByBundle", "collect": "CollectFromArchives", "release_feedback": "GivePagesBack",
}  # fmt: skip


def configure(c) -> None:
    """Set up an nbgrader course: what ``exercises/nbgrader_config.py`` calls for both editions.

    Parameters
    ----------
    c : traitlets Config
        What ``get_config()`` gives in a configuration file.

    Raises
    ------
    SystemExit
        This Python cannot work with file names in Chinese, or ``CRM_CELL_SECONDS`` is no number. (nbgrader would swallow
        any other exception and grade without this configuration.)

    Why: the formgrader's button, ``nbgrader autograde`` and our own commands take one path.

    >>> from traitlets.config import Config
    >>> c = Config()
    >>> configure(c)
    >>> c.Execute.timeout == cell_seconds()
    True
    """
    require_utf8()
    _find_alembic()
    from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
    from nbgrader.preprocessors import (
        CheckCellMetadata,
        ClearMarkScheme,
        ClearOutput,
        DeduplicateIds,
        GetGrades,
        IgnorePattern,
        LimitOutput,
    )

    from crmlib.classroom.execution import ExecuteSheet, ForgiveWarnings
    from crmlib.classroom.feedback import TEMPLATES, FeedbackPage, HideTests, ShowHints, SummariseItems
    from crmlib.classroom.grading.saving import SaveLatePenalties, SaveScores
    from crmlib.classroom.scaffold import configure_release
    from crmlib.classroom.submissions import RestoreCells, SubmissionExporter

    configure_release(c)
    c.Autograde.exporter_class = SubmissionExporter
    c.Autograde.sanitize_preprocessors = [ClearOutput, RestoreCells, DeduplicateIds, CheckCellMetadata]
    c.Autograde.autograde_preprocessors = [
        ExecuteSheet, ForgiveWarnings, IgnorePattern, LimitOutput, SaveScores, SaveLatePenalties,
    ]  # fmt: skip
    c.Execute.timeout = cell_seconds()
    c.Execute.interrupt_on_timeout = True
    c.Execute.raise_on_iopub_timeout = False
    c.Execute.skip_cells_with_tag = ""
    c.GenerateFeedback.exporter_class = FeedbackPage
    c.FeedbackPage.template_name = "crm_feedback"  # nbgrader names its own template for every HTMLExporter
    c.FeedbackPage.extra_template_basedirs = [str(TEMPLATES)]
    c.GenerateFeedback.preprocessors = [GetGrades, HideTests, ShowHints, ClearMarkScheme, SummariseItems, CSSHTMLHeaderPreprocessor]
    c.HTMLExporter.preprocessors = ["crmlib.classroom.defused.Defuse"]  # the formgrader's page and our feedback
    c.HTMLExporter.filters = {"markdown2html": "crmlib.classroom.defused.markdown", "clean_html": "crmlib.classroom.defused.defuse"}
    c.HTMLExporter.sanitize_html = True
    c.ExportApp.plugin_class = "crmlib.classroom.export_xlsx.GradesExport"
    c.CourseDirectory.course_id = COURSE_ID
    for part, instead in NO_EXCHANGE.items():
        setattr(c.ExchangeFactory, part, f"crmlib.classroom.no_exchange.{instead}")


def cell_seconds() -> int:
    """How long one cell may run when it is graded; ``CRM_CELL_SECONDS`` overrides.

    Raises
    ------
    SystemExit
        It is no whole number of seconds.

    >>> cell_seconds() > 0
    True
    """
    seconds = os.environ.get("CRM_CELL_SECONDS") or str(CELL_SECONDS)
    if not seconds.isascii() or not seconds.isdigit() or int(seconds) == 0:
        raise SystemExit(_('CRM_CELL_SECONDS is "{seconds}"; it must be a whole number of seconds, such as 60.').format(seconds=seconds))
    return int(seconds)


def require_utf8() -> None:
    """Refuse to start where file names in Chinese would be lost, and give the kernels that are started UTF-8.

    nbgrader opens some files (rosters, logs) in the locale's encoding.

    Raises
    ------
    SystemExit
        File names are not in UTF-8.

    >>> require_utf8()
    """
    if sys.getfilesystemencoding().lower().replace("-", "") != "utf8":
        raise SystemExit(
            _("This shell works in {encoding}, in which Chinese names are lost. Set PYTHONUTF8=1 and start again.").format(
                encoding=sys.getfilesystemencoding()
            )
        )
    os.environ["PYTHONUTF8"] = "1"


def _find_alembic() -> None:
    """nbgrader starts ``alembic`` by name when it makes a gradebook, also where the environment is not activated."""
    scripts, places = sysconfig.get_path("scripts"), os.environ.get("PATH", "").split(os.pathsep)
    if scripts not in places:
        os.environ["PATH"] = os.pathsep.join([scripts, *filter(None, places)])


def course(root: Path | str):
    """nbgrader's own API on a course root, configured as its configuration file says.

    Parameters
    ----------
    root : path
        ``exercises/zh`` or ``exercises/en``, or any folder with an ``nbgrader_config.py``.

    Returns
    -------
    nbgrader.apps.NbGraderAPI
        With ``generate_assignment``, ``autograde``, ``generate_feedback`` and the ``gradebook``.

    Raises
    ------
    ValueError
        There is no configuration file.

    Why: a course graded from Python takes the path that the formgrader takes.
    """
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import PyFileConfigLoader

    root = Path(root).resolve()
    if not (root / CONFIG_FILE).is_file():
        raise ValueError(_("{folder} is no course: there is no {file} in it.").format(folder=root, file=CONFIG_FILE))
    config = PyFileConfigLoader(CONFIG_FILE, path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    return NbGraderAPI(CourseDirectory(config=config), config=config)
