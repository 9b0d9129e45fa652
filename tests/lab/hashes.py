# SPDX-License-Identifier: GPL-3.0-or-later
"""The labels that the real Docker Compose writes on the projects of tests/unit/cases/stack_hash, on a real engine.

    python -m tests.lab.hashes

records them beside each project as labels-VERSION.json: the printed model, the ids of containers, and the labels.
`case.yml` says how Compose is called, as in tools/record_compose.py.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.compose_cli import RELEASES, compose
from tools.prepare import ROOT
from tools.record_compose import ENVIRONMENT, read_case

from .engine import SOCKET, docker

CASES = ROOT / "tests" / "unit" / "cases" / "stack_hash"
#: Where a project lies while it is recorded: binds and configs have its path in their service's hash.
PLACE = Path("/tmp/slipway-hash")
IMAGE = "slipway-test/hash:1"
LABEL = "com.docker.compose."
_KINDS = {"networks": "network", "volumes": "volume"}


def make_image() -> None:
    """One that can be created from and has nothing in it; no container here is ever started."""
    if docker("image", "inspect", IMAGE, check=False).returncode != 0:
        with tempfile.NamedTemporaryFile() as empty:
            empty.write(bytes(10240))  # what tar makes of nothing
            empty.flush()
            docker("import", "--change", 'CMD ["/none"]', empty.name, IMAGE)


def labels(release: str, folder: Path, place: Path) -> dict[str, Any]:
    """Copy a project to `place`, create its containers, and see what Compose wrote on them and on the rest."""
    shutil.copytree(folder, place)
    case = read_case(folder)
    options = case.arguments(place)[:-1]
    environment = {**ENVIRONMENT, **case.environment, "DOCKER_HOST": SOCKET}
    command = [str(compose(release)), *options]
    words = ["config", "--format", "json"]
    printed = subprocess.run([*command, *words], env=environment, capture_output=True, text=True, check=True)
    model = json.loads(printed.stdout)
    create = [*command, "create", "--no-build", "--pull", "never"]
    with created(model["name"], create, environment) as said:
        containers = _containers(model["name"])
        assert {one["service"] for one in containers} == set(model["services"]), said
        firsts: dict[str, dict[str, str]] = {}
        for one in sorted(containers, key=lambda one: one["name"]):
            firsts.setdefault(one["service"], one)
        return {
            "model": model,
            "ids": {name: one["id"] for name, one in firsts.items()},
            "services": {name: one["hash"] for name, one in firsts.items()},
            **{kind: _others(kind, model) for kind in _KINDS},
        }


@contextmanager
def created(project: str, command: list[str], environment: dict[str, str]) -> Iterator[str]:
    """Gone at the end, also when Compose gave up halfway."""
    remove(project)
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        yield done.stderr
    finally:
        remove(project)


def remove(project: str) -> None:
    mine = ("--filter", f"label={LABEL}project={project}")
    for kind, words in (("container", ("rm", "-f", "-v")), ("network", ("rm",)), ("volume", ("rm", "-f"))):
        everything = ("--all",) if kind == "container" else ()
        found = docker(kind, "ls", "--quiet", *everything, *mine).stdout.split()
        if found:
            docker(kind, *words, *found)


def _containers(project: str) -> list[dict[str, str]]:
    parts = ("{{.ID}}", "{{.Names}}", *(f'{{{{.Label "{LABEL}{key}"}}}}' for key in ("service", "config-hash")))
    mine = ("--filter", f"label={LABEL}project={project}")
    lines = docker("ps", "--all", "--no-trunc", *mine, "--format", "\t".join(parts)).stdout.splitlines()
    return [dict(zip(("id", "name", "service", "hash"), line.split("\t"), strict=True)) for line in lines]


def _others(kind: str, model: dict[str, Any]) -> dict[str, str]:
    """Key -> label; nothing where Compose writes none."""
    layout = f'{{{{index .Labels "{LABEL}config-hash"}}}}'
    return {
        key: docker(_KINDS[kind], "inspect", item["name"], "--format", layout).stdout.strip()
        for key, item in (model.get(kind) or {}).items()
    }


def record() -> None:
    make_image()
    for folder in sorted(path for path in CASES.iterdir() if path.is_dir()):
        for release, version in RELEASES.items():
            try:
                found = labels(release, folder, PLACE / folder.name)
            finally:
                if PLACE.exists():
                    shutil.rmtree(PLACE)
            text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
            (folder / f"labels-{version}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    record()
