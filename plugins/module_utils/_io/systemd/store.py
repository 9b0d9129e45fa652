# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered of an app, in a folder that only root can read. Written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..._core.systemd.memory import Memory
from ..._core.systemd.places import Places
from .. import run_journal
from ..app_module import AppError
from ..private_files import write_private


class Store:
    """Nothing is made before something is written."""

    def __init__(self, places: Places, read_only: bool = False) -> None:
        self.folder = Path(places.state)
        self.read_only = read_only
        self.memory = self._read()

    @property
    def _file(self) -> Path:
        return self.folder / "state.json"

    def _read(self) -> Memory:
        try:
            return Memory.from_text(self._file.read_text(encoding="utf-8", errors="surrogateescape"))
        except FileNotFoundError:
            return Memory()
        except ValueError as error:
            raise AppError(
                f"{self._file} cannot be understood ({str(error)[:100]}), so nobody knows which units are this app's; "
                "put it back from a copy, or remove it and the app's units by hand"
            ) from error

    def save(self, memory: Memory) -> None:
        """Only where something is different: a run that changes nothing writes nothing."""
        if memory != self.memory and not self.read_only:
            write_private(self._file, memory.as_text())
        self.memory = memory

    def forget(self, keep_data: bool) -> None:
        """The journal stays: it tells what was here. So does which data is the app's, as long as there is any."""
        if keep_data and self.memory.data:
            self.save(Memory(data=self.memory.data))
        else:
            self._file.unlink(missing_ok=True)
            self.memory = Memory()

    def journal(self, entry: Mapping[str, Any]) -> None:
        """One line. `at` is added: UTC, ISO 8601."""
        run_journal.append(self.folder / "journal.jsonl", entry)
