# SPDX-License-Identifier: GPL-3.0-or-later
"""The `.env` that compose_app writes, and the real Docker Compose that reads it."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.dotenv_write import env_text

from tests.integration.compose import program
from tools.compose_cli import RELEASES

#: What has a meaning to somebody on the way, and what only looks as if it had.
PIECES = [
    *"ab 0'\"\\$\n\r\t#={}!`%&;:()|~,é\x07\x1b\x85\xa0\u2028\ufeff",
    *("${A}", "$A", "$$", "\\n", "\\'", '\\"', "\\$", "\\0101", " #", "export ", "'''", "${A:?no}"),
]
VALUES = 400


@pytest.mark.parametrize("release", RELEASES)
def test_compose_reads_exactly_what_was_meant(release: str, tmp_path: Path) -> None:
    """As a variable of the service, through `env_file`, and filled in."""
    chance = random.Random(release)
    values = {f"V{n}": "".join(chance.choices(PIECES, k=chance.randint(0, 8))) for n in range(VALUES)}
    values |= {f"P{n}": piece for n, piece in enumerate(PIECES)}
    (tmp_path / ".env").write_bytes(env_text(values).encode())
    services = {
        "named": {"environment": dict.fromkeys(values)},
        "read": {"env_file": ".env"},
        "filled": {"environment": {name: f"${{{name}}}" for name in values}},
    }
    project = {"services": {name: {"image": "x", **service} for name, service in services.items()}}
    (tmp_path / "compose.yaml").write_text(json.dumps(project), encoding="utf-8")
    command = [program(release), "--project-directory", tmp_path, "config", "--format", "json"]
    done = subprocess.run(command, env={"PATH": "/usr/bin"}, capture_output=True, check=True)
    for name, service in json.loads(done.stdout)["services"].items():
        got = {key: value.replace("$$", "$") for key, value in service["environment"].items()}
        assert got == values, name
