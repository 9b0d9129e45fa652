# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would not work on this host, said before anything is touched. Only what can be known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from ..findings import ERROR, WARNING, Finding
from .hardening import turned_on
from .places import Places
from .running import within, working_directory
from .wish import App, Service

FILE, FOLDER, MISSING = "file", "folder", "missing"
_BIND, _FIRST_FREE_PORT = "CAP_NET_BIND_SERVICE", 1024
_ANY = {"", "0.0.0.0", "::", "*"}
_PRIVATE = ("/tmp", "/var/tmp")
_OTHERS = 0o077


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
    own_units: frozenset[str] = frozenset()  # more units of ours: what they hold is free soon


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
    paths = frozenset(path for service in app.services for path, _place, _check in _paths(service))
    own = f"{Places.of(app).root}/"  # what a release brings is not there before it
    outside = frozenset(path for path in paths if not path.startswith(own))
    return Asked(users, groups, outside, frozenset(claim.port for claim in _claims(app)))


def problems(app: App, facts: HostFacts) -> list[Finding]:
    """All that is wrong, each once: service, key, what was found and what is expected."""
    found: list[Finding] = []
    for service in app.services:
        for check in (_accounts, _limits, _files, _low_ports, _hidden):
            found += [_finding(service, *problem) for problem in check(app, service, facts)]
    found += [_finding(service, *problem) for service, problem in _ports_twice(app)]
    found += [_finding(service, *problem) for service, problem in _ports_taken(app, facts)]
    return list(dict.fromkeys(found))


#: rule, severity, key, message, hint
_Problem = tuple[str, str, str, str, str]


def _finding(service: Service, rule: str, severity: str, key: str, message: str, hint: str) -> Finding:
    return Finding(rule, severity, f"services.{service.name}.{key}", message, hint)


def _accounts(_app: App, service: Service, facts: HostFacts) -> Iterator[_Problem]:
    for key, known in (("user", facts.users), ("group", facts.groups)):
        name = getattr(service, key)
        if name and known.get(name) is False:
            message = f"found '{name}', expected a {key} of the host, and there is none of that name"
            hint = "leave it out for one that systemd makes up" if key == "user" else ""
            yield f"{key}-missing", ERROR, key, message, hint


def _limits(_app: App, service: Service, facts: HostFacts) -> Iterator[_Problem]:
    for key in ("memory", "memory_low"):
        size = getattr(service.limits, key)
        if size is not None and facts.memory is not None and size > facts.memory:
            message = f"found {_mebibytes(size)}, expected at most the host's memory, {_mebibytes(facts.memory)}"
            yield "memory-above-host", ERROR, f"limits.{key}", message, ""
    cpus = service.limits.cpus
    if cpus is not None and facts.cpus is not None and cpus > facts.cpus:
        message = f"found {cpus:f}, and the host has {facts.cpus}: it limits nothing"
        yield "cpus-above-host", WARNING, "limits.cpus", message, ""


def _mebibytes(size: int) -> str:
    return f"{size // 2**20} MiB" if size >= 2**20 else f"{size} bytes"


def _low_ports(_app: App, service: Service, _facts: HostFacts) -> Iterator[_Problem]:
    """Root has no capabilities either, but for those that it names."""
    root = service.user in ("root", "0") and not turned_on(service, "CapabilityBoundingSet")
    for port in service.ports:
        if port < _FIRST_FREE_PORT and _BIND not in service.capabilities and not root:
            message = f"found {port}, expected a port from {_FIRST_FREE_PORT} up, or capabilities: [{_BIND}]"
            hint = "or let systemd listen on it with sockets, where the service can take it over"
            yield "low-port", ERROR, "ports", message, hint


def _hidden(app: App, service: Service, _facts: HostFacts) -> Iterator[_Problem]:
    """Its own /tmp is another one."""
    if not turned_on(service, "PrivateTmp") and service.user:
        return
    places = Places.of(app)
    for key, path in (("exec", within(service.exec, places)[0]), ("working_dir", working_directory(service, places))):
        if any(path.startswith(f"{folder}/") for folder in _PRIVATE):
            yield "path-hidden", ERROR, key, f"found {path}, which the service cannot see: its /tmp is its own", ""


