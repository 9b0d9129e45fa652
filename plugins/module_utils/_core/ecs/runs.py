# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One-off tasks: what may be asked for, how one ended, and where it logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..aws.request import Request, request
from ..aws.shape import ApiModel
from ..aws.tag_rules import typed
from ..aws.tags import listed
from ..findings import ERROR, Finding
from . import capacity_providers, once
from .rollout import UNKNOWN, Verdict
from .stopped_reasons import known

SHAPE = "RunTaskRequest"
#: Tags are a dictionary for users; the token is what makes a retried call start nothing twice, and made by the module.
_NOT_AN_OPTION = ("tags", "clientToken", "referenceId")
_STRATEGY = "capacity_provider_strategy"
_MOST_AT_ONCE = 10  # botocore, RunTaskRequest.count
_MOST_LINES = 1000
_KILLED, _TERMINATED = 137, 143  # how containers end that ECS stops, since an essential one has ended


def read(options: Mapping[str, Any], model: ApiModel) -> Request:
    """The request, and all that is wrong with the options."""
    offered = {name: value for name, value in options.items() if name not in _NOT_AN_OPTION}
    asked = request(offered, model, SHAPE)
    tags, wrong_tags = typed(options.get("tags"))
    values = {**asked.values, **({"tags": listed(tags)} if tags else {})}
    strategy = capacity_providers.strategy(asked.values.get("capacityProviderStrategy") or [], _STRATEGY)
    told = (Finding("run-task", ERROR, path, message) for path, message in _problems(options))
    return Request(values, (*asked.findings, *wrong_tags, *strategy, *told))


def _problems(options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    count = options["count"]
    if not 1 <= count <= _MOST_AT_ONCE:
        yield "count", f"found {count}, expected 1 to {_MOST_AT_ONCE}"
    if options["wait_timeout"] < 1:
        yield "wait_timeout", f"found {options['wait_timeout']}, expected 1 second or more"
    if not 0 <= options["log_lines"] <= _MOST_LINES:
        yield "log_lines", f"found {options['log_lines']}, expected 0 to {_MOST_LINES}"
    if options["launch_type"] and options["capacity_provider_strategy"]:
        yield "launch_type", "found beside capacity_provider_strategy, expected one of the two"
    if options["launch_type"] == "FARGATE" and not options["network_configuration"]:
        yield "network_configuration", "not found, expected with launch_type FARGATE: name subnets"
    if options["once_per"] is not None:
        if not options["wait"]:
            yield "wait", "found false, expected true with once_per: what happened only once has to be seen to its end"
        if count != 1:
            yield "count", f"found {count}, expected 1 with once_per"
        yield from once.problems(options["once_store"], options["once_per"])


@dataclass(frozen=True)
class LogStream:
    """Where a container's lines are. An empty region is the module's own."""

    region: str
    group: str
    name: str


def log_stream(definition: Mapping[str, Any], task: Mapping[str, Any], container: str) -> LogStream | None:
    """Where `awslogs` puts them: prefix/container/task, or the Docker id where there is no prefix (EC2 alone)."""
    log = _named(definition.get("containerDefinitions"), container).get("logConfiguration") or {}
    options = log.get("options") or {}
    if log.get("logDriver") != "awslogs" or not options.get("awslogs-group"):
        return None
    prefix = options.get("awslogs-stream-prefix")
    docker_id = _named(task.get("containers"), container).get("runtimeId")
    name = f"{prefix}/{container}/{task['taskArn'].rpartition('/')[2]}" if prefix else docker_id
    return LogStream(options.get("awslogs-region", ""), options["awslogs-group"], name) if name else None


def _named(containers: Sequence[Mapping[str, Any]] | None, name: str) -> Mapping[str, Any]:
    return next((one for one in containers or () if one.get("name") == name), {})


def essential(definition: Mapping[str, Any]) -> list[str]:
    """The containers that a task ends with. One that does not say so is essential."""
    return [one["name"] for one in definition.get("containerDefinitions") or () if one.get("essential", True)]


@dataclass(frozen=True)
class Run:
    """Tasks after they were waited for: how they are now, their definition, and what was waited for."""

    tasks: tuple[Mapping[str, Any], ...]
    definition: Mapping[str, Any] = field(default_factory=dict)
    progress: tuple[Mapping[str, Any], ...] = ()

    @property
    def over(self) -> bool:
        return bool(self.tasks) and all(stopped(task) for task in self.tasks)

    @property
    def well(self) -> bool:
        return self.over and all(ended_well(task, self.definition) for task in self.tasks)

    @property
    def exit_code(self) -> int | None:
        """Of the essential containers, the first that is not 0; None where none has one."""
        names = essential(self.definition)
        containers = [one for task in self.tasks for one in task.get("containers") or () if one.get("name") in names]
        codes = [one["exitCode"] for one in containers if one.get("exitCode") is not None]
        return next((code for code in codes if code), codes[0] if codes else None)

    @property
    def failed(self) -> list[Mapping[str, Any]]:
        """The tasks that did not end well."""
        return [task for task in self.tasks if not ended_well(task, self.definition)]


def stopped(task: Mapping[str, Any]) -> bool:
    return task.get("lastStatus") == "STOPPED"


def ended_well(task: Mapping[str, Any], definition: Mapping[str, Any]) -> bool:
    """By itself, with all essential containers at 0.

    Of several essential containers ECS stops the others as soon as one has ended, so those may have died by a signal.
    """
    if task.get("stopCode") not in (None, "EssentialContainerExited"):
        return False  # interrupted: 0 is then the answer to SIGTERM, and not the end of the work
    names = essential(definition)
    codes = [one.get("exitCode") for one in task.get("containers") or () if one.get("name") in names]
    done = 0 in codes
    return done and all(code == 0 or (code in (_KILLED, _TERMINATED) and not _oom(task)) for code in codes)


def _oom(task: Mapping[str, Any]) -> bool:
    return any("OutOfMemory" in (one.get("reason") or "") for one in task.get("containers") or ())


def essential_first(task: Mapping[str, Any], definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same task with the containers in front that a task ends with: one of those is to be blamed."""
    names, containers = essential(definition), list(task.get("containers") or ())
    first = [one for one in containers if one.get("name") in names]
    return {**task, "containers": first + [one for one in containers if one not in first]}


def waits_for(tasks: Sequence[Mapping[str, Any]], count: int) -> str:
    """What is waited for now: 1 PENDING, 2 RUNNING. A task that was just started may not be shown yet."""
    states = [str(task.get("lastStatus")) for task in tasks] + ["NOT SHOWN YET"] * (count - len(tasks))
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))


def refused(failures: Sequence[Mapping[str, Any]], count: int) -> Verdict:
    """What RunTask says of tasks that it did not start."""
    reasons = list(dict.fromkeys(_reason(failure) for failure in failures))
    found = next((one for one in map(known, reasons) if one is not None), None)
    cause, sentence = found or (UNKNOWN, "ECS says no more than this: look up its API failure reasons.")
    return Verdict(cause, sentence, f"{len(failures)} of {count} tasks were not started: {'; '.join(reasons)}")


def _reason(failure: Mapping[str, Any]) -> str:
    return ", ".join(str(failure[key]) for key in ("reason", "detail") if failure.get(key))
