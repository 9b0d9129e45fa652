# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Good releases of an app, kept in the cluster: a Secret for each, with the manifests that were applied."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .objects import MANAGED_BY, MANAGER, PART_OF, RELEASE, Wanted, label_of

TYPE = "slipway.containers/release"
_NUMBER = "slipway.containers/number"
_MADE = "slipway.containers/made"
#: A Secret holds 1 MiB; base64 adds a third.
_MOST_BYTES = 1024 * 1024 * 3 // 4


class ReleaseError(ValueError):
    """A release that cannot be kept, or read. One sentence."""


@dataclass(frozen=True)
class Release:
    """Numbers rise; `id` is made of the manifests. `made` says when, UTC."""

    number: int
    id: str
    made: str
    manifests: tuple[Mapping[str, Any], ...]

    def wanted(self, app: str, namespace: str) -> Wanted:
        return Wanted(app, namespace, self.id, self.manifests)


@dataclass(frozen=True)
class History:
    """Oldest first. The last one is what was good last."""

    releases: tuple[Release, ...] = ()

    @property
    def good(self) -> Release | None:
        return self.releases[-1] if self.releases else None

    @property
    def former(self) -> Release | None:
        return self.releases[-2] if len(self.releases) > 1 else None

    def accepted(self, wanted: Wanted, made: str, keep: int) -> History:
        """With a new one at its end; what was deployed once and is again, is new."""
        number = self.good.number + 1 if self.good else 1
        others = [one for one in self.releases if one.id != wanted.release]
        return History((*others, Release(number, wanted.release, made, wanted.manifests))[-max(keep, 2) :])

    def went_back(self) -> History:
        """Without the one that was left: going back again goes further."""
        return History(self.releases[:-1])

    def gone(self, later: History) -> list[Release]:
        kept = {one.number for one in later.releases}
        return [one for one in self.releases if one.number not in kept]

    @property
    def ids(self) -> set[str]:
        return {one.id for one in self.releases}


def secret_name(app: str, number: int) -> str:
    return f"slipway-release-{app}-{number}"


def as_secret(release: Release, app: str, namespace: str) -> dict[str, Any]:
    text = json.dumps(list(release.manifests), sort_keys=True, separators=(",", ":"))
    packed = zlib.compress(text.encode(), 9)
    if len(packed) > _MOST_BYTES:
        raise ReleaseError(
            f"release {release.id} of {app} has {len(packed)} bytes when packed, expected at most {_MOST_BYTES}: "
            "a Secret holds no more; large configs belong into an image or a volume"
        )
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": TYPE,
        "metadata": {
            "name": secret_name(app, release.number),
            "namespace": namespace,
            "labels": {MANAGED_BY: MANAGER, PART_OF: app, RELEASE: release.id},
            "annotations": {_NUMBER: str(release.number), _MADE: release.made},
        },
        "data": {"manifests": base64.b64encode(packed).decode("ascii")},
    }


def is_release(live: Mapping[str, Any]) -> bool:
    return live.get("kind") == "Secret" and live.get("type") == TYPE


def history(live: Iterable[Mapping[str, Any]]) -> History:
    """Of the Secrets among these objects. What cannot be read is no release that one could go back to."""
    found = [release for release in map(_read, filter(is_release, live)) if release is not None]
    return History(tuple(sorted(found, key=lambda one: one.number)))


def _read(secret: Mapping[str, Any]) -> Release | None:
    said = secret["metadata"].get("annotations") or {}
    try:
        packed = base64.b64decode(secret["data"]["manifests"], validate=True)
        manifests = json.loads(zlib.decompress(packed))
        return Release(int(said[_NUMBER]), label_of(secret, RELEASE), str(said.get(_MADE, "")), tuple(manifests))
    except (KeyError, TypeError, ValueError, zlib.error):
        return None
