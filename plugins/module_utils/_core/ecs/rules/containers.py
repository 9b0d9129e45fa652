# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the containers of a task start, stay healthy, and get their configuration."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ...findings import ERROR, WARNING, shown
from ...graph import cycle
from ...rule import Problem, Rule
from ...tree import labelled
from ..secret_sources import SECRET_ARN, is_secret_source
from ..task import Container, Task

_ENVIRONMENT_FILE = re.compile(r"arn:[a-z-]+:s3:::.+\.env\Z")
_ECR = re.compile(r"\d{12}\.dkr[.-]ecr[a-z-]*\.")
_HEALTH_RANGES = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
_KERNEL_NAMESPACES = (
    *("kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax"),
    *("kernel.shmmni", "kernel.shm_rmid_forced"),
)


def no_essential(task: Task) -> Iterator[Problem]:
    """At least one container of a task is essential."""
    if task.containers and not any(container.essential for container in task.containers):
        yield (
            "containerDefinitions",
            "no container is essential, at least one must be",
            "leave essential out for the main one",
        )


def depends_on(task: Task) -> Iterator[Problem]:
    """Containers wait for others of the task, without a cycle, on conditions that can come true."""
    by_name = {container.name: container for container in task.containers}
    for container in task.containers:
        for path, dependency in container.items("dependsOn"):
            target = by_name.get(dependency.get("containerName", ""))
            if target is None:
                name = dependency.get("containerName", "")
                yield path, f"Cannot depend on container {shown(name)} because it does not exist", ""
            else:
                yield from _condition(path, dependency.get("condition"), target)
    loop = cycle({c.name: [d.get("containerName", "") for d in c.get("dependsOn") or []] for c in task.containers})
    if loop:
        yield "containerDefinitions", f"dependsOn goes in a circle: {' -> '.join(loop)}", "no container could start"


def _condition(path: str, condition: object, target: Container) -> Iterator[Problem]:
    if condition in ("COMPLETE", "SUCCESS") and target.essential:
        sentence = "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container"
        yield f"{path}.condition", f"{sentence}: '{target.name}' is", f"set essential: false on '{target.name}'"
    if condition == "HEALTHY" and not target.get("healthCheck"):
        message = f"HEALTHY needs a health check, '{target.name}' has none"
        yield f"{path}.condition", message, f"give '{target.name}' a healthCheck, or wait for START"
    if condition is None:
        yield f"{path}.condition", "the condition is missing", "expected START, COMPLETE, SUCCESS or HEALTHY"


def health_check(task: Task) -> Iterator[Problem]:
    """A health check is a CMD or CMD-SHELL command with interval, timeout, retries and startPeriod in range."""
    for container in task.containers:
        check = container.get("healthCheck")
        if check is None:
            continue
        path = f"{container.path}.healthCheck"
        command = check.get("command", [])
        if not command or command[0] not in ("CMD", "CMD-SHELL", "NONE") or (len(command) < 2 and command[0] != "NONE"):
            yield f"{path}.command", "the command starts with CMD or CMD-SHELL, and a command follows", ""
        for field, (low, high) in _HEALTH_RANGES.items():
            value = check.get(field)
            if value is not None and not low <= value <= high:
                unit = "" if field == "retries" else " seconds"
                yield f"{path}.{field}", f"found {value}, expected {low} to {high}{unit}", ""


def health_check_timeout(task: Task) -> Iterator[Problem]:
    """A health check that may take longer than its interval overlaps the next."""
    for container in task.containers:
        check = container.get("healthCheck")
        if check and check.get("timeout", 5) >= check.get("interval", 30):
            message = f"timeout {check.get('timeout', 5)} is not below interval {check.get('interval', 30)}"
            yield f"{container.path}.healthCheck.timeout", message, ""


def restart_policy(task: Task) -> Iterator[Problem]:
    """A restart policy waits 60 to 1800 seconds before it tries again, and ignores at most 50 exit codes."""
    for container in task.containers:
        policy = container.get("restartPolicy") or {}
        path, period = f"{container.path}.restartPolicy", policy.get("restartAttemptPeriod")
        if period is not None and not 60 <= period <= 1800:
            yield f"{path}.restartAttemptPeriod", f"found {period}, expected 60 to 1800 seconds", ""
        codes = policy.get("ignoredExitCodes", [])
        if len(codes) > 50:
            yield f"{path}.ignoredExitCodes", f"found {len(codes)} exit codes, expected at most 50", ""


def secrets(task: Task) -> Iterator[Problem]:
    """A secret comes from Secrets Manager by its full ARN, or from Parameter Store by ARN or name."""
    for container in task.containers:
        sources = [
            *container.items("secrets"),
            *labelled(f"{container.path}.logConfiguration.secretOptions", container.log.get("secretOptions", [])),
        ]
        for path, secret in sources:
            if not is_secret_source(secret.get("valueFrom", "")):
                expected = "expected a Secrets Manager ARN (...:secret:name-AbCdEf[:key:stage:version]) or a parameter"
                yield f"{path}.valueFrom", "this names no secret", expected
            if not secret.get("name"):
                yield f"{path}.name", "the secret has no name", "expected the environment variable it becomes"


