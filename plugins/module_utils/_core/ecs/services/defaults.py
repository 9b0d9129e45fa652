# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS makes of settings that nobody named, by botocore's text: a table of defaults, and what has no order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..service import Service
from ..task import Task

DEPLOYMENT = "deploymentConfiguration"
_HOOK = f"{DEPLOYMENT}.lifecycleHooks[]"
_VOLUME = "volumeConfigurations[].managedEBSVolume"
#: What a setting is where nothing was said of it. An item of a list is called `[]`.
DEFAULTS: Mapping[str, Any] = {
    "availabilityZoneRebalancing": "DISABLED",  # of a service that never had it; new ones get ENABLED
    "deploymentController.type": "ECS",
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "healthCheckGracePeriodSeconds": 0,
    "platformVersion": "LATEST",
    "propagateTags": "NONE",
    "schedulingStrategy": "REPLICA",
    "networkConfiguration.awsvpcConfiguration.assignPublicIp": "DISABLED",
    "capacityProviderStrategy[].base": 0,
    "capacityProviderStrategy[].weight": 0,
    f"{DEPLOYMENT}.strategy": "ROLLING",
    f"{DEPLOYMENT}.bakeTimeInMinutes": 0,
    f"{DEPLOYMENT}.deploymentCircuitBreaker.enable": False,
    f"{DEPLOYMENT}.deploymentCircuitBreaker.rollback": False,
    f"{DEPLOYMENT}.deploymentCircuitBreaker.resetOnHealthyTask": True,
    f"{DEPLOYMENT}.deploymentCircuitBreaker.thresholdConfiguration.type": "BOUNDED_PERCENT",
    f"{DEPLOYMENT}.deploymentCircuitBreaker.thresholdConfiguration.value": 50,
    f"{DEPLOYMENT}.alarms.enable": False,
    f"{DEPLOYMENT}.alarms.rollback": False,
    f"{DEPLOYMENT}.linearConfiguration.stepPercent": 10.0,
    f"{DEPLOYMENT}.linearConfiguration.stepBakeTimeInMinutes": 6,
    f"{DEPLOYMENT}.canaryConfiguration.canaryPercent": 5.0,
    f"{DEPLOYMENT}.canaryConfiguration.canaryBakeTimeInMinutes": 10,
    f"{DEPLOYMENT}.earlySuccessCriteria.enable": False,
    f"{_HOOK}.targetType": "AWS_LAMBDA",
    f"{_HOOK}.timeoutConfiguration.timeoutInMinutes": 1440,
    f"{_HOOK}.timeoutConfiguration.action": "ROLLBACK",
    "serviceConnectConfiguration.enabled": False,
    "serviceConnectConfiguration.accessLogConfiguration.includeQueryParameters": "DISABLED",
    "serviceConnectConfiguration.containerConfigurations[].logLevel": "info",
    "monitoring.metricConfigurations[].resolutionSeconds": 60,
    "gatewayConnectors[].deregistrationDelay.timeoutSeconds": 300,
    f"{_VOLUME}.filesystemType": "xfs",
}
#: Settings that count with one strategy only.
OF_STRATEGY = {"LINEAR": "linearConfiguration", "CANARY": "canaryConfiguration"}
#: Lists with an order: the first strategy counts before the second.
ORDERED = ("placementStrategy",)
#: Maps whose keys are the user's: each is one thing.
FREE = ("serviceConnectConfiguration.logConfiguration.options", f"{_HOOK}.hookDetails")
#: Members that AWS may fill in with what it chose: in a list's item they count where they were asked for.
FILLED: Mapping[str, tuple[str, ...]] = {
    "volumeConfigurations": (
        *("encrypted", "volumeType", "sizeInGiB", "snapshotId", "iops", "throughput", "filesystemType"),
        "volumeInitializationRate",
    ),
    "gatewayConnectors": ("healthCheck", "filters", "deregistrationDelay"),
}


def default_of(path: str, daemon: bool) -> Any:
    scheduled = {"schedulingStrategy": "DAEMON" if daemon else "REPLICA"}
    minimum, maximum = Service(Task({}), scheduled).percentages
    percentages = {f"{DEPLOYMENT}.minimumHealthyPercent": minimum, f"{DEPLOYMENT}.maximumPercent": maximum}
    return {**DEFAULTS, **percentages}.get(path)
