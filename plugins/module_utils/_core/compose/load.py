# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several files to one model: each is read, extended, completed by what it includes, and merged over those before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..findings import WARNING, Finding
from .advice import advice
from .document import Document
from .extends import Extender, Origin
from .include import included
from .locations import Locations
from .merge import without_overridden
from .normalize import with_values
from .schema import PROJECT
from .sources import Sources
from .variables import interpolated


class Loader:
    """Loads one set of files that share a folder and variables: the project's own, or an included one."""

    def __init__(self, sources: Sources, folder: str, variables: Mapping[str, str]) -> None:
        self.sources, self.folder, self.variables = sources, folder, variables
        self.extender = Extender(sources, variables)

    def model(self, files: Sequence[str], ancestors: Sequence[str] = (), needed_by: str = "") -> dict[str, Any]:
        """The files merged, in long form and with absolute paths. `ancestors` are the files that include these."""
        read = [(file, *self._read(document)) for file in files for document in self.sources.open(file, needed_by)]
        self.sources.stop_at_problems()
        model: dict[str, Any] = {}
        for file, document, value in read:
            model = self._add(model, file, document, value, ancestors)
        self.sources.stop_at_problems()
        located = Locations(self.folder, self.sources.world.home).model(model)
        return with_values(located, self.variables)

    def inner(self, folder: str, variables: Mapping[str, str]) -> Loader:
        """A loader for an included project."""
        return Loader(self.sources, folder, variables)

    def _read(self, document: Document) -> tuple[Document, Any]:
        refuse = self.sources.refuse(document)
        self.sources.documents.append(document)
        if not isinstance(document.value, Mapping):
            refuse((), "the top level is no mapping, expected keys such as 'services'", "")
            return document, {}
        written = interpolated(document, self.variables, self.sources)
        value = PROJECT.read(written, (), refuse)
        self.sources.warnings += advice(document, written)
        if "version" in document.value:
            place, hint = document.place(("version",)), "remove it"
            message = "the key 'version' is obsolete and ignored"
            self.sources.warnings.append(Finding("obsolete-version", WARNING, place, message, hint))
        return document, value

    def _add(
        self, model: dict[str, Any], file: str, document: Document, value: dict[str, Any], ancestors: Sequence[str]
    ) -> dict[str, Any]:
        services = value.get("services")
        if services:
            origin = Origin(file, self.folder, document, services, dict(services))
            value = {**value, "services": self.extender.all(origin)}
        model, warnings = without_overridden(model, document)
        self.sources.warnings += warnings
        self._refuse_nothing(model, document, value)
        for entry in value.pop("include", None) or []:
            value = included(entry, value, document, self, (*ancestors, file))
        return PROJECT.merge(model, value) if model else value

    def _refuse_nothing(self, model: Mapping[str, Any], document: Document, value: Mapping[str, Any]) -> None:
        """The first file to name a service must say something of it."""
        known = model.get("services") or {}
        for name, service in (value.get("services") or {}).items():
            if service is None and name not in known:
                self.sources.refuse(document)(("services", name), "found nothing, expected a mapping", "")
