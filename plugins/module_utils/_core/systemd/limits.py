# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service may use of the host, as lines of its unit. Source: systemd.resource-control(5), systemd.exec(5)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .wish import Service

Line = tuple[str, str]
_PERCENT = 100


def lines(service: Service) -> Iterator[Line]:
    limits = service.limits
    if limits.memory is not None:
        yield "MemoryMax", str(limits.memory)
    if limits.memory_low is not None:
        yield "MemoryLow", str(limits.memory_low)
    if limits.cpus is not None:
        yield "CPUQuota", f"{_whole(limits.cpus * _PERCENT)}%"
    if limits.tasks is not None:
        yield "TasksMax", str(limits.tasks)
    if limits.files is not None:
        yield "LimitNOFILE", str(limits.files)
    yield "LogRateLimitIntervalSec", str(service.log.interval)
    yield "LogRateLimitBurst", str(service.log.burst)


def _whole(percent: Decimal) -> str:
    """systemd takes percents with at most two digits behind the point."""
    return f"{percent.quantize(Decimal('0.01')):f}".rstrip("0").rstrip(".")
