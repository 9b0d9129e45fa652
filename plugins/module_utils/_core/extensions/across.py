# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to hold between extension fields and the rest of the project."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ..findings import ERROR, WARNING, Finding
from ..words import nearest
from .ecs import EcsOptions

#: What every finding about an extension field is called.
RULE = "extension-field"

#: What containers of one task cannot have of their own.
_OF_A_TASK = ("architecture", "desired_count", "min", "max", "scaling", "schedule")


def unmounted(named: Iterable[str], mounted: Collection[str], path: str) -> Iterator[Finding]:
    """A volume that is named under an extension field is one that the service mounts."""
    for name in named:
        if name not in mounted:
            known = f"it mounts {', '.join(sorted(mounted))}" if mounted else "it mounts no named volume"
            yield Finding(RULE, ERROR, f"{path}.{name}", "the service does not mount this volume", known)


def disagreements(services: Mapping[str, EcsOptions]) -> Iterator[Finding]:
    """The containers of one task say the same of it, or one of them speaks for all. Left out, the task is the
    service's own, so that another service can join it by the service's name.
    """
    said: dict[tuple[str, str], tuple[str, Any]] = {}
    for service, options in services.items():
        for key in _OF_A_TASK:
            value = getattr(options, key)
            if value is None:
                continue
            task = options.task or service
            first, known = said.setdefault((task, key), (service, value))
            if value != known:
                message = f"found another {key} than service {first} has, which is in the same task"
                hint = f"task {task} has one {key}: give it once"
                yield Finding(RULE, ERROR, f"services.{service}.x-ecs.{key}", message, hint)


def misplaced(canonical: Mapping[str, Any], fields: Collection[str]) -> Iterator[Finding]:
    """An extension field stands on a service. At the top it is nothing but an anchor for services."""
    services = (canonical.get("services") or {}).values()
    paths = [name for name in fields if name in canonical and not any(name in (keys or ()) for keys in services)]
    for kind in ("networks", "volumes", "secrets", "configs"):
        for resource, keys in (canonical.get(kind) or {}).items():
            paths += [f"{kind}.{resource}.{name}" for name in fields if name in (keys or ())]
    for path in paths:
        message = "the field has no effect here: it is read on services only"
        yield Finding(RULE, WARNING, path, message, "move it to a service")


def misspelt(service: str, keys: Iterable[str], fields: Collection[str]) -> Iterator[Finding]:
    """No extension field of a service has nearly the name of one that targets read."""
    for name in keys:
        if name.startswith("x-") and name not in fields:
            near = nearest(name, fields, cutoff=0.7)
            if near:
                path = f"services.{service}.{name}"
                yield Finding(RULE, WARNING, path, "no target reads this field", f"did you mean {near}?")
