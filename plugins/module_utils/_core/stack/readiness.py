# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a container is ready, what it still waits for, and when waiting is of no use any more.

`judge` sees every look at a container since its start was awaited. Times are seconds of one clock, that of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .looks import Look, moment
from .wish import STABLE_SECONDS, Probe, Wish

__all__ = ["FAILED", "READY", "WAITING", "Expected", "Verdict", "expected", "judge", "moment", "still_awaited"]

READY, WAITING, FAILED = "ready", "waiting", "failed"

#: One death may be bad luck, such as a database that was not up yet. After the second one it is a crash loop.
DEATHS = 2


@dataclass(frozen=True)
class Expected:
    """What ready means for one container. `new`: all its restarts belong to this deployment."""

    name: str  # for people: the service, or the container where there are several
    checked: bool = False  # Docker checks its health
    one_shot: bool = False
    policy: str = "no"  # no, always, unless-stopped, on-failure
    probes: tuple[Probe, ...] = ()
    stable_seconds: float = 0
    new: bool = True

    @property
    def retries(self) -> bool:
        """A one-shot that asks to be run again until it succeeds is no crash loop."""
        return self.one_shot and self.policy == "on-failure"


@dataclass(frozen=True)
class Verdict:
    """`awaited` names what is waited for and changes only when that does; `detail` tells how it stands."""

    outcome: str
    awaited: str = ""
    detail: str = ""
    cause: str = ""
    message: str = ""
    exit_code: int | None = None

    @property
    def words(self) -> str:
        return ", ".join(word for word in (self.awaited, self.detail) if word)


def expected(
    service: str, inspected: Mapping[str, Any], wish: Wish, one_shot: bool, changed: bool, new: bool
) -> Expected:
    """Of one container. Its image may bring a health check that no file tells of."""
    test = ((inspected.get("Config") or {}).get("Healthcheck") or {}).get("Test") or []
    checked = bool(test) and test[0] != "NONE"
    asked = tuple(probe for probe in wish.ready or () if probe.service == service or (changed and not probe.service))
    stable = max((probe.stable_seconds for probe in asked), default=0)
    silent = wish.ready is None or (bool(wish.ready) and not asked)  # probes of others say nothing about this one
    if silent and not checked:
        stable = STABLE_SECONDS
    policy = ((inspected.get("HostConfig") or {}).get("RestartPolicy") or {}).get("Name") or "no"
    return Expected(
        name=service,
        checked=checked,
        one_shot=one_shot,
        policy=str(policy),
        probes=() if one_shot else tuple(probe for probe in asked if not probe.stable_seconds),
        stable_seconds=stable,
        new=new,
    )


def judge(asked: Expected, looks: Sequence[Look]) -> Verdict:
    """`looks` in the order of time, at least one."""
    last = looks[-1]
    if last.state == "running":
        return _running(asked, looks)
    if last.state in ("exited", "dead"):
        return _ended(asked, last)
    if last.state == "created":
        if last.error:
            return Verdict(FAILED, message=f"{asked.name} could not be started", exit_code=last.exit_code)
        return Verdict(WAITING, awaited="its start")
    if last.state == "restarting":
        return _loop(asked, looks) or Verdict(
            WAITING, awaited="its restart", detail=f"after exit code {last.exit_code}", exit_code=last.exit_code
        )
    if last.state == "paused":
        return Verdict(WAITING, awaited="somebody to unpause it")
    if last.state == "removing" or not last.state:
        return Verdict(FAILED, cause="engine", message=f"the container of {asked.name} was removed by somebody else")
    return Verdict(WAITING, awaited=f"its state to change from {last.state}")


def deaths(asked: Expected, looks: Sequence[Look]) -> int:
    """How often it died since this was awaited. The engine counts a restart when it decides on it."""
    before = 0 if asked.new else looks[0].restart_count - (looks[0].state == "restarting")
    return looks[-1].restart_count - before


def _loop(asked: Expected, looks: Sequence[Look]) -> Verdict | None:
    count = deaths(asked, looks)
    if count < DEATHS or asked.retries:
        return None
    dead = [one for one in looks if one.state in ("restarting", "exited")]
    code = dead[-1].exit_code if dead else None
    told = "" if code is None else f", the last time with exit code {code}"
    oom = any(one.oom_killed for one in dead)
    message = f"{asked.name} ended {count} times and was restarted each time{told}"
    return Verdict(FAILED, cause="oom" if oom else "exit", message=message, exit_code=code)


def _ended(asked: Expected, last: Look) -> Verdict:
    if last.oom_killed and last.exit_code != 0:
        message = f"{asked.name} was killed because it used more memory than it may"
        return Verdict(FAILED, cause="oom", message=message, exit_code=last.exit_code)
    if last.error and last.exit_code != 0:
        return Verdict(FAILED, message=f"{asked.name} could not be started", exit_code=last.exit_code)
    if last.exit_code == 0 and asked.one_shot:
        return Verdict(READY, detail="ended with 0", exit_code=0)
    hint = " (name it in one_shot if it is meant to end)" if last.exit_code == 0 else ""
    message = f"{asked.name} ended with exit code {last.exit_code}{hint}"
    return Verdict(FAILED, cause="exit", message=message, exit_code=last.exit_code)


def _running(asked: Expected, looks: Sequence[Look]) -> Verdict:
    """Who got ready in spite of two deaths is ready, if anything was asked for that shows it."""
    last = looks[-1]
    if asked.one_shot:
        return _loop(asked, looks) or Verdict(WAITING, awaited="its end", detail=f"running for {_age(last):.0f} s")
    if last.health == "unhealthy":
        message = f"{asked.name} is unhealthy after {last.failing_streak} failed checks in a row"
        return Verdict(FAILED, cause="probe", message=message)
    waiting = _awaited(asked, last)
    shown = asked.checked or asked.probes or asked.stable_seconds
    if waiting is None and shown:
        return Verdict(READY, detail="healthy" if asked.checked else f"running for {_age(last):.0f} s")
    return _loop(asked, looks) or waiting or Verdict(READY, detail="running")


def _awaited(asked: Expected, last: Look) -> Verdict | None:
    age = _age(last)
    if asked.checked and last.health != "healthy":
        failed = f" after {last.failing_streak} failed checks" if last.failing_streak else ""
        return Verdict(WAITING, awaited=f"health{failed}", detail=f"starting for {age:.0f} s")
    for probe in asked.probes:
        outcome = last.outcomes.get(probe.words)
        if outcome is None or not outcome.passed:
            return Verdict(WAITING, awaited=probe.words, detail=outcome.output if outcome else "")
    if age < asked.stable_seconds:
        wanted = f"{asked.stable_seconds:g} s without a restart"
        return Verdict(WAITING, awaited=wanted, detail=f"running for {age:.0f} s")
    return None


def _age(last: Look) -> float:
    """Seconds since it started; clocks that disagree give none, never less."""
    return max(0.0, last.at - last.started_at) if last.started_at is not None else 0.0


def still_awaited(waiting: Mapping[str, Verdict]) -> str:
    """Of everything that did not get ready in time, by name: one sentence."""
    return "; ".join(f"{name}: {verdict.words}" for name, verdict in sorted(waiting.items()))
