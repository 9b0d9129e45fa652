# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CPU and memory pairs that AWS Fargate runs.

Sources: botocore's text of RegisterTaskDefinition (cpu, memory) up to 16 vCPU; botocore 1.44.5's Batch model and
AWS's CloudFormation schema (September 2026) for 32 vCPU, which has exactly three memory sizes, on Linux only.
"""

from __future__ import annotations

from collections.abc import Mapping

#: CPU units -> memory sizes in MiB, both ascending.
LINUX: Mapping[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
    32768: (61440, 122880, 249856),
}
#: Windows tasks run on one, two and four vCPU.
WINDOWS: Mapping[int, tuple[int, ...]] = {cpu: LINUX[cpu] for cpu in (1024, 2048, 4096)}


def sizes(windows: bool) -> Mapping[int, tuple[int, ...]]:
    return WINDOWS if windows else LINUX


def smallest_fit(cpu: int, memory: int, windows: bool = False) -> tuple[int, int] | None:
    """The smallest valid pair (CPU units, MiB) that holds both figures; None if nothing does.

    Smallest is fewest CPU units first: a Fargate vCPU costs as much as nine GiB, and a higher CPU size never
    comes with less memory than the one below it starts with.
    """
    for units, memories in sizes(windows).items():
        for mib in memories:
            if units >= cpu and mib >= memory:
                return units, mib
    return None
