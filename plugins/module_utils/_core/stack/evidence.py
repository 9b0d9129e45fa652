# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a service that is not up, and how much speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .engine_errors import classify


@dataclass(frozen=True)
class Missing:
    """What the service names and the engine or the host does not have."""

    image: str = ""
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, str] | None:
        """Cause and sentence, or None where nothing is missing."""
        if self.image:
            return "image", f"its image {self.image} is not on the host and cannot be had"
        named = (("network", self.networks), ("volume", self.volumes), ("file", self.files))
        for noun, names in named:
            if names:
                return "config", f"the {noun} {names[0]} does not exist"
        return None


@dataclass(frozen=True)
class Evidence:
    """What is known of one service that is not up. `inspected` is its worst container, None where there is none."""

    service: str
    inspected: Mapping[str, Any] | None = None
    log: tuple[str, ...] = ()
    missing: Missing = Missing()
    free_bytes: int | None = None  # of the engine's data root
    holders: Mapping[str, str] = field(default_factory=dict)  # port of the host -> who has it, in words
    engine_error: str = ""
    oom_seen: bool = False  # the engine said that the kernel killed something in it
    died_with: int | None = None  # the exit code of its last death, where the container runs again
    cli_text: str = ""
    fetching: bool = False  # an image was being pulled or built
    hidden: tuple[str, ...] = ()

    @property
    def state(self) -> Mapping[str, Any]:
        state: Mapping[str, Any] = (self.inspected or {}).get("State") or {}
        return state


def blame(evidence: Evidence) -> int:
    """How likely this is the service to name among several: higher is worse."""
    state = evidence.state
    if state.get("Error"):
        return 1 if classify(str(state["Error"]))[0] == "dependency" else 5
    if evidence.missing.words:
        return 4
    if state.get("Status") in ("exited", "dead", "restarting") and state.get("ExitCode"):
        return 3
    if (state.get("Health") or {}).get("Status") == "unhealthy":
        return 2
    return 1 if state.get("Status") != "running" else 0
