# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags in a registry, asked through the engine, which knows how to reach it and whom to trust."""

from __future__ import annotations

from collections.abc import Iterable

from .client import Engine, EngineError

_NOT_THERE = ("manifest unknown", "name unknown", "not found")


def digests(engine: Engine, location: str, tags: Iterable[str]) -> dict[str, str | None]:
    """What each tag of a repository, such as localhost:5000/web, names. Nobody is logged in for this."""
    return {tag: _digest(engine, f"{location}:{tag}") for tag in tags}


def _digest(engine: Engine, name: str) -> str | None:
    try:
        found = engine.get(f"/distribution/{name}/json")
    except EngineError as error:
        if error.status == 404 or (error.status and any(words in error.message for words in _NOT_THERE)):
            return None
        raise
    return str(found["Descriptor"]["digest"])
