# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on services and their deployments, as methods of one region's ECS."""

from __future__ import annotations

import copy
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..wsgi import ApiError
from . import deployments, outcomes, requests, shifts, views
from .behaviour import Rule
from .errors import invalid
from .nouns import Definition, Moment, Service, ServiceDeployment, Task
from .scheduler import stop_all
from .surroundings import Surroundings

Answer = dict[str, Any]
Parameters = Mapping[str, Any]


@dataclass
class Pace:
    """How many steps a read takes a service or a task further; with 0 nothing goes on."""

    steps: int = 1


class Services:
    """The services of one region. Each read of a service takes it further."""

    def __init__(self, around: Surroundings, rules: list[Rule], pace: Pace) -> None:
        self.around, self.rules, self.pace = around, rules, pace
        self.services: dict[tuple[str, str], Service] = {}
        self.operations: dict[str, Callable[[Parameters], Answer]] = {
            "CreateService": self.create,
            "UpdateService": self.update,
            "DeleteService": self.delete,
            "DescribeServices": self.describe,
            "ListServices": self.list,
            "ListServiceDeployments": self.list_deployments,
            "DescribeServiceDeployments": self.describe_deployments,
            "DescribeServiceRevisions": self.describe_revisions,
            "StopServiceDeployment": self.stop_deployment,
            "ContinueServiceDeployment": self.continue_deployment,
        }

    def moment(self) -> Moment:
        watched = any(each.config["deploymentConfiguration"].get("alarms") for each in self.services.values())
        return Moment(time.time(), self.rules, self.around.alarms() if watched else frozenset(), self.around.refusal)

    def step(self, service: Service) -> None:
        for _step in range(self.pace.steps):
            deployments.step(service, self.moment())
        self.follow(service)

    def follow(self, service: Service) -> None:
        now = time.time()
        registered: Counter[str] = Counter()
        deregistered: Counter[str] = Counter()
        for task in service.tasks:
            if task.tags is None:
                task.tags = self.tags(service, task)
            before = {group for group, _identity, _port in task.targets}
            self.around.follow(task)
            after = {group for group, _identity, _port in task.targets}
            registered.update(after - before)
            deregistered.update(before - after)
        # Developer guide, "Service event messages".
        for group, count in deregistered.items():
            service.say(f"deregistered {count} targets in (target-group {group})", now)
        for group, count in registered.items():
            service.say(f"registered {count} targets in (target-group {group})", now)
        if service.status == "INACTIVE":
            self.around.forget(service)

    def definition(self, asked: Parameters) -> Definition | None:
        """botocore, CreateService.taskDefinition: required of the controllers ECS and CODE_DEPLOY."""
        if asked.get("taskDefinition"):
            return self.around.definition(asked["taskDefinition"])
        if asked.get("deploymentController", {}).get("type") == "EXTERNAL":
            return None
        raise invalid("TaskDefinition cannot be blank.")

    def tags(self, service: Service, task: Task) -> list[dict[str, str]]:
        """botocore, CreateService: propagateTags and enableECSManagedTags."""
        source = service.config["propagateTags"]
        own = {"SERVICE": self.around.tags(service), "TASK_DEFINITION": task.definition.tags}.get(source, [])
        if not service.config["enableECSManagedTags"]:
            return list(own)
        managed = {"aws:ecs:clusterName": service.cluster, "aws:ecs:serviceName": service.name}
        return [*own, *({"key": key, "value": value} for key, value in managed.items())]

    def find(self, cluster: str | None, name: str) -> Service:
        home = self.around.cluster(cluster).name
        found = self.services.get((home, name.split("/")[-1]))
        if found is None:
            raise ApiError("ServiceNotFoundException", "Service not found.")
        return found

    # -- services -------------------------------------------------------------------------------

    def create(self, asked: Parameters) -> Answer:
        cluster = self.around.cluster(asked.get("cluster"))
        name = asked["serviceName"]
        present = self.services.get((cluster.name, name))
        if present and present.status != "INACTIVE":
            # The words are as users report them.
            raise invalid(
                "Unable to Start a service that is still Draining."
                if present.status == "DRAINING"
                else "Creation of service was not idempotent."
            )
        definition = self.definition(asked)
        default = list(cluster.default_capacity_provider_strategy or [])
        config = requests.created(copy.deepcopy(dict(asked)), definition, default)
        requests.check(config, definition, list(cluster.capacity_providers or []))
        self.around.check_network(config.get("networkConfiguration", {}))
        for balancer in config["loadBalancers"]:
            if "targetGroupArn" in balancer:
                self.around.check_target_group(balancer["targetGroupArn"])
        now = time.time()
        arn = cluster.arn.replace(":cluster/", ":service/", 1) + "/" + name
        if config["schedulingStrategy"] == "DAEMON":
            # botocore: "exactly one task on each active container instance".
            config["desiredCount"] = len(self.around.ecs.container_instances.get(cluster.name, {}))
        service = Service(arn, name, cluster.arn, cluster.name, config, now)
        self.around.mirror(service, asked.get("tags", []))
        self.services[(cluster.name, name)] = service
        if definition and deploys(service):
            deployments.begin(service, definition, now)
        return self.begun(service)

    def update(self, asked: Parameters) -> Answer:
        service = self.find(asked.get("cluster"), asked["service"])
        requests.check_update(service.config, asked, service.status)
        named = asked.get("taskDefinition")
        current = named or service.config.get("taskDefinition")
        definition = self.around.definition(current, running=not named) if current else None
        before = service.config
        after = requests.updated(before, copy.deepcopy(dict(asked)), definition if named else None)
        cluster = self.around.cluster(asked.get("cluster"))
        requests.check(after, definition, list(cluster.capacity_providers or []))
        self.around.check_network(after.get("networkConfiguration", {}))
        service.config = after
        service.steady = False
        if definition and deploys(service) and requests.starts_deployment(before, after, asked):
            deployments.begin(service, definition, time.time())
        return self.begun(service)

    def delete(self, asked: Parameters) -> Answer:
        service = self.find(asked.get("cluster"), asked["service"])
        if service.status != "ACTIVE":
            raise ApiError("ServiceNotActiveException", "Service was not ACTIVE.")
        if service.desired > 0 and not asked.get("force") and service.config["schedulingStrategy"] == "REPLICA":
            raise invalid("The service cannot be stopped while it is scaled above 0.")
        service.status = "DRAINING"
        service.config["desiredCount"] = 0
        if running := service.deployment:
            outcomes.end(running, "STOPPED", "Service deployment stopped because the service was deleted.", time.time())
        stop_all(service, [task for task in service.tasks if task.active], self.moment())
        self.follow(service)
        self.around.forget(service)
        return self.shown(service, tags=False)

    def describe(self, asked: Parameters) -> Answer:
        cluster = self.around.cluster(asked.get("cluster"))
        found, failures = [], []
        at_most(asked["services"], 10, "services")
        for name in asked["services"]:
            service = self.services.get((cluster.name, name.split("/")[-1]))
            if service:
                self.step(service)
                found.append(self.shown(service, "TAGS" in asked.get("include", []))["service"])
            else:
                arn = cluster.arn.replace(":cluster/", ":service/", 1) + "/" + name.split("/")[-1]
                failures.append({"arn": arn, "reason": "MISSING"})
        return {"services": found, "failures": failures}

    def begun(self, service: Service) -> Answer:
        """The answer is of the moment before the scheduler begins."""
        answer = self.shown(service, tags=True)
        deployments.step(service, self.moment())
        self.follow(service)
        return answer

    def shown(self, service: Service, tags: bool) -> Answer:
        return {"service": views.service_view(service, self.around.tags(service) if tags else None)}

    def list(self, asked: Parameters) -> Answer:
        cluster = self.around.cluster(asked.get("cluster"))
        found = [
            service.arn
            for service in self.services.values()
            if service.cluster == cluster.name and service.status == "ACTIVE"
            if asked.get("launchType") in (None, service.config.get("launchType"))
            if asked.get("schedulingStrategy") in (None, service.config["schedulingStrategy"])
        ]
        return page(sorted(found), asked, "serviceArns", 10)

    # -- service deployments --------------------------------------------------------------------

    def list_deployments(self, asked: Parameters) -> Answer:
        service = self.find(asked.get("cluster"), asked["service"])
        wanted = asked.get("status")
        found = [views.brief(service, each) for each in service.deployments if not wanted or each.status in wanted]
        return page(found, asked, "serviceDeployments", 20)

    def describe_deployments(self, asked: Parameters) -> Answer:
        found, failures = [], []
        at_most(asked["serviceDeploymentArns"], 20, "serviceDeploymentArns")
        for arn in asked["serviceDeploymentArns"]:
            try:
                service, deployment = self.deployment(arn)
            except ApiError:
                failures.append({"arn": arn, "reason": "MISSING"})
                continue
            self.step(service)
            found.append(views.deployment_view(service, deployment))
        return {"serviceDeployments": found, "failures": failures}

    def deployment(self, arn: str) -> tuple[Service, ServiceDeployment]:
        for service in self.services.values():
            for deployment in service.deployments:
                if deployment.arn == arn:
                    return service, deployment
        raise ApiError("ServiceDeploymentNotFoundException", "The service deployment was not found.")

    def describe_revisions(self, asked: Parameters) -> Answer:
        known = {
            deployment.target.revision.arn: views.revision_view(service, deployment.target.revision)
            for service in self.services.values()
            for deployment in service.deployments
        }
        wanted = asked["serviceRevisionArns"]
        return {
            "serviceRevisions": [known[arn] for arn in wanted if arn in known],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in wanted if arn not in known],
        }

    def stop_deployment(self, asked: Parameters) -> Answer:
        service, deployment = self.deployment(asked["serviceDeploymentArn"])
        if deployment.ended or deployment.status.startswith("ROLLBACK"):
            raise ApiError("ConflictException", f"The service deployment is in status {deployment.status}.")
        # Unverified: the words of statusReason, and what ABORT does; botocore says "the valid values are ROLLBACK".
        reason = "Service deployment rolled back because of a stop request."
        deployment.status_reason = reason
        outcomes.roll_back(service, deployment, self.moment(), reason, "stop")
        self.follow(service)
        return {"serviceDeploymentArn": deployment.arn}

    def continue_deployment(self, asked: Parameters) -> Answer:
        service, deployment = self.deployment(asked["serviceDeploymentArn"])
        hook = next((hook for hook in deployment.hooks if hook.id == asked["hookId"]), None)
        if hook is None or hook.status != "AWAITING_ACTION" or deployment.ended:
            raise invalid("The lifecycle hook is not awaiting an action.")  # unverified: the words
        shifts.go_on(service, deployment, hook, asked.get("action", "CONTINUE"), self.moment())
        self.follow(service)
        return {"serviceDeploymentArn": deployment.arn}


def at_most(asked: list[str], limit: int, name: str) -> None:
    """botocore: 10 services, 20 service deployments, 100 tasks in one call. The words are unverified."""
    if len(asked) > limit:
        raise invalid(f"{name} can have at most {limit} items.")


def deploys(service: Service) -> bool:
    """botocore, Deployment: "used only when a service uses the ECS deployment controller type"."""
    return bool(service.config["deploymentController"]["type"] == "ECS")


def page(found: list[Any], asked: Parameters, key: str, size: int) -> Answer:
    """One page; the token is the number of the next entry."""
    first, most = int(asked.get("nextToken") or 0), int(asked.get("maxResults") or size)
    answer: Answer = {key: found[first : first + most]}
    if first + most < len(found):
        answer["nextToken"] = str(first + most)
    return answer
