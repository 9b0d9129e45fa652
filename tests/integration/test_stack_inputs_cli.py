# SPDX-License-Identifier: GPL-3.0-or-later
"""The fingerprint and the config hash, against what the real Docker Compose says of projects. No engine is asked."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.config_hash import service_hash
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.inputs import Asked, Inputs
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.reader import read
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.versions import parse
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.inputs import gather

from tests.integration.compose import program
from tools.compose_cli import RELEASES
from tools.prepare import ROOT
from tools.record_compose import CASES, ENVIRONMENT, OURS, read_case

PROJECTS = sorted(path for path in (ROOT / "tests" / "projects").iterdir() if path.is_dir())
#: Beside whole projects, cases where files lead to files.
LINKED = re.compile(r"extends-|include-|env-file|dot-env|label-file|project-parts|merge-files")
CASES_THAT_LINK = [path for path in sorted(CASES.iterdir()) if LINKED.match(path.name)]
FOLDERS = [
    *((path, release) for path in PROJECTS for release in RELEASES),
    *((path, "sid") for path in CASES_THAT_LINK),
]
#: A path with a variable in it: Compose has to be asked each time.
NOT_FINGERPRINTED = {"data-platform", "env-file-path-with-variables", "extends-interpolated", "include-with-variables"}
#: Services with an env_file, which `config --hash` leaves out before Compose 5.5, other than the label.
WITH_ENV_FILE = {
    "data-platform": {"nifi", "sftp"},
    "layered": {"app", "jobs"},
    "microservices": {
        *("cart", "catalogue", "checkout", "fraud", "gateway", "mailer", "payments", "search", "users"),
    },
    "shop": {"api", "migrate", "scheduler", "worker"},
}
MUTATIONS = 2
BYTES = b'abz019_-./: "\n'


@dataclass
class Copy:
    """A project that may be broken, and what Compose and we make of it."""

    root: Path
    command: list[str]
    asked: Asked
    environment: dict[str, str]

    def compose(self) -> tuple[int, bytes]:
        done = subprocess.run(self.command, env=self.environment, cwd=self.root, capture_output=True, check=False)
        return done.returncode, done.stdout

    def inputs(self) -> Inputs:
        return gather(self.asked, self.environment)

    @property
    def files(self) -> list[Path]:
        return sorted(path for path in self.root.rglob("*") if path.is_file())


def copied(folder: Path, release: str, root: Path) -> Copy:
    shutil.copytree(folder, root, ignore=lambda _folder, _names: OURS)
    case = read_case(folder)
    words = case.arguments(root)
    place = words.index("config") + 1
    return Copy(
        root,
        [str(program(release)), *words[:place], "--format", "json", *words[place:]],
        Asked(
            str(root / case.project_directory),
            files=tuple(str(root / file) for file in case.files),
            env_files=tuple(str(root / file) for file in case.env_files),
        ),
        {**ENVIRONMENT, **case.environment},
    )


def changes(copy: Copy, chance: random.Random) -> list[tuple[str, Callable[[], object], Callable[[], object]]]:
    """(what, how to do it, how to undo it): single bytes, files that go, files that come, and variables."""
    found: list[tuple[str, Callable[[], object], Callable[[], object]]] = []
    for path in copy.files:
        old = path.read_bytes()
        restore = partial(path.write_bytes, old)
        for _time in range(MUTATIONS if old else 0):
            place, new = chance.randrange(len(old)), chance.choice(BYTES)
            text = old[:place] + bytes([new]) + old[place + 1 :]
            found.append((f"{path}:{place} {chr(new)!r}", lambda path=path, text=text: path.write_bytes(text), restore))
        found.append((f"{path} goes", path.unlink, restore))
    for folder in {copy.root, Path(copy.asked.project_src), *(path.parent for path in copy.files)}:
        new_file = folder / ".env"
        if not new_file.exists():
            found.append(
                (f"{new_file} comes", lambda file=new_file: file.write_text("TAG=new\nA=1\n"), new_file.unlink)
            )
    texts = " ".join(path.read_text(encoding="utf-8", errors="replace") for path in copy.files)
    for name in sorted({*copy.environment, *re.findall(r"\$\{?(\w+)", texts), *re.findall(r"\b[A-Z_]{2,}\b", texts)}):
        given = copy.environment.get(name)
        undo: Callable[[], object] = partial(copy.environment.pop, name)
        if given is not None:
            undo = partial(copy.environment.update, {name: given})
        found.append((f"${name}", lambda name=name: copy.environment.update({name: "new"}), undo))
    return found


@pytest.mark.parametrize(("folder", "release"), FOLDERS, ids=lambda value: getattr(value, "name", value))
def test_what_changes_the_model_changes_the_fingerprint(folder: Path, release: str, tmp_path: Path) -> None:
    copy = copied(folder, release, tmp_path / "project")
    before, said = copy.inputs(), copy.compose()
    if said[0]:
        return  # Compose refuses this one, or does not know it yet
    assert bool(before.reason) == (folder.name in NOT_FINGERPRINTED), before.reason
    if before.reason:
        return
    for what, change, undo in changes(copy, random.Random(folder.name)):
        change()
        if copy.inputs().texts == before.texts:
            assert copy.compose()[1] in (said[1], b""), what
        undo()
    assert copy.inputs() == before


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: folder.name)
def test_hashes_are_those_that_compose_prints(folder: Path, release: str) -> None:
    """`config --hash` knows neither env files nor the ids of other containers; the rest is the label, too."""
    case = read_case(folder)
    command = [str(program(release)), *case.arguments(folder)]
    environment = {**os.environ, **ENVIRONMENT, **case.environment}

    def run(*words: str) -> str:
        return subprocess.run([*command, *words], env=environment, capture_output=True, text=True, check=True).stdout

    stack = read(json.loads(run("--format", "json")))
    printed = dict(line.split() for line in run("--hash", "*").splitlines())
    known = WITH_ENV_FILE.get(folder.name, set())
    version = parse(RELEASES[release])
    computed = {name: service_hash(service, version, {}) for name, service in stack.services.items()}
    differ = {name for name in computed if computed[name] != printed[name]}
    shared = {name for name, service in stack.services.items() if service.shares_with}
    assert known <= differ <= known | shared
