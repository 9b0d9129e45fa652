# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Compose implies where a project says nothing: networks, names, dependencies, and values of variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .kinds import Listed
from .schema import RESOURCES
from .volumes import clean_path

#: Keys whose value `service:NAME` shares something of another service, which must then start first.
_SHARED = ("network_mode", "ipc", "pid", "uts", "cgroup")
_MODELS = "models"


def normalized(model: Mapping[str, Any], name: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """The merged model, in long form, with everything implied written out."""
    services = {key: _service(item, variables) for key, item in (model.get("services") or {}).items()}
    networks = dict(model.get("networks") or {})
    if any("default" in (service.get("networks") or {}) for service in services.values()):
        networks.setdefault("default", None)
    complete: dict[str, Any] = {**model, "name": name, "services": services, "networks": networks}
    for kind in RESOURCES:
        resources = complete.get(kind)
        if kind != _MODELS and resources:
            complete[kind] = {key: _named(key, item, name) for key, item in resources.items()}
    return complete


def _named(key: str, resource: Any, project: str) -> dict[str, Any]:
    complete: dict[str, Any] = dict(resource or {})
    if "name" not in complete:
        complete["name"] = key if complete.get("external") else f"{project}_{key}"
    return complete


def with_values(model: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """The model with values for the variables that services list by name alone; an included project has its own.

    Names in a mapping wait for the values of the whole project, as in Compose.
    """
    services = {name: _with_environment(item, variables) for name, item in (model.get("services") or {}).items()}
    return {**model, "services": services} if services else dict(model)


def _with_environment(service: Any, variables: Mapping[str, str]) -> Any:
    environment = service.get("environment") if isinstance(service, Mapping) else None
    if not isinstance(environment, Listed) or None not in environment.values():
        return service
    return {**service, "environment": {key: _value(key, text, variables) for key, text in environment.items()}}


def _service(written: Any, variables: Mapping[str, str]) -> dict[str, Any]:
    service = dict(written or {})
    if service.get("pull_policy") == "if_not_present":
        service["pull_policy"] = "missing"
    if not service.get("networks") and "network_mode" not in service and "provider" not in service:
        service["networks"] = {"default": None}
    if service.get("build") is not None:
        service["build"] = _build(service["build"], variables)
    if service.get("volumes"):
        service["volumes"] = [_clean_target(volume) for volume in service["volumes"]]
    if service.get("environment"):
        service["environment"] = {key: _value(key, text, variables) for key, text in service["environment"].items()}
    dependencies = {**_implied(service), **(service.get("depends_on") or {})}
    if dependencies:
        service["depends_on"] = dependencies
    if service.get("scale") is not None and service.get("deploy"):
        service["deploy"] = {"replicas": service["scale"], **service["deploy"]}
    return service


def _build(written: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    build = dict(written)
    if "dockerfile" not in build and "dockerfile_inline" not in build:
        build["dockerfile"] = "Dockerfile"
    if build.get("args"):
        resolved = {key: _value(key, text, variables) for key, text in build["args"].items()}
        build["args"] = {key: text for key, text in resolved.items() if text is not None}
    return build


def _value(name: str, text: str | None, variables: Mapping[str, str]) -> str | None:
    """A name without a value takes that of the variable, if there is one."""
    return variables.get(name) if text is None else text


def _clean_target(volume: Mapping[str, Any]) -> dict[str, Any]:
    target = volume.get("target")
    return {**volume, "target": clean_path(target)} if isinstance(target, str) else dict(volume)


def _implied(service: Mapping[str, Any]) -> dict[str, Any]:
    """The services that must start first although `depends_on` does not say so."""
    implied: dict[str, Any] = {}
    for link in service.get("links") or []:
        parts = link.split(":")
        implied.setdefault(parts[0] if len(parts) == 2 else link, _started(restart=True))
    for key in _SHARED:
        shared = service.get(key)
        if isinstance(shared, str) and shared.startswith("service:"):
            implied.setdefault(shared[len("service:") :], _started(restart=True))
    for source in service.get("volumes_from") or []:
        if not source.startswith("container:"):
            implied.setdefault(source.split(":")[0], _started(restart=False))
    return implied


def _started(restart: bool) -> dict[str, Any]:
    return {"condition": "service_started", "restart": restart, "required": True}
