#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: compose_files
short_description: Place the files of a Compose project on a host, and put the former ones back if need be
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Makes a folder on the target hold what a folder on the controller holds, with C(.env) and the files of secrets.
  - What is missing travels in one archive. A run that changes nothing is one call, whatever the number of files.
  - Each file is replaced in one step. Only files that this module placed are replaced or removed; what containers or
    people put into the folder stays.
  - What was there before a change is kept until O(state=accepted), and comes back with O(state=restored).
  - The role P(slipway.containers.compose_app#role) uses it around M(slipway.containers.compose_stack).
options:
  name:
    description: The project's name, under which is remembered what was placed.
    type: str
    required: true
  dest:
    description:
      - The project's folder on the target, an absolute path.
      - One that holds files of others is refused, unless O(adopt) says otherwise.
    type: path
    required: true
  state:
    description:
      - V(present) places the files. V(accepted) says that they are good, and drops what was kept of the former ones.
      - V(restored) puts the files back that were accepted last. Where none ever were, what was placed stays.
      - V(absent) removes what was placed, and the folder where nothing else is in it.
    type: str
    choices: [present, accepted, restored, absent]
    default: present
  src:
    description: The project's folder on the controller. Relative paths start where C(ansible-playbook) was started.
    type: path
  exclude:
    description:
      - What is left out, as patterns of a C(.gitignore). A file C(.slipwayignore) in O(src) adds to them.
    type: list
    elements: str
    default: []
  files:
    description: The Compose files, relative to O(src), where they are not those that Compose looks for.
    type: list
    elements: path
  environment:
    description:
      - Variables for C(.env), which has mode 0600. Values are quoted so that Compose reads exactly them.
      - They are added to the C(.env) of O(src), if there is one, and win over it.
    type: dict
    default: {}
  secrets:
    description:
      - Contents of secrets, by their names in the Compose file. Each goes where C(file) of the secret says.
      - Files of secrets have mode 0400, and belong to the user of the services that read them, where that is a number,
        else to root. The same holds for those that O(src) has.
    type: dict
    default: {}
  adopt:
    description: Whether to take over a folder that somebody else filled. Files of the same name are replaced.
    type: bool
    default: false
  state_directory:
    description: Where it is remembered what was placed, with what is kept of former files. Only root can read it.
    type: path
    default: /var/lib/slipway/compose_app
  entries:
    description: What the folder shall hold, from the action plugin to the module. Not for playbooks.
    type: list
    elements: dict
    default: []
  archive:
    description: The contents that were missing, from the action plugin to the module. Not for playbooks.
    type: path
attributes:
  check_mode:
    description: Says what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows files that change. Of C(.env) and secrets it shows that they change.
    support: full
  idempotent:
    description: A second run with the same files changes nothing.
    support: full
notes:
  - Modes are those of the controller, without what others may write. Owners are who the task runs as.
  - Folders that are there already stay as they are, since a container may have made one its own.
"""

EXAMPLES = r"""
- name: Place the shop
  slipway.containers.compose_files:
    name: shop
    src: shop
    dest: /opt/slipway/shop
    environment:
      APP_TAG: 1.4.0
    secrets:
      db_password: "{{ vault_db_password }}"

- name: What was placed is good
  slipway.containers.compose_files:
    name: shop
    dest: /opt/slipway/shop
    state: accepted
"""

RETURN = r"""
created:
  description: Paths that were missing.
  returned: success
  type: list
  elements: str
updated:
  description: Paths whose content, mode or owner was another.
  returned: success
  type: list
  elements: str
removed:
  description: Paths that were placed earlier, and are not in O(src) any more.
  returned: success
  type: list
  elements: str
restored:
  description: Paths that are as they were before.
  returned: with O(state=restored)
  type: list
  elements: str
staged:
  description:
    - A folder on the controller that is as O(dest) would be, until the run ends. It is for
      O(slipway.containers.compose_stack#module:controller_src).
  returned: in check mode, when something would change
  type: str
pending:
  description: Whether something was placed that was not accepted yet.
  returned: success
  type: bool
"""

import os

from ..module_utils._io.compose.files_options import ARGUMENTS
from ..module_utils._io.placed.run import work
from ..module_utils._io.placed.state import PlacingError
from ..module_utils._io.quiet_module import QuietModule


def main() -> None:
    """Nothing is written to the system log: the options hold hashes of secrets."""
    module = QuietModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    os.umask(0o022)  # folders on the way are for everybody, whatever root's own umask is
    invocation = {"module_args": {name: module.params[name] for name in ("name", "dest", "state")}}
    try:
        result = work(module.params, module.check_mode, module._diff)
    except PlacingError as problem:
        module.fail_json(msg=str(problem), changed=False, invocation=invocation)
    except OSError as problem:
        module.fail_json(msg=f"{problem.filename}: {problem.strerror}", changed=False, invocation=invocation)
    else:
        module.exit_json(invocation=invocation, **result)


if __name__ == "__main__":
    main()
