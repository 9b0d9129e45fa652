# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of images: those that keep a release's images from being pruned, and those that its model names."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from ..engine.client import Engine, EngineError
from ..engine.reads import familiar, inspect_image

#: The repository of the tags that keep images. `docker image prune` removes images without a tag.
KEPT = "slipway-release"
#: Docker allows 128 characters in a tag.
_LONGEST = 100


def keep_tag(project: str, image_id: str) -> str:
    """No project's name has a dot, so what stands before it is the project's."""
    owner = project if len(project) <= _LONGEST else f"_{hashlib.sha256(project.encode()).hexdigest()[:32]}"
    return f"{owner}.{image_id.partition(':')[2][:12]}"


def images_kept(engine: Engine, project: str, images: Collection[str]) -> tuple[str, ...]:
    """Tags these images, and drops the project's tags on all others. Returns what was dropped."""
    wanted = {keep_tag(project, image): image for image in sorted(images)}
    mine = keep_tag(project, "").partition(".")[0]
    present = {
        name.partition(":")[2]: str(entry["Id"])
        for entry in engine.get("/images/json", filters={"reference": [KEPT]})
        for name in entry.get("RepoTags") or ()
    }
    for tag, image in wanted.items():
        if present.get(tag) != image:
            _tag(engine, image, KEPT, tag)
    dropped = [tag for tag in sorted(present) if tag.partition(".")[0] == mine and tag not in wanted]
    return tuple(f"image {KEPT}:{tag}" for tag in dropped if _untag(engine, f"{KEPT}:{tag}"))


def point(engine: Engine, reference: str, image_id: str) -> bool:
    """Makes a reference mean an image; False where it does already or is a digest, which means itself."""
    if "@" in reference or reference.startswith("sha256:"):
        return False
    known = inspect_image(engine, reference)
    if known is not None and known["Id"] == image_id:
        return False
    repository, _colon, tag = familiar(reference).rpartition(":")
    engine.post(f"/images/{image_id}/tag", repo=repository, tag=tag)
    return True


def _tag(engine: Engine, image_id: str, repository: str, tag: str) -> None:
    """An image that somebody removed cannot be kept; coming back to its release says so."""
    try:
        engine.post(f"/images/{image_id}/tag", repo=repository, tag=tag)
    except EngineError as error:
        if error.status != 404:
            raise


def _untag(engine: Engine, reference: str) -> bool:
    """An image that a container still uses keeps its last tag."""
    try:
        engine.delete(f"/images/{reference}")
    except EngineError as error:
        if error.status in (404, 409):
            return False
        raise
    return True
