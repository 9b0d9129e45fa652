# SPDX-License-Identifier: GPL-3.0-or-later
"""What CreateService and UpdateService make of a service's configuration.

Sources: botocore's texts of CreateService and UpdateService, field by field; the list of defaults is that of
ecspresso and Terraform, which compare with what AWS gives back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..wsgi import ApiError
from .errors import invalid
from .nouns import Definition

#: botocore, UpdateService: "This parameter triggers a new service deployment."
TRIGGERS = (
    "taskDefinition",
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
#: Members that belong to the strategy: another strategy does not take them over.
OF_STRATEGY = ("bakeTimeInMinutes", "linearConfiguration", "canaryConfiguration", "lifecycleHooks")
NOT_KEPT = ("cluster", "service", "forceNewDeployment", "clientToken", "tags")


def created(
    asked: Mapping[str, Any], definition: Definition | None, default_strategy: list[dict[str, Any]]
) -> dict[str, Any]:
    """The configuration of a new service, with what AWS fills in."""
    daemon = asked.get("schedulingStrategy") == "DAEMON"
    config: dict[str, Any] = {
        "loadBalancers": [],
        "serviceRegistries": [],
        "placementConstraints": [],
        "placementStrategy": [],
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "enableECSManagedTags": False,
        "enableExecuteCommand": False,
        "propagateTags": "NONE",
        **{key: value for key, value in asked.items() if key not in NOT_KEPT},
        **({"taskDefinition": definition.arn} if definition else {}),
        "deploymentConfiguration": deployment_configuration(asked.get("deploymentConfiguration", {}), daemon),
    }
    config["desiredCount"] = 0 if daemon else asked.get("desiredCount", 0)
    if "launchType" not in asked and not asked.get("capacityProviderStrategy"):
        # botocore, capacityProviderStrategy: the cluster's default is used when neither is given. EC2 is unverified.
        if default_strategy:
            config["capacityProviderStrategy"] = default_strategy
        else:
            config["launchType"] = "EC2"
    # botocore, availabilityZoneRebalancing: ENABLED for a new service. It cannot be with a maximum of 100 per cent.
    rebalanced = not daemon and config["deploymentConfiguration"]["maximumPercent"] > 100
    config.setdefault("availabilityZoneRebalancing", "ENABLED" if rebalanced else "DISABLED")
    return completed(config)


def completed(config: dict[str, Any]) -> dict[str, Any]:
    """Defaults that hang on other members."""
    if fargate(config):
        config.setdefault("platformVersion", "LATEST")
        config["platformFamily"] = "Linux"
    else:
        for key in ("platformVersion", "platformFamily"):
            config.pop(key, None)
    network = config.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if network is not None:
        network.setdefault("assignPublicIp", "DISABLED")
        network.setdefault("securityGroups", [])
    if config["loadBalancers"]:
        config.setdefault("healthCheckGracePeriodSeconds", 0)
    return config


def fargate(config: Mapping[str, Any]) -> bool:
    strategy = config.get("capacityProviderStrategy") or []
    if strategy:
        return str(strategy[0]["capacityProvider"]).startswith("FARGATE")
    return config.get("launchType") == "FARGATE"


def deployment_configuration(asked: Mapping[str, Any], daemon: bool = False) -> dict[str, Any]:
    """botocore: 200 and 100 for REPLICA, 100 and 0 for DAEMON; a circuit breaker that is off; ROLLING."""
    filled: dict[str, Any] = {
        "maximumPercent": 100 if daemon else 200,
        "minimumHealthyPercent": 0 if daemon else 100,
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "strategy": "ROLLING",
        **asked,
    }
    if filled["strategy"] != "BLUE_GREEN":
        # botocore: "You must provide this parameter when you use the BLUE_GREEN deployment strategy."
        filled.setdefault("bakeTimeInMinutes", 0)
    # botocore, LinearConfiguration and CanaryConfiguration.
    if filled["strategy"] == "LINEAR":
        given = asked.get("linearConfiguration", {})
        filled["linearConfiguration"] = {"stepPercent": 10.0, "stepBakeTimeInMinutes": 6, **given}
    if filled["strategy"] == "CANARY":
        given = asked.get("canaryConfiguration", {})
        filled["canaryConfiguration"] = {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10, **given}
    return filled


def updated(config: Mapping[str, Any], asked: Mapping[str, Any], definition: Definition | None) -> dict[str, Any]:
    """The configuration after UpdateService: what is not named stays (botocore, field by field)."""
    after = {**config, **{key: value for key, value in asked.items() if key not in NOT_KEPT}}
    if definition:
        after["taskDefinition"] = definition.arn
    if "deploymentConfiguration" in asked:
        # Unverified: that members which are not named stay too.
        merged = {**config["deploymentConfiguration"], **asked["deploymentConfiguration"]}
        if merged["strategy"] != config["deploymentConfiguration"]["strategy"]:
            merged = {
                key: each
                for key, each in merged.items()
                if key not in OF_STRATEGY or key in asked["deploymentConfiguration"]
            }
        after["deploymentConfiguration"] = deployment_configuration(merged)
    if asked.get("capacityProviderStrategy"):
        after.pop("launchType", None)
    elif "capacityProviderStrategy" in asked:
        # botocore: an empty list goes "back to the launch type". Which one, when there was none, is unverified.
        after.pop("capacityProviderStrategy")
        after.setdefault("launchType", "FARGATE" if fargate(config) else "EC2")
    return completed(after)


def starts_deployment(before: Mapping[str, Any], after: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Unverified: that the same value again starts nothing (botocore says so of volumeConfigurations only)."""
    if asked.get("forceNewDeployment"):
        return True
    return any(key in asked and before.get(key) != after.get(key) for key in TRIGGERS)


