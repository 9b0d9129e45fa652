# SPDX-License-Identifier: GPL-3.0-or-later
"""A Compose project on a host of the lab, and the module `compose_stack` run on it, for tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .hosts import COMPOSE, Host


@dataclass
class Project:
    """Files in a folder of its own, and a project of the same name. Each run is a process of its own."""

    host: Host
    name: str
    version: str  # of Compose
    options: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        return f"/srv/{self.name}"

    @property
    def cli(self) -> str:
        return f"{COMPOSE}/{self.version}/docker-compose"

    def write(self, name: str, content: str | dict[str, Any], mode: str = "0644") -> None:
        """A file of the project, written in place: a bind mount sees the change."""
        text = content if isinstance(content, str) else json.dumps(content)
        self.host.write(f"{self.folder}/{name}", text, mode)

    def replace(self, name: str, text: str) -> None:
        """As `ansible.builtin.copy` does it: a new file takes the place of the old one."""
        self.host.write(f"{self.folder}/{name}.new", text)
        self.host.run("mv", f"{self.folder}/{name}.new", f"{self.folder}/{name}")

    def services(self, services: dict[str, Any], **others: Any) -> None:
        """The Compose file; JSON is YAML."""
        self.write("compose.yaml", {"name": self.name, "services": services, **others})

    def module(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """The module's result, failed or not."""
        given = {"project_src": self.folder, "compose_cli": self.cli, **self.options, **options}
        return self.host.module("compose_stack", given, check_mode=check_mode, diff=True, env=self.environment)

    def up(self, **options: Any) -> dict[str, Any]:
        """A run that has to work."""
        result = self.module(**options)
        assert not result.get("failed"), result["msg"]
        return result

    def plan(self, **options: Any) -> dict[str, str]:
        """What check mode says: service -> action, of those that change."""
        result = self.module(check_mode=True, **options)
        assert not result.get("failed"), result["msg"]
        found = actions(result)
        assert result["changed"] == bool(found or result["diff"]["after"] != result["diff"]["before"])
        return found

    def agreed(self, **options: Any) -> dict[str, Any]:
        """Check mode, then the real run, which does just that; then a third run, which has nothing left to do."""
        planned = self.module(check_mode=True, **options)
        done = self.up(**options)
        assert actions(done) == actions(planned)
        assert done["changed"] == planned["changed"]
        assert done["diff"] == planned["diff"], (planned["diff"], done["diff"])
        again = self.up(**options)
        assert not again["changed"], actions(again)
        return done

    def compose(self, *words: str) -> str:
        """Compose itself, as a user types it."""
        return self.host.run(self.cli, "--project-directory", self.folder, "-p", self.name, *words).stdout

    def id(self, service: str, number: int = 1) -> str:
        """The id of a running container."""
        labels = (f"com.docker.compose.project={self.name}", f"com.docker.compose.service={service}")
        filters = [word for label in labels for word in ("--filter", f"label={label}")]
        found = self.host.run("docker", "ps", "--all", "--quiet", "--no-trunc", *filters).stdout.split()
        return found[number - 1] if len(found) >= number else ""

    def inside(self, service: str, *command: str) -> str:
        return self.host.run("docker", "exec", self.id(service), *command).stdout

    def inspect(self, service: str, layout: str) -> str:
        return self.host.run("docker", "inspect", "--format", layout, self.id(service)).stdout.strip()

    def remove(self) -> None:
        """Whatever is left of it."""
        mine = ("--filter", f"label=com.docker.compose.project={self.name}")
        for kind, remove in (("container", ("rm", "-f", "-v")), ("network", ("rm",)), ("volume", ("rm", "-f"))):
            words = ("ls", "-aq") if kind == "container" else ("ls", "-q")
            found = self.host.run("docker", kind, *words, *mine).stdout.split()
            if found:
                self.host.run("docker", kind, *remove, *found)


def actions(result: dict[str, Any]) -> dict[str, str]:
    """Service -> action, of those that change."""
    return {service["name"]: service["action"] for service in result["services"] if service["action"] != "keep"}


def reasons(result: dict[str, Any], service: str) -> str:
    return "; ".join(found for entry in result["services"] if entry["name"] == service for found in entry["reasons"])
