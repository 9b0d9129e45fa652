# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Image names in Amazon ECR, and what they are called by digest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_ECR = re.compile(
    r"(?P<registry>(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+)"
    r"/(?P<repository>[a-z0-9._/-]+?)(?::(?P<tag>[A-Za-z0-9_.-]+))?\Z"
)


@dataclass(frozen=True)
class EcrImage:
    """One tagged image of a private ECR repository; an image with no tag is the one tagged latest."""

    registry: str
    account: str
    region: str
    repository: str
    tag: str

    @classmethod
    def parse(cls, image: str) -> EcrImage | None:
        """None for other registries, and for what names a digest already."""
        match = _ECR.match(image)
        return cls(**{**match.groupdict(), "tag": match["tag"] or "latest"}) if match else None

    def at(self, digest: str) -> str:
        return f"{self.registry}/{self.repository}@{digest}"


@dataclass(frozen=True)
class EcrRepository:
    """A private repository of ECR, as an image or the URI of the repository names it."""

    account: str
    region: str
    repository: str


def repository_of(image: str) -> EcrRepository | None:
    """The repository that an image lies in, whether by tag, by digest or bare; None for other registries."""
    match = _ECR.match(image.partition("@")[0])
    return EcrRepository(match["account"], match["region"], match["repository"]) if match else None


def account_registry(account: str, region: str) -> str:
    """The private registry that each account has in each region."""
    suffix = ".cn" if region.startswith("cn-") else ""
    return f"{account}.dkr.ecr.{region}.amazonaws.com{suffix}"


def ecr_images(definition: Mapping[str, Any]) -> dict[str, EcrImage]:
    """The images of a definition that are tags in ECR, by how the definition writes them."""
    written: Iterable[str] = (container.get("image", "") for container in definition.get("containerDefinitions", []))
    parsed = {image: EcrImage.parse(image) for image in written}
    return {image: ecr for image, ecr in parsed.items() if ecr}


def pinned(definition: Mapping[str, Any], digests: Mapping[str, str]) -> dict[str, Any]:
    """The same definition with the images in `digests` replaced."""
    containers = definition.get("containerDefinitions", [])
    replaced = [{**c, "image": digests[c["image"]]} if c.get("image") in digests else c for c in containers]
    return {**definition, "containerDefinitions": replaced} if containers else dict(definition)
