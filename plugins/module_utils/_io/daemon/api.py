# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docker_daemon asks of a running dockerd about itself and its containers."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from ..._core.daemon.containers import Container, of_inspect, running
from ..engine.client import Engine, EngineError

#: A dockerd that is busy answers later; one that hangs is found out.
_ANSWER_SECONDS = 20.0


class Api:
    """dockerd behind its socket."""

    def __init__(self, docker_host: str) -> None:
        self._engine = Engine(docker_host, timeout_seconds=_ANSWER_SECONDS)

    def answers(self) -> bool:
        try:
            self._engine.raw("/_ping")
        except EngineError:
            return False
        return True

    def info(self) -> dict[str, Any]:
        found: dict[str, Any] = self._engine.get("/info")
        return found

    def running(self) -> dict[str, str]:
        """Names of the containers that run, by id."""
        return running(self._engine.get("/containers/json"))

    def containers(self, ids: Iterable[str]) -> list[Container]:
        return [of_inspect(self._engine.get(f"/containers/{it}/json")) for it in ids]

    def start(self, container: Container) -> bool:
        """Whether it could be started."""
        try:
            self._engine.post(f"/containers/{container.id}/start")
        except EngineError:
            return False
        return True

    def reloaded_since(self, moment: float) -> bool:
        """Whether dockerd has said that it took its file anew."""
        until = time.time() + 1
        filters = {"type": ["daemon"], "event": ["reload"]}
        return any(self._engine.lines("/events", since=f"{moment:.9f}", until=f"{until:.9f}", filters=filters))
