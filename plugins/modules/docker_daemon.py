#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_daemon
short_description: Settings of the Docker daemon, merged into daemon.json and brought into effect
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Merges O(config) into the C(daemon.json) that the host has. Settings of the host that are not in O(config) stay.
  - What was set by this module is recorded on the host together with what stood there before. A setting that is no
    longer in O(config) is taken out again, and the host's own comes back.
  - The result is checked before it is installed. Then C(dockerd) gets a SIGHUP where every changed setting allows it,
    and is restarted otherwise.
  - A restart with C(live-restore) in O(config) leaves containers running. Where C(live-restore) is not active yet, it
    is turned on by a reload before the restart.
  - After a restart every container that ran before is looked for. Where C(dockerd) does not come up with the new
    settings, the old file is put back, C(dockerd) is started with it, and the task fails with its last words.
  - A host without C(dockerd), or one where it does not run, gets the file only.
options:
  config:
    description:
      - The settings, with the keys of C(daemon.json). They win over those of the host.
      - C(log-opts), C(features), C(builder), C(runtimes), C(proxies) and other mappings are merged name by name. A
        list, such as C(registry-mirrors), replaces that of the host.
      - With a C(log-driver) other than the host's, the host's C(log-opts) are set aside, since they belong to the
        other driver.
      - V(null) leaves a setting to the host.
      - Required with O(state=present).
    type: dict
  path:
    description: The file. It keeps its mode and owner.
    type: path
    default: /etc/docker/daemon.json
  state:
    description:
      - V(absent) takes out what this module has set and puts back what the host had. A file that this module made, and
        in which nothing is left, is removed.
    type: str
    choices: [present, absent]
    default: present
  validate:
    description:
      - Ask C(dockerd --validate), which Engine 23.0 and newer have, with the flags of the running C(dockerd).
      - Types, unknown keys of older engines, options of log drivers and conflicts with flags are checked in any case.
    type: bool
    default: true
  apply:
    description:
      - V(auto) reloads C(dockerd) where every changed setting allows it, and restarts it otherwise.
      - V(reload) never restarts, and RV(pending) names what is not in effect yet. V(restart) restarts on any change.
      - V(none) changes the file only.
      - What is pending is taken up by a later run with another O(apply), and is forgotten once C(dockerd) was started.
    type: str
    choices: [auto, reload, restart, none]
    default: auto
  allow_restart:
    description: Whether C(dockerd) may be restarted. If not, a change that needs it fails before anything is changed.
    type: bool
    default: true
  wait_timeout:
    description: Seconds that C(dockerd) has to answer again.
    type: int
    default: 60
  record_path:
    description: Where it is recorded what is ours. The file is readable by root only.
    type: path
    default: /var/lib/slipway/docker_host/daemon.json
  service:
    description: The unit of systemd that runs C(dockerd).
    type: str
    default: docker
  docker_host:
    description: The Unix socket of C(dockerd).
    type: str
    default: unix:///var/run/docker.sock
attributes:
  check_mode:
    description: Tells what would change, asks C(dockerd) to judge it, and changes nothing.
    support: full
  diff_mode:
    description: Shows the file before and after, with what looks like a secret masked, and what happens to C(dockerd).
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
notes:
  - Needs root on the host, and systemd for a restart.
  - Docker applies C(log-driver) and C(log-opts) to containers that are created from then on. Those that exist keep
    what they were created with.
  - Restarts C(dockerd) only where its setting needs it. Live settings are C(debug), C(labels), C(live-restore),
    C(max-concurrent-downloads), C(max-concurrent-uploads), C(max-download-attempts), C(shutdown-timeout),
    C(registry-mirrors), C(insecure-registries), C(authorization-plugins), C(runtimes), C(default-runtime),
    C(default-shm-size), C(default-ipc-mode), C(default-cgroupns-mode), C(network-diagnostic-port) and C(buildkit) of
    C(features). Most of them keep their old value until a restart when they are taken out.
"""

EXAMPLES = r"""
- name: Rotate logs, and keep containers running while dockerd is restarted
  slipway.containers.docker_daemon:
    config:
      log-driver: local
      log-opts:
        max-size: 20m
        max-file: 5
      live-restore: true

