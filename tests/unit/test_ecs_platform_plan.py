# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role ecs_platform makes: names, subnets, routes, rules, listeners, roles, instances, and scenarios."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.ecs_platform_plan import ecs_platform_plan
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.platforms import names, wanted

CERTIFICATE = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
WEB = {"key": "web", "port": 8080, "health_path": "/health"}
ADMIN = {"key": "admin", "port": 9000}
KNOWN = {"region": "eu-central-1", "account": "111122223333"}


def planned(known: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    return ecs_platform_plan({"app": "shop", "targets": [WEB], **options}, {**KNOWN, **(known or {})})


def test_everything_wrong_is_told_at_once() -> None:
    wrong = {
        "app": "Shop!",
        "vpc_cidr": "10.0.0.1/16",
        "zones": 1,
        "network_profile": "nat",
        "launch_type": "EXTERNAL",
        "targets": [{**WEB, "protocol": "SCTP", "health_path": "health"}, {**WEB, "listener_port": 80}],
        "certificate_arn": "mine",
        "fargate_spot_share": 2,
        "nat_gateways": 3,
        "ec2": {"min": 3, "max": 2, "spot_share": -1, "target_capacity": 0},
    }
    with pytest.raises(AnsibleFilterError) as caught:
        ecs_platform_plan(wrong)
    said = str(caught.value)
    for part in (
        *("app is 'Shop!'", "vpc_cidr is '10.0.0.1/16'", "zones is 1", "network_profile is 'nat'", "launch_type is"),
        *("protocol is 'SCTP'", "health_path is 'health'", "certificate_arn is 'mine'", "targets has web 2 times"),
        *("fargate_spot_share is 2", "ec2.spot_share is -1", "ec2.min is 3", "ec2.target_capacity is 0"),
        "nat_gateways is 3",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"vpc_cidr": "10.0.0.0/24"}, "from /16 to /23"),
        ({"vpc_cidr": "ten"}, "expected a network"),
        ({"targets": [WEB, {**ADMIN, "listener_port": 80}]}, "2 targets would listen on port 80"),
        ({"certificate_arn": CERTIFICATE, "targets": [WEB, {"key": "b", "port": 443}]}, "listen on port 443"),
        ({"launch_type": "EC2", "ec2": {"instance_types": ["t4g.medium"]}}, "two architectures"),
        ({"colour": "red"}, "colour is no option"),
    ],
)
def test_what_cannot_be(options: dict[str, Any], part: str) -> None:
    with pytest.raises(AnsibleFilterError, match=part):
        planned(**options)


def test_the_input_is_a_dictionary() -> None:
    with pytest.raises(AnsibleFilterError, match="expected a dictionary"):
        ecs_platform_plan([])


@pytest.mark.parametrize(
    ("known", "part"),
    [
        ({"zones": ["a"]}, "has 1 for this account"),
        ({"networks": [{"id": "vpc-1", "tags": {}, "cidr_block": "10.0.0.0/16"}]}, "belongs to nobody"),
        (
            {"networks": [{"id": "vpc-1", "tags": {"slipway:app": "shop", "slipway:owner": "ann"}}]},
            "belongs to ann: choose another name",
        ),
        (
            {
                "networks": [
                    {
                        "id": "vpc-1",
                        "tags": {"slipway:app": "shop", "slipway:owner": "slipway"},
                        "cidr_block": "10.1.0.0/16",
                    }
                ]
            },
            "has the range 10.1.0.0/16",
        ),
    ],
)
def test_nothing_of_others_is_touched(known: dict[str, Any], part: str) -> None:
    with pytest.raises(AnsibleFilterError, match=part):
        planned(known)


