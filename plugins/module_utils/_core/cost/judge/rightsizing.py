# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cheapest size of a Fargate task that holds a demand, on x86, ARM and Spot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ...ecs.fargate_sizes import sizes
from ..price import Book, Price

WINDOWS = "windows"
#: What is left above a p95 figure. AWS Compute Optimizer recommends sizes with 20 % of headroom by default.
HEADROOM = Decimal("1.2")

_UNITS = 1024  # CPU units of a vCPU, and MiB of a GiB


@dataclass(frozen=True)
class FargateOption:
    """`usd_per_month` is of all `count` tasks, without storage above 20 GB and without what stands around them."""

    architecture: str
    spot: bool
    vcpu: Decimal
    memory_gib: Decimal
    count: int
    usd_per_month: Decimal


@dataclass(frozen=True)
class _Variant:
    """A way to buy a task, and the keys of its prices."""

    architecture: str
    spot: bool
    vcpu_keys: tuple[str, ...]
    gb_key: str


def _variant(architecture: str, spot: bool) -> _Variant:
    prefix = f"{'fargate_spot' if spot else 'fargate'}.{architecture}"
    return _Variant(architecture, spot, (f"{prefix}.vcpu_hour",), f"{prefix}.gb_hour")


_LINUX = tuple(_variant(architecture, spot) for spot in (False, True) for architecture in ("x86", "arm"))
#: Windows runs on x86 alone, not on Spot, and its licence is billed by the vCPU.
_WINDOWS = (
    _Variant("x86", False, ("fargate.windows.vcpu_hour", "fargate.windows.os_vcpu_hour"), "fargate.windows.gb_hour"),
)


def demand(declared: Decimal, p95: Decimal | None = None) -> Decimal:
    """What a task has to hold: what was declared, or what its user measured, with headroom."""
    return declared if p95 is None else p95 * HEADROOM


def fargate_options(
    cpus: Decimal, memory_gib: Decimal, region: str, book: Book, hours: Decimal, count: int = 1, os: str = "linux"
) -> list[FargateOption]:
    """The cheapest valid pair for each way to buy it, cheapest first. Ways without a price are left out."""
    found = []
    for variant in _variants(os):
        prices = _prices(variant, region, book)
        if prices is None:
            continue
        vcpu_hour, gb_hour = prices
        costs = [
            ((vcpu * vcpu_hour + gib * gb_hour) * hours * count, vcpu, gib)
            for vcpu, gib in _pairs(cpus, memory_gib, os)
        ]
        if costs:
            usd, vcpu, gib = min(costs)
            found.append(FargateOption(variant.architecture, variant.spot, vcpu, gib, count, usd))
    return sorted(found, key=lambda option: option.usd_per_month)


def unpriced_options(region: str, book: Book, os: str = "linux") -> list[str]:
    """The ways to buy a task that have no price in the region, with the keys that are missing."""
    names = []
    for variant in _variants(os):
        keys = [key for key in (*variant.vcpu_keys, variant.gb_key) if book.price(region, key) is None]
        if keys:
            names.append(f"{variant.architecture}{' Spot' if variant.spot else ''}: no price for {', '.join(keys)}")
    return names


def _variants(os: str) -> tuple[_Variant, ...]:
    return _WINDOWS if os == WINDOWS else _LINUX


def _pairs(cpus: Decimal, memory_gib: Decimal, os: str) -> Iterator[tuple[Decimal, Decimal]]:
    """For each CPU size that holds the demand the smallest memory that does; the others cost more."""
    for units, memories in sizes(os == WINDOWS).items():
        fitting = [mib for mib in memories if mib >= memory_gib * _UNITS]
        if units >= cpus * _UNITS and fitting:
            yield Decimal(units) / _UNITS, Decimal(fitting[0]) / _UNITS


def _prices(variant: _Variant, region: str, book: Book) -> tuple[Decimal, Decimal] | None:
    """USD of a vCPU and of a GB in an hour."""
    vcpu_prices = [book.price(region, key) for key in variant.vcpu_keys]
    gb_price = book.price(region, variant.gb_key)
    known: list[Price] = [price for price in vcpu_prices if price is not None]
    if gb_price is None or len(known) < len(vcpu_prices):
        return None
    return sum((price.usd for price in known), Decimal(0)), gb_price.usd
