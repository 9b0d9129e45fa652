# SPDX-License-Identifier: GPL-3.0-or-later
# Managed by Ansible: slipway.containers.docker_host
"""Remove images and build cache of Docker that nothing needs.

An image is kept while a container has it, running or not; while a release of compose_stack that is still recorded has
it; while it is young; and while a tag says that it belongs to a release. Where a record cannot be read, nobody knows
what it would have kept, and no image is removed. Nothing is ever forced: what dockerd wants to keep, stays.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

GIB = 1024**3
RELEASE_TAG = "slipway-release:"


class RefusedError(Exception):
    """dockerd's own words."""


class Engine(http.client.HTTPConnection):
    """dockerd behind its Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=600)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)

    def ask(self, method: str, path: str) -> Any:
        self.request(method, path)
        answer = self.getresponse()
        content = json.loads(answer.read() or b"null")
        if answer.status >= 400:
            raise RefusedError(content.get("message", answer.reason))
        return content


def recorded(folder: Path) -> set[str]:
    """The images of all releases that are on record. Raises where one cannot be read."""
    kept = set()
    for path in sorted(folder.glob("*/releases/*.json")):
        images = json.loads(path.read_text(encoding="utf-8"))["images"]
        kept |= {str(image) for image in images.values()}
    return kept


def references(image: Mapping[str, Any]) -> list[str]:
    """Its names, or its id where it has none. dockerd removes an image with its last name."""
    names = [name for name in image.get("RepoTags") or () if name != "<none>:<none>"]
    digests = [name for name in image.get("RepoDigests") or () if not name.startswith("<none>@")]
    return names or digests or [image["Id"]]


def removable(images: Iterable[Mapping[str, Any]], kept: set[str], youngest: float, now: float) -> Iterator[Any]:
    """Of the images, as `GET /images/json` lists them and with LastTagTime, those that nothing needs."""
    for image in images:
        names = references(image)
        # A newer dockerd calls an image by its manifest, which its digests name, too.
        ids = {image["Id"], *(name.partition("@")[2] for name in image.get("RepoDigests") or ())}
        young = max(image["Created"], image.get("LastTagTime", 0)) > now - youngest
        if not young and not ids & kept and not any(name.startswith(RELEASE_TAG) for name in names):
            yield image


def tagged_at(inspected: Mapping[str, Any]) -> float:
    """Seconds of the epoch; 0 where dockerd does not know, which it writes as the year 1."""
    text = str((inspected.get("Metadata") or {}).get("LastTagTime") or "")
    if len(text) < 19 or text.startswith("0001"):
        return 0.0
    # The zone is at most 14 hours off, which does not matter next to an age in days.
    return time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone


def prune_images(engine: Engine, options: argparse.Namespace) -> int:
    """How many were removed. Images are listed first: what becomes known later can only keep more of them."""
    images = engine.ask("GET", "/images/json")
    for image in images:
        image["LastTagTime"] = tagged_at(engine.ask("GET", f"/images/{quote(image['Id'])}/json"))
    kept = recorded(Path(options.releases))
    for container in engine.ask("GET", "/containers/json?all=1"):
        kept |= {container["ImageID"], container["Image"]}
    found = removable(images, kept, options.min_age_hours * 3600, time.time())
    return sum(remove(engine, name) for image in found for name in references(image))


def remove(engine: Engine, name: str) -> bool:
    try:
        engine.ask("DELETE", f"/images/{quote(name)}")
    except RefusedError as problem:
        print(f"kept {name}: {problem}")
        return False
    print(f"removed {name}")
    return True


def prune_build_cache(engine: Engine, gib: int) -> None:
    # Engine 28 calls keep-storage reserved-space; each ignores the other's word.
    done = engine.ask("POST", f"/build/prune?all=1&keep-storage={gib * GIB}&reserved-space={gib * GIB}")
    print(f"build cache: {(done or {}).get('SpaceReclaimed', 0) / GIB:.2f} GiB freed")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--min-age-hours", type=int, default=168)
    parser.add_argument("--build-cache-gib", type=int, default=10)
    parser.add_argument("--releases", default="/var/lib/slipway/compose", help="where compose_stack records releases")
    parser.add_argument("--socket", default="/var/run/docker.sock")
    options = parser.parse_args(arguments)
    engine = Engine(options.socket)
    status = 0
    try:
        print(f"images: {prune_images(engine, options)} names removed")
    except (ValueError, KeyError, AttributeError, TypeError) as problem:
        print(f"no image was removed: a record below {options.releases} cannot be read ({problem!r})", file=sys.stderr)
        status = 1
    except (OSError, http.client.HTTPException, RefusedError) as problem:
        print(f"dockerd at {options.socket}: {problem}", file=sys.stderr)
        return 1
    try:
        prune_build_cache(engine, options.build_cache_gib)
    except (OSError, http.client.HTTPException, RefusedError) as problem:
        print(f"build cache: {problem}", file=sys.stderr)
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
