#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_def
short_description: Register, compare, prune and deregister Amazon ECS task definitions
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Registers a new revision of a task definition when, and only when, it means something else than the present one.
  - The definition comes from O(definition), from a Compose file (O(compose)), or from both.
  - The whole definition is checked before any call to AWS, in check mode too, and everything wrong with it is
    reported at once. Fields and values are checked against the API model of the installed botocore, sizes and
    combinations against AWS's documented rules, and good practice by lint rules. All rules are listed in
    U(https://github.com/slipway/containers/blob/main/docs/reference/task_definition_rules.md).
  - Both sides are brought to one canonical form and compared. Defaults that AWS fills in, the order of lists that
    have none, and text against numbers are no difference; everything else is.
  - A run that changes nothing makes one API call, however many revisions there are; with O(compare_to=running) two.
options:
  family:
    description:
      - The family, that is the name, of the task definition.
      - May be left out with O(state=present) when O(definition) has it. With O(compose) the default is the project's
        name and the task's, such as C(shop-web).
    type: str
  state:
    description:
      - V(present) registers a revision if needed.
      - V(absent) deregisters and deletes all revisions of O(family). It fails, before anything is changed, while a
        service, a running task, a schedule or a rule of the region uses one of them.
    type: str
    choices: [present, absent]
    default: present
  definition:
    description:
      - The task definition in the shape and case of the API's C(RegisterTaskDefinition), all fields of it.
      - What C(DescribeTaskDefinition) adds, such as C(taskDefinitionArn), is ignored, so that the
        RV(task_definition) of this module can be given back.
      - A value that a result showed masked (C(********)) stands for the value in the present revision.
      - With O(compose) it is merged over what the Compose file gives, containers, variables, ports and volumes by
        name. V(null) removes a field. What a Compose file cannot know, such as role ARNs, stands here.
      - This or O(compose) is required with O(state=present).
    type: dict
  compose:
    description:
      - The Compose project to make the definition of. It is read on the host that the task runs on, as
        C(docker compose config) reads it, without Docker. What becomes of each key is in
        U(https://github.com/slipway/containers/blob/main/docs/reference/compose_support.md), and the fields of
        C(x-ecs) in U(https://github.com/slipway/containers/blob/main/docs/reference/extension_fields.md).
      - Each service is a task of its own, unless C(x-ecs) puts several into one. Where the project gives several tasks,
        O(compose.services) or O(family) says which one is meant.
      - Logs go to C(awslogs) in the group C(/ecs/<family>) of the region, unless O(definition) says otherwise.
  launch_type:
    description:
      - Shorthand for C(requiresCompatibilities) in O(definition). With V(FARGATE), C(networkMode) is C(awsvpc).
      - With O(compose) the default is V(FARGATE), unless O(definition) is for EC2 only.
    type: str
    choices: [FARGATE, EC2]
  compare_to:
    description:
      - What O(definition) is compared with. V(latest) is the newest active revision of the family.
      - V(running) is the revision that O(service) is set to run; it makes RV(reasons) and the diff say what a
        deployment would change. Where it differs, the newest revision is used if it is the one that is wanted.
        RV(findings) then say, too, what the settings of the service show, and no longer suppose what they answer. The
        rules are in U(https://github.com/slipway/containers/blob/main/docs/reference/service_rules.md).
    type: str
    choices: [latest, running]
    default: latest
  cluster:
    description: The cluster of O(service), by name or ARN.
    type: str
    default: default
  service:
    description: The service to compare with. Required with O(compare_to=running).
    type: str
  keep_revisions:
    description:
      - After registering, deregister and delete all revisions of the family but the newest V(keep_revisions).
      - What a service, deployment, running task, EventBridge Scheduler schedule or EventBridge rule of the region
        uses is kept, and so is the revision before it. Revisions that were deregistered earlier are deleted too.
      - Where something could not be read, nothing can be called unused. Then nothing is pruned, and a warning says
        what could not be read.
      - Left out, nothing is pruned and nothing is scanned.
    type: int
  resolve_digests:
    description:
      - Replace the tags of images in Amazon ECR by the digests that they name now, before comparing.
    type: bool
    default: false
  fail_on:
    description:
      - The findings that stop the run. V(error) is what AWS refuses or what cannot work, V(warning) also what bites
        later.
      - With V(never) the definition is sent to AWS whatever was found, except for unknown, missing and mistyped fields.
      - Errors and warnings that do not stop the run are shown as a warning.
    type: str
    choices: [error, warning, never]
    default: error
  tags:
    description:
      - Tags of the task definition. Tags change in place; they need no new revision.
      - Left out, tags are left alone, and a new revision gets those of the one before.
    type: dict
    aliases: [resource_tags]
extends_documentation_fragment:
  - slipway.containers.compose
  - slipway.containers.aws
  - slipway.containers.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Tells what would change, and changes nothing. The findings are the same.
    support: full
  diff_mode:
    description: Shows the canonical form before and after, with what looks like a secret masked.
    support: full
notes:
  - "IAM permissions: C(ecs:DescribeTaskDefinition), C(ecs:RegisterTaskDefinition), C(iam:PassRole) for the roles named,
    C(ecs:TagResource) and C(ecs:UntagResource) for tags, C(ecs:DescribeServices) with O(compare_to=running),
    C(ecr:DescribeImages) with O(resolve_digests)."
  - "With O(keep_revisions) and O(state=absent) also C(ecs:ListTaskDefinitions), C(ecs:DeregisterTaskDefinition),
    C(ecs:DeleteTaskDefinitions), C(ecs:ListClusters), C(ecs:ListServices), C(ecs:DescribeServices), C(ecs:ListTasks),
    C(ecs:DescribeTasks), C(scheduler:ListSchedules), C(scheduler:GetSchedule), C(events:ListEventBuses),
    C(events:ListRuleNamesByTarget), C(events:ListTargetsByRule)."
seealso:
  - plugin: slipway.containers.task_definition
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Register the web service, if its definition has changed
  slipway.containers.ecs_task_def:
    family: web
    launch_type: FARGATE
    definition:
      cpu: .25 vCPU
      memory: 0.5 GB
      executionRoleArn: arn:aws:iam::111122223333:role/web-execution
      containerDefinitions:
        - name: web
          image: 111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:1.4.2
          user: "1000"
          portMappings:
            - containerPort: 8080
          healthCheck:
            command: [CMD, python, -m, web.health]
          logConfiguration:
            logDriver: awslogs
            options:
              awslogs-group: /ecs/web
              awslogs-region: eu-central-1
              awslogs-stream-prefix: web
    tags:
      app: web
  register: web

- name: Register the web service of a Compose file
  slipway.containers.ecs_task_def:
    family: shop-web
    compose:
      project_directory: "{{ playbook_dir }}/shop"
      services: [web]
      environment:
        WEB_TAG: 1.4.2
    definition:
      executionRoleArn: arn:aws:iam::111122223333:role/shop-execution
  register: shop

- name: Show what a deployment would change, and stop at warnings
  slipway.containers.ecs_task_def:
    definition: "{{ web.task_definition }}"
    compare_to: running
    cluster: production
    service: web
    fail_on: warning
  check_mode: true
  diff: true

- name: Keep the five newest revisions and what is in use
  slipway.containers.ecs_task_def:
    definition: "{{ web.task_definition }}"
    keep_revisions: 5

- name: Remove the family
  slipway.containers.ecs_task_def:
    family: web
    state: absent
"""

RETURN = r"""
task_definition:
  description:
    - The revision that means what was asked for, as AWS describes it and in the API's case; in check mode, and where
      a new one is needed, what would be registered.
    - What looks like a secret is masked.
  returned: when state is present
  type: dict
  sample:
    family: web
    revision: 7
    cpu: "256"
    memory: "512"
task_definition_arn:
  description: The ARN of that revision. In check mode V(none) where a new revision is needed.
  returned: when state is present
  type: str
  sample: arn:aws:ecs:eu-central-1:111122223333:task-definition/web:7
revision:
  description: The number of that revision. In check mode V(none) where a new revision is needed.
  returned: when state is present
  type: int
  sample: 7
reasons:
  description: Why a new revision is needed, as the paths that differ. Empty when none is.
  returned: when state is present
  type: list
  elements: str
  sample: ["containerDefinitions[web].image"]
findings:
  description: What the rules say about the definition, worst first. Also returned on failure.
  returned: when state is present
  type: list
  elements: dict
  contains:
    rule:
      description: The rule's stable name.
      type: str
      sample: unpinned-image
    severity:
      description: V(error), V(warning) or V(info).
      type: str
      sample: warning
    path:
      description: The place in the definition, or in the Compose file, with the line.
      type: str
      sample: containerDefinitions[web].image
    message:
      description: What was found.
      type: str
      sample: "'web:latest' is not pinned"
    hint:
      description: What would mend it.
      type: str
      sample: name a version tag, or set resolve_digests
pruned:
  description: The ARNs of the revisions that were (in check mode, would be) deregistered and deleted, oldest first.
  returned: always
  type: list
  elements: str
  sample: ["arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1"]
"""

from typing import Any

from ..module_utils._core.aws.shape import ApiModel
from ..module_utils._core.ecs import task_definition as core
from ..module_utils._core.ecs.images import ecr_images, pinned
from ..module_utils._core.ecs.prune import superfluous
from ..module_utils._core.ecs.rules.service import SUPPOSE_A_SERVICE, with_service
from ..module_utils._core.ecs.service import Service
from ..module_utils._core.ecs.task import Task
from ..module_utils._core.findings import Finding, blocking, report
from ..module_utils._core.secrets import mask
from ..module_utils._io.aws import botocore_model, ecr, task_definition_users
from ..module_utils._io.aws.module import Context, RefusedError, run
from ..module_utils._io.aws.task_definitions import TaskDefinitions
from ..module_utils._io.compose.options import OPTIONS as COMPOSE

ARGUMENTS: dict[str, Any] = {
    "family": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "definition": {"type": "dict"},
    "compose": {"type": "dict", "options": COMPOSE},
    "launch_type": {"type": "str", "choices": ["FARGATE", "EC2"]},
    "compare_to": {"type": "str", "choices": ["latest", "running"], "default": "latest"},
    "cluster": {"type": "str", "default": "default"},
    "service": {"type": "str"},
    "keep_revisions": {"type": "int", "no_log": False},
    "resolve_digests": {"type": "bool", "default": False},
    "fail_on": {"type": "str", "choices": ["error", "warning", "never"], "default": "error"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}
REQUIRED_IF = [
    ("state", "present", ["definition", "compose"], True),
    ("state", "absent", ["family"]),
    ("compare_to", "running", ["service"]),
]


def prepare(context: Context, ecs: TaskDefinitions) -> core.Prepared:
    """Check the definition with no call to AWS, and stop at what `fail_on` names and no service could answer."""
    params = context.params
    if params["keep_revisions"] is not None and params["keep_revisions"] < 1:
        raise RefusedError(f"keep_revisions: found {params['keep_revisions']}, expected 1 or more")
    model = botocore_model.load(ecs.client.meta.service_model, core.SHAPE)
    if params["compose"] is None:
        prepared = core.prepare(params["definition"], model, params["family"], params["launch_type"], params["tags"])
    else:
        prepared = composed(context, ecs, model)
    supposed = SUPPOSE_A_SERVICE if params["compare_to"] == "running" else ()
    refuse(prepared, [finding for finding in prepared.blocking(params["fail_on"]) if finding.rule not in supposed])
    return prepared


def composed(context: Context, ecs: TaskDefinitions, model: ApiModel) -> core.Prepared:
    """The definition that the Compose project gives.

    What reads Compose is imported here: it is half of the code, which Python compiles anew in each run of a module.
    """
    from ..module_utils._core.ecs.composed import Wanted, prepare_composed
    from ..module_utils._io.compose import project

    params = context.params
    wanted = Wanted(
        definition=params["definition"] or {},
        family=params["family"],
        launch_type=params["launch_type"],
        region=ecs.client.meta.region_name,
        services=params["compose"]["services"] or (),
        tags=params["tags"],
    )
    return prepare_composed(project.load(params["compose"]), wanted, model)


def judge(context: Context, prepared: core.Prepared, service: dict[str, Any] | None) -> None:
    """With what the service adds and answers: stop at what `fail_on` names, and warn of the rest but for infos."""
    if service is not None:
        prepared.findings[:] = with_service(prepared.findings, Service(Task(prepared.definition), service))
    refuse(prepared, prepared.blocking(context.params["fail_on"]))
    let_through = blocking(prepared.findings, "warning")
    if let_through:
        context.warn(report(let_through, prepared.subject))


def refuse(prepared: core.Prepared, found: list[Finding]) -> None:
    if found:
        facts = [finding.as_dict() for finding in prepared.findings]
        raise RefusedError(report(found, prepared.subject), findings=facts, changed=False)


def compare(
    context: Context, ecs: TaskDefinitions, prepared: core.Prepared, service: dict[str, Any] | None
) -> tuple[dict[str, Any], core.Present | None, core.Decision]:
    """Read the present, and decide. What is wanted may be the newest revision though the service runs another."""
    params, family = context.params, prepared.definition["family"]
    present = (ecs.deployed(service) if service else None) or ecs.latest(family)
    definition, unknown = core.restore(prepared.definition, present)
    if unknown:
        prepared.findings[:0] = unknown
        refuse(prepared, unknown)
    if params["resolve_digests"]:
        definition = pinned(definition, ecr.digests(ecr_images(definition), lambda r: context.client("ecr", region=r)))
    decision = core.decide(definition, present, prepared.tags, params["purge_tags"])
    if decision.register and params["compare_to"] == "running":
        latest = ecs.latest(family)
        against_latest = core.decide(definition, latest, prepared.tags, params["purge_tags"])
        if not against_latest.register:
            return definition, latest, against_latest
    return definition, present, decision


def running_service(context: Context, ecs: TaskDefinitions) -> dict[str, Any] | None:
    """The service to compare with, if that was asked for and there is one."""
    if context.params["compare_to"] != "running":
        return None
    cluster, name = context.params["cluster"], context.params["service"]
    service = ecs.service(cluster, name)
    if service is None:
        context.warn(f"Service {name} does not exist in cluster {cluster}: compared with the newest revision instead.")
    return service


def present_state(context: Context) -> dict[str, Any]:
    ecs = TaskDefinitions(context.client("ecs"), context.done)
    prepared = prepare(context, ecs)
    service = running_service(context, ecs)
    judge(context, prepared, service)
    definition, present, decision = compare(context, ecs, prepared, service)
    if not context.check_mode:
        if decision.register:
            present = ecs.register(definition, decision.tags.wanted)
        elif present and decision.changed:
            ecs.tag(present.arn, decision.tags.to_set, decision.tags.to_remove)
    is_there = present is not None and not (decision.register and context.check_mode)
    shown = present.definition if present and is_there else definition
    pruned = prune(context, ecs, definition["family"], present.revision if present and is_there else None)
    return {
        "changed": decision.changed or bool(pruned),
        "task_definition": mask(shown),
        "task_definition_arn": present.arn if present and is_there else None,
        "revision": present.revision if present and is_there else None,
        "reasons": decision.reasons,
        "findings": [finding.as_dict() for finding in prepared.findings],
        "pruned": pruned,
        "diff": diff(definition["family"], decision, pruned),
    }


def diff(family: str, decision: core.Decision, pruned: list[str]) -> dict[str, Any]:
    """Empty exactly when nothing changes."""
    before, after = (decision.before, decision.after) if decision.changed else ({}, {})
    if pruned:
        before = {**before, "old revisions": pruned}
    header = f"task definition {family}"
    return {"before": before, "after": after, "before_header": header, "after_header": header}


def users(context: Context, ecs: TaskDefinitions, family: str) -> task_definition_users.Users:
    clients = (ecs.client, context.client("scheduler"), context.client("events"))
    return task_definition_users.find(family, *clients)


def prune(context: Context, ecs: TaskDefinitions, family: str, current: int | None) -> list[str]:
    """Remove what `keep_revisions` leaves over. `current` is the newest, or None where check mode stands before it."""
    keep = context.params["keep_revisions"]
    if keep is None:
        return []
    active, inactive = ecs.revisions(family, "ACTIVE"), ecs.revisions(family, "INACTIVE")
    known = {**inactive, **active}
    revisions = {*known, current or max(known, default=0) + 1}
    if len(revisions) <= keep:
        return []
    found = users(context, ecs, family)
    if found.unreadable:
        context.warn(f"Nothing was pruned: what is in use could not be read. {' '.join(found.unreadable)}")
        return []
    doomed = superfluous(revisions, keep, found.revisions(family))
    if not context.check_mode:
        ecs.remove([active[r] for r in doomed if r in active], [inactive[r] for r in doomed if r in inactive])
    return [known[revision] for revision in doomed]


def absent_state(context: Context) -> dict[str, Any]:
    family = context.params["family"]
    wrong = core.check_family(family)
    if wrong:
        raise RefusedError(report(wrong, "task definition"))
    ecs = TaskDefinitions(context.client("ecs"), context.done)
    active, inactive = ecs.revisions(family, "ACTIVE"), ecs.revisions(family, "INACTIVE")
    arns = [*active.values(), *inactive.values()]
    if arns:
        found = users(context, ecs, family)
        if found.unreadable:
            raise RefusedError(
                f"What uses {family} could not be read. Nothing was changed. {' '.join(found.unreadable)}"
            )
        holders = found.holders(family)
        if holders:
            raise RefusedError(f"{family} is in use by {', '.join(holders)}. Nothing was changed. Remove these first.")
    if arns and not context.check_mode:
        ecs.remove(active.values(), inactive.values())
    before = {"revisions": arns} if arns else {}
    return {"changed": bool(arns), "pruned": arns, "diff": {"before": before, "after": {}}}


def work(context: Context) -> dict[str, Any]:
    return present_state(context) if context.params["state"] == "present" else absent_state(context)


def main() -> None:
    run(work, argument_spec=ARGUMENTS, required_if=REQUIRED_IF)


if __name__ == "__main__":
    main()
