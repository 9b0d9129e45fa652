#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: host_health
short_description: Processor, memory and disks of a host against warning and critical thresholds
version_added: 0.1.0
author:
  - The slipway.containers founders (@slipway)
description:
  - Measures CPU over an interval, load, memory that is not available, swap, pressure, and disk and inodes of each file
    system, and what Docker and named apps take of it.
  - Judges each figure, C(normal), C(warning) or C(critical), and the host by its worst one.
  - Says when the figures call for a larger set-up, which is memory above 87.5 % (3.5 of 4 GB) and CPU above 80 %
    sustained.
  - Reads C(/proc), control groups, C(statvfs) and Docker's socket. It changes nothing and starts nothing.
options:
  interval:
    description: Seconds over which CPU is measured, from 0.1 to 300. The task takes as long.
    type: float
    default: 1.0
  samples:
    description:
      - So many intervals one after another. RV(cpu) is over all of them; CPU counts as sustained when each of them was
        above the limit.
    type: int
    default: 1
  thresholds:
    description:
      - Percent by item, as C({warning, critical}). Below C(warning) is normal, above C(critical) is critical.
      - C(cpu) is 50 and 70, C(memory) 60 and 80, C(disk) and C(inodes) 70 and 85. C(swap), C(load) (of five minutes,
        for each CPU), C(pressure) (the share of the last minute in which some task waited), C(app_cpu) and
        C(app_memory) have none, and are only shown.
      - What is left out keeps its default. V(null) takes a threshold away.
      - C(mounts) holds thresholds of single mount points, such as C(/data), by C(disk) and C(inodes), and C(apps)
        those of single apps, by C(cpu) and C(memory).
    type: dict
    default: {}
  mounts:
    description:
      - The mount points to look at. One where nothing is mounted is critical.
      - Left empty, it is each file system on a disk or a network, once, wherever else it is mounted. File systems of
        the kernel, layers of containers, images such as C(squashfs), and memory are not among them. A C(tmpfs) can be
        named.
    type: list
    elements: str
    default: []
  ignore_mounts:
    description: Patterns of mount points to leave out, such as C(/mnt/backup*).
    type: list
    elements: str
    default: []
  docker:
    description:
      - V(auto) looks at Docker where it runs. V(always) makes it critical where it does not. V(never) does not ask.
      - Containers that are unhealthy, or are started again and again, are a warning.
    type: str
    choices: [auto, always, never]
    default: auto
  docker_host:
    description: The address of the engine, such as C(unix:///run/user/1000/docker.sock), where it is not the usual one.
    type: str
  docker_timeout:
    description:
      - Seconds that the engine has to answer. It adds up what it has on disk while CPU is measured; on a host with many
        images that takes longer, and is then not known.
    type: float
    default: 5.0
  apps:
    description: Apps whose own use is to be seen. One that does not run is critical.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What it is called in the result.
        type: str
        required: true
      units:
        description: Its systemd units and slices, by name or pattern, such as C(shop-*.service).
        type: list
        elements: str
      project:
        description: Its project of Docker Compose.
        type: str
  sustained_seconds:
    description: How far back to look for CPU that is high all the time, where the timer's file has that.
    type: float
    default: 300.0
  status_file:
    description: What the timer of the role P(slipway.containers.host_health#role) writes. It need not be there.
    type: path
    default: /run/slipway-host-health/status.json
  fail_on:
    description: The state at which the task fails. What is not known fails, too.
    type: str
    choices: [never, warning, critical]
    default: never
attributes:
  check_mode:
    description: Changes nothing in any mode.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
  idempotent:
    description: Changes nothing.
    support: full
notes:
  - Needs Linux 3.14 or newer. Needs no root, but Docker's socket is root's, and a folder may be closed to others.
  - "Disk percent is that of C(df): what is kept for root is neither used nor free."
  - Time that waited for disks is idle, since something else could have run. Time that the hypervisor gave to others
    counts as busy. RV(cpu) shows both.
"""

EXAMPLES = r"""
- name: Look at the host
  slipway.containers.host_health:
  register: health

- name: Stop a deployment to a host that is full, however busy it is
  slipway.containers.host_health:
    thresholds:
      cpu:
      memory: {warning: 90, critical: 98}
      disk: {warning: 90, critical: 95}
      mounts:
        /: {inodes: {critical: 90}}
    fail_on: critical

- name: See what journald takes, and Docker has to run
  slipway.containers.host_health:
    docker: always
    apps:
      - name: logs
        units: [systemd-journald.service]
    thresholds:
      apps:
        logs:
          memory: {warning: 5, critical: 20}
"""

RETURN = r"""
verdict:
  description: The worst state of all items; V(normal), V(unknown), V(warning) or V(critical).
  returned: always
  type: str
  sample: warning
checks:
  description: Each figure, with what is thought of it.
  returned: always
  type: list
  elements: dict
  contains:
    item:
      description: Such as C(cpu), C(memory), C(disk), C(inodes), C(docker), C(app_memory).
      type: str
      sample: disk
    name:
      description: The mount point, the app or the resource, where there are several.
      type: str
      sample: /data
    value:
      description: Percent.
      type: float
      sample: 71.4
    state:
      description: What that is.
      type: str
      sample: warning
    message:
      description: The same in words.
      type: str
      sample: "disk /data: 71.4 %, from 70 % on"
    warning:
      description: The threshold.
      type: float
      sample: 70
    critical:
      description: The threshold.
      type: float
      sample: 85
cpu:
  description: Percent over C(interval_seconds), in C(modes) apart, among them C(iowait) and C(steal).
  returned: always
  type: dict
  sample: {percent: 12.5, modes: {user: 10.0, steal: 0.5}, interval_seconds: 1.0, cpus: 2}
load:
  description: Of one, five and fifteen minutes; C(percent) is that of five minutes for each CPU.
  returned: always
  type: dict
  sample: {one: 0.5, five: 0.4, fifteen: 0.3, percent: 20.0}
memory:
  description: Bytes; C(percent) is what is not available.
  returned: always
  type: dict
  sample: {total_bytes: 4294967296, available_bytes: 2147483648, percent: 50.0}
swap:
  description: Bytes and percent; null where there is none.
  returned: always
  type: dict
  sample: {total_bytes: 0, used_bytes: 0, percent: null}
pressure:
  description: What C(/proc/pressure) says of C(cpu), C(memory) and C(io). Empty where the kernel has none.
  returned: always
  type: dict
  sample: {memory: {some: {avg10: 0.0, avg60: 0.0, avg300: 0.0}}}
mounts:
  description: Each file system in bytes, percent, and inodes. C(also) are other places where it is mounted.
  returned: always
  type: list
  elements: dict
mounts_missing:
  description: Those of O(mounts) where nothing is mounted.
  returned: always
  type: list
  elements: str
docker:
  description: Containers, and bytes on disk as C(docker system df) has them.
  returned: always
  type: dict
  sample: {running: true, containers_running: 2, disk: {images: {bytes: 500000000, reclaimable_bytes: 0}}}
apps:
  description: Memory and CPU of each of O(apps). Memory is without what the kernel can take back.
  returned: always
  type: list
  elements: dict
  sample: [{name: shop, running: true, cpu_percent: 3.2, memory_bytes: 104857600, memory_limit_bytes: 268435456}]
larger_setup:
  description: Whether the figures call for a larger set-up, and why.
  returned: always
  type: dict
  sample: {called_for: true, reasons: ["memory at 91 %, above 87.5 % (3.5 of 4 GB)"]}
"""

from pathlib import Path
from typing import Any

from ..module_utils._core.health.options import OptionsError, read
from ..module_utils._core.health.verdict import failing
from ..module_utils._io.health.check import check
from ..module_utils._io.health.status import history, load
from ..module_utils._io.quiet_module import QuietModule

APP: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "units": {"type": "list", "elements": "str"},
    "project": {"type": "str"},
}
ARGUMENTS: dict[str, Any] = {
    "interval": {"type": "float", "default": 1.0},
    "samples": {"type": "int", "default": 1},
    "thresholds": {"type": "dict", "default": {}},
    "mounts": {"type": "list", "elements": "str", "default": []},
    "ignore_mounts": {"type": "list", "elements": "str", "default": []},
    "docker": {"type": "str", "choices": ["auto", "always", "never"], "default": "auto"},
    "docker_host": {"type": "str"},
    "docker_timeout": {"type": "float", "default": 5.0},
    "apps": {"type": "list", "elements": "dict", "default": [], "options": APP},
    "sustained_seconds": {"type": "float", "default": 300.0},
    "status_file": {"type": "path", "default": "/run/slipway-host-health/status.json"},
    "fail_on": {"type": "str", "choices": ["never", "warning", "critical"], "default": "never"},
}
#: What only the next look of a timer needs.
_OWN = ("snapshot", "samples")


def main() -> None:
    """Read, judge, answer."""
    module = QuietModule(ARGUMENTS, supports_check_mode=True)
    params = module.params
    try:
        found = check(read(params), history=history(load(Path(params["status_file"]))))
    except (OptionsError, OSError) as error:
        module.fail_json(msg=str(error))
    result = {name: value for name, value in found.items() if name not in _OWN}
    failed = failing(found["checks"], params["fail_on"])
    if failed:
        reasons = "; ".join(item["message"] for item in failed)
        module.fail_json(msg=f"This host is {result['verdict']}: {reasons}", **result)
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
