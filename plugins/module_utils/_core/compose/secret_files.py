# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets of a project that come from files of its own, and who has to be able to read each.

Compose binds such a file into the container as it is, whatever `uid` and `mode` the service asks for. So the file
itself has to belong to the user of the container.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_NUMBERS = re.compile(r"(?P<uid>[0-9]+)(?::(?P<gid>[0-9]+))?\Z")


@dataclass(frozen=True)
class SecretFile:
    """`path` counts from the project's folder. `owners` are users other than root, as (uid, gid)."""

    name: str
    path: str
    owners: tuple[tuple[int, int], ...]

    @property
    def owner(self) -> tuple[int, int]:
        """Root where nobody else reads it: root may read what belongs to others."""
        return self.owners[0] if self.owners else (0, 0)

    @property
    def is_shared(self) -> bool:
        return len({uid for uid, _gid in self.owners}) > 1


def secret_files(model: Mapping[str, Any], folder: str) -> dict[str, SecretFile]:
    """Those whose file lies in the folder, by name. A service's user counts where it is a number."""
    inside = folder.rstrip("/") + "/"
    found = {}
    for name, secret in (model.get("secrets") or {}).items():
        file = str(secret.get("file") or "")
        if file.startswith(inside):
            owners = {_owner(service) for service in (model.get("services") or {}).values() if _reads(service, name)}
            found[name] = SecretFile(name, file[len(inside) :], tuple(sorted(owner for owner in owners if owner)))
    return found


def problems(wanted: Iterable[str], known: Mapping[str, SecretFile], model: Mapping[str, Any]) -> list[str]:
    """Why secrets that were given cannot be placed."""
    said = []
    for name in sorted(wanted):
        if name not in known:
            place = "has another source" if name in (model.get("secrets") or {}) else "is not in the Compose file"
            names = ", ".join(sorted(known)) or "none"
            said.append(f"the secret {name} {place}; those with a file of the project are: {names}")
        elif known[name].is_shared:
            users = " and ".join(str(uid) for uid, _gid in known[name].owners)
            said.append(f"the secret {name} is read by users {users}, and a file has one owner; make it two secrets")
    return said


def _reads(service: Mapping[str, Any], name: str) -> bool:
    used = service.get("secrets") or ()
    return any((entry.get("source") if isinstance(entry, Mapping) else entry) == name for entry in used)


def _owner(service: Mapping[str, Any]) -> tuple[int, int] | None:
    numbers = _NUMBERS.match(str(service.get("user") or ""))
    if not numbers or int(numbers["uid"]) == 0:
        return None
    return int(numbers["uid"]), int(numbers["gid"] or 0)
