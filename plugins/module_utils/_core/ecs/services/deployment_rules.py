# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of deployments: rolling, blue/green, canary and linear, and what watches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...findings import ERROR
from ...rule import Problem, Rule
from ...tree import labelled

_PLACE = "deployment_configuration"
#: Strategies that run the old and the new revision side by side, and shift the traffic.
SHIFTING = ("BLUE_GREEN", "LINEAR", "CANARY")
_MOST_MINUTES = 1440

#: Where the whole service is known, its strategy and percentages are said, too (`form.completed`).
Settings = Mapping[str, Any]


def _configuration(settings: Settings) -> Mapping[str, Any]:
    configuration: Mapping[str, Any] = settings.get("deploymentConfiguration") or {}
    return configuration


def percentages(settings: Settings) -> Iterator[Problem]:
    """The share of tasks that stays is 0 to 100 percent, and no more than the share that may run."""
    configuration = _configuration(settings)
    minimum, maximum = configuration.get("minimumHealthyPercent"), configuration.get("maximumPercent")
    if minimum is not None and not 0 <= minimum <= 100:
        yield f"{_PLACE}.minimumHealthyPercent", f"found {minimum}, expected 0 to 100", ""
    elif maximum is not None and maximum < max(minimum or 0, 1):
        least = f"{minimum} (minimumHealthyPercent)" if minimum else "1"
        yield f"{_PLACE}.maximumPercent", f"found {maximum}, expected {least} or more", ""


def strategy(settings: Settings) -> Iterator[Problem]:
    """What a strategy needs: a bake time, a share of traffic, and something that shifts the traffic."""
    configuration = _configuration(settings)
    chosen = configuration.get("strategy")
    if chosen == "BLUE_GREEN" and configuration.get("bakeTimeInMinutes") is None:
        message = "BLUE_GREEN needs the minutes that both revisions go on running after the traffic has shifted"
        yield f"{_PLACE}.bakeTimeInMinutes", message, "set 5, say"
    for key, owner in (("linearConfiguration", "LINEAR"), ("canaryConfiguration", "CANARY")):
        if configuration.get(key) and chosen not in (owner, None):
            yield f"{_PLACE}.{key}", f"it counts with strategy {owner}, found {chosen}", f"set strategy: {owner}"
    controller = (settings.get("deploymentController") or {}).get("type", "ECS")
    if chosen in SHIFTING and controller != "ECS":
        yield f"{_PLACE}.strategy", f"{chosen} needs the deployment controller ECS, found {controller}", ""
    yield from _minutes(configuration)
    yield from _shares(configuration)


def _minutes(configuration: Mapping[str, Any]) -> Iterator[Problem]:
    places = [("", "bakeTimeInMinutes"), ("linearConfiguration", "stepBakeTimeInMinutes")]
    for within, key in (*places, ("canaryConfiguration", "canaryBakeTimeInMinutes")):
        value = ((configuration.get(within) or {}) if within else configuration).get(key, 0)
        if not 0 <= value <= _MOST_MINUTES:
            path = ".".join(filter(None, (_PLACE, within, key)))
            yield path, f"found {value} minutes, expected 0 to {_MOST_MINUTES}", ""


def _shares(configuration: Mapping[str, Any]) -> Iterator[Problem]:
    """Of the traffic, in steps of a tenth of a percent."""
    places = (("linearConfiguration", "stepPercent", 3.0), ("canaryConfiguration", "canaryPercent", 0.1))
    for within, key, least in places:
        value = (configuration.get(within) or {}).get(key, least)
        if not least <= value <= 100 or abs(value * 10 - round(value * 10)) > 1e-6:
            yield f"{_PLACE}.{within}.{key}", f"found {value}, expected {least} to 100.0 in steps of 0.1", ""


def traffic(settings: Settings) -> Iterator[Problem]:
    """Blue/green, linear and canary shift traffic between two target groups, or by Service Connect or VPC Lattice."""
    chosen = _configuration(settings).get("strategy")
    balancers = settings.get("loadBalancers")
    if chosen not in SHIFTING or balancers is None:
        return
    for path, balancer in labelled("load_balancers", balancers):
        if not balancer.get("advancedConfiguration"):
            message = f"{chosen} shifts traffic between two target groups, and the second is not named"
            hint = "set advancedConfiguration: alternateTargetGroupArn, productionListenerRule, roleArn"
            yield f"{path}.advancedConfiguration", message, hint


