# SPDX-License-Identifier: GPL-3.0-or-later
"""Fargate Spot, which AWS's price list leaves out: the feed behind the table of AWS's page on Fargate's prices.

AWS does not document it. It has no dates, so the day on which it was saved is given beside it.
"""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal, InvalidOperation
from typing import Any

from plugins.module_utils._core.cost.catalogue import unit_of
from tools.price_list.offers import OfferError
from tools.price_list.write import Entries, plain

_KEYS = {
    "vCPU-Hours": "fargate_spot.x86.vcpu_hour",
    "GB-Hours": "fargate_spot.x86.gb_hour",
    "ARM-vCPU-Hours": "fargate_spot.arm.vcpu_hour",
    "ARM-GB-Hours": "fargate_spot.arm.gb_hour",
}


def spot_entries(document: Any, regions: Container[str], date: str, name: str) -> Entries:
    entries: Entries = {}
    try:
        for item in document["prices"]:
            region, key = item["attributes"]["aws:region"], _KEYS.get(item["unit"])
            if key is None or region not in regions:
                continue
            price = {
                "usd": plain(Decimal(item["price"]["USD"])),
                "unit": unit_of(key),
                "source": "the price feed of the AWS page on Fargate",
                "date": date,
                "confidence": "A",
            }
            if entries.setdefault(region, {}).setdefault(key, price) != price:
                raise OfferError(f"{name}: found different prices of {key} in {region}, expected one")
    except (KeyError, TypeError, AttributeError, InvalidOperation) as error:
        raise OfferError(f"{name}: not in the layout of Fargate's Spot prices: {error}") from error
    if not entries:
        raise OfferError(f"{name}: found no Spot prices of the regions, expected some")
    return entries
