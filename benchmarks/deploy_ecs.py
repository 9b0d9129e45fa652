# SPDX-License-Identifier: GPL-3.0-or-later
"""How long an app takes to get to Amazon ECS, and again unchanged: deploy_ecs against the peers' modules by hand.

Both bring examples/fargate_web to an embedded AWS of their own: network, roles, logs, load balancer, cluster, a service
of three tasks, scaling. `peers_fargate_web.yml` has only modules of amazon.aws and community.aws. Times are those of
whole ansible-playbook runs, calls are counted by the embedded AWS. Run it with `python -m benchmarks.deploy_ecs`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.task import conclude
from tools.embedded_aws import EmbeddedAws
from tools.prepare import ROOT, lay_out_tree

REGION = "ap-northeast-2"
IMAGE = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/fargate-web:1.0.0"
OURS = (
    str(ROOT / "playbooks" / "deploy_ecs.yml"),
    "--extra-vars",
    json.dumps(
        {
            "deploy_ecs_source": str(ROOT / "examples" / "fargate_web"),
            "deploy_ecs_region": REGION,
            "deploy_ecs_images": {"web": IMAGE},
            "deploy_ecs_build": False,
        }
    ),
)
THEIRS = (str(ROOT / "benchmarks" / "peers_fargate_web.yml"),)
SIDES = {"ours": OURS, "theirs": THEIRS}
MOST_CALLS_OF_A_SERVICE = 3
REPORT = ROOT / "build" / "benchmarks" / "deploy_ecs.md"


@dataclass(frozen=True)
class Played:
    """One run of a playbook: seconds in all and by task, calls by service and by operation, what the tasks said."""

    seconds: float
    tasks: dict[str, float]
    calls: Counter[str]
    operations: Counter[str]
    changed: int
    failed: str


def environment(aws: EmbeddedAws, folder: Path) -> dict[str, str]:
    """Nobody's own settings count."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE", "PYTHOND"))}
    configuration = folder / "ansible.cfg"
    configuration.touch()
    return {
        **aws.environment({**own, "AWS_REGION": REGION}),
        "ANSIBLE_CONFIG": str(configuration),
        "ANSIBLE_COLLECTIONS_PATH": str(lay_out_tree()),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
    }


def play(command: tuple[str, ...], aws: EmbeddedAws, folder: Path) -> Played:
    aws.clear_calls()
    words = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", *command]
    words += ["--extra-vars", f"ansible_python_interpreter={sys.executable}"]
    began = time.monotonic()
    ended = subprocess.run(words, env=environment(aws, folder), capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    try:
        said = json.loads(ended.stdout)
    except ValueError:
        raise SystemExit(f"{command[0]} did not run:\n{ended.stdout}{ended.stderr}") from None
    calls = aws.calls()
    return Played(
        seconds,
        dict(_times(said)),
        Counter(call["service"] for call in calls),
        Counter(f"{call['service']} {call['operation']}" for call in calls),
        said["stats"]["localhost"]["changed"],
        "" if ended.returncode == 0 else json.dumps(said["stats"]),
    )


def _times(said: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for task in (task for played in said["plays"] for task in played["tasks"]):
        start, end = (datetime.fromisoformat(task["task"]["duration"][key]) for key in ("start", "end"))
        yield task["task"]["name"], (end - start).total_seconds()


def measure(runs: int) -> dict[str, list[tuple[Played, Played]]]:
    """From nothing, and again unchanged, each side in turn on an empty AWS."""
    measured: dict[str, list[tuple[Played, Played]]] = {side: [] for side in SIDES}
    with tempfile.TemporaryDirectory() as folder:
        for _turn in range(runs):
            for side, command in SIDES.items():
                with EmbeddedAws() as aws:
                    first = play(command, aws, Path(folder))
                    measured[side].append((first, play(command, aws, Path(folder))))
    return measured


def table(measured: dict[str, list[tuple[Played, Played]]]) -> Iterator[str]:
    yield "| run | seconds, ours | seconds, theirs | **ours / theirs** | calls, ours | calls, theirs |"
    yield "|---|---:|---:|---:|---:|---:|"
    for number, name in enumerate(("from nothing", "again, unchanged")):
        seconds = {side: median(pair[number].seconds for pair in pairs) for side, pairs in measured.items()}
        calls = {side: measured[side][0][number].calls.total() for side in SIDES}
        ratio = seconds["ours"] / seconds["theirs"]
        yield (
            f"| {name} | {seconds['ours']:.1f} | {seconds['theirs']:.1f} | **{ratio:.2f}** | "
            f"{calls['ours']} | {calls['theirs']} |"
        )


def by_service(measured: dict[str, list[tuple[Played, Played]]]) -> Iterator[str]:
    ours, theirs = (measured[side][0][1].calls for side in SIDES)
    yield "| calls of the unchanged run | ours | theirs |"
    yield "|---|---:|---:|"
    yield from (f"| {service} | {ours[service]} | {theirs[service]} |" for service in sorted({*ours, *theirs}))


def by_task(measured: dict[str, list[tuple[Played, Played]]]) -> Iterator[str]:
    """The slowest of ours."""
    tasks = measured["ours"][0][1].tasks
    yield "| slowest tasks of our unchanged run | seconds |"
    yield "|---|---:|"
    yield from (f"| {name} | {tasks[name]:.2f} |" for name in sorted(tasks, key=tasks.__getitem__, reverse=True)[:12])


def faults(measured: dict[str, list[tuple[Played, Played]]]) -> Iterator[str]:
    for side, pairs in measured.items():
        for first, again in pairs:
            yield from (f"{side}: {run.failed}" for run in (first, again) if run.failed)
            if again.changed:
                yield f"{side}: the second run changed {again.changed}"
    described = measured["ours"][0][1].operations["ecs DescribeServices"]
    if described > MOST_CALLS_OF_A_SERVICE:
        yield f"ours: {described} DescribeServices in a run that changes nothing"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args(arguments).runs
    load = os.getloadavg()[0]
    measured = measure(runs)
    packages = ", ".join(f"{name} {version(name)}" for name in ("ansible", "ansible-core", "boto3", "moto"))
    lines = [
        f"Median of {runs} runs; Python {platform.python_version()}, {packages}; "
        f"{os.cpu_count()} CPUs, load {load:.1f} at the start.",
        "",
        *table(measured),
        "",
        *by_service(measured),
        "",
        *by_task(measured),
    ]
    print(*lines, sep="\n")
    return conclude(REPORT, lines, list(faults(measured)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
