# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2 instances, and what they cost above their baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from ...findings import ERROR
from ...options.schema import REQUIRED, Check, Key
from ...options.values import matching
from ...rule import Problem
from ..amounts import amount, digits
from ..instances import INSTANCES
from ..scenario import Usage
from ..span import Span
from .counts import COUNT_CHECKS, count_keys, counts_of
from .lines import hourly, words

#: AWS bills T3a's surplus credits like T3's.
_SURPLUS = {"t3": "t3.surplus_vcpu_hour", "t3a": "t3.surplus_vcpu_hour", "t4g": "t4g.surplus_vcpu_hour"}


def _baseline_is_known(resource: Ec2Instance) -> Iterator[Problem]:
    """`cpu_percent` needs a type whose baseline is known."""
    if resource.cpu_percent is not None and resource.type not in INSTANCES:
        message = f"found cpu_percent for {resource.type}, whose baseline is not known, expected it left out"
        yield "cpu_percent", message, "add what surplus credits cost as a resource of kind custom"


@dataclass(frozen=True)
class Ec2Instance:
    """EC2 instances with Linux, on demand, on shared hardware. Disks and addresses are resources of their own."""

    type: str
    count: int | None = None
    count_min: int | None = None
    count_max: int | None = None
    count_expected: int | None = None
    cpu_percent: Decimal | None = None
    KIND: ClassVar[str] = "ec2_instance"
    KEYS: ClassVar[Mapping[str, Key]] = {
        "type": Key(
            matching(r"[a-z][a-z0-9-]{0,30}\.[a-z0-9-]{1,30}", "an instance type, such as t3.medium"),
            "The instance type.",
            {"type": "t3.medium"},
            REQUIRED,
        ),
        **count_keys("instances", {"type": "t3.medium"}),
        "cpu_percent": Key(
            amount(0, "percent", 100),
            "What the instances use of their vCPUs on average; above the baseline of a T3, T3a or T4g it costs surplus"
            " credits.",
            {"type": "t3.medium", "cpu_percent": 100},
            "no more than the baseline",
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = (
        *COUNT_CHECKS,
        Check(ERROR, ("type", "cpu_percent"), _baseline_is_known),
    )

    def usages(self, hours: Decimal) -> Iterator[Usage]:
        counts, assumed = counts_of(self)
        yield hourly(f"EC2 {self.type}", f"ec2.linux.{self.type}", counts, "instance", hours, assumed)
        if self.cpu_percent is not None:
            yield from self._surplus(self.cpu_percent, counts, hours, assumed)

    def _surplus(self, percent: Decimal, counts: Span, hours: Decimal, assumed: str) -> Iterator[Usage]:
        instance = INSTANCES.get(self.type)
        if instance is None or instance.baseline is None:
            return
        base = instance.baseline * 100
        above = percent - base
        if above <= 0:
            return
        quantity = counts.times(above / 100 * instance.vcpu * hours)
        bursting = f"{digits(above)} % ({digits(percent)} % - {digits(base)} % baseline)"
        formula = f"{words(counts.expected, 'instance')} x {instance.vcpu} vCPU x {bursting} x {digits(hours)} h"
        said = "; ".join(filter(None, (assumed, "unlimited credits, as they are set by default")))
        item = f"{self.type} surplus credits"
        yield Usage(item, _SURPLUS[instance.family], quantity, formula, fixed=False, assumption=said)
