# SPDX-License-Identifier: GPL-3.0-or-later
"""Real hosts for tests, or a reason why this machine has none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tools.prepare import NotPossibleHereError

from . import engine
from .hosts import Host


@pytest.fixture(scope="session", autouse=True)
def lab() -> Iterator[None]:
    try:
        engine.ensure()
    except NotPossibleHereError as problem:
        pytest.skip(str(problem))
    engine.remove_leftovers()
    yield
    engine.release()


@pytest.fixture(scope="module")
def docker_host() -> Iterator[Host]:
    """A host with Docker and the images slipway-test/*, shared by the tests of a file."""
    with Host.create("docker") as host:
        host.load_images()
        yield host
