# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ecs_app_plan
short_description: Everything that a Compose app consists of on Amazon ECS
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Reads a Compose project on the controller, and says which task definitions, services, one-off runs and schedules it
    becomes, in which order, and what they need around them. Calls nothing and needs no credentials.
  - Services with the same C(x-ecs.task) are containers of one task. A task with C(x-ecs.schedule) is run by a schedule.
  - A task whose services all end is a migration, which runs once for each release. A service ends where another one
    waits for it with C(service_completed_successfully) and its restart policy does not start it again, and where its
    C(deploy.mode) is a job.
  - What a Compose file says of services and a task definition cannot is in the plan - replicas, scaling, how tasks are
    replaced. Two tasks that would write to one EFS file system are never run at once.
  - Tasks find each other through Service Connect, by the names of the Compose file.
  - Services with C(x-ecs.public) are reached through a load balancer. Where no service says whether it is public, those
    are that publish a TCP port, but for databases, and a finding warns of each. The path of the health check is
    C(x-ecs.health_path), else that of the Compose health check, else /.
  - Values that O(definitions) or O(_input) hold are in the plan as they are. Use C(no_log) where one of them is a
    secret.
positional: _input
options:
  _input:
    description: The Compose project, with the suboptions of C(compose) of M(slipway.containers.ecs_task_def).
    type: dict
    required: true
  app:
    description: The name of the app. The default is the project's.
    type: str
  region:
    description: The region that the app runs in.
    type: str
    required: true
  launch_type:
    description: Where the tasks run.
    type: str
    choices: [FARGATE, EC2]
    default: FARGATE
  account_id:
    description:
      - The account, for the names of what O(images) and O(roles) do not give. An image that is built is expected in the
        account's own registry under its name and tag, the roles are called C(<app>-execution) and C(<app>-task).
    type: str
  images:
    description: What to run for services that the app builds, as references by the services' names.
    type: dict
    default: {}
  roles:
    description: The ARNs of the roles C(execution) and C(task). Other keys are left for others.
    type: dict
    default: {}
  definitions:
    description:
      - What is merged over the definitions of tasks, by the tasks' names, as M(slipway.containers.ecs_task_def) does.
    type: dict
    default: {}
  network_mode:
    description:
      - The network mode. The default is C(awsvpc) on Fargate, and on EC2 what the Compose file asks for, or C(bridge).
    type: str
  log_group:
    description: The log group. The default is C(/slipway/<app>).
    type: str
  registry:
    description: A registry other than the account's own, as host and port, that images which are built are pushed to.
    type: str
  topology:
    description:
      - What M(slipway.containers.cost_check) is told of the place, such as C(network), C(zones) and C(spot_share).
    type: dict
    default: {}
seealso:
  - module: slipway.containers.ecs_task_def
  - module: slipway.containers.cost_check
"""

EXAMPLES = r"""
- name: Say what the shop becomes on Fargate
  ansible.builtin.debug:
    msg: "{{ plan.order | map(attribute='name') | list }}, {{ plan.findings | length }} findings"
  vars:
    plan: "{{ {'project_directory': playbook_dir ~ '/shop'} | slipway.containers.ecs_app_plan(region='eu-central-1') }}"
