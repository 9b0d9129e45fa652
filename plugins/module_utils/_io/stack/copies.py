# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of the files that a release's containers got, so that coming back to it brings its files back as well."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from ..private_files import make_private

#: Larger files are no configuration.
MOST_BYTES = 1024 * 1024
#: Beside the copies: owner and mode of each original, which a container needs to read it.
_OWNERS = "owners.json"


def keep_copies(folder: Path, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Path -> its copy, both absolute. The copies are 0600 until they are used."""
    small = {path: content for path, content in sorted(contents.items()) if len(content) <= MOST_BYTES}
    if not small:
        return {}
    make_private(folder)
    copies = {path: folder / _name(path) for path in small}
    for path, copy in copies.items():
        _write(copy, small[path])
    owners = {copies[path].name: owner for path in small if (owner := _owner(path)) is not None}
    _write(folder / _OWNERS, json.dumps(owners).encode())
    return {path: str(copy) for path, copy in copies.items()}


def differs(path: str, copy: str) -> bool:
    """Whether a file is no longer what the release had; a copy that is lost replaces nothing."""
    try:
        kept = Path(copy).read_bytes()
    except OSError:
        return False
    try:
        return Path(path).read_bytes() != kept
    except OSError:
        return True


def hand_out(copy: str) -> str:
    """Makes a copy readable for the container, as the original was. Others cannot come by: its folder is 0700."""
    file = Path(copy)
    try:
        mode, user, group = json.loads((file.parent / _OWNERS).read_text(encoding="utf-8"))[file.name]
    except (OSError, ValueError, KeyError, TypeError):
        mode, user, group = 0o444, -1, -1
    with contextlib.suppress(PermissionError):  # without root it stays ours, as the original was, too
        os.chown(file, user, group)
    file.chmod(mode)
    return copy


def _name(path: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9._-]", "_", Path(path).name)[-60:]
    return f"{hashlib.sha256(path.encode(errors='surrogateescape')).hexdigest()[:16]}-{readable}"


def _owner(path: str) -> tuple[int, int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mode & 0o777, found.st_uid, found.st_gid


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
