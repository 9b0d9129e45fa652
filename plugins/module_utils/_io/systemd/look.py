# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of an app on this host: its link, its units and what they do, the files beside them."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..._core.systemd.deployment import Deployment
from ..._core.systemd.memory import Memory
from ..._core.systemd.places import MARKER, UNITS, Places
from ..._core.systemd.present import Present, PrivateSeen
from . import systemctl
from .release_folder import current


def look(places: Places, memory: Memory, wanted: Deployment | None) -> Present:
    """Everything that a plan needs, as it is now."""
    ours = {*memory.installed, *(wanted.units if wanted else ())}
    return Present(
        release=current(places),
        texts=_texts(ours),
        installed=memory.installed,
        private=dict(_private(Path(places.private))),
        states=systemctl.states(ours),
        ran=memory.ran,
        good=memory.good,
        differing=_differing(places, memory, wanted) if wanted else {},
        has_releases=Path(places.releases).is_dir(),
        data=tuple(_data(places, memory, wanted)),
        has_link=Path(places.current).is_symlink(),
    )


def _texts(names: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in names:
        path = Path(UNITS, name)
        if path.is_symlink():
            found[name] = f"(a link to {path.readlink()})\n"
        elif path.is_file():
            found[name] = path.read_text(encoding="utf-8", errors="surrogateescape")
    return found


def _data(places: Places, memory: Memory, wanted: Deployment | None) -> Iterator[str]:
    """Folders of data that are there; /var/lib/<app> may hold others' as well, such as a package's."""
    asked = {folder.name for service in (wanted.app.services if wanted else ()) for folder in service.directories}
    for name in sorted({*memory.data, *asked}):
        yield from (path for path in places.data(name) if Path(path).exists() or Path(path).is_symlink())


def _private(folder: Path) -> Iterator[tuple[str, PrivateSeen]]:
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        if stat.S_ISDIR(facts.st_mode):
            continue
        content = path.read_bytes() if stat.S_ISREG(facts.st_mode) else b""
        seen = hashlib.sha256(content).hexdigest()
        yield str(path), PrivateSeen(seen, stat.S_IMODE(facts.st_mode), facts.st_uid == 0 and facts.st_gid == 0)


def _differing(places: Places, memory: Memory, wanted: Deployment) -> dict[str, frozenset[str] | None]:
    """Only where a service could be reloaded because of it: the markers of both releases are read then."""
    if not any(service.reload_on for service in wanted.app.services):
        return {}
    old = {ran.release for ran in memory.ran.values()} - {wanted.release, ""}
    return {release: differing(places, release, wanted.release) for release in old}


def differing(places: Places, old: str, new: str) -> frozenset[str] | None:
    """The paths of the source in which two releases differ; None where that is not known, or more than that does."""
    one, other = _marker(places, old), _marker(places, new)
    if not one or not other or one.get("recipe") != other.get("recipe"):
        return None
    before, after = one.get("files"), other.get("files")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return None
    return frozenset(path for path in {*before, *after} if before.get(path) != after.get(path))


def _marker(places: Places, release: str) -> Mapping[str, Any]:
    try:
        found = json.loads(Path(places.release(release), MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
