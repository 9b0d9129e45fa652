# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known before a platform is made: the account, its zones, networks of the name, policies of the roles."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.integration.conftest import REGION, RunModule, operations
from tools.embedded_aws import EmbeddedAws

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}]}
NOTHING: dict[str, Any] = {"execution": {}, "task": {}, "scheduler": {}, "instance": {}}


def test_an_empty_account(run_module: RunModule, aws: EmbeddedAws) -> None:
    found = run_module("ecs_platform_info", {"app": "shop"}, check=True)
    assert (found["changed"], found["account"], found["region"]) == (False, "123456789012", REGION)
    assert found["zones"] == sorted(found["zones"]) and all(zone.startswith(REGION) for zone in found["zones"])
    assert (found["networks"], found["policies"]) == ([], NOTHING)
    assert operations(aws) == {
        "DescribeAvailabilityZones": 1,
        "DescribeVpcs": 1,
        "GetCallerIdentity": 1,
        "GetRolePolicy": 4,
    }


def test_what_is_there_of_the_name(run_module: RunModule, boto: Callable[[str], Any]) -> None:
    ec2, iam = boto("ec2"), boto("iam")
    made = {}
    for name in ("shop", "shop2"):
        named = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": name}]}]
        made[name] = ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=named)["Vpc"]["VpcId"]
    for role in ("shop-execution", "shop-task"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    iam.put_role_policy(RoleName="shop-execution", PolicyName="slipway", PolicyDocument=json.dumps(POLICY))
    iam.put_role_policy(RoleName="shop-task", PolicyName="by-hand", PolicyDocument=json.dumps(POLICY))
    found = run_module("ecs_platform_info", {"app": "shop"})
    assert found["networks"] == [{"id": made["shop"], "cidr_block": "10.1.0.0/16", "tags": {"Name": "shop"}}]
    assert found["policies"] == {**NOTHING, "execution": POLICY}


def test_a_permission_that_is_missing_is_named(run_module: RunModule, aws: EmbeddedAws) -> None:
    aws.set_faults([{"operation": "GetRolePolicy", "status": 403, "code": "AccessDenied", "message": "no"}])
    said = run_module("ecs_platform_info", {"app": "shop"})["msg"]
    assert "iam:GetRolePolicy" in said and "Nothing was changed." in said
