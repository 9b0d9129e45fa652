# SPDX-License-Identifier: GPL-3.0-or-later
"""Images in ECR: which they are, and what pinning does to a definition."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.images import (
    EcrImage,
    ecr_images,
    pinned,
)
from hypothesis import given, settings
from hypothesis import strategies as st

HOST = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("image", "registry", "region", "repository", "tag"),
    [
        (f"{HOST}/web:1.4.2", HOST, "eu-central-1", "web", "1.4.2"),
        (f"{HOST}/web", HOST, "eu-central-1", "web", "latest"),
        (f"{HOST}/team/shop/web:V1_2-rc.1", HOST, "eu-central-1", "team/shop/web", "V1_2-rc.1"),
        (f"{HOST}/a.b_c-d:1", HOST, "eu-central-1", "a.b_c-d", "1"),
        (
            "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/web:1",
            "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn",
            "cn-north-1",
            "web",
            "1",
        ),
        (
            "111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/web:1",
            "111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            "us-gov-west-1",
            "web",
            "1",
        ),
        (
            "111122223333.dkr-ecr.eu-central-1.on.aws/web:1",
            "111122223333.dkr-ecr.eu-central-1.on.aws",
            "eu-central-1",
            "web",
            "1",
        ),
    ],
)
def test_ecr_images_are_read(image: str, registry: str, region: str, repository: str, tag: str) -> None:
    assert EcrImage.parse(image) == EcrImage(registry, "111122223333", region, repository, tag)


@pytest.mark.parametrize(
    "image",
    [
        "",
        "nginx",
        "nginx:1.27",
        "ghcr.io/example/web:1.4.2",
        "public.ecr.aws/nginx/nginx:1.27",
        "registry.example.com:5000/web:1",
        f"{HOST}/web@{DIGEST}",
        f"{HOST}/web:1.4.2@{DIGEST}",
        HOST,
        f"{HOST}/",
        f"{HOST}/web:",
        f"{HOST}/web:1.4.2 ",
        f"{HOST}/web:1.4.2\n",
        f"proxy.example.com/{HOST}/web:1",
        "1234.dkr.ecr.eu-central-1.amazonaws.com/web:1",
    ],
)
def test_everything_else_is_none_of_them(image: str) -> None:
    assert EcrImage.parse(image) is None


def test_an_image_by_digest_drops_its_tag() -> None:
    image = EcrImage.parse(f"{HOST}/team/web:1.4.2")
    assert image
    assert image.at(DIGEST) == f"{HOST}/team/web@{DIGEST}"


@settings(derandomize=True, deadline=None, database=None, max_examples=50)
@given(
    st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,2}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True),
)
def test_a_tagged_image_is_the_sum_of_its_parts(repository: str, tag: str) -> None:
    image = EcrImage.parse(f"{HOST}/{repository}:{tag}")
    assert image
    assert (image.repository, image.tag) == (repository, tag)
    assert EcrImage.parse(image.at(DIGEST)) is None, "pinned once, it stays"


def definition(*images: str | None) -> dict[str, Any]:
    """One container for each image; None stands for a container that names none."""
    containers = [{"name": f"c{n}", **({"image": image} if image else {})} for n, image in enumerate(images)]
    return {"family": "web", "containerDefinitions": containers}


def test_ecr_images_by_how_they_are_written() -> None:
    web, short = f"{HOST}/web:1", f"{HOST}/web"
    found = ecr_images(definition(web, "nginx:1.27", short, web, f"{HOST}/web@{DIGEST}"))
    assert set(found) == {web, short}
    assert [found[web].tag, found[short].tag] == ["1", "latest"]


def test_pinned_replaces_what_it_knows() -> None:
    web = f"{HOST}/web:1"
    before = definition(web, "nginx:1.27", web)
    kept = copy.deepcopy(before)
    after = pinned(before, {web: f"{HOST}/web@{DIGEST}"})
    images = [container["image"] for container in after["containerDefinitions"]]
    assert images == [f"{HOST}/web@{DIGEST}", "nginx:1.27", f"{HOST}/web@{DIGEST}"]
    assert after["family"] == "web"
    assert [container["name"] for container in after["containerDefinitions"]] == ["c0", "c1", "c2"]
    assert before == kept, "the input is left as it was"


def test_nothing_to_pin_changes_nothing() -> None:
    assert pinned(definition("nginx:1.27"), {}) == definition("nginx:1.27")


def test_a_container_without_an_image_is_left_for_the_rules() -> None:
    """`fail_on: never` lets such a definition reach this place."""
    assert ecr_images(definition(None)) == {}
    assert pinned(definition(None), {}) == definition(None)


def test_a_definition_without_containers_is_left_for_the_rules() -> None:
    assert ecr_images({"family": "web"}) == {}
    assert pinned({"family": "web"}, {}) == {"family": "web"}
