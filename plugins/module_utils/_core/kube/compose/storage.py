# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Volumes, files of nodes and of the project, and file systems in memory."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...app import App, Mount, Service
from ...compose.sizes import byte_size
from ...compose_levels import APPROXIMATED, IGNORED, NOT_NEEDED, TRANSLATED
from .. import wish
from ..object_names import object_name
from ..quantities import memory
from .draft import ServiceDraft
from .environment import add_file
from .key import Key, lose

_DEFAULT_SIZE = "10Gi"
_DOCKER_SOCKET = "docker.sock"
_CLAIM = "persistentVolumeClaim"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")
_READABLE, _EXECUTABLE = 0o444, 0o555
#: Volumes of images are on by default since then.
_IMAGE_VOLUMES = (1, 35)


def keeps_data(app: App, service: Service) -> bool:
    """Whether it has a volume of its own that it writes to, so that it is a StatefulSet."""
    return any(_is_own(app, service, mount) for mount in service.mounts)


def _is_own(app: App, service: Service, mount: Mount) -> bool:
    if (
        mount.type != "volume"
        or not mount.source
        or mount.read_only
        or app.volumes.get(mount.source, {}).get("external")
    ):
        return False
    return users(app, mount.source) == [service.name]


def users(app: App, volume: str) -> list[str]:
    """The services that mount a volume, also through `volumes_from`."""
    found = []
    for service in app.services.values():
        mounts = [*service.mounts, *(mount for _name, other, _ro in _others(app, service) for mount in other.mounts)]
        if any(mount.type == "volume" and mount.source == volume for mount in mounts):
            found.append(service.name)
    return found


def _others(app: App, service: Service) -> list[tuple[str, Service, bool]]:
    """The services of `volumes_from`, and whether their mounts are read-only."""
    found = []
    for entry in service.keys.get("volumes_from") or ():
        name, _colon, mode = entry.rpartition(":") if entry.rpartition(":")[2] in ("ro", "rw") else (entry, "", "")
        if name in app.services:
            found.append((name, app.services[name], mode == "ro"))
    return found


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


def _volume_name(kind: str, path: str) -> str:
    """What has no name of its own is called after its path."""
    return object_name(f"{kind}-{_NOT_IN_NAMES.sub('-', path).strip('-')}")


def _add_mount(service: ServiceDraft, mount: Mount, volume: str, **more: Any) -> None:
    fields: dict[str, Any] = {"name": volume, "mountPath": mount.target, **more}
    if mount.read_only:
        fields["readOnly"] = True
    if mount.options.get("subpath"):
        fields["subPath"] = str(mount.options["subpath"]).strip("/")
    service.mount(fields)


def _volume(service: ServiceDraft, mount: Mount) -> None:
    if mount.source is None:
        name = _volume_name("anonymous", mount.target)
        service.volume({"name": name, "emptyDir": {}})
        _add_mount(service, mount, name)
        return
    name, settings = object_name(mount.source), service.app.app.volumes.get(mount.source, {})
    if settings.get("external"):
        claim = object_name(str(settings.get("name") or mount.source))
        service.volume({"name": name, _CLAIM: {"claimName": claim}})
    elif service.kind == wish.STATEFUL_SET and _is_own(service.app.app, service.service, mount):
        _claim_of_its_own(service, mount, name)
    else:
        _shared_claim(service, mount, name)
    _add_mount(service, mount, name)
    if settings.get("driver_opts") or settings.get("driver") not in (None, "local"):
        message = f"'{mount.source}' is a volume of Docker's own kind, and here it is one of the cluster's StorageClass"
        service.report(
            "compose-ignored", _place(mount), message, "name the StorageClass with x-kubernetes.storage_class"
        )


def _claim(service: ServiceDraft, mount: Mount, name: str) -> wish.Claim:
    options, source = service.service.kubernetes, mount.source or ""
    size = options.storage.get(source)
    if size is None and name not in service.app.claims:
        message = f"the file does not say how much '{source}' holds: {_DEFAULT_SIZE} assumed"
        hint = f"say it with x-kubernetes: {{storage: {{{source}: 20Gi}}}}"
        service.report("assumed-storage", _place(mount), message, hint)
    access = options.access.get(source, "ReadWriteOnce")
    return wish.Claim(name, size or _DEFAULT_SIZE, options.storage_class, access)


