# SPDX-License-Identifier: GPL-3.0-or-later
"""From a source of rates to the entries of a book, and what could not be found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Protocol

from plugins.module_utils._core.cost.price import GLOBAL
from tools.price_list.offers import OfferError, Rate
from tools.price_list.select import SelectionError, choose
from tools.price_list.skus import Sku
from tools.price_list.write import Entries, entry


class Source(Protocol):
    def rates(self, service: str, region: str, skus: Sequence[Sku]) -> list[Rate]:
        """All rates that have a usage type of the SKUs."""


def refresh(wanted: Mapping[str, Iterable[Sku]], source: Source) -> tuple[Entries, list[str]]:
    """New entries for the SKUs of each region, and one sentence for each that has none."""
    entries: Entries = {}
    problems: list[str] = []
    for region, skus in wanted.items():
        for service, group in groupby(sorted(skus, key=_by_service), key=lambda sku: sku.service):
            chosen = list(group)
            try:
                rates = source.rates(service, region, chosen)
            except OfferError as error:
                problems.append(str(error))
            else:
                found = _found(chosen, region, rates, problems)
                entries[region] = {**entries.get(region, {}), **found}
    return entries, problems


def _by_service(sku: Sku) -> tuple[str, str]:
    return sku.service, sku.key


def _found(skus: Iterable[Sku], region: str, rates: Sequence[Rate], problems: list[str]) -> dict[str, dict[str, str]]:
    found = {}
    for sku in skus:
        rate = _one(sku, region, rates, problems)
        if rate:
            found[sku.key] = entry(sku, rate)
    return found


def _one(sku: Sku, region: str, rates: Sequence[Rate], problems: list[str]) -> Rate | None:
    try:
        return choose(sku, region, rates)
    except SelectionError as error:
        problems.append(str(error))
        return None


def over(older: Entries, newer: Entries) -> Entries:
    """The older book with the newer prices in place of its own."""
    return {region: {**older.get(region, {}), **newer.get(region, {})} for region in {*older, *newer}}


def regions_of(names: Iterable[str]) -> list[str]:
    """Sorted, and what is global first."""
    return [GLOBAL, *sorted(set(names))]
