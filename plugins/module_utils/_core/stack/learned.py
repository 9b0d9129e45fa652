# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen after the last apply, kept on the host: it makes the next run exact, whatever Compose's version.

Plain values only, so that `as_dict` and `from_dict` go through JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class LearnedService:
    """`computed` is the hash that this collection worked out, `label` the one that Compose wrote. They may differ."""

    computed: str
    label: str
    image_id: str  # of the containers, as the engine lists it
    containers: tuple[str, ...]  # ids
    contents: Mapping[str, str]  # Content.key -> sha256 of what the container got
    build: str = ""  # hash of the build context that the image was built from
    inodes: Mapping[str, str] = field(default_factory=dict)  # bound file -> device:inode that the container holds
    done: str = ""  # one-shots: the key under which it ran to its end


@dataclass(frozen=True)
class Learned:
    """Of one project. `fingerprint` is of all that Compose's model depended on in the run that learned this."""

    fingerprint: str = ""
    cli: str = ""  # path, size and mtime of the Compose program
    version: str = ""  # that the program said
    services: Mapping[str, LearnedService] = field(default_factory=dict)
    networks: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # name -> computed, label
    volumes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    release: int = 0  # the last good one

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Learned:
        """Of what an older release of this collection wrote, unknown keys are left out."""
        known = {name: value[name] for name in cls.__dataclass_fields__ if name in value}
        services = {name: _service(facts) for name, facts in (known.pop("services", None) or {}).items()}
        for pairs in ("networks", "volumes"):
            known[pairs] = {name: tuple(pair) for name, pair in (known.get(pairs) or {}).items()}
        return cls(**{**known, "services": services})


def _service(facts: Mapping[str, Any]) -> LearnedService:
    known = {name: facts[name] for name in LearnedService.__dataclass_fields__ if name in facts}
    return LearnedService(**{**known, "containers": tuple(known.get("containers") or ())})
