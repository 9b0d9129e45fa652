# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the state of projects is kept on a host."""

from __future__ import annotations

import os
from pathlib import Path


def state_root() -> Path:
    """Where the projects of this user are kept."""
    if os.geteuid() == 0:
        return Path("/var/lib/slipway/compose")
    own = os.environ.get("XDG_STATE_HOME") or ""
    return (Path(own) if own.startswith("/") else Path.home() / ".local/state") / "slipway/compose"
