# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes, mounts and file systems in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from ...app import Mount
from ...compose.sizes import byte_size
from ...extensions import EfsVolume
from ..rules.lint import hides_code
from .draft import ContainerDraft
from .image import to
from .key import APPROXIMATED, IGNORED, NOT_NEEDED, REFUSED, TRANSLATED, Key, lose
from .network import shared_namespace
from .target import ecs_name

_MIB = 1024 * 1024
#: ECS wants a size where Compose takes half of the host's memory.
_TMPFS_MIB = 64
_INCLUDED_GIB, _MOST_GIB = 20, 200
_SHOWN = 3
_DOCKER_SOCKET = "docker.sock"


def _volumes(container: ContainerDraft, value: Any) -> None:
    for mount in container.service.mounts:
        if mount.type == "bind" and container.task.target.fargate:
            _refuse_bind(container, mount)
            continue
        _MOUNTS[mount.type](container, mount)
        for key in OF_A_MOUNT:
            kind, _dot, option = key.name.partition(".")[2].partition(".")
            if kind == mount.type and mount.options.get(option):
                lose(key, container, f"{_place(mount)}.{option}")


def _place(mount: Mount) -> str:
    return f"volumes[{mount.target}]"


def _mount_point(container: ContainerDraft, mount: Mount, volume: str, settings: dict[str, Any]) -> bool:
    """Mount the volume; true if it is new to the task, so that it is spoken of once."""
    new = volume not in container.task.volumes
    container.task.volumes[volume] = {"name": volume, **settings}
    point: dict[str, Any] = {"sourceVolume": volume, "containerPath": mount.target}
    if mount.read_only:
        point["readOnly"] = True
    container.fields.setdefault("mountPoints", []).append(point)
    return new


def _volume(container: ContainerDraft, mount: Mount) -> None:
    if mount.source is None:
        _mount_point(container, mount, _own_name(container, mount), {})
        return
    efs = container.service.ecs.efs.get(mount.source)
    if efs:
        _mount_point(container, mount, ecs_name(mount.source), {"efsVolumeConfiguration": _efs(efs)})
    elif container.task.target.fargate:
        _on_task_disk(container, mount, mount.source)
    else:
        _on_instance(container, mount, mount.source)


def _own_name(container: ContainerDraft, mount: Mount) -> str:
    """An anonymous volume, or a path of the host, is called after container and path."""
    return ecs_name(f"{container.name}-{mount.target.strip('/')}")


def _efs(efs: EfsVolume) -> dict[str, Any]:
    settings: dict[str, Any] = {"fileSystemId": efs.file_system_id, "transitEncryption": "ENABLED"}
    if efs.root_directory:
        settings["rootDirectory"] = efs.root_directory
    authorization = {"accessPointId": efs.access_point_id, "iam": "ENABLED" if efs.iam else None}
    said = {name: value for name, value in authorization.items() if value}
    return {**settings, "authorizationConfig": said} if said else settings


def _on_task_disk(container: ContainerDraft, mount: Mount, source: str) -> None:
    if _mount_point(container, mount, ecs_name(source), {}) and not _report_apart(container, mount, source):
        hint = f"keep it on EFS with x-ecs: {{efs: {{{source}: fs-...}}}}, or keep the data in a managed service"
        message = f"'{source}' is lost with each task, at each deployment too"
        container.report("lost-volume", _place(mount), message, hint)


def _on_instance(container: ContainerDraft, mount: Mount, source: str) -> None:
    """A Docker volume that outlives the task. Its name is the project's: other projects have a volume data, too."""
    volume = container.task.app.volumes.get(source, {})
    docker: dict[str, Any] = {"scope": "shared", "driver": volume.get("driver") or "local"}
    docker["autoprovision"] = not volume.get("external")
    options = {"driverOpts": volume.get("driver_opts"), "labels": volume.get("labels")}
    docker.update({name: said for name, said in options.items() if said})
    name = ecs_name(volume.get("name") or source)
    new = _mount_point(container, mount, name, {"dockerVolumeConfiguration": docker})
    on_disk = docker["driver"] == "local" and not docker.get("driverOpts")
    if new and on_disk and not _report_apart(container, mount, source):
        message = f"'{source}' stays on the instance: a task that is placed on another one starts empty"
        hint = f"keep it on EFS with x-ecs: {{efs: {{{source}: fs-...}}}}, or place the task on one instance"
        container.report("volume-on-one-host", _place(mount), message, hint)


