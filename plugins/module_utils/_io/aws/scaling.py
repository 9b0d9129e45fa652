# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scaling of a service in Application Auto Scaling: read, register, put, delete."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..._core.aws import tags
from ..._core.aws.shape import ApiModel
from . import botocore_model
from .calls import AwsError, call, pages
from .task_definitions import plain

_NAMESPACE, _DIMENSION = "ecs", "ecs:service:DesiredCount"
#: A target that was registered a moment ago may not be known everywhere, and changes of one target exclude each other.
_UNSETTLED = ("ObjectNotFoundException", "ConcurrentUpdateException")
_PAUSES = (1, 2, 4, 8)  # seconds


def shapes(client: Any, names: Iterable[str]) -> ApiModel:
    """One model with everything that is reachable from these shapes."""
    models = [botocore_model.load(client.meta.service_model, name) for name in names]
    every = {name: shape for model in models for name, shape in model.shapes.items()}
    return ApiModel(models[0].botocore_version, every)


class Scaling:
    """`client` is one that retries; `done` collects what was changed, for the message of a later failure."""

    def __init__(self, client: Any, resource: str, done: list[str]) -> None:
        self.client = client
        self.done = done
        self.resource = resource
        self._identity = {"ServiceNamespace": _NAMESPACE, "ResourceId": resource, "ScalableDimension": _DIMENSION}

    def target(self) -> dict[str, Any] | None:
        scope = {**self._identity, "ResourceIds": [self.resource]}
        del scope["ResourceId"]
        found = pages(self.client, "DescribeScalableTargets", "ScalableTargets", token="NextToken", **scope)
        return next((plain(target) for target in found), None)

    def policies(self) -> Iterator[dict[str, Any]]:
        found = pages(self.client, "DescribeScalingPolicies", "ScalingPolicies", token="NextToken", **self._identity)
        return (plain(policy) for policy in found)

    def actions(self) -> Iterator[dict[str, Any]]:
        found = pages(self.client, "DescribeScheduledActions", "ScheduledActions", token="NextToken", **self._identity)
        return (plain(action) for action in found)

    def tags_of(self, arn: str) -> dict[str, str]:
        there = call(self.client, "ListTagsForResource", ResourceARN=arn)["Tags"]
        return tags.read(tags.listed(there))

    def register(self, request: Mapping[str, Any]) -> None:
        self._change("RegisterScalableTarget", f"registered {self.resource}", **request)

    def deregister(self) -> None:
        """AWS removes policies and scheduled actions with the target."""
        self._change("DeregisterScalableTarget", f"deregistered {self.resource}")

    def put_policy(self, request: Mapping[str, Any]) -> None:
        self._change("PutScalingPolicy", f"put policy {request['PolicyName']}", **request)

    def remove_policy(self, name: str) -> None:
        self._change("DeleteScalingPolicy", f"removed policy {name}", PolicyName=name)

    def put_action(self, request: Mapping[str, Any]) -> None:
        self._change("PutScheduledAction", f"put scheduled action {request['ScheduledActionName']}", **request)

    def remove_action(self, name: str) -> None:
        self._change("DeleteScheduledAction", f"removed scheduled action {name}", ScheduledActionName=name)

    def tag(self, arn: str, change: tags.TagChange) -> None:
        if change.to_set:
            call(self.client, "TagResource", ResourceARN=arn, Tags=change.to_set)
        if change.to_remove:
            call(self.client, "UntagResource", ResourceARN=arn, TagKeys=list(change.to_remove))
        self.done.append(f"tagged {arn}")

    def _change(self, operation: str, done: str, **parameters: Any) -> None:
        self._patiently(operation, _PAUSES, {**self._identity, **parameters})
        self.done.append(done)

    def _patiently(self, operation: str, pauses: tuple[int, ...], parameters: dict[str, Any]) -> None:
        try:
            call(self.client, operation, **parameters)
        except AwsError as error:
            if error.code not in _UNSETTLED or not pauses:
                raise
            time.sleep(pauses[0])
            self._patiently(operation, pauses[1:], parameters)
