"""The purchase models by name."""

from __future__ import annotations

from collections.abc import Callable

from crmlib.i18n import _
from crmlib.lifetime.bg_nbd import fit_bg_nbd
from crmlib.lifetime.pareto_nbd import fit_pareto_nbd
from crmlib.lifetime.purchase_model import PurchaseModel

FITS = {"bg_nbd": fit_bg_nbd, "pareto_nbd": fit_pareto_nbd}


def fit_of(model: str) -> Callable[..., PurchaseModel]:
    """The function that fits `model`.

    >>> fit_of("bg_nbd").__name__
    'fit_bg_nbd'
    """
    if model not in FITS:
        raise ValueError(_('There is no model "{model}". Use "bg_nbd" or "pareto_nbd".').format(model=model))
    return FITS[model]