def _claim_of_its_own(service: ServiceDraft, mount: Mount, name: str) -> None:
    if all(claim.name != name for claim in service.claims):
        service.claims.append(_claim(service, mount, name))
        if service.fields.get("replicas", 1) > 1 or service.fields.get("scaling"):
            message = f"each pod has a '{mount.source}' of its own, where the containers of Compose share one"
            service.report("volume-of-each", _place(mount), message, "see that the application can do that")


def _shared_claim(service: ServiceDraft, mount: Mount, name: str) -> None:
    """One that several pods mount, of which the first service that says something of it speaks for all."""
    made, known = _claim(service, mount, name), service.app.claims.get(name)
    said = service.service.kubernetes
    if known is None or mount.source in said.storage:
        access = made.access if known is None else max(made.access, known.access, key=_writers)
        made = replace(made, access=access)
    else:
        made = replace(known, access=max(made.access, known.access, key=_writers))
    service.app.claims[name] = made
    service.volume({"name": name, _CLAIM: {"claimName": name}})
    others = [other for other in users(service.app.app, mount.source or "") if other != service.service.name]
    if others and made.access != "ReadWriteMany":
        service.asks["alone"] = True
        message = f"'{mount.source}' is mounted by {', '.join(others)}, too: all of these pods have to be on one node"
        hint = f"with a StorageClass that can do it: x-kubernetes: {{access: {{{mount.source}: ReadWriteMany}}}}"
        service.report("shared-volume", _place(mount), message, hint)


def _writers(access: str) -> int:
    return ("ReadWriteOncePod", "ReadWriteOnce", "ReadWriteMany").index(access)


def _bind(service: ServiceDraft, mount: Mount) -> None:
    """A file of the project goes along in a ConfigMap; a folder of it cannot. A path of the node has to be there."""
    source = mount.source or ""
    folder = service.app.given.folder.rstrip("/")
    if folder and (source == folder or source.startswith(f"{folder}/")):
        _project_file(service, mount, source)
        return
    name = _volume_name("host", source)
    service.volume({"name": name, "hostPath": {"path": posixpath.normpath(source)}})
    propagation = _PROPAGATIONS.get(str(mount.options.get("propagation")))
    _add_mount(service, mount, name, **({"mountPropagation": propagation} if propagation else {}))
    if source.endswith(_DOCKER_SOCKET):
        service.report("host-path", _place(mount), "nodes of a cluster have no Docker", "leave it out")
    else:
        message = f"'{source}' is that of each node, and has to be there with rights for the container"
        service.report("host-path", _place(mount), message, "keep data in a named volume, and files in the image")


def _project_file(service: ServiceDraft, mount: Mount, source: str) -> None:
    content = service.app.given.content("files", source)
    if content is None:
        message = f"'{source}' is a folder of the project, or is missing: no node has it"
        hint = "copy it into the image, or mount the files that it needs one by one"
        service.report("project-files", _place(mount), message, hint)
        return
    mode = _EXECUTABLE if content.startswith("#!") else _READABLE
    add_file(service, posixpath.basename(source), content, mount.target, mode)
    if not mount.read_only:
        message = "the file is given read-only, and what the container writes to it is lost"
        service.report("compose-approximated", _place(mount), message, "mark it with :ro")


def _tmpfs_mount(service: ServiceDraft, mount: Mount) -> None:
    _add_memory(service, mount.target, mount.options.get("size"))


def _tmpfs(service: ServiceDraft, value: Sequence[str]) -> None:
    for entry in value:
        path, _colon, text = entry.partition(":")
        options = [option.partition("=") for option in text.split(",") if option]
        _add_memory(service, path, next((size for name, _equals, size in options if name == "size"), None))


def _add_memory(service: ServiceDraft, path: str, size: Any) -> None:
    try:
        amount = byte_size(size) if size else 0
    except ValueError:
        amount = 0
    name = _volume_name("memory", path)
    service.volume(
        {"name": name, "emptyDir": {"medium": "Memory", **({"sizeLimit": memory(amount)} if amount else {})}}
    )
    service.mount({"name": name, "mountPath": path})


def _shm_size(service: ServiceDraft, value: Any) -> None:
    _add_memory(service, "/dev/shm", value)


def _image(service: ServiceDraft, mount: Mount) -> None:
    if service.app.given.minor < _IMAGE_VOLUMES:
        _refused(service, mount)
        return
    name = _volume_name("image", mount.target)
    service.volume({"name": name, "image": {"reference": mount.source}})
    _add_mount(service, replace(mount, read_only=True), name)