"""

RETURN = r"""
_value:
  description: The plan.
  type: dict
  contains:
    app:
      description: The name of the app.
      type: str
      sample: shop
    launch_type:
      description: Where the tasks run.
      type: str
    region:
      description: The region.
      type: str
    findings:
      description: What would not work or would bite later, worst first, as in M(slipway.containers.ecs_task_def).
      type: list
      elements: dict
    tasks:
      description:
        - The task definitions, in the order in which to act. C(family), C(compose), C(definition) and C(launch_type)
          are options of M(slipway.containers.ecs_task_def).
        - C(name), C(kind) (V(service), V(migration) or V(schedule)), the Compose C(services), C(cpu) in CPU units,
          C(memory) in MiB, and C(task_definition), which is the whole definition with what looks like a secret masked.
      type: list
      elements: dict
    services:
      description:
        - The ECS services, each after those that it needs - C(name), C(task), C(family), C(desired_count) (V(none) for
          a daemon), C(min) and C(max) (V(none) without scaling), C(scaling) (policies, of which the one of requests has
          the key of a C(target_group)), C(load_balancers) (each C(container), C(port), C(target_group),
          C(health_path)), C(scheduling_strategy), C(execute_command), C(availability_zone_rebalancing),
          C(health_check_grace_period_seconds), C(network_mode).
        - C(service_connect) and C(deployment_configuration) have the API's shape.
        - C(capacity) has C(launch_type) and C(spot), which says whether Spot may take tasks away.
      type: list
      elements: dict
    migrations:
      description:
        - The one-off runs - C(name), C(task), C(family), C(before), the services that wait for it, and C(once_per), a
          key that changes with images, commands and variables.
      type: list
      elements: dict
    schedules:
      description: The scheduled runs - C(name), C(task), C(family), C(expression).
      type: list
      elements: dict
    order:
      description: Services and migrations in the order in which to act, each with C(kind), C(name) and C(task).
      type: list
      elements: dict
    target_groups:
      description:
        - The target groups - C(key), C(name), C(service), C(container), C(port), C(protocol), C(protocol_version),
          C(health_path), C(target_type), and C(listener_port), which is 80 for the main one.
      type: list
      elements: dict
    public_ports:
      description: The ports of the listeners, that of the main one first.
      type: list
      elements: int
    images:
      description:
        - The images - C(service), C(services), C(build), C(context), C(platform), C(repository), C(tag), the C(image)
          of the Compose file, and the C(reference) that is run, V(none) if unknown.
        - C(options) are those of M(community.docker.docker_image_build) that the C(build) section gives.
        - A C(tag) of V(none) says that the content decides.
      type: list
      elements: dict
    log_groups:
      description: The log groups that containers write to.
      type: list
      elements: str
    secrets:
      description: The ARNs and names of secrets and parameters that tasks read.
      type: list
      elements: str
    volumes_efs:
      description:
        - The EFS file systems, with C(volume), C(file_system_id), C(services), C(writable) and options of the mount.
      type: list
      elements: dict
    cost:
      description: A scenario for M(slipway.containers.cost_check).
      type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

_MAPPINGS = ("images", "roles", "definitions", "topology")


def ecs_app_plan(compose: Any, app: str | None = None, **options: Any) -> dict[str, Any]:
    """The plan of the project that `compose` names."""
    # Ansible loads every filter of a collection to find one: what this one works with is loaded when it is called.
    from ..module_utils._core.compose.document import ComposeError
    from ..module_utils._core.ecs.app.plan import app_plan
    from ..module_utils._core.ecs.app.wanted import AppWanted
    from ..module_utils._core.ecs.shapes_snapshot import MODEL
    from ..module_utils._io.compose import options as compose_options
    from ..module_utils._io.compose import project as compose_project

    said = {name: value for name, value in options.items() if value not in (None, "")}
    wrong = [*compose_options.problems(compose), *_wrong_options(said)]
    if wrong:
        raise AnsibleFilterError(f"ecs_app_plan: {'; '.join(wrong)}")
    wanted = AppWanted(**said)
    read = compose_project.anchored({**compose, "project_name": app} if app else compose)
    try:
        project = compose_project.load(read)
    except ComposeError as error:
        raise AnsibleFilterError(f"ecs_app_plan: {error}") from None
    return app_plan(project, read, wanted, MODEL)


def _wrong_options(said: Mapping[str, Any]) -> list[str]:
    from ..module_utils._core.ecs.app.wanted import LAUNCH_TYPES, AppWanted

    known = list(AppWanted.__dataclass_fields__)
    wrong = [
        f"found the unknown option '{name}', expected app, {', '.join(known)}" for name in said if name not in known
    ]
    if not said.get("region"):
        wrong.append("region is missing, expected the region that the app runs in, such as eu-central-1")
    if said.get("launch_type", LAUNCH_TYPES[0]) not in LAUNCH_TYPES:
        wrong.append(f"launch_type is '{said['launch_type']}', expected {' or '.join(LAUNCH_TYPES)}")
    mistaken = [name for name in _MAPPINGS if not isinstance(said.get(name, {}), Mapping)]
    return [*wrong, *(f"{name} is {type(said[name]).__name__}, expected a dictionary" for name in mistaken)]


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"ecs_app_plan": ecs_app_plan}
