# SPDX-License-Identifier: GPL-3.0-or-later
"""How long pricing takes: in one process, and as a task beside a module that does nothing.

Run it with `python -m benchmarks.cost_check`; benchmarks/README.md says what to make of it.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.task import conclude, run_task
from tools.prepare import ROOT, lay_out_tree

sys.path.insert(0, str(lay_out_tree()))

from ansible_collections.slipway.containers.plugins.module_utils._core.cost.check import check
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import project

OURS = "slipway.containers.cost_check"
REPORT = ROOT / "build" / "benchmarks" / "cost_check.md"
#: A module that does nothing, written where Ansible looks for modules.
EMPTY = """\
#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule
AnsibleModule(argument_spec={}, supports_check_mode=True).exit_json(changed=False)
"""
LINES = 20


@dataclass(frozen=True)
class Case:
    """So many scenarios of 20 lines, against a budget or not."""

    scenarios: int
    budget: int | None


IN_PROCESS = [Case(1000, None), Case(1000, 10_000), Case(1000, 100)]
AS_A_TASK = [Case(1, None), Case(100, None), Case(100, 100)]


def scenario(number: int) -> dict[str, Any]:
    """What a service of some size is made of; every scenario differs in its figures. It has 20 lines."""
    return {
        "name": f"scenario {number}",
        "region": "us-east-1",
        "resources": [
            {"kind": "fargate_task", "name": "web", "vcpu": 0.5, "memory_gib": 1, "count": 1 + number % 40},
            {"kind": "fargate_task", "name": "api", "vcpu": 1, "memory_gib": 4, "count_min": 2, "count_max": 10},
            {"kind": "fargate_task", "name": "worker", "vcpu": 0.25, "memory_gib": 0.5, "count": 4, "spot_share": 0.5},
            {"kind": "alb", "lcu": 0.25},
            {"kind": "public_ipv4", "count": 2 + number % 3},
            {"kind": "nat_gateway", "gib": 20 + number},
            {"kind": "logs", "gib_ingested": 5, "gib_stored": 10},
            {"kind": "ecr_storage", "gib": 3},
            {"kind": "secret", "count": 3},
            {"kind": "egress", "gib": 10 + number},
            {"kind": "s3_standard", "gib": 50},
            {"kind": "custom", "name": "domain", "usd_per_month": 1.25},
        ],
    }


def options(case: Case) -> dict[str, Any]:
    budget = {} if case.budget is None else {"budget_usd_per_month": case.budget, "gate": "none"}
    return {"scenarios": [scenario(number) for number in range(case.scenarios)], **budget}


def price_in_process(case: Case) -> tuple[float, dict[str, Any]]:
    given = options(case)
    started = time.perf_counter()
    result = check(given, project.load, date(2026, 11, 21))
    return time.perf_counter() - started, result


def run(name: str, arguments: dict[str, Any], folder: Path) -> tuple[float, dict[str, Any]]:
    """With the empty module where Ansible looks for modules beside a playbook."""
    (folder / "library").mkdir(exist_ok=True)
    (folder / "library" / "empty.py").write_text(EMPTY, encoding="utf-8")
    return run_task(name, arguments, folder, os.environ)


def faults(case: Case, result: dict[str, Any]) -> Iterator[str]:
    """What makes a time worthless. Slowness is not among it."""
    priced = result.get("scenarios", [])
    if len(priced) != case.scenarios or any(not entry["complete"] or entry["expected"] <= 0 for entry in priced):
        yield f"{case}: not everything was priced: {result.get('msg')}"
    elif any(len(entry["lines"]) != LINES for entry in priced):
        yield f"{case}: found {len(priced[0]['lines'])} lines, expected {LINES}"


def in_process(runs: int, found: list[str]) -> Iterator[str]:
    yield "| scenarios of 20 lines | budget a month | in one process, s |"
    yield "|---:|---:|---:|"
    for case in IN_PROCESS:
        measured = [price_in_process(case) for _turn in range(runs)]
        found += faults(case, measured[0][1])
        seconds = median(taken for taken, _result in measured)
        yield f"| {case.scenarios:,} | {case.budget or 'none'} | {seconds:.2f} |"


def as_a_task(runs: int, found: list[str]) -> Iterator[str]:
    yield "| scenarios of 20 lines | budget a month | task s, ours | task s, an empty module | ours above it, s |"
    yield "|---:|---:|---:|---:|---:|"
    with tempfile.TemporaryDirectory() as folder:
        for case in AS_A_TASK:
            ours, empty = [], []
            for turn in range(1 + runs):  # the first warms up
                seconds, result = run(OURS, options(case), Path(folder))
                nothing, _result = run("empty", {}, Path(folder))
                found += faults(case, result) if turn == 0 else []
                ours.append(seconds)
                empty.append(nothing)
            mine, other = median(ours[1:]), median(empty[1:])
            budget = case.budget or "none"
            yield f"| {case.scenarios:,} | {budget} | {mine:.2f} | {other:.2f} | {mine - other:+.2f} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    python, load = platform.python_version(), os.getloadavg()[0]
    lines = [f"Median of {runs} runs; Python {python}; {os.cpu_count()} CPUs, load {load:.1f} at the start.", ""]
    found: list[str] = []
    print("\n".join(lines), flush=True)
    for line in (*in_process(runs, found), "", *as_a_task(runs, found)):
        lines.append(line)
        print(line, flush=True)
    return conclude(REPORT, lines, found)


if __name__ == "__main__":
    sys.exit(main())
