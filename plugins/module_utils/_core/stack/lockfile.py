# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that pins a project's images to digests.

It has the form of a Compose file, written as JSON, that adds a digest to each image:
`{"services": {"web": {"image": "nginx:1.27@sha256:..."}}}`. So people can read it, keep it in a repository, and give it
to `docker compose` behind the project's own file. Compose's configuration hash follows the pinned reference.

A service whose file names another image than the lock was made for is out of date: it is reported, never pinned
silently to what the file no longer says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Compose passes over keys of this form.
_ABOUT = "x-slipway-lock"
_VERSION = 1
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class LockFileError(ValueError):
    """The lock file means nothing. One sentence."""


@dataclass(frozen=True)
class Locked:
    """`image` as the project's file has it, and the digest that it meant when the lock was made."""

    image: str
    digest: str

    @property
    def reference(self) -> str:
        return f"{self.image}@{self.digest}"


@dataclass(frozen=True)
class Lock:
    services: Mapping[str, Locked] = field(default_factory=dict)
    unpinned: Mapping[str, str] = field(default_factory=dict)  # service -> why it has no digest


@dataclass(frozen=True)
class Pinned:
    """`raw` is the model with pinned images, `override` the file that gives Compose the same."""

    raw: Mapping[str, Any]
    override: Mapping[str, Any]
    stale: Mapping[str, str] = field(default_factory=dict)  # service -> the image that the lock was made for
    missing: tuple[str, ...] = ()  # services that the lock knows nothing of


def loads(text: str) -> Lock:
    try:
        value = json.loads(text)
        entries = value.get("services", {})
        about = value.get(_ABOUT) or {}
        if about.get("version", _VERSION) != _VERSION:
            raise LockFileError(f"found version {about['version']}, expected {_VERSION} (made by a newer release)")
        services = {str(name): _locked(str(name), entry["image"]) for name, entry in entries.items()}
        unpinned = {str(name): str(why) for name, why in (about.get("unpinned") or {}).items()}
    except LockFileError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LockFileError('expected {"services": {NAME: {"image": "NAME:TAG@sha256:..."}}} as JSON') from error
    return Lock(services, unpinned)


def dumps(lock: Lock) -> str:
    """Sorted, so that a change of one image is a change of one line."""
    value = {
        _ABOUT: {"version": _VERSION, "unpinned": dict(sorted(lock.unpinned.items()))},
        "services": {name: {"image": one.reference} for name, one in sorted(lock.services.items())},
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def pin(raw: Mapping[str, Any], lock: Lock) -> Pinned:
    """`raw` as Compose prints the project without the lock. Services that are not active are left out of both."""
    services: dict[str, Any] = dict(raw.get("services") or {})
    override: dict[str, Any] = {}
    stale: dict[str, str] = {}
    for name, entry in services.items():
        known, image = lock.services.get(name), str(entry.get("image") or "")
        if known is None or "@" in image:
            continue
        if known.image != image or entry.get("build"):
            stale[name] = known.image
            continue
        services[name] = {**entry, "image": known.reference}
        override[name] = {"image": known.reference}
    missing = tuple(name for name in services if name not in lock.services and name not in lock.unpinned)
    return Pinned({**raw, "services": services}, {"services": override}, stale, missing)


def digest_in(reference: str, repo_digests: Iterable[str], familiar: str) -> str:
    """The digest that an image has in the repository of a reference; `familiar` is its short name without a tag."""
    if "@" in reference:
        return reference.partition("@")[2]
    found = (entry.partition("@") for entry in sorted(repo_digests))
    return next((digest for name, _at, digest in found if name == familiar and _DIGEST.fullmatch(digest)), "")


def _locked(name: str, reference: str) -> Locked:
    image, _at, digest = str(reference).partition("@")
    if not image or not _DIGEST.fullmatch(digest):
        raise LockFileError(f"services.{name}.image: found '{reference}', expected NAME:TAG@sha256:...")
    return Locked(image, digest)
