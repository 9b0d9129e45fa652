# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a capability needs beside itself: system calls, address families, and options that would take it back.

Sources: capabilities(7), `systemd-analyze syscall-filter`, systemd.exec(5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Grant:
    calls: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    given_up: tuple[str, ...] = ()


#: In a user namespace of its own a service has no capability over what is outside, such as the host's ports.
_ALWAYS = ("PrivateUsers",)
_ADMIN = Grant(
    ("@mount", "@privileged"),
    (),
    ("PrivateDevices", "ProtectControlGroups", "ProtectKernelTunables", "RestrictNamespaces"),
)
GRANTS: Mapping[str, Grant] = {
    "CAP_BPF": Grant(("bpf",)),
    "CAP_CHOWN": Grant(("@chown",)),
    "CAP_MKNOD": Grant((), (), ("PrivateDevices", "DevicePolicy")),
    "CAP_NET_RAW": Grant((), ("AF_PACKET",)),
    "CAP_PERFMON": Grant(("perf_event_open",)),
    "CAP_SETGID": Grant(("@setuid", "setgroups")),
    "CAP_SETUID": Grant(("@setuid", "setgroups")),
    "CAP_SYSLOG": Grant(("syslog",), (), ("ProtectKernelLogs",)),
    "CAP_SYS_ADMIN": _ADMIN,
    "CAP_SYS_BOOT": Grant(("@reboot",)),
    "CAP_SYS_CHROOT": Grant(("chroot",)),
    "CAP_SYS_MODULE": Grant(("@module",), (), ("ProtectKernelModules",)),
    "CAP_SYS_NICE": Grant(("@resources",), (), ("RestrictRealtime",)),
    "CAP_SYS_PTRACE": Grant(("@debug",), (), ("ProtectProc",)),
    "CAP_SYS_RAWIO": Grant(("@raw-io",), (), ("PrivateDevices", "DevicePolicy")),
    "CAP_SYS_RESOURCE": Grant(("@resources",)),
    "CAP_SYS_TIME": Grant(("@clock",), (), ("ProtectClock",)),
    "CAP_WAKE_ALARM": Grant((), (), ("ProtectClock",)),
}


def calls(capabilities: Iterable[str]) -> tuple[str, ...]:
    return _all(call for capability in capabilities for call in _of(capability).calls)


def families(capabilities: Iterable[str]) -> tuple[str, ...]:
    return _all(family for capability in capabilities for family in _of(capability).families)


def given_up(capabilities: Iterable[str]) -> tuple[str, ...]:
    listed = list(capabilities)
    always = _ALWAYS if listed else ()
    return _all([*always, *(option for capability in listed for option in _of(capability).given_up)])


def _of(capability: str) -> Grant:
    return GRANTS.get(capability, Grant())


def _all(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
