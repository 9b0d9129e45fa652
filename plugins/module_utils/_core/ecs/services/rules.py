# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ECS refuses of a service's settings: said before anything is sent, all of it at once.

Rules of whether a service is wise (one zone, no circuit breaker, a deployment that cannot begin) are those of
`_core/ecs/rules/service.py`; they are asked here, too, and speak by the names of the module's options.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...findings import ERROR, Finding
from ...rule import Problem, Rule
from ...rule import findings as check_rules
from .. import capacity_providers
from ..rules.service import check_service
from ..service import Service
from ..task import Task
from . import capacity_rules, deployment_rules, network_rules
from .members import option

_PLACES = (
    *("desiredCount", "networkConfiguration.awsvpcConfiguration.subnets", "deploymentConfiguration", "platformVersion"),
    *("networkConfiguration.awsvpcConfiguration.assignPublicIp", "deploymentConfiguration.deploymentCircuitBreaker"),
    "availabilityZoneRebalancing",
)
_AT_CREATION = {
    "taskDefinition": "a new service needs the task definition that it runs",
    "desiredCount": "a new service needs the number of its tasks; later it may be left out, and is then left alone",
}


def _scalars(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Numbers within the bounds of the API."""
    for member, most in (("desiredCount", None), ("healthCheckGracePeriodSeconds", 2**31 - 1)):
        value = settings.get(member, 0)
        if value < 0 or (most is not None and value > most):
            yield option(member), f"found {value}, expected 0 or more" + (f", at most {most}" if most else ""), ""


def _connectors(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """At most one gateway connector, and metrics at the resolutions that there are."""
    connectors = settings.get("gatewayConnectors") or []
    if len(connectors) > 1:
        yield "gateway_connectors", f"found {len(connectors)} connectors, expected at most 1", ""
    for position, configuration in enumerate((settings.get("monitoring") or {}).get("metricConfigurations") or []):
        path = f"monitoring.metricConfigurations[{position}]"
        unknown = [name for name in configuration["metricNames"] if name not in ("CPUUtilization", "MemoryUtilization")]
        if unknown:
            yield f"{path}.metricNames", f"found {', '.join(unknown)}, expected CPUUtilization or MemoryUtilization", ""
        if configuration["resolutionSeconds"] not in (20, 60):
            yield f"{path}.resolutionSeconds", f"found {configuration['resolutionSeconds']}, expected 20 or 60", ""


def _volumes(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """One volume is configured by the service, with a size or a snapshot, and not for a DAEMON."""
    volumes = settings.get("volumeConfigurations") or []
    if len(volumes) > 1:
        yield "volume_configurations", f"found {len(volumes)} volumes, expected at most 1", ""
    if volumes and settings.get("schedulingStrategy") == "DAEMON":
        yield "volume_configurations", "a DAEMON service takes none", "use REPLICA"
    for volume in volumes:
        managed = volume.get("managedEBSVolume") or {}
        if not managed.get("sizeInGiB") and not managed.get("snapshotId"):
            path = f"volume_configurations[{volume['name']}].managedEBSVolume"
            yield path, "neither a size nor a snapshot is given", "set sizeInGiB or snapshotId"


_API = "botocore, CreateService"
RULES = (
    Rule("number-range", ERROR, _scalars, _API),
    Rule("connectors", ERROR, _connectors, _API),
    Rule("volumes", ERROR, _volumes, _API),
    *capacity_rules.RULES,
    *deployment_rules.RULES,
    *network_rules.RULES,
)


def check(settings: Mapping[str, Any], creating: bool = False) -> list[Finding]:
    """All findings. Warnings mean something only where `settings` are all that the service will have."""
    wise = check_service(Service(Task({}), settings, places={place: _option_path(place) for place in _PLACES}))
    found = [*(_missing(settings) if creating else ()), *check_rules(RULES, settings)]
    providers = settings.get("capacityProviderStrategy") or []
    return [*found, *capacity_providers.strategy(providers, option("capacityProviderStrategy")), *wise]


def _missing(settings: Mapping[str, Any]) -> Iterable[Finding]:
    controller = (settings.get("deploymentController") or {}).get("type", "ECS")
    optional = {"taskDefinition": controller == "EXTERNAL"}
    optional["desiredCount"] = controller == "EXTERNAL" or settings.get("schedulingStrategy") == "DAEMON"
    for member, message in _AT_CREATION.items():
        if settings.get(member) is None and not optional[member]:
            yield Finding("missing-at-creation", ERROR, option(member), message)


def _option_path(place: str) -> str:
    member, dot, rest = place.partition(".")
    return f"{option(member)}{dot}{rest}"
