# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ECS accepts and a team regrets: security, cost and surprises that a definition alone can show."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...findings import INFO, WARNING
from ...rule import Problem, Rule
from ...secrets import URL_PASSWORD, named_like_a_secret, token_format
from ...tree import leaves
from ..databases import keeps_data, serves_a_database
from ..fargate_sizes import sizes, smallest_fit
from ..task import Container, Task

#: Where images keep their code.
_CODE = (
    *("/app", "/application", "/code", "/src", "/site", "/workspace", "/go/src", "/home/app", "/home/node/app"),
    *("/opt/app", "/srv/app", "/usr/app", "/usr/share/nginx/html", "/usr/src", "/usr/src/app", "/var/www"),
    "/var/www/html",
)
_CODE_WITHIN = ("app", "code", "source", "src")
#: Names and places of what a host rightly keeps for a container.
_DATA = ("cache", "config", "data", "logs", "media", "tmp", "uploads")
_DATA_ON_HOST = ("/data/", "/efs/", "/media/", "/mnt/", "/var/lib/", "/var/log/")

_FULL_NAME = re.compile(r"-[A-Za-z0-9]{6}\Z")
_SECRETS_HINT = "move it to secrets, from Parameter Store or Secrets Manager"


def unpinned_image(task: Task) -> Iterator[Problem]:
    """An image without a tag, or tagged latest, is another image tomorrow."""
    for container in task.containers:
        image = container.get("image") or ""
        name = image.rpartition("/")[2]
        if image and "@" not in image and (":" not in name or name.endswith(":latest")):
            yield f"{container.path}.image", f"'{image}' is not pinned", "name a version tag, or set resolve_digests"


def root_user(task: Task) -> Iterator[Problem]:
    """A container that runs as root gives an intruder root in it."""
    for container in task.containers if not task.windows else []:
        user = (container.get("user") or "").partition(":")[0]
        if user in ("0", "root"):
            yield f"{container.path}.user", "the container runs as root", "name another user, by number"
        elif not user:
            yield (
                f"{container.path}.user",
                "no user is set: the image decides, and most run as root",
                "set user: '1000'",
            )


def secret_by_name(task: Task) -> Iterator[Problem]:
    """A variable that is named like a secret stands in plain text: whoever may read definitions reads it."""
    for container in task.containers:
        for path, variable in container.items("environment"):
            if named_like_a_secret(variable.get("name", ""), variable.get("value", "")):
                yield path, f"'{variable['name']}' looks like a secret in plain text", _SECRETS_HINT


def secret_in_url(task: Task) -> Iterator[Problem]:
    """A URL carries a password in plain text."""
    for path, text in _texts(task):
        if URL_PASSWORD.search(text):
            yield path, "a URL with a password stands here in plain text", _SECRETS_HINT


def secret_by_pattern(task: Task) -> Iterator[Problem]:
    """A value has the form of a known kind of key or token."""
    for path, text in _texts(task):
        kind = token_format(text)
        if kind:
            yield path, f"{kind} stands here in plain text", f"{_SECRETS_HINT}; and replace it, for it has been seen"


def _texts(task: Task) -> Iterator[tuple[str, str]]:
    for path, leaf in leaves(task.definition).items():
        for text in leaf if isinstance(leaf, list) else [leaf]:
            if isinstance(text, str):
                yield path, text


def partial_secret_arn(task: Task) -> Iterator[Problem]:
    """ECS wants a secret's full ARN, with the six characters that Secrets Manager adds to the name."""
    for container in task.containers:
        for path, secret in container.items("secrets"):
            name = _secret_name(secret.get("valueFrom", ""))
            if name and not _FULL_NAME.search(name):
                hint = "copy the ARN from `aws secretsmanager describe-secret`"
                yield f"{path}.valueFrom", f"'{name}' does not end in a hyphen and six characters", hint


def _secret_name(source: str) -> str:
    """arn:aws:secretsmanager:region:account:secret:NAME"""
    parts = source.split(":")
    return parts[6] if ":secretsmanager:" in source and len(parts) > 6 else ""


def no_logs(task: Task) -> Iterator[Problem]:
    """Without a log configuration, what the container prints is lost with it."""
    for container in task.containers:
        if not container.log:
            yield f"{container.path}.logConfiguration", "the container's output is kept nowhere", "set awslogs"


def blocking_logs(task: Task) -> Iterator[Problem]:
    """In blocking mode the application stands still while the log service does."""
    for container in task.containers:
        if container.log.get("options", {}).get("mode") == "blocking":
            path = f"{container.path}.logConfiguration.options.mode"
            yield path, "a slow log service blocks the application", "use non-blocking and max-buffer-size"


