# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file systems of a host can fill up, from mountinfo: each of them once, wherever else it is mounted, too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .procfs import percent

DISK, NETWORK, MEMORY = "disk", "network", "memory"
#: The kernel's own, and images, which are full by nature.
_PSEUDO = frozenset(
    {
        *("autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs"),
        *("fusectl", "hugetlbfs", "mqueue", "nfsd", "nsfs", "proc", "pstore", "ramfs", "resctrl", "rpc_pipefs"),
        *("securityfs", "selinuxfs", "sysfs", "tracefs", "fuse.lxcfs", "fuse.portal"),
        *("cramfs", "erofs", "iso9660", "romfs", "squashfs", "udf", "fuse.snapfuse", "fuse.squashfuse"),
    }
)
#: Layers over other file systems. They are somebody's disk only where the whole system lies on one.
_LAYERS = ("overlay", "aufs", "fuse.fuse-overlayfs")
#: What answers over a network, or from another process, and therefore perhaps never.
_NETWORK = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs", "virtiofs"}
)
_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True)
class Mount:
    """A line of mountinfo. `root` is what of the file system is mounted, which ends in //deleted where it is gone."""

    number: int
    parent: int
    device: str
    root: str
    target: str
    type: str = ""
    source: str = ""

    @property
    def kind(self) -> str:
        """Empty where nothing of it can fill up."""
        if self.type in _PSEUDO or (self.type in _LAYERS and self.target != "/"):
            return ""
        if self.type == "tmpfs":
            return MEMORY
        return NETWORK if self.type in _NETWORK or self.type.startswith("fuse.") else DISK


@dataclass(frozen=True)
class FileSystem:
    """`also` are the other places where it, or a part of it, is mounted."""

    mount: Mount
    also: tuple[str, ...] = ()


def read(text: str) -> tuple[Mount, ...]:
    """Lines that are not understood are left out."""
    return tuple(_mount(fields) for fields in (line.split() for line in text.splitlines()) if len(fields) > 5)


def _mount(fields: Sequence[str]) -> Mount:
    behind = list(fields[fields.index("-") + 1 :]) if "-" in fields[6:] else []
    kind, source = (*behind, "", "")[:2]
    number, parent = (int(field) if field.isdigit() else 0 for field in fields[:2])
    return Mount(number, parent, fields[2], unescaped(fields[3]), unescaped(fields[4]), kind, unescaped(source))


def unescaped(text: str) -> str:
    """Spaces and the like stand as \\040 in /proc."""
    return _OCTAL.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 8))


def visible(mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    """Without those that another one lies over: on the same place, or on a folder above it."""
    every = tuple(mounts)
    targets = {one.number: one.target for one in every}
    # The first of all is its own parent.
    covered = {one.parent for one in every if targets.get(one.parent) == one.target and one.parent != one.number}
    covered |= {low.number for low in every for high in every if _lies_over(high, low)}
    return tuple(one for one in every if one.number not in covered)


def _lies_over(high: Mount, low: Mount) -> bool:
    """A mount that was there first would be the parent of the other."""
    inside = low.target != high.target and f"{low.target}/".startswith(f"{high.target.rstrip('/')}/")
    return inside and high.parent == low.parent and high.number not in (low.number, high.parent)


def chosen(
    mounts: Iterable[Mount], wanted: Sequence[str], ignored: Sequence[str], is_folder: Callable[[str], bool]
) -> tuple[tuple[FileSystem, ...], tuple[str, ...]]:
    """The file systems to look at, and what was wanted and is no mount point.

    Without wishes it is each one on a disk or a network. What lies in memory counts as memory, and as a file system
    only where it is asked for. Bind mounts and subvolumes have one device, and show as one: where the whole is, if
    it is mounted, else at the shortest path.
    """
    seen = visible(mounts)
    if wanted:
        by_target = {one.target: one for one in seen}
        there = [path for path in wanted if path in by_target]
        return tuple(FileSystem(by_target[path]) for path in there), tuple(sorted(set(wanted) - set(there)))
    groups: dict[str, list[Mount]] = {}
    for one in seen:
        if one.kind in (DISK, NETWORK) and not any(fnmatchcase(one.target, pattern) for pattern in ignored):
            groups.setdefault(one.device, []).append(one)
    return tuple(found for found in (_best(group, is_folder) for group in groups.values()) if found), ()


def _best(group: Sequence[Mount], is_folder: Callable[[str], bool]) -> FileSystem | None:
    folders = [one for one in group if is_folder(one.target)]
    if not folders:
        return None
    best = min(folders, key=_order)
    return FileSystem(best, tuple(sorted({one.target for one in group} - {best.target})))


def _order(mount: Mount) -> tuple[bool, int, str]:
    return (mount.root != "/", len(mount.target), mount.target)


def figures(found: FileSystem, space: Sequence[int]) -> dict[str, Any]:
    """`space` is of statvfs: size of a block, blocks, free ones, those that a user may have, inodes, free inodes.

    Percent as df counts: of what users can have, so blocks that are kept for root are neither used nor there.
    """
    size, blocks, free, available, inodes, free_inodes = space
    used = blocks - free
    reachable = used + available
    return {
        **_place(found),
        "total_bytes": blocks * size,
        "used_bytes": used * size,
        "available_bytes": available * size,
        "reserved_bytes": (free - available) * size,
        "percent": percent(used, reachable) if reachable else None,
        "inodes_total": inodes or None,
        "inodes_used": inodes - free_inodes if inodes else None,
        "inodes_percent": percent(inodes - free_inodes, inodes) if inodes else None,
    }


def silent(found: FileSystem) -> dict[str, Any]:
    """One that does not answer, such as an NFS server that is gone."""
    return {**_place(found), "percent": None, "inodes_percent": None}


def _place(found: FileSystem) -> dict[str, Any]:
    mount = found.mount
    return {
        "path": mount.target,
        "device": mount.source,
        "type": mount.type,
        "kind": mount.kind or "pseudo",
        "also": list(found.also),
    }
