# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service of units while it is being put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...app import App, Service
from ...findings import Finding
from ...peers import Names
from .. import wish
from ..places import Places
from .kinds import finding


@dataclass(frozen=True)
class Given:
    """What the Compose file does not hold. `folder` is the project's, whose files travel in a release below `root`.

    `contents` are those of secrets and configs by kind and name; None: they are not looked at, nor missed.
    """

    folder: str = ""
    root: str = ""
    contents: Mapping[tuple[str, str], str] | None = None


class AppDraft:
    def __init__(self, app: App, name: str, given: Given) -> None:
        self.app = app
        self.name = name
        self.names = Names(app)
        self.given = given
        self.unit_of = wish.App(name).unit
        self.places = Places.of(wish.App(name, root=given.root))
        self.findings: list[Finding] = []

    def report(self, kind: str, path: str, message: str, hint: str = "") -> None:
        self.findings.append(finding(kind, path, message, hint))


class ServiceDraft:
    """`fields` are those of wish.Service; those that are tuples are lists here."""

    def __init__(self, app: AppDraft, service: Service) -> None:
        self.app = app
        self.service = service
        self.fields: dict[str, Any] = {}
        self.limits: dict[str, Any] = {}
        self.capabilities: dict[str, None] = {}

    def add(self, name: str, item: Any) -> None:
        listed: list[Any] = self.fields.setdefault(name, [])
        if item not in listed:
            listed.append(item)

    def report(self, kind: str, place: str, message: str, hint: str = "") -> None:
        """A finding at a place of the service, such as `ports[80]`."""
        self.app.report(kind, f"services.{self.service.name}.{place}", message, hint)

    def confine(self, option: str) -> None:
        """Turn an option of the unit on, unless the user says what of it."""
        self.fields.setdefault("hardening", {}).setdefault(option, True)

    def turned_off(self, options: tuple[str, ...]) -> bool:
        """Whether the user took one of these out of the hardened unit."""
        hardening = self.service.systemd.hardening
        return any(hardening.get(option) is False for option in options)

    def made(self) -> wish.Service:
        fields: dict[str, Any] = {"exec": (), "capabilities": tuple(self.capabilities)}
        for name, value in self.fields.items():
            fields[name] = tuple(value) if isinstance(value, list) else value
        return wish.Service(name=self.service.name, limits=wish.Limits(**self.limits), **fields)


@dataclass(frozen=True)
class Translation:
    """The app in systemd's words, and everything that could not be translated as it was."""

    app: wish.App
    findings: list[Finding] = field(default_factory=list)
