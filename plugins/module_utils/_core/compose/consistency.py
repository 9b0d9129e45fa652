# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must agree across a project: names that refer to something, keys that exclude each other, cycles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from ..graph import cycle
from .document import Path

#: path, message, hint
Problem = tuple[Path, str, str]
Check = Callable[[str, Mapping[str, Any], "Names"], Iterator[Problem]]

_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_TESTS = ("CMD", "CMD-SHELL", "NONE")


class Names:
    """What a service may refer to. `enabled` are the services that run, `disabled` those of profiles that do not."""

    def __init__(self, model: Mapping[str, Any], enabled: Sequence[str]) -> None:
        services = model.get("services") or {}
        self.enabled = {name: services[name] for name in enabled}
        self.disabled = {name: item for name, item in services.items() if name not in self.enabled}
        self.resources = {
            kind: model.get(kind) or {} for kind in ("networks", "volumes", "secrets", "configs", "models")
        }


def problems(model: Mapping[str, Any], enabled: Sequence[str]) -> Iterator[Problem]:
    """Everything that does not agree, with the path where it stands; the model is in canonical form."""
    names = Names(model, enabled)
    for name, service in names.enabled.items():
        for check in CHECKS:
            for path, message, hint in check(name, service, names):
                yield ("services", name, *path), message, hint
    yield from _container_names(names)
    found = cycle({name: service.get("depends_on") or {} for name, service in names.enabled.items()})
    if found:
        chain = " -> ".join(found)
        yield ("services", found[0], "depends_on"), f"the services depend on each other in a cycle: {chain}", ""


def _image_or_build(name: str, service: Mapping[str, Any], names: Names) -> Iterator[Problem]:
    if not any(service.get(key) for key in ("image", "build", "provider")):
        yield (), "neither 'image' nor 'build' is given, expected one of them", ""


def _build(name: str, service: Mapping[str, Any], names: Names) -> Iterator[Problem]:
    build = service.get("build") or {}
    if build.get("dockerfile") and build.get("dockerfile_inline"):
        yield ("build",), "'dockerfile' and 'dockerfile_inline' exclude each other, found both", ""
    if build.get("platforms") and service.get("platform") and service["platform"] not in build["platforms"]:
        yield ("build", "platforms"), f"'{service['platform']}', the service's platform, is missing", ""
    for context, place in (build.get("additional_contexts") or {}).items():
        other = place[len("service:") :] if place.startswith("service:") else None
        if other is not None and not (names.enabled.get(other) or {}).get("build"):
            message = f"found the service '{other}', expected a service of this project that is built"
            yield ("build", "additional_contexts", context), message, ""
    yield from _undefined("build secret", build.get("secrets") or [], names.resources["secrets"], ("build", "secrets"))


def _networks(name: str, service: Mapping[str, Any], names: Names) -> Iterator[Problem]:
    mode = service.get("network_mode")
    if mode and service.get("networks"):
        yield ("network_mode",), "'network_mode' and 'networks' exclude each other, found both", ""
    for network in service.get("networks") or {}:
        if network not in names.resources["networks"]:
            yield ("networks", network), f"the network '{network}' is not defined", _listed(names, "networks")
    if mode and mode.startswith("service:") and mode[len("service:") :] not in names.enabled:
        yield ("network_mode",), f"the service '{mode[len('service:') :]}' does not exist", ""


def _dependencies(name: str, service: Mapping[str, Any], names: Names) -> Iterator[Problem]:
    for other, dependency in (service.get("depends_on") or {}).items():
        if other in names.enabled or (other in names.disabled and not dependency.get("required")):
            continue
        if other in names.disabled:
            profiles = ", ".join(names.disabled[other].get("profiles") or [])
            message = f"the service '{other}' is needed and not enabled; it belongs to the profiles {profiles}"
            yield ("depends_on", other), message, "enable one of them, or write 'required: false'"
        else:
            known = ", ".join(sorted(names.enabled)[:10])
            yield ("depends_on", other), f"the service '{other}' does not exist", f"the services are {known}"


def _references(name: str, service: Mapping[str, Any], names: Names) -> Iterator[Problem]:
    named = [volume for volume in service.get("volumes") or [] if volume.get("type") == "volume"]
    yield from _undefined("volume", named, names.resources["volumes"], ("volumes",))
    yield from _undefined("config", service.get("configs") or [], names.resources["configs"], ("configs",))
    yield from _undefined("secret", service.get("secrets") or [], names.resources["secrets"], ("secrets",))
    for model in service.get("models") or {}:
        if model not in names.resources["models"]:
            yield ("models", model), f"the model '{model}' is not defined", _listed(names, "models")


def _undefined(
    noun: str, references: Sequence[Mapping[str, Any]], defined: Mapping[str, Any], path: Path
) -> Iterator[Problem]:
    for position, reference in enumerate(references):
        source = reference.get("source", "")
        if source not in defined and (source or noun != "volume"):
            message = f"the {noun} '{source}' is not defined" if source else "the key 'source' is missing"
            yield (*path, position), message, f"add it to the project's {noun.split()[-1]}s"


def _listed(names: Names, kind: str) -> str:
    return f"add it to the project's {kind}"


