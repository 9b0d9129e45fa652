# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The four lists that the engine is asked for about a project, as it gives them. reads.py reads them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .client import Engine

_PROJECT = "com.docker.compose.project"


def lists(engine: Engine, project: str, patterns: Iterable[str], everything: bool = False) -> dict[str, Any]:
    """Containers, networks, volumes, and images that match the patterns (no request where there are none).

    The engine joins filters by `and`, so what has not the project's label is found only among `everything`.
    """
    mine = {"label": [f"{_PROJECT}={project}"]}
    patterns = sorted(set(patterns))
    return {
        "containers": engine.get("/containers/json", all=True, filters=mine) or [],
        "networks": engine.get("/networks", filters=None if everything else mine) or [],
        "volumes": (engine.get("/volumes", filters=None if everything else mine) or {}).get("Volumes") or [],
        "images": engine.get("/images/json", filters={"reference": patterns}) or [] if patterns else [],
    }
