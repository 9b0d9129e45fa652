# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capacity providers of Auto Scaling groups in ECS: read, create, change, delete."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ..._core.aws import tags
from .calls import AwsError, call
from .tagging import set_tags
from .task_definitions import plain

_PAUSE = 2  # seconds between two looks at a provider that is changing
_BUSY = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")


class GroupProviders:
    """`client` is an ECS client that retries; `done` collects what was changed, for the message of a later failure."""

    def __init__(self, client: Any, done: list[str]) -> None:
        self.client = client
        self.done = done

    def read(self, name: str) -> dict[str, Any] | None:
        """The provider, its tags as a dictionary. A deleted one stays in the answers for a while: it is none."""
        answer = call(self.client, "DescribeCapacityProviders", capacityProviders=[name], include=["TAGS"])
        there = [one for one in answer["capacityProviders"] if one["status"] != "INACTIVE"]
        return {**plain(there[0]), "tags": tags.read(there[0].get("tags") or [])} if there else None

    def create(self, request: Mapping[str, Any]) -> None:
        call(self.client, "CreateCapacityProvider", **request)
        self.done.append(f"created capacity provider {request['name']}")

    def update(self, name: str, group: Mapping[str, Any]) -> None:
        call(self.client, "UpdateCapacityProvider", name=name, autoScalingGroupProvider=group)
        self.done.append(f"updated capacity provider {name}")

    def tag(self, arn: str, change: tags.TagChange) -> None:
        set_tags(self.client, arn, change)
        self.done.append(f"tagged {arn}")

    def delete(self, name: str) -> None:
        call(self.client, "DeleteCapacityProvider", capacityProvider=name)
        self.done.append(f"deleted capacity provider {name}")

    def wait(self, name: str, timeout: int) -> dict[str, Any] | None:
        """The provider once it has come to rest; None if it is gone."""
        until = time.monotonic() + timeout
        while True:
            provider = self.read(name)
            status = (provider or {}).get("updateStatus") or ""
            if status.endswith("_FAILED"):
                why = (provider or {}).get("updateStatusReason") or "it did not say why"
                raise AwsError(f"AWS could not change capacity provider {name}, which is {status}: {why}.")
            if status not in _BUSY:
                return provider
            if time.monotonic() > until:
                raise AwsError(f"Capacity provider {name} is still {status} after {timeout} seconds. Run again later.")
            time.sleep(_PAUSE)
