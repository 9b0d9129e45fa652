# SPDX-License-Identifier: GPL-3.0-or-later
"""The real Docker Compose and our model, asked about the same folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.document import ComposeError
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.project import Request, load_project
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.sources import World
from ansible_collections.slipway.containers.plugins.module_utils._io import compose_yaml
from ansible_collections.slipway.containers.plugins.module_utils._io.compose_files import Files

from tools.compose_cli import RELEASES, compose
from tools.prepare import NotPossibleHereError
from tools.record_compose import ENVIRONMENT, Case

#: Longest value shown of what differs.
SHOWN = 200


@dataclass(frozen=True)
class Said:
    """A project in canonical form, or why there is none."""

    project: Any = None
    refusal: str = ""


@cache
def program(release: str) -> Path:
    try:
        return compose(release)
    except NotPossibleHereError as problem:
        pytest.skip(str(problem))


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
    (document,) = compose_yaml.parse(text.replace("$$", "$"), "config")
    return document.value


def model_says(release: str, case: Case) -> Said:
    """What our model makes of the same case as that release would print it."""
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
    world = World(files.read, compose_yaml.parse, home=ENVIRONMENT["HOME"])
    try:
        return Said(load_project(request, world).canonical(release=number(release)))
    except ComposeError as error:
        return Said(refusal=str(error))


def differences(compose: Said, ours: Said, may_be_stricter: bool = False) -> list[str]:
    """Where the two differ, one line each; nothing where both refuse, or where we do and may."""
    if ours.refusal and may_be_stricter:
        return []
    if bool(compose.refusal) != bool(ours.refusal):
        return [f"Compose: {compose.refusal or 'accepted'}\n   ours: {ours.refusal or 'accepted'}"]
    return list(_differences(compose.project, ours.project, ""))


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
