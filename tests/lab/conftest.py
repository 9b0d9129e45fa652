# SPDX-License-Identifier: GPL-3.0-or-later
"""Real hosts for tests, or a reason why this machine has none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._io.engine.client import Engine

from tools.prepare import NotPossibleHereError

from . import engine, stack_images
from .hosts import Host


@pytest.fixture(scope="session", autouse=True)
def lab() -> Iterator[None]:
    try:
        engine.ensure()
    except NotPossibleHereError as problem:
        pytest.skip(str(problem))  # not in CI, where a skipped test is a failure (tools/check.py)
    engine.remove_leftovers()
    yield
    engine.release()


@pytest.fixture(scope="session")
def machine_images() -> None:
    """The images slipway-test/* in the machine's own engine."""
    if engine.docker("image", "inspect", *stack_images.TAGS, check=False).returncode != 0:
        engine.docker("load", "--input", stack_images.archive())


@pytest.fixture(name="engine")
def machine_engine() -> Iterator[Engine]:
    """A client of it."""
    with Engine(engine.SOCKET) as client:
        yield client


@pytest.fixture(scope="module")
def docker_host() -> Iterator[Host]:
    """A host with Docker and the images slipway-test/*, shared by the tests of a file."""
    with Host.create("docker") as host:
        host.load_images()
        yield host
