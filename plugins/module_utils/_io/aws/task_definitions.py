# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task definitions in ECS: read, register, tag, deregister, delete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..._core.aws import tags
from ..._core.ecs.prune import revision_of
from ..._core.ecs.task_definition import Present
from .calls import AwsError, call, pages

_DELETED_AT_ONCE = 10  # DeleteTaskDefinitions takes no more


class TaskDefinitions:
    """`client` is an ECS client that retries; `done` collects what was changed, for the message of a later failure."""

    def __init__(self, client: Any, done: list[str]) -> None:
        self.client = client
        self.done = done

    def latest(self, family: str) -> Present | None:
        """The newest active revision: one call, however many there are."""
        present = self.get(family)
        # An emulator may answer with a newest revision that was deregistered; AWS does not.
        return present if present and present.definition.get("status") == "ACTIVE" else None

    def get(self, reference: str) -> Present | None:
        try:
            response = call(self.client, "DescribeTaskDefinition", taskDefinition=reference, include=["TAGS"])
        except AwsError as error:
            if error.code == "ClientException" and "Unable to describe task definition" in str(error):
                return None
            raise
        return _present(response)

    def deployed(self, service: Mapping[str, Any]) -> Present | None:
        """The revision that a described service is set to run; None where it leaves that to its task sets."""
        reference = service.get("taskDefinition")
        return self.get(reference) if reference else None

    def service(self, cluster: str, name: str) -> dict[str, Any] | None:
        """A service as DescribeServices shows it; None if there is no such cluster or service."""
        try:
            response = call(self.client, "DescribeServices", cluster=cluster, services=[name])
        except AwsError as error:
            if error.code == "ClusterNotFoundException":
                return None
            raise
        found = [plain(entry) for entry in response["services"] if entry["status"] != "INACTIVE"]
        return found[0] if found else None

    def register(self, definition: Mapping[str, Any], tagged: Mapping[str, str]) -> Present:
        listed = {"tags": tags.listed(tagged)} if tagged else {}
        present = _present(call(self.client, "RegisterTaskDefinition", **definition, **listed))
        self.done.append(f"registered {present.arn}")
        return present

    def tag(self, arn: str, to_set: Mapping[str, str], to_remove: Iterable[str]) -> None:
        keys = list(to_remove)
        if to_set:
            call(self.client, "TagResource", resourceArn=arn, tags=tags.listed(to_set))
        if keys:
            call(self.client, "UntagResource", resourceArn=arn, tagKeys=keys)
        self.done.append(f"tagged {arn}")

    def revisions(self, family: str, status: str) -> dict[int, str]:
        """Revision number to ARN, of the family's revisions that are ACTIVE or INACTIVE."""
        arns = pages(self.client, "ListTaskDefinitions", "taskDefinitionArns", familyPrefix=family, status=status)
        numbered = ((revision_of(arn, family), arn) for arn in arns)
        return {revision: arn for revision, arn in numbered if revision is not None}

    def remove(self, active: Iterable[str], inactive: Iterable[str]) -> None:
        """Deregister what is active, then delete all of it."""
        doomed = list(inactive)
        for arn in active:
            call(self.client, "DeregisterTaskDefinition", taskDefinition=arn)
            self.done.append(f"deregistered {arn}")
            doomed.append(arn)
        for batch in batches(doomed, _DELETED_AT_ONCE):
            response = call(self.client, "DeleteTaskDefinitions", taskDefinitions=batch)
            failures = [f"{entry.get('arn')}: {entry.get('reason')}" for entry in response.get("failures", [])]
            if failures:
                raise AwsError(f"ecs:DeleteTaskDefinitions refused {'; '.join(failures)}")
            self.done.append(f"deleted {', '.join(batch)}")


def batches(items: Iterable[str], size: int) -> Iterator[list[str]]:
    listed = list(items)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]


def _present(response: Mapping[str, Any]) -> Present:
    return Present(plain(response["taskDefinition"]), tags.read(response.get("tags") or []))


def plain(value: Any) -> Any:
    """Times as ISO 8601 text, so that a response can be printed as JSON."""
    if isinstance(value, Mapping):
        return {key: plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [plain(child) for child in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
