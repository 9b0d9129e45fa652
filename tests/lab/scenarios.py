# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of Molecule's scenarios needs around it: an engine, a name for its hosts, and nothing left at the end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from tools.prepare import ROOT, NotPossibleHereError, lay_out_tree

from . import engine

FOLDER = ROOT / "extensions" / "molecule"


def names() -> list[str]:
    """All scenarios that converge something."""
    return sorted(path.parent.name for path in FOLDER.glob("*/converge.yml"))


def environment(scenario: str) -> dict[str, str]:
    """Two scenarios at once have hosts and a working folder of their own, and so have two runs at once."""
    return {
        "MOLECULE_EPHEMERAL_DIRECTORY": str(ROOT / "build" / "molecule" / scenario),
        "MOLECULE_PROJECT_DIRECTORY": str(ROOT),
        engine.RUN_OWNER: engine.identity(os.getpid()),
        "SLIPWAY_LAB_RUN": str(os.getpid()),
        "SLIPWAY_LAB_SCENARIO": scenario,
    }


def ready() -> None:
    """An engine and the collection tree, or why there can be none here."""
    engine.ensure()
    lay_out_tree()


@contextlib.contextmanager
def surroundings() -> Iterator[None]:
    """The engine runs meanwhile, if it can; afterwards it and the hosts of this run are gone, however that ended."""
    try:
        engine.ensure()
        engine.remove_leftovers()
    except NotPossibleHereError:
        yield  # each check says so itself
        return
    try:
        yield
    finally:
        engine.remove_owned()
        engine.remove_leftovers()
        if done := engine.release():
            print(f"dockerd: {done}")
