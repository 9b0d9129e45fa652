# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One-off tasks: how one ended, where it logs, and the record of what may run only once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LogStream:
    """Where a container's lines are. An empty region is the module's own."""

    region: str
    group: str
    name: str


def log_stream(definition: Mapping[str, Any], task: Mapping[str, Any], container: str) -> LogStream | None:
    """Where `awslogs` puts them: prefix/container/task, or the Docker id where there is no prefix (EC2 alone)."""
    defined: Mapping[str, Any] = next(
        (one for one in definition.get("containerDefinitions") or () if one["name"] == container), {}
    )
    log = defined.get("logConfiguration") or {}
    options = log.get("options") or {}
    if log.get("logDriver") != "awslogs" or not options.get("awslogs-group"):
        return None
    prefix = options.get("awslogs-stream-prefix")
    running: Mapping[str, Any] = next((one for one in task.get("containers") or () if one.get("name") == container), {})
    name = f"{prefix}/{container}/{task['taskArn'].rpartition('/')[2]}" if prefix else running.get("runtimeId")
    return LogStream(options.get("awslogs-region", ""), options["awslogs-group"], name) if name else None
