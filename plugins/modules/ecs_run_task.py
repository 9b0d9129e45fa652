#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_run_task
short_description: Run a one-off task on Amazon ECS, wait for its end, and fail as it fails
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Runs tasks that are no service, on Fargate, Fargate Spot or EC2, such as a database migration or a batch job.
  - Waits until they have stopped, and fails when an essential container ended with another exit code than 0, when a
    task did not start, and when something stopped it. The message then says in one sentence what the likely cause is
    and what to do, and shows what that was concluded from, the last lines of the log among it.
  - What C(RunTask) itself could not start is a failure, too, with AWS's reason.
  - With O(once_per), what succeeded once is not run again.
  - Options are checked before any call to AWS, in check mode too, and everything wrong with them is reported at once.
options:
  cluster:
    description: The cluster to run in, by name or ARN.
    type: str
    default: default
  task_definition:
    description: The task definition, as C(family), C(family:revision) or ARN. A family is its newest active revision.
    type: str
    required: true
  count:
    description: How many tasks to run, at most 10.
    type: int
    default: 1
  launch_type:
    description:
      - Where to run. Not beside O(capacity_provider_strategy).
      - Without both, the default strategy of the cluster decides, and without that C(EC2).
    type: str
    choices: [FARGATE, EC2, EXTERNAL]
  capacity_provider_strategy:
    description: The capacity providers to run on, such as C(FARGATE_SPOT), in the API's case.
    type: list
    elements: dict
  platform_version:
    description: The platform version of Fargate. Left out, it is V(LATEST).
    type: str
  network_configuration:
    description: C(awsvpcConfiguration) with subnets, security groups and C(assignPublicIp), in the API's case.
    type: dict
  overrides:
    description:
      - What is other than in the task definition, in the API's case, such as C(containerOverrides) with C(name) and
        C(command).
      - What looks like a secret is masked in results and diffs. AWS shows overrides to everybody who may describe
        tasks, so that a secret belongs into C(secrets) of the task definition.
    type: dict
  placement_constraints:
    description: Constraints for the container instances to run on, in the API's case.
    type: list
    elements: dict
  placement_strategy:
    description: How to choose among container instances, in the API's case.
    type: list
    elements: dict
  volume_configurations:
    description: The EBS volumes that the task definition leaves to be configured at launch, in the API's case.
    type: list
    elements: dict
  group:
    description: The name of the task group. Left out, it is the family.
    type: str
  started_by:
    description: A text that tells by whom a task was started.
    type: str
  enable_execute_command:
    description: Whether ECS Exec is on.
    type: bool
  enable_ecs_managed_tags:
    description: Whether AWS tags the tasks with the name of the cluster.
    type: bool
  propagate_tags:
    description: Whether the tasks get the tags of the task definition.
    type: str
    choices: [TASK_DEFINITION]
  tags:
    description: Tags of the tasks, and of the SSM parameter of O(once_per).
    type: dict
    aliases: [resource_tags]
  wait:
    description: Whether to wait until the tasks have stopped, and to fail when they failed.
    type: bool
    default: true
  wait_timeout:
    description: For how many seconds to wait. Tasks that have not ended by then go on.
    type: int
    default: 600
  log_lines:
    description:
      - How many of the last log lines to show, at most 1000. They are those of the container that failed, and if none
        did, of the first essential one.
      - They come from CloudWatch Logs, where the container logs there with C(awslogs). What looks like a secret, and
        the values of variables that are named like one, are masked.
    type: int
    default: 20
  once_per:
    description:
      - A key, such as the version of a migration. A task that succeeded under this key is not run again.
      - The record is an SSM parameter for each attempt, which is created conditionally, so that two runs at a time
        cannot both start the task. The second one waits for the first one's task and ends as that does.
      - After a failure the next run tries again. Where a run was cut off, the next one finds its task, and waits for it
        or learns how it ended. Where that cannot be found out any more, it starts nothing, and says what to do.
      - Needs O(wait=true) and O(count=1).
    type: str
  once_store:
    description: The path of the SSM parameters of O(once_per).
    type: str
    default: /slipway/once
