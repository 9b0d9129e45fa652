# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option `compose`, apart from what reads Compose files: a module that is not given it need not load that."""

from __future__ import annotations

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
