# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data, files of the host and file systems in memory. All else of the host is read-only to the service."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...app import Mount, Service
from ...compose.sizes import byte_size
from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, REFUSED, TRANSLATED
from ..wish import Bind, Directory, Tmpfs
from .draft import ServiceDraft
from .key import Key, lose

_DOCKER_SOCKET = "docker.sock"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]+")


def _volumes(service: ServiceDraft, _value: Any) -> None:
    for mount in service.service.mounts:
        _mount(service, mount)


def _mount(service: ServiceDraft, mount: Mount) -> None:
    _MOUNTS[mount.type](service, mount)
    for key in OF_A_MOUNT:
        kind, _dot, option = key.name.partition(".")[2].partition(".")
        if kind == mount.type and mount.options.get(option):
            lose(key, service, f"{_place(mount)}.{option}")


def _place(mount: Mount) -> str:
    return f"volumes[{mount.target}]"


def _volume(service: ServiceDraft, mount: Mount) -> None:
    """A folder under /var/lib; an anonymous volume is called after its path."""
    name = mount.source or _NOT_IN_NAMES.sub("-", mount.target.strip("/")) or "data"
    service.add("directories", Directory(name, mount.target))
    settings = service.app.app.volumes.get(name, {})
    if settings.get("driver_opts") or settings.get("driver") not in (None, "local") or settings.get("external"):
        message = f"'{name}' is a volume of Docker's own kind, and here it is a new folder under /var/lib"
        hint = "mount what holds the data on the host, and use its path as a bind mount"
        service.report("compose-ignored", _place(mount), message, hint)
    if mount.read_only:
        lose(READ_ONLY, service, f"{_place(mount)}.read_only")


def _bind(service: ServiceDraft, mount: Mount) -> None:
    source = mount.source or ""
    inside = _in_project(service.app.given.folder, source)
    path = source if inside is None else posixpath.normpath(posixpath.join(service.app.places.current, inside))
    service.add("binds", Bind(path, mount.target, mount.read_only or inside is not None))
    if inside is not None and not mount.read_only:
        message = f"'{source}' is part of each release, which the service cannot write to"
        hint = "keep data in a named volume, and mark what is only read with :ro"
        service.report("read-only-code", _place(mount), message, hint)
    elif source.endswith(_DOCKER_SOCKET):
        message = "whoever may write to Docker's socket is root of the host"
        service.report("host-path", _place(mount), message, "leave it out, or name a user of the group docker")
    elif inside is None:
        message = f"'{source}' has to be there on the host, with rights for the service's user"
        service.report("host-path", _place(mount), message, "keep data in a named volume, and files in the project")


def _in_project(folder: str, source: str) -> str | None:
    """The path within the release of what lies in the project's folder."""
    root = folder.rstrip("/")
    if not root or not (source == root or source.startswith(f"{root}/")):
        return None
    return source[len(root) + 1 :] or "."


def _tmpfs_mount(service: ServiceDraft, mount: Mount) -> None:
    _add_tmpfs(service, mount.target, mount.options.get("size"))


def _tmpfs(service: ServiceDraft, value: Sequence[str]) -> None:
    for entry in value:
        path, _colon, text = entry.partition(":")
        options = [option.partition("=") for option in text.split(",") if option]
        _add_tmpfs(service, path, next((size for name, _equals, size in options if name == "size"), None))


def _add_tmpfs(service: ServiceDraft, path: str, size: Any) -> None:
    try:
        amount = byte_size(size) if size else 0
    except ValueError:
        amount = 0
    service.add("tmpfs", Tmpfs(path, amount or None))


def _refused(service: ServiceDraft, mount: Mount) -> None:
    message = f"systemd mounts nothing of type {mount.type}"
    service.report("compose-refused", _place(mount), message, "put the files into the release")


def _volumes_from(service: ServiceDraft, value: Sequence[str]) -> None:
    """The mounts of another service become this one's, too."""
    for entry in value:
        name, mode = entry, ""
        if entry.rpartition(":")[2] in ("ro", "rw"):
            name, _colon, mode = entry.rpartition(":")
        other = service.app.app.services.get(name)
        if other is None:
            place = f"volumes_from[{name}]"
            service.report("compose-refused", place, f"'{name}' is no service of this project")
        else:
            _take_over(service, other, mode == "ro")


def _take_over(service: ServiceDraft, other: Service, read_only: bool) -> None:
    for mount in other.mounts:
        _mount(service, mount if not read_only else Mount(mount.type, mount.target, mount.source, True, mount.options))


_MOUNTS: Mapping[str, Callable[[ServiceDraft, Mount], None]] = {
    "volume": _volume,
    "bind": _bind,
    "tmpfs": _tmpfs_mount,
    "image": _refused,
    "npipe": _refused,
    "cluster": _refused,
}
READ_ONLY = Key(
    "volumes.read_only",
    APPROXIMATED,
    "`BindReadOnlyPaths`",
    "a folder of data can be written to, and a bind mount cannot",
    minor=True,
)
OF_A_MOUNT = (
    Key("volumes.bind.propagation", IGNORED, "nothing", "the service has mounts of its own", minor=True),
    Key("volumes.bind.selinux", IGNORED, "nothing", "systemd relabels nothing", minor=True),
    Key("volumes.bind.recursive", IGNORED, "nothing", "mounts below it are bound, too", minor=True),
    Key(
        "volumes.volume.subpath",
        IGNORED,
        "nothing",
        "the folder is given whole",
        "give the service a volume of its own",
    ),
    Key("volumes.volume.nocopy", IGNORED, "nothing", "nothing is copied into a new folder", minor=True),
    Key("volumes.volume.labels", IGNORED, "nothing", "a folder has no labels", minor=True),
    Key("volumes.tmpfs.mode", IGNORED, "nothing", "it belongs to the service's own user", minor=True),
)
KEYS = (
    Key(
        "volumes",
        APPROXIMATED,
        "`StateDirectory`, `BindPaths`",
        "A named volume is a folder under `/var/lib/APP`, seen at its target. What lies in the project's folder is in"
        " the release, and read-only. Other types are refused.",
        handle=_volumes,
    ),
    READ_ONLY,
    Key(
        "volumes.bind", APPROXIMATED, "`BindPaths`", "A path of the host has to be there, with rights for the service."
    ),
    Key(
        "volumes.bind.create_host_path",
        NOT_NEEDED,
        "nothing",
        "A path that is missing is reported before anything is done.",
    ),
    *OF_A_MOUNT,
    Key("volumes.tmpfs.size", TRANSLATED, "`TemporaryFileSystem`", "The same."),
    Key("volumes.image", REFUSED, "nothing", "systemd mounts no images, nor named pipes or volumes of a cluster."),
    Key("volumes.consistency", NOT_NEEDED, "nothing", "A word of Docker Desktop."),
    Key(
        "tmpfs",
        TRANSLATED,
        "`TemporaryFileSystem`",
        "The same; options other than the size are the service's own.",
        handle=_tmpfs,
    ),
    Key(
        "volumes_from",
        APPROXIMATED,
        "as `volumes`",
        "The mounts of the other service; of none outside the project.",
        handle=_volumes_from,
    ),
    Key(
        "read_only", NOT_NEEDED, "`ProtectSystem`", "The host is always read-only to the service, but for its own data."
    ),
    Key("storage_opt", IGNORED, "nothing", "nothing limits what the service writes to its data", minor=True),
)
