# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a registry has an image already, told by its tags.

An image is pushed under its tag and under one that names the hash of what it was built from. So a tag that is there
can be told to have the same content, without building it. The tag with the hash is pushed first: where that of the
image is there, the other one is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

#: What is to be done: nothing, build and push, give an image that is there one more tag, or stop.
NONE, PUSH, TAG, REFUSE = "none", "push", "tag", "refuse"

_HASH_DIGITS = 12
#: Source: the OCI distribution specification, "Pulling manifests"; ECR's own limit is 300.
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_LONGEST = 128


@dataclass(frozen=True)
class Tags:
    """`content` is None where nothing is known of what the image is built from."""

    wanted: str
    content: str | None = None

    @property
    def all(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tag for tag in (self.content, self.wanted) if tag))


@dataclass(frozen=True)
class Verdict:
    action: str
    digest: str | None
    sentence: str


def is_tag(text: str) -> bool:
    return bool(_TAG.fullmatch(text))


def tags_of(tag: str | None, content: str | None) -> Tags:
    """Without a tag the content names the image. One of both has to be given."""
    if not tag and not content:
        raise ValueError("found neither a tag nor a path, expected one of them")
    if not content:
        return Tags(str(tag))
    short = content[:_HASH_DIGITS]
    if not tag:
        return Tags(f"content-{short}", f"content-{short}")
    return Tags(tag, f"{tag[: _LONGEST - _HASH_DIGITS - 1]}-{short}")


def verdict(tags: Tags, digests: Mapping[str, str | None], immutable: bool) -> Verdict:
    """`digests` has what each tag names in the registry, or None."""
    present = digests.get(tags.wanted)
    if tags.content is None:
        said = "is there" if present else "is not there, and nothing says what it is built from"
        return Verdict(NONE, present, f"{tags.wanted} {said}")
    same = digests.get(tags.content)
    if same and same == present:
        return Verdict(NONE, present, f"{tags.wanted} is there with the same content")
    if present and immutable:
        sentence = (
            f"the tag {tags.wanted} is there with other content, and tags are immutable: name another tag,"
            " or leave it out, so that the content names the image"
        )
        return Verdict(REFUSE, present, sentence)
    if same:
        return Verdict(TAG, same, f"the content is there as {tags.content}, and gets the tag {tags.wanted}")
    found = "has other content" if present else "is not there"
    return Verdict(PUSH, None, f"{tags.wanted} {found}: it is built and pushed")
