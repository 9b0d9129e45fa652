# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a container is known to be well, what it waits for, and how it starts again and stops."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any

from ...app import COMPLETED, HEALTHY, STARTED, HealthCheck
from . import rewriting
from .draft import ContainerDraft
from .key import APPROXIMATED, IGNORED, NOT_NEEDED, REFUSED, TRANSLATED, Key, lose
from .target import ecs_name

#: Docker's own: what a check without them means in Compose. ECS would take 5 seconds as the timeout.
_DOCKER_INTERVAL, _DOCKER_TIMEOUT = Decimal(30), Decimal(30)
_SHORTEST_INTERVAL = 5
#: The field, the key, and what ECS allows.
_RANGES = (
    ("interval", "interval", _SHORTEST_INTERVAL, 300),
    ("timeout", "timeout", 2, 60),
    ("retries", "retries", 1, 10),
    ("startPeriod", "start_period", 0, 300),
)
_CONDITIONS = {STARTED: "START", HEALTHY: "HEALTHY", COMPLETED: "SUCCESS"}
_TRY_AGAIN = "let the application try again until it is answered, or put both into one task with x-ecs: {task: NAME}"
_RUN_FIRST = "run it first, with ecs_run_task"
_FARGATE_STOP = (2, 120)
_ATTEMPTS = re.compile(r"on-failure(?::(?P<most>\d+))?")


def _healthcheck(container: ContainerDraft, value: Any) -> None:
    check = container.service.healthcheck
    if check is None or check.disabled:
        return  # what the image has is ignored anyway
    if not check.test:
        message = "without a test Compose asks the image's own HEALTHCHECK, which ECS ignores"
        container.report("compose-ignored", "healthcheck", message, "write the test of the Dockerfile here")
        return
    fields: dict[str, Any] = {"command": rewriting.words(container, "healthcheck.test", check.test)}
    numbers = {
        "interval": check.interval,
        "timeout": check.timeout or _timeout(check),
        "retries": check.retries,
        "startPeriod": check.start_period,
    }
    for field, key, low, high in _RANGES:
        number = numbers[field]
        if number:
            fields[field] = _within(container, f"healthcheck.{key}", Decimal(number), low, high)
    container.fields["healthCheck"] = fields
    if value.get("start_interval"):
        lose(START_INTERVAL, container, START_INTERVAL.name)


def _timeout(check: HealthCheck) -> Decimal:
    """Docker's default, and below the interval that it becomes, as ECS has it."""
    return min(_DOCKER_TIMEOUT, max(check.interval or _DOCKER_INTERVAL, Decimal(_SHORTEST_INTERVAL)) - 1)


def _within(container: ContainerDraft, place: str, wanted: Decimal, low: int, high: int) -> int:
    """The whole number nearest to what is wanted that ECS allows; fractions are rounded up."""
    whole = int(wanted.to_integral_value(ROUND_CEILING))
    nearest = max(low, min(whole, high))
    if nearest != whole:
        container.report("out-of-range", place, f"found {wanted.normalize():f}, ECS allows {low} to {high}")
    return nearest


def _depends_on(container: ContainerDraft, value: Any) -> None:
    waits = [wait for wait in container.service.dependencies if wait.service in container.task.app.services]
    here = [wait for wait in waits if wait.service in container.task.services]
    if here:
        container.fields["dependsOn"] = [
            {"containerName": ecs_name(wait.service), "condition": _condition(container, wait.service, wait.condition)}
            for wait in here
        ]
    elsewhere = [wait for wait in waits if wait not in here]
    _report_elsewhere(container, [wait.service for wait in elsewhere if wait.condition != COMPLETED], _TRY_AGAIN)
    _report_elsewhere(container, [wait.service for wait in elsewhere if wait.condition == COMPLETED], _RUN_FIRST)


def _condition(container: ContainerDraft, name: str, condition: str) -> str:
    check = container.task.services[name].healthcheck
    if condition == HEALTHY and (check is None or check.disabled or not check.test):
        message = f"'{name}' has no health check that ECS could ask, so it is only waited for to start"
        container.report("healthy-without-check", f"depends_on.{name}", message, f"give '{name}' a healthcheck")
        return _CONDITIONS[STARTED]
    return _CONDITIONS[condition]


def _report_elsewhere(container: ContainerDraft, names: Sequence[str], hint: str) -> None:
    """In one finding: in larger projects services wait for dozens."""
    if names:
        place = f"depends_on.{names[0]}" if len(names) == 1 else "depends_on"
        message = f"ECS orders no tasks, and starts this one without waiting for {', '.join(names)}"
        container.report("dependency-elsewhere", place, message, hint)


def _restart(container: ContainerDraft, value: str) -> None:
    if (container.service.keys.get("deploy") or {}).get("restart_policy") is not None:
        return  # it goes before
    attempts = _ATTEMPTS.fullmatch(value)
    if attempts:
        _set_restart(container, "restart", on_failure=True, most=attempts["most"])
    elif value in ("always", "unless-stopped"):
        _set_restart(container, "restart", on_failure=False)
    elif not _runs_once(container):
        message = "a service starts a task again whenever it ends"
        container.report("compose-approximated", "restart", message, "run it with ecs_run_task, or as a schedule")


