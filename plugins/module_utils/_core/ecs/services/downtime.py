# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a change of a service means for those who use it: one sentence, or none where nobody notices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..service import Service
from ..task import Task
from .deployment_rules import SHIFTING
from .form import completed

_START = (
    "as long as a task takes to pull its image, start and become healthy"
    " (40 seconds at least where neither a health check nor a load balancer says that it is)"
)


def of_deployment(settings: Mapping[str, Any], tasks: int) -> str | None:
    """`settings`: all that the service will have. `tasks`: how many there are when the deployment begins."""
    service = Service(Task({}), completed(settings))
    controller = (settings.get("deploymentController") or {}).get("type", "ECS")
    if not tasks or controller != "ECS" or service.deployment["strategy"] in SHIFTING:
        return None
    if service.daemon:
        return _of_daemon(*service.percentages)
    return _of_rolling(service.desired_count, service)


def _of_rolling(count: int, service: Service) -> str | None:
    minimum, maximum = service.percentages
    staying = -(-count * minimum // 100)
    if service.may_start_first or staying >= count:  # neither: a deadlock, which a rule of its own names
        stops = count and not staying
        return (
            f"minimumHealthyPercent {minimum} lets ECS stop {_all(count)} early: then down for {_START}."
            if stops
            else None
        )
    percentages = f"minimumHealthyPercent {minimum}, maximumPercent {maximum}"
    if staying:
        going_on = f"{staying} of {_tasks(count)} go on while the others are replaced ({percentages})"
        return f"{going_on}: less capacity for {_START}."
    return f"{_all(count).capitalize()} must stop before new ones start ({percentages}): down for {_START}."


def _of_daemon(minimum: int, maximum: int) -> str | None:
    if maximum > 100 and minimum:
        return None
    return f"On each instance the old task stops before the new one starts: down there for {_START}."


def of_replacement(name: str, tasks: int) -> str | None:
    """Deleted and created again: in between there is nothing."""
    if not tasks:
        return None
    return f"Service {name} is deleted and created again: down while {_all(tasks)} stop, and then for {_START}."


def of_no_tasks(tasks: int) -> str | None:
    return (
        f"No task runs any more: {_all(tasks)} stop, and the service is down until there are some." if tasks else None
    )


def of_removal(name: str, tasks: int) -> str | None:
    return f"Service {name} ends: {_all(tasks)} stop, and nothing takes their place." if tasks else None


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def _all(count: int) -> str:
    return "the 1 task" if count == 1 else f"all {count} tasks"