def _report_apart(container: ContainerDraft, mount: Mount, source: str) -> bool:
    """Whether services of other tasks mount the volume, which Compose lets them share."""
    users = container.task.directory.volume_users[source].items()
    others = list(islice((service for task, service in users if task != container.task.name), _SHOWN))
    if others:
        hint = f"share it through EFS with x-ecs: {{efs: {{{source}: fs-...}}}} on each, or put them into one task"
        message = f"'{source}' is shared with {', '.join(others)} in Compose, and not between tasks"
        container.report("volume-apart", _place(mount), message, hint)
    return bool(others)


def _bind(container: ContainerDraft, mount: Mount) -> None:
    _mount_point(container, mount, _own_name(container, mount), {"host": {"sourcePath": mount.source or ""}})
    if not _hides_code(container, mount):  # of that the rule source-mount speaks
        message = f"'{mount.source}' is a path of each instance, and has to be there with the same content"
        container.report("host-path", _place(mount), message, _instead(container, mount))


def _refuse_bind(container: ContainerDraft, mount: Mount) -> None:
    container.report("bind-mount", _place(mount), f"'{mount.source}' is a path of the host", _instead(container, mount))


def _hides_code(container: ContainerDraft, mount: Mount) -> bool:
    return hides_code(mount.source or "", mount.target, container.service.keys.get("working_dir") or "")


def _instead(container: ContainerDraft, mount: Mount) -> str:
    if (mount.source or "").endswith(_DOCKER_SOCKET):
        return "leave it out: what steers Docker steers nothing on ECS"
    if _hides_code(container, mount):
        return "leave it out: the code is in the image"
    return "copy files into the image; keep data in a named volume, with x-ecs.efs where it must last"


def _tmpfs_mount(container: ContainerDraft, mount: Mount) -> None:
    mode = mount.options.get("mode")
    options = ["rw" if not mount.read_only else "ro", *([f"mode={mode:o}"] if mode else [])]
    _add_tmpfs(container, _place(mount), mount.target, mount.options.get("size"), options)


def _tmpfs(container: ContainerDraft, value: Sequence[str]) -> None:
    for entry in value:
        path, _colon, text = entry.partition(":")
        options = [option for option in text.split(",") if option]
        size = next((option[len("size=") :] for option in options if option.startswith("size=")), None)
        rest = [option for option in options if not option.startswith("size=")]
        _add_tmpfs(container, f"tmpfs[{path}]", path, size, rest)


