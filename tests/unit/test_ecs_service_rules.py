# SPDX-License-Identifier: GPL-3.0-or-later
"""What ECS refuses of a service is said before any call, by the names that the user wrote; what it takes is not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.services.rules import RULES, check
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.services.wanted import (
    Wanted,
    check_with,
    prepare,
)
from ansible_collections.slipway.containers.plugins.modules.ecs_service import API

from .test_ecs_service_plan import MODEL, RETURNED, parameters

TARGET = {"targetGroupArn": "arn:t", "containerName": "web", "containerPort": 8080}
SECOND = {"alternateTargetGroupArn": "arn:g", "productionListenerRule": "arn:l", "roleArn": "arn:r"}
SHIFTED = [{**TARGET, "advancedConfiguration": SECOND}]
HOOK = {"hookTargetArn": "arn:f", "roleArn": "arn:r", "lifecycleStages": ["POST_SCALE_UP"]}


def network(**members: Any) -> dict[str, Any]:
    return {"network_configuration": {"awsvpcConfiguration": {"subnets": ["subnet-a"], **members}}}


def deployment(**members: Any) -> dict[str, Any]:
    return {"deployment_configuration": members}


def providers(*items: tuple[str, int, int]) -> dict[str, Any]:
    named = [{"capacityProvider": name, "base": base, "weight": weight} for name, base, weight in items]
    return {"capacity_provider_strategy": named}


def connect(**members: Any) -> dict[str, Any]:
    return {"service_connect_configuration": {"enabled": True, **members}}


#: rule: what fires it, and the place where; then what does not.
CASES: dict[str, tuple[list[tuple[dict[str, Any], str]], list[dict[str, Any]]]] = {
    "number-range": (
        [
            ({"desired_count": -1}, "desired_count"),
            ({"health_check_grace_period_seconds": 2**31}, "health_check_grace_period_seconds"),
        ],
        [{"desired_count": 0, "health_check_grace_period_seconds": 2**31 - 1}],
    ),
    "connectors": (
        [
            ({"gateway_connectors": [{"portName": "a"}, {"portName": "b"}]}, "gateway_connectors"),
            (
                {"monitoring": {"metricConfigurations": [{"metricNames": ["Disk"], "resolutionSeconds": 20}]}},
                "monitoring.metricConfigurations[0].metricNames",
            ),
            (
                {"monitoring": {"metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 5}]}},
                "monitoring.metricConfigurations[0].resolutionSeconds",
            ),
        ],
        [{"monitoring": {"metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]}}],
    ),
    "volumes": (
        [
            (
                {"volume_configurations": [{"name": "data", "managedEBSVolume": {"roleArn": "arn:r"}}]},
                "volume_configurations[data].managedEBSVolume",
            ),
            (
                {
                    "volume_configurations": [
                        {"name": name, "managedEBSVolume": {"roleArn": "arn:r", "sizeInGiB": 1}} for name in ("a", "b")
                    ]
                },
                "volume_configurations",
            ),
            (
                {
                    "scheduling_strategy": "DAEMON",
                    "volume_configurations": [{"name": "a", "managedEBSVolume": {"roleArn": "arn:r", "sizeInGiB": 1}}],
                },
                "volume_configurations",
            ),
        ],
        [{"volume_configurations": [{"name": "a", "managedEBSVolume": {"roleArn": "arn:r", "snapshotId": "snap-1"}}]}],
    ),
    "launch-type-or-strategy": (
        [({"launch_type": "FARGATE", **providers(("FARGATE", 0, 1))}, "capacity_provider_strategy")],
        [{"launch_type": "FARGATE", "capacity_provider_strategy": []}],
    ),
    "mixed-providers": (
        [(providers(("FARGATE", 0, 1), ("machines", 0, 1)), "capacity_provider_strategy")],
        [
            providers(*((f"p{number}", 0, 1) for number in range(20))),
            providers(("FARGATE", 100_000, 0), ("FARGATE_SPOT", 0, 1000)),
        ],
    ),
    "placement": (
        [
            (
                {"launch_type": "FARGATE", "placement_constraints": [{"type": "distinctInstance"}]},
                "placement_constraints",
            ),
            ({"placement_strategy": [{"type": "random"}] * 6}, "placement_strategy"),
            (
                {"placement_constraints": [{"type": "distinctInstance", "expression": "x"}]},
                "placement_constraints[0].expression",
            ),
            ({"placement_constraints": [{"type": "memberOf"}]}, "placement_constraints[0].expression"),
            ({"placement_strategy": [{"type": "spread"}]}, "placement_strategy[0].field"),
            ({"placement_strategy": [{"type": "binpack", "field": "disk"}]}, "placement_strategy[0].field"),
        ],
        [
            {
                "launch_type": "EC2",
                "placement_constraints": [{"type": "memberOf", "expression": "x"}],
                "placement_strategy": [{"type": "binpack", "field": "MEMORY"}, {"type": "random"}],
            }
        ],
    ),
    "scheduling-strategy": (
        [
            ({"scheduling_strategy": "DAEMON", "launch_type": "FARGATE"}, "scheduling_strategy"),
            ({"scheduling_strategy": "DAEMON", "placement_strategy": [{"type": "random"}]}, "placement_strategy"),
            ({"scheduling_strategy": "DAEMON", "deployment_controller": {"type": "EXTERNAL"}}, "scheduling_strategy"),
        ],
        [{"scheduling_strategy": "DAEMON", "launch_type": "EC2"}],
    ),
    "deployment-controller": (
        [
            (
                {"deployment_controller": {"type": "CODE_DEPLOY"}, **providers(("FARGATE", 0, 1))},
                "capacity_provider_strategy",
            ),
            ({"deployment_controller": {"type": "CODE_DEPLOY"}, "load_balancers": []}, "load_balancers"),
        ],
        [{"deployment_controller": {"type": "CODE_DEPLOY"}, "load_balancers": [TARGET]}],
    ),
    "percentages": (
        [
            (deployment(minimumHealthyPercent=101), "deployment_configuration.minimumHealthyPercent"),
            (deployment(maximumPercent=0), "deployment_configuration.maximumPercent"),
            (deployment(minimumHealthyPercent=100, maximumPercent=99), "deployment_configuration.maximumPercent"),
        ],
        [deployment(minimumHealthyPercent=0, maximumPercent=100), deployment(maximumPercent=400)],
    ),
    "deployment-strategy": (
        [
            (deployment(strategy="BLUE_GREEN"), "deployment_configuration.bakeTimeInMinutes"),
            (
                deployment(strategy="BLUE_GREEN", bakeTimeInMinutes=1441),
                "deployment_configuration.bakeTimeInMinutes",
            ),
            (
                deployment(strategy="ROLLING", canaryConfiguration={"canaryPercent": 5.0}),
                "deployment_configuration.canaryConfiguration",
            ),
            (
                deployment(strategy="CANARY", canaryConfiguration={"canaryPercent": 0.05}),
                "deployment_configuration.canaryConfiguration.canaryPercent",
            ),
            (
                deployment(strategy="CANARY", canaryConfiguration={"canaryBakeTimeInMinutes": -1}),
                "deployment_configuration.canaryConfiguration.canaryBakeTimeInMinutes",
            ),
            (
                deployment(strategy="LINEAR", linearConfiguration={"stepPercent": 2.9}),
                "deployment_configuration.linearConfiguration.stepPercent",
            ),
            (
                deployment(strategy="LINEAR", linearConfiguration={"stepPercent": 3.33}),
                "deployment_configuration.linearConfiguration.stepPercent",
            ),
            (
                {**deployment(strategy="CANARY"), "deployment_controller": {"type": "CODE_DEPLOY"}},
                "deployment_configuration.strategy",
            ),
        ],
        [
            deployment(strategy="BLUE_GREEN", bakeTimeInMinutes=0),
            deployment(strategy="CANARY", canaryConfiguration={"canaryPercent": 0.1, "canaryBakeTimeInMinutes": 1440}),
            deployment(strategy="LINEAR", linearConfiguration={"stepPercent": 33.3}),
            deployment(canaryConfiguration={"canaryPercent": 5.0}),
        ],
    ),
    "alternate-target-group": (
        [
            (
                {**deployment(strategy="CANARY"), "load_balancers": [TARGET]},
                "load_balancers[web].advancedConfiguration",
            )
        ],
        [{**deployment(strategy="CANARY"), "load_balancers": SHIFTED}, {"load_balancers": [TARGET]}],
    ),
    "traffic-to-shift": (
        [({**deployment(strategy="LINEAR"), "load_balancers": []}, "deployment_configuration.strategy")],
        [
            deployment(strategy="LINEAR"),
            {**deployment(strategy="LINEAR"), "load_balancers": [], **connect(services=[])},
            {**deployment(strategy="BLUE_GREEN", bakeTimeInMinutes=5), "load_balancers": []},
        ],
    ),
    "deployment-watches": (
        [
            (
                deployment(strategy="LINEAR", deploymentCircuitBreaker={"enable": True, "rollback": True}),
                "deployment_configuration.deploymentCircuitBreaker",
            ),
            (
                deployment(alarms={"alarmNames": [], "enable": True, "rollback": True}),
                "deployment_configuration.alarms.alarmNames",
            ),
            (
                deployment(
                    deploymentCircuitBreaker={
                        "enable": True,
                        "rollback": True,
                        "thresholdConfiguration": {"type": "COUNT", "value": 0},
                    }
                ),
                "deployment_configuration.deploymentCircuitBreaker.thresholdConfiguration.value",
            ),
            (
                deployment(earlySuccessCriteria={"enable": True, "healthyPercent": 50}),
                "deployment_configuration.earlySuccessCriteria.sourceServiceRevisionCleanup",
            ),
            (
                deployment(
                    minimumHealthyPercent=60,
                    earlySuccessCriteria={
                        "enable": True,
                        "healthyPercent": 50,
                        "sourceServiceRevisionCleanup": "BLOCKING",
                    },
                ),
                "deployment_configuration.earlySuccessCriteria.healthyPercent",
            ),
        ],
        [
            deployment(strategy="LINEAR", deploymentCircuitBreaker={"enable": False, "rollback": False}),
            deployment(deploymentCircuitBreaker={"enable": True, "rollback": True}),
        ],
    ),
    "lifecycle-hooks": (
        [
            (
                deployment(lifecycleHooks=[{**HOOK, "lifecycleStages": []}]),
                "deployment_configuration.lifecycleHooks[0].lifecycleStages",
            ),
            (
                deployment(lifecycleHooks=[{**HOOK, "roleArn": None}]),
                "deployment_configuration.lifecycleHooks[0].roleArn",
            ),
            (
                deployment(lifecycleHooks=[{**HOOK, "targetType": "PAUSE"}]),
                "deployment_configuration.lifecycleHooks[0].hookTargetArn",
            ),
        ],
        [deployment(lifecycleHooks=[HOOK, {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}])],
    ),
    "network-size": (
        [
            (network(subnets=[]), "network_configuration.awsvpcConfiguration.subnets"),
            (
                network(securityGroups=[f"sg-{number}" for number in range(6)]),
                "network_configuration.awsvpcConfiguration.securityGroups",
            ),
        ],
        [network(subnets=[f"subnet-{number}" for number in range(16)], securityGroups=[])],
    ),
    "platform-version-ec2": (
        [({"launch_type": "EC2", "platform_version": "1.4.0"}, "platform_version")],
        [{"launch_type": "FARGATE", "platform_version": "1.4.0"}],
    ),
    "load-balancer": (
        [
            ({"load_balancers": [{**TARGET, "loadBalancerName": "old"}]}, "load_balancers[web]"),
            ({"load_balancers": [{"containerName": "web", "containerPort": 80}]}, "load_balancers[web]"),
            ({"load_balancers": [{**TARGET, "containerPort": None}]}, "load_balancers[web].containerPort"),
            (
                {
                    "launch_type": "FARGATE",
                    "load_balancers": [{"loadBalancerName": "old", "containerName": "web", "containerPort": 80}],
                },
                "load_balancers[web].loadBalancerName",
            ),
        ],
        [{"launch_type": "FARGATE", "load_balancers": [TARGET]}],
    ),
    "service-registry": (
        [
            ({"service_registries": [{"registryArn": "a"}, {"registryArn": "b"}]}, "service_registries"),
            ({"service_registries": [{"port": 80}]}, "service_registries[0].registryArn"),
            (
                {"service_registries": [{"registryArn": "a", "port": 80, "containerName": "web"}]},
                "service_registries[0].port",
            ),
        ],
        [{"service_registries": [{"registryArn": "a", "containerName": "web", "containerPort": 80}]}],
    ),
    "service-connect": (
        [
            (
                connect(services=[{"portName": "http", "discoveryName": "-Web"}]),
                "service_connect_configuration.services[0].discoveryName",
            ),
            (
                connect(services=[{"portName": "http", "clientAliases": [{"port": 80}, {"port": 81}]}]),
                "service_connect_configuration.services[0].clientAliases",
            ),
            (
                connect(
                    services=[
                        {"portName": name, "clientAliases": [{"port": 80, "dnsName": "web"}]} for name in ("a", "b")
                    ]
                ),
                "service_connect_configuration.services",
            ),
            (
                connect(accessLogConfiguration={"format": "JSON"}),
                "service_connect_configuration.accessLogConfiguration",
            ),
        ],
        [
            connect(
                services=[
                    {"portName": name, "clientAliases": [{"port": port, "dnsName": "web"}]}
                    for name, port in (("a", 80), ("b", 81))
                ]
            )
        ],
    ),
}


def wanted(**options: Any) -> Wanted:
    return prepare(parameters(**options), API, MODEL)


def test_every_rule_has_cases() -> None:
    assert sorted(CASES) == sorted(rule.name for rule in RULES)


@pytest.mark.parametrize(
    ("rule", "options", "path"), [(rule, *fires) for rule, (firing, _quiet) in CASES.items() for fires in firing]
)
def test_it_fires(rule: str, options: dict[str, Any], path: str) -> None:
    found = wanted(**options).findings
    assert [(finding.rule, finding.path) for finding in found] == [(rule, path)], found


@pytest.mark.parametrize("options", [quiet for _firing, all_quiet in CASES.values() for quiet in all_quiet])
def test_it_is_quiet(options: dict[str, Any]) -> None:
    assert wanted(**options).findings == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rules_say_what_they_are(rule: Any) -> None:
    assert rule.sentence.endswith(".") and rule.source


def test_a_service_as_aws_returns_it_is_no_error() -> None:
    assert [finding for finding in check(RETURNED) if finding.severity == "error"] == []


@pytest.mark.parametrize(
    ("options", "path", "said"),
    [
        ({"name": "a b"}, "name", "found 'a b', expected 1 to 255 letters"),
        ({"wait_timeout": 0}, "wait_timeout", "expected 1 second or more"),
        ({"tags": {"aws:x": "1"}}, "tags[aws:x]", "reserved"),
        ({"desired_count": "three"}, "desired_count", "expected a whole number"),
        ({"launch_type": "FARGAT"}, "launch_type", "not one of"),
        (
            {"network_configuration": {"awsvpcConfiguraton": {}}},
            "network_configuration.awsvpcConfiguraton",
            "unknown field",
        ),
        (
            {"deployment_configuration": {"lifecycleHooks": "PAUSE"}},
            "deployment_configuration.lifecycleHooks",
            "a list",
        ),
    ],
)
def test_names_types_and_tags(options: dict[str, Any], path: str, said: str) -> None:
    (found,) = wanted(**options).findings
    assert found.path == path and said in found.message


def test_a_strategy_is_checked_as_those_of_clusters_and_tasks_are() -> None:
    found = wanted(**providers(*((f"p{number}", 0, 1) for number in range(21))), scheduling_strategy="REPLICA").findings
    assert [finding.rule for finding in found] == ["provider-count"]
    (found_base,) = wanted(**providers(("FARGATE", 1, 1), ("FARGATE_SPOT", 1, 1))).findings
    assert "have a base" in found_base.message


def test_an_option_that_botocore_does_not_know_is_told() -> None:
    (found,) = prepare(parameters(new_thing="x"), (*API, "new_thing"), MODEL).findings
    assert (found.path, found.hint) == ("new_thing", "install a newer botocore")


def test_the_details_of_a_hook_may_be_anything() -> None:
    details = {"retries": 3, "deep": {"is": [1, None, True]}}
    found = wanted(**deployment(lifecycleHooks=[{**HOOK, "hookDetails": details}]))
    assert found.findings == ()
    assert found.settings["deploymentConfiguration"]["lifecycleHooks"][0]["hookDetails"] == details


def test_what_aws_already_lets_a_service_have_stops_no_run() -> None:
    """Our rules may know less than AWS: what is there is not judged again."""
    odd = {**RETURNED, "loadBalancers": [{**TARGET, "loadBalancerName": "old"}]}
    assert [one for one in check_with(wanted(desired_count=3), odd) if one.severity == "error"] == []
    found = check_with(wanted(placement_constraints=[{"type": "distinctInstance"}]), odd)
    assert [one.path for one in found if one.severity == "error"] == ["placement_constraints"]


def test_a_daemon_takes_no_number() -> None:
    daemon = {"schedulingStrategy": "DAEMON", "launchType": "EC2"}
    found = check_with(wanted(desired_count=3), daemon)
    assert [one.path for one in found if one.severity == "error"] == ["desired_count"]


def test_what_bites_later_is_a_warning() -> None:
    both = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    found = check_with(wanted(**deployment(maximumPercent=100, **both)), RETURNED)
    warnings = {finding.rule: finding.path for finding in found if finding.severity == "warning"}
    assert warnings == {
        "no-circuit-breaker": "deployment_configuration.deploymentCircuitBreaker",
        "deployment-deadlock": "deployment_configuration",
        "zone-rebalancing": "availability_zone_rebalancing",
    }
