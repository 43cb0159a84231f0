"""What to do with each kind of loyalty."""

from __future__ import annotations

import pandas as pd

from crmlib.i18n import _


def loyalty_policy() -> pd.DataFrame:
    """For each kind of loyalty the aim, what to do, and how to tell whether it worked.

    Answers: whom do we thank, whom do we visit, whom do we ask?

    Returns
    -------
    DataFrame in the active language, indexed by loyalty (true, spurious, latent, none, no_answer)
        aim, action, check

    Source: Dick and Basu (1994) for the kinds; the actions were written for teaching.

    >>> loyalty_policy().index.tolist()
    ['true', 'spurious', 'latent', 'none', 'no_answer']
    """
    rows = {
        "true": (
            _("keep, and let them bring others"),
            _("True loyalty: thank them, ask them to bring a neighbour and to try new products. No discount: they stay without it."),
            _("how many of them are truly loyal in half a year"),
        ),
        "spurious": (
            _("win their hearts before a rival calls"),
            _("Spurious loyalty: visit within a month, ask in what we are worse than others, mend that one thing. "
              "Call before a rival does."),
            _("how many of them recommend us in the next survey"),
        ),
        "latent": (
            _("make it easy to ship more"),
            _("Latent loyalty: find out why they ship so little, and take that hurdle away: pick-up, opening hours, points."),
            _("how many parcels more they ship in three months"),
        ),
        "none": (
            _("serve properly, spend nothing extra"),
            _("No loyalty: serve them as everybody; spend the effort elsewhere."),
            _("that complaints do not rise"),
        ),
        "no_answer": (
            _("know before acting"),
            _("No answer: ring up three questions, the most valuable first: will you stay, would you recommend us, what shall we mend?"),
            _("how many we know in half a year"),
        ),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["aim", "action", "check"]).rename_axis("loyalty")
