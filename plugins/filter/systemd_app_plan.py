# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: systemd_app_plan
short_description: Everything that an app consists of as systemd units
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Reads a Compose project on the controller, and says which units its services become, what a release of it needs, and
    what differs from Compose. Calls nothing.
  - What runs, and what makes a release ready, stands in C(x-systemd) of each service. Every key of the Compose file is
    translated, or a finding says what is lost. Without a Compose project the services are those of O(services).
  - The plan holds the values of variables and secrets as they are. Use C(no_log) where it is shown or passed on.
positional: _input
options:
  _input:
    description:
      - The Compose project, with the suboptions of C(compose) of M(slipway.containers.ecs_task_def). An empty
        dictionary is none.
    type: dict
    required: true
  app:
    description: The name of the app. The default is the project's.
    type: str
  root:
    description: The folder of the app's releases on the host. The default is C(/srv/slipway/<app>).
    type: str
  services:
    description:
      - Options of services by their names, as M(slipway.containers.systemd_app) has them, over what the Compose file
        says. Entries of C(credentials), C(environment), C(hardening), C(limits) and C(log) are added to those of the
        file. V(null) takes an option away.
    type: dict
    default: {}
  secrets:
    description:
      - What secrets hold, by name. They go before the C(file) or C(environment) of a secret of the Compose file, and
        fill C(files) of O(services) that have C(secret) and no C(content).
    type: dict
    default: {}
seealso:
  - module: slipway.containers.systemd_app
  - module: slipway.containers.systemd_release
"""

EXAMPLES = r"""
- name: Say what the shop becomes on a host
  ansible.builtin.debug:
    msg: "{{ plan.services | map(attribute='name') | list }}, {{ plan.findings | length }} findings"
  vars:
    plan: "{{ {'project_directory': playbook_dir ~ '/shop'} | slipway.containers.systemd_app_plan }}"
"""

RETURN = r"""
_value:
  description: The plan.
  type: dict
  contains:
    name:
      description: The name of the app.
      type: str
      sample: budget
    root:
      description: The folder of its releases on the host.
      type: str
      sample: /srv/slipway/budget
    services:
      description: The services, as O(slipway.containers.systemd_app#module:services) takes them.
      type: list
      elements: dict
    findings:
      description:
        - What would not work or would bite later, worst first, each with C(rule), C(severity), C(path), C(message) and
          C(hint). The page compose_on_systemd of this collection lists them.
      type: list
      elements: dict
    release:
      description:
        - What makes a release ready - C(requirements), a file or an empty text, and C(build), a list of commands. Files
          in C(exclude) hold secrets or variables, and stay out of it.
      type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

_TEXTS = ("app", "root")
_MAPPINGS = ("services", "secrets")


def systemd_app_plan(compose: Any, **options: Any) -> dict[str, Any]:
    """The plan of the project that `compose` names, with what is said beside it."""
    # Ansible loads every filter of a collection to find one: what this one works with is loaded when it is called.
    from ..module_utils._core.compose.document import ComposeError
    from ..module_utils._core.systemd.app_plan import Wanted, app_plan
    from ..module_utils._io.compose import options as compose_options
    from ..module_utils._io.compose import project as compose_project

    said = {name: value for name, value in options.items() if value not in (None, "")}
    wrong = [*compose_options.problems(compose), *_wrong(compose, said)]
    if wrong:
        raise AnsibleFilterError(f"systemd_app_plan: {'; '.join(wrong)}")
    try:
        project = compose_project.load(compose) if compose else None
        return app_plan(project, Wanted(**said))
    except ComposeError as error:
        raise AnsibleFilterError(f"systemd_app_plan: {error}") from None


def _wrong(compose: Any, said: Mapping[str, Any]) -> list[str]:
    wrong = [
        f"found the unknown option '{name}', expected {', '.join((*_TEXTS, *_MAPPINGS))}"
        for name in said
        if name not in (*_TEXTS, *_MAPPINGS)
    ]
    if not compose and not said.get("app"):
        wrong.append("app is missing, expected the name of the app, since there is no Compose project that has one")
    wrong += [f"{name} is {type(said[name]).__name__}, expected a text" for name in _TEXTS if not _is(said, name, str)]
    mistaken = [name for name in _MAPPINGS if not _is(said, name, Mapping)]
    return [*wrong, *(f"{name} is {type(said[name]).__name__}, expected a dictionary" for name in mistaken)]


def _is(said: Mapping[str, Any], name: str, kind: type[Any]) -> bool:
    return name not in said or isinstance(said[name], kind)


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"systemd_app_plan": systemd_app_plan}
