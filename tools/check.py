# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the checks of a tier, two at a time, and print one line for each: verdict, seconds, what it said last.

What a check prints is kept under build/logs and shown whole when it fails. A check that this machine cannot run
says SKIPPED and why; with --all, and where CI is set as in .ci/run, that counts as a failure, and so does a
skipped test.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path

from tests.integration import permissions
from tests.lab import scenarios
from tests.lab.kubernetes import depot
from tests.lab.kubernetes.release import chosen
from tools import sanity
from tools.chromium import chromium
from tools.compose_cli import RELEASES, compose
from tools.prepare import CACHE, ROOT, NotPossibleHereError, find_python, install_newest_botocore, matrix

LOGS = ROOT / "build" / "logs"
VENV = ROOT / ".venv"
TREE = ROOT / "build" / "collections"
COLLECTION = TREE / "ansible_collections" / "slipway" / "containers"
CONSUMER = ROOT / "tests" / "consumer"
AT_ONCE = 2
#: pytest's closing line of a run that left something out.
SKIPPED_TESTS = re.compile(r"\b\d+ skipped")
#: A cluster from bare hosts over an app and changes to none again.
LIFE = "tests/cluster/test_cluster_life.py"
#: Tests that run our modules on amazon.aws and ansible-core as each `ansible` package carries them.
MEETS_PEERS = (
    "tests/integration/test_ecs_task_def.py",
    "tests/integration/test_ecs_task_def_failures.py",
    "tests/integration/test_artifact.py",
)


@dataclass(frozen=True)
class Check:
    """A command that proves something by its exit code; `unable` says why it cannot run on this machine."""

    name: str
    command: tuple[str, ...] = ()
    directory: Path = ROOT
    environment: dict[str, str] = field(default_factory=dict)
    unable: str = ""
    prepare: Callable[[], object] | None = None
    show: bool = False  # print what it said even when it passed
    alone: bool = False  # runs after the others, with nothing beside it


@dataclass(frozen=True)
class Outcome:
    name: str
    verdict: str
    seconds: float
    output: str
    show: bool = False

    def line(self) -> str:
        said = [line for line in self.output.splitlines() if line.strip()]
        return f"{self.verdict:8} {self.seconds:6.1f} s  {self.name:28} {said[-1].strip('= ')[:90] if said else ''}"


def tool(home: Path, *words: str) -> tuple[str, ...]:
    return (str(home / "bin" / words[0]), *words[1:])


def static() -> Iterator[Check]:
    in_tree = {"ANSIBLE_COLLECTIONS_PATH": f"{TREE}:{CONSUMER}"}
    yield Check("ansible-lint", tool(VENV, "ansible-lint"), COLLECTION, in_tree)
    yield Check("mypy --strict", tool(VENV, "mypy", "-p", "ansible_collections.slipway.containers.plugins"))
    yield Check("ruff check", tool(VENV, "ruff", "check", "."))
    yield Check("ruff format", tool(VENV, "ruff", "format", "--check", "."))
    yield Check("yamllint", tool(VENV, "yamllint", "--strict", "."))
    artifact = ("--force", "--output-path", "build/artifact")
    yield Check("collection build", tool(VENV, "ansible-galaxy", "collection", "build", *artifact))
    yield Check("antsibull-changelog lint", tool(VENV, "antsibull-changelog", "lint"))
    environments = list(matrix())
    yield documentation(environments)
    yield from per_python(environments)
    yield oldest_target()
    newest = tool(VENV, "pytest", "-q", "tests/network/test_newest_botocore.py")
    yield Check("newest botocore", newest, prepare=install_newest_botocore)
    yield Check("line counts", tool(VENV, "python", "-m", "tools.line_counts"), show=True)


def documentation(environments: list[tuple[str, Path | None]]) -> Check:
    """Not from .venv: the linter copies our dependencies without what git ignores, and git ignores .venv."""
    home = next(home for _version, home in environments if home)
    command = tool(home, "antsibull-docs", "lint-collection-docs", "--plugin-docs", ".")
    return Check("antsibull-docs", command, COLLECTION, {"PATH": sanity.path_with(home)})


def per_python(environments: list[tuple[str, Path | None]]) -> Iterator[Check]:
    """Sanity and unit tests with each ansible-core and the peers that its `ansible` package carries."""
    for version, home in environments:
        if home is None:
            reason = f"no Python {version} on this machine"
            yield Check(f"sanity, Python {version}", unable=reason)
            yield Check(f"unit tests, Python {version}", unable=reason)
            continue
        copy = CACHE / "sanity" / f"py{version}"
        yield Check(
            f"sanity, Python {version}",
            tool(home, *sanity.command(version, newest=(version, home) == environments[0])),
            copy / "ansible_collections" / "slipway" / "containers",
            {"PATH": sanity.path_with(home)},
            prepare=partial(sanity.lay_out, home, copy),
        )
        yield Check(f"unit tests, Python {version}", tool(home, "pytest", "-q", "-n", "2", "tests/unit"))


def oldest_target() -> Check:
    """Targets may have Python 3.9: there `_core` alone must import and run."""
    python = find_python("3.9")
    if python is None:
        return Check("_core on Python 3.9", unable="no Python 3.9 on this machine")
    return Check("_core on Python 3.9", (str(python), "-W", "error", "tests/oldest_target.py"))


def fetch_programs() -> None:
    """What integration tests run beside Python."""
    for release in RELEASES:
        compose(release)
    chromium()


