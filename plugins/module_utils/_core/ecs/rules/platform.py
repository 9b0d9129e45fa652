# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Fargate and Windows cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...findings import ERROR
from ...rule import Problem, Rule
from ..task import Container, Task

#: Container fields that Fargate refuses when they hold something.
_FARGATE_CONTAINER = (
    "disableNetworking",
    "dnsServers",
    "dnsSearchDomains",
    "dockerSecurityOptions",
    "extraHosts",
    "links",
    "privileged",
)
_FARGATE_LINUX = ("devices", "maxSwap", "sharedMemorySize", "swappiness")
_FARGATE_TASK = ("inferenceAccelerators", "ipcMode", "placementConstraints")
_FARGATE_LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")

_WINDOWS_CONTAINER = (
    *("disableNetworking", "dnsServers", "dnsSearchDomains", "extraHosts", "links", "linuxParameters", "privileged"),
    *("readonlyRootFilesystem", "systemControls", "ulimits", "user"),
)
_WINDOWS_TASK = ("ipcMode", "pidMode")
_WINDOWS_FARGATE = ("WINDOWS_SERVER_2019_", "WINDOWS_SERVER_2022_", "WINDOWS_SERVER_2025_")


def _unsupported(holder: Any, path: str, fields: tuple[str, ...], where: str) -> Iterator[Problem]:
    for field in fields:
        value = holder.get(field)
        if value is not None and value is not False and value not in ([], {}, ""):  # 0 is a value
            place = f"{path}.{field}" if path else field
            yield place, f"{where} do not support '{field}'.", "leave it out"


def fargate_unsupported(task: Task) -> Iterator[Problem]:
    """Fields that need a host of one's own are refused on Fargate."""
    if not task.fargate:
        return
    where = "Tasks using the Fargate launch type"
    yield from _unsupported(task.definition, "", _FARGATE_TASK, where)
    for container in task.containers:
        yield from _unsupported(container, container.path, _FARGATE_CONTAINER, where)
        yield from _unsupported(container.linux, f"{container.path}.linuxParameters", _FARGATE_LINUX, where)
        for path, requirement in container.items("resourceRequirements"):
            yield path, f"{where} do not support {requirement.get('type', 'resource')} requirements.", "use EC2"
    for path, volume in task.volumes:
        yield from _unsupported(volume.get("host", {}), f"{path}.host", ("sourcePath",), where)
        yield from _unsupported(volume, path, ("dockerVolumeConfiguration",), where)


def fargate_network_mode(task: Task) -> Iterator[Problem]:
    """Fargate's only network mode is awsvpc."""
    if task.fargate and task.network_mode != "awsvpc":
        message = f"Fargate only supports network mode 'awsvpc'. Found '{task.network_mode}'"
        yield "networkMode", message, "set networkMode: awsvpc"


def fargate_pid_mode(task: Task) -> Iterator[Problem]:
    """On Fargate a process namespace is shared within the task or not at all."""
    mode = task.get("pidMode")
    if task.fargate and mode not in (None, "task"):
        sentence = f"Tasks using the Fargate launch type do not support pidMode '{mode}'."
        yield "pidMode", f"{sentence} The supported value for pidMode is 'task'.", ""


def fargate_capabilities(task: Task) -> Iterator[Problem]:
    """The one kernel capability that Fargate adds is SYS_PTRACE."""
    for container in task.containers if task.fargate else []:
        refused = [name for name in container.linux.get("capabilities", {}).get("add", []) if name != "SYS_PTRACE"]
        if refused:
            path = f"{container.path}.linuxParameters.capabilities.add"
            yield path, f"Fargate does not add {', '.join(refused)}", "only SYS_PTRACE can be added"


def fargate_log_driver(task: Task) -> Iterator[Problem]:
    """Fargate's log drivers are awslogs, splunk and awsfirelens."""
    for container in task.containers if task.fargate else []:
        driver = container.log.get("logDriver")
        if driver not in (None, *_FARGATE_LOG_DRIVERS):
            path = f"{container.path}.logConfiguration.logDriver"
            yield path, f"Fargate has no log driver '{driver}'", f"expected {', '.join(_FARGATE_LOG_DRIVERS)}"


def fargate_timeouts(task: Task) -> Iterator[Problem]:
    """On Fargate, startTimeout and stopTimeout are 2 to 120 seconds."""
    for container in task.containers if task.fargate else []:
        for field in ("startTimeout", "stopTimeout"):
            seconds = container.get(field)
            if seconds is not None and not 2 <= seconds <= 120:
                yield f"{container.path}.{field}", f"found {seconds} seconds, expected 2 to 120", ""


