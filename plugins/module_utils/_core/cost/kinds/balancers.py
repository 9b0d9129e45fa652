# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers. Their public addresses are resources of their own: one for each zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from ...options.schema import Key
from ..amounts import amount, digits
from ..scenario import Usage
from ..span import ZERO, always
from .counts import AT_LEAST_ONE
from .lines import hourly, metered


@dataclass(frozen=True)
class Alb:
    """Application Load Balancers. Each has a public address in two zones or more, which are kind `public_ipv4`."""

    count: int = 1
    lcu: Decimal = ZERO
    KIND: ClassVar[str] = "alb"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "count": Key(AT_LEAST_ONE, "How many.", {"count": 2}),
        "lcu": Key(amount(0, "LCUs"), "LCUs on average, of all of them together.", {"lcu": 0.25}),
    }

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        yield hourly("ALB", "alb.hour", always(Decimal(self.count)), "ALB", hours)
        if self.lcu:
            formula = f"{digits(self.lcu)} LCU x {digits(hours)} h"
            yield metered("ALB LCU", "alb.lcu_hour", self.lcu * hours, formula)


@dataclass(frozen=True)
class Nlb:
    """Network Load Balancers."""

    count: int = 1
    nlcu: Decimal = ZERO
    KIND: ClassVar[str] = "nlb"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "count": Key(AT_LEAST_ONE, "How many.", {"count": 2}),
        "nlcu": Key(amount(0, "NLCUs"), "NLCUs on average, of all of them together.", {"nlcu": 0.25}),
    }

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        yield hourly("NLB", "nlb.hour", always(Decimal(self.count)), "NLB", hours)
        if self.nlcu:
            formula = f"{digits(self.nlcu)} NLCU x {digits(hours)} h"
            yield metered("NLB NLCU", "nlb.nlcu_hour", self.nlcu * hours, formula)