extends_documentation_fragment:
  - slipway.containers.aws
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Checks the options, reads the record of O(once_per), and says whether a task would be started.
    support: full
  diff_mode:
    description: Shows what is asked of C(RunTask), with what looks like a secret masked.
    support: full
  idempotent:
    description: With O(once_per) only. Without it each run starts tasks.
    support: partial
notes:
  - "IAM permissions: C(ecs:RunTask), C(iam:PassRole) for the roles of the task definition, C(ecs:TagResource) with
    O(tags); with O(wait) C(ecs:DescribeTasks), C(ecs:DescribeTaskDefinition) and C(logs:GetLogEvents); with
    O(once_per) C(ssm:GetParametersByPath), C(ssm:GetParameter), C(ssm:PutParameter), and C(ssm:AddTagsToResource) with
    O(tags)."
  - A call that has to be repeated starts nothing twice, since each run has a token that AWS tells repetitions by.
seealso:
  - module: slipway.containers.ecs_task_def
  - module: slipway.containers.ecs_service
"""

EXAMPLES = r"""
- name: Migrate the database, once for each release
  slipway.containers.ecs_run_task:
    cluster: production
    task_definition: web
    launch_type: FARGATE
    network_configuration:
      awsvpcConfiguration:
        subnets: "{{ web_subnets }}"
        securityGroups: "{{ web_security_groups }}"
        assignPublicIp: ENABLED
    overrides:
      containerOverrides:
        - name: web
          command: [python, -m, web.migrate]
    once_per: web-migrate-1.4.2
  register: migration

- name: Run a report on Spot
  slipway.containers.ecs_run_task:
    cluster: production
    task_definition: web
    capacity_provider_strategy:
      - capacityProvider: FARGATE_SPOT
        weight: 1
    network_configuration:
      awsvpcConfiguration:
        subnets: "{{ web_subnets }}"
    wait_timeout: 3600

- name: Start three workers and do not wait
  slipway.containers.ecs_run_task:
    cluster: production
    task_definition: web
    launch_type: FARGATE
    count: 3
    network_configuration:
      awsvpcConfiguration:
        subnets: "{{ web_subnets }}"
    wait: false
"""

RETURN = r"""
tasks:
  description:
    - The tasks as AWS describes them last, in the API's case; in check mode, and where nothing was run, empty.
    - What looks like a secret is masked.
  returned: always
  type: list
  elements: dict
  sample: [{lastStatus: STOPPED, stopCode: EssentialContainerExited}]
exit_code:
  description: The exit code of the essential container, of several the first that is not 0. V(none) where none ended.
  returned: always
  type: int
  sample: 0
log_tail:
  description: The last log lines, oldest first.
  returned: always
  type: list
  elements: str
  sample: ["applied 3 migrations"]
failure:
  description: Why it failed; V(none) where it did not.
  returned: always
  type: dict
  contains:
    cause:
      description:
        - The class of the cause, V(image), V(permission), V(oom), V(exit), V(health), V(capacity), V(network),
          V(secret), V(config), V(timeout) or V(unknown).
      type: str
      sample: oom
    sentence:
      description: The likely cause, and what to do.
      type: str
    status_reason:
      description: What AWS says of the whole.
      type: str
    events:
      description: Always empty; a service has events.
      type: list
      elements: str
    stopped_reason:
      description: Why AWS says that the task stopped.
      type: str
      sample: Essential container in task exited
    containers:
      description: Each with C(name), C(exit_code), C(reason), C(oom) and C(health).
      type: list
      elements: dict
    log_tail:
      description: The last log lines of the container that failed.
      type: list
      elements: str
failures:
  description: What C(RunTask) did not start, with C(arn), C(reason) and C(detail).
  returned: always
  type: list
  elements: dict
progress:
  description: What was waited for, one after another, each with C(waited_for) and C(seconds).
  returned: always
  type: list
  elements: dict
  sample: [{waited_for: 1 PENDING, seconds: 21.4}]
once:
  description: The record of O(once_per), with C(parameter), C(attempt), C(state), C(task_arn) and C(started_at).
  returned: with O(once_per)
  type: dict
  sample:
    parameter: /slipway/once/web-migrate-1.4.2/1
    attempt: 1
    state: succeeded
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._core.aws.tags import read
from ..module_utils._core.ecs import once, runs
from ..module_utils._core.ecs.once import Attempt
from ..module_utils._core.findings import report
from ..module_utils._core.secrets import mask
from ..module_utils._io.aws import botocore_model, tasks
from ..module_utils._io.aws.calls import AwsError
from ..module_utils._io.aws.module import Context, RefusedError, run
from ..module_utils._io.aws.once import Attempts, age
from ..module_utils._io.aws.patience import Patience