def _runs_once(container: ContainerDraft) -> bool:
    return container.service.name in container.task.directory.one_offs or bool(container.service.ecs.schedule)


def _set_restart(container: ContainerDraft, place: str, on_failure: bool, most: Any = None) -> None:
    policy: dict[str, Any] = {"enabled": True}
    if on_failure:
        policy["ignoredExitCodes"] = [0]
    container.fields["restartPolicy"] = policy
    if most:
        message = f"ECS starts it again without counting to {most}, if it ran for five minutes"
        container.report("compose-approximated", place, message)


def restart_policy(container: ContainerDraft, value: Mapping[str, Any]) -> None:
    """Swarm's way to say it, which goes before `restart`."""
    place, condition = "deploy.restart_policy", value.get("condition") or "any"
    if condition in ("any", "on-failure"):
        _set_restart(container, place, condition == "on-failure", value.get("max_attempts"))
    elif not _runs_once(container):
        message = "a service starts a task again whenever it ends"
        container.report("compose-approximated", place, message, "run it with ecs_run_task, or as a schedule")
    for key in ("delay", "window"):
        if value.get(key):
            message = "ECS starts a container again at once, if it ran for five minutes"
            container.report("compose-left-out", f"{place}.{key}", message)


def _stop_grace_period(container: ContainerDraft, value: str) -> None:
    wanted = container.service.stop_grace_period
    if wanted is not None:
        low, high = _FARGATE_STOP if container.task.target.fargate else (0, 2**31 - 1)
        container.fields["stopTimeout"] = _within(container, "stop_grace_period", wanted, low, high)


START_INTERVAL = Key(
    "healthcheck.start_interval",
    IGNORED,
    IGNORED,
    "nothing",
    "ECS asks at one interval, also while the container starts",
    minor=True,
)
KEYS = (
    Key(
        "healthcheck",
        APPROXIMATED,
        APPROXIMATED,
        "`healthCheck`",
        "Values out of ECS's range become the nearest in it. The image's own HEALTHCHECK is ignored: write it here.",
        handle=_healthcheck,
    ),
    Key("healthcheck.test", TRANSLATED, TRANSLATED, "`command`", "CMD, CMD-SHELL; NONE leaves the check out."),
    Key("healthcheck.interval", APPROXIMATED, APPROXIMATED, "`interval`", "5 to 300 seconds."),
    Key("healthcheck.timeout", APPROXIMATED, APPROXIMATED, "`timeout`", "2 to 60 seconds; Docker's 30 when left out."),
    Key("healthcheck.retries", APPROXIMATED, APPROXIMATED, "`retries`", "1 to 10."),
    Key("healthcheck.start_period", APPROXIMATED, APPROXIMATED, "`startPeriod`", "0 to 300 seconds."),
    START_INTERVAL,
    Key("healthcheck.disable", NOT_NEEDED, NOT_NEEDED, "nothing", "Without a check there is nothing to turn off."),
    Key(
        "depends_on",
        APPROXIMATED,
        APPROXIMATED,
        "`dependsOn`",
        "Within a task; ECS does not order tasks. A service that others wait for to end is not essential to its task.",
        handle=_depends_on,
    ),
    Key(
        "depends_on.condition",
        APPROXIMATED,
        APPROXIMATED,
        "`condition`",
        "START, HEALTHY, SUCCESS. HEALTHY needs a `healthcheck` in the Compose file; without one it is START.",
    ),
    Key("depends_on.required", NOT_NEEDED, NOT_NEEDED, "nothing", "A service that is left out is not waited for."),
    Key("depends_on.restart", NOT_NEEDED, NOT_NEEDED, "nothing", "A task is replaced as a whole."),
    Key(
        "restart",
        APPROXIMATED,
        APPROXIMATED,
        "`restartPolicy`",
        "A container that ran for five minutes is started again in its task; else the service replaces the task.",
        handle=_restart,
    ),
    Key(
        "stop_grace_period",
        APPROXIMATED,
        TRANSLATED,
        "`stopTimeout`",
        "2 to 120 seconds on Fargate.",
        handle=_stop_grace_period,
    ),
    Key(
        "stop_signal",
        IGNORED,
        IGNORED,
        "nothing",
        "ECS sends the signal that the image names, or SIGTERM",
        "write STOPSIGNAL in the Dockerfile",
        quiet=("SIGTERM", "TERM", "15"),
    ),
    Key(
        "post_start",
        REFUSED,
        REFUSED,
        "nothing",
        "ECS runs no hooks in a container",
        "run the command in the entrypoint, or in a service that the others wait for to end",
    ),
    Key(
        "pre_stop", IGNORED, IGNORED, "nothing", "ECS runs no hooks in a container", "handle the signal in the program"
    ),
)
