# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is merged over the task definitions of a Compose file: images, roles, the app's log group, free host ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..compose.merge import merge_definition
from ..compose.translate import Translation
from .exposure import Target
from .tasks import AppTask
from .wanted import ROLES, AppWanted


def overrides(
    app: str,
    task: AppTask,
    made: Translation,
    wanted: AppWanted,
    references: Mapping[str, str],
    targets: Iterable[Target],
) -> dict[str, Any]:
    """What is to be merged over the definition that Compose gives; what the user asks for is merged over that."""
    own = wanted.definitions.get(task.name) or {}
    containers = []
    for service, container in zip(task.services, made.definition["containerDefinitions"]):
        ports = [target.port for target in targets if target.service == service.name]
        added = {
            "image": references.get(service.name),
            "logConfiguration": _log(container, made, wanted.log_group or f"/slipway/{app}"),
            "portMappings": _ports(container, made.definition["networkMode"], ports),
        }
        said = {field: value for field, value in added.items() if value}
        if said or "family" in own:  # a family of the user's own does not tell the task, containers do
            containers.append({"name": container["name"], **said})
    roles = {f"{kind}RoleArn": wanted.role(app, kind) for kind in ROLES}
    ours = {
        **{field: arn for field, arn in roles.items() if arn},
        **({"networkMode": wanted.network_mode} if wanted.network_mode else {}),
        **({"containerDefinitions": containers} if containers else {}),
    }
    return merge_definition(ours, own)


def _log(container: Mapping[str, Any], made: Translation, group: str) -> dict[str, Any] | None:
    """The app's group, where the Compose file does not name one."""
    log = container.get("logConfiguration") or {}
    if (log.get("options") or {}).get("awslogs-group") != f"/ecs/{made.definition['family']}":
        return None
    return {"logDriver": log["logDriver"], "options": {"awslogs-group": group}}


def _ports(container: Mapping[str, Any], network_mode: str, targets: Iterable[int]) -> list[dict[str, Any]]:
    """In bridge mode ECS picks the host ports, so that an instance holds several tasks; the load balancer is told."""
    mappings = container.get("portMappings") or []
    free = {"hostPort": 0} if network_mode == "bridge" else {}
    fixed = [mapping for mapping in mappings if mapping.get("hostPort") and free]
    known = {mapping.get("containerPort") for mapping in mappings}
    added = [port for port in targets if port not in known]
    return [
        *({"containerPort": mapping["containerPort"], "protocol": mapping["protocol"], **free} for mapping in fixed),
        *({"containerPort": port, "protocol": "tcp", **free} for port in added),
    ]
