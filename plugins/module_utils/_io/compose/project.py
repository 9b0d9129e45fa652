# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Compose project of this machine, read for the option `compose` of modules and filters."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..._core.compose.project import Project, load_project
from ..._core.compose.request import Request
from ..._core.compose.sources import World
from . import yaml_text
from .files import Files


def load(options: Mapping[str, Any]) -> Project:
    """The project that the suboptions name; raises ComposeError with everything that is wrong with it.

    Nothing of the process's environment is used but the home directory: what is not in the options or in the
    project's files has no value. So a play gives the same result whoever runs it.
    """
    placed = anchored(options)
    env_files = options.get("env_files")
    variables = {"HOME": str(Path.home()), **(options.get("environment") or {})}
    request = Request(
        project_directory=placed["project_directory"],
        files=tuple(placed["files"]),
        project_name=options.get("project_name"),
        environment=texts(variables),
        env_files=None if env_files is None else tuple(str(Path(file).expanduser()) for file in env_files),
        profiles=tuple(options.get("profiles") or ()),
        services=tuple(options.get("services") or ()),
    )
    reader = Files()
    return load_project(request, World(reader.read, yaml_text.parse, str(Path.home())))


def anchored(options: Mapping[str, Any]) -> dict[str, Any]:
    """The same suboptions with paths that mean the same wherever a process was started."""
    files = [Path(file).expanduser() for file in options.get("files") or ()]
    given = options.get("project_directory")
    folder = Path(given).expanduser().absolute() if given else (files[0].absolute().parent if files else Path.cwd())
    named = [str(file if given else file.absolute()) for file in files]
    return {**options, "project_directory": str(folder), "files": named}


def texts(variables: Mapping[str, Any]) -> dict[str, str]:
    """Variables are text; YAML and Jinja turn some into numbers and booleans."""
    return {
        str(name): str(value).lower() if isinstance(value, bool) else str("" if value is None else value)
        for name, value in variables.items()
    }
