# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of `compose_files`, for its part on the controller and its part on the target."""

from __future__ import annotations

from typing import Any

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "dest": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["present", "accepted", "restored", "absent"], "default": "present"},
    "src": {"type": "path"},
    "exclude": {"type": "list", "elements": "str", "default": []},
    "files": {"type": "list", "elements": "path"},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "secrets": {"type": "dict", "default": {}, "no_log": True},
    "adopt": {"type": "bool", "default": False},
    "state_directory": {"type": "path", "default": "/var/lib/slipway/compose_app"},
    "entries": {"type": "list", "elements": "dict", "default": []},
    "archive": {"type": "path"},
}
