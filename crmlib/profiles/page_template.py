"""The template of a customer's page, compiled once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Template


@cache
def page_template() -> Template:
    """The template; whatever is put into it is escaped, and a name that it lacks is an error.

    >>> page_template() is page_template()
    True
    """
    from jinja2 import Environment, StrictUndefined

    source = (Path(__file__).parent / "page.html.j2").read_text("utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(source)
