# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of a project: one line of JSON for each run that changed something."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .private_files import make_private, write_private

#: Beyond this the journal is cut to its newer half.
MOST_BYTES = 1024 * 1024


def append(path: Path, entry: Mapping[str, Any]) -> None:
    """`at` is added: UTC, ISO 8601. A line that a crash has torn is ended first."""
    line = json.dumps({"at": now(), **entry}, sort_keys=True, default=str).encode()
    make_private(path.parent)
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        end = os.lseek(handle, 0, os.SEEK_END)
        torn = end > 0 and os.pread(handle, 1, end - 1) != b"\n"
        os.write(handle, (b"\n" if torn else b"") + line + b"\n")
    finally:
        os.close(handle)
    if end > MOST_BYTES:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        write_private(path, "\n".join(lines[len(lines) // 2 :]) + "\n")


def entries(path: Path) -> list[dict[str, Any]]:
    """Oldest first; without the lines that mean nothing."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [entry for entry in map(_entry, lines) if entry is not None]


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _entry(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
