# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the files of a control group say, in both versions: memory, its limit, and time on the processors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .procfs import percent, rounded

UNIFIED, MEMORY, CPU, SYSTEMD = "", "memory", "cpuacct", "name=systemd"
#: Version 1 writes "no limit" as the highest number of whole pages.
_NO_LIMIT = 2**60


def paths(text: str, part: str = "") -> dict[str, str]:
    """/proc/PID/cgroup by controller, UNIFIED for version 2.

    With `part`, only paths that have it: where Docker has made no group in a hierarchy, the process is in dockerd's.
    """
    found = {}
    for line in text.splitlines():
        _number, controllers, path = line.split(":", 2)
        if part in path:
            found.update(dict.fromkeys(controllers.split(","), path))
    return found


def in_use(current: str, stat: str, version: int) -> int:
    """Without pages of files that nobody has used of late, which the kernel takes back first: as `docker stats`."""
    name = "inactive_file" if version == 2 else "total_inactive_file"
    return max(0, int(current) - counters(stat).get(name, 0))


def limit(text: str) -> int | None:
    found = text.strip()
    return None if not found.isdigit() or int(found) >= _NO_LIMIT else int(found)


def counters(text: str) -> dict[str, int]:
    """Lines of a name and a number: memory.stat, cpu.stat."""
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def use(
    memory: Sequence[tuple[int, int | None]], cpu_seconds: float | None, seconds: float, cpus: int, host_bytes: int
) -> dict[str, Any]:
    """`memory` and limit of each group of an app, CPU seconds that all took in `seconds`. Limits add up."""
    used = sum(bytes_ for bytes_, _limit in memory)
    limits = [limit for _bytes, limit in memory if limit]
    allowed = sum(limits) if limits and len(limits) == len(memory) else None
    known = cpu_seconds is not None and seconds > 0
    return {
        "memory_bytes": used,
        "memory_limit_bytes": allowed,
        "memory_percent": percent(used, allowed or host_bytes) if allowed or host_bytes else None,
        "cpu_percent": rounded(100 * max(0.0, cpu_seconds or 0.0) / seconds / cpus) if known else None,
    }


def systemd_units(text: str) -> list[Mapping[str, str]]:
    """What `systemctl show` prints of several units, with empty lines between them."""
    blocks = (block for block in text.split("\n\n") if block.strip())
    return [dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line) for block in blocks]
