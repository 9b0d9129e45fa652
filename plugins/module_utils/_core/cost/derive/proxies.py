# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks that Service Connect's proxy runs in: those that call another task by name, and those that are called."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ...app import App, Service
from ...ecs.compose.addresses import Address, in_word
from ...ecs.compose.peers import Directory, link_aliases, task_of


def proxied(app: App) -> frozenset[str]:
    """By the names of the tasks."""
    directory = Directory(app)
    return frozenset(chain(_callers(directory), _called(directory)))


def _callers(directory: Directory) -> Iterator[str]:
    for service in directory.app.services.values():
        peers = [peer for _address, peer in directory.peers(service, _addresses(directory, service))]
        peers += [
            directory.app.services[name] for name in link_aliases(service).values() if name in directory.app.services
        ]
        if any(task_of(peer) != task_of(service) for peer in peers):
            yield task_of(service)


def _addresses(directory: Directory, service: Service) -> Iterator[Address]:
    yield from chain.from_iterable(directory.in_variables[service.name].values())
    yield from chain.from_iterable(map(in_word, (*(service.entrypoint or ()), *(service.command or ()))))


def _called(directory: Directory) -> Iterator[str]:
    for name, ports in directory.asked_ports.items():
        task = task_of(directory.app.services[name])
        if any(callers != {task} for callers in ports.values()):
            yield task
