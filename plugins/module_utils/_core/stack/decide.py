# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be done to a project, service by service, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .learned import Learned
from .model import Stack
from .plan import Plan
from .present import Present
from .release import Release
from .wish import Wish


@dataclass(frozen=True)
class Facts:
    """What was worked out or looked up for this decision. All keys are names of services unless told otherwise."""

    hashes: Mapping[str, str] = field(default_factory=dict)  # computed config hash
    network_hashes: Mapping[str, str] = field(default_factory=dict)  # key in Stack.networks -> computed
    volume_hashes: Mapping[str, str] = field(default_factory=dict)  # key in Stack.volumes -> computed
    contents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # service -> Content.key -> sha256
    builds: Mapping[str, str] = field(default_factory=dict)  # hash of the build context
    inodes: Mapping[str, str] = field(default_factory=dict)  # bound path on the host -> device:inode as it is now
    exact: bool = True  # the hashes are Compose's own for this version
    inspected: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # container id -> inspect
    last: Release | None = None
    version: str = ""  # of Compose, as it says it: 2.40.3
    stale_contents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # Content.key, where nobody learned


def decide(stack: Stack, present: Present, learned: Learned, wish: Wish, facts: Facts) -> Plan:
    raise NotImplementedError
