# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that run, and what of the project they use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..findings import ERROR, Finding, shown
from .document import ComposeError


def profiles_of(model: Mapping[str, Any], service: str) -> Sequence[str]:
    """A service that is asked for by name runs whatever its profiles are."""
    if service not in model["services"]:
        known = ", ".join(sorted(model["services"])[:10])
        message = f"the service {shown(service)} does not exist"
        raise ComposeError([Finding("compose", ERROR, "services", message, f"the services are {known}")])
    return model["services"][service].get("profiles") or ()


def runs(service: Mapping[str, Any], profiles: Sequence[str]) -> bool:
    own = service.get("profiles") or []
    return not own or "*" in profiles or any(profile in profiles for profile in own)


def selected(
    printed: dict[str, Any], enabled: Sequence[str], asked: Sequence[str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The services asked for and all they depend on; dependencies on others are left out."""
    if not asked:
        return printed, tuple(enabled)
    wanted: list[str] = []
    waiting = [name for name in asked if name in enabled]
    while waiting:
        name = waiting.pop(0)
        if name not in wanted:
            wanted.append(name)
            waiting += [other for other in printed["services"][name].get("depends_on") or {} if other in enabled]
    services = {**printed["services"], **{name: _among(printed["services"][name], wanted) for name in wanted}}
    return {**printed, "services": services}, tuple(name for name in enabled if name in wanted)


def _among(service: Mapping[str, Any], wanted: Sequence[str]) -> dict[str, Any]:
    dependencies = {name: item for name, item in (service.get("depends_on") or {}).items() if name in wanted}
    rest = {key: value for key, value in service.items() if key != "depends_on"}
    return {**rest, "depends_on": dependencies} if dependencies else rest


def used(kind: str, services: Mapping[str, Any]) -> list[str]:
    """The names of the project's resources that its services refer to; Compose prints no others."""
    used: dict[str, None] = {}
    for service in services.values():
        if kind in ("networks", "models"):
            used.update(dict.fromkeys(service.get(kind) or {}))
            continue
        references = list(service.get(kind) or [])
        if kind == "secrets":
            references += (service.get("build") or {}).get("secrets") or []
        if kind == "volumes":
            references = [volume for volume in references if volume.get("type") == "volume"]
        used.update(dict.fromkeys(item["source"] for item in references if item.get("source")))
    return list(used)
