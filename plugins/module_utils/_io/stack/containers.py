# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single containers of a project, handled by the engine where Compose has no command for exactly that."""

from __future__ import annotations

from collections.abc import Iterable

from ..._core.stack.present import LABEL, Container
from ..engine.client import Engine, EngineError
from ..engine.reads import container

#: What the engine adds to the time that a container has for its end, before an answer is overdue.
_GRACE_SECONDS = 60.0
#: The engine's own, where the container says nothing.
STOP_SECONDS = 10
#: States of a container that has a process.
UP = ("running", "restarting", "paused")
_GONE, _CONFLICT = 404, 409


def listed(engine: Engine, project: str, service: str = "") -> tuple[Container, ...]:
    """As they are now, one-offs among them; lowest number first."""
    labels = [f"{LABEL}project={project}", *([f"{LABEL}service={service}"] if service else [])]
    found = [container(entry) for entry in engine.get("/containers/json", all=True, filters={"label": labels})]
    return tuple(sorted(found, key=lambda one: (one.service, one.number, one.name)))


def replicas(engine: Engine, project: str, service: str) -> tuple[Container, ...]:
    return tuple(one for one in listed(engine, project, service) if not one.one_off)


def stop(engine: Engine, container_id: str, timeout: int | None = None) -> None:
    """As long as the container's own setting says, where no timeout is given. One that is gone is stopped, too."""
    allowed = _allowed(engine, container_id) if timeout is None else timeout
    _unless_gone(engine, f"/containers/{container_id}/stop", allowed + _GRACE_SECONDS, t=timeout)


def restart(engine: Engine, container_id: str, timeout: int | None = None) -> None:
    allowed = _allowed(engine, container_id) if timeout is None else timeout
    engine.post(f"/containers/{container_id}/restart", timeout_seconds=allowed + _GRACE_SECONDS, t=timeout)


def _allowed(engine: Engine, container_id: str) -> int:
    try:
        return stop_seconds(engine.get(f"/containers/{container_id}/json"))
    except EngineError as error:
        if error.status != _GONE:
            raise
        return STOP_SECONDS


def stop_seconds(inspected: dict[str, object]) -> int:
    """How long a container has for its end."""
    config = inspected.get("Config")
    given = config.get("StopTimeout") if isinstance(config, dict) else None
    return STOP_SECONDS if given is None else int(given)


def unpause(engine: Engine, container_id: str) -> None:
    engine.post(f"/containers/{container_id}/unpause")


def signal(engine: Engine, container_id: str, name: str) -> None:
    engine.post(f"/containers/{container_id}/kill", signal=name)


def rename(engine: Engine, container_id: str, name: str) -> None:
    engine.post(f"/containers/{container_id}/rename", name=name)


def remove(engine: Engine, container_id: str, volumes: bool = False) -> None:
    """With `volumes`, its anonymous ones go, too. One that is gone, or on its way, is no error."""
    try:
        engine.delete(f"/containers/{container_id}", force=True, v=volumes, timeout_seconds=_GRACE_SECONDS)
    except EngineError as error:
        going = error.status == _CONFLICT and "already in progress" in error.message
        if error.status != _GONE and not going:
            raise


def halt(engine: Engine, one: Container, timeout: int | None) -> None:
    """Stop a container in whatever state it is. A paused one would not hear that it has to end."""
    if one.state == "paused":
        unpause(engine, one.id)
    if one.state in UP:
        stop(engine, one.id, timeout)


def take_away(engine: Engine, containers: Iterable[Container], timeout: int | None, volumes: bool = False) -> None:
    """Stop what runs and remove all."""
    for one in containers:
        halt(engine, one, timeout)
        remove(engine, one.id, volumes)


def _unless_gone(engine: Engine, path: str, seconds: float, **query: object) -> None:
    try:
        engine.post(path, timeout_seconds=seconds, **query)
    except EngineError as error:
        if error.status != _GONE:
            raise