def test_its_own_network_is_none_of_others() -> None:
    own = {"id": "vpc-1", "tags": {"slipway:app": "shop", "slipway:owner": "slipway"}, "cidr_block": "10.0.0.0/16"}
    assert planned({"networks": [own], "zones": ["a", "b"]})


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "192.168.64.0/23"])
@pytest.mark.parametrize("profile", wanted.PROFILES)
def test_subnets_do_not_overlap_and_stay_where_they_are(cidr: str, profile: str) -> None:
    few = planned(vpc_cidr=cidr, network_profile=profile)["subnets"]
    many = planned(vpc_cidr=cidr, network_profile=profile, zones=6)["subnets"]
    assert all(subnet in many for subnet in few)
    networks = [ipaddress.IPv4Network(subnet["cidr"]) for subnet in many]
    assert not any(one.overlaps(other) for one in networks for other in networks if one is not other)
    assert len(many) == (6 if profile == "public_no_nat" else 12)
    assert all(network.subnet_of(ipaddress.IPv4Network(cidr)) for network in networks)


def test_only_instances_of_public_subnets_get_an_address_from_them() -> None:
    assert not any(subnet["map_public"] for subnet in planned()["subnets"])
    assert all(subnet["map_public"] for subnet in planned(launch_type="EC2")["subnets"])
    assert not any(
        subnet["map_public"] for subnet in planned(launch_type="EC2", network_profile="private_nat")["subnets"]
    )


def test_each_nat_gateway_has_a_route_table_and_its_share_of_zones() -> None:
    plan = planned(network_profile="private_nat", zones=3, nat_gateways=2)
    private = [table for table in plan["route_tables"] if table["kind"] == "private"]
    assert [table["way_out"] for table in private] == [0, 1]
    assert [len(table["subnets"]) for table in private] == [2, 1]
    assert len(plan["gateways"]) == 2 and plan["task_subnets"] == "private" and plan["assign_public_ip"] == "DISABLED"
    assert [endpoint["service"] for endpoint in plan["endpoints"]] == ["s3", "s3"]


def test_endpoints_are_those_that_tasks_need() -> None:
    services = [
        endpoint["service"]
        for endpoint in planned(network_profile="private_endpoints", endpoints=["ssm", "logs"])["endpoints"]
    ]
    assert services == ["s3", "ecr.api", "ecr.dkr", "logs", "ssm"]
    on_ec2 = planned(network_profile="private_endpoints", launch_type="EC2")["endpoints"]
    assert {"ecs", "ecs-agent", "ecs-telemetry"} <= {endpoint["service"] for endpoint in on_ec2}
    (table,) = [t for t in planned(network_profile="private_endpoints")["route_tables"] if t["kind"] == "private"]
    assert table["way_out"] is None


def test_public_tasks_need_no_endpoint() -> None:
    plan = planned()
    assert (plan["endpoints"], plan["gateways"], plan["assign_public_ip"]) == ([], [], "ENABLED")


def test_tasks_let_in_the_ports_of_their_targets() -> None:
    assert planned(targets=[WEB, ADMIN])["rules"]["tasks"] == [
        {"proto": "tcp", "from_port": 8080, "to_port": 8080},
        {"proto": "tcp", "from_port": 9000, "to_port": 9000},
    ]
    assert planned(launch_type="EC2")["rules"]["tasks"] == [{"proto": "tcp", "from_port": 32768, "to_port": 65535}]
    assert planned(targets=[])["rules"]["tasks"] == []


def test_who_may_reach_the_load_balancer() -> None:
    rules = planned(allowed_cidrs=["203.0.113.0/24", "2001:db8::/32"])["rules"]["alb"]
    assert rules == [
        {"proto": "tcp", "from_port": 80, "to_port": 80, "cidr_ip": ["203.0.113.0/24"]},
        {"proto": "tcp", "from_port": 80, "to_port": 80, "cidr_ipv6": ["2001:db8::/32"]},
    ]


def test_listeners_without_a_certificate() -> None:
    plan = planned({"target_groups": {"web": "arn:web", "admin": "arn:admin"}}, targets=[WEB, ADMIN])
    assert [(one["Protocol"], one["Port"]) for one in plan["listeners"]] == [("HTTP", 80), ("HTTP", 9000)]
    assert plan["listeners"][1]["DefaultActions"] == [{"Type": "forward", "TargetGroupArn": "arn:admin"}]


