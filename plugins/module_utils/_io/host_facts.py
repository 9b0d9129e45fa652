# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of this host that a plan needs: ports in use, space, memory, open connections. Linux's /proc, read only.

The `read_*` functions take the text of a file of /proc; the others read it.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .._core.health import mounts

_LISTENING, _ESTABLISHED, _UNCONNECTED = "0A", "01", "07"


@dataclass(frozen=True, order=True)
class Socket:
    """One line of /proc/net/tcp and its kin, in words. `inode` leads to the process that holds it."""

    protocol: str  # tcp or udp
    address: str  # 0.0.0.0 and :: are all addresses of their family
    port: int
    remote_address: str = ""
    remote_port: int = 0
    state: str = ""
    inode: int = 0

    @property
    def family(self) -> str:
        return "ipv6" if ":" in self.address else "ipv4"


def read_sockets(text: str, protocol: str) -> Iterator[Socket]:
    """The lines of /proc/net/{tcp,tcp6,udp,udp6}; one that is not understood is left out."""
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 10:
            continue
        try:
            (address, port), (remote, remote_port) = _endpoint(fields[1]), _endpoint(fields[2])
            yield Socket(protocol, address, port, remote, remote_port, fields[3], int(fields[9]))
        except ValueError:
            continue


def _endpoint(text: str) -> tuple[str, int]:
    """0100007F:1F90 is 127.0.0.1 8080: an address in words of 32 bits, each in the byte order of the machine."""
    address, _colon, port = text.partition(":")
    raw = bytes.fromhex(address)
    if len(raw) not in (4, 16):
        raise ValueError(text)
    words = b"".join(_in_network_order(raw[start : start + 4]) for start in range(0, len(raw), 4))
    family = socket.AF_INET if len(raw) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, words), int(port, 16)


def _in_network_order(word: bytes) -> bytes:
    return socket.htonl(int.from_bytes(word, "big")).to_bytes(4, "big")


def busy_ports() -> tuple[Socket, ...]:
    """What this host listens on, in order. Ports that Docker publishes without its proxy program are not here: those
    are in the containers' list."""
    return tuple(sorted(one for one in _sockets("self") if one.state == _waiting(one.protocol)))


def _waiting(protocol: str) -> str:
    return _LISTENING if protocol == "tcp" else _UNCONNECTED


def _sockets(process: str | int, protocols: Iterable[str] = ("tcp", "udp")) -> Iterator[Socket]:
    for protocol in protocols:
        for version in ("", "6"):
            yield from read_sockets(_text(f"/proc/{process}/net/{protocol}{version}"), protocol)


def holder(inode: int) -> str:
    """Who holds a socket, as `nginx (pid 812)`; nothing where that cannot be seen. Walks all processes."""
    processes = sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name))
    found = (process for process in processes if f"socket:[{inode}]" in _open_files(process))
    return next((f"{_text(process / 'comm').strip()} (pid {process.name})" for process in found), "")


def _open_files(process: Path) -> set[str]:
    try:
        with os.scandir(process / "fd") as entries:
            return {os.readlink(entry) for entry in entries}  # noqa: PTH115 - a Path for each is 5 times slower
    except OSError:  # it ended, or it is somebody else's
        return set()


def inbound_connections(pid: int) -> tuple[Socket, ...]:
    """The established connections to what a process's network listens on, from outside of it."""
    return read_inbound(tuple(_sockets(pid, ("tcp",))))


def read_inbound(sockets: Iterable[Socket]) -> tuple[Socket, ...]:
    """A health check from within comes over loopback and is nobody's request."""
    sockets = tuple(sockets)
    listening = {one.port for one in sockets if one.state == _LISTENING}
    return tuple(
        one
        for one in sockets
        if one.state == _ESTABLISHED and one.port in listening and not _loopback(one.remote_address)
    )


def _loopback(address: str) -> bool:
    return address == "::1" or address.startswith(("127.", "::ffff:127."))


def available_memory() -> int | None:
    """Bytes that new processes can have without swapping; None where the kernel does not say."""
    return read_available_memory(_text("/proc/meminfo"))


def read_available_memory(text: str) -> int | None:
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def free_bytes(path: str) -> int:
    """What a user without privileges may still write on the file system of a path, which need not exist yet."""
    found = os.statvfs(nearest(path))
    return found.f_bavail * found.f_frsize


def free_inodes(path: str) -> int | None:
    """How many files the file system of a path can still hold; None where it has no such limit."""
    found = os.statvfs(nearest(path))
    return found.f_favail if found.f_files else None


def total_bytes(path: str) -> int:
    """The size of the file system of a path."""
    found = os.statvfs(nearest(path))
    return found.f_blocks * found.f_frsize


def total_inodes(path: str) -> int | None:
    """How many files it can hold in all; None where it has no such limit."""
    return os.statvfs(nearest(path)).f_files or None


def nearest(path: str) -> Path:
    """The path, or the first of the folders above it that exists."""
    asked = Path(path).absolute()
    return next((place for place in (asked, *asked.parents) if place.exists()), Path("/"))


def stat_of(path: str) -> str | None:
    """device:inode of what a path leads to; None where there is nothing. A file replaced by rename has another."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return f"{found.st_dev}:{found.st_ino}"


def held_content(pid: int, target: str, most_bytes: int = 16 * 1024 * 1024) -> bytes | None:
    """The content of a file that is mounted at `target` for a process: what its container really sees.

    None where nothing is mounted there, the container has ended, or the file is larger. Only mount points are looked
    at: they have no links on their way, which would be followed on this host.
    """
    if target not in read_mounts(_text(f"/proc/{pid}/mountinfo")):
        return None
    file = Path(f"/proc/{pid}/root{target}")
    try:
        return file.read_bytes() if file.is_file() and file.stat().st_size <= most_bytes else None
    except OSError:
        return None


def read_mounts(text: str) -> dict[str, str]:
    """Mount point -> what of its file system is mounted there, which ends in //deleted where it was replaced."""
    return {mount.target: mount.root for mount in mounts.read(text)}


def _text(path: str | Path) -> str:
    """A file of /proc; nothing where there is none, as where the kernel has no IPv6 or the process has ended."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
