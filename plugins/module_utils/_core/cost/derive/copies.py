# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many copies of a service, or of the task that it shares, run on a family of targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from ...app import App, Service
from ...ecs.compose.peers import task_of
from ...findings import ERROR, WARNING, Finding, shown
from ...words import did_you_mean
from ..span import EXPECTED, HIGH, LOW
from .targets import NAMES, family


class Copies(NamedTuple):
    """`says` tells how the expected number came about, where that is not plain."""

    low: int
    expected: int
    high: int
    says: str = ""

    def at(self, level: str) -> int:
        """Of a level of a Span."""
        return {LOW: self.low, EXPECTED: self.expected, HIGH: self.high}[level]


class _Scaled(Protocol):
    @property
    def min(self) -> int | None: ...

    @property
    def max(self) -> int | None: ...


def copies_on(where: str, services: Sequence[Service], stated: Mapping[str, int]) -> Copies:
    """Of services that run together. `stated` goes before everything else."""
    given = [stated[service.name] for service in services if service.name in stated]
    if given:
        return _always(max(given))
    replicas = max(service.replicas for service in services)
    if where == "ecs":
        return _on_ecs(services, replicas)
    if where == "kubernetes":
        options = services[0].kubernetes
        return _scaled(options, options.replicas, replicas, options.max is not None)
    return _always(replicas)


def _on_ecs(services: Sequence[Service], replicas: int) -> Copies:
    """Each key is given by one of the containers, or by several that agree."""
    if _first(services, "schedule"):
        return _always(1)
    speaker = next((s.ecs for s in services if s.ecs.max is not None), services[0].ecs)
    scales = _first(services, "scaling") is not None and speaker.max is not None
    return _scaled(speaker, _first(services, "desired_count"), replicas, scales)


def _first(services: Sequence[Service], key: str) -> Any:
    return next((getattr(s.ecs, key) for s in services if getattr(s.ecs, key) is not None), None)


def _scaled(options: _Scaled, start: int | None, replicas: int, scales: bool) -> Copies:
    if not scales or options.max is None:
        return _always(replicas if start is None else start)
    low, high = 1 if options.min is None else options.min, options.max
    if start is not None:
        low = min(low, start)
        return Copies(low, start, high, f"expected are the {start} that it starts with, of {low} to {high}")
    middle = (low + high + 1) // 2
    return Copies(low, middle, high, f"expected are {middle}, halfway from {low} to {high}" if low < high else "")


def _always(count: int) -> Copies:
    return Copies(count, count, count)


def unknown_services(app: App, stated: Mapping[str, int], path: str) -> Iterator[Finding]:
    for name in stated:
        if name not in app.services:
            hint = did_you_mean(name, app.services, f"the services are {', '.join(app.services)}")
            yield Finding("unknown-service", ERROR, f"{path}.{name}", f"the app has no service {shown(name)}", hint)


def differences(app: App, target: str, stated: Mapping[str, int]) -> Iterator[Finding]:
    """For each service of which this target runs another number of copies than some other target does."""
    tasks: dict[str, list[Service]] = {}
    for service in app.services.values():
        tasks.setdefault(task_of(service), []).append(service)
    for name, service in app.services.items():
        group = tasks[task_of(service)]
        if not service.ecs.schedule and not any(each.name in stated for each in group):
            counts = {w: copies_on(w, group if w == "ecs" else [service], {}).expected for w in NAMES}
            yield from _differing(name, counts, family(target))


def _differing(service: str, counts: Mapping[str, int], here: str) -> Iterator[Finding]:
    others = [f"{count} on {NAMES[where]}" for where, count in counts.items() if count != counts[here]]
    if others:
        own = f"{counts[here]} {'copy runs' if counts[here] == 1 else 'copies run'} on {NAMES[here]}"
        message = f"{own}, and {' and '.join(others)}: their costs are of different things"
        hint = f"to compare like with like, set topology.copies: {{{service}: {max(counts.values())}}}"
        yield Finding("different-copies", WARNING, f"services.{service}", message, hint)
