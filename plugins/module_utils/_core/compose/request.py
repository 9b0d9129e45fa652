# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for, and which files, variables and name that means."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..findings import ERROR, Finding, shown
from .document import ComposeError
from .interpolation import substitute
from .sources import Sources
from .variables import with_env_files

#: The files that Compose looks for, and those it puts over them.
USUAL_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
USUAL_OVERRIDES = tuple(name.replace(".y", ".override.y") for name in ("compose.yml", "compose.yaml", *USUAL_FILES[2:]))


@dataclass(frozen=True)
class Request:
    """What to read. Relative paths count from `project_directory`, which is absolute.

    `environment` are the caller's variables: they win over those of `env_files`, or of `.env` where none are given.
    No `files` are the usual ones. `services` are those wanted, with what they depend on; none are all.
    """

    project_directory: str
    files: tuple[str, ...] = ()
    project_name: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    env_files: tuple[str, ...] | None = None
    profiles: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


def variables_of(request: Request, sources: Sources) -> dict[str, str]:
    folder = request.project_directory
    files = [posixpath.join(folder, file) for file in request.env_files or ()]
    if request.env_files is None and sources.world.read(posixpath.join(folder, ".env")) is not None:
        files = [posixpath.join(folder, ".env")]
    return with_env_files(sources, request.environment, files, "")


def files_of(request: Request, variables: Mapping[str, str], sources: Sources) -> list[str]:
    folder = request.project_directory
    written = request.files or split(variables.get("COMPOSE_FILE", ""), variables.get("COMPOSE_PATH_SEPARATOR", ":"))
    if written:
        return [posixpath.normpath(posixpath.join(folder, file)) for file in written]
    usual = _first(folder, USUAL_FILES, sources)
    if usual is None:
        message = f"no Compose file, expected one of {', '.join(USUAL_FILES)}"
        raise ComposeError([Finding("compose", ERROR, folder, message, "name the files in 'files'")])
    override = _first(folder, USUAL_OVERRIDES, sources)
    return [usual, *([override] if override else [])]


def _first(folder: str, names: Sequence[str], sources: Sources) -> str | None:
    paths = (posixpath.join(folder, name) for name in names)
    return next((path for path in paths if sources.world.read(path) is not None), None)


def name_of(request: Request, files: Sequence[str], variables: Mapping[str, str], sources: Sources) -> str:
    """The caller's name, else the environment's, else the last file's `name`, else the folder's."""
    given = request.project_name or variables.get("COMPOSE_PROJECT_NAME")
    if given:
        if given != project_name(given):
            message = f"found the project name {shown(given)}, expected lower case letters, digits, '-' and '_'"
            raise ComposeError([Finding("compose", ERROR, "project_name", message, "")])
        return given
    written = ""
    for file in files:
        for document in sources.open(file):
            name = document.value.get("name") if isinstance(document.value, Mapping) else None
            written = name if isinstance(name, str) and name else written
    try:
        name = project_name(substitute(written, variables.get, lambda unset: None))
    except ValueError:
        name = ""  # told with its place when the file is read
    name = name or project_name(posixpath.basename(request.project_directory.rstrip("/")))
    if not name:
        message = "the folder's name gives no name for the project"
        raise ComposeError(
            [Finding("compose", ERROR, request.project_directory, message, "set 'name' or project_name")]
        )
    return name


def project_name(text: str) -> str:
    """The text with what a project's name may not have left out."""
    return "".join(re.findall("[a-z0-9_-]", text.lower())).lstrip("_-")


def split(text: str, separator: str = ",") -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator) if part.strip())
