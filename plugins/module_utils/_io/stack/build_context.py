# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hash of everything that an image is built from, for projects that build their images on the host.

It is of names, bytes, modes and the targets of links, not of times: a fresh checkout of the same commit is no change.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..._core.stack.dockerignore import Ignored
from ..._core.stack.inputs import digest

#: Larger files are told apart by size and time of change.
_LARGE = 64 * 1024 * 1024
_BLOCK = 1024 * 1024
_DOCKERFILE = "Dockerfile"
#: Kinds of contexts that are no folder of this host.
_ELSEWHERE = ("service:", "target:", "docker-image:", "oci-layout:", "git@", "github.com/")


def build_hash(printed: Mapping[str, Any]) -> str:
    """The hash of a build section and of all local files that go into it."""
    build = _plain(printed)
    return digest([json.dumps(build, sort_keys=True), *_parts(build)])


def content_hash(context: str, build: Mapping[str, Any]) -> str:
    """The hash of a folder and of how it is built, wherever the folder lies."""
    return digest([json.dumps(build, sort_keys=True), *_parts({**build, "context": context})])


def _plain(printed: Any) -> Any:
    """Compose prints each dollar twice."""
    if isinstance(printed, Mapping):
        return {_plain(key): _plain(item) for key, item in printed.items()}
    if isinstance(printed, list):
        return [_plain(item) for item in printed]
    return printed.replace("$$", "$") if isinstance(printed, str) else printed


def _parts(build: Mapping[str, Any]) -> Iterator[str]:
    context = str(build.get("context") or "")
    inline = "dockerfile_inline" in build
    name = str(build.get("dockerfile") or _DOCKERFILE)
    if _is_local(context):
        dockerfile = os.path.normpath(name if name.startswith("/") else f"{context}/{name}")
        if not inline:
            yield f"dockerfile {_of(dockerfile)}"
        own = None if inline else _text(f"{dockerfile}.dockerignore")
        yield from _folder(context, own)
    for key, other in sorted((build.get("additional_contexts") or {}).items()):
        if _is_local(str(other)):
            yield f"context {key}"
            yield from _folder(str(other), None)


def _is_local(context: str) -> bool:
    return bool(context) and "://" not in context and not context.startswith(_ELSEWHERE)


def _folder(context: str, ignored: str | None) -> Iterator[str]:
    """`ignored` are patterns that a Dockerfile has for itself; they take the place of the folder's own."""
    patterns = _text(f"{context}/.dockerignore") if ignored is None else ignored
    return _walk(context, "", Ignored.read(patterns or ""), ())


def _walk(folder: str, prefix: str, ignored: Ignored, matched: tuple[bool, ...]) -> Iterator[str]:
    """`name mode what` of everything that goes to the builder, in the order of the names."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in found:
        name = prefix + entry.name
        out, below = ignored.left_out(name, matched) if ignored.patterns else (False, ())
        is_folder = entry.is_dir(follow_symlinks=False)
        if not out:
            try:
                facts = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            yield f"{name}\0{stat.S_IMODE(facts.st_mode):o}\0{_of_entry(entry, facts)}"
        if is_folder and not (out and ignored.nothing_below(name)):
            yield from _walk(entry.path, f"{name}/", ignored, below)


def _of_entry(entry: os.DirEntry[str], facts: os.stat_result) -> str:
    if stat.S_ISREG(facts.st_mode):
        return _by_content(entry.path, facts)
    if stat.S_ISLNK(facts.st_mode):
        try:
            return "-> " + os.readlink(entry.path)  # noqa: PTH115 - as text: a Path would drop what it calls needless
        except OSError:
            return "-> ?"
    return f"kind {stat.S_IFMT(facts.st_mode):o}"


def _of(path: str) -> str:
    try:
        facts = Path(path).stat()
    except (OSError, ValueError):
        return ""
    return _by_content(path, facts)


def _by_content(path: str, facts: os.stat_result) -> str:
    if facts.st_size > _LARGE:
        return f"{facts.st_size} bytes of {facts.st_mtime_ns}"
    found = hashlib.sha256()
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - of thousands of files a Path takes a third longer
            while block := file.read(_BLOCK):
                found.update(block)
    except OSError:
        return "cannot be read"
    return found.hexdigest()


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="surrogateescape")
    except (OSError, ValueError):
        return None