ARGUMENTS: dict[str, Any] = {
    "cluster": {"type": "str", "default": "default"},
    "task_definition": {"type": "str", "required": True},
    "count": {"type": "int", "default": 1},
    "launch_type": {"type": "str", "choices": ["FARGATE", "EC2", "EXTERNAL"]},
    "capacity_provider_strategy": {"type": "list", "elements": "dict"},
    "platform_version": {"type": "str"},
    "network_configuration": {"type": "dict"},
    "overrides": {"type": "dict"},
    "placement_constraints": {"type": "list", "elements": "dict"},
    "placement_strategy": {"type": "list", "elements": "dict"},
    "volume_configurations": {"type": "list", "elements": "dict"},
    "group": {"type": "str"},
    "started_by": {"type": "str"},
    "enable_execute_command": {"type": "bool"},
    "enable_ecs_managed_tags": {"type": "bool"},
    "propagate_tags": {"type": "str", "choices": ["TASK_DEFINITION"]},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 600},
    "log_lines": {"type": "int", "default": 20},
    "once_per": {"type": "str", "no_log": False},
    "once_store": {"type": "str", "default": "/slipway/once"},
}

#: A call that ended so may have been carried out: no code is no answer at all.
_NO_ANSWER = ("", "ServerException", "InternalFailure", "ServiceUnavailable")


def prepare(context: Context, ecs: Any) -> dict[str, Any]:
    """What to ask of RunTask; everything that is wrong with the options at once, before any call."""
    asked = runs.read(context.params, botocore_model.load(ecs.meta.service_model, runs.SHAPE))
    if asked.findings:
        facts = [finding.as_dict() for finding in asked.findings]
        raise RefusedError(report(asked.findings, f"task of {name(context)}"), findings=facts, changed=False)
    return asked.values


def name(context: Context) -> str:
    """The task definition as people say it: web or web:7, also where its ARN was given."""
    return str(context.params["task_definition"]).rpartition("/")[2]


def start(context: Context, ecs: Any, asked: dict[str, Any], token: str) -> list[dict[str, Any]]:
    started, failures = tasks.start(ecs, asked, token)
    context.done += [f"started {task['taskArn']}" for task in started]
    if not failures:
        return started
    verdict = runs.refused(failures, context.params["count"])
    text = f"ECS did not start all tasks of {name(context)}.\n{verdict.as_text()}"
    running = f"\n{len(started)} were started and go on." if started else ""
    facts = {"tasks": mask(started), "failures": failures, "failure": verdict.as_dict()}
    raise RefusedError(text + running, changed=bool(started), **facts)


def wait(context: Context, ecs: Any, cluster: str, started: Sequence[Mapping[str, Any]]) -> runs.Run:
    patience = Patience(context.params["wait_timeout"])
    found = tasks.wait(ecs, cluster, [task["taskArn"] for task in started], patience)
    return runs.Run(tuple(found), tasks.definition(ecs, started[0]["taskDefinitionArn"]), patience.progress)


def judge(context: Context, ecs: Any, ended: runs.Run, facts: dict[str, Any]) -> dict[str, Any]:
    """The result, if it is well; else it fails with the reason."""
    params, told = context.params, {**facts, "exit_code": ended.exit_code, "progress": list(ended.progress)}
    told["tasks"] = mask(list(ended.tasks))
    if ended.over and not ended.well:
        verdict = tasks.verdict(context, ecs, ended.failed, lines=params["log_lines"])
        told.update(failure=verdict.as_dict(), log_tail=list(verdict.log_tail))
        raise RefusedError(f"The task of {name(context)} failed.\n{verdict.as_text()}", **told)
    told["log_tail"] = tasks.log_of(context, ended, params["log_lines"])
    if ended.well:
        return told
    waited = f"has not ended in {params['wait_timeout']} seconds ({ended.progress[-1]['waited_for']}) and goes on"
    raise RefusedError(f"The task of {name(context)} {waited}: raise wait_timeout, or stop it if it hangs.", **told)


