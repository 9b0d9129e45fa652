# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives of `docker save`: which images are in one, and under which ids an engine may list them."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_LISTS = ("manifest.json", "index.json")


class ArchiveError(Exception):
    """A file is no archive of images, in one sentence."""


@dataclass(frozen=True)
class Image:
    """`ids` are that of the configuration, and that of the manifest, which engines with containerd's store list.

    `name` is empty for an image that was saved by its id.
    """

    name: str
    ids: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def read_archive(path: Path) -> tuple[Image, ...]:
    """The images of an archive, which may be compressed. Raises ArchiveError."""
    try:
        with tarfile.open(path) as tar:
            lists = dict(_lists(tar))
    except FileNotFoundError:
        raise ArchiveError(f"there is no file {path} on the controller") from None
    except (OSError, EOFError, tarfile.TarError, ValueError) as problem:
        raise ArchiveError(f"{path} cannot be read as an archive of `docker save`: {problem}") from problem
    if "manifest.json" not in lists:
        raise ArchiveError(f"{path} is no archive of `docker save`: it has no manifest.json")
    return tuple(_images(lists["manifest.json"], lists.get("index.json") or {}))


def _lists(tar: tarfile.TarFile) -> Iterable[tuple[str, Any]]:
    for member in tar:
        content = tar.extractfile(member) if member.name in _LISTS else None
        if content is not None:
            yield member.name, json.loads(content.read())


def _images(manifest: Iterable[Mapping[str, Any]], index: Mapping[str, Any]) -> Iterable[Image]:
    named = {
        annotations.get("io.containerd.image.name") or annotations.get("org.opencontainers.image.ref.name"): entry
        for entry in index.get("manifests") or ()
        for annotations in [entry.get("annotations") or {}]
    }
    for saved in manifest:
        config = str(saved["Config"]).rpartition("/")[2].partition(".")[0]
        for name in saved.get("RepoTags") or [""]:
            digest = (named.get(name) or named.get(f"docker.io/library/{name}") or {}).get("digest")
            yield Image(name, tuple(dict.fromkeys([f"sha256:{config}", *([digest] if digest else [])])))
