# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hashes of files and folders by what they hold."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from .._core.stack.inputs import digest

#: Larger files are told apart by size and time of change.
LARGE = 64 * 1024 * 1024
_BLOCK = 1024 * 1024
#: Of a folder that a service reloads, at most this is looked at.
_MOST_FILES = 500
_MOST_BYTES = 16 * 1024 * 1024
#: These change all the time, and not by a deployment.
_OF_THE_KERNEL = ("/proc/", "/sys/", "/dev/")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def of_file(path: str) -> str:
    """The hash of a regular file's bytes; nothing where there is none that can be read."""
    if path.startswith(_OF_THE_KERNEL):
        return ""
    try:
        facts = Path(path).stat()
        if not stat.S_ISREG(facts.st_mode):
            return ""
        if facts.st_size > LARGE:
            return f"{facts.st_size} bytes of {facts.st_mtime_ns}"
        found = hashlib.sha256()
        with Path(path).open("rb") as file:
            while block := file.read(_BLOCK):
                found.update(block)
    except (OSError, ValueError):
        return ""
    return found.hexdigest()


def of_folder(path: str) -> str:
    """Of the regular files below a folder, by name and content, as far as the limits go; nothing beyond them."""
    parts: list[str] = []
    size = 0
    for name, file in _below(path, ""):
        size += _size(file)
        if len(parts) >= _MOST_FILES or size > _MOST_BYTES:
            return ""
        parts.append(f"{name} {of_file(file)}")
    return digest(sorted(parts))


def _below(folder: str, prefix: str) -> Iterator[tuple[str, str]]:
    """(relative name, path) of the regular files below a folder; no link to a folder is followed."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path, f"{prefix}{entry.name}/")
        elif entry.is_file():
            yield f"{prefix}{entry.name}", entry.path


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
