# SPDX-License-Identifier: GPL-3.0-or-later
"""What the clusters of a session share: a Docker Engine, the depot that nodes fetch from, and a table of seconds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.lab import engine
from tests.lab.kubernetes import Lab, network
from tests.lab.kubernetes.release import chosen
from tools.prepare import NotPossibleHereError

STEP = "step"
Timed = Callable[[str], AbstractContextManager[None]]


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    try:
        engine.ensure()
    except NotPossibleHereError as problem:
        pytest.skip(str(problem))  # not in CI, where a skipped test is a failure (tools/check.py)
    engine.remove_leftovers()
    network.left()
    with Lab.start() as lab:
        yield lab
    engine.release()


@pytest.fixture
def step(record_property: Callable[[str, object], None]) -> Timed:
    """`with step("a node is added"):` puts its seconds into the table at the end of the run."""

    @contextlib.contextmanager
    def timed(name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        record_property(STEP, (name, time.monotonic() - began))

    return timed


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Properties of reports come here from other processes, too; what tests print does not."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    steps = [value for report in reports for name, value in report.user_properties if name == STEP]
    if steps:
        terminalreporter.write_line(f"seconds of each step, with {chosen()}")
    for name, seconds in steps:
        terminalreporter.write_line(f"{seconds:7.1f} s  {name}")
