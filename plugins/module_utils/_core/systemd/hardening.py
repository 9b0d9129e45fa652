# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What confines a service: one table of options, each with its value for the service at hand.

An option is turned off by name, and those that most services could not bear are turned on by name. Sources:
systemd.exec(5), systemd.resource-control(5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Union

from . import grants
from .exposure import Confined, exposure
from .wish import Service

#: A value, lines of the option one after the other, or what works them out from the service and its app's root.
Lines = tuple[str, ...]
_Value = Union[str, Callable[[Service, str], Lines]]
_HUNDREDTH = Decimal("0.01")
_HOMES = ("/home", "/root", "/run/user")


@dataclass(frozen=True)
class Option:
    """`off` is the value that turns it off; without one the line is left out. All are known to systemd 252."""

    why: str
    value: _Value = "yes"
    off: str = "no"
    default: bool = True
    with_it: tuple[tuple[str, str], ...] = ()  # more lines, which mean nothing without it

    def of(self, service: Service, root: str) -> Lines:
        return (self.value,) if isinstance(self.value, str) else self.value(service, root)


def profile(service: Service, root: str = "") -> list[tuple[str, str]]:
    """The lines that confine the service."""
    lines: list[tuple[str, str]] = []
    for name, option in OPTIONS.items():
        if turned_on(service, name):
            lines += [(name, value) for value in option.of(service, root)]
            lines += option.with_it
        elif option.off and option.default:
            lines.append((name, option.off))
    return lines


def turned_on(service: Service, name: str) -> bool:
    """What the user said of it, else what its capabilities allow, else its default."""
    said = service.hardening.get(name)
    if said is not None:
        return said
    return OPTIONS[name].default and name not in grants.given_up(service.capabilities)


def turned_off(service: Service) -> tuple[str, ...]:
    """The options that are not as by default: turned off by name, or given up for a capability."""
    return tuple(name for name, option in OPTIONS.items() if option.default and not turned_on(service, name))


def score(service: Service, root: str = "") -> Decimal:
    """What `systemd-analyze security` works out, before it rounds up to one digit."""
    lines = profile(service, root)
    return exposure(Confined(service.user, service.group, tuple(lines)))


def rise(service: Service, option: str, root: str = "") -> Decimal:
    """By how much the score of the service is higher without the option than with it, to two digits."""
    on, off = (replace(service, hardening={**service.hardening, option: said}) for said in (True, False))
    return (score(off, root) - score(on, root)).quantize(_HUNDREDTH)


def _dynamic_user(service: Service, _root: str) -> Lines:
    return ("no",) if service.user else ("yes",)


def _bounds(service: Service, _root: str) -> Lines:
    return (" ".join(service.capabilities),)


def _ambient(service: Service, _root: str) -> Lines:
    """Root has what the bounds allow without being given it."""
    return (" ".join(service.capabilities),) if service.capabilities and service.user not in ("root", "0") else ()


def _families(service: Service, _root: str) -> Lines:
    return (" ".join(["AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK", *grants.families(service.capabilities)]),)


def _home(service: Service, root: str) -> Lines:
    """Where something of the service lies in a home, homes are seen and not written to."""
    paths = [root, service.working_dir, service.exec[0], *(bind.source for bind in service.binds)]
    in_a_home = any(f"{path}/".startswith(f"{home}/") for path in paths for home in _HOMES)
    return ("read-only",) if in_a_home else ("yes",)


def _calls(service: Service, _root: str) -> Lines:
    """The last line that names a call wins."""
    granted = " ".join(grants.calls(service.capabilities))
    return ("@system-service", "~@privileged @resources", *([granted] if granted else []))


OPTIONS: Mapping[str, Option] = {
    "DynamicUser": Option("its user is its own, exists while it runs and owns nothing else", _dynamic_user),
    "NoNewPrivileges": Option("no program that it starts gets more rights than it has"),
    "CapabilityBoundingSet": Option("of root's rights it can have those that it names, else none", _bounds, off=""),
    "AmbientCapabilities": Option("it has the rights that it names", _ambient, off=""),
    "ProtectSystem": Option("it writes to its own folders and nowhere else", "strict"),
    "ProtectHome": Option("it does not see what is in the users' homes", _home),
    "PrivateTmp": Option("/tmp and /var/tmp are its own, and empty at its start"),
    "PrivateDevices": Option("of the devices it sees /dev/null and its like"),
    "DevicePolicy": Option("it opens no device but these, by whatever path", "closed", off="auto"),
    "PrivateUsers": Option("it sees no user but itself, root and nobody"),
    "PrivateMounts": Option("what it mounts is seen by nobody else"),
    "PrivateIPC": Option("it shares no memory, semaphores and queues of System V with others"),
    "PrivateNetwork": Option(
        "it has no network but a loopback device of its own; sockets that systemd opened still work", default=False
    ),
    "ProtectClock": Option("it cannot set the clock"),
    "ProtectControlGroups": Option("it cannot change what groups of processes may use"),
    "ProtectHostname": Option("it cannot change the host's name"),
    "ProtectKernelLogs": Option("it does not see the kernel's messages"),
    "ProtectKernelModules": Option("it cannot load modules into the kernel"),
    "ProtectKernelTunables": Option("it cannot change the kernel's settings in /proc and /sys"),
    "ProtectProc": Option("it does not see processes of other users", "invisible", off="default"),
    "ProcSubset": Option(
        "of /proc it sees processes alone; many programs ask there for CPUs and memory",
        "pid",
        off="all",
        default=False,
    ),
    "RemoveIPC": Option("what it leaves of such memory and queues is removed when it ends"),
    "KeyringMode": Option("it shares no keys of the kernel's keyring with others", "private", off="inherit"),
    "LockPersonality": Option("it cannot ask the kernel to behave like another system"),
    "MemoryDenyWriteExecute": Option(
        "memory that it writes to cannot be run; a runtime that compiles while it runs (JIT) needs that"
    ),
    "RestrictAddressFamilies": Option(
        "its sockets are of the Internet or of this host, or list its interfaces", _families, off=""
    ),
    "RestrictNamespaces": Option("it makes no containers"),
    "RestrictRealtime": Option("it cannot take a CPU for itself"),
    "RestrictSUIDSGID": Option("it makes no files that give their user other rights"),
    "SystemCallArchitectures": Option("it calls the kernel in the way of this machine alone", "native", off=""),
    "SystemCallFilter": Option(
        "it makes the calls to the kernel that services make, and none that need root or change its own priority",
        _calls,
        off="",
        with_it=(("SystemCallErrorNumber", "EPERM"),),
    ),
    "UMask": Option("what it writes is for nobody else", "0077", off="0022"),
    "IPAddressDeny": Option(
        "it talks with this host and no other", "any", default=False, with_it=(("IPAddressAllow", "localhost"),)
    ),
}
