# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release of a project: enough to come back to it. Kept on the host, readable by its owner alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Release:
    """`images` is also what the prune timer of the role docker_host reads to know what it must keep."""

    number: int
    project: str
    model: Mapping[str, Any]  # Stack.raw
    images: Mapping[str, str]  # service -> image id
    references: Mapping[str, str] = field(default_factory=dict)  # service -> the tag that named it
    contents: Mapping[str, str] = field(default_factory=dict)  # path of a bound, config or secret file -> its copy
    started_at: str = ""  # UTC, ISO 8601
    finished_at: str = ""
    result: str = "good"  # good, failed, rolled back
    by: str = ""  # user@controller, as far as known