def no_health_check(task: Task) -> Iterator[Problem]:
    """ECS replaces a container that hangs only if a health check tells; it ignores the Dockerfile's HEALTHCHECK."""
    for container in task.containers:
        if container.essential and container.get("portMappings") and not container.get("healthCheck"):
            hint = "set healthCheck; a load balancer's check helps only behind one, the Dockerfile's is ignored"
            yield f"{container.path}.healthCheck", "nothing tells ECS whether the container is well", hint


def over_allocated(task: Task) -> Iterator[Problem]:
    """The containers ask for so little that a smaller Fargate size holds them."""
    if not task.fargate or task.memory not in sizes(task.windows).get(task.cpu or 0, ()):
        return
    cpus = [container.get("cpu") or 0 for container in task.containers]
    memories = [c.get("memory") or c.get("memoryReservation") or 0 for c in task.containers]
    if not all(cpus) or not all(memories):
        return  # a container without figures may take all there is
    fit = smallest_fit(sum(cpus), sum(memories), task.windows)
    if fit and fit < (task.cpu or 0, task.memory or 0):
        asked = f"the containers ask for {sum(cpus)} CPU units and {sum(memories)} MiB"
        yield "cpu", f"{asked}, the task pays for {task.cpu} and {task.memory}", f"{fit[0]}/{fit[1]} holds them"


def writable_root(task: Task) -> Iterator[Problem]:
    """A writable root file system lets an intruder stay, and hides what the application writes."""
    for container in task.containers if not task.windows else []:
        if not container.get("readonlyRootFilesystem"):
            hint = "set readonlyRootFilesystem: true, with a volume or tmpfs for /tmp"
            yield f"{container.path}.readonlyRootFilesystem", "the root file system is writable", hint


def read_only_without_tmp(task: Task) -> Iterator[Problem]:
    """With a read-only root and nothing writable at /tmp, most applications crash at the first temporary file."""
    for container in task.containers:
        if container.get("readonlyRootFilesystem") and not _has_writable_tmp(container):
            hint = "mount a volume at /tmp, or linuxParameters.tmpfs (on Fargate since January 2026)"
            yield f"{container.path}.readonlyRootFilesystem", "the root is read-only and /tmp is not writable", hint


def _has_writable_tmp(container: Container) -> bool:
    writable = [mount.get("containerPath", "") for mount in container.linux.get("tmpfs", [])]
    writable += [m.get("containerPath", "") for m in container.get("mountPoints") or [] if not m.get("readOnly")]
    return any(path.rstrip("/") == "/tmp" for path in writable)


def privileged(task: Task) -> Iterator[Problem]:
    """A privileged container is root on the host."""
    for container in task.containers if not task.fargate else []:
        if container.get("privileged"):
            hint = "add the one capability it needs under linuxParameters.capabilities"
            yield f"{container.path}.privileged", "the container is root on its host", hint


def host_namespace(task: Task) -> Iterator[Problem]:
    """Sharing the host's processes, memory or network undoes the container's isolation."""
    for field in ("pidMode", "ipcMode", "networkMode"):
        if task.get(field) == "host" and not task.fargate:
            yield field, "the task shares the host's namespace", "leave it out, or say why in a comment"


def efs_two_writers(task: Task) -> Iterator[Problem]:
    """During a rolling update the old and the new task write to one file system at once."""
    for path in shared_writes(task):
        hint = "a database needs maximumPercent 100, minimumHealthyPercent 0 in the service, or a managed one"
        yield path, "old and new tasks write to it at once during a deployment", hint


def shared_writes(task: Task) -> Iterator[str]:
    """The mounts where all tasks of the definition write to one file system."""
    shared = {
        volume.get("name")
        for _path, volume in task.volumes
        if volume.get("efsVolumeConfiguration") or volume.get("s3filesVolumeConfiguration")
    }
    for container in task.containers:
        for path, mount in container.items("mountPoints"):
            if mount.get("sourceVolume") in shared and not mount.get("readOnly"):
                yield path


def efs_in_clear(task: Task) -> Iterator[Problem]:
    """EFS traffic is encrypted only when transit encryption is on."""
    for path, volume in task.volumes:
        efs = volume.get("efsVolumeConfiguration")
        if efs and efs.get("transitEncryption") != "ENABLED":
            yield f"{path}.efsVolumeConfiguration.transitEncryption", "files travel unencrypted", "set ENABLED"


def platform_version(task: Task) -> Iterator[Problem]:
    """Some fields need Fargate platform version 1.4.0: a service pinned to an older one fails to start."""
    needs = sorted(set(platform_needs(task))) if task.fargate and not task.windows else []
    if needs:
        message = f"platform version 1.4.0 or newer is needed for {', '.join(needs)}"
        yield "", message, "leave the service's platform version at LATEST"


