"""Everything that costs time once, done before the first fork, and undone where a learner could notice it."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import sys
from collections.abc import Iterable

from crmlib import PARTS
from crmlib.plotting import MODULE_OF, MODULES

NEEDED = (
    "numpy", "pandas", "pyarrow", "matplotlib.pyplot", "matplotlib.backends.backend_agg", "PIL.PngImagePlugin", "narwhals",
    "IPython.core.pylabtools", "IPython.core.completerlib", "matplotlib_inline.backend_inline", "crmlib.company", "crmlib.segments",
    "crmlib.plotting.bar_charts", "crmlib.plotting.curves", "crmlib.tables", "crmlib.standards", "crmlib.theme",
    "crmlib.notebook", "crmlib.error_sentences", "crmlib.syntax_sentences", "crmlib.classroom.grading.judge", "crmlib.classroom.marking",
)  # fmt: skip
_LIBRARIES = (
    "scipy.stats", "scipy.optimize", "scipy.cluster.hierarchy", "sklearn.cluster", "sklearn.linear_model", "sklearn.tree",
    "sklearn.ensemble", "sklearn.calibration", "sklearn.metrics", "sklearn.model_selection", "sklearn.preprocessing", "sklearn.pipeline",
    "statsmodels.api", "statsmodels.formula.api", "statsmodels.stats.proportion", "seaborn",
)  # fmt: skip
LATER = (*(f"crmlib.{part}" for part in PARTS), *(f"crmlib.plotting.{module}" for module in MODULES), *_LIBRARIES)
"""What only some sheets use; imported when a sheet names it or a submission has needed it, so that the next ones find it there."""

_AT_WORK = {
    "crmlib.accounts": ("scipy.stats",),
    "crmlib.churn": ("scipy.stats", "sklearn.linear_model", "sklearn.ensemble", "sklearn.calibration", "sklearn.model_selection",
                     "sklearn.metrics", "sklearn.pipeline"),
    "crmlib.credit": ("scipy.stats", "sklearn.linear_model", "statsmodels.stats.proportion"),
    "crmlib.loyalty": ("scipy.stats",),
    "crmlib.satisfaction": ("scipy.stats",),
    "crmlib.structural": ("scipy.stats",),
    "crmlib.survival": ("scipy.stats",),
    "crmlib.uplift": ("scipy.stats", "sklearn.linear_model"),
}  # fmt: skip
"""What a part of the library imports only when one of its methods is called."""

INLINE = "module://matplotlib_inline.backend_inline"

_REHEARSAL = (
    'import pandas as pd\nimport matplotlib.pyplot as plt\nimport crmlib as crm\nfrom crmlib.classroom import marking as mark\n'
    'crm.setup("zh")',
    'from crmlib.company.simulation import simulate_as_wanted\n'
    'waybills = simulate_as_wanted(customers=40, months=3, start="2026-08-01").waybills.head(300)\nnow = pd.Timestamp("2026-11-01")\n'
    'crm.show(waybills[["waybill_id", "customer_id", "picked_up_at", "price_yuan"]], rows=3)',
    'activity = crm.segments.customer_activity(waybills, end=now).set_index("customer_id")\n'
    "classes = crm.segments.abc_classes(activity.revenue_yuan)\nscores = crm.segments.rfm(activity, today=now)\n"
    "stars = crm.segments.rising_stars(activity.revenue_yuan, 2 * activity.revenue_yuan)\nactivity.head(2)",
    'waybills.groupby("customer_id")["price_yuan"].agg(["sum", "mean"]).query("sum > 5")\nprint(activity.describe())',
    'figure, ax = plt.subplots()\nax.plot([0, 1], [0, 1], label="a")\nax.set(title="标题 A", xlabel="x", ylabel="y")\n'
    "ax.legend()\nplt.show()",
    "no_such_name", "x = (1", "pd.Series([1]).nothing",
    'mark.item(1)\nmark.equals(mark.series("none_such"), classes.abc)',
    'mark.equals(classes.abc, classes.abc)\nmark.equals(activity.revenue_yuan, activity.revenue_yuan)\nmark.figure("ax", title=True)',
)  # fmt: skip


def warm_up() -> None:
    """Import what sheets use, rehearse a notebook, and leave a pristine shell.

    No thread must be running afterwards, and no parallel region of OpenMP have been entered: neither survives a fork.
    """
    os.environ["MPLBACKEND"] = INLINE
    from crmlib.classroom.grading.shell import make_shell

    before = dict(os.environ)
    shell = make_shell()
    with shell.builtin_trap:  # pandas asks while it is imported whether it is in a notebook
        for module in NEEDED:
            importlib.import_module(module)
    import matplotlib

    from crmlib.classroom.grading.drawn_once import draw_once

    draw_once()
    style = dict(matplotlib.rcParams)
    _rehearse(shell)
    matplotlib.rcParams.update(style)
    _forget()
    os.environ.clear()
    os.environ.update(before)
    _integrate(make_shell())
    from crmlib.classroom.grading import sandbox

    sandbox.prepare()


def imported_later() -> list[str]:
    """What of :data:`LATER` has been imported in this process.

    >>> set(imported_later()) <= set(LATER)
    True
    """
    return [module for module in LATER if module in sys.modules]


def likely(text: str) -> list[str]:
    """Which of :data:`LATER` a sheet with this text will need.

    >>> likely("crm.loyalty.loyalty_matrix(...)")
    ['crmlib.loyalty', 'scipy.stats']
    """
    parts = {f"crmlib.{part}" for part in re.findall(r"\bcrm\.(\w+)", text)}
    parts |= {f"crmlib.plotting.{MODULE_OF[figure]}" for figure in re.findall(r"\bcrm\.plotting\.(\w+)", text) if figure in MODULE_OF}
    named = {module for module in LATER if module in parts or re.search(rf"\b{re.escape(module)}\b", text)}
    return sorted(named.union(*(_AT_WORK.get(module, ()) for module in named)))


def import_now(modules: Iterable[str]) -> None:
    """Import some of :data:`LATER`; other names are not listened to."""
    for module in modules:
        if module in LATER:
            with contextlib.suppress(ImportError):
                importlib.import_module(module)


def _rehearse(shell) -> None:
    from crmlib.classroom.grading.handover import decode, encode

    feed, streams = shell.displayhook.session, (sys.stdout, sys.stderr)
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            sys.stdout = sys.stderr = nowhere
            for cell in _REHEARSAL:
                shell.run_cell(cell, store_history=True)
    finally:
        sys.stdout, sys.stderr = streams
    feed.taken()
    for name in ("activity", "classes", "stars", "ax"):
        decode(encode(shell.user_ns[name]))


def _forget() -> None:
    import matplotlib.pyplot as plt
    from matplotlib_inline.backend_inline import configure_inline_support
    from matplotlib_inline.config import InlineBackend

    from crmlib import notebook
    from crmlib.classroom import left_over, marking

    plt.close("all")
    InlineBackend.clear_instance()
    del configure_inline_support.current_backend  # else the next shell would show no pictures
    notebook._choice = left_over._watch = None
    marking._typed_code = ""


def _integrate(shell) -> None:
    """What a kernel does when pyplot and marking are first imported; both are imported already."""
    from matplotlib_inline.backend_inline import _enable_matplotlib_integration

    from crmlib.classroom.left_over import watch_cells

    _enable_matplotlib_integration()
    watch_cells()
    shell.displayhook.session.taken()
