# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: kube_manifests
short_description: The Kubernetes manifests of a Compose project
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Reads a Compose project on the controller, and says which objects of Kubernetes its services become. Calls nothing.
  - What Compose has no word for stands in C(x-kubernetes) of each service. Every key of the Compose file is translated,
    or a finding says what is lost.
  - The plan holds the values of secrets as they are, in RV(_value.secrets) alone. Use C(no_log) where it is shown or
    passed on.
positional: _input
options:
  _input:
    description: The Compose project, with the suboptions of C(compose) of M(slipway.containers.ecs_task_def).
    type: dict
    required: true
  app:
    description: The name of the app. The default is the project's.
    type: str
  namespace:
    description: The namespace. The default is the name of the app. It is not among the manifests.
    type: str
  minor:
    description: The version of Kubernetes that the manifests are for, which decides their API versions.
    type: str
    default: '1.37'
  images:
    description: References of images by service, instead of those of the Compose file.
    type: dict
    default: {}
  registry:
    description:
      - Where the images that the Compose file builds are pushed to, such as C(registry.example.com/shop). One that has
        a tag in the file is taken from there.
    type: str
  secrets:
    description:
      - What secrets hold, by name. They go before the C(file) or C(environment) of a secret of the Compose file.
    type: dict
    default: {}
  pull_secrets:
    description: Names of Secrets of the namespace with which nodes log in to registries.
    type: list
    elements: str
    default: []
  overrides:
    description:
      - What is to be different in the manifests, by C(Kind/name), over what comes from the Compose file. Mappings are
        merged, lists of things with names by item, anything else is replaced. V(null) removes, a whole object too.
    type: dict
    default: {}
seealso:
  - module: slipway.containers.ecs_task_def
"""

EXAMPLES = r"""
- name: Say what the shop becomes in a cluster
  ansible.builtin.debug:
    msg: "{{ plan.manifests | map(attribute='kind') | list }}, {{ plan.findings | length }} findings"
  vars:
    plan: "{{ {'project_directory': playbook_dir ~ '/shop'} | slipway.containers.kube_manifests(minor='1.36') }}"

- name: Give the web service another image and a class of priority
  ansible.builtin.debug:
    msg: "{{ plan.manifests | selectattr('kind', 'equalto', 'Deployment') | list }}"
  vars:
    plan: >-
      {{ {'project_directory': playbook_dir ~ '/shop'} | slipway.containers.kube_manifests(
      images={'web': 'registry.example.com/shop/web:1.4.2'},
      overrides={'Deployment/web': {'spec': {'template': {'spec': {'priorityClassName': 'high'}}}}}) }}
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
    namespace:
      description: The namespace of all objects.
      type: str
      sample: budget
    minor:
      description: The version of Kubernetes that they are for.
      type: str
      sample: '1.37'
    manifests:
      description: All objects but Secrets, in an order in which they can be applied.
      type: list
      elements: dict
    secrets:
      description: The Secrets, which hold values.
      type: list
      elements: dict
    images:
      description:
        - The images, each with C(service), C(services), C(build), C(context), C(options) for
          M(community.docker.docker_image_build), C(repository), C(tag), C(image) and C(reference), which is null for
          one that is built and whose tag or registry is not known yet.
      type: list
      elements: dict
    findings:
      description:
        - What would not work or would bite later, worst first, each with C(rule), C(severity), C(path), C(message) and
          C(hint). The page compose_on_kubernetes of this collection lists them.
      type: list
      elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

_TEXTS = ("app", "namespace", "minor", "registry")
_MAPPINGS = ("images", "secrets", "overrides")
_LISTS = ("pull_secrets",)
_KINDS: tuple[tuple[tuple[str, ...], Any, str], ...] = (
    (_TEXTS, (str, int, float), "a text"),
    (_MAPPINGS, Mapping, "a dictionary"),
    (_LISTS, (list, tuple), "a list"),
)


def kube_manifests(compose: Any, **options: Any) -> dict[str, Any]:
    """The plan of the project that `compose` names, with what is said beside it."""
    # Ansible loads every filter of a collection to find one: what this one works with is loaded when it is called.
    from ..module_utils._core.compose.document import ComposeError
    from ..module_utils._core.kube.manifests import Wanted
    from ..module_utils._core.kube.manifests import kube_manifests as made
    from ..module_utils._core.kube.versions import VersionError, minor_of
    from ..module_utils._io.compose import options as compose_options
    from ..module_utils._io.compose import project as compose_project

    said = {name: value for name, value in options.items() if value not in (None, "")}
    wrong = [*compose_options.problems(compose), *_wrong(said)]
    if not compose and not wrong:
        wrong.append("found no Compose project, expected a dictionary with project_directory")
    if wrong:
        raise AnsibleFilterError(f"kube_manifests: {'; '.join(wrong)}")
    try:
        if "minor" in said:
            said["minor"] = minor_of(str(said["minor"]))
        return made(compose_project.load(compose), Wanted(**said))
    except (ComposeError, VersionError) as error:
        raise AnsibleFilterError(f"kube_manifests: {error}") from None


def _wrong(said: Mapping[str, Any]) -> list[str]:
    known = [name for names, _kind, _noun in _KINDS for name in names]
    wrong = [f"found the unknown option '{name}', expected {', '.join(known)}" for name in said if name not in known]
    for names, kind, noun in _KINDS:
        mistaken = [name for name in names if name in said and not isinstance(said[name], kind)]
        wrong += [f"{name} is {type(said[name]).__name__}, expected {noun}" for name in mistaken]
    return wrong


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"kube_manifests": kube_manifests}
