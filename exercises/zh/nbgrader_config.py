"""The Chinese edition as an nbgrader course: run nbgrader in this folder."""

from pathlib import Path

from crmlib.i18n import use_language

c = get_config()  # noqa: F821 - nbgrader gives this file its configuration
load_subconfig("../nbgrader_config.py")  # noqa: F821
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
use_language("zh")
