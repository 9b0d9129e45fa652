# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many run, how they are replaced, and what they may take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .draft import ContainerDraft
from .health import restart_policy
from .key import APPROXIMATED, IGNORED, NOT_NEEDED, TRANSLATED, Handler, Key

#: What Swarm's order of an update is in percent of the tasks: lowest healthy, highest running.
_PERCENT = {"start-first": (100, 200), "stop-first": (0, 100)}


def _replicas(place: str) -> Handler:
    def handle(container: ContainerDraft, value: Any) -> None:
        if int(value) != 1 and container.service.ecs.desired_count is None:
            hint = "set desired_count of the service, or x-ecs.desired_count"
            container.report("service-setting", place, f"{value} replicas are a setting of the service", hint)

    return handle


def _mode(container: ContainerDraft, value: str) -> None:
    if value == "global" and container.task.target.fargate:
        message = "Fargate has no instances, of which each could run one"
        container.report("compose-ignored", "deploy.mode", message, "set desired_count of the service")
    elif value == "global":
        hint = "set scheduling_strategy DAEMON of the service"
        container.report("service-setting", "deploy.mode", "one on each instance is a setting of the service", hint)
    elif value != "replicated":
        hint = "run the task with ecs_run_task"
        container.report(
            "service-setting", "deploy.mode", f"{value} is no service in ECS, but a task that is run", hint
        )


def _update_config(container: ContainerDraft, value: Mapping[str, Any]) -> None:
    lowest, highest = _PERCENT[value.get("order") or "stop-first"]
    hint = f"set deployment_configuration: {{minimumHealthyPercent: {lowest}, maximumPercent: {highest}}}"
    message = "how tasks are replaced is a setting of the service"
    container.report("service-setting", "deploy.update_config", message, hint)


def _rollback_config(container: ContainerDraft, value: Mapping[str, Any]) -> None:
    message = "how a deployment is taken back is a setting of the service"
    hint = "set deployment_configuration: {deploymentCircuitBreaker: {enable: true, rollback: true}}"
    container.report("service-setting", "deploy.rollback_config", message, hint)


def _placement(container: ContainerDraft, value: Mapping[str, Any]) -> None:
    if any(value.values()):
        message = "labels of Swarm's nodes mean nothing to ECS"
        hint = "" if container.task.target.fargate else "set placement_constraints of the service"
        container.report("compose-left-out", "deploy.placement", message, hint)


_SIZE = "Says how much the container takes; see Sizes."
_CPU_TIME = "ECS divides CPU time by cpu alone"
_CPU_HINT = "state deploy.resources.reservations.cpus, or x-ecs.cpu"
_NESTED = "See the keys within it."
_SERVICE = "the service"
KEYS = (
    Key("deploy", APPROXIMATED, APPROXIMATED, "container and service", _NESTED, nested=True),
    Key(
        "deploy.mode",
        APPROXIMATED,
        APPROXIMATED,
        _SERVICE,
        "`global` is the scheduling strategy DAEMON, which Fargate has not.",
        handle=_mode,
    ),
    Key(
        "deploy.replicas", APPROXIMATED, APPROXIMATED, _SERVICE, "`desired_count`.", handle=_replicas("deploy.replicas")
    ),
    Key("scale", APPROXIMATED, APPROXIMATED, _SERVICE, "`desired_count`.", handle=_replicas("scale")),
    Key("deploy.labels", NOT_NEEDED, NOT_NEEDED, "nothing", "Labels of Swarm's service: Compose puts them nowhere."),
    Key("deploy.endpoint_mode", NOT_NEEDED, NOT_NEEDED, "nothing", "A word of Swarm."),
    Key(
        "deploy.placement",
        APPROXIMATED,
        APPROXIMATED,
        "nothing",
        "Labels of Swarm's nodes mean nothing to ECS.",
        handle=_placement,
    ),
    Key(
        "deploy.update_config",
        APPROXIMATED,
        APPROXIMATED,
        _SERVICE,
        "`deployment_configuration`.",
        handle=_update_config,
    ),
    Key(
        "deploy.rollback_config",
        APPROXIMATED,
        APPROXIMATED,
        _SERVICE,
        "`deployment_configuration`.",
        handle=_rollback_config,
    ),
    Key(
        "deploy.restart_policy",
        APPROXIMATED,
        APPROXIMATED,
        "`restartPolicy`",
        "Goes before `restart`. ECS counts no attempts, and starts a container again that ran for five minutes.",
        handle=restart_policy,
    ),
    Key("deploy.resources", APPROXIMATED, APPROXIMATED, "`cpu`, `memory`, ...", _NESTED, nested=True),
    Key("deploy.resources.limits", APPROXIMATED, APPROXIMATED, "`memory`", _NESTED, nested=True),
    Key("deploy.resources.limits.cpus", APPROXIMATED, APPROXIMATED, "`cpu`", _SIZE),
    Key("deploy.resources.limits.memory", TRANSLATED, TRANSLATED, "`memory`", _SIZE),
    Key("deploy.resources.reservations", APPROXIMATED, APPROXIMATED, "`memoryReservation`", _NESTED, nested=True),
    Key("deploy.resources.reservations.cpus", TRANSLATED, TRANSLATED, "`cpu`", _SIZE),
    Key("deploy.resources.reservations.memory", TRANSLATED, TRANSLATED, "`memoryReservation`", _SIZE),
    Key(
        "deploy.resources.reservations.generic_resources",
        IGNORED,
        IGNORED,
        "nothing",
        "ECS does not know Swarm's generic resources",
        "reserve GPUs as devices",
    ),
    Key("cpus", APPROXIMATED, APPROXIMATED, "`cpu`", _SIZE),
    Key("mem_limit", TRANSLATED, TRANSLATED, "`memory`", _SIZE),
    Key("mem_reservation", TRANSLATED, TRANSLATED, "`memoryReservation`", _SIZE),
    Key("cpu_shares", IGNORED, IGNORED, "nothing", _CPU_TIME, _CPU_HINT),
    Key("cpu_period", IGNORED, IGNORED, "nothing", _CPU_TIME, _CPU_HINT),
    Key("cpu_quota", IGNORED, IGNORED, "nothing", _CPU_TIME, _CPU_HINT),
    Key("cpu_rt_period", IGNORED, IGNORED, "nothing", _CPU_TIME, _CPU_HINT),
    Key("cpu_rt_runtime", IGNORED, IGNORED, "nothing", _CPU_TIME, _CPU_HINT),
    Key("cpu_count", IGNORED, IGNORED, "nothing", _CPU_TIME, _CPU_HINT),
    Key("cpu_percent", IGNORED, IGNORED, "nothing", _CPU_TIME, _CPU_HINT),
    Key("cpuset", IGNORED, IGNORED, "nothing", "ECS pins no container to cores", _CPU_HINT),
)