def _add_tmpfs(container: ContainerDraft, place: str, path: str, size: Any, options: list[str]) -> None:
    mib = -(-_bytes(size) // _MIB) if size else 0
    if not mib:
        mib = _TMPFS_MIB
        message = f"no size is given, where ECS needs one: {mib} MiB are taken, of the container's memory"
        container.report("compose-approximated", place, message, "add size=")
    entry: dict[str, Any] = {"containerPath": path, "size": mib}
    if options:
        entry["mountOptions"] = options
    container.linux.setdefault("tmpfs", []).append(entry)


def _bytes(size: Any) -> int:
    try:
        return byte_size(size)
    except ValueError:
        return 0


def _refused_mount(container: ContainerDraft, mount: Mount) -> None:
    message = f"ECS mounts nothing of type {mount.type}"
    container.report("compose-refused", _place(mount), message, "copy the files into the image")


def _volumes_from(container: ContainerDraft, value: Sequence[str]) -> None:
    for entry in value:
        name, mode = entry, ""
        if entry.rpartition(":")[2] in ("ro", "rw"):
            name, _colon, mode = entry.rpartition(":")
        written = name if name.startswith("container:") else f"service:{name}"
        if shared_namespace(container, f"volumes_from[{name}]", written):
            source: dict[str, Any] = {"sourceContainer": ecs_name(name)}
            if mode == "ro":
                source["readOnly"] = True
            container.fields.setdefault("volumesFrom", []).append(source)


def _storage_opt(container: ContainerDraft, value: Mapping[str, Any]) -> None:
    """The containers of a task share one disk; 20 GiB of it are included."""
    gib = -(-_bytes(value.get("size")) // (1024 * _MIB))
    wanted = min(max(gib, container.task.fields.get("ephemeralStorage", {}).get("sizeInGiB", 0)), _MOST_GIB)
    if wanted > _INCLUDED_GIB:
        container.task.fields["ephemeralStorage"] = {"sizeInGiB": wanted}
    if gib > _MOST_GIB:
        message = f"Fargate has at most {_MOST_GIB} GiB, found {gib}"
        container.report("out-of-range", "storage_opt", message, "keep the data on EFS")
    for option in sorted(set(value) - {"size"}):
        container.report("compose-left-out", f"storage_opt.{option}", "ECS has no option of the storage driver")


_MOUNTS: Mapping[str, Callable[[ContainerDraft, Mount], None]] = {
    "volume": _volume,
    "bind": _bind,
    "tmpfs": _tmpfs_mount,
    "image": _refused_mount,
    "npipe": _refused_mount,
    "cluster": _refused_mount,
}
OF_A_MOUNT = (
    Key("volumes.bind.propagation", REFUSED, IGNORED, "nothing", "ECS mounts without propagation"),
    Key("volumes.bind.selinux", REFUSED, IGNORED, "nothing", "ECS relabels nothing", minor=True),
    Key("volumes.bind.recursive", REFUSED, IGNORED, "nothing", "ECS has no word for submounts", minor=True),
    Key(
        "volumes.volume.subpath",
        IGNORED,
        IGNORED,
        "nothing",
        "ECS mounts a volume whole",
        "with EFS, name root_directory in x-ecs.efs",
    ),
    Key("volumes.volume.nocopy", IGNORED, IGNORED, "nothing", "ECS decides what a new volume holds", minor=True),
    Key(
        "volumes.volume.labels",
        IGNORED,
        IGNORED,
        "nothing",
        "a Docker volume has the labels that stand at the top of the file",
        minor=True,
    ),
)
KEYS = (
    Key(
        "volumes",
        APPROXIMATED,
        APPROXIMATED,
        "`volumes`, `mountPoints`",
        "With `x-ecs.efs` a named volume is on EFS. Else it is on the task's own disk on Fargate, and a Docker volume"
        " of the instance on EC2. Anonymous volumes live as long as the task. Other types are refused.",
        handle=_volumes,
    ),
    Key("volumes.read_only", TRANSLATED, TRANSLATED, "`readOnly`", "The same."),
    Key(
        "volumes.bind",
        REFUSED,
        APPROXIMATED,
        "`host.sourcePath`",
        "Fargate has no host; on EC2 the path has to be on each instance. The app's code belongs into the image.",
    ),
    Key("volumes.bind.create_host_path", REFUSED, NOT_NEEDED, "nothing", "Docker makes a missing path on EC2."),
    *OF_A_MOUNT,
    Key("volumes.tmpfs.size", TRANSLATED, TRANSLATED, "`linuxParameters.tmpfs`", "In MiB, rounded up; 64 without it."),
    Key("volumes.tmpfs.mode", TRANSLATED, TRANSLATED, "`linuxParameters.tmpfs`", "A mount option."),
    Key("volumes.image", REFUSED, REFUSED, "nothing", "ECS mounts no images, nor named pipes or volumes of a cluster."),
    Key("volumes.consistency", NOT_NEEDED, NOT_NEEDED, "nothing", "A word of Docker Desktop."),
    Key(
        "tmpfs",
        TRANSLATED,
        TRANSLATED,
        "`linuxParameters.tmpfs`",
        "ECS needs a size; without one it is 64 MiB, and a finding says so. Platform version 1.4.0 on Fargate.",
        handle=_tmpfs,
    ),
    Key(
        "volumes_from",
        APPROXIMATED,
        APPROXIMATED,
        "`volumesFrom`",
        "Within a task; from a container of another task, or outside the project, it is refused.",
        handle=_volumes_from,
    ),
    Key(
        "read_only",
        TRANSLATED,
        TRANSLATED,
        "`readonlyRootFilesystem`",
        "The same.",
        handle=to("readonlyRootFilesystem"),
    ),
    Key(
        "storage_opt",
        APPROXIMATED,
        IGNORED,
        "`ephemeralStorage`",
        "the instance's own disk holds the container",
        "size the instance's volume",
        handle=_storage_opt,
    ),
)
