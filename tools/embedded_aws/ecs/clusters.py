# SPDX-License-Identifier: GPL-3.0-or-later
"""What moto's own operations of ECS lack: completed on the way in or on the way out."""

from __future__ import annotations

from typing import Any

from ..wsgi import ApiError
from .api import Parameters, Services
from .nouns import PENDING_STATES
from .tasks_api import Tasks


def arrange(operation: str, asked: dict[str, Any], services: Services, tasks: Tasks) -> dict[str, Any]:
    """What to ask of moto instead; or the refusal that moto would not give."""
    if operation == "DescribeTaskDefinition" and ":" not in asked["taskDefinition"].split("/")[-1]:
        # botocore, DescribeTaskDefinition: "family for the latest ACTIVE revision". moto takes the latest.
        family = asked["taskDefinition"]
        latest = services.around.latest_revision(family)
        if not latest:
            raise ApiError("ClientException", "Unable to describe task definition.")
        return {**asked, "taskDefinition": f"{family}:{latest}"}
    if operation == "UpdateCapacityProvider":
        # moto knows two of the three members of AutoScalingGroupProviderUpdate (botocore).
        provider = services.around.ecs.capacity_providers.get(asked["name"])
        draining = asked.get("autoScalingGroupProvider", {}).get("managedDraining")
        if provider and draining:
            provider.auto_scaling_group_provider["managedDraining"] = draining
    if operation == "DeleteCluster":
        _check_empty(asked, services, tasks)
    return asked


def _check_empty(asked: Parameters, services: Services, tasks: Tasks) -> None:
    cluster = services.around.cluster(asked.get("cluster"))
    if any(each.cluster == cluster.name and each.status == "ACTIVE" for each in services.services.values()):
        raise ApiError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    if any(task.status != "STOPPED" for task in tasks.all(cluster.arn)):
        raise ApiError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")


def complete(answer: dict[str, Any], services: Services, tasks: Tasks) -> dict[str, Any]:
    """Members that AWS always gives of a cluster, and its counts."""
    for cluster in [*answer.get("clusters", []), *([answer["cluster"]] if "cluster" in answer else [])]:
        for key in ("capacityProviders", "defaultCapacityProviderStrategy", "settings", "statistics"):
            cluster.setdefault(key, [])
        of_cluster = tasks.all(cluster["clusterArn"])
        homes = [each for each in services.services.values() if each.cluster_arn == cluster["clusterArn"]]
        cluster["runningTasksCount"] = sum(task.status == "RUNNING" for task in of_cluster)
        cluster["pendingTasksCount"] = sum(task.status in PENDING_STATES for task in of_cluster)
        cluster["activeServicesCount"] = sum(each.status == "ACTIVE" for each in homes)
    return answer