def fargate_firelens(task: Task) -> Iterator[Problem]:
    """On Fargate, FireLens reads its configuration from a file in the image, not from S3."""
    for container in task.containers if task.fargate else []:
        kind = (container.get("firelensConfiguration") or {}).get("options", {}).get("config-file-type")
        if kind not in (None, "file"):
            path = f"{container.path}.firelensConfiguration.options.config-file-type"
            yield path, f"found '{kind}', Fargate supports only 'file'", ""


def fargate_operating_system(task: Task) -> Iterator[Problem]:
    """Fargate runs Linux on X86_64 and ARM64, and Windows Server 2019, 2022 and 2025 on X86_64."""
    architecture = task.get("runtimePlatform", {}).get("cpuArchitecture", "X86_64")
    if task.windows and architecture != "X86_64":
        yield "runtimePlatform.cpuArchitecture", f"Windows tasks run on X86_64, found {architecture}", ""
    if task.fargate and task.windows and not task.os_family.startswith(_WINDOWS_FARGATE):
        expected = "expected LINUX or a WINDOWS_SERVER_2019, 2022 or 2025 family"
        yield "runtimePlatform.operatingSystemFamily", f"Fargate does not run {task.os_family}", expected


def windows_unsupported(task: Task) -> Iterator[Problem]:
    """Linux's own settings are refused in Windows tasks, and so is EFS."""
    if not task.windows:
        return
    said = {*_FARGATE_TASK, *_FARGATE_CONTAINER} if task.fargate else set()  # by fargate-unsupported
    fields = tuple(field for field in _WINDOWS_CONTAINER if field not in said)
    task_fields = tuple(field for field in _WINDOWS_TASK if field not in said)
    yield from _unsupported(task.definition, "", task_fields, "Windows tasks")
    for container in task.containers:
        yield from _unsupported(container, container.path, fields, "Windows containers")
    for path, volume in task.volumes:
        yield from _unsupported(volume, path, ("efsVolumeConfiguration",), "Windows tasks")


def awslogs_options(task: Task) -> Iterator[Problem]:
    """awslogs needs its group and region, and on Fargate the stream prefix."""
    needed = ["awslogs-region", "awslogs-group"]
    for container in task.containers:
        if container.log.get("logDriver") != "awslogs":
            continue
        options = container.log.get("options", {})
        missing = [option for option in needed if not options.get(option)]
        path = f"{container.path}.logConfiguration.options"
        if missing:
            yield path, f"Log driver awslogs requires options: {', '.join(missing)}", ""
        if task.fargate and not options.get("awslogs-stream-prefix"):
            yield (
                path,
                "Log driver awslogs requires option awslogs-stream-prefix on Fargate",
                "the container's name, say",
            )


def firelens_router(task: Task) -> Iterator[Problem]:
    """The awsfirelens log driver needs one container of the task to be the log router."""
    routers = [container for container in task.containers if container.get("firelensConfiguration")]
    senders: list[Container] = [c for c in task.containers if c.log.get("logDriver") == "awsfirelens"]
    if senders and not routers:
        path = f"{senders[0].path}.logConfiguration.logDriver"
        yield path, "awsfirelens needs a container with firelensConfiguration in the task", "add the log router"
    if len(routers) > 1:
        yield f"{routers[1].path}.firelensConfiguration", "a task has one log router", f"the first is {routers[0].name}"


_API = "botocore, RegisterTaskDefinition"
_FARGATE = "Amazon ECS developer guide, Fargate task definition considerations; botocore"
RULES = (
    Rule("fargate-unsupported", ERROR, fargate_unsupported, _FARGATE),
    Rule("fargate-network-mode", ERROR, fargate_network_mode, _API),
    Rule("fargate-pid-mode", ERROR, fargate_pid_mode, _API),
    Rule("fargate-capabilities", ERROR, fargate_capabilities, _API),
    Rule("fargate-log-driver", ERROR, fargate_log_driver, _API),
    Rule("fargate-timeouts", ERROR, fargate_timeouts, _API),
    Rule("fargate-firelens", ERROR, fargate_firelens, _API),
    Rule("fargate-operating-system", ERROR, fargate_operating_system, _FARGATE),
    Rule("windows-unsupported", ERROR, windows_unsupported, _FARGATE),
    Rule("awslogs-options", ERROR, awslogs_options, _API),
    Rule("firelens-router", ERROR, firelens_router, "Amazon ECS developer guide, FireLens"),
)