def variable_twice(task: Task) -> Iterator[Problem]:
    """A variable stands once among a container's environment and secrets."""
    for container in task.containers:
        names = [(kind, item.get("name")) for kind in ("environment", "secrets") for item in container.get(kind) or []]
        for name, times in Counter(name for _kind, name in names).items():
            if times > 1:
                kinds = " and ".join(kind for kind in ("environment", "secrets") if (kind, name) in names)
                yield f"{container.path}.{kinds.split()[0]}", f"'{name}' is set {times} times, in {kinds}", "keep one"


def environment_name(task: Task) -> Iterator[Problem]:
    """Each environment variable has a name."""
    for container in task.containers:
        for path, variable in container.items("environment"):
            if not variable.get("name") or "=" in variable["name"]:
                yield f"{path}.name", "the variable has no name, or one with '='", "expected name and value"


def execution_role(task: Task) -> Iterator[Problem]:
    """An execution role is needed to fetch secrets, and on Fargate to pull from ECR and to write logs."""
    if task.get("executionRoleArn"):
        return
    needs = sorted({need for container in task.containers for need in _execution_needs(task, container)})
    if needs:
        yield "executionRoleArn", f"an execution role is needed for {', '.join(needs)}", "set executionRoleArn"


def _execution_needs(task: Task, container: Container) -> Iterator[str]:
    if container.get("secrets") or container.log.get("secretOptions"):
        yield "secrets"
    if container.get("repositoryCredentials"):
        yield "repository credentials"
    if task.fargate and container.log.get("logDriver") == "awslogs":
        yield "the awslogs log driver on Fargate"
    if task.fargate and _ECR.match(container.get("image") or ""):
        yield "pulling from ECR on Fargate"


def environment_files(task: Task) -> Iterator[Problem]:
    """At most ten environment files, each the ARN of an object in S3 whose name ends in .env."""
    for container in task.containers:
        files = container.get("environmentFiles") or []
        if len(files) > 10:
            yield f"{container.path}.environmentFiles", f"found {len(files)} files, expected at most 10", ""
        for position, file in enumerate(files):
            if not _ENVIRONMENT_FILE.match(file.get("value", "")):
                path = f"{container.path}.environmentFiles[{position}].value"
                yield path, f"found {shown(file.get('value', ''))}", "expected arn:aws:s3:::bucket/name.env"


def repository_credentials(task: Task) -> Iterator[Problem]:
    """Credentials of a private registry are a secret in Secrets Manager, named by ARN."""
    for container in task.containers:
        credentials = container.get("repositoryCredentials")
        if credentials and not SECRET_ARN.match(credentials.get("credentialsParameter", "")):
            path = f"{container.path}.repositoryCredentials.credentialsParameter"
            yield path, "this is no Secrets Manager ARN", "expected arn:...:secretsmanager:...:secret:name"


def system_controls(task: Task) -> Iterator[Problem]:
    """Sysctls are the network's, or those of shared memory and message queues; in host mode none of the network's."""
    for container in task.containers:
        for path, control in container.items("systemControls"):
            name = control.get("namespace", "")
            if not name.startswith(("net.", "fs.mqueue.")) and name not in _KERNEL_NAMESPACES:
                yield (
                    path,
                    f"'{name}' cannot be set for a container",
                    "expected net.*, fs.mqueue.* or kernel.shm*, msg*, sem",
                )
            if name.startswith("net.") and task.network_mode == "host":
                yield path, f"'{name}' cannot be set when networkMode is host", ""


def system_controls_twice(task: Task) -> Iterator[Problem]:
    """In awsvpc mode the containers share one network: of two values for a sysctl, the last started wins."""
    values: dict[str, tuple[str, object]] = {}
    for container in task.containers if task.network_mode == "awsvpc" else []:
        for path, control in container.items("systemControls"):
            name, value = control.get("namespace", ""), control.get("value")
            owner, known = values.setdefault(name, (container.name, value))
            if name.startswith("net.") and known != value:
                yield path, f"container '{owner}' sets another value for {name}", "set it in one container"


def ulimits(task: Task) -> Iterator[Problem]:
    """A soft limit is not above its hard limit."""
    for container in task.containers:
        for path, limit in container.items("ulimits"):
            soft, hard = limit.get("softLimit"), limit.get("hardLimit")
            if soft is None or hard is None:
                missing = "softLimit" if soft is None else "hardLimit"
                yield f"{path}.{missing}", "softLimit and hardLimit are both needed", ""
            elif soft > hard >= 0:
                yield path, f"softLimit {soft} is above hardLimit {hard}", ""


_API = "botocore, RegisterTaskDefinition"
RULES = (
    Rule("no-essential", ERROR, no_essential, _API),
    Rule("depends-on", ERROR, depends_on, _API),
    Rule("health-check", ERROR, health_check, _API),
    Rule("health-check-timeout", WARNING, health_check_timeout, "Docker's own order of health checks"),
    Rule("restart-policy", ERROR, restart_policy, _API),
    Rule("secrets", ERROR, secrets, "Amazon ECS developer guide, secrets; botocore"),
    Rule("variable-twice", ERROR, variable_twice, "Amazon ECS developer guide, secrets"),
    Rule("environment-name", ERROR, environment_name, _API),
    Rule("execution-role", ERROR, execution_role, "Amazon ECS developer guide, task execution IAM role"),
    Rule("environment-files", ERROR, environment_files, _API),
    Rule("repository-credentials", ERROR, repository_credentials, _API),
    Rule("system-controls", ERROR, system_controls, _API),
    Rule("system-controls-twice", WARNING, system_controls_twice, _API),
    Rule("ulimits", ERROR, ulimits, _API),
)
