# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container may do with the kernel, and how much of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .draft import ContainerDraft
from .image import to, to_linux
from .key import APPROXIMATED, IGNORED, REFUSED, TRANSLATED, Key, lose
from .network import shared_namespace

_MIB = 1024 * 1024
_FARGATE_ADDS = ("SYS_PTRACE", "CAP_SYS_PTRACE")
_PERMISSIONS = {"r": "read", "w": "write", "m": "mknod"}
_SECURITY_OPTION = re.compile(r"(?P<kind>no-new-privileges|apparmor|label|selinux)(?:[:=](?P<value>.*))?")


def _capabilities(kind: str) -> Any:
    def handle(container: ContainerDraft, value: Sequence[str]) -> None:
        if container.task.target.fargate and kind == "add":
            refused = [name for name in value if name not in _FARGATE_ADDS]
            if refused:
                message = f"Fargate adds SYS_PTRACE and no other capability; found {', '.join(refused)}"
                container.report("compose-refused", "cap_add", message, "use launch type EC2")
            value = [name for name in value if name in _FARGATE_ADDS]
        names = [name[len("CAP_") :] if name.startswith("CAP_") else name for name in value]
        if names:
            container.linux.setdefault("capabilities", {})[kind] = names

    return handle


def _ulimits(container: ContainerDraft, value: Mapping[str, Any]) -> None:
    entries = []
    for name, limit in value.items():
        both = limit if isinstance(limit, Mapping) else {"soft": limit, "hard": limit}
        entries.append({"name": name, "softLimit": both["soft"], "hardLimit": both["hard"]})
    container.fields["ulimits"] = entries


def _sysctls(container: ContainerDraft, value: Mapping[str, Any]) -> None:
    controls = [{"namespace": name, "value": str(setting)} for name, setting in value.items()]
    container.fields["systemControls"] = controls


def _devices(container: ContainerDraft, value: Sequence[Mapping[str, Any]]) -> None:
    for device in value:
        source = device["source"]
        if not source.startswith("/"):
            message = "ECS knows devices by path, and none by a name of CDI"
            container.report("compose-refused", f"devices[{source}]", message, "name the device's path")
            continue
        letters = device.get("permissions") or "rwm"
        entry = {"hostPath": source, "containerPath": device.get("target") or source}
        permissions = [_PERMISSIONS[letter] for letter in letters if letter in _PERMISSIONS]
        container.linux.setdefault("devices", []).append({**entry, "permissions": permissions})


def _gpus(container: ContainerDraft, value: Sequence[Mapping[str, Any]]) -> None:
    _require_gpus(container, "gpus", value)


def _reserved_devices(container: ContainerDraft, value: Sequence[Mapping[str, Any]]) -> None:
    place = "deploy.resources.reservations.devices"
    gpus = [device for device in value if "gpu" in device.get("capabilities", ())]
    if gpus:
        _require_gpus(container, place, gpus)
    if len(gpus) < len(value):
        message = "of devices that are reserved, ECS knows GPUs only"
        container.report("compose-refused", place, message, "map the device with devices")


def _require_gpus(container: ContainerDraft, place: str, devices: Sequence[Mapping[str, Any]]) -> None:
    counts = [len(device.get("device_ids") or ()) or int(device.get("count") or -1) for device in devices]
    if min(counts) < 0:
        message = "all GPUs are asked for, and ECS wants a number"
        container.report("compose-refused", place, message, "write count: 1, say")
    else:
        container.fields["resourceRequirements"] = [{"type": "GPU", "value": str(sum(counts))}]


def _memswap_limit(container: ContainerDraft, value: Any) -> None:
    """Compose counts memory and swap together, ECS the swap alone."""
    memory, both = container.service.limits.memory, int(value)
    if both < 0 or memory is None:
        message = (
            "ECS limits swap to a number beside the memory limit" if memory else "there is no memory limit beside it"
        )
        container.report("compose-approximated", "memswap_limit", f"{message}: the instance's own setting holds")
    else:
        container.linux["maxSwap"] = max(both - memory, 0) // _MIB


def _mem_swappiness(container: ContainerDraft, value: Any) -> None:
    container.linux["swappiness"] = int(value)
    if "memswap_limit" not in container.service.keys:
        message = "ECS heeds swappiness only beside a limit of swap"
        container.report("compose-approximated", "mem_swappiness", message, "set memswap_limit")


def _security_opt(container: ContainerDraft, value: Sequence[str]) -> None:
    options = []
    for entry in value:
        match = _SECURITY_OPTION.fullmatch(entry)
        if match is None:
            message = f"ECS has no-new-privileges, apparmor and label; found '{entry.partition(':')[0][:40]}'"
            container.report("compose-ignored", "security_opt", message)
        elif match["kind"] != "no-new-privileges":
            options.append(f"{match['kind']}:{match['value'] or ''}")
        elif match["value"] != "false":
            options.append("no-new-privileges")
    if options:
        container.fields["dockerSecurityOptions"] = options


def _pid(container: ContainerDraft, value: str) -> None:
    if value == "host" and container.task.target.fargate:
        lose(PID, container, "pid", REFUSED)
    elif value == "host":
        container.task.fields["pidMode"] = "host"
    elif shared_namespace(container, "pid", value):
        container.task.fields["pidMode"] = "task"


