# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of an app: who may take each of them, and what it may do.

What the agent of ECS on an instance does, and on which resource, is from the service authorization reference, "Actions,
resources, and condition keys for Amazon Elastic Container Service".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import policies
from . import names
from .wanted import EC2, Wanted

_VERSION = "2012-10-17"
_ON_THE_CLUSTER = (
    "ecs:RegisterContainerInstance",
    "ecs:DeregisterContainerInstance",
    "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
    "ecs:SubmitAttachmentStateChanges",
)
_ON_ITS_INSTANCES = ("ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState")


def roles(
    wanted: Wanted, account: policies.Account, given: Mapping[str, Any], there: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """`given` has policies by role, and `there` those that AWS has, where it was asked.

    The execution role writes to the app's log group where nothing else is said.
    """
    app = policies.App(
        definitions=(),
        account=account,
        cluster=wanted.app,
        execution_role=f"{wanted.app}-execution",
        task_role=f"{wanted.app}-task",
        schedule_group=wanted.app,
        log_groups=(names.log_group(wanted.app),),
    )
    documents = policies.policies(app)
    trusted = dict(documents["trust"])
    made = [
        ("execution", given.get("execution") or documents["execution"]),
        ("task", given.get("task")),
        ("scheduler", given.get("scheduler")),
    ]
    if wanted.launch_type == EC2:
        made.append(("instance", _of_the_agent(wanted, account)))
        trusted["instance"] = _TAKEN_BY_EC2
    return [
        {
            "key": key,
            "name": f"{wanted.app}-{key}",
            "arn": account.role(f"{wanted.app}-{key}"),
            "trust": trusted[key],
            "policy": dict(policy or {}),
            "policy_differs": there is None or dict(policy or {}) != dict(there.get(key) or {}),
        }
        for key, policy in made
    ]


_TAKEN_BY_EC2 = {
    "Version": _VERSION,
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def _of_the_agent(wanted: Wanted, account: policies.Account) -> dict[str, Any]:
    """In this cluster alone. Images are pulled and logs written with the execution role of each task."""
    allowed = (
        (["ecs:DiscoverPollEndpoint"], "*"),
        (list(_ON_THE_CLUSTER), account.arn("ecs", "cluster/", wanted.app)),
        (list(_ON_ITS_INSTANCES), account.arn("ecs", "container-instance/", f"{wanted.app}/*")),
    )
    statements = [{"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in allowed]
    return {"Version": _VERSION, "Statement": statements}
