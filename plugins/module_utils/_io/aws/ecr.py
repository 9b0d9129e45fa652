# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digests of tagged images, asked of Amazon ECR."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._core.ecs.images import EcrImage
from .calls import AwsError, call


def digest(image: EcrImage, client_for: Callable[[str], Any]) -> str:
    """The digest that the tag names now. `client_for` makes an ECR client for a region: an image may lie in another."""
    wanted = f"{image.repository}:{image.tag}"
    try:
        response = call(
            client_for(image.region),
            "DescribeImages",
            registryId=image.account,
            repositoryName=image.repository,
            imageIds=[{"imageTag": image.tag}],
        )
    except AwsError as error:
        if error.code in ("ImageNotFoundException", "RepositoryNotFoundException"):
            raise AwsError(f"{wanted} is not in {image.registry}: push it first. {error}", error.code) from error
        raise
    return str(response["imageDetails"][0]["imageDigest"])


def digests(images: dict[str, EcrImage], client_for: Callable[[str], Any]) -> dict[str, str]:
    """Image as written to image by digest."""
    return {written: image.at(digest(image, client_for)) for written, image in images.items()}
