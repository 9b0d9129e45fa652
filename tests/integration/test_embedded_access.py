# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution role of a task, on the embedded AWS: what ecs_policies writes is enough, and no more than is needed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from ansible_collections.slipway.containers.plugins.filter.ecs_policies import FilterModule
from moto import mock_aws

from tools.embedded_aws.ecs.access import refusal

ACCOUNT, REGION = "123456789012", "eu-central-1"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop-db-AbCdEf"
CONTAINERS = [
    {
        "name": "web",
        "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop/web:1",
        "secrets": [{"name": "A", "valueFrom": f"{SECRET}:key::"}, {"name": "B", "valueFrom": "/shop/dsn"}],
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/slipway/shop"}},
    }
]


@pytest.fixture(autouse=True)
def iam() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("iam", region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing")


def policies(containers: Any) -> Any:
    definition = {"family": "shop", "containerDefinitions": containers}
    return FilterModule().filters()["ecs_policies"]([definition], region=REGION, account_id=ACCOUNT, app="shop")


def make_role(iam: Any, documents: Any) -> str:
    made = iam.create_role(RoleName="e", AssumeRolePolicyDocument=json.dumps(documents["trust"]["execution"]))
    iam.put_role_policy(RoleName="e", PolicyName="p", PolicyDocument=json.dumps(documents["execution"]))
    return str(made["Role"]["Arn"])


def test_what_is_written_for_a_task_lets_it_start(iam: Any) -> None:
    role = make_role(iam, policies(CONTAINERS))
    assert refusal(CONTAINERS, role, REGION) is None
    assert refusal(CONTAINERS, "e", REGION) is None
    assert refusal(CONTAINERS, "arn:aws:iam::123456789012:role/nobody", REGION) is None


@pytest.mark.parametrize(
    ("place", "other", "action"),
    [
        (("image",), f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop/other:1", "ecr:BatchCheckLayerAvailability"),
        (("secrets", 0, "valueFrom"), SECRET.replace("db", "other"), "secretsmanager:GetSecretValue"),
        (("secrets", 1, "valueFrom"), "/shop/other", "ssm:GetParameters"),
        (("logConfiguration", "options", "awslogs-group"), "/slipway/other", "logs:CreateLogStream"),
    ],
)
def test_it_lets_start_nothing_else(iam: Any, place: tuple[Any, ...], other: str, action: str) -> None:
    role = make_role(iam, policies(CONTAINERS))
    changed: Any = copy.deepcopy(CONTAINERS)
    *path, last = place
    inner = changed[0]
    for key in path:
        inner = inner[key]
    inner[last] = other
    found = refusal(changed, role, REGION)
    assert found and f"is not authorized to perform: {action} on resource: arn:aws:" in found.reason


@pytest.mark.parametrize("number", range(5))
def test_each_statement_is_needed(iam: Any, number: int) -> None:
    documents = policies(CONTAINERS)
    assert len(documents["execution"]["Statement"]) == 5
    del documents["execution"]["Statement"][number]
    found = refusal(CONTAINERS, make_role(iam, documents), REGION)
    assert found and "AccessDeniedException" in found.reason


def test_a_deny_wins_and_another_region_is_not_trusted(iam: Any) -> None:
    documents = policies(CONTAINERS)
    role = make_role(iam, documents)
    assert "unable to assume the role" in getattr(refusal([], role, "us-east-1"), "reason", "")
    deny = {"Effect": "Deny", "Action": "ssm:*", "Resource": "*"}
    documents["execution"]["Statement"].append(deny)
    iam.put_role_policy(RoleName="e", PolicyName="p", PolicyDocument=json.dumps(documents["execution"]))
    found = refusal(CONTAINERS, role, REGION)
    assert found and "ssm:GetParameters" in found.reason


def test_attached_policies_count_as_those_within_do(iam: Any) -> None:
    documents = policies(CONTAINERS)
    role = make_role(iam, documents)
    iam.delete_role_policy(RoleName="e", PolicyName="p")
    assert refusal(CONTAINERS, role, REGION)
    made = iam.create_policy(PolicyName="shop", PolicyDocument=json.dumps(documents["execution"]))
    iam.attach_role_policy(RoleName="e", PolicyArn=made["Policy"]["Arn"])
    assert refusal(CONTAINERS, role, REGION) is None