def nothing_shifts(settings: Settings) -> Iterator[Problem]:
    """Linear and canary deployments need something that shifts the traffic."""
    chosen = _configuration(settings).get("strategy")
    connected = (settings.get("serviceConnectConfiguration") or {}).get("enabled")
    brought = settings.get("loadBalancers", True) or connected or settings.get("vpcLatticeConfigurations")
    if chosen in ("LINEAR", "CANARY") and not brought:
        hint = "give load_balancers or service_connect_configuration, or use BLUE_GREEN or ROLLING"
        yield f"{_PLACE}.strategy", f"{chosen} needs traffic to shift, and nothing brings any", hint


def watches(settings: Settings) -> Iterator[Problem]:
    """The circuit breaker and early success are for rolling deployments; alarms are named where they are on."""
    configuration = _configuration(settings)
    breaker, early = (
        configuration.get("deploymentCircuitBreaker") or {},
        configuration.get("earlySuccessCriteria") or {},
    )
    chosen = configuration.get("strategy", "ROLLING")
    for key, value in (("deploymentCircuitBreaker", breaker), ("earlySuccessCriteria", early)):
        if value.get("enable") and chosen in SHIFTING:
            yield f"{_PLACE}.{key}", f"it is for rolling deployments, and the strategy is {chosen}", "turn it off"
    threshold = (breaker.get("thresholdConfiguration") or {}).get("value", 1)
    if threshold < 1:
        yield (
            f"{_PLACE}.deploymentCircuitBreaker.thresholdConfiguration.value",
            f"found {threshold}, expected 1 or more",
            "",
        )
    alarms = configuration.get("alarms") or {}
    if alarms.get("enable") and not alarms.get("alarmNames"):
        yield f"{_PLACE}.alarms.alarmNames", "alarms are enabled and none is named", "name CloudWatch alarms"
    if early.get("enable"):
        yield from _early(configuration, early)


def _early(configuration: Mapping[str, Any], early: Mapping[str, Any]) -> Iterator[Problem]:
    place = f"{_PLACE}.earlySuccessCriteria"
    for key in ("healthyPercent", "sourceServiceRevisionCleanup"):
        if early.get(key) is None:
            yield f"{place}.{key}", "enabled early success needs it", ""
    healthy, minimum = early.get("healthyPercent"), configuration.get("minimumHealthyPercent", 0)
    if healthy is not None and not minimum <= healthy <= 100:
        yield f"{place}.healthyPercent", f"found {healthy}, expected {minimum} (minimumHealthyPercent) to 100", ""


def hooks(settings: Settings) -> Iterator[Problem]:
    """A hook names its stages; a Lambda hook its function and role, a pause neither."""
    for position, hook in enumerate(_configuration(settings).get("lifecycleHooks") or []):
        path, kind = f"{_PLACE}.lifecycleHooks[{position}]", hook.get("targetType", "AWS_LAMBDA")
        if not hook.get("lifecycleStages"):
            yield f"{path}.lifecycleStages", "the hook names no stage, so it is never called", ""
        for key in ("hookTargetArn", "roleArn"):
            if kind == "AWS_LAMBDA" and not hook.get(key):
                yield f"{path}.{key}", "a hook that calls a Lambda function needs it", "or set targetType: PAUSE"
        if kind == "PAUSE" and hook.get("hookTargetArn"):
            yield f"{path}.hookTargetArn", "a pause calls nothing", "leave it out"


_API = "botocore, DeploymentConfiguration"
RULES = (
    Rule("percentages", ERROR, percentages, _API),
    Rule("deployment-strategy", ERROR, strategy, _API),
    Rule("alternate-target-group", ERROR, traffic, f"{_API}; botocore, LoadBalancer"),
    Rule("traffic-to-shift", ERROR, nothing_shifts, f"{_API}; botocore, CreateService"),
    Rule("deployment-watches", ERROR, watches, _API),
    Rule("lifecycle-hooks", ERROR, hooks, "botocore, DeploymentLifecycleHook"),
)
