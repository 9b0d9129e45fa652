# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, images, counts and tags: what the API checks of single words."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ...findings import ERROR, WARNING, shown
from ...rule import Problem, Rule
from ..task import Task

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")
_PORT_NAME = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}\Z")
_IMAGE = re.compile(r"[A-Za-z0-9_:./#-]{1,255}\Z")
_DIGEST = re.compile(r"sha256:[A-Fa-f0-9]{64}\Z")
_NAME_EXPECTED = "expected 1 to 255 letters, digits, hyphens and underscores"
_MOST_BYTES = 64 * 1024
_SHOWN = 60


def family(task: Task) -> Iterator[Problem]:
    """The family is 1 to 255 letters, digits, hyphens and underscores."""
    name = task.get("family", "")
    if not _NAME.match(name):
        yield "family", f"{shown(name)} is no valid family name", _NAME_EXPECTED


def container_name(task: Task) -> Iterator[Problem]:
    """Each container has a name, of letters, digits, hyphens and underscores."""
    for container in task.containers:
        if not container.name:
            yield f"{container.path}.name", "the container has no name", _NAME_EXPECTED
        elif not _NAME.match(container.name):
            yield f"{container.path}.name", f"{shown(container.name)} is no valid container name", _NAME_EXPECTED


def volume_name(task: Task) -> Iterator[Problem]:
    """Each volume has a name, of letters, digits, hyphens and underscores."""
    for path, volume in task.volumes:
        if not _NAME.match(volume.get("name", "")):
            yield f"{path}.name", f"{shown(volume.get('name', ''))} is no valid volume name", _NAME_EXPECTED


def port_name(task: Task) -> Iterator[Problem]:
    """A port's name is up to 64 lower-case letters, digits, hyphens and underscores, and used once in the task."""
    seen: set[str] = set()
    for container in task.containers:
        for path, mapping in container.items("portMappings"):
            name = mapping.get("name")
            if name is None:
                continue
            if not _PORT_NAME.match(name):
                expected = "expected up to 64 lower-case letters, digits, hyphens, underscores; no hyphen first"
                yield f"{path}.name", f"{shown(name)} is no valid port name", expected
            if name in seen:
                yield (
                    f"{path}.name",
                    f"the port name '{name}' is used twice in this task",
                    "Service Connect needs it once",
                )
            seen.add(name)


def duplicate_name(task: Task) -> Iterator[Problem]:
    """No two containers and no two volumes share a name."""
    names = [("containerDefinitions", container.name) for container in task.containers]
    names += [("volumes", str(volume.get("name", ""))) for _path, volume in task.volumes]
    for (kind, name), times in Counter(names).items():
        if name and times > 1:
            yield kind, f"'{name}' is used {times} times", "each name may be used once"


def container_count(task: Task) -> Iterator[Problem]:
    """A task has one to ten containers."""
    count = len(task.containers)
    if count == 0:
        yield "containerDefinitions", "Task definition must contain at least one container definition.", ""
    if count > 10:
        yield (
            "containerDefinitions",
            f"Too many containers. Found {count}, expected at most 10",
            "move some to another task",
        )


def image_reference(task: Task) -> Iterator[Problem]:
    """Each container names an image: at most 255 characters, no spaces, a digest only as sha256."""
    for container in task.containers:
        path, image = f"{container.path}.image", container.get("image") or ""
        name, at, digest = image.partition("@")
        if not image:
            yield path, "the container has no image", "expected something like registry/repository:tag"
        elif not _IMAGE.match(name):
            yield path, f"{shown(image)} is no valid image", "expected up to 255 letters, digits and _ : . / # -"
        elif at and not _DIGEST.match(digest):
            yield path, f"'{digest}' is no valid digest", "expected sha256: and 64 hexadecimal digits"


def tags(task: Task) -> Iterator[Problem]:
    """At most 50 tags; keys up to 128 characters, used once, not starting with aws:; values up to 256."""
    entries: list[Mapping[str, Any]] = task.get("tags", [])
    if len(entries) > 50:
        yield "tags", f"found {len(entries)} tags, expected at most 50", ""
    for key, times in Counter(entry.get("key", "") for entry in entries).items():
        if times > 1:
            yield f"tags[{key}]", f"the key is used {times} times", "each key may be used once"
        if not 1 <= len(key) <= 128:
            yield f"tags[{key[:_SHOWN]}]", f"the key has {len(key)} characters, expected 1 to 128", ""
        if key.lower().startswith("aws:"):
            yield f"tags[{key}]", "keys that start with aws: are reserved", ""
    for entry in entries:
        if entry.get("value", "").lower().startswith("aws:"):
            yield f"tags[{entry.get('key')}]", "values that start with aws: are reserved", ""
        if len(entry.get("value", "")) > 256:
            yield (
                f"tags[{entry.get('key')}]",
                f"the value has {len(entry['value'])} characters, expected at most 256",
                "",
            )


def definition_size(task: Task) -> Iterator[Problem]:
    """A task definition is at most 64 KiB of JSON."""
    size = len(json.dumps(task.definition, separators=(",", ":")).encode())
    if size > _MOST_BYTES:
        yield (
            "",
            f"the definition is {size} bytes of JSON; ECS is known to refuse more than {_MOST_BYTES}",
            "use environmentFiles",
        )


_API = "botocore, RegisterTaskDefinition"
RULES = (
    Rule("family-name", ERROR, family, _API),
    Rule("container-name", ERROR, container_name, _API),
    Rule("volume-name", ERROR, volume_name, _API),
    Rule("port-name", ERROR, port_name, _API),
    Rule("duplicate-name", ERROR, duplicate_name, _API),
    Rule("container-count", ERROR, container_count, "Amazon ECS service quotas"),
    Rule("image-reference", ERROR, image_reference, _API),
    Rule("tags", ERROR, tags, _API),
    Rule("definition-size", WARNING, definition_size, "Amazon ECS service quotas; not confirmed by the API's text"),
)
