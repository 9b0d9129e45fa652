# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of `systemd_release`, for its part on the controller and its part on the target."""

from __future__ import annotations

from typing import Any

_GIT: dict[str, Any] = {
    "repo": {"type": "str", "required": True},
    "version": {"type": "str", "default": "HEAD"},
}
_ARCHIVE: dict[str, Any] = {
    "path": {"type": "path"},
    "url": {"type": "str"},
    "sha256": {"type": "str"},
    "strip": {"type": "int", "default": 0},
}
_SOURCE: dict[str, Any] = {
    "directory": {"type": "path"},
    "git": {"type": "dict", "options": _GIT},
    "archive": {"type": "dict", "options": _ARCHIVE},
    "remote_src": {"type": "bool", "default": False},
}
ARGUMENTS: dict[str, Any] = {
    "app": {"type": "str", "required": True},
    "root": {"type": "path"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "source": {"type": "dict", "options": _SOURCE},
    "exclude": {"type": "list", "elements": "str", "default": []},
    "requirements": {"type": "str"},
    "wheels": {"type": "path"},
    "python": {"type": "path", "default": "/usr/bin/python3"},
    "build": {"type": "list", "elements": "list", "default": []},
    "build_timeout": {"type": "int", "default": 900},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "lock_timeout": {"type": "int", "default": 900},
    "sent": {"type": "dict"},
}
