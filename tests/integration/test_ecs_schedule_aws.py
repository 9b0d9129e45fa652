# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_schedule where AWS is stricter than moto: the role's trust, groups that go, settings that an update replaces."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.containers.plugins.filter.ecs_policies import FilterModule

from tools.embedded_aws import EmbeddedAws

from .conftest import RunModule, operations
from .test_ecs_schedule import nightly

Boto = Callable[[str], Any]


def make_role(boto: Boto, app: str) -> None:
    trust = FilterModule().filters()["ecs_policies"]([], region="eu-central-1", account_id="123456789012", app=app)
    document = json.dumps(trust["trust"]["scheduler"])
    boto("iam").create_role(RoleName="shop-scheduler", AssumeRolePolicyDocument=document)


def test_the_trust_that_ecs_policies_writes_is_what_scheduler_asks_for(boto: Boto, run_module: RunModule) -> None:
    make_role(boto, "shop")
    assert run_module("ecs_schedule", nightly(group_name="shop"))["changed"]


def test_a_role_for_another_group_is_refused_after_a_while(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    make_role(boto, "other")
    run = run_module("ecs_schedule", nightly(group_name="shop"))
    assert run.failed and "must allow AWS EventBridge Scheduler to assume the role" in run["msg"]
    assert "Before it failed: created schedule group shop." in run["msg"]
    assert operations(aws)["CreateSchedule"] == 6


def test_an_update_keeps_what_happens_after_the_last_run(boto: Boto, run_module: RunModule) -> None:
    run_module("ecs_schedule", nightly(action_after_completion="DELETE"))
    run_module("ecs_schedule", {"name": "cleanup", "description": "x"})
    assert boto("scheduler").get_schedule(Name="cleanup")["ActionAfterCompletion"] == "DELETE"
    run_module("ecs_schedule", {"name": "cleanup", "action_after_completion": "NONE"})
    assert boto("scheduler").get_schedule(Name="cleanup")["ActionAfterCompletion"] == "NONE"


def test_a_group_that_is_being_deleted_counts_as_gone(run_module: RunModule) -> None:
    run_module("ecs_schedule", nightly(group_name="shop"))
    gone = {"group_name": "shop", "state": "absent", "delete_group": True}
    assert run_module("ecs_schedule", gone)["changed"]
    assert not run_module("ecs_schedule", gone)["changed"]


def test_a_group_that_is_being_deleted_takes_no_schedule(run_module: RunModule) -> None:
    run_module("ecs_schedule", nightly(group_name="shop"))
    run_module("ecs_schedule", {"group_name": "shop", "state": "absent", "delete_group": True})
    run = run_module("ecs_schedule", nightly(group_name="shop"))
    assert run.failed and "Schedule group shop is being deleted. Run again when it is gone." in run["msg"]
    assert run_module("ecs_schedule", nightly(group_name="shop"))["changed"]