def _ipc(container: ContainerDraft, value: str) -> None:
    if value in ("host", "none"):
        container.task.fields["ipcMode"] = value
    elif value != "private" and (value == "shareable" or shared_namespace(container, "ipc", value)):
        container.task.fields["ipcMode"] = "task"


PID = Key(
    "pid",
    APPROXIMATED,
    APPROXIMATED,
    "`pidMode`",
    "Fargate has no host whose processes could be seen",
    "leave it out, or use launch type EC2",
    handle=_pid,
)
_NO_HOST = "a task on Fargate has no host of its own"
_EC2 = "use launch type EC2"
_PIDS = "ECS has no limit of processes for a container"
KEYS = (
    Key("privileged", REFUSED, TRANSLATED, "`privileged`", _NO_HOST, _EC2, handle=to("privileged")),
    Key(
        "cap_add",
        APPROXIMATED,
        TRANSLATED,
        "`linuxParameters.capabilities.add`",
        "On Fargate SYS_PTRACE; others are refused.",
        handle=_capabilities("add"),
    ),
    Key(
        "cap_drop",
        TRANSLATED,
        TRANSLATED,
        "`linuxParameters.capabilities.drop`",
        "The same.",
        handle=_capabilities("drop"),
    ),
    Key("ulimits", TRANSLATED, TRANSLATED, "`ulimits`", "One number is both limits.", handle=_ulimits),
    Key("sysctls", TRANSLATED, TRANSLATED, "`systemControls`", "Rules check the names.", handle=_sysctls),
    Key(
        "devices",
        REFUSED,
        TRANSLATED,
        "`linuxParameters.devices`",
        _NO_HOST,
        _EC2,
        handle=_devices,
    ),
    Key(
        "device_cgroup_rules", REFUSED, REFUSED, "nothing", "ECS has no rules of device access", "list each of devices"
    ),
    Key(
        "gpus",
        REFUSED,
        TRANSLATED,
        "`resourceRequirements`",
        "Fargate has no GPUs",
        _EC2,
        handle=_gpus,
    ),
    Key(
        "deploy.resources.reservations.devices",
        REFUSED,
        TRANSLATED,
        "`resourceRequirements`",
        "Fargate has no devices that could be reserved",
        _EC2,
        handle=_reserved_devices,
    ),
    Key(
        "shm_size",
        IGNORED,
        TRANSLATED,
        "`linuxParameters.sharedMemorySize`",
        "Fargate sets the size of /dev/shm itself",
        "tell the program to use another folder",
        handle=to_linux("sharedMemorySize", lambda size: -(-int(size) // _MIB)),
    ),
    Key(
        "memswap_limit",
        IGNORED,
        APPROXIMATED,
        "`linuxParameters.maxSwap`",
        "Fargate has no swap",
        minor=True,
        handle=_memswap_limit,
    ),
    Key(
        "mem_swappiness",
        IGNORED,
        APPROXIMATED,
        "`linuxParameters.swappiness`",
        "Fargate has no swap",
        minor=True,
        handle=_mem_swappiness,
    ),
    Key(
        "security_opt",
        IGNORED,
        APPROXIMATED,
        "`dockerSecurityOptions`",
        "Fargate has no security options; its containers are isolated from other tasks by a machine of their own",
        "set user, read_only and cap_drop",
        handle=_security_opt,
    ),
    PID,
    Key(
        "ipc",
        REFUSED,
        APPROXIMATED,
        "`ipcMode`",
        "containers on Fargate share no memory",
        _EC2,
        handle=_ipc,
        quiet=("private", "shareable"),
    ),
    Key("pids_limit", IGNORED, IGNORED, "nothing", _PIDS, "set ulimits.nproc", quiet=(-1,)),
    Key("deploy.resources.limits.pids", IGNORED, IGNORED, "nothing", _PIDS, "set ulimits.nproc"),
    Key(
        "oom_kill_disable",
        IGNORED,
        IGNORED,
        "nothing",
        "a container that exceeds its memory is killed",
        "raise the limit",
    ),
    Key("oom_score_adj", IGNORED, IGNORED, "nothing", "the agent sets who is killed first", minor=True),
    Key("blkio_config", IGNORED, IGNORED, "nothing", "ECS limits no disk traffic", minor=True),
    Key("runtime", IGNORED, IGNORED, "nothing", "ECS chooses the runtime", "ask for GPUs with gpus", quiet=("runc",)),
    Key("uts", IGNORED, IGNORED, "nothing", "ECS shares no host name with the instance"),
    Key("userns_mode", IGNORED, IGNORED, "nothing", "the agent's setting decides on user namespaces"),
    Key(
        "cgroup", IGNORED, IGNORED, "nothing", "ECS sets the control group's namespace", minor=True, quiet=("private",)
    ),
    Key("cgroup_parent", IGNORED, IGNORED, "nothing", "ECS puts containers into control groups of its own", minor=True),
    Key(
        "isolation", IGNORED, IGNORED, "nothing", "ECS chooses the isolation of Windows containers", quiet=("default",)
    ),
    Key(
        "credential_spec",
        REFUSED,
        REFUSED,
        "nothing",
        "ECS reads credential specifications from S3 or Parameter Store",
        "set credentialSpecs in the definition",
        answer="credentialSpecs",
    ),
    Key(
        "use_api_socket",
        REFUSED,
        REFUSED,
        "nothing",
        "there is no engine of Docker that the container could call",
        "call the API of ECS",
    ),
)