def result(context: Context, asked: dict[str, Any], changed: bool, attempt: Attempt | None = None) -> dict[str, Any]:
    """What is known before anything was waited for: all of it in check mode."""
    record = {"once": attempt.as_dict()} if attempt else {}
    after = {**mask(asked), **({"once": attempt.parameter} if attempt else {})} if changed else {}
    header = f"task of {name(context)}"
    return {
        "changed": changed,
        "tasks": [],
        "exit_code": None,
        "log_tail": [],
        "failure": None,
        "failures": [],
        "progress": [],
        **record,
        "diff": {"before": {}, "after": after, "before_header": header, "after_header": header},
    }


def always(context: Context, ecs: Any, asked: dict[str, Any]) -> dict[str, Any]:
    facts = result(context, asked, changed=True)
    if context.check_mode:
        return facts
    started = start(context, ecs, asked, uuid.uuid4().hex)
    if not context.params["wait"]:
        return {**facts, "tasks": mask(started)}
    return judge(context, ecs, wait(context, ecs, context.params["cluster"], started), facts)


def only_once(context: Context, ecs: Any, asked: dict[str, Any]) -> dict[str, Any]:
    params = context.params
    attempts = Attempts(context.client("ssm"), context.done, params["once_store"], params["once_per"])
    last = attempts.last()
    seen = tasks.attempted(ecs, last)
    step = once.step(last, seen.tasks[0] if seen.tasks else None, seen.well, age(last))
    if last and step == once.ASK:
        raise RefusedError(once.question(last, params["once_per"]), changed=False, once=last.as_dict())
    if last and step == once.AWAIT and not context.check_mode:
        attempts.await_task(last)
        return only_once(context, ecs, asked)
    if last and seen.over:  # the run that started it was cut off, and did not write down how it ended
        last = settle(context, attempts, last, seen)
    if last and step in (once.DONE, once.JOIN, once.AWAIT):
        facts = result(context, asked, changed=False, attempt=last)
        joins = step == once.JOIN and not context.check_mode
        return finish(context, ecs, attempts, last, facts, seen.tasks) if joins else facts
    attempt = last if last and step == once.RESUME else attempts.next(last, params["cluster"])
    facts = result(context, asked, changed=True, attempt=attempt)
    if context.check_mode:
        return facts
    if step == once.START and not attempts.claim(attempt, read(asked.get("tags") or [])):
        attempts.await_task(attempt)
        return only_once(context, ecs, asked)  # what the faster run made of it is the last attempt now
    started = claimed(context, ecs, attempts, asked, attempt)
    return finish(context, ecs, attempts, attempt.to(once.STARTED, started[0]["taskArn"]), facts, started)


def claimed(
    context: Context, ecs: Any, attempts: Attempts, asked: dict[str, Any], attempt: Attempt
) -> list[dict[str, Any]]:
    """Start the task of an attempt that is ours, and write down which it is."""
    try:
        started = start(context, ecs, asked, attempt.token)
    except (RefusedError, AwsError) as error:
        if not isinstance(error, AwsError) or error.code not in _NO_ANSWER:
            attempts.write(attempt.to(once.FAILED))
        raise
    attempts.write(attempt.to(once.STARTED, started[0]["taskArn"]))
    return started


def settle(context: Context, attempts: Attempts, attempt: Attempt, ended: runs.Run) -> Attempt:
    """Write down how an attempt ended. It is a record and no change: what it says has happened before."""
    settled = attempt.to(once.SUCCEEDED if ended.well else once.FAILED)
    return settled if context.check_mode else attempts.write(settled)


def finish(
    context: Context,
    ecs: Any,
    attempts: Attempts,
    attempt: Attempt,
    facts: dict[str, Any],
    started: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    ended = wait(context, ecs, attempt.cluster, started)
    settled = settle(context, attempts, attempt, ended) if ended.over else attempt
    return judge(context, ecs, ended, {**facts, "once": settled.as_dict()})


def work(context: Context) -> dict[str, Any]:
    ecs = context.client("ecs")
    asked = prepare(context, ecs)
    return always(context, ecs, asked) if context.params["once_per"] is None else only_once(context, ecs, asked)


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
