# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of a resource in ECS: set what is wanted, remove what is not."""

from __future__ import annotations

from typing import Any

from ..._core.aws import tags
from .calls import call


def set_tags(client: Any, arn: str, change: tags.TagChange) -> None:
    if change.to_set:
        call(client, "TagResource", resourceArn=arn, tags=tags.listed(change.to_set))
    if change.to_remove:
        call(client, "UntagResource", resourceArn=arn, tagKeys=list(change.to_remove))
