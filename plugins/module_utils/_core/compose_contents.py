# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What secrets, configs and bind-mounted files of a project hold, as far as the project's own machine knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .app import App
from .compose.document import ComposeError
from .compose.project import Project


def contents_of(project: Project, app: App, given: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """By kind and name, as far as something gives them: the user, the file itself, a variable."""
    found = {}
    for kind, entries in (("secrets", app.secrets), ("configs", app.configs)):
        for name, entry in entries.items():
            content = given.get(name) if kind == "secrets" else None
            content = _content(project, entry) if content is None else content
            if content is not None:
                found[kind, name] = content
    return found


def _content(project: Project, entry: Mapping[str, Any]) -> str | None:
    if entry.get("content") is not None:
        return str(entry["content"])
    if entry.get("environment"):
        return project.variables.get(entry["environment"])
    return project.sources.world.read(entry["file"]) if entry.get("file") else None


def files_of(project: Project, app: App) -> dict[tuple[str, str], str]:
    """The text files of the project that services mount, by "files" and path; folders are none."""
    inside = project.sources.project_directory.rstrip("/") + "/"
    found = {}
    for service in app.services.values():
        for mount in service.mounts:
            source = mount.source or ""
            if mount.type == "bind" and source.startswith(inside):
                content = _text(project, source)
                if content is not None:
                    found["files", source] = content
    return found


def _text(project: Project, path: str) -> str | None:
    try:
        return project.sources.world.read(path)
    except ComposeError:  # a folder, or no text
        return None