def test_listeners_with_a_certificate() -> None:
    # The plan of an app knows of no certificate, and says 80.
    plan = planned(
        {"dns_name": "x.example"}, targets=[{**WEB, "listener_port": 80}, ADMIN], certificate_arn=CERTIFICATE
    )
    assert [(one["Protocol"], one["Port"]) for one in plan["listeners"]] == [
        ("HTTPS", 443),
        ("HTTPS", 9000),
        ("HTTP", 80),
    ]
    assert plan["listeners"][-1]["DefaultActions"][0]["RedirectConfig"]["Port"] == "443"
    assert plan["url"] == "https://x.example/"
    assert [rule["from_port"] for rule in plan["rules"]["alb"]] == [80, 443, 9000]


def test_the_address() -> None:
    assert planned({"dns_name": "x.example"})["url"] == "http://x.example/"
    assert planned({"dns_name": "x.example"}, targets=[{**WEB, "listener_port": 81}])["url"] == "http://x.example:81/"
    assert planned()["url"] == planned({"dns_name": "x.example"}, targets=[])["url"] == ""


def test_target_groups_of_instances_have_names_of_their_own() -> None:
    (on_fargate,), (on_ec2,) = planned()["target_groups"], planned(launch_type="EC2")["target_groups"]
    assert (on_fargate["name"], on_fargate["target_type"]) == ("shop-web", "ip")
    assert (on_ec2["name"], on_ec2["target_type"]) == ("shop-web-ec2", "instance")


def test_names_that_aws_limits() -> None:
    assert names.load_balancer("fargate_web") == "fargate-web-alb"
    long = names.target_group("a-very-long-name-of-an-app", "and-of-a-service", by_address=True)
    assert len(long) == 32 and long.startswith("a-very-long-name-of-an-ap")
    assert long != names.target_group("a-very-long-name-of-an-app", "and-of-another", by_address=True)
    assert names.capacity_provider("fargate_web") == "ec2-fargate_web"


def test_roles_may_be_taken_for_this_account_alone() -> None:
    roles = {role["key"]: role for role in planned()["roles"]}
    assert list(roles) == ["execution", "task", "scheduler"]
    assert roles["execution"]["arn"] == "arn:aws:iam::111122223333:role/shop-execution"
    for role in roles.values():
        (statement,) = role["trust"]["Statement"]
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    (logs,) = roles["execution"]["policy"]["Statement"]
    assert logs["Resource"] == ["arn:aws:logs:eu-central-1:111122223333:log-group:/slipway/shop:*"]
    assert roles["task"]["policy"] == roles["scheduler"]["policy"] == {}


def test_policies_that_are_given() -> None:
    given = {"execution": {"Version": "x"}, "task": {"Version": "y"}, "scheduler": None}
    roles = {role["key"]: role["policy"] for role in planned({"policies": given})["roles"]}
    assert roles == {"execution": {"Version": "x"}, "task": {"Version": "y"}, "scheduler": {}}


def test_a_policy_that_is_there_already_does_not_differ() -> None:
    def differ(known: dict[str, Any]) -> dict[str, bool]:
        given = {"execution": {"Version": "x"}, "task": None}
        return {role["key"]: role["policy_differs"] for role in planned({"policies": given, **known})["roles"]}

    assert differ({}) == {"execution": True, "task": True, "scheduler": True}, "nobody was asked"
    assert differ({"policies_there": {}}) == {"execution": True, "task": False, "scheduler": False}
    there = {"execution": {"Version": "x"}, "task": {"Version": "old"}, "scheduler": {}}
    assert differ({"policies_there": there}) == {"execution": False, "task": True, "scheduler": False}


def test_the_agent_acts_in_its_own_cluster_alone() -> None:
    (role,) = [role for role in planned(launch_type="EC2")["roles"] if role["key"] == "instance"]
    for statement in role["policy"]["Statement"]:
        if statement["Action"] != ["ecs:DiscoverPollEndpoint"]:
            assert "/shop" in statement["Resource"]


