# SPDX-License-Identifier: GPL-3.0-or-later
"""Digests from a real registry, and what real Compose makes of a lock."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.lockfile import (
    Lock,
    Locked,
    LockFileError,
    dumps,
    pin,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.stack.reader import read
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.cli import ComposeCli, find
from ansible_collections.slipway.containers.plugins.module_utils._io.engine import reads
from ansible_collections.slipway.containers.plugins.module_utils._io.engine.client import Engine
from ansible_collections.slipway.containers.plugins.module_utils._io.stack.digest_lock import (
    read_lock,
    resolve,
    write_lock,
    write_override,
)

from tools.compose_cli import RELEASES, compose

from . import by_hand
from . import engine as machine
from .registry import Registry, free_port

WEB = "slipway-test/web:1"
DIGEST = "sha256:" + "a" * 64
_NUMBERS = count(1)

pytestmark = pytest.mark.usefixtures("machine_images")


@pytest.fixture(params=sorted(RELEASES), ids=lambda release: RELEASES[release])
def cli(request: pytest.FixtureRequest, tmp_path: Path) -> ComposeCli:
    name = f"ready-lock-{os.getpid()}-{next(_NUMBERS)}"
    program = find(str(compose(request.param)))
    return ComposeCli(program, name, str(tmp_path), files=("compose.yaml",), docker_host=machine.SOCKET)


@pytest.fixture
def reference() -> Iterator[str]:
    """An image in a registry on loopback, whose certificate engines do not check."""
    registry = Registry()
    registry.gateway = "127.0.0.1"
    registry.port = free_port(registry.gateway)
    registry.address = f"{registry.gateway}:{registry.port}"
    with registry:
        name = f"{registry.address}/shop/web:1"
        machine.docker("tag", WEB, name)
        machine.docker("push", name)
        try:
            yield name
        finally:
            with Engine(machine.SOCKET) as engine:
                left = engine.get("/images/json", filters={"reference": [name.rpartition(":")[0]]})
            names = [one for entry in left for key in ("RepoTags", "RepoDigests") for one in entry[key] or ()]
            machine.docker("rmi", *(one for one in names if one.startswith(registry.address)), check=False)


def write(cli: ComposeCli, **services: Any) -> dict[str, Any]:
    Path(cli.project_src, "compose.yaml").write_text(json.dumps({"services": services}), encoding="utf-8")
    raw: dict[str, Any] = json.loads(cli.config())
    return raw


def test_the_pinned_model_is_what_compose_makes_of_the_override(cli: ComposeCli, tmp_path: Path) -> None:
    """So one `config` is enough, and the hash that is computed is the one that Compose writes."""
    raw = write(
        cli,
        web={"image": "nginx:1.27", "ports": ["80"], "environment": {"A": "$$x"}, "depends_on": ["app"]},
        app={"build": {"context": "."}, "image": "shop/app:1"},
    )
    lock = Lock({"web": Locked("nginx:1.27", DIGEST), "dropped": Locked("redis:7", DIGEST)}, {"app": "built"})
    pinned = pin(raw, lock)
    cli.files = ("compose.yaml", str(write_override(tmp_path / "state", pinned.override)))
    assert json.loads(cli.config()) == pinned.raw


def test_the_file_works_as_an_override_by_hand(cli: ComposeCli, tmp_path: Path) -> None:
    raw = write(cli, web={"image": "nginx:1.27"})
    lock = Lock({"web": Locked("nginx:1.27", DIGEST)}, {"app": "built"})
    (tmp_path / "compose.lock").write_text(dumps(lock), encoding="utf-8")
    cli.files = ("compose.yaml", "compose.lock")
    assert json.loads(cli.config())["services"] == pin(raw, lock).raw["services"]


def test_digests_of_the_host_and_of_the_registry(cli: ComposeCli, engine: Engine, reference: str) -> None:
    raw = write(
        cli,
        web={"image": reference},
        local={"image": WEB},
        app={"build": {"context": "."}},
        fixed={"image": f"nginx@{DIGEST}"},
    )
    here = resolve(engine, read(raw))
    found = reads.inspect_image(engine, reference)
    assert found
    digest = next(one for one in found["RepoDigests"] if one.startswith(reference.rpartition(":")[0])).partition("@")[2]
    assert here.services == {"web": Locked(reference, digest)}
    assert sorted(here.unpinned) == ["app", "local"]
    assert here.unpinned["local"].startswith("it did not come from a registry; its registry does not tell: ")
    machine.docker("rmi", reference)
    assert resolve(engine, read(raw)).services == here.services, "the registry knows it, too"


def test_a_tag_that_moved_is_seen_where_the_registry_is_asked(cli: ComposeCli, engine: Engine, reference: str) -> None:
    raw = write(cli, web={"image": reference})
    before = resolve(engine, read(raw)).services["web"]
    machine.docker("tag", "slipway-test/web:2", reference)
    machine.docker("push", reference)
    machine.docker("pull", before.reference)
    machine.docker("tag", before.reference, reference)
    assert resolve(engine, read(raw)).services["web"] == before
    assert resolve(engine, read(raw), fresh=True).services["web"].digest != before.digest


def test_a_pinned_project_runs(cli: ComposeCli, engine: Engine, reference: str, tmp_path: Path) -> None:
    raw = write(cli, web={"image": reference, "init": True, "stop_grace_period": "0s"})
    pinned = pin(raw, resolve(engine, read(raw)))
    cli.files = ("compose.yaml", str(write_override(tmp_path / "state", pinned.override)))
    try:
        cli.up()
        (one,) = reads.present(engine, str(cli.project_name)).containers
        assert one.image == pinned.raw["services"]["web"]["image"]
        assert one.state == "running"
    finally:
        by_hand.compose(cli, "down", "--timeout", "0")


def test_the_file_is_written_once(tmp_path: Path) -> None:
    path, lock = tmp_path / "compose.lock", Lock({"web": Locked("nginx:1.27", DIGEST)})
    assert read_lock(path) is None
    assert write_lock(path, lock)
    assert path.stat().st_mode & 0o777 == 0o644
    path.chmod(0o640)
    assert not write_lock(path, lock)
    assert write_lock(path, Lock())
    assert path.stat().st_mode & 0o777 == 0o640
    assert read_lock(path) == Lock()


def test_a_file_that_means_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "compose.lock").write_text("{", encoding="utf-8")
    with pytest.raises(LockFileError, match=r"compose\.lock: expected"):
        read_lock(tmp_path / "compose.lock")
