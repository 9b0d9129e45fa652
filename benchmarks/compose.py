# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a Compose file takes on its way to ECS task definitions, in one process, stage by stage.

Beside it the real `docker-compose config`, which does the first two stages and starts a process for it. The same
files, in turn. Run it with `python -m benchmarks.compose`; benchmarks/README.md says what to make of it.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tools.compose_cli import RELEASES, compose
from tools.generate_compose import many
from tools.prepare import ROOT, lay_out_tree

sys.path.insert(0, str(lay_out_tree()))

from ansible_collections.slipway.containers.plugins.module_utils._core.compose.project import load_project
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.request import Request
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.sources import World
from ansible_collections.slipway.containers.plugins.module_utils._core.compose_app import app
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.target import EcsTarget
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.translate import translate
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import yaml_text

RUNS = 5
SIZES = (2, 6, 60, 1000)
REPORT = ROOT / "build" / "benchmarks" / "compose.md"
HEAD = (
    "services",
    "YAML ms",
    "model ms",
    "to ECS ms",
    "**parsed YAML to definitions ms**",
    *(f"`config` {version} ms" for version in RELEASES.values()),
)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds, and the result."""
    started = time.perf_counter()
    result = work()
    return (time.perf_counter() - started) * 1000, result


def stages(text: str) -> tuple[float, float, float]:
    """Milliseconds to parse the YAML, to bring it to the canonical form, and to make task definitions of it."""
    parsing, documents = timed(lambda: yaml_text.parse(text, "compose.yaml"))
    world = World(lambda path: text if path.endswith("/compose.yaml") else None, lambda text, file: documents)
    request = Request("/project", ("compose.yaml",))
    modelling, canonical = timed(lambda: load_project(request, world).canonical())
    translating, translations = timed(lambda: translate(app(canonical)[0], EcsTarget(region="eu-central-1")))
    if len(translations) != len(canonical["services"]):
        raise SystemExit(f"{len(translations)} definitions for {len(canonical['services'])} services")
    return parsing, modelling, translating


def config(text: str, release: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "compose.yaml").write_text(text, encoding="utf-8")
        command = [compose(release), "--project-directory", folder, "--file", f"{folder}/compose.yaml", "config"]
        return timed(lambda: subprocess.run(command, cwd=folder, capture_output=True, check=True))[0]


def row(services: int) -> str:
    text = many(services)
    runs = [(*stages(text), *(config(text, release) for release in RELEASES)) for turn in range(RUNS)]
    parsing, modelling, translating, *theirs = (median(column) for column in zip(*runs))
    figures = (parsing, modelling, translating, modelling + translating, *theirs)
    return f"| {services:,} | " + " | ".join(f"{figure:,.1f}" for figure in figures) + " |"


def main() -> int:
    load = f"{os.getloadavg()[0]:.1f}"
    lines = [
        f"Median of {RUNS} runs; Python {platform.python_version()}; {os.cpu_count()} CPUs, load {load} at the start.",
        "",
        f"| {' | '.join(HEAD)} |",
        f"|{'---:|' * len(HEAD)}",
        *map(row, SIZES),
    ]
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
