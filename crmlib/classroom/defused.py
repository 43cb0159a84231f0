"""What students hand in, made harmless where it becomes a page: no script of theirs reaches the instructor's Jupyter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any

import tinycss2
from bleach import clean
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath, import_plugin
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_output
from pygments.token import STANDARD_TYPES

from crmlib.i18n import _

TAGS = frozenset((
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p "
    "pre s small span strong sub summary sup table tbody td tfoot th thead tr u ul"
).split())  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"}, "abbr": {"title"}, "col": {"span"}, "colgroup": {"span"}, "details": {"open"},
    "img": {"src", "alt", "title", "width", "height"}, "ol": {"start"}, "table": {"border"},
    "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"},
}  # fmt: skip
PROPERTIES = frozenset((
    "background background-color border border-bottom border-collapse border-color border-left border-radius border-right "
    "border-spacing border-style border-top border-width caption-side color font-family font-size font-style font-variant-numeric "
    "font-weight height line-height list-style-type margin margin-bottom margin-left margin-right margin-top max-width min-width "
    "overflow-wrap padding padding-bottom padding-left padding-right padding-top text-align text-decoration vertical-align "
    "white-space width word-break"
).split())  # fmt: skip
"""How things look; none that moves them over another part of the page, hides them, or loads anything."""
FUNCTIONS = frozenset({"rgb", "rgba", "hsl", "hsla", "linear-gradient"})
SHOWN = frozenset({"text/html", "text/markdown", "text/latex", "text/plain", "image/png", "image/jpeg"})
PLUGINS = ("strikethrough", "table", "url", "def_list")
UNRENDERED = (InvalidNotebook, RecursionError, AttributeError, StopIteration, TypeError)
"""What Markdown that refers to attachments which are not there, or are none, or that is nested without end, raises."""
_PYGMENTS = frozenset(STANDARD_TYPES.values()) | {"highlight"}
_CLASS = re.compile(r"dataframe|data|blank|col_heading|row_heading|index_name|(level|row|col)\d+|hl-\w+|crm-hint")
_STYLED = re.compile(r"T_\w+")
_SELECTOR = re.compile(r"(#T_\w+|\.dataframe)[\w\s.#:()>*-]*")
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style\s*>", re.IGNORECASE | re.DOTALL)
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+")
_LINK = re.compile(r"(https?://|mailto:)[^\s\\]+", re.IGNORECASE)
_SIZE = re.compile(r"\d{1,5}(px|%)?")
_GRADE_ID = re.compile(r"[\w-]+")
_ACTING_TEX = re.compile(r"\\(?=(href|require|class|style|cssId)(?![A-Za-z]))")
WORD_JOINER = "\u2060"


class _Looks(CSSSanitizer):
    """Keeps of a list of declarations what only changes how something looks."""

    def sanitize_css(self, style: str) -> str:
        found = tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True)
        kept = [one for one in found if one.type == "declaration" and one.lower_name in PROPERTIES and _only_looks(one.value)]
        return "; ".join(f"{one.lower_name}: {tinycss2.serialize(one.value).strip()}" for one in kept)


def _only_looks(tokens: Iterable) -> bool:
    for token in tokens:
        if token.type in ("url", "error", "{} block", "at-keyword"):
            return False
        if token.type == "function" and not (token.lower_name in FUNCTIONS and _only_looks(token.arguments)):
            return False
        if token.type in ("number", "dimension", "percentage") and token.value < 0:
            return False
        if token.type == "string" and "<" in token.value:
            return False
    return True


def _rules(css: str) -> str:
    """Of a style sheet, the rules for pandas' tables."""
    kept = []
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule":
            continue
        selectors = [part.strip() for part in tinycss2.serialize(rule.prelude).split(",")]
        looks = _Looks().sanitize_css(tinycss2.serialize(rule.content))
        if looks and all(_SELECTOR.fullmatch(selector) for selector in selectors):
            kept.append(f"{', '.join(selectors)} {{ {looks} }}")
    css = "\n".join(kept)
    return f"<style>\n{css}\n</style>\n" if css and "<" not in css else ""


def _is_kept(tag: str, name: str, value: str) -> bool:
    match name:
        case "class":
            return all(part in _PYGMENTS or _CLASS.fullmatch(part) for part in value.split())
        case "id":
            return bool(_STYLED.fullmatch(value))
        case "style":
            return True
        case _ if name not in ATTRIBUTES.get(tag, ()):
            return False
        case "href":
            return bool(_LINK.fullmatch(value))
        case "src":
            return bool(_PICTURE.fullmatch(value))
        case "width" | "height" | "colspan" | "rowspan" | "span" | "start" | "border":
            return bool(_SIZE.fullmatch(value))
    return True


