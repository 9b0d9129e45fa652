# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter previews what the module would register, and refuses what it cannot read."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.slipway.containers.plugins.filter.task_definition import FilterModule

task_definition = FilterModule().filters()["task_definition"]
DEFINITION: dict[str, Any] = {
    "cpu": ".25 vCPU",
    "memory": "512",
    "containerDefinitions": [
        {"name": "web", "image": "web:latest", "environment": [{"name": "API_KEY", "value": "s3cret-s3cret"}]}
    ],
}


def test_it_previews_and_masks() -> None:
    preview = task_definition(DEFINITION, family="web", launch_type="FARGATE", tags={"app": "web"})
    definition = preview["task_definition"]
    assert (definition["family"], definition["cpu"], definition["networkMode"]) == ("web", "256", "awsvpc")
    assert preview["tags"] == {"app": "web"}
    assert {"unpinned-image", "secret-by-name"} <= {finding["rule"] for finding in preview["findings"]}
    assert "s3cret-s3cret" not in str(preview)


@pytest.mark.parametrize(
    ("definition", "options", "message"),
    [
        ("cpu: 256", {}, "found str, expected a dictionary"),
        (None, {}, "found NoneType, expected a dictionary"),
        (DEFINITION, {"fail_on": "errors"}, "fail_on is 'errors', expected error, warning, never"),
        (DEFINITION, {"launch_type": "fargate"}, "launch_type is 'fargate', expected FARGATE or EC2"),
        (DEFINITION, {"family": "web", "fail_on": "warning"}, "task definition web: "),
        ({**DEFINITION, "cpus": 1}, {"family": "web", "fail_on": "error"}, "did you mean 'cpu'?"),
    ],
)
def test_it_refuses_with_one_message(definition: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message.replace("?", r"\?")):
        task_definition(definition, **options)
