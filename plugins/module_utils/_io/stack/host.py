# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host has that a plan could stumble over: ports, files, space, memory, and images that nobody serves."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..._core.stack.model import Stack
from ..._core.stack.plan import Plan
from ..._core.stack.ports import BusyPort
from ..._core.stack.preflight import DIRECTORY, FILE, MISSING, HostFacts
from ..._core.stack.present import Present
from .. import host_facts
from ..engine.client import Engine, EngineError

#: A registry that takes longer than this to name a manifest is asked again by the pull itself.
REGISTRY_SECONDS = 10.0


def gather(engine: Engine, stack: Stack, present: Present, plan: Plan, environment: Mapping[str, str]) -> HostFacts:
    """Only what is of this host, where the engine runs elsewhere nothing but what the engine itself says."""
    info = engine.get("/info")
    here = bool(engine.address.socket)
    root = str(info.get("DockerRootDir") or "")
    everybody = engine.get("/containers/json", all=True)
    published = tuple(_published(everybody))
    return HostFacts(
        busy_ports=(*published, *(_others(published) if here else ())),
        container_names={str(name).lstrip("/"): str(one["Id"]) for one in everybody for name in one["Names"]},
        paths=dict(_paths(stack)) if here else {},
        free_bytes=host_facts.free_bytes(root) if here else None,
        total_bytes=host_facts.total_bytes(root) if here else None,
        free_inodes=host_facts.free_inodes(root) if here else None,
        total_inodes=host_facts.total_inodes(root) if here else None,
        available_memory=host_facts.available_memory() if here else None,
        total_memory=info.get("MemTotal"),
        registry=_registry(engine, stack, present, plan),
        variables=frozenset(environment),
    )


def _published(everybody: Iterable[Mapping[str, Any]]) -> Iterator[BusyPort]:
    """Ports of all containers, of this project or not."""
    for entry in everybody:
        for port in entry.get("Ports") or ():
            if port.get("PublicPort"):
                yield BusyPort(
                    port=int(port["PublicPort"]),
                    address=str(port.get("IP") or "0.0.0.0"),
                    protocol=str(port.get("Type") or "tcp"),
                    container=str(entry["Id"]),
                    holder=f"container {str(entry['Names'][0]).lstrip('/')}",
                )


def _others(published: Iterable[BusyPort]) -> Iterator[BusyPort]:
    """Ports of other programs. docker-proxy holds those of containers, which are known already."""
    known = {(port.protocol, port.port) for port in published}
    for socket in host_facts.busy_ports():
        if (socket.protocol, socket.port) not in known:
            yield BusyPort(socket.port, socket.address, socket.protocol, holder=host_facts.holder(socket.inode))


def _paths(stack: Stack) -> Iterator[tuple[str, str]]:
    for service in stack.services.values():
        sources = [mount.source for mount in service.mounts if mount.kind == "bind"]
        for source in (*sources, *(one.source for one in service.contents if one.source)):
            path = Path(source)
            yield source, FILE if path.is_file() else DIRECTORY if path.is_dir() else FILE if path.exists() else MISSING


def _registry(engine: Engine, stack: Stack, present: Present, plan: Plan) -> dict[str, str]:
    """Whether the images that have to be pulled can be had. One behind a login is not judged: the pull has it."""
    asked = {stack.services[step.service].image for step in plan.steps if step.pull and step.service in stack.services}
    logins = _logins()
    return {
        reference: _answer(engine, reference)
        for reference in sorted(asked)
        if reference not in present.images and not logins
    }


def _logins() -> bool:
    """Whether this user is logged in anywhere: the engine would have to be handed those credentials to be asked."""
    folder = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
    try:
        known: dict[str, Any] = json.loads(Path(folder, "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return any(known.get(key) for key in ("auths", "credsStore", "credHelpers"))


def _answer(engine: Engine, reference: str) -> str:
    try:
        engine.get(f"/distribution/{reference}/json", timeout_seconds=REGISTRY_SECONDS)
    except EngineError as error:
        return error.message
    return ""
