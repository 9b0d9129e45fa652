#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: compose_stack
short_description: Bring a Compose project on a host to its declared state, gated on health, with rollback
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Plans service by service what has to be done and why, and does just that. Check mode and diff mode show the same
    plan.
  - Waits until what it changed is ready. Where it does not get ready, the last good release is put back, and one block
    says which service failed, and why.
  - Containers are made by Docker Compose itself, from your own files. What C(docker compose ps), C(logs) and C(up) do
    by hand goes on working.
  - A run that changes nothing calls Compose once, or not at all where no input changed since the last run, and asks
    the engine at most five times.
  - Sees what Compose does not. These are configs, secrets and bound files whose content changed, changed definitions
    of volumes, one-shot services that already ran, and, with O(drift), what was changed by hand.
options:
  project_src:
    description:
      - The project's folder on the target. Relative paths in the files count from it.
      - Required, but with O(state=absent) and O(state=stopped), where O(project_name) is enough.
    type: path
  files:
    description:
      - Compose files, relative to O(project_src), each merged over those before it.
      - The default is what Compose looks for, C(compose.yaml) and its likes, with the C(override) file beside it.
    type: list
    elements: path
  project_name:
    description: The project's name. The default is C(COMPOSE_PROJECT_NAME), C(name) of the files, or the folder's name.
    type: str
  env_files:
    description: Files with variables for interpolation, instead of C(.env). Of several, the last wins.
    type: list
    elements: path
  profiles:
    description: The profiles to enable.
    type: list
    elements: str
  services:
    description: Only these services and what they depend on; the others stay as they are. The default is all.
    type: list
    elements: str
  definition:
    description:
      - The project as a mapping, instead of O(files). It is written to C(compose.definition.json) in O(project_src),
        readable by its owner alone, so that paths count from there and Compose can be used by hand.
    type: dict
  state:
    description:
      - V(present) makes the services run as the files say.
      - V(stopped) stops all containers of the project, V(absent) removes them and the project's networks. Both count
        services of disabled profiles in.
      - V(restarted) is V(present), and restarts what had not to be made anew.
    type: str
    choices: [present, stopped, restarted, absent]
    default: present
  pull:
    description:
      - When images are pulled. V(policy) is what the file says of each service, else V(missing).
    type: str
    choices: [policy, always, missing, never]
    default: policy
  build:
    description:
      - When images of services with C(build) are built. V(changed) is when something in the build context changed since
        this module built it, or the image is missing.
    type: str
    choices: [changed, always, missing, never]
    default: changed
  recreate:
    description: Whether containers are made anew. V(auto) is where they have to be.
    type: str
    choices: [auto, always, never]
    default: auto
  drift:
    description:
      - What was changed by hand since the containers were made, such as limits by C(docker update).
      - V(report) tells it in RV(drift), V(repair) also puts it right. Both inspect each container.
    type: str
    choices: [ignore, report, repair]
    default: ignore
  allow_volume_recreate:
    description: Whether a volume whose definition changed may be made anew. B(Its data is lost).
    type: bool
    default: false
  remove_orphans:
    description: Whether containers of services that are not enabled, or no more in the files, are removed.
    type: bool
    default: false
  remove_volumes:
    description: Whether O(state=absent) removes the project's volumes, too. B(Their data is lost).
    type: bool
    default: false
  wait:
    description: Whether to wait until what changed is ready. Without it nothing is rolled back.
    type: bool
    default: true
  wait_timeout:
    description: How long all of that may take, in seconds.
    type: int
    default: 120
  stop_timeout:
    description: Seconds between asking a container to stop and killing it. The default is what the file says, else 10.
    type: int
  ready:
    description:
      - What ready means, beside the health checks of files and images.
      - Left out, a service without a health check has to run for three seconds without a restart. An empty list turns
        that off.
    type: list
    elements: dict
    suboptions:
      service:
        description: The service that is probed. The default is each one that changes.
        type: str
      http:
        description:
          - A URL that has to answer with O(ready[].status), asked by the target. C({address}) is the container's
            address.
        type: str
      status:
        description: The statuses that count. The default is 200 to 399.
        type: list
        elements: int
      tcp:
        description: A port of the container that has to accept a connection, or C(host:port).
        type: str
      command:
        description: A command that has to end with 0 in the container, as a list of words.
        type: list
        elements: str
      log:
        description: A regular expression that has to match a line of the log since the container started.
        type: str
      stable_seconds:
        description: How long the container has to run without a restart.
        type: float
  rollback:
    description:
      - Whether the last good release is put back where a service does not get ready.
        C(deploy.update_config.failure_action) of a service may say otherwise.
    type: bool
    default: true
  one_shot:
    description:
      - Services that run once and end, such as migrations. They run again when their image, configuration or content
        changes, or when they failed, and stop the deployment if they fail.
      - Services that others wait for with C(service_completed_successfully) are known to be such.
    type: list
    elements: str
    default: []
  keep_releases:
    description: How many releases are kept on the host, to come back to.
    type: int
    default: 3
  reload_signals:
    description:
      - Services that reload their files on a signal, as a mapping of service to signal. Where nothing but content
        changed, and the container sees it, they get the signal instead of being made anew.
    type: dict
    default: {}
  lock_file:
    description:
      - A file, relative to O(project_src), that pins images to digests. It is written when it does not exist.
    type: path
  lock_timeout:
    description: How long to wait for another run on the same project, in seconds.
    type: int
    default: 60
  docker_host:
    description: The engine's address. The default is C(DOCKER_HOST), else C(unix:///var/run/docker.sock).
    type: str
  compose_cli:
    description:
      - The Compose program. The default is C(docker-compose) in C(PATH), or the plugin of the C(docker) command.
    type: path
  state_directory:
    description:
      - Where releases and what was learned are kept. The default is C(/var/lib/slipway/compose) for root, else
        C(slipway/compose) in C(XDG_STATE_HOME) or C(~/.local/state).
    type: path
  controller_src:
    description:
      - The folder on the controller that O(project_src) is copied from. Check mode then predicts from it, on targets
        where the copy, Compose or the engine does not exist yet.
    type: path
  controller_environment:
    description: The variables that C(.env) will have, for the same.
    type: dict
    default: {}
  controller_images:
    description:
      - Images that will be loaded by then, and their ids, such as RV(slipway.containers.compose_images#module:images)
        tells them. Check mode counts them as there.
    type: dict
    default: {}
  predicted:
    description: The model that the controller read, from the action plugin to the module. Not for playbooks.
    type: dict
requirements:
  - Docker Engine 20.10 or newer, and Docker Compose 2.26 or newer, on the target
attributes:
  check_mode:
    description:
      - Shows the plan, and changes nothing. Never fails for want of Docker, Compose or the files; it then predicts from
        what the controller can read, with RV(prediction_exact=false).
    support: full
  diff_mode:
    description: Shows each service that changes, before and after, and why. Secrets are masked.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
notes:
  - Variables for interpolation come from C(.env), O(env_files) and the keyword C(environment) of the task.
  - An update stops the old container before the new one starts, and RV(outages) says for how long. With
    C(deploy.update_config.order=start-first) the new one is ready first, where that is safe. That is without published
    ports, writable volumes, C(container_name), a fixed address, and the network of the host or of another container.
"""

EXAMPLES = r"""
- name: Bring the project up
  slipway.containers.compose_stack:
    project_src: /opt/shop

- name: Wait until the shop answers, and come back to the last release if it does not
  slipway.containers.compose_stack:
    project_src: /opt/shop
    ready:
      - service: web
        http: "http://{address}:8080/health"
    wait_timeout: 60

- name: A project without a file
  slipway.containers.compose_stack:
    project_src: /opt/cache
    definition:
      services:
        redis:
          image: redis:7
          volumes:
            - ./redis.conf:/etc/redis.conf:ro

- name: Remove it, and keep its volumes
  slipway.containers.compose_stack:
    project_name: cache
    state: absent
"""

RETURN = r"""
project:
  description: The project's name.
  returned: always
  type: str
release:
  description: The number of the release that runs. It goes up with each run that changes something.
  returned: when one is known
  type: int
services:
  description: Each service of the plan.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The service.
      type: str
    action:
      description: One of C(keep), C(start), C(create), C(recreate), C(restart), C(signal), C(stop), C(remove).
      type: str
    reasons:
      description: Why, without secrets.
      type: list
      elements: str
    state:
      description: The state of its first container, such as C(running).
      type: str
    health:
      description: C(healthy), C(unhealthy) or C(starting); empty without a health check.
      type: str
    image:
      description: The image that the file names.
      type: str
    image_id:
      description: The id of the image that runs.
      type: str
    replicas:
      description: How many containers of it there are.
      type: int
    ports:
      description: The published ports, such as C(0.0.0.0:8080->80/tcp).
      type: list
      elements: str
actions:
  description: What was done, in order.
  returned: always
  type: list
  elements: dict
findings:
  description: What was noticed beside the plan, each with rule, severity, path, message and hint.
  returned: always
  type: list
  elements: dict
prediction_exact:
  description:
    - Whether the plan is what Compose itself would say. False for versions that nobody knows yet, and without engine.
  returned: always
  type: bool
rolled_back:
  description: Whether the last good release was put back.
  returned: always
  type: bool
failure:
  description: Why a service did not get ready. Secrets are masked.
  returned: on failure
  type: dict
  contains:
    service:
      description: The service that failed.
      type: str
    cause:
      description:
        - One of C(port), C(image), C(oom), C(probe), C(dependency), C(config), C(exit), C(engine), C(disk) and
          C(timeout).
      type: str
    message:
      description: One sentence.
      type: str
    container:
      description: Its name.
      type: str
    exit_code:
      description: Its exit code.
      type: int
    probe_output:
      description: What the failing health check or probe said last.
      type: str
    log_tail:
      description: The last lines of its log.
      type: list
      elements: str
drift:
  description: What differs from the files though Compose would leave it.
  returned: with O(drift)
  type: list
  elements: str
outages:
  description: For each service that was stopped before its new container was ready, how long it was away, in seconds.
  returned: when something was replaced
  type: dict
lost_in_flight:
  description: How many requests were cut off while services were switched start-first.
  returned: when something changed
  type: int
notes:
  description: Why a service that asks for start-first was stopped first.
  returned: when something changed
  type: list
  elements: str
progress:
  description: What was waited for, in order, with the seconds since the run began.
  returned: when something changed
  type: list
  elements: str
measured:
  description: What the run took.
  returned: always
  type: dict
  contains:
    cli_calls:
      description: How often Compose was called.
      type: int
    engine_requests:
      description: How often the engine was asked.
      type: int
"""

from typing import Any

from ..module_utils._io.stack.memo import recall
from ..module_utils._io.stack.module import Context, run

PROBE = {
    "service": {"type": "str"},
    "http": {"type": "str"},
    "status": {"type": "list", "elements": "int"},
    "tcp": {"type": "str"},
    "command": {"type": "list", "elements": "str"},
    "log": {"type": "str"},
    "stable_seconds": {"type": "float"},
}

ARGUMENTS: dict[str, Any] = {
    "project_src": {"type": "path"},
    "files": {"type": "list", "elements": "path"},
    "project_name": {"type": "str"},
    "env_files": {"type": "list", "elements": "path"},
    "profiles": {"type": "list", "elements": "str"},
    "services": {"type": "list", "elements": "str"},
    "definition": {"type": "dict"},
    "state": {"type": "str", "choices": ["present", "stopped", "restarted", "absent"], "default": "present"},
    "pull": {"type": "str", "choices": ["policy", "always", "missing", "never"], "default": "policy"},
    "build": {"type": "str", "choices": ["changed", "always", "missing", "never"], "default": "changed"},
    "recreate": {"type": "str", "choices": ["auto", "always", "never"], "default": "auto"},
    "drift": {"type": "str", "choices": ["ignore", "report", "repair"], "default": "ignore"},
    "allow_volume_recreate": {"type": "bool", "default": False},
    "remove_orphans": {"type": "bool", "default": False},
    "remove_volumes": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 120},
    "stop_timeout": {"type": "int"},
    "ready": {"type": "list", "elements": "dict", "options": PROBE},
    "rollback": {"type": "bool", "default": True},
    "one_shot": {"type": "list", "elements": "str", "default": []},
    "keep_releases": {"type": "int", "default": 3},
    "reload_signals": {"type": "dict", "default": {}},
    "lock_file": {"type": "path"},
    "lock_timeout": {"type": "int", "default": 60},
    "docker_host": {"type": "str"},
    "compose_cli": {"type": "path"},
    "state_directory": {"type": "path"},
    "controller_src": {"type": "path"},
    "controller_environment": {"type": "dict", "default": {}},
    "controller_images": {"type": "dict", "default": {}},
    "predicted": {"type": "dict"},
}


def work(context: Context) -> dict[str, Any]:
    """The last answer where nothing changed at all; else, and only then, everything that works one out is loaded."""
    remembered = recall(context)
    if remembered is not None:
        return remembered
    from ..module_utils._io.stack import run as stack_run

    return stack_run.work(context)


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