def _files(_app: App, service: Service, facts: HostFacts) -> Iterator[_Problem]:
    for path, key, check in _paths(service):
        there = facts.paths.get(path)
        if there is not None:
            yield from check(key, path, there)


_Check = Callable[[str, str, PathFacts], Iterator[_Problem]]


def _paths(service: Service) -> Iterator[tuple[str, str, _Check]]:
    for key in ("exec", "reload"):
        words = getattr(service, key)
        if words and words[0].startswith("/"):
            yield words[0], key, _program
    if service.working_dir.startswith("/"):
        yield service.working_dir, "working_dir", _folder
    for name, path in service.credentials.items():
        yield path, f"credentials.{name}", _secret
    for index, path in enumerate(service.environment_files):
        yield path, f"environment_files[{index}]", _secret
    for index, bind in enumerate(service.binds):
        yield bind.source, f"binds[{index}].source", _there


def _program(key: str, path: str, there: PathFacts) -> Iterator[_Problem]:
    if there.kind != FILE:
        yield "program-missing", ERROR, key, f"found {path}, expected a program, and there is {_words(there)}", ""
    elif not there.runs:
        message = f"found {path}, expected a program, and the file may not be executed"
        yield "program-missing", ERROR, key, message, f"its mode is {there.mode:04o}"


def _folder(key: str, path: str, there: PathFacts) -> Iterator[_Problem]:
    if there.kind != FOLDER:
        yield "path-missing", ERROR, key, f"found {path}, expected a folder, and there is {_words(there)}", ""


def _there(key: str, path: str, there: PathFacts) -> Iterator[_Problem]:
    if there.kind == MISSING:
        yield "path-missing", ERROR, key, f"found {path}, expected a path of the host, and there is none", ""


def _secret(key: str, path: str, there: PathFacts) -> Iterator[_Problem]:
    if there.kind != FILE:
        yield "path-missing", ERROR, key, f"found {path}, expected a file, and there is {_words(there)}", ""
    elif there.mode & _OTHERS:
        message = f"found {path} with the mode {there.mode:04o}, expected 0600: others can read it"
        yield "secret-open", ERROR, key, message, f"chmod 0600 {path}"


def _words(there: PathFacts) -> str:
    return {FILE: "a file", FOLDER: "a folder"}.get(there.kind, "none")


@dataclass(frozen=True)
class _Claim:
    service: Service
    key: str
    port: int
    address: str = ""

    def meets(self, port: int, address: str) -> bool:
        """Two listen on the same, or one of them on all addresses."""
        return self.port == port and (self.address == address or bool({self.address, address} & _ANY))


def _claims(app: App) -> Iterator[_Claim]:
    for service in app.services:
        yield from (_Claim(service, "ports", port) for port in service.ports)
        for listener in service.sockets:
            address, _colon, port = str(listener).rpartition(":")
            if port.isdigit():
                yield _Claim(service, "sockets", int(port), address.strip("[]"))


def _ports_twice(app: App) -> Iterator[tuple[Service, _Problem]]:
    for one, other in combinations(_claims(app), 2):
        if one.meets(other.port, other.address):
            place = f"{one.key} of {one.service.name}" if one.service != other.service else f"its {one.key}"
            message = f"found {other.port}, which is in {place}, too; expected a port that is free"
            yield other.service, ("port-twice", ERROR, other.key, message, "")


def _ports_taken(app: App, facts: HostFacts) -> Iterator[tuple[Service, _Problem]]:
    ours = {f"{app.unit(service.name)}.{kind}" for service in app.services for kind in ("service", "socket")}
    others = [listener for listener in facts.listeners if listener.unit not in ours | facts.own_units]
    for claim in _claims(app):
        for holder in others:
            if claim.meets(holder.port, holder.address):
                name = holder.holder or holder.unit or "another program"
                message = f"found {claim.port}, on which {name} listens; expected a port that is free"
                yield claim.service, ("port-taken", ERROR, claim.key, message, "")
                break
