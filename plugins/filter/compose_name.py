# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: compose_name
short_description: The name that Docker Compose gives the project of a folder
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Reads the Compose files of a folder on the controller as Compose does. The name is C(COMPOSE_PROJECT_NAME) of
    O(environment) or C(.env), else C(name) of the last file, else the folder's own name.
positional: _input
options:
  _input:
    description: The folder. A relative one starts where C(ansible-playbook) was started.
    type: path
    required: true
  files:
    description: The Compose files, relative to the folder, where they are not those that Compose looks for.
    type: list
    elements: path
    default: []
  environment:
    description: Variables that the files use.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Where the shop goes
  ansible.builtin.debug:
    msg: "/opt/slipway/{{ 'shop' | slipway.containers.compose_name }}"
"""

RETURN = r"""
_value:
  description: The name.
  type: str
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError


def compose_name(folder: Any, files: Sequence[str] | str = (), environment: Mapping[str, Any] | None = None) -> str:
    """The project's name."""
    # Ansible loads every filter of a collection to find one: what this one works with is loaded when it is called.
    from ..module_utils._core.compose.document import ComposeError
    from ..module_utils._io.compose.project_extras import name_in

    if not isinstance(folder, str) or not folder:
        raise AnsibleFilterError("compose_name: found no folder, expected the path of one on the controller")
    path = Path(str(folder)).expanduser().absolute()
    if not path.is_dir():
        raise AnsibleFilterError(f"compose_name: {path} is no folder on the controller")
    try:
        listed = files.split(",") if isinstance(files, str) else files  # from the command line it comes as text
        return name_in(path, str(path), [str(file) for file in listed if file], environment)
    except ComposeError as problem:
        raise AnsibleFilterError(f"compose_name: {problem}") from None


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"compose_name": compose_name}
