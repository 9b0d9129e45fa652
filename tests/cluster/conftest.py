# SPDX-License-Identifier: GPL-3.0-or-later
"""What the clusters of a session share: a Docker Engine, and the depot that nodes fetch from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab import engine
from tests.lab.kubernetes import Lab
from tools.prepare import NotPossibleHereError


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    try:
        engine.ensure()
    except NotPossibleHereError as problem:
        pytest.skip(str(problem))  # not in CI, where a skipped test is a failure (tools/check.py)
    engine.remove_leftovers()
    with Lab.start() as lab:
        yield lab
    engine.release()
