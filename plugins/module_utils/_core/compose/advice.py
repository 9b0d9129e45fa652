# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Compose accepts without a word and nobody can have meant. Source: Compose 2.40.3, tried value by value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..findings import WARNING, Finding, shown
from .document import Document, Path
from .words import split

#: The options of a volume's short form that Compose knows; it drops others.
_OPTIONS = {"ro", "rw", "nocopy", "z", "Z", "private", "rprivate", "shared", "rshared", "slave", "rslave"}
#: Options of an engine that is no longer, harmless where they are dropped.
_HARMLESS = {"cached", "consistent", "delegated"}


def advice(document: Document, value: Any) -> Iterator[Finding]:
    """Warnings on a file whose variables are replaced."""
    services = value.get("services") if isinstance(value, dict) else None
    for name, service in (services if isinstance(services, dict) else {}).items():
        if isinstance(service, dict):
            for path, message, hint in (*_cut_commands(service), *_dropped_options(service)):
                place = document.place(("services", name, *path))
                yield Finding("dropped-by-compose", WARNING, place, message, hint)


def _cut_commands(service: dict[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """No text is shown: a command may hold a secret."""
    for key in ("command", "entrypoint"):
        try:
            cut = split(service[key])[1] if isinstance(service.get(key), str) else ""
        except ValueError:
            continue  # told as an error
        if cut:
            message = f"Compose drops all from '{cut.lstrip()[:1]}' on: it splits words, and starts no shell"
            yield (key,), message, "write [sh, -c, '...'] where a shell is meant, or quote the character"


def _dropped_options(service: dict[str, Any]) -> Iterator[tuple[Path, str, str]]:
    volumes = service.get("volumes")
    for position, entry in enumerate(volumes if isinstance(volumes, list) else []):
        parts = entry.split(":") if isinstance(entry, str) else []
        options = parts[2].split(",") if len(parts) == 3 else []
        unknown = [option for option in options if option not in _OPTIONS | _HARMLESS]
        if unknown:
            message = f"Compose drops the unknown option {shown(unknown[0])}"
            yield ("volumes", position), message, f"expected {', '.join(sorted(_OPTIONS))}"


def taken_ports(services: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """Host ports that two services publish: Compose reads this, and one host cannot run it. Canonical form."""
    taken: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for name, service in services.items():
        for position, port in enumerate(service.get("ports") or []):
            address = port.get("host_ip", "")
            for number in _published(port.get("published", "")):
                others = taken.setdefault((port["protocol"], number), [])
                rivals = [other for other, theirs in others if not address or theirs in ("", address)]
                if rivals:
                    message = f"the host port {number} is published by '{rivals[0]}' already: one host cannot run both"
                    yield ("services", name, "ports", position), message, "publish another one"
                others.append((name, address))


def _published(text: str) -> Iterable[int]:
    first, dash, last = text.partition("-")
    if not first.isdigit() or (dash and not last.isdigit()):
        return ()
    return range(int(first), int(last or first) + 1)
