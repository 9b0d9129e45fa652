# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would not work on this host, said before anything is touched. Only what can be known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..findings import Finding
from .wish import App

FILE, FOLDER, MISSING = "file", "folder", "missing"


@dataclass(frozen=True)
class PathFacts:
    """What is at a path: FILE, FOLDER or MISSING; `mode` are its permission bits, `runs` whether it is executable."""

    kind: str
    mode: int = 0
    runs: bool = False


@dataclass(frozen=True)
class Listener:
    """Somebody listens there. `unit` is the unit whose process or socket it is, `holder` words for people."""

    port: int
    address: str = ""
    unit: str = ""
    holder: str = ""


@dataclass(frozen=True)
class HostFacts:
    """None and missing keys are unknown and lead to no finding. `asked` says which ones are wanted."""

    users: Mapping[str, bool] = field(default_factory=dict)  # as written, name or number -> whether there is one
    groups: Mapping[str, bool] = field(default_factory=dict)
    paths: Mapping[str, PathFacts] = field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()  # TCP
    memory: int | None = None  # of the host, in bytes
    cpus: int | None = None


@dataclass(frozen=True)
class Asked:
    """What has to be looked at on the host."""

    users: frozenset[str]
    groups: frozenset[str]
    paths: frozenset[str]
    ports: frozenset[int]


def asked(app: App) -> Asked:
    users = frozenset(service.user for service in app.services if service.user)
    groups = frozenset(service.group for service in app.services if service.group)
    return Asked(users, groups, frozenset(_paths(app)), frozenset(_ports(app)))


def problems(app: App, facts: HostFacts) -> list[Finding]:
    return []


def _paths(app: App) -> Iterator[str]:
    for service in app.services:
        if service.exec[0].startswith("/"):
            yield service.exec[0]
        yield from service.credentials.values()
        yield from service.environment_files
        yield from (bind.source for bind in service.binds)


def _ports(app: App) -> Iterator[int]:
    for service in app.services:
        yield from service.ports
        yield from (listener for listener in service.sockets if isinstance(listener, int))
