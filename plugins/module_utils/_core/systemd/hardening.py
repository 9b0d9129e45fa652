# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What confines a service: one table of options, each with its value for the service at hand.

An option is turned off by name, and some that most services could not bear are turned on by name. Sources:
systemd.exec(5), systemd.resource-control(5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import grants
from .host import Host
from .wish import Service

#: What a line says where an option that is either on or off is off.
NO = "no"
_HOMES = ("/home", "/root", "/run/user")


@dataclass(frozen=True)
class Option:
    """`value` is a text, or worked out from the service and where its release lies; '' leaves the line out."""

    why: str
    value: Callable[[Service, str], str] | str = "yes"
    off: str = NO
    default: bool = True
    since: int = 0  # systemd's version; 0 is one that every supported host has

    def of(self, service: Service, root: str) -> str:
        return self.value if isinstance(self.value, str) else self.value(service, root)


def profile(service: Service, root: str = "", host: Host | None = None) -> dict[str, str]:
    """The lines that confine the service, by option."""
    version = (host or Host()).systemd
    lines = {}
    for name, option in OPTIONS.items():
        if option.since <= version:
            lines[name] = option.of(service, root) if turned_on(service, name) else option.off
    return {name: value for name, value in lines.items() if value}


def turned_on(service: Service, name: str) -> bool:
    """What the user said of it, else what its capabilities allow, else its default."""
    said = service.hardening.get(name)
    if said is not None:
        return said
    return OPTIONS[name].default and name not in grants.given_up(service.capabilities)


def _dynamic_user(service: Service, _root: str) -> str:
    return NO if service.user else "yes"


def _capabilities(service: Service, _root: str) -> str:
    return " ".join(service.capabilities) or " "


def _ambient(service: Service, _root: str) -> str:
    """Only a service that is not root needs to be given what it may."""
    return " ".join(service.capabilities) if service.capabilities and service.user not in ("root", "0") else ""


def _families(service: Service, _root: str) -> str:
    extra = grants.families(service.capabilities)
    return " ".join(["AF_UNIX", "AF_INET", "AF_INET6", *extra])


def _home(service: Service, root: str) -> str:
    """Where something of the service lies in a home, homes are seen and not written to."""
    paths = [root, service.working_dir, service.exec[0], *(bind.source for bind in service.binds)]
    return (
        "read-only" if any(path == home or path.startswith(f"{home}/") for path in paths for home in _HOMES) else "yes"
    )


def _calls(service: Service, _root: str) -> str:
    return " ".join(["@system-service", *grants.calls(service.capabilities)])


OPTIONS: Mapping[str, Option] = {
    "DynamicUser": Option("a user of its own that exists while it runs, and that owns nothing else", _dynamic_user),
    "ProtectSystem": Option("the whole file system may only be read, but for its own folders", "strict"),
}
