# SPDX-License-Identifier: GPL-3.0-or-later
"""What a look at a host costs: slipway.containers.host_health against an empty module, facts, and df and free by hand.

All run on the same host of the lab, in turn. The time is that of the program that Ansible sends, from its start to its
end, without the controller. Run it with `python -m benchmarks.host_health`; benchmarks/README.md says what it means.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from statistics import median
from typing import Any

from benchmarks.payload import payload
from benchmarks.task import conclude
from tests.lab.hosts import PYTHON, Host
from tools.prepare import ROOT

OURS = "slipway.containers.host_health"
IN_HOST = f"{PYTHON}/ansible_collections/slipway/containers/benchmarks/in_host.py"
RUNS = 9
INTERVAL = 0.5
#: What the issue allows above an empty module and the sampling interval.
ALLOWED_SECONDS = 0.3
REPORT = ROOT / "build" / "benchmarks" / "host_health.md"
APPS = [{"name": "logs", "units": ["systemd-journald.service"]}, {"name": "shop", "project": "shop"}]
#: The figures of one look by hand, for which no module of ansible-core has a name.
BY_HAND = "df -P; df -iP; free -b; vmstat 1 2"
STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    "an empty module": ("ansible.builtin.ping", {}),
    "ours, without Docker": (OURS, {"interval": INTERVAL, "docker": "never"}),
    "ours": (OURS, {"interval": INTERVAL}),
    "ours, with two apps": (OURS, {"interval": INTERVAL, "apps": APPS}),
    "facts: hardware": ("ansible.builtin.setup", {"gather_subset": ["!all", "!min", "hardware"]}),
    "df, free, vmstat": ("ansible.builtin.command", {"_raw_params": BY_HAND, "_uses_shell": True}),
}
#: Seconds that each of them waits on purpose.
WAITS = {"df, free, vmstat": 1.0, **{name: INTERVAL for name in STEPS if name.startswith("ours")}}
HEAD = ("what", "seconds", "of them waiting", "**above an empty module s**", "CPU s", "**CPU above an empty module s**")


def measured(host: Host) -> list[dict[str, Any]]:
    """Each step so many times, in turn."""
    host.run("docker", "run", "-d", "--label", "com.docker.compose.project=shop", "slipway-test/healthy:1")
    steps = []
    for number, (name, (module, arguments)) in enumerate(STEPS.items()):
        path = f"/root/step{number}.py"
        host.write(path, payload(module, arguments).decode())
        steps.append({"name": name, "program": path})
    done = host.run("python3", IN_HOST, input=json.dumps({"runs": RUNS, "steps": steps}))
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def rows(taken: list[Mapping[str, Any]]) -> list[str]:
    def middle(name: str, key: str) -> float:
        return median(one[key] for one in taken if one["name"] == name)

    empty = {key: middle("an empty module", key) for key in ("seconds", "cpu_seconds")}
    lines = []
    for name in STEPS:
        seconds, processor, waiting = middle(name, "seconds"), middle(name, "cpu_seconds"), WAITS.get(name, 0.0)
        above, cpu_above = seconds - waiting - empty["seconds"], processor - empty["cpu_seconds"]
        cells = (f"{seconds:.3f}", f"{waiting:.1f}", f"**{above:+.3f}**", f"{processor:.3f}", f"**{cpu_above:+.3f}**")
        lines.append(f"| {' | '.join((name, *cells))} |")
    return lines


def main() -> int:
    lines = [
        f"Median of {RUNS} runs; Python {platform.python_version()} here, Debian 13's on the host; "
        f"ansible {version('ansible')}; {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the start.",
        "",
        f"| {' | '.join(HEAD)} |",
        f"|{'---|' * len(HEAD)}",
    ]
    with Host.create("s5-bench") as host:
        host.load_images()
        taken = measured(host)
    lines += rows(taken)
    print(*lines, sep="\n")
    faults = [f"{one['name']} said {one['result']}" for one in taken if one["result"].get("failed")]
    return conclude(REPORT, lines, faults)


if __name__ == "__main__":
    raise SystemExit(main())
