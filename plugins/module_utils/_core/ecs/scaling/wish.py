# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of `ecs_scaling` ask for, and everything wrong with it that can be told without asking AWS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...aws import tag_rules
from ...aws.request import request
from ...aws.shape import ApiModel
from ...findings import ERROR, Finding, shown
from . import actions, policies
from .actions import BOUNDS, Action
from .policies import Policy

#: The shapes that options are read by.
SHAPES = (policies.SHAPE, "RegisterScalableTargetRequest")

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")
_CLUSTER_ARN = re.compile(r"arn:aws[\w-]*:ecs:[^:]+:\d{12}:cluster/([A-Za-z0-9_-]{1,255})\Z")


@dataclass(frozen=True)
class Wish:
    """None is what was not spoken of. `bounds` are those of MinCapacity and MaxCapacity that were."""

    cluster: str
    service: str
    bounds: Mapping[str, int] = field(default_factory=dict)
    suspended: Mapping[str, bool] = field(default_factory=dict)
    policies: list[Policy] | None = None
    actions: list[Action] | None = None
    purge_policies: bool = False
    purge_actions: bool = False
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True

    @property
    def resource(self) -> str:
        """The service as Application Auto Scaling calls it."""
        return f"service/{self.cluster}/{self.service}"


def read(options: Mapping[str, Any], model: ApiModel) -> tuple[Wish, list[Finding]]:
    named, wrong_names = named_service(options)
    asked = request({"suspended_state": options.get("suspended_state")}, model, SHAPES[1])
    tracked, wrong_policies = policies.read(options.get("policies") or [], model)
    scheduled, wrong_actions = actions.read(options.get("scheduled_actions") or [])
    tagged, wrong_tags = tag_rules.typed(options.get("tags"))
    problems = actions.bounds_problems(options)
    wrong_bounds = [Finding("capacity", ERROR, option, message) for option, message in problems]
    wish = Wish(
        named.cluster,
        named.service,
        {member: options[option] for option, member in BOUNDS.items() if options.get(option) is not None},
        asked.values.get("SuspendedState", {}),
        None if options.get("policies") is None else tracked,
        None if options.get("scheduled_actions") is None else scheduled,
        bool(options.get("purge_policies")),
        bool(options.get("purge_scheduled_actions")),
        tagged,
        bool(options.get("purge_tags", True)),
    )
    return wish, [*wrong_names, *wrong_bounds, *asked.findings, *wrong_policies, *wrong_actions, *wrong_tags]


def named_service(options: Mapping[str, Any]) -> tuple[Wish, list[Finding]]:
    """A wish for nothing but the service, whose cluster may be given by ARN."""
    cluster, service = str(options["cluster"]), str(options["service"])
    arn = _CLUSTER_ARN.match(cluster)
    cluster = arn[1] if arn else cluster
    findings = []
    if not _NAME.match(cluster):
        message, hint = f"{shown(cluster)} is neither a cluster's name nor its ARN", "such as production"
        findings.append(Finding("cluster-name", ERROR, "cluster", message, hint))
    if not _NAME.match(service):
        hint = "expected 1 to 255 letters, digits, hyphens and underscores"
        findings.append(Finding("service-name", ERROR, "service", f"{shown(service)} is no valid service name", hint))
    return Wish(cluster, service), findings
