# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on tasks: those of services, and those that RunTask starts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..wsgi import ApiError
from . import requests, views
from .api import Answer, Parameters, Services, at_most, page
from .behaviour import fate_of
from .errors import invalid
from .nouns import Definition, Task
from .scheduler import launch
from .tasks import advance, new_task, stop

#: botocore, RunTaskRequest.count: "up to 10 tasks".
MOST_AT_ONCE = 10


class Tasks:
    """The tasks of one region. Each read of a task that RunTask started takes it one step further."""

    def __init__(self, services: Services) -> None:
        self.services, self.around = services, services.around
        self.one_off: list[Task] = []
        self.tokens: dict[str, tuple[Parameters, Answer]] = {}
        self.operations: dict[str, Callable[[Parameters], Answer]] = {
            "RunTask": self.run,
            "StopTask": self.stop,
            "ListTasks": self.list,
            "DescribeTasks": self.describe,
        }

    def all(self, cluster_arn: str) -> list[Task]:
        of_services = [task for service in self.services.services.values() for task in service.tasks]
        return [task for task in [*of_services, *self.one_off] if task.cluster_arn == cluster_arn]

    def run(self, asked: Parameters) -> Answer:
        cluster = self.around.cluster(asked.get("cluster"))
        definition = self.around.definition(asked["taskDefinition"])
        count = int(asked.get("count", 1))
        if not 1 <= count <= MOST_AT_ONCE:
            raise invalid(f"count must be between 1 and {MOST_AT_ONCE}.")
        config = requests.created({**asked, "desiredCount": count}, definition,
                                  list(cluster.default_capacity_provider_strategy or []))  # fmt: skip
        requests.check(config, definition, list(cluster.capacity_providers or []))
        self.around.check_network(config.get("networkConfiguration", {}))
        token = asked.get("clientToken", "")
        if token in self.tokens:
            return self._again(token, asked)
        tasks: list[Task] = []
        failures: list[dict[str, str]] = []
        for number in range(count):
            launch_type, provider = launch(config, number)
            fate = self.around.refusal(definition) or fate_of(
                self.services.rules, definition.family, definition.images, provider
            )
            if fate.kind == "no_capacity":
                failures.append(self._failure(config, fate.reason, cluster.arn))
                continue
            group = asked.get("group") or f"family:{definition.family}"
            task = new_task(cluster.arn, definition, fate, group, config, time.time())
            task.one_off, task.started_by = True, asked.get("startedBy", "")
            task.launch_type, task.capacity_provider = launch_type, provider
            task.overrides = dict(asked.get("overrides", {}))
            task.tags = _tags(asked, definition)
            tasks.append(task)
        self.one_off += tasks
        for task in tasks:
            self.around.follow(task)
        answer = {"tasks": [views.task_view(task, tags=True) for task in tasks], "failures": failures}
        if token:
            self.tokens[token] = (asked, answer)
        return answer

    def _again(self, token: str, asked: Parameters) -> Answer:
        """Developer guide, "Ensuring idempotency": the same tasks again, or ConflictException for other parameters."""
        before, answer = self.tokens[token]
        if before == asked:
            return answer
        raise ApiError("ConflictException", "The clientToken was used before with other parameters.")

    def _failure(self, config: dict[str, Any], reason: str, cluster_arn: str) -> dict[str, str]:
        """Developer guide, "API failure reasons"."""
        if launch(config, 0)[0] == "FARGATE":
            usual = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
            return {"reason": reason or usual}
        instance = cluster_arn.replace(":cluster/", ":container-instance/", 1) + "/0123456789abcdef0123456789abcdef"
        return {"arn": instance, "reason": reason or "RESOURCE:MEMORY"}

    def stop(self, asked: Parameters) -> Answer:
        cluster = self.around.cluster(asked.get("cluster"))
        identity = asked["task"].split("/")[-1]
        task = next((task for task in self.all(cluster.arn) if task.id == identity), None)
        if task is None:
            raise invalid("The referenced task was not found.")
        stop(task, time.time(), "UserInitiated", asked.get("reason") or "Task stopped by user")
        self.around.follow(task)
        return {"task": views.task_view(task, tags=False)}

    def list(self, asked: Parameters) -> Answer:
        cluster = self.around.cluster(asked.get("cluster"))
        found = self.all(cluster.arn)
        if name := asked.get("serviceName"):
            service = self.services.find(asked.get("cluster"), name)
            found = [task for task in found if task.group == f"service:{service.name}"]
        # botocore, ListTasks.desiredStatus: "The default status filter is RUNNING".
        status = asked.get("desiredStatus", "RUNNING")
        wanted = [
            task.arn
            for task in found
            if task.desired_status == status
            if asked.get("family") in (None, task.definition.family)
            if asked.get("startedBy") in (None, task.started_by)
            if asked.get("launchType") in (None, task.launch_type)
        ]
        return page(wanted, asked, "taskArns", 100)

    def describe(self, asked: Parameters) -> Answer:
        cluster = self.around.cluster(asked.get("cluster"))
        if not asked.get("tasks"):
            raise invalid("Tasks cannot be empty.")
        at_most(asked["tasks"], 100, "tasks")
        known = {task.id: task for task in self.all(cluster.arn)}
        found: list[Answer] = []
        failures: list[dict[str, str]] = []
        for name in asked["tasks"]:
            task = known.get(name.split("/")[-1])
            if task is None:
                arn = cluster.arn.replace(":cluster/", ":task/", 1) + "/" + name.split("/")[-1]
                failures.append({"arn": arn, "reason": "MISSING"})
                continue
            if task.one_off:
                for _step in range(self.services.pace.steps):
                    advance(task, time.time())
                self.around.follow(task)
            found.append(views.task_view(task, "TAGS" in asked.get("include", [])))
        return {"tasks": found, "failures": failures}


def _tags(asked: Parameters, definition: Definition) -> list[dict[str, str]]:
    """botocore, propagateTags: of RunTask only TASK_DEFINITION; a tag of the request wins (unverified)."""
    propagated = definition.tags if asked.get("propagateTags") == "TASK_DEFINITION" else []
    named = {tag["key"]: tag.get("value", "") for tag in [*propagated, *asked.get("tags", [])]}
    return [{"key": key, "value": value} for key, value in named.items()]
