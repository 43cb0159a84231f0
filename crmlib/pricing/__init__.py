"""Prices: the list as data, quotations with every line explained, packages, margins and discounts, and what cross-border parcels need."""

from __future__ import annotations

from crmlib.pricing.clearance import ClearancePromise, clearance_promise, clearance_times
from crmlib.pricing.delay_cover import DelayCover, delay_cover
from crmlib.pricing.goods import DocumentCheck, check_shipments, document_check, goods_table, recognise_goods
from crmlib.pricing.landed import LandedCost, LandedTables, landed_cost, read_landed_tables
from crmlib.pricing.margin import BreakEven, break_even_discount, margin_by
from crmlib.pricing.packages import compare_packages, green_offer, package_quote, packages
from crmlib.pricing.price_check import list_prices, price_positions
from crmlib.pricing.quote_response import QuoteResponse, quote_response
from crmlib.pricing.quoting import Quote, charged_weight, quote
from crmlib.pricing.sellers import SellerComparison, compare_sellers
from crmlib.pricing.tariff import Tariff, read_tariff, tariff_text

__all__ = [
    "BreakEven", "ClearancePromise", "DelayCover", "DocumentCheck", "LandedCost", "LandedTables", "Quote", "QuoteResponse",
    "SellerComparison", "Tariff", "break_even_discount", "charged_weight", "check_shipments", "clearance_promise", "clearance_times",
    "compare_packages", "compare_sellers", "delay_cover", "document_check", "goods_table", "green_offer", "landed_cost", "list_prices",
    "margin_by", "package_quote", "packages", "price_positions", "quote", "quote_response", "read_landed_tables", "read_tariff",
    "recognise_goods", "tariff_text",
]  # fmt: skip