- name: Use a mirror, and never restart dockerd for it
  slipway.containers.docker_daemon:
    config:
      registry-mirrors: ["https://mirror.example.org"]
    record_path: /var/lib/slipway/docker_host/mirror.json
    allow_restart: false

- name: Take out what was set, and put back what the host had
  slipway.containers.docker_daemon:
    state: absent
"""

RETURN = r"""
action:
  description: What was done to C(dockerd), or in check mode would be.
  returned: always
  type: str
  sample: reload
reasons:
  description: The settings that change, with what each takes. Values that look like secrets are masked.
  returned: always
  type: list
  elements: str
  sample: ["debug: not set -> True (reload)"]
conflicts:
  description: Settings where the host has another value of its own, which ours stands over.
  returned: always
  type: list
  elements: dict
  contains:
    key:
      description: The setting, with dots.
      type: str
      sample: log-opts.max-size
    host:
      description: The host's value.
      type: raw
      sample: 1g
    ours:
      description: Our value; V(null) where the host's is set aside.
      type: raw
      sample: 10m
config:
  description: What the file holds then, masked.
  returned: always
  type: dict
config_before:
  description: What the file held before, masked.
  returned: always
  type: dict
pending:
  description: Settings that stand in the file and are not in effect yet.
  returned: always
  type: list
  elements: str
  sample: [log-driver]
live_restore:
  description:
    - How a restart treated running containers. V(on) and V(turned on first) left them alone, V(off) stopped them.
    - Empty without a restart.
  returned: when something was changed
  type: str
  sample: turned on first
started_again:
  description: Containers that a restart took down, and that were started since their restart policy says so.
  returned: when something was changed
  type: list
  elements: str
not_running:
  description: Containers that ran before a restart and do not run now.
  returned: when something was changed
  type: list
  elements: str
not_in_effect:
  description:
    - Settings that C(dockerd) shows otherwise than the file says, and those of its default bridge, such as C(bip) and
      C(mtu), where containers ran on through a restart. C(dockerd) takes these when it starts with none running.
  returned: when something was changed
  type: list
  elements: str
restored:
  description: Whether C(dockerd) runs with the old file again.
  returned: when dockerd did not take the new file
  type: bool
findings:
  description: What is wrong with the settings.
  returned: when the settings were refused
  type: list
  elements: dict