def defuse(html: str) -> str:
    """HTML that shows what it can and does nothing.

    Tables of pandas, pictures inside the page, text and its marks stay. Every other tag is shown as the text it was written as;
    handlers, addresses other than of the web, and styles that move or hide are dropped.

    Parameters
    ----------
    html : str
        What a student's notebook shows, or what its Markdown becomes.

    Returns
    -------
    str
        HTML without scripts, frames, forms, event handlers and requests.

    Source: the threat is a notebook that works in the instructor's browser with the instructor's rights.

    >>> defuse('<b onclick="go()">3 &lt; 4</b><script>go()</script>')
    '<b>3 &lt; 4</b>&lt;script&gt;go()&lt;/script&gt;'
    """
    html = str(html)
    styles = "".join(map(_rules, _STYLE.findall(html)))
    try:
        text = clean(
            _STYLE.sub("", html), tags=TAGS, attributes=_is_kept, protocols={"http", "https", "mailto", "data"},
            css_sanitizer=_Looks(), strip=False, strip_comments=True,
        )  # fmt: skip
    except RecursionError:
        text = f"<pre>{escape(html)}</pre>"
    return styles + tame(text)


def tame(text: str) -> str:
    r"""Text in which the commands of TeX that act, such as ``\href``, are no commands.

    >>> tame(r"\frac{1}{2} \href{x}{y}") == "\\frac{1}{2} \\" + WORD_JOINER + "href{x}{y}"
    True
    """
    return _ACTING_TEX.sub(lambda found: found[0] + WORD_JOINER, text)


@pass_context
def markdown(context: Any, source: str) -> str:
    """Markdown to harmless HTML: what pages use in place of nbconvert's ``markdown2html``.

    Why not before: a sanitised source would lose quotes (``>``) and show ``&amp;`` in code.
    """
    cell = context.get("cell") or {}
    try:
        renderer = IPythonRenderer(escape=False, exclude_anchor_links=True, attachments=cell.get("attachments") or {})
        return defuse(MarkdownWithMath(renderer, plugins=[import_plugin(name) for name in PLUGINS]).render(str(source)))
    except UNRENDERED:
        return defuse(f"<pre>{escape(str(source))}</pre>")


class Defuse(Preprocessor):
    """Leaves of a notebook what a page may show; nbconvert's templates put sizes, kinds and names into tags as they stand."""

    def preprocess(self, nb, resources):
        """nbconvert calls this once a notebook, on a copy of its own."""
        nb.metadata.pop("widgets", None)
        nb.cells = [cell for cell in nb.cells if cell.cell_type in ("code", "markdown", "raw")]
        for cell in nb.cells:
            about = cell.metadata.get("nbgrader")
            known = isinstance(about, dict) and _GRADE_ID.fullmatch(str(about.get("grade_id", "")))
            cell.metadata.clear()
            if known:
                cell.metadata["nbgrader"] = about
            if cell.cell_type == "code":
                cell.execution_count = _whole(cell.get("execution_count"))
                cell.outputs = [shown for output in cell.get("outputs", []) for shown in _shown(output)]
        return nb, resources


def _shown(output) -> Iterable:
    match output.get("output_type"):
        case "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            yield new_output("stream", name=name, text=str(output.get("text", "")))
        case "error":
            said = {name: str(output.get(name, "")) for name in ("ename", "evalue")}
            yield new_output("error", **said, traceback=[str(line) for line in output.get("traceback", [])])
        case "display_data" | "execute_result" as kind:
            more = {"execution_count": _whole(output.get("execution_count"))} if kind == "execute_result" else {}
            yield new_output(kind, data=_data(output.get("data", {})), metadata=_sizes(output.get("metadata", {})), **more)


def _data(given: dict) -> dict:
    kept = {kind: str(value) for kind, value in given.items() if kind in SHOWN}
    kept = {kind: value for kind, value in kept.items() if not kind.startswith("image/") or _BASE64.fullmatch(value)}
    if "text/latex" in kept:
        kept["text/latex"] = tame(kept["text/latex"])
    if given and not kept:
        kinds = ", ".join(sorted(map(str, given)))
        kept["text/plain"] = _("Not shown on this page, since it could act on its own: {kinds}.").format(kinds=kinds)
    return kept


def _sizes(given: dict) -> dict:
    kinds = {kind: said for kind, said in given.items() if kind in SHOWN and isinstance(said, dict)}
    sizes = {kind: {name: _whole(said.get(name)) for name in ("width", "height")} for kind, said in kinds.items()}
    return {kind: {name: size for name, size in found.items() if size is not None} for kind, found in sizes.items()}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
