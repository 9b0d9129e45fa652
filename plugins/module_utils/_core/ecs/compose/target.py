# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the app is to run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

FARGATE, EC2 = "FARGATE", "EC2"

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class EcsTarget:
    """The launch type, and what else a Compose file does not say.

    `families` gives the family of a task by the task's name; the others are called after project and task.
    `service_connect` says that tasks find each other through it, so that its proxy needs room in them.
    `definition` is what the user's own definition will be merged over the result: what it says about a container is
    not asked of the Compose file.
    """

    launch_type: str = FARGATE
    region: str | None = None
    network_mode: str | None = None
    log_group: str | None = None
    families: Mapping[str, str] = field(default_factory=dict)
    service_connect: bool = True
    definition: Mapping[str, object] = field(default_factory=dict)

    @property
    def fargate(self) -> bool:
        return self.launch_type == FARGATE

    def family(self, project: str, task: str) -> str:
        return self.families.get(task) or ecs_name(f"{project}-{task}")


def ecs_name(text: str) -> str:
    """Names of families, containers and volumes have letters, digits, hyphens and underscores."""
    return _NOT_IN_NAMES.sub("-", text)
