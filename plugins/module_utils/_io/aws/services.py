# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services in ECS: read, create, change, drain, delete, and what else has to be read to compare them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..._core.aws import tags
from ..._core.aws.shape import ApiModel
from ..._core.ecs.services.plan import Bounds
from ..._core.ecs.services.present import ON_REVISIONS, Present
from ..._core.ecs.services.wanted import SHAPE
from . import botocore_model
from .calls import AwsError, call
from .patience import Patience
from .tagging import set_tags
from .task_definitions import plain

_GONE = "INACTIVE"


class Services:
    """`client` is an ECS client that retries; `done` collects what was changed, for the message of a later failure."""

    def __init__(self, client: Any, cluster: str, done: list[str]) -> None:
        self.client = client
        self.cluster = cluster
        self.done = done

    def model(self) -> ApiModel:
        return botocore_model.load(self.client.meta.service_model, SHAPE)

    def updatable(self) -> tuple[str, ...]:
        """The members that UpdateService of the installed botocore takes."""
        return tuple(self.client.meta.service_model.shape_for("UpdateServiceRequest").members)

    def read(self, name: str) -> Present | None:
        """The service, which may be DRAINING. ClusterNotFoundException where there is no such cluster."""
        answer = call(self.client, "DescribeServices", cluster=self.cluster, services=[name], include=["TAGS"])
        found = [plain(entry) for entry in answer["services"] if entry["status"] != _GONE]
        return _present(found[0]) if found else None

    def with_revision(self, present: Present) -> Present:
        """The same with its newest service revision, for what only that shows."""
        arns = [entry["arn"] for entry in present.service.get("currentServiceRevisions") or []]
        if not arns:
            return present
        answer = call(self.client, "DescribeServiceRevisions", serviceRevisionArns=arns)
        revisions = sorted(answer["serviceRevisions"], key=_created, reverse=True)
        return Present(present.service, present.tags, plain(revisions[0]) if revisions else {})

    def create(self, request: Mapping[str, Any], tagged: Mapping[str, str]) -> Present:
        """With a token, a request that is sent twice makes one service."""
        token = {"clientToken": str(uuid.uuid4())}
        listed = {"tags": tags.listed(tagged)} if tagged else {}
        answer = call(self.client, "CreateService", cluster=self.cluster, **{**token, **request}, **listed)
        self.done.append(f"created service {request['serviceName']}")
        return _present(plain(answer["service"]))

    def update(self, name: str, request: Mapping[str, Any]) -> Present:
        answer = call(self.client, "UpdateService", cluster=self.cluster, service=name, **request)
        self.done.append(f"updated {', '.join(request)} of service {name}")
        return _present(plain(answer["service"]))

    def tag(self, arn: str, change: tags.TagChange) -> None:
        set_tags(self.client, arn, change)
        self.done.append(f"tagged {arn}")

    def drain(self, name: str, timeout: int) -> None:
        """Scale to 0; with a timeout, wait until each task has left its load balancer and stopped."""
        self.update(name, {"desiredCount": 0})
        if timeout:
            self._wait(name, timeout, _without_tasks, "its tasks still stop")

    def delete(self, name: str) -> None:
        """`force` is for what still runs; what was drained before has nothing left that it could cut off."""
        call(self.client, "DeleteService", cluster=self.cluster, service=name, force=True)
        self.done.append(f"deleted service {name}")

    def wait_until_gone(self, name: str, timeout: int) -> None:
        """Its name is free again."""
        self._wait(name, timeout, _is_none, "it is still draining")

    def _wait(self, name: str, timeout: int, enough: Callable[[Present | None], bool], state: str) -> None:
        patience = Patience(timeout)
        while not enough(self.read(name)):
            if not patience.pause():
                raise AwsError(f"Service {name}: {state} after {timeout} seconds. It goes on at AWS; run again later.")

    def latest(self, family: str) -> str | None:
        """The ARN of the newest active revision of a family of task definitions."""
        try:
            answer = call(self.client, "DescribeTaskDefinition", taskDefinition=family)
        except AwsError as error:
            if error.code == "ClientException" and "Unable to describe task definition" in str(error):
                return None
            raise
        definition = answer["taskDefinition"]
        return str(definition["taskDefinitionArn"]) if definition["status"] == "ACTIVE" else None


def bounds(scaling: Any, cluster: str, name: str) -> Bounds | None:
    """What Application Auto Scaling holds of the service's count, by the names of cluster and service."""
    answer = call(
        scaling,
        "DescribeScalableTargets",
        ServiceNamespace="ecs",
        ResourceIds=[f"service/{cluster.rpartition('/')[2]}/{name}"],
        ScalableDimension="ecs:service:DesiredCount",
    )
    found = answer["ScalableTargets"]
    return Bounds(found[0]["MinCapacity"], found[0]["MaxCapacity"]) if found else None


def namespace_name(discovery: Any, arn: str) -> str:
    """The name of a Cloud Map namespace."""
    answer = call(discovery, "GetNamespace", Id=arn.rpartition("/")[2])
    return str(answer["Namespace"]["Name"])


def on_revisions(members: Iterable[str]) -> bool:
    """Whether something is asked for that only a service revision shows."""
    return any(member in ON_REVISIONS for member in members)


def _is_none(present: Present | None) -> bool:
    return present is None


def _without_tasks(present: Present | None) -> bool:
    return present is None or not present.tasks


def _present(service: dict[str, Any]) -> Present:
    return Present(service, tags.read(service.get("tags") or []))


def _created(revision: Mapping[str, Any]) -> str:
    return str(plain(revision.get("createdAt")) or "")
