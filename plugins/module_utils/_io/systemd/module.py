# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of `systemd_app` and `systemd_release` on the target."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import app_module
from ..app_module import Context

#: Options that hold secrets: nothing of them is shown.
_HIDDEN = ("services", "environment")


def run(work: Callable[[Context], dict[str, Any]], **options: Any) -> None:
    """Nothing is written to the system log, and options are masked: they hold secrets."""
    app_module.run(work, hidden=_HIDDEN, **options)
