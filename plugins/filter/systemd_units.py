# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: systemd_units
short_description: The systemd units that an app becomes, as text
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Shows the units that M(slipway.containers.systemd_app) would install for the same options. Looks at no host.
  - Variables, files and secrets are not part of a unit and not part of the answer.
positional: _input
options:
  _input:
    description:
      - The app - O(_input.name), O(_input.root) and O(_input.services), as in M(slipway.containers.systemd_app). The
        services may also be a mapping from their names to the rest.
    type: dict
    required: true
    suboptions:
      name:
        description: The name of the app.
        type: str
        required: true
      root:
        description: The folder that holds its releases. The default is C(/srv/slipway/<name>).
        type: str
      services:
        description: Its services.
        type: raw
        default: []
  systemd:
    description: The version of the host's systemd.
    type: int
    default: 257
seealso:
  - module: slipway.containers.systemd_app
"""

EXAMPLES = r"""
- name: Show the unit of a web service
  ansible.builtin.debug:
    msg: "{{ (app | slipway.containers.systemd_units)['shop-web.service'] }}"
  vars:
    app:
      name: shop
      services:
        web:
          exec: venv/bin/gunicorn shop:app
          ports: [8000]
          directories: [data]
          limits: {memory: 512M}
"""

RETURN = r"""
_value:
  description: The text of each unit, by the name of its file.
  type: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils._core.findings import report
from ..module_utils._core.systemd.host import OLDEST, Host
from ..module_utils._core.systemd.reader import read_app
from ..module_utils._core.systemd.units import render

_KEYS = ("name", "root", "services")


def systemd_units(app: Any, systemd: Any = 257) -> dict[str, str]:
    """The units of the app on a host with this systemd."""
    if not isinstance(app, Mapping) or any(key not in _KEYS for key in app):
        raise AnsibleFilterError(f"systemd_units: expected a mapping with {', '.join(_KEYS)}")
    if not str(systemd).isdigit() or int(systemd) < OLDEST:
        raise AnsibleFilterError(f"systemd_units: systemd is '{systemd}', expected a version from {OLDEST} up")
    read, findings = read_app(app)
    if findings:
        raise AnsibleFilterError(report(findings, "systemd_units"))
    return {unit.name: unit.text for unit in render(read, Host(int(systemd)))}


class FilterModule:
    """Ansible's entry to the filters of this file."""

    def filters(self) -> dict[str, Any]:
        return {"systemd_units": systemd_units}
