# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of where tasks run: launch type, capacity providers, placement, scheduling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...findings import ERROR
from ...rule import Problem, Rule
from ..capacity_providers import FARGATE

Settings = Mapping[str, Any]


def on_fargate(settings: Settings) -> bool:
    """Whether the settings say so; the cluster's default strategy is not known here."""
    providers = [item["capacityProvider"] for item in settings.get("capacityProviderStrategy") or []]
    return settings.get("launchType") == "FARGATE" or any(name in FARGATE for name in providers)


def launch_type_or_strategy(settings: Settings) -> Iterator[Problem]:
    """A launch type or a capacity provider strategy, never both."""
    if settings.get("launchType") and settings.get("capacityProviderStrategy"):
        message = "launch_type and capacity_provider_strategy are both given"
        yield "capacity_provider_strategy", message, "a service has one of them: leave out launch_type"


def one_kind(settings: Settings) -> Iterator[Problem]:
    """Capacity providers of Fargate and others do not go together."""
    names = [item["capacityProvider"] for item in settings.get("capacityProviderStrategy") or []]
    if len({name in FARGATE for name in names}) > 1:
        message = "Fargate and other capacity providers are mixed"
        yield "capacity_provider_strategy", message, "a strategy has providers of one kind"


def placement(settings: Settings) -> Iterator[Problem]:
    """Up to 10 constraints and 5 strategies, each with what its type needs; none on Fargate."""
    constraints, strategies = settings.get("placementConstraints") or [], settings.get("placementStrategy") or []
    for place, found, most in (("placement_constraints", constraints, 10), ("placement_strategy", strategies, 5)):
        if len(found) > most:
            yield place, f"found {len(found)}, expected at most {most}", ""
        if found and on_fargate(settings):
            yield place, "Fargate places tasks itself", "leave it out, or use EC2"
    for position, constraint in enumerate(constraints):
        path, given = f"placement_constraints[{position}]", bool(constraint.get("expression"))
        if constraint.get("type") == "distinctInstance" and given:
            yield f"{path}.expression", "distinctInstance takes no expression", "leave it out, or use memberOf"
        if constraint.get("type") == "memberOf" and not given:
            yield f"{path}.expression", "memberOf needs an expression", ""
    for position, item in enumerate(strategies):
        path, field = f"placement_strategy[{position}].field", item.get("field")
        if item.get("type") == "spread" and not field:
            yield path, "spread needs a field", "attribute:ecs.availability-zone, say"
        if item.get("type") == "binpack" and str(field).lower() not in ("cpu", "memory"):
            yield path, f"binpack needs cpu or memory, found {field}", ""


def scheduling(settings: Settings) -> Iterator[Problem]:
    """A DAEMON runs one task on each instance: it takes no count, no placement strategy, and not Fargate."""
    if settings.get("schedulingStrategy") != "DAEMON":
        return
    if on_fargate(settings):
        yield "scheduling_strategy", "Fargate has no instances to run a DAEMON on", "use REPLICA"
    if settings.get("placementStrategy"):
        yield "placement_strategy", "a DAEMON takes none: it runs on every instance", "leave it out"
    if (settings.get("deploymentController") or {}).get("type", "ECS") != "ECS":
        yield "scheduling_strategy", "DAEMON needs the deployment controller ECS", "use REPLICA"


def other_controllers(settings: Settings) -> Iterator[Problem]:
    """CodeDeploy and external controllers take no capacity provider strategy; CodeDeploy needs a load balancer."""
    controller = (settings.get("deploymentController") or {}).get("type", "ECS")
    if controller != "ECS" and settings.get("capacityProviderStrategy"):
        yield "capacity_provider_strategy", f"the deployment controller {controller} takes none", "give launch_type"
    if controller == "CODE_DEPLOY" and settings.get("loadBalancers") == []:
        yield "load_balancers", "the deployment controller CODE_DEPLOY needs one", "give load_balancers"


_API = "botocore, CreateService"
RULES = (
    Rule("launch-type-or-strategy", ERROR, launch_type_or_strategy, _API),
    Rule("mixed-providers", ERROR, one_kind, "Amazon ECS developer guide, capacity providers"),
    Rule("placement", ERROR, placement, _API),
    Rule("scheduling-strategy", ERROR, scheduling, _API),
    Rule("deployment-controller", ERROR, other_controllers, _API),
)
