# SPDX-License-Identifier: GPL-3.0-or-later
"""How long "nothing to do" takes: slipway.containers.ecs_task_def against community.aws.ecs_taskdefinition.

Both modules are asked for the newest of N revisions of a family, on the same embedded AWS, in turn.
The time is that of the task inside a playbook of one task, as Ansible's own callback gives it.
Run it with `python benchmarks/ecs_task_def.py [--quick]`; benchmarks/README.md says what to make of it.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import boto3

from benchmarks.task import conclude, run_task
from tools.embedded_aws import EmbeddedAws
from tools.prepare import ROOT

OURS = "slipway.containers.ecs_task_def"
THEIRS = "community.aws.ecs_taskdefinition"
FAMILY = "benchmark"
MAX_CALLS_OF_OURS = 2
REPORT = ROOT / "build" / "benchmarks" / "ecs_task_def.md"


@dataclass(frozen=True)
class Case:
    """A family of so many revisions, on a network of so much delay."""

    revisions: int
    delay_ms: int


@dataclass(frozen=True)
class Run:
    """One playbook run of one module."""

    seconds: float
    calls: int
    result: dict[str, Any]

    @property
    def revision(self) -> int | None:
        described = self.result.get("task_definition") or self.result.get("taskdefinition") or {}
        return self.result.get("revision") or described.get("revision")


ALL_CASES = [Case(1, 0), Case(100, 0), Case(1000, 0), Case(1, 40), Case(100, 40)]
QUICK_CASES = [case for case in ALL_CASES if case.revisions <= 100]


def definition(release: int) -> dict[str, Any]:
    """One release of the app, in the API's shape: image and RELEASE differ, so only one revision matches.

    Only what the incumbent compares without a false change is used (no health check, for instance).
    """
    container = {
        "name": "web",
        "image": f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.{release}",
        "essential": True,
        "portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}],
        "environment": [{"name": "RELEASE", "value": str(release)}, {"name": "PORT", "value": "8080"}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/ecs/web",
                "awslogs-region": "eu-central-1",
                "awslogs-stream-prefix": "web",
            },
        },
    }
    return {
        "family": FAMILY,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": "arn:aws:iam::123456789012:role/web-execution",
        "runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "X86_64"},
        "containerDefinitions": [container],
    }


def options(module: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """The same wish in the words of each module."""
    if module == OURS:
        return {"family": FAMILY, "state": "present", "definition": wanted}
    return {
        "family": FAMILY,
        "state": "present",
        "containers": wanted["containerDefinitions"],
        "launch_type": "FARGATE",
        "network_mode": wanted["networkMode"],
        "cpu": wanted["cpu"],
        "memory": wanted["memory"],
        "execution_role_arn": wanted["executionRoleArn"],
    }


def register(aws: EmbeddedAws, revisions: int) -> None:
    ecs = boto3.client(
        "ecs",
        endpoint_url=aws.endpoint_url,
        region_name="eu-central-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    for release in range(1, revisions + 1):
        ecs.register_task_definition(**definition(release))


def run_module(aws: EmbeddedAws, module: str, case: Case, folder: Path) -> Run:
    """Run a playbook of one task, and count its calls."""
    aws.clear_calls()
    wanted = options(module, definition(case.revisions))
    seconds, result = run_task(module, wanted, folder, aws.environment(os.environ))
    return Run(seconds, len(aws.calls()), result)


def measure(case: Case, runs: int) -> dict[str, list[Run]]:
    """Both modules in turn on one server. The first run of each warms up: it is judged, but not timed."""
    measured: dict[str, list[Run]] = {OURS: [], THEIRS: []}
    with EmbeddedAws(case.delay_ms) as aws, tempfile.TemporaryDirectory() as folder:
        register(aws, case.revisions)
        for _turn in range(1 + runs):
            for module, done in measured.items():
                done.append(run_module(aws, module, case, Path(folder)))
    return measured


def faults(case: Case, measured: dict[str, list[Run]]) -> Iterator[str]:
    """What makes a comparison worthless. Slowness is not among it."""
    for module, runs in measured.items():
        for run in runs:
            at = f"{module}, {case.revisions} revisions, {case.delay_ms} ms"
            if run.result.get("failed"):
                yield f"{at}: failed: {run.result.get('msg')}"
            elif run.result.get("changed") is not False:
                yield f"{at}: reported a change where there is none"
            elif run.revision != case.revisions:
                yield f"{at}: answered with revision {run.revision}"
            if module == OURS and run.calls > MAX_CALLS_OF_OURS:
                yield f"{at}: made {run.calls} calls, more than {MAX_CALLS_OF_OURS}"


def row(case: Case, measured: dict[str, list[Run]]) -> str:
    calls = [max(run.calls for run in measured[module]) for module in (OURS, THEIRS)]
    ours, theirs = (median(run.seconds for run in measured[module][1:]) for module in (OURS, THEIRS))
    return (
        f"| {case.revisions:,} | {case.delay_ms} ms | {calls[0]} | {calls[1]:,} "
        f"| {ours:.2f} | {theirs:.2f} | {theirs / ours:.1f} |"
    )


def heading(runs: int) -> list[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in ("ansible", "ansible-core", "boto3", "moto"))
    return [
        f"Median of {runs} runs; Python {platform.python_version()}, {packages}; "
        f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the start.",
        "",
        "| revisions | delay per call | calls, ours | calls, theirs | task s, ours | task s, theirs | theirs / ours |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=f"{OURS} against {THEIRS} when there is nothing to do.")
    parser.add_argument("--quick", action="store_true", help="at most 100 revisions, 3 runs instead of 5")
    quick = parser.parse_args().quick
    cases, runs = (QUICK_CASES, 3) if quick else (ALL_CASES, 5)
    lines, found = heading(runs), list[str]()
    print("\n".join(lines), flush=True)
    for case in cases:
        measured = measure(case, runs)
        found += faults(case, measured)
        lines.append(row(case, measured))
        print(lines[-1], flush=True)
    return conclude(REPORT, lines, found)


if __name__ == "__main__":
    sys.exit(main())
