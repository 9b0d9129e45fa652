# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EC2 instance types are made of.

Sources: AWS's pages of the instance families, and, for the share of a vCPU that burstable types may use for good
without paying for surplus credits, "Key concepts for burstable performance instances".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

X86, ARM = ARCHITECTURES = ("x86", "arm")


@dataclass(frozen=True)
class Instance:
    """`baseline` is a share of each vCPU, 0.2 for 20 %; None where the whole vCPU may be used all the time."""

    type: str
    vcpu: int
    memory_gib: Decimal
    architecture: str
    baseline: Decimal | None = None

    @property
    def family(self) -> str:
        return self.type.partition(".")[0]


#: Burstable sizes, the same in each family: vCPU, GiB, baseline.
_BURSTABLE = {
    "nano": (2, "0.5", "0.05"),
    "micro": (2, "1", "0.1"),
    "small": (2, "2", "0.2"),
    "medium": (2, "4", "0.2"),
    "large": (2, "8", "0.3"),
    "xlarge": (4, "16", "0.4"),
    "2xlarge": (8, "32", "0.4"),
}
_BURSTABLE_FAMILIES = {"t3": X86, "t3a": X86, "t4g": ARM}

#: Sizes of other families, by vCPU. Only those of Graviton have a medium one.
_SIZES = {"medium": 1, "large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16}
#: Architecture, and GiB for each vCPU.
_FAMILIES = {
    **dict.fromkeys(("c5", "c6i", "c7i"), (X86, 2)),
    **dict.fromkeys(("c6g", "c7g"), (ARM, 2)),
    **dict.fromkeys(("m5", "m6i", "m7i"), (X86, 4)),
    **dict.fromkeys(("m6g", "m7g"), (ARM, 4)),
    **dict.fromkeys(("r5", "r6i", "r7i"), (X86, 8)),
    **dict.fromkeys(("r6g", "r7g"), (ARM, 8)),
}


def _instances() -> Iterator[Instance]:
    for family, architecture in _BURSTABLE_FAMILIES.items():
        for size, (vcpu, gib, baseline) in _BURSTABLE.items():
            yield Instance(f"{family}.{size}", vcpu, Decimal(gib), architecture, Decimal(baseline))
    for family, (architecture, ratio) in _FAMILIES.items():
        for size, vcpu in _SIZES.items():
            if size != "medium" or architecture == ARM:
                yield Instance(f"{family}.{size}", vcpu, Decimal(vcpu * ratio), architecture)


#: By type. A type that is not here may still have a price.
INSTANCES: Mapping[str, Instance] = {instance.type: instance for instance in _instances()}
