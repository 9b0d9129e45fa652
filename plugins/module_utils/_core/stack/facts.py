# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a decision rests on: the five things that `decide` is given, and small questions to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .learned import Learned, LearnedService
from .model import Service, Stack
from .present import LABEL, Container, Present
from .release import Release
from .wish import Wish


@dataclass(frozen=True)
class Facts:
    """What was worked out or looked up for this decision. All keys are names of services unless told otherwise."""

    hashes: Mapping[str, str] = field(default_factory=dict)  # computed config hash
    network_hashes: Mapping[str, str] = field(default_factory=dict)  # key in Stack.networks -> computed
    volume_hashes: Mapping[str, str] = field(default_factory=dict)  # key in Stack.volumes -> computed
    contents: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # service -> Content.key -> sha256
    builds: Mapping[str, str] = field(default_factory=dict)  # hash of the build context
    inodes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # service -> bound path -> device:inode now
    exact: bool = True  # the hashes are Compose's own for this version
    inspected: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # container id -> inspect
    last: Release | None = None
    version: str = ""  # of Compose, as it says it: 2.40.3
    stale_contents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # Content.key, where nobody learned
    fetched: frozenset[str] = frozenset()  # their images were pulled or built in this run
    image_ages: Mapping[str, float] = field(default_factory=dict)  # reference -> seconds since the tag was set


@dataclass(frozen=True)
class Case:
    stack: Stack
    present: Present
    learned: Learned
    wish: Wish
    facts: Facts

    def containers(self, service: str) -> tuple[Container, ...]:
        """The replicas that count: one that the engine is removing is as good as gone."""
        return tuple(one for one in self.present.of(service) if one.state != "removing")

    def known(self, service: str) -> LearnedService | None:
        """What was learned of exactly these containers; of others it says nothing."""
        learned = self.learned.services.get(service)
        ids = {one.id for one in self.containers(service)}
        return learned if learned and ids and ids <= set(learned.containers) else None

    def before(self, service: str) -> Mapping[str, Any] | None:
        """The service as the last good release had it."""
        model = self.facts.last.model if self.facts.last else {}
        found: Mapping[str, Any] | None = (model.get("services") or {}).get(service)
        return found

    def diverged(self, service: Service) -> tuple[Container, ...]:
        """Containers that were made from another configuration, by Compose's own label.

        Where computed hash and label were learned together, they need not be equal: the same computed hash means the
        same label, whatever the version of Compose.
        """
        computed = self.facts.hashes.get(service.name)
        if not computed:
            return ()
        pair = self.learned.services.get(service.name)
        expected = pair.label if pair and pair.computed == computed and pair.label else computed
        return tuple(one for one in self.containers(service.name) if one.config_hash != expected)

    @property
    def folder(self) -> str:
        """The project's folder as its containers name it."""
        labels = (one.labels.get(f"{LABEL}project.working_dir", "") for one in self.present.containers)
        return next((folder for folder in labels if folder), "")


def short(identity: str) -> str:
    """An image id or a hash as people compare them."""
    return identity.rpartition(":")[2][:12]
