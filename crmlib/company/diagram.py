"""The causal diagram as the files that are shipped, one a language, and whether two such files show the same."""

from __future__ import annotations

import hashlib
import io
import re
import warnings

from crmlib.i18n import language, use_language

_SHOWN = re.compile(r'<!-- (.*?) -->|id="([a-z_]+(?:&gt;[a-z_]+)?)"|<dc:description>(.*?)</dc:description>')


def diagrams() -> dict[str, str]:
    """The causal diagram of `Scenario()` as SVG, by file name. Letters are drawn as outlines, so that it looks alike everywhere.

    >>> sorted(diagrams())
    ['causes.en.svg', 'causes.zh.svg']
    """
    before = language()
    try:
        return {f"causes.{code}.svg": _drawn(code) for code in ("zh", "en")}
    finally:
        use_language(before)


def shown(svg: str) -> set[str]:
    """What a diagram shows: the codes of its boxes and arrows, its words, and which layout it has. Outlines may differ between machines.

    >>> sorted(shown('<!-- Churn --><g id="churn"><g id="a&gt;churn">'))
    ['Churn', 'a>churn', 'churn']
    """
    return {"".join(found).replace("&gt;", ">") for found in _SHOWN.findall(svg)}


def _drawn(code: str) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from crmlib import theme
    from crmlib.company.causal import causes
    from crmlib.plotting.causal import BENDS, PLACES, SIZE
    from crmlib.plotting.causal import causes as draw

    use_language(code)
    layout = hashlib.sha256(repr((PLACES, BENDS, SIZE)).encode()).hexdigest()
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("error")
        theme.apply()
        mpl.rcParams |= {"svg.fonttype": "path", "svg.hashsalt": "crmlib"}
        figure = Figure(figsize=SIZE, layout="constrained")
        draw(causes(), ax=figure.subplots())
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Description": layout})
    return file.getvalue()
