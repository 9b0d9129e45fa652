# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model of a project as the controller reads it, for check mode on a target that cannot read it itself.

Files below `controller_src` stand for those below `project_src`; everything else is asked of the target.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..._core.compose.project import load_project
from ..._core.compose.request import Request
from ..._core.compose.sources import World
from ..._core.stack.inputs import DEFINITION
from ..compose import yaml_text
from ..compose.files import Files
from ..compose.project import texts

Read = Callable[[str], "bytes | None"]


def predict(args: Mapping[str, Any], environment: Mapping[str, Any], read_target: Read) -> dict[str, Any]:
    """`model` is what `config --format json` would print, `contents` the SHA-256 of files by path on the target."""
    folder = posixpath.normpath(str(args["project_src"]))
    source = Path(args["controller_src"]).expanduser() if args.get("controller_src") else None
    definition = args.get("definition")
    files = [DEFINITION] if definition is not None else [str(file) for file in args.get("files") or ()]
    env_files = args.get("env_files")
    request = Request(
        project_directory=folder,
        files=tuple(posixpath.join(folder, file) for file in files),
        project_name=args.get("project_name"),
        environment={**texts(args.get("controller_environment") or {}), **texts(environment)},
        env_files=None if env_files is None else tuple(str(file) for file in env_files),
        profiles=tuple(args.get("profiles") or ()),
    )
    own = Files()

    def read(path: str) -> str | None:
        if definition is not None and path == posixpath.join(folder, DEFINITION):
            return json.dumps(definition)
        here = _here(path, folder, source)
        if here is not None and here.exists():
            return own.read(str(here))
        content = read_target(path)
        return None if content is None else content.decode("utf-8", "replace")

    model = load_project(request, World(read, yaml_text.parse, None)).canonical()
    contents = dict(_contents(model, folder, source))
    return {"model": model, "contents": contents, "paths": dict(_paths(model, folder, source))}


def _here(path: str, folder: str, source: Path | None) -> Path | None:
    """Where a file of the project stands on the controller."""
    inside = folder.rstrip("/") + "/"
    return source / path[len(inside) :] if source is not None and path.startswith(inside) else None


def _paths(model: Mapping[str, Any], folder: str, source: Path | None) -> Iterator[tuple[str, str]]:
    """What the controller has of what containers get: a file, or a directory."""
    for path in _sources(model):
        here = _here(path, folder, source)
        if here is not None and here.exists():
            yield path, "directory" if here.is_dir() else "file"


def _contents(model: Mapping[str, Any], folder: str, source: Path | None) -> list[tuple[str, str]]:
    """Hashes of the files that containers get, as far as the controller has them."""
    found = ((path, _here(path, folder, source)) for path in _sources(model))
    return [(path, hashlib.sha256(file.read_bytes()).hexdigest()) for path, file in found if file and file.is_file()]


def _sources(model: Mapping[str, Any]) -> list[str]:
    paths = {
        str(entry["file"]) for kind in ("configs", "secrets") for entry in _entries(model, kind) if "file" in entry
    }
    for service in _entries(model, "services"):
        paths |= {str(mount["source"]) for mount in service.get("volumes") or () if mount.get("type") == "bind"}
    return sorted(paths)


def _entries(model: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    return list((model.get(kind) or {}).values())
