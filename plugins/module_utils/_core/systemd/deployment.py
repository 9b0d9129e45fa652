# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is installed for an app: its release, its units, and the files beside them.

A deployment that was good is kept whole, so that going back to it is one more deployment, with the same plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..findings import ERROR
from .places import Places
from .quoting import assignments
from .reader import as_options, read_app
from .wish import App, Service

_SECRET_MODE, _MODE = 0o600, 0o644


@dataclass(frozen=True)
class PrivateFile:
    text: str
    mode: int = _SECRET_MODE
    secret: bool = True

    @property
    def sha256(self) -> str:
        return sha256(self.text)


@dataclass(frozen=True)
class Ran:
    """What a service was last started with. Of a reload, what the process itself was started with stays `began`."""

    release: str = ""
    service: str = ""  # sha256 of the unit's section [Service]
    socket: str = ""
    private: Mapping[str, str] = field(default_factory=dict)  # path -> sha256
    began: str = ""  # the release at its last real start

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Ran:
        return cls(**{name: value[name] for name in cls.__dataclass_fields__ if name in value})


@dataclass(frozen=True)
class Deployment:
    """`units` by the names of their files, `private` by their paths."""

    app: App
    release: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    private: Mapping[str, PrivateFile] = field(default_factory=dict)

    def service(self, name: str) -> Service:
        return next(service for service in self.app.services if service.name == name)

    def units_of(self, name: str) -> tuple[str, ...]:
        """The files of a service's units, such as web.service and web.socket."""
        stem = self.app.unit(name)
        return tuple(file for file in sorted(self.units) if file.rpartition(".")[0] == stem)

    def ran(self, name: str) -> Ran:
        """What the service is started with now."""
        stem = self.app.unit(name)
        folder = f"{Places.of(self.app).private}/{name}/"
        beside = {path: file.sha256 for path, file in self.private.items() if path.startswith(folder)}
        socket = self.units.get(f"{stem}.socket", "")
        return Ran(
            release=self.release,
            service=sha256("\n".join(section(self.units.get(f"{stem}.service", ""), "Service"))),
            socket=sha256("\n".join(section(socket, "Socket"))) if socket else "",
            private=beside,
            began=self.release,
        )

    def same(self, other: Deployment | None) -> bool:
        """What is installed is the same; how it is probed may differ."""
        if other is None:
            return False
        return (self.release, self.units, self.private) == (other.release, other.units, other.private)

    def as_dict(self) -> dict[str, Any]:
        return {
            "app": as_options(self.app),
            "release": self.release,
            "units": dict(self.units),
            "private": {path: asdict(file) for path, file in self.private.items()},
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any] | None) -> Deployment | None:
        """None where another release of this collection wrote what this one cannot read: it is not gone back to."""
        if not value:
            return None
        app, findings = read_app(value["app"])
        if any(finding.severity == ERROR for finding in findings):
            return None
        private = {path: PrivateFile(**file) for path, file in value["private"].items()}
        return cls(app, str(value["release"]), dict(value["units"]), private)


def without_release(app: App) -> App:
    """Nothing is at `current` then: what has no other folder works in that of the host."""
    return replace(app, services=tuple(replace(one, working_dir=one.working_dir or "/") for one in app.services))


def private_files(app: App) -> dict[str, PrivateFile]:
    """The files beside the units: variables, and what is given as content."""
    return dict(_private_files(app))


def _private_files(app: App) -> Iterator[tuple[str, PrivateFile]]:
    places = Places.of(app)
    for service in app.services:
        if service.environment:
            yield places.environment(service.name), PrivateFile(assignments(service.environment))
        for file in service.files:
            mode = _SECRET_MODE if file.secret else file.mode if file.mode is not None else _MODE
            yield places.file(service.name, file.name), PrivateFile(file.content, mode, file.secret)


def section(text: str, name: str) -> tuple[str, ...]:
    """The lines of one section of a unit, without comments."""
    found, inside = [], False
    for line in text.splitlines():
        word = line.strip()
        if word.startswith("["):
            inside = word == f"[{name}]"
        elif inside and word and not word.startswith(("#", ";")):
            found.append(word)
    return tuple(found)


def installs(text: str) -> bool:
    """Whether a unit can be enabled."""
    return bool(section(text, "Install"))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
