# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of data that several services write to: they need one user, or each takes them from the other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import combinations, product

from ..findings import ERROR, Finding
from .wish import App, Service

_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,30}")


def shared_user(app: App, service: Service) -> str:
    """The user that systemd makes up for all services of the app that share data; '' for one that shares none."""
    if service.user or not _shares(app, service):
        return ""
    name = f"{app.name}-data"
    return name if _NAME.fullmatch(name) else f"slipway-{hashlib.sha256(app.name.encode()).hexdigest()[:12]}"


def problems(app: App) -> Iterator[Finding]:
    for one, other in combinations(app.services, 2):
        for mine, its in product(one.directories, other.directories):
            if mine.name == its.name and one.user != other.user:
                users = [service.user or "a user that systemd makes up" for service in (one, other)]
                message = f"{one.name} and {other.name} share {mine.name}, and run as {users[0]} and {users[1]}"
                yield _finding(one, message, "give both the same user")
            elif _within(mine.name, its.name) or _within(its.name, mine.name):
                # systemd cannot lay a link to the one within the link to the other.
                message = f"{mine.name} of {one.name} and {its.name} of {other.name} lie in each other"
                yield _finding(one, message, "let both have the outer one, or two beside each other")


def _finding(service: Service, message: str, hint: str) -> Finding:
    return Finding("shared-data", ERROR, f"services.{service.name}.directories", message, hint)


def _shares(app: App, service: Service) -> bool:
    names = {directory.name for directory in service.directories}
    others = (other for other in app.services if other.name != service.name)
    return any(directory.name in names for other in others for directory in other.directories)


def _within(inner: str, outer: str) -> bool:
    return inner.startswith(f"{outer}/")