def check(config: Mapping[str, Any], definition: Definition | None, providers: list[str]) -> None:
    """What the API refuses. The words of these errors are as users report them; AWS does not promise them."""
    strategy = config.get("capacityProviderStrategy") or []
    if strategy and config.get("launchType"):
        raise invalid("Specifying both a launch type and capacity provider strategy is not supported. "
                      "Remove one and try again.")  # fmt: skip
    for each in strategy:
        # botocore, CapacityProviderStrategyItem: "Only capacity providers that are already associated with a cluster".
        if each["capacityProvider"] not in providers:
            raise invalid(
                f"The specified capacity provider '{each['capacityProvider']}' is not associated with the cluster."
            )
    configuration = config["deploymentConfiguration"]
    if configuration["strategy"] == "BLUE_GREEN" and "bakeTimeInMinutes" not in configuration:
        raise invalid("bakeTimeInMinutes must be specified for the BLUE_GREEN deployment strategy.")
    if definition is None:
        return
    if definition.network_mode == "awsvpc" and not config.get("networkConfiguration"):
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    if definition.network_mode != "awsvpc" and config.get("networkConfiguration"):
        raise invalid("Network Configuration is not valid for the given networkMode of this task definition.")
    _check_containers(config, definition)


def _check_containers(config: Mapping[str, Any], definition: Definition) -> None:
    for balancer in config.get("loadBalancers", []):
        name, port = balancer.get("containerName"), balancer.get("containerPort")
        container = next((each for each in definition.containers if each["name"] == name), None)
        if container is None:
            raise invalid(f"The container {name} does not exist in the task definition.")
        if port not in [mapping.get("containerPort") for mapping in container.get("portMappings", [])]:
            raise invalid(f"The container {name} did not have a container port {port} defined.")


#: As users report it (pipecd #6385, ecspresso #481).
MUST_BE_FORCED = (
    "When switching from launch type to capacity provider strategy on an existing service, or making a change to a "
    "capacity provider strategy on a service that is already using one, you must force a new deployment."
)


def check_update(config: Mapping[str, Any], asked: Mapping[str, Any], status: str) -> None:
    if status != "ACTIVE":
        raise ApiError("ServiceNotActiveException", "Service was not ACTIVE.")
    if config["schedulingStrategy"] == "DAEMON" and asked.get("desiredCount") is not None:
        raise invalid("The daemon scheduling strategy does not support a desired count for services.")
    strategy = asked.get("capacityProviderStrategy", config.get("capacityProviderStrategy"))
    if (strategy or []) != config.get("capacityProviderStrategy", []) and not asked.get("forceNewDeployment"):
        raise invalid(MUST_BE_FORCED)


def group_of(alternate: bool, balancer: dict[str, Any]) -> str:
    """Blue and green take turns in the two target groups (botocore, AdvancedConfiguration)."""
    other = balancer.get("advancedConfiguration", {}).get("alternateTargetGroupArn", "")
    return str((other if alternate else "") or balancer.get("targetGroupArn", ""))
