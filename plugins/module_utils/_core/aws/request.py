# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API request from a module's options: its members in snake_case at the top, the API's own case inside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..findings import Finding
from .shape import ApiModel, ShapeWalk

#: Runs of capitals that are one word: enableECSManagedTags, FireLens' KMSKey.
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True)
class Request:
    """`values`: what can be sent, typed as the API wants it. `findings`: what was wrong, by the user's own names."""

    values: dict[str, Any]
    findings: tuple[Finding, ...] = ()


def option_of(member: str) -> str:
    """The option that a member of the API is given by: enableECSManagedTags is enable_ecs_managed_tags."""
    return _HUMPS.sub("_", member).lower()


def request(options: Mapping[str, Any], model: ApiModel, shape: str) -> Request:
    """The options that the shape has a member for. None is left out; what else the options hold is none of it.

    Findings name a place as the user wrote it: `network_configuration.awsvpcConfiguration.subnets`.
    """
    walk, values = ShapeWalk(model), {}
    for member, child in model.shapes[shape]["members"].items():
        given = options.get(option_of(member))
        if given is not None:
            before = len(walk.findings)
            read = walk.read(given, child, option_of(member))
            if len(walk.findings) == before:
                values[member] = read
    return Request(values, tuple(walk.findings))
