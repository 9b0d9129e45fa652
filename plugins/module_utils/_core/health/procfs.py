# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What /proc says of processor and memory, in figures. Each function takes the text of one file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

#: The first fields of a line of /proc/stat. Time in a guest is part of user and nice already.
MODES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
#: Nothing ran, and something could have.
_IDLE = ("idle", "iowait")
_KIB = re.compile(r"^(\w+):\s+(\d+) kB$", re.MULTILINE)
PRESSURES = ("cpu", "memory", "io")


def cpu_times(stat: str) -> tuple[int, ...]:
    """The ticks of all processors together, by mode; a kernel that knows fewer modes has 0 for the others."""
    first = stat.partition("\n")[0].split()
    times = [int(field) for field in first[1 : len(MODES) + 1]]
    return (*times, *[0] * (len(MODES) - len(times)))


def processors(stat: str) -> int:
    return len(re.findall(r"^cpu\d+ ", stat, re.MULTILINE)) or 1


def cpu_use(before: Sequence[int], after: Sequence[int]) -> dict[str, float] | None:
    """Percent of the time between two reads, by mode, and `percent` for all that was not idle.

    Time that waited for a disk is idle: something else could have run. Stolen time is not: the processor was wanted,
    and another guest had it. iowait may run backwards, which counts as none. None where no time has passed.
    """
    spent = {mode: max(0, late - early) for mode, early, late in zip(MODES, before, after)}
    total = sum(spent.values())
    if not total:
        return None
    used = {mode: rounded(100 * ticks / total) for mode, ticks in spent.items()}
    idle = sum(spent[mode] for mode in _IDLE)
    return {"percent": rounded(100 * (total - idle) / total), **used}


def load(loadavg: str, cpus: int) -> dict[str, float]:
    """Tasks that run or wait, on average; `percent` is that of five minutes for each processor."""
    one, five, fifteen = (float(field) for field in loadavg.split()[:3])
    return {"one": one, "five": five, "fifteen": fifteen, "percent": rounded(100 * five / cpus)}


def memory(meminfo: str) -> dict[str, Any]:
    """What is available counts, and not what is free: caches give way. Bytes, and percent that is not available.

    `percent` is None where the kernel does not say what is available.
    """
    found = _bytes(meminfo)
    total, available = found.get("MemTotal", 0), found.get("MemAvailable")
    return {
        "total_bytes": total,
        "available_bytes": available,
        "free_bytes": found.get("MemFree", 0),
        "used_bytes": None if available is None else total - available,
        "percent": None if available is None or not total else percent(total - available, total),
    }


def swap(meminfo: str) -> dict[str, Any]:
    """`percent` is None where there is no swap."""
    found = _bytes(meminfo)
    total = found.get("SwapTotal", 0)
    used = total - found.get("SwapFree", 0)
    return {"total_bytes": total, "used_bytes": used, "percent": percent(used, total) if total else None}


def _bytes(meminfo: str) -> Mapping[str, int]:
    return {name: int(amount) * 1024 for name, amount in _KIB.findall(meminfo)}


def pressure(text: str) -> dict[str, dict[str, float]]:
    """A file of /proc/pressure: the share of time in which some, or all, tasks waited. Empty without PSI."""
    found = {}
    for line in text.splitlines():
        who, *fields = line.split()
        shares = dict(field.partition("=")[::2] for field in fields)
        found[who] = {name: float(share) for name, share in shares.items() if name.startswith("avg")}
    return found


def percent(part: float, whole: float) -> float:
    return rounded(100 * part / whole)


def rounded(value: float) -> float:
    """What is shown, compared and written: nobody has to wonder why 70.001 is above 70."""
    return round(value, 2)
