# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control groups of this host, by their files; where a controller is not in use for a group, by its processes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..._core.health import cgroups
from ..._core.health.cgroups import CPU, MEMORY, SYSTEMD, UNIFIED

ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Group:
    """Its path in each hierarchy."""

    paths: Mapping[str, str]

    def folder(self, hierarchy: str) -> Path | None:
        """None where there is none, as on a host with the other version."""
        path = self.paths.get(hierarchy)
        if not path or path == "/":
            return None
        folder = _root(hierarchy) / path.lstrip("/")
        return folder if folder.is_dir() else None

    def memory(self) -> tuple[int, int | None]:
        """Bytes in use, and the limit."""
        for hierarchy, version, names in (
            (UNIFIED, 2, ("memory.current", "memory.max")),
            (MEMORY, 1, ("memory.usage_in_bytes", "memory.limit_in_bytes")),
        ):
            folder = self.folder(hierarchy)
            current, most = (text(folder / name) if folder else "" for name in names)
            if folder and current:
                return cgroups.in_use(current, text(folder / "memory.stat"), version), cgroups.limit(most)
        return sum(_resident(pid) for pid in self.processes()), None

    def cpu_seconds(self) -> float:
        unified, own = self.folder(UNIFIED), self.folder(CPU)
        spent = cgroups.counters(text(unified / "cpu.stat")).get("usage_usec") if unified else None
        if spent is not None:
            return spent / 1e6
        nanoseconds = text(own / "cpuacct.usage") if own else ""
        if nanoseconds:
            return int(nanoseconds) / 1e9
        return sum(_worked(pid) for pid in self.processes())

    def processes(self) -> set[int]:
        folder = self.folder(UNIFIED) or self.folder(SYSTEMD) or self.folder(MEMORY)
        files = folder.rglob("cgroup.procs") if folder else ()
        return {int(line) for file in files for line in text(file).split()}


def of_unit(path: str) -> Group:
    """systemd's name for it is the same in all hierarchies."""
    return Group(dict.fromkeys((UNIFIED, MEMORY, CPU, SYSTEMD), path))


def of_container(pid: int, number: str) -> Group:
    return Group(cgroups.paths(text(Path(f"/proc/{pid}/cgroup")), number))


def _root(hierarchy: str) -> Path:
    if hierarchy == UNIFIED:
        return ROOT if (ROOT / "cgroup.controllers").exists() else ROOT / "unified"
    return ROOT / hierarchy.rpartition("=")[2]


def _resident(pid: int) -> int:
    """What is its own: pages of files can be had again."""
    lines = dict(line.partition(":")[::2] for line in text(Path(f"/proc/{pid}/status")).splitlines())
    return sum(int(lines.get(name, "0 kB").split()[0]) * 1024 for name in ("RssAnon", "RssShmem"))


def _worked(pid: int) -> float:
    """Its name, in parentheses, may have spaces."""
    fields = text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") if len(fields) > 12 else 0.0


def text(path: Path) -> str:
    """Nothing where there is none: a group or a process may end while it is looked at."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
