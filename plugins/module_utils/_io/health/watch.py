# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the timer runs: a look that starts from the last one, figures in two files, a line where a state changed.

Standard output is the journal's. The status lies in memory, so that a full disk is still told, and only once.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..._core.health import changes, prometheus
from ..._core.health.options import OptionsError, read
from ..._core.health.verdict import CRITICAL, Item, overall
from ..private_files import write_whole
from . import check
from .status import history, load

#: What is older says nothing of now; what is younger is no interval.
_OLDEST_SECONDS, _YOUNGEST_SECONDS = 3600.0, 1.0
#: Looks that are remembered.
_HISTORY = 120
#: Clocks are not exact: of what is needed to call something sustained, this much will do.
_NEARLY = 0.9


def main(arguments: Sequence[str] | None = None) -> int:
    """`arguments` are the path of the settings: options, status_file and metrics_file."""
    (path,) = sys.argv[1:] if arguments is None else arguments
    try:
        settings = json.loads(Path(path).read_text(encoding="utf-8"))
        look(settings["options"], Path(settings["status_file"]), settings.get("metrics_file") or "")
    except (OptionsError, OSError, ValueError, KeyError) as error:
        sys.stdout.write(f"<3>{path}: {error}\n")
        return 1
    return 0


def look(options: Mapping[str, Any], status_file: Path, metrics_file: str) -> None:
    wish = read(options)
    former = load(status_file)
    result = check.check(wish, _start(former), history(former), wish.sustained_seconds * _NEARLY)
    items = [Item(**item) for item in result["checks"]]
    now = time.time()
    if metrics_file:
        items += _metrics(Path(metrics_file), result, now)
    listed = [item.as_dict() for item in items]
    seen = [*history(former), *result.pop("samples")][-_HISTORY:]
    taken = {"time": round(now, 3), "boot": check.boot_id(), "history": seen}
    status = {**taken, **result, "verdict": overall(items), "checks": listed}
    _write(status_file, json.dumps(status, indent=1) + "\n")
    for line in changes.lines(_states(former), items):
        sys.stdout.write(f"{line}\n")


def _metrics(path: Path, result: Mapping[str, Any], now: float) -> list[Item]:
    """That it cannot be written, as on a full disk, is a state like others: told when it begins and ends."""
    try:
        _write(path, prometheus.text(result, now))
    except OSError as error:
        return [Item("metrics", "", None, CRITICAL, f"{path}: {error.strerror}")]
    return []


def _write(path: Path, text: str) -> None:
    """Whole or not at all. What a look that was killed had begun is taken away: there is one look at a time."""
    for unfinished in path.parent.glob(f".{path.name}.*"):
        unfinished.unlink()
    write_whole(path, text, 0o644)


def _start(status: Mapping[str, Any]) -> check.Snapshot | None:
    if status.get("boot") != check.boot_id() or "snapshot" not in status:
        return None
    snapshot: check.Snapshot = status["snapshot"]
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - snapshot["seconds"]
    return snapshot if _YOUNGEST_SECONDS <= age <= _OLDEST_SECONDS else None


def _states(status: Mapping[str, Any]) -> dict[str, str]:
    return changes.states(Item(**item) for item in status.get("checks", []))
