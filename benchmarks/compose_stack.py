# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a Compose project takes: slipway.containers.compose_stack against community.docker.docker_compose_v2.

Both run on the same host of the lab, on the same project, in turn. The time is that of the program that Ansible sends,
from its start to its end. Run it with `python -m benchmarks.compose_stack`; benchmarks/README.md says what it means.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median
from typing import Any

from benchmarks.payload import payload
from benchmarks.task import conclude
from tests.lab.hosts import COMPOSE, PYTHON, Host
from tools.prepare import ROOT

OURS = "slipway.containers.compose_stack"
THEIRS = "community.docker.docker_compose_v2"
IN_HOST = f"{PYTHON}/ansible_collections/slipway/containers/benchmarks/in_host.py"
RELEASES = ("2.26.1", "2.40.3")
SIZES = (2, 20)
RUNS = 9
REPORT = ROOT / "build" / "benchmarks" / "compose_stack.md"
HEAD = (
    "Compose",
    "services",
    "what",
    "ours s",
    "theirs s",
    "**ours / theirs**",
    "CLI calls, ours",
    "engine requests, ours",
)


@dataclass(frozen=True)
class Bench:
    """One project of so many services, on a host with one Compose."""

    host: Host
    compose: str
    services: int

    @property
    def name(self) -> str:
        return f"bench{self.services}"

    @property
    def folder(self) -> str:
        return f"/srv/{self.name}"

    def write(self, changed: str = "0", name: str = "compose.yaml") -> None:
        services = {
            f"s{number:02}": {
                "image": "slipway-test/web:1",
                "init": True,
                "environment": {"NUMBER": str(number), "CHANGED": changed if number == 1 else "0"},
                "labels": {"team": "shop", "rule": f"Host(`s{number}.example`)"},
                "volumes": [f"data{number % 3}:/data"],
            }
            for number in range(self.services)
        }
        volumes: dict[str, dict[str, str]] = {f"data{number}": {} for number in range(min(3, self.services))}
        model = {"name": self.name, "services": services, "volumes": volumes}
        self.host.write(f"{self.folder}/{name}", json.dumps(model))

    def program(self, name: str, module: str, **arguments: Any) -> str:
        """A module with its arguments, put on the host as Ansible would."""
        path = f"/root/{self.name}-{name}.py"
        self.host.write(path, payload(module, {"project_src": self.folder, **arguments}).decode())
        return path

    def ours(self, name: str, **arguments: Any) -> str:
        return self.program(name, OURS, compose_cli=cli(self.compose), **{"wait": False, **arguments})

    def run(self, steps: list[dict[str, Any]], runs: int = RUNS) -> list[dict[str, Any]]:
        done = self.host.run("python3", IN_HOST, input=json.dumps({"runs": runs, "steps": steps}))
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found


def cli(release: str) -> str:
    return f"{COMPOSE}/{release}/docker-compose"


def step(name: str, program: str, *before: list[str]) -> dict[str, Any]:
    return {"name": name, "program": program, "before": list(before)}


def unchanged(bench: Bench) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Nothing to do: inputs known, inputs touched so that they have to be parsed, and theirs."""
    bench.write()
    known = bench.ours("known")
    parsed = bench.ours("parsed")
    theirs = bench.program("theirs", THEIRS)
    # A comment is enough to make the inputs new: JSON has none, but YAML below it does.
    touch = ["sh", "-c", f"echo '# '$(date +%N) >> {bench.folder}/compose.yaml"]
    settle = ["python3", known]
    yield "nothing changes, inputs known", bench.run([step("ours", known, settle), step("theirs", theirs)])
    yield "nothing changes, inputs parsed", bench.run([step("ours", parsed, touch), step("theirs", theirs)])


def one_service(bench: Bench) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """One service of all gets another environment."""
    steps = []
    for name, program in (("ours", bench.ours("one")), ("theirs", bench.program("theirs-one", THEIRS))):
        change = [
            "sh",
            "-c",
            f'sed -i \'s/"CHANGED": "[0-9]*"/"CHANGED": "\'$(date +%N)\'"/2\' {bench.folder}/compose.yaml',
        ]
        steps.append(step(name, program, change))
    yield "one service changes", bench.run(steps)


def first_up(bench: Bench) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """From nothing."""
    down = [cli(bench.compose), "-p", bench.name, "--project-directory", bench.folder, "down", "-t", "0", "-v"]
    forget = ["rm", "-rf", f"/var/lib/slipway/compose/{bench.name}"]
    ours, theirs = bench.ours("first"), bench.program("theirs-first", THEIRS)
    yield "first up", bench.run([step("ours", ours, down, forget), step("theirs", theirs, down)], runs=3)


def row(bench: Bench, what: str, taken: list[Mapping[str, Any]]) -> tuple[str, list[str]]:
    """A line of the table, and what makes it worthless."""
    by_name = {name: [one for one in taken if one["name"] == name] for name in ("ours", "theirs")}
    times = {name: median(one["seconds"] for one in ones) for name, ones in by_name.items()}
    expected = not what.startswith("nothing")
    faults = [
        f"{bench.compose}, {bench.services} services, {what}: {one['name']} said {one['result']}"
        for one in taken
        if one["result"].get("failed") or one["result"].get("changed") is not expected
    ]
    measured = by_name["ours"][-1]["result"].get("measured") or {}
    cells = (
        *(bench.compose, str(bench.services), what, f"{times['ours']:.3f}", f"{times['theirs']:.3f}"),
        *(
            f"**{times['ours'] / times['theirs']:.2f}**",
            str(measured.get("cli_calls")),
            str(measured.get("engine_requests")),
        ),
    )
    return f"| {' | '.join(cells)} |", faults


def use(host: Host, release: str) -> None:
    """Make a Compose the one that theirs finds, too."""
    host.run("mkdir", "-p", "/root/.docker/cli-plugins")
    host.run("cp", cli(release), "/root/.docker/cli-plugins/docker-compose")


def main() -> int:
    lines = [
        f"Median of {RUNS} runs (first up: 3); Python {platform.python_version()} here, Debian 13's on the host; "
        f"ansible {version('ansible')}; {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} at the start.",
        "",
        f"| {' | '.join(HEAD)} |",
        f"|{'---|' * len(HEAD)}",
    ]
    faults: list[str] = []
    print(*lines, sep="\n")
    for release in RELEASES:
        with Host.create("bench") as host:
            host.load_images()
            use(host, release)
            for size in SIZES:
                bench = Bench(host, release, size)
                bench.write()
                for stories in (first_up, unchanged, one_service):
                    for what, taken in stories(bench):
                        line, wrong = row(bench, what, taken)
                        lines.append(line)
                        faults += wrong
                        print(line, flush=True)
    return conclude(REPORT, lines, faults)


if __name__ == "__main__":
    raise SystemExit(main())
