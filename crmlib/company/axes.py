"""The axes along which the simulated firm's parameters go: markets, products, scopes, regions, sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crmlib.i18n import _

MARKETS = ("e_commerce", "corporate", "walk_in")
PRODUCTS = ("economy", "standard", "express")
SCOPES = ("same_city", "domestic", "cross_border")
REGIONS = ("east", "central", "west", "abroad")
SIZES = ("key", "middle", "small")


def require_whole(name: str, shares: Iterable[float]) -> None:
    """Shares of a whole sum to 1."""
    total = sum(shares)
    if abs(total - 1) > 1e-9:
        raise ValueError(_("Scenario: the shares of {name} sum to {total:.3f}; they must sum to 1.").format(name=name, total=total))


def require_keys(name: str, value: Mapping, wanted: Iterable) -> None:
    """A mapping has an entry for each of `wanted` and no other."""
    if set(value) != set(wanted):
        raise ValueError(_("Scenario: {name} needs exactly these entries: {wanted}.").format(name=name, wanted=", ".join(map(str, wanted))))
