# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How `systemd-analyze security` works out its score: weights, and how bad a unit is in each row.

Source: src/analyze/analyze-security.c of systemd 252 to 257, and what load brings along (src/core/unit.c). A test
compares it with the program itself on real hosts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

Line = tuple[str, str]
#: A row without a say: the unit is such that it does not matter.
_SILENT = None


@dataclass(frozen=True)
class Confined:
    """The lines of a unit that the score looks at, and as whom it runs."""

    user: str
    group: str
    lines: tuple[Line, ...]

    def last(self, option: str, otherwise: str = "no") -> str:
        return next((value for name, value in reversed(self.lines) if name == option), otherwise)

    def all(self, option: str) -> list[str]:
        return [value for name, value in self.lines if name == option]

    def on(self, option: str) -> bool:
        return self.last(option) == "yes" or (self.dynamic and option in _BY_DYNAMIC_USER)

    @property
    def dynamic(self) -> bool:
        return self.last("DynamicUser") == "yes"

    @property
    def root(self) -> bool:
        return not self.dynamic and self.user in ("", "root", "0")


@dataclass(frozen=True)
class Row:
    weight: int
    worst: int
    bad: Callable[[Confined], int | None]


def exposure(unit: Confined) -> Decimal:
    """From 0 to 10, exactly."""
    rows = [(row, row.bad(unit)) for row in _rows()]
    heard = [(row.weight, row.worst, bad) for row, bad in rows if bad is not None]
    badness = sum(-(-weight * bad // worst) for weight, worst, bad in heard)
    return Decimal(badness * 10) / sum(weight for weight, _worst, _bad in heard)


def shown(score: Decimal) -> Decimal:
    """As the program prints it."""
    return score.quantize(Decimal("0.1"), rounding=ROUND_CEILING)


#: What DynamicUser=yes brings along, whatever the unit says of it.
_BY_DYNAMIC_USER = ("NoNewPrivileges", "PrivateTmp", "RemoveIPC", "RestrictSUIDSGID")
_SWITCHES = {
    **dict.fromkeys(("PrivateDevices", "PrivateMounts", "PrivateTmp", "PrivateUsers", "NoNewPrivileges"), 1000),
    **dict.fromkeys(("ProtectClock", "ProtectControlGroups", "ProtectKernelLogs", "ProtectKernelModules"), 1000),
    **dict.fromkeys(("ProtectKernelTunables", "RestrictSUIDSGID"), 1000),
    **{"PrivateNetwork": 2500, "ProtectHostname": 50, "LockPersonality": 100, "MemoryDenyWriteExecute": 100},
    "RestrictRealtime": 500,
}
_NAMESPACES = {"user": 1500, "mnt": 500, "ipc": 500, "pid": 500, "cgroup": 500, "net": 500, "uts": 100}
_CALLS = {
    **dict.fromkeys(("@clock", "@debug", "@module", "@mount", "@raw-io", "@reboot", "@swap"), 1000),
    **{"@cpu-emulation": 250, "@obsolete": 250, "@privileged": 700, "@resources": 700},
}
_CAPABILITIES = (
    (1500, ("SYS_ADMIN",)),
    (1500, ("SETUID", "SETGID", "SETPCAP")),
    (1500, ("SYS_PTRACE",)),
    (1000, ("SYS_TIME",)),
    (1000, ("NET_ADMIN",)),
    (1000, ("SYS_RAWIO",)),
    (1000, ("SYS_MODULE",)),
    (500, ("AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE")),
    (500, ("SYSLOG",)),
    (500, ("SYS_NICE", "SYS_RESOURCE")),
    (500, ("MKNOD",)),
    (1000, ("CHOWN", "FSETID", "SETFCAP")),
    (1000, ("DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "IPC_OWNER")),
    (500, ("KILL",)),
    (500, ("NET_BIND_SERVICE", "NET_BROADCAST", "NET_RAW")),
    (100, ("SYS_BOOT",)),
    (100, ("MAC_ADMIN", "MAC_OVERRIDE")),
    (75, ("LINUX_IMMUTABLE",)),
    (50, ("IPC_LOCK",)),
    (50, ("SYS_CHROOT",)),
    (25, ("BLOCK_SUSPEND",)),
    (25, ("WAKE_ALARM",)),
    (25, ("LEASE",)),
    (25, ("SYS_TTY_CONFIG",)),
    (25, ("SYS_PACCT",)),
    (25, ("BPF",)),
)
#: Capabilities that options take away, too.
_TAKEN: Mapping[str, tuple[str, ...]] = {
    "PrivateDevices": ("MKNOD", "SYS_RAWIO"),
    "ProtectClock": ("SYS_TIME", "WAKE_ALARM"),
    "ProtectKernelLogs": ("SYSLOG",),
    "ProtectKernelModules": ("SYS_MODULE",),
}
#: Rows that no option of ours changes: the root directory, and what is right by default.
_ALWAYS_BAD, _NEVER_BAD = 200, (1000, 100)


def _rows() -> Iterator[Row]:
    yield Row(_ALWAYS_BAD, 1, _always)
    yield from (Row(weight, 1, _never) for weight in _NEVER_BAD)  # NotifyAccess=, Delegate=
    yield Row(2000, 10, _user)
    yield Row(200, 1, _groups)
    yield from (Row(weight, 1, _Switch(name)) for name, weight in _SWITCHES.items())
    yield Row(100, 1, _ipc)
    yield Row(1000, 1, _keyring)
    yield Row(1000, 10, _system)
    yield Row(1000, 10, _homes)
    yield Row(1000, 3, _processes)
    yield Row(10, 1, _proc)
    yield Row(100, 10, _mask)
    yield Row(1000, 10, _architectures)
    yield Row(1000, 10, _devices)
    yield Row(1000, 10, _addresses)
    yield Row(500, 1, _ambient)
    yield from (Row(weight, 1, _namespaces) for weight in _NAMESPACES.values())
    yield from (Row(weight, 10, _Calls(group)) for group, weight in _CALLS.items())
    yield from (Row(weight, 1, _Capability(names)) for weight, names in _CAPABILITIES)
    families = ((1500, ("AF_INET", "AF_INET6")), (25, ("AF_UNIX",)), (200, ("AF_NETLINK",)), (1000, ("AF_PACKET",)))
    yield from (Row(weight, 1, _Family(names)) for weight, names in families)
    yield Row(1250, 1, _Family(()))


def _always(_unit: Confined) -> int:
    return 1


def _never(_unit: Confined) -> int:
    return 0


def _user(unit: Confined) -> int:
    return 10 if unit.root else 9 if unit.user == "nobody" else 0


def _groups(unit: Confined) -> int | None:
    return _SILENT if unit.root else 0


def _ipc(unit: Confined) -> int | None:
    return _SILENT if unit.root else int(not unit.on("RemoveIPC"))


def _keyring(unit: Confined) -> int:
    return int(unit.last("KeyringMode", "private") != "private")


def _system(unit: Confined) -> int:
    return {"strict": 0, "full": 3, "yes": 8}.get("strict" if unit.dynamic else unit.last("ProtectSystem"), 10)


def _homes(unit: Confined) -> int:
    said = unit.last("ProtectHome")
    said = "read-only" if said == "no" and unit.dynamic else said
    return {"yes": 0, "tmpfs": 1, "read-only": 5}.get(said, 10)


def _processes(unit: Confined) -> int:
    return {"noaccess": 1, "invisible": 0, "ptraceable": 2}.get(unit.last("ProtectProc"), 3)


def _proc(unit: Confined) -> int:
    return int(unit.last("ProcSubset") != "pid")


def _mask(unit: Confined) -> int:
    mask = int(unit.last("UMask", "0022"), 8)
    return next((bad for bit, bad in ((0o002, 10), (0o004, 5), (0o020, 2), (0o040, 1)) if not mask & bit), 0)


def _architectures(unit: Confined) -> int:
    return 0 if unit.last("SystemCallArchitectures", "") == "native" else 10


def _devices(unit: Confined) -> int:
    """To read the time of the machine's clock, ProtectClock= allows its device."""
    if unit.last("DevicePolicy", "auto") != "closed" and not unit.on("PrivateDevices"):
        return 10
    return 5 if unit.on("ProtectClock") else 0


def _addresses(unit: Confined) -> int:
    if unit.last("IPAddressDeny") != "any":
        return 10
    return 2 if unit.last("IPAddressAllow", "") == "localhost" else 0


def _ambient(unit: Confined) -> int:
    return int(bool(unit.last("AmbientCapabilities", "")))


def _namespaces(unit: Confined) -> int:
    return int(not unit.on("RestrictNamespaces"))


@dataclass(frozen=True)
class _Switch:
    name: str

    def __call__(self, unit: Confined) -> int:
        return int(not unit.on(self.name))


@dataclass(frozen=True)
class _Calls:
    group: str

    def __call__(self, unit: Confined) -> int:
        lines = unit.all("SystemCallFilter")
        if not lines:
            return 10
        granted = lines[2].split() if len(lines) > 2 else []
        return 9 if any(self.group in _GROUPS.get(call, (call,)) for call in granted) else 0


@dataclass(frozen=True)
class _Capability:
    names: tuple[str, ...]

    def __call__(self, unit: Confined) -> int:
        kept = unit.all("CapabilityBoundingSet")
        taken = {name for option, names in _TAKEN.items() if unit.on(option) for name in names}
        allowed = {name for name in self.names if not kept or f"CAP_{name}" in kept[-1].split()}
        return int(bool(allowed - taken))


@dataclass(frozen=True)
class _Family:
    """Whether a socket of these families can be opened; of none: of any other family."""

    names: tuple[str, ...]

    def __call__(self, unit: Confined) -> int:
        lines = unit.all("RestrictAddressFamilies")
        if not lines:
            return 1
        return int(any(name in lines[-1].split() for name in self.names))


#: The groups of calls that a call or a group stands in, of those that have a row.
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "@chown": ("@privileged",),
    "@clock": ("@clock", "@privileged"),
    "@module": ("@module", "@privileged"),
    "@mount": ("@mount", "@privileged"),
    "@privileged": ("@privileged", "@clock", "@module", "@mount", "@obsolete", "@raw-io", "@reboot", "@swap"),
    "@raw-io": ("@raw-io", "@privileged"),
    "@reboot": ("@reboot", "@privileged"),
    "@setuid": ("@privileged",),
    "bpf": ("@privileged",),
    "chroot": ("@mount", "@privileged"),
    "perf_event_open": ("@debug",),
    "setgroups": ("@privileged",),
    "syslog": (),
}
