# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a registry has an image already is told by two tags."""

from __future__ import annotations

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.pushed import (
    NONE,
    PUSH,
    REFUSE,
    TAG,
    Tags,
    is_tag,
    tags_of,
    verdict,
)

HASH = "0f3c5a9b2d71" + "e" * 52
BOTH = Tags("1.0.0", "1.0.0-0f3c5a9b2d71")
ONE, OTHER = "sha256:" + "1" * 64, "sha256:" + "2" * 64


@pytest.mark.parametrize(
    ("tag", "content", "tags"),
    [
        ("1.0.0", HASH, BOTH),
        ("1.0.0", None, Tags("1.0.0")),
        (None, HASH, Tags("content-0f3c5a9b2d71", "content-0f3c5a9b2d71")),
        ("t" * 128, HASH, Tags("t" * 128, "t" * 115 + "-0f3c5a9b2d71")),
    ],
)
def test_tags(tag: str | None, content: str | None, tags: Tags) -> None:
    assert tags_of(tag, content) == tags
    assert all(is_tag(each) for each in tags.all)
    assert tags.all[-1] == tags.wanted, "the tag of the content is pushed first"


def test_a_tag_or_the_content_is_needed() -> None:
    with pytest.raises(ValueError, match="neither a tag nor a path"):
        tags_of(None, None)


@pytest.mark.parametrize("text", ["", ".hidden", "-x", "a b", "a/b", "t" * 129, "1.0\n"])
def test_what_is_no_tag(text: str) -> None:
    assert not is_tag(text)


@pytest.mark.parametrize(
    ("present", "same", "immutable", "action", "digest"),
    [
        (None, None, True, PUSH, None),
        (ONE, ONE, True, NONE, ONE),
        (ONE, ONE, False, NONE, ONE),
        (ONE, None, True, REFUSE, ONE),
        (ONE, None, False, PUSH, None),
        (None, ONE, True, TAG, ONE),
        (ONE, OTHER, True, REFUSE, ONE),
        (ONE, OTHER, False, TAG, OTHER),
    ],
)
def test_verdicts(present: str | None, same: str | None, immutable: bool, action: str, digest: str | None) -> None:
    found = verdict(BOTH, {"1.0.0": present, "1.0.0-0f3c5a9b2d71": same}, immutable)
    assert (found.action, found.digest) == (action, digest)
    assert "1.0.0" in found.sentence


def test_without_a_tag_new_content_never_meets_an_old_tag() -> None:
    tags = tags_of(None, HASH)
    assert verdict(tags, {}, True).action == PUSH
    assert verdict(tags, {tags.wanted: ONE}, True).action == NONE


@pytest.mark.parametrize("digest", [None, ONE])
def test_nothing_is_done_with_what_nobody_can_build(digest: str | None) -> None:
    found = verdict(Tags("1.0.0"), {"1.0.0": digest}, True)
    assert (found.action, found.digest) == (NONE, digest)
