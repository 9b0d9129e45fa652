# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The canonical form of a task definition: two definitions mean the same exactly when their forms are equal.

ECS fills in what was left out, and nobody documents all of it; so the form leaves out whatever says no more than
the default does, on both sides. It does not matter then whether AWS returns a default. What has no order is
sorted by name; what has one (commands, DNS servers, environment files, mount options) is kept.
The facts are from botocore's API text and from what DescribeTaskDefinition was seen to return; the numbers in
comments are those of the case folders in tests/unit/cases/canonical.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ..units import cpu_units, memory_mib
from .task import Task

#: What DescribeTaskDefinition adds and RegisterTaskDefinition does not take.
RESPONSE_ONLY = (
    *("taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt"),
    *("registeredBy", "deregisteredAt", "deleteRequestedAt"),
)

# Members that say nothing when they hold these values. Empty lists, maps and nulls never do (1, 11, 14, 15).
_TASK_DEFAULTS: Mapping[str, Any] = {"enableFaultInjection": False}  # 8
_CONTAINER_DEFAULTS: Mapping[str, Any] = {
    "cpu": 0,  # 9
    "essential": True,  # 10
    "versionConsistency": "enabled",  # 17
    # 18
    "disableNetworking": False,
    "interactive": False,
    "privileged": False,
    "pseudoTerminal": False,
    "readonlyRootFilesystem": False,
}
_HEALTH_CHECK_DEFAULTS: Mapping[str, Any] = {"interval": 30, "timeout": 5, "retries": 3, "startPeriod": 0}  # 13
_RESTART_DEFAULTS: Mapping[str, Any] = {"restartAttemptPeriod": 300}  # 17
_FARGATE_PLATFORM: Mapping[str, Any] = {"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"}  # 6
_FARGATE_STOP_SECONDS = 30  # 17; on EC2 the agent's own setting decides, so there it is kept
_DEVICE_PERMISSIONS = ["mknod", "read", "write"]  # 15
_INCLUDED_STORAGE = {"sizeInGiB": 20}  # 5

Item = dict[str, Any]


def canonical(definition: Mapping[str, Any]) -> Item:
    """The canonical form of a well-typed definition, whether a user wrote it or ECS returned it."""
    task = Task(definition)
    form = {key: value for key, value in definition.items() if key not in (*RESPONSE_ONLY, "tags")}
    form = _without(form, _TASK_DEFAULTS)
    form["networkMode"] = task.network_mode  # 3
    _replace(form, "cpu", lambda text: str(cpu_units(text) or text))  # 2
    _replace(form, "memory", lambda text: str(memory_mib(text) or text))  # 2
    _replace(form, "requiresCompatibilities", lambda names: sorted(set(names)))  # 1
    _replace(form, "placementConstraints", _by("type", "expression"))
    _replace(form, "volumes", lambda volumes: _by("name")([_volume(volume) for volume in volumes]))
    _replace(form, "proxyConfiguration", _proxy)
    _replace(form, "inferenceAccelerators", _by("deviceName"))
    if form.get("ephemeralStorage") == _INCLUDED_STORAGE:  # 5
        del form["ephemeralStorage"]
    if task.fargate:  # 6
        _replace(form, "runtimePlatform", lambda platform: _without(platform, _FARGATE_PLATFORM))
    containers = [_container(container, task) for container in form.get("containerDefinitions") or []]
    form["containerDefinitions"] = _by("name")(containers)
    kept: Item = _compact(form)
    return kept


def _container(container: Item, task: Task) -> Item:
    form = _without(container, _CONTAINER_DEFAULTS)
    if task.fargate and form.get("stopTimeout") == _FARGATE_STOP_SECONDS:
        del form["stopTimeout"]
    _replace(
        form,
        "portMappings",
        lambda mappings: _by("containerPort", "containerPortRange", "protocol")([_port(m, task) for m in mappings]),
    )
    _replace(form, "healthCheck", lambda check: _without(check, _HEALTH_CHECK_DEFAULTS))
    _replace(form, "restartPolicy", _restart_policy)
    _replace(form, "logConfiguration", _log_configuration)
    _replace(form, "linuxParameters", _linux_parameters)
    _replace(
        form, "mountPoints", lambda mounts: _by("containerPath")([_without(m, {"readOnly": False}) for m in mounts])
    )  # 16
    _replace(
        form, "volumesFrom", lambda sources: _by("sourceContainer")([_without(s, {"readOnly": False}) for s in sources])
    )  # 16
    for field, keys in _SORTED_LISTS.items():
        _replace(form, field, _by(*keys))
    for field in ("credentialSpecs", "dockerSecurityOptions", "links"):
        _replace(form, field, sorted)
    return form


