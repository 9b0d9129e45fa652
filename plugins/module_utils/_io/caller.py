# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs a module on this host, for locks and journals."""

from __future__ import annotations

import getpass
import os


def who() -> str:
    """The user, and where the connection comes from."""
    user = os.environ.get("SUDO_USER") or getpass.getuser()
    client = os.environ.get("SSH_CONNECTION", "").partition(" ")[0]
    return f"{user} from {client}" if client else user
