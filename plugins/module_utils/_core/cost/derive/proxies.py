# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks that Service Connect's proxy runs in: those that call another task by name, and those that are called."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ...app import App
from ...ecs.compose.peers import Directory, task_of


def proxied(app: App) -> frozenset[str]:
    """By the names of the tasks."""
    directory = Directory(app)
    return frozenset(chain(_callers(directory), _called(directory)))


def _callers(directory: Directory) -> Iterator[str]:
    services = directory.app.services
    for name, called in directory.callees.items():
        if any(task_of(services[peer]) != task_of(services[name]) for peer in called):
            yield task_of(services[name])


def _called(directory: Directory) -> Iterator[str]:
    for name, ports in directory.asked_ports.items():
        task = task_of(directory.app.services[name])
        if any(callers != {task} for callers in ports.values()):
            yield task
