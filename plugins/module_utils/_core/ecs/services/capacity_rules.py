# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of where tasks run: launch type, capacity providers, placement, scheduling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...findings import ERROR
from ...rule import Problem, Rule

_MOST_PROVIDERS = 20
_FARGATE = ("FARGATE", "FARGATE_SPOT")

Settings = Mapping[str, Any]


def on_fargate(settings: Settings) -> bool:
    """Whether the settings say so; the cluster's default strategy is not known here."""
    providers = [item["capacityProvider"] for item in settings.get("capacityProviderStrategy") or []]
    return settings.get("launchType") == "FARGATE" or any(name in _FARGATE for name in providers)


def launch_type_or_strategy(settings: Settings) -> Iterator[Problem]:
    """A launch type or a capacity provider strategy, never both."""
    if settings.get("launchType") and settings.get("capacityProviderStrategy"):
        message = "launch_type and capacity_provider_strategy are both given"
        yield "capacity_provider_strategy", message, "a service has one of them: leave out launch_type"


def strategy(settings: Settings) -> Iterator[Problem]:
    """At most 20 capacity providers, each once, of one kind; one with a base, one with a weight at least."""
    items = settings.get("capacityProviderStrategy") or []
    names = [item["capacityProvider"] for item in items]
    place = "capacity_provider_strategy"
    if len(items) > _MOST_PROVIDERS:
        yield place, f"found {len(items)} capacity providers, expected at most {_MOST_PROVIDERS}", ""
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield place, f"{name} is named {names.count(name)} times", "name each capacity provider once"
    if len({name in _FARGATE for name in names}) > 1:
        yield place, "Fargate and other capacity providers are mixed", "a strategy has providers of one kind"
    if len(items) > 1 and not any(item.get("weight") for item in items):
        yield place, "every weight is 0, so no task can be placed", "give one provider a weight of 1 or more"
    based = [item["capacityProvider"] for item in items if item.get("base")]
    if len(based) > 1:
        yield place, f"{' and '.join(based)} have a base", "one capacity provider may have one"
    for position, item in enumerate(items):
        for key, most in (("weight", 1000), ("base", 100_000)):
            if not 0 <= item.get(key, 0) <= most:
                yield f"{place}[{position}].{key}", f"found {item[key]}, expected 0 to {most}", ""


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
    Rule("capacity-provider-strategy", ERROR, strategy, f"{_API}; developer guide, capacity providers"),
    Rule("placement", ERROR, placement, _API),
    Rule("scheduling-strategy", ERROR, scheduling, _API),
    Rule("deployment-controller", ERROR, other_controllers, _API),
)
