# SPDX-License-Identifier: GPL-3.0-or-later
"""When a container is ready. What a look shows is what Engine 20.10.24 answered, in cases/stack_inspect."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.looks import (
    Look,
    Outcome,
    log_since,
    look,
    moment,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.readiness import (
    FAILED,
    READY,
    WAITING,
    Expected,
    Verdict,
    expected,
    judge,
    still_awaited,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import STABLE_SECONDS, Probe, Wish

CASES = Path(__file__).parent / "cases" / "stack_inspect"
HTTP = Probe(http="http://{address}:8080/")


def inspected(name: str) -> dict[str, Any]:
    case: dict[str, Any] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))["inspect"]
    return case


def seen(name: str, after: float = 10, **outcomes: Outcome) -> Look:
    """A look, so many seconds after the container started."""
    started = moment(inspected(name)["State"]["StartedAt"]) or moment(inspected(name)["Created"]) or 0
    return look(inspected(name), started + after, outcomes)


def judged(name: str, wish: Wish = Wish(), after: float = 10, one_shot: bool = False) -> Verdict:  # noqa: B008 - frozen
    asked = expected("web", inspected(name), wish, one_shot=one_shot, changed=True, new=True)
    return judge(asked, [seen(name, after)])


@pytest.mark.parametrize(
    ("case", "outcome", "awaited"),
    [
        ("running", READY, ""),
        ("healthy", READY, ""),
        ("health_starting", WAITING, "health"),
        ("failing_once", WAITING, "health after 2 failed checks"),
        ("created", WAITING, "its start"),
        ("paused", WAITING, "somebody to unpause it"),
    ],
)
def test_what_is_awaited(case: str, outcome: str, awaited: str) -> None:
    verdict = judged(case)
    assert (verdict.outcome, verdict.awaited) == (outcome, awaited)


@pytest.mark.parametrize(
    ("case", "cause", "code"),
    [
        ("unhealthy", "probe", None),
        ("exited_3", "exit", 3),
        ("exited_0", "exit", 0),
        ("on_failure_exhausted", "exit", 3),
        ("killed", "exit", 137),
        ("oom", "oom", 137),
        ("restarting", "exit", 3),
        ("oom_restarting", "oom", 137),
        ("no_command", "", 127),
        ("port_of_the_host", "", 128),
    ],
)
def test_what_is_of_no_use_to_wait_for(case: str, cause: str, code: int | None) -> None:
    """Where the engine refused a start, its error has the cause: see diagnosis."""
    verdict = judged(case)
    assert (verdict.outcome, verdict.cause, verdict.exit_code) == (FAILED, cause, code)
    assert "web" in verdict.message


def test_a_service_that_ends_with_0_gets_a_hint() -> None:
    assert "name it in one_shot" in judged("exited_0").message


def test_a_one_shot_is_ready_when_it_has_ended_with_0() -> None:
    assert judged("exited_0", one_shot=True).outcome == READY
    assert judged("exited_3", one_shot=True).exit_code == 3
    assert judged("running", one_shot=True, after=600).awaited == "its end"


def test_a_one_shot_that_asks_to_be_repeated_is_no_crash_loop() -> None:
    loop = inspected("restarting")
    loop["HostConfig"]["RestartPolicy"]["Name"] = "on-failure"
    asked = expected("migrate", loop, Wish(), one_shot=True, changed=True, new=True)
    assert judge(asked, [look(loop, 0)]).awaited == "its restart"
    assert judge(replace(asked, policy="always"), [look(loop, 0)]).outcome == FAILED


@pytest.mark.parametrize(("after", "outcome"), [(0, WAITING), (STABLE_SECONDS - 0.1, WAITING), (STABLE_SECONDS, READY)])
def test_without_a_check_it_has_to_stay_up(after: float, outcome: str) -> None:
    assert judged("running", after=after).outcome == outcome


def test_clocks_that_disagree_make_nobody_stable() -> None:
    assert judged("running", after=-100).outcome == WAITING


def test_an_empty_list_of_probes_is_health_checks_alone() -> None:
    assert judged("running", Wish(ready=()), after=0).outcome == READY
    assert judged("health_starting", Wish(ready=())).outcome == WAITING


def test_a_probe_takes_the_place_of_being_stable_and_joins_a_health_check() -> None:
    wish = Wish(ready=(HTTP,))
    refused, passed = Outcome(False, "connection refused"), Outcome(True, "status 200")
    asked = expected("web", inspected("running"), wish, one_shot=False, changed=True, new=True)
    waiting = judge(asked, [seen("running", 0, **{HTTP.words: refused})])
    assert (waiting.awaited, waiting.detail) == (HTTP.words, "connection refused")
    assert judge(asked, [seen("running", 0)]).outcome == WAITING
    assert judge(asked, [seen("running", 0, **{HTTP.words: passed})]).outcome == READY
    both = expected("web", inspected("health_starting"), wish, one_shot=False, changed=True, new=True)
    assert judge(both, [seen("health_starting", 0, **{HTTP.words: passed})]).awaited == "health"


def test_a_probe_is_for_its_service_or_for_all_that_change() -> None:
    wish = Wish(ready=(HTTP, Probe(service="db", tcp="5432"), Probe(service="db", stable_seconds=7)))

    def asked(service: str, changed: bool) -> Expected:
        return expected(service, inspected("running"), wish, one_shot=False, changed=changed, new=True)

    assert [probe.words for probe in asked("web", True).probes] == [HTTP.words]
    assert [probe.words for probe in asked("db", False).probes] == ["tcp 5432"]
    assert asked("db", False).stable_seconds == 7
    assert (asked("web", False).probes, asked("web", False).stable_seconds) == ((), STABLE_SECONDS)


def test_a_one_shot_is_not_probed() -> None:
    asked = expected("job", inspected("running"), Wish(ready=(HTTP,)), one_shot=True, changed=True, new=True)
    assert asked.probes == ()


def test_a_check_that_the_file_switches_off_is_none() -> None:
    off = inspected("healthy")
    off["Config"]["Healthcheck"] = {"Test": ["NONE"]}
    assert not expected("web", off, Wish(), one_shot=False, changed=True, new=True).checked


# Crash loops


def death(count: int, at: float = 0) -> Look:
    return replace(seen("restarting"), restart_count=count, at=at)


def alive(count: int, started_at: float, at: float) -> Look:
    return replace(seen("running"), restart_count=count, started_at=started_at, at=at)


def test_one_death_is_waited_for_and_the_second_is_too_many() -> None:
    asked = Expected("web", policy="always", stable_seconds=3)
    once = judge(asked, [death(1)])
    assert (once.outcome, once.awaited, once.detail) == (WAITING, "its restart", "after exit code 3")
    twice = judge(asked, [death(1), alive(1, 1, 1), death(2)])
    assert (twice.outcome, twice.exit_code) == (FAILED, 3)
    assert twice.message == "web ended 2 times and was restarted each time, the last time with exit code 3"


def test_a_loop_is_seen_while_it_happens_to_run() -> None:
    asked = Expected("web", policy="always", stable_seconds=3)
    assert judge(asked, [alive(0, 0, 0), alive(2, 1, 1)]).outcome == FAILED
    assert judge(replace(asked, stable_seconds=0), [alive(0, 0, 0), alive(2, 1, 1)]).outcome == FAILED


def test_who_got_healthy_after_two_deaths_is_ready() -> None:
    """Such as a service that waits for its database by dying."""
    asked = Expected("web", checked=True, policy="always")
    assert judge(asked, [replace(alive(2, 0, 5), health="healthy")]).outcome == READY
    assert judge(asked, [replace(alive(2, 0, 5), health="starting")]).outcome == FAILED


def test_deaths_of_long_ago_count_no_more() -> None:
    asked = Expected("web", policy="always", stable_seconds=3, new=False)
    assert judge(asked, [alive(40, 0, 1)]).outcome == WAITING
    assert judge(asked, [alive(40, 0, 1), death(41), death(42)]).outcome == FAILED
    assert judge(asked, [death(40), death(41)]).outcome == FAILED


def test_a_container_that_somebody_removed() -> None:
    verdict = judge(Expected("web"), [look({}, 0)])
    assert (verdict.outcome, verdict.cause) == (FAILED, "engine")


# Moments


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:01Z", 1.0),
        ("2026-11-21T17:21:27.151072692Z", 1795281687.151072692),
        ("2026-11-21T19:21:27.5+02:00", 1795281687.5),
        ("2026-11-21T12:51:27.5-04:30", 1795281687.5),
        ("0001-01-01T00:00:00Z", None),
        ("", None),
        ("yesterday", None),
    ],
)
def test_moments(text: str, seconds: float | None) -> None:
    assert moment(text) == seconds


def test_log_lines_of_the_last_start() -> None:
    """A program may write, and even end, before the engine notes its start."""
    assert log_since(inspected("running")) is None
    quick = inspected("exited_0")
    started = moment(quick["State"]["StartedAt"])
    assert started is not None and log_since(quick) == started - 1
    again = inspected("running")
    again["State"]["FinishedAt"] = "2026-11-21T17:21:27Z"
    assert log_since(again) == moment("2026-11-21T17:21:27Z")


def test_what_is_awaited_still_is_one_sentence() -> None:
    waiting = {"web": Verdict(WAITING, "health", "starting for 9 s"), "db": Verdict(WAITING, "tcp 5432", "refused")}
    assert still_awaited(waiting) == "db: tcp 5432, refused; web: health, starting for 9 s"
