# SPDX-License-Identifier: GPL-3.0-or-later
"""Random projects: our model says what the real Docker Compose says, or both refuse.

SLIPWAY_COMPOSE_SEEDS says how many projects each test takes; the usual number takes about 15 seconds on two cores. A
failure shows the smallest project that still fails. A project that is made wrong in one place may be refused by us
alone: Compose takes a memory limit of 1.5 bytes. It must never be accepted by us alone.
"""

from __future__ import annotations

import os
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.compose import NEWEST, compose_says, differences, model_says, number, program
from tools.compose_cli import RELEASES
from tools.generate_compose import Files, drawn, shrunk, texts, write_into
from tools.record_compose import Case, read_case

SEEDS = int(os.environ.get("SLIPWAY_COMPOSE_SEEDS", "100"))
AT_ONCE = 2


@dataclass(frozen=True)
class Comparison:
    """Projects of one kind, asked of one release and of our model."""

    release: str
    wild: bool = False

    def project(self, seed: int) -> Files:
        return drawn(seed, release=number(self.release), wild=self.wild)

    def differing(self, files: Files) -> list[str]:
        """What is said differently about a project, which lies in a folder of its own meanwhile."""
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary).resolve() / "project"
            write_into(folder, texts(files))
            case = read_case(folder)
            compose = compose_says(self.release, case)
            try:
                ours = model_says(case)
            except Exception:
                # Only a ComposeError is a refusal. Anything else is a crash of ours, which the test shows and fails on;
                # it is caught here so that the project is shrunk first, as for any other difference.
                return [traceback.format_exc(limit=-2)]
            found = differences(self.release, compose, ours, may_be_stricter=self.wild)
            return [line for line in found if not known_to_differ(line, case, self.release)]

    def smallest(self, files: Files) -> str:
        """What is left of a project when all is gone that the difference does not need, and the difference."""
        wanted = kind(self.differing(files))
        files = shrunk(files, lambda smaller: kind(self.differing(smaller)) == wanted)
        shown = [f"# {name}\n{text}" for name, text in texts(files).items()]
        return "\n".join([*shown, *self.differing(files)])

    def run(self) -> None:
        program(self.release)  # skips here rather than in a thread
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = pool.map(lambda seed: self.differing(self.project(seed)), range(SEEDS))
            wrong = [seed for seed, lines in enumerate(found) if lines]
        assert not wrong, f"seeds {wrong}; what is left of {wrong[0]}:\n{self.smallest(self.project(wrong[0]))}"


def known_to_differ(line: str, case: Case, release: str) -> bool:
    """What 2.26 does in other words, as docs/reference/compose_model.md says.

    A reference in an env file looks elsewhere first, and where services are asked for, what they do not use is printed.
    """
    if release == NEWEST:
        return False
    reads_files = any("env_file" in path.read_text("utf-8") for path in case.folder.rglob("*.yaml"))
    resources = ("networks", "volumes", "secrets", "configs")
    return (reads_files and ".environment." in line) or (bool(case.services) and line.startswith(resources))


def kind(lines: list[str]) -> str:
    """What sort of difference it is: ours crashes, one refuses, or both accept. Shrinking keeps to one sort."""
    sorts = ("Traceback", "ours: accepted", "Compose: accepted")
    return next((sort for sort in sorts if lines and sort in lines[0]), "forms" if lines else "")


@pytest.mark.parametrize("release", RELEASES)
def test_our_model_says_what_compose_says(release: str) -> None:
    Comparison(release).run()


def test_our_model_accepts_no_more_than_compose() -> None:
    Comparison(NEWEST, wild=True).run()
