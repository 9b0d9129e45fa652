# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans of small projects applied on this machine's own engine, in this process, with any of the two Composes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.slipway.containers.plugins.module_utils._core.findings import blocking
from ansible_collections.slipway.containers.plugins.module_utils._core.stack import (
    config_hash,
    gojson,
    reader,
    versions,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.decide import decide
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.facts import Facts
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.learned import Learned
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.model import Stack
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.present import Container, Present
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.wish import Wish
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.cli import ComposeCli, find
from ansible_collections.slipway.containers.plugins.module_utils._io.engine import reads
from ansible_collections.slipway.containers.plugins.module_utils._io.engine.client import Engine
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.apply import Applied, Runtime, apply
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.leftovers import tidy

from tools.compose_cli import compose

from . import engine as machine

ASKER = str(Path(__file__).with_name("asker.py"))
WEB, HEALTHY, JOB = ("slipway-test/web:1", "slipway-test/healthy:1", "slipway-test/job:1")
#: Ready as soon as it listens, so that tests need not wait for three stable seconds.
QUICK = Wish(ready=(), wait_timeout=30)


@dataclass
class Project:
    """A project in a folder of its own; `release` is the Debian release that its Compose is of."""

    folder: Path
    name: str
    release: str
    engine: Engine
    said: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, services: dict[str, Any], **others: Any) -> None:
        model = {"name": self.name, "services": services, **others}
        (self.folder / "compose.yaml").write_text(json.dumps(model), encoding="utf-8")

    @property
    def cli(self) -> ComposeCli:
        program = find(str(compose(self.release)))
        return ComposeCli(program, self.name, str(self.folder), environment=self.environment)

    def present(self, stack: Stack) -> Present:
        return reads.present(self.engine, self.name, [one.image for one in stack.services.values()])

    def runtime(self, wish: Wish = QUICK, **facts: Any) -> Runtime:
        """What a run has in hand after it has decided. What a killed run left behind is cleared away first."""
        cli = self.cli
        version = versions.parse(cli.version())
        stack = reader.read(gojson.loads(cli.config()), wish.one_shot)
        tidy(self.engine, self.name, self.present(stack), wish.stop_timeout)
        present = self.present(stack)
        ids = {
            name: min((one.name, one.id) for one in present.of(name))[1] for name in stack.services if present.of(name)
        }
        known = Facts(
            hashes={name: config_hash.service_hash(one, version, ids) for name, one in stack.services.items()},
            network_hashes={key: config_hash.network_hash(one, version) for key, one in stack.networks.items()},
            volume_hashes={key: config_hash.volume_hash(one, version) for key, one in stack.volumes.items()},
            version=version.text,
            **facts,
        )
        plan = decide(stack, present, Learned(), wish, known)
        refused = blocking(plan.findings, "error")
        assert not refused, [one.as_text() for one in refused]
        return Runtime(self.engine, cli, stack, present, plan, wish, say=self.said.append)

    def apply(self, wish: Wish = QUICK, **facts: Any) -> Applied:
        return apply(self.runtime(wish, **facts))

    def finish(self, runtime: Runtime) -> None:
        """A run that may be killed has to work where it is not."""
        applied = apply(runtime)
        assert applied.failure is None, applied.failure

    def up(self, wish: Wish = QUICK, **facts: Any) -> Applied:
        """An apply that has to work."""
        applied = self.apply(wish, **facts)
        assert applied.failure is None, applied.failure
        return applied

    def compose(self, *words: str) -> str:
        """Compose itself, as a user types it; what it says."""
        done = subprocess.run(self._command(*words), capture_output=True, text=True, check=True, cwd=self.folder)
        return done.stdout + done.stderr

    def start_compose(self, *words: str) -> subprocess.Popen[bytes]:
        """A run of it that goes on by itself."""
        quiet = subprocess.DEVNULL
        return subprocess.Popen(self._command(*words), stdout=quiet, stderr=quiet, cwd=self.folder)

    def _command(self, *words: str) -> list[str]:
        return [str(compose(self.release)), "--project-directory", str(self.folder), "-p", self.name, *words]

    def all(self) -> tuple[Container, ...]:
        return reads.present(self.engine, self.name).containers

    def of(self, service: str) -> tuple[Container, ...]:
        return reads.present(self.engine, self.name).of(service)

    def one(self, service: str) -> Container:
        (found,) = self.of(service)
        return found

    def inspect(self, service: str) -> dict[str, Any]:
        return reads.inspect(self.engine, self.one(service).id) or {}

    def inside(self, service: str, *command: str) -> str:
        return machine.docker("exec", self.one(service).id, *command).stdout.strip()

    def agrees(self) -> bool:
        """A plain `docker compose up` finds nothing to do: the same containers run on."""
        before = {(one.id, one.name, one.state) for one in self.all()}
        self.compose("up", "--detach", "--no-build", "--pull", "never")
        return before == {(one.id, one.name, one.state) for one in self.all()}

    def remove(self) -> None:
        mine = {"label": [f"com.docker.compose.project={self.name}"]}
        for one in self.engine.get("/containers/json", all=True, filters=mine):
            self.engine.delete(f"/containers/{one['Id']}", force=True, v=True)
        for one in self.engine.get("/networks", filters=mine):
            self.engine.delete(f"/networks/{one['Id']}")
        for one in self.engine.get("/volumes", filters=mine).get("Volumes") or ():
            self.engine.delete(f"/volumes/{one['Name']}")


@contextmanager
def project(folder: Path, name: str, release: str) -> Iterator[Project]:
    with Engine(machine.SOCKET) as engine:
        one = Project(folder, name, release, engine)
        one.remove()
        try:
            yield one
        finally:
            one.remove()


@dataclass(frozen=True)
class Asked:
    """What came of many requests, one after the other."""

    answers: dict[str, int]
    failed: list[str]
    slow: list[str]  # those that took about as long as a packet that has to be sent again


@contextmanager
def asking(client: int, host: str, folder: Path) -> Iterator[list[Asked]]:
    """Requests from within the network of the process `client`, until the block ends; then the list has the result."""
    results: list[Asked] = []
    command = ["nsenter", "--target", str(client), "--net", sys.executable, ASKER, host]
    asks = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert asks.stdout is not None
    assert asks.stdout.readline() == "asking\n"
    try:
        yield results
    finally:
        output, _nothing = asks.communicate("")
    results.append(Asked(**json.loads(output)))
