# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of data that several services write to: they need one user, or each takes them from the other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from ..findings import ERROR, Finding
from .wish import App, Service

_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,30}")


def shared_user(app: App, service: Service) -> str:
    """The user that systemd makes up for all services of the app that share data; '' for one that shares none."""
    if service.user or not any(True for _other in _sharers(app, service)):
        return ""
    name = f"{app.name}-data"
    return name if _NAME.fullmatch(name) else f"slipway-{hashlib.sha256(app.name.encode()).hexdigest()[:12]}"


def problems(app: App) -> Iterator[Finding]:
    for service in app.services:
        for other, name in _sharers(app, service):
            if other.user != service.user and service.name < other.name:
                users = [one.user or "a user that systemd makes up" for one in (service, other)]
                message = f"{service.name} and {other.name} share {name}, and run as {users[0]} and {users[1]}"
                hint = "give both the same user"
                yield Finding("shared-data", ERROR, f"services.{service.name}.directories", message, hint)


def _sharers(app: App, service: Service) -> Iterator[tuple[Service, str]]:
    """Each service with a folder that is one of this service's, within one, or around one."""
    for other in app.services:
        if other.name != service.name:
            names = [
                mine.name for mine in service.directories for its in other.directories if _meet(mine.name, its.name)
            ]
            yield from ((other, name) for name in names[:1])


def _meet(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
