# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`extends`: a service that starts from another one, of the same file or of another."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..findings import shown
from .document import ComposeError, Document, Path, problem
from .kinds import found
from .locations import Locations
from .merge import without_overridden
from .schema import SERVICE
from .sources import DEEPEST, Sources
from .variables import interpolated


@dataclass
class Origin:
    """A file that services come from, and the folder its paths start at.

    `written` are its services as they stand there, `read` those that have been brought to their long form.
    """

    file: str
    folder: str
    document: Document
    written: Mapping[str, Any]
    read: dict[str, Any]


#: The chain of (file, service) that leads here; one of them twice is a cycle.
Trail = tuple[tuple[str, str], ...]


class Extender:
    """Resolves `extends` for the services of a project; other files are read once."""

    def __init__(self, sources: Sources, variables: Mapping[str, str]) -> None:
        self.sources, self.variables = sources, variables
        self.origins: dict[str, Origin] = {}

    def all(self, origin: Origin) -> dict[str, Any]:
        """Every service of a file, extended."""
        return {name: self.service(name, origin, ()) for name in origin.written}

    def service(self, name: str, origin: Origin, trail: Trail) -> Any:
        service = self._long(name, origin)
        extends = service.get("extends") if isinstance(service, Mapping) else None
        if not extends:
            return service
        path: Path = ("services", name, "extends")
        step = (origin.file, name)
        if step in trail:
            self._refuse_cycle((*trail, step), origin, path)
        if len(trail) > DEEPEST:
            message = f"more than {DEEPEST} services extend each other in a row"
            raise ComposeError([problem(origin.document, path, message)])
        base = self._base(extends, origin, path, (*trail, step))
        remaining, warnings = without_overridden({"services": {name: base}}, origin.document)
        self.sources.warnings += warnings
        kept = remaining["services"].get(name)
        merged = SERVICE.merge(kept, service) if kept else service
        return {key: value for key, value in merged.items() if key != "extends"}

    def _refuse_cycle(self, trail: Trail, origin: Origin, path: Path) -> None:
        words = " extends ".join(
            f"{name} ({self.sources.shown(file)})" for file, name in trail[trail.index(trail[-1]) :]
        )
        raise ComposeError([problem(origin.document, path, f"the services extend each other in a cycle: {words}")])

    def _base(self, extends: Mapping[str, Any], origin: Origin, path: Path, trail: Trail) -> Any:
        name, file = extends.get("service"), extends.get("file")
        if not isinstance(name, str):
            raise ComposeError([problem(origin.document, path, "the key 'service' is missing")])
        target = self._open(posixpath.join(origin.folder, file), origin, path) if file else origin
        if name not in target.written:
            message = f"found the service {shown(name)}, which {self.sources.shown(target.file)} does not have"
            raise ComposeError([problem(origin.document, path, message, _known(target.written))])
        return self.service(name, target, trail)

    def _open(self, file: str, origin: Origin, path: Path) -> Origin:
        """Another file, of which only the services that are asked for are read."""
        file = posixpath.normpath(file)
        if file not in self.origins:
            documents = self.sources.open(file, f"{origin.document.place(path)}.file")
            if not documents:
                raise ComposeError([problem(origin.document, path, f"the file {self.sources.shown(file)} is empty")])
            written: dict[str, Any] = {}
            for document in documents:
                written.update(self._services(document))
            self.origins[file] = Origin(file, posixpath.dirname(file), documents[-1], written, {})
        return self.origins[file]

    def _services(self, document: Document) -> Mapping[str, Any]:
        value = interpolated(document, self.variables, self.sources)
        services = value.get("services") if isinstance(value, Mapping) else None
        if not isinstance(services, Mapping):
            message = f"{found(services)}, expected the services that another file extends"
            raise ComposeError([problem(document, ("services",), message)])
        return services

    def _long(self, name: str, origin: Origin) -> Any:
        """The service in its long form, with paths resolved from where its file lies."""
        if name not in origin.read:
            read = SERVICE.read(origin.written[name], ("services", name), self.sources.refuse(origin.document))
            self.sources.stop_at_problems()
            origin.read[name] = Locations(origin.folder, self.sources.world.home).service(read) if read else read
        return origin.read[name]


def _known(services: Mapping[str, Any]) -> str:
    return f"it has {', '.join(sorted(services)[:10])}" if services else "it has no services"
