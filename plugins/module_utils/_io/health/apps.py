# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The apps somebody named: their control groups, from systemd by unit and from Docker by Compose project."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..._core.health.cgroups import systemd_units
from ..._core.health.options import App
from .cgroups import Group, of_container, of_unit

_PROJECT = "com.docker.compose.project"
_SHOWN = "Id,ActiveState,ControlGroup"
_SECONDS = 10.0


@dataclass(frozen=True)
class Found:
    """An app as it runs. No groups: it does not, and `message` says why."""

    app: App
    groups: tuple[Group, ...] = ()
    message: str = ""

    def cpu_seconds(self) -> float:
        return sum(group.cpu_seconds() for group in self.groups)


def find(apps: Sequence[App], docker_host: str, timeout: float) -> tuple[Found, ...]:
    return tuple(_found(app, docker_host, timeout) for app in apps)


def _found(app: App, docker_host: str, timeout: float) -> Found:
    groups, silent = [], []
    for pattern in app.units:
        running = _of_units(pattern)
        groups += running
        silent += [] if running else [f"no unit {pattern} runs"]
    if app.project:
        of_project = _of_project(app.project, docker_host, timeout)
        groups += of_project
        silent += [] if of_project else [f"no container of the project {app.project} runs"]
    return Found(app, () if silent else tuple(groups), "; ".join(silent))


def _of_units(pattern: str) -> list[Group]:
    """systemd knows patterns itself, and looks among the units that are loaded."""
    from ..program_run import Run, run  # only who names units waits for it

    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
    words = ("systemctl", "show", f"--property={_SHOWN}", "--", pattern)
    shown = run(Run(words, environment, seconds=_SECONDS, whole=True)).stdout
    active = (unit for unit in systemd_units(shown) if unit.get("ActiveState") in ("active", "reloading"))
    return [of_unit(unit["ControlGroup"]) for unit in active if unit.get("ControlGroup")]


def _of_project(project: str, docker_host: str, timeout: float) -> list[Group]:
    from ..engine.client import Engine, EngineError

    groups = []
    try:
        with Engine(docker_host or None, timeout_seconds=timeout) as engine:
            labels = {"label": [f"{_PROJECT}={project}"]}
            listed: list[dict[str, Any]] = engine.get("/containers/json", filters=labels)
            for number in (str(entry["Id"]) for entry in listed):
                state = engine.get(f"/containers/{number}/json")["State"]
                groups += [of_container(state["Pid"], number)] if state.get("Pid") else []
    except EngineError:
        return []  # Docker itself is another item, which says why
    return groups
