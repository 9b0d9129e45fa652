# SPDX-License-Identifier: GPL-3.0-or-later
"""When a unit is ready, and what is said of one that is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.exit_codes import signal_name
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.looks import Outcome
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.readiness import FAILED, READY, WAITING
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.deployment import Deployment
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.failure import (
    as_it_ended,
    explain,
    hidden_of,
    redacted,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.present import UnitState
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.readiness import (
    Verdict,
    asked,
    look,
    verdict,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.systemd.wish import (
    ON_FAILURE,
    App,
    File,
    Probe,
    Service,
)

WEB = Service("web", ("/bin/web",), ready=(Probe(tcp="8080"),))
PLAIN = Service("web", ("/bin/web",))
JOB = Service("job", ("/bin/job",), one_shot=True, restart="no")
RUNNING = UnitState("active", "running", "enabled", 42, "success", started=100.0)


def judged(service: Service, state: UnitState, at: float = 101.0, **outcomes: bool) -> Verdict:
    found = {asked(probe).words: Outcome(outcomes.get("passed", False), "seen") for probe in service.ready}
    return verdict(service, [look(state, at, found, service.one_shot)], state.result)


@pytest.mark.parametrize(
    ("service", "facts", "at", "outcome"),
    [
        (PLAIN, {}, 101.0, WAITING),
        (PLAIN, {}, 104.0, READY),
        (PLAIN, {"active": "activating", "sub": "start"}, 101.0, WAITING),
        (PLAIN, {"active": "activating", "sub": "auto-restart", "restarts": 1}, 101.0, WAITING),
        (PLAIN, {"active": "activating", "sub": "auto-restart", "restarts": 2}, 101.0, FAILED),
        (PLAIN, {"active": "failed", "sub": "failed", "result": "exit-code", "exit_code": 3}, 101.0, FAILED),
        (PLAIN, {"active": "inactive", "sub": "dead", "exit_code": 0}, 101.0, FAILED),
        (JOB, {"active": "activating", "sub": "start"}, 101.0, WAITING),
        (JOB, {"active": "active", "sub": "exited", "exit_code": 0}, 101.0, READY),
        (JOB, {"active": "inactive", "sub": "dead", "exit_code": 0}, 101.0, READY),
        (JOB, {"active": "failed", "sub": "failed", "result": "exit-code", "exit_code": 1}, 101.0, FAILED),
        (JOB, {"active": "failed", "sub": "failed", "result": "resources"}, 101.0, FAILED),
    ],
)
def test_what_a_unit_shows(service: Service, facts: dict[str, Any], at: float, outcome: str) -> None:
    assert judged(service, replace(RUNNING, **facts), at).outcome == outcome


def test_a_probe_decides() -> None:
    assert judged(WEB, RUNNING).outcome == WAITING
    assert judged(WEB, RUNNING, passed=True).outcome == READY
    again = replace(RUNNING, restarts=2)
    assert judged(WEB, again, passed=True).outcome == READY, "it got there in spite of two deaths"
    assert judged(WEB, again).outcome == FAILED


def test_a_one_shot_that_is_to_be_tried_again() -> None:
    job = replace(JOB, restart=ON_FAILURE)
    assert judged(job, UnitState("activating", "auto-restart", restarts=5)).outcome == WAITING


def test_a_start_limit_is_told() -> None:
    state = UnitState("failed", "failed", result="start-limit-hit", exit_code=1)
    assert judged(PLAIN, state).message == "it ended so often that systemd starts it no more"


@pytest.mark.parametrize(
    ("state", "found", "cause", "words"),
    [
        (UnitState("failed", "failed", result="oom-kill", signal=9), Verdict(FAILED), "oom", "more memory"),
        (UnitState("failed", "failed", result="exit-code", exit_code=217), Verdict(FAILED), "start", "its user"),
        (UnitState("failed", "failed", result="signal", signal=11), Verdict(FAILED), "signal", "SIGSEGV"),
        (UnitState("failed", "failed", result="exit-code", exit_code=3), Verdict(FAILED), "exit", "exit code 3"),
        (UnitState("failed", "failed", result="timeout", signal=9), Verdict(FAILED), "timeout", "its timeout"),
        (RUNNING, Verdict(WAITING, cause="timeout", message="late", detail="no"), "timeout", "late"),
        (RUNNING, Verdict(FAILED, cause="probe", message="no"), "probe", "no"),
        (UnitState(), Verdict(WAITING), "start", "inactive"),
    ],
)
def test_why_it_is_not_up(state: UnitState, found: Verdict, cause: str, words: str) -> None:
    failure = explain("web", "shop-web.service", state, found, ["one", "two"])
    assert failure.cause == cause and words in failure.message
    assert failure.log_tail == ("one", "two") and failure.result == state.result


def test_what_systemctl_said_is_told_where_nothing_better_is_known() -> None:
    failure = explain("web", "shop-web.service", UnitState(), Verdict(WAITING), [], "Unit not found.")
    assert (failure.cause, failure.message) == ("systemd", "systemd did not do it: Unit not found.")


def test_a_failure_as_one_block() -> None:
    state = UnitState("failed", "failed", result="exit-code", exit_code=3)
    failure = explain("web", "shop-web.service", state, Verdict(FAILED), ["last words"])
    assert failure.as_lines() == [
        "web: it ended with exit code 3 [exit]",
        "Unit: shop-web.service, result exit-code",
        "Exit code: 3",
        "Last lines of its journal:",
        "  last words",
    ]


def test_secrets_of_both_deployments_are_hidden() -> None:
    now = App("shop", (Service("web", ("/bin/web",), environment={"DB_PASSWORD": "hunter2"}),))
    before = App("shop", (Service("web", ("/bin/web",), files=(File("key", "/run/key", "opaque-9", secret=True),)),))
    state = UnitState("failed", "failed", result="exit-code", exit_code=3)
    failure = explain("web", "u", state, Verdict(FAILED), ["with hunter2", "and opaque-9"])
    hidden = hidden_of(Deployment(now), None, Deployment(before))
    assert redacted(failure, hidden).log_tail == ("with ********", "and ********")


def test_how_it_ended_is_in_the_journal_where_it_was_started_again() -> None:
    again = replace(RUNNING, restarts=2)
    entries = '{"MESSAGE": null}\n{"EXIT_CODE": "exited", "EXIT_STATUS": "3"}\n{"UNIT_RESULT": "exit-code"}\nnonsense\n'
    found = as_it_ended(again, entries)
    assert (found.result, found.exit_code, found.signal) == ("exit-code", 3, None)
    killed = as_it_ended(again, '{"EXIT_CODE": "killed", "EXIT_STATUS": "9"}')
    assert (killed.result, killed.exit_code, killed.signal) == ("signal", None, 9)
    assert as_it_ended(again, "") == again
    failure = explain("web", "shop-web.service", found, Verdict(FAILED, message="it ended 2 times"), [])
    assert (failure.cause, failure.exit_code, failure.message) == ("exit", 3, "it ended 2 times")


def test_names_of_signals() -> None:
    assert (signal_name(9), signal_name(11), signal_name(50)) == ("SIGKILL", "SIGSEGV", "signal 50")
