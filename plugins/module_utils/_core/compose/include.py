# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`include`: another project's services and resources, with its own folder and variables."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..findings import INFO, Finding
from .document import ComposeError, Document, Path, problem
from .locations import is_remote
from .schema import RESOURCES
from .sources import DEEPEST
from .variables import with_env_files

if TYPE_CHECKING:
    from .load import Loader

_PATH: Path = ("include",)


def included(
    entry: Mapping[str, Any], value: dict[str, Any], document: Document, loader: Loader, ancestors: Sequence[str]
) -> dict[str, Any]:
    """The including file's value with what the entry brings in; the same name with another meaning is refused."""
    paths = entry.get("path") or []
    if not paths:
        raise ComposeError([problem(document, _PATH, "the key 'path' is missing")])
    for path in paths:
        if is_remote(path) or path.startswith("oci:"):
            message = f"found the remote file '{path}', expected a file of this machine"
            raise ComposeError([problem(document, _PATH, message, "fetch it first, and include the copy")])
    files = [posixpath.normpath(posixpath.join(loader.folder, path)) for path in paths]
    if files[0] in ancestors:
        chain = " includes ".join(loader.sources.shown(file) for file in (*ancestors, files[0]))
        raise ComposeError([problem(document, _PATH, f"the files include each other in a cycle: {chain}")])
    if len(ancestors) > DEEPEST:
        raise ComposeError([problem(document, _PATH, f"more than {DEEPEST} files include each other in a row")])
    _tell_outside(files, document, loader)
    folder = _folder(entry, files[0], loader)
    inner = loader.inner(folder, _variables(entry, folder, document, loader))
    imported = inner.model(files, ancestors, document.place(_PATH))
    return _imported(imported, value, document)


def _folder(entry: Mapping[str, Any], first: str, loader: Loader) -> str:
    given = entry.get("project_directory")
    return posixpath.normpath(posixpath.join(loader.folder, given)) if given else posixpath.dirname(first)


def _variables(entry: Mapping[str, Any], folder: str, document: Document, loader: Loader) -> dict[str, str]:
    """The includer's variables win over the included project's `.env`, or over the env files that are named."""
    files = [posixpath.join(loader.folder, file) for file in entry.get("env_file") or []]
    usual = posixpath.join(folder, ".env")
    if not files and loader.sources.world.read(usual) is not None:
        files = [usual]
    return with_env_files(loader.sources, loader.variables, files, document.place(_PATH))


def _tell_outside(files: Sequence[str], document: Document, loader: Loader) -> None:
    for file in files:
        if loader.sources.shown(file) == file:
            message = f"the included file {file} lies outside the project's folder"
            hint = "it must exist wherever this project is read"
            loader.sources.warnings.append(Finding("include-outside", INFO, document.place(_PATH), message, hint))


def _imported(imported: Mapping[str, Any], value: dict[str, Any], document: Document) -> dict[str, Any]:
    merged = dict(value)
    for kind in ("services", *RESOURCES):
        ours, theirs = value.get(kind) or {}, imported.get(kind) or {}
        clashing = [name for name in theirs if name in ours and ours[name] != theirs[name]]
        if clashing:
            message = f"found '{clashing[0]}', which an included file defines differently"
            hint = "rename one of them, or override it in a file beside this one"
            raise ComposeError([problem(document, (kind, clashing[0]), message, hint)])
        if theirs:
            merged[kind] = {**theirs, **ours}
    return merged
