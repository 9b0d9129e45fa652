# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine has of a project, in one hash: the same picture and the same wish give the same plan.

A container never changes but in what is looked at here: its state and health, its name, and its networks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from .status import health, runs_longer


def picture(lists: Mapping[str, Any]) -> str:
    """`lists` as the engine gives them: containers, networks, volumes, images."""
    containers = [
        [
            entry["Id"],
            sorted(entry.get("Names") or ()),
            entry.get("ImageID"),
            entry.get("State"),
            health(entry.get("Status") or ""),
            sorted((name, (one or {}).get("NetworkID")) for name, one in _networks(entry).items()),
        ]
        for entry in lists["containers"]
    ]
    networks = [[entry["Id"], entry["Name"]] for entry in lists["networks"]]
    volumes = [
        [entry["Name"], entry.get("CreatedAt") or "", sorted((entry.get("Labels") or {}).items())]
        for entry in lists["volumes"]
    ]
    images = [
        [entry["Id"], sorted(entry.get("RepoTags") or ()), sorted(entry.get("RepoDigests") or ())]
        for entry in lists["images"]
    ]
    parts = [sorted(part) for part in (containers, networks, volumes, images)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def all_run_longer(lists: Mapping[str, Any], seconds: float) -> bool:
    """A container that was restarted just now looks the same, and may be dying again and again."""
    return all(runs_longer(entry.get("Status") or "", seconds) for entry in lists["containers"])


def _networks(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return (entry.get("NetworkSettings") or {}).get("Networks") or {}
