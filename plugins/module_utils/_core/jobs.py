# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services of an app do their work once, and end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .app import COMPLETED, Service


def ending(services: Iterable[Service]) -> Iterator[str]:
    """Jobs, and what others wait for to end, where nothing starts it again."""
    listed = list(services)
    waits = (wait for service in listed for wait in service.dependencies)
    awaited = {wait.service for wait in waits if wait.condition == COMPLETED}
    for service in listed:
        if mode(service).endswith("-job") or (service.name in awaited and not starts_again(service)):
            yield service.name


def mode(service: Service) -> str:
    """What `deploy.mode` says: replicated, global, or a job of either."""
    return str((service.keys.get("deploy") or {}).get("mode") or "replicated")


def starts_again(service: Service) -> bool:
    """Whether the engine starts it again after it has ended well."""
    policy = (service.keys.get("deploy") or {}).get("restart_policy") or {}
    restart = policy.get("condition") or service.keys.get("restart") or "no"
    return restart in ("any", "always", "unless-stopped")
