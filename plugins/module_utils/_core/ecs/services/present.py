# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that ECS holds, as the other parts read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

#: Settings that DescribeServices does not show on the service itself but on its deployments.
_ON_DEPLOYMENTS = ("serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")
#: Settings that only DescribeServiceRevisions shows.
ON_REVISIONS = ("gatewayConnectors", "monitoring")
_ON_THE_SERVICE = (
    *("taskDefinition", "availabilityZoneRebalancing", "loadBalancers", "serviceRegistries", "desiredCount"),
    *("launchType", "capacityProviderStrategy", "platformVersion", "deploymentConfiguration", "placementConstraints"),
    *("placementStrategy", "networkConfiguration", "healthCheckGracePeriodSeconds", "schedulingStrategy"),
    *("deploymentController", "enableECSManagedTags", "propagateTags", "enableExecuteCommand"),
)


@dataclass(frozen=True)
class Present:
    """`service` is what DescribeServices returns, `revision` its newest service revision where that was asked for."""

    service: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    revision: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The members of CreateService that the service has, in the API's case."""
        found = {member: self.service.get(member) for member in _ON_THE_SERVICE}
        found.update({member: self._of_deployment(member) for member in _ON_DEPLOYMENTS})
        found.update({member: self.revision.get(member) for member in ON_REVISIONS})
        found["role"] = self.service.get("roleArn")
        return {member: value for member, value in found.items() if value is not None}

    def _of_deployment(self, member: str) -> Any:
        own = self.service.get(member)
        return self.primary.get(member) if own is None else own

    @property
    def primary(self) -> Mapping[str, Any]:
        """The newest deployment; nothing where tasks are in task sets instead."""
        deployments = self.service.get("deployments") or []
        return next((one for one in deployments if one.get("status") == "PRIMARY"), {})

    @property
    def status(self) -> str:
        return str(self.service.get("status", "ACTIVE"))

    @property
    def controller(self) -> str:
        return str((self.service.get("deploymentController") or {}).get("type", "ECS"))

    @property
    def daemon(self) -> bool:
        return self.service.get("schedulingStrategy") == "DAEMON"

    @property
    def desired_count(self) -> int:
        return int(self.service.get("desiredCount") or 0)

    @property
    def tasks(self) -> int:
        """Tasks that run or start."""
        return int(self.service.get("runningCount") or 0) + int(self.service.get("pendingCount") or 0)

    @property
    def deploying(self) -> bool:
        """AWS shows a state of rolling deployments only; others are seen by what they have not stopped yet."""
        state = self.primary.get("rolloutState")
        return state == "IN_PROGRESS" or (state is None and len(self.service.get("deployments") or []) > 1)

    @property
    def failed(self) -> bool:
        """The newest deployment failed and nothing was rolled back: the settings are there, and nobody serves them."""
        return self.primary.get("rolloutState") == "FAILED"
