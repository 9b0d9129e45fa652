# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services a run is about, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush

from .model import Service


def needs(service: Service) -> tuple[str, ...]:
    """The services that have to be there before this one."""
    return tuple(dict.fromkeys([*(one.service for one in service.depends_on), *service.shares_with]))


def with_needs(services: Mapping[str, Service], names: Iterable[str]) -> frozenset[str]:
    """These services and all that they need, as far as the project has them."""
    found: set[str] = set()
    waiting = [name for name in names if name in services]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(need for need in needs(services[name]) if need in services)
    return frozenset(found)


def in_order(services: Mapping[str, Service]) -> tuple[str, ...]:
    """What is needed first; by name where nothing else decides."""
    return sorted_by_need({name: needs(service) for name, service in services.items()})


def sorted_by_need(every: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Compose itself refuses a cycle; what is left of one comes last."""
    missing = {name: {need for need in some if need in every} for name, some in every.items()}
    ready = [name for name, open_needs in missing.items() if not open_needs]
    heapify(ready)
    done: dict[str, None] = {}
    while ready:
        name = heappop(ready)
        done[name] = None
        for other in [other for other, open_needs in missing.items() if name in open_needs]:
            missing[other].discard(name)
            if not missing[other]:
                heappush(ready, other)
    return (*done, *sorted(set(every) - set(done)))
