# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service makes of a task definition: what survives a failure, a load, and a deployment that goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ...findings import INFO, WARNING, Finding, worst_first
from ...rule import Problem, Rule
from ...rule import findings as check_rules
from ..databases import keeps_data
from ..service import Service
from .lint import platform_needs, shared_writes

_VERSION = re.compile(r"\d+(\.\d+)*")
_MODERN = (1, 4, 0)

#: Rules over a definition alone that suppose something of its service. With the service known they need not.
SUPPOSE_A_SERVICE = ("no-health-check", "efs-two-writers", "platform-version")


def health_check_behind_load_balancer(service: Service) -> Iterator[Problem]:
    """Behind a load balancer a container without a health check of its own is judged by the balancer's alone."""
    for container in service.behind_load_balancer:
        if not container.get("healthCheck"):
            message = "only the load balancer's check tells ECS of a container that hangs"
            hint = "set healthCheck, so that ECS sees trouble inside the task too; the Dockerfile's is ignored"
            yield f"{container.path}.healthCheck", message, hint


def no_health_path(service: Service) -> Iterator[Problem]:
    """A load balancer that is told no path checks /, and ECS replaces every task that does not answer it with 200."""
    for place in service.without_health_path:
        yield place, "the load balancer checks '/', for no other path is named", "set health_path, /health say"


def one_zone(service: Service) -> Iterator[Problem]:
    """In one subnet, and so in one availability zone, all tasks are lost together."""
    subnets = set(service.network.get("subnets") or [])
    if len(subnets) == 1:
        message = f"all tasks run in {min(subnets)}, which lies in one availability zone"
        hint = "add a subnet of another zone; whether several subnets are in different zones cannot be seen from here"
        yield service.place("networkConfiguration.awsvpcConfiguration.subnets"), message, hint


def public_ip(service: Service) -> Iterator[Problem]:
    """A public address spares the NAT gateway, and leaves the security group as the only thing in front of a task."""
    if service.network.get("assignPublicIp") == "ENABLED":
        admitted = "the load balancer alone" if service.behind_load_balancer else "no more than it must"
        hint = f"cheaper than a NAT gateway, and sound where the security group admits {admitted}"
        place = service.place("networkConfiguration.awsvpcConfiguration.assignPublicIp")
        yield place, "each task has a public IP address", hint


def no_autoscaling(service: Service) -> Iterator[Problem]:
    """A fixed number of tasks is too small under load, or paid for without one."""
    count = service.desired_count
    single = any(shared_writes(service.task)) or any(keeps_data(container) for container in service.task.containers)
    if service.autoscaled is False and count and not service.daemon and not single:
        message = f"the service runs {_tasks(count)} whatever the load"
        yield service.place("desiredCount"), message, "scale it between a minimum and a maximum, or leave it if steady"


def no_circuit_breaker(service: Service) -> Iterator[Problem]:
    """Without a circuit breaker or alarms a rolling deployment whose tasks fail starts them again without end."""
    watched = [service.deployment.get(key) or {} for key in ("deploymentCircuitBreaker", "alarms")]
    if service.rolling and not any(watch.get("enable") for watch in watched):
        place = service.place("deploymentConfiguration.deploymentCircuitBreaker")
        hint = "set deploymentCircuitBreaker: {enable: true, rollback: true}"
        yield place, "nothing ends a deployment whose tasks keep failing", hint


def deployment_deadlock(service: Service) -> Iterator[Problem]:
    """A rolling deployment must be free to start a task first, or to stop one first."""
    if service.rolling and not service.may_start_first and not service.may_stop_first:
        minimum, maximum = service.percentages
        among = f"of {_tasks(service.desired_count)} " if service.desired_count else ""
        message = f"{among}minimumHealthyPercent {minimum} lets none stop, maximumPercent {maximum} none start"
        hint = "no deployment can begin: set maximumPercent: 200, or minimumHealthyPercent: 0 with a pause"
        yield service.place("deploymentConfiguration"), message, hint


def zone_rebalancing(service: Service) -> Iterator[Problem]:
    """Rebalancing between zones starts a task before it stops another, which maximumPercent 100 forbids."""
    enabled = service.data.get("availabilityZoneRebalancing") == "ENABLED"
    if enabled and service.rolling and not service.daemon and service.percentages[1] <= 100:
        message = f"it cannot work with maximumPercent {service.percentages[1]}"
        yield service.place("availabilityZoneRebalancing"), message, "set it to DISABLED, or raise maximumPercent"


def efs_two_writers(service: Service) -> Iterator[Problem]:
    """Two tasks write to one file system at once: those of one service, or the old and the new one."""
    if not service.complete:
        return  # the rule over the definition supposes the usual
    if service.desired_count > 1:
        message = f"the service's {_tasks(service.desired_count)} write to it at once"
    elif not service.rolling or service.may_start_first:
        message = "a deployment starts the new task before it stops the old one: both write to it at once"
    else:
        return
    hint = "a database needs one task, maximumPercent 100 and minimumHealthyPercent 0, or a managed one"
    for path in shared_writes(service.task):
        yield path, message, hint


def old_platform_version(service: Service) -> Iterator[Problem]:
    """A service pinned to a Fargate platform version before 1.4.0 lacks fields and fixes."""
    version = str(service.data.get("platformVersion") or "")
    if service.task.windows or not _VERSION.fullmatch(version) or tuple(map(int, version.split("."))) >= _MODERN:
        return
    needs = sorted(set(platform_needs(service.task)))
    message = f"{version} does not know {', '.join(needs)}: tasks fail to start" if needs else f"{version} is outdated"
    yield service.place("platformVersion"), message, "set LATEST"


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


_GUIDE = "Amazon ECS developer guide"
_ROLLING = "botocore, DeploymentConfiguration"
RULES = (
    Rule("no-health-path", WARNING, no_health_path, "botocore, elbv2 CreateTargetGroup"),
    Rule("one-zone", WARNING, one_zone, "source plan C"),
    Rule("no-circuit-breaker", WARNING, no_circuit_breaker, _ROLLING),
    Rule("deployment-deadlock", WARNING, deployment_deadlock, _ROLLING),
    Rule("zone-rebalancing", WARNING, zone_rebalancing, f"{_GUIDE}, Availability Zone rebalancing"),
    Rule("efs-two-writers", WARNING, efs_two_writers, "source plan D"),
    Rule("old-platform-version", WARNING, old_platform_version, "AWS Security Hub ECS.10; botocore, Service"),
    Rule("no-health-check-behind-load-balancer", INFO, health_check_behind_load_balancer, _ROLLING),
    Rule("public-ip", INFO, public_ip, "AWS Security Hub ECS.2, weighed against the price of NAT"),
    Rule("no-autoscaling", INFO, no_autoscaling, "source plan C"),
)


def check_service(service: Service) -> list[Finding]:
    """What the service's settings and its task definition together show, worst first."""
    return worst_first(check_rules(RULES, service))


def with_service(found: Iterable[Finding], service: Service) -> list[Finding]:
    """The findings on a definition, less what its service answers, and the service's own; worst first."""
    return worst_first([*(finding for finding in found if not _answered(finding, service)), *check_service(service)])


def _answered(finding: Finding, service: Service) -> bool:
    if finding.rule == "no-health-check":
        return finding.path in {f"{container.path}.healthCheck" for container in service.behind_load_balancer}
    return service.complete and finding.rule in SUPPOSE_A_SERVICE
