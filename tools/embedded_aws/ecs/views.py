# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API answers of services, deployments and tasks. Times are seconds, as its JSON protocol has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .deployments import threshold
from .nouns import Revision, Rollout, Service, ServiceDeployment, Task
from .requests import group_of
from .scheduler import counts

#: Members of a deployment that it has from its revision; serviceConnectConfiguration and the three after it are found
#: only here and not in the service itself (botocore, Service and Deployment).
DEPLOYMENT_MEMBERS = (
    "capacityProviderStrategy",
    "launchType",
    "platformVersion",
    "platformFamily",
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
NOT_IN_SERVICE = (
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "gatewayConnectors",
    "monitoring",
    "cluster",
    "serviceName",
    "tags",
    "role",
    "clientToken",
)


def told(members: Mapping[str, Any]) -> dict[str, Any]:
    """Without what there is nothing to say of."""
    return {key: value for key, value in members.items() if value not in (None, "")}


def service_view(service: Service, tags: list[dict[str, str]] | None) -> dict[str, Any]:
    running, pending = counts(service.tasks)
    known = {key: value for key, value in service.config.items() if key not in NOT_IN_SERVICE}
    current = service.deployment
    return told(
        {
            **known,
            "serviceArn": service.arn,
            "serviceName": service.name,
            "clusterArn": service.cluster_arn,
            "status": service.status,
            "runningCount": running,
            "pendingCount": pending,
            "deployments": [rollout_view(service, each) for each in service.rollouts],
            # Unverified: that it is only there while the deployment is on its way.
            "currentServiceDeployment": current.arn if current else None,
            "currentServiceRevisions": [summary(service, each, weights=False) for each in service.rollouts],
            "events": [{"id": e.id, "createdAt": e.created_at, "message": e.message} for e in service.events],
            "createdAt": service.created_at,
            "createdBy": service.arn.split(":")[4] and f"arn:aws:iam::{service.arn.split(':')[4]}:root",
            "tags": tags,
            "resourceManagementType": "CUSTOMER",
        }
    )


def rollout_view(service: Service, rollout: Rollout) -> dict[str, Any]:
    running, pending = counts(service.of(rollout))
    primary = rollout is service.primary
    config = rollout.revision.config
    return told(
        {
            "id": rollout.id,
            "status": "PRIMARY" if primary else "ACTIVE",
            "taskDefinition": rollout.revision.definition.arn,
            "desiredCount": service.desired if primary and rollout.state != "FAILED" else running + pending,
            "runningCount": running,
            "pendingCount": pending,
            "failedTasks": rollout.failed_tasks,
            "createdAt": rollout.created_at,
            "updatedAt": rollout.updated_at,
            "rolloutState": rollout.state,
            "rolloutStateReason": rollout.reason,
            **{key: config[key] for key in DEPLOYMENT_MEMBERS if key in config},
        }
    )


def summary(service: Service, rollout: Rollout, weights: bool) -> dict[str, Any]:
    running, pending = counts(service.of(rollout))
    known: dict[str, Any] = {
        "arn": rollout.revision.arn,
        "requestedTaskCount": service.desired if rollout is service.primary else running + pending,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }
    if weights:
        known["requestedProductionTrafficWeight"] = rollout.weight
        known["requestedTestTrafficWeight"] = rollout.test_weight
    return known


def brief(service: Service, deployment: ServiceDeployment) -> dict[str, Any]:
    return told(
        {
            "serviceDeploymentArn": deployment.arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "createdAt": deployment.created_at,
            "startedAt": deployment.started_at,
            "finishedAt": deployment.finished_at,
            "targetServiceRevisionArn": deployment.target.revision.arn,
            "status": deployment.status,
            "statusReason": deployment.status_reason,
        }
    )


def deployment_view(service: Service, deployment: ServiceDeployment) -> dict[str, Any]:
    weights = deployment.strategy != "ROLLING"
    known = brief(service, deployment)
    del known["targetServiceRevisionArn"]
    return told(
        {
            **known,
            "updatedAt": deployment.updated_at,
            "stoppedAt": deployment.stopped_at,
            "sourceServiceRevisions": [summary(service, each, weights) for each in deployment.sources],
            "targetServiceRevision": summary(service, deployment.target, weights),
            "lifecycleStage": deployment.stage,
            "deploymentConfiguration": deployment.config,
            "rollback": _rollback(deployment),
            "deploymentCircuitBreaker": _breaker(service, deployment),
            "alarms": _alarms(deployment),
            "lifecycleHookDetails": [
                told({"hookId": h.id, "targetType": h.target_type, "targetArn": h.target_arn, "status": h.status,
                      "timeoutAction": h.timeout_action, "expiresAt": h.expires_at})
                for h in deployment.hooks
            ] or None,
        }
    )  # fmt: skip


def _rollback(deployment: ServiceDeployment) -> dict[str, Any] | None:
    if not deployment.rollback_reason:
        return None
    goal = deployment.rollback_to
    return told(
        {
            "reason": deployment.rollback_reason,
            "startedAt": deployment.rollback_started_at,
            "serviceRevisionArn": goal.revision.arn if goal else None,
        }
    )


def _breaker(service: Service, deployment: ServiceDeployment) -> dict[str, Any]:
    if not deployment.config.get("deploymentCircuitBreaker", {}).get("enable"):
        return {"status": "DISABLED", "failureCount": 0, "threshold": 0}
    tripped = deployment.breaker_tripped
    status = "TRIGGERED" if tripped else "MONITORING_COMPLETE" if deployment.ended else "MONITORING"
    failures = deployment.failures if tripped else deployment.target.failed_tasks
    return {"status": status, "failureCount": failures, "threshold": threshold(service, deployment)}


def _alarms(deployment: ServiceDeployment) -> dict[str, Any]:
    alarms = deployment.config.get("alarms", {})
    if not alarms.get("enable"):
        return {"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []}
    rung = deployment.triggered_alarms
    status = "TRIGGERED" if rung else "MONITORING_COMPLETE" if deployment.ended else "MONITORING"
    return {"status": status, "alarmNames": alarms["alarmNames"], "triggeredAlarmNames": rung}


def revision_view(service: Service, revision: Revision) -> dict[str, Any]:
    return {
        "serviceRevisionArn": revision.arn,
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        **revision.config,
        "taskDefinition": revision.definition.arn,
        "containerImages": [
            {"containerName": each["name"], "image": each.get("image", "")} for each in revision.definition.containers
        ],
        "guardDutyEnabled": False,
        "resolvedConfiguration": {
            "loadBalancers": [
                told(
                    {
                        "targetGroupArn": group_of(revision.alternate, each),
                        "productionListenerRule": each.get("advancedConfiguration", {}).get("productionListenerRule"),
                    }
                )
                for each in revision.config.get("loadBalancers", [])
            ]
        },
        "createdAt": revision.created_at,
    }


def task_view(task: Task, tags: bool) -> dict[str, Any]:
    fargate = task.launch_type == "FARGATE"
    return told(
        {
            "taskArn": task.arn,
            "clusterArn": task.cluster_arn,
            "taskDefinitionArn": task.definition.arn,
            "group": task.group,
            "startedBy": task.started_by,
            "lastStatus": task.status,
            "desiredStatus": task.desired_status,
            "healthStatus": _health(task),
            "launchType": task.launch_type,
            "containerInstanceArn": task.container_instance,
            "capacityProviderName": task.capacity_provider,
            "platformVersion": "1.4.0" if fargate else None,
            "platformFamily": "Linux" if fargate else None,
            "cpu": task.definition.cpu,
            "memory": task.definition.memory,
            "createdAt": task.created_at,
            "startedAt": task.started_at,
            "stoppingAt": task.stopping_at,
            "stoppedAt": task.stopped_at,
            "stopCode": task.stop_code,
            "stoppedReason": task.stopped_reason,
            "enableExecuteCommand": bool(task.config.get("enableExecuteCommand")),
            "containers": [container_view(task, each.name) for each in task.containers],
            "overrides": {"containerOverrides": [], "inferenceAcceleratorOverrides": [], **task.overrides},
            "attachments": _attachments(task),
            "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
            "tags": (task.tags or []) if tags else None,
            "version": task.age + 1,
        }
    )


def _health(task: Task) -> str:
    """botocore, Task.healthStatus: that of the essential containers."""
    healths = [each.health for each in task.containers if each.name in task.definition.essential()]
    return next((each for each in ("UNHEALTHY", "UNKNOWN") if each in healths), "HEALTHY")


def container_view(task: Task, name: str) -> dict[str, Any]:
    container = next(each for each in task.containers if each.name == name)
    defined = next(each for each in task.definition.containers if each["name"] == name)
    interface = {"attachmentId": task.interface.get("id", ""), "privateIpv4Address": task.address}
    return told(
        {
            "containerArn": f"{task.arn.replace(':task/', ':container/')}/{name}",
            "taskArn": task.arn,
            "name": name,
            "image": container.image,
            "runtimeId": f"{task.id}-{name}" if task.started_at else None,
            "lastStatus": container.status,
            "exitCode": container.exit_code,
            "reason": container.reason,
            "healthStatus": container.health,
            "networkBindings": _bindings(task, defined),
            "networkInterfaces": [interface] if task.address else [],
            "cpu": str(defined.get("cpu", 0)),
            "memory": str(defined["memory"]) if defined.get("memory") else None,
        }
    )


def _bindings(task: Task, defined: dict[str, Any]) -> list[dict[str, Any]]:
    """Host ports, of a task that runs on an instance without an address of its own."""
    return [
        {
            "bindIP": "0.0.0.0",
            "containerPort": mapping["containerPort"],
            "hostPort": task.host_ports[mapping["containerPort"]],
            "protocol": mapping.get("protocol", "tcp"),
        }
        for mapping in defined.get("portMappings", [])
        if task.started_at and mapping.get("containerPort") in task.host_ports
    ]


def _attachments(task: Task) -> list[dict[str, Any]]:
    if not task.interface:
        return []
    shown = [{"name": key, "value": value} for key, value in task.interface.items() if key != "id"]
    status = "DELETED" if task.status == "STOPPED" else "ATTACHED" if task.started_at else "PRECREATED"
    return [{"id": task.interface["id"], "type": "ElasticNetworkInterface", "status": status, "details": shown}]
