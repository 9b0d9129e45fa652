# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways in and out of the network, and what passes through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from ...options.schema import REQUIRED, Check, Key
from ...options.values import number
from ..amounts import amount, digits, positive
from ..scenario import Usage
from ..span import ZERO, always
from .counts import AT_LEAST_ONE, COUNT_CHECKS, count_keys, counts_of
from .lines import gigabytes, hourly, metered, monthly, words

#: No region has more zones.
_MOST_ZONES = 6
#: GB of egress, and hosted zones, that the price of the first tier is for.
_FIRST_TIER_GB, _FIRST_ZONES = 10_240, 25


@dataclass(frozen=True)
class NatGateway:
    """NAT gateways. Each has a public address, which is kind `public_ipv4`."""

    count: int = 1
    gib: Decimal = ZERO
    KIND: ClassVar[str] = "nat_gateway"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "count": Key(AT_LEAST_ONE, "How many.", {"count": 2}),
        "gib": Key(amount(0, "GiB a month"), "What passes through all of them together, both ways.", {"gib": 20}),
    }

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        yield hourly("NAT gateway", "nat.hour", always(Decimal(self.count)), "gateway", hours)
        if self.gib:
            yield gigabytes("NAT data", "nat.gb", self.gib)


@dataclass(frozen=True)
class PublicIpv4:
    """Public IPv4 addresses, in use or idle: of load balancers (one in each zone), NAT gateways, tasks, instances."""

    count: int | None = None
    count_min: int | None = None
    count_max: int | None = None
    count_expected: int | None = None
    KIND: ClassVar[str] = "public_ipv4"
    KEYS: ClassVar[Mapping[str, Key]] = count_keys("addresses", {})
    CHECKS: ClassVar[tuple[Check, ...]] = COUNT_CHECKS

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        counts, assumed = counts_of(self)
        formula = f"{digits(counts.expected)} {'address' if counts.expected == 1 else 'addresses'} x {digits(hours)} h"
        yield Usage("Public IPv4", "ipv4.hour", counts.times(hours), formula, True, assumed)


@dataclass(frozen=True)
class VpcEndpoint:
    """Interface endpoints, which reach AWS's services without a NAT gateway. Each is billed in each of its zones."""

    count: int = 1
    zones: int = 1
    gib: Decimal = ZERO
    KIND: ClassVar[str] = "vpc_endpoint"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "count": Key(AT_LEAST_ONE, "How many endpoints.", {"count": 3}),
        "zones": Key(number(1, _MOST_ZONES), "How many zones each of them is in.", {"count": 3, "zones": 2}),
        "gib": Key(amount(0, "GiB a month"), "What passes through all of them together.", {"gib": 20}),
    }

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        formula = f"{words(Decimal(self.count), 'endpoint')} x {words(Decimal(self.zones), 'zone')} x {digits(hours)} h"
        yield monthly("VPC endpoint", "vpc_endpoint.hour", self.count * self.zones * hours, formula)
        if self.gib:
            yield gigabytes("VPC endpoint data", "vpc_endpoint.gb", self.gib)


@dataclass(frozen=True)
class Egress:
    """Traffic to the internet, at the price of a month's first 10 TB. The free 100 GB of an account stay in."""

    gib: Decimal
    KIND: ClassVar[str] = "egress"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "gib": Key(positive("GiB a month"), "What leaves for the internet.", {"gib": 100}, REQUIRED)
    }

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        beyond = "all of it at the price of the first 10 TB" if self.gib > _FIRST_TIER_GB else ""
        yield gigabytes("Internet egress", "egress.gb_first_10tb", self.gib, beyond)


@dataclass(frozen=True)
class CrossAz:
    """Traffic between zones, which is billed where it leaves and again where it arrives."""

    gib: Decimal
    KIND: ClassVar[str] = "cross_az"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "gib": Key(positive("GiB a month"), "What crosses, counted once.", {"gib": 100}, REQUIRED)
    }

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        formula = f"{digits(self.gib)} GB x 2 ways"
        yield metered("Traffic between zones", "cross_az.gb_each_way", self.gib * 2, formula)


@dataclass(frozen=True)
class Route53Zone:
    """Hosted zones of Route 53, without queries."""

    count: int = 1
    KIND: ClassVar[str] = "route53_zone"
    KEYS: ClassVar[Mapping[str, Key]] = {"count": Key(AT_LEAST_ONE, "How many.", {"count": 1})}

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        count = Decimal(self.count)
        beyond = f"all at the price of the first {_FIRST_ZONES}" if self.count > _FIRST_ZONES else ""
        yield monthly("Route 53 zone", "route53.zone_month", count, words(count, "zone"), beyond)
