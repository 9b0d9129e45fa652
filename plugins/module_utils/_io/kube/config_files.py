# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a node that a change writes, and writes back."""

from __future__ import annotations

import calendar
import time
from pathlib import Path

from ..._core.kube.node_change import TextChange, WantedFile
from ..._core.kube.static_pods import Standing
from ..private_files import make_private, write_whole


def write(change: TextChange) -> None:
    """The whole file, for root alone. Until then its name begins with a dot, which is nothing to the kubelet."""
    path = Path(change.path)
    make_private(path.parent)
    write_whole(path, change.after or "", path.stat().st_mode & 0o777 if path.exists() else 0o600)


def put_back(change: TextChange) -> None:
    path = Path(change.path)
    if change.before is None:
        path.unlink(missing_ok=True)
    else:
        write_whole(path, change.before, path.stat().st_mode & 0o777 if path.exists() else 0o600)


def file_change(wanted: WantedFile) -> TextChange | None:
    before = _text(wanted.path)
    return None if before == wanted.content else TextChange(wanted.path, before, wanted.content, wanted.hidden)


def removal(path: str) -> TextChange | None:
    before = _text(path)
    return None if before is None else TextChange(path, before, None, hidden=True)


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def written_after(path: str, standing: Standing) -> bool:
    """Both are told by this host's clock, the start in whole seconds."""
    if not standing.started:
        return False
    started = calendar.timegm(time.strptime(standing.started, "%Y-%m-%dT%H:%M:%SZ"))
    try:
        return int(Path(path).stat().st_mtime) > started
    except OSError:
        return False
