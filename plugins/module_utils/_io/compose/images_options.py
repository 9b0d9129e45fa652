# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of `compose_images`, for its part on the controller and its part on the target."""

from __future__ import annotations

from typing import Any

ARGUMENTS: dict[str, Any] = {
    "archives": {"type": "list", "elements": "path", "required": True},
    "docker_host": {"type": "str"},
    "images": {"type": "list", "elements": "dict", "default": []},
    "sent": {"type": "dict", "default": {}},
}
