# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The start of `systemd_release` on the target."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .module import Context, run
from .release_options import ARGUMENTS
from .release_run import work


def main() -> None:
    """Folders on the way are for everybody, whatever root's own umask is: services go through them."""
    os.umask(0o022)
    run(_work, argument_spec=ARGUMENTS)


def _work(context: Context) -> dict[str, Any]:
    """Variables come from the action plugin in a file: Ansible would look for their values in all that is returned."""
    file = (context.params["sent"] or {}).get("environment")
    if file:
        context.params["environment"] = json.loads(Path(file).read_text(encoding="utf-8"))
    return work(context)
