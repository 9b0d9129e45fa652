# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a task that is started: chosen by its family and its images, healthy where no rule fits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

#: What a rule may say of a task. `exit:3` is the container's exit code.
FATES = r"healthy|runs|exit:\d+|oom|cannot_pull|unhealthy|no_capacity|secret_missing|hang|interrupted|hook_fails"


@dataclass
class Rule:
    """Tasks of this family with this image on this capacity provider (shell patterns) meet this fate.

    Rules are asked in order.

    healthy         a task of a service runs, a task of RunTask ends with exit code 0
    runs            also a task of RunTask runs on
    exit:N, oom     the container ends by itself, `steps` after it began to run
    cannot_pull     never runs: its image is not there
    secret_missing  never runs: its secret is not there
    unhealthy       runs, and its health check fails after `steps`
    no_capacity     is never placed
    hang            is placed, and stays PENDING
    interrupted     runs, and ends `steps` later because FARGATE_SPOT wants its capacity back
    hook_fails      not of tasks: a lifecycle hook whose Lambda function's ARN fits `image` answers FAILED
    """

    behaviour: str
    family: str = "*"
    image: str = "*"
    #: FARGATE_SPOT, for example; of a task that was started by its launch type it is empty.
    capacity_provider: str = "*"
    #: How many steps lie between RUNNING and what happens then; for those that never run, before they stop.
    steps: int = 1
    #: Only the first so many tasks; the ones after them are asked of the rules below.
    times: int | None = None
    #: What the containers print.
    log: list[str] = field(default_factory=list)
    #: In place of the usual words of `stoppedReason`, or of the failure of RunTask.
    reason: str = ""
    met: int = 0

    def __post_init__(self) -> None:
        if not re.fullmatch(FATES, self.behaviour):
            raise ValueError(f"behaviour must be {FATES}, not {self.behaviour}")
        if self.steps < 1:
            raise ValueError(f"steps must be 1 or more, not {self.steps}")

    def fits(self, family: str, images: Iterable[str], provider: str = "") -> bool:
        if not fnmatchcase(family, self.family) or not fnmatchcase(provider, self.capacity_provider):
            return False
        if not any(fnmatchcase(image, self.image) for image in images):
            return False
        return self.times is None or self.met < self.times

    @property
    def exit_code(self) -> int:
        # 128 + SIGKILL, which is how both the kernel and a stop that takes too long end a process.
        return int(self.behaviour.partition(":")[2] or 137)

    @property
    def kind(self) -> str:
        return self.behaviour.partition(":")[0]


def fate_of(rules: Iterable[Rule], family: str, images: Iterable[str], provider: str) -> Rule:
    """The rule for the next task, which is counted as one that met it."""
    images = list(images)
    for rule in rules:
        if rule.kind != "hook_fails" and rule.fits(family, images, provider):
            rule.met += 1
            return rule
    return Rule("healthy")


def hook_fails(rules: Iterable[Rule], family: str, function: str) -> bool:
    return any(rule.kind == "hook_fails" and rule.fits(family, [function]) for rule in rules)
