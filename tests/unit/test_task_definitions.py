# SPDX-License-Identifier: GPL-3.0-or-later
"""What the adapters make of AWS's answers, with a client that answers as botocore's documentation shows."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible_collections.slipway.containers.plugins.module_utils._io.aws.task_definitions import TaskDefinitions

ANSWER: dict[str, Any] = {
    "taskDefinition": {
        "taskDefinitionArn": "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:7",
        "family": "web",
        "revision": 7,
        "status": "ACTIVE",
        "registeredAt": datetime(2026, 11, 21, tzinfo=timezone.utc),
        "containerDefinitions": [],
    },
    "tags": [{"key": "app", "value": "web"}, {"key": "aws:cloudformation:stack-name", "value": "web"}],
}


class Client:
    """Answers DescribeTaskDefinition, which an emulator gives no reserved tags."""

    def describe_task_definition(self, **_parameters: Any) -> dict[str, Any]:
        return ANSWER


def test_reserved_tags_are_nobody_s_to_change_and_times_can_be_printed() -> None:
    present = TaskDefinitions(Client(), []).latest("web")
    assert present is not None
    assert present.tags == {"app": "web"}
    assert present.definition["registeredAt"] == "2026-11-21T00:00:00+00:00"
    assert (present.arn, present.revision) == (ANSWER["taskDefinition"]["taskDefinitionArn"], 7)
