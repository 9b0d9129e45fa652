# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option `compose`, apart from what reads Compose files: a module that is not given it need not load that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: The suboptions of `compose`, documented in the fragment slipway.containers.compose.
OPTIONS: dict[str, Any] = {
    "project_directory": {"type": "path"},
    "files": {"type": "list", "elements": "path"},
    "project_name": {"type": "str"},
    "env_files": {"type": "list", "elements": "path"},
    "environment": {"type": "dict"},
    "profiles": {"type": "list", "elements": "str"},
    "services": {"type": "list", "elements": "str"},
}


def problems(compose: Any) -> list[str]:
    """What is wrong with the suboptions as a filter is given them, where no argument specification has looked."""
    if not isinstance(compose, Mapping):
        return [f"found {type(compose).__name__}, expected a dictionary with {', '.join(OPTIONS)}"]
    return [f"found the unknown key '{key}', expected {', '.join(OPTIONS)}" for key in compose if key not in OPTIONS]
