# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters in ECS: read, create, change, wait for, delete."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ..._core.aws import tags
from .calls import AwsError, call
from .tagging import set_tags
from .task_definitions import plain

_INCLUDE = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "TAGS"]
_PAUSE = 2  # seconds between two looks at a cluster that is changing
_GONE = ("INACTIVE", "DEPROVISIONING")
#: What ECS says while something was made a moment ago: a capacity provider, the cluster, the account's role for ECS.
#: Source: hashicorp/terraform-provider-aws #45693 and #11285, and ECS's troubleshooting pages.
_NOT_YET = ("not in an ACTIVE state", "was not ACTIVE", "service linked role")


class Clusters:
    """`client` is an ECS client that retries; `done` collects what was changed, for the message of a later failure."""

    def __init__(self, client: Any, done: list[str]) -> None:
        self.client = client
        self.done = done

    def read(self, name: str) -> dict[str, Any] | None:
        """The cluster, its tags as a dictionary. One that was deleted stays in the answers for a while: it is none."""
        answer = call(self.client, "DescribeClusters", clusters=[name], include=_INCLUDE)
        there = [_readable(cluster) for cluster in answer["clusters"] if cluster["status"] not in _GONE]
        return there[0] if there else None

    def create(self, request: Mapping[str, Any], timeout: int) -> None:
        self._once_ready("CreateCluster", request, time.monotonic() + timeout)
        self.done.append(f"created cluster {request['clusterName']}")

    def update(self, name: str, request: Mapping[str, Any]) -> None:
        call(self.client, "UpdateCluster", cluster=name, **request)
        self.done.append(f"updated {', '.join(request)} of cluster {name}")

    def put_providers(self, name: str, request: Mapping[str, Any], timeout: int) -> None:
        self._once_ready("PutClusterCapacityProviders", {"cluster": name, **request}, time.monotonic() + timeout)
        self.done.append(f"set the capacity providers of cluster {name}")

    def tag(self, arn: str, change: tags.TagChange) -> None:
        set_tags(self.client, arn, change)
        self.done.append(f"tagged {arn}")

    def delete(self, name: str) -> None:
        call(self.client, "DeleteCluster", cluster=name)
        self.done.append(f"deleted cluster {name}")

    def _once_ready(self, operation: str, request: Mapping[str, Any], until: float) -> None:
        while (error := self._attempt(operation, request)) is not None:
            if time.monotonic() > until or not any(words in str(error) for words in _NOT_YET):
                raise error
            time.sleep(_PAUSE)

    def _attempt(self, operation: str, request: Mapping[str, Any]) -> AwsError | None:
        try:
            call(self.client, operation, **request)
        except AwsError as error:
            return error
        return None

    def wait(self, name: str, is_settled: Callable[[Mapping[str, Any]], bool], timeout: int) -> dict[str, Any]:
        """The cluster once it has come to rest."""
        until = time.monotonic() + timeout
        while True:
            cluster = self.read(name)
            if cluster is not None and is_settled(cluster):
                return cluster
            if time.monotonic() > until:
                raise AwsError(f"Cluster {name} is still {_state(cluster)} after {timeout} seconds. Run again later.")
            time.sleep(_PAUSE)


def _state(cluster: Mapping[str, Any] | None) -> str:
    if cluster is None:
        return "not to be seen"
    return f"{cluster.get('status')}, its capacity providers {cluster.get('attachmentsStatus')}"


def namespace_name(client: Any, namespace_id: str) -> str:
    """The name of a Cloud Map namespace; empty if it is gone."""
    try:
        return str(call(client, "GetNamespace", Id=namespace_id)["Namespace"]["Name"])
    except AwsError as error:
        if error.code == "NamespaceNotFound":
            return ""
        raise


def _readable(cluster: Mapping[str, Any]) -> dict[str, Any]:
    return {**plain(cluster), "tags": tags.read(cluster.get("tags") or [])}
