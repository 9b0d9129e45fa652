# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who uses the revisions of a family: services and tasks of all clusters, schedules and rules of the region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..._core.ecs.prune import revision_of
from .calls import AwsError, call, pages
from .task_definitions import batches

#: (task definition reference, who refers to it)
Use = tuple[str, str]


@dataclass
class Users:
    """`unreadable` names what could not be read: where it is not empty, nothing may be called unused."""

    uses: list[Use] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def collect(self, source: Callable[[], Iterable[Use]]) -> None:
        try:
            self.uses.extend(source())
        except AwsError as error:
            self.unreadable.append(str(error))

    def revisions(self, family: str) -> set[int]:
        """The revisions of the family that somebody uses."""
        numbers = (revision_of(reference, family) for reference, _user in self.uses)
        return {number for number in numbers if number is not None}

    def holders(self, family: str) -> list[str]:
        """Who uses the family at all, also those that name no revision and so run the newest."""
        held = [user for reference, user in self.uses if _last(reference).partition(":")[0] == family]
        return list(dict.fromkeys(held))


def find(family: str, ecs: Any, scheduler: Any, events: Any) -> Users:
    """Scan the region. Reads only; one source that cannot be read does not stop the others."""
    users = Users()
    clusters: list[str] = []
    try:
        clusters.extend(pages(ecs, "ListClusters", "clusterArns"))
    except AwsError as error:
        users.unreadable.append(str(error))
    for cluster in clusters:
        users.collect(partial(_services, ecs, cluster))
        users.collect(partial(_tasks, ecs, cluster, family))
    users.collect(partial(_schedules, scheduler))
    users.collect(partial(_rules, events, clusters))
    return users


def _services(ecs: Any, cluster: str) -> Iterator[Use]:
    """What services run, and what their deployments and task sets are still running or going to."""
    arns = pages(ecs, "ListServices", "serviceArns", cluster=cluster, maxResults=100)
    for batch in batches(arns, 10):
        for service in call(ecs, "DescribeServices", cluster=cluster, services=batch)["services"]:
            if service["status"] != "ACTIVE":
                continue  # a service being deleted uses what its tasks use, and those are counted
            holders = [service, *service.get("deployments", []), *service.get("taskSets", [])]
            for holder in holders:
                if holder.get("taskDefinition"):
                    yield holder["taskDefinition"], f"service {service['serviceName']} in {_last(cluster)}"


def _tasks(ecs: Any, cluster: str, family: str) -> Iterator[Use]:
    arns = pages(ecs, "ListTasks", "taskArns", cluster=cluster, family=family)
    for batch in batches(arns, 100):
        for task in call(ecs, "DescribeTasks", cluster=cluster, tasks=batch)["tasks"]:
            yield task["taskDefinitionArn"], f"task {_last(task['taskArn'])} in {_last(cluster)}"


def _schedules(scheduler: Any) -> Iterator[Use]:
    """EventBridge Scheduler: the list shows a schedule's cluster, only the schedule its task definition."""
    for listed in pages(scheduler, "ListSchedules", "Schedules", token="NextToken"):
        if ":ecs:" not in (listed.get("Target") or {}).get("Arn", ""):
            continue
        schedule = call(scheduler, "GetSchedule", Name=listed["Name"], GroupName=listed.get("GroupName", "default"))
        parameters = schedule["Target"].get("EcsParameters")
        if parameters:
            yield parameters["TaskDefinitionArn"], f"schedule {listed.get('GroupName', 'default')}/{listed['Name']}"


def _rules(events: Any, clusters: list[str]) -> Iterator[Use]:
    """EventBridge rules that start tasks have a cluster as their target."""
    for bus in pages(events, "ListEventBuses", "EventBuses", token="NextToken"):
        scope = {"EventBusName": bus["Name"]}
        for cluster in clusters:
            names = pages(events, "ListRuleNamesByTarget", "RuleNames", token="NextToken", TargetArn=cluster, **scope)
            for name in names:
                for target in pages(events, "ListTargetsByRule", "Targets", token="NextToken", Rule=name, **scope):
                    if target.get("EcsParameters"):
                        yield target["EcsParameters"]["TaskDefinitionArn"], f"rule {name} on bus {bus['Name']}"


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]
