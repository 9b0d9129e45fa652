# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for beside the Compose project."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...findings import Finding, shown
from ...words import did_you_mean
from ..compose.target import EC2, FARGATE
from ..images import account_registry
from .kinds import finding

LAUNCH_TYPES = (FARGATE, EC2)
ROLES = ("execution", "task")


@dataclass(frozen=True)
class AppWanted:
    """`images` are references by service, `roles` ARNs by ROLES, `definitions` what is merged over a task, by task.

    What is not given and follows from `account_id` and `region` is named as the roles of this collection name it.
    `registry` stands for the account's own, as the host and port of another one.
    """

    region: str
    launch_type: str = FARGATE
    account_id: str | None = None
    images: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    definitions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    topology: Mapping[str, Any] = field(default_factory=dict)
    network_mode: str | None = None
    log_group: str | None = None
    registry: str | None = None

    @property
    def ecr(self) -> str | None:
        """The registry that images are pushed to."""
        if self.registry or not self.account_id:
            return self.registry
        return account_registry(self.account_id, self.region)

    def role(self, app: str, kind: str) -> str | None:
        if self.roles.get(kind) or not self.account_id:
            return self.roles.get(kind) or None
        return f"arn:{_partition(self.region)}:iam::{self.account_id}:role/{app}-{kind}"

    def unknown(self, services: Collection[str], tasks: Collection[str]) -> Iterator[Finding]:
        """Names that the app does not have."""
        for option, names, noun, known in (
            ("images", self.images, "service", services),
            ("definitions", self.definitions, "task", tasks),
        ):
            for name in names:
                if name not in known:
                    hint = did_you_mean(name, known, f"the {noun}s are {', '.join(known)}")
                    message = f"the app has no {noun} {shown(name)}"
                    yield finding(f"unknown-{noun}", f"{option}.{name}", message, hint)


def _partition(region: str) -> str:
    known = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((name for prefix, name in known.items() if region.startswith(prefix)), "aws")
