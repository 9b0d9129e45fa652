# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies that ecs_policies writes, as IAM takes them: of the examples, through the filters that make definitions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.filter.ecs_policies import FilterModule as Policies
from ansible_collections.slipway.containers.plugins.filter.task_definition import FilterModule as Definitions

from tools.prepare import ROOT

Boto = Callable[[str], Any]
ACCOUNT = "123456789012"
FULL = {
    "family": "shop",
    "volumes": [
        {
            "name": "data",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-1",
                "authorizationConfig": {"iam": "ENABLED", "accessPointId": "fsap-1"},
            },
        }
    ],
    "containerDefinitions": [
        {
            "name": "web",
            "image": f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com/shop:1",
            "secrets": [{"name": "DSN", "valueFrom": "/shop/dsn"}],
            "repositoryCredentials": {"credentialsParameter": "login"},
            "environmentFiles": [{"value": "arn:aws:s3:::shop/web.env", "type": "s3"}],
            "mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "/shop", "awslogs-create-group": "true"},
            },
        }
    ],
}


def put(boto: Boto, documents: Any) -> None:
    """IAM checks the grammar of what it is given."""
    iam = boto("iam")
    for role in ("execution", "task", "scheduler"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(documents["trust"][role]))
        if documents[role]:
            iam.put_role_policy(RoleName=role, PolicyName=role, PolicyDocument=json.dumps(documents[role]))


def test_iam_takes_every_statement(boto: Boto) -> None:
    options = {"kms_keys": ["k"], "dead_letter_queues": ["q"], "execute_command": True, "app": "shop"}
    found = Policies().filters()["ecs_policies"]([FULL], region="eu-central-1", account_id=ACCOUNT, **options)
    put(boto, found)
    sids = [statement["Sid"] for role in ("execution", "task", "scheduler") for statement in found[role]["Statement"]]
    assert len(sids) == len(dict.fromkeys(sids)) == 15


@pytest.mark.parametrize(
    ("example", "services"), [("fargate_web", ["web"]), ("streamlit_budget", ["streamlit-app", "health-check"])]
)
def test_the_examples_need_little(example: str, services: list[str], boto: Boto) -> None:
    """Logs in their own group, and no star but where AWS knows no other."""
    compose = {"project_directory": str(ROOT / "examples" / example)}
    previews = [
        Definitions().filters()["task_definition"]({}, compose={**compose, "services": [name]}, region="eu-central-1")
        for name in services
    ]
    found = Policies().filters()["ecs_policies"](previews, region="eu-central-1", account_id=ACCOUNT, app=example)
    put(boto, found)
    assert found["findings"] == []
    stated = [statement for role in ("execution", "task") for statement in (found[role] or {}).get("Statement", [])]
    (logs,) = [statement for statement in stated if statement["Sid"] == "WriteLogs"]
    assert not any("*" in arn.removesuffix(":*") for arn in logs["Resource"])
    stars = [statement["Action"] for statement in stated if "*" in statement["Resource"]]
    assert stars in ([], [["ecr:GetAuthorizationToken"]])
