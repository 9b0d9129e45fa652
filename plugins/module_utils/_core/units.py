# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sizes as ECS writes them, read into whole CPU units and MiB."""

from __future__ import annotations

import re
from decimal import Decimal

_CPU = re.compile(r"\s*(?P<number>\d{0,9}\.?\d{1,10})\s*(?P<unit>vcpus?)?\s*\Z", re.IGNORECASE)
_MEMORY = re.compile(r"\s*(?P<number>\d{0,9}\.?\d{1,10})\s*(?P<unit>gb?)?\s*\Z", re.IGNORECASE)


def _scaled(pattern: re.Pattern[str], text: str) -> int | None:
    match = pattern.match(text)
    if not match:
        return None
    amount = Decimal(match["number"]) * (1024 if match["unit"] else 1)
    return int(amount) if amount == amount.to_integral_value() else None


def cpu_units(text: str) -> int | None:
    """CPU units (1024 are one vCPU) of "256", ".25 vCPU" or "0.25vcpu"; None if it is not a whole size."""
    return _scaled(_CPU, text)


def memory_mib(text: str) -> int | None:
    """MiB of "512", "0.5 GB" or ".5gb"; None if it is not a whole size."""
    return _scaled(_MEMORY, text)
