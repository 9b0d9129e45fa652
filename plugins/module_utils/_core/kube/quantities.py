# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amounts as Kubernetes writes them."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

_UNITS = (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10))


def cpus(amount: Decimal) -> str:
    """In thousandths where it is no whole number."""
    thousandths = int((amount * 1000).to_integral_value(ROUND_CEILING))
    return f"{thousandths}m" if thousandths % 1000 else str(thousandths // 1000)


def memory(amount: int) -> str:
    """In the largest unit that divides it."""
    return next((f"{amount // size}{unit}" for unit, size in _UNITS if amount and amount % size == 0), str(amount))
