#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: systemd_app
short_description: Bring an app that runs as systemd units to its declared state, gated on readiness, with rollback
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Renders hardened units, verifies them, installs them, lets C(current) lead to the release, and starts what has to be
    started, in the order of needs. Check mode and diff mode show the same plan.
  - Waits until what it changed is ready. Where it does not get ready, the former release and its units are put back,
    and one block says which service failed, and why.
  - A service is restarted only where its release, its section C([Service]), its variables or its files changed, and
    reloaded where nothing changed but files of the release that it can read again.
  - Releases are made by M(slipway.containers.systemd_release); the role C(systemd_service) calls both.
options:
  name:
    description: The app's name. Its units begin with it.
    type: str
    required: true
  root:
    description: The folder that holds C(releases) and the link C(current). The default is C(/srv/slipway/NAME).
    type: path
  services:
    description:
      - The services, each a mapping with C(name), C(exec) and what else the role's documentation names, as the filter
        P(slipway.containers.systemd_app_plan#filter) returns them.
      - Required with O(state=present). Left out with O(state=stopped) and O(state=restarted), they are those that are
        installed.
    type: list
    elements: dict
  release:
    description: The id of the release that C(current) leads to. Left out, it stays as it is.
    type: str
  state:
    description:
      - V(present) makes the services run as they are described.
      - V(restarted) is V(present), and restarts what had not to be restarted anyway.
      - V(stopped) installs what is described, stops all of it, and keeps it from starting at boot.
      - V(former) goes back to what was good before, release and units. Done again, it goes back further.
      - V(absent) stops and removes the units and what is beside them.
    type: str
    choices: [present, stopped, restarted, former, absent]
    default: present
  keep_releases:
    description: How many releases are kept. Those that run or may be gone back to are never removed.
    type: int
    default: 3
  rollback:
    description: Whether the former deployment is put back where a service does not get ready.
    type: bool
    default: true
  wait:
    description: Whether to wait until what changed is ready. Without it, only a start that fails is rolled back.
    type: bool
    default: true
  lock_timeout:
    description: How long to wait for another run on the same app, in seconds.
    type: int
    default: 60
  max_exposure:
    description:
      - Fails, before anything is touched, where C(systemd-analyze security) gives a unit more than this.
    type: float
  remove_releases:
    description: Whether O(state=absent) removes the releases, too.
    type: bool
    default: false
  remove_data:
    description: Whether O(state=absent) removes the services' folders of data, too. B(The data is lost).
    type: bool
    default: false
requirements:
  - systemd 252 or newer on the target, as Debian 12 has it
attributes:
  check_mode:
    description:
      - Shows the plan and verifies the units, and changes nothing. The release may be one that is not made yet.
    support: full
  diff_mode:
    description: Shows units as text, and of variables, files and secrets their names alone.
    support: full
  idempotent:
    description: A second run changes nothing. V(former) and V(restarted) of O(state) act each time.
    support: partial
notes:
  - Runs as root.
  - A command of a readiness probe runs as the service's user, or as one that systemd makes up, with the service's
    variables.
  - A service that is reloaded keeps its working directory in the release that it was started from; it has to read what
    it reads again through C(current).
  - A deployment that is told to change nothing waits for nobody.
seealso:
  - module: slipway.containers.systemd_release
"""

EXAMPLES = r"""
- name: The code, from a folder on the controller
  slipway.containers.systemd_release:
    app: page
    source:
      directory: page
  register: made

- name: Run it, and wait until it answers
  slipway.containers.systemd_app:
    name: page
    release: "{{ made.release }}"
    services:
      - name: page
        exec: [/usr/bin/python3, -m, http.server, "8090"]
        ports: [8090]
        ready:
          - http: http://127.0.0.1:8090/index.html

- name: With a limit, and a secret that only systemd and the service can read
  slipway.containers.systemd_app:
    name: page
    release: "{{ made.release }}"
    max_exposure: 2.0
    services:
      - name: page
        exec: [/usr/bin/python3, -m, http.server, "8090"]
        ports: [8090]
        limits:
          memory: 256M
        files:
          - name: db_password
            target: /run/secrets/db_password
            content: "{{ vault_db_password }}"
            secret: true
        ready:
          - http: http://127.0.0.1:8090/index.html

- name: Go back to the release and units before
  slipway.containers.systemd_app:
    name: page
    state: former

- name: Remove it with its releases, and keep its data
  slipway.containers.systemd_app:
    name: page
    state: absent
    remove_releases: true
"""

RETURN = r"""
app:
  description: The app's name.
  returned: always
  type: str
release:
  description: The id of the release that C(current) leads to after the run.
  returned: always
  type: str
former:
  description: The id of the release that O(state=former) would go back to.
  returned: always
  type: str
services:
  description: Each service of the plan.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The service.
      type: str
    unit:
      description: Its unit; the timer where it has one.
      type: str
    action:
      description: One of C(none), C(start), C(restart), C(reload), C(stop), C(remove).
      type: str
    reasons:
      description: Why, without secrets.
      type: list
      elements: str
    state:
      description: The unit's state after the run, such as C(active).
      type: str
    exposure:
      description: What C(systemd-analyze security) gives its unit. 0 is the safest, 10 the most exposed.
      type: float
    hardening_off:
      description: The options of hardening that were turned off, and by how much the score rises with each.
      type: dict
actions:
  description: What was done, in order, with the seconds that it took.
  returned: always
  type: list
  elements: dict
findings:
  description: What was noticed beside the plan, each with rule, severity, path, message and hint.
  returned: always
  type: list
  elements: dict
rolled_back:
  description: Whether the former deployment was put back.
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
    unit:
      description: Its unit.
      type: str
    result:
      description: What systemd calls it, such as C(exit-code).
      type: str
    cause:
      description: One of C(exit), C(signal), C(oom), C(start), C(timeout), C(probe), C(disk), C(systemd).
      type: str
    message:
      description: One sentence.
      type: str
    exit_code:
      description: The exit code of its process.
      type: int
    signal:
      description: The signal that ended it.
      type: str
    probe_output:
      description: What the failing probe said last.
      type: str
    log_tail:
      description: The last lines of its journal.
      type: list
      elements: str
outages:
  description: For each service that was restarted, how long it took until it was ready again, in seconds.
  returned: always
  type: dict
progress:
  description: What was done and waited for, in order, with the seconds since the run began.
  returned: always
  type: list
  elements: str
"""

from typing import Any

from ..module_utils._io.systemd.module import run
from ..module_utils._io.systemd.run import work

STATES = ["present", "stopped", "restarted", "former", "absent"]

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "root": {"type": "path"},
    "services": {"type": "list", "elements": "dict"},
    "release": {"type": "str"},
    "state": {"type": "str", "choices": STATES, "default": "present"},
    "keep_releases": {"type": "int", "default": 3},
    "rollback": {"type": "bool", "default": True},
    "wait": {"type": "bool", "default": True},
    "lock_timeout": {"type": "int", "default": 60},
    "max_exposure": {"type": "float"},
    "remove_releases": {"type": "bool", "default": False},
    "remove_data": {"type": "bool", "default": False},
}


def main() -> None:
    run(work, argument_spec=ARGUMENTS)


if __name__ == "__main__":
    main()
