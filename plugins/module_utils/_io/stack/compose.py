# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compose's own program, set up for the project that the options name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..compose.cli import ComposeCli
from ..compose.program import Program
from .place import Place


def compose(place: Place, program: Program, params: Mapping[str, Any]) -> ComposeCli:
    return ComposeCli(
        program,
        project_name=place.given_name,
        project_src=place.folder,
        files=place.files,
        env_files=place.env_files,
        profiles=place.profiles,
        docker_host=params["docker_host"] or "",
    )
