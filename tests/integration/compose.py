# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Docker Compose and our model, asked about the same folder."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.document import ComposeError
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.project import load_project
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.request import Request
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.sources import World
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import yaml_text
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.files import Files

from tools.compose_cli import RELEASES, compose
from tools.prepare import NotPossibleHereError
from tools.record_compose import ENVIRONMENT, Case

NEWEST = [*RELEASES][-1]
#: What 2.26.1 prints differently, as docs/reference/compose_model.md says: file modes are numbers, x-* of a later file
#: replaces that of an earlier one, and gw_priority is not printed.
KNOWN_TO_DIFFER = re.compile(r"(?:secrets|configs)\[\d+\]\.mode$|\.gw_priority$|(?:^|\.)x-")
#: Longest value shown of what differs.
SHOWN = 200


@dataclass(frozen=True)
class Said:
    """A project in canonical form, or why there is none."""

    project: Any = None
    refusal: str = ""


@cache
def program(release: str) -> Path:
    """The real Docker Compose of a release of Debian, for every test that asks it."""
    try:
        return compose(release)
    except NotPossibleHereError as problem:
        pytest.skip(str(problem))  # no Debian, or its archive out of reach; tools/check.py fails on a skip under CI


def number(release: str) -> str:
    """What Compose's version is called for short: 2.40 for sid."""
    return RELEASES[release].rpartition(".")[0]


def compose_says(release: str, case: Case) -> Said:
    """What Docker Compose of a release of Debian makes of a case, in its folder."""
    done = subprocess.run(
        [program(release), *case.arguments(case.folder)],
        cwd=case.folder,
        env={**ENVIRONMENT, **case.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        return Said(refusal=_error(done.stderr.decode(errors="replace")) or f"exit code {done.returncode}")
    return Said(printed(done.stdout.decode()))


def _error(text: str) -> str:
    """What was said, without warnings and without Go's stack."""
    lines = [line for line in text.partition("\ngoroutine ")[0].splitlines() if "level=warning" not in line]
    return "\n".join(lines).strip()


def printed(text: str) -> Any:
    """The value of what `config` prints, in which every `$` stands twice."""
    (document,) = yaml_text.parse(text.replace("$$", "$"), "config")
    return document.value


def model_says(case: Case) -> Said:
    """What our model makes of the same case."""
    files = Files()
    request = Request(
        project_directory=str(case.folder / case.project_directory).rstrip("/."),
        files=tuple(str(case.folder / file) for file in case.files),
        project_name=case.project_name,
        environment={**ENVIRONMENT, **case.environment},
        env_files=tuple(str(case.folder / file) for file in case.env_files) or None,
        profiles=case.profiles,
        services=case.services,
    )
    world = World(files.read, yaml_text.parse, home=ENVIRONMENT["HOME"])
    try:
        return Said(load_project(request, world).canonical())
    except ComposeError as error:
        return Said(refusal=str(error))


def differences(release: str, compose: Said, ours: Said, may_be_stricter: bool = False) -> list[str]:
    """Where the two differ, one line each; nothing where both refuse, or where we do and may.

    Our form is that of the newest release. What the oldest is known to print differently is left out.
    """
    if ours.refusal and may_be_stricter:
        return []
    if bool(compose.refusal) != bool(ours.refusal):
        return [f"Compose: {compose.refusal or 'accepted'}\n   ours: {ours.refusal or 'accepted'}"]
    found = _differences(compose.project, ours.project, "")
    return [line for line in found if release == NEWEST or not KNOWN_TO_DIFFER.search(line.partition(": ")[0])]


def _differences(theirs: Any, ours: Any, path: str) -> Iterator[str]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in sorted({*theirs, *ours}):
            yield from _differences(theirs.get(key, ABSENT), ours.get(key, ABSENT), f"{path}.{key}".lstrip("."))
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for place, (their, our) in enumerate(zip(theirs, ours)):
            yield from _differences(their, our, f"{path}[{place}]")
    elif _typed(theirs) != _typed(ours):
        yield f"{path}: Compose {_shown(theirs)}, ours {_shown(ours)}"


def _typed(value: Any) -> tuple[Any, bool, bool]:
    """To Python, 1 is True and 1.0."""
    return value, isinstance(value, bool), isinstance(value, float)


class Absent:
    """Stands for a key that is not there; equal to nothing else."""

    def __repr__(self) -> str:
        return "(absent)"


ABSENT = Absent()


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
