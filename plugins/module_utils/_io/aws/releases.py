# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the services of a cluster run, and which of their deployments went well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..._core.ecs.releases import Release, releases
from .calls import AwsError, call, pages
from .task_definitions import batches, plain


def services(ecs: Any, cluster: str, names: Iterable[str] | None) -> Iterator[dict[str, Any]]:
    """Those that are asked for, or all of them. A cluster that is not there has none."""
    try:
        asked = list(names or pages(ecs, "ListServices", "serviceArns", cluster=cluster))
    except AwsError as error:
        if error.code != "ClusterNotFoundException":
            raise
        return
    for batch in batches(asked, 10):
        for service in call(ecs, "DescribeServices", cluster=cluster, services=batch)["services"]:
            if service["status"] == "ACTIVE":
                yield plain(service)


def past(ecs: Any, cluster: str, service: str) -> list[Release]:
    """The deployments that went well, newest first."""
    asked: dict[str, Any] = {"cluster": cluster, "service": service, "status": ["SUCCESSFUL"]}
    found = [plain(one) for one in pages(ecs, "ListServiceDeployments", "serviceDeployments", **asked)]
    arns = dict.fromkeys(one["targetServiceRevisionArn"] for one in found if one.get("targetServiceRevisionArn"))
    revisions: dict[str, str] = {}
    for batch in batches(arns, 20):
        for one in call(ecs, "DescribeServiceRevisions", serviceRevisionArns=batch)["serviceRevisions"]:
            revisions[one["serviceRevisionArn"]] = one["taskDefinition"]
    return releases(found, revisions)


def first_that_can_run(ecs: Any, arns: Iterable[str]) -> str | None:
    """A revision that was deregistered cannot be deployed."""
    for arn in arns:
        if call(ecs, "DescribeTaskDefinition", taskDefinition=arn)["taskDefinition"]["status"] == "ACTIVE":
            return arn
    return None
