# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What containers get from the host beside their image: configs, secrets and bound files, hashed by content."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..._core.stack.inputs import digest
from ..._core.stack.model import BIND, Content, Service, Stack
from ..file_hashes import of_file, of_folder, sha256


def content_hashes(
    stack: Stack,
    environment: Mapping[str, str],
    dotenv: Mapping[str, str],
    project_src: str = "",
    reloaded: Collection[str] = (),
) -> dict[str, dict[str, str]]:
    """Service -> Content.key -> hash. What is not there, or is no regular file, has none.

    Of the services in `reloaded` folders count, too, that are bound read-only from within the project's folder.
    """
    variables = {**dotenv, **environment}
    files: dict[str, str] = {}

    def of(content: Content, folder: bool) -> str:
        if content.text is not None:
            return sha256(content.text.encode("utf-8", "surrogateescape"))
        if content.variable is not None:
            value = variables.get(content.variable)
            return "" if value is None else sha256(value.encode("utf-8", "surrogateescape"))
        path = content.source or ""
        if path not in files:
            files[path] = of_folder(path) if folder else of_file(path)
        return files[path]

    found = {}
    for name, service in stack.services.items():
        folders = set(_folders(service, project_src)) if name in reloaded else set()
        hashes = {content.key: of(content, content.source in folders) for content in service.contents}
        found[name] = {key: value for key, value in hashes.items() if value}
    return found


def build_hashes(stack: Stack) -> dict[str, str]:
    """Service -> hash of its build section and of all local files that go into it."""
    built = {name: service.build for name, service in stack.services.items() if service.build}
    if not built:
        return {}
    from .build_context import build_hash

    own = {name: build_hash(build) for name, build in built.items()}
    return {name: digest([own[name], *_bases(name, built, own)]) for name in built}


def _bases(name: str, built: Mapping[str, Mapping[str, Any]], own: Mapping[str, str]) -> list[str]:
    """Hashes of the services whose images are contexts of this one's, and of theirs."""
    found = [name]
    for one in found:
        contexts = (built[one].get("additional_contexts") or {}).values() if one in built else ()
        named = [str(context).partition(":")[2] for context in contexts if str(context).startswith("service:")]
        found += [base for base in dict.fromkeys(named) if base not in found]
    return [f"{base} {own.get(base, '')}" for base in found[1:]]


def inodes(stack: Stack) -> dict[str, dict[str, str]]:
    """Service -> path of a bound file or folder -> device:inode. Compose binds files of configs and secrets as well."""
    found = {}
    for name, service in stack.services.items():
        pairs = ((content.source, _inode(content.source)) for content in service.contents if content.source)
        found[name] = {path: inode for path, inode in pairs if inode}
    return found


def _folders(service: Service, project_src: str) -> Iterator[str]:
    inside = project_src.rstrip("/") + "/"
    for mount in service.mounts:
        if mount.kind == BIND and mount.read_only and mount.source.startswith(inside) and Path(mount.source).is_dir():
            yield mount.source


def _inode(path: str) -> str:
    try:
        facts = Path(path).stat()
    except (OSError, ValueError):
        return ""
    return f"{facts.st_dev}:{facts.st_ino}"
