# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of an ECS service that a Compose file asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING
from typing import Any

from ...app import Service
from ...extensions import EcsOptions
from ...jobs import mode
from .. import service as rules
from ..databases import keeps_data
from ..rules.lint import shared_writes
from ..task import Task
from .exposure import Target
from .tasks import AppTask

REPLICA, DAEMON = "REPLICA", "DAEMON"
#: What is replaced, in percent of the tasks: the lowest healthy, the highest running.
_START_FIRST, _STOP_FIRST = (100, 200), (0, 100)
#: Failures of a deployment that Compose is told to leave as they are.
_LEFT = ("pause", "continue")
#: Seconds that a task behind a load balancer has to come up, at least.
_GRACE = 60


@dataclass(frozen=True)
class Count:
    """`low` and `high` are None where nothing scales."""

    desired: int
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class AppService:
    task: AppTask
    family: str
    definition: Mapping[str, Any]
    launch_type: str
    targets: tuple[Target, ...]
    connect: Mapping[str, Any] | None

    @property
    def has_one_writer(self) -> bool:
        """Whether two of its tasks must never run at once: they would write to the same files."""
        task = Task(self.definition)
        return any(shared_writes(task)) or any(keeps_data(container) for container in task.containers)

    @property
    def scheduling_strategy(self) -> str:
        everywhere = any(mode(service) == "global" for service in self.task.services)
        return DAEMON if everywhere and self.launch_type == "EC2" else REPLICA

    @property
    def count(self) -> Count:
        options = [service.ecs for service in self.task.services]
        stated = next((each.desired_count for each in options if each.desired_count is not None), None)
        wanted = max(service.replicas for service in self.task.services) if stated is None else stated
        speaker = next((each for each in options if each.max is not None), None)
        if speaker is None or speaker.max is None or not any(each.scaling for each in options):
            return Count(wanted)
        low = 1 if speaker.min is None else speaker.min
        low = low if stated is None else min(low, stated)
        return Count(min(max(wanted, low), speaker.max), low, speaker.max)

    @property
    def deployment(self) -> dict[str, Any]:
        lowest, highest = self._percentages
        return {
            "minimumHealthyPercent": lowest,
            "maximumPercent": highest,
            "deploymentCircuitBreaker": {"enable": True, "rollback": self._rolls_back},
        }

    @property
    def _percentages(self) -> tuple[int, int]:
        if self.has_one_writer or self.scheduling_strategy == DAEMON:
            return _STOP_FIRST
        orders = [_update_config(service).get("order") for service in self.task.services]
        return _STOP_FIRST if "stop-first" in orders and "start-first" not in orders else _START_FIRST

    @property
    def _rolls_back(self) -> bool:
        return not any(_update_config(service).get("failure_action") in _LEFT for service in self.task.services)

    def rule_subject(self) -> rules.Service:
        """As the rules over services read it."""
        options = {service.name: service.ecs for service in self.task.services}
        said = rules.service_from_options(Task(self.definition), options)
        data = {
            "desiredCount": self.count.desired,
            "loadBalancers": [{"containerName": target.container} for target in self.targets],
            "deploymentConfiguration": self.deployment,
            "schedulingStrategy": self.scheduling_strategy,
        }
        unchecked = tuple(
            f"services.{target.service}.{'x-ecs.public' if options[target.service].public else 'ports'}"
            for target in self.targets
            if not target.checked
        )
        places = {"desiredCount": self.task.place, **said.places}
        return rules.Service(said.task, data, autoscaled=said.autoscaled, without_health_path=unchecked, places=places)

    def as_dict(self) -> dict[str, Any]:
        count = self.count
        fixed = self.has_one_writer or self.scheduling_strategy == DAEMON
        return {
            "name": self.task.resource,
            "task": self.task.name,
            "family": self.family,
            # ECS counts itself where one runs on each instance.
            "desired_count": count.desired if self.scheduling_strategy == REPLICA else None,
            "min": count.low,
            "max": count.high,
            "scaling": policies((s.ecs for s in self.task.services), self.targets) if count.high is not None else [],
            "load_balancers": [_behind(target) for target in self.targets],
            "service_connect": self.connect,
            "capacity": {
                "launch_type": self.launch_type,
                "spot": count.desired > 1 and not self.has_one_writer,
            },
            "scheduling_strategy": self.scheduling_strategy,
            "execute_command": any(service.ecs.exec for service in self.task.services),
            "deployment_configuration": self.deployment,
            "availability_zone_rebalancing": "DISABLED" if fixed or self._percentages[1] <= 100 else None,
            "health_check_grace_period_seconds": _grace(self.task.services) if self.targets else None,
            "network_mode": self.definition.get("networkMode"),
        }


def policies(options: Iterable[EcsOptions], targets: Sequence[Target]) -> list[dict[str, Any]]:
    """Target tracking, as ecs_scaling takes it; requests are those of a target group, which has its key here."""
    scaling = next((each.scaling for each in options if each.scaling), None)
    if scaling is None:
        return []
    found: list[dict[str, Any]] = [
        {"name": figure, figure: getattr(scaling, figure)}
        for figure in ("cpu", "memory")
        if getattr(scaling, figure) is not None
    ]
    if scaling.requests_per_target is not None and targets:
        requests = {"requests_per_target": scaling.requests_per_target, "target_group": targets[0].key}
        found.append({"name": "requests", **requests})
    return found


def _behind(target: Target) -> dict[str, Any]:
    return {
        "container": target.container,
        "port": target.port,
        "target_group": target.key,
        "health_path": target.health_path,
    }


def _update_config(service: Service) -> Mapping[str, Any]:
    config: Mapping[str, Any] = (service.keys.get("deploy") or {}).get("update_config") or {}
    return config


def _grace(services: Iterable[Service]) -> int:
    """So long failed checks do not count: the longest start that a health check of the file allows for."""
    periods = [service.healthcheck.start_period for service in services if service.healthcheck]
    return max([_GRACE, *(int(period.to_integral_value(ROUND_CEILING)) for period in periods if period)])
