# SPDX-License-Identifier: GPL-3.0-or-later
"""The role ecs_platform against the embedded AWS: check mode on an empty account, for real, again, and away."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import operations
from tools.embedded_aws import EmbeddedAws

Boto = Callable[[str], Any]
#: The region of the tests has no prices in the book of this release, so they come from the play.
REGION = "ap-northeast-2"
READS = ("Describe", "Get", "List")
WEB = {"key": "web", "port": 8080, "health_path": "/health"}
ADMIN = {"key": "admin", "port": 9000}
ROLE = {"name": "Make the platform", "ansible.builtin.include_role": {"name": "slipway.containers.ecs_platform"}}
FIND = {
    "name": "Find what is the app's",
    "slipway.containers.aws_app_info": {"app": "shop", "region": REGION},
    "register": "found",
}


@dataclass(frozen=True)
class Platform:
    """A platform that is played again and again, with the options of the role without their prefix."""

    folder: Path
    playbook: Callable[..., subprocess.CompletedProcess[str]]
    aws: EmbeddedAws

    def play(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """`result.json` is what the role gave back."""
        keep = {"content": "{{ ecs_platform_result | to_json }}", "dest": f"{self.folder}/result.json"}
        kept = {"name": "Keep it", "ansible.builtin.copy": keep, "check_mode": False, "changed_when": False}
        return self._run([{**ROLE, "vars": _variables(options)}, kept], *arguments)

    def remove(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        options = {"state": "absent", "found": "{{ found.resources }}"}
        return self._run([FIND, {**ROLE, "vars": _variables(options)}], *arguments)

    def _run(self, tasks: list[Any], *arguments: str) -> subprocess.CompletedProcess[str]:
        file = self.folder / "play.yml"
        play = {"name": "The platform", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
        file.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
        self.aws.clear_calls()
        return self.playbook(file, *arguments)

    @property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "result.json").read_text(encoding="utf-8"))
        return found


def _variables(options: Mapping[str, Any]) -> dict[str, Any]:
    named = {"app": "shop", "region": REGION, **options}
    return {f"ecs_platform_{name}": value for name, value in named.items()}


@pytest.fixture
def platform(tmp_path: Path, playbook: Callable[..., subprocess.CompletedProcess[str]], aws: EmbeddedAws) -> Platform:
    return Platform(tmp_path, playbook, aws)


@pytest.fixture
def there(aws: EmbeddedAws) -> Boto:
    """boto3 clients of the region of the platform."""
    import boto3

    def client(service: str) -> Any:
        session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION)
        return session.client(service, endpoint_url=aws.endpoint_url)

    return client


def changes(done: subprocess.CompletedProcess[str]) -> int:
    found = re.search(r"changed=(\d+) .*failed=0", done.stdout)
    assert found and done.returncode == 0, done.stdout[-4000:] + done.stderr
    return int(found[1])


def writes(aws: EmbeddedAws) -> list[str]:
    return [operation for operation in operations(aws) if not operation.startswith(READS)]


def predicted_made_and_kept(platform: Platform, **options: Any) -> dict[str, Any]:
    """Check mode on an empty account, for real, and again. What came back the second time."""
    check = platform.play("--check", "--diff", **options)
    assert changes(check) > 0 and writes(platform.aws) == []
    assert set(platform.result) == RESULT
    made = platform.play(**options)
    # The policies of roles that are not there yet, and the tags of a gateway's address, are not told apart.
    assert 0 <= changes(made) - changes(check) <= 2
    again = platform.play(**options)
    assert changes(again) == 0, "\n".join(line for line in again.stdout.splitlines() if line.startswith("changed"))
    assert writes(platform.aws) == []
    return platform.result


RESULT = {
    *("vpc_id", "subnets", "task_subnets", "assign_public_ip", "security_groups", "load_balancer", "target_groups"),
    *("roles", "cluster", "namespace", "launch_type", "capacity_provider_strategy", "log_groups", "region", "price"),
}


def ingress(ec2: Any, group: str) -> list[tuple[int, int, list[str], list[str]]]:
    """Ports, the groups and the networks that may reach them."""
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return [
        (
            rule.get("FromPort", -1),
            rule.get("ToPort", -1),
            [pair["GroupId"] for pair in rule["UserIdGroupPairs"]],
            [network["CidrIp"] for network in rule["IpRanges"]],
        )
        for rule in sorted(found["IpPermissions"], key=lambda rule: rule.get("FromPort", -1))
    ]


def test_public_tasks_on_fargate_behind_https(platform: Platform, there: Boto) -> None:
    certificate = there("acm").request_certificate(DomainName="shop.example.com")["CertificateArn"]
    options = {
        "targets": [WEB, ADMIN],
        "certificate_arn": certificate,
        "fargate_spot_share": 0.5,
        "target_group": {"healthy_threshold_count": 4},
    }
    result = predicted_made_and_kept(platform, **options)
    alb, tasks = result["security_groups"]["alb"], result["security_groups"]["tasks"]
    anybody = ["0.0.0.0/0"]
    assert ingress(there("ec2"), alb) == [(port, port, [], anybody) for port in (80, 443, 9000)]
    assert ingress(there("ec2"), tasks) == [(8080, 8080, [alb], []), (9000, 9000, [alb], [])]
    assert (result["assign_public_ip"], result["subnets"]["private"]) == ("ENABLED", [])
    assert result["task_subnets"] == result["subnets"]["public"] and len(result["task_subnets"]) == 2
    listeners = there("elbv2").describe_listeners(LoadBalancerArn=result["load_balancer"]["arn"])["Listeners"]
    spoken = {listener["Port"]: listener["Protocol"] for listener in listeners}
    assert spoken == {443: "HTTPS", 9000: "HTTPS", 80: "HTTP"}
    assert result["load_balancer"]["url"].startswith("https://")
    (group,) = there("elbv2").describe_target_groups(TargetGroupArns=[result["target_groups"]["web"]])["TargetGroups"]
    assert (group["HealthCheckPath"], group["HealthyThresholdCount"], group["TargetType"]) == ("/health", 4, "ip")
    assert [item["capacityProvider"] for item in result["capacity_provider_strategy"]] == ["FARGATE", "FARGATE_SPOT"]
    assert result["price"]["profiles"] == {"public_no_nat": 36.28, "private_nat": 76.89, "private_endpoints": 85.97}
    assert result["price"]["usd_per_month"] == 36.28
    check = platform.play("--check", **options)
    assert changes(check) == 0, "check mode of what is there"
    assert platform.result == result, "check mode knows what is there"


def test_private_instances_behind_nat(platform: Platform, there: Boto) -> None:
    machines = {"instance_types": ["t3a.medium"], "spot_share": 0.5, "min": 1}
    options = {"launch_type": "EC2", "network_profile": "private_nat", "targets": [WEB], "ec2": machines}
    result = predicted_made_and_kept(platform, **options, service_connect=True)
    tasks, alb = result["security_groups"]["tasks"], result["security_groups"]["alb"]
    assert ingress(there("ec2"), tasks) == [(-1, -1, [tasks], []), (32768, 65535, [alb], [])]
    assert result["task_subnets"] == result["subnets"]["private"] and result["assign_public_ip"] == "DISABLED"
    (group,) = there("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert set(group["VPCZoneIdentifier"].split(",")) == set(result["subnets"]["private"])
    assert {tag["Key"] for tag in group["Tags"]} >= {"slipway:app", "slipway:owner", "AmazonECSManaged"}
    (provider,) = there("ecs").describe_capacity_providers(capacityProviders=["ec2-shop"])["capacityProviders"]
    assert provider["autoScalingGroupProvider"]["managedScaling"]["status"] == "ENABLED"
    assert result["capacity_provider_strategy"] == [{"capacityProvider": "ec2-shop", "weight": 1, "base": 0}]
    (address,) = there("ec2").describe_addresses()["Addresses"]
    assert {tag["Key"]: tag["Value"] for tag in address["Tags"]}["slipway:app"] == "shop"
    bigger = {**options, "ec2": {**machines, "max": 9, "target_capacity": 80}}
    done = platform.play(**bigger, service_connect=True, container_insights="enabled")
    assert changes(done) == 3, "group, capacity provider and cluster"
    assert there("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"][0]["MaxSize"] == 9
    all_gone(platform, there)


def test_private_tasks_with_endpoints_alone(platform: Platform, there: Boto) -> None:
    options = {"network_profile": "private_endpoints", "targets": [WEB], "endpoints": ["secretsmanager"], "zones": 3}
    result = predicted_made_and_kept(platform, **options)
    endpoints = there("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    named = {endpoint["ServiceName"].partition(f"{REGION}.")[2]: endpoint for endpoint in endpoints}
    assert set(named) == {"s3", "ecr.api", "ecr.dkr", "logs", "secretsmanager"}
    (group,) = {group["GroupId"] for group in named["logs"]["Groups"]}
    assert ingress(there("ec2"), group) == [(443, 443, [result["security_groups"]["tasks"]], [])]
    private = there("ec2").describe_route_tables(Filters=[{"Name": "tag:Name", "Values": ["shop-private-1"]}])
    ways = [route.get("DestinationCidrBlock") for route in private["RouteTables"][0]["Routes"]]
    assert "0.0.0.0/0" not in ways, "no way to the internet"
    all_gone(platform, there)


def all_gone(platform: Platform, there: Boto) -> None:
    """Check mode tells it, for real all goes but what keeps data, and then there is nothing to do."""
    assert changes(platform.remove("--check")) > 0 and writes(platform.aws) == []
    assert changes(platform.remove()) > 0
    tagged = [{"Name": "tag:slipway:app", "Values": ["shop"]}]
    ec2 = there("ec2")
    for operation, key in (
        ("describe_vpcs", "Vpcs"),
        ("describe_subnets", "Subnets"),
        ("describe_security_groups", "SecurityGroups"),
        ("describe_route_tables", "RouteTables"),
        ("describe_internet_gateways", "InternetGateways"),
    ):
        assert getattr(ec2, operation)(Filters=tagged)[key] == []
    assert ec2.describe_addresses()["Addresses"] == []
    assert there("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert there("iam").list_roles()["Roles"] == [] or not any(
        role["RoleName"].startswith("shop-") for role in there("iam").list_roles()["Roles"]
    )
    assert there("logs").describe_log_groups()["logGroups"][0]["logGroupName"] == "/slipway/shop"
    assert changes(platform.remove()) == 0


def test_everything_wrong_is_told_before_any_call(platform: Platform) -> None:
    done = platform.play(zones=1, certificate_arn="mine", fargate_spot_share=2)
    assert done.returncode != 0 and writes(platform.aws) == []
    for part in ("zones is 1", "certificate_arn is 'mine'", "fargate_spot_share is 2"):
        assert part in done.stdout


def test_a_network_of_somebody_else_is_left_alone(platform: Platform, there: Boto) -> None:
    vpc = there("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    there("ec2").create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "shop"}])
    done = platform.play()
    assert done.returncode != 0 and "belongs to nobody that is known" in done.stdout
    assert writes(platform.aws) == []


def test_a_missing_permission_is_named(platform: Platform) -> None:
    denied = {"operation": "CreateVpc", "status": 403, "code": "UnauthorizedOperation", "message": "ec2:CreateVpc"}
    platform.aws.set_faults([denied])
    done = platform.play()
    assert done.returncode != 0 and "CreateVpc" in done.stdout and "UnauthorizedOperation" in done.stdout
