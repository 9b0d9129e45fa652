# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that run once per release: migrations and the like. An ended one is not a stopped service."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from .facts import Case
from .model import Service
from .plan import CREATE, KEEP, RECREATE, START

#: What says how a service is made and ordered, and nothing of what it does.
_BESIDE_THE_POINT = ("build", "pull_policy", "scale", "depends_on", "profiles", "develop", "restart")


def key(service: Service, image_id: str, contents: Mapping[str, str]) -> str:
    """The same as long as it would do the same: of its configuration, its image and the contents that it gets.

    Not Compose's config hash, whose formula changes with Compose: an upgrade must not repeat a migration.
    """
    config = {name: value for name, value in service.config.items() if name not in _BESIDE_THE_POINT}
    facts = {"config": config, "image": image_id, "contents": dict(contents)}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def done(case: Case, service: Service) -> bool:
    """Whether it ran to its end as it is now. An image that was pruned since counts as the one that it ran with."""
    learned = case.learned.services.get(service.name)
    if learned is None or not learned.done:
        return False
    image = case.present.images.get(service.image, learned.image_id)
    return learned.done == key(service, image, case.facts.contents.get(service.name, {}))


def verdict(case: Case, service: Service, reasons: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Action and reasons. `reasons` are those for which an ordinary service would be recreated."""
    if service.replicas == 0 or done(case, service):
        return KEEP, ()
    containers = case.containers(service.name)
    if not containers:
        return CREATE, ("has not run yet",)
    if reasons:
        return RECREATE, reasons
    failed = [one.exit_code for one in containers if one.state == "exited" and one.exit_code != 0]
    if failed:
        return START, (f"failed with exit code {failed[0]}",)
    waiting = [one.state for one in containers if one.state in ("created", "paused")]
    return (START, (f"is {waiting[0]}",)) if waiting else (KEEP, ())
