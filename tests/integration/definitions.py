# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions that the tests start from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ROLE = "arn:aws:iam::123456789012:role/web-execution"


def web(**fields: Any) -> dict[str, Any]:
    """A sensible Fargate service of one container; `fields` replace fields of the task."""
    return {
        "family": "web",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": ROLE,
        "containerDefinitions": [container()],
        **fields,
    }


def container(**fields: Any) -> dict[str, Any]:
    return {
        "name": "web",
        "image": "registry.example.com/web:1.0.0",
        "user": "1000",
        "memoryReservation": 256,
        "portMappings": [{"containerPort": 8080}],
        "healthCheck": {"command": ["CMD", "python", "-m", "web.health"]},
        "environment": [{"name": "LOG_LEVEL", "value": "info"}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/ecs/web",
                "awslogs-region": "eu-central-1",
                "awslogs-stream-prefix": "web",
            },
        },
        **fields,
    }


def network(boto: Callable[[str], Any], zones: int = 1, public: str = "DISABLED") -> dict[str, Any]:
    """The network of a service, in so many of the default network's subnets."""
    ec2 = boto("ec2")
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:zones]
    groups = [group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]][:1]
    return {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": groups, "assignPublicIp": public}}
