# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's whole configuration for a kubelet, in the form of its version, and where images come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import toml
from .versions import Minor

CONFIG, CERTS = "/etc/containerd/config.toml", "/etc/containerd/certs.d"
#: Where containerd looks for CNI plugins unless it is told otherwise.
CNI_BIN_DIR = "/opt/cni/bin"
#: The first line of a file that the role may take away again.
MARK = "# Written by the role kubeadm_node of slipway.containers: what is changed here is lost."
_CRI_V1 = "io.containerd.grpc.v1.cri"
_IMAGES, _RUNTIME = "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"
_VERSION = re.compile(r"(?:\d+:)?v?(\d+)\.(\d+)(?:\.(\d+))?(?![\d.])")
#: The name of a registry as it stands in an image's name, or what stands for all that are not named.
_REGISTRY = re.compile(r"_default|(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::\d{1,5})?")
_MIRROR_KEYS = ("url", "ca", "skip_verify", "override_path")
#: Since when `bin_dir` has a successor; containerd 2.3 knows only that.
_BIN_DIRS_SINCE = (2, 1)

Version = tuple[int, int, int]
Tree = dict[str, Any]
#: The containerd that a minor was tested with, the oldest of each line. A line that is missing was not tested.
_TESTED: dict[Minor, tuple[Version, ...]] = {
    Minor(1, 35): ((1, 7, 28), (2, 1, 5), (2, 2, 0)),
    Minor(1, 36): ((2, 2, 0), (2, 3, 0)),
}


class ContainerdError(ValueError):
    """Options that containerd cannot be given; all of them in one text."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def version_of(text: str) -> Version | None:
    """Of what `containerd --version` prints, or of a package's version. None where there is none in it."""
    found = (_VERSION.match(word) for word in text.split())
    match = next((one for one in found if one), None)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def text_of(version: Version) -> str:
    return ".".join(map(str, version))


def lines_tested(minor: Minor) -> tuple[Version, ...]:
    """Nothing where nothing is known. A minor newer than the table needs what its last row needs, or more."""
    return _TESTED.get(min(minor, max(_TESTED)), ())


def is_tested(version: Version, lines: tuple[Version, ...]) -> bool:
    """A line newer than all counts, since containerd keeps what a kubelet needs."""
    if not lines or version[:2] > max(lines)[:2]:
        return True
    return any(version[:2] == line[:2] and version >= line for line in lines)


@dataclass(frozen=True)
class Options:
    """What the configuration is made of. `extra` is merged over it; there, None takes something out."""

    sandbox_image: str
    cni_bin_dir: str = CNI_BIN_DIR
    extra: Mapping[str, Any] | None = None


def config(options: Options, version: Version) -> str:
    """The text of /etc/containerd/config.toml: version 2 for containerd 1, version 3 for containerd 2 and newer."""
    document = _second(options) if version[0] < 2 else _third(options, version)
    return f"{MARK}\n{toml.written(merged(document, options.extra or {}))}"


def _second(options: Options) -> Tree:
    cri: Tree = {"sandbox_image": options.sandbox_image}
    if options.cni_bin_dir != CNI_BIN_DIR:
        cri["cni"] = {"bin_dir": options.cni_bin_dir}
    return {"version": 2, "plugins": {_CRI_V1: {**cri, **_runc(), "registry": {"config_path": CERTS}}}}


def _third(options: Options, version: Version) -> Tree:
    images = {"pinned_images": {"sandbox": options.sandbox_image}, "registry": {"config_path": CERTS}}
    runtime: Tree = _runc()
    if options.cni_bin_dir != CNI_BIN_DIR:
        several = version >= _BIN_DIRS_SINCE
        runtime["cni"] = {"bin_dirs": [options.cni_bin_dir]} if several else {"bin_dir": options.cni_bin_dir}
    return {"version": 3, "plugins": {_IMAGES: images, _RUNTIME: runtime}}


def _runc() -> Tree:
    """A runtime that is named replaces the one built in, so its type is said again."""
    runc = {"runtime_type": "io.containerd.runc.v2", "options": {"SystemdCgroup": True}}
    return {"containerd": {"runtimes": {"runc": runc}}}


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Tree:
    """Mappings are merged, all else is replaced, and None takes away."""
    result = dict(below)
    for key, value in above.items():
        beneath = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            result[key] = merged(beneath if isinstance(beneath, Mapping) else {}, value)
        else:
            result[key] = value
    return result


@dataclass(frozen=True)
class File:
    """A file that containerd reads."""

    path: str
    content: str


def hosts_files(mirrors: Any) -> list[File]:
    """certs.d/REGISTRY/hosts.toml for each registry, and certificates that were given as text beside it."""
    problems = list(_problems(mirrors))
    if problems:
        raise ContainerdError(problems)
    return [file for registry in mirrors for file in _files(registry)]


def _files(registry: Mapping[str, Any]) -> Iterator[File]:
    folder = f"{CERTS}/{registry['registry']}"
    hosts: Tree = {}
    for number, mirror in enumerate(registry.get("mirrors", []), 1):
        host: Tree = {"capabilities": ["pull", "resolve"]}
        ca = mirror.get("ca") or ""
        if "-----BEGIN" in ca:
            yield File(f"{folder}/ca-{number}.crt", ca.strip() + "\n")
            ca = f"{folder}/ca-{number}.crt"
        flags = {key: True for key in ("skip_verify", "override_path") if mirror.get(key)}
        hosts[mirror["url"].rstrip("/")] = {**host, **({"ca": ca} if ca else {}), **flags}
    yield File(f"{folder}/hosts.toml", f"{MARK}\n{toml.written({'host': hosts} if hosts else {})}")


def _problems(mirrors: Any) -> Iterator[str]:
    where = "kubeadm_node_registry_mirrors"
    if isinstance(mirrors, (str, Mapping)) or not isinstance(mirrors, Sequence):
        yield f"{where}: found {type(mirrors).__name__}, expected a list of mappings with registry and mirrors"
        return
    names: list[Any] = []
    for number, entry in enumerate(mirrors):
        place = f"{where}[{number}]"
        if not isinstance(entry, Mapping):
            yield f"{place}: found {entry!r}, expected a mapping with registry and mirrors"
            continue
        name = entry.get("registry")
        if not isinstance(name, str) or not _REGISTRY.fullmatch(name):
            yield f"{place}.registry: found {name!r}, expected a name as images have it, such as registry.k8s.io"
        elif name in names:
            yield f"{place}.registry: found {name!r} twice, expected one entry for it, with all of its mirrors"
        names.append(name)
        for key in entry:
            if key not in ("registry", "mirrors"):
                yield f"{place}: found the key {key!r}, expected registry and mirrors"
        yield from _mirror_problems(f"{place}.mirrors", entry.get("mirrors", []))


def _mirror_problems(where: str, mirrors: Any) -> Iterator[str]:
    if isinstance(mirrors, (str, Mapping)) or not isinstance(mirrors, Sequence):
        yield f"{where}: found {type(mirrors).__name__}, expected a list of mappings with url"
        return
    for number, mirror in enumerate(mirrors):
        place = f"{where}[{number}]"
        url = mirror.get("url") if isinstance(mirror, Mapping) else None
        if not isinstance(url, str) or not re.match(r"https?://[^/\s]", url):
            yield f"{place}.url: found {url!r}, expected an address that begins with http:// or https://"
        for key in mirror if isinstance(mirror, Mapping) else ():
            if key not in _MIRROR_KEYS:
                yield f"{place}: found the key {key!r}, expected {', '.join(_MIRROR_KEYS)}"
