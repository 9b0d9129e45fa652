# SPDX-License-Identifier: GPL-3.0-or-later
"""The one file that the page keeps."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import budget

FILE_NAME = "scenarios.csv"


def is_writable(folder: Path) -> bool:
    """Whether the page can save here: the data folder may be missing or read-only."""
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def load(folder: Path) -> list[budget.Scenario]:
    """The saved scenarios, or the starters where nothing was saved yet."""
    try:
        text = (folder / FILE_NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        return list(budget.STARTERS)
    return budget.read_csv(text) or list(budget.STARTERS)


def save(folder: Path, scenarios: list[budget.Scenario]) -> None:
    """Write beside the file and rename, so that a crash never leaves half a file."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=folder, prefix=FILE_NAME, suffix=".new", delete=False
    ) as new:
        try:
            new.write(budget.write_csv(scenarios))
            new.flush()
            os.fsync(new.fileno())
            Path(new.name).replace(folder / FILE_NAME)
        except BaseException:
            Path(new.name).unlink()
            raise
