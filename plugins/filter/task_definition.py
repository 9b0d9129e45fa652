# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: task_definition
short_description: Preview the Amazon ECS task definition that ecs_task_def would register
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Completes and checks a task definition as M(slipway.containers.ecs_task_def) does, with no AWS, no credentials and
    no boto3. Shows what a Compose file becomes, too.
  - Fields are checked against the API model of the botocore release that this collection was tested with.
positional: _input
options:
  _input:
    description:
      - The task definition in the shape and case of the API's C(RegisterTaskDefinition).
      - With O(compose), what is merged over the definition that the Compose file gives; V({}) is nothing.
    type: dict
    required: true
  compose:
    description: A Compose project on the controller, with the suboptions of M(slipway.containers.ecs_task_def).
    type: dict
  region:
    description: The region that logs go to, with O(compose).
    type: str
  family:
    description: The family, where the definition does not name it.
    type: str
  launch_type:
    description: Shorthand for C(requiresCompatibilities).
    type: str
    choices: [FARGATE, EC2]
  tags:
    description: Tags of the task definition.
    type: dict
  fail_on:
    description: The findings that make the filter fail, as in M(slipway.containers.ecs_task_def).
    type: str
    choices: [error, warning, never]
    default: never
seealso:
  - module: slipway.containers.ecs_task_def
"""

EXAMPLES = r"""
- name: Say what is wrong with a definition, before anything is deployed
  ansible.builtin.debug:
    msg: "{{ preview.findings | map(attribute='message') }}"
  vars:
    preview: "{{ definition | slipway.containers.task_definition(family='web', launch_type='FARGATE') }}"
    definition:
      cpu: "256"
      memory: "512"
      containerDefinitions:
        - name: web
          image: nginx
"""

RETURN = r"""
_value:
  description: The preview.
  type: dict
  contains:
    task_definition:
      description: What would be registered, with what looks like a secret masked.
      type: dict
    tags:
      description: The tags it would have, or V(none) where none are spoken of.
      type: dict
    findings:
      description: What the rules say, worst first, as in M(slipway.containers.ecs_task_def).
      type: list
      elements: dict
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleFilterError

if TYPE_CHECKING:
    from ..module_utils._core.ecs.composed import Wanted
    from ..module_utils._core.ecs.task_definition import Prepared


def task_definition(
    definition: Any,
    family: str | None = None,
    launch_type: str | None = None,
    tags: Mapping[str, Any] | None = None,
    fail_on: str = "never",
    compose: Mapping[str, Any] | None = None,
    region: str | None = None,
) -> dict[str, Any]:
    """The definition as it would be registered, and its findings."""
    # Ansible loads every filter of a collection to find one: what this one works with is loaded when it is called.
    from ..module_utils._core.ecs.composed import Wanted
    from ..module_utils._core.ecs.shapes_snapshot import MODEL
    from ..module_utils._core.ecs.task_definition import prepare
    from ..module_utils._core.findings import FAIL_ON, report
    from ..module_utils._core.secrets import mask

    if not isinstance(definition, Mapping):
        raise AnsibleFilterError(f"task_definition: found {type(definition).__name__}, expected a dictionary")
    if fail_on not in FAIL_ON:
        raise AnsibleFilterError(f"task_definition: fail_on is '{fail_on}', expected {', '.join(FAIL_ON)}")
    if launch_type not in (None, "FARGATE", "EC2"):
        raise AnsibleFilterError(f"task_definition: launch_type is '{launch_type}', expected FARGATE or EC2")
    if compose is None:
        prepared = prepare(definition, MODEL, family, launch_type, tags)
    else:
        prepared = _composed(compose, Wanted(definition, family, launch_type, region, (), tags))
    stopping = prepared.blocking(fail_on) if fail_on != "never" else []
    if stopping:
        raise AnsibleFilterError(report(stopping, prepared.subject))
    return {
        "task_definition": mask(prepared.definition),
        "tags": prepared.tags,
        "findings": [finding.as_dict() for finding in prepared.findings],
    }


def _composed(compose: Mapping[str, Any], wanted: Wanted) -> Prepared:
    """What the Compose project gives; its suboptions are those of the module."""
    from ..module_utils._core.compose.document import ComposeError
    from ..module_utils._core.ecs.composed import prepare_composed
    from ..module_utils._core.ecs.shapes_snapshot import MODEL
    from ..module_utils._io.compose import project as compose_project
    from ..module_utils._io.compose.options import OPTIONS

    unknown = sorted(set(compose) - set(OPTIONS))
    if unknown:
        known = ", ".join(OPTIONS)
        raise AnsibleFilterError(f"task_definition: compose has the unknown key '{unknown[0]}', expected {known}")
    try:
        project = compose_project.load(compose)
        return prepare_composed(project, replace(wanted, services=tuple(compose.get("services") or ())), MODEL)
    except ComposeError as error:
        raise AnsibleFilterError(f"task_definition: {error}") from None


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"task_definition": task_definition}
