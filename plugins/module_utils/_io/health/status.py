# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the last look of the timer left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .check import boot_id


def load(status_file: Path) -> dict[str, Any]:
    """What the last look wrote; nothing where there is none that can be read."""
    try:
        found = json.loads(status_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def history(status: Mapping[str, Any]) -> list[list[float]]:
    """Of this boot. Seconds since boot of another one mean nothing."""
    listed: list[list[float]] = status.get("history", []) if status.get("boot") == boot_id() else []
    return listed
