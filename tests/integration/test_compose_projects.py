# SPDX-License-Identifier: GPL-3.0-or-later
"""Projects as teams have them: our model says what the real Docker Compose says, to the letter."""

from __future__ import annotations

import pytest

from tests.integration.compose import compose_says, differences, model_says, printed, program
from tools.compose_cli import RELEASES
from tools.prepare import ROOT
from tools.record_compose import read_case, record, recorded

PROJECTS = sorted(path for path in (ROOT / "tests" / "projects").iterdir() if path.is_dir())
NAMES = [path.name for path in PROJECTS]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", NAMES)
def test_our_model_says_what_compose_says(name: str, release: str) -> None:
    case = read_case(ROOT / "tests" / "projects" / name)
    compose = compose_says(release, case)
    assert not compose.refusal
    found = differences(release, compose, model_says(case))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", NAMES)
def test_recordings_are_what_compose_says(name: str) -> None:
    """So that the unit tests, which run without Compose, compare with the truth."""
    folder = ROOT / "tests" / "projects" / name
    assert record({release: program(release) for release in RELEASES}, folder) == recorded(folder)


def test_projects_are_of_all_sizes() -> None:
    """From a weblog to what a team runs with some sixty services."""
    sizes = {
        path.name: len(printed((path / "config.out").read_text(encoding="utf-8"))["services"]) for path in PROJECTS
    }
    assert min(sizes.values()) == 2 and 55 <= max(sizes.values()) <= 65, sizes
