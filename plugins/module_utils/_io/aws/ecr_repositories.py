# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories of Amazon ECR: what they are called, their tags, and what the tags of images name."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable
from typing import Any

from ..._core.aws import tags as aws_tags
from ..._core.ecs.images import account_registry
from .calls import AwsError, call

_MISSING = "RepositoryNotFoundException"
_NO_IMAGE = "ImageNotFoundException"


def repository(client: Any, name: str) -> dict[str, Any] | None:
    """As the API describes it, or None."""
    try:
        response = call(client, "DescribeRepositories", repositoryNames=[name])
    except AwsError as error:
        if error.code == _MISSING:
            return None
        raise
    found: dict[str, Any] = response["repositories"][0]
    return found


def uri(name: str, client_for: Callable[[str], Any]) -> str:
    """What a repository that is not there yet will be called."""
    account = call(client_for("sts"), "GetCallerIdentity")["Account"]
    return f"{account_registry(account, client_for('ecr').meta.region_name)}/{name}"


def digests(client: Any, name: str, tags: Iterable[str]) -> dict[str, str | None]:
    """What each tag of the repository names."""
    return {tag: _digest(client, name, tag) for tag in tags}


def _digest(client: Any, name: str, tag: str) -> str | None:
    try:
        response = call(client, "DescribeImages", repositoryName=name, imageIds=[{"imageTag": tag}])
    except AwsError as error:
        if error.code in (_NO_IMAGE, _MISSING):
            return None
        raise
    return str(response["imageDetails"][0]["imageDigest"])


def read_tags(client: Any, arn: str) -> dict[str, str]:
    return aws_tags.read(call(client, "ListTagsForResource", resourceArn=arn)["tags"], "Key", "Value")


def change_tags(client: Any, arn: str, change: aws_tags.TagChange, done: list[str]) -> None:
    if change.to_remove:
        call(client, "UntagResource", resourceArn=arn, tagKeys=list(change.to_remove))
        done.append(f"removed the tags {', '.join(change.to_remove)}")
    if change.to_set:
        call(client, "TagResource", resourceArn=arn, tags=aws_tags.listed(change.to_set, "Key", "Value"))
        done.append(f"set the tags {', '.join(change.to_set)}")


def authorization(client: Any) -> tuple[str, str, str]:
    """The registry, and user and password with which the caller may use it for twelve hours."""
    found = call(client, "GetAuthorizationToken")["authorizationData"][0]
    user, _colon, password = b64decode(found["authorizationToken"]).decode().partition(":")
    return found["proxyEndpoint"], user, password
