"""What the commands of ``crm`` share: the edition that is meant, and its course root."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmlib.i18n import LANGUAGES, _


def known_edition(value: str) -> str:
    """`value`, if there is such an edition.

    Raises
    ------
    typer.BadParameter
        There is none.

    >>> known_edition("zh")
    'zh'
    """
    if value not in LANGUAGES:
        raise typer.BadParameter(_('There is no edition in "{language}". Use "zh" or "en".').format(language=value))
    return value


Edition = Annotated[str, typer.Argument(callback=known_edition, help=_("zh or en"))]
EditionOption = Annotated[str, typer.Option("--edition", callback=known_edition, help=_("zh or en"))]


def course_root(edition: str) -> Path:
    """The course root of an edition in the folder where the command was given.

    Raises
    ------
    ValueError
        This is not the project's own folder.
    """
    root = Path("exercises") / edition
    if not (root / "nbgrader_config.py").is_file():
        raise ValueError(_("There is no course in {folder}. Run this in the project's own folder.").format(folder=root.resolve()))
    return root