def integration() -> Iterator[Check]:
    """All of it with the newest ansible-core; what meets the peers with the others, too."""
    recorded = ("python", "-m", "tools.record_compose", "--check")
    yield Check("recorded Compose output", tool(VENV, *recorded), prepare=fetch_programs)
    # Many wait for what goes on at AWS, so more of them than there are CPUs; who is done takes from the others' share.
    whole = tool(VENV, "pytest", "-q", "-n", "3", "--dist", "worksteal", "tests/integration")
    yield Check("integration tests", whole, prepare=permissions.clear)
    listed = tool(VENV, "python", "-m", "tests.integration.permissions")
    yield Check("IAM permissions", listed, alone=True)  # reads which calls the tests made
    for version, home in list(matrix())[1:]:
        name = f"integration, Python {version}"
        if home is None:
            yield Check(name, unable=f"no Python {version} on this machine")
        else:
            yield Check(name, tool(home, "pytest", "-q", *MEETS_PEERS), environment={"PATH": sanity.path_with(home)})


def molecule() -> Iterator[Check]:
    """Each scenario on hosts of its own."""
    for name in scenarios.names():
        command = tool(VENV, "molecule", "test", "--scenario-name", name)
        yield Check(f"scenario {name}", command, environment=scenarios.environment(name), prepare=scenarios.ready)


def hosts() -> Iterator[Check]:
    """The tests that need real hosts, then those that break something on purpose."""
    # Many wait for what a host does, so more of them than there are CPUs.
    on_hosts = tool(VENV, "pytest", "-q", "-n", "3", "--dist", "loadfile", "tests/lab", "-m")
    yield Check("tests on real hosts", (*on_hosts, "not fault"), prepare=scenarios.ready, alone=True)
    yield Check("faults", (*on_hosts, "fault"), prepare=scenarios.ready, alone=True)


def cluster() -> Iterator[Check]:
    """Clusters of real nodes; what the steps took is shown."""
    life = tool(VENV, "pytest", "-q", "tests/cluster/test_lab.py", LIFE)
    yield Check("life of a cluster", life, prepare=ready_for_clusters, show=True)
    # Beside it and two at once: they wait for CPUs, but more for what kubelets do in their own time.
    in_depth = (
        "-n",
        "2",
        "--dist",
        "loadfile",
        "tests/cluster",
        f"--ignore={LIFE}",
        "--ignore=tests/cluster/test_lab.py",
    )
    yield Check("clusters in depth", tool(VENV, "pytest", "-q", *in_depth), prepare=ready_for_clusters, show=True)


def ready_for_clusters() -> None:
    """An engine, and what nodes fetch, which the first time takes ten minutes to make."""
    scenarios.ready()
    depot.image(chosen().own)


TIERS: dict[str, Callable[[], Iterator[Check]]] = {
    "static": static,
    "integration": integration,
    "molecule": molecule,
    "hosts": hosts,
    "cluster": cluster,
}
#: What a tier needs around all of its checks.
SURROUNDINGS = dict.fromkeys(("molecule", "hosts", "cluster"), scenarios.surroundings)


def run(check: Check) -> Outcome:
    if check.unable:
        return Outcome(check.name, "SKIPPED", 0.0, check.unable)
    started = time.monotonic()
    try:
        if check.prepare:
            check.prepare()
        environment = {**os.environ, "PATH": sanity.path_with(VENV), **check.environment, "NO_COLOR": "1"}
        done = subprocess.run(
            check.command,
            cwd=check.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        output, passed = done.stdout, done.returncode == 0
    except NotPossibleHereError as problem:
        return Outcome(check.name, "SKIPPED", time.monotonic() - started, str(problem))
    except OSError as problem:
        output, passed = str(problem), False
    LOGS.mkdir(parents=True, exist_ok=True)
    (LOGS / f"{re.sub(r'[^a-z0-9.]+', '-', check.name.lower())}.log").write_text(output, encoding="utf-8")
    return Outcome(check.name, "passed" if passed else "FAILED", time.monotonic() - started, output, check.show)


def report(outcomes: Iterator[Outcome], demand_all: bool) -> int:
    passed: list[Outcome] = []
    skipped: list[Outcome] = []
    failed: list[Outcome] = []
    for outcome in outcomes:
        if demand_all and SKIPPED_TESTS.search(outcome.line()):
            outcome = replace(outcome, verdict="FAILED")
        {"passed": passed, "SKIPPED": skipped, "FAILED": failed}[outcome.verdict].append(outcome)
        print(outcome.line(), flush=True)
        if outcome.verdict == "FAILED" or outcome.show:
            print(outcome.output, flush=True)
    if demand_all:
        failed += skipped
    print(f"{len(passed)} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed else 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tier", choices=TIERS)
    parser.add_argument("--all", action="store_true", help="a skipped check is a failure")
    parser.add_argument("--only", default="", help="only checks whose name contains this")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    checks = [check for check in TIERS[options.tier]() if options.only in check.name]
    together = [check for check in checks if not check.alone]
    alone = [check for check in checks if check.alone]
    with SURROUNDINGS.get(options.tier, nullcontext)(), ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = chain(pool.map(run, together), map(run, alone))
        status = report(outcomes, options.all or bool(os.environ.get("CI")))
    print(f"tier {options.tier}: {time.monotonic() - started:.0f} s")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