"""

from typing import Any

from ..module_utils._core.daemon.document import DocumentError, parse
from ..module_utils._core.daemon.masking import masked
from ..module_utils._core.daemon.plan import Plan, Present, Record, Wanted, decide
from ..module_utils._core.daemon.validate import Dockerd, problems, refused
from ..module_utils._core.findings import Finding, report
from ..module_utils._io.daemon import files
from ..module_utils._io.daemon import service as daemon_service
from ..module_utils._io.daemon.api import Api
from ..module_utils._io.daemon.apply import NotTakenError, Outcome, Place, carry_out
from ..module_utils._io.engine.client import EngineError
from ..module_utils._io.quiet_module import QuietModule

ARGUMENTS: dict[str, Any] = {
    "config": {"type": "dict"},
    "path": {"type": "path", "default": "/etc/docker/daemon.json"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "validate": {"type": "bool", "default": True},
    "apply": {"type": "str", "choices": ["auto", "reload", "restart", "none"], "default": "auto"},
    "allow_restart": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 60},
    "record_path": {"type": "path", "default": "/var/lib/slipway/docker_host/daemon.json"},
    "service": {"type": "str", "default": "docker"},
    "docker_host": {"type": "str", "default": "unix:///var/run/docker.sock"},
}
_BRIDGE = " dockerd sets up its bridge when it starts with no container running."
PIDFILE = "/var/run/docker.pid"


class RefusedError(Exception):
    """The settings cannot work; `findings` say why."""

    def __init__(self, path: str, findings: list[Finding]) -> None:
        super().__init__(f"{report(findings, path)}\nNothing was changed.")
        self.findings = findings


def look(params: dict[str, Any], text: str | None) -> tuple[Place, Present]:
    """The present state of the host. A dockerd that does not run is not asked: its socket would start it."""
    path, service = params["path"], daemon_service.Service(params["service"])
    unit = service.unit()
    host = None if text is None else parse(text, path)
    pid = unit.pid or daemon_service.pid_of_file((host or {}).get("pidfile", PIDFILE))
    records = files.Records(params["record_path"])
    place = Place(path, records, service, Api(params["docker_host"]), pid, params["wait_timeout"])
    record = records.load(path)
    if record.pending and daemon_service.started_after(pid, path):
        record = Record(record.settings, record.created)
    dockerd = Dockerd(unit.arguments, judges=params["validate"] and daemon_service.program() is not None)
    return place, Present(host, record, dockerd, place.api.info() if pid else None, pid == unit.pid)


def judge(plan: Plan, place: Place) -> None:
    """Stop at what cannot work. dockerd is asked last, and only about a file that it has not read yet."""
    found = list(plan.findings)
    if not found and plan.changes and plan.present.dockerd.judges:
        program, ours = str(daemon_service.program()), plan.ours
        arguments, config = plan.present.dockerd.arguments, plan.merged.config
        said = daemon_service.asked(program, arguments, plan.text, place.path)
        if said is None:
            found += problems(config, ours, Dockerd(arguments, daemon_service.version(program)))
        elif said:
            found += refused(said, config, ours)
    if found:
        raise RefusedError(place.path, found)


def result(plan: Plan) -> dict[str, Any]:
    before, after = plan.diff
    return {
        "changed": plan.changed,
        "action": plan.action,
        "reasons": plan.reasons,
        "conflicts": plan.conflicts,
        "config": masked(plan.merged.config),
        "config_before": masked(plan.present.config or {}),
        "pending": sorted(plan.pending),
        "diff": {"before": before, "after": after},
    }


def facts(outcome: Outcome) -> dict[str, Any]:
    names = ("live_restore", "started_again", "not_running", "not_in_effect")
    return {name: getattr(outcome, name) for name in names}


def warnings(plan: Plan, outcome: Outcome) -> list[str]:
    said = []
    if plan.changed and plan.conflicts:
        keys = ", ".join(conflict["key"] for conflict in plan.conflicts)
        said.append(f"The host had settings of its own, which are set aside: {keys}.")
    if outcome.not_running:
        said.append(f"Ran before dockerd was restarted, and do not run now: {', '.join(outcome.not_running)}.")
    if outcome.not_in_effect:
        keys = ", ".join(outcome.not_in_effect)
        said.append(f"In the file, and not in effect: {keys}.{_BRIDGE if plan.for_no_containers else ''}")
    return said


def work(module: QuietModule) -> dict[str, Any]:
    params = module.params
    text = files.read(params["path"])
    place, present = look(params, text)
    config = (params["config"] or {}) if params["state"] == "present" else {}
    plan = decide(Wanted(config, params["apply"], params["allow_restart"]), present)
    judge(plan, place)
    outcome = Outcome()
    if not module.check_mode and (plan.changed or plan.record != present.record):
        outcome = carry_out(plan, place, text)
    for sentence in warnings(plan, outcome):
        module.warn(sentence)
    return {**result(plan), **(facts(outcome) if plan.changed and not module.check_mode else {})}


def main() -> None:
    # The invocation is shown masked.
    module = QuietModule(ARGUMENTS, supports_check_mode=True, required_if=[("state", "present", ["config"])])
    invocation = {"module_args": {**module.params, "config": masked(module.params["config"] or {})}}
    try:
        module.exit_json(invocation=invocation, **work(module))
    except RefusedError as error:
        told = [finding.as_dict() for finding in error.findings]
        module.fail_json(msg=str(error), invocation=invocation, changed=False, findings=told)
    except NotTakenError as error:
        module.fail_json(msg=str(error), invocation=invocation, changed=not error.facts["restored"], **error.facts)
    except (DocumentError, EngineError, OSError) as error:
        module.fail_json(msg=str(error), invocation=invocation)


if __name__ == "__main__":
    main()
