# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a service's configuration can be read off a container, for reasons where no release was kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import changes
from .model import Service


def against_container(service: Service, inspected: Mapping[str, Any], project: str = "") -> list[str]:
    """As far as it tells: what the image brought cannot be told from what an older file said."""
    config, host = inspected.get("Config") or {}, inspected.get("HostConfig") or {}
    found: list[str] = []
    if config.get("Image") and config["Image"] != service.image:
        found.append(changes.pair("image", config["Image"], service.image))
    found.extend(_environment(service, config))
    found.extend(_words(service, config))
    found.extend(_ports(service, host))
    found.extend(_mounts(service, inspected))
    found.extend(_networks(service, inspected, project))
    found.extend(_labels(service, config))
    found.extend(_restart(service, host))
    return found


def plain(value: Any) -> Any:
    """Compose prints a dollar twice."""
    return value.replace("$$", "$") if isinstance(value, str) else value


def _environment(service: Service, config: Mapping[str, Any]) -> Iterator[str]:
    there = dict(entry.partition("=")[::2] for entry in config.get("Env") or ())
    for name, value in (service.config.get("environment") or {}).items():
        if value is None:
            continue
        if name not in there:
            yield f"environment {name} added"
        elif there[name] != plain(str(value)):
            yield changes.pair(name, there[name], plain(str(value)), f"environment {name}")


def _words(service: Service, config: Mapping[str, Any]) -> Iterator[str]:
    for key, name in (("command", "Cmd"), ("entrypoint", "Entrypoint")):
        wanted = service.config.get(key)
        if wanted is not None and [plain(word) for word in wanted] != list(config.get(name) or ()):
            yield f"{key} changed"
    for key, name in (("user", "User"), ("working_dir", "WorkingDir"), ("hostname", "Hostname")):
        wanted = service.config.get(key)
        if wanted is not None and plain(str(wanted)) != config.get(name):
            yield changes.pair(key, config.get(name) or None, plain(str(wanted)))


def _ports(service: Service, host: Mapping[str, Any]) -> Iterator[str]:
    there = {
        changes.port(bound.get("HostIp") or "", bound.get("HostPort"), *target.split("/"))
        for target, bindings in (host.get("PortBindings") or {}).items()
        for bound in bindings or ()
    }
    wanted = [changes.port(one.host_ip, one.published, one.target, one.protocol) for one in service.ports]
    yield from (f"port {name} added" for name in wanted if name not in there)
    yield from (f"port {name} removed" for name in sorted(there - set(wanted)))


def _mounts(service: Service, inspected: Mapping[str, Any]) -> Iterator[str]:
    there = {str(one.get("Destination")).rstrip("/") for one in inspected.get("Mounts") or ()}
    for mount in service.mounts:
        if mount.kind in ("volume", "bind") and mount.target.rstrip("/") not in there:
            yield f"mount {mount.target} added"


def _networks(service: Service, inspected: Mapping[str, Any], project: str) -> Iterator[str]:
    """Only those of the project's own names: a network's real name may be any."""
    own = f"{project}_"
    there = (inspected.get("NetworkSettings") or {}).get("Networks") or {}
    if project:
        names = (name[len(own) :] for name in there if name.startswith(own))
        yield from (f"network {name} removed" for name in sorted(names) if name not in service.networks)


def _labels(service: Service, config: Mapping[str, Any]) -> Iterator[str]:
    there = config.get("Labels") or {}
    for name, value in (service.config.get("labels") or {}).items():
        if there.get(name) != plain(str(value)):
            yield changes.pair(name, there.get(name), plain(str(value)), f"label {name}")


def _restart(service: Service, host: Mapping[str, Any]) -> Iterator[str]:
    there = (host.get("RestartPolicy") or {}).get("Name") or "no"
    wanted = str(service.config.get("restart") or "no").partition(":")[0]
    if wanted != there and not (service.config.get("deploy") or {}).get("restart_policy"):
        yield changes.pair("restart", there, wanted)
