# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker's own use, asked of its socket beside everything else: what it has on disk may take it a while to add up."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import Any

from ..._core.health import docker_use
from ..engine.address import USUAL, EngineError, parse
from ..engine.client import Engine

_PIDFILES = ("/run/docker.pid", "/var/run/docker.pid")


class Asked(Thread):
    """Begins at once; `answer` waits as long as is left of the time that Docker has."""

    def __init__(self, mode: str, docker_host: str, timeout: float) -> None:
        super().__init__(daemon=True)
        self._mode, self._host, self._timeout = mode, docker_host, timeout
        self._found: dict[str, Any] = {"running": False, "message": "", "disk": {}}
        if mode != "never":
            self.start()

    def run(self) -> None:
        found = {**self._found, "message": ""}
        try:
            address = parse(self._host)
            if self._mode == "auto" and not _runs(address.socket, self._host):
                return
            with Engine(self._host or None, timeout_seconds=self._timeout) as engine:
                found = {**found, **docker_use.containers(engine.get("/containers/json", all=True))}
                self._found = {**found, "message": "what it has on disk was not added up in time"}
                found["disk"] = docker_use.disk(engine.get("/system/df"))
            self._found = {**found, "version": engine.server}
        except EngineError as error:
            self._found = {**self._found, "message": str(error)}

    def answer(self, seconds: float) -> dict[str, Any]:
        if self._mode != "never":
            self.join(max(0.0, seconds))
        return dict(self._found)


def _runs(socket: str, asked: str) -> bool:
    """A dockerd that does not run is not asked: its socket would start it. An address of one's own is asked."""
    if asked and asked != USUAL:
        return True
    pids = (Path(file) for file in _PIDFILES)
    return Path(socket).exists() and any(_alive(file) for file in pids)


def _alive(file: Path) -> bool:
    try:
        return Path(f"/proc/{int(file.read_text(encoding='ascii'))}").exists()
    except (OSError, ValueError):
        return False
