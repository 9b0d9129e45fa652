# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this host has of what an app asks for: users, programs and files, who listens where, memory and CPUs."""

from __future__ import annotations

import grp
import os
import pwd
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..._core.systemd.preflight import FILE, FOLDER, MISSING, Asked, HostFacts, Listener, PathFacts
from ..host_facts import Socket, busy_ports
from . import systemctl

_UNIT = re.compile(r"([^/]+\.(?:service|socket|scope))(?:/|$)")
_MEMORY = re.compile(r"^MemTotal:\s+(\d+) kB$", re.MULTILINE)


def gather(asked: Asked) -> HostFacts:
    return HostFacts(
        users={name: _is_user(name) for name in asked.users},
        groups={name: _is_group(name) for name in asked.groups},
        paths={path: _path(Path(path)) for path in asked.paths},
        listeners=tuple(_listeners(asked.ports)),
        memory=_memory(),
        cpus=os.cpu_count(),
    )


def _is_user(name: str) -> bool:
    try:
        pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
    except KeyError:
        return name.isdigit()  # systemd takes a number that has no name
    return True


def _is_group(name: str) -> bool:
    try:
        grp.getgrgid(int(name)) if name.isdigit() else grp.getgrnam(name)
    except KeyError:
        return name.isdigit()
    return True


def _path(path: Path) -> PathFacts:
    try:
        facts = path.stat()
    except OSError:
        return PathFacts(MISSING)
    mode = stat.S_IMODE(facts.st_mode)
    return PathFacts(FOLDER if stat.S_ISDIR(facts.st_mode) else FILE, mode, bool(mode & 0o111))


def _memory() -> int | None:
    try:
        found = _MEMORY.search(Path("/proc/meminfo").read_text(encoding="ascii"))
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


def _listeners(ports: Iterable[int]) -> Iterator[Listener]:
    """Who has them now. Sockets of systemd itself belong to the unit that says so."""
    wanted = set(ports)
    busy = [one for one in busy_ports() if one.protocol == "tcp" and one.port in wanted]
    if not busy:
        return
    processes, sockets = _processes({one.inode for one in busy}), _socket_units()
    for one in busy:
        pids = [pid for pid in processes.get(one.inode, ()) if pid != 1]
        unit = sockets.get(one.port) or next((found for found in map(_unit_of, pids) if found), "")
        yield Listener(one.port, one.address, unit, _words(one, pids, unit))


def _words(one: Socket, pids: list[int], unit: str) -> str:
    if not pids:
        return unit or f"a process that cannot be seen, at {one.address}"
    name = _text(Path(f"/proc/{pids[0]}/comm")).strip()
    return f"{name} (pid {pids[0]}{', ' + unit if unit else ''})"


def _processes(inodes: set[int]) -> dict[int, list[int]]:
    """By the inode of a socket. Walks all processes."""
    found: dict[int, list[int]] = {}
    for process in sorted(Path("/proc").glob("[0-9]*"), key=_number):
        for inode in _sockets(process) & inodes:
            found.setdefault(inode, []).append(_number(process))
    return found


def _number(path: Path) -> int:
    return int(path.name)


def _sockets(process: Path) -> set[int]:
    found = set()
    try:
        with os.scandir(process / "fd") as entries:
            links = [os.readlink(entry) for entry in entries]  # noqa: PTH115 - a Path for each is 5 times slower
    except OSError:  # it ended
        return set()
    for link in links:
        if link.startswith("socket:["):
            found.add(int(link[8:-1]))
    return found


def _unit_of(pid: int) -> str:
    found = _UNIT.findall(_text(Path(f"/proc/{pid}/cgroup")))
    return str(found[-1]) if found else ""


def _socket_units() -> dict[int, str]:
    """The unit of each port that systemd listens on."""
    ended = systemctl.call("systemctl", "list-sockets", "--plain", "--no-legend", "--full", whole=True)
    found = (line.split() for line in ended.stdout.splitlines())
    ports = ((fields[0].rpartition(":")[2], fields[1]) for fields in found if len(fields) > 1 and ":" in fields[0])
    return {int(port): unit for port, unit in ports if port.isdigit()}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
