# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prices that an estimate wants and the book does not have, and what to do about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .catalogue import EC2_LINUX, is_global, unit_of
from .estimate import Estimate
from .price import GLOBAL
from .scenario import OWN_PRICE

_COMMAND = "python3 tools/refresh_price_book.py --fetch --keep-older --format json --output prices.json"


def missing_prices(estimates: Iterable[Estimate]) -> list[dict[str, Any]]:
    """As the option `price_overrides` has them, each once."""
    wanted = {
        (GLOBAL if is_global(line.usage.key) else estimate.scenario.region, line.usage.key)
        for estimate in estimates
        for line in estimate.lines
        if line.cost is None and line.usage.key != OWN_PRICE
    }
    return [{"region": region, "key": key, "unit": unit_of(key), "usd": None} for region, key in sorted(wanted)]


def refresh_command(missing: Iterable[Mapping[str, Any]]) -> str:
    """What makes a price book that has them, where there is a network; nothing where nothing is missing."""
    prices = list(missing)
    regions = sorted({price["region"] for price in prices if price["region"] != GLOBAL})
    types = sorted({price["key"][len(EC2_LINUX) :] for price in prices if price["key"].startswith(EC2_LINUX)})
    asked = [f"--region {region}" for region in regions] + [f"--instance-type {name}" for name in types]
    return " ".join([_COMMAND, *asked]) if prices else ""