#: Lists of items without order, by what they are sorted. Two entries for one host keep their order.
_SORTED_LISTS: Mapping[str, tuple[str, ...]] = {
    "dependsOn": ("containerName",),
    "environment": ("name",),
    "extraHosts": ("hostname",),
    "resourceRequirements": ("type",),
    "secrets": ("name",),
    "systemControls": ("namespace",),
    "ulimits": ("name",),
}


def _port(mapping: Item, task: Task) -> Item:
    """12: tcp is the default; in awsvpc and host mode the host port is the container's, in bridge mode any."""
    implied = mapping.get("containerPort") if task.shares_ports else 0
    return _without(mapping, {"protocol": "tcp", "hostPort": implied})


def _restart_policy(policy: Item) -> Item:
    form = _without(policy, _RESTART_DEFAULTS)
    _replace(form, "ignoredExitCodes", sorted)
    return form


def _log_configuration(log: Item) -> Item:
    form = dict(log)
    _replace(form, "secretOptions", _by("name"))
    return form


def _linux_parameters(parameters: Item) -> Item:
    form = _without(parameters, {"initProcessEnabled": False})  # 19
    _replace(form, "capabilities", lambda lists: {kind: sorted(names or []) for kind, names in lists.items()})
    _replace(form, "devices", lambda devices: _by("hostPath", "containerPath")([_device(device) for device in devices]))
    _replace(form, "tmpfs", _by("containerPath"))
    return form


def _device(device: Item) -> Item:
    form = dict(device)
    _replace(form, "permissions", sorted)
    return _without(form, {"permissions": _DEVICE_PERMISSIONS})


def _volume(volume: Item) -> Item:
    """4: what ECS fills into volumes. An empty host says no more than no host."""
    form = _without(volume, {"configuredAtLaunch": False})
    _replace(form, "efsVolumeConfiguration", _efs)
    _replace(
        form, "dockerVolumeConfiguration", lambda docker: _without(docker, {"scope": "task", "autoprovision": False})
    )
    return form


def _efs(efs: Item) -> Item:
    form = _without(efs, {"rootDirectory": "/", "transitEncryption": "DISABLED"})
    _replace(form, "authorizationConfig", lambda authorization: _without(authorization, {"iam": "DISABLED"}))
    return form


def _proxy(proxy: Item) -> Item:
    form = _without(proxy, {"type": "APPMESH"})
    _replace(form, "properties", _by("name"))  # 8
    return form


def _without(item: Mapping[str, Any], defaults: Mapping[str, Any]) -> Item:
    return {key: value for key, value in item.items() if key not in defaults or value != defaults[key]}


def _replace(form: Item, field: str, function: Callable[[Any], Any]) -> None:
    if form.get(field) is not None:
        form[field] = function(form[field])


def _by(*fields: str) -> Callable[[list[Item]], list[Item]]:
    """Sort by fields, of which any may be missing, and what they leave equal by the rest."""

    def key(item: Item) -> tuple[str, ...]:
        rest = "" if fields[0] in _KEEP_TIES else json.dumps(item, sort_keys=True, default=str)
        return (*(str(item.get(field, "")) for field in fields), rest)

    return lambda items: sorted(items, key=key)


def _compact(value: Any) -> Any:
    """Without nulls, empty lists and empty maps, from the inside out; words of a list are left alone."""
    if isinstance(value, Mapping):
        compacted = {key: _compact(child) for key, child in value.items()}
        return {key: child for key, child in compacted.items() if child not in _NOTHING}
    if isinstance(value, list):
        return [child for child in map(_compact, value) if child not in _NOTHING]
    return value


_NOTHING: tuple[Any, ...] = (None, [], {})
#: Of two addresses for one host, or two values for one variable, the order may matter.
_KEEP_TIES = ("hostname", "name")
