# SPDX-License-Identifier: GPL-3.0-or-later
"""From many rates to the one price of a key. Whatever is not exactly one price stops, with its name."""

from __future__ import annotations

from collections.abc import Iterable

from tools.price_list.offers import Rate
from tools.price_list.skus import Sku


class SelectionError(Exception):
    """A key that has no price in a region, or more than one."""


def choose(sku: Sku, region: str, rates: Iterable[Rate]) -> Rate:
    """The rate of the first tier. Several products may hold it, as long as they agree on the price."""
    tiers: dict[str, Rate] = {}
    for rate in rates:
        if sku.matches(rate.attributes, region):
            first = tiers.setdefault(rate.sku, rate)
            if rate.begin < first.begin:
                tiers[rate.sku] = rate
    found = sorted(tiers.values(), key=lambda rate: (rate.sku, rate.rate_code))
    place = f"{sku.key} in {region}"
    if not found:
        raise SelectionError(f"{place}: found no price of {_sought(sku, region)}, expected one")
    if len({rate.usd for rate in found}) > 1:
        told = ", ".join(f"{rate.sku} at {rate.usd}" for rate in found)
        raise SelectionError(f"{place}: found different prices of {_sought(sku, region)} ({told}), expected one")
    if not found[0].usd:
        raise SelectionError(f"{place}: found {found[0].sku} at $0, which is a free tier, expected a price")
    if sku.units and found[0].unit not in sku.units:
        told = f"{found[0].sku} with the unit '{found[0].unit}'"
        raise SelectionError(f"{place}: found {told}, expected {' or '.join(sku.units)}")
    return found[0]


def _sought(sku: Sku, region: str) -> str:
    filters = "".join(f", {name} '{value}'" for name, value in sku.filters.items())
    return f"{sku.service} with usagetype {' or '.join(sku.usagetypes_in(region))}{filters}"