@pytest.mark.parametrize(
    ("share", "weights"),
    [(0, {"FARGATE": (1, 0)}), (0.75, {"FARGATE": (1, 1), "FARGATE_SPOT": (3, 0)}),
     (1, {"FARGATE": (0, 1), "FARGATE_SPOT": (1, 0)})],
)  # fmt: skip
def test_the_first_task_is_on_demand(share: float, weights: dict[str, tuple[int, int]]) -> None:
    strategy = planned(fargate_spot_share=share)["capacity_provider_strategy"]
    assert {item["capacityProvider"]: (item["weight"], item["base"]) for item in strategy} == weights


def test_instances_of_arm_have_an_image_of_arm() -> None:
    assert "arm64" in planned(launch_type="EC2", ec2={"instance_type": "m7gd.large"})["machines"]["image_id"]
    assert "arm64" not in planned(launch_type="EC2", ec2={"instance_type": "g5.xlarge"})["machines"]["image_id"]


def group_there(plan: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """As autoscaling_group_info tells it: with what AWS fills in."""
    asked = plan["machines"]["group"]
    policy = asked["mixed_instances_policy"]
    return {
        "min_size": asked["min_size"],
        "max_size": asked["max_size"],
        "new_instances_protected_from_scale_in": True,
        "vpc_zone_identifier": "subnet-b,subnet-a",
        "mixed_instances_policy": {
            "launch_template": {"overrides": [{"instance_type": name} for name in policy["instance_types"]]},
            "instances_distribution": {**policy["instances_distribution"], "on_demand_allocation_strategy": "lowest"},
        },
        "tags": [{"key": key, "value": value} for tag in asked["tags"] for key, value in tag.items()],
        **changes,
    }


def test_a_group_that_is_as_wanted_does_not_differ() -> None:
    options: dict[str, Any] = {"launch_type": "EC2", "ec2": {"spot_share": 0.5, "instance_types": ["t3a.medium"]}}
    subnets = {"group_subnets": ["subnet-a", "subnet-b"]}
    there = group_there(planned(**options))
    assert planned({"group": there, **subnets}, **options)["machines"]["group_differs"] is False
    for changes in ({"min_size": 1}, {"tags": []}, {"vpc_zone_identifier": "subnet-a"}, {"mixed_instances_policy": {}}):
        known = {"group": {**there, **changes}, **subnets}
        assert planned(known, **options)["machines"]["group_differs"] is True
    assert planned(subnets, **options)["machines"]["group_differs"] is True


def test_the_chosen_profile_is_the_first_scenario() -> None:
    scenarios = planned(network_profile="private_nat", nat_gateways=2)["scenarios"]
    assert [scenario["name"] for scenario in scenarios] == ["private_nat", "public_no_nat", "private_endpoints"]
    kinds = {scenario["name"]: [resource["kind"] for resource in scenario["resources"]] for scenario in scenarios}
    assert kinds["private_nat"] == ["logs", "alb", "public_ipv4", "nat_gateway", "public_ipv4"]
    assert kinds["public_no_nat"] == ["logs", "alb", "public_ipv4", "public_ipv4"]
    assert kinds["private_endpoints"] == ["logs", "alb", "public_ipv4", "vpc_endpoint"]


def test_without_targets_there_is_no_load_balancer_to_pay() -> None:
    (public, *_others) = planned(targets=[], task_count=0)["scenarios"]
    assert [resource["kind"] for resource in public["resources"]] == ["logs"]


def test_instances_are_paid() -> None:
    (public, *_others) = planned(launch_type="EC2", ec2={"min": 0, "max": 3})["scenarios"]
    counts = [{key: value for key, value in one.items() if "count" in key} for one in public["resources"][3:]]
    assert counts == [{"count_min": 0, "count_max": 3, "count_expected": 1}] * 3
    (fixed, *_more) = planned(launch_type="EC2", ec2={"min": 3, "max": 3})["scenarios"]
    assert fixed["resources"][-1]["count"] == 3
