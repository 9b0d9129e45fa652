#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service
short_description: Create, change, follow and delete Amazon ECS services
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Brings a service to what is asked for, and follows its deployment to the end.
  - Each setting that is named is compared with what AWS holds. What AWS fills in by default, the order of lists that
    have none, a task definition as family, as C(family:revision) or as ARN are no difference; everything else is.
    A setting that is left out stays as it is, also within a dictionary. An empty list takes away what is there.
  - RV(plan) says of each change whether it starts a deployment, waits for one, happens in place, or needs the service
    to be deleted and created again. RV(downtime) says what that means for those who use the service. What each
    setting does is listed in
    U(https://github.com/slipway/containers/blob/main/docs/reference/service_changes.md).
  - A deployment that fails is a failure of the task, also where ECS rolled it back. RV(failure) says why.
  - The options with names of the API take what C(CreateService) and C(UpdateService) take, with the API's case inside.
    All are checked before any call, against the API model of the installed botocore and against what ECS is known to
    refuse, and everything that is wrong is reported at once.
  - A run that changes nothing makes one API call, two with O(desired_count), and one more where O(task_definition)
    names no revision.
options:
  name:
    description: The service's name.
    type: str
    required: true
  cluster:
    description: The cluster, by name or ARN.
    type: str
    default: default
  state:
    description:
      - V(present) creates the service, or changes it.
      - V(absent) scales it to 0, waits until its tasks have stopped, and deletes it.
    type: str
    choices: [present, absent]
    default: present
  task_definition:
    description:
      - The task definition, as ARN, as C(family:revision), or as a family, whose newest revision is then meant.
      - In check mode C(family:new) stands for a revision that would be registered before.
    type: raw
  desired_count:
    description:
      - The number of tasks. Needed for a new service, unless O(scheduling_strategy=DAEMON).
      - Left out, the present number is left alone.
      - Where the service has a scalable target, this counts at its creation only. Later the number that the service
        has is kept, within the target's minimum and maximum.
    type: raw
  launch_type:
    description: V(FARGATE), V(EC2) or V(EXTERNAL). Not with O(capacity_provider_strategy).
    type: raw
  capacity_provider_strategy:
    description:
      - The capacity providers, each with C(capacityProvider), C(weight) and C(base). A base on C(FARGATE) beside a
        weight on C(FARGATE_SPOT) keeps so many tasks from being interrupted.
      - It may take the place of a launch type, and O(launch_type) may take its place. AWS changes it only together with
        a forced deployment, so a change of it forces one.
    type: list
    elements: dict
  network_configuration:
    description: C(awsvpcConfiguration) with C(subnets), C(securityGroups) and C(assignPublicIp).
    type: dict
  load_balancers:
    description:
      - Target groups, each with C(targetGroupArn), C(containerName) and C(containerPort); for blue/green, linear and
        canary deployments also C(advancedConfiguration).
    type: list
    elements: dict
  service_registries:
    description: The Cloud Map service that tasks are registered with.
    type: list
    elements: dict
  service_connect_configuration:
    description: Service Connect, with C(enabled), C(namespace), C(services) and C(logConfiguration).
    type: dict
  deployment_configuration:
    description:
      - How deployments go, with C(minimumHealthyPercent), C(maximumPercent), C(deploymentCircuitBreaker), C(alarms),
        C(strategy) (V(ROLLING), V(BLUE_GREEN), V(LINEAR), V(CANARY)), C(lifecycleHooks) and what else the API has.
    type: dict
  deployment_controller:
    description: Who deploys, as C(type) V(ECS), V(CODE_DEPLOY) or V(EXTERNAL).
    type: dict
  platform_version:
    description: The platform version of Fargate.
    type: raw
  health_check_grace_period_seconds:
    description: How long health checks are ignored after a task has started.
    type: raw
  scheduling_strategy:
    description: V(REPLICA), or V(DAEMON) for one task on each instance.
    type: raw
  placement_constraints:
    description: Constraints of placement on EC2, each with C(type) and C(expression).
    type: list
    elements: dict
  placement_strategy:
    description: Strategies of placement on EC2, each with C(type) and C(field). Their order counts.
    type: list
    elements: dict
  availability_zone_rebalancing:
    description: V(ENABLED) or V(DISABLED). AWS enables it for new services where nothing is said.
    type: raw
  enable_ecs_managed_tags:
    description: Whether tasks are tagged with their cluster and service.
    type: raw
  propagate_tags:
    description: Where tasks get tags from, V(TASK_DEFINITION), V(SERVICE) or V(NONE).
    type: raw
  enable_execute_command:
    description: Whether commands may be run in the containers with ECS Exec.
    type: raw
  volume_configurations:
    description: The EBS volume that the task definition leaves to the service, with C(name) and C(managedEBSVolume).
    type: list
    elements: dict
  vpc_lattice_configurations:
    description: Target groups of VPC Lattice.
    type: list
    elements: dict
  gateway_connectors:
    description: The connector to an ECS gateway. Comparing it takes one more call.
    type: list
    elements: dict
  monitoring:
    description: The resolution of the service's metrics. Comparing it takes one more call.
    type: dict
  role:
    description: The role for load balancers of services that do not use C(awsvpc). Needed by old accounts only.
    type: raw
  client_token:
    description: The token that makes the request of creation one that may be repeated. By default a new one.
    type: raw
  force_new_deployment:
    description:
      - Start a deployment even if nothing differs, to pull a moved tag or to bring settings to running tasks. Each run
        with it is a change.
    type: bool
    default: false
  replace:
    description:
      - Whether a service is deleted and created again where UpdateService cannot change what differs. What is not
        named is taken over. In between the service is down.
      - Otherwise such a difference is refused before anything is changed.
    type: bool
    default: false
  force_delete:
    description: Delete without waiting for tasks to stop. Load balancers may then still send them requests.
    type: bool
    default: false
  wait:
    description:
      - Wait until the deployment has ended, and fail if it failed. One that was under way already is waited for, too.
      - With O(state=absent) wait until all tasks have stopped and the name is free again.
      - Deployments of CodeDeploy and of external controllers cannot be followed.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait at most.
    type: int
    default: 900
  tags:
    description: Tags of the service. Left out, they are left alone.
    type: dict
    aliases: [resource_tags]
extends_documentation_fragment:
  - slipway.containers.aws
  - slipway.containers.aws.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Tells what would change and what that means, and changes nothing.
    support: full
  diff_mode:
    description: Shows what was asked for before and after, with what looks like a secret masked.
    support: full
  idempotent:
    description: A second run with the same options changes nothing, unless O(force_new_deployment=true).
    support: full
notes:
  - "IAM permissions: C(ecs:DescribeServices), C(ecs:CreateService), C(ecs:UpdateService), C(ecs:DeleteService),
    C(iam:PassRole) for the roles of the task definition, C(ecs:TagResource) and C(ecs:UntagResource) for tags,
    C(application-autoscaling:DescribeScalableTargets) with O(desired_count), C(ecs:DescribeTaskDefinition) where
    O(task_definition) names no revision, C(ecs:DescribeServiceRevisions) with O(gateway_connectors) and O(monitoring),
    C(servicediscovery:GetNamespace) where a namespace is a name on one side and an ARN on the other."
  - "With O(wait) also C(ecs:ListServiceDeployments) and C(ecs:DescribeServiceDeployments), and where a deployment
    fails C(ecs:ListTasks), C(ecs:DescribeTasks), C(ecs:DescribeTaskDefinition), C(logs:GetLogEvents)."
seealso:
  - module: slipway.containers.ecs_task_def
  - module: slipway.containers.ecs_cluster
  - module: slipway.containers.ecs_scaling
"""

EXAMPLES = r"""
- name: Run three tasks of the newest revision, mostly on Spot, and follow the deployment
  slipway.containers.ecs_service:
    cluster: production
    name: web
    task_definition: web
    desired_count: 3
    capacity_provider_strategy:
      - {capacityProvider: FARGATE, base: 1, weight: 1}
      - {capacityProvider: FARGATE_SPOT, weight: 3}
    network_configuration:
      awsvpcConfiguration:
        subnets: "{{ web_subnets }}"
        securityGroups: "{{ web_security_groups }}"
        assignPublicIp: ENABLED
    deployment_configuration:
      deploymentCircuitBreaker: {enable: true, rollback: true}
    tags:
      app: web
  register: web

- name: Show what a change would mean
  slipway.containers.ecs_service:
    cluster: production
    name: web
    enable_execute_command: true
    deployment_configuration:
      maximumPercent: 150
  check_mode: true
  diff: true

- name: Pull the image again, though its tag is the same
  slipway.containers.ecs_service:
    cluster: production
    name: web
    force_new_deployment: true

- name: Drain the service and delete it
  slipway.containers.ecs_service:
    cluster: production
    name: web
    state: absent
"""

RETURN = r"""
service:
  description:
    - The service as AWS describes it, in the API's case, with its ten newest events and its tags as a dictionary; in
      check mode with the settings that it would have.
    - What looks like a secret is masked.
  returned: when state is present
  type: dict
  sample:
    serviceName: web
    taskDefinition: arn:aws:ecs:eu-central-1:111122223333:task-definition/web:7
    desiredCount: 3
plan:
  description: What differs, and what changing it means.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The option and the place in it.
      type: str
      sample: network_configuration.awsvpcConfiguration.subnets
    effect:
      description:
        - V(deployment) starts a deployment. V(needs-force) reaches running tasks with the next one only, or with a
          forced one. V(in-place) needs none. V(replacement) needs O(replace=true). V(elsewhere) is for another
          deployment controller to change.
      type: str
      sample: deployment
    sentence:
      description: What happens.
      type: str
      sample: "starts a deployment: ECS starts tasks that have it, and stops the old ones"
downtime:
  description: What the changes mean for those who use the service. V(none) where they notice nothing.
  returned: always
  type: str
  sample: "All 2 tasks must stop before new ones start"
deployment:
  description: The service deployment that was followed, as AWS describes it. V(none) where none was.
  returned: when state is present
  type: dict
progress:
  description: What was waited for, one after another, with the seconds that it took.
  returned: when state is present
  type: list
  elements: dict
failure:
  description: Why the deployment failed. V(none) where it went well.
  returned: when state is present
  type: dict
  contains:
    cause:
      description: The kind of cause, such as V(image), V(permission), V(oom), V(exit), V(health), V(capacity).
      type: str
      sample: exit
    sentence:
      description: The likely cause, and what to do.
      type: str
    status_reason:
      description: What ECS says of the deployment.
      type: str
    events:
      description: The service's events, each once.
      type: list
      elements: str
    stopped_reason:
      description: Why a task stopped.
      type: str
    containers:
      description: How its containers ended.
      type: list
      elements: dict
    log_tail:
      description: The last lines that it logged.
      type: list
      elements: str
reasons:
  description: Why something is changed, as the paths that differ. Empty when nothing is.
  returned: always
  type: list
  elements: str
  sample: ["task_definition"]
findings:
  description: What the rules say about the service as it will be, worst first. Also returned on failure.
  returned: when state is present
  type: list
  elements: dict
"""

from typing import Any

from ..module_utils._core.ecs.rollout import Outcome
from ..module_utils._core.ecs.services import names, result
from ..module_utils._core.ecs.services.members import ELSEWHERE, REPLACEMENT
from ..module_utils._core.ecs.services.plan import CREATE, REPLACE, UPDATE, Plan, decide
from ..module_utils._core.ecs.services.present import Present
from ..module_utils._core.ecs.services.wanted import Wanted, check_with, prepare
from ..module_utils._core.findings import ERROR, Finding, blocking, report
from ..module_utils._io.aws import rollouts, services
from ..module_utils._io.aws.calls import AwsError
from ..module_utils._io.aws.module import Context, RefusedError, run
from ..module_utils._io.aws.services import Services

#: Members of the API, each by an option of its own name.
API: dict[str, Any] = {
    "task_definition": {"type": "raw"},
    "desired_count": {"type": "raw"},
    "launch_type": {"type": "raw"},
    "capacity_provider_strategy": {"type": "list", "elements": "dict"},
    "network_configuration": {"type": "dict"},
    "load_balancers": {"type": "list", "elements": "dict"},
    "service_registries": {"type": "list", "elements": "dict"},
    "service_connect_configuration": {"type": "dict"},
    "deployment_configuration": {"type": "dict"},
    "deployment_controller": {"type": "dict"},
    "platform_version": {"type": "raw"},
    "health_check_grace_period_seconds": {"type": "raw"},
    "scheduling_strategy": {"type": "raw"},
    "placement_constraints": {"type": "list", "elements": "dict"},
    "placement_strategy": {"type": "list", "elements": "dict"},
    "availability_zone_rebalancing": {"type": "raw"},
    "enable_ecs_managed_tags": {"type": "raw"},
    "propagate_tags": {"type": "raw"},
    "enable_execute_command": {"type": "raw"},
    "volume_configurations": {"type": "list", "elements": "dict"},
    "vpc_lattice_configurations": {"type": "list", "elements": "dict"},
    "gateway_connectors": {"type": "list", "elements": "dict"},
    "monitoring": {"type": "dict"},
    "role": {"type": "raw"},
    "client_token": {"type": "raw", "no_log": False},
}
ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "cluster": {"type": "str", "default": "default"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **API,
    "force_new_deployment": {"type": "bool", "default": False},
    "replace": {"type": "bool", "default": False},
    "force_delete": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 900},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
}


def refuse(wanted: Wanted, found: list[Finding]) -> None:
    errors = blocking(found, ERROR)
    if errors:
        facts = [finding.as_dict() for finding in found]
        raise RefusedError(report(errors, wanted.subject), findings=facts, changed=False)


def read(context: Context, ecs: Services, name: str) -> Present | None:
    """The service. In check mode a cluster that is not there is one that an earlier task would have made."""
    try:
        return ecs.read(name)
    except AwsError as error:
        if error.code != "ClusterNotFoundException":
            raise
        if not context.check_mode and context.params["state"] == "present":
            hint = "make it with ecs_cluster, or name another"
            raise RefusedError(f"cluster {ecs.cluster} does not exist: {hint}. {error}", changed=False) from error
        return None


def free_name(context: Context, ecs: Services, present: Present | None) -> Present | None:
    """A service that is being deleted is none, but its name is taken until its tasks have stopped."""
    if present is None or present.status != "DRAINING":
        return present
    name = context.params["name"]
    if not context.check_mode:
        if not context.params["wait"]:
            hint = "its name is free when its tasks have stopped: run again then, or set wait"
            raise RefusedError(f"service {name} is being deleted; {hint}", changed=False)
        ecs.wait_until_gone(name, context.params["wait_timeout"])
    return None


def completed(context: Context, ecs: Services, wanted: Wanted, present: Present | None) -> Wanted:
    """With what only AWS knows: the newest revision of a family, the name of a namespace."""
    settings = dict(wanted.settings)
    family = names.family_alone(settings.get("taskDefinition"))
    if family is not None:
        newest = ecs.latest(family)
        settings["taskDefinition"] = newest or names.to_be(family)
    if names.is_to_be(settings.get("taskDefinition")) and not context.check_mode:
        named = family or settings["taskDefinition"]
        raise RefusedError(f"task_definition: {named} has no active revision; register one first", changed=False)
    arn = names.namespace_to_look_up(present.settings, settings) if present else None
    if present and arn:
        name = services.namespace_name(context.client("servicediscovery"), arn)
        settings = names.with_namespace_as_held(present.settings, settings, name)
    return wanted.with_settings(settings)


#: The role and the playbook pass it on.
_REMEDY = (
    "Set replace to allow a replacement. "
    'The role ecs_app and the playbook deploy_ecs take it as -e \'{"ecs_app_service": {"replace": true}}\'.'
)


def planned(context: Context, ecs: Services, wanted: Wanted, present: Present | None) -> Plan:
    bounds = None
    if present is not None and "desiredCount" in wanted.settings:
        scaling = context.client("application-autoscaling")
        bounds = services.bounds(scaling, ecs.cluster, wanted.name)
    plan = decide(wanted, present, ecs.updatable(), bounds, context.params["purge_tags"])
    refused = plan.of_effect(ELSEWHERE)
    if not context.params["replace"]:
        refused += plan.of_effect(REPLACEMENT)
    if refused:
        said = [f"- {change.path}: {change.sentence}" for change in refused]
        hint = f"Nothing was changed. {_REMEDY}" if plan.action == REPLACE else "Nothing was changed."
        facts = {**result.of_plan(plan, wanted.name, ecs.cluster), "changed": False}
        raise RefusedError("\n".join([f"{wanted.subject} cannot be changed so. {hint}", *said]), **facts)
    return plan


def apply(
    context: Context, ecs: Services, plan: Plan, present: Present | None
) -> tuple[Present | None, Outcome | None]:
    """Do it, and follow the deployment that it starts, or that was under way. The service as it is then."""
    params, name = context.params, context.params["name"]
    follows = params["wait"] and result.followed(plan)
    before = rollouts.newest(ecs.client, ecs.cluster, name) if follows and plan.deploys and present else None
    shown = present
    if plan.action == REPLACE:
        ecs.delete(name)
        ecs.wait_until_gone(name, params["wait_timeout"])
    if plan.action in (CREATE, REPLACE):
        shown = ecs.create(plan.request, plan.tags.wanted)
    elif plan.action == UPDATE:
        shown = ecs.update(name, plan.request)
    if present and plan.tags and plan.action != REPLACE:
        ecs.tag(present.service["serviceArn"], plan.tags)
    if not follows or not (plan.deploys or (present and present.deploying)):
        return shown, None
    outcome = rollouts.follow(context, ecs.cluster, name, None, params["wait_timeout"], before)
    return ecs.read(name) or shown, outcome


def present_state(context: Context, ecs: Services, wanted: Wanted) -> dict[str, Any]:
    present = free_name(context, ecs, read(context, ecs, wanted.name))
    if present and services.on_revisions(wanted.settings):
        present = ecs.with_revision(present)
    wanted = completed(context, ecs, wanted, present)
    found = check_with(wanted, present.settings if present else None)
    refuse(wanted, found)
    warnings = blocking(found, "warning")
    if warnings:
        context.warn(report(warnings, wanted.subject))
    plan = planned(context, ecs, wanted, present)
    shown, outcome = (present, None) if context.check_mode else apply(context, ecs, plan, present)
    facts = {
        **result.of_plan(plan, wanted.name, ecs.cluster),
        **result.of_service(shown, plan, wanted.name, context.check_mode),
        **result.of_outcome(outcome),
        "findings": [finding.as_dict() for finding in found],
    }
    if outcome and not outcome.well:
        raise RefusedError(outcome.as_text(f"service {wanted.name}"), **facts)
    return facts


def absent_state(context: Context, ecs: Services, wanted: Wanted) -> dict[str, Any]:
    params, name = context.params, wanted.name
    present = read(context, ecs, name)
    if present and not context.check_mode:
        if present.status == "ACTIVE":
            if present.desired_count and not present.daemon and not params["force_delete"]:
                ecs.drain(name, params["wait_timeout"] if params["wait"] else 0)
            ecs.delete(name)
        if params["wait"]:
            ecs.wait_until_gone(name, params["wait_timeout"])
    return result.of_removal(present, name, ecs.cluster)


def work(context: Context) -> dict[str, Any]:
    ecs = Services(context.client("ecs"), context.params["cluster"], context.done)
    wanted = prepare(context.params, API, ecs.model())
    refuse(wanted, list(wanted.findings))
    state = present_state if context.params["state"] == "present" else absent_state
    return state(context, ecs, wanted)


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
