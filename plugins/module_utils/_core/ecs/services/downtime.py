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
    percentages = f"minimumHealthyPercent {minimum}, maximumPercent {maximum}"
    staying = -(-count * minimum // 100)
    if staying >= count:  # nothing is to be done, or nothing can be: the rule deployment-deadlock says so
        return None
    if service.may_start_first:
        may_stop = f"ECS may stop {_all(count)} before new ones run ({percentages})"
        return None if staying else f"{may_stop}: then down for {_START}."
    if staying:
        going_on = f"{staying} of {count} tasks go on while the others are replaced ({percentages})"
        return f"{going_on}: less capacity for {_START}."
    return f"ECS stops {_all(count)} before it starts new ones ({percentages}): down for {_START}."


def _of_daemon(minimum: int, maximum: int) -> str | None:
    if maximum > 100 and minimum:
        return None
    return f"On each instance the old task stops before the new one starts: down there for {_START}."


def of_replacement(name: str, tasks: int) -> str | None:
    """Deleted and created again: in between there is nothing."""
    if not tasks:
        return None
    again = f"Service {name} is deleted with {_all(tasks)} and created again"
    return f"{again}: down until they have stopped, and then for {_START}."


def of_no_tasks(tasks: int) -> str | None:
    return f"ECS stops {_all(tasks)}: the service is down until it has some again." if tasks else None


def of_removal(name: str, tasks: int) -> str | None:
    return f"Service {name} ends with {_all(tasks)}, and nothing takes its place." if tasks else None


def _all(count: int) -> str:
    return "its task" if count == 1 else f"all {count} tasks"
