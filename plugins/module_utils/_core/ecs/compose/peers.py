# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is who in an app, and in which task each service runs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from ...app import Service
from ...peers import Names


def task_of(service: Service) -> str:
    """The task that a service is a container of: its own, unless x-ecs names one."""
    return service.ecs.task or service.name


class Directory(Names):
    """The names of an app, and its tasks."""

    @cached_property
    def volume_users(self) -> Mapping[str, Mapping[str, str]]:
        """For each named volume the tasks that mount it, and a service of each."""
        users: dict[str, dict[str, str]] = {}
        for service in self.app.services.values():
            for mount in service.mounts:
                if mount.type == "volume" and mount.source:
                    users.setdefault(mount.source, {}).setdefault(task_of(service), service.name)
        return users

    @cached_property
    def asked_ports(self) -> Mapping[str, Mapping[int, frozenset[str]]]:
        """For each service the ports at which others call it, and the tasks that they run in."""
        services = self.app.services
        return {
            name: {port: frozenset(task_of(services[caller]) for caller in callers) for port, callers in ports.items()}
            for name, ports in self.callers.items()
        }
