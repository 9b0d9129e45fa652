# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ecs_policies
short_description: IAM policies with least privilege for the roles of an app on Amazon ECS
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Reads from task definitions what their roles have to be allowed, and writes one policy for each role. It allows the
    secrets, repositories, log groups, files and file systems that are named there, and nothing else.
  - What the app itself calls stands in no task definition. Give it with O(statements).
  - It asks nobody, so it works before anything is there.
notes:
  - Two kinds of action have C(*) as their resource, as AWS knows no other. C(ecr:GetAuthorizationToken) is only there
    where an image lies in Amazon ECR, and those of C(ssmmessages) only with O(execute_command).
  - On EC2 the Docker daemon writes logs with the role of the instance, unless the agent has
    C(ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true). The role of the instance is not part of the result.
positional: _input
options:
  _input:
    description:
      - Task definitions in the shape and case of the API's C(RegisterTaskDefinition), or one of them.
      - Results of P(slipway.containers.task_definition#filter) may stand for them.
    type: list
    elements: dict
    required: true
  region:
    description: The region of the app.
    type: str
    required: true
  account_id:
    description: The account of the app, 12 digits in quotes.
    type: str
    required: true
  app:
    description:
      - The name of the app. The options that have a default with APP in it follow from it.
    type: str
  cluster:
    description: The cluster by name or ARN. By default APP, else V(default).
    type: str
  execution_role:
    description: The execution role by name or ARN, that Scheduler has to pass on. By default V(APP-execution).
    type: str
  task_role:
    description: The task role by name or ARN, that Scheduler has to pass on. By default V(APP-task).
    type: str
  schedule_group:
    description: The schedule group that the scheduler role is for. By default APP, else V(default).
    type: str
  log_groups:
    description: More log groups to write to, by name or ARN.
    type: list
    elements: str
    default: []
  repositories:
    description: More repositories of ECR to pull from, by name, URI or ARN.
    type: list
    elements: str
    default: []
  secrets:
    description: More secrets and parameters for the execution role to read, as C(valueFrom) takes them.
    type: list
    elements: str
    default: []
  kms_keys:
    description: The keys of yours that secrets are encrypted with, by ARN or id. Keys of AWS need no permission.
    type: list
    elements: str
    default: []
  dead_letter_queues:
    description: Queues that Scheduler puts failed runs into, by name or ARN.
    type: list
    elements: str
    default: []
  execute_command:
    description: Allow ECS Exec, which opens a shell in a container.
    type: bool
    default: false
  statements:
    description: Statements to add, by role, which is C(execution), C(task) or C(scheduler).
    type: dict
    default: {}
seealso:
  - plugin: slipway.containers.task_definition
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Say what the roles of the shop have to be allowed
  ansible.builtin.debug:
    msg: "{{ definitions | slipway.containers.ecs_policies(region=region, account_id='111122223333', app='shop') }}"
  vars:
    region: eu-central-1
    definitions:
      - family: shop-web
        containerDefinitions:
          - name: web
            image: 111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop-web:1.4.0
            secrets:
              - name: DB_PASSWORD
                valueFrom: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-db-AbCdEf:password::"
            logConfiguration:
              logDriver: awslogs
              options:
                awslogs-group: /slipway/shop
                awslogs-region: eu-central-1
                awslogs-stream-prefix: web
"""

RETURN = r"""
_value:
  description: The policies.
  type: dict
  contains:
    execution:
      description: The policy of the execution role, or V(none) where it needs none.
      type: dict
    task:
      description: The policy of the task role, or V(none) where it needs none.
      type: dict
    scheduler:
      description: The policy of the role that EventBridge Scheduler takes, or V(none) where no family is known.
      type: dict
    trust:
      description: Who may take each role, as C(AssumeRolePolicyDocument) by C(execution), C(task) and C(scheduler).
      type: dict
    findings:
      description: What needs a permission that the definitions do not tell, and policies that are too long for IAM.
      type: list
      elements: dict
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._core.ecs.policies import Account, App, policies

_LISTS = ("log_groups", "repositories", "secrets", "kms_keys", "dead_letter_queues")
_ROLES = ("execution", "task", "scheduler")
_NAMES = ("app", "cluster", "execution_role", "task_role", "schedule_group")
_KNOWN = ("region", "account_id", *_NAMES, *_LISTS, "execute_command", "statements")


def ecs_policies(definitions: Any, **options: Any) -> dict[str, Any]:
    """A policy for each role, who may take it, and what could not be told."""
    unknown = [name for name in options if name not in _KNOWN]
    if unknown:
        raise AnsibleFilterError(f"ecs_policies: unknown option '{unknown[0]}', expected {', '.join(_KNOWN)}")
    listed = [definitions] if isinstance(definitions, Mapping) else definitions
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not all(isinstance(d, Mapping) for d in listed):
        raise AnsibleFilterError("ecs_policies: expected a list of task definitions, or one of them")
    name = _text(options, "app")
    app = App(
        definitions=tuple(definition.get("task_definition", definition) for definition in listed),
        account=_account(options),
        cluster=_text(options, "cluster") or name or "default",
        execution_role=_text(options, "execution_role") or f"{name or 'default'}-execution",
        task_role=_text(options, "task_role") or f"{name or 'default'}-task",
        schedule_group=_text(options, "schedule_group") or name or "default",
        execute_command=bool(options.get("execute_command", False)),
        statements=_statements(options.get("statements") or {}),
        **{option: _texts(option, options.get(option) or ()) for option in _LISTS},
    )
    result = policies(app)
    return {**result, "findings": [finding.as_dict() for finding in result["findings"]]}


def _account(options: Mapping[str, Any]) -> Account:
    region, number = _text(options, "region"), _text(options, "account_id")
    if not re.fullmatch(r"[a-z]{2}(?:-[a-z]+)+-[0-9]+", region):
        raise AnsibleFilterError(f"ecs_policies: region is '{region}', expected one such as eu-central-1")
    if not re.fullmatch(r"[0-9]{12}", number):
        raise AnsibleFilterError(f"ecs_policies: account_id is '{number}', expected 12 digits in quotes")
    return Account(region, number)


def _text(options: Mapping[str, Any], name: str) -> str:
    value = options.get(name)
    return "" if value is None else str(value)


def _texts(option: str, values: Any) -> tuple[str, ...]:
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise AnsibleFilterError(f"ecs_policies: {option} is {type(values).__name__}, expected a list")
    return tuple(str(value) for value in values)


def _statements(given: Any) -> dict[str, list[dict[str, Any]]]:
    if not isinstance(given, Mapping) or not all(role in _ROLES for role in given):
        raise AnsibleFilterError(f"ecs_policies: statements is a dictionary with {', '.join(_ROLES)}")
    return {str(role): list(statements or []) for role, statements in given.items()}


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"ecs_policies": ecs_policies}
