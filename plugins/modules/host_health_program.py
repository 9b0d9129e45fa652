#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_health_program
short_description: Places the code of host_health on a host, for its timer
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Writes the very code that M(slipway.containers.host_health) runs as a folder that Python can run, so that a timer
    looks at the host exactly as the module does. The role P(slipway.containers.host_health#role) uses it.
  - The folder belongs to this module. Other files of Python in it are removed.
options:
  path:
    description: The folder. It is made, readable by everybody.
    type: path
    default: /usr/local/lib/slipway/host_health
  state:
    description: V(absent) removes the folder.
    type: str
    choices: [present, absent]
    default: present
attributes:
  check_mode:
    description: Tells whether anything would change, and changes nothing.
    support: full
  diff_mode:
    description: Names the files that differ.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
notes:
  - Run it as C(python3 /usr/local/lib/slipway/host_health SETTINGS). The settings are a file of JSON with C(options),
    which are those of M(slipway.containers.host_health), C(status_file) and C(metrics_file).
"""

EXAMPLES = r"""
- name: Place the program
  slipway.containers.host_health_program:

- name: Remove it
  slipway.containers.host_health_program:
    state: absent
"""

RETURN = r"""
files:
  description: What was written or removed, within O(path).
  returned: always
  type: list
  elements: str
  sample: [slipway_host_health/_core/health/verdict.py]
interpreter:
  description: The Python that runs it.
  returned: always
  type: str
  sample: /usr/bin/python3.13
"""

import sys
from pathlib import Path
from typing import Any

from ..module_utils._io.health.program import files, install, present
from ..module_utils._io.private_files import remove_folder
from ..module_utils._io.quiet_module import QuietModule

ARGUMENTS: dict[str, Any] = {
    "path": {"type": "path", "default": "/usr/local/lib/slipway/host_health"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def work(module: QuietModule) -> dict[str, Any]:
    """Compare, and write what differs."""
    folder = Path(module.params["path"])
    wanted = files() if module.params["state"] == "present" else {}
    there = present(folder)
    differ = sorted(path for path in {*wanted, *there} if wanted.get(path) != there.get(path))
    if differ and not module.check_mode:
        if wanted:
            install(folder, wanted)
        else:
            remove_folder(folder)
    lines = {"before": sorted(there), "after": sorted(wanted)}
    diff = {when: "".join(f"{path}\n" for path in listed if path in differ) for when, listed in lines.items()}
    return {
        "changed": bool(differ),
        "files": differ,
        "interpreter": sys.executable,
        "diff": {**diff, "before_header": str(folder), "after_header": str(folder)},
    }


def main() -> None:
    """One message where it cannot be."""
    module = QuietModule(ARGUMENTS, supports_check_mode=True)
    try:
        result = work(module)
    except OSError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
