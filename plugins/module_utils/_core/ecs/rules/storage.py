# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes and what mounts them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...findings import ERROR
from ...rule import Problem, Rule
from ..task import Task

_KINDS = (
    *("dockerVolumeConfiguration", "efsVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration"),
    "s3filesVolumeConfiguration",
)


def volume_kind(task: Task) -> Iterator[Problem]:
    """A volume is of one kind."""
    for path, volume in task.volumes:
        kinds = [kind for kind in _KINDS if volume.get(kind)]
        kinds += ["host.sourcePath"] if volume.get("host", {}).get("sourcePath") else []
        kinds += ["configuredAtLaunch"] if volume.get("configuredAtLaunch") else []
        if len(kinds) > 1:
            yield path, f"found {' and '.join(kinds)}, expected one of them", ""


def configured_at_launch(task: Task) -> Iterator[Problem]:
    """One volume may be configured at launch, by the service or the task that runs it."""
    names = [volume.get("name", "") for _path, volume in task.volumes if volume.get("configuredAtLaunch")]
    if len(names) > 1:
        yield "volumes", f"{' and '.join(names)} are configuredAtLaunch, expected at most one", ""


def mount_points(task: Task) -> Iterator[Problem]:
    """Mounts name a volume of the task and a path in the container; volumesFrom names a container."""
    volumes = {volume.get("name") for _path, volume in task.volumes}
    containers = {container.name for container in task.containers}
    for container in task.containers:
        for path, mount in container.items("mountPoints"):
            if mount.get("sourceVolume") not in volumes:
                message = f"no volume is named '{mount.get('sourceVolume', '')}'"
                yield f"{path}.sourceVolume", message, f"volumes has {', '.join(sorted(map(str, volumes))) or 'none'}"
            if not mount.get("containerPath"):
                yield f"{path}.containerPath", "the path in the container is missing", ""
        for path, source in container.items("volumesFrom"):
            if source.get("sourceContainer") not in containers - {container.name}:
                yield path, f"no other container is named '{source.get('sourceContainer', '')}'", ""


def efs_volume(task: Task) -> Iterator[Problem]:
    """EFS: IAM and access points need transit encryption, and an access point has its own root directory."""
    for path, volume in task.volumes:
        efs = volume.get("efsVolumeConfiguration")
        if efs:
            yield from _efs(f"{path}.efsVolumeConfiguration", efs)


def _efs(path: str, efs: Mapping[str, Any]) -> Iterator[Problem]:
    authorization = efs.get("authorizationConfig", {})
    access_point = authorization.get("accessPointId")
    encrypted = efs.get("transitEncryption") == "ENABLED"
    if not efs.get("fileSystemId"):
        yield f"{path}.fileSystemId", "the file system is missing", "expected fs- and its number"
    if (access_point or authorization.get("iam") == "ENABLED") and not encrypted:
        why = "an access point" if access_point else "IAM authorization"
        yield f"{path}.transitEncryption", f"transit encryption must be ENABLED with {why}", ""
    if access_point and efs.get("rootDirectory", "/") not in ("", "/"):
        message = f"found '{efs['rootDirectory']}' with an access point"
        yield f"{path}.rootDirectory", message, "leave rootDirectory out: the access point has its own"
    port = efs.get("transitEncryptionPort")
    if port is not None and not 1 <= port <= 65535:
        yield f"{path}.transitEncryptionPort", f"found {port}, expected 1 to 65535", ""


def s3_files_role(task: Task) -> Iterator[Problem]:
    """S3 Files volumes are mounted with the task role."""
    if task.get("taskRoleArn"):
        return
    for path, volume in task.volumes:
        if volume.get("s3filesVolumeConfiguration"):
            yield path, "an S3 Files volume needs a task role", "set taskRoleArn"


_API = "botocore, RegisterTaskDefinition"
RULES = (
    Rule("volume-kind", ERROR, volume_kind, _API),
    Rule("configured-at-launch", ERROR, configured_at_launch, _API),
    Rule("mount-points", ERROR, mount_points, _API),
    Rule("efs-volume", ERROR, efs_volume, _API),
    Rule("s3-files-role", ERROR, s3_files_role, _API),
)