def _refused(service: ServiceDraft, mount: Mount) -> None:
    message = f"a pod here mounts nothing of type {mount.type}"
    service.report("compose-refused", _place(mount), message, "put the files into the image")


def _volumes_from(service: ServiceDraft, value: Sequence[str]) -> None:
    """The mounts of another service become this one's, too."""
    others = _others(service.app.app, service.service)
    known = {name for name, _other, _read_only in others}
    for entry in value:
        name = entry.rpartition(":")[0] if entry.rpartition(":")[2] in ("ro", "rw") else entry
        if name not in known:
            service.report("compose-refused", f"volumes_from[{name}]", f"'{name}' is no service of this project")
    for _name, other, read_only in others:
        for mount in other.mounts:
            _mount(service, replace(mount, read_only=mount.read_only or read_only))


def _storage_opt(service: ServiceDraft, value: Mapping[str, Any]) -> None:
    try:
        amount = byte_size(str(value.get("size") or ""))
    except ValueError:
        amount = 0
    if amount:
        service.asks["disk"] = amount
    for name in value:
        if name != "size" or not amount:
            service.report("compose-left-out", f"storage_opt.{name}", "an option of Docker's own storage")


_PROPAGATIONS = {
    "rshared": "Bidirectional",
    "shared": "Bidirectional",
    "rslave": "HostToContainer",
    "slave": "HostToContainer",
}
_MOUNTS: Mapping[str, Callable[[ServiceDraft, Mount], None]] = {
    "volume": _volume,
    "bind": _bind,
    "tmpfs": _tmpfs_mount,
    "image": _image,
    "npipe": _refused,
    "cluster": _refused,
}
OF_A_MOUNT = (
    Key("volumes.bind.selinux", IGNORED, "nothing", "nothing is relabelled on a node", minor=True),
    Key("volumes.bind.recursive", IGNORED, "nothing", "mounts below it are bound, too", minor=True),
    Key(
        "volumes.volume.labels",
        IGNORED,
        "nothing",
        "the labels of a volume are those of the app",
        minor=True,
    ),
    Key("volumes.tmpfs.mode", IGNORED, "nothing", "everybody in the container may write to it", minor=True),
)
KEYS = (
    Key(
        "volumes",
        APPROXIMATED,
        "`volumeClaimTemplates`, `volumes`",
        "A named volume that one service writes to makes it a StatefulSet with a claim of its own; one of several is a"
        " PersistentVolumeClaim. A file of the project goes along in a ConfigMap; a folder of it is refused.",
        handle=_volumes,
    ),
    Key("volumes.read_only", TRANSLATED, "`readOnly`", "The same."),
    Key("volumes.bind", APPROXIMATED, "`hostPath`", "A path of each node, unless it is a file of the project."),
    Key(
        "volumes.bind.create_host_path",
        NOT_NEEDED,
        "nothing",
        "A folder that is missing is made by the runtime.",
    ),
    Key(
        "volumes.bind.propagation",
        TRANSLATED,
        "`mountPropagation`",
        "`rslave` and `rshared`; the others are what a pod has anyway.",
    ),
    *OF_A_MOUNT,
    Key("volumes.volume.subpath", TRANSLATED, "`subPath`", "The same."),
    Key(
        "volumes.volume.nocopy",
        NOT_NEEDED,
        "nothing",
        "Nothing is ever copied from the image into a new volume.",
    ),
    Key("volumes.tmpfs.size", TRANSLATED, "`sizeLimit`", "The same; it counts as memory of the container."),
    Key("volumes.image", TRANSLATED, "`image`", "From Kubernetes 1.35 on; before, it is refused."),
    Key("volumes.consistency", NOT_NEEDED, "nothing", "A word of Docker Desktop."),
    Key(
        "tmpfs",
        TRANSLATED,
        "`emptyDir` in memory",
        "The same; options other than the size are left out.",
        handle=_tmpfs,
    ),
    Key("shm_size", TRANSLATED, "`emptyDir` in memory at /dev/shm", "The same.", handle=_shm_size),
    Key(
        "volumes_from",
        APPROXIMATED,
        "as `volumes`",
        "The mounts of the other service; of none outside the project.",
        handle=_volumes_from,
    ),
    Key(
        "storage_opt",
        APPROXIMATED,
        "`ephemeral-storage`",
        "`size` is the most that it may write beside its volumes; who writes more is evicted.",
        handle=_storage_opt,
    ),
)
