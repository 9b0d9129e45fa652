# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time on an app, whichever module it is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ..._core.systemd.places import Places
from ..private_files import make_private
from ..run_lock import held


@contextlib.contextmanager
def locked(places: Places, timeout_seconds: float, who: str) -> Iterator[None]:
    """Raises LockedError, an OSError whose sentence says who has it."""
    folder = Path(places.state)
    folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    make_private(folder)
    with held(folder / "lock", timeout_seconds, who, places.name):
        yield
