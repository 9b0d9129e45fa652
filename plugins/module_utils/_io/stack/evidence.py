# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine and this host know of a service that is not up, gathered for `_core/stack/diagnosis.py`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..._core.redaction import hidden_values
from ..._core.stack.diagnosis import LOG_LINES
from ..._core.stack.engine_errors import port_of
from ..._core.stack.evidence import Evidence, Missing, blame
from ..._core.stack.looks import log_since, moment
from ..._core.stack.model import CONFIG, SECRET, Content, Service, Stack
from ..._core.stack.present import LABEL
from .. import host_facts
from ..engine.client import Engine, EngineError
from ..engine.reads import inspect, inspect_image, logs_tail

#: Larger files are no secret that anybody types.
_MOST_BYTES = 64 * 1024


def of_container(engine: Engine, stack: Stack, service: str, container: str, since: float | None = None) -> Evidence:
    """Of a container that did not get ready. `since` is the Unix time from which its deaths count."""
    inspected = inspect(engine, container)
    died_with, oom_seen = _deaths(engine, container, since)
    return Evidence(
        service=service,
        inspected=inspected,
        log=_log(engine, inspected),
        holders=_holders(engine, inspected),
        oom_seen=oom_seen,
        died_with=died_with,
        hidden=hidden(stack, inspected),
    )


def of_service(engine: Engine, stack: Stack, service: str, cli_text: str = "") -> Evidence:
    """Of a service that a command did not bring up: its worst container, and what it names that is not there."""
    own = stack.services.get(service)
    found = [Evidence(service, inspected=one) for one in _containers(engine, stack.project, service)]
    worst = max(found, key=blame, default=Evidence(service)).inspected
    container = str(worst["Id"]) if worst else ""
    guilty = blame(Evidence(service, inspected=worst)) > 0
    died_with, oom_seen = _deaths(engine, container, None) if guilty and container else (None, False)
    return Evidence(
        service=service,
        inspected=worst,
        log=_log(engine, worst) if guilty else (),
        missing=_missing(engine, stack, own) if own else Missing(),
        free_bytes=_free_bytes(engine),
        holders=_holders(engine, worst),
        oom_seen=oom_seen,
        died_with=died_with,
        cli_text=cli_text,
        hidden=hidden(stack, worst),
    )


def hidden(stack: Stack, inspected: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """The literal secrets of the whole project: services log each other's."""
    environments = [_environment(service) for service in stack.services.values()]
    environments.append(_pairs(((inspected or {}).get("Config") or {}).get("Env") or ()))
    contents = [content for service in stack.services.values() for content in service.contents]
    return hidden_values(
        environments,
        secrets=[_text(one) for one in contents if one.kind == SECRET],
        configs=[_text(one) for one in contents if one.kind == CONFIG],
    )


def _environment(service: Service) -> dict[str, str]:
    """Compose prints `$` doubled."""
    given = service.config.get("environment") or {}
    return {str(name): str(value).replace("$$", "$") for name, value in given.items() if value is not None}


def _pairs(entries: Iterator[str] | tuple[str, ...] | list[str]) -> dict[str, str]:
    return {name: value for name, _equals, value in (str(entry).partition("=") for entry in entries)}


def _text(content: Content) -> str:
    if content.text is not None:
        return content.text
    if content.variable is not None:
        return os.environ.get(content.variable, "")
    try:
        path = Path(content.source or "")
        return path.read_text("utf-8", "replace") if path.is_file() and path.stat().st_size <= _MOST_BYTES else ""
    except OSError:  # who may not read a secret cannot hide it either; Docker's logs hold it in no case
        return ""


def _containers(engine: Engine, project: str, service: str) -> list[dict[str, Any]]:
    labels = [f"{LABEL}project={project}", f"{LABEL}service={service}", f"{LABEL}oneoff=False"]
    entries = engine.get("/containers/json", all=True, filters={"label": labels})
    return [one for one in (inspect(engine, entry["Id"]) for entry in entries) if one is not None]


def _log(engine: Engine, inspected: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Of the last start; of all starts where it was restarted, since the last one has hardly begun."""
    if inspected is None or moment(str((inspected.get("State") or {}).get("StartedAt") or "")) is None:
        return ()
    since = None if inspected.get("RestartCount") else log_since(inspected)
    return logs_tail(engine, str(inspected["Id"]), LOG_LINES, since)


def _deaths(engine: Engine, container: str, since: float | None) -> tuple[int | None, bool]:
    """The exit code of the last death, and whether the kernel killed anything for want of memory.

    A container that was restarted shows neither any more; the engine remembers its last 256 events.
    """
    chosen = {"container": [container], "event": ["die", "oom"], "type": ["container"]}
    now = time.time()
    try:
        text = engine.raw("/events", since=int(since or now - 600), until=f"{now:.3f}", filters=chosen)
    except EngineError:
        return None, False
    events = [json.loads(line) for line in text.splitlines() if line.strip()]
    codes = [one["Actor"]["Attributes"].get("exitCode", "") for one in events if one.get("Action") == "die"]
    known = [int(code) for code in codes if code.lstrip("-").isdigit()]
    return (known[-1] if known else None), any(one.get("Action") == "oom" for one in events)


def _missing(engine: Engine, stack: Stack, service: Service) -> Missing:
    networks = [stack.networks.get(key) or {} for key in service.networks]
    named = {mount.source for mount in service.mounts if mount.kind == "volume"}
    volumes = [one for key, one in stack.volumes.items() if key in named]
    local = bool(engine.address.socket)
    return Missing(
        image="" if inspect_image(engine, service.image) else service.image,
        networks=tuple(_absent(engine, "/networks/", networks)),
        volumes=tuple(_absent(engine, "/volumes/", volumes)),
        files=tuple(path for path in _needed_files(service) if not os.path.lexists(path)) if local else (),
    )


def _absent(engine: Engine, path: str, wanted: list[Mapping[str, Any]]) -> Iterator[str]:
    """Those that Compose does not make itself."""
    for one in wanted:
        if one.get("external"):
            try:
                engine.get(f"{path}{one['name']}")
            except EngineError as error:
                if error.status == 404:
                    yield str(one["name"])


def _needed_files(service: Service) -> Iterator[str]:
    yield from (content.source for content in service.contents if content.source)
    yield from (mount.source for mount in service.mounts if mount.kind == "bind" and not mount.create_host_path)


def _free_bytes(engine: Engine) -> int | None:
    if not engine.address.socket:
        return None
    try:
        return host_facts.free_bytes(str(engine.get("/info")["DockerRootDir"]))
    except (OSError, KeyError, EngineError):
        return None


def _holders(engine: Engine, inspected: Mapping[str, Any] | None) -> dict[str, str]:
    """Who has the port that the engine could not have."""
    port = port_of(str(((inspected or {}).get("State") or {}).get("Error") or ""))
    if not port:
        return {}
    for entry in engine.get("/containers/json"):
        if any(str(one.get("PublicPort")) == port for one in entry.get("Ports") or ()):
            return {port: f"the container {entry['Names'][0].lstrip('/')}"}
    if engine.address.socket:
        listening = [one for one in host_facts.busy_ports() if str(one.port) == port]
        names = [name for name in (host_facts.holder(one.inode) for one in listening) if name]
        if listening:
            return {port: names[0] if names else "a program of the host"}
    return {}