def _health(name: str, service: Mapping[str, Any], names: Names) -> Iterator[Problem]:
    test = (service.get("healthcheck") or {}).get("test")
    if test and test[0] not in _TESTS:
        message = f"found '{test[0]}' in front, expected {', '.join(_TESTS[:2])} or NONE"
        yield ("healthcheck", "test"), message, "write the command as one text, or put CMD in front"


def _twice(name: str, service: Mapping[str, Any], names: Names) -> Iterator[Problem]:
    """A size may be given in two places, if both say the same."""
    deploy = service.get("deploy") or {}
    resources = deploy.get("resources") or {}
    pairs = (
        ("cpus", "limits", "cpus", 0),
        ("mem_limit", "limits", "memory", "0"),
        ("mem_reservation", "reservations", "memory", "0"),
        ("pids_limit", "limits", "pids", 0),
    )
    for key, amount, resource, zero in pairs:
        if key in service and amount in resources and resources[amount].get(resource, zero) != service[key]:
            yield (key,), f"'{key}' and 'deploy.resources.{amount}.{resource}' differ, expected one value", ""
    if "scale" in service and deploy.get("replicas", service["scale"]) != service["scale"]:
        yield ("scale",), "'scale' and 'deploy.replicas' differ, expected one value", ""


def _replicas(name: str, service: Mapping[str, Any], names: Names) -> Iterator[Problem]:
    replicas = service.get("scale", (service.get("deploy") or {}).get("replicas", 1))
    path: Path = ("scale",) if "scale" in service else ("deploy", "replicas")
    if replicas < 0:
        yield path, f"found {replicas}, expected 0 or more", ""
    if replicas > 1 and service.get("container_name"):
        yield ("container_name",), f"a container's name is unique, and there are {replicas} replicas", "remove it"


def _watches(name: str, service: Mapping[str, Any], names: Names) -> Iterator[Problem]:
    for position, watch in enumerate((service.get("develop") or {}).get("watch") or []):
        path: Path = ("develop", "watch", position)
        if not watch.get("target") and watch.get("action") not in ("rebuild", "restart"):
            yield path, f"the key 'target' is missing, which {watch.get('action')} needs", ""
        if watch.get("path") == "":
            yield (*path, "path"), "found an empty text, expected a path", ""


def _mounts(name: str, service: Mapping[str, Any], names: Names) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    targets = [(("tmpfs", i), text.partition(":")[0]) for i, text in enumerate(service.get("tmpfs") or [])]
    targets += [(("volumes", i), item.get("target", "")) for i, item in enumerate(service.get("volumes") or [])]
    for path, target in targets:
        if target in taken:
            yield path, f"'{target}' is mounted already by {taken[target]}", ""
        taken[target] = f"{path[0]}[{path[1]}]"
    for position, volume in enumerate(service.get("volumes") or []):
        source = volume.get("source", "")
        if volume.get("type") == "bind" and not source:
            yield ("volumes", position), "the key 'source' is missing, which a bind mount needs", ""
        if _WINDOWS.match(source) or _WINDOWS.match(volume.get("target", "")) or volume.get("type") == "npipe":
            yield ("volumes", position), "found a path of Windows, expected one of Linux, where the app runs", ""


def _ports(name: str, service: Mapping[str, Any], names: Names) -> Iterator[Problem]:
    for position, port in enumerate(service.get("ports") or []):
        if port.get("host_ip") and not _is_address(port["host_ip"]):
            yield ("ports", position), f"found the host address '{port['host_ip']}', expected an IP address", ""


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _devices(name: str, service: Mapping[str, Any], names: Names) -> Iterator[Problem]:
    reserved = ((service.get("deploy") or {}).get("resources") or {}).get("reservations") or {}
    for path, requests in (
        (("gpus",), service.get("gpus") or []),
        (("deploy", "resources", "reservations", "devices"), reserved.get("devices") or []),
    ):
        for position, request in enumerate(requests):
            if "count" in request and "device_ids" in request:
                yield (*path, position), "'count' and 'device_ids' exclude each other, found both", ""


def _container_names(names: Names) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for name, service in names.enabled.items():
        container = service.get("container_name")
        if container in taken:
            message = f"the service '{taken[container]}' has the name '{container}' already"
            yield ("services", name, "container_name"), message, ""
        elif container:
            taken[container] = name


def origin_problems(model: Mapping[str, Any]) -> Iterator[Problem]:
    """A secret or config comes from one place, be it empty; a volume from elsewhere takes no settings. Long form."""
    for kind, origins in (("secrets", ("file", "environment")), ("configs", ("file", "environment", "content"))):
        for name, item in (model.get(kind) or {}).items():
            given = [origin for origin in origins if origin in item]
            if len(given) > 1:
                yield (kind, name), f"found {' and '.join(given)}, expected one of {', '.join(origins)}", ""
            elif not given and not item.get("external") and not item.get("driver"):
                yield (kind, name), f"found none of {', '.join(origins)}, expected one of them, or 'external'", ""
    for name, item in (model.get("volumes") or {}).items():
        extra = [key for key in item if key not in ("name", "external") and not key.startswith("x-")]
        if item.get("external") and extra:
            yield ("volumes", name), f"'external' and '{extra[0]}' exclude each other, found both", ""


#: All checks of one service.
CHECKS: tuple[Check, ...] = (
    _image_or_build,
    _build,
    _networks,
    _dependencies,
    _references,
    _health,
    _twice,
    _replicas,
    _watches,
    _mounts,
    _ports,
    _devices,
)
