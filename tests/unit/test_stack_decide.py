# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans for projects as a real engine listed them, against what is right, and against what Docker Compose did."""

from __future__ import annotations

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.plan import KEEP

from .stack_cases import StackCase, cases

CASES = [pytest.param(case, id=f"{case.folder.name}-{case.version}") for case in cases()]
AS_COMPOSE = [pytest.param(*one.values, id=one.id) for one in CASES if not one.values[0].differs]


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_planned_as_it_says(case: StackCase) -> None:
    assert {step.service: step.action for step in case.plan.steps} == case.expected
    for service, reasons in case.told.get("reasons", {}).items():
        assert list(case.plan.step(service).reasons) == reasons
    assert list(case.plan.others) == case.told.get("others", [])
    assert [finding.rule for finding in case.plan.findings] == case.told.get("findings", [])
    assert list(case.plan.drift) == case.told.get("drift", [])
    assert [step.service for step in case.plan.steps if step.pull] == case.told.get("pull", [])
    assert [step.service for step in case.plan.steps if step.run_once] == case.told.get("run_once", [])


@pytest.mark.parametrize("case", AS_COMPOSE)
def test_compose_did_what_is_planned(case: StackCase) -> None:
    done = dict(case.recorded["compose"])
    planned = {step.service: step.action for step in case.plan.steps}
    assert planned == {service: done.get(service, KEEP) for service in planned}


@pytest.mark.parametrize("case", [one for one in CASES if one.values[0].differs])
def test_where_compose_is_said_to_differ_it_does(case: StackCase) -> None:
    done = dict(case.recorded["compose"])
    planned = {step.service: step.action for step in case.plan.steps}
    assert planned != {service: done.get(service, KEEP) for service in planned} or "" in done


@pytest.mark.parametrize("case", CASES)
def test_everything_that_changes_has_a_reason(case: StackCase) -> None:
    assert all(step.reasons for step in case.plan.steps if step.action != KEEP)
