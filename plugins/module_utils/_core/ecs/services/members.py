# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The members of CreateService and UpdateService: what changing each of them means for the tasks that run.

The effects are those that botocore's text of UpdateService names member by member ("This parameter triggers a new
service deployment", "doesn't trigger"). Where it says nothing, the sentence says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...aws.request import option_of

DEPLOYMENT, NEEDS_FORCE, IN_PLACE, REPLACEMENT = "deployment", "needs-force", "in-place", "replacement"
#: What UpdateService does not take because another service of AWS deploys: see `elsewhere`.
ELSEWHERE = "elsewhere"

#: Members of CreateService that are not given by an option of the same name.
OTHERWISE_GIVEN = ("cluster", "serviceName", "tags")

_STARTS = "starts a deployment: ECS starts tasks that have it, and stops the old ones"
_FORCES = "AWS changes it only together with a forced deployment, so this run forces one"
_SILENT = "UpdateService changes it; AWS does not say whether that starts a deployment"

#: Effect and what it does, by member. A member that is missing here and that UpdateService takes is in place.
EFFECTS: Mapping[str, tuple[str, str]] = {
    "taskDefinition": (DEPLOYMENT, _STARTS),
    "networkConfiguration": (DEPLOYMENT, _STARTS),
    "platformVersion": (DEPLOYMENT, _STARTS),
    "loadBalancers": (DEPLOYMENT, _STARTS),
    "serviceRegistries": (DEPLOYMENT, _STARTS),
    "serviceConnectConfiguration": (DEPLOYMENT, _STARTS),
    "volumeConfigurations": (DEPLOYMENT, _STARTS),
    "vpcLatticeConfigurations": (DEPLOYMENT, _STARTS),
    "capacityProviderStrategy": (NEEDS_FORCE, _FORCES),
    "launchType": (NEEDS_FORCE, _FORCES),
    "placementConstraints": (NEEDS_FORCE, "new tasks are placed by it"),
    "placementStrategy": (NEEDS_FORCE, "new tasks are placed by it"),
    "enableExecuteCommand": (NEEDS_FORCE, "new tasks have it"),
    "enableECSManagedTags": (NEEDS_FORCE, "new tasks get these tags"),
    "propagateTags": (NEEDS_FORCE, "new tasks get these tags"),
    "desiredCount": (IN_PLACE, "tasks are started or stopped until there are so many; it starts no deployment"),
    "deploymentConfiguration": (IN_PLACE, "deployments follow it from now on; it starts none"),
    "availabilityZoneRebalancing": (IN_PLACE, "ECS follows it from now on; it starts no deployment"),
    "healthCheckGracePeriodSeconds": (IN_PLACE, "it counts for tasks that start from now on; it starts no deployment"),
    "deploymentController": (IN_PLACE, _SILENT),
    "gatewayConnectors": (IN_PLACE, _SILENT),
    "monitoring": (IN_PLACE, _SILENT),
}

#: What UpdateService takes only with forceNewDeployment. Its text does not say so, its error does: "When switching
#: from launch type to capacity provider strategy on an existing service, or making a change to a capacity provider
#: strategy on a service that is already using one, you must force a new deployment" (ecspresso 481, pipecd 6385).
FORCING = ("capacityProviderStrategy", "launchType")

#: What UpdateService may change of a service that another controller deploys (its text names these).
_SCHEDULING = ("desiredCount", "placementConstraints", "placementStrategy", "healthCheckGracePeriodSeconds")
_CHANGEABLE: Mapping[str, tuple[str, ...]] = {
    "CODE_DEPLOY": (*_SCHEDULING, "deploymentConfiguration", "enableECSManagedTags", "propagateTags"),
    "EXTERNAL": (*_SCHEDULING, "enableECSManagedTags", "propagateTags"),
}
_HOW_ELSE = {"CODE_DEPLOY": "a deployment of CodeDeploy", "EXTERNAL": "a task set of yours"}


def elsewhere(member: str, controller: str) -> str:
    """Who changes the member instead, where the service's deployment controller is not ECS; else the empty word."""
    if member in (*_CHANGEABLE.get(controller, (member,)), "deploymentController"):
        return ""
    return f"the deployment controller is {controller}: {_HOW_ELSE[controller]} changes it, UpdateService does not"


def option(member: str) -> str:
    """The option of the module that gives the member."""
    return "name" if member == "serviceName" else option_of(member)


def member_of(path: str, members: Mapping[str, object]) -> str:
    """The member that a path such as `network_configuration.awsvpcConfiguration.subnets` starts with."""
    first = path.partition(".")[0].partition("[")[0]
    return next((member for member in members if option(member) == first), first)