def platform_needs(task: Task) -> Iterator[str]:
    """What the definition has that Fargate knows from platform version 1.4.0 on."""
    if task.get("ephemeralStorage"):
        yield "ephemeralStorage"
    if task.get("pidMode"):
        yield "pidMode"
    if (task.cpu or 0) >= 8192:
        yield "8 vCPU and more"
    if any(volume.get("efsVolumeConfiguration") for _path, volume in task.volumes):
        yield "EFS volumes"
    for container in task.containers:
        for field in ("environmentFiles", "systemControls"):
            if container.get(field):
                yield field
        if container.linux.get("capabilities", {}).get("add"):
            yield "added capabilities"
        if any(_names_a_part(secret.get("valueFrom", "")) for secret in container.get("secrets") or []):
            yield "secrets by JSON key or version"


def _names_a_part(source: str) -> bool:
    """arn:aws:secretsmanager:region:account:secret:name has seven parts; more name a key or a version."""
    return ":secretsmanager:" in source and any(source.split(":")[7:])


def database_in_web_task(task: Task) -> Iterator[Problem]:
    """A database in the task of a web application is restarted with it, and there is one in each task."""
    web = next((container.name for container in task.containers if _is_web(container)), None)
    for container in task.containers if web else []:
        if keeps_data(container):
            message = f"deploying '{web}' restarts this database too, and each further task has one of its own"
            yield container.path, message, "give it a task and a service of its own, or use a managed one"


def _is_web(container: Container) -> bool:
    listens = any(mapping.get("protocol", "tcp") == "tcp" for mapping in container.get("portMappings") or [])
    return listens and container.essential and not keeps_data(container) and not serves_a_database(container)


def source_mount(task: Task) -> Iterator[Problem]:
    """A host's directory mounted over the image's code runs what lies on that host, and no rollback reaches it."""
    sources = {volume.get("name"): volume.get("host", {}).get("sourcePath") for _path, volume in task.volumes}
    for container in task.containers if not task.fargate else []:
        for path, mount in container.items("mountPoints"):
            source, target = sources.get(mount.get("sourceVolume")), mount.get("containerPath") or ""
            if source and hides_code(source, target, container.get("workingDirectory") or ""):
                yield path, f"'{source}' of the host hides the image's '{target}'", "build the code into the image"


def hides_code(source: str, target: str, working_directory: str) -> bool:
    """Whether a host's directory `source` mounted at `target` stands where the image has its code."""
    if f"{source}/".startswith(_DATA_ON_HOST):
        return False
    target, working = target.rstrip("/"), working_directory.rstrip("/")
    parent, _slash, name = target.rpartition("/")
    if target in _CODE or (parent in _CODE and name in _CODE_WITHIN):
        return True
    return bool(target) and f"{working}/".startswith(f"{target}/") and name not in _DATA


def one_role_for_both(task: Task) -> Iterator[Problem]:
    """The application gets every right of the execution role when it runs under the same role."""
    role = task.get("taskRoleArn")
    if role and role == task.get("executionRoleArn"):
        yield "taskRoleArn", "the task role is the execution role", "give the application a role of its own"


_OWN = "slipway.containers"
RULES = (
    Rule("unpinned-image", WARNING, unpinned_image, "source plan C; checkov CKV_DOCKER_7 for base images"),
    Rule("root-user", WARNING, root_user, "AWS Security Hub ECS.20; Control Tower CT.ECS.PR.3"),
    Rule("secret-by-name", WARNING, secret_by_name, "AWS Security Hub ECS.8, widened"),
    Rule("secret-in-url", WARNING, secret_in_url, _OWN),
    Rule("secret-by-pattern", WARNING, secret_by_pattern, "the issuers' documented token formats"),
    Rule("partial-secret-arn", WARNING, partial_secret_arn, "Amazon ECS developer guide, secrets"),
    Rule("no-logs", WARNING, no_logs, "AWS Security Hub ECS.9"),
    Rule("blocking-logs", WARNING, blocking_logs, "Amazon ECS developer guide, log driver modes (2025-06-25)"),
    Rule("no-health-check", WARNING, no_health_check, "botocore, HealthCheck"),
    Rule("over-allocated", WARNING, over_allocated, "source plan C"),
    Rule("writable-root", INFO, writable_root, "AWS Security Hub ECS.5"),
    Rule("read-only-without-tmp", WARNING, read_only_without_tmp, _OWN),
    Rule("privileged", WARNING, privileged, "AWS Security Hub ECS.4"),
    Rule("host-namespace", WARNING, host_namespace, "AWS Security Hub ECS.3, ECS.17"),
    Rule("efs-two-writers", WARNING, efs_two_writers, "source plan D"),
    Rule("database-in-web-task", WARNING, database_in_web_task, "source plan D"),
    Rule("source-mount", WARNING, source_mount, "source plan A's Compose file"),
    Rule("efs-in-clear", WARNING, efs_in_clear, "AWS Security Hub ECS.18"),
    Rule("platform-version", INFO, platform_version, "botocore, RegisterTaskDefinition; AWS Security Hub ECS.10"),
    Rule("one-role-for-both", WARNING, one_role_for_both, "checkov CKV_AWS_249"),
)
